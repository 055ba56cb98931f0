"""No valid record, no training: transformers' own Trainer on a tiny real model."""

from pathlib import Path
from typing import Any

import pytest

from ladder.errors import EvidenceError, InconclusiveError, NotJustifiedError
from ladder.models import model_digest
from ladder.spec.candidate import ModelRef
from ladder.testing import write_tiny_model
from tests.gate.conftest import Case

pytestmark = pytest.mark.model


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny random model."""
    return write_tiny_model(tmp_path_factory.mktemp("base") / "tiny")


def sign_for(case: Case, base: Path) -> None:
    """Make the record one for this base model, as a run on it would have written it."""
    digest = {"sha256": model_digest(ModelRef(id=str(base)))}

    def edit(statement: dict[str, Any]) -> None:
        named = {each["name"]: each for each in statement["subject"]}
        named["base"]["digest"] = digest

    case.resign(edit)


def train(base: Path, *callbacks: object) -> int:
    """Train the model for two steps and return how many were made."""
    import torch
    from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

    rows = [{"input_ids": torch.arange(8), "labels": torch.arange(8)} for _ in range(4)]
    trainer = Trainer(
        model=AutoModelForCausalLM.from_pretrained(base),
        args=TrainingArguments(
            output_dir="trained",
            max_steps=2,
            report_to=[],
            use_cpu=True,
            save_strategy="no",
            disable_tqdm=True,
            dataloader_pin_memory=False,
        ),
        train_dataset=rows,
        callbacks=list(callbacks),
    )
    trainer.train()
    return int(trainer.state.global_step)


def gate(case: Case, **more: Any) -> Any:
    from ladder.hooks.trainer import LadderGate

    return LadderGate(case.record, train_data=["train.jsonl"], train_config=["train.yaml"], **more)


def test_without_a_record_no_training_starts(case: Case, base: Path) -> None:
    case.record.unlink()

    with pytest.raises(EvidenceError, match="MISSING"):
        train(base, gate(case))


def test_with_another_models_record_no_training_starts(case: Case, base: Path) -> None:
    with pytest.raises(EvidenceError, match="base model"):
        train(base, gate(case))


def test_with_another_tasks_record_no_training_starts(case: Case, base: Path) -> None:
    sign_for(case, base)
    Path("train.jsonl").write_text('{"input": "another", "target": "task"}\n')

    with pytest.raises(EvidenceError, match="train data"):
        train(base, gate(case))


def test_with_the_right_record_the_training_runs(case: Case, base: Path) -> None:
    sign_for(case, base)
    callback = gate(case)

    assert train(base, callback) == 2
    assert callback.result.verdict == "fine_tune"


def test_with_a_record_that_blocks_no_training_starts(make_case: Any, base: Path) -> None:
    for verdict, kind in (("use_lever", NotJustifiedError), ("inconclusive", InconclusiveError)):
        case = make_case(verdict)
        case.write_record("--train-data", "train.jsonl", "--train-config", "train.yaml")
        sign_for(case, base)

        with pytest.raises(kind, match="Blocked"):
            train(base, gate(case))


def test_data_changed_during_the_training_are_noticed(case: Case, base: Path) -> None:
    from transformers import TrainerCallback

    class Swap(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *_: object, **__: object) -> None:
            Path("train.jsonl").write_text("{}\n")

    sign_for(case, base)

    with pytest.raises(EvidenceError, match="changed while the training ran"):
        train(base, gate(case), Swap())


def test_a_model_that_came_from_nowhere_is_refused(case: Case) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    from ladder.hooks.trainer import LadderGate

    config = LlamaConfig(
        vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=1,
    )  # fmt: skip
    with pytest.raises(EvidenceError, match="where it was loaded from"):
        LadderGate(case.record).on_train_begin(None, None, None, model=LlamaForCausalLM(config))
