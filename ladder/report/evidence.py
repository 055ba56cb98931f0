"""`Evidence`: what a report is made from: `decision.json` and `samples.jsonl`; for the eye, tokens."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ladder.data.passage import Passage
from ladder.decision import Decision, best_of
from ladder.errors import EvidenceError
from ladder.report.prompt_tokens import Tokens, load_tokens
from ladder.runs import RunFolder
from ladder.search.ledger import Configuration

Part = Literal["selection", "confirmation"]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What one candidate said about one sample.

    Prompt and passages are kept for the baseline and the best candidate only, unless all are
    asked for.
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


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One sample with the answers that the record holds for it."""

    id: str
    input: str
    targets: tuple[str, ...]
    part: Part = "selection"
    cluster: str | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    answers: tuple[AnswerRow, ...] = ()

    def answer(self, configuration: Configuration) -> AnswerRow | None:
        """Return the answer of one candidate, or None where it was not asked."""
        return next((row for row in self.answers if row.configuration == configuration), None)


@dataclass(frozen=True)
class Evidence:
    """A decision, the samples behind it, the folder they come from, and some prompts' tokens."""

    decision: Decision
    samples: tuple[SampleRow, ...] = ()
    folder: str = ""
    tokens: Tokens = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Drop answers on the confirmation part unless the verdict closed the set."""
        if self.decision.verdict == "inconclusive":
            object.__setattr__(self, "samples", tuple(_without_locked(self.samples)))

    @property
    def baseline(self) -> Configuration:
        """Return the configuration of the baseline: no lever applied."""
        return self.decision.ledger.baseline.configuration

    @property
    def best(self) -> Configuration:
        """Return the configuration to show beside the baseline."""
        return best_of(self.decision)


def load_evidence(run_folder: str | Path, *, is_whole: bool = False) -> Evidence:
    """Read a run folder.

    Args:
        run_folder: The folder that holds `decision.json` and `samples.jsonl`.
        is_whole: Keep the prompts and passages of every candidate: a report needs those of two.

    Raises:
        EvidenceError: A file is missing or cannot be read as what it should be.
    """
    folder = Path(run_folder)
    decision = Decision.load(RunFolder(folder).decision)
    shown = {decision.ledger.baseline.configuration, best_of(decision)}
    kept = {each.configuration for each in decision.candidates} | shown if is_whole else shown
    samples = tuple(_load_samples(RunFolder(folder).samples, kept))
    return Evidence(
        decision=decision, samples=samples, folder=str(run_folder), tokens=load_tokens(folder)
    )


def _load_samples(path: Path, kept: set[Configuration]) -> Iterator[SampleRow]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield _sample_row(json.loads(line), kept)
            except (ValueError, KeyError, TypeError) as error:
                raise EvidenceError(
                    f"{path}:{number} is not a sample record ({error}).",
                    next_step="Run the same `ladder run` again: it rewrites the file "
                    "from its journal.",
                ) from error


def _sample_row(row: Mapping[str, Any], kept: set[Configuration]) -> SampleRow:
    return SampleRow(
        id=str(row["id"]),
        input=str(row["input"]),
        targets=tuple(str(target) for target in row["targets"]),
        part="confirmation" if row.get("part") == "confirmation" else "selection",
        cluster=row.get("cluster"),
        columns=row.get("columns") or {},
        answers=tuple(_answer_row(answer, kept) for answer in row.get("answers") or ()),
    )


def _answer_row(row: Mapping[str, Any], kept: set[Configuration]) -> AnswerRow:
    configuration = Configuration(int(slot) for slot in row["configuration"])
    is_kept = configuration in kept
    passages = row.get("passages") or () if is_kept else ()
    return AnswerRow(
        configuration=configuration,
        text=str(row["text"]),
        read_as=str(row.get("read_as") or ""),
        score=float(row["score"]),
        lenient=float(row.get("lenient") or 0.0),
        prompt=row.get("prompt") if is_kept else None,
        passages=tuple(Passage(id=str(one["id"]), text=str(one["text"])) for one in passages),
        examples=tuple(str(one) for one in row.get("examples") or ()),
        finish_reason=str(row.get("finish_reason") or "stop"),
        error=row.get("error"),
    )


def _without_locked(samples: Iterable[SampleRow]) -> Iterator[SampleRow]:
    for sample in samples:
        if sample.part == "confirmation" and sample.answers:
            yield SampleRow(
                id=sample.id,
                input=sample.input,
                targets=sample.targets,
                part=sample.part,
                cluster=sample.cluster,
                columns=sample.columns,
            )
        else:
            yield sample
