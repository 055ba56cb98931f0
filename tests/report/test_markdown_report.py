import pytest

from ladder.formats.markdown import fenced
from ladder.report import Evidence, SampleRow, to_markdown
from ladder.report.markdown_report import MOST_BYTES


def test_model_text_cannot_leave_its_fence() -> None:
    text = "before\n````\n# heading\n````\nafter"

    lines = fenced(text).splitlines()

    assert lines[0] == "`````text"
    assert lines[-1] == "`````"
    assert "`````" not in lines[1:-1]


@pytest.mark.parametrize("command", ["::error::x", "  ::stop-commands::y", "##[error]z"])
def test_model_text_is_no_command_for_a_ci_runner(command: str) -> None:
    lines = fenced(f"answer\n{command}").splitlines()

    assert not any(line.lstrip(" \t").startswith(("::", "##[")) for line in lines)


@pytest.mark.slow
def test_the_report_fits_into_a_job_summary(cases: dict[str, Evidence]) -> None:
    good = cases["together"]
    long = good.decision.ledger.attempts[7].replace(reason="because " * 200_000)
    ledger = good.decision.ledger
    decision = good.decision.replace(ledger=ledger.replace(attempts=(long,) * 9))
    answers = tuple(
        type(one)(one.configuration, "x" * 950_000, "", 0.0, prompt="p" * 950_000)
        for one in good.samples[0].answers
    )
    sample = SampleRow("a", "b" * 900_000, ("c",), answers=answers)

    text = to_markdown(Evidence(decision, (sample,), "runs/x"))

    assert len(text.encode()) < MOST_BYTES
    assert "Cut here" in text


def test_without_a_verdict_nothing_of_the_part_kept_aside_is_said(
    cases: dict[str, Evidence],
) -> None:
    text = to_markdown(cases["inconclusive"])

    for secret in (".61", ".55", ".63", ".64", "LOCKED-ANSWER", " 113 "):
        assert secret not in text
