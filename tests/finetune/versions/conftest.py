"""Versions of a tiny model's adapter, with a record of its answers."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ladder.finetune.checklist import PARTS, PartResult
from ladder.finetune.evaluation.before_and_after import summarise
from ladder.finetune.permit import Permit
from ladder.finetune.report import TrainingCost, TrainingReport
from ladder.finetune.training.lora_model import add_lora, load_base
from ladder.finetune.versions.adapter_version import save_adapter
from ladder.finetune.versions.version_record import Probe, VersionRecord, write_record
from ladder.frozen import digest_of
from ladder.manifest import read_manifest
from ladder.models import load_generator
from ladder.models.base import Message, Request
from ladder.spec.candidate import ChatSetup, Decoding
from ladder.spec.training import Training
from tests.finetune.conftest import MakePermit, MakeTask

DECODING = Decoding(max_new_tokens=5)
MakeVersion = Callable[..., Path]


@pytest.fixture
def permit(make_task: MakeTask, make_permit: MakePermit) -> Permit:
    return make_permit(make_task())


@pytest.fixture
def make_version(permit: Permit, tiny_model: Path, tmp_path: Path) -> MakeVersion:
    def make(seed: int, **report: object) -> Path:
        torch.manual_seed(seed)
        model = add_lora(permit, load_base(tiny_model, "lora"), Training(path="x", rank=4))
        for name, weights in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weights, std=0.3)
        facts = {"made_from": {"seed": str(seed)}}
        folder = save_adapter(
            permit, model, tmp_path / "adapters" / "tiny", base=str(tiny_model), facts=facts
        )
        files = read_manifest(folder)["files"]
        record = VersionRecord(
            adapter=digest_of(files),
            report=_report(permit, folder).replace(**report),
            probes=_probes(permit, folder),
        )
        write_record(folder, record)
        return folder

    return make


def _report(permit: Permit, folder: Path) -> TrainingReport:
    return TrainingReport(
        task="tiny",
        verdict="reached",
        sentence="The adapter reaches the target of .90.",
        target=0.9,
        alpha=0.03,
        before=summarise([0.0] * 20),
        after=summarise([1.0] * 20),
        parts={},
        abilities=(),
        candidate=permit.start.replace(adapter=str(folder)),
        adapter=str(folder),
        decision=permit.decision,
        rows={},
        steps=6,
        best_step=6,
        losses=(),
        validation_losses=(),
        cost=TrainingCost(minutes=1, peak_memory_gib=1, device="cpu", method="lora"),
        shown="",
        plan=tuple(PartResult(name=name, status="passed") for name in PARTS),
    )


def _probes(permit: Permit, folder: Path) -> tuple[Probe, ...]:
    texts = ["Hello?", "What now?", "Why?"]
    requests = [Request((Message("user", text),), ChatSetup(), DECODING) for text in texts]
    answers = []
    for adapter in (None, str(folder)):
        generator = load_generator(permit.start.model, adapter=adapter)
        answers.append(dict(generator.generate(requests)))
        generator.close()
    return tuple(
        Probe(
            messages=(("user", text),),
            chat=ChatSetup(),
            decoding=DECODING,
            base=answers[0][at].text,
            adapter=answers[1][at].text,
        )
        for at, text in enumerate(texts)
    )
