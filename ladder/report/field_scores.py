"""`field_table`: how often each field of a JSON answer is right, for two candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ladder.report.run_evidence import Evidence
from ladder.report.slices import SliceScore
from ladder.runs.samples import AnswerRow, SampleRow
from ladder.search.ledger import Configuration

MOST_FIELDS = 40

Counts = Mapping[str, tuple[int, int]]
"""For each field how often it is right, and how often it counts."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: how often the baseline and the best candidate have it right, where it counts."""

    name: str
    before: SliceScore | None
    after: SliceScore | None


@dataclass(frozen=True, slots=True)
class FieldTable:
    """The fields of the answers on the selection part.

    Attributes:
        rows: A row a field; the first fields where there are very many.
        macro: The mean over all fields, each weighing the same, for either candidate.
        no_json: How many answers of either candidate are no JSON, and so have no field.
        n_fields: How many fields there are.
    """

    rows: tuple[FieldRow, ...]
    macro: tuple[float | None, float | None]
    no_json: tuple[int, int]
    n_fields: int


def field_table(evidence: Evidence) -> FieldTable | None:
    """Return how often each field is right; None where the metric knows no fields.

    An answer that is no JSON has each field of its sample wrong that another answer shows.
    """
    samples = [sample for sample in evidence.samples if sample.part == "selection"]
    if not evidence.decision.metric.startswith("json_fields,"):
        return None
    before = _counts(samples, evidence.baseline)
    after = _counts(samples, evidence.best) if evidence.best != evidence.baseline else {}
    names = list(dict.fromkeys([*before, *after]))
    return FieldTable(
        rows=tuple(
            FieldRow(name, _score(before.get(name)), _score(after.get(name)))
            for name in names[:MOST_FIELDS]
        ),
        macro=(_macro(before), _macro(after)),
        no_json=(_no_json(samples, evidence.baseline), _no_json(samples, evidence.best)),
        n_fields=len(names),
    )


def _counts(samples: Sequence[SampleRow], configuration: Configuration) -> Counts:
    counts: dict[str, tuple[int, int]] = {}
    for sample in samples:
        answer = sample.answer(configuration)
        if answer is None or answer.error is not None:
            continue
        for name, is_right in _fields(answer, sample).items():
            right, n = counts.get(name, (0, 0))
            counts[name] = (right + is_right, n + 1)
    return counts


def _fields(answer: AnswerRow, sample: SampleRow) -> Mapping[str, bool]:
    if answer.fields is not None:
        return answer.fields
    shown = [each.fields for each in sample.answers if each.fields is not None]
    return {name: False for fields in shown for name in fields}


def _no_json(samples: Sequence[SampleRow], configuration: Configuration) -> int:
    answers = [sample.answer(configuration) for sample in samples]
    return sum(each is not None and each.error is None and each.fields is None for each in answers)


def _score(counted: tuple[int, int] | None) -> SliceScore | None:
    return None if counted is None else SliceScore.counted(*counted)


def _macro(counts: Counts) -> float | None:
    return sum(right / n for right, n in counts.values()) / len(counts) if counts else None
