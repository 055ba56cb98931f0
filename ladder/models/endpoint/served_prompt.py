"""What a server makes of messages, held against what training on them would see."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ladder.errors import LadderError
from ladder.models.endpoint.wire import Wire
from ladder.models.tokenizer import ChatTokenizer

_SHOWN = 40


def served_ids(
    wire: Wire, *, model: str, messages: Sequence[Mapping[str, Any]], arguments: Mapping[str, Any]
) -> list[int] | None:
    """Return the token ids that a server makes of messages; None where it does not show them.

    llama.cpp fills in its template under `/apply-template` and tokenises under `/tokenize`, vLLM
    does both under `/tokenize`; others show nothing, and are not asked.

    Args:
        wire: To the server, of which the list of models was asked already.
        model: The name of the model.
        messages: A conversation, up to the turn that is to be answered.
        arguments: What the template is called with.
    """
    asked: dict[str, Any] = {"model": model, "messages": list(messages)}
    if arguments:
        asked["chat_template_kwargs"] = dict(arguments)
    try:
        if wire.server.startswith("llama.cpp"):
            prompt = json.loads(wire.post_beside("/apply-template", asked))["prompt"]
            text = {"content": prompt, "add_special": True, "parse_special": True}
            found = json.loads(wire.post_beside("/tokenize", text))
        elif wire.server.startswith("uvicorn"):
            found = json.loads(
                wire.post_beside("/tokenize", {**asked, "add_generation_prompt": True})
            )
        else:
            return None
        return [int(each) for each in found["tokens"]]
    except (LadderError, ValueError, KeyError, TypeError):
        return None


def prompt_difference(
    served: Sequence[int], trained: Sequence[int], tokenizer: ChatTokenizer
) -> str:
    """Return where the served prompt first differs from the trained one; empty where it does not.

    Args:
        served: Token ids, as the server makes them.
        trained: Those of the model's own template and tokenizer.
        tokenizer: Gives their text.
    """
    if list(served) == list(trained):
        return ""
    texts = [tokenizer.decode(ids) for ids in (served, trained)]
    if texts[0] == texts[1]:
        return f"the same text in {len(served)} tokens for {len(trained)}: {texts[0][:_SHOWN]!r}"
    return text_difference(*texts)


def text_difference(served: str, trained: str) -> str:
    """Return where two texts first differ, with what follows in each.

    >>> text_difference("<s>[INST] hi", "<|user|> hi")
    "from character 1 on the server writes 's>[INST] hi', training '|user|> hi'"
    """
    pairs = zip(served, trained, strict=False)
    same = next((at for at, (one, other) in enumerate(pairs) if one != other), None)
    at = min(len(served), len(trained)) if same is None else same
    ends = [text[at : at + _SHOWN] for text in (served, trained)]
    return f"from character {at} on the server writes {ends[0]!r}, training {ends[1]!r}"
