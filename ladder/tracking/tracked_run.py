"""`TrackedRun`: exactly what is sent of a run to an experiment tracker."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder.decision import Decision
from ladder.decision.candidate_labels import label_of
from ladder.errors import UnsafeError
from ladder.frozen import digest_of
from ladder.report import Evidence, load_evidence, to_html
from ladder.report.view import RunView
from ladder.report.words import goal_words
from ladder.spec.secrets import holds_secret
from ladder.tracking.without_rows import without_rows

PROJECT = "ladder"
PAGE = "report.html"
TABLE = "candidates.json"
COLUMNS = ("lever", "candidate", "score", "low", "high", "n", "tokens", "seconds", "is_confirmed")

_MOST = 500
_KEY_VARIABLE = re.compile(r"(?:^|_)(?:API)?(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL)S?(?:$|_)")
_SHORTEST_KEY = 12


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """What a tracker gets of one run.

    Attributes:
        project: The experiment (MLflow) or project (W&B, trackio) that it stands in.
        name: The name of its folder.
        key: The same as long as the decision, and what rechecks found, are the same: it is sent once.
        parameters: What was decided about what, in short texts.
        metrics: The scores of the headline, with their intervals, and what the run took.
        candidates: A row for each candidate that was scored, with `COLUMNS`, the baseline first.
        page: The report as one HTML page.
        has_rows: Whether samples, answers and prompts stand in the page.
    """

    project: str
    name: str
    key: str
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    candidates: tuple[tuple[Any, ...], ...]
    page: str
    has_rows: bool = False

    @property
    def table(self) -> str:
        """Return the candidates as JSON: the columns, and a list for each row."""
        return json.dumps({"columns": COLUMNS, "data": self.candidates}, ensure_ascii=False)

    @property
    def steps(self) -> Iterator[dict[str, float]]:
        """Yield score, interval and samples of each candidate, in the order in which they were tried."""
        for row in self.candidates:
            known = dict(zip(COLUMNS, row, strict=True))
            yield {
                f"candidate/{name}": float(known[name]) for name in ("score", "low", "high", "n")
            }

    def contents(self, place: str) -> list[str]:
        """Return the lines that tell a person what will be sent where, before it is."""
        kilobytes = max(1, round(len(self.page.encode("utf-8")) / 1000))
        whole = (
            "with samples, answers and prompts" if self.has_rows else "without samples and answers"
        )
        beside = "; the change to the spec and its prompts stand in it"
        kept = (
            "Whole rows of your data leave this machine, as --with-rows says."
            if self.has_rows
            else "Not sent: rows, answers, words of findings. --with-rows sends the whole report."
        )
        return [
            f"To {place}: project {self.project}, run {self.name}",
            f"  parameters: {', '.join(self.parameters)}",
            f"  metrics: {', '.join(self.metrics)}",
            f"  {len(self.candidates)} candidates, each with {', '.join(COLUMNS)}",
            f"  {PAGE}: the report {whole}{beside} ({kilobytes} kB)",
            kept,
        ]


def tracked_run(
    run_folder: str | Path, *, project: str = PROJECT, with_rows: bool = False
) -> TrackedRun:
    """Return what is to be sent of a run.

    Raises:
        UnsafeError: A key, or the value of an environment variable that is named like one, would go
            with it.
        EvidenceError: The folder holds no readable decision.
    """
    whole = load_evidence(run_folder)
    evidence = whole if with_rows else without_rows(whole)
    decision = evidence.decision
    run = TrackedRun(
        project=project,
        name=Path(run_folder).resolve().name,
        key=_key_of(whole),
        parameters=dict(_parameters(decision)),
        metrics=dict(_metrics(RunView(evidence))),
        candidates=tuple(_candidates(decision)),
        page=to_html(evidence),
        has_rows=with_rows,
    )
    _refuse_keys(run)
    return run


def _key_of(evidence: Evidence) -> str:
    again = evidence.still_true
    return digest_of([evidence.decision.digest, list(again.batches) if again else []])[:16]


def _parameters(decision: Decision) -> Iterator[tuple[str, str]]:
    origin = decision.provenance
    given = {
        "verdict": decision.verdict,
        "sentence": decision.sentence,
        "task": decision.task,
        "model": decision.model,
        "metric": decision.metric,
        "goal": f"target {goal_words(decision)}",
        "candidate": label_of(decision, decision.configuration),
    }
    if origin is not None:
        given |= {
            "seed": str(origin.seed),
            "spec": origin.spec,
            "eval_data": origin.eval_data,
            "ladder": origin.versions.get("ladder", ""),
            "started": origin.started,
        }
    yield from ((name, value[:_MOST]) for name, value in given.items() if value)


def _metrics(view: RunView) -> Iterator[tuple[str, float]]:
    decision = view.decision
    ledger = decision.ledger
    yield "target", decision.mark
    best = next((each for each in ledger.trials if each.configuration == ledger.best), None)
    for name, trial in (("baseline", ledger.baseline), ("best", best)):
        if trial is not None and trial.n_seen:
            yield f"{name}/score", trial.score
            yield f"{name}/low", trial.low
            yield f"{name}/high", trial.high
            yield f"{name}/n", trial.n_seen
    if decision.confirmation is not None:
        claim = decision.confirmation
        yield "confirmed/score", claim.score
        yield "confirmed/at_least", claim.at_least
        yield "confirmed/at_most", claim.at_most
        yield "confirmed/n", claim.n
    yield "candidates", len(view.tried)
    yield "calls", ledger.calls
    if decision.provenance is not None:
        yield "seconds", decision.provenance.seconds


def _candidates(decision: Decision) -> Iterator[tuple[Any, ...]]:
    seen = set()
    for row in decision.rows():
        is_ceiling = min(row["configuration"], default=0) < 0
        key = (row["lever"] == "confirmed", tuple(row["configuration"]), row["n_seen"])
        if not row["n_seen"] or is_ceiling or key in seen:
            continue
        seen.add(key)
        name = label_of(decision, row["configuration"])
        told = {**row, "candidate": name, "n": row["n_seen"]}
        yield tuple(told[column] for column in COLUMNS)


def _refuse_keys(run: TrackedRun) -> None:
    sent = "\n".join([run.page, run.table, *run.parameters.values()])
    named = [
        name
        for name, value in os.environ.items()
        if _KEY_VARIABLE.search(name) and len(value) >= _SHORTEST_KEY and value in sent
    ]
    if named or holds_secret(sent):
        what = f"the value of ${named[0]}" if named else "something that looks like a key"
        raise UnsafeError(
            f"What would be sent of {run.name} holds {what}; nothing was sent.",
            next_step="Find it with `ladder report RUN --format md --output -`, take it out of the spec "
            "or the data, and revoke the key.",
        )
