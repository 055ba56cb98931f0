"""`answers_to`: what the measured model answers, from its weights in this process (transformers)."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ladder.exporting.standalone.model_place import located
from ladder.exporting.standalone.read_answers import until_stop
from ladder.exporting.standalone.row_messages import Stack, Turn


class LocalModel:
    """The model and its chat setup. `MODEL` names its folder, where `stack.json` has no public name."""

    def __init__(self, stack: Stack) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.stack = stack
        model, self.chat = stack.settings["model"], stack.settings["chat"]
        place, more = _loaded_from(model)
        if model["quantization"]:
            more |= _packing(model["quantization"], getattr(torch, model["dtype"]))
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer: Any = AutoTokenizer.from_pretrained(place, **_of_files(more))
        # An adapter is merged in float32, and the sum is rounded once: as it was measured.
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            place,
            dtype=torch.float32 if model["adapter"] else getattr(torch, model["dtype"]),
            **more,
        )
        if model["adapter"]:
            loaded = _with_adapter(loaded, stack).to(getattr(torch, model["dtype"]))
        self.model = loaded.eval() if model["quantization"] else loaded.to(device).eval()
        self._declared = _ids(self.model.generation_config.eos_token_id)

    def prompt(self, messages: Sequence[Turn]) -> str:
        """Return the text that the model goes on from."""
        if self.chat["mode"] == "completion":
            return self.stack.one_text(messages)
        prefill = str(self.chat["prefill"])
        begun = [{"role": "assistant", "content": prefill}] if prefill else []
        file = self.stack.folder / "template.jinja"
        text = str(
            self.tokenizer.apply_chat_template(
                [*messages, *begun],
                tokenize=False,
                chat_template=file.read_text("utf-8") if file.is_file() else None,
                add_generation_prompt=self.chat["add_generation_prompt"] and not prefill,
                **self.chat["template_arguments"],
            )
        )
        return text[: text.rfind(prefill.rstrip()) + len(prefill.rstrip())] if prefill else text

    def answer(self, prompt: str) -> str:
        """Return what the model goes on with after a prompt."""
        import torch
        from transformers import GenerationConfig

        given = self.tokenizer(
            prompt,
            return_tensors="pt",
            add_special_tokens=self.chat["add_special_tokens"],
            split_special_tokens=self.chat["split_special_tokens"],
        )
        ids = given["input_ids"].to(self.model.device)
        settings = self.stack.settings["decoding"]
        torch.manual_seed(settings["seed"])
        stops = self._stops()
        config = GenerationConfig(
            **settings["generate"], eos_token_id=stops, pad_token_id=stops[0] if stops else 0
        )
        self.model.generation_config = GenerationConfig()
        with torch.no_grad():
            found = self.model.generate(
                ids, attention_mask=torch.ones_like(ids), generation_config=config
            )
        new = [each for each in found[0, ids.shape[1] :].tolist() if each not in stops]
        text = self.tokenizer.decode(new, skip_special_tokens=True)
        return str(self.chat["counted_prefill"]) + until_stop(text, settings["stop_strings"])

    def _stops(self) -> list[int]:
        own, extra = self.chat["stop_tokens"], self.chat["extra_stop_tokens"]
        named = self.tokenizer.convert_tokens_to_ids(extra if own is None else own)
        return list(dict.fromkeys([*(self._declared if own is None else []), *named]))


def answers_to(stack: Stack, several: Sequence[Sequence[Turn]]) -> Iterator[tuple[str, str]]:
    """Yield the prompt and the answer of each list of messages; the model loads once."""
    model = LocalModel(stack)
    for messages in several:
        prompt = model.prompt(messages)
        yield prompt, model.answer(prompt)


def _loaded_from(model: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return where the model lies and how it is loaded: a GGUF file is named beside its folder."""
    place = os.environ.get("MODEL") or located(model["name"], "MODEL")
    if place.endswith(".gguf"):
        path = Path(place)
        return str(path.parent), {"gguf_file": path.name}
    revision = model["revision"] if "MODEL" not in os.environ else None
    return place, {"revision": revision} if revision else {}


def _of_files(more: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in more.items() if name in ("gguf_file", "revision")}


def _packing(quantization: str, compute: Any) -> dict[str, Any]:  # noqa: ANN401 - a torch dtype
    from transformers import BitsAndBytesConfig

    if quantization == "int8":
        return {"quantization_config": BitsAndBytesConfig(load_in_8bit=True)}
    packed = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute,
    )
    return {"quantization_config": packed}


def _with_adapter(model: Any, stack: Stack) -> Any:  # noqa: ANN401 - transformers has no types
    """Return the model with the adapter that lies beside the settings, merged."""
    from peft import PeftModel

    return PeftModel.from_pretrained(model, stack.folder / "adapter").merge_and_unload()


def _ids(declared: "int | list[int] | None") -> list[int]:
    if declared is None:
        return []
    return list(declared) if isinstance(declared, list) else [declared]
