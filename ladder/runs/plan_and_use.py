"""`PlanAndUse`: what a run was foreseen to cost, beside what it took; kept in the run's folder."""

from collections.abc import Iterator, Sequence

from pydantic import Field, ValidationError

from ladder.disk import read_json_object, write_json
from ladder.frozen import Frozen
from ladder.measure.budget import Tally
from ladder.measure.measurement import RunCost
from ladder.runs.folder import RunFolder
from ladder.search.task_problem import LadderProblem
from ladder.spec.lever_sections import LEVER_NAMES


class PlanAndUse(Frozen):
    """What a run was foreseen to cost, beside what it took.

    Attributes:
        foreseen: What the middle one of the simulated runs takes.
        low, high: What no more than a tenth of them stay below, and no more than a tenth exceed.
        by_verdict: What the middle one takes of those that end in a verdict.
        is_measured: Whether time and tokens were measured before, and not guessed.
        currency: Of the money.
        verdict: In which the run ended; empty until it did.
        used: What it took.
        by_lever: The same by lever.
    """

    foreseen: RunCost
    low: RunCost
    high: RunCost
    by_verdict: dict[str, RunCost] = Field(default_factory=dict)
    is_measured: bool = False
    currency: str = ""
    verdict: str = ""
    used: RunCost | None = None
    by_lever: dict[str, RunCost] = Field(default_factory=dict)

    @property
    def foreseen_for_verdict(self) -> RunCost:
        """Return what was foreseen for the verdict that the run ended in."""
        return self.by_verdict.get(self.verdict, self.foreseen)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield what was counted; what was foreseen of it, in all and for this verdict; what was used."""
        used = self.used
        if used is None:
            return
        costs = (self.foreseen, self.low, self.high, self.foreseen_for_verdict, used)
        yield _row("calls", [f"{each.calls:,}" for each in costs])
        yield _row("tokens", [f"{each.tokens:,}" for each in costs])
        yield _row("minutes", [f"{each.minutes:.1f}" for each in costs])
        money = [each.money for each in costs if each.money is not None]
        if len(money) == len(costs):
            yield _row(self.currency, [f"{each:.2f}" for each in money])

    def lever_rows(self) -> Iterator[tuple[str, ...]]:
        """Yield each lever, in the ladder's order, with what its answers took."""
        for lever, each in sorted(self.by_lever.items(), key=lambda known: _place(known[0])):
            seconds = 60 * each.minutes
            time = f"{each.minutes:.1f} min" if seconds >= 60 else f"{seconds:.0f} s"
            calls = f"{each.calls:,} call{'' if each.calls == 1 else 's'}"
            tokens = f"{each.tokens:,} tokens" if each.tokens else "tokens not counted"
            yield lever, calls, tokens, time


def _place(lever: str) -> int:
    """Return where a lever stands in the ladder; what comes on top of the levers stands behind them.

    >>> sorted(["confirmation", "together", "rag", "baseline", "prompt"], key=_place)
    ['baseline', 'prompt', 'rag', 'together', 'confirmation']
    """
    known = ("baseline", *LEVER_NAMES)
    behind = len(known) + (lever == "confirmation")
    return known.index(lever) if lever in known else behind


def _row(name: str, figures: Sequence[str]) -> tuple[str, ...]:
    """Return a row of the table.

    >>> _row("calls", ["50", "40", "70", "60", "55"])
    ('calls', '50 (40 to 70)', '60', '55')
    """
    foreseen, low, high, for_verdict, used = figures
    return name, f"{foreseen} ({low} to {high})", for_verdict, used


def read_plan(run: RunFolder) -> PlanAndUse | None:
    """Return the plan that a run's folder holds; None where it holds none that can be read."""
    known = read_json_object(run.plan)
    try:
        return PlanAndUse.model_validate(known) if known else None
    except ValidationError:
        return None


def write_plan(run: RunFolder, plan: PlanAndUse) -> None:
    """Keep a plan in the run's folder; a guess does not replace a plan that was measured."""
    known = read_plan(run)
    if known is None or plan.is_measured or not known.is_measured:
        write_json(run.plan, plan.model_dump(mode="json"))


def write_use(run: RunFolder, problem: LadderProblem, verdict: str, *, is_closed: bool) -> None:
    """Put what a run took beside what was foreseen, where that is known.

    Unless the verdict showed scores (`is_closed`) only the selection part counts: how far a test read would tell how it went.
    """
    plan = read_plan(run)
    if plan is None:
        return
    spent = problem.bench.spending
    tallies = (spent.used, spent.used_prepaid) if is_closed else (spent.used,)
    used = RunCost(
        calls=sum(each.calls for each in tallies),
        tokens=sum(each.tokens for each in tallies),
        minutes=sum(each.seconds for each in tallies) / 60,
        money=_money(problem, is_closed=is_closed),
    )
    by_lever = {name: _cost_of(each) for name, each in spent.by_lever.items()}
    if is_closed and spent.used_prepaid.calls:
        by_lever["confirmation"] = _cost_of(spent.used_prepaid)
    told = plan.replace(verdict=verdict, used=used, by_lever=by_lever)
    write_json(run.plan, told.model_dump(mode="json"))


def _cost_of(tally: Tally) -> RunCost:
    return RunCost(calls=tally.calls, tokens=tally.tokens, minutes=tally.seconds / 60)


def _money(problem: LadderProblem, *, is_closed: bool) -> float | None:
    """Return what the answers of all candidates and their judge cost; None without a price."""
    total, counted, prices = 0.0, 0, problem.task.prices
    judge, spent = problem.task.metric.judge, problem.bench.spending
    bench, selection = problem.bench, problem.selection
    for each in problem.asked:
        candidate = problem.candidate(each)
        rows = (
            bench.rows(candidate) if is_closed else bench.rows_at(candidate, selection)
        ).values()
        asked = {candidate.model.id: [row.answer for row in rows]}
        if judge is not None:
            replies = [reply.answer for row in rows for reply in row.replies]
            asked[judge.id] = [*asked.get(judge.id, ()), *replies]
        for model, answers in asked.items():
            money = prices.of(
                model,
                prompt_tokens=sum(answer.prompt_tokens for answer in answers),
                answer_tokens=sum(answer.completion_tokens for answer in answers),
            )
            if money is None:
                return None
            total += money
            counted += sum(each.tokens for each in answers)
    # Answers that were only asked for to check others are charged like the rest.
    tokens = spent.used.tokens + (spent.used_prepaid.tokens if is_closed else 0)
    return total * max(tokens / counted, 1.0) if counted else total
