"""Fixtures for all tests."""

import gc
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("long", max_examples=3_000, deadline=None)
settings.register_profile("default", deadline=None)
settings.load_profile("default")


def pytest_collection() -> None:
    """Search for no garbage while nine thousand tests are made: it took a quarter of that time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave modules and tests out of all searches for garbage: each took .4 s of a model's end."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real material beside the checkout, or skip."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("../shared/data is absent")
    return folder
