"""A whole run in which a person answers where the model is not sure."""

from pathlib import Path

import pytest

from ladder.api import run, run_folder_of
from ladder.gate.recompute import check_recomputed, recompute
from ladder.models.base import Request
from ladder.report.html import to_html
from ladder.report.markdown_report import to_markdown
from ladder.report.run_evidence import load_evidence
from ladder.report.terminal import to_terminal
from ladder.spec.load_task import load_task
from ladder.testing import write_task

N = 400
DRAWS = {"majority_of": 5, "temperature": 0.7, "max_new_tokens": 4}


def knows_three_of_five(request: Request) -> str:
    """Double three numbers of five; of the others say something else each time."""
    number = int(request.messages[-1].content)
    if number % 5 < 3:
        return str(2 * number)
    return str(10_000 + 31 * number + request.decoding.seed * (number % 2 + 1))


@pytest.mark.slow
def test_a_cascade_is_confirmed_reported_and_rebuilt_from_the_journal(tmp_path: Path) -> None:
    rows = [{"input": str(n), "target": str(2 * n)} for n in range(N)]
    task = write_task(
        tmp_path,
        knows_three_of_five,
        rows=rows,
        metric="exact_match",
        target=0.9,
        prompt="{{ input }}",
        generation=DRAWS,
        levers={
            "model": {"not_applicable": "one model", "review": {"least_coverage": 0.5}},
            "prompt": {"edits": False},
        },
    )

    decision = run(task, runs_folder=tmp_path / "runs")
    folder = run_folder_of(task, tmp_path / "runs")
    evidence = load_evidence(folder)
    report = to_markdown(evidence)

    assert decision.verdict == "use_lever"
    assert decision.sentence.startswith("Do not fine-tune. A cascade reaches the target: ")
    assert "% are answered automatically, 100 % of them right, and a person" in decision.sentence
    assert decision.best is not None
    assert decision.best.model.reviewed_below == 1.0
    check_recomputed(recompute(folder, load_task(tmp_path / "task.json")), decision, folder)
    assert "answered without a person, at least" in report
    assert "Hand an answer on to a person where the share of its 5 draws that agree" in report
    assert "a person below 1.00" in to_html(evidence)
    assert to_terminal(evidence) is not None
