"""A run goes to a tracker: what is told before, what is sent, and that no row and no key goes with it."""

import importlib.util
import json
import sqlite3
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import ladder
from ladder.cli import main
from ladder.errors import UnsafeError
from ladder.models.base import Request
from ladder.testing import write_task
from ladder.testing.task_files import number_in, triples
from ladder.tracking import TRACKERS, TrackedRun, send_run

NOTE = "a patient of Dr Ada Lovelace, ward 7, asks about"
ANSWER = "three times that is, if I may say so,"
SECRET = "correct-horse-battery-staple"  # noqa: S105 - of a test


def answer(request: Request) -> str:
    """Answer with the number alone where the prompt asks for it, else with many words."""
    number = str(3 * number_in(request))
    return number if "only" in request.messages[-1].content else f"{ANSWER} {number}"


@dataclass
class NotedTracker:
    """Keeps what it is sent, and how many lines were told before."""

    told: list[str]
    sent: list[tuple[int, TrackedRun]] = field(default_factory=list)

    def place(self) -> str:
        return "a note"

    def send(self, run: TrackedRun) -> str:
        self.sent.append((len(self.told), run))
        return "there"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose rows are private, and one of whose prompts quotes a whole row."""
    folder = tmp_path_factory.mktemp("tracked")
    rows = [{**row, "input": f"{NOTE} {row['input']}"} for row in triples(80)]
    quoting = f"Digits only, not as for: {NOTE} 100\n{{{{ input }}}}"
    levers = {"prompt": {"prompts": [quoting], "edits": False}}
    data = {"path": "eval.jsonl", "on_leak": {"waive": ["820895ad2a3f8359"]}}
    task = write_task(folder, answer, rows=rows, levers=levers, data=data)
    ladder.run(task, runs_folder=folder / "runs")
    return ladder.run_folder_of(task, folder / "runs")


def send(run: Path, *, with_rows: bool = False) -> tuple[NotedTracker, TrackedRun]:
    tracker = NotedTracker([])
    assert send_run(run, tracker, tell=tracker.told.append, with_rows=with_rows) == "there"
    ((before, sent),) = tracker.sent
    assert before == len(tracker.told) > 4
    return tracker, sent


def test_what_is_sent_is_told_before_and_holds_no_row_and_no_answer(run: Path) -> None:
    tracker, sent = send(run)

    everything = sent.page + sent.table + json.dumps(dict(sent.parameters), ensure_ascii=False)
    assert NOTE not in everything
    assert ANSWER not in everything
    assert "Digits only, not as for: [text of a row, not sent]" in sent.page
    told = "\n".join(tracker.told)
    assert "Not sent: rows, answers" in told
    assert all(name in told for name in (*sent.parameters, *sent.metrics, "report.html"))


def test_the_scores_stand_there_with_their_intervals_and_the_claim_by_itself(run: Path) -> None:
    _, sent = send(run)

    decision = ladder.Decision.load(run / "decision.json")
    assert decision.confirmation is not None
    assert sent.parameters["verdict"] == "use_lever"
    assert sent.metrics["confirmed/at_least"] == decision.confirmation.at_least
    assert [each["candidate/score"] for each in sent.steps] == [0, 1, 1]
    assert [row[0] for row in sent.candidates] == ["baseline", "prompt", "confirmed"]
    assert sent.name == run.name


def test_rows_go_along_where_the_user_says_so(run: Path) -> None:
    tracker, sent = send(run, with_rows=True)

    assert NOTE in sent.page
    assert "Whole rows of your data leave this machine" in tracker.told[-1]


def test_nothing_is_sent_where_a_key_would_go_along(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = NotedTracker([])
    monkeypatch.setenv("SOME_API_KEY", NOTE[:20])  # it stands in the rows

    with pytest.raises(UnsafeError, match=r"\$SOME_API_KEY"):
        send_run(run, tracker, tell=tracker.told.append, with_rows=True)

    assert not tracker.sent
    assert NOTE[:20] not in "".join(tracker.told)


@pytest.mark.parametrize("name", TRACKERS)
def test_a_library_that_is_missing_is_named_with_what_installs_it(
    name: str, run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, name, None)

    assert main(["report", str(run), "--to", name]) == 4

    told = capsys.readouterr().err
    assert f"{name} is not installed." in told
    assert "Next: pip install " in told
    assert name in told.split("pip install")[1]


def test_a_folder_with_the_name_of_a_library_is_not_taken_for_it(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if importlib.util.find_spec("wandb") is not None:
        pytest.skip("wandb is installed")
    (tmp_path / "wandb").mkdir()
    monkeypatch.syspath_prepend(tmp_path)

    assert main(["report", str(run), "--to", "wandb"]) == 4

    assert "wandb is not installed." in capsys.readouterr().err
    assert main(["report", str(run), "--to", "wandb", "--dry-run"]) == 0
    assert "wandb is not installed" in "".join(capsys.readouterr())
    sys.modules.pop("wandb", None)


def test_an_unknown_tracker_and_a_dry_run_send_nothing(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracker = NotedTracker([])

    assert main(["report", str(run), "--to", "comet"]) == 2
    assert send_run(run, tracker, tell=tracker.told.append, dry_run=True) == ""

    assert "mlflow, wandb, trackio" in capsys.readouterr().err
    assert tracker.told
    assert not tracker.sent


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_mlflow_has_the_run_once(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mlflow = pytest.importorskip("mlflow", reason="mlflow is an extra of its own")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "store").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri(None)

    assert main(["report", str(run), "--to", "mlflow", "--project", "team"]) == 0
    assert main(["report", str(run), "--to", "mlflow", "--project", "team"]) == 0

    assert "it was there already" in capsys.readouterr().out
    client = mlflow.MlflowClient()
    where = client.get_experiment_by_name("team").experiment_id
    (found,) = client.search_runs([where])
    assert found.data.params["verdict"] == "use_lever"
    assert found.data.metrics["confirmed/score"] == 1
    history = client.get_metric_history(found.info.run_id, "candidate/score")
    assert [each.value for each in sorted(history, key=lambda each: each.step)] == [0, 1, 1]
    stored = {each.path for each in client.list_artifacts(found.info.run_id)}
    assert stored == {"report.html", "candidates.json"}
    page = next(tmp_path.rglob("report.html")).read_text("utf-8")
    assert NOTE not in page


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_trackio_has_the_run_once(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path))
    trackio = pytest.importorskip("trackio", reason="trackio is an extra of its own")

    assert main(["report", str(run), "--to", "trackio", "--project", "team"]) == 0
    assert main(["report", str(run), "--to", "trackio", "--project", "team"]) == 0

    assert "it was there already" in capsys.readouterr().out
    (found,) = trackio.Api().runs("team")
    assert found.config["verdict"] == "use_lever"
    with sqlite3.connect(tmp_path / "team.db") as database:
        rows = database.execute("select metrics from metrics order by step").fetchall()
    assert [json.loads(row[0]).get("candidate/score") for row in rows[:2]] == [0, 1]
    assert not any(
        NOTE.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_wandb_writes_the_run_into_a_folder_offline(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("wandb.sdk", reason="wandb is an extra of its own")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path))

    assert main(["report", str(run), "--to", "wandb"]) == 0

    assert capsys.readouterr().out.startswith("wandb sync ")
    (written,) = tmp_path.rglob("*.wandb")
    content = written.read_bytes()
    assert b"use_lever" in content
    assert b"confirmed/at_least" in content
    assert NOTE.encode() not in content
    assert list((tmp_path / "artifacts").rglob("*"))


@pytest.mark.slow
def test_the_words_of_a_failure_stay_here_also_where_they_are_the_reason(tmp_path: Path) -> None:
    def cannot_read(request: Request) -> str:
        text = request.messages[-1].content
        if text.startswith("Q "):
            raise ValueError(f"cannot read {text[2:40]}")  # a part of a row, not the whole
        return answer(request)

    rows = [{**row, "input": f"{NOTE} {row['input']}"} for row in triples(60)]
    levers = {"prompt": {"prompts": ["Q {{ input }}", "Say: {{ input }}"], "edits": False}}
    task = write_task(tmp_path, cannot_read, rows=rows, levers=levers)
    decision = ladder.run(task, runs_folder=tmp_path / "runs")
    _, sent = send(ladder.run_folder_of(task, tmp_path / "runs"))

    assert "Ada Lovelace" in decision.sentence
    assert "Ada Lovelace" not in sent.page + sent.table + json.dumps(dict(sent.parameters))
    assert sent.parameters["sentence"].startswith("No verdict yet: why is told on the")
