"""Two Ray workers give the decision of one LocalGenerator, also when one of them is killed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.measure import workbench
from ladder.models import Generator, load_generator
from ladder.models.local.ray_workers import RayWorkers
from ladder.search import Progress
from ladder.spec.candidate import ModelRef
from ladder.testing.task_files import triples, write_task

ray = pytest.importorskip("ray", reason="pip install 'finetune-ladder[ray]'")

pytestmark = [pytest.mark.slow, pytest.mark.model]


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Return a cluster on this machine with room for two workers."""
    ray.init(num_cpus=8, num_gpus=0, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()


@pytest.mark.usefixtures("cluster")
def test_a_worker_that_is_killed_loses_no_answer_and_changes_no_decision(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = {"id": str(tiny), "dtype": "float32"}
    prompts = {"prompt": {"prompts": [{"user": "{{ input }} =", "system": "Count."}]}}
    tasks = [
        write_task(tmp_path / name, {**model, **chosen}, rows=triples(80), levers=prompts)
        for name, chosen in (("one", {}), ("two", {"workers": "ray"}))
    ]
    alone = ladder.run(tasks[0], runs_folder=tmp_path / "runs of one")
    loaded: list[RayWorkers] = []
    killed: list[Any] = []

    def noted(ref: ModelRef, *, adapter: str | None = None) -> Generator:
        found = load_generator(ref, adapter=adapter)
        assert isinstance(found, RayWorkers)
        loaded.append(found)
        return found

    def kill_one(progress: Progress) -> None:
        if loaded and 0 < progress.n_seen < progress.n_total and not killed:
            killed.append(loaded[0]._workers[-1])  # at work, idle, or still loading: all are met
            ray.kill(killed[0])

    monkeypatch.setattr(workbench, "load_generator", noted)
    together = ladder.run(tasks[1], runs_folder=tmp_path / "runs of two", observer=kill_one)

    assert killed
    assert together.ledger == alone.ledger
    assert together.failures == alone.failures == ()
    assert [each.code for each in together.checks if each.code.startswith("N")] == [
        "N11 worker-left-out"
    ]
