"""A run's files are named from the folder in which it was started; elsewhere the commands say so."""

from pathlib import Path

import pytest

import ladder
from ladder.errors import EvidenceError
from ladder.gate.record import write_record
from ladder.testing import triples, write_task
from ladder.testing.task_files import answer_right


def test_a_record_written_from_another_folder_says_where_the_run_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    ladder.run(write_task(Path(), answer_right, rows=triples(160), target=0.8))
    (run,) = Path("runs").iterdir()
    monkeypatch.chdir(tmp_path)

    with pytest.raises(EvidenceError) as caught:
        write_record(Path("project") / run, [])

    assert f"was started in {tmp_path / 'project'}" in str(caught.value)
    assert f"cd {tmp_path / 'project'}, and then the same command" in caught.value.next_step
