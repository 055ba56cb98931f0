"""Verdicts on answers that a real model once gave, beside what all its answers say.

text-davinci-002 answered five data sets twice: asked plainly, and asked to think step by step. The
recording lies beside the checkout and is not part of it; without it this says so and does nothing.
Writes its table into docs/benchmarks.md; ends with a code other than 0 where a line falls short.

    python -m benchmarks.recorded
"""

import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ladder
from benchmarks.table import write_table

SECTION = "Verdicts on recorded answers"
COMMAND = "python -m benchmarks.recorded"
RECORDING = Path("shared", "data", "datasets", "recorded", "prompt_runs.jsonl")
BESIDE = Path(__file__).resolve().parents[2]
NOTE = (
    'text-davinci-002, zero-shot against "Let\'s think step by step"; the prompt lever has that one '
    "variant, the other six are declared not applicable. The scores are those on the selection part."
)

STEPS = "{{ input }}\n\nLet's think step by step."
_NONE = {"not_applicable": "the recording holds two prompts and nothing else"}
_OTHERS = ("template", "model", "decoding", "rag", "rerank", "few_shot")
NUMBER = {
    "name": "numeric",
    "reading": "pattern",
    "pattern": r"(?s)arabic numerals\) is.*?(-?[\d.,]*\d)",
}
YES_OR_NO = {
    "name": "choice",
    "labels": ["yes", "no"],
    "reading": "pattern",
    "pattern": r"(?i)\(yes or no\) is\W*(yes|no)\b",
}


@dataclass(frozen=True)
class Line:
    """One data set at one target, and what must hold of the decision."""

    dataset: str
    target: float
    must: str
    holds: Callable[[ladder.Decision], bool]
    metric: Mapping[str, object]


def is_verdict(verdict: str) -> Callable[[ladder.Decision], bool]:
    """Return whether a decision has a verdict, as a question to it."""
    return lambda decision: decision.verdict == verdict


def keeps_baseline(decision: ladder.Decision) -> bool:
    """Return whether no lever was chosen."""
    return decision.verdict != "use_lever" and not any(decision.configuration)


def names_unread(decision: ladder.Decision) -> bool:
    """Return whether answers that no parser reads were named before the first lever."""
    return any(each.code == "Q06 answers-unreadable" for each in decision.checks)


LINES = (
    Line("gsm8k", 0.35, "use_lever", is_verdict("use_lever"), NUMBER),
    Line("gsm8k", 0.40, "inconclusive", is_verdict("inconclusive"), NUMBER),
    Line("gsm8k", 0.55, "fine_tune", is_verdict("fine_tune"), NUMBER),
    Line("coin_flip", 0.85, "unread answers named", names_unread, YES_OR_NO),
    Line("addsub", 0.60, "baseline kept", keeps_baseline, NUMBER),
    Line("addsub", 0.75, "baseline kept", keeps_baseline, NUMBER),
    Line("addsub", 0.85, "baseline kept", keeps_baseline, NUMBER),
)


def recorded_task(
    rows: Sequence[Mapping[str, Any]], folder: Path, *, target: float, metric: Mapping[str, object]
) -> dict[str, Any]:
    """Write the rows of one data set as eval file and recording; return the task's spec."""
    name = rows[0]["dataset"]
    data, recording = folder / f"{name}.jsonl", folder / f"{name}-answers.jsonl"
    plain = [row for row in rows if row["method"] == "zero_shot"]
    _write(data, [{"input": row["question"], "target": row["gold"]} for row in plain])
    _write(recording, [{"input": _asked(row), "output": row["output"]} for row in rows])
    return {
        "name": name,
        "model": f"recorded:{recording}",
        "data": str(data),
        "metric": dict(metric),
        "target": target,
        "levers": {
            **dict.fromkeys(_OTHERS, _NONE),
            "prompt": {"prompts": [STEPS], "edits": False},
        },
    }


def _asked(row: Mapping[str, Any]) -> str:
    question = str(row["question"])
    is_stepwise = row["method"] == "zero_shot_cot"
    return STEPS.replace("{{ input }}", question) if is_stepwise else question


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def row_of(line: Line, decision: ladder.Decision) -> dict[str, object]:
    """Return one line of the table."""
    trials = [trial for attempt in decision.attempts for trial in attempt.trials]
    stepwise = [trial.score for trial in trials if any(trial.configuration)]
    shown = decision.confirmation
    interval = f"{shown.score:.3f} ({shown.at_least:.2f} to {shown.at_most:.2f})" if shown else "–"
    return {
        "data set": line.dataset,
        "samples": decision.ledger.n,
        "target": line.target,
        "plain": f"{decision.ledger.baseline.score:.3f}",
        "step by step": f"{stepwise[0]:.3f}" if stepwise else "–",
        "verdict": decision.verdict,
        "confirmed": interval,
        "must be": line.must,
        "holds": "yes" if line.holds(decision) else "NO",
    }


def main() -> int:
    """Decide each line and write the table; return 0 where all hold, or nothing is recorded."""
    source = BESIDE / RECORDING
    if not source.is_file():
        print(f"Nothing measured: {source} is absent. Put the recording there.")
        return 0
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    table = []
    for line in LINES:
        mine = [row for row in rows if row["dataset"] == line.dataset]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            task = recorded_task(mine, folder, target=line.target, metric=line.metric)
            table.append(row_of(line, ladder.run(task, runs_folder=folder / "runs")))
    print(write_table(SECTION, table, COMMAND, note=NOTE))
    short = [f"{row['data set']} at {row['target']}" for row in table if row["holds"] != "yes"]
    print(f"Short: {', '.join(short)}" if short else "Every line holds.")
    return int(bool(short))


if __name__ == "__main__":
    sys.exit(main())
