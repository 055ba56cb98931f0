"""`breaches_of`: how many answers of a candidate have not the form that they were held to."""

import json
from collections.abc import Sequence
from functools import lru_cache

from ladder.errors import LadderError
from ladder.frozen import Frozen
from ladder.measure.answer_faults import FEWEST, MOST
from ladder.measure.measurement import Scored
from ladder.models.constraint_grammar import allows
from ladder.scoring import Metric, load_metric
from ladder.scoring.read import MOST_CHARACTERS, PATTERN_SECONDS, compiled_pattern
from ladder.spec.candidate import Candidate
from ladder.spec.constraint import Constraint
from ladder.spec.metric_spec import MetricSpec


class Breaches(Frozen):
    """How answers kept a constraint.

    Attributes:
        n: Answers that were looked at.
        broken: Those of another form.
        cut: Of these, those that were cut before they could be whole.
    """

    n: int
    broken: int
    cut: int

    @property
    def words(self) -> str:
        """Return in a clause how many answers break it.

        >>> Breaches(n=80, broken=3, cut=2).words
        '3 of 80 answers break their constraint (2 of them cut at the limit)'
        """
        cut = f" ({self.cut} of them cut at the limit)" if self.cut else ""
        return f"{self.broken} of {self.n} answers break their constraint{cut}"


def breaches_of(candidate: Candidate, rows: Sequence[Scored]) -> Breaches | None:
    """Return how many answers break the constraint; None where there is none, or nobody can tell."""
    constraint = candidate.decoding.held_to
    said = [row for row in rows if row.answer.error is None and row.text.strip()]
    if constraint is None or not said:
        return None
    begun = candidate.effective_chat.counted_prefill
    fence = begun if begun.lstrip().startswith("```") else ""
    kept = [keeps(constraint, row.text.removeprefix(fence)) for row in said]
    if None in kept:
        return None
    broken = [row for row, is_kept in zip(said, kept, strict=True) if not is_kept]
    cut = [row for row in broken if row.answer.finish_reason == "length"]
    return Breaches(n=len(said), broken=len(broken), cut=len(cut))


def why_ignored(candidate: Candidate, rows: Sequence[Scored]) -> str:
    """Return that whoever answers does not hold answers to the constraint; else nothing.

    Most answers break it, and were not cut: so the form was never tried. Nobody knows whether it
    was where nothing here can read the constraint.
    """
    found, held_to = breaches_of(candidate, rows), candidate.decoding.held_to
    if held_to is not None and found is None and len(rows) >= FEWEST and keeps(held_to, "") is None:
        return (
            f"nothing here can tell whether answers keep the constraint ({held_to.words}): install "
            "llguidance (extra structured), or correct it"
        )
    if found is None or found.n < FEWEST or found.broken - found.cut <= MOST * found.n:
        return ""
    return f"the constraint is not kept by whoever answers: {found.words}"


def keeps(constraint: Constraint, text: str) -> bool | None:
    """Return whether an answer has the form of a constraint; None where nothing here can tell.

    White space around it does not count.

    >>> keeps(Constraint(kind="json"), ' {"a": 1}'), keeps(Constraint(kind="json"), "Sure: {}")
    (True, False)
    """
    said = text.strip()
    match constraint.kind:
        case "labels":
            return said in {label.strip() for label in constraint.labels}
        case "regex":
            return _matches(constraint.regex, said)
        case "grammar":
            return allows(constraint, said)
        case _:
            return _is_json(constraint, said)


def _matches(pattern: str, text: str) -> bool | None:
    try:
        found = compiled_pattern(pattern).fullmatch(text[:MOST_CHARACTERS], timeout=PATTERN_SECONDS)
    except (TimeoutError, LadderError):
        return None
    return found is not None


def _is_json(constraint: Constraint, text: str) -> bool | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if constraint.kind == "json":
        return isinstance(value, dict | list)
    judge = _schema_judge(constraint)
    return None if judge is None else judge.score(text, [""]) == 1.0


@lru_cache(maxsize=8)
def _schema_judge(constraint: Constraint) -> Metric | None:
    """Return what tells whether JSON keeps a schema; None where it cannot be told here."""
    try:
        return load_metric(MetricSpec(name="json_schema", json_schema=constraint.json_schema))
    except LadderError:
        return None
