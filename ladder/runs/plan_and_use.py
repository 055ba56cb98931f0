"""`PlanAndUse`: what a run was foreseen to cost, beside what it took; kept in the run's folder."""

from collections.abc import Iterator

from pydantic import Field, ValidationError

from ladder.disk import read_json_object, write_json
from ladder.frozen import Frozen
from ladder.runs.folder import RunFolder
from ladder.search.task_problem import LadderProblem


class RunCost(Frozen):
    """What calls cost; `money` is None where a model has no price."""

    calls: int
    tokens: int
    minutes: float
    money: float | None = None

    def scaled(self, calls: int) -> "RunCost":
        """Return what so many calls of this kind cost.

        >>> RunCost(calls=100, tokens=2000, minutes=3.0).scaled(50)
        RunCost(calls=50, tokens=1000, minutes=1.5, money=None)
        """
        share = calls / max(self.calls, 1)
        return RunCost(
            calls=calls,
            tokens=round(self.tokens * share),
            minutes=self.minutes * share,
            money=None if self.money is None else self.money * share,
        )


class PlanAndUse(Frozen):
    """What a run was foreseen to cost, beside what it took.

    Attributes:
        foreseen: Where nothing reaches the target, which takes the most calls.
        calls_by_verdict: Calls foreseen for each verdict.
        is_measured: Whether time and tokens were measured before, and not guessed.
        currency: Of the money.
        verdict: In which the run ended; empty until it did.
        used: What it took.
    """

    foreseen: RunCost
    calls_by_verdict: dict[str, int] = Field(default_factory=dict)
    is_measured: bool = False
    currency: str = ""
    verdict: str = ""
    used: RunCost | None = None

    @property
    def foreseen_for_verdict(self) -> RunCost:
        """Return what was foreseen for the verdict that the run ended in."""
        return self.foreseen.scaled(self.calls_by_verdict.get(self.verdict, self.foreseen.calls))

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Yield what was counted, what was foreseen of it, and what was used, as words."""
        before, used = self.foreseen_for_verdict, self.used
        if used is None:
            return
        yield "calls", f"{before.calls:,}", f"{used.calls:,}"
        yield "tokens", f"{before.tokens:,}", f"{used.tokens:,}"
        yield "minutes", f"{before.minutes:.1f}", f"{used.minutes:.1f}"
        if before.money is not None and used.money is not None:
            yield self.currency, f"{before.money:.2f}", f"{used.money:.2f}"


def read_plan(run: RunFolder) -> PlanAndUse | None:
    """Return the plan that a run's folder holds; None where it holds none that can be read."""
    known = read_json_object(run.plan)
    try:
        return PlanAndUse.model_validate(known) if known else None
    except ValidationError:
        return None


def write_plan(run: RunFolder, plan: PlanAndUse) -> None:
    """Keep a plan in the run's folder; one that was measured is not replaced by a guess."""
    known = read_plan(run)
    if known is None or plan.is_measured or not known.is_measured:
        write_json(run.plan, plan.model_dump(mode="json"))


def write_use(run: RunFolder, problem: LadderProblem, verdict: str) -> None:
    """Put what a run took beside what was foreseen, where that is known.

    Without a verdict only the selection part counts: how far a test read would tell how it went.
    """
    plan = read_plan(run)
    if plan is None:
        return
    is_closed = verdict != "inconclusive"
    spent = problem.bench.spending
    tallies = (spent.used, spent.used_prepaid) if is_closed else (spent.used,)
    used = RunCost(
        calls=sum(each.calls for each in tallies),
        tokens=sum(each.tokens for each in tallies),
        minutes=sum(each.seconds for each in tallies) / 60,
        money=_money(problem, is_closed=is_closed),
    )
    write_json(run.plan, plan.replace(verdict=verdict, used=used).model_dump(mode="json"))


def _money(problem: LadderProblem, *, is_closed: bool) -> float | None:
    """Return what the answers of all candidates and their judge cost; None without a price."""
    total, prices, judge = 0.0, problem.task.prices, problem.task.metric.judge
    selection = set(problem.split.selection.tolist())
    for each in problem.asked:
        candidate = problem.candidate(each)
        measured = problem.bench.rows(candidate).items()
        rows = [row for at, row in measured if is_closed or at in selection]
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
    return total
