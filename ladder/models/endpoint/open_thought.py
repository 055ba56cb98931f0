"""Whether the template of a server leaves a thought open, so that a reply begins within it."""

import json
from collections.abc import Mapping
from typing import Any

from ladder.errors import LadderError
from ladder.models.endpoint.wire import Wire
from ladder.scoring.thoughts import leaves_thought_open


def opens_thought(wire: Wire, *, model: str, arguments: Mapping[str, Any]) -> bool:
    """Return whether a prompt ends inside a thought, as far as the server shows its prompts.

    llama.cpp shows them under `/apply-template`, vLLM under `/tokenize`; others show none, and are
    not asked. Such a server gives `...</think>4` as its text, and a cut thought without any mark.

    Args:
        wire: To the server, of which the list of models was asked already.
        model: The name of the model.
        arguments: What the template is called with.
    """
    question: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    if arguments:
        question["chat_template_kwargs"] = dict(arguments)
    try:
        if wire.server.startswith("llama.cpp"):
            shown = json.loads(wire.post_beside("/apply-template", question)).get("prompt")
        elif wire.server.startswith("uvicorn"):
            question |= {"add_generation_prompt": True, "return_token_strs": True}
            pieces = json.loads(wire.post_beside("/tokenize", question)).get("token_strs")
            shown = "".join(map(str, pieces or ())).replace("\u010a", "\n")
        else:
            return False
    except (LadderError, ValueError, AttributeError):
        return False
    return isinstance(shown, str) and leaves_thought_open(shown)
