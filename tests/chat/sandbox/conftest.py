"""Material for the tests of the process that renders templates."""

import pytest

from ladder.chat.sandbox import child


@pytest.fixture
def less_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """End a render after half a second instead of two: an endless one has no end in either."""
    monkeypatch.setattr(child, "SECONDS_PER_RENDER", 0.5)
