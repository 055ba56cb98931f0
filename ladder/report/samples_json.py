"""The samples as JSON for the HTML page, within a size limit."""

import json
import os.path
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ladder.decision.candidate_labels import label_of
from ladder.report import numbers
from ladder.report.outcomes import WORDS, Outcome, outcome_of
from ladder.report.run_evidence import Evidence
from ladder.report.slices import columns_to_slice_by, value_of
from ladder.runs import RunFolder
from ladder.runs.samples import AnswerRow, SampleRow
from ladder.search.ledger import Configuration

CHUNK = 200
MOST_BYTES = 20_000_000
MOST_OPTIONS = 50
"""Values of a column above which a list to filter by is no help."""

_FILE = RunFolder(Path()).samples.name
NOTES = (
    "",
    f"Prompts, passages and some thoughts are left out to keep the page small; {_FILE} holds them.",
    f"Prompts, passages, thoughts and other candidates’ answers are left out; {_FILE} holds them.",
)
"""What a page says about the detail it leaves out, by level."""


@dataclass
class Island:
    """The samples of one run as a page holds them.

    Attributes:
        rows: A list a sample: id, outcome, before, after, input, targets, facts, answers,
            prompts, passages, thoughts; names stand in the tables.
        labels, passages, prefixes: The tables. A prompt in `rows` is only what follows the
            prefix that all prompts of its candidate share.
        slices: Columns with few values, to filter by.
        levers: Of each lever the candidates that have it, by their place in `labels`.
        note: What was left out, in words.
    """

    rows: list[list[Any]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    passages: list[tuple[str, str]] = field(default_factory=list)
    prefixes: dict[int, str] = field(default_factory=dict)
    slices: list[dict[str, Any]] = field(default_factory=list)
    levers: dict[str, list[int]] = field(default_factory=dict)
    note: str = ""

    @property
    def counts(self) -> list[tuple[Outcome, str, int]]:
        """Return each outcome that occurs, in words, with its number of samples."""
        outcomes = [row[1] for row in self.rows]
        found = [(outcome, word, outcomes.count(outcome)) for outcome, word in WORDS.items()]
        return [entry for entry in found if entry[2]]

    @property
    def index(self) -> dict[str, Any]:
        """Return what filter and paging need before any chunk is read."""
        return {
            "chunk": CHUNK,
            "outcomes": [list(WORDS).index(row[1]) for row in self.rows],
            "ids": [row[0] for row in self.rows],
            "words": list(WORDS.values()),
            "keys": list(WORDS),
            "labels": self.labels,
            "prefixes": self.prefixes,
            "slices": self.slices,
            "levers": self.levers,
        }

    @property
    def chunks(self) -> list[Markup]:
        """Return the rows as JSON texts, safe inside a script element."""
        starts = range(0, len(self.rows), CHUNK)
        return [embed(self.rows[start : start + CHUNK]) for start in starts]


def embed(value: object) -> Markup:
    r"""Return JSON that can stand inside a script element whatever it holds.

    >>> embed("</script>")
    Markup('"\\u003c/script\\u003e"')
    """
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(text)  # noqa: S704 - every character that ends a script element is escaped


def build_island(evidence: Evidence) -> Island:
    """Return the samples with as much detail as fits into `MOST_BYTES`."""
    island = Island()
    for level, note in enumerate(NOTES):
        island = _IslandBuilder(evidence, level).build()
        island.note = note
        if _size(island) <= MOST_BYTES:
            break
    return island


def _size(island: Island) -> int:
    passages = sum(len(text) for _, text in island.passages)
    return passages + sum(len(json.dumps(row)) for row in island.rows)


class _IslandBuilder:
    """Collects the tables while it writes the rows."""

    def __init__(self, evidence: Evidence, level: int) -> None:
        self.evidence = evidence
        self.level = level
        self.kept = {evidence.baseline: 0, evidence.best: 1}
        self.labels: dict[Configuration, int] = {}
        self.passages: dict[tuple[str, str], int] = {}
        self.prefixes = _prefixes(evidence) if level == 0 else {}

    def build(self) -> Island:
        rows = [self.row(sample) for sample in self.evidence.samples]
        decision = self.evidence.decision
        return Island(
            rows=rows,
            labels=[label_of(decision, configuration) for configuration in self.labels],
            passages=list(self.passages),
            prefixes={self.label(one): text for one, text in self.prefixes.items()},
            slices=list(_slices(self.evidence.samples, decision.slices)),
            levers=self.levers(),
        )

    def levers(self) -> dict[str, list[int]]:
        """Return of each lever the candidates that have it; none of a lever that no answer has."""
        found: dict[str, list[int]] = {}
        for configuration, at in self.labels.items():
            for lever in configuration.applied:
                if lever < len(self.evidence.decision.levers):
                    found.setdefault(self.evidence.decision.levers[lever], []).append(at)
        return found

    def row(self, sample: SampleRow) -> list[Any]:
        evidence = self.evidence
        outcome, before, after = outcome_of(sample, baseline=evidence.baseline, best=evidence.best)
        kept = [one for one in sample.answers if one.configuration in self.kept]
        return [
            sample.id,
            outcome,
            _score(before),
            _score(after),
            sample.input,
            list(sample.targets),
            _facts(sample),
            [self.answer(one) for one in sample.answers],
            [self.prompt(one) for one in kept if one.prompt] if self.level == 0 else [],
            [found for one in kept for found in self.found(one)] if self.level == 0 else [],
            [
                [self.label(one.configuration), one.thoughts]
                for one in (sample.answers if self.level == 0 else kept)
                if one.thoughts and self.level < 2
            ],
        ]

    def label(self, configuration: Configuration) -> int:
        return self.labels.setdefault(configuration, len(self.labels))

    def answer(self, answer: AnswerRow) -> list[Any]:
        is_short = self.level == 2 and answer.configuration not in self.kept
        text = "" if is_short else answer.text
        read_as = "" if is_short else _how_read(answer)
        number = self.label(answer.configuration)
        return [number, _score(answer.score), text, read_as, answer.note]

    def prompt(self, answer: AnswerRow) -> list[Any]:
        prefix = self.prefixes[answer.configuration]
        return [self.label(answer.configuration), (answer.prompt or "")[len(prefix) :]]

    def found(self, answer: AnswerRow) -> Iterator[list[int]]:
        for passage in answer.passages:
            place = f"{passage.id} ({passage.where})" if passage.where else passage.id
            key = (place, passage.text)
            position = self.passages.setdefault(key, len(self.passages))
            yield [self.label(answer.configuration), position]


def _how_read(answer: AnswerRow) -> str:
    """Return each step of the reading with what it left; without steps the part that was read."""
    if answer.steps:
        return "\n".join(f"{step} → {left}" for step, left in answer.steps)
    return "" if answer.read_as == answer.text else answer.read_as


def _prefixes(evidence: Evidence) -> dict[Configuration, str]:
    prompts: dict[Configuration, list[str]] = {evidence.baseline: [], evidence.best: []}
    for sample in evidence.samples:
        for answer in sample.answers:
            if answer.configuration in prompts and answer.prompt:
                prompts[answer.configuration].append(answer.prompt)
    # Letter by letter, though its name says path.
    return {one: os.path.commonprefix(texts) for one, texts in prompts.items() if texts}  # noqa: RUF071


@lru_cache(maxsize=4096)
def _score(value: float | None) -> str:
    return "" if value is None else numbers.score(value)


def _facts(sample: SampleRow) -> list[list[str]]:
    facts = [["id", sample.id], ["part", sample.part]]
    if sample.cluster is not None:
        facts.append(["cluster", sample.cluster])
    facts += [[str(name), str(value)] for name, value in sample.columns.items()]
    if sample.tools:
        facts.append(["tools", json.dumps(sample.tools, ensure_ascii=False)])
    before = sample.messages[:-1]
    return facts + [[f"turn {at}: {turn.role}", turn.text] for at, turn in enumerate(before, 1)]


def _slices(samples: Sequence[SampleRow], named: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield the part and every column to slice by: those named, else those with a few values."""
    columns = [sample.columns for sample in samples]
    names = [*(named or columns_to_slice_by(columns))]
    few = [name for name in names if len({value_of(row, name) for row in columns}) <= MOST_OPTIONS]
    rows: list[Mapping[str, Any]] = [
        {"label": sample.label or "none", "part": sample.part, **sample.columns}
        for sample in samples
    ]
    named_label = ["label"] if any(sample.label for sample in samples) else []
    for name in dict.fromkeys(["part", *named_label, *few]):
        texts = [value_of(row, name) for row in rows]
        values = sorted(set(texts))
        codes = {value: code for code, value in enumerate(values)}
        if 1 < len(values) <= MOST_OPTIONS:
            yield {"name": name, "values": values, "codes": [codes[text] for text in texts]}
