"""`Decision`: the verdict and the evidence that it rests on.

Its JSON (`decision.json`) is what report, gate and finetune read; nothing else is.
"""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import (
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic_core import to_jsonable_python

from ladder.decision.decision_file import as_edited, as_misfit, read_document
from ladder.decision.goal import Goal, RelativeGoal, goal_in_words, mark_of
from ladder.decision.judge_record import JudgeRecord, claim_of_people
from ladder.decision.justified_words import FAR_HIGHER, most_lenient
from ladder.decision.provenance import CandidateRecord, FailedCalls, Provenance
from ladder.decision.sentence import SEALED, confirmed_before, sentence_of
from ladder.decision.verdict import Verdict, verdict_of
from ladder.disk import write_lines
from ladder.errors import DecisionFileError, InfrastructureError
from ladder.finding import Finding
from ladder.frozen import Frozen, added
from ladder.installation import install_line
from ladder.measure.passages_found import PassageDiagnosis
from ladder.search.ledger import (
    AgainstReference,
    Attempt,
    Configuration,
    Confirmation,
    Ledger,
    Trial,
)
from ladder.spec.candidate import Candidate
from ladder.spec.limits import Limits
from ladder.text import one_line

if TYPE_CHECKING:
    import pandas as pd

GIVEN = ("verdict", "configuration", "confirmation", "examples_needed")
"""What a decision's ledger gives, and what its JSON holds as well, for readers without ladder."""

ORDER = (
    "schema_version",
    "verdict",
    "sentence",
    "task",
    "model",
    "metric",
    "target",
    "margin",
    "configuration",
    "ledger",
    "levers",
    "confirmation",
    "examples_needed",
)
"""The first fields of the JSON, in the order that it has always had."""


_WIDEST = 240
_NEXT: dict[Verdict, str] = {
    "already_good": "keep what you have; `ladder answer RUN FILE` answers as it was measured",
    "use_lever": "`ladder apply RUN` writes the change; `ladder answer RUN FILE` uses it",
    "fine_tune": "`ladder train SPEC --run RUN`, behind its ten checks",
    "inconclusive": "`ladder report RUN` says what would decide",
}
"""What to do after each verdict, in a line."""

_NEXT_WHEN_RETIRING: dict[Verdict, str] = {
    "already_good": "switch your fine-tune off once the baseline answers; `ladder answer RUN FILE` answers as "
    "it was measured",
    "use_lever": "`ladder apply RUN` writes the change; switch your fine-tune off once it answers",
    "fine_tune": "keep serving your fine-tune; `ladder gate RUN` keeps the answer",
    "inconclusive": _NEXT["inconclusive"],
}
"""The same where the question is whether a fine-tune can be retired."""


class Decision(Frozen):
    """The verdict and the evidence that it rests on.

    A score from `margin` below `target` on counts as reached; None in files of earlier versions, which
    do not say it. With `relative` there is no `target`: candidates are held against a reference. `limits`
    are what a candidate may cost at the most to be the verdict. `judge` is who judged the answers, where a judge scores them. `slices` are the
    columns by which the spec asks for results, `failures` both bounds of each score in which calls
    failed; they are no part of the claim. `passages` is what each corpus gave. What the ledger gives (`GIVEN`) is
    never stored beside it: a file that says otherwise was edited, and is refused.
    """

    schema_version: Literal[1] = 1
    sentence: str
    task: str
    model: str
    metric: str
    target: float | None
    margin: float | None = None
    relative: RelativeGoal | None = added(None)
    limits: Limits = added(Limits())
    ledger: Ledger
    levers: tuple[str, ...] = ()
    candidates: tuple[CandidateRecord, ...] = ()
    checks: tuple[Finding, ...] = ()
    slices: tuple[str, ...] = ()
    currency: str = ""
    judge: JudgeRecord | None = added(None)
    failures: tuple[FailedCalls, ...] = ()
    passages: tuple[PassageDiagnosis, ...] = added(())
    provenance: Provenance | None = None

    @cached_property
    def _run_folder(self) -> str:
        """Return the folder that the next step names: no field, so that equal decisions stay equal."""
        return ""

    def in_folder(self, folder: str | Path) -> Self:
        """Return the same decision, whose next step names the folder of its run."""
        known = self.model_copy()
        known.__dict__["_run_folder"] = str(folder)
        return known

    @property
    def folder(self) -> Path | None:
        """Return the run's folder, with its report.html; None where the decision was read from a file."""
        return Path(self._run_folder) if self._run_folder else None

    @property
    def verdict(self) -> Verdict:
        """Return the verdict that the ledger's ending stands for."""
        return verdict_of(self.ledger, claim_of_people(self.judge))

    @property
    def configuration(self) -> Configuration:
        """Return the configuration that the verdict is about."""
        return self.ledger.best

    @property
    def names_a_winner(self) -> bool:
        """Return whether the verdict says of a candidate that it reaches the target."""
        return self.verdict in ("already_good", "use_lever")

    @property
    def shows_scores(self) -> bool:
        """Return whether answers on the confirmation part may be seen: a verdict showed their scores."""
        return self.verdict != "inconclusive" and self.ledger.confirmation is not None

    @property
    def confirmation(self) -> Confirmation | None:
        """Return what the closing test saw, or people's labels in its place; None while undecided."""
        people = None if self.judge is None else self.judge.people
        if people is not None and self.verdict != "fine_tune":
            return people.confirmation
        return self.ledger.confirmation

    @property
    def confirmed_target(self) -> float:
        """Return what the confirmed score was tested against: a class's own target, where it is one's."""
        seen = self.confirmation
        if seen is not None and seen.against is not None and self.relative is not None:
            return max(seen.against.reference - self.relative.margin, 0.0)
        return self.ledger.class_targets.get("" if seen is None else seen.label, self.mark)

    @property
    def is_retiring(self) -> bool:
        """Return whether the question is if a fine-tune can be retired."""
        return self.relative is not None and self.relative.is_retiring

    @property
    def goal(self) -> Goal:
        """Return what is asked of a candidate: a score, or what it is held against."""
        if self.relative is not None:
            return self.relative
        return 1.0 if self.target is None else self.target

    @property
    def mark(self) -> float:
        """Return the score that is good enough, for the eye: of a reference by the selection part."""
        return mark_of(self.goal, self.ledger.reference)

    @property
    def examples_needed(self) -> int | None:
        """Return about how many more examples would decide, where that is known."""
        return self.ledger.examples_needed

    @model_validator(mode="after")
    def _has_one_goal(self) -> Self:
        """Refuse a decision about no target, or about two."""
        if (self.target is None) == (self.relative is None):
            raise ValueError("it has neither a target nor a reference, or both")
        return self

    @model_validator(mode="wrap")
    @classmethod
    def _check_given(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401
        """Refuse what contradicts the ledger beside it."""
        if not isinstance(value, dict):
            return handler(value)
        decision = handler({name: each for name, each in value.items() if name not in GIVEN})
        wrong = [
            name
            for name in GIVEN
            if name in value
            and to_jsonable_python(value[name]) != to_jsonable_python(getattr(decision, name))
        ]
        if wrong:
            raise as_edited(wrong)
        return decision

    @model_serializer(mode="wrap")
    def _in_order(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Add what the ledger gives, in the order in which readers of the JSON know it."""
        found: dict[str, Any] = handler(self) | {name: getattr(self, name) for name in GIVEN}
        return {name: found.pop(name) for name in ORDER if name in found} | found

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Return each lever that was tried, in order, with what it gave."""
        return self.ledger.attempts

    @property
    def baseline(self) -> Candidate | None:
        """Return the unchanged candidate; None where only scores are known."""
        return self._candidate(Configuration.baseline(len(self.configuration)))

    @property
    def best(self) -> Candidate | None:
        """Return the candidate that the verdict is about; None where only scores are known."""
        return self._candidate(self.configuration)

    @property
    def reading_hint(self) -> str:
        """Return that the same answers score far higher when read leniently; else nothing.

        Then it may be the reading, not the model, that stays below the target.
        """
        if self.names_a_winner or self.metric.endswith("lenient"):
            return ""
        lenient, score, _ = most_lenient(self.ledger, self.candidates)
        if lenient - score < FAR_HIGHER:
            return ""
        mend = (
            "let your metric look for the target inside the answer first."
            if ":" in self.metric
            else "try metric.reading: lenient first, and look at some answers: it counts a target that "
            "stands beside another value, too."
        )
        return (
            f"The same answers, read leniently, score {lenient:.2f} instead of {score:.2f}: {mend}"
        )

    def _against_in_words(self, seen: AgainstReference | None) -> str:
        if seen is None or self.relative is None:
            return ""
        return f"; {seen.difference:+.2f} against {self.relative.name} ({seen.low:+.2f} to {seen.high:+.2f})"

    @property
    def _target_in_words(self) -> str:
        return goal_in_words(self.goal) if self.target is None else f"{self.target:.2f}"

    def _candidate(self, configuration: Configuration) -> Candidate | None:
        record = record_of(self, configuration)
        return None if record is None else record.candidate

    def __repr__(self) -> str:
        """Return the decision in one line, as a console shows it; `print` says more."""
        return f"<{type(self).__name__} {self.verdict}: {self.sentence}>"

    def __str__(self) -> str:
        """Return the decision in at most ten lines: what was found, how sure, and what to do now."""
        ledger, shown = self.ledger, self.confirmation
        record = record_of(self, self.configuration)
        best = next((each for each in ledger.trials if each.configuration == ledger.best), None)
        lines = [
            f"{self.verdict}: {self.sentence}",
            f"task: {self.task}; model {self.model}; {self.metric}; target {self._target_in_words}",
            f"baseline: {ledger.baseline.score:.2f} on {ledger.baseline.n_seen} selection samples",
            f"candidate: {record.label if record is not None and record.label else 'baseline'}",
        ]
        if best is not None and any(ledger.best):
            lines.append(f"on selection: {best.score:.2f} on {best.n_seen} samples")
        if shown is not None:
            lines.append(
                f"confirmed: {shown.score:.2f} on {shown.n} confirmation samples "
                f"({shown.at_least:.2f} to {shown.at_most:.2f})"
                f"{self._against_in_words(shown.against)}"
            )
        elif ledger.is_sealed:
            lines.append(f"confirmed: {confirmed_before(ledger) or SEALED}")
        tried = f"{len(ledger.tried)} candidate{'' if len(ledger.tried) == 1 else 's'}"
        found = ", ".join(
            dict.fromkeys(each.code for each in self.checks if each.severity != "info")
        )
        lines.append(f"tried: {tried}; findings (decision.checks): {found or 'nothing to mend'}")
        run = shlex.quote(self._run_folder) if self._run_folder else "RUN"
        following = _NEXT_WHEN_RETIRING if self.is_retiring else _NEXT
        lines.append(f"next: {following[self.verdict].replace('RUN', run)}")
        return "\n".join(one_line(line, _WIDEST) for line in lines)

    def to_pandas(self) -> "pd.DataFrame":
        """Return a table with a row for each configuration tried, then the confirmed score.

        Raises:
            InfrastructureError: If pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415 - optional, and slow to load
        except ImportError as error:
            raise InfrastructureError(
                "pandas is not installed.", next_step=install_line("data")
            ) from error
        return pd.DataFrame(self.rows())

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each configuration tried, as `to_pandas` has it.

        `low` and `high` of the last row, the confirmed score, are the bounds of the claim; of the
        others, 95 % intervals. `tokens` and `seconds` are of one answer; None where none was counted.
        """
        return list(_rows_of(self.ledger, self.candidates))

    def save(self, path: str | Path) -> None:
        """Write the decision as JSON, whole or not at all."""
        write_lines(Path(path), [self.model_dump_json(indent=1)])

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a decision from its JSON.

        Raises:
            DecisionFileError: The file is absent, damaged, foreign, newer or edited.
        """
        path = Path(path)
        document = read_document(path)
        try:
            return cls.model_validate_json(json.dumps(document))
        except ValidationError as error:
            raise as_misfit(path, document, error) from None
        except DecisionFileError as error:
            raise DecisionFileError(
                error.fault, f"{path}: {error}", next_step=error.next_step
            ) from None


def decision_from(
    ledger: Ledger,
    *,
    levers: Sequence[str],
    target: Goal,
    task: str = "",
    model: str = "",
    metric: str = "",
) -> Decision:
    """Return the decision that a ledger stands for; `.replace` adds candidates and checks."""
    is_relative = isinstance(target, RelativeGoal)
    return Decision(
        sentence=sentence_of(ledger, levers, target),
        task=task,
        model=model,
        metric=metric,
        target=None if is_relative else target,
        relative=target if is_relative else None,
        ledger=ledger,
        levers=tuple(levers),
    )


def is_answer_fault(finding: Finding) -> bool:
    """Return whether a finding says that answers are spoilt, so that a score may not be the model's.

    So it is where a server answers as another model than the one that the spec names.
    """
    is_spoilt = finding.code.startswith("Q") and finding.severity != "info"
    return is_spoilt or finding.code.startswith("N15")


def record_of(decision: Decision, configuration: Configuration) -> CandidateRecord | None:
    """Return what a configuration stands for, where the decision recorded it."""
    found = (each for each in decision.candidates if each.configuration == configuration)
    return next(found, None)


def _rows_of(ledger: Ledger, candidates: Sequence[CandidateRecord]) -> Iterator[dict[str, Any]]:
    """Yield a row for each trial, the baseline first, and a last row for the confirmed score, if shown."""
    records = {each.configuration: each for each in candidates}
    shown = ledger.best if ledger.confirmation is not None else None
    trials = [("baseline", ledger.baseline)]
    trials += [(attempt.lever, trial) for attempt in ledger.attempts for trial in attempt.trials]
    for lever, trial in trials:
        is_shown = trial.configuration == shown
        yield {"lever": lever, **_row(trial, records), "is_confirmed": is_shown}
    if ledger.confirmation is not None:
        seen = ledger.confirmation
        trial = Trial(
            configuration=ledger.best,
            n_seen=seen.n,
            score=seen.score,
            low=seen.at_least,
            high=seen.at_most,
        )
        yield {"lever": "confirmed", **_row(trial, records), "is_confirmed": True}


def _row(trial: Trial, records: Mapping[Configuration, CandidateRecord]) -> dict[str, Any]:
    record = records.get(trial.configuration)
    name = record.label if record is not None else ""
    return {
        "name": name or str(list(trial.configuration)),
        **trial.model_dump(),
        "tokens": (record.tokens or None) if record is not None else None,
        "seconds": (record.seconds or None) if record is not None else None,
    }
