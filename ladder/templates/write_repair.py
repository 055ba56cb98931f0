"""Repair a template where it lies: in a `.jinja` file, a JSON file, or a task spec."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ladder.chat import propose_repairs, show_repair
from ladder.chat.probes.probes import Probes
from ladder.chat.repairs.marks import mark_replies
from ladder.chat.repairs.propose import left_over
from ladder.disk import write_text
from ladder.errors import SpecError
from ladder.finding import Finding
from ladder.spec.candidate import ChatSetup
from ladder.templates.template_files import TemplateFile


@dataclass(frozen=True)
class FileRepair:
    """What would be changed of one template on disk.

    Attributes:
        file: Where it lies.
        setup: The repaired setup.
        diff: Call options and template, before and after, with both digests; empty where nothing
            changes.
        left: The errors and warnings that stay, which no program repairs.
    """

    file: TemplateFile
    setup: ChatSetup
    diff: str
    left: tuple[Finding, ...] = ()

    @property
    def options(self) -> dict[str, object]:
        """Return the call options to set: they stand in no template file."""
        return {
            name: value
            for name, value in self.setup
            if name not in ("template", "model") and value != getattr(self.file.context.setup, name)
        }


def repair_file(file: TemplateFile) -> FileRepair | None:
    """Return the fullest repair of one template, or None where there is nothing to repair.

    For training it also marks what the model itself writes, anew where the marks sit wrong. Where
    findings stay and nothing can be changed, the diff is empty and `left` names them.
    """
    context = file.context
    repaired = next(iter(propose_repairs(context)), context.setup)
    if context.training:
        trial = dataclasses.replace(context, setup=repaired)
        marked = mark_replies(Probes(trial))
        repaired = repaired if marked is None else repaired.replace(template=marked)
    left = tuple(left_over(context, repaired))
    if repaired == context.setup:
        return FileRepair(file, repaired, "", left) if left else None
    return FileRepair(file, repaired, show_repair(context, repaired), left)


def write_repair(repair: FileRepair) -> Path | None:
    """Write the repaired template over the faulty one; return the file, None if none changes.

    Raises:
        SpecError: The template lies where none can be written.
    """
    template = repair.setup.template
    if template is None or template == Probes(repair.file.context).chosen_template:
        return None
    path = repair.file.path
    if path.is_dir():
        path /= "chat_template.jinja"
    writers: dict[str, Callable[[Path, str], None]] = {".json": _write_json, ".gguf": _refuse}
    writers.get(path.suffix, write_text)(path, template)
    return path


def _write_json(path: Path, template: str) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    value = document["chat_template"]
    if isinstance(value, list):
        entry = next((each for each in value if each.get("name") == "default"), value[0])
        entry["template"] = template
    else:
        document["chat_template"] = template
    write_text(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _refuse(path: Path, template: str) -> None:
    del template
    raise SpecError(
        f"{path} is a GGUF file, whose template ladder does not rewrite.",
        next_step="Give the repaired template in chat.template, or convert the model again.",
    )
