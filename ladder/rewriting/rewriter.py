"""`rewrite_prompt`: prompts that a model proposes after what the prompt in use gets wrong.

The search is GEPA's (reflective mutation over a Pareto front; Agrawal et al. 2025, arXiv 2507.19457),
by the package `gepa`. What it may see, ask and keep is decided here: samples of the selection part, a
number of calls, and prompts in which no eval row stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ladder.data.sample import Sample
from ladder.errors import InconclusiveError, LadderError, LeakageError, SpecError
from ladder.installation import install_line
from ladder.levers.prompt_edits import answer_format
from ladder.measure import Workbench
from ladder.measure.measurement import Scored
from ladder.rewriting.prompt_leaks import PromptLeaks
from ladder.rewriting.prompt_parts import parts_of
from ladder.rewriting.reflector import Reflector, instruction_in, reflection
from ladder.spec.candidate import Candidate, Prompt
from ladder.spec.lever_sections import PromptRewrite

if TYPE_CHECKING:
    from gepa.core.adapter import EvaluationBatch, GEPAAdapter
    from gepa.core.result import GEPAResult
    from gepa.utils import StopperProtocol

MOST_REWRITES = 4
"""Rewritten prompts that are raced."""

FAILURES = 3
"""Failures that the rewriting model is shown at once, as GEPA does."""

FEWEST_COMPARED = 4
"""Samples on which proposals are compared at least; a sixth of the calls where that is more."""

MOST_UNUSABLE = 5
"""Replies in a row that give no prompt, after which the rewriting model is asked no more."""

COMPONENT = "instruction"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What the rewriting model gave.

    Attributes:
        prompts: The best on a few samples of the selection part, the best first.
        calls: How many calls were made for them, of the task's model, its judge and the rewriter.
        reason: Why there is none, in a clause; empty where there are some.
    """

    prompts: tuple[Prompt, ...]
    calls: int
    reason: str = ""


def rewrite_prompt(
    bench: Workbench, start: Candidate, positions: Sequence[int], rewrite: PromptRewrite
) -> Rewritten:
    """Return rewritten prompts of a candidate that was scored on samples of the selection part.

    The calls are counted in the run's budget, and their answers are in its journal: with the same
    seed a run that was killed asks for the same again, and so for nothing twice.

    Args:
        bench: Asks and scores.
        start: Whose prompt is rewritten.
        positions: Samples on which it was scored; the rewriting model sees those that it fails.
        rewrite: The rewriting model, and how many calls all this may take.

    Raises:
        LeakageError: A position is in the confirmation part.
        SpecError: The calls are too few for one round.
        LadderError: `gepa` is not installed, or the rewriting model cannot be asked.
        InconclusiveError: The run's budget does not suffice.
    """
    task = RewriteTask(bench, start, [int(at) for at in positions], rewrite)
    if not task.failed:
        return Rewritten((), 0, "the prompt in use gets every sample of the selection part right")
    if task.left < task.most_a_round:
        raise SpecError(
            too_few_calls(rewrite.calls, task.most_a_round),
            next_step=f"Give levers.prompt.rewrite.calls {task.most_a_round} or more.",
        )
    try:
        found = _search(task)
    finally:
        task.reflector.close()
    kept = [task.prompt(each) for each in found]
    prompts = tuple(dict.fromkeys(each for each in kept if each not in (None, start.prompt)))
    reason = "" if prompts else "the rewriter proposed none that got more right"
    return Rewritten(prompts[:MOST_REWRITES], rewrite.calls - task.left, reason)


def too_few_calls(calls: int, least: int) -> str:
    """Return that the calls of a task are too few for one round."""
    return f"levers.prompt.rewrite.calls is {calls}, and one round takes up to {least} calls."


def least_calls(each: int) -> int:
    """Return the calls that one round may take if each answer takes `each` calls.

    >>> least_calls(1), least_calls(5)
    (8, 36)
    """
    return 1 + (FAILURES + FEWEST_COMPARED) * each


class RewriteTask:
    """One prompt to rewrite, on samples of the selection part alone: GEPA's adapter.

    Attributes:
        failed: Positions that the prompt in use gets wrong, most of which GEPA learns from.
        held: Positions on which all proposals are compared.
        left: Calls that may still be made.
        error: Why the rewriting model could not be asked, if it could not.
    """

    def __init__(
        self, bench: Workbench, start: Candidate, positions: list[int], rewrite: PromptRewrite
    ) -> None:
        self._bench = bench
        self._start = start
        self.random_seed = bench.task.seed
        self._allowed = frozenset(sample.id for sample in bench.data.selected)
        self._refuse_others(positions)
        self._parts = parts_of(start.prompt)
        known = [bench.task.prompt, start.prompt, *bench.task.levers.prompt.prompts]
        self._leaks = PromptLeaks(bench.data, [f"{each.system}\n{each.user}" for each in known])
        rows = bench.measure(start, positions).rows
        right = [at for at, row in zip(positions, rows, strict=True) if row.score >= 1]
        self.failed = [at for at in positions if at not in right]
        self._each = bench.task.calls_an_answer(start.decoding)
        compared = max(FEWEST_COMPARED, rewrite.calls // (6 * self._each))
        self.held = _mixed(self.failed, right, compared)
        self.left = self._most_rounds = rewrite.calls
        self.reflector = Reflector(bench, start, rewrite.model)
        self._unusable = 0
        self.error: LadderError | None = None
        # What GEPA asks of an adapter beside its methods: this one proposes by itself.
        self.seed = {COMPONENT: self._parts.instruction}

    @property
    def learned_from(self) -> list[int]:
        """Return the failures that the rewriting model may see; others than those compared on, if any."""
        others = [at for at in self.failed if at not in self.held]
        return others if len(others) >= FAILURES else self.failed

    @property
    def most_a_round(self) -> int:
        """Return the calls that one round of the search may take."""
        return 1 + (FAILURES + len(self.held)) * self._each

    def is_over(self, state: Any) -> bool:  # noqa: ANN401 - GEPA's own state
        """Return whether GEPA is to stop: at a perfect score, or where the calls are spent.

        A round in which a proposal fails none of the samples shown takes no call at all.
        """
        if state.i >= self._most_rounds:
            return True
        has_ended = self.error is not None or max(state.program_full_scores_val_set) >= 1
        return has_ended or self._unusable >= MOST_UNUSABLE or self.left < self.most_a_round

    def prompt(self, candidate: Mapping[str, str]) -> Prompt | None:
        """Return the prompt with a proposed instruction; None where it cannot be used."""
        if candidate[COMPONENT] == self._parts.instruction:
            return self._parts.prompt
        return self._parts.with_instruction(candidate[COMPONENT])

    def evaluate(
        self,
        batch: list[int],
        candidate: dict[str, str],
        capture_traces: bool = False,  # noqa: FBT001, FBT002 - GEPA's signature
    ) -> "EvaluationBatch[tuple[Sample, Scored], str]":
        """Return answers and scores of a proposal on some samples."""
        from gepa.core.adapter import EvaluationBatch  # noqa: PLC0415 - an extra

        prompt = self.prompt(candidate)
        rows = self._measure(batch, self._start.prompt if prompt is None else prompt)
        samples = [self._bench.samples[at] for at in batch]
        traces = list(zip(samples, rows, strict=True)) if capture_traces else None
        return EvaluationBatch(
            outputs=[row.text for row in rows],
            scores=[row.score for row in rows],
            trajectories=traces,
        )

    def make_reflective_dataset(
        self,
        candidate: dict[str, str],
        eval_batch: "EvaluationBatch[tuple[Sample, Scored], str]",
        components_to_update: list[str],
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return the failures among some samples, for `propose_new_texts`."""
        del candidate
        traces = eval_batch.trajectories or []
        failures = [{"sample": each, "row": row} for each, row in traces if row.score < 1]
        return dict.fromkeys(components_to_update, failures)

    def propose_new_texts(
        self,
        candidate: dict[str, str],
        reflective_dataset: Mapping[str, Sequence[Mapping[str, Any]]],
        components_to_update: list[str],
    ) -> dict[str, str]:
        """Return the rewriting model's instruction, or the same again where it cannot be used."""
        del components_to_update
        failures = [(each["sample"], each["row"]) for each in reflective_dataset[COMPONENT]]
        self._refuse_samples([sample for sample, _ in failures])
        asked = reflection(
            candidate[COMPONENT],
            self._parts.frame,
            answer_format(self._bench.task.metric),
            failures,
        )
        self.left -= 1
        try:
            text = instruction_in(self.reflector.ask(asked))
        except LadderError as error:  # GEPA would go on without a word
            self.error = error
            return dict(candidate)
        if self._parts.with_instruction(text) is not None and not self._leaks.are_in(text):
            self._unusable = 0
            return {COMPONENT: text}
        self._unusable += 1
        return dict(candidate)

    def _measure(self, positions: list[int], prompt: Prompt) -> tuple[Scored, ...]:
        self._refuse_others(positions)
        candidate = self._start.replace(prompt=prompt)
        known = self._bench.rows(candidate)
        self.left -= self._each * sum(at not in known for at in positions)
        return self._bench.measure(candidate, positions).rows

    def _refuse_others(self, positions: Sequence[int]) -> None:
        self._refuse_samples([self._bench.samples[at] for at in positions])

    def _refuse_samples(self, samples: Sequence[Sample]) -> None:
        others = [sample.id for sample in samples if sample.id not in self._allowed]
        if others:
            raise LeakageError(
                f"Sample {others[0]} of the confirmation part came near the rewriting of a prompt.",
                next_step="Report this: it must never happen.",
            )


class SilentLogger:
    """GEPA's logger: it says nothing, as a run's output is the run's own."""

    def log(self, message: str) -> None:
        """Say nothing."""


def _search(task: RewriteTask) -> list[dict[str, str]]:
    """Return what GEPA accepted, the best first, without the prompt that it began with."""
    try:
        from gepa.api import optimize  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise LadderError(
            "levers.prompt.rewrite: the package gepa is not installed.",
            next_step=f"{install_line('rewrite')}, or leave levers.prompt.rewrite out.",
        ) from error
    found: GEPAResult[str, int] = optimize(
        seed_candidate=task.seed,
        trainset=task.learned_from,
        valset=task.held,
        adapter=cast("GEPAAdapter[int, tuple[Sample, Scored], str]", task),
        reflection_minibatch_size=FAILURES,
        stop_callbacks=cast("StopperProtocol", task.is_over),
        logger=SilentLogger(),
        track_best_outputs=False,
        seed=task.random_seed,
    )
    is_lost = task.error is not None and len(found.candidates) == 1
    if task.error is not None and (is_lost or isinstance(task.error, InconclusiveError)):
        raise task.error
    ranked = sorted(range(1, len(found.candidates)), key=lambda at: -found.val_aggregate_scores[at])
    return [found.candidates[at] for at in ranked]


def _mixed(failed: Sequence[int], right: Sequence[int], most: int) -> list[int]:
    """Return some positions, half of them failures where there are enough of both.

    >>> _mixed([1, 2, 3], [4, 5, 6], 4), _mixed([1], [4, 5, 6], 4), _mixed([1, 2, 3], [], 2)
    ([1, 2, 4, 5], [1, 4, 5, 6], [1, 2])
    """
    n_right = min(len(right), max(most // 2, most - len(failed)))
    return [*failed[: most - n_right], *right[:n_right]]
