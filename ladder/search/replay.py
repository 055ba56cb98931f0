"""`Replayed`: a run's journal as the Problem that the search climbed, without any model.

Scores are not read: each stored answer is scored again by the metric, against the eval data.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final, NoReturn

import numpy as np

from ladder.data.sample import Sample
from ladder.errors import EvidenceError, InconclusiveError, LadderError, OutageError
from ladder.frozen import digest_of
from ladder.measure.journal import Journal
from ladder.scoring import Metric
from ladder.search.confirm.looks import Looks, Record
from ladder.search.ledger import AttemptStatus, Configuration
from ladder.search.problem import BoolArray, FloatArray, IntArray

STOPS: Final = {kind.__name__: kind for kind in (InconclusiveError, OutageError)}
"""Errors that end a run; any other is one candidate's own."""


class Replayed:
    """Answers the search with what a run wrote down, and with nothing else.

    Args:
        transcript: The table that `Recording` wrote.
        answers: The table of answers.
        run: Digest of spec and eval data, as the run's `Recording` was given it.
        samples: The eval data.
        metric: Scores the answers again.
    """

    def __init__(
        self,
        transcript: Journal,
        answers: Journal,
        run: str,
        *,
        samples: Sequence[Sample],
        metric: Metric,
    ) -> None:
        self._transcript = transcript
        self._answers = answers
        self._run = run
        self._samples = samples
        self._metric = metric
        self._used: dict[str, str] = {}
        self.levers: tuple[str, ...] = tuple(self._told(["levers"]))

    @property
    def size(self) -> int:
        """Return the number of samples."""
        return len(self._samples)

    @property
    def n_used(self) -> int:
        """Return how many rows of the journal were read."""
        return len(self._used)

    @property
    def head(self) -> str:
        """Return the sha256 of every row that was read, in the order of their keys."""
        lines = (f"{key} {value}\n" for key, value in sorted(self._used.items()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def looks(self) -> Looks:
        """Return what was asked before the run, every answer struck out: each is asked again."""
        record = Record.model_validate(self._told(["looks"]), strict=False)
        entries = tuple(each.replace(passed=None, n_units=0) for each in record.entries)
        burned = Looks(record).why_closed()
        return Looks(record.replace(entries=entries, closing=None, burned=burned))

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        """Return the children of `parent` by one lever."""
        return tuple(tuple(each) for each in self._told(["variants", lever, parent]))

    def why_nothing(self, lever: int, parent: Configuration) -> tuple[AttemptStatus, str]:
        """Return status and reason when `variants` is empty."""
        status, reason = self._told(["why_nothing", lever, parent])
        return status, reason

    def ceiling(self, lever: int, parent: Configuration) -> Configuration | None:
        """Return the upper bound of what the lever can make of `parent`."""
        found = self._told(["ceiling", lever, parent])
        return None if found is None else tuple(found)

    def composes(self, configuration: Configuration) -> bool:
        """Return whether the parts can work together."""
        return bool(self._told(["composes", configuration]))

    def digest(self, configuration: Configuration) -> str:
        """Return a name that changes with anything that can change a score."""
        return str(self._told(["digest", configuration]))

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return each stored answer's score, read and compared anew."""
        texts = self._texts(configuration, indices)
        scores = [
            0.0 if text is None else self._metric.score(text, self._samples[at].targets)
            for at, text in zip(indices.tolist(), texts, strict=True)
        ]
        return np.array(scores, dtype=np.float64)

    def is_cheaper(self, one: Configuration, other: Configuration) -> bool:
        """Return whether one cost clearly less than another, as the run wrote down."""
        return bool(self._told(["is_cheaper", one, other]))

    def unknown(self, configuration: Configuration, indices: IntArray) -> BoolArray:
        """Return which scores the run did not know, as it wrote down."""
        names = [self._samples[at].id for at in indices.tolist()]
        keys = [self._key(["score", configuration, name]) for name in names]
        found = self._read(self._transcript, keys)
        return np.array([bool(found[key].get("is_unknown")) for key in keys], dtype=np.bool_)

    def empty(self, configuration: Configuration, indices: IntArray) -> BoolArray:
        """Return which of the stored answers say nothing."""
        texts = self._texts(configuration, indices)
        return np.array([text is not None and not text.strip() for text in texts], dtype=np.bool_)

    def signals(self, configuration: Configuration, indices: IntArray) -> tuple[FloatArray, ...]:
        """Return the lenient reading of the stored answers, then the likelihoods, if any."""
        texts = self._texts(configuration, indices)
        lenient = [
            0.0 if text is None else self._metric.lenient(text, self._samples[at].targets)
            for at, text in zip(indices.tolist(), texts, strict=True)
        ]
        names = [self._samples[at].id for at in indices.tolist()]
        likelihoods = [self._told(["likelihood", configuration, name]) for name in names]
        if any(value is None for value in likelihoods):
            return (np.array(lenient, dtype=np.float64),)
        return np.array(lenient, dtype=np.float64), np.array(likelihoods, dtype=np.float64)

    def _texts(self, configuration: Configuration, indices: IntArray) -> list[str | None]:
        names = [self._samples[at].id for at in indices.tolist()]
        keys = [self._key(["score", configuration, name]) for name in names]
        references = self._read(self._transcript, keys)
        if len(references) < len(set(keys)):
            self._fail(["scores", configuration], f"the scores of {list(configuration)}")
        wanted = [references[key].get("answer") for key in keys]
        answers = self._read(self._answers, [key for key in wanted if key is not None])
        missing = [key for key in wanted if key is not None and key not in answers]
        if missing:
            raise _incomplete(f"the answer {missing[0][:12]}")
        return [None if key is None else str(answers[key]["text"]) for key in wanted]

    def _told(self, question: list[Any]) -> Any:  # noqa: ANN401 - any JSON value
        key = self._key(question)
        found = self._read(self._transcript, [key])
        if key not in found:
            self._fail(question, f"what it was told of {question[0]}")
        return found[key]

    def _fail(self, question: list[Any], what: str) -> NoReturn:
        """Raise what the run met at this question, or say that the journal does not know."""
        key = self._key(["failed", question])
        found = self._read(self._transcript, [key]).get(key)
        if found is None:
            raise _incomplete(what)
        raise STOPS.get(found.get("kind"), LadderError)(
            found["error"], next_step=found["next_step"]
        )

    def _read(self, table: Journal, keys: Sequence[str]) -> dict[str, Any]:
        found = table.read(dict.fromkeys(keys))
        self._used.update((key, digest_of(value)) for key, value in found.items())
        return found

    def _key(self, question: list[Any]) -> str:
        return digest_of([self._run, *question])


def _incomplete(what: str) -> EvidenceError:
    return EvidenceError(
        f"The journal does not hold {what}, so the verdict cannot be rebuilt from it.",
        next_step="Run the same `ladder run` again: it writes down what is missing.",
    )
