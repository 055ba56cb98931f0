"""One page over a folder of runs."""

from pathlib import Path

from typer.testing import CliRunner

from ladder.cli.app import app
from ladder.report import Evidence
from ladder.runs import RunFolder


def test_a_folder_of_runs_becomes_a_page_with_a_link_to_each_report(
    tmp_path: Path, cases: dict[str, Evidence]
) -> None:
    for name in ("already_good", "fine_tune"):
        folder = RunFolder(tmp_path / f"{name} & co")
        folder.path.mkdir()
        cases[name].decision.save(folder.decision)
        folder.samples.write_text("", encoding="utf-8")
    damaged = RunFolder(tmp_path / "damaged")
    damaged.path.mkdir()
    damaged.decision.write_text("{", encoding="utf-8")

    done = CliRunner().invoke(app, ["report", str(tmp_path)])

    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert done.exit_code == 0, done.output
    assert "3 runs" in page
    assert 'href="fine_tune%20%26%20co/report.html"' in page
    assert (tmp_path / "fine_tune & co" / "report.html").is_file()
    assert "cannot be read" in page


def test_a_run_itself_is_no_folder_of_runs(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["report", str(tmp_path)])

    assert done.exit_code != 0
    assert not (tmp_path / "index.html").exists()
