"""Writes settings and rows for those who train elsewhere (trl, axolotl), with the decision's digest."""

import json
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any, Literal

from ladder.data.load_samples import load_samples
from ladder.data.sample import Sample
from ladder.disk import write_text
from ladder.errors import SpecError
from ladder.finetune.permit import Permit, training_of
from ladder.finetune.rows.row_parts import split_rows
from ladder.finetune.training.check_rows import refuse
from ladder.finetune.training.encode_rows import with_answer
from ladder.finetune.training.tokenised_rows import TokenisedRows, check_data
from ladder.formats.yaml_text import to_yaml
from ladder.measure import TaskData, Workbench
from ladder.models.locate import is_public_name
from ladder.models.prompt import turns_written
from ladder.models.tokenizer import ChatTokenizer
from ladder.spec.candidate import ModelRef
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.task import TaskSpec
from ladder.spec.training import Training

Format = Literal["trl", "axolotl"]

BASE = "./base-model"
"""Where the settings look for a base model that has no name on a hub."""

STEP = 256
_START = {"trl": "trl sft --config trl.yaml", "axolotl": "axolotl train axolotl.yaml"}


def export(permit: Permit, task: TaskSpec, folder: Path, *, form: Format) -> Path:
    """Write a configuration, the clean rows and the chat template; return the configuration.

    The file's head names what it was allowed for, by digest: `ladder gate` checks the same.
    Replay is not exported: the rows are the task's own.

    Raises:
        DataError: The rows would teach nothing, or leak.
        SpecError: The model is asked without a chat template, which neither form knows.
    """
    evals = load_samples(task.data)
    permit.check(task, evals)
    if permit.start.effective_chat.mode != "chat":
        raise SpecError(
            "chat.mode completion cannot be exported.",
            next_step="Train it here, with `ladder train`.",
        )
    checked = check_data(permit, task, evals)
    refuse(checked.findings)
    rows = split_rows(checked.value.rows, training_of(task))
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, part in (("train", rows.train), ("validation", rows.validation)):
        lines = _lines(permit, task, part, checked.value.encoder.tokenizer, form=form)
        write_text(folder / "data" / f"{name}.jsonl", "".join(f"{line}\n" for line in lines))
    template = permit.start.effective_chat.template
    if template is not None:
        write_text(folder / "template.jinja", template)
    settings = _SETTINGS[form](permit, task, checked.value, template=template)
    path = folder / f"{form}.yaml"
    write_text(path, _head(permit, form) + to_yaml(settings, width=100))
    write_text(folder / "README.md", _readme(permit, task, form))
    return path


def _lines(
    permit: Permit,
    task: TaskSpec,
    part: Sequence[Sample],
    tokenizer: ChatTokenizer,
    *,
    form: Format,
) -> list[str]:
    with Workbench(TaskData(task.replace(metric=MetricSpec()), part)) as bench:
        requests = bench.requests(permit.start, range(len(part)))
    lines = []
    for sample, request in zip(part, requests, strict=True):
        # Both give turns to the template as they stand, so they have to stand as it takes them.
        *prompt, answer = turns_written(with_answer(request, sample.answer), tokenizer)
        row: dict[str, Any] = (
            {"prompt": prompt, "completion": [answer]}
            if form == "trl"
            else {"messages": [*prompt, answer]}
        )
        if request.tools:
            row["tools"] = json.loads(request.tools)
        lines.append(json.dumps(row, ensure_ascii=False))
    return lines


def _trl(
    permit: Permit, task: TaskSpec, tokenised: TokenisedRows, *, template: str | None
) -> dict[str, Any]:
    training = training_of(task)
    quantised = training.method == "qlora"
    return {
        "model_name_or_path": _base(permit.start.model),
        "dataset_name": "./data",
        "dataset_train_split": "train",
        "dataset_test_split": "validation",
        **({"chat_template_path": "./template.jinja"} if template is not None else {}),
        "completion_only_loss": True,
        "packing": False,
        "max_length": _most_tokens(tokenised),
        "use_peft": True,
        "lora_r": training.rank,
        "lora_alpha": training.alpha,
        "lora_dropout": 0.0,
        "lora_target_modules": "all-linear",
        "load_in_4bit": quantised,
        **({"bnb_4bit_quant_type": "nf4", "use_bnb_nested_quant": True} if quantised else {}),
        "per_device_train_batch_size": training.batch_size,
        **_common(training),
        "eval_strategy": "steps",
        "eval_steps": training.evaluation_steps,
        "lr_scheduler_type": "linear",
        "logging_nan_inf_filter": False,
        "seed": task.seed,
        "report_to": "none",
        "output_dir": "./trained",
    }


def _axolotl(
    permit: Permit, task: TaskSpec, tokenised: TokenisedRows, *, template: str | None
) -> dict[str, Any]:
    training = training_of(task)

    def rows(name: str) -> list[dict[str, Any]]:
        source = {"path": f"./data/{name}.jsonl", "ds_type": "json", "split": "train"}
        turns = {"type": "chat_template", "field_messages": "messages"}
        return [{**source, **turns, "roles_to_train": ["assistant"], "train_on_eos": "turn"}]

    return {
        "base_model": _base(permit.start.model),
        "adapter": training.method,
        "load_in_4bit": training.method == "qlora",
        "datasets": rows("train"),
        "test_datasets": rows("validation"),
        **(
            {"chat_template": "jinja", "chat_template_jinja": template}
            if template is not None
            else {"chat_template": "tokenizer_default"}
        ),
        "sequence_len": _most_tokens(tokenised),
        "sample_packing": False,
        "lora_r": training.rank,
        "lora_alpha": training.alpha,
        "lora_dropout": 0.0,
        "lora_target_linear": True,
        "micro_batch_size": training.batch_size,
        "gradient_accumulation_steps": 1,
        **_common(training),
        "eval_steps": training.evaluation_steps,
        "optimizer": "adamw_torch",
        "lr_scheduler": "linear",
        "seed": task.seed,
        "output_dir": "./trained",
    }


_SETTINGS = {"trl": _trl, "axolotl": _axolotl}


def _common(training: Training) -> dict[str, Any]:
    return {
        "learning_rate": training.learning_rate,
        "warmup_steps": training.warmup_steps,
        "weight_decay": 0.0,
        "max_steps": training.steps,
    }


def _base(ref: ModelRef) -> str:
    """Return what other tools load: a hub id as it is, anything else as a folder beside the settings.

    No path of this machine means anything on another.
    """
    is_hub_id = is_public_name(ref.id) and not ref.id.startswith("package:")
    return ref.id if is_hub_id else BASE


def _most_tokens(tokenised: TokenisedRows) -> int:
    """Return a limit that cuts no row, nor one that is somewhat longer than all of these.

    It is a quarter above the longest, in steps of 256: the longest row itself would be the length at
    which a row of the next export is cut without a word.
    """
    longest = max(len(row.ids) for row in tokenised.encoded.values())
    return STEP * ceil(longest * 1.25 / STEP)


def _readme(permit: Permit, task: TaskSpec, form: Format) -> str:
    """Return what the folder holds, what it needs, and what the rows stand for."""
    start, training = permit.start, training_of(task)
    by = f"Written by `ladder export --format {form}` behind the verdict fine_tune."
    lines = [
        f"# {permit.task}: rows and settings for {form}",
        f"{by} Start it in this folder: `{_START[form]}`",
    ]
    if _base(start.model) == BASE:
        lines.append(
            f"The base model was `{Path(start.model.id).name}`, which has no name on a hub: put its "
            f"folder (safetensors, tokenizer, config) here as `{BASE}`, or a link to it. Its digest, as "
            f"ladder takes it: {permit.base_model}"
        )
    template = "the one in `template.jinja`" if start.effective_chat.template else "the model's own"
    lines.append(
        f"`data/` holds the clean rows, written by the measured prompt (`{start.prompt.user}`"
        f"{f', system text `{start.prompt.system}`' if start.prompt.system else ''}); the chat "
        f"template is {template}."
    )
    if start.retrieval is not None or start.examples is not None:
        parts = [
            *([f"passages of {Path(start.retrieval.source).name}"] if start.retrieval else []),
            *([f"{start.examples.shots} worked examples"] if start.examples else []),
        ]
        lines.append(
            f"{' and '.join(parts)} stand before each question, as measured: serve it with them."
        )
    lines.append(
        f"Replay is not exported: {training.replay_share:.0%} of each batch would be the base model's "
        "own answers in `ladder train`; what a training without it forgets, nobody has measured here."
    )
    return "\n\n".join(lines) + "\n"


def _head(permit: Permit, form: Format) -> str:
    return (
        f"# {permit.task}: allowed by the ladder's decision, for exactly this spec, eval data and\n"
        f"# base model. Start it in this folder: {_START[form]}\n"
        f"# decision: {permit.decision}\n"
        f"# spec: {permit.spec}\n"
        f"# eval_data: {permit.eval_data}\n"
        f"# base_model: {permit.base_model}\n"
    )
