"""The whole of lever 8 on a tiny model: from a Permit to a measured adapter."""

import json
from pathlib import Path

import pytest

import ladder
from ladder.data import load_samples
from ladder.decision import Decision
from ladder.disk import write_lines
from ladder.errors import BlockedError, EvidenceError, NotJustifiedError, SpecError, UnsafeError
from ladder.finetune import TrainingProgress, TrainingReport, train
from ladder.finetune.checklist import PARTS
from ladder.finetune.versions.registry import Promotions, move, promote, verify_version
from ladder.measure.source_files import digest_sources
from ladder.measure.task_data import load_task_data
from ladder.runs import RunFolder
from ladder.runs.samples import SampleRow
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.task import TaskSpec
from tests.finetune.conftest import MakeDecision, MakePermit, MakeTask

pytestmark = pytest.mark.slow


@pytest.fixture
def seen() -> list[TrainingProgress]:
    return []


def test_a_permit_leads_to_an_adapter_that_is_measured_and_rechecked(
    make_task: MakeTask,
    make_permit: MakePermit,
    make_decision: MakeDecision,
    tmp_path: Path,
    seen: list[TrainingProgress],
) -> None:
    task = make_task()
    permit = make_permit(task)
    run = tmp_path / "runs" / "tiny"

    report = train(permit, task, run_folder=run, observer=seen.append)

    assert report.candidate == permit.start.replace(adapter=report.adapter)
    assert Path(report.adapter) == tmp_path / "runs" / "adapters" / "tiny" / "v1"
    assert report.before.n == report.after.n > 10
    assert {ability.name for ability in report.abilities} == {"capitals", "opposites", "sums"}
    assert set(report.parts) == {"train", "validation", "test"}
    assert report.rows["replay"] > 0
    assert report.verdict == "not_reached"
    assert report.sentence.startswith("Fine-tuning did not reach the target of .90 either")
    assert "⟦" in report.shown
    assert [each.step for each in seen if each.stage == "training"] == [1, 2, 3, 4, 5, 6]
    assert report.cost.peak_memory_gib > 0
    stored = json.loads((run / "training.json").read_text("utf-8"))
    assert TrainingReport.model_validate(stored) == report
    assert report.sentence in str(report)

    leave_a_run(RunFolder(run), task, make_decision(task))
    rows = [{"input": f"fresh {at}", "target": "red"} for at in range(20)]
    with pytest.raises(SpecError, match="not shown to reach the target"):
        ladder.recheck(run, rows)
    with pytest.raises(SpecError, match="no candidate is shown to reach"):
        ladder.load(run)
    (run / "training.json").write_text(json.dumps({**stored, "verdict": "reached"}), "utf-8")
    with pytest.raises(SpecError, match="is not in use") as refused:
        ladder.load(run)
    assert refused.value.next_step == f"ladder adapter promote {report.adapter}"
    move(Path(report.adapter).parent, "promote", ("v1",), seen=Promotions())
    with ladder.load(run) as answerer:
        assert answerer.candidate == report.candidate
        assert answerer.answer("fresh").error is None
    found = ladder.recheck(run, rows)
    assert (found.n_new, found.is_trained, found.candidate) == (20, True, "the trained model")
    Path(report.adapter, "adapter_config.json").write_text("{}", "utf-8")
    with pytest.raises(EvidenceError):
        ladder.recheck(run, rows)


def leave_a_run(run: RunFolder, task: TaskSpec, decision: Decision) -> None:
    """Write what a run leaves beside its training."""
    decision.save(run.decision)
    run.spec.write_text(task.model_dump_json(), "utf-8")
    run.sources.write_text(json.dumps(digest_sources(load_task_data(task))), "utf-8")
    rows = [SampleRow(each.id, each.input, each.targets) for each in load_samples(task.data)]
    write_lines(run.samples, [each.to_line() for each in rows])


def test_the_record_holds_all_ten_parts_and_the_adapter_its_card(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path, seen: list[TrainingProgress]
) -> None:
    task = make_task(steps=2)
    run = tmp_path / "runs" / "tiny"

    report = train(make_permit(task), task, run_folder=run, observer=seen.append)

    stored = json.loads((run / "training.json").read_text("utf-8"))
    assert [part["name"] for part in stored["plan"]] == list(PARTS)
    assert [part.status for part in report.plan[:5]] == ["passed"] * 5
    baselines = report.plan[PARTS.index("baseline_evals")]
    assert [row[0] for row in baselines.table[2:]] == [
        "nearest neighbour",
        "logistic regression on counted letters",
    ]
    assert any("⟦" in each.note for each in seen)
    folder = Path(report.adapter)
    manifest, record = verify_version(folder)
    assert record.report == report
    assert manifest["made_from"]["settings"]
    card = (folder / "README.md").read_text("utf-8")
    assert card.startswith("---\nlibrary_name: peft")
    assert report.sentence in card
    assert "not legal advice" in card
    with pytest.raises(NotJustifiedError):
        promote(folder)


def test_a_metric_that_is_code_needs_leave(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(
        "def score(prediction, references):\n    return float(prediction in references)\n", "utf-8"
    )
    metric = MetricSpec(name=f"{tmp_path / 'mine.py'}:score")
    task = make_task(steps=2).replace(metric=metric)
    policy = f'unsigned: allow\nmetrics: ["{metric.name}"]\n'
    (tmp_path / "ladder-policy.yaml").write_text(policy, "utf-8")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UnsafeError, match="code"):
        train(make_permit(task), task, run_folder=tmp_path / "run")
    report = train(make_permit(task), task, run_folder=tmp_path / "run", allow_code=True)

    assert report.verdict == "not_reached"


def test_the_same_call_again_measures_and_does_not_train(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path, seen: list[TrainingProgress]
) -> None:
    task = make_task()
    first = train(make_permit(task), task, run_folder=tmp_path / "run")

    second = train(make_permit(task), task, run_folder=tmp_path / "run", observer=seen.append)

    assert second == first
    assert "training" not in [each.stage for each in seen]


def test_a_training_that_was_killed_goes_on_where_it_was(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path, seen: list[TrainingProgress]
) -> None:
    task = make_task()
    whole = train(make_permit(task), task, run_folder=tmp_path / "a" / "run")

    def interrupt(progress: TrainingProgress) -> None:
        if progress.step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(make_permit(task), task, run_folder=tmp_path / "b" / "run", observer=interrupt)
    resumed = train(
        make_permit(task), task, run_folder=tmp_path / "b" / "run", observer=seen.append
    )

    assert [each.step for each in seen if each.stage == "training"] == [4, 5, 6]
    assert _weights(resumed) == _weights(whole)


def test_answers_that_never_end_are_refused_before_training(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path, seen: list[TrainingProgress]
) -> None:
    template = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
    task = make_task()
    task = task.replace(chat=task.chat.replace(template=template))

    with pytest.raises(BlockedError, match="P04"):
        train(make_permit(task), task, run_folder=tmp_path / "run", observer=seen.append)

    assert "training" not in [each.stage for each in seen]


def test_without_replay_only_the_tasks_rows_are_trained_on(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    task = make_task(replay_share=0.0)

    report = train(make_permit(task), task, run_folder=tmp_path / "run")

    assert report.rows["replay"] == 0


def _weights(report: TrainingReport) -> bytes:
    return (Path(report.adapter) / "adapter_model.safetensors").read_bytes()
