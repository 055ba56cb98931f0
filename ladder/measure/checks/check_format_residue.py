"""`check_residue`: what file formats left in the eval data, before any model is asked."""

from collections.abc import Iterator, Sequence

from ladder.data import load_samples
from ladder.data.checks import rows_left_out
from ladder.data.format_residue import RESIDUES, Residue
from ladder.data.readers.delimited import check_form
from ladder.data.row_names import named
from ladder.data.sample import Sample
from ladder.finding import Finding, Severity
from ladder.measure.task_data import TaskData
from ladder.scoring.metric import BuiltIn
from ladder.text import listed

ENOUGH = 0.2
"""Share of the targets from which quotes are not part of a few of them by themselves."""


_OF_JSON = ("read_lists", "strip_quotes", "strip_marks")
"""What belongs to an answer that is read as JSON."""


def check_residue(data: TaskData) -> list[Finding]:
    """Return what stands in targets and inputs that nobody meant, and what `data.clean` took out.

    D31 to D38 and D46: it is an error where no answer can match what every target holds, by the task's
    own metric; else a warning. D39 what was cleaned, D40 the separator of a CSV file, D59 the
    rows that were left out.
    """
    findings = [*check_form(data.task.data.path, data.task.data.encoding), *_cleaned(data)]
    findings += _left_out(data)
    if "as_written" in data.task.data.clean:
        return findings
    for residue in RESIDUES:
        findings += _targets(data, residue)
        findings += _inputs(data.samples, residue) if residue.is_in_inputs else []
    return findings


def _targets(data: TaskData, residue: Residue) -> Iterator[Finding]:
    if data.metric.name.startswith("json_") and residue.step in _OF_JSON:
        return
    pairs = [(sample, text) for sample in data.samples for text in sample.targets]
    found = [(sample, text) for sample, text in pairs if residue.stands_in(text)]
    least = {"strip_quotes": ENOUGH, "read_lists": ENOUGH}.get(residue.step, 0.0)
    if not found or len(found) < (len(pairs) if residue.is_whole else least * len(pairs)):
        return
    harmed = [(sample, text) for sample, text in found if _is_harm(data, residue, text)]
    if not harmed and residue.is_whole:
        return
    severity: Severity = "warning" if harmed else "info"
    if harmed and len(harmed) == len(pairs) and isinstance(data.metric, BuiltIn):
        severity = "error"
    _, text = (harmed or found)[0]
    meant = residue.mend(text)[0]
    yield Finding(
        code=residue.code,
        severity=severity,
        problem=f"{len(found)} of {len(pairs)} targets {residue.what}, such as {text[:40]!r}: "
        f"{residue.writer}.{_harm(data, text, meant) if harmed else ''}",
        evidence=listed([f"{named(sample)}: {text[:40]!r}" for sample, text in found]),
        next_step=f"Write data.clean: [{residue.step}], or mend the file; "
        "data.clean: [as_written] where it is meant so.",
    )


def _is_harm(data: TaskData, residue: Residue, text: str) -> bool:
    """Return whether the answer that was meant gets less than full marks."""
    return any(data.metric.score(meant, [text]) < 1 for meant in residue.mend(text)[:1])


def _harm(data: TaskData, text: str, meant: str) -> str:
    return f" By {data.metric.name} the answer {meant[:40]!r} is no match for {text[:40]!r}."


def _inputs(samples: Sequence[Sample], residue: Residue) -> list[Finding]:
    # An odd blank in an input is not worth a word; what is dropped or put together makes it shorter.
    found = [each for each in samples if len(residue.mend(each.asked)[0]) < len(each.asked)]
    if not found:
        return []
    return [
        Finding(
            code=residue.code,
            severity="info",
            problem=f"{len(found)} of {len(samples)} inputs {residue.what}: {residue.writer}.",
            evidence=listed([named(sample) for sample in found]),
            next_step=f"Write data.clean: [{residue.step}] where that is not part of the task.",
        )
    ]


def _left_out(data: TaskData) -> list[Finding]:
    """Return which rows the spec leaves out as they are empty, so that none is missing unseen."""
    empty: list[str] = []
    if data.task.data.on_empty == "exclude":
        load_samples(data.task.data, left_out=empty)
    return rows_left_out(empty, len(data.samples))


def _cleaned(data: TaskData) -> Iterator[Finding]:
    """Yield what `data.clean` changed, so that nothing is changed unseen."""
    source = data.task.data
    steps = [step for step in source.clean if step != "as_written"]
    if not steps:
        return
    written = {each.id: each for each in load_samples(source.replace(clean=()))}
    changed = [
        f"{named(sample)}: {written[sample.id].targets[0][:40]!r} → {sample.targets[0][:40]!r}"
        for sample in data.samples
        if sample.id in written
        and (written[sample.id].targets, written[sample.id].input) != (sample.targets, sample.input)
    ]
    yield Finding(
        code="D39 data-cleaned",
        severity="info" if changed else "warning",
        problem=f"data.clean ({', '.join(steps)}) changed {len(changed)} of "
        f"{len(data.samples)} samples.",
        evidence=listed(changed),
        next_step="" if changed else "Take it out of the spec: it finds nothing to do.",
    )
