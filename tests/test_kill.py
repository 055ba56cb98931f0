"""`kill -9` at any moment: the same command continues, and nothing acknowledged is lost."""

import json
import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import pytest

import ladder
from ladder.measure import Journal
from ladder.models.base import Request
from ladder.testing import Scripted, register_scripted

pytestmark = pytest.mark.slow

KILLS = 10
"""Kills, one in each tenth of the time that a run takes."""
SECONDS_AN_ANSWER = 0.002
FORK = multiprocessing.get_context("fork")


def answer(request: Request) -> str:
    """Answer slowly, and note on disk that the question was asked."""
    with Path("asked.txt").open("a", encoding="utf-8") as asked:
        asked.write("once\n")
    time.sleep(SECONDS_AN_ANSWER)
    question = request.messages[-1].content.rpartition(": ")[2]
    return str(int(question) * 3) if len(request.messages) == 5 else "no idea"


def write_task(folder: Path) -> None:
    rows = [{"input": str(i), "target": str(i * 3)} for i in range(160)]
    pool = [{"input": str(i), "target": str(i * 3)} for i in range(1000, 1020)]
    for name, some in (("eval.jsonl", rows), ("pool.jsonl", pool)):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in some))
    spec = {
        "name": "triples",
        "model": "scripted:slow",
        "data": "eval.jsonl",
        "target": 0.8,
        "levers": {"few_shot": {"pool": "pool.jsonl", "shots": [1, 2], "methods": ["random"]}},
    }
    (folder / "task.json").write_text(json.dumps(spec))


def run_in(folder: Path) -> None:
    os.chdir(folder)
    register_scripted(Scripted(answer, name="slow"))
    ladder.run("task.json")


def start(folder: Path) -> multiprocessing.process.BaseProcess:
    child = FORK.Process(target=run_in, args=(folder,))
    child.start()
    return child


def finish(folder: Path) -> ladder.Decision:
    child = start(folder)
    child.join()
    assert child.exitcode == 0
    (record,) = folder.glob("runs/*/decision.json")
    return ladder.Decision.load(record)


def without_effort(decision: ladder.Decision) -> dict[str, object]:
    """Return all but times, and how many scores a look took: one that was answered is not redone."""
    ledger = decision.ledger
    looks = tuple(look.replace(n_seen=0) for look in ledger.looks)
    same = decision.replace(provenance=None, ledger=ledger.replace(calls=0, looks=looks))
    document = same.model_dump(exclude={"candidates": {"__all__": {"seconds"}}})
    return dict(document)


def n_asked(folder: Path) -> int:
    asked = folder / "asked.txt"
    return len(asked.read_text().splitlines()) if asked.is_file() else 0


def n_kept(folder: Path) -> int:
    found = list(folder.glob("runs/*/journal.sqlite"))
    if not found:
        return 0
    with Journal(found[0]) as journal:
        return len(journal)


def test_a_run_killed_at_any_moment_ends_in_the_same_decision(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    write_task(whole)
    started = time.monotonic()
    expected = finish(whole)
    seconds = time.monotonic() - started
    moments = random.Random(0)  # noqa: S311 - moments, not secrets
    n_unfinished = 0

    for kill in range(KILLS):
        folder = tmp_path / str(kill)
        folder.mkdir()
        write_task(folder)
        child = start(folder)
        time.sleep((0.05 + 0.9 * (kill + moments.random()) / KILLS) * seconds)
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        n_unfinished += child.exitcode == -signal.SIGKILL
        asked, kept = n_asked(folder), n_kept(folder)
        decision = finish(folder)

        assert asked - kept <= 1
        assert n_asked(folder) <= n_asked(whole) + 1
        assert without_effort(decision) == without_effort(expected)
        assert decision.verdict == expected.verdict == "use_lever"

    assert n_unfinished > KILLS / 2
