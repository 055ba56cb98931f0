"""`Workbench`: asks for the answers of candidates, scores them, and keeps them."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from ladder.data.fingerprint import digest_samples
from ladder.data.sample import Sample
from ladder.errors import (
    CandidateRefusedError,
    EndpointError,
    LadderError,
    MetricError,
    OtherFingerprintError,
    OutageError,
)
from ladder.frozen import FOR_DIGEST, digest_of
from ladder.measure.answer_store import AnswerStore, MaybeAsked, OnAnswer, generate
from ladder.measure.answers_again import RecordedAnswer, ask_again
from ladder.measure.asked_besides import (
    query_of,
    query_request,
    rating_of,
    rating_request,
    refuse_unrated,
)
from ladder.measure.budget import Spending
from ladder.measure.journal import Journal, request_key
from ladder.measure.judging import Judged, Judging, hear
from ladder.measure.loaded_models import LoadedModels
from ladder.measure.majority import best_of, draws_of, voted
from ladder.measure.material_bounds import recall_in
from ladder.measure.materials import Materials
from ladder.measure.measurement import (
    AnswerCost,
    KeptAnswer,
    Measurement,
    Scored,
    cost_of,
)
from ladder.measure.outage import check_failures, check_unscored
from ladder.measure.own_answers import with_own_answers
from ladder.measure.prompt_room import LeftOut, room_of
from ladder.measure.read_answer import asked, read_answer, said_in
from ladder.measure.request import PromptMaterial, write_request
from ladder.measure.task_data import TaskData
from ladder.models.base import Answer, Generator, NotesAnswers, Request, TakesFingerprints
from ladder.retrieval import load_reranker
from ladder.retrieval.ranking_time import RankingTime
from ladder.scoring.judge.judge_metric import JudgeMetric
from ladder.spec.candidate import Candidate, ChatSetup

_Found = TypeVar("_Found")

_MOST_LOOKED_AT = 200
"""Samples whose recorded answers are looked for, where some are to be asked again."""

AskModel = Callable[[Candidate, Sequence[Request]], list[Answer]]
"""Returns what a candidate's model answers to some requests."""


@dataclass(frozen=True, slots=True)
class Prompted:
    """What a candidate asks about one sample, and the key of its answer; `draws` for a majority."""

    material: PromptMaterial
    request: Request
    key: str
    draws: Mapping[str, Request] = field(default_factory=dict)

    @property
    def asked(self) -> Mapping[str, Request]:
        """Return what is asked for the answer, by key: several draws where a majority decides."""
        return self.draws or {self.key: self.request}


class Workbench(LoadedModels):
    """Measures candidates on the samples of one task. Use it in a `with` block.

    It loads models, retrievers and pools when they are first needed, keeps one set of local
    weights at a time, asks for no answer twice, and puts each into the journal before it counts.

    Args:
        data: Task, samples, split and metric.
        journal: Where answers are kept; None keeps them in memory.
        moved: Where servers are now, by the place that the task names.

    Attributes:
        recorded: Gives recorded answers of a candidate, to tell whether the same model answers now.
        materials: The passages and examples around each sample.
        template_seen: What the template rules saw at a server that fills in its own template.
        answers: Where answers come from, and what they cost.
        left_out: What found no room in prompts, by the candidate's digest and the position.
        judging: Asks the judge, where one scores the answers.
        on_answer: Called as each answer comes: with its score, or None where a row is made of several
            answers or scored by a judge; with how many there are by then, and how many are awaited.
    """

    def __init__(
        self, data: TaskData, *, journal: Path | None = None, moved: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(data, moved)
        self.samples = data.samples
        self.metric = data.metric
        self.journal = Journal(journal)
        self.spending = Spending(data.task.budget)
        self.materials = Materials(data, self._own_answers, self._queries, self._ratings)
        self.answers = AnswerStore(self.journal, self.spending)
        self.judging = (
            Judging(data.metric, self.answers, data.task.errors)
            if isinstance(data.metric, JudgeMetric)
            else None
        )
        self.template_seen = ""
        self.recorded: Callable[[Candidate], Sequence[RecordedAnswer]] = self._in_journal
        self.on_answer: Callable[[float | None, int, int], None] | None = None
        self.left_out: dict[str, dict[int, LeftOut]] = {}
        self._bootstrapped: dict[tuple[str, str, int, int], Sequence[Sample]] = {}
        self._written: dict[str, dict[int, Prompted]] = {}
        self._rows: dict[str, dict[int, Scored]] = {}

    def measure(self, candidate: Candidate, positions: Sequence[int]) -> Measurement:
        """Return the candidate with its scores on the samples at `positions`, in their order.

        A failed call scores 0 and carries its error; the spec's `errors` says what it means.

        Raises:
            InconclusiveError: The budget does not suffice; no verdict can rest on a part.
            EndpointError, OutageError: Too many calls failed for the scores to mean anything.
            CandidateRefusedError: The server answers the baseline, and this candidate it does not.
            MetricError: The metric could score none of the candidate's answers.
        """
        candidate = candidate.unreviewed
        try:
            return self._measured(candidate, positions)
        except (EndpointError, OutageError) as error:
            if not self._baseline_answers(candidate):
                raise
            rows = self.rows(candidate)
            failed = [at for at in positions if at not in rows or rows[at].answer.error is not None]
            if not self._answers_now(candidate, failed[:1]):
                raise CandidateRefusedError(
                    f"{str(error).rstrip('.')}; the model of the task still answers.",
                    next_step="See to the cause, or leave this candidate out.",
                ) from error
            if all(at in rows for at in positions):
                raise
        # An outage has passed, or it was a call of another candidate that failed.
        return self._measured(candidate, positions)

    def _measured(self, candidate: Candidate, positions: Sequence[int]) -> Measurement:
        rows = self._rows.setdefault(candidate.digest, {})
        new = [int(at) for at in positions if int(at) not in rows]
        prompts = self._prompts(candidate, new)
        generator = self.generator(candidate)
        early: dict[int, Scored] = {}
        drawn, answers = self._answered(candidate, prompts, self._scoring_early(prompts, early))
        heard = self._judged(prompts, answers)
        for place, (at, prompt, draws, answer, replies) in enumerate(
            zip(new, prompts, drawn, answers, heard, strict=True)
        ):
            row = early.get(place) or self._score(prompt, answer, replies)
            rows[at] = self._with_draws(row, prompt, draws) if len(draws) > 1 else row
            self._written[candidate.digest].pop(at, None)
        self._check(candidate, generator, list(rows.values()))
        return Measurement(candidate, tuple(rows[int(at)] for at in positions))

    def _scoring_early(
        self, prompts: Sequence[Prompted], rows: dict[int, Scored]
    ) -> OnAnswer | None:
        """Return what scores each answer as it comes, into `rows`; None where nobody watches."""
        told = self.on_answer
        if told is None:
            return None
        is_simple = self.judging is None and all(len(each.asked) == 1 for each in prompts)
        places: dict[str, list[int]] = {}
        for place, each in enumerate(prompts):
            places.setdefault(each.key, []).append(place)

        def note(key: str, answer: Answer, done: int, total: int) -> None:
            if not is_simple:
                told(None, done, total)
                return
            for place in places[key]:
                rows[place] = self._score(prompts[place], answer)
                told(rows[place].score, len(rows), len(prompts))

        return note

    def answers_to(
        self, candidate: Candidate, samples: Sequence[Sample]
    ) -> list[tuple[Prompted, Answer]]:
        """Return what a candidate answers to samples that are none of the task's; nothing is scored."""
        candidate = candidate.unreviewed
        prompts = [prompt for prompt, _ in self.prompted(candidate, samples)]
        _, answers = self._answered(candidate, prompts)
        return list(zip(prompts, answers, strict=True))

    def scored(self, candidate: Candidate, samples: Sequence[Sample]) -> list[Scored]:
        """Return what a candidate answers to samples that are none of the task's, with their scores.

        Raises:
            EndpointError, OutageError, MetricError: As `measure` raises them.
        """
        candidate = candidate.unreviewed
        prompts = [prompt for prompt, _ in self.prompted(candidate, samples)]
        generator = self.generator(candidate)
        _, answers = self._answered(candidate, prompts)
        heard = self._judged(prompts, answers)
        rows = [self._score(*each) for each in zip(prompts, answers, heard, strict=True)]
        self._check(candidate, generator, rows)
        return rows

    def _answered(
        self, candidate: Candidate, prompts: Sequence[Prompted], on_answer: OnAnswer | None = None
    ) -> tuple[list[list[Answer]], list[Answer]]:
        """Return the draws of each prompt, and the answer that they come to."""
        generator, wanted = self.generator(candidate), _asked_by(prompts)
        give = partial(self.answers.give, generator, wanted, on_answer=on_answer)
        given = self._of_one_model(candidate, give)
        drawn = [[given[key] for key in each.asked] for each in prompts]
        return drawn, [self._voted(*pair) for pair in zip(prompts, drawn, strict=True)]

    def _of_one_model(self, candidate: Candidate, ask: Callable[[], _Found]) -> _Found:
        """Return what is asked of a candidate's model, if the same one answers as before."""
        try:
            return ask()
        except OtherFingerprintError as error:
            self._take_fingerprint(candidate, error)
            return ask()

    def _asked_anew(
        self, candidate: Candidate, keys: Sequence[str], requests: Mapping[str, Request]
    ) -> Iterator[tuple[str, Answer]]:
        """Yield answers as they come: each is kept before the next, so that a killed run loses none."""
        generator, answered = self.generator(candidate), set()
        try:
            for key, answer in generate(generator, keys, requests, is_anew=True):
                answered.add(key)
                yield key, answer
        except OtherFingerprintError as error:
            self._take_fingerprint(candidate, error)
            left = [key for key in keys if key not in answered]
            yield from generate(generator, left, requests, is_anew=True)

    def _take_fingerprint(self, candidate: Candidate, error: OtherFingerprintError) -> None:
        """Take another fingerprint for that of the same model where its recorded answers come again."""
        generator = self.generator(candidate)
        baseline = self.task.baseline()
        recorded = self.recorded(candidate)
        if not recorded and candidate.model == baseline.model:
            recorded = self.recorded(baseline)
        if not isinstance(generator, TakesFingerprints):
            raise error
        with generator.any_fingerprint():
            found = ask_again(generator, self.metric, recorded)
        if found.why_other and not (found.is_open and error.is_usual):
            raise OtherFingerprintError(
                f"{str(error).rstrip('.')}: {found.why_other}.", next_step=error.next_step
            ) from error
        generator.take_fingerprint(f"Under the last one {found.words}" if found.words else "")

    def _in_journal(self, candidate: Candidate) -> Sequence[RecordedAnswer]:
        return recorded_in(self, self.journal, candidate, self.samples)

    def _check(self, candidate: Candidate, generator: Generator, rows: Sequence[Scored]) -> None:
        """Raise where so many rows were not scored or not answered that the others mean nothing."""
        check_unscored(self.metric.name, rows)
        check_failures(
            candidate.model.id, rows, is_local=generator.is_local, policy=self.task.errors
        )

    def ask_ahead(
        self,
        needed: Sequence[tuple[Candidate, Sequence[int]]],
        maybe: Sequence[tuple[Candidate, Sequence[int], float]] = (),
    ) -> None:
        """Ask side by side for answers of several candidates that are measured next.

        Weights in this process answer in larger batches so, one candidate after the other, and only
        what is needed: nothing there is free. Those that are only `maybe` needed come with the
        chance, the likeliest first.
        """
        self._ask_weights_ahead(needed)
        named = [*(each for each, _ in needed), *(each for each, _, _ in maybe)]
        served = [each for each in named if each.model.is_endpoint]
        for first in {candidate.model: candidate for candidate in served}.values():
            generator, at_once = self.generator(first), self.asks_at_once(first)
            if at_once > 1:
                sure = self._asked_of(generator, needed)
                likely = self._likely_of(generator, maybe)
                self.answers.ask_ahead(generator, sure, likely, at_once=at_once)

    def _ask_weights_ahead(self, needed: Sequence[tuple[Candidate, Sequence[int]]]) -> None:
        """Ask the weights of the first candidate for what it and others of these weights need.

        Other weights are left alone, as loading them in turn costs more than small batches.
        """
        own = [each for each in needed if each[0].model == needed[0][0].model]
        for candidate, positions in own:
            at_once = 1 if candidate.model.is_endpoint else self.answers_at_once(candidate)
            if at_once > 1:
                generator = self.generator(candidate)
                sure = self._asked_of(generator, [(candidate, positions)])
                self.answers.ask_ahead(generator, sure, (), at_once=at_once)

    def at_hand(self, candidate: Candidate, positions: Sequence[int]) -> list[Scored]:
        """Return the rows of the leading positions whose answers came, measured or only asked ahead."""
        measured, written = self.rows(candidate), self._written.get(candidate.digest, {})
        rows = []
        for at in positions:
            row = measured.get(at)
            is_waiting = row is None and at in written and self.judging is None
            drawn = list(map(self.answers.peek, written[at].asked)) if is_waiting else []
            known = [each for each in drawn if each is not None]
            if known and len(known) == len(drawn):
                row = self._score(written[at], self._voted(written[at], known))
            if row is None:
                break
            rows.append(row)
        return rows

    def log_likelihoods(self, candidate: Candidate, positions: Sequence[int]) -> list[float] | None:
        """Return the mean log-likelihood a token of each sample's target; None if unknown."""
        samples = [self.samples[at] for at in positions]
        requests = self.requests(candidate, positions)
        targets = [sample.targets[0] for sample in samples]
        generator = self.generator(candidate)
        keys = [
            request_key(generator.identity, request, kind=f"log-likelihood of {target}")
            for request, target in zip(requests, targets, strict=True)
        ]
        known: dict[str, float] = self.journal.read(keys)
        missing = [at for at, key in enumerate(keys) if key not in known]
        if missing:
            fresh = generator.log_likelihood(
                [requests[at] for at in missing], [targets[at] for at in missing]
            )
            if fresh is None:
                return None
            values = {keys[at]: value for at, value in zip(missing, fresh, strict=True)}
            self.journal.write(values)
            known.update(values)
        return [known[key] for key in keys]

    def repeat(
        self, candidate: Candidate, positions: Sequence[int], *, batch: int, kind: str = "repeat"
    ) -> list[Answer]:
        """Return second answers, asked for in batches of another size: they show noise, or time.

        `kind` parts them in the journal from those that were asked for another purpose.
        """
        requests = self.requests(candidate, positions)
        generator = self.generator(candidate)
        keys = [request_key(generator.identity, request, kind=kind) for request in requests]
        wanted = dict(zip(keys, requests, strict=True))
        is_paid = not getattr(generator, "is_free", False)
        self.spending.check(len(wanted) if is_paid else 0)
        known = {key: Answer(**value) for key, value in self.journal.read(wanted).items()}
        for answer in known.values() if is_paid else ():
            self.spending.pay(answer)
        missing = [key for key in wanted if key not in known]
        for start in range(0, len(missing), batch):
            some = missing[start : start + batch]
            for key, answer in self._asked_anew(candidate, some, wanted):
                known[key] = answer
                if is_paid:
                    self.spending.pay(answer)
                if answer.error is None:
                    self.journal.write({key: dataclasses.asdict(answer)})
        return [known[key] for key in keys]

    def requests(self, candidate: Candidate, positions: Sequence[int]) -> list[Request]:
        """Return exactly what is asked for the samples at `positions`."""
        samples = [self.samples[at] for at in positions]
        materials = self._fitted(candidate, self.materials.of(candidate, samples))
        return self._requests(candidate, materials)

    def rows(self, candidate: Candidate) -> dict[int, Scored]:
        """Return what was measured of a candidate so far, by position."""
        return self._rows.get(candidate.unreviewed.digest, {})

    def rows_at(self, candidate: Candidate, positions: Iterable[int]) -> dict[int, Scored]:
        """Return what was measured of a candidate at some positions, in their order, as far as it was."""
        rows = self.rows(candidate)
        return {at: rows[at] for at in map(int, positions) if at in rows}

    def cost(self, candidate: Candidate, positions: Sequence[int]) -> AnswerCost:
        """Return the average cost of a candidate's answers among those at `positions`."""
        return cost_of(list(self.rows_at(candidate, positions).values()))

    def recall(self, candidate: Candidate, positions: Sequence[int]) -> float | None:
        """Return the share of samples for which a passage with the target stood in the prompt.

        None where the candidate retrieves nothing, or none of those samples was measured.
        """
        rows = self.rows_at(candidate, positions)
        if candidate.effective.retrieval is None or not rows:
            return None
        if all(self.samples[at].kind == "none" for at in rows):
            return None
        return recall_in(
            [row.passages for row in rows.values()],
            self.materials.found,
            [self.samples[at].targets for at in rows],
        )

    def identity(self, candidate: Candidate) -> str:
        """Return a digest that changes with anything that can change the candidate's scores.

        Files count by their content, wherever they are.
        """
        judge = "" if self.judging is None else f"\njudged by {self.judging.generator.identity}"
        model, shown = self.generator(candidate).identity + judge, candidate.effective
        retrieval, reranking, examples = shown.retrieval, shown.reranking, shown.examples
        files = {"retrieval": {"corpus", "retriever"}, "examples": {"pool"}}
        parts = shown.model_dump(
            mode="json",
            context=FOR_DIGEST,
            exclude={"model": True, "adapter": True, "chat": True, **files},
        )
        return digest_of(
            [
                model,
                parts,
                shown.effective_chat.model_dump(mode="json", exclude={"model"}),
                None if retrieval is None else self.data.digest_of_passages(retrieval),
                load_reranker(reranking).digest if retrieval and reranking else None,
                digest_samples(self.data.pool(examples.pool)) if examples else None,
                self.metric.version,
            ]
        )

    def release(self) -> None:
        """Free all weights, the judge's too; they load again when they are next needed."""
        super().release()
        if self.judging is not None:
            self.judging.close()

    def close(self) -> None:
        """Free the weights and close the journal."""
        self.release()
        self.journal.close()

    def __enter__(self) -> Self:
        """Return the workbench itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free the weights and close the journal."""
        self.close()

    def _baseline_answers(self, candidate: Candidate) -> bool:
        """Return whether the task's own baseline is answered, while calls of a candidate fail."""
        baseline = self.task.baseline()
        if candidate == baseline:
            return False
        if not baseline.model.is_endpoint:
            return candidate.model != baseline.model
        control = self.generator(baseline)
        return isinstance(control, NotesAnswers) and control.still_answers()

    def _answers_now(self, candidate: Candidate, positions: Sequence[int]) -> bool:
        try:
            found = list(self.generator(candidate).generate(self.requests(candidate, positions)))
        except LadderError:
            return False
        return all(answer.error is None for _, answer in found)

    def _prompts(self, candidate: Candidate, positions: Sequence[int]) -> list[Prompted]:
        """Return what is asked about each sample; what was written ahead is not written again."""
        written = self._written.setdefault(candidate.digest, {})
        new = [at for at in positions if at not in written]
        found = self.prompted(candidate, [self.samples[at] for at in new])
        left_out = self.left_out.setdefault(candidate.digest, {})
        for at, (prompt, lost) in zip(new, found, strict=True):
            written[at], left_out[at] = prompt, lost
        return [written[at] for at in positions]

    def prompted(
        self, candidate: Candidate, samples: Sequence[Sample]
    ) -> list[tuple[Prompted, LeftOut]]:
        """Return what is asked about samples, and what found no room there."""
        whole = self.materials.of(candidate, samples)
        materials = self._fitted(candidate, whole)
        requests = self._requests(candidate, materials)
        identity = self.generator(candidate).identity
        found = []
        for before, material, request in zip(whole, materials, requests, strict=True):
            draws = draws_of(request) if request.decoding.majority_of > 1 else ()
            by_key = {request_key(identity, each): each for each in draws}
            prompt = Prompted(material, request, request_key(identity, request), by_key)
            found.append((prompt, LeftOut.between(before, material)))
        return found

    def _asked_of(
        self, generator: Generator, wanted: Sequence[tuple[Candidate, Sequence[int]]]
    ) -> dict[str, Request]:
        """Return what is to be asked of one generator, by key."""
        prompts = [
            self._prompts(candidate, positions)
            for candidate, positions in wanted
            if self.generator(candidate) is generator
        ]
        return _asked_by(each for several in prompts for each in several)

    def _likely_of(
        self, generator: Generator, maybe: Sequence[tuple[Candidate, Sequence[int], float]]
    ) -> Iterator[MaybeAsked]:
        """Yield what may be asked of one generator; each prompt is written when it is looked at."""
        for candidate, positions, chance in maybe:
            if self.generator(candidate) is generator:
                for at in positions:
                    [each] = self._prompts(candidate, [at])
                    yield from ((key, request, chance) for key, request in each.asked.items())

    def _own_answers(self, candidate: Candidate, pool: Sequence[Sample]) -> Sequence[Sample]:
        """Return a pool with the model's own right answers first; each row is asked once a run."""
        examples, judged = candidate.examples, self.judging is not None
        if examples is None or judged:
            return pool
        plain = candidate.replace(examples=None)

        def ask(rows: Sequence[Sample]) -> list[Answer]:
            return self._given(plain, self._requests(plain, self.materials.of(plain, rows)))

        known = (plain.digest, examples.pool, examples.seed, examples.shots)
        if known not in self._bootstrapped:
            self._bootstrapped[known] = with_own_answers(pool, examples, self.metric, ask)
        return self._bootstrapped[known]

    @property
    def materials_at_hand(self) -> Materials:
        """Return materials that ask no model: what it has not answered yet is done without.

        A question is then searched with as it is, and passages keep the order in which they were
        found.
        """

        def queries(candidate: Candidate, samples: Sequence[Sample]) -> Sequence[str]:
            return self._queries(candidate, samples, self._known)

        def ratings(
            candidate: Candidate, pairs: Sequence[tuple[str, str]], spent: RankingTime
        ) -> Sequence[float]:
            return self._ratings(candidate, pairs, spent, self._known)

        return Materials(self.data, None, queries, ratings)

    def _queries(
        self, candidate: Candidate, samples: Sequence[Sample], ask: AskModel | None = None
    ) -> Sequence[str]:
        """Return what the task's model would search with, one call a sample."""
        requests = [query_request(candidate, each) for each in samples]
        answers = (ask or self._given)(candidate, requests)
        return [query_of(candidate, *pair) for pair in zip(samples, answers, strict=True)]

    def _ratings(
        self,
        candidate: Candidate,
        pairs: Sequence[tuple[str, str]],
        spent: RankingTime,
        ask: AskModel | None = None,
    ) -> Sequence[float]:
        """Return how likely the task's model says that each passage answers its question."""
        requests = [rating_request(candidate, *pair) for pair in pairs]
        answers = (ask or self._given)(candidate, requests)
        spent.add(sum(each.seconds for each in answers), len(answers))
        if ask is None:
            refuse_unrated(answers)
        return list(map(rating_of, answers))

    def _known(self, candidate: Candidate, requests: Sequence[Request]) -> list[Answer]:
        """Return the answers that are in memory; nothing for the others."""
        identity = self.generator(candidate).identity
        found = (self.answers.peek(request_key(identity, each)) for each in requests)
        return [Answer("") if each is None else each for each in found]

    def _given(self, candidate: Candidate, requests: Sequence[Request]) -> list[Answer]:
        """Return the answers of a candidate's model to further requests, within the budget."""
        generator = self.generator(candidate)
        keys = [request_key(generator.identity, each) for each in requests]
        wanted = dict(zip(keys, requests, strict=True))
        given = self._of_one_model(candidate, partial(self.answers.give, generator, wanted))
        return [given[key] for key in keys]

    def _fitted(
        self, candidate: Candidate, materials: Sequence[PromptMaterial]
    ) -> list[PromptMaterial]:
        """Return as much of each prompt's material as the model's context has room for."""
        if candidate.effective.retrieval is None and candidate.effective.examples is None:
            return list(materials)
        seen = self.abilities_of(candidate)
        room = room_of(candidate.model, served_tokens=seen.context_tokens if seen else None)
        if room is None:
            return list(materials)

        def write(material: PromptMaterial) -> Request:
            return self._requests(candidate, [material])[0]

        return [room.fitted(write, each) for each in materials]

    def _requests(self, candidate: Candidate, materials: Sequence[PromptMaterial]) -> list[Request]:
        generator = self.generator(candidate)
        special: Sequence[str] = getattr(generator, "special_tokens", ())
        is_swapped = candidate.model != self.task.model and candidate.effective_chat == ChatSetup()
        if is_swapped and not getattr(generator, "has_template", True):
            # A base model that a lever put in place of the task's own knows no chat.
            candidate = candidate.replace(chat=ChatSetup(mode="completion"))
        return [write_request(candidate, each, special_tokens=special) for each in materials]

    def _judged(
        self, prompts: Sequence[Prompted], answers: Sequence[Answer]
    ) -> list[tuple[KeptAnswer, ...]]:
        """Return what the judge says of each answer; nothing where no judge scores."""
        if self.judging is None:
            return [()] * len(prompts)
        return self.judging.ask(
            [
                Judged(prompt.material.sample, said_in(self.metric, answer))
                for prompt, answer in zip(prompts, answers, strict=True)
            ]
        )

    def _voted(self, prompt: Prompted, draws: Sequence[Answer]) -> Answer:
        return voted(self.metric.about(asked(prompt.material.sample)), draws)

    def _with_draws(self, row: Scored, prompt: Prompted, draws: Sequence[Answer]) -> Scored:
        """Return a row with the answers that its own was chosen from, and their best score."""
        drawn = tuple(map(KeptAnswer, prompt.asked, draws))
        if self.judging is not None:  # the judge heard the chosen one alone
            return dataclasses.replace(row, draws=drawn)
        sample = prompt.material.sample
        best = best_of(self.metric.about(asked(sample)), draws, sample.targets)
        return dataclasses.replace(row, draws=drawn, best_of=best)

    def _score(
        self, prompt: Prompted, answer: Answer, replies: tuple[KeptAnswer, ...] = ()
    ) -> Scored:
        material = prompt.material
        sample = material.sample
        try:
            metric = hear(self.metric, [each.answer for each in replies]).about(asked(sample))
            found = read_answer(metric, answer, sample.targets)
        except MetricError as error:
            raise MetricError(f"sample {sample.id}: {error}", next_step=error.next_step) from error
        return dataclasses.replace(
            Scored.of(sample.id, answer, found),
            replies=replies,
            passages=tuple(passage.id for passage in material.passages),
            examples=tuple(shot.sample.id for shot in material.examples),
            key=next(iter(prompt.asked)),
        )


def _asked_by(prompts: Iterable[Prompted]) -> dict[str, Request]:
    """Return all that is asked for some answers, by key."""
    return {key: request for each in prompts for key, request in each.asked.items()}


def recorded_in(
    bench: Workbench, journal: Journal, candidate: Candidate, samples: Sequence[Sample]
) -> list[RecordedAnswer]:
    """Return the answers of a candidate to some of these samples that a journal holds."""
    some = samples[:: max(1, len(samples) // _MOST_LOOKED_AT)]
    prompts = [prompt for prompt, _ in bench.prompted(candidate.unreviewed, some)]
    stored = journal.read(key for each in prompts for key in each.asked)
    return [
        RecordedAnswer(each.material.sample, request, Answer(**stored[key]))
        for each in prompts
        for key, request in each.asked.items()
        if key in stored
    ]
