"""`SampleRow`: a line of a run's samples, a sample with every answer to it, written and read here."""

import dataclasses
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

from ladder.data.chat_message import Message
from ladder.data.passage import Passage
from ladder.disk import write_lines
from ladder.errors import EvidenceError
from ladder.measure import Scored, Workbench
from ladder.measure.majority import votes_words
from ladder.measure.read_answer import asked
from ladder.models.base import Answer
from ladder.scoring import Metric
from ladder.scoring.labels.named_labels import class_of
from ladder.scoring.metric import BaseMetric
from ladder.scoring.metrics import Choice
from ladder.search.ledger import Configuration
from ladder.search.task_problem import LadderProblem

Part = Literal["selection", "confirmation"]

ENDS = {
    "length": "cut by the token limit",
    "filtered": "withheld by the server's filter",
    "refused": "refused by the server",
}
"""How an answer ended, in words, where that is worth saying."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What one candidate said about one sample; `prompt` and `passages` may have been left out.

    `text` is what the metric looked at; `thoughts` are what the model thought before it. `reason` is
    what a judge gave as its reasons. `label` is the class that the answer chooses, where the metric has
    classes: empty where it chooses none. `is_unknown` says that it was cut, lost or empty, so that
    nobody knows which one it would have been. `steps` are those of a reading in steps, each with what
    it left of the text, `remarks` say why the answer has its score, and `fields` which of its fields
    are right: None where the metric knows no fields, or the answer is no JSON.
    """

    configuration: Configuration
    text: str
    read_as: str
    score: float
    lenient: float = 0.0
    prompt: str | None = None
    passages: tuple[Passage, ...] = ()
    examples: tuple[str, ...] = ()
    finish_reason: str = "stop"
    error: str | None = None
    thoughts: str = ""
    unscored: str = ""
    reason: str = ""
    label: str | None = None
    is_unknown: bool = False
    steps: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    fields: Mapping[str, bool] | None = None

    @property
    def end(self) -> str:
        """Return why the answer may not be the model's whole answer, in words; else nothing."""
        if self.error:
            return f"no answer: {self.error}"
        if self.unscored:
            return f"no score: {self.unscored}"
        return ENDS.get(self.finish_reason, "")

    @property
    def note(self) -> str:
        """Return what a reader of the answer should know: how it ended, or why it has its score."""
        told = f"the judge: {self.reason}" if self.reason else "; ".join(self.remarks)
        return self.end or told

    @classmethod
    def of(cls, configuration: Configuration, row: Scored, known: Mapping[str, Passage]) -> Self:
        """Return a measured answer; `known` are the passages by their ids."""
        return cls(
            configuration=configuration,
            text=row.text,
            read_as=row.read_as,
            score=row.score,
            lenient=row.lenient,
            prompt=row.answer.prompt,
            passages=tuple(known[name] for name in row.passages),
            examples=tuple(row.examples),
            finish_reason=row.answer.finish_reason,
            error=row.answer.error,
            thoughts=row.thoughts,
            unscored=row.unscored,
            reason=row.reason,
            is_unknown=row.could_be_right and row.score < 1,
        )

    @classmethod
    def from_json(cls, row: Mapping[str, Any], kept: Collection[Configuration] | None) -> Self:
        """Return an answer from its JSON, without prompt and passages unless it is `kept`."""
        configuration = Configuration(int(slot) for slot in row["configuration"])
        is_kept = kept is None or configuration in kept
        passages = row.get("passages") or () if is_kept else ()
        return cls(
            configuration=configuration,
            text=str(row["text"]),
            read_as=str(row.get("read_as") or ""),
            score=float(row["score"]),
            lenient=float(row.get("lenient") or 0.0),
            prompt=row.get("prompt") if is_kept else None,
            passages=tuple(map(_passage, passages)),
            examples=tuple(str(one) for one in row.get("examples") or ()),
            finish_reason=str(row.get("finish_reason") or "stop"),
            error=row.get("error"),
            thoughts=str(row.get("thoughts") or ""),
            unscored=str(row.get("unscored") or ""),
            reason=str(row.get("reason") or ""),
            label=row.get("label"),
            is_unknown=bool(row.get("is_unknown")),
            steps=tuple((str(step), str(left)) for step, left in row.get("steps") or ()),
            remarks=tuple(map(str, row.get("remarks") or ())),
            fields=row.get("fields"),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the answer as a JSON object; only one of a classification has a label."""
        is_labelled = self.label is not None
        by_class = {"label": self.label, "is_unknown": self.is_unknown} if is_labelled else {}
        return {
            "configuration": list(self.configuration),
            **by_class,
            "text": self.text,
            "prompt": self.prompt,
            "read_as": self.read_as,
            "score": self.score,
            "lenient": self.lenient,
            "passages": [_passage_json(each) for each in self.passages],
            "examples": list(self.examples),
            "finish_reason": self.finish_reason,
            "error": self.error,
            "thoughts": self.thoughts,
            **({"unscored": self.unscored} if self.unscored else {}),
            **({"reason": self.reason} if self.reason else {}),
            **({"steps": [list(step) for step in self.steps]} if self.steps else {}),
            **({"remarks": list(self.remarks)} if self.remarks else {}),
            **({"fields": dict(self.fields)} if self.fields is not None else {}),
        }


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One sample with the answers that the run holds for it.

    `turns` and `tools` are those of a conversation: what was said before the answer, then the
    wanted answer as a turn.
    """

    id: str
    input: str
    targets: tuple[str, ...]
    part: Part = "selection"
    cluster: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    answers: tuple[AnswerRow, ...] = ()
    turns: tuple[Mapping[str, Any], ...] = ()
    tools: tuple[Mapping[str, Any], ...] = ()
    label: str | None = None

    @property
    def messages(self) -> tuple[Message, ...]:
        """Return the turns of a conversation, as they are read; none for a row of one text."""
        return tuple(map(Message.of, self.turns))

    def answer(self, configuration: Configuration) -> AnswerRow | None:
        """Return the answer of one candidate, or None where it was not asked."""
        return next((row for row in self.answers if row.configuration == configuration), None)

    @classmethod
    def from_line(cls, line: str, kept: Collection[Configuration] | None = None) -> Self:
        """Return a sample from its line.

        Args:
            line: What `to_line` wrote.
            kept: Candidates whose prompts and passages are kept; of all unless given.

        Raises:
            ValueError, KeyError, TypeError: It is no such line.
        """
        row = json.loads(line)
        return cls(
            id=str(row["id"]),
            input=str(row["input"]),
            targets=tuple(str(target) for target in row["targets"]),
            part="confirmation" if row.get("part") == "confirmation" else "selection",
            cluster=row.get("cluster"),
            columns=row.get("columns") or {},
            answers=tuple(AnswerRow.from_json(each, kept) for each in row.get("answers") or ()),
            turns=tuple(row.get("turns") or ()),
            tools=tuple(row.get("tools") or ()),
            label=row.get("label"),
        )

    def to_line(self) -> str:
        """Return the sample as one line of JSON; a row of one text has no `turns`."""
        more = {"turns": list(self.turns), "tools": list(self.tools)} if self.turns else {}
        label = {} if self.label is None else {"label": self.label}
        return json.dumps(
            {
                "id": self.id,
                "input": self.input,
                "targets": list(self.targets),
                "part": self.part,
                "cluster": self.cluster,
                "columns": dict(self.columns),
                **more,
                **label,
                "answers": [each.as_json() for each in self.answers],
            },
            default=str,
        )


def write_samples(
    path: Path, problem: LadderProblem, configurations: Sequence[Configuration], *, is_closed: bool
) -> None:
    """Write one line a sample, whole or not at all.

    Answers on the confirmation part are written only once a verdict closed it: until then
    nobody may see them, or the part could not be asked again.
    """
    rows = {each: problem.bench.rows(problem.candidate(each)) for each in configurations}
    shown = rows if is_closed else {}
    selection = (_row(problem.bench, "selection", at, rows) for at in problem.selection)
    confirmation = (_row(problem.bench, "confirmation", at, shown) for at in problem.confirmation)
    write_lines(path, (row.to_line() for rows in (selection, confirmation) for row in rows))


def read_samples(path: Path, kept: Collection[Configuration] | None) -> Iterator[SampleRow]:
    """Yield the samples of a run; none where it left none. `kept`: see `SampleRow.from_line`.

    Raises:
        EvidenceError: A line is not what a run writes.
    """
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield SampleRow.from_line(line, kept)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise EvidenceError(
                    f"{path}:{number} is not a sample of a run ({error}).",
                    next_step="Run the same `ladder run` again: it writes the file anew from its "
                    "journal.",
                ) from error


def _row(
    bench: Workbench, part: Part, at: int, rows: Mapping[Configuration, Mapping[int, Scored]]
) -> SampleRow:
    sample = bench.samples[at]
    turns, tools = ([], []) if sample.conversation is None else sample.conversation.whole
    known = bench.materials.found
    metric = bench.metric.about(asked(sample))
    answers = tuple(
        _explained(
            AnswerRow.of(configuration, measured[at], known),
            metric,
            sample.targets,
            draws=[each.answer for each in measured[at].draws],
        )
        for configuration, measured in rows.items()
        if at in measured
    )
    wanted = None
    if isinstance(metric, Choice):
        wanted = class_of(sample.targets, metric.known)
        answers = tuple(_labelled(each, metric, wanted) for each in answers)
    return SampleRow(
        id=sample.id,
        input=sample.input,
        targets=tuple(sample.targets),
        part=part,
        cluster=sample.cluster,
        columns=sample.columns,
        answers=answers,
        turns=tuple(turns),
        tools=tuple(tools),
        label=wanted,
    )


def _passage_json(passage: Passage) -> dict[str, Any]:
    """Return a passage as a JSON object; what it has nothing of is left out."""
    given = dataclasses.asdict(passage)
    return {name: value for name, value in given.items() if value or name in ("id", "text")}


def _passage(row: Mapping[str, Any]) -> Passage:
    page = row.get("page")
    return Passage(
        id=str(row["id"]),
        text=str(row["text"]),
        where=str(row.get("where") or ""),
        source=str(row.get("source") or ""),
        page=None if page is None else int(page),
        heading=str(row.get("heading") or ""),
        metadata={str(key): str(value) for key, value in (row.get("metadata") or {}).items()},
    )


def _explained(
    answer: AnswerRow, metric: Metric, targets: Sequence[str], *, draws: Sequence[Answer] = ()
) -> AnswerRow:
    """Return an answer with what the metric says of it beside the score, and what it was chosen from."""
    if draws:
        answer = replace(answer, remarks=(votes_words(metric, draws),))
    if not isinstance(metric, BaseMetric) or answer.error is not None:
        return answer
    return replace(
        answer,
        steps=tuple(metric.steps_of(answer.text)),
        remarks=(*answer.remarks, *metric.remarks(answer.text, targets)),
        fields=metric.field_scores(answer.text, targets),
    )


def _labelled(answer: AnswerRow, metric: Choice, wanted: str | None) -> AnswerRow:
    """Return an answer with the class that it chooses: the wanted one wherever it is right."""
    label = wanted if answer.score == 1 and wanted else metric.label_of(answer.text)
    return replace(answer, label=label or "")
