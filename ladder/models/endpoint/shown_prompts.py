"""`ShownPrompts`: what a server shows of the prompts that it makes of messages."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ladder.errors import LadderError
from ladder.models.endpoint.begun_reply import begun_message, continuing_fields
from ladder.models.endpoint.json_body import json_value
from ladder.models.endpoint.token_pieces import text_of_pieces
from ladder.models.endpoint.wire import Wire
from ladder.models.tokenizer import ChatTokenizer
from ladder.scoring.thoughts import leaves_thought_open

_SHOWN = 40
_HELLO: tuple[Mapping[str, Any], ...] = ({"role": "user", "content": "Hello"},)
_NO_THOUGHTS: Mapping[str, Any] = {"enable_thinking": False}
"""The argument that most templates with arguments know."""


class ShownPrompts:
    """Asks a server what it makes of messages, each thing once.

    llama.cpp fills in its template under `/apply-template`, tokenises under `/tokenize` and shows
    its settings under `/props`; vLLM does the first two at once under `/tokenize`. Others show
    nothing, and are not asked.

    Args:
        wire: To the server, of which the list of models was asked already.

    Attributes:
        model: The name of the model there.
        example: A conversation, up to the turn that is to be answered.
    """

    def __init__(self, wire: Wire, *, model: str) -> None:
        self._wire = wire
        self.model = model
        self.example: Sequence[Mapping[str, Any]] = _HELLO
        self._found: dict[str, dict[str, Any] | None] = {}

    def use_name(self, name: str) -> None:
        """Ask for the model by another name from now on."""
        self.model = name

    @property
    def server(self) -> str:
        """Return what the server says of its software."""
        return self._wire.server

    @property
    def _is_llama(self) -> bool:
        return self.server.startswith("llama.cpp")

    @property
    def _path(self) -> str:
        """Return where prompts are shown; empty where they are not."""
        if self._is_llama:
            return "/apply-template"
        return "/tokenize" if self.server.startswith("uvicorn") else ""

    def text(self, arguments: Mapping[str, Any]) -> str | None:
        """Return the text of the prompt; None where the server does not show it."""
        return self._text_of(self._filled_in(arguments))

    def _text_of(self, found: Mapping[str, Any] | None) -> str | None:
        if found is None:
            return None
        if self._is_llama:
            return found["prompt"] if isinstance(found.get("prompt"), str) else None
        pieces = found.get("token_strs")
        if not isinstance(pieces, list) or not pieces:
            return None
        return text_of_pieces([str(each) for each in pieces])

    def ids(self, arguments: Mapping[str, Any]) -> list[int] | None:
        """Return the token ids of the prompt; None where the server does not show them."""
        found = self._filled_in(arguments)
        if self._is_llama:
            text = self.text(arguments)
            asked = {"content": text, "add_special": True, "parse_special": True}
            found = None if text is None else self._posted("/tokenize", asked)
        try:
            return None if found is None else [int(each) for each in found["tokens"]]
        except (KeyError, ValueError, TypeError):
            return None

    def opens_thought(self, arguments: Mapping[str, Any]) -> bool:
        """Return whether the prompt ends inside a thought, as far as it is shown.

        Such a server gives `...</think>4` as its text, and a cut thought without any mark.
        """
        shown = self.text(arguments)
        return shown is not None and leaves_thought_open(shown)

    def look_at_settings(self) -> dict[str, Any]:
        """Return the context's length, and whether the settings are shown."""
        if not self._is_llama:
            return {}
        settings = self._settings()
        generation = (settings or {}).get("default_generation_settings")
        n_ctx = generation.get("n_ctx") if isinstance(generation, dict) else None
        length = {"context_tokens": n_ctx} if isinstance(n_ctx, int) else {}
        return {"shows_props": settings is not None, **length}

    def look_at_arguments(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return whether the prompt is shown, and whether the template's arguments change it."""
        if not self._path:
            return {}
        plain = self._filled_in(arguments)
        name = "shows_prompts" if self._is_llama else "shows_tokens"
        found: dict[str, Any] = {name: plain is not None}
        if plain is None:
            return found
        if isinstance(plain.get("max_model_len"), int):
            found["context_tokens"] = plain["max_model_len"]
        if self._knows(arguments or _NO_THOUGHTS):
            other = self._filled_in({} if arguments else _NO_THOUGHTS)
            if other not in (None, plain):
                found["template_arguments"] = True
        return found

    def goes_on(self, prefill: str, arguments: Mapping[str, Any]) -> bool | None:
        """Return whether the prompt ends with a reply that is begun; None where it is not shown."""
        turns = [*self.example, begun_message(prefill)]
        shown = self._text_of(self._filled_in(arguments, turns, continuing_fields(self.server)))
        return None if shown is None else shown.rstrip().endswith(prefill.rstrip())

    def template(self) -> str | None:
        """Return the template that the server fills in, where it shows it."""
        shown = (self._settings() or {}).get("chat_template") if self._is_llama else None
        return shown if isinstance(shown, str) and shown else None

    def special_tokens(self) -> dict[str, str]:
        """Return the special tokens that the server names: a template writes them."""
        shown = (self._settings() or {}) if self._is_llama else {}
        named = {name: shown.get(name) for name in ("bos_token", "eos_token")}
        return {name: text for name, text in named.items() if isinstance(text, str)}

    def _knows(self, arguments: Mapping[str, Any]) -> bool:
        """Return whether the template may look at an argument: true where it is not shown."""
        template = self.template()
        return template is None or any(name in template for name in arguments)

    def _settings(self) -> dict[str, Any] | None:
        if "/props" not in self._found:
            self._found["/props"] = self._read(lambda: self._wire.get_beside("/props"))
        return self._found["/props"]

    def _filled_in(
        self,
        arguments: Mapping[str, Any],
        turns: Sequence[Mapping[str, Any]] = (),
        fields: Mapping[str, Any] | None = None,
    ) -> dict[str, Any] | None:
        """Return what the server makes of some turns, those of the example unless given."""
        asked: dict[str, Any] = {"model": self.model, "messages": list(turns or self.example)}
        if arguments:
            asked["chat_template_kwargs"] = dict(arguments)
        if not self._path:
            return None
        if not self._is_llama:
            asked |= {"add_generation_prompt": True, "return_token_strs": True}
        asked |= fields or {}
        return self._posted(self._path, asked)

    def _posted(self, path: str, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        key = json.dumps([path, asked], sort_keys=True)
        if key not in self._found:
            self._found[key] = self._read(lambda: self._wire.post_beside(path, asked))
        return self._found[key]

    @staticmethod
    def _read(call: Callable[[], bytes]) -> dict[str, Any] | None:
        try:
            found = json_value(call())
        except (LadderError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) and not found.get("error") else None


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
    return first_difference(served, trained, "training")


def first_difference(served: str, other: str, writer: str) -> str:
    """Return where a server's text leaves another, whose writer is named, with what follows in each."""
    pairs = zip(served, other, strict=False)
    same = next((at for at, (one, other) in enumerate(pairs) if one != other), None)
    at = min(len(served), len(other)) if same is None else same
    ends = [text[at : at + _SHOWN] for text in (served, other)]
    return f"from character {at} on the server writes {ends[0]!r}, {writer} {ends[1]!r}"
