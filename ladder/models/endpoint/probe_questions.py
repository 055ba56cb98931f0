"""The questions of a probe: what each sends, so that its answer shows what a server honours.

Each asks for what a model would not give by itself, and one answer shows as many things as it can
without doubt: two equal answers under `min_p: 1` that differ from the greedy one show `n`, `min_p`
and the penalty on repetition at once.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ladder.models.endpoint.begun_reply import continuing_fields

SHORT_ANSWER = 16
"""New tokens that are enough to tell one answer from another; OpenAI's Responses API takes no fewer."""

JSON_ANSWER = 40
"""New tokens that are enough for a small object, also with a line for each brace."""

CODE_WORD = "Tangerine"
SHORT_LINES = 20
TOKENS_A_LINE = 12

CONSTRAINED: Mapping[str, tuple[str, object]] = {
    "structured_outputs": ("heron", {"choice": ["heron"]}),
    "guided_choice": ("bittern", ["bittern"]),
    "regex": ("plover", "plover"),
    "grammar": ("dunlin", 'root ::= "dunlin"'),
    "ebnf": ("avocet", 'root ::= "avocet"'),
}
"""Fields that hold an answer to one word, and that word: vLLM's, its older one, two of SGLang's
(`regex`, `ebnf`) and llama.cpp's. Each has a word of its own, so that one call tells which is kept."""

BIRD = {"bird": "heron"}
_BIRD_SCHEMA = {
    "type": "object",
    "properties": {"bird": {"type": "string", "enum": ["heron"]}},
    "required": ["bird"],
    "additionalProperties": False,
}
_RANDOM = "Write twelve random letters with a space after each, and nothing else."
_NO_JSON = "Say hello in plain words, and not in JSON."
_TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look a word up.",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}},
    },
}
PENALTIES = ("repetition_penalty", "repeat_penalty")
"""Two names of one field: where one is refused, the other may be taken."""

_GROUPS = (
    frozenset({"top_k", "min_p", *PENALTIES}),
    frozenset(CONSTRAINED),
    frozenset({"tools", "tool_choice"}),
)
"""Fields that are left out together: a server that refuses one refuses the next one after it."""

PENALTY = 1.9
"""A strong penalty on repetition; SGLang takes none above 2."""


@dataclass(frozen=True)
class Question:
    """One call of a probe.

    Attributes:
        name: What its answer is looked up by.
        fields: What is sent beside the question.
        text: The question.
        needs: The field that it is about; without it, it is not asked.
        otherwise: What is asked instead, where a server refuses the field that it is about.
        begun: How the reply begins.
        is_again: Whether it was asked before, and the server was busy.
    """

    name: str
    fields: Mapping[str, Any] = field(hash=False)
    text: str = _RANDOM
    needs: str = ""
    max_new_tokens: int = SHORT_ANSWER
    otherwise: "Question | None" = None
    begun: str = ""
    is_again: bool = False

    def without(self, names: Collection[str]) -> "Question | None":
        """Return the question without fields that the server refuses, and their kin; None for none.

        >>> Question("q", {"top_k": 1, "min_p": 1.0, "n": 2}).without(["top_k"]).fields
        {'n': 2}
        """
        kin = [group for group in _GROUPS if not group.isdisjoint(names)]
        gone = frozenset(names).union(*kin)
        if self.needs in gone:
            return self.otherwise
        left = {key: value for key, value in self.fields.items() if key not in gone}
        return replace(self, fields=left)

    def again(self) -> Iterator["Question"]:
        """Yield the question once more, unless it was asked twice already."""
        if not self.is_again:
            yield replace(self, is_again=True)


COLD = Question("cold", {"temperature": 0.0})
"""The greedy answer, which others are held against. It is asked alone: what every call needs, such
as the name of the limit on new tokens, is then learnt once."""

_WARM = {"temperature": 1.0, "seed": 11}
WARM = (Question("warm", _WARM), Question("warm again", _WARM, needs="seed"))
"""The same seed twice, and another temperature."""

NARROW = Question(
    "narrow",
    {
        "temperature": 1.0,
        "min_p": 1.0,
        **dict.fromkeys(PENALTIES, PENALTY),
        "n": 2,
        "logprobs": True,
    },
)
"""Two answers of which each takes the likeliest token, under a penalty."""

SCHEMA = Question(
    "schema",
    {
        "temperature": 0.0,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "bird", "strict": True, "schema": _BIRD_SCHEMA},
        },
    },
    text=_NO_JSON,
    needs="response_format",
    max_new_tokens=JSON_ANSWER,
)
OBJECT = Question(
    "object",
    {"temperature": 0.0, "response_format": {"type": "json_object"}},
    text=_NO_JSON,
    needs="response_format",
    max_new_tokens=JSON_ANSWER,
)
TOOLS = Question(
    "tools",
    {"tools": [_TOOL], "tool_choice": "required"},
    text="Look up the word river.",
    needs="tools",
    max_new_tokens=JSON_ANSWER,
)
EBNF = Question(
    "ebnf", {"temperature": 0.0, "ebnf": CONSTRAINED["ebnf"][1]}, text=_NO_JSON, needs="ebnf"
)


_OWN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "llama.cpp": ("grammar",),
    "uvicorn": ("structured_outputs", "guided_choice", "regex"),
}
"""What a server may know, by what it says of its software: vLLM and SGLang run under uvicorn."""


_HALF, _WHOLE = "Tanger", CODE_WORD.lower()


def begun(server: str) -> Question:
    """Return a question whose reply is half of a word; who goes on from it writes the other half."""
    fields = {"temperature": 0.0, **continuing_fields(server)}
    needs = "continue_final_message" if len(fields) > 1 else ""
    text = f"Say the word {CODE_WORD}, and nothing else."
    return Question("begun", fields, text=text, needs=needs, begun=_HALF)


def goes_on(text: str) -> bool | None:
    """Return whether an answer is the other half of the word; None where it is neither.

    >>> goes_on("ine."), goes_on("Tangerine"), goes_on("I like fruit.")
    (True, False, None)
    """
    said = text.strip().lower()
    if said.startswith(_WHOLE.removeprefix(_HALF.lower())):
        return True
    return False if said.startswith(_WHOLE) else None


def stopped(mark: str) -> Question:
    """Return the greedy answer once more, to be ended at a mark in it."""
    return Question("stopped", {"temperature": 0.0, "stop": [mark]}, needs="stop")


def stopped_of_one(mark: str) -> Question:
    """Return the same, sampled from the one likeliest token: greedy as well, where that is kept."""
    fields = {"temperature": 1.0, "top_k": 1, "stop": [mark]}
    return Question("stopped of one", fields, needs="top_k", otherwise=stopped(mark))


def short_hay(server: str) -> Question:
    """Return a short prompt whose count foretells that of a long one, its answer held to a word.

    Services that hide what they run take OpenAI's fields alone, and are not asked for others.
    """
    named = next((each for start, each in _OWN_FIELDS.items() if server.startswith(start)), ())
    fields = {name: CONSTRAINED[name][1] for name in named}
    return Question("short hay", {"temperature": 0.0, **fields}, text=hay(SHORT_LINES))


def long_hay(lines: int) -> Question:
    """Return a prompt as long as a task's longest, whose start tells the answer; asked for as JSON."""
    fields = {"temperature": 0.0, "response_format": {"type": "json_object"}}
    return Question("long hay", fields, text=hay(lines), max_new_tokens=JSON_ANSWER)


def hay(n_lines: int) -> str:
    """Return a prompt whose first line has the answer to its last."""
    lines = "\n".join(f"Line {at}: the river is calm and wide today." for at in range(n_lines))
    asked = "What is the code word? Say it alone, not as JSON."
    return f"The code word is {CODE_WORD}.\n{lines}\n{asked}"
