"""Two adapters on one loaded base: switched without loading, the base never touched."""

from pathlib import Path

import pytest
import torch

from ladder.errors import SpecError
from ladder.finetune.permit import Permit
from ladder.finetune.training.lora_model import add_lora, load_base
from ladder.finetune.versions.adapter_version import save_adapter
from ladder.finetune.versions.adapters_on_base import Shelf
from ladder.models import load_generator
from ladder.models.base import Message, Request
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.spec.training import Training
from tests.finetune.conftest import MakePermit, MakeTask

pytestmark = pytest.mark.slow

REQUESTS = [
    Request((Message("user", text),), ChatSetup(), Decoding(max_new_tokens=8))
    for text in ("Hello?", "Hello there, what now?")
]


def _version(permit: Permit, base: Path, versions: Path, seed: int) -> Path:
    torch.manual_seed(seed)
    model = add_lora(permit, load_base(base, "lora"), Training(path="x", rank=4))
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.3)
    return save_adapter(permit, model, versions, base=str(base), facts={"made_from": {}})


@pytest.fixture
def versions(
    make_task: MakeTask, make_permit: MakePermit, tiny_model: Path, tmp_path: Path
) -> dict[str, Path]:
    permit = make_permit(make_task())
    return {
        name: _version(permit, tiny_model, tmp_path / "a", seed)
        for name, seed in (("one", 1), ("two", 2))
    }


def test_each_name_answers_as_its_own_adapter_would(
    versions: dict[str, Path], tiny_model: Path
) -> None:
    ref = ModelRef(id=str(tiny_model), dtype="float32")
    alone = {}
    for name, folder in (("base", None), ("one", versions["one"]), ("two", versions["two"])):
        generator = load_generator(ref, adapter=None if folder is None else str(folder))
        alone[name] = [answer.text for _, answer in sorted(generator.generate(REQUESTS))]
        generator.close()
    shelf = Shelf(ref, versions)

    said = {}
    for chosen in ("two", "one", None, "two", None, "one"):
        shelf.use(chosen)
        said[chosen or "base"] = [answer.text for _, answer in sorted(shelf.generate(REQUESTS))]
    shelf.close()

    assert said == alone
    assert len({tuple(each) for each in alone.values()}) == 3


def test_an_unknown_name_is_refused_with_those_there_are(
    versions: dict[str, Path], tiny_model: Path
) -> None:
    shelf = Shelf(ModelRef(id=str(tiny_model), dtype="float32"), versions)

    with pytest.raises(SpecError, match="three") as caught:
        shelf.use("three")

    assert "one, two" in caught.value.next_step
