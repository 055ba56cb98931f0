"""`check_forms`: says in which form rows were read, and which parts of them no sample holds."""

from collections import Counter
from collections.abc import Sequence

from ladder.data.row_names import named
from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.text import listed

_PLAIN = "columns of their own for input and target"


def check_forms(samples: Sequence[Sample], name: str) -> list[Finding]:
    """Return how rows were read, where that was not by the columns that the spec names.

    D18 the form that was recognised, D19 several forms in one file, D20 turns that no sample holds.

    Args:
        samples: The rows.
        name: What to call them, such as "the eval data".
    """
    counts = Counter(sample.form for sample in samples)
    findings = []
    if set(counts) != {""}:
        findings.append(_recognised(samples, name))
    if len(counts) > 1:
        findings.append(_mixed(samples, counts, name))
    cut = [sample for sample in samples if sample.left_out]
    if cut:
        findings.append(_left_out(cut, name))
    return findings


def _recognised(samples: Sequence[Sample], name: str) -> Finding:
    counts = Counter(sample.form for sample in samples if sample.form)
    read = ", ".join(f"{_samples(count)} from {form}" for form, count in counts.most_common())
    talks = [sample for sample in samples if sample.conversation is not None]
    tools = sum(bool(each.conversation and each.conversation.tools) for each in talks)
    turns = sorted(len(each.conversation.turns) + 1 for each in talks if each.conversation)
    shape = ""
    if turns:
        span = f"{turns[0]}" if turns[0] == turns[-1] else f"{turns[0]} to {turns[-1]}"
        shape = f" Conversations: {len(talks)}, of {span} turns; {tools} with tools."
    return Finding(
        code="D18 rows-recognised",
        severity="info",
        problem=f"{name.capitalize()}: {read}.{shape}",
        evidence=listed([named(sample) for sample in samples if sample.form][:3]),
        next_step="",
    )


def _mixed(samples: Sequence[Sample], counts: Counter[str], name: str) -> Finding:
    firsts = {sample.form: sample for sample in reversed(samples)}
    forms = [f"{_samples(n)} from {form or _PLAIN}" for form, n in counts.most_common()]
    return Finding(
        code="D19 forms-mixed",
        severity="warning",
        problem=f"{name.capitalize()}: rows of {len(counts)} forms stand in one file: "
        f"{', '.join(forms)}.",
        evidence=listed([f"{form or _PLAIN}: {named(one)}" for form, one in firsts.items()]),
        next_step="All were read. Look at the first of each form: it may have come in by mistake.",
    )


def _left_out(cut: Sequence[Sample], name: str) -> Finding:
    what = ", ".join(sorted({sample.left_out for sample in cut}))
    return Finding(
        code="D20 turns-left-out",
        severity="info",
        problem=f"{name.capitalize()}: {_samples(len(cut))} of a row with {what}, which no sample "
        "holds.",
        evidence=listed([named(sample) for sample in cut]),
        next_step="",
    )


def _samples(count: int) -> str:
    return "1 sample" if count == 1 else f"{count} samples"
