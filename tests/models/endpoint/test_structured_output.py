"""What is sent so that a server holds an answer to a form: by what it was seen to keep."""

from typing import Any

import pytest

from ladder.errors import CandidateRefusedError, SpecError
from ladder.models.base import Message, Request
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.gbnf import gbnf_of
from ladder.models.endpoint.payload import payload_of
from ladder.spec.candidate import ChatSetup, Decoding
from ladder.spec.constraint import Constraint

LABELS = Constraint(kind="labels", labels=("yes", "no (maybe)"))
REGEX = Constraint(kind="regex", regex=r"^[A-Z]\d$")
SCHEMA = Constraint(kind="json_schema", json_schema={"type": "object"})
GBNF = Constraint(kind="grammar", grammar='root ::= "a"')
LARK = Constraint(kind="grammar", grammar='start: "a"')
COMPACT = Constraint(kind="json", white_space="compact")
OPENAI_SCHEMA = {
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": {"type": "object"}},
    }
}


def sent(
    constraint: Constraint, seen: str = "", *, chat: ChatSetup | None = None
) -> dict[str, Any]:
    request = Request(
        (Message("user", "Which?"),), chat or ChatSetup(), Decoding().held(constraint)
    )
    ability = {"base_url": "", "model": "m", seen: True}
    known = EndpointAbilities.model_validate(ability) if seen else None
    payload = payload_of(request, model="m", abilities=known)
    return {k: v for k, v in payload.items() if k not in ("model", "messages", "temperature")}


@pytest.mark.parametrize(
    ("constraint", "seen", "fields"),
    [
        (LABELS, "structured_outputs", {"structured_outputs": {"choice": list(LABELS.labels)}}),
        (LABELS, "guided_choice", {"guided_choice": list(LABELS.labels)}),
        (LABELS, "regex", {"regex": r"(yes|no\ \(maybe\))"}),
        (LABELS, "ebnf", {"ebnf": 'root ::= " "? ("yes" | "no (maybe)")'}),
        (LABELS, "grammar", {"grammar": 'root ::= " "? ("yes" | "no (maybe)")'}),
        (REGEX, "structured_outputs", {"structured_outputs": {"regex": "[A-Z][0-9]"}}),
        (REGEX, "guided_choice", {"guided_regex": "[A-Z][0-9]"}),
        (REGEX, "regex", {"regex": "[A-Z][0-9]"}),
        (REGEX, "grammar", {"grammar": 'root ::= " "? ([A-Z] [0-9])'}),
        (SCHEMA, "json_schema", OPENAI_SCHEMA),
        (SCHEMA, "structured_outputs", {"structured_outputs": {"json": {"type": "object"}}}),
        (SCHEMA, "guided_choice", {"guided_json": {"type": "object"}}),
        (SCHEMA, "", OPENAI_SCHEMA),
        (GBNF, "grammar", {"grammar": GBNF.grammar}),
        (GBNF, "structured_outputs", {"structured_outputs": {"grammar": GBNF.grammar}}),
        (Constraint(kind="json"), "", {"response_format": {"type": "json_object"}}),
    ],
)
def test_each_server_gets_the_field_that_it_keeps(
    constraint: Constraint, seen: str, fields: dict[str, Any]
) -> None:
    assert sent(constraint, seen) == fields


@pytest.mark.parametrize(
    ("constraint", "seen"),
    [(LABELS, ""), (LABELS, "json_object"), (LARK, "grammar"), (SCHEMA, "grammar"), (COMPACT, "")],
)
def test_what_no_field_holds_is_not_testable(constraint: Constraint, seen: str) -> None:
    with pytest.raises(CandidateRefusedError, match="not testable"):
        sent(constraint, seen)


def test_a_server_does_not_hold_the_beginning_that_is_given() -> None:
    with pytest.raises(SpecError, match=r"chat\.prefill"):
        sent(LABELS, "grammar", chat=ChatSetup(mode="completion", prefill="{"))


@pytest.mark.parametrize(
    ("pattern", "grammar"),
    [
        ("(yes|no)", '(("yes" | "no"))'),
        (r"\d{4}-\d{2}", '[0-9]{4} "-" [0-9]{2}'),
        ("a.b*c?", r'"a" [^\n] "b"* "c"?'),
        (r"[^,]+(, [^,]+)*", '[^,]+ ((", " [^,]+))*'),
        (r"\S+", r"[^ \t\n\r]+"),
        (r"[\]\-^]", r"[\x5D\x2D\x5E]"),
        ('"quoted"', r'"\"quoted\""'),
        ("(?=a)b", None),
        (r"(a)\1", None),
        ("(?i)abc", None),
        (r"\bword", None),
        ("(", None),
    ],
)
def test_a_simple_pattern_is_a_grammar_of_llama_cpp(pattern: str, grammar: str | None) -> None:
    found = gbnf_of(Constraint(kind="regex", regex=pattern))

    assert found == (None if grammar is None else f'root ::= " "? ({grammar})')
