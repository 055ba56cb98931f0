"""`grammar_of`: a constraint as llguidance reads it, and why one cannot be used."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from ladder.errors import CandidateRefusedError
from ladder.installation import install_line
from ladder.spec.constraint import Constraint

_WHITE_SPACE = r" |\n[ \t]{0,32}"
"""What may stand between two tokens of JSON: one blank, or one line break with its indent.

Without a limit some models write line breaks up to the limit on new tokens.
"""

_LAYOUTS: Mapping[str, Mapping[str, Any]] = {
    "flexible": {"whitespace_pattern": _WHITE_SPACE},
    "compact": {"whitespace_flexible": False},
}
_ANY_JSON: Mapping[str, Any] = {"type": ["object", "array"]}
_GBNF_SIGN = "::="
_PIECES = re.compile(r"\\.|.", re.DOTALL)


def grammar_of(constraint: Constraint) -> str:
    """Return a constraint as a grammar of llguidance: `LLMatcher` takes it as it is.

    A blank may stand before labels and matches, as models write one after a cue.

    Raises:
        CandidateRefusedError: llguidance is not installed, or cannot read it.
    """
    matcher = _matcher()
    match constraint.kind:
        case "labels":
            choices = " | ".join(json.dumps(each, ensure_ascii=False) for each in constraint.labels)
            found = matcher.grammar_from_lark(f'start: (" ")? ({choices})')
        case "regex":
            found = matcher.grammar_from_regex(f" ?(?:{plain_pattern(constraint.regex)})")
        case "grammar":
            found = matcher.grammar_from_lark(_as_lark(constraint.grammar))
        case _:
            schema = constraint.json_schema if constraint.kind == "json_schema" else _ANY_JSON
            text = schema if isinstance(schema, str) else json.dumps(schema)
            layout = dict(_LAYOUTS[constraint.white_space])
            found = matcher.grammar_from_json_schema(text, overrides=layout)
    return str(found)


def why_unusable(constraint: Constraint) -> str:
    r"""Return why llguidance cannot hold an answer to a constraint, in a clause; else nothing.

    >>> why_unusable(Constraint(kind="regex", regex=r"[A-Z]{2}-\d{4}"))
    ''
    >>> why_unusable(Constraint(kind="regex", regex=r"(a)\1"))
    'backreferences are not supported'
    """
    try:
        grammar = grammar_of(constraint)
    except CandidateRefusedError as error:
        return str(error).rstrip(".")
    except ValueError as error:
        return _first_line(str(error))
    return _first_line(_matcher().validate_grammar(grammar))


def check_usable(constraint: Constraint) -> None:
    """Refuse a candidate whose constraint cannot be used here.

    Raises:
        CandidateRefusedError: Says what cannot be read of it.
    """
    why = why_unusable(constraint)
    if why:
        raise CandidateRefusedError(
            f"not testable: the constraint ({constraint.words}) cannot be used: {why}.",
            next_step="Write it in the regular expressions of llguidance, which know no look-around "
            "and no back-references, or write levers.decoding.constrain: false.",
        )


def allows(constraint: Constraint, text: str) -> bool | None:
    """Return whether a constraint allows a whole text; None where that cannot be told here.

    >>> yes = Constraint(kind="grammar", grammar='root ::= "yes" | "no"')
    >>> allows(yes, "yes"), allows(yes, "yes!")
    (True, False)
    """
    if why_unusable(constraint):
        return None
    tokens = _byte_tokens()
    follower = _matcher()(tokens, grammar_of(constraint), log_level=0)
    written = list(text.encode("utf-8", "replace"))
    return bool(follower.consume_tokens(written) and follower.is_accepting())


class _Bytes:
    """A vocabulary with a token for each byte, as llguidance asks for one."""

    eos_token_id = 256
    bos_token_id = None
    special_token_ids = (256,)
    tokens = (*(bytes([each]) for each in range(256)), b"<end>")

    def __call__(self, text: bytes | str) -> list[int]:
        return list(text.encode() if isinstance(text, str) else text)


@cache
def _byte_tokens() -> Any:
    from llguidance import LLTokenizer, TokenizerWrapper

    return LLTokenizer(TokenizerWrapper(_Bytes()))


def plain_pattern(pattern: str) -> str:
    r"""Return a regular expression of a whole answer as every grammar reads it.

    Marks of beginning and end go, which it has anyway; digits are those of ASCII, as the newest
    digits of Unicode are not digits to every reader.

    >>> plain_pattern(r"^[A-Z]+\d$"), plain_pattern(r"\A[\d.]\Z"), plain_pattern(r"5\$")
    ('[A-Z]+[0-9]', '[0-9.]', '5\\$')
    """
    return _ascii_digits(_without_anchors(pattern))


def _without_anchors(pattern: str) -> str:
    for mark in ("^", r"\A"):
        pattern = pattern.removeprefix(mark)
    for mark in (r"\Z", r"\z", "$"):
        bare = pattern.removesuffix(mark)
        n_slashes = len(bare) - len(bare.rstrip("\\"))
        if bare != pattern and n_slashes % 2 == 0:
            return bare
    return pattern


def _ascii_digits(pattern: str) -> str:
    found, is_class = [], False
    for piece in _PIECES.findall(pattern):
        if piece in "[]":
            is_class = piece == "["
        found.append(("0-9" if is_class else "[0-9]") if piece == r"\d" else piece)
    return "".join(found)


def _matcher() -> Any:
    try:
        from llguidance import LLMatcher
    except ImportError:
        raise CandidateRefusedError(
            "not testable: constrained output needs the package llguidance",
            next_step=f"{install_line('structured')}, or write levers.decoding.constrain: false.",
        ) from None
    return LLMatcher


def _as_lark(grammar: str) -> str:
    """Return a grammar as Lark; GBNF is told by its sign."""
    if _GBNF_SIGN not in grammar:
        return grammar
    from llguidance.gbnf_to_lark import any_to_lark

    return str(any_to_lark(grammar))


def _first_line(text: str) -> str:
    r"""Return what is wrong, without the picture of where.

    >>> _first_line('at 1(8): invalid regex "(a)" (in regex): regex parse error:\n  (a)\nerror: bad')
    'bad'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("error:").strip() for line in lines if line.startswith("error:")]
    return (errors or lines or [""])[0].rstrip(".")
