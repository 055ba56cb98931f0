"""`LabelSession`: which answer to label next, what was said of the others, and what that shows.

Labels are of the one candidate that a run's verdict is about. Who labels sees what was asked, the
rubric and the answer, and neither the candidate nor what the judge said. The level of the test is
that of the judge's own test, so over all candidates that a run or its followers ever confirm, the
levels of people's tests add up to no more than the error budget (docs/how-a-verdict-is-reached.md).
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from ladder.data.split import draw
from ladder.decision import Decision, record_of, with_sentence
from ladder.decision.human_labels import HumanLabels
from ladder.errors import EvidenceError
from ladder.labelling.judge_agreement import JudgeAgreement, agreement_of
from ladder.labelling.label_item import Choice, LabelItem
from ladder.labelling.labelled_run import labels_of, test_of
from ladder.labelling.labels_so_far import Label, LabelCount, LabelTest
from ladder.measure import TaskData, Workbench, load_task_data
from ladder.measure.measurement import Scored
from ladder.runs.folder import RunFolder
from ladder.runs.resolved_task import read_task, refuse_elsewhere
from ladder.search.candidate_slots import LEFT_OUT
from ladder.search.confirm.looks_file import LooksFile
from ladder.search.confirm.looks_of_task import as_left, looks_of
from ladder.spec.task import Budget
from ladder.statistics import confirmation_needed


class LabelSession:
    """The labelling of one run. Use it in a `with` block.

    Args:
        folder: The run's folder.
        decision: What its judge decided.
        data: Its task and samples, split as the run found them.
        looks: The looks at its confirmation part: what people see is written down there first.

    Attributes:
        rubric: What a good answer is.
        n_most: Answers that are labelled at most.
        n_likely: About how many it takes if people see the answers as the judge does.
    """

    def __init__(self, folder: Path, decision: Decision, data: TaskData, looks: LooksFile) -> None:
        record = record_of(decision, decision.configuration)
        if decision.judge is None or record is None:
            raise _nothing(f"{folder} holds no answers that a judge scored")
        self.folder = RunFolder(folder)
        self.decision = decision
        self.data = data
        self.rubric = data.task.metric.rubric
        self._candidate = record.candidate
        self._looks = looks
        self.test = test_of(decision, data)
        self._units = self.test.units
        self._file = labels_of(folder, decision, data)
        # What was decided is done: labelling asks for a few more answers, whatever the run's budget.
        free = data.task.replace(budget=Budget())
        self._bench = Workbench(replace(data, task=free), journal=self.folder.journal)
        self._rows: dict[int, Scored] = {}
        self.n_most = len(self._units.positions)
        self.n_likely = _likely(self.test)

    @property
    def n_labelled(self) -> int:
        """Return how many answers were labelled."""
        return len(self._file)

    def count(self) -> LabelCount:
        """Return what the labels show so far."""
        return self.test.count(self._labels())

    def next(self) -> LabelItem | None:
        """Return the next answer to label; None where no more is needed."""
        labels = self._labels()
        counted = self.test.count(labels)
        if counted.claim is not None:
            return None
        positions = self._units.between(0, counted.n_units).tolist()
        self._show(counted.n_units)
        left = [at for at in positions if at not in labels]
        drawn = min(
            left, key=lambda at: draw(self.data.samples[at].id, f"label {self.data.task.seed}")
        )
        return self._item(drawn)

    def say(self, item: LabelItem, choice: Choice) -> None:
        """Write down what somebody said of an answer."""
        at = next(at for at in self._rows if self.data.samples[at].id == item.id)
        self._file.add(item.id, self._rows[at].text, item.label(choice))

    def undo(self) -> LabelItem | None:
        """Take back the last label; return its answer, to be labelled again."""
        sample = self._file.undo()
        found = [at for at in self._units.positions.tolist() if self.data.samples[at].id == sample]
        if not found:
            return None
        self._measure(found)
        return self._item(found[0])

    def agreement(self) -> JudgeAgreement:
        """Return how the judge agrees with people, on one answer of each unit."""
        labels = self._labels()
        firsts = self._units.positions[self._units.starts[:-1]].tolist()
        known = [at for at in firsts if at in labels]
        self._measure(known)
        rows = [self._rows[at] for at in known]
        accepts = [None if row.unscored or not row.replies else row.score == 1 for row in rows]
        return agreement_of([(labels[at], said) for at, said in zip(known, accepts, strict=True)])

    def finish(self) -> Decision:
        """Count the labels, and write the decision that they lead to.

        Raises:
            EvidenceError: More labels are needed, or others were counted before.
        """
        people = self.people()
        is_own_test = self.decision.ledger.ending == "justified"
        self._looks.count_labels(people.claim, alpha=people.alpha if is_own_test else 0.0)
        judge = self.decision.judge
        assert judge is not None  # noqa: S101 - refused when the session was opened
        decision = self.decision.replace(judge=judge.replace(people=people))
        unknown = self.data.task.errors == "inconclusive"
        self.decision = with_sentence(decision, has_unknown_scores=unknown)
        self.decision.save(self.folder.decision)
        return self.decision

    def people(self) -> HumanLabels:
        """Return what people's labels show.

        Raises:
            EvidenceError: More labels are needed.
        """
        labels, counted = self._labels(), self.count()
        if counted.claim is None:
            raise EvidenceError(
                f"{len(labels)} answers are labelled, and that decides nothing yet.",
                next_step="Run the same command again: it goes on where it stopped.",
            )
        # The test ends at a look: what was labelled behind it, by a change of mind, is not counted.
        said = self.test.counted(labels, counted)
        agreement, false_accepts, false_rejects = self.agreement()
        return HumanLabels(
            configuration=self.decision.configuration,
            n=len(said),
            good=said.count("good"),
            unsure=said.count("unsure"),
            claim=counted.claim,
            alpha=self.test.alpha,
            alpha_below=self.test.alpha_below,
            confirmation=self.test.confirmation(said, counted),
            agreement=agreement,
            false_accepts=false_accepts,
            false_rejects=false_rejects,
            labels=self._file.digest,
        )

    def close(self) -> None:
        """Free weights and journal."""
        self._bench.close()

    def __enter__(self) -> Self:
        """Return the session itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free weights and journal."""
        self.close()

    def _labels(self) -> dict[int, Label]:
        """Return the labels by the positions of their samples."""
        texts = {self.data.samples[at].id: row.text for at, row in self._rows.items()}
        found = self._file.labels(texts)
        return {
            at: found[self.data.samples[at].id]
            for at in self._units.positions.tolist()
            if self.data.samples[at].id in found
        }

    def _show(self, n_units: int) -> None:
        """Ask for the answers of the first units, once it is written down that people see them."""
        positions = self._units.between(0, n_units).tolist()
        if all(at in self._rows for at in positions):
            return
        self._looks.show(self._units.labels[:n_units])
        self._measure(positions)
        known = self._labels()
        for at in positions:
            if at not in known and not self._rows[at].text.strip():
                # Lost or empty: there is nothing to look at, and nobody knows what it would have been.
                self._file.add(self.data.samples[at].id, self._rows[at].text, "unsure")

    def _measure(self, positions: Sequence[int]) -> None:
        missing = [at for at in positions if at not in self._rows]
        if missing:
            rows = self._bench.measure(self._candidate, missing).rows
            self._rows.update(zip(missing, rows, strict=True))

    def _item(self, at: int) -> LabelItem:
        sample, answer = self.data.samples[at], self._rows[at].text
        target = "" if sample.kind == "none" else sample.targets[0]
        if not self.data.task.metric.pairwise:
            return LabelItem(sample.id, sample.transcript, (answer,), reference=target)
        is_first = draw(sample.id, f"side {self.data.task.seed}") < 0.5
        pair = (answer, target) if is_first else (target, answer)
        return LabelItem(sample.id, sample.transcript, pair, is_first)


def open_session(folder: str | Path, *, allow_code: bool = False) -> LabelSession:
    """Return the labelling of a run's folder, where its verdict is a judge's.

    Raises:
        LadderError: There is no such run, no judge scored it, or it came to no verdict.
    """
    folder = Path(folder)
    decision = Decision.load(RunFolder(folder).decision)
    if decision.judge is None:
        raise _nothing(
            f"{folder}: no judge scored its answers, so there is nothing for people to label"
        )
    if decision.ledger.ending not in ("reached", "justified"):
        raise _nothing(f"{folder}: the judge came to no verdict, and its answers stay hidden")
    if decision.ledger.earlier is not None:
        raise EvidenceError(
            f"{folder}: its verdict cites an earlier run, and nothing was asked here.",
            next_step="Label the answers of the earlier run, which showed them: ladder status SPEC "
            "lists the runs.",
        )
    if decision.ledger.is_sealed:
        raise EvidenceError(
            f"{folder}: the verdict is sealed, and nobody may see the answers on its confirmation part.",
            next_step="Write confirmation: shown into the spec and run it again: that shows the "
            "answers, and closes their samples.",
        )
    task = read_task(RunFolder(folder))
    refuse_elsewhere(RunFolder(folder), task)
    left_out = {each.lever for each in decision.attempts if each.reason == LEFT_OUT}
    levers = [name for name in decision.levers if name not in left_out]
    data = as_left(load_task_data(task, allow_code=allow_code), folder.parent, levers=levers)
    looks = looks_of(data, folder.parent, levers=levers)
    return LabelSession(folder, decision, data, looks)


def _likely(asked: LabelTest) -> int:
    """Return about how many labels decide, if people see the answers as the judge does."""
    score = asked.guess.mean
    is_above = score >= asked.reach
    edge, alpha = (asked.reach, asked.alpha) if is_above else (asked.target, asked.alpha_below)
    needed = confirmation_needed(edge, score, alpha=alpha) if alpha > 0 else None
    most = len(asked.units.positions)
    return most if needed is None else min(needed, most)


def _nothing(what: str) -> EvidenceError:
    return EvidenceError(
        f"{what}.",
        next_step="Labels are for a run with metric: {name: judge, …} that came to a verdict.",
    )
