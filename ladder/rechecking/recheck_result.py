"""`Recheck`: what all batches together show of a candidate, in words and as JSON."""

from collections.abc import Iterator, Sequence

from ladder.decision.goal import points
from ladder.frozen import Frozen, added
from ladder.runs.folder import RunFolder
from ladder.runs.recheck_file import CountedBatch, DriftLine, RecheckHead, RecheckRecord
from ladder.runs.recheck_standing import SeenMean, seen_means, standings
from ladder.search.confirm.cascade_claim import COVERAGE
from ladder.statistics.monitoring import YEARLY_BUDGET, MeansWatch, Standing, WatchStatus

EXIT_CODES: dict[WatchStatus, int] = {"still_reaches": 0, "shown_below": 1, "not_decided_yet": 3}
"""As everywhere: 0 is shown, 1 speaks against it, 3 is inconclusive."""

WORDS: dict[WatchStatus, str] = {
    "still_reaches": "still reaches",
    "shown_below": "shown below",
    "not_decided_yet": "not decided yet",
}

NEXT_STEPS: dict[WatchStatus, str] = {
    "still_reaches": "keep what you have, and recheck it with the rows of next month.",
    "shown_below": "add these rows to the eval data and run the task again: `ladder run SPEC`. Look first "
    "whether inputs, provider or right answers have changed.",
    "not_decided_yet": "recheck it when there are more rows: they are added to these.",
}
"""What to do after each status."""

MOST_UNKNOWN = 0.1
"""Share of unknown answers in a batch from which they are told beside the status."""


class RecheckedScore(Frozen):
    """What one mean scored; the interval is for the eye, and no part of a claim.

    Attributes:
        label: Empty for all rows.
        edge: What it must reach.
        n: Rows.
        score, at_most: With unknown answers as wrong, and as right.
        low, high: 95 % interval of the score.
    """

    label: str
    edge: float
    n: int
    score: float
    at_most: float
    low: float
    high: float


class RecheckedBatch(Frozen):
    """One batch, and what all batches up to it showed."""

    counted: str
    files: tuple[str, ...]
    month: str = added("")
    n: int
    unknown: int
    status: WatchStatus
    scores: tuple[RecheckedScore, ...]

    @property
    def when(self) -> str:
        """Return the month of its rows, or else the day on which they were counted."""
        return self.month or self.counted[: len("2026-10-31")]


class Recheck(Frozen):
    """What all batches together show.

    Attributes:
        run: The run's folder.
        candidate: What the report calls the candidate.
        status: `still_reaches` and `shown_below` are claims, `not_decided_yet` is none.
        sentence: The status in words.
        how_sure: How often such a claim is wrong.
        since: The first month of the rows that show it, or when the first of them were counted;
            None for no claim.
        n_new: Rows that this call counted.
        scores: Of the rows since then; for no claim of all rows.
        more_rows: About how many more rows like these would decide; None where nobody knows.
        batches: All that were counted.
        drift: How the inputs of the last batch differ from the eval data; no claim.
        notes: Which rows of this call do not count, and what else to know.
    """

    schema_version: int = 1
    run: str
    candidate: str
    is_trained: bool = False
    status: WatchStatus
    sentence: str
    how_sure: str
    since: str | None = None
    n_new: int = 0
    scores: tuple[RecheckedScore, ...]
    more_rows: int | None = None
    batches: tuple[RecheckedBatch, ...]
    drift: tuple[DriftLine, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Return the code that `ladder recheck` ends with."""
        return EXIT_CODES[self.status]

    @property
    def next_step(self) -> str:
        """Return what to do now, in words."""
        return NEXT_STEPS[self.status]

    def __str__(self) -> str:
        """Return it as lines for a person."""
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """Yield it as lines for a person: the status, what it rests on, the batches, the drift."""
        yield self.sentence
        what = "the trained model" if self.is_trained else self.candidate
        yield f"{self.run}: {what}, {sum(each.n for each in self.batches):,} rows in {_batches(len(self.batches))}"
        yield self.how_sure
        yield f"Next: {self.next_step}"
        yield from (f"▲ {each}" for each in self.notes)
        yield ""
        yield from batch_lines(self.batches)
        if self.drift:
            yield ""
            yield "Inputs of the last batch beside the eval data (no claim rests on it):"
            yield from map(drift_line, self.drift)


def batch_lines(batches: Sequence[RecheckedBatch]) -> Iterator[str]:
    """Yield a line a batch."""
    for each in batches:
        score = each.scores[0]
        unknown = f", {each.unknown} unknown" if each.unknown else ""
        yield (
            f"{each.when:<10}  {signed(score.score):>5} on {score.n:>6,} rows "
            f"({signed(score.low)} to {signed(score.high)}){unknown}  {WORDS[each.status]}"
        )


def drift_line(line: DriftLine) -> str:
    """Return one property of the inputs in words.

    >>> drift_line(DriftLine(about="labels", before="a .50, b .50", now="a .90, b .10", is_different=True))
    '  labels: a .90, b .10; in the eval data a .50, b .50. They differ by more than chance explains.'
    """
    apart = " They differ by more than chance explains." if line.is_different else ""
    return f"  {line.about}: {line.now}; in the eval data {line.before}.{apart}"


def recheck_of(
    folder: RunFolder, record: RecheckRecord, *, n_new: int = 0, notes: Sequence[str] = ()
) -> Recheck:
    """Return what a record shows after a call that counted `n_new` rows."""
    after, watch = standings(record)
    standing = watch.standing
    shown = record.batches_since(standing.since)
    seen = seen_means(record.head, shown)
    more = None
    if standing.status == "not_decided_yet" and not standing.is_doubted and record.batches:
        [lacking] = [each for each in seen if each.label == standing.label]
        more = _more_rows(watch, lacking)
    is_claim = standing.status != "not_decided_yet"
    return Recheck(
        run=str(folder.path),
        candidate=record.head.label,
        is_trained=record.head.is_trained,
        status=standing.status,
        sentence=_sentence(record, standing, seen, more),
        how_sure=_how_sure(standing.status),
        since=(shown[0].month or shown[0].counted) if is_claim else None,
        n_new=n_new,
        scores=_scores(record.head, shown),
        more_rows=more,
        batches=tuple(
            _batch(record, each, standing)
            for each, standing in zip(record.batches, after, strict=True)
        ),
        drift=record.batches[-1].drift if record.batches else (),
        notes=(*notes, *_standing_notes(record)),
    )


def _more_rows(watch: MeansWatch, lacking: SeenMean) -> int | None:
    """Return about how many more rows decide; None where unknown answers hold the edge between them."""
    is_reached = lacking.score >= lacking.edge
    if not lacking.n or is_reached != (lacking.at_most >= lacking.edge):
        return None
    mean = lacking.score if is_reached else lacking.at_most
    return watch.more_units(lacking.label, mean, lacking.variance)


def _batch(record: RecheckRecord, batch: CountedBatch, standing: Standing) -> RecheckedBatch:
    return RecheckedBatch(
        counted=batch.counted,
        files=batch.files,
        month=batch.month,
        n=len(batch.rows),
        unknown=batch.unknown,
        status=standing.status,
        scores=_scores(record.head, [batch]),
    )


def _scores(head: RecheckHead, batches: Sequence[CountedBatch]) -> tuple[RecheckedScore, ...]:
    """Return what each mean scored, for a person: against a reference as differences."""
    return tuple(
        _score(each.as_difference if head.reference and not each.label else each)
        for each in seen_means(head, batches)
    )


def _score(seen: SeenMean) -> RecheckedScore:
    low, high = seen.interval
    return RecheckedScore(
        label=seen.label,
        edge=round(seen.edge, 6),
        n=seen.n,
        score=round(seen.score, 6),
        at_most=round(seen.at_most, 6),
        low=round(low, 6),
        high=round(high, 6),
    )


def _sentence(
    record: RecheckRecord, standing: Standing, seen: Sequence[SeenMean], more: int | None
) -> str:
    if not record.batches:
        return "Not decided yet: no row was counted."
    [about] = [each for each in seen if each.label == standing.label]
    goal, scored = _goal(record.head, about), _scored(record.head, about)
    since = record.batches_since(standing.since)[0].when
    if standing.status == "still_reaches":
        goal = "its targets" if len(seen) > 1 else goal
        return f"Still reaches {goal}: {scored} since {since}, and these rows alone show it."
    if standing.status == "shown_below":
        return f"Shown below {goal}: {scored} since {since}.{_old_alarm(record, standing)}"
    if standing.is_doubted:
        return (
            f"Not decided yet: earlier rows show {goal} reached, and the latest ones look worse, which "
            f"is no proof yet ({scored} since {since})."
        )
    advice = f" About {more:,} more rows like these would decide." if more else ""
    return f"Not decided yet: {scored}; {goal} must be shown.{advice}"


def _old_alarm(record: RecheckRecord, standing: Standing) -> str:
    """Return that an alarm of an earlier batch still stands; nothing where it is new."""
    if standing.alarm is None or standing.alarm == len(record.batches) - 1:
        return ""
    when = record.batches[standing.alarm].when
    return f" The alarm of {when} stands until later rows show the target reached."


def _goal(head: RecheckHead, about: SeenMean) -> str:
    """Return what a mean must reach, in words.

    >>> head = RecheckHead(candidate="", label="", means=(), reference="gpt-x")
    >>> _goal(head, SeenMean("", 0.485, 1, 0.5, 0.5, (0.0, 1.0), 0.1))
    'the score of gpt-x less .03'
    """
    if about.label == COVERAGE:
        return f"a share of {points(about.edge)} {COVERAGE}"
    if about.label:
        return f"{points(about.edge)} for {about.label}"
    if not head.reference:
        return points(about.edge)
    less = f" less {points(1 - 2 * about.edge)}" if about.edge < 0.5 else ""
    return f"the score of {head.reference}{less}"


def _scored(head: RecheckHead, about: SeenMean) -> str:
    """Return what a mean scored, in words: against a reference the difference to it."""
    if not about.n:
        return f"no row of {about.label} yet" if about.label else "no row yet"
    if not head.reference or about.label:
        return f"{points(about.score)} on {about.n:,} rows"
    return f"a difference of {signed(about.as_difference.score)} on {about.n:,} rows"


def signed(score: float) -> str:
    """Return a score or a difference of scores.

    >>> signed(0.85), signed(-0.02)
    ('.85', '-.02')
    """
    return f"-{points(-score)}" if score < 0 else points(score)


def _how_sure(status: WatchStatus) -> str:
    """Return what a claim promises, and what no claim says."""
    budget = f"at most {points(YEARLY_BUDGET)} a year, however often it is looked at"
    if status == "still_reaches":
        return (
            "This is evidence, over the mean of these rows, and not the lack of an alarm; wrong with "
            f"a probability of {budget}."
        )
    if status == "shown_below":
        return f"False alarms have a probability of {budget}."
    return "Nothing is shown: neither that it still reaches the target nor that it does not."


def _standing_notes(record: RecheckRecord) -> Iterator[str]:
    """Yield what must stand beside the status: who judged, and how much nobody knows."""
    if record.head.judge:
        yield f"As judged by {record.head.judge}: the claim is about its scores, and not people's."
    early = sum(
        len(batch.rows)
        for batch, month in zip(record.batches, record.months, strict=True)
        if month < 0
    )
    if early:
        yield (
            f"{early:,} rows are of months before {record.batches[0].when}, which was counted first: no "
            "claim rests on them."
        )
    if record.batches and record.batches[-1].unknown > MOST_UNKNOWN * len(record.batches[-1].rows):
        last = record.batches[-1]
        yield (
            f"{last.unknown:,} of the {len(last.rows):,} answers of the last batch are unknown (empty, "
            "cut, refused or lost): they count as wrong for one claim and as right for the other, so "
            "neither can be made by them. See to the server and to max_new_tokens."
        )


def _batches(n: int) -> str:
    return "1 batch" if n == 1 else f"{n} batches"
