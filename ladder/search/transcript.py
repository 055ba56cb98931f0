"""`Recording`: what the search was told, kept so that the verdict can be rebuilt.

The search is a pure function of what its Problem answers. So a run writes those answers into its
journal, each score as the key of the stored answer that it was read from; later the same search,
driven by the journal alone (`ladder.search.replay`), must come to the same ledger. No model is
loaded for that.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from ladder.errors import LadderError
from ladder.frozen import digest_of
from ladder.measure.journal import Journal
from ladder.measure.measurement import Scored
from ladder.search.confirm.looks import Record
from ladder.search.ledger import AttemptStatus, Configuration
from ladder.search.problem import BoolArray, FloatArray, IntArray
from ladder.search.task_problem import LadderProblem

TABLE: Final = "transcript"

Found = TypeVar("Found")


class Recording:
    """A LadderProblem that writes down what it answers.

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
        """Return the number of samples."""
        return self.problem.size

    @property
    def levers(self) -> tuple[str, ...]:
        """Return the levers' names."""
        return self.problem.levers

    def begin(self, record: Record) -> None:
        """Write down the levers, and what was asked of the confirmation part before."""
        self._keep(["levers"], list(self.levers))
        self._keep(["looks"], record.model_dump(mode="json"))

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        """Return the children of `parent` by one lever, simplest first."""
        found = self._try(["variants", lever, parent], lambda: self.problem.variants(lever, parent))
        self._keep(["variants", lever, parent], found)
        return found

    def why_nothing(self, lever: int, parent: Configuration) -> tuple[AttemptStatus, str]:
        """Return status and reason when `variants` is empty."""
        found = self.problem.why_nothing(lever, parent)
        self._keep(["why_nothing", lever, parent], found)
        return found

    def ceiling(self, lever: int, parent: Configuration) -> Configuration | None:
        """Return the upper bound of what the lever can make of `parent`; None without one."""
        found = self._try(["ceiling", lever, parent], lambda: self.problem.ceiling(lever, parent))
        self._keep(["ceiling", lever, parent], found)
        return found

    def composes(self, configuration: Configuration) -> bool:
        """Return whether the parts can work together."""
        found = self.problem.composes(configuration)
        self._keep(["composes", configuration], found)
        return found

    def digest(self, configuration: Configuration) -> str:
        """Return a name that changes with anything that can change a score."""
        found = self.problem.digest(configuration)
        self._keep(["digest", configuration], found)
        return found

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return a score in [0, 1] a sample, in the order of `indices`."""
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
        """Return whether one costs clearly less than another."""
        found = self.problem.is_cheaper(one, other)
        self._keep(["is_cheaper", one, other], found)
        return found

    def unknown(self, configuration: Configuration, indices: IntArray) -> BoolArray:
        """Return which scores are not known; that stands beside the scores."""
        return self.problem.unknown(configuration, indices)

    def empty(self, configuration: Configuration, indices: IntArray) -> BoolArray:
        """Return which answers say nothing; they are stored."""
        return self.problem.empty(configuration, indices)

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

    def _keep(self, question: list[Any], answer: object) -> None:
        self._journal.write({self._key(question): answer})

    def _key(self, question: list[Any]) -> str:
        return digest_of([self._run, *question])


def _reference(row: Scored) -> dict[str, str | bool]:
    """Return where the answer behind a score is stored; a failed call has none."""
    failed = row.answer.error
    if failed is None:
        return {"answer": row.key}
    return {"failed": failed, "is_unknown": True} if row.is_unknown else {"failed": failed}
