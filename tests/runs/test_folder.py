"""The folder of a run."""

from pathlib import Path

import pytest

from ladder.errors import SpecError
from ladder.runs import alone_in


def test_two_runs_never_share_a_folder(tmp_path: Path) -> None:
    with (
        alone_in(tmp_path / "run"),
        pytest.raises(SpecError, match=r"is active \(pid \d+ on "),
        alone_in(tmp_path / "run"),
    ):
        pass


def test_a_folder_is_free_again_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broke"), alone_in(tmp_path / "run"):
        raise ValueError("broke")

    with alone_in(tmp_path / "run"):
        assert (tmp_path / "run" / "run.lock").exists()
