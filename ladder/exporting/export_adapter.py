"""`export_adapter`: an adapter's version as a folder for peft, vLLM, llama.cpp and Ollama, with a test."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ladder.disk import draft_of, write_json, write_lines, write_text
from ladder.errors import ExportRefusedError
from ladder.exporting.adapter_readme import adapter_readme
from ladder.exporting.export_run import refuse_taken
from ladder.exporting.lora_gguf import write_lora_gguf
from ladder.exporting.measured_stack import N_RECORDED
from ladder.exporting.ollama_modelfile import LEAST_CONTEXT, TurnPieces, modelfile, pieces_of
from ladder.exporting.served_settings import served_name, started_server
from ladder.exporting.stack_settings import chat_settings, decoding_settings, model_settings
from ladder.exporting.standalone_files import standalone_files
from ladder.finetune.versions.registry import verify_version
from ladder.finetune.versions.version_record import Probe, VersionRecord
from ladder.models import converted_folder
from ladder.models.base import Message, Request
from ladder.models.local.check_adapter import CONFIG, WEIGHTS
from ladder.models.local.weights import best_device, resolve_dtype
from ladder.models.prompt import folded, rendered, tokenise
from ladder.models.tokenizer import ChatTokenizer, tokenizer_of
from ladder.version import __version__

NAME = "adapter"
"""What the adapter is called at a server."""

_SCRIPTS = (
    "row_messages.py", "plain_letters.py", "read_answers.py", "local_answers.py", "model_place.py",
    "served_answers.py", "reply_stream.py", "compare_answers.py",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class RecordedAdapter:
    """A version of an adapter, with its recorded questions."""

    folder: Path
    manifest: Mapping[str, Any]
    record: VersionRecord

    @property
    def probes(self) -> tuple[Probe, ...]:
        """Return the recorded questions that go along."""
        return self.record.probes[:N_RECORDED]

    @property
    def request(self) -> Request:
        """Return the first recorded question as a request; all share its chat setup and decoding."""
        return self.probes[0].request

    @cached_property
    def tokenizer(self) -> ChatTokenizer:
        """Return the base model's tokenizer."""
        return tokenizer_of(self.base)

    @cached_property
    def base(self) -> Path:
        """Return the folder of the base model that was measured."""
        return converted_folder(self.record.report.candidate.model)

    @property
    def template(self) -> str:
        """Return the chat template that the adapter learned from."""
        return self.request.chat.template or self.tokenizer.template or ""

    @cached_property
    def questions(self) -> list[dict[str, Any]]:
        """Return the recorded questions with both answers."""
        return [
            {
                "id": at,
                "messages": _turns(each.request),
                "prompt": rendered(each.request, self.tokenizer),
                "answer": each.adapter,
                "base_answer": each.base,
            }
            for at, each in enumerate(self.probes, start=1)
        ]

    @property
    def longest(self) -> int:
        """Return the tokens of the longest recorded question, with its answer."""
        prompts = (len(tokenise(each.request, self.tokenizer).ids) for each in self.probes)
        return max(prompts) + self.request.decoding.max_new_tokens


def export_adapter(version: Path, out: Path) -> Path:
    """Write an adapter with all that serves it elsewhere and a test; return the folder.

    Raises:
        EvidenceError: The version is not as it was recorded.
        ExportRefusedError: It was measured without a chat template, or its rows name tools.
        SpecError: The folder is taken.
    """
    refuse_taken(out)
    manifest, record = verify_version(version)
    adapter = RecordedAdapter(version, manifest, record)
    _refuse(adapter)
    with draft_of(out) as draft:
        _write(draft, adapter)
    return out


def _refuse(adapter: RecordedAdapter) -> None:
    if not adapter.probes:
        raise ExportRefusedError(
            f"{adapter.folder} has no recorded questions, so an export could not be tested.",
            next_step="Run `ladder train` again: it measures without training again.",
        )
    request = adapter.request
    if request.chat.mode != "chat" or request.tools:
        what = "tools in its rows" if request.tools else "chat.mode completion"
        raise ExportRefusedError(
            f"{adapter.folder} was measured with {what}, which servers take in other ways each.",
            next_step="Merge it (ladder adapter merge) and serve the merged model yourself.",
        )


def _write(out: Path, adapter: RecordedAdapter) -> None:
    (out / NAME).mkdir(parents=True)
    _copy_weights(adapter, out / NAME)
    settings = _settings(adapter)
    missing = dict(_written(out, adapter))
    texts = {
        **standalone_files(_SCRIPTS),
        "stack.json": json.dumps(settings, ensure_ascii=False, indent=1) + "\n",
        "template.jinja": adapter.template,
        "use_peft.py": _peft(adapter),
        "serve_vllm.sh": _vllm(adapter, settings),
    }
    if "gguf" not in missing:
        texts["serve_llama_cpp.sh"] = _llama_cpp(adapter)
    pieces = _pieces(adapter)
    if pieces is None:
        missing["ollama"] = (
            "its chat template writes more than a text around each turn, which no Modelfile of "
            "ours says"
        )
    elif "gguf" not in missing:
        texts["Modelfile"] = _modelfile(adapter, pieces)
    texts["README.md"] = adapter_readme(
        adapter.record.report, settings, adapter.manifest, missing=missing
    )
    for name, text in texts.items():
        write_text(out / name, text)
    lines = (json.dumps(each, ensure_ascii=False) for each in adapter.questions)
    write_lines(out / "questions.jsonl", lines)


def _copy_weights(adapter: RecordedAdapter, out: Path) -> None:
    """Copy weights and configuration; the base is named as the world knows it, or by its last name."""
    shutil.copy2(adapter.folder / WEIGHTS, out / WEIGHTS)
    config = json.loads((adapter.folder / CONFIG).read_text("utf-8"))
    model = model_settings(adapter.record.report.candidate.model, dtype="")
    write_json(
        out / CONFIG, {**config, "base_model_name_or_path": model["name"] or model["called"]}
    )


def _settings(adapter: RecordedAdapter) -> dict[str, Any]:
    """Return what `stack.json` says; questions come as messages, so it holds no prompt."""
    candidate = adapter.record.report.candidate
    dtype = resolve_dtype(candidate.model.dtype, best_device())
    request = adapter.request
    return {
        "made_from": {
            "task": adapter.record.report.task,
            "version": adapter.manifest["version"],
            "decision": adapter.record.report.decision,
            "ladder": __version__,
        },
        "backend": "local",
        "prompt": candidate.prompt.model_dump(mode="json"),
        "chat": chat_settings(request.chat),
        "model": {**model_settings(candidate.model, dtype=dtype), "adapter": True},
        "decoding": decoding_settings(request.decoding),
        "served": {**started_server(candidate.model, request, adapter.tokenizer), "model": NAME},
    }


def _turns(request: Request) -> list[dict[str, Any]]:
    messages = folded(request.messages) if request.chat.fold_system else request.messages
    return [message.turn for message in messages]


def _written(out: Path, adapter: RecordedAdapter) -> Iterator[tuple[str, str]]:
    """Write the adapter as GGUF; yield why there is none where it cannot be written."""
    try:
        write_lora_gguf(out / NAME, adapter.base, out / "adapter.gguf")
    except ExportRefusedError as error:
        yield "gguf", f"{error} {error.next_step}"


def _peft(adapter: RecordedAdapter) -> str:
    model = model_settings(adapter.record.report.candidate.model, dtype="")
    name = model["name"]
    base = repr(name) if name and not name.startswith("package:") else "os.environ['MODEL']"
    dtype = resolve_dtype(adapter.record.report.candidate.model.dtype, best_device())
    return (
        '"""The adapter on its base model, in three lines: import `model` from here."""\n\n'
        f"{'import os' + chr(10) if 'environ' in base else ''}import torch\n"
        "from peft import PeftModel\nfrom transformers import AutoModelForCausalLM\n\n"
        f'base = AutoModelForCausalLM.from_pretrained({base}, dtype="{dtype}")\n'
        f'model = PeftModel.from_pretrained(base.float(), "{NAME}").merge_and_unload()\n'
        f"model = model.to(torch.{dtype}).eval()\n"
    )


def _vllm(adapter: RecordedAdapter, settings: Mapping[str, Any]) -> str:
    model = settings["model"]
    is_here = model["name"] and not model["name"].startswith("package:")
    place = f"${{MODEL:-{model['name']}}}" if is_here else "${MODEL:?Set MODEL to the base model}"
    words = (
        f'exec vllm serve "{place}" --enable-lora --lora-modules {NAME}="$here/{NAME}"'
        f" --max-lora-rank {_rank(adapter)} --dtype {model['dtype']} --generation-config vllm"
        ' --chat-template "$here/template.jinja" "$@"'
    )
    return f'#!/bin/sh\n# pip install vllm; then: sh serve_vllm.sh\nhere=$(dirname "$0")\n{words}\n'


def _rank(adapter: RecordedAdapter) -> int:
    """Return the least rank that vLLM takes and that holds the adapter's."""
    rank = int(json.loads((adapter.folder / CONFIG).read_text("utf-8"))["r"])
    return next((each for each in (8, 16, 32, 64, 128, 256, 512) if each >= rank), rank)


def _llama_cpp(adapter: RecordedAdapter) -> str:
    words = (
        'exec llama-server -m "${MODEL:?Set MODEL to the .gguf file of the base model}"'
        f' --lora "$here/adapter.gguf" --alias {NAME} --jinja'
        f' --chat-template-file "$here/template.jinja" -c {_context(adapter)} "$@"'
    )
    return f'#!/bin/sh\n# sh serve_llama_cpp.sh --port 8080\nhere=$(dirname "$0")\n{words}\n'


def _context(adapter: RecordedAdapter) -> int:
    """Return a context that holds twice the longest recorded question."""
    return max(LEAST_CONTEXT, 2 * adapter.longest)


def _pieces(adapter: RecordedAdapter) -> TurnPieces | None:
    """Return what the template writes around turns, if that makes every recorded prompt."""
    request = adapter.request

    def render(turns: Sequence[Mapping[str, Any]], *, reply: bool = False) -> str:
        chat = request.chat.replace(add_generation_prompt=reply, prefill="", fold_system=False)
        messages = tuple(map(Message.of, turns))
        return rendered(Request(messages, chat, request.decoding), adapter.tokenizer)

    pieces = pieces_of(render, beginning=adapter.tokenizer.special_tokens.get("bos_token", ""))
    if pieces is None or request.chat.prefill:
        return None
    try:
        made = [pieces.text(each["messages"]) for each in adapter.questions]
    except KeyError:
        return None
    wanted = [each["prompt"] for each in adapter.questions]
    is_right = all(prompt.endswith(text) for prompt, text in zip(wanted, made, strict=True))
    return pieces if is_right else None


def _modelfile(adapter: RecordedAdapter, pieces: TurnPieces) -> str:
    decoding = adapter.request.decoding
    systems = {
        each["messages"][0]["content"] if each["messages"][0]["role"] == "system" else ""
        for each in adapter.questions
    }
    ends = tuple(part.strip() for part in (pieces.around["assistant"][1],) if part.strip())
    stops = dict.fromkeys((*ends, *adapter.request.chat.extra_stop_tokens, *decoding.stop_strings))
    parameters = {
        "temperature": decoding.temperature,
        "top_k": decoding.top_k or 0,
        "top_p": 1.0 if decoding.top_p is None else decoding.top_p,
        "min_p": decoding.min_p or 0.0,
        "repeat_penalty": decoding.repetition_penalty or 1.0,
        "seed": decoding.seed,
        "num_predict": decoding.max_new_tokens,
        "num_ctx": _context(adapter),
        "stop": list(stops),
    }
    return modelfile(
        pieces,
        parameters=parameters,
        system=next(iter(systems)) if len(systems) == 1 else "",
        base=f"./{served_name(adapter.record.report.candidate.model)}.gguf",
        adapter="./adapter.gguf",
    )
