"""A model folder for the tests of templates on disk."""

from pathlib import Path

import pytest

from ladder.testing import write_tiny_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))
