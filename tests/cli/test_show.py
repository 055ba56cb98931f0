"""`ladder show` prints a sample whole: every candidate, or why nobody was asked."""

import json
from pathlib import Path

from ladder.decision import Confirmation
from ladder.report.run_evidence import Evidence
from tests.cli.conftest import Command
from tests.report.conftest import PLAIN, already_good, fine_tune, together


def write_run(evidence: Evidence, folder: Path) -> Path:
    """Write the files of a run as a run leaves them."""
    folder.mkdir()
    evidence.decision.save(folder / "decision.json")
    lines = [row.to_line() for row in evidence.samples]
    (folder / "samples.jsonl").write_text("\n".join(lines))
    return folder


def test_every_candidate_is_shown_with_its_prompt_baseline_and_best_first(
    command: Command, tmp_path: Path
) -> None:
    run = write_run(together(), tmp_path / "run")

    shown = command("show", run, "facts-000").out

    heads = [line for line in shown.splitlines() if line.startswith("---")]
    assert len(heads) == 4
    assert heads[0] == "--- baseline: score 0"
    assert "(best): score 1" in heads[1]
    assert shown.count("<|im_start|>assistant") == 4


def test_a_sample_that_was_never_asked_says_so(command: Command, tmp_path: Path) -> None:
    evidence = already_good()
    asked = [
        row if row.part == "selection" else type(row)(row.id, row.input, row.targets, row.part)
        for row in evidence.samples
    ]
    early = Confirmation(score=0.9, n=61, at_least=0.8, at_most=0.95)
    ledger = evidence.decision.ledger.replace(confirmation=early)
    decision = evidence.decision.replace(ledger=ledger)
    run = write_run(Evidence(decision, tuple(asked)), tmp_path / "run")

    shown = command("show", run, "facts-002")

    assert shown.code == 0
    assert "input:  What is the gate code of Mara2?" in shown.out
    assert "target: 114" in shown.out
    assert "never asked: the test ended after 61 of 120" in shown.out


def test_a_closed_part_without_a_verdict_is_called_hidden(command: Command, tmp_path: Path) -> None:
    evidence = fine_tune()
    ledger = evidence.decision.ledger.replace(ending="undecided")
    decision = evidence.decision.replace(ledger=ledger)
    run = write_run(Evidence(decision, evidence.samples), tmp_path / "run")

    assert "hidden: the verdict is inconclusive" in command("show", run, "facts-002").out


def test_escapes_of_the_data_never_reach_the_terminal(command: Command, tmp_path: Path) -> None:
    evidence = together()
    odd = "\x1b[31mred\x07\x1b]0;pwn\x07\u202etxt"
    first = evidence.samples[0]
    answer = first.answers[0]
    row = type(first)("odd", odd, (odd,), answers=(type(answer)(PLAIN, odd, odd, 1.0, prompt=odd),))
    run = write_run(Evidence(evidence.decision, (row,)), tmp_path / "run")

    for shown in (command("show", run, "odd"), command("show", run, "odd", "--json")):
        assert not {"\x1b", "\x07", "\u202e"} & set(shown.out)
    assert "⟨ESC⟩[31mred" in command("show", run, "odd").out
    assert json.loads(command("show", run, "odd", "--json").out)["input"] == odd


def test_an_error_that_quotes_data_is_shown_harmless(command: Command, tmp_path: Path) -> None:
    Path(tmp_path / "eval.jsonl").write_text('{"in\\u001b[31mput": "a", "target": "b"}\n')
    Path(tmp_path / "task.json").write_text(
        '{"name": "t", "model": "scripted:x", "data": "eval.jsonl", "target": 0.8}'
    )

    ended = command("check", tmp_path / "task.json")

    assert ended.code == 2
    assert "\x1b" not in ended.err
    assert "⟨ESC⟩" in ended.err
