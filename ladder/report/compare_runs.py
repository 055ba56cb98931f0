"""Two runs beside each other: their verdicts, and their best candidates sample by sample."""

import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ladder.decision import Decision
from ladder.decision.candidate_labels import label_of
from ladder.report import numbers, words
from ladder.report.fixed_and_broken import turns_of
from ladder.report.run_evidence import Evidence
from ladder.report.view import RunView
from ladder.runs.samples import SampleRow


@dataclass(frozen=True, slots=True)
class RunSide:
    """One of the two runs, in short."""

    folder: str
    question: str
    verdict: str
    sentence: str
    best: str
    claim: str
    cost: str


@dataclass(frozen=True, slots=True)
class TwoRuns:
    """Two runs and what changed from the first to the second.

    Attributes:
        differences: What else than the answers is not the same, in words.
        n: Samples, the same in both, that both best candidates were asked.
        fixed, broken: Ids of those on which the second run's best candidate scores more, or less.
        p: Exact two-sided probability of so uneven a count by chance (McNemar).
    """

    before: RunSide
    after: RunSide
    differences: tuple[str, ...]
    n: int
    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    p: float

    @property
    def counted(self) -> str:
        """Return on how many samples the second run does better and worse, in words."""
        if not self.n:
            return "No sample was asked in both runs."
        return (
            f"On {numbers.counted(self.n, 'sample')} asked in both, the second fixed "
            f"{numbers.count(len(self.fixed))} and broke {numbers.count(len(self.broken))} "
            f"(exact McNemar p {numbers.chance(self.p)}; descriptive, no claim)."
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON document."""
        return asdict(self)

    def describe(self) -> str:
        """Return it as lines for a person."""
        lines = [*_side_lines(self.before), "", *_side_lines(self.after), ""]
        lines += [f"Not the same: {each}." for each in self.differences]
        lines.append(self.counted)
        named = (("fixed", self.fixed), ("broken", self.broken))
        lines += [f"{word}: {', '.join(ids)}" for word, ids in named if ids]
        if self.fixed or self.broken:
            folders = shlex.join([self.before.folder, self.after.folder])
            lines.append(f"Both answers to each: ladder compare {folders} --format html")
        return "\n".join(lines)


def compare_runs(before: Evidence, after: Evidence) -> TwoRuns:
    """Return two runs beside each other: the best candidate of each, on the samples both were asked."""
    turns = turns_of(
        (sample.id, other.answer(before.best), sample.answer(after.best))
        for sample, other in pairs_of(before, after)
    )
    return TwoRuns(
        before=_side(before),
        after=_side(after),
        differences=tuple(_differences(before.decision, after.decision)),
        n=turns.n,
        fixed=turns.fixed,
        broken=turns.broken,
        p=turns.p,
    )


def pairs_of(before: Evidence, after: Evidence) -> Iterator[tuple[SampleRow, SampleRow]]:
    """Yield each sample of the second run that is the same in the first, then that of the first."""
    old = {_key(sample): sample for sample in before.samples}
    for sample in after.samples:
        other = old.get(_key(sample))
        if other is not None:
            yield sample, other


def _key(sample: SampleRow) -> tuple[str, str, tuple[str, ...]]:
    """Return what makes two samples the same: an id alone may name another one by now."""
    return sample.id, sample.input, sample.targets


def _side(evidence: Evidence) -> RunSide:
    view, decision = RunView(evidence), evidence.decision
    claim = view.claim
    return RunSide(
        folder=evidence.folder,
        question=words.summary(decision),
        verdict=decision.verdict,
        sentence=decision.sentence,
        best=label_of(decision, evidence.best),
        claim=" · ".join(
            one for one in (claim.number, claim.where, claim.bound, claim.error) if one
        ),
        cost=view.cost,
    )


def _differences(before: Decision, after: Decision) -> list[str]:
    found = []
    for name, old, new in (
        ("metric", before.metric, after.metric),
        ("target", words.goal_words(before), words.goal_words(after)),
        ("targets of classes", _class_targets(before), _class_targets(after)),
        ("model", before.model, after.model),
    ):
        if old != new:
            found.append(f"{name} ({old}, then {new})")
    first, second = before.provenance, after.provenance
    if first is not None and second is not None and first.eval_data != second.eval_data:
        found.append("eval data")
    return found


def _class_targets(decision: Decision) -> str:
    targets = decision.ledger.class_targets.items()
    return ", ".join(f"{label} {numbers.exact(target)}" for label, target in targets) or "none"


def _side_lines(side: RunSide) -> list[str]:
    cost = f" ({side.cost})" if side.cost else ""
    return [
        f"{side.folder}: {side.verdict}",
        f"  {side.sentence}",
        f"  {side.question}",
        f"  best: {side.best}{cost}",
        f"  {side.claim}",
    ]
