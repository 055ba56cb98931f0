"""`AnswerForecast`: what an answer of a candidate costs before it is asked for: tokens, time, money."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.errors import LadderError
from ladder.measure.answer_limit import ROOM_TOKENS
from ladder.measure.measurement import AnswerCost, Scored, cost_of
from ladder.measure.request import PromptMaterial, write_request
from ladder.measure.task_data import TaskData
from ladder.models.base import Request
from ladder.models.local.batches import shared_length
from ladder.models.locate import recorded_path
from ladder.models.parameter_count import weights_of
from ladder.models.prompt import tokenise
from ladder.models.tokenizer import ChatTokenizer, load_tokenizer
from ladder.spec.candidate import Candidate, Retrieval

SECONDS_A_TOKEN = 0.003
"""Of a token that must be worked on, measured on a CPU core with a model of `MEASURED_WEIGHTS`: in a
run of 63 tickets .25 s an answer. A guess for anything else, in proportion to the weights."""

MEASURED_WEIGHTS = 135e6
FASTER_ON_A_GPU = 50
"""A guess at how much less a token takes where there is a GPU."""

SECONDS_AT_SERVER = 0.5
"""A guess for a short answer of a server."""

TOKENS_OF_A_JUDGE = 300
"""A guess at what a judge is asked beside the sample and the answer: how to decide, and the rubric."""

TOKENS_OF_A_REPLY = 40
"""A guess at a judge's reply: a sentence and a word."""

CHARACTERS_A_TOKEN = 4
WRITTEN = 16
"""Samples whose prompts are written to learn how long a candidate's prompts are."""

MOSTLY_CUT = 0.5
"""Share of answers that fill their limit from which those with room are taken to fill it too."""


Item = TypeVar("Item")


class ForeseenAnswer(NamedTuple):
    """What one answer of a candidate takes: its own call, and those of its judge.

    Attributes:
        calls: How many.
        tokens: Of all of them.
        seconds: Of all of them, for as long as one is waited for.
        money: For all of them; None where a model has no price.
        room_tokens, room_seconds: The same for an answer with room to end.
    """

    calls: int
    tokens: float
    seconds: float
    money: float | None
    room_tokens: float
    room_seconds: float


class PromptSize(NamedTuple):
    """Tokens of a candidate's prompts, on average; and of these, the leading ones that all share."""

    tokens: float
    shared: float


class ProbedAnswers(NamedTuple):
    """What some answers of one candidate took, asked for in one batch, and what they scored.

    Attributes:
        candidate: Whose they are.
        cost: Of one, on average.
        latency: Seconds of one once its model is warm: of the faster half, as the first calls at a
            server wait for connections, and for prompts whose start the server then keeps.
        right: The sum of their scores.
        n: How many there were.
        scores: Of each, in the order asked.
    """

    candidate: Candidate
    cost: AnswerCost
    latency: float
    right: float
    n: int
    scores: tuple[float, ...] = ()

    @classmethod
    def of(cls, candidate: Candidate, rows: Sequence[Scored]) -> Self:
        """Return what these answers took and scored."""
        seconds = sorted(row.answer.seconds for row in rows)
        faster = seconds[: max(len(seconds) // 2, 1)]
        return cls(
            candidate=candidate,
            cost=cost_of(rows),
            latency=sum(faster) / max(len(faster), 1),
            right=sum(row.score for row in rows),
            n=len(rows),
            scores=tuple(row.score for row in rows),
        )


class AnswerForecast:
    """What an answer of each candidate costs.

    The length of prompts is counted by the model's tokenizer where that is at hand, else guessed from
    their letters. Time grows with the tokens that must be worked on, as two batches of unequal length
    show. Leading tokens that all prompts share are worked on once: weights in this process keep what they
    read of them, and so do llama.cpp, vLLM, SGLang and, from some length on, large services.

    Args:
        data: The task with its samples.
        probed: What some answers took: the baseline's first, those of the longest prompts among them.
    """

    def __init__(self, data: TaskData, probed: Sequence[ProbedAnswers] = ()) -> None:
        self._data, self._task = data, data.task
        self._probed = tuple(probed)
        self._tokenizer = _tokenizer_at_hand(data)
        self._sizes: dict[str, PromptSize] = {}
        self._known: dict[int, tuple[Candidate, ForeseenAnswer]] = {}
        self._tokens_scale = self._scale()
        self._base, self._slope = self._speed()

    @property
    def baseline(self) -> ForeseenAnswer:
        """Return what an answer of the baseline costs."""
        return self.of(self._task.baseline())

    @property
    def seconds_to_start(self) -> float:
        """Return how long weights in this process take to answer at all, as the first batch shows."""
        if not self._probed or self._task.model.is_endpoint:
            return 0.0
        first = self._probed[0]
        return max(first.cost.waited - first.cost.seconds, 0.0) * first.n

    def of(self, candidate: Candidate) -> ForeseenAnswer:
        """Return what an answer of a candidate costs."""
        # By the object: a simulated climb asks so often that making digests takes most of the time.
        known = self._known.get(id(candidate))
        if known is None:
            known = self._known[id(candidate)] = (candidate, self._foreseen(candidate))
        return known[1]

    def longest(self, candidates: Sequence[Candidate]) -> Candidate:
        """Return the one of the baseline's model whose prompts take the most work.

        That is not the longest prompt, where all share most of it.
        """
        model = self._task.model
        return max(
            (each for each in candidates if each.model == model),
            key=lambda each: self._work(each, 0.0),
            default=self._task.baseline(),
        )

    def _foreseen(self, candidate: Candidate) -> ForeseenAnswer:
        task, judge = self._task, self._task.metric.judge
        draws = candidate.decoding.majority_of
        prompt = draws * self._size(candidate).tokens * self._tokens_scale
        answer = draws * self._answer(candidate)
        asked, said = self._of_judge(prompt + answer)
        money = task.prices.of(candidate.model.id, prompt_tokens=prompt, answer_tokens=answer)
        judged = task.prices.of(judge.id, prompt_tokens=asked, answer_tokens=said) if judge else 0.0
        with_room = max(answer, ROOM_TOKENS) if self._is_cut else answer
        judge_seconds = self._probed[0].cost.judge_seconds if self._probed else 0.0
        if not self._probed:
            judge_seconds = task.metric.judge_calls * SECONDS_AT_SERVER
        return ForeseenAnswer(
            calls=task.calls_an_answer(candidate.decoding),
            tokens=prompt + answer + asked + said,
            seconds=self._seconds(candidate, answer) + judge_seconds,
            money=None if money is None or judged is None else money + judged,
            room_tokens=prompt + with_room + asked + said,
            room_seconds=self._seconds(candidate, with_room) + judge_seconds,
        )

    def _of_judge(self, tokens: float) -> tuple[float, float]:
        """Return the tokens that the judge is asked and replies with, for one answer."""
        calls = self._task.metric.judge_calls
        asked, said = calls * (tokens + TOKENS_OF_A_JUDGE), float(calls * TOKENS_OF_A_REPLY)
        known = self._probed[0].cost.judge_tokens if self._probed else 0.0
        return (max(known - said, 0.0) if known else asked), said

    def _answer(self, candidate: Candidate) -> float:
        """Return the tokens of an answer, by those of the same candidate, or else of the baseline."""
        limit = candidate.decoding.max_new_tokens
        if not self._probed:
            return limit
        own = (each.cost for each in self._probed if each.candidate == candidate)
        return min(next(own, self._probed[0].cost).completion_tokens, limit)

    @property
    def _is_cut(self) -> bool:
        return not self._probed or self._probed[0].cost.cut_by_length > MOSTLY_CUT

    def _seconds(self, candidate: Candidate, answer: float) -> float:
        return self._base + self._slope * self._work(candidate, answer)

    def _work(self, candidate: Candidate, answer: float) -> float:
        """Return the tokens that must be worked on for one answer."""
        size = self._size(candidate)
        return (size.tokens - size.shared) * self._tokens_scale + answer

    def _scale(self) -> float:
        """Return by how many more tokens prompts have than was counted, as the first batch shows."""
        if not self._probed or not self._probed[0].cost.prompt_tokens:
            return 1.0
        first = self._probed[0]
        return first.cost.prompt_tokens / max(self._size(first.candidate).tokens, 1)

    def _speed(self) -> tuple[float, float]:
        """Return the seconds of any answer, and those of each token that must be worked on.

        Two batches give both; where the longer took less time, or the answers would take none, one
        number has to do.
        """
        if not self._probed:
            return self._guessed_speed()
        points = [
            (self._work(each.candidate, each.cost.completion_tokens), each.latency)
            for each in self._probed
        ]
        (work, seconds), (more, longer) = min(points), max(points)
        slope = (longer - seconds) / (more - work) if more > work else 0.0
        if slope > 0 and seconds - slope * work < 0:
            return 0.0, (seconds + longer) / (work + more)
        slope = max(slope, 0.0)
        return max(seconds - slope * work, 0.0), slope

    def _guessed_speed(self) -> tuple[float, float]:
        """Return the same where nothing was asked: by the size of the weights, where it is known."""
        model = self._task.model
        if model.is_endpoint:
            return SECONDS_AT_SERVER, 0.0
        size = (weights_of(model) or MEASURED_WEIGHTS) / MEASURED_WEIGHTS
        return 0.0, SECONDS_A_TOKEN * size / (FASTER_ON_A_GPU if _has_gpu() else 1)

    def _size(self, candidate: Candidate) -> PromptSize:
        known = self._sizes.get(candidate.digest)
        if known is None:
            known = self._sizes[candidate.digest] = self._written(candidate)
        return known

    def _written(self, candidate: Candidate) -> PromptSize:
        requests = [
            write_request(candidate, each) for each in _some_material(self._data, candidate)
        ]
        if self._tokenizer is not None and candidate.model == self._task.model:
            with suppress(LadderError):  # a template that refuses these messages: letters tell
                return _counted(requests, self._tokenizer)
        return _guessed(requests)


def _some_material(data: TaskData, candidate: Candidate) -> list[PromptMaterial]:
    """Return what may stand in some prompts: any passages and examples, whoever would choose them."""
    samples = data.selected[:WRITTEN]
    retrieval, examples = candidate.retrieval, candidate.examples
    passages: list[tuple[Passage, ...]] = [()] * len(samples)
    if retrieval is not None:
        passages = _passages_for(data, retrieval, samples)
    chosen: list[tuple[Sample, ...]] = [()] * len(samples)
    if examples is not None:
        chosen = _in_turn(data.pool(examples.pool), examples.shots, len(samples))
        if not examples.is_own:
            chosen = chosen[:1] * len(samples)
    return [
        PromptMaterial(sample, some, tuple(PromptMaterial(shot, passages[0]) for shot in shots))
        for sample, some, shots in zip(samples, passages, chosen, strict=True)
    ]


def _passages_for(
    data: TaskData, retrieval: Retrieval, samples: Sequence[Sample]
) -> list[tuple[Passage, ...]]:
    """Return passages for some samples: any of a corpus, and of others those that they give."""
    if retrieval.corpus is not None:
        return _in_turn(data.passages_of(retrieval).passages, retrieval.top_k, len(samples))
    queries = [sample.input for sample in samples]
    return list(map(tuple, data.fetched(retrieval, samples, queries, retrieval.top_k)))


def _in_turn(items: Sequence[Item], width: int, times: int) -> list[tuple[Item, ...]]:
    """Return the first items, then those after them, from the start again where they end.

    >>> _in_turn("abc", 2, 3)
    [('a', 'b'), ('c', 'a'), ('b', 'c')]
    """
    endless = cycle(items)
    return [tuple(islice(endless, width)) for _ in range(times)]


def _counted(requests: Sequence[Request], tokenizer: ChatTokenizer) -> PromptSize:
    ids = [tokenise(request, tokenizer).ids for request in requests]
    return PromptSize(sum(map(len, ids)) / max(len(ids), 1), shared_length(ids))


def _guessed(requests: Sequence[Request]) -> PromptSize:
    texts = ["\n".join(message.text for message in request.messages) for request in requests]
    letters = [tuple(map(ord, text)) for text in texts]
    tokens = sum(map(len, texts)) / max(len(texts), 1) / CHARACTERS_A_TOKEN
    return PromptSize(tokens, shared_length(letters) / CHARACTERS_A_TOKEN)


def _tokenizer_at_hand(data: TaskData) -> ChatTokenizer | None:
    """Return the tokenizer of the task's model where its files are at hand."""
    model = data.task.model
    if model.is_scripted or recorded_path(model) is not None:
        return None
    if model.tokens_from is None:
        return None
    with suppress(LadderError):
        return load_tokenizer(model)
    return None


def _has_gpu() -> bool:
    """Return whether this machine has a GPU of the kind that weights run on; torch is not loaded."""
    return any(Path("/dev").glob("nvidia[0-9]*"))
