"""A verdict that shows no score of its test leaves the confirmation part for other questions."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.cli import main
from ladder.decision import Decision
from ladder.gate.record import write_record
from ladder.models.base import Request
from ladder.models.scripted import Scripted, register_scripted
from ladder.report import to_text
from ladder.report.run_evidence import load_evidence
from ladder.runs.samples import read_samples
from ladder.search.confirm.look_history import Closing
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.looks_file import LooksFile
from ladder.search.ledger import Confirmation
from ladder.testing.task_files import answer_right, answer_wrong, number_in, triples, write_task

LEVEL = 0.035


def answers(request: Request) -> str:
    """Answer right more often with worked examples, and in other shares for other prompts."""
    number, prompt = number_in(request), request.messages[-1].content
    share = 0.92 if len(request.messages) >= 5 else 0.6
    share += 0.04 if "Triple" in prompt else 0.0
    share -= 0.35 if "Guess" in prompt else 0.0
    drawn = int(hashlib.sha256(str(number).encode()).hexdigest()[:8], 16) / 16**8
    return str(3 * number + (drawn >= share))


def name_of(prompt: str) -> str:
    """Return the name of the task with a prompt."""
    return hashlib.sha256(prompt.encode()).hexdigest()[:6]


def decided(folder: Path, prompt: str = "{{ input }}", **fields: Any) -> Decision:
    task = write_task(
        folder,
        answers,
        rows=triples(150),
        pool=triples(20, start=1000),
        prompt=prompt,
        name=name_of(prompt),
        **fields,
    )
    return ladder.run(task, runs_folder=folder / "runs", progress=False)


def asked_in_a_row(looks: Looks, passes: str) -> list[float]:
    """Ask one question a letter ("y" passes); return the level of each."""
    levels = []
    for at, letter in enumerate(passes):
        entry = looks.begin("reached", f"{at}", allowed=0.05)
        assert entry is not None
        levels.append(round(entry.alpha, 5))
        looks.seal(entry, allowed=0.05) if letter == "y" else looks.finish(entry, passed=False)
    return levels


@pytest.mark.parametrize(
    ("passes", "levels"),
    [
        ("nnn", [0.035, 0.0105, 0.00315]),
        ("yyy", [0.035, 0.0245, 0.01715]),
        ("nyn", [0.035, 0.0105, 0.00735]),
        ("ynyn", [0.035, 0.0245, 0.00735, 0.00515]),
    ],
)
def test_after_a_pass_its_own_level_is_left_and_after_a_failure_the_rest(
    passes: str, levels: list[float]
) -> None:
    assert asked_in_a_row(Looks(is_sealed=True), passes) == pytest.approx(levels, abs=1e-5)


def test_nothing_comes_back_where_another_question_came_between() -> None:
    looks = Looks(is_sealed=True)
    first = looks.begin("reached", "a", allowed=0.05)
    assert first is not None
    asked_in_a_row(looks, "n")

    looks.seal(first, allowed=0.05)

    assert looks.left("reached", 0.05) == pytest.approx(0.05 * 0.3 * 0.3)


def test_after_a_sealed_pass_nothing_can_justify_fine_tuning() -> None:
    looks = Looks(is_sealed=True)
    asked_in_a_row(looks, "y")

    assert looks.begin("below", "all", allowed=0.05) is None
    assert looks.left("below", 0.05) == 0
    assert "cannot justify fine-tuning" in looks.why_not_below("below")
    assert looks.extended().begin("below", "all", allowed=0.05) is None
    looks.close(
        Closing(
            question="reached",
            key="shown",
            confirmation=Confirmation(score=0.9, n=3, at_least=0.8, at_most=1),
        ),
        shown=["1", "2", "3"],
    )
    assert looks.reopened().begin("below", "all", allowed=0.05) is None


@pytest.mark.slow
def test_a_second_prompt_gets_a_verdict_on_the_same_rows(tmp_path: Path) -> None:
    first = decided(tmp_path, confirmation="sealed")
    second = decided(tmp_path, "Triple {{ input }}", confirmation="sealed")
    third = decided(tmp_path, "Guess {{ input }}", confirmation="sealed")

    assert [first.verdict, second.verdict] == ["use_lever", "use_lever"]
    assert [each.ledger.looks[-1].alpha for each in (first, second)] == pytest.approx(
        [LEVEL, 0.7 * LEVEL]
    )
    assert third.verdict == "inconclusive"
    assert "cannot justify fine-tuning" in third.ledger.reason
    # Nothing that depends on a confirmation score is anywhere to be read.
    whole = first.ledger.n_confirmation
    assert first.confirmation is None
    assert first.ledger.n_open == whole == first.ledger.looks[-1].n_seen
    run = next((tmp_path / "runs").glob(f"{name_of('{{ input }}')}-*"))
    rows = list(read_samples(run / "samples.jsonl", None))
    assert not any(row.answers for row in rows if row.part == "confirmation")
    entries = [
        entry
        for part in json.loads((tmp_path / "eval.jsonl.looks.json").read_text())["sets"].values()
        for entry in part["record"]["entries"]
    ]
    assert [entry["n_units"] for entry in entries] == [0, 0]
    said = to_text(load_evidence(run))
    assert "≥ .80 shown on 96 confirmation samples · scores sealed, about 3 more" in said
    assert "so that an edited prompt can be tested on them" in said
    assert "≤ 5 %" in said


@pytest.mark.slow
def test_a_candidate_that_was_shown_to_pass_is_named_again_on_other_rows(tmp_path: Path) -> None:
    first = decided(tmp_path)
    pool = {"pool": "pool.jsonl", "shots": 2, "method": "random"}

    applied = decided(tmp_path, examples=pool)

    assert first.confirmation is not None
    assert applied.verdict == "already_good"
    assert applied.ledger.earlier == first.confirmation
    assert applied.sentence == "The baseline already reaches the target, as an earlier run showed."
    # The rows that are left stay as they were.
    assert applied.ledger.n_open == applied.ledger.n_confirmation < first.ledger.n_confirmation
    assert applied.ledger.alpha_reached_left == 0.05


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["shown", "sealed"])
def test_an_earlier_pass_is_not_cited_where_the_selection_part_refutes_it(
    tmp_path: Path, mode: str
) -> None:
    """Another model answers under the same name since."""

    def decided_by(answer: Callable[[Request], str], prompt: str) -> Decision:
        model = register_scripted(Scripted(answer, name=str(tmp_path / "served")))
        levers = {"prompt": {"prompts": [prompt]}}
        task = write_task(tmp_path, model, rows=triples(300), confirmation=mode, levers=levers)
        return ladder.run(task, runs_folder=tmp_path / "runs", progress=False)

    assert decided_by(answer_right, "Q {{ input }}").verdict == "already_good"
    assert decided_by(answer_right, "R {{ input }}").verdict == "already_good"
    swapped = decided_by(answer_wrong, "S {{ input }}")
    assert swapped.verdict == "inconclusive"
    assert "seems to have changed" in swapped.ledger.reason


@pytest.mark.parametrize("metric", ["exact_match", "contains"])
def test_after_a_sealed_pass_all_targets_and_metrics_share_what_is_left(
    tmp_path: Path, metric: str
) -> None:
    def looks_at(target: float, name: str = "exact_match") -> LooksFile:
        samples = [[f"input {at}"] for at in range(60)]
        path = tmp_path / "eval.jsonl.looks.json"
        return LooksFile(path, confirmation=samples, metric=name, target=target, is_sealed=True)

    other = looks_at(0.9, metric)
    assert other.left("reached", 0.05) == 0.05
    asked_in_a_row(looks_at(0.8), "n")
    assert other.left("reached", 0.05) == 0.05  # nothing has passed: a budget of its own

    entry = looks_at(0.8).begin("reached", "b", allowed=0.05)
    assert entry is not None
    looks_at(0.8).seal(entry, allowed=0.05)

    assert looks_at(0.8).left("reached", 0.05) == pytest.approx(0.0105)
    assert other.left("reached", 0.05) == pytest.approx(0.0105)
    assert other.begin("below", "all", allowed=0.05) is None


@pytest.mark.slow
def test_what_another_run_showed_of_the_whole_part_is_cited_and_can_be_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(**fields: Any) -> tuple[Decision, Path]:
        task = write_task(tmp_path, answer_right, rows=triples(60), **fields)
        decision = ladder.run(task, runs_folder=tmp_path / "runs", progress=False)
        return decision, ladder.run_folder_of(task, tmp_path / "runs")

    run(confirmation="sealed")
    shown, folder = run(confirmation="shown")
    other = {"prompt": {"prompts": ["Q {{ input }}"], "edits": False}}
    cited, citing = run(confirmation="shown", levers=other)

    assert shown.confirmation is not None
    assert (cited.confirmation, cited.ledger.earlier) == (None, shown.confirmation)
    assert run(confirmation="shown")[0].confirmation == shown.confirmation
    for each in (folder, citing):
        write_record(each, [])
    row = next(
        row for row in read_samples(citing / "samples.jsonl", None) if row.part == "confirmation"
    )
    assert main(["show", str(citing), row.id]) == 0
    assert "an earlier run showed the scores of this candidate" in capsys.readouterr().out
