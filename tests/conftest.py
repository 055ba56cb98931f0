"""Fixtures for all tests."""

import gc
import warnings
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("long", max_examples=3_000, deadline=None)
settings.register_profile("default", deadline=None)
settings.load_profile("default")

HEAVY = (
    "bitsandbytes",
    "datasets",
    "peft",
    "sentence_transformers",
    "sklearn.linear_model",
    "transformers.models.llama.modeling_llama",
    "transformers.trainer",
)
"""What tests of real and of tiny models load sooner or later, and what it loads in turn."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Search for no garbage while nine thousand tests are made: it took a quarter of that time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave modules and tests out of all searches for garbage: each took .4 s of a model's end."""
    if any(item.get_closest_marker("model") for item in session.items):
        for name in HEAVY:
            with suppress(ImportError), warnings.catch_warnings(action="ignore"):
                import_module(name)
    gc.freeze()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real material beside the checkout, or skip."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("../shared/data is absent")
    return folder
