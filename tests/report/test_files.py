import json
from pathlib import Path

import pytest

from ladder.decision import Decision
from ladder.errors import SpecError
from ladder.report import FORMATS, Evidence, to_index_html, write_report, write_text


@pytest.mark.parametrize("format_name", FORMATS)
def test_each_format_is_written_into_the_run_folder(
    tmp_path: Path, cases: dict[str, Evidence], format_name: str
) -> None:
    (tmp_path / "decision.json").write_text(cases["template"].decision.model_dump_json())

    path = write_report(tmp_path, format_name)

    assert path.parent == tmp_path
    assert "Do not fine-tune" in path.read_text(encoding="utf-8")
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_json_is_the_decision_itself(tmp_path: Path, cases: dict[str, Evidence]) -> None:
    decision = cases["together"].decision
    (tmp_path / "decision.json").write_text(decision.model_dump_json())

    path = write_report(tmp_path, "json", tmp_path / "out" / "d.json")

    assert Decision.model_validate(json.loads(path.read_text())) == decision


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="pdf") as caught:
        write_report(tmp_path, "pdf")

    assert "html" in caught.value.next_step


def test_several_runs_become_one_page(tmp_path: Path, cases: dict[str, Evidence]) -> None:
    path = tmp_path / "a.html"

    write_text(path, to_index_html([(f"{name}: a task", one) for name, one in cases.items()]))

    text = path.read_text(encoding="utf-8")
    assert all(f"{name}: a task" in text for name in cases)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    with pytest.raises(AttributeError):
        write_text(path, None)  # type: ignore[arg-type]

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
