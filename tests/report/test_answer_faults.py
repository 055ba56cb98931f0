"""What spoils the baseline's answers stands above the ladder, wherever the ladder is shown."""

import io

import pytest
from rich.console import Console

from ladder.finding import Finding
from ladder.progress.run_screen import RunScreen
from ladder.report import Evidence, to_html, to_markdown, to_notebook_html, to_text
from ladder.search import Progress

CUT = Finding(
    code="Q01 answers-cut",
    severity="warning",
    problem="61 % (49 of 80) of the baseline's answers are cut at 10 tokens.",
    next_step="Raise generation.max_new_tokens.",
)
EMPTY = Finding(
    code="Q05 answers-empty",
    severity="warning",
    problem="20 of 80 answers are empty.",
    next_step="Look at one with `ladder show`.",
)
QUIET = Finding(code="Q04 noise-floor", severity="info", problem="0 of 32 answers changed.")


def with_faults(evidence: Evidence) -> Evidence:
    """Return evidence of a run whose baseline gave cut and empty answers."""
    decision = evidence.decision.replace(checks=(QUIET, EMPTY, CUT))
    return Evidence(decision, evidence.samples, evidence.folder)


def test_faults_stand_above_the_ladder_in_every_report(case: tuple[str, Evidence]) -> None:
    evidence = with_faults(case[1])

    for text, ladder in (
        (to_html(evidence).partition("run-1-ladder")[2], '<div class="ladder">'),
        (to_markdown(evidence), "| lever | score |"),
        (to_text(evidence), "target .85   "),
        (to_notebook_html(evidence.decision), "<table"),
    ):
        before = " ".join(text.partition(ladder)[0].replace("&#39;", "'").split())
        assert "of the baseline's answers are cut at 10 tokens." in before, ladder
        assert "generation.max" in before
        assert "20 of 80 answers are empty." in before
        assert "0 of 32 answers changed" not in before


def test_the_first_screen_has_room_for_them(case: tuple[str, Evidence]) -> None:
    lines = to_text(with_faults(case[1]), is_whole=False).splitlines()

    assert len(lines) <= 24
    assert any("answers are empty" in line for line in lines)
    assert any("1 more fault of the answers: see the report" in line for line in lines)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_note_is_on_the_screen_before_the_levers(*, is_terminal: bool) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=is_terminal, width=200, highlight=False)

    with RunScreen(console) as run:
        run.observe(Progress("baseline", 1, 1, 80, 80, None, f"▲ {CUT.problem}", spoils=(CUT,)))
        run.observe(Progress("prompt", 3, 3, 16, 80, 0.1))

    text = screen.getvalue()
    assert text.index("▲ 61 % (49 of 80)") < text.index("prompt")
