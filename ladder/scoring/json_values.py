"""`json_value` and `json_values_in`: the JSON that an answer is, or that stands in it."""

import ast
import html
import json
import re
import unicodedata
import warnings
from typing import Any, Final

from ladder.scoring.plain_text import inside_fence, plain
from ladder.strict_json import agreeing_keys, no_constant

NOT_JSON: Final = object()
"""What is returned where there is no JSON: `null` is a value."""

_COMMENT = re.compile(r"(?m)[ \t]//.*$|(?s:/\*.{0,400}?\*/)")
_BARE_KEY = re.compile(r"(?<=[{,])(\s*)([A-Za-z_]\w*)(\s*):")
_COMMA_TOO_MANY = re.compile(r",(\s*[}\]])")
_STRAIGHT_QUOTES = str.maketrans(dict.fromkeys("“”„‟", '"'))
_MOST_CHARACTERS = 200_000
_MOST_STARTS = 100
_OPENS = re.compile(r"[{\[]")
_FENCES = re.compile(r"```(?:[\w+-]*[ \t]*\n|[\w+-]*(?=[{\[]))?([^`]+)```")
_FENCE_HEAD = re.compile(r"\A(?P<marks>`+|~+)(?:[\w+-]*\s*\n|[\w+-]*(?=[{\[\"])|[\w+-]*\Z)")
_NUMBER_GOES_ON = re.compile(r"|\.|[eE][+-]?")
_SLACK = 6
"""So long is the longest literal of JSON, with a sign: an error so near the end may be its cut."""


def json_value(text: str) -> Any:  # noqa: ANN401 - any JSON value
    r"""Return the one JSON value that a text is, in a code fence or not, else `NOT_JSON`.

    An object in which a key stands twice with two values is none: which of them counts, nobody knows.

    >>> json_value('```json\n{"a": 1}\n```'), json_value("{} and more") is NOT_JSON
    ({'a': 1}, True)
    >>> json_value('{"a": 1, "a": 2}') is NOT_JSON, json_value('{"a": 1, "a": 1}')
    (True, {'a': 1})
    """
    clean = plain(text)
    forms = (clean, inside_fence(clean).strip("`"), inside_fence(clean, with_marks=True))
    values = (_parsed(form, is_strict=True) for form in forms)
    return next((each for each in values if each is not NOT_JSON), NOT_JSON)


def json_values_in(text: str) -> list[Any]:
    """Return the JSON values of a text: itself, what stands in fences, its objects and arrays.

    >>> json_values_in('{"a": 1} Note: {x} is not used, [2] is.')
    [{'a': 1}, [2]]
    """
    clean = plain(text)[-_MOST_CHARACTERS:]
    parts = [clean, *_FENCES.findall(clean)[-_MOST_STARTS:]]
    whole = [value for part in parts if (value := _parsed(part)) is not NOT_JSON]
    found = whole or _embedded(clean)
    unescaped = html.unescape(clean)
    return found if found or unescaped == clean else json_values_in(unescaped)


def loose_json_values(read: str, answer: str) -> list[Any]:
    """Return the JSON that is read, stands in the answer, is wrapped in one of these, or is nearly JSON.

    >>> loose_json_values("", 'It is {"answer": {"a": 1}}.')
    [{'answer': {'a': 1}}, {'a': 1}]
    """
    found = [each for each in (json_value(read), *json_values_in(answer)) if each is not NOT_JSON]
    nearly = nearly_json(answer)
    found += [nearly] if nearly is not NOT_JSON and nearly not in found else []
    return [*found, *(inner for each in found for inner in unwrapped_json(each))]


def nearly_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    r"""Return the object that a text holds with a comma too many, comments or quotes of another kind.

    >>> nearly_json('{"a": 1, // one\n}'), nearly_json("So: {'a': None}"), nearly_json("{a}") is NOT_JSON
    ({'a': 1}, {'a': None}, True)
    >>> nearly_json("{“a”: „b”}"), nearly_json("{a: 1, /* two */ b: 'x'}"), nearly_json(r'{\"a\": 1}')
    ({'a': 'b'}, {'a': 1, 'b': 'x'}, {'a': 1})
    """
    text = plain(text)
    piece = text[text.find("{") : text.rfind("}") + 1]
    if len(piece) > _MOST_CHARACTERS:
        return NOT_JSON
    piece = _COMMA_TOO_MANY.sub(r"\1", _COMMENT.sub("", piece))
    straight = straight_quotes(piece)
    forms = (piece, straight, _BARE_KEY.sub(r'\1"\2"\3:', straight), piece.replace('\\"', '"'))
    values = (_literal(form) for form in dict.fromkeys(forms))
    return next((value for value in values if value is not NOT_JSON), NOT_JSON)


def straight_quotes(text: str) -> str:
    """Return a text with straight double quotes, whatever kind of them it has.

    >>> straight_quotes("{“a”: “it’s”}")
    '{"a": "it’s"}'
    """
    return text.translate(_STRAIGHT_QUOTES)


def _literal(piece: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the object that a text is as a literal of Python or as JSON."""
    try:
        with (
            warnings.catch_warnings()
        ):  # Python remarks on odd quotes, and so on what a model writes.
            warnings.simplefilter("ignore")
            return json.loads(json.dumps(ast.literal_eval(piece)))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return _parsed(piece)


def may_become_json(text: str) -> bool:
    r"""Return whether a text is, or may be, the beginning of one JSON value.

    >>> may_become_json('{"a": "x'), may_become_json("Sure: {"), may_become_json('{"a": 1}')
    (True, False, False)
    >>> may_become_json('```json\n{"a": 1}'), may_become_json('```json\n{"a": 1} and')
    (True, False)
    """
    clean = plain(text)
    head = _FENCE_HEAD.match(clean)
    body = (clean[head.end() :] if head else clean).lstrip()
    if not body or not (body[0] in '{["-tfn' or body[0].isdigit()):
        return not body
    try:
        value, end = _DECODER.raw_decode(body)
    except json.JSONDecodeError as error:
        return "Unterminated" in error.msg or error.pos >= len(body) - _SLACK
    except (ValueError, RecursionError):
        return True
    rest = body[end:].strip()
    if type(value) in (int, float) and _NUMBER_GOES_ON.fullmatch(rest):
        return True
    return head is not None and rest != head["marks"] and head["marks"].startswith(rest)


def same_json(said: Any, wanted: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether two JSON values are equal: the order of keys does not count, a type does.

    >>> same_json([1.0, True], [1, True]), same_json(1, True)
    (True, False)
    """
    if said is NOT_JSON or wanted is NOT_JSON:
        return False
    if isinstance(said, bool) or isinstance(wanted, bool):
        return said is wanted
    if isinstance(said, dict) and isinstance(wanted, dict):
        return said.keys() == wanted.keys() and all(same_json(said[k], wanted[k]) for k in said)
    if isinstance(said, list) and isinstance(wanted, list):
        return len(said) == len(wanted) and all(map(same_json, said, wanted))
    if isinstance(said, str) and isinstance(wanted, str):
        return unicodedata.normalize("NFC", said) == unicodedata.normalize("NFC", wanted)
    return bool(said == wanted)


def unwrapped_json(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    r"""Return what a JSON value holds alone: one item, one key's value, JSON in a text.

    >>> unwrapped_json([{"a": 1}]), unwrapped_json({"answer": {"a": 1}}), unwrapped_json([1, 2])
    ([{'a': 1}], [{'a': 1}], [])
    >>> unwrapped_json('{"a": 1}')
    [{'a': 1}]
    """
    if isinstance(value, str):
        inner = _parsed(value)
        return [] if inner is NOT_JSON else [inner]
    if isinstance(value, list | dict) and len(value) == 1:
        return list(value.values() if isinstance(value, dict) else value)
    return []


def value_at(value: Any, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what stands at a path of a JSON value, `NOT_JSON` where nothing does.

    A name behind a list is looked up in each of its items, null where an item lacks it; a number is
    a place in the list. A key that holds a dot is found by its whole name.

    >>> value_at({"a": {"b": 1}}, "a.b"), value_at({"rows": [{"n": 1}, {"n": 2}]}, "rows.n")
    (1, [1, 2])
    >>> value_at({"rows": [{"n": 1}]}, "rows.0.n"), value_at({"a.b": 2}, "a.b")
    (1, 2)
    >>> value_at({"a": 1}, "b") is NOT_JSON
    True
    """
    if isinstance(value, dict) and path in value:
        return value[path]
    head, dot, rest = path.partition(".")
    inner = _item(value, head)
    if isinstance(value, list) and inner is NOT_JSON and not head.isdecimal():
        found = [value_at(item, path) for item in value]
        is_there = any(each is not NOT_JSON for each in found)
        return [None if each is NOT_JSON else each for each in found] if is_there else NOT_JSON
    return value_at(inner, rest) if dot and inner is not NOT_JSON else inner


def as_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a JSON value as a text: a text as it is, anything else as JSON.

    >>> as_text("Oslo"), as_text([1, "é"])
    ('Oslo', '[1, "é"]')
    """
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _item(value: Any, key: str) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return value.get(key, NOT_JSON)
    is_place = isinstance(value, list) and key.isdecimal() and int(key) < len(value)
    return value[int(key)] if is_place else NOT_JSON


def _parsed(text: str, *, is_strict: bool = False) -> Any:  # noqa: ANN401 - any JSON value
    if len(text) > _MOST_CHARACTERS:
        return NOT_JSON
    try:
        return json.loads(
            text.strip(),
            object_pairs_hook=agreeing_keys if is_strict else None,
            parse_constant=no_constant,
        )
    except (ValueError, RecursionError):
        return NOT_JSON


def _embedded(text: str) -> list[Any]:
    """Return the objects and arrays of a text; only so many places are tried."""
    values: list[Any] = []
    starts = [found.start() for found in _OPENS.finditer(text)]
    if len(starts) > 2 * _MOST_STARTS:
        starts = starts[:_MOST_STARTS] + starts[-_MOST_STARTS:]
    after = 0
    for start in starts:
        if start < after:
            continue
        try:
            value, after = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        values.append(value)
    return values


_DECODER = json.JSONDecoder(parse_constant=no_constant)
