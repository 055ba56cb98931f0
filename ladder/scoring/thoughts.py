r"""`split_thoughts`: what a model thought before it answered, and the answer alone.

Reasoning models write their thoughts into the same text as the answer, each family with marks of
its own. No reading of a metric may look at them: thoughts name every candidate answer. The forms
known here are those of the models' own chat templates and of the reasoning parsers of vLLM and
llama.cpp, as they stood in 2026.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_NAMES = (
    "think|thinking|thought|thoughts|thought_process|reasoning|reflection|scratchpad"
    "|inner_thoughts|inner_monologue|internal_monologue|chain_of_thought|cot|antthinking"
    "|思考|思考过程|思维|推理|생각|추론|pensées?|raisonnement|réflexion|pensamientos?|razonamiento"
    "|raciocínio|pensiero|ragionamento|gedanken|überlegung(?:en)?|рассуждени[ея]|размышлени[ея]|мысли"
)
_THOUGHT = "thought|thoughts|thinking|think|reasoning"
_SPACE_OF_NAMES = r"(?:(?!(?:no|end|start|begin|skip|stop)[:_])[a-z]{1,16}[:_])?"
"""What some families put before the name: `seed:`, `mm:`, `longcat_`; `<no_think>` is a switch."""

_OPEN = (
    rf"(?:<|&lt;)\s*{_SPACE_OF_NAMES}(?:{_NAMES})(?:\s[^<>\n]{{0,200}})?(?<!/)(?:>|&gt;)"
    r"|\[(?:THINK|THINKING|REASONING|THOUGHT|SCRATCHPAD)\]"
    rf"|<\|?(?:begin|start)_?(?:of_?)?(?:{_THOUGHT})\|?>"
    rf"|<\|?(?:[a-z]{{1,16}}\|)?(?:{_THOUGHT})_?(?:start|begin)\|?>"
    rf"|<\|(?:{_THOUGHT})\|>|<\|inner_prefix\|>|◁think▷|<\|channel>(?:thought|analysis)?"
    r"|<unused94>(?:thought)?"
)
_CLOSE = (
    rf"(?:<|&lt;)\s*/\s*{_SPACE_OF_NAMES}(?:{_NAMES})\s*(?:>|&gt;)"
    r"|\[/(?:THINK|THINKING|REASONING|THOUGHT|SCRATCHPAD)\]"
    rf"|<\|?end_?(?:of_?)?(?:{_THOUGHT})\|?>"
    rf"|<\|?(?:[a-z]{{1,16}}\|)?(?:{_THOUGHT})_?end\|?>"
    rf"|<(?:\|/|/\|)(?:{_THOUGHT})\|>|<\|inner_suffix\|>|◁/think▷|<channel\|>"
    r"|<unused95>"
)
_DETAILS = (
    r"<details\s[^<>\n]{0,200}?\breasoning\b[^<>\n]{0,200}>"
    rf"|<details(?:\s[^<>\n]{{0,200}})?>\s*<summary>[^<>\n]{{0,40}}?\b(?:{_THOUGHT}|thoughts)\b"
)
_TOKENS = re.compile(
    r"(?P<fence>^[ \t]{0,3}(?:`{3,}|~{3,})[^\n`]*$)"
    r"|(?P<code>`[^`\n]+`)"
    rf"|(?P<quoted>(?<![\w.,!?])[\"'“\u2018«](?:{_OPEN}|{_CLOSE})[\"'”’»](?!\w))"
    rf"|(?P<details>{_DETAILS})|(?P<open>{_OPEN})|(?P<close>{_CLOSE})",
    re.IGNORECASE | re.MULTILINE,
)
_DETAILS_END = re.compile(r"</details\s*>", re.IGNORECASE)
_OPEN_AT_END = re.compile(
    rf"(?:{_OPEN}|<\|channel\|>\s*analysis\s*<\|message\|>)\s*\Z", re.IGNORECASE
)
_CLOSING = re.compile(_CLOSE, re.IGNORECASE)
_OPENING = re.compile(_OPEN, re.IGNORECASE)
_CHANNEL_MARK = "<|channel|>"
_FINAL = re.compile(r"<\|channel\|>\s*final[^<]{0,128}<\|message\|>\Z")
_CHANNEL = re.compile(
    r"(?:<\|start\|>[^<]{0,64})?<\|channel\|>\s*(?P<name>[a-z]+)[^<]{0,128}"
    r"(?:<\|constrain\|>[^<]{0,64})?<\|message\|>"
)
_END = re.compile(r"<\|(?:end|return|call|start|channel)\|>")
_BARE_HEAD = re.compile(r"\s*(?:assistant)?(?:analysis|commentary)(?P<sure>(?=[A-Z]))?")
_BARE_FINAL = re.compile(r"assistant\s*final(?!ly\b)")
_PROCESS = re.compile(r"[\s#*]*here(?:'s|’s| is) my thought process\s*:?[*]*\s*", re.IGNORECASE)
_RESPONSE = re.compile(r"[#*]*\s*here(?:'s|’s| is) my response\s*:?[*]*\s*", re.IGNORECASE)
_TOLD = re.compile(
    r"\s*Thinking\.\.\.\s*\n(.*?)(?<![^\n])\.\.\.done thinking\.[ \t]*(?=\n|\Z)", re.DOTALL
)
_FIRST_ELEMENT = re.compile(
    r"\s*<(?P<name>analysis|rationale|explanation|justification|planning|deliberation"
    r"|brainstorm(?:ing)?|workings?)>(?P<thoughts>.*?)</(?P=name)>"
    r"(?=\s*(?:[^\s<]|<(?:answer|final_answer|final|response|output|result|solution|conclusion)>))",
    re.DOTALL | re.IGNORECASE,
)
_MAY_SPLIT = re.compile(
    r"[<\[◁]|&lt;|analysis|commentary|thought process|done thinking", re.IGNORECASE
)
_MOST_ROUNDS = 4


@dataclass(frozen=True)
class ThoughtSplit:
    """A reply in two parts.

    Attributes:
        thoughts: What stands between the marks of a thought, without the marks.
        answer: The rest: all that a metric may read.
        is_unclosed: Whether the last thought never ended, so that an answer may be missing.
    """

    thoughts: str
    answer: str
    is_unclosed: bool = False


@lru_cache(maxsize=64)  # a metric splits the same reply for each of its readings
def split_thoughts(text: str, *, opened_in_prompt: bool = False) -> ThoughtSplit:
    """Return the thoughts of a reply and its answer.

    A lone closing mark ends a thought that began in the prompt: all before it is thoughts. A mark
    in code or in quotes is text that an answer speaks about, and so is an opening mark in the
    middle of a line that nothing closes.

    Args:
        text: What the model wrote.
        opened_in_prompt: Whether the prompt ends inside a thought (`leaves_thought_open`). Then a
            reply without a closing mark is all thoughts. Leave it out where a server has split
            the thoughts off already.

    >>> split_thoughts("<think>Could be 41.</think>42")
    ThoughtSplit(thoughts='Could be 41.', answer='42', is_unclosed=False)
    >>> split_thoughts("Could be 41.</think>42").answer
    '42'
    >>> split_thoughts("<think>Could be 41").is_unclosed
    True
    >>> split_thoughts("Write `<think>` before a thought.").answer
    'Write `<think>` before a thought.'
    """
    if not (opened_in_prompt or _MAY_SPLIT.search(text)):
        return ThoughtSplit("", text)
    split = _split_once(text, is_thought=opened_in_prompt)
    thoughts = [split.thoughts]
    for _ in range(_MOST_ROUNDS):
        again = _split_once(split.answer, is_thought=False)
        if again.answer == split.answer:
            break
        thoughts.append(again.thoughts)
        split = ThoughtSplit("", again.answer, split.is_unclosed or again.is_unclosed)
    return ThoughtSplit(_joined(thoughts), split.answer, split.is_unclosed)


def leaves_thought_open(prompt: str) -> bool:
    r"""Return whether a rendered prompt ends inside a thought, which the reply then goes on with.

    >>> leaves_thought_open("<|im_start|>assistant\n<think>\n")
    True
    >>> leaves_thought_open("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    False
    """
    return _OPEN_AT_END.search(prompt[-400:]) is not None


def opens_thought(mark: str) -> bool:
    """Return whether a token of a vocabulary opens a thought, where a reply begins with it.

    >>> opens_thought("<think>"), opens_thought("<|channel|>"), opens_thought("</think>")
    (True, True, False)
    """
    return mark == _CHANNEL_MARK or _OPENING.fullmatch(mark) is not None


def closes_thought(tail: str) -> bool:
    """Return whether a thought ends within the last words of what a model has written.

    >>> closes_thought("so it is 4.</think>"), closes_thought("<|channel|>final<|message|>")
    (True, True)
    """
    return _CLOSING.search(tail) is not None or _FINAL.search(tail) is not None


def _split_once(text: str, *, is_thought: bool) -> ThoughtSplit:
    forms: tuple[Callable[[str], ThoughtSplit | None], ...] = (
        _channels,
        _bare_channels,
        _process,
        _before_answer,
    )
    for form in forms:
        split = form(text)
        if split is not None:
            return split
    return _Scan(text, is_thought=is_thought).split()


def _channels(text: str) -> ThoughtSplit | None:
    """Split OpenAI's harmony format: only the channel `final` is an answer."""
    heads = list(_CHANNEL.finditer(text))
    if not heads:
        return None
    thoughts: list[str] = [text[: heads[0].start()]]
    answers: list[str] = []
    rest = ""
    for head, following in itertools.zip_longest(heads, heads[1:]):
        stop = following.start() if following else len(text)
        end = _END.search(text, head.end(), stop)
        content = text[head.end() : end.start() if end else stop]
        rest = text[end.end() : stop] if end else ""
        (answers if head["name"] == "final" else thoughts).append(content)
        answers.append(rest)
    is_unclosed = heads[-1]["name"] != "final" and not rest.strip()
    return ThoughtSplit(_joined(thoughts), _sewn(answers), is_unclosed)


def _bare_channels(text: str) -> ThoughtSplit | None:
    """Split the harmony format whose special tokens a server dropped."""
    head = _BARE_HEAD.match(text)
    if head is None:
        return None
    finals = list(_BARE_FINAL.finditer(text, head.end()))
    if finals:
        return ThoughtSplit(text[head.end() : finals[-1].start()], text[finals[-1].end() :])
    if head["sure"] is None:
        return None
    return ThoughtSplit(text[head.end() :], "", is_unclosed=True)


def _process(text: str) -> ThoughtSplit | None:
    """Split Granite's form: both parts are announced by a sentence."""
    head = _PROCESS.match(text)
    if head is None:
        return None
    response = _RESPONSE.search(text, head.end())
    if response is None:
        return ThoughtSplit(text[head.end() :], "", is_unclosed=True)
    return ThoughtSplit(text[head.end() : response.start()], text[response.end() :])


def _before_answer(text: str) -> ThoughtSplit | None:
    """Split what Ollama prints around thoughts, and an element of notes that an answer follows.

    Such an element is a field of an answer where others stand beside it: `<plan>Pro</plan><price>…`.
    """
    found = _TOLD.match(text) or _FIRST_ELEMENT.match(text)
    if found is None:
        return None
    return ThoughtSplit(found.group(found.lastindex or 1), text[found.end() :])


class _Scan:
    """One walk over a text, from mark to mark."""

    def __init__(self, text: str, *, is_thought: bool) -> None:
        self.text = text
        self.at = 0
        self.thoughts: list[str] = []
        self.answers: list[str] = []
        self.is_thought = is_thought
        self.is_unclosed = False
        self.last_details = max((m.start() for m in _DETAILS_END.finditer(text)), default=-1)
        self.last_close = max((m.end() for m in _CLOSING.finditer(text)), default=-1)

    def split(self) -> ThoughtSplit:
        """Return the whole text, split."""
        while self.at < len(self.text):
            if self.is_thought:
                self._pass_thought(_CLOSING)
            else:
                self._pass_answer()
        self.is_unclosed |= self.is_thought
        return ThoughtSplit(_joined(self.thoughts), _sewn(self.answers), self.is_unclosed)

    def _pass_thought(self, closing: re.Pattern[str]) -> None:
        """Take a thought up to its closing mark, a quoted one only where there is no other."""
        hidden = None
        for token in _TOKENS.finditer(self.text, self.at):
            if token.lastgroup == "close":
                self._take_thought(token.start(), token.end())
                return
            if token.lastgroup in ("code", "quoted"):
                hidden = closing.search(self.text, token.start(), token.end()) or hidden
            if self.at > self.last_close:
                break
        if hidden is not None:
            self._take_thought(hidden.start(), hidden.end())
            return
        self.thoughts.append(self.text[self.at :])
        self.at = len(self.text)

    def _take_thought(self, end: int, after: int) -> None:
        self.thoughts.append(self.text[self.at : end])
        self.at, self.is_thought = after, False

    def _pass_answer(self) -> None:
        """Take an answer up to the next mark that opens a thought or ends one from the prompt."""
        fence: str | None = None
        inside: list[re.Match[str]] = []
        for token in _TOKENS.finditer(self.text, self.at):
            if token.lastgroup == "fence":
                fence, ended = _after_fence(fence, token.group().strip())
                if ended and self._close_alone(inside):
                    return
                inside = inside if fence else []
            elif fence:
                inside.append(token)
            elif self._take_mark(token):
                return
        if fence and self._close_alone(inside):
            return
        self.answers.append(self.text[self.at :])
        self.at = len(self.text)

    def _take_mark(self, token: re.Match[str]) -> bool:
        """Return whether the answer ends at this mark; then what follows is set."""
        if token.lastgroup == "close":
            self._give_up_answer(token)
            return True
        if token.lastgroup == "details":
            return self._take_details(token)
        if token.lastgroup != "open" or self._is_mentioned(token):
            return False
        self.answers.append(self.text[self.at : token.start()])
        self.at, self.is_thought = token.end(), True
        return True

    def _is_mentioned(self, token: re.Match[str]) -> bool:
        """Return whether an opening mark that nothing closes stands within a sentence."""
        line = self.text.rfind("\n", 0, token.start()) + 1
        before = self.text[max(line, token.start() - 80) : token.start()]
        return token.end() > self.last_close and bool(before.strip(" \t>*#-"))

    def _take_details(self, token: re.Match[str]) -> bool:
        if token.end() > self.last_details:
            return False
        end = _DETAILS_END.search(self.text, token.end())
        if end is None:
            return False
        self.answers.append(self.text[self.at : token.start()])
        self.thoughts.append(self.text[token.end() : end.start()])
        self.at = end.end()
        return True

    def _close_alone(self, inside: list[re.Match[str]]) -> bool:
        """Take a closing mark in code whose opening mark does not stand in the same code."""
        closes = [token for token in inside if token.lastgroup == "close"]
        if not closes or any(token.lastgroup == "open" for token in inside):
            return False
        self._give_up_answer(closes[-1])
        return True

    def _give_up_answer(self, token: re.Match[str]) -> None:
        """Count all before a lone closing mark as thoughts: the opening one is in the prompt."""
        self.thoughts += [*self.answers, self.text[self.at : token.start()]]
        self.answers = []
        self.at = token.end()


def _after_fence(fence: str | None, line: str) -> tuple[str | None, bool]:
    """Return the fence that is open after a line of marks, and whether the line ended one."""
    marks = line[: len(line) - len(line.lstrip(line[0]))]
    if fence is None:
        return marks, False
    is_end = line == marks and marks[0] == fence[0] and len(marks) >= len(fence)
    return (None, True) if is_end else (fence, False)


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _sewn(parts: list[str]) -> str:
    """Return the parts of an answer as one text; where two touch, by a line break."""
    return "".join(_with_gaps([part for part in parts if part]))


def _with_gaps(parts: list[str]) -> Iterator[str]:
    for place, part in enumerate(parts):
        if place and not parts[place - 1][-1].isspace() and not part[0].isspace():
            yield "\n"
        yield part
