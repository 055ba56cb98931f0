"""Models for the tests of the models room."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from ladder.models.local import LocalGenerator
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
