"""How an answer is held to a form at one server: the fields that it was seen to keep.

Every server has its own name for it. What a probe has shown decides which is sent; a field that a
server merely takes holds nothing.
"""

from collections.abc import Mapping
from typing import Any

from ladder.models.endpoint.abilities import EndpointAbilities

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
        named = {"name": "answer", "schema": dict(schema)}
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    if abilities.structured_outputs:
        return {"structured_outputs": {"json": dict(schema)}}
    if abilities.guided_choice:
        return {"guided_json": dict(schema)}
    return None
