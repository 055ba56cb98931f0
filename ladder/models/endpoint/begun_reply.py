"""A reply that the prompt begins, at a server: how it is sent, and what comes back of it."""

from collections.abc import Mapping
from typing import Any

_ASKED_TO: Mapping[str, Any] = {"continue_final_message": True, "add_generation_prompt": False}


def continuing_fields(server: str) -> dict[str, Any]:
    """Return the fields that a server needs to go on from its last message.

    vLLM and SGLang, which run under uvicorn, close a reply that is begun unless they are asked not
    to; llama.cpp goes on by itself.

    >>> continuing_fields("llama.cpp")
    {}
    """
    return dict(_ASKED_TO) if server.startswith("uvicorn") else {}


def begun_message(prefill: str) -> dict[str, Any]:
    """Return the message that begins a reply; a token may hold the white space at its end and a word."""
    return {"role": "assistant", "content": prefill.rstrip()}


def without_beginning(text: str, prefill: str) -> str:
    """Return what a server wrote after a beginning that it may give back (llama.cpp does).

    >>> without_beginning("The code is 7", "The code is "), without_beginning(" 7", "The code is")
    (' 7', ' 7')
    """
    begun = prefill.rstrip()
    return text.removeprefix(begun) if begun else text
