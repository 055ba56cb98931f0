r"""`choice_of`: which of a few labels an answer chooses, if it chooses one.

A label of one letter is found as a label only, and not as the article `a` or the pronoun `I`; so is
a label that is also an ordinary small word, such as `no`.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import regex

from ladder.scoring.loose_spelling import spellings
from ladder.scoring.plain_math import last_boxed, plain_digits, plain_math
from ladder.scoring.plain_text import folded, plain
from ladder.scoring.stands_in import is_whole

ChoiceKind = Literal["alone", "announced", "leading", "named"]

_SMALL_WORDS = frozenset(
    {"no", "non", "nein", "on", "or", "in", "is", "it", "as", "an", "at", "be", "so", "to", "by"}
    | {"of", "he", "we", "us", "me", "my", "up", "if", "do", "go", "am", "la", "le", "el", "un"}
    | {"de", "si", "se", "ne", "ja", "da", "en", "et", "es", "ou", "all", "the", "one", "not"}
    | {"nie", "nej", "nei", "nee", "não", "nao", "nu", "ei", "tak", "sim", "не", "да", "لا"}
)
_ARTICLES = frozenset("aieouyàwz")
_VERB = r"(?<!\w)(?:is|are|be|ist|est|es|è|é|lautet)(?!\w)"
_CUE = re.compile(
    r"(?:(?<!\w)(?:(?:final |correct |right |best )?(?:answer|choice|option|alternative|letter|label"
    r"|class|category|classification|prediction|verdict|solution|result)(?!s)|antwort|lösung"
    r"|kategorie|réponse|respuesta|opción|risposta|resposta|ответ|вариант)(?!\w)"
    rf"(?:(?:(?!{_VERB})[^.!?\n:=]){{0,40}}(?:{_VERB}|[:=])|\s-|)"
    r"|(?:答案|选项|选择|選擇|我选|应选|选|答え|正解|정답|답)(?:是|为|為|は|은|는)?\s*[:\uff1a]?"
    r"|(?<!\w)(?:i|we)(?:['’]d|['’]ll| would| will)? (?:think|say|believe|choose|pick|select|go with"
    r"|lean towards?)(?: (?:that|it|it['’]s|is|this|the|as))*"
    r"|\\boxed\{(?:\\text\{)?|####)"
    r"(?:\s|[*_`\"'“(\[:]|(?<!\w)(?:option|choice|the|letter|clearly|probably|therefore)(?!\w))*\Z",
    re.IGNORECASE,
)
_KEY = re.compile(
    r"(?:^|\n)[ \t>*_#•-]*[^\W\d][\w /]{0,30}[*_]*[:=\uff1a][*_]*[ \t]*[*_`\"'“(\[]*\Z"
)
_CONCLUDES = re.compile(
    r"(?:(?<!\w)(?:therefore|thus|hence|so|daher|folglich|donc|quindi|portanto|luego|поэтому)(?!\w)"
    r"|因此|所以|따라서|したがって|よって)[\s,:\uff0c、*_`\"'“(\[]*\Z",
    re.IGNORECASE,
)
_LEAD = re.compile(r"[\s>#•*_`\"'“(\[{-]*\Z")
_MARK_AFTER = re.compile(
    r"[*_`\"'”]*的?(?:\s*[.):,;!\]。、\uff01\uff0c\uff1a،؛।\u06d4–—]|\s*\n|\s+[-(]|\s*\Z"
    r"|\s+(?:because|since|as|for|is|was|are|weil|denn|ist|porque)(?!\w))",
    re.IGNORECASE,
)
_LABEL_END = re.compile(r"[*_]{0,3}(?:[.:)]|\s*\n|的?[\uff0c。、\uff01]|的[,.!])")
_CLOSED_AFTER = re.compile(
    r"[*_`\"'”)\]]*(?:\s*[.,;:!?)\]。、\uff0c\uff01\uff1f،؛؟।\u06d4]|\s*\n|\s*\Z)"
)
_END_AFTER = re.compile(_CLOSED_AFTER.pattern + r"|\s+(?:because|since|weil|denn)(?!\w)")
_BECAUSE_OR_NOTE = re.compile(
    r"\s+(?:\(|(?:because|since|is (?:right|correct|the (?:right|correct|best)))(?!\w))"
)
_RIVAL = re.compile(
    r"[*_`\"'”)\]]*\s*(?:,\s*)?(?:or|and|to|nor|oder|und|bis|ou|et|o|y|e|或|和|与|또는|,|/|、|&|\|)"
    r"\s*(?:the\s+)?[*_`\"'“(\[]*\Z",
    re.IGNORECASE,
)
_NOT_BEFORE = re.compile(
    r"(?:(?<!\w)(?:not|never|neither|nor|cannot be|rather than|instead of|nicht|kein\w*|keine|pas"
    r"|isn't|wasn't|aren't|no es)(?!\w)(?:\s+(?:the|a|an|be|really|option|eine?|de))*|不是|并非|不|非"
    r"|n't(?:\s+be)?)[\s*_`\"'“(\[]*\Z",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(
    r"[*_`\"'”)\]]*\s*(?:(?:option|answer|one)\s+)?(?:(?:is|are|was|seems|can|could|would be|ist|est)"
    r"\s*(?:clearly |definitely |also |certainly |probably )?(?:n't|not(?! only)|nicht|pas|wrong"
    r"|incorrect|false|excluded|ruled out|falsch)|cannot be|can't be|ではな|じゃな|不对|不對|错|錯"
    r"|이 아니|가 아니)",
    re.IGNORECASE,
)
_WEIGHT = re.compile(r"[*_`\"'”)\]]*\s*[:=|]\s*[*_`]*(\d+(?:\.\d+)?)(?![\w.])")
_SLACK = 0.1
"""How far rounded probabilities may be from 1 in sum."""

_OPTION = re.compile(r"(?:^|\n)[ \t>*_•-]*\(?\Z")
_ANOTHER = re.compile(r"\s*(?:or|and|nor|oder|und|ou|et|vs\.?|/|&)\s*\W*[^\W\d_]\b")
_DRESSED = re.compile(r"[(\[]?([^()\[\].。:]+)[)\].。:]+")
_POLITE_END = re.compile(r"(?<=\w)(?:的|です|でした|だ|입니다|이에요|예요)\Z")
_NEAR = 96
_MOST_PLACES = 500
_BARE = "".join(" \t\n*_`\"'“”\u2018\u2019()[]{}<>.,:;!?。、\uff01\uff1f\uff0c،؛؟।\u06d4#-–—•$")


@dataclass(frozen=True)
class LabelMention:
    """A label, and the place where it stands."""

    label: str
    start: int
    end: int


@dataclass(frozen=True)
class ChosenLabel:
    """The label that an answer chooses, and by what.

    Attributes:
        label: The label as the spec writes it; nothing where the answer chooses none.
        kind: What shows it: it stands alone, is announced, begins the answer, or is the only one.
        is_closed: Whether something stands behind it.
    """

    label: str | None
    kind: ChoiceKind = "named"
    is_closed: bool = False


def choice_of(answer: str, labels: Sequence[str]) -> ChosenLabel:
    """Return which label an answer chooses.

    >>> choice_of("The answer is B because a car moves.", "ABCD").label
    'B'
    >>> choice_of("hard to say without a map", "ABCD").label
    >>> choice_of("Yes, there is no doubt.", ["yes", "no"]).label
    'yes'
    """
    return _Reader(answer, labels).choice()


def named_labels(answer: str, labels: Sequence[str]) -> set[str]:
    """Return the labels that an answer names and does not deny.

    >>> sorted(named_labels("B is right; C is wrong.", "ABCD"))
    ['B']
    """
    reader = _Reader(answer, labels)
    chosen = reader.choice().label
    return reader.named() | ({chosen} if chosen else set())


def labels_in_other_spelling(answer: str, labels: Sequence[str]) -> set[str]:
    """Return what an answer chooses where letters lack their marks (`Si.`, `Nao`), or have them.

    >>> labels_in_other_spelling("Si, claro", ["Sí", "No"]), labels_in_other_spelling("a", "ab")
    ({'Sí'}, set())
    """
    if answer.isascii() and all(label.isascii() for label in labels):
        return set()
    chosen = set()
    for at in (0, -1):
        spelled = {spellings(label)[at]: label for label in labels}
        if len(spelled) == len(labels):
            label = choice_of(spellings(answer)[at], list(spelled)).label
            chosen |= {spelled[label]} if label is not None else set()
    return chosen


class _Reader:
    """One answer, with the labels that stand in it."""

    def __init__(self, answer: str, labels: Sequence[str]) -> None:
        bare = _bare_labels(labels)
        self.labels = {_key(shown): label for shown, label in zip(bare, labels, strict=True)}
        self.shown = {_key(shown): shown for shown in bare}
        text = plain_digits(plain(answer))
        if all(label.strip().isdigit() for label in labels):
            text = _without_scale(text, labels)
        boxed = last_boxed(text)
        self.text = text if boxed is None else f"{text[: boxed[0]]}#### {plain_math(boxed[1])}"
        self.mentions = self._mentions()

    def choice(self) -> ChosenLabel:
        """Return the label that is chosen."""
        alone = self._alone()
        if alone is not None:
            return ChosenLabel(alone, "alone")
        weighed = self._weighed()
        if weighed is not None:
            return weighed
        announced = self._announced()
        if announced is not None:
            return announced
        leading = self._leading()
        if leading is not None:
            return leading
        named = self.named()
        return ChosenLabel(named.pop()) if len(named) == 1 else ChosenLabel(None)

    def named(self) -> set[str]:
        """Return the labels that are named and not denied."""
        return {each.label for each in self.mentions if not self._is_denied(each)}

    def _alone(self) -> str | None:
        """Return the label that is the whole answer, or that it abbreviates (`pos`)."""
        kept = "".join(self.shown.values())
        for marks in ("".join(mark for mark in _BARE if mark not in kept), _BARE):
            bare = _key(self.text.strip(marks))
            for each in (bare, _POLITE_END.sub("", bare)):
                if each in self.labels:
                    return self.labels[each]
        if len(bare) < 3 or not bare.isalpha():
            return None
        longer = [label for key, label in self.labels.items() if key.startswith(bare)]
        return longer[0] if len(longer) == 1 else None

    def _weighed(self) -> ChosenLabel | None:
        """Return the most probable label where each label has its probability behind it."""
        weights: dict[str, float] = {}
        for each in self.mentions:
            found = _WEIGHT.match(self.text, each.end)
            if found is None or each.label in weights:
                return None
            weights[each.label] = float(found.group(1))
        total = sum(weights.values())
        are_shares = abs(total - 1) < _SLACK or abs(total - 100) < 100 * _SLACK
        if len(weights) < max(2, len(self.labels)) or not are_shares:
            return None
        highest = [label for label, weight in weights.items() if weight == max(weights.values())]
        return ChosenLabel(highest[0] if len(highest) == 1 else None, "announced", is_closed=True)

    def _announced(self) -> ChosenLabel | None:
        """Return what the last words announce that announce a label."""
        for at in range(len(self.mentions) - 1, -1, -1):
            each = self.mentions[at]
            if self._is_cued(each) and not self._is_denied(each):
                if self._has_rival(at):
                    return ChosenLabel(None, "announced")
                return ChosenLabel(each.label, "announced", each.end < len(self.text.rstrip()))
        return None

    def _leading(self) -> ChosenLabel | None:
        """Return the label that an answer begins with: `B. That is …`, `Yes, …`."""
        if not self.mentions:
            return None
        first = self.mentions[0]
        begins = _LEAD.match(self.text[: first.start]) is not None and first.start < _NEAR
        if not begins or not _MARK_AFTER.match(self.text, first.end):
            return None
        if self._is_denied(first) or self._has_rival(0) or self._lists_options():
            return None
        return ChosenLabel(first.label, "leading", is_closed=True)

    def _lists_options(self) -> bool:
        """Return whether the answer repeats the options line by line."""
        listed = {
            each.label
            for each in self.mentions
            if self._is_option(each) and not self._is_denied(each)
        }
        return len(listed) > 1

    def _is_option(self, each: LabelMention) -> bool:
        before, after = self._before(each), self.text[each.end : each.end + 3].lstrip("*_")[:1]
        is_bracket = after == ")" and not before[-1:].isalnum()
        return is_bracket or (after in (".", ":") and _OPTION.search(before) is not None)

    def _has_rival(self, at: int) -> bool:
        """Return whether another label stands beside a mention: `A or B`, `A, B`."""
        near = self.mentions[max(at - 1, 0) : at + 2]
        return any(
            one.label != other.label
            and 0 <= other.start - one.end < _NEAR
            and _RIVAL.match(self.text[one.end : other.start]) is not None
            for one, other in itertools.pairwise(near)
        )

    def _is_cued(self, each: LabelMention) -> bool:
        before = self._before(each)
        if _CUE.search(before):
            return True
        is_announced = _KEY.search(before) or _CONCLUDES.search(before)
        return is_announced is not None and bool(_END_AFTER.match(self.text, each.end))

    def _is_denied(self, each: LabelMention) -> bool:
        return bool(_NOT_BEFORE.search(self._before(each)) or _NOT_AFTER.match(self.text, each.end))

    def _before(self, each: LabelMention) -> str:
        return self.text[max(each.start - _NEAR, 0) : each.start]

    def _mentions(self) -> list[LabelMention]:
        """Return the labels of the text in order; of labels that overlap, the longest."""
        found: list[LabelMention] = []
        taken: set[int] = set()
        for key in sorted(self.labels, key=len, reverse=True):
            for match in self._places(key):
                mention = LabelMention(self.labels[key], match.start(), match.end())
                places = set(range(mention.start, mention.end))
                if places & taken or not self._counts(key, mention):
                    continue
                taken |= places
                found.append(mention)
        return sorted(found, key=lambda each: each.start)

    def _places(self, key: str) -> list["regex.Match[str]"]:
        inner = re.split(r"(?<=\w)[\s_-]+(?=\w)", key)
        words = [regex.escape(word) for word in inner if word]
        pattern = r"[\s_*-]+".join(words) or regex.escape(key)
        if len(key) > 2 and key[-1].isalpha() and key.isascii():
            pattern += r"(?:'?s|es)?(?!\w)|" + pattern
        compiled = regex.compile(pattern, regex.IGNORECASE | regex.FULLCASE)
        places = []
        for match in compiled.finditer(self.text):
            places.append(match)
            if len(places) >= _MOST_PLACES:
                break
        return places

    def _counts(self, key: str, each: LabelMention) -> bool:
        """Return whether a label stands there as a label."""
        if not is_whole(self.text, each.start, each.end):
            return False
        if len(key) > 1 and key not in _SMALL_WORDS:
            return True
        if len(key) == 1 and not key.isalpha():
            return True
        return self._is_marked(key, each) or self._stands_free(key, each)

    def _is_marked(self, key: str, each: LabelMention) -> bool:
        """Return whether marks or words show that a short label is meant as one."""
        before, after = self.text[: each.start][-1:], self.text[each.end : each.end + 1]
        if (before in "*`\"'“([" and before) and (after in "*`\"'”)]" and after):
            return True
        if after in ")]" and after and not before.isalnum():
            return True
        begins = _LEAD.match(self.text[max(each.start - _NEAR, 0) : each.start]) is not None
        if begins and each.start < _NEAR and _LABEL_END.match(self.text, each.end):
            return True
        is_own_case = self.text[each.start : each.end] == self.shown[key].upper()
        if begins and is_own_case and _BECAUSE_OR_NOTE.match(self.text, each.end):
            return True
        return self._is_cued(each) and (key not in _ARTICLES or self._is_no_article_after_cue(each))

    def _is_no_article_after_cue(self, each: LabelMention) -> bool:
        """Return whether `the answer is A because …` is meant, and not `the answer is a car`."""
        written = self.text[each.start : each.end]
        is_own_case = written == written.upper() == self.shown[_key(written)] != "I"
        return is_own_case or _MARK_AFTER.match(self.text, each.end) is not None

    def _stands_free(self, key: str, each: LabelMention) -> bool:
        """Return whether a short label in its own case is no ordinary word here."""
        written, after = self.text[each.start : each.end], self.text[each.end : each.end + 2]
        if len(key) == 1 and not key.isascii():
            around = self.text[: each.start][-1:] + after[:1]
            return not any(character.isalpha() for character in around)
        if re.match(r"['’+#&]|-\w|\.\w", after) or self.text[: each.start].endswith(
            ("°", "'", "’", "-")
        ):
            return False
        if len(key) > 1:
            return _CLOSED_AFTER.match(self.text, each.end) is not None
        if written != self.shown[key]:
            return False
        if key not in _ARTICLES:
            return True
        return self._is_no_article(key, each)

    def _is_no_article(self, key: str, each: LabelMention) -> bool:
        """Return whether `A` stands behind a small word, or is not followed by a word."""
        if _ANOTHER.match(self.text, each.end):
            return self.text[each.start].isupper()
        if _CLOSED_AFTER.match(self.text, each.end):
            return key != "i" or self.text[each.end : each.end + 1] in ("", ".", ")", ":")
        is_capital = self.text[each.start].isupper()
        return key == "a" and is_capital and re.search(r"[a-z,] \Z", self._before(each)) is not None


def _bare_labels(labels: Sequence[str]) -> list[str]:
    """Return labels without the brackets or the full stop around each: `(A)`, `Yes.`, `1)`."""
    written = [label.strip() for label in labels]
    inner = [found.group(1) if (found := _DRESSED.fullmatch(each)) else each for each in written]
    return inner if len({_key(each) for each in inner}) == len(set(map(_key, written))) else written


def _key(label: str) -> str:
    """Return the form in which labels are the same: `Card_Arrival` and `card arrival`."""
    key = folded(plain_digits(plain(label)))
    return re.sub(r"(?<=\w)[\s_-]+(?=\w)", " ", key)


def _without_scale(text: str, labels: Sequence[str]) -> str:
    """Return a text in which `4 out of 5` is `4`, where 5 is the highest label."""
    highest = max(int(label) for label in labels)
    return re.sub(rf"(?<![\d.,/])(\d+)\s*(?:/|out of|von|of)\s*{highest}(?![\d/])", r"\1", text)
