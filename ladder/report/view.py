"""`RunView`: all that a report shows of one run, each part worked out once, for every format."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ladder.decision import Decision
from ladder.decision.decision import is_answer_fault
from ladder.finding import Finding
from ladder.report import words
from ladder.report.ablation import ablation_of, only_together
from ladder.report.changes import SpecChange, change_of
from ladder.report.claim_words import Claim, claim_of, how_earned, how_sure
from ladder.report.class_table import ClassTable, class_tables
from ladder.report.costs import cost_words, frontier
from ladder.report.field_scores import FieldTable, field_table
from ladder.report.fixed_and_broken import Paired, paired_rows
from ladder.report.ladder_rows import Dot, LadderRow, best_first, ladder_rows
from ladder.report.limit_table import LimitTable, limit_table
from ladder.report.look_words import LookRow, looks_to_show, what_is_left
from ladder.report.outcomes import Pair, Reading, pairs_to_show, reading_of
from ladder.report.run_evidence import Evidence
from ladder.report.slices import Slicing, slicings
from ladder.report.steps import NextSteps, Step, in_short, next_steps
from ladder.runs import in_run
from ladder.search.confirm.looks_of_task import clusters_in
from ladder.search.ledger import Configuration

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True)
class RunView:
    """What one run's report is made of; a part that no format asks for is never worked out."""

    evidence: Evidence

    @property
    def decision(self) -> Decision:
        """Return the decision that is reported."""
        return self.evidence.decision

    @property
    def has_change(self) -> bool:
        """Return whether another candidate than the baseline is shown beside it."""
        return self.evidence.best != self.evidence.baseline

    @cached_property
    def rows(self) -> Sequence[LadderRow]:
        """Return the rows of the ladder."""
        return ladder_rows(self.decision)

    @cached_property
    def tried(self) -> Sequence[Dot]:
        """Return every candidate that was tried, once each, the best first."""
        return best_first(self.rows)

    @cached_property
    def best(self) -> Dot | None:
        """Return the candidate that is shown beside the baseline, where it was scored."""
        found = (dot for dot in self.tried if dot.configuration == self.evidence.best)
        return next(found, None)

    @cached_property
    def cost(self) -> str:
        """Return what the shown candidate costs, in words; empty where nothing was counted."""
        return cost_words(self.best, self.decision.currency) if self.best is not None else ""

    @cached_property
    def claim(self) -> Claim:
        """Return the claim of the verdict, or the hint that stands in its place."""
        return claim_of(self.decision, self.tried)

    @cached_property
    def caveats(self) -> Sequence[str]:
        """Return what must stand beside the verdict."""
        return words.caveats(self.decision)

    @cached_property
    def how_sure(self) -> str:
        """Return what the verdict rests on, and how often such a verdict errs."""
        return how_sure(self.decision, len(self.tried))

    @property
    def command_now(self) -> str:
        """Return the command that the first screen of a page offers: on the page it is no report."""
        is_open = self.decision.verdict == "inconclusive"
        return self.steps.command if is_open else self.step.command

    @cached_property
    def how_earned(self) -> Sequence[str]:
        """Return by what fine-tuning is justified; nothing after another verdict."""
        is_earned = self.decision.verdict == "fine_tune"
        return how_earned(self.decision, self.tried) if is_earned else ()

    @cached_property
    def beside_samples(self) -> Sequence[Step]:
        """Return what else would decide an open run, besides more samples: levers to declare."""
        return [each for each in self.steps.steps[:3] if not each.command][:2]

    @property
    def left(self) -> str:
        """Return how much of the confirmation part is left for the next verdict."""
        samples = (each for each in self.evidence.samples if each.part == "confirmation")
        return what_is_left(self.decision, n_clusters=clusters_in(each.cluster for each in samples))

    @cached_property
    def frontier(self) -> frozenset[Configuration]:
        """Return the candidates that are worth their cost."""
        return frontier(self.tried)

    @cached_property
    def change(self) -> SpecChange | None:
        """Return what turns the baseline into the shown candidate, as a diff of the spec."""
        return change_of(self.decision)

    @cached_property
    def ablation(self) -> Sequence[tuple[str, str]]:
        """Return what the shown candidate scores without each of its levers."""
        return ablation_of(self.decision, self.tried)

    @cached_property
    def together(self) -> str:
        """Return which levers work only together; else nothing."""
        return only_together(self.decision, self.tried)

    @cached_property
    def steps(self) -> NextSteps:
        """Return what to do after the verdict."""
        return next_steps(
            self.decision, self.evidence.folder, tried=self.tried, ablation=self.ablation
        )

    @cached_property
    def step(self) -> Step:
        """Return the one thing to do next, short enough for a terminal."""
        return in_short(self.decision, self.evidence.folder, tried=self.tried)

    @cached_property
    def findings(self) -> Sequence[Finding]:
        """Return what the checks found, the worst first."""
        return sorted(self.decision.checks, key=lambda one: SEVERITIES.index(one.severity))

    @property
    def faults(self) -> Sequence[Finding]:
        """Return what spoils the baseline's answers: it stands above the ladder in every format."""
        found = [one for one in self.findings if is_answer_fault(one)]
        return in_run(found, Path(self.evidence.folder)) if self.evidence.folder else found

    @cached_property
    def looks(self) -> Sequence[LookRow]:
        """Return each test on the confirmation part, in words."""
        return looks_to_show(self.decision)

    @cached_property
    def paired(self) -> Sequence[Paired]:
        """Return what each lever fixed and broke."""
        return paired_rows(self.evidence)

    @cached_property
    def slicings(self) -> Sequence[Slicing]:
        """Return the scores by columns of the data."""
        return slicings(self.evidence)

    @cached_property
    def class_tables(self) -> Sequence[ClassTable]:
        """Return each class of a classification: what it scores, and what it is taken for."""
        return class_tables(self.evidence)

    @cached_property
    def limits(self) -> LimitTable | None:
        """Return what candidates cost against the limits of the task; None without limits."""
        return limit_table(self.decision)

    @cached_property
    def fields(self) -> FieldTable | None:
        """Return how often each field of a JSON answer is right, where the metric knows fields."""
        return field_table(self.evidence)

    @cached_property
    def pairs(self) -> Sequence[Pair]:
        """Return the samples that show the change best."""
        return pairs_to_show(self.evidence)

    @cached_property
    def readings(self) -> Sequence[Reading]:
        """Return how strict and lenient reading differ, for the baseline and the candidate."""
        shown = dict.fromkeys((self.evidence.baseline, self.evidence.best))
        found = (reading_of(self.evidence, configuration) for configuration in shown)
        return [reading for reading in found if reading is not None]
