"""`Replayed`: a run's ladder from its transcript alone: the same search must come to the same ledger.

Scores are not read: each stored answer is scored again by the metric, against the eval data. No
model is loaded.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from ladder.data.sample import Sample
from ladder.errors import EvidenceError, LadderError
from ladder.frozen import digest_of
from ladder.measure import TaskData
from ladder.measure.answer_faults import answer_faults, why_not_tried
from ladder.measure.journal import Journal
from ladder.measure.judging import hear
from ladder.measure.majority import voted
from ladder.measure.measurement import Scored
from ladder.measure.read_answer import asked, read_answer
from ladder.models.base import Answer
from ladder.search.answer_worth import most_of, sureness_of, unknown_of
from ladder.search.candidate_costs import CostBound
from ladder.search.confirm.look_history import EarlierPass, LookHistory
from ladder.search.confirm.looks import Looks
from ladder.search.ledger import REFERENCE, AttemptStatus, Configuration
from ladder.search.problem import Problem
from ladder.search.transcript import STOPS, as_bounds
from ladder.spec.lever_sections import ReviewRule
from ladder.spec.limits import LimitName
from ladder.statistics.arrays import BoolArray, FloatArray, IntArray
from ladder.statistics.cost_ranges import BoundErrors


def _drawn(reference: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return where the answers are stored among which a majority decided, or the one answer."""
    found: Sequence[Mapping[str, Any]] = reference.get("draws", (reference,))
    return found


def _lost(error: object) -> Answer:
    return Answer("", finish_reason="error", error=str(error))


class Replayed(Problem):
    """Answers the search with what a run wrote down, and with nothing else: see `Problem`.

    Args:
        transcript: The table that `Recording` wrote.
        answers: The table of answers.
        run: Digest of spec and eval data, as the run's `Recording` was given it.
        data: The eval data, and the metric that scores the answers again.

    Attributes:
        is_explored: Whether the run was not to ask the confirmation part.
        data: The same, split as the run found it: what earlier verdicts had shown is closed.
    """

    def __init__(self, transcript: Journal, answers: Journal, run: str, data: TaskData) -> None:
        self._transcript = transcript
        self._answers = answers
        self._run = run
        self._samples, self._metric = data.samples, data.metric
        self._used: dict[str, str] = {}
        self._known: dict[tuple[Configuration, int], Scored] = {}
        self._levers = tuple(map(str, self._told(["levers"])))
        self.is_explored = bool(self._told(["explore"], default=False))
        closed = set(self._told(["closed"], default=[]))
        places = (at for at, sample in enumerate(data.samples) if sample.id in closed)
        self.data = replace(data, closed=frozenset(places))

    @property
    def size(self) -> int:
        return len(self._samples)

    @property
    def levers(self) -> tuple[str, ...]:
        return self._levers

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
        record = LookHistory.model_validate(self._told(["looks"]), strict=False)
        # A sealed pass of an earlier run is cited: this run's journal holds no answer of it.
        entries = tuple(
            each if each.is_sealed else each.replace(passed=None, n_units=0)
            for each in record.entries
        )
        burned = Looks(record).why_closed()
        looks = Looks(
            record.replace(entries=entries, closing=None, burned=burned),
            is_sealed=self.data.task.confirmation == "sealed",
        )
        earlier = self._told(["earlier"], default={})
        looks.earlier = {
            str(key): EarlierPass.model_validate(each, strict=False)
            for key, each in earlier.items()
        }
        return looks

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        return tuple(Configuration(each) for each in self._told(["variants", lever, parent]))

    def is_asked_again(self, lever: int) -> bool:
        return bool(self._told(["is_asked_again", lever], default=False))

    def rewritten(
        self, lever: int, parent: Configuration, positions: IntArray
    ) -> tuple[tuple[Configuration, ...], str]:
        question = ["rewritten", lever, parent]
        # A run that ended here and went on has both; one of an earlier version has neither.
        found, reason = self._told(question, default=((), None))
        if reason is None and self._is_failed(question):
            self._fail(question, "what the rewriter gave")
        return tuple(Configuration(each) for each in found), reason or ""

    def why_nothing(self, lever: int, parent: Configuration) -> tuple[AttemptStatus, str]:
        status, reason = self._told(["why_nothing", lever, parent])
        return status, reason

    def ceiling(self, lever: int, parent: Configuration) -> Configuration | None:
        found = self._told(["ceiling", lever, parent])
        return None if found is None else Configuration(found)

    def missing_material(self, lever: int, parent: Configuration) -> str:
        return str(self._told(["missing_material", lever, parent], default=""))

    def why_same(self, configuration: Configuration, others: Sequence[Configuration]) -> str:
        question = ["why_same", configuration, list(others)]
        found = str(self._told(question, default=""))
        if not found and self._is_failed(question):
            self._fail(question, "whether a reranker changes anything")
        return found

    def composes(self, configuration: Configuration) -> bool:
        return bool(self._told(["composes", configuration]))

    def stands_alone(self, configuration: Configuration) -> bool:
        return bool(self._told(["stands_alone", configuration], default=False))

    def why_thrown_away(self, configuration: Configuration) -> str:
        return str(self._told(["why_thrown_away", configuration]))

    @property
    def review(self) -> ReviewRule | None:
        """Return how answers could be handed on to a person; a run of an earlier version knew none."""
        found = self._told(["review"], default=False)
        return ReviewRule.model_validate(found, strict=False) if found else None

    def reviewed(self, configuration: Configuration, below: float) -> Configuration:
        return Configuration(self._told(["reviewed", configuration, below]))

    def sureness(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return how sure the stored answers are."""
        return sureness_of(self._rows(configuration, indices))

    def digest(self, configuration: Configuration) -> str:
        return str(self._told(["digest", configuration]))

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return each stored answer's score, read and compared anew."""
        rows = self._rows(configuration, indices)
        return np.array([row.score for row in rows], dtype=np.float64)

    def is_cheaper(self, one: Configuration, other: Configuration) -> bool:
        return bool(self._told(["is_cheaper", one, other]))

    @property
    def limits(self) -> Mapping[LimitName, float]:
        return self.data.task.limits.asked

    def limit_bounds(
        self, configuration: Configuration, indices: IntArray, errors: BoundErrors, *, may_ask: bool
    ) -> tuple[CostBound, ...]:
        question = ["limit_bounds", configuration, len(indices), *errors, may_ask]
        return as_bounds(self._told(question))

    def can_be_trained(self, configuration: Configuration) -> bool:
        return bool(self._told(["can_be_trained", configuration]))

    def could_score(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return the most that each stored answer may be worth, read anew."""
        rows = self._rows(configuration, indices)
        return most_of(rows, self.data.task, self._metric)

    def unknown(self, configuration: Configuration, indices: IntArray) -> BoolArray:
        """Return of which stored answers nobody knows what they would be, read anew."""
        is_reference = configuration == REFERENCE
        rows = self._rows(configuration, indices)
        return unknown_of(rows, self.data.task, self._metric, is_reference=is_reference)

    def why_not_tried(self, configuration: Configuration, indices: IntArray) -> str:
        """Return what shows that the stored answers are no try, or what the run wrote down.

        Whether a constraint was kept is no matter of the answers alone.
        """
        told = str(self._told(["why_not_tried", configuration, indices.tolist()], default=""))
        return told or why_not_tried(self._rows(configuration, indices), self._targets(indices))

    def why_no_evidence(self, configuration: Configuration, indices: IntArray) -> str:
        """Return why the stored answers must not justify fine-tuning, or what the run wrote down.

        That a baseline is not testable is no matter of the answers alone.
        """
        told = str(self._told(["why_no_evidence", configuration, indices.tolist()], default=""))
        if told:
            return told
        rows = self._rows(configuration, indices)
        targets, form = self._targets(indices), self.data.task.is_form_wanted
        return next(iter(answer_faults(rows, targets, self._metric, is_form_wanted=form)), "")

    def room_check(self, configuration: Configuration) -> str:
        return str(self._told(["room_check", configuration]))

    def signals(self, configuration: Configuration, indices: IntArray) -> tuple[FloatArray, ...]:
        """Return the lenient reading of the stored answers, then the likelihoods, if any."""
        lenient = [row.lenient for row in self._rows(configuration, indices)]
        names = [self._samples[at].id for at in indices.tolist()]
        likelihoods = [self._told(["likelihood", configuration, name]) for name in names]
        if any(value is None for value in likelihoods):
            return (np.array(lenient, dtype=np.float64),)
        return np.array(lenient, dtype=np.float64), np.array(likelihoods, dtype=np.float64)

    def _rows(self, configuration: Configuration, indices: IntArray) -> list[Scored]:
        places = [(configuration, at) for at in indices.tolist()]
        missing = [place for place in places if place not in self._known]
        if missing:
            rows = self._read_rows(configuration, [at for _, at in missing])
            self._known.update(zip(missing, rows, strict=True))
        return [self._known[place] for place in places]

    def _read_rows(self, configuration: Configuration, positions: Sequence[int]) -> list[Scored]:
        samples = [self._samples[at] for at in positions]
        keys = [self._key(["score", configuration, sample.id]) for sample in samples]
        references = self._read(self._transcript, keys)
        if len(references) < len(set(keys)):
            self._fail(["scores", configuration], f"the scores of {list(configuration)}")
        wanted = [
            each.get("answer")
            for key in keys
            for each in (*_drawn(references[key]), *references[key].get("judge", ()))
        ]
        stored = self._read(self._answers, [key for key in wanted if key is not None])
        missing = [key for key in wanted if key is not None and key not in stored]
        if missing:
            raise _incomplete(f"the answer {missing[0][:12]}")
        return [
            self._row(sample, references[key], stored)
            for sample, key in zip(samples, keys, strict=True)
        ]

    def _row(self, sample: Sample, told: Mapping[str, Any], stored: Mapping[str, Any]) -> Scored:
        draws, replies = (
            [
                Answer(**stored[each["answer"]]) if "answer" in each else _lost(each.get("failed"))
                for each in some
            ]
            for some in (_drawn(told), told.get("judge", ()))
        )
        answer = voted(self._metric.about(asked(sample)), draws)
        metric = hear(self._metric, replies).about(asked(sample))
        found = read_answer(metric, answer, sample.targets)
        row = Scored.of(sample.id, answer, found)
        return replace(row, key=str(told.get("answer", "")))

    def _targets(self, indices: IntArray) -> list[tuple[str, ...]]:
        return [self._samples[at].targets for at in indices.tolist()]

    def _told(self, question: list[Any], default: Any = None) -> Any:  # noqa: ANN401 - any JSON
        key = self._key(question)
        found = self._read(self._transcript, [key])
        if key not in found and default is not None:
            return default
        if key not in found:
            self._fail(question, f"what it was told of {question[0]}")
        return found[key]

    def _is_failed(self, question: list[Any]) -> bool:
        key = self._key(["failed", question])
        return key in self._read(self._transcript, [key])

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
        next_step="Run the same `ladder run` again: it writes down what is missing. Where an earlier run "
        "showed these scores, record that run: ladder status lists the runs.",
    )
