"""`ladder compare`, and what `check` and `report` write for CI."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command, WriteSpec, right, right_with_examples, wrong


@pytest.mark.slow
def test_two_runs_are_held_against_each_other(command: Command, write_spec: WriteSpec) -> None:
    command("run", write_spec(wrong, name="before"))
    Path("eval.jsonl.looks.json").unlink()
    command("run", write_spec(right_with_examples, name="after"))
    (before,) = Path("runs").glob("before-*")
    (after,) = Path("runs").glob("after-*")

    text = command("compare", before, after)
    document = json.loads(command("compare", before, after, "--json").out)

    assert command("compare", "before", "after").out == text.out  # by the names of their tasks
    assert text.code == 0
    assert f"{before}: fine_tune" in text.out
    assert f"{after}: use_lever" in text.out
    assert "broke 0 (exact McNemar p < .001" in text.out
    assert (document["before"]["verdict"], document["after"]["verdict"]) == (
        "fine_tune",
        "use_lever",
    )
    assert len(document["fixed"]) == document["n"] > 0

    page = Path(command("compare", before, after, "--format", "html").out.strip())
    assert page == after / f"compared-with-{before.name}.html"
    assert "What the second run fixed" in page.read_text("utf-8")
    assert (before / "report.html").exists()


@pytest.mark.parametrize(
    ("options", "told", "step"),
    [
        (("--format", "pdf"), "--format pdf is not known", "Write txt or html."),
        (("--output", "p.html"), "--output p.html is for a page", "--format html --output p.html"),
        (("--task", "t.yaml", "--format", "html"), "not of recordings", "Leave --format out."),
    ],
)
def test_a_form_that_no_comparison_has_is_refused(
    command: Command, options: tuple[str, ...], told: str, step: str, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()

    refused = command("compare", tmp_path / "a", tmp_path / "b", *options)

    assert refused.code == 2
    assert told in refused.err
    assert step in refused.err


def test_check_writes_its_findings_for_code_scanning_and_annotations(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right)
    rows = Path("eval.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    Path("eval.jsonl").write_text("".join([*rows, rows[0]]), encoding="utf-8")

    sarif = json.loads(command("check", spec, "--format", "sarif").out)
    github = command("check", spec, "--format", "github").out

    results = sarif["runs"][0]["results"]
    assert "D01" in [result["ruleId"] for result in results]
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "task.json"
    assert "file=task.json,line=1,title=D01" in github


def test_an_unknown_format_is_refused_before_anything_else(
    command: Command, write_spec: WriteSpec
) -> None:
    ended = command("check", write_spec(right), "--format", "pdf")

    assert ended.code == 2
    assert "Use one of text, json, sarif, github." in ended.err


def test_a_clean_check_is_one_quiet_line(command: Command, write_spec: WriteSpec) -> None:
    assert command("check", write_spec(right), "--format", "github").out == "Clean.\n"


def test_a_report_goes_to_stdout_in_the_formats_of_ci(
    command: Command, write_spec: WriteSpec
) -> None:
    command("run", write_spec(right))
    (folder,) = Path("runs").glob("triples-*")

    sarif = json.loads(command("report", folder, "--format", "sarif", "--output", "-").out)
    github = command("report", folder, "--format", "github", "--output", "-").out

    assert sarif["runs"][0]["results"][0]["ruleId"] == "verdict"
    assert github.startswith("::notice file=")
