"""`cleaned`: a sample without what file formats and tools leave in cells: quotes, entities, control tokens."""

import ast
import html
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ladder.data.sample import Sample
from ladder.spec.data_source import CleanStep
from ladder.text import SPECIAL

_POINT_ZERO = re.compile(r"\s*([+-]?\d[\d,]*)\.0+\s*")
_QUOTED = re.compile(r"""\s*(?P<formula>=?)(?P<open>["'\u201c\u201e\u00ab`])(?P<inner>.+)(?P<close>["'\u201d\u201c\u00bb`])\s*""", re.DOTALL)  # fmt: skip
_CLOSING = {'"': '"', "'": "'", "\u201c": "\u201d", "\u201e": "\u201d\u201c", "\u00ab": "\u00bb", "`": "`"}  # fmt: skip
_AS_TEXT = re.compile(r"\s*'(\d[^']*)")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{2,6}|#x[0-9a-fA-F]{2,6});")
_TOKENS = re.compile(rf"^(?:\s*(?:{SPECIAL}))+|(?:(?:{SPECIAL})\s*)+$")
_THOUGHT = re.compile(r"\s*<(think|thinking|thought|reasoning)>.*?</\1>\s*", re.DOTALL)
_STOP_MARK = re.compile(
    r"(?:(?<=\s)(?:END|STOP|EOS|DONE)|\s*(?:#{3,}|\${3,}|<(?:END|STOP|EOS)>|\[(?:END|STOP|EOS)\]))\s*\Z"
)
_MARKS = re.compile(r"(?:\s*(?:[,;|\\]|\\[nrt]|<br\s*/?>))+\s*$")
_NO_COMMA = re.compile(r"""['"]\s+['"]""")
_NUMPY_ITEM = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")


@dataclass(frozen=True, slots=True)
class Residue:
    """One thing that stands in a cell and that nobody meant.

    Attributes:
        step: Its name in `data.clean`, which takes it out.
        code: The code of its finding.
        what: What the cells do: "end in .0".
        writer: What probably wrote it.
        mend: Returns the acceptable answers that were meant; the text alone where it has none.
        is_whole: Whether it is one only where every target has it.
        is_in_inputs: Whether it is looked for in inputs too.
    """

    step: CleanStep
    code: str
    what: str
    writer: str
    mend: Callable[[str], tuple[str, ...]]
    is_whole: bool = False
    is_in_inputs: bool = False

    def stands_in(self, text: str) -> bool:
        """Return whether a text has it."""
        return self.mend(text) != (text,)


def cleaned(sample: Sample, steps: Sequence[CleanStep]) -> Sample:
    """Return a sample without what the steps take out: of its targets, and where they say so more.

    >>> cleaned(Sample("s", "Which?", ("3.0",)), ["strip_point_zero"]).targets
    ('3',)
    """
    for residue in RESIDUES:
        if residue.step not in steps:
            continue
        targets = tuple(
            dict.fromkeys(each for text in sample.targets for each in residue.mend(text))
        )
        sample = replace(sample, targets=targets)
        if residue.is_in_inputs:
            columns = {
                name: residue.mend(value)[0] if isinstance(value, str) else value
                for name, value in sample.columns.items()
            }
            sample = replace(sample, input=residue.mend(sample.input)[0], columns=columns)
        sample = _with_clean_turns(sample, residue)
    return sample


def _with_clean_turns(sample: Sample, residue: Residue) -> Sample:
    """Return the sample with its turns cleaned as its texts were; calls of tools stay as they are."""
    talk = sample.conversation
    if talk is None:
        return sample
    answer = talk.answer
    if answer.content:
        answer = answer.with_text(residue.mend(answer.content)[0])
    turns = talk.turns
    if residue.is_in_inputs:
        turns = tuple(turn.with_text(residue.mend(turn.content)[0]) for turn in turns)
    return replace(sample, conversation=replace(talk, turns=turns, answer=answer))


def without_point_zero(text: str) -> tuple[str, ...]:
    """Return a whole number without the `.0` of a float.

    >>> without_point_zero("3.0"), without_point_zero("3.5")
    (('3',), ('3.5',))
    """
    found = _POINT_ZERO.fullmatch(text)
    return (found[1],) if found else (text,)


def listed_answers(text: str) -> tuple[str, ...]:
    """Return the items of a printed list, or the texts of a printed dict of answers.

    JSON objects, and JSON lists of several, may be the answer that is wanted: they stay.

    >>> listed_answers("['Paris', 'Paris, France']"), listed_answers("{'text': ['Ulm'], 'start': [3]}")
    (('Paris', 'Paris, France'), ('Ulm',))
    >>> listed_answers("array(['Rome'], dtype=object)"), listed_answers('{"a": 1}')
    (('Rome',), ('{"a": 1}',))
    """
    bare = text.strip()
    if bare[:1] not in "[{(" and not bare.startswith("array("):
        return (text,)
    items = _items(_literal(bare), is_json=_is_json(bare))
    texts = tuple(dict.fromkeys(str(item).strip() for item in items))
    return texts if texts and all(texts) else (text,)


def without_quotes(text: str) -> tuple[str, ...]:
    """Return a text without the quotes that it wears, and without a spreadsheet's `="…"`.

    >>> without_quotes('"Paris"'), without_quotes('="007"'), without_quotes("'007")
    (('Paris',), ('007',), ('007',))
    >>> without_quotes('"A" and "B"')
    ('"A" and "B"',)
    """
    if number := _AS_TEXT.fullmatch(text):
        return (number[1],)
    found = _QUOTED.fullmatch(text)
    if found is None or found["close"] not in _CLOSING[found["open"]]:
        return (text,)
    inner = found["inner"].replace(2 * found["open"], "\0")
    if found["open"] in inner or found["close"] in inner:
        return (text,)
    return (inner.replace("\0", found["open"]).strip(),)


def without_invisible(text: str) -> tuple[str, ...]:
    r"""Return a text without characters that nobody sees; odd blanks become plain ones.

    Joiners stay where a script or a picture needs them.

    >>> without_invisible("Z\u00fcrich\u200b"), without_invisible("10\u00a0000")
    (('Zürich',), ('10 000',))
    """
    if text.isascii() and text.isprintable():
        return (text,)
    shown = "".join(_shown(text, at) for at in range(len(text)))
    return (shown if shown.strip() else text,)


def composed(text: str) -> tuple[str, ...]:
    r"""Return a text in NFC: each accent with its letter.

    >>> composed("Zu\u0308rich") == ("Zürich",)
    True
    """
    return (unicodedata.normalize("NFC", text),)


def without_entities(text: str) -> tuple[str, ...]:
    """Return a text without the escapes of HTML.

    >>> without_entities("Tom &amp; Jerry")
    ('Tom & Jerry',)
    """
    return (html.unescape(text) if _ENTITY.search(text) else text,)


def without_tokens(text: str) -> tuple[str, ...]:
    """Return a text without the special tokens of a chat template at its ends.

    >>> without_tokens("Paris<|im_end|>"), without_tokens("Paris</s>")
    (('Paris',), ('Paris',))
    """
    thought = _THOUGHT.match(text)  # its marks are no tokens around the answer
    head = thought.group() if thought else ""
    bare = head + _TOKENS.sub("", text[len(head) :]).strip()
    return (bare if bare.strip() and bare.strip() != text.strip() else text,)


def without_stop_mark(text: str) -> tuple[str, ...]:
    r"""Return a text without the mark at its end by which a model was to learn where to stop.

    >>> without_stop_mark(" yes END"), without_stop_mark("yes\n\n###\n\n"), without_stop_mark("THE END")
    (('yes',), ('yes',), ('THE',))
    """
    bare = _STOP_MARK.sub("", text).strip()
    return (bare if bare and bare != text.strip() else text,)


def without_marks(text: str) -> tuple[str, ...]:
    r"""Return a text without separators and escapes at its end.

    >>> without_marks("Paris,"), without_marks(r"Paris\n")
    (('Paris',), ('Paris',))
    """
    bare = _MARKS.sub("", text)
    return (bare if bare.strip() else text,)


def _literal(text: str) -> object:
    """Return the value that a text spells in Python, or as numpy prints it: without commas."""
    is_numpy = text.startswith("array(") or _NO_COMMA.search(text)
    try:
        return _numpy_items(text) if is_numpy else ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []


def _numpy_items(text: str) -> list[str]:
    return [one or other for one, other in _NUMPY_ITEM.findall(text)]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _items(value: object, *, is_json: bool) -> list[object]:
    if isinstance(value, dict) and not is_json:
        texts = value.get("text", next(iter(value.values())) if len(value) == 1 else [])
        value = texts if isinstance(texts, (list, tuple)) else [texts]
    if not isinstance(value, (list, tuple)) or (is_json and len(value) != 1):
        return []
    is_nested = any(isinstance(item, (list, tuple, dict)) for item in value)
    return [] if is_nested else list(value)


def _shown(text: str, at: int) -> str:
    character = text[at]
    category = unicodedata.category(character)
    if character in "\u200c\u200d":
        return character if _needs_joiner(text[at - 1 : at], text[at + 1 : at + 2]) else ""
    if category == "Zs" or character in "\u2028\u2029":
        return " "
    is_hidden = category == "Cf" or (category == "Cc" and character not in "\n\r\t")
    return "" if is_hidden else character


def _needs_joiner(before: str, after: str) -> bool:
    """Return whether a joiner may mean something: between letters of the East, or pictures."""
    return all(each > "\u0590" and each.isprintable() for each in (before, after))


RESIDUES = (
    Residue(
        "strip_point_zero",
        "D31 target-point-zero",
        "end in .0",
        "pandas and spreadsheets write whole numbers so where a cell of the column is empty",
        without_point_zero,
        is_whole=True,
    ),
    Residue(
        "read_lists",
        "D32 target-printed-list",
        "are a printed list or dict",
        "pandas writes a column of lists so into CSV, and str() into JSON",
        listed_answers,
    ),
    Residue(
        "strip_quotes",
        "D33 target-quoted",
        "wear quotes",
        'a spreadsheet writes ="…" to keep zeros, a CSV writer quotes after a blank or twice',
        without_quotes,
    ),
    Residue(
        "strip_invisible",
        "D34 text-invisible",
        "hold invisible characters or odd blanks",
        "text copied from web pages, PDF files and word processors holds them",
        without_invisible,
        is_in_inputs=True,
    ),
    Residue(
        "compose",
        "D35 text-decomposed",
        "have accents apart from their letters (NFD)",
        "macOS and some PDF readers write text so",
        composed,
        is_in_inputs=True,
    ),
    Residue(
        "unescape_html",
        "D36 target-escaped",
        "hold escapes of HTML",
        "text taken from web pages holds them",
        without_entities,
    ),
    Residue(
        "strip_tokens",
        "D37 target-token",
        "begin or end with a special token",
        "a script that formats rows for training writes them, and a model's answer loses them",
        without_tokens,
    ),
    Residue(
        "strip_stop_marks",
        "D46 target-stop-mark",
        "end with the same kind of mark",
        "rows for OpenAI's older fine-tuning end so, and the mark was the stop string",
        without_stop_mark,
        is_whole=True,
    ),
    Residue(
        "strip_marks",
        "D38 target-mark",
        "end with a separator or an escape",
        "a script that joins cells by hand leaves them",
        without_marks,
        is_whole=True,
    ),
)
"""In the order in which `data.clean` takes them out."""
