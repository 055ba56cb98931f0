"""What the eval data can still be asked is said before any call, and after a verdict."""

import json
import re
from pathlib import Path

import pytest

from ladder.spec.example import SPENDING
from tests.cli.conftest import Command, WriteSpec, right, wrong

UNTOUCHED = "All 97 samples of the confirmation part are untouched."


@pytest.mark.slow
def test_check_plan_and_run_say_it_before_any_call(command: Command, write_spec: WriteSpec) -> None:
    spec = write_spec(right)

    assert UNTOUCHED in command("check", spec).out
    assert UNTOUCHED in command("plan", spec).out
    ran = command("run", spec)
    assert UNTOUCHED in ran.err
    assert ran.err.index(UNTOUCHED) < ran.err.index("baseline")


@pytest.mark.slow
def test_after_a_verdict_check_plan_status_and_report_say_what_is_left(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right)
    command("run", spec)
    (folder,) = Path("runs").iterdir()

    pages = [
        command("check", spec).out,
        command("plan", spec).out,
        command("status", spec).out,
        *(
            command("report", folder, "--format", form, "--output", "-").out
            for form in ("md", "txt")
        ),
    ]

    for page in pages:
        assert "of 97 samples of the confirmation part are untouched: about" in page


def test_findings_for_machines_hold_nothing_of_it(command: Command, write_spec: WriteSpec) -> None:
    spec = write_spec(right)

    for form in ("json", "sarif", "github"):
        assert "untouched" not in command("check", spec, "--format", form).out


@pytest.mark.slow
def test_exploring_spends_nothing_and_says_what_a_verdict_would_ask(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right)

    explored = [command("run", spec, "--explore") for _ in range(2)]
    said = " ".join(explored[-1].out.split())
    (folder,) = Path("runs").iterdir()
    page = command("report", folder, "--format", "md", "--output", "-").out
    left = command("status", spec).out
    ran = command("run", spec)

    assert [ended.code for ended in explored] == [3, 3]
    assert "A run without --explore would test whether the baseline reaches the target" in said
    assert "the same command without --explore" in said
    assert "  ladder run task.yaml" in explored[-1].out
    assert "the run was only to explore" in page
    assert UNTOUCHED in left
    assert "Nothing was asked of them yet" in left
    assert ran.code == 0


def test_the_readme_and_init_say_how_it_is_spent(command: Command, tmp_path: Path) -> None:
    readme = Path(__file__).parents[2] / "README.md"
    rule = " ".join(SPENDING.split())

    said = command("init", tmp_path / "new")

    assert rule.count(". ") == 2
    assert rule[1:] in " ".join(readme.read_text("utf-8").split())
    assert rule in " ".join(said.out.split())
    written = (tmp_path / "new" / "task.yaml").read_text("utf-8")
    assert rule in " ".join(written.replace("\n# ", " ").split())


@pytest.mark.slow
def test_a_column_of_ids_of_their_own_changes_nothing_of_what_samples_bear(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right, confirmation="sealed", data={"path": "eval.jsonl", "cluster": "input"})
    ran = " ".join(command("run", spec).out.split())
    said = ran[ran.index("The next candidate needs") : ran.index("before one needs")]

    assert said in " ".join(command("status").out.split())


def test_where_some_clusters_hold_two_rows_every_page_counts_clusters(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(wrong, data={"path": "eval.jsonl", "cluster": "who"})
    rows = [json.loads(line) for line in Path("eval.jsonl").read_text().splitlines()]
    # Ten clusters hold two rows each; every other row is one of its own.
    named = [row | {"who": str(at // 2 if at < 20 else at)} for at, row in enumerate(rows)]
    Path("eval.jsonl").write_text("".join(json.dumps(row) + "\n" for row in named))

    before = command("check", spec).out
    command("run", spec, "--explore")
    (folder,) = Path("runs").iterdir()
    page = command("report", folder, "--format", "md", "--output", "-").out
    after = command("status", spec).out

    (told,) = re.findall(r"All \d+ clusters \(\d+ samples\) of the confirmation part", before)
    assert told in after
    assert told in page.replace("\\", "")
