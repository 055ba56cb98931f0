import io

import pytest
from rich.console import Console

from ladder.report import Evidence, numbers, to_terminal, to_text
from ladder.report.terminal import Columns, _axis


def printed(evidence: Evidence, *, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    console = Console(file=file, width=80, force_terminal=True, legacy_windows=False)
    console.print(to_terminal(evidence))
    file.flush()
    return raw.getvalue().decode(encoding)


def test_a_terminal_without_unicode_gets_ascii(case: tuple[str, Evidence]) -> None:
    text = printed(case[1], encoding="ascii")

    assert "target .85" in text
    assert text.isascii()


def test_names_from_outside_cannot_steer_the_terminal(cases: dict[str, Evidence]) -> None:
    decision = cases["together"].decision
    evil = "Good.\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"
    evidence = Evidence(decision.replace(sentence=evil, model=evil), (), evil)

    text = printed(evidence)

    assert "owned" not in text
    assert "\x1b]" not in text
    assert "\x1b[2J" not in text
    assert "\u202e" not in text


def test_the_target_is_a_line_through_the_ladder(cases: dict[str, Evidence]) -> None:
    lines = printed(cases["fine_tune"]).splitlines()

    # A declared lever's reason may be longer than the way to the line.
    assert sum("┊" in line for line in lines) >= 6


def test_answers_that_only_a_lenient_reading_counts_are_said_under_the_verdict(
    cases: dict[str, Evidence],
) -> None:
    decision = cases["fine_tune"].decision
    lenient = Evidence(decision.replace(metric="exact_match, lenient"))

    hint = "The same answers, read leniently, score 0.50 instead of 0.17"

    assert hint in printed(cases["fine_tune"])
    assert "read leniently" not in printed(lenient)


def test_a_file_is_cut_nowhere(cases: dict[str, Evidence]) -> None:
    text = to_text(cases["together"])

    assert "answers too long (finer signal moved)" in text
    assert "…" not in text


def test_the_lever_to_use_comes_with_its_lines_of_the_spec(cases: dict[str, Evidence]) -> None:
    for text in (printed(cases["together"]), to_text(cases["together"])):
        assert "+   pool: pool.jsonl" in text


WIDTHS = (50, 80, 120, 200)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_width_of_the_terminal_is_used(case: tuple[str, Evidence], width: int) -> None:
    lines = to_text(case[1], is_whole=False, width=width).splitlines()

    *body, command = lines
    assert max(map(len, body)) <= width
    assert max(map(len, body)) >= width - 2
    assert command.strip() in to_text(case[1], is_whole=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_label_of_the_target_never_merges_with_a_tick(width: int) -> None:
    columns = Columns(width)
    for hundredth in range(1, 1000):
        target = hundredth / 1000
        axis = _axis(target, columns).plain
        label = f"target {numbers.exact(target)}"
        ticks = axis.replace(label, " ").split()
        assert axis.count(label) == 1
        assert set(ticks) <= {"0", ".25", ".5", ".75", "gain", "cost"}, axis


def test_the_change_of_the_spec_is_never_cut(cases: dict[str, Evidence]) -> None:
    evidence = cases["together"]
    whole = to_text(evidence)
    change = [line for line in whole.splitlines() if line.startswith(("  + ", "  - "))]

    for width in WIDTHS:
        text = to_text(evidence, is_whole=False, width=width)
        assert "In your spec:" in text
        joined = "".join(text.split())
        assert all("".join(line.split()) in joined for line in change)
