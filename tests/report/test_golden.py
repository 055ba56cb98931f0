"""The words as printed. To renew them after a wanted change: LADDER_RENEW_GOLDEN=1 pytest."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ladder.report import Evidence, to_markdown, to_text

FOLDER = Path(__file__).parent / "golden"


@pytest.mark.parametrize(("ending", "render"), [("txt", to_text), ("md", to_markdown)])
def test_the_report_reads_as_it_did(
    case: tuple[str, Evidence], ending: str, render: Callable[[Evidence], str]
) -> None:
    name, evidence = case
    path = FOLDER / f"{name}.{ending}"

    text = render(evidence)

    if os.environ.get("LADDER_RENEW_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_first_screen_fits_a_terminal(case: tuple[str, Evidence]) -> None:
    lines = to_text(case[1], is_whole=False).splitlines()

    assert 0 < len(lines) <= 24
    assert max(len(line) for line in lines) <= 80
