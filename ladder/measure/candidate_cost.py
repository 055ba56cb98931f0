"""`cost_series`: what a candidate's answers cost by each limit, one by one, and how that was measured."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ladder.data.split import unit_of
from ladder.errors import LadderError
from ladder.frozen import digest_of
from ladder.measure.measurement import Scored
from ladder.measure.workbench import Workbench
from ladder.models.local.memory import GIB
from ladder.models.local.memory_need import bytes_to_answer
from ladder.models.scripted import registered_generator
from ladder.spec.candidate import Candidate, ModelRef
from ladder.spec.limits import LimitName
from ladder.statistics.cost_ranges import P95

ALONE = 120
"""Prompts that are asked one at a time at the most, where answers come in batches: 113 answers within
the limit show that the 95th percentile is, for the fourth candidate that is about to be tested."""

BUSY = 1.5
"""Processes that wait for each core from which on a machine is busy with something else."""

MOST_UNCOUNTED = 0.05
"""Share of the answers whose tokens nobody counted, up to which the others tell."""

NOT_COUNTED = "ladder does not see how many tokens are sent"
FURTHER_CALLS = "its further calls to the model are not counted"


@dataclass(frozen=True, slots=True)
class CostSeries:
    """What answers cost by one limit.

    Attributes:
        values: Of each answer: the unit of its sample, and the value.
        where: How they were measured, or why they were not.
        is_measurable: Whether more answers could tell what these do not. Where not, and there are
            values, each may be too low: they show that a candidate is beyond a limit, and not within.
        is_at_most: Whether a value may be too high, as that of a busy machine: it shows that a
            candidate is within a limit, and not that it is beyond.
        lost: Units of values that nobody knows: of calls that failed, as a prompt that was too long or
            an answer that took too long, and of prompts whose tokens nobody counted.
    """

    limit: LimitName
    values: tuple[tuple[str, float], ...] = ()
    where: str = ""
    is_measurable: bool = True
    is_at_most: bool = False
    lost: tuple[str, ...] = ()


def cost_series(
    bench: Workbench, candidate: Candidate, positions: Sequence[int], *, may_ask: bool
) -> tuple[CostSeries, ...]:
    """Return what answers to some samples cost by each limit of the task.

    With `may_ask` calls may be made that only measure time.
    """
    candidate = candidate.unreviewed
    answers = _Answers(bench, candidate, positions)
    found: dict[LimitName, Callable[[], CostSeries]] = {
        "money_per_1000": answers.money,
        "seconds_p95": lambda: answers.seconds(may_ask=may_ask),
        "prompt_tokens": answers.prompt_tokens,
        "memory_gib": answers.memory,
    }
    return tuple(found[name]() for name in bench.task.limits.asked)


def why_unmeasured(model: ModelRef, limit: LimitName, *, is_priced: bool) -> str:
    """Return why no answer of a model can tell what it costs by a limit; else nothing.

    >>> why_unmeasured(ModelRef(id="m", base_url="http://h/v1"), "memory_gib", is_priced=False)
    'its weights are at a server'
    """
    if model.classifier is not None:
        return "what its encoder takes is not known" if limit == "memory_gib" else ""
    known = registered_generator(model.id)
    if limit in ("money_per_1000", "prompt_tokens") and not getattr(known, "counts_tokens", True):
        return NOT_COUNTED
    if limit == "memory_gib" and not model.is_loaded_here:
        return "its weights are at a server" if model.is_endpoint else "it has no weights here"
    if model.is_recorded:
        return "answers were recorded, and not what they took"
    if limit == "money_per_1000" and not is_priced:
        return f"prices.per_million_tokens does not name {model.id}"
    return ""


@dataclass(frozen=True, slots=True)
class _Answers:
    """The answers of one candidate to some samples."""

    bench: Workbench
    candidate: Candidate
    positions: Sequence[int]

    def money(self) -> CostSeries:
        """Return what a thousand answers cost, of each."""
        if self.candidate.model.classifier is not None:
            return self._series("money_per_1000", lambda _: 0.0)
        prices, model = self.bench.task.prices, self.candidate.model.id

        def price(row: Scored) -> float:
            paid = prices.of(
                model,
                prompt_tokens=row.answer.prompt_tokens,
                answer_tokens=row.answer.completion_tokens,
            )
            return 1000 * (paid or 0.0)

        why = self._why_not("money_per_1000") or self._why_uncounted()
        found = self._series("money_per_1000", price, why=why)
        n = sum(map(_is_uncounted, self._rows))
        # A mean with a price of 0 in place of one that nobody knows is too low.
        told = f"the server tells no tokens of {n:,} of {len(self._rows):,} answers"
        return found if why or not n else replace(found, where=told, is_measurable=False)

    def prompt_tokens(self) -> CostSeries:
        """Return the tokens of each prompt; of several draws that of one."""

        def tokens(row: Scored) -> float:
            drawn = (each.answer.prompt_tokens for each in row.draws)
            return max(drawn, default=row.answer.prompt_tokens)

        is_read = self.candidate.model.classifier is not None
        why = self._why_not("prompt_tokens") or ("" if is_read else self._why_uncounted())
        return self._series(
            "prompt_tokens", tokens, why=why, is_known=lambda row: is_read or not _is_uncounted(row)
        )

    def seconds(self, *, may_ask: bool) -> CostSeries:
        """Return how long answers took.

        Of answers in batches nobody knows. Of those that were asked side by side, or in this process,
        each took as long at the most: the server was busy with the others, or the machine with
        something else. Whether that is too long is asked once more, one prompt at a time.
        """
        model = self.candidate.model
        if why := self._why_not("seconds_p95"):
            return CostSeries("seconds_p95", where=why, is_measurable=False)
        if answers_in_batches(model) and not may_ask:
            return CostSeries("seconds_p95", where="not measured: it did not come near a verdict")
        if answers_in_batches(model):
            return self._seconds_alone()
        if self._rows and not any(row.answer.seconds for row in self._rows):
            why = "nobody measured how long answers took"
            return CostSeries("seconds_p95", where=why, is_measurable=False)
        at_once, further = self.bench.asks_at_once(self.candidate), self._seconds_before()
        is_alone = model.is_endpoint and at_once == 1
        how = f"{at_once} calls side by side" if at_once > 1 else "one at a time"
        found = self._series(
            "seconds_p95",
            lambda row: row.answer.seconds + further,
            where=f"{_place(model)}, {how}",
            is_at_most=not is_alone or self.candidate.decoding.majority_of > 1,
        )
        is_slow = _is_slow(found, self.bench.task.limits.seconds_p95 or 0.0)
        return self._seconds_alone() if may_ask and is_slow and not is_alone else found

    def memory(self) -> CostSeries:
        """Return what weights, keys and values take for the longest of the prompts, in GiB."""
        if why := self._why_not("memory_gib"):
            return CostSeries("memory_gib", where=why, is_measurable=False)
        longest = max((row.answer.prompt_tokens for row in self._rows), default=0)
        new = self.candidate.decoding.max_new_tokens
        try:
            need = bytes_to_answer(self.candidate.model, tokens=longest, new_tokens=new)
        except LadderError as error:
            why = str(error).rstrip(".")
            return CostSeries("memory_gib", where=why, is_measurable=False)
        where = "estimated: weights, and keys and values of the longest prompt, one at a time"
        return CostSeries("memory_gib", (("", need / GIB),), where=where)

    @property
    def _rows(self) -> list[Scored]:
        return [row for _, row in self._answered]

    @property
    def _answered(self) -> list[tuple[str, Scored]]:
        """Return each answer with the unit of its sample; nobody knows what a failed call takes."""
        return [(unit, row) for unit, row in self._asked if row.answer.error is None]

    @property
    def _asked(self) -> list[tuple[str, Scored]]:
        rows = self.bench.rows_at(self.candidate, self.positions)
        return [(unit_of(self.bench.samples[at]), row) for at, row in rows.items()]

    def _why_not(self, limit: LimitName) -> str:
        model = self.candidate.model
        is_priced = model.id in self.bench.task.prices.per_million_tokens
        return why_unmeasured(model, limit, is_priced=is_priced)

    def _why_uncounted(self) -> str:
        """Return why the tokens of its answers tell too little; else nothing."""
        retrieval = self.candidate.effective.retrieval
        is_written = retrieval is not None and retrieval.has_written_query
        if is_written or self.candidate.is_ranked_by_its_model:
            return FURTHER_CALLS
        rows = self._rows
        uncounted = sum(map(_is_uncounted, rows))
        return "the server tells no tokens" if uncounted > MOST_UNCOUNTED * len(rows) else ""

    def _seconds_before(self) -> float:
        """Return what a search of the user's own, and a reranker, take before each call."""
        materials, samples = self.bench.materials, self.bench.samples
        asked = [samples[int(at)] for at in self.positions]
        ranking = materials.ranking_milliseconds(self.candidate) or 0.0
        return materials.seconds_waited(self.candidate.effective, asked) + ranking / 1000

    def _seconds_alone(self) -> CostSeries:
        """Return how long prompts take that are asked one at a time."""
        some = [int(at) for at in self.positions][:ALONE]
        journal, identity = self.bench.journal, self.bench.generator(self.candidate).identity
        key = digest_of(["machine load", identity, self.candidate.digest, len(some)])
        answers = self.bench.repeat(self.candidate, some, batch=1, kind="alone")
        # What was measured once stands: the machine may be busy when a run goes on.
        load = journal.read([key]).get(key)
        if load is None:
            load = waiting_for_a_core()
            journal.write({key: load})
        times, further = self.candidate.decoding.majority_of, self._seconds_before()
        is_busy = float(load) > BUSY and not self.candidate.model.is_endpoint
        units = [unit_of(self.bench.samples[at]) for at in some]
        timed = list(zip(units, answers, strict=True))
        return CostSeries(
            "seconds_p95",
            tuple(
                (unit, times * answer.seconds + further)
                for unit, answer in timed
                if answer.error is None
            ),
            lost=tuple(unit for unit, answer in timed if answer.error is not None),
            where=f"{_place(self.candidate.model)}, one at a time"
            + (", while the machine was busy" if is_busy else ""),
            is_at_most=is_busy or times > 1,
        )

    def _series(
        self,
        limit: LimitName,
        value: Callable[[Scored], float],
        *,
        why: str = "",
        where: str = "",
        is_at_most: bool = False,
        is_known: Callable[[Scored], bool] = lambda _: True,
    ) -> CostSeries:
        if why:
            return CostSeries(limit, where=why, is_measurable=False)
        known = [(unit, row) for unit, row in self._answered if is_known(row)]
        lost = [
            unit for unit, row in self._asked if row.answer.error is not None or not is_known(row)
        ]
        values = tuple((unit, value(row)) for unit, row in known)
        return CostSeries(limit, values, where=where, is_at_most=is_at_most, lost=tuple(lost))


def waiting_for_a_core() -> float:
    """Return how many processes ran or waited for each core in the last minute; 0 where not known."""
    try:
        return os.getloadavg()[0] / (os.cpu_count() or 1)
    except (AttributeError, OSError):
        return 0.0


def answers_in_batches(model: ModelRef) -> bool:
    """Return whether a model answers many prompts at once, so that nobody knows how long one takes.

    >>> answers_in_batches(ModelRef(id="m")), answers_in_batches(ModelRef(id="m", base_url="http://h"))
    (True, False)
    """
    known = registered_generator(model.id)
    if known is not None:
        return bool(getattr(known, "answers_in_batches", False))
    return model.classifier is not None or not (model.is_endpoint or model.is_recorded)


def _place(model: ModelRef) -> str:
    return "at the server" if model.is_endpoint else "on this machine"


def _is_slow(series: CostSeries, most: float) -> bool:
    """Return whether more answers took too long than a candidate within the limit has."""
    n = len(series.values) + len(series.lost)
    slow = sum(value > most for _, value in series.values) + len(series.lost)
    return slow > (1 - P95) * n


def _is_uncounted(row: Scored) -> bool:
    """Return whether a draw came without a count of its tokens, of the prompt or of what was written."""
    answers = (row.answer, *(each.answer for each in row.draws))
    return not row.answer.prompt_tokens or any(
        each.text and not each.completion_tokens for each in answers
    )
