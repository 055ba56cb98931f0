"""The gate is light: it loads none of what measures, and says no to garbage as fast as to the rest."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gate.conftest import Case

ASK = """
import sys
import time
from ladder.cli import main
code = main(["gate", "alone.json"])
heavy = {"torch", "transformers", "datasets", "numpy", "scipy", "sentence_transformers", "faiss"}
print(code, sorted(heavy & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("verdict", "code"), [("fine_tune", 0), ("use_lever", 1), ("inconclusive", 3), (None, 5)]
)
@pytest.mark.slow
def test_a_record_alone_is_judged_without_any_heavy_library(
    make_case: Callable[[str], Case], verdict: str | None, code: int
) -> None:
    case = make_case(verdict or "fine_tune")
    case.write_record()
    shutil.copy(case.record, "alone.json")
    if verdict is None:
        Path("alone.json").write_bytes(b"garbage")
    root = str(Path(__file__).resolve().parents[2])

    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == f"{code} []"


def test_the_blocked_person_reads_what_to_do_instead(make_case: Callable[[str], Case]) -> None:
    case = make_case("use_lever")
    case.write_record()

    assert case.gate() == 1

    verdict, instead, show, waive = case.out.splitlines()
    assert verdict.startswith("Blocked. Do not fine-tune.")
    assert instead.startswith("Use instead: few_shot 2 random (1.000 on")
    assert '"shots": 2' in instead
    assert show == f"See it: ladder report {case.run}"
    assert waive.startswith(f"Train all the same: ladder record waive {case.run} --name")


def test_the_command_of_the_message_writes_the_waiver(make_case: Callable[[str], Case]) -> None:
    case = make_case("inconclusive")
    case.write_record()
    assert case.gate() == 3
    (line,) = [each for each in case.out.splitlines() if each.startswith("Train all the same: ")]
    words = line.partition("ladder record waive ")[2].split(" --name")[0]

    code = case.call(
        "record", "waive", words, "--name", "Ada Lovelace", "--reason", "no time for more data",
        "--key", "ada.key",
    )  # fmt: skip

    assert code == 0


def test_what_the_machine_lacks_is_code_four_and_never_one(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)

    assert case.gate("--base", "some/model") == 4
    assert case.gate("--summary", "no/such/folder/summary.md") == 4


def test_a_command_behind_the_dashes_is_started_for_the_record_beside_it(case: Case) -> None:
    shutil.copy(case.record, "record.json")

    code = case.call("gate", "--", sys.executable, "-c", "open('started', 'w')")

    assert code == 0
    assert Path("started").exists()


@pytest.mark.slow
def test_a_signal_reaches_the_training_and_its_end_is_the_gates(case: Case) -> None:
    shutil.copy(case.record, "record.json")
    script = "import time; open('started', 'w'); time.sleep(60)"
    root = str(Path(__file__).resolve().parents[2])
    child = subprocess.Popen(
        [sys.executable, "-m", "ladder", "gate", "--", sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.DEVNULL,
    )
    for _ in range(600):
        if Path("started").exists():
            break
        time.sleep(0.1)

    child.terminate()

    assert child.wait(timeout=30) == 128 + signal.SIGTERM


@pytest.mark.parametrize("verdict", ["fine_tune", "inconclusive"])
def test_the_message_says_when_the_reading_hides_right_answers(
    make_case: Callable[[str], Case], verdict: str
) -> None:
    case = make_case(verdict)
    case.write_record()
    case.gate()
    assert "read leniently" not in case.out

    hint = (
        "The same answers, read leniently, score 0.96 instead of 0.02: try metric.reading: lenient."
    )
    case.resign(lambda statement: statement["predicate"].update(reading_hint=hint))
    (case.run / "decision.json").unlink()
    case.gate()

    assert "read leniently, score 0.96" in case.out
