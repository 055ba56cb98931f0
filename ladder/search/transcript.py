"""`Recording`: a task's ladder that journals what it tells the search, so that others can repeat it.

The search is a pure function of what its Problem answers. So a run writes those answers into its
journal, each score as the key of the stored answer that it was read from; later the same search,
driven by the journal alone, must come to the same ledger: see `replayed_search`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar, TypeVarTuple

from ladder.errors import InconclusiveError, LadderError, OutageError
from ladder.frozen import digest_of
from ladder.measure.journal import Journal
from ladder.measure.measurement import Scored
from ladder.models.base import Answer
from ladder.search.candidate_costs import CostBound
from ladder.search.confirm.look_history import EarlierPass, LookHistory
from ladder.search.ledger import AttemptStatus, Configuration
from ladder.search.problem import MaybeWanted, Problem, Wanted
from ladder.search.task_problem import LadderProblem
from ladder.spec.lever_sections import ReviewRule
from ladder.spec.limits import LimitName
from ladder.statistics.arrays import BoolArray, FloatArray, IntArray
from ladder.statistics.cost_ranges import BoundErrors

TABLE: Final = "transcript"

STOPS: Final = {kind.__name__: kind for kind in (InconclusiveError, OutageError)}
"""Errors that end a run; any other is one candidate's own."""

Found = TypeVar("Found")
Asked = TypeVarTuple("Asked")


class Recording(Problem):
    """A LadderProblem that writes down what it answers; what each answer means is said at `Problem`.

    Args:
        problem: Answers.
        journal: The transcript's table of the run's journal.
        run: What the answers are good for: digest of spec and eval data.
    """

    def __init__(self, problem: LadderProblem, journal: Journal, run: str) -> None:
        self.problem = problem
        self._journal = journal
        self._run = run

    @property
    def size(self) -> int:
        return self.problem.size

    @property
    def levers(self) -> tuple[str, ...]:
        return self.problem.levers

    def begin(
        self,
        record: LookHistory,
        *,
        explore: bool,
        earlier: Mapping[str, EarlierPass],
    ) -> None:
        """Write down the levers, what was asked and passed before, and which samples verdicts had shown."""
        data = self.problem.bench.data
        self._keep(["closed"], sorted(data.samples[at].id for at in data.closed))
        self._keep(["explore"], explore)
        self._keep(["levers"], list(self.levers))
        self._keep(["looks"], record.model_dump(mode="json"))
        if earlier:
            self._keep(
                ["earlier"], {key: each.model_dump(mode="json") for key, each in earlier.items()}
            )

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        return self._tried(self.problem.variants, lever, parent)

    def is_asked_again(self, lever: int) -> bool:
        return self._told(self.problem.is_asked_again, lever)

    def rewritten(
        self, lever: int, parent: Configuration, positions: IntArray
    ) -> tuple[tuple[Configuration, ...], str]:
        question = ["rewritten", lever, parent]
        found = self._try(question, lambda: self.problem.rewritten(lever, parent, positions))
        return self._keep(question, found)

    def why_nothing(self, lever: int, parent: Configuration) -> tuple[AttemptStatus, str]:
        return self._told(self.problem.why_nothing, lever, parent)

    def ceiling(self, lever: int, parent: Configuration) -> Configuration | None:
        return self._tried(self.problem.ceiling, lever, parent)

    def missing_material(self, lever: int, parent: Configuration) -> str:
        return self._told(self.problem.missing_material, lever, parent)

    def why_same(self, configuration: Configuration, others: Sequence[Configuration]) -> str:
        question = ["why_same", configuration, list(others)]
        found = self._try(question, lambda: self.problem.why_same(configuration, others))
        return self._keep_found(question, found)

    def composes(self, configuration: Configuration) -> bool:
        return self._told(self.problem.composes, configuration)

    def stands_alone(self, configuration: Configuration) -> bool:
        found = self.problem.stands_alone(configuration)
        return self._keep_found(["stands_alone", configuration], found)

    def why_thrown_away(self, configuration: Configuration) -> str:
        return self._tried(self.problem.why_thrown_away, configuration)

    @property
    def review(self) -> ReviewRule | None:
        found = self.problem.review
        self._keep(["review"], None if found is None else found.model_dump(mode="json"))
        return found

    def reviewed(self, configuration: Configuration, below: float) -> Configuration:
        return self._told(self.problem.reviewed, configuration, below)

    def sureness(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return how sure answers are; that is stored with them."""
        return self.problem.sureness(configuration, indices)

    def digest(self, configuration: Configuration) -> str:
        return self._told(self.problem.digest, configuration)

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        question = ["scores", configuration]
        found = self._try(question, lambda: self.problem.scores(configuration, indices))
        rows = self.problem.bench.rows(self.problem.candidate(configuration))
        samples = self.problem.bench.samples
        self._journal.write(
            {
                self._key(["score", configuration, samples[at].id]): _reference(rows[at])
                for at in indices.tolist()
            }
        )
        return found

    def is_cheaper(self, one: Configuration, other: Configuration) -> bool:
        return self._told(self.problem.is_cheaper, one, other)

    @property
    def limits(self) -> Mapping[LimitName, float]:
        """Return the most that a candidate may cost; they stand in the task."""
        return self.problem.limits

    def limit_bounds(
        self, configuration: Configuration, indices: IntArray, errors: BoundErrors, *, may_ask: bool
    ) -> tuple[CostBound, ...]:
        """Return what one costs by each limit; what was written down once stands.

        A run that goes on, or that is made again while the machine is busy, comes to no other verdict.
        """
        question = ["limit_bounds", configuration, len(indices), *errors, may_ask]
        rows = self.problem.bench.rows(self.problem.candidate(configuration))
        answers = [rows[at].key if at in rows else "" for at in indices.tolist()]
        key = self._key([*question, answers])
        known = self._journal.read([key]).get(key)
        if known is None:
            found = self._try(
                question,
                lambda: self.problem.limit_bounds(configuration, indices, errors, may_ask=may_ask),
            )
            known = [each.model_dump(mode="json") for each in found]
            self._journal.write({key: known})
        self._keep(question, known)
        return as_bounds(known)

    def can_be_trained(self, configuration: Configuration) -> bool:
        return self._told(self.problem.can_be_trained, configuration)

    @property
    def asks_at_once(self) -> int:
        return self.problem.asks_at_once

    def ask_ahead(self, needed: Sequence[Wanted], maybe: Sequence[MaybeWanted] = ()) -> None:
        """Ask for answers that are scored next; they are written down when they are scored."""
        self.problem.ask_ahead(needed, maybe)

    def at_hand(
        self, configuration: Configuration, indices: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the scores of the leading answers at hand; they are no answer to the search."""
        return self.problem.at_hand(configuration, indices)

    def could_score(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return the most that the answers may be worth; they are stored."""
        return self.problem.could_score(configuration, indices)

    def unknown(self, configuration: Configuration, indices: IntArray) -> BoolArray:
        """Return of which answers nobody knows what they would be; that is stored with them."""
        return self.problem.unknown(configuration, indices)

    def why_not_tried(self, configuration: Configuration, indices: IntArray) -> str:
        """Return what shows that the answers are no try; stored answers do not tell all of it."""
        found = self.problem.why_not_tried(configuration, indices)
        return self._keep_found(["why_not_tried", configuration, indices.tolist()], found)

    def why_no_evidence(self, configuration: Configuration, indices: IntArray) -> str:
        """Return why the answers must not justify fine-tuning; stored ones do not tell all of it."""
        found = self.problem.why_no_evidence(configuration, indices)
        return self._keep_found(["why_no_evidence", configuration, indices.tolist()], found)

    def room_check(self, configuration: Configuration) -> str:
        """Return what answers with room to end show; that is written down as it is."""
        return self._told(self.problem.room_check, configuration)

    def signals(self, configuration: Configuration, indices: IntArray) -> tuple[FloatArray, ...]:
        """Return finer readings; the likelihoods among them are written down as they are."""
        found = self.problem.signals(configuration, indices)
        likelihoods = found[1].tolist() if len(found) > 1 else [None] * len(indices)
        samples = self.problem.bench.samples
        self._journal.write(
            {
                self._key(["likelihood", configuration, samples[at].id]): value
                for at, value in zip(indices.tolist(), likelihoods, strict=True)
            }
        )
        return found

    def _try(self, question: list[Any], ask: Callable[[], Found]) -> Found:
        try:
            return ask()
        except LadderError as error:
            kind = type(error).__name__
            told = {"error": str(error), "next_step": error.next_step, "kind": kind}
            self._keep(["failed", question], told)
            raise

    def _told(self, ask: Callable[[*Asked], Found], *asked: *Asked) -> Found:
        """Return what the problem answers, and write it down under the name of its method."""
        return self._keep([ask.__name__, *asked], ask(*asked))

    def _tried(self, ask: Callable[[*Asked], Found], *asked: *Asked) -> Found:
        """Return the same; where it fails, write down the error."""
        question = [ask.__name__, *asked]
        return self._keep(question, self._try(question, lambda: ask(*asked)))

    def _keep_found(self, question: list[Any], answer: Found) -> Found:
        """Write down an answer that says something: where nothing is written, nothing was said."""
        return self._keep(question, answer) if answer else answer

    def _keep(self, question: list[Any], answer: Found) -> Found:
        self._journal.write({self._key(question): answer})
        return answer

    def _key(self, question: list[Any]) -> str:
        return digest_of([self._run, *question])


def as_bounds(stored: Iterable[Mapping[str, Any]]) -> tuple[CostBound, ...]:
    """Return bounds of costs as they were written down."""
    return tuple(CostBound.model_validate(dict(each)) for each in stored)


def _reference(row: Scored) -> dict[str, Any]:
    """Return where the answer behind a score is stored, its draws, and what a judge said of it."""
    beside = {
        "draws": [_stored(each.key, each.answer) for each in row.draws],
        "judge": [_stored(each.key, each.answer) for each in row.replies],
    }
    return {**_stored(row.key, row.answer), **{name: some for name, some in beside.items() if some}}


def _stored(key: str, answer: Answer) -> dict[str, str]:
    """Return where an answer is stored; a failed call has none."""
    return {"answer": key} if answer.error is None else {"failed": answer.error}
