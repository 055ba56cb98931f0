"""A tiny task whose training takes a second, and the decision that permits it."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from ladder.data import digest_samples, load_samples
from ladder.decision import Decision, Provenance
from ladder.finetune import Permit
from ladder.measure.task_data import load_task_data
from ladder.models import model_digest
from ladder.search.confirm.look_history import Closing
from ladder.search.confirm.looks_of_task import looks_of
from ladder.search.ledger import Attempt, Configuration, Confirmation, Ledger, Trial
from ladder.spec.candidate import Decoding, ModelRef
from ladder.spec.data_source import DataSource
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.load_task import load_task
from ladder.spec.task import TaskSpec
from ladder.spec.training import Training
from ladder.testing import write_tiny_model

COLOURS = ("red", "blue", "green")
MakeTask = Callable[..., TaskSpec]
MakeDecision = Callable[..., Decision]
MakePermit = Callable[[TaskSpec], Permit]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """A model this small is slower on several threads than on one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture
def make_task(tmp_path: Path, tiny_model: Path) -> MakeTask:
    return partial(task_in, tmp_path, tiny_model)


def task_in(folder: Path, model: Path, **training: object) -> TaskSpec:
    """Write the data of the tiny task into a folder; return it with changes to its training."""
    _write(folder / "eval.jsonl", [f"eval {n}" for n in range(40)])
    _write(folder / "train.jsonl", [f"train {n}" for n in range(60)])
    (folder / "questions.txt").write_text("Who?\nWhere to?\nWhy not?\n", "utf-8")
    settings = {
        "path": str(folder / "train.jsonl"),
        "method": "lora",
        "steps": 6,
        "batch_size": 4,
        "rank": 4,
        "warmup_steps": 1,
        "learning_rate": 0.01,
        "replay": str(folder / "questions.txt"),
        "review": {
            "behaviour": ["classification_or_extraction"],
            "licences": {"base": "Apache-2.0", "data": "own"},
        },
        **training,
    }
    return TaskSpec(
        name="tiny",
        model=ModelRef(id=str(model), dtype="float32"),
        data=DataSource(path=str(folder / "eval.jsonl")),
        generation=Decoding(max_new_tokens=6),
        target=0.9,
        training=Training.model_validate(settings),
    )


@pytest.fixture(scope="session")
def make_decision() -> MakeDecision:
    def make(task: TaskSpec, *, verdict: str = "fine_tune", **changes: object) -> Decision:
        baseline = Configuration.baseline(len(LEVER_NAMES))
        best = (1, *baseline[1:]) if verdict == "use_lever" else baseline
        endings = {"fine_tune": "justified", "inconclusive": "undecided"}
        attempts = tuple(
            Attempt(
                lever=name,
                status="no_gain",
                parent=baseline,
                chosen=baseline,
                trials=(
                    Trial(
                        configuration=baseline.with_slot(at, 1),
                        n_seen=16,
                        score=0.0,
                        low=0.0,
                        high=0.2,
                    ),
                ),
            )
            for at, name in enumerate(LEVER_NAMES)
        )
        confirmed = Confirmation(score=0.0, n=24, at_least=0.0, at_most=0.1)
        ledger = Ledger(
            n=40,
            n_selection=16,
            n_confirmation=24,
            baseline=Trial(configuration=baseline, n_seen=16, score=0.0, low=0.0, high=0.2),
            attempts=attempts,
            best=best,
            ending=endings.get(verdict, "reached"),
            confirmation=confirmed if verdict == "fine_tune" else None,
        )
        provenance = Provenance(
            spec=task.digest,
            eval_data=digest_samples(load_samples(task.data)),
            model=model_digest(task.model),
            versions={},
            seed=0,
            started="2026-01-01T00:00:00+00:00",
            seconds=1.0,
        )
        decision = Decision.model_validate(
            {
                "verdict": verdict,
                "sentence": "This is the sentence.",
                "task": task.name,
                "model": task.model.id,
                "metric": "exact_match, strict",
                "target": task.target,
                "configuration": best,
                "ledger": ledger,
                "provenance": provenance,
            }
        )
        return decision.replace(**changes)

    return make


@pytest.fixture(scope="session")
def make_permit(make_decision: MakeDecision) -> MakePermit:
    def make(task: TaskSpec) -> Permit:
        return Permit.from_decision(make_decision(task), task)

    return make


def _write(path: Path, inputs: list[str]) -> None:
    rows = [
        {"id": f"{path.stem}-{n}", "input": text, "target": COLOURS[n % len(COLOURS)]}
        for n, text in enumerate(inputs)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def save_with_its_look(decision: Decision, spec: Path, run: Path) -> None:
    """Save a decision, and write its verdict into the ledger of looks beside the eval data."""
    decision.save(run / "decision.json")
    assert decision.confirmation is not None
    looks = looks_of(load_task_data(load_task(spec)), run)
    looks.close(Closing(question="below", key="all", confirmation=decision.confirmation))


def on_device_of(model: Any, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return a batch where the model is: on the GPU, where there is one."""
    return {name: each.to(model.device) for name, each in batch.items()}


def bits_of(model: torch.nn.Module) -> dict[str, bytes]:
    """Return the trained weights of a model, to the bit."""
    return {
        name: weights.detach().cpu().numpy().tobytes()
        for name, weights in model.named_parameters()
        if "lora_" in name
    }
