import io

from rich.console import Console

from ladder.report import Evidence, to_terminal, to_text


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
