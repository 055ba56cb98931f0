"""`LadderProblem`: the ladder of one task, as configurations that the search can climb."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

import numpy as np

from ladder.chat import check_context
from ladder.data.sample import Sample
from ladder.errors import CandidateRefusedError, LadderError
from ladder.frozen import digest_of
from ladder.levers import Lever
from ladder.levers.base import without_classifiers
from ladder.measure import Scored, Workbench
from ladder.measure.answer_faults import MOST, answer_faults, why_not_tried
from ladder.measure.answer_limit import room_fault
from ladder.measure.candidate_cost import cost_series
from ladder.measure.checks.check_judge import judge_fault
from ladder.measure.constraint_breaches import why_ignored
from ladder.measure.material_bounds import missing_material, why_labels_lack
from ladder.measure.passages_reach import needed, why_out_of_reach
from ladder.measure.prompt_room import without_room
from ladder.measure.template_situation import situation_of
from ladder.rewriting import rewrite_prompt
from ladder.search.answer_worth import most_of, sureness_of, unknown_of
from ladder.search.candidate_costs import CostBound, bound_of
from ladder.search.candidate_slots import CandidateSlots
from ladder.search.ledger import REFERENCE, Configuration
from ladder.search.problem import MaybeWanted, Wanted
from ladder.search.same_passages import same_passages, same_result
from ladder.search.select.scores import stops_the_run
from ladder.spec.candidate import Candidate, Prompt
from ladder.spec.limits import LimitName
from ladder.statistics.arrays import BoolArray, FloatArray, IntArray
from ladder.statistics.cost_ranges import BoundErrors

CLEARLY_CHEAPER = 0.95
"""Share of the cost from which a saving is worth another name for the verdict."""

_FAULT_OF_ANY_MODEL = ("L01", "R24", "K06")
"""Errors that say nothing of another model's template: without one it is asked without; the others are
those of an argument or of data that every model gets."""

_SAME_PROMPT = "R03"
"""A header that is opened whatever is asked for stands where a prompt ends anyway."""

_WRITES_PROMPTS = ("chat", "model")
"""Parts of a candidate by which prompts may be taken that the baseline's template or model refuses."""


class LadderProblem(CandidateSlots):
    """Asks the workbench for the scores of candidates, and for all that speaks for or against a claim.

    Attributes:
        selection, confirmation: Positions of the samples of each part.
        asked: What was scored, in the order in which it was first asked for.
        likelihoods: Mean log-likelihoods of the targets, where they were asked for.
        rewrites: Prompts that the rewriting model gave.
    """

    def __init__(self, bench: Workbench, levers: Sequence[Lever]) -> None:
        super().__init__(bench, levers)
        self.split = bench.data.split
        self.selection: list[int] = self.split.selection.tolist()
        self.confirmation: list[int] = self.split.confirmation.tolist()
        self._locked = frozenset(self.confirmation)
        self._charged: set[Configuration] = set()
        self.asked: dict[Configuration, None] = {}
        self.likelihoods: dict[Configuration, float] = {}
        self.rewrites: dict[Prompt, None] = {}
        self._not_testable = ""
        self._mended: dict[Configuration, Configuration | None] = {}
        self._reached: dict[tuple[str, ...], str] = {}

    @property
    def size(self) -> int:
        """Return the number of samples."""
        return len(self.bench.samples)

    @property
    def asked_candidates(self) -> list[Candidate]:
        """Return the baseline, and every candidate that was scored."""
        return [self._baseline, *map(self.candidate, self.asked)]

    def rewritten(
        self, lever: int, parent: Configuration, positions: IntArray
    ) -> tuple[tuple[Configuration, ...], str]:
        """Return what the rewriting model makes of `parent`'s prompt, or why nothing."""
        rewrite = self.task.levers.prompt.rewrite
        if self._names[lever] != "prompt" or rewrite is None or self._declared(lever) is not None:
            return (), ""
        with _ladder_errors_only():
            found = rewrite_prompt(self.bench, self.candidate(parent), positions.tolist(), rewrite)
        self.rewrites.update(dict.fromkeys(found.prompts))
        slots = [self._slot_of(lever, prompt) for prompt in found.prompts]
        children = [parent.with_slot(lever, slot) for slot in slots]
        return tuple(each for each in children if self.composes(each)), found.reason

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        """Return the children of `parent` by one lever; another model also with its own template repaired."""
        found = super().variants(lever, parent)
        if "template" not in self.given or self._names[lever] != "model":
            return found
        mended = [each for swap in found if (each := self._with_sound_template(swap)) is not None]
        return tuple(dict.fromkeys((*found, *mended)))

    def _with_sound_template(self, swap: Configuration) -> Configuration | None:
        """Return another model with the likeliest sound template; None where its own one is, or none is."""
        if swap in self._mended:
            return self._mended[swap]
        try:
            with _ladder_errors_only():
                self._mended[swap] = self._repaired(swap)
        except LadderError as error:
            if stops_the_run(error):
                raise
            # What keeps its template from being read is told where the model itself is tried.
            return None
        return self._mended[swap]

    def _repaired(self, swap: Configuration) -> Configuration | None:
        candidate = self.candidate(swap)
        if not self._faulty_swap(self._baseline, candidate):
            return None
        repairs = super().variants(self._names.index("template"), swap)
        return next(
            (
                each
                for each in repairs
                if not self._faulty_swap(self._baseline, self.candidate(each))
            ),
            None,
        )

    def missing_material(self, lever: int, parent: Configuration) -> str:
        """Return why nothing that a lever makes of `parent` could have helped."""
        start, data = self.candidate(parent), self.bench.data
        variants = [self.candidate(each) for each in self.variants(lever, parent)]
        tried = without_classifiers(variants)
        reasons = [
            missing_material(data, each, start=start)
            or self._why_ignored(each, list(self.bench.rows(each).values()))
            or self._without_room(start, each)
            or self._faulty_swap(start, each)
            for each in tried
        ]
        return reasons[0] if reasons and all(reasons) else ""

    def _without_room(self, start: Candidate, candidate: Candidate) -> str:
        """Return that too many prompts of the selection part had no room for passages or examples."""
        left_out = self.bench.left_out.get(candidate.digest, {})
        selected = self.bench.rows_at(candidate, self.selection)
        enough = needed(self.bench.data, self._reference_score())
        return without_room(start, candidate, selected, left_out, enough=enough)

    def why_same(self, configuration: Configuration, others: Sequence[Configuration]) -> str:
        """Return that a reranker gives the passages of one of `others` for every question.

        What cannot be ranked now is no answer: the race meets the error.
        """
        candidate = self.candidate(configuration)
        positions = [*self.selection, *self.confirmation]
        try:
            other = same_passages(
                candidate,
                [self.candidate(each) for each in others],
                [self.bench.samples[at] for at in positions],
                self._passages_of,
            )
        except LadderError as error:
            if stops_the_run(error):
                raise
            return ""
        return "" if other is None else same_result(candidate, other)

    def _passages_of(
        self, candidate: Candidate, samples: Sequence[Sample]
    ) -> list[tuple[str, ...]]:
        with _ladder_errors_only():
            found = self.bench.materials.passages(candidate, samples)
        return [tuple(passage.id for passage in some) for some in found]

    def _why_ignored(self, candidate: Candidate, rows: Sequence[Scored]) -> str:
        """Return that whoever answers did not keep to a form that has to be tried; else nothing."""
        return why_ignored(candidate, rows) if self.task.needs_constrained_output else ""

    def why_thrown_away(self, configuration: Configuration) -> str:
        """Return why a classifier is not worth a try, by the rows that it learns from."""
        classifier = self.candidate(configuration).model.classifier
        if classifier is None:
            return ""
        with _ladder_errors_only():
            return self.bench.classifier(classifier).why_thrown_away()

    def digest(self, configuration: Configuration) -> str:
        """Return a name that changes with anything that can change a score, or what is asked of it."""
        candidate = self.candidate(configuration)
        identity, below = self.bench.identity(candidate.unreviewed), candidate.model.reviewed_below
        if self._reference is not None and configuration != REFERENCE:
            return digest_of([identity, "against", self.bench.identity(self._reference)])
        if below is None or self.review is None:
            return identity
        return digest_of([identity, "reviewed", below, self.review.least_coverage])

    def sureness(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return how sure answers, scored before, are; NaN where nobody knows."""
        return sureness_of(self._rows(configuration, indices))

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return a score in [0, 1] a sample, in the order of `indices`."""
        self.asked[configuration] = None
        candidate, positions = self.candidate(configuration), indices.tolist()
        lacking = self.bench.why_not_served(candidate)
        if lacking:
            raise CandidateRefusedError(
                f"not testable: the server does not honour {lacking}.",
                next_step="Leave it out, or ask a server that honours it.",
            )
        known = self.bench.rows(candidate)
        if configuration == REFERENCE and all(at in known for at in positions):
            return np.array([known[at].score for at in positions], dtype=np.float64)
        with self._charge(configuration, candidate, positions):
            if configuration == REFERENCE:
                self._with_the_part(candidate, positions)
            rows = self._measure(candidate, positions)
        return np.array([row.score for row in rows], dtype=np.float64)

    def _with_the_part(self, candidate: Candidate, positions: list[int]) -> None:
        """Ask a reference whose weights are here for all answers of a part, so that they load once.

        The tests read as few of them as before, and nobody sees the others.
        """
        if candidate.model.is_endpoint or not self._locked.issuperset(positions):
            return
        self._measure(candidate, self.confirmation)

    @property
    def asks_at_once(self) -> int:
        """Return how many answers are worth asking for together."""
        return self.bench.answers_at_once(self._baseline)

    def ask_ahead(self, needed: Sequence[Wanted], maybe: Sequence[MaybeWanted] = ()) -> None:
        """Ask for answers that are scored next; what goes wrong is met again when they are."""
        with suppress(LadderError), _ladder_errors_only():
            sure = [(self.candidate(one), at.tolist()) for one, at in needed]
            likely = [(self.candidate(one), at.tolist(), chance) for one, at, chance in maybe]
            self.bench.ask_ahead(sure, likely)

    def at_hand(
        self, configuration: Configuration, indices: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return `scores` and `could_score` of the leading samples whose answers are at hand."""
        rows = self.bench.at_hand(self.candidate(configuration), indices.tolist())
        scores = np.array([row.score for row in rows], dtype=np.float64)
        return scores, most_of(rows, self.task, self.bench.metric)

    def is_cheaper(self, one: Configuration, other: Configuration) -> bool:
        """Return whether one takes clearly less money a sample than another, else fewer tokens.

        Tokens of two models without prices are not held against each other, and time tells more
        of the machine than of the way.
        """
        money = [self.money(each) for each in (one, other)]
        if money[0] is not None and money[1] is not None:
            return money[0] < CLEARLY_CHEAPER * money[1]
        ways = [self.candidate(each) for each in (one, other)]
        if (ways[0].model, ways[0].adapter) != (ways[1].model, ways[1].adapter):
            return False
        first, second = (self.bench.cost(way, self.selection).tokens for way in ways)
        return 0 < first < CLEARLY_CHEAPER * second

    def money(self, configuration: Configuration) -> float | None:
        """Return what an answer costs on the selection part; None where no price is named."""
        candidate = self.candidate(configuration)
        cost = self.bench.cost(candidate, self.selection)
        return self.task.prices.of(
            candidate.model.id,
            prompt_tokens=cost.prompt_tokens,
            answer_tokens=cost.completion_tokens,
        )

    @property
    def limits(self) -> Mapping[LimitName, float]:
        """Return the most that a candidate may cost to win."""
        return self.task.limits.asked

    def limit_bounds(
        self, configuration: Configuration, indices: IntArray, errors: BoundErrors, *, may_ask: bool
    ) -> tuple[CostBound, ...]:
        """Return what one costs by each limit, by answers to samples that were scored before."""
        with _ladder_errors_only():
            found = cost_series(
                self.bench, self.candidate(configuration), indices.tolist(), may_ask=may_ask
            )
        return tuple(bound_of(each, self.limits[each.limit], errors) for each in found)

    def can_be_trained(self, configuration: Configuration) -> bool:
        """Return whether it is of the task's own model."""
        return self.candidate(configuration).model == self.task.model

    def could_score(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return the better of two readings, and 1 where nobody knows what the answer would be.

        The lenient reading counts unless the spec says that the form is the behaviour wanted.
        """
        rows = self._rows(configuration, indices)
        return most_of(rows, self.task, self.bench.metric)

    def unknown(self, configuration: Configuration, indices: IntArray) -> BoolArray:
        """Return of which answers nobody knows what they would be; see `unknown_of`."""
        is_reference = configuration == REFERENCE
        rows = self._rows(configuration, indices)
        return unknown_of(rows, self.task, self.bench.metric, is_reference=is_reference)

    def why_not_tried(self, configuration: Configuration, indices: IntArray) -> str:
        """Return what shows that the answers are no try: all empty, all cut or all the same."""
        rows = self._rows(configuration, indices)
        is_wrong = sum(row.score for row in rows) < MOST * len(rows)
        ignored = why_ignored(self.candidate(configuration), rows) if is_wrong else ""
        return why_not_tried(rows, self._targets(indices)) or ignored

    def why_no_evidence(self, configuration: Configuration, indices: IntArray) -> str:
        """Return why the answers must not justify fine-tuning: unread, cut, or not held to a form."""
        rows = self._rows(configuration, indices)
        if self._not_testable and self.candidate(configuration) == self._baseline:
            return f"the baseline is not testable: {self._not_testable}"
        form, targets = self.task.is_form_wanted, self._targets(indices)
        faults = answer_faults(rows, targets, self.bench.metric, is_form_wanted=form)
        if configuration == REFERENCE:
            return next(iter(faults), "") or self._reference_fault()
        return (
            next(iter(faults), "")
            or self._why_ignored(self.candidate(configuration), rows)
            or self._why_out_of_reach()
        )

    def _reference_fault(self) -> str:
        """Return what is wrong with the chat template of the reference: then it is worth more than it scored."""
        fault = "" if self._reference is None else self._template_fault(self._reference)
        if not fault:
            return ""
        return (
            f"its chat template is faulty {fault}; name a sound one in "
            "target.reference.chat.template"
        )

    def _faulty_swap(self, start: Candidate, candidate: Candidate) -> str:
        """Return what is wrong with the chat template of another model: lever template mends the own one's."""
        model = candidate.model
        if "model" not in start.changes(candidate) or not model.has_weights:
            return ""
        fault = self._template_fault(candidate, besides=_FAULT_OF_ANY_MODEL)
        if not fault:
            return ""
        return (
            f"the chat template of {model.id} is faulty {fault}; mend it in a copy of the model (`ladder "
            f"template repair {model.id}` shows how) and list that, or leave {model.id} out of "
            "levers.model.models"
        )

    def _template_fault(self, candidate: Candidate, *, besides: Sequence[str] = ()) -> str:
        """Return the worst error of a candidate's chat template, with its code; else nothing."""
        if candidate.model.classifier is not None:
            return ""
        with _ladder_errors_only():
            context = situation_of(self.task, candidate, self.bench.data.selected)
        if context is None:
            return ""
        # What training would learn of it changes no answer.
        answering = dataclasses.replace(context, training=False, trainer=None, rows=())
        wrong = [
            each
            for each in check_context(answering)
            if each.severity == "error" and not each.code.startswith((*besides, _SAME_PROMPT))
        ]
        return f"({wrong[0].code}): {wrong[0].problem.rstrip('.')}" if wrong else ""

    def _why_out_of_reach(self) -> str:
        """Return that corpus, retriever or pool, and not the model, kept candidates below the target."""
        deployed = [self.candidate(each) for each in self.asked if each.can_be_deployed]
        key = tuple(each.digest for each in deployed)
        if key not in self._reached:
            with _ladder_errors_only():
                measured = [(each, self.bench.rows(each)) for each in deployed]
                self._reached[key] = why_out_of_reach(
                    self.bench.data,
                    measured,
                    self.bench.materials_at_hand,
                    reference=self._reference_score(),
                ) or why_labels_lack(
                    self.bench.data,
                    measured,
                    enough=needed(self.bench.data, self._reference_score()),
                )
        return self._reached[key]

    def _reference_score(self) -> float | None:
        """Return what the reference scores on the selection part; None where there is none."""
        if self._reference is None:
            return None
        rows = self.bench.rows_at(self._reference, self.selection).values()
        return sum(row.score for row in rows) / len(rows) if rows else None

    def room_check(self, configuration: Configuration) -> str:
        """Return what answers show that have room to end, and whether a judge can tell a good one."""
        candidate, selection = self.candidate(configuration), self.selection
        measured = list(self.bench.rows_at(candidate, selection).values())
        fault = judge_fault(self.bench, measured, selection)
        return fault or room_fault(self.bench, candidate, selection)

    def _rows(self, configuration: Configuration, indices: IntArray) -> list[Scored]:
        rows = self.bench.rows(self.candidate(configuration))
        return [rows[at] for at in indices.tolist()]

    def _targets(self, indices: IntArray) -> list[tuple[str, ...]]:
        return [self.bench.samples[at].targets for at in indices.tolist()]

    def signals(self, configuration: Configuration, indices: IntArray) -> tuple[FloatArray, ...]:
        """Return the lenient reading, then the target's log-likelihood where it is known."""
        candidate = self.candidate(configuration)
        rows = self._measure(candidate, indices.tolist())
        lenient = np.array([row.lenient for row in rows], dtype=np.float64)
        likelihoods = self.bench.log_likelihoods(candidate, indices.tolist())
        if likelihoods is None:
            return (lenient,)
        self.likelihoods[configuration] = float(np.mean(likelihoods))
        return lenient, np.array(likelihoods, dtype=np.float64)

    def bears_refusal(self, error: CandidateRefusedError) -> bool:
        """Return whether the ladder goes on though all prompts of the baseline are refused.

        It does where another template or model may take them: the baseline then has no score, its
        answers are unknown, and nothing is said of it. Bars `fine_tune`.
        """
        first = Configuration.baseline(len(self._names))
        others = (at for at, lever in enumerate(self._levers) if lever.part in _WRITES_PROMPTS)
        if not any(self.variants(at, first) for at in others):
            return False
        self._not_testable = str(error).rstrip(".")
        return True

    def _measure(self, candidate: Candidate, positions: Sequence[int]) -> tuple[Scored, ...]:
        with _ladder_errors_only():
            try:
                return self.bench.measure(candidate, positions).rows
            except CandidateRefusedError:
                rows = self.bench.rows(candidate)
                is_known = self._not_testable and all(at in rows for at in positions)
                if candidate != self._baseline or not is_known:
                    raise
                return tuple(rows[at] for at in positions)

    def _charge(
        self, configuration: Configuration, candidate: Candidate, positions: Sequence[int]
    ) -> AbstractContextManager[None]:
        """Charge a test on the confirmation part as a whole, however early it stops."""
        if candidate.model.classifier is not None or not self._locked.issuperset(positions):
            return nullcontext()
        calls = 0 if configuration in self._charged else len(self._locked)
        self._charged.add(configuration)
        cost = self.bench.cost(candidate, self.selection)
        each = self.task.calls_an_answer(candidate.decoding)
        tokens = (cost.tokens + cost.judge_tokens) / each
        seconds = (cost.waited + cost.judge_seconds) / each
        each += self.bench.data.passages_rated(candidate)
        return self.bench.spending.prepay(calls * each, tokens=tokens, seconds=seconds)


@contextmanager
def _ladder_errors_only() -> Iterator[None]:
    """Raise whatever a library stumbles on as a LadderError: one candidate failed, no more."""
    try:
        yield
    except LadderError:
        raise
    except Exception as error:
        raise LadderError(
            f"A candidate could not be measured: {type(error).__name__}: {error}",
            next_step="Leave that variant out, or report it with the text above.",
        ) from error
