"""The import contract of pyproject.toml holds, and the ladder's order is the product."""

import subprocess
import sys
from pathlib import Path

from ladder.levers import LEVERS
from ladder.spec.task import LEVER_NAMES, Levers

ROOT = Path(__file__).resolve().parents[1]


def test_a_run_flows_one_way() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as lint; lint()",
    ]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout
    assert "0 broken" in ended.stdout


def test_the_levers_stand_in_the_ladders_order() -> None:
    assert tuple(lever.name for lever in LEVERS) == LEVER_NAMES == tuple(Levers.model_fields)


def test_no_two_levers_change_the_same_part() -> None:
    parts = [lever.part for lever in LEVERS]

    assert len(set(parts)) == len(parts)
