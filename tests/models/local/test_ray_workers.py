"""Two Ray workers answer as one LocalGenerator would, also when one is killed."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.models import Message, Request, load_generator
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.local.ray_workers import RayWorkers
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing.task_files import triples, write_task

ray = pytest.importorskip("ray", reason="pip install 'finetune-ladder[ray]'")

pytestmark = [pytest.mark.slow, pytest.mark.model]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Return a cluster on this machine with room for two workers."""
    ray.init(num_cpus=8, num_gpus=0, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()


def requests(n: int) -> list[Request]:
    decoding = Decoding(max_new_tokens=8)
    return [Request((Message("user", f"{at} times 3?"),), ChatSetup(), decoding) for at in range(n)]


def texts(generator: LocalGenerator | RayWorkers, n: int) -> list[str]:
    found = list(generator.generate(requests(n)))
    assert sorted(at for at, _ in found) == list(range(n))  # each once
    return [answer.text for _, answer in sorted(found, key=lambda pair: pair[0])]


@pytest.mark.usefixtures("cluster")
def test_a_worker_that_is_killed_loses_no_answer_and_changes_no_decision(
    generator: LocalGenerator, tiny: Path, tmp_path: Path
) -> None:
    alone = texts(generator, 64)
    ref = ModelRef(id=str(tiny), dtype="float32", workers="ray")
    with closing(load_generator(ref)) as workers:
        assert isinstance(workers, RayWorkers)
        assert workers.identity == generator.identity
        assert texts(workers, 16) == alone[:16]
        assert not workers.findings()
        assert workers.log_likelihood(requests(2), ["a", "b"]) == pytest.approx(
            generator.log_likelihood(requests(2), ["a", "b"])
        )
        found = workers.generate(requests(64))
        first = next(found)
        busy = next(iter(workers._running.values()))[0]
        ray.kill(busy)
        rest = dict([first, *found])
        assert [rest[at].text for at in range(64)] == alone
        assert [each.code for each in workers.findings()] == ["N10 worker-left-out"]

    decisions = []
    for name, chosen in (("one", {}), ("two", {"workers": "ray"})):
        model = {"id": str(tiny), "dtype": "float32", **chosen}
        task = write_task(tmp_path / name, model, rows=triples(40))
        decisions.append(ladder.run(task, runs_folder=tmp_path / name / "runs"))
    assert decisions[1].ledger == decisions[0].ledger
