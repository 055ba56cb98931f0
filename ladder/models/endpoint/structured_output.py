"""How an answer is held to a form at one server: the fields that it was seen to keep.

Every server has its own name for it. What a probe has shown decides which is sent; a field that a
server merely takes holds nothing.
"""

import re
from collections.abc import Mapping
from typing import Any

from ladder.models.constraint_grammar import plain_pattern
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.gbnf import gbnf_of
from ladder.spec.constraint import PLAIN_JSON, Constraint

JsonSchema = Mapping[str, Any]

_ANY_OBJECT: JsonSchema = {"type": "object"}

# llama.cpp's own grammar for JSON, with at most one blank between two tokens.
_JSON_GRAMMAR = r"""
root ::= object | array
value ::= object | array | string | number | "true" | "false" | "null"
object ::= "{" ws (string ":" ws value ws ("," ws string ":" ws value ws)*)? "}"
array ::= "[" ws (value ws ("," ws value ws)*)? "]"
string ::= "\"" ([^"\\\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4}))* "\""
number ::= "-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,3})?
ws ::= " "?
"""


def constraint_fields(
    constraint: Constraint, abilities: EndpointAbilities | None
) -> dict[str, Any] | None:
    """Return what to send so that an answer keeps a constraint; None if nothing holds it to that.

    Where nobody looked, OpenAI's field is taken for JSON, and nothing for anything else.

    >>> yes_or_no = Constraint(kind="labels", labels=("yes", "no"))
    >>> vllm = EndpointAbilities(base_url="", model="m", structured_outputs=True)
    >>> constraint_fields(yes_or_no, vllm)
    {'structured_outputs': {'choice': ['yes', 'no']}}
    >>> llama = EndpointAbilities(base_url="", model="m", grammar=True)
    >>> constraint_fields(yes_or_no, llama)
    {'grammar': 'root ::= " "? ("yes" | "no")'}
    >>> constraint_fields(yes_or_no, None) is None
    True
    """
    if constraint.is_json:
        found = _fields_of_json(constraint, abilities)
        return found if constraint.white_space == "flexible" else _compact(found)
    if abilities is None:
        return None
    if abilities.structured_outputs or abilities.guided_choice:
        return _vllm_fields(constraint, is_new=bool(abilities.structured_outputs))
    if abilities.regex and constraint.kind != "grammar":
        return {"regex": _regex_of(constraint)}
    for name in ("grammar", "ebnf"):
        grammar = gbnf_of(constraint) if getattr(abilities, name) else None
        if grammar is not None:
            return {name: grammar}
    return None


def is_unheld(constraint: Constraint, abilities: EndpointAbilities | None) -> bool:
    """Return whether it is known that nothing at a server holds an answer to a constraint.

    >>> is_unheld(Constraint(kind="json"), None), is_unheld(Constraint(kind="regex", regex="a"), None)
    (False, True)
    """
    if constraint == PLAIN_JSON and abilities is not None:
        return abilities.keeps_json is False
    return constraint_fields(constraint, abilities) is None


def _fields_of_json(
    constraint: Constraint, abilities: EndpointAbilities | None
) -> dict[str, Any] | None:
    schema = constraint.json_schema
    if not isinstance(schema, Mapping):
        return json_fields(abilities)
    if abilities is None:
        return _openai_schema(schema)
    return schema_fields(schema, abilities)


def _compact(fields: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return fields for JSON without white space, which vLLM alone can be told."""
    if fields is None or "structured_outputs" not in fields:
        return None
    return {"structured_outputs": {**fields["structured_outputs"], "disable_any_whitespace": True}}


def _vllm_fields(constraint: Constraint, *, is_new: bool) -> dict[str, Any]:
    """Return vLLM's fields: in one section since version 0.12, before that each by itself."""
    name, value = {
        "labels": ("choice", list(constraint.labels)),
        "regex": ("regex", plain_pattern(constraint.regex)),
        "grammar": ("grammar", constraint.grammar),
    }[constraint.kind]
    return {"structured_outputs": {name: value}} if is_new else {f"guided_{name}": value}


def _regex_of(constraint: Constraint) -> str:
    if constraint.kind == "labels":
        return f"({'|'.join(map(re.escape, constraint.labels))})"
    return plain_pattern(constraint.regex)


def json_fields(abilities: EndpointAbilities | None) -> dict[str, Any] | None:
    """Return what to send for an answer that is JSON and nothing else; None if nothing holds it.

    Where nobody looked, OpenAI's field is taken, which most servers keep.

    >>> json_fields(None)
    {'response_format': {'type': 'json_object'}}
    >>> known = EndpointAbilities(base_url="", model="m", json_object=False, structured_outputs=True)
    >>> json_fields(known)
    {'structured_outputs': {'json': {'type': 'object'}}}
    """
    if abilities is None or abilities.json_object is not False:
        return {"response_format": {"type": "json_object"}}
    if abilities.grammar:
        return {"grammar": _JSON_GRAMMAR}
    return schema_fields(_ANY_OBJECT, abilities)


def schema_fields(schema: JsonSchema, abilities: EndpointAbilities) -> dict[str, Any] | None:
    """Return what to send for an answer that keeps a JSON schema; None if nothing holds it to one.

    >>> seen = EndpointAbilities(base_url="", model="m", json_schema=True)
    >>> schema_fields({"type": "object"}, seen)["response_format"]["json_schema"]["schema"]
    {'type': 'object'}
    """
    if abilities.json_schema:
        return _openai_schema(schema)
    if abilities.structured_outputs:
        return {"structured_outputs": {"json": dict(schema)}}
    if abilities.guided_choice:
        return {"guided_json": dict(schema)}
    return None


def _openai_schema(schema: JsonSchema) -> dict[str, Any]:
    named = {"name": "answer", "schema": dict(schema)}
    return {"response_format": {"type": "json_schema", "json_schema": named}}
