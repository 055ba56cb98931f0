"""Writes the model card beside an adapter's weights: use, scores, limits, licences."""

from collections.abc import Sequence
from pathlib import Path

from ladder.disk import write_text
from ladder.finetune.evaluation.classifier import SimplerMethod
from ladder.finetune.evaluation.safety import SMOKE
from ladder.finetune.licences.review import NOT_ADVICE, LicenceReview
from ladder.finetune.report import Ability, Score, TrainingReport
from ladder.manifest import CARD, read_manifest

_NOT_ON_HUB = ("package:", "/", ".")
_LIMITS = (
    "The structure of the weights was checked, not their intentions: a backdoor in well-formed "
    "weights is not found. Scores are of the eval data named by digest in MANIFEST.json."
)


def write_card(
    folder: Path, report: TrainingReport, licences: LicenceReview, simpler: Sequence[SimplerMethod]
) -> None:
    """Write README.md beside the weights, in the form that model hubs read.

    Front matter, use, scores with intervals, licences, the plan, limits.
    """
    manifest = read_manifest(folder)
    training = manifest["training"]
    base = manifest["base"]["id"]
    waived = [
        f"- {waiver.code}, by {waiver.by}: {waiver.reason}"
        for part in report.plan
        for waiver in part.waivers
    ]
    removed = ", ".join(f"{n} by {rule}" for rule, n in manifest.get("removed", {}).items())
    sections = [
        _front(base, licences),
        f"# {report.task}, {manifest['version']}",
        f"{report.sentence} {report.advice}".strip(),
        "## What it is",
        (
            f"A LoRA adapter (rank {training['rank']}, alpha {training['alpha']}, trained by "
            f"{training['method']}) for `{base}`. Use it with the prompt and chat setup in "
            "RECORD.json; its scores hold for those."
        ),
        "## Scores",
        _scores(report, simpler),
        "## What else changed",
        _changes([*report.abilities, *report.safety]),
        f"The safety prompts are {SMOKE}.",
        "## Training",
        (
            f"{report.rows['train']} rows ({removed or 'none'} left out), {report.rows['replay']} "
            f"replayed; {report.steps} steps, weights of step {report.best_step}; "
            f"{report.cost.minutes:.1f} minutes and {report.cost.peak_memory_gib:.1f} GiB on "
            f"{report.cost.device}."
        ),
        "## Licences",
        f"Base: {licences.base}. Data: {licences.data}. {NOT_ADVICE}.",
        *(f"- {term}" for term in licences.terms),
        "## Plan",
        *(f"- {part.name}: {part.status}" for part in report.plan),
        *waived,
        "## Limits",
        _LIMITS,
    ]
    write_text(folder / CARD, "\n\n".join(sections) + "\n")


def _front(base: str, licences: LicenceReview) -> str:
    lines = ["---", "library_name: peft", "tags: [lora, finetune-ladder]"]
    if not base.startswith(_NOT_ON_HUB):
        lines.append(f"base_model: {base}")
    lines.append(f"license: {'other' if ' ' in licences.base else licences.base}")
    return "\n".join([*lines, "---"])


def _scores(report: TrainingReport, simpler: Sequence[SimplerMethod]) -> str:
    rows: list[tuple[str, Score | SimplerMethod]] = [
        ("without the adapter, confirmation part", report.before),
        ("with it, confirmation part", report.after),
        *((f"with it, {name} rows", part) for name, part in report.parts.items()),
        *((each.name, each) for each in simpler),
    ]
    head = "| what | score | 95 % interval | n |\n|---|---|---|---|\n"
    return head + "\n".join(
        f"| {name} | {part.score:.2f} | {part.low:.2f} to {part.high:.2f} | {part.n} |"
        for name, part in rows
    )


def _changes(abilities: Sequence[Ability]) -> str:
    head = "| ability | before | after | n | p |\n|---|---|---|---|---|\n"
    return head + "\n".join(
        f"| {each.name} | {each.before:.2f} | {each.after:.2f} | {each.n} | {each.p_value:.2g} |"
        for each in abilities
    )
