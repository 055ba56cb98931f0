"""Paths of a spec are meant from its folder; ids stay what they are."""

import json
import os
from pathlib import Path

import pytest

from ladder.errors import SpecError, UnsafeError
from ladder.spec.load_task import load_task
from ladder.spec.task import TaskSpec


def spec_in(folder: Path, text: str) -> Path:
    """Write a spec with more lines, and return its path."""
    folder.mkdir(exist_ok=True)
    path = folder / "task.yaml"
    path.write_text(f"name: t\ntarget: 0.8\n{text}\n")
    return path


def test_paths_are_seen_from_the_folder_of_the_spec(tmp_path: Path) -> None:
    path = spec_in(
        tmp_path / "a",
        "model: model.gguf\ndata: eval.csv\n"
        "levers: {rag: {corpus: docs.txt}, few_shot: {pool: ../pool.jsonl}}\n"
        "training: {path: train.jsonl}",
    )

    task = load_task(path)

    assert task.model.id == str(tmp_path / "a" / "model.gguf")
    assert task.data.path == str(tmp_path / "a" / "eval.csv")
    assert task.levers.rag.corpus == str(tmp_path / "a" / "docs.txt")
    assert task.levers.few_shot.pool == str(tmp_path / "pool.jsonl")
    assert task.training is not None
    assert task.training.path == str(tmp_path / "a" / "train.jsonl")


def test_the_digest_does_not_depend_on_where_the_checkout_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = set()
    for name in ("one", "two"):
        path = spec_in(tmp_path / name, "model: org/m\ndata: eval.csv")
        monkeypatch.chdir(tmp_path / name)
        digests |= {load_task("task.yaml").digest, load_task(path).digest}

    assert len(digests) == 1


LINES = (
    "model: model.gguf\ndata: ./eval.csv\nmetric: {name: 'mine.py:score'}\n"
    "levers: {rag: {corpus: docs.txt}, few_shot: {pool: ../pool.jsonl}, "
    "model: {models: ['recorded:run.jsonl', org/m]}}"
)


def test_the_digest_does_not_depend_on_the_folder_in_which_ladder_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = spec_in(tmp_path / "a", LINES)
    digests = set()
    for folder in (tmp_path / "a", tmp_path / "a" / "deep" / "er", tmp_path, Path("/")):
        folder.mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(folder)
        digests |= {load_task(path).digest, load_task(os.path.relpath(path, folder)).digest}

    assert len(digests) == 1


def test_the_digest_sees_another_file_and_outlives_a_round_trip(tmp_path: Path) -> None:
    task = load_task(spec_in(tmp_path / "a", LINES))
    other = load_task(spec_in(tmp_path / "a", LINES.replace("docs.txt", "deep/docs.txt")))

    again = TaskSpec.model_validate_json(task.model_dump_json())

    assert task.digest != other.digest
    assert again.digest == load_task(again).digest == task.digest
    assert again.data.path == str(tmp_path / "a" / "eval.csv")
    assert task.replace(data="other.csv").digest != task.digest


def test_a_spec_cannot_say_how_its_paths_are_written(tmp_path: Path) -> None:
    plain = {"name": "t", "model": "org/m", "data": "other.csv", "target": 0.8}
    forged = {**plain, "written": {"other.csv": "eval.csv"}}
    path = tmp_path / "task.json"
    path.write_text(json.dumps(forged), encoding="utf-8")

    assert load_task(forged).digest == load_task(plain).digest == load_task(path).digest


def test_ids_stay_as_they_are(tmp_path: Path) -> None:
    path = spec_in(
        tmp_path,
        "model: package:module/model.gguf\ndata: org/set\nlevers:\n"
        "  rag: {corpus: d.txt, encoder: sentence-transformers/all-MiniLM-L6-v2}",
    )

    task = load_task(path)

    assert task.model.id == "package:module/model.gguf"
    assert task.data.path == "org/set"
    assert task.levers.rag.encoder == "sentence-transformers/all-MiniLM-L6-v2"


def test_the_path_of_recorded_answers_is_seen_from_the_specs_folder(tmp_path: Path) -> None:
    path = spec_in(tmp_path, "model: recorded:run.jsonl\ndata: d.csv")

    assert load_task(path).model.id == f"recorded:{tmp_path / 'run.jsonl'}"


def test_the_name_of_a_served_model_is_no_path(tmp_path: Path) -> None:
    path = spec_in(tmp_path, "model: {id: ../m.gguf, base_url: 'http://localhost:1/v1'}\ndata: d")

    assert load_task(path).model.id == "../m.gguf"


def test_a_template_file_is_replaced_by_its_text(tmp_path: Path) -> None:
    (tmp_path / "fixed.jinja").write_text("{{ messages }}")
    path = spec_in(
        tmp_path,
        "model: org/m\ndata: d\nchat: {template: fixed.jinja}\n"
        "levers: {template: {templates: [fixed.jinja, '{{ x }}']}}",
    )

    task = load_task(path)

    assert task.chat.template == "{{ messages }}"
    assert task.levers.template.templates == ("{{ messages }}", "{{ x }}")


def test_a_template_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = spec_in(tmp_path, "model: org/m\ndata: d\nchat: {template: none.jinja}")

    with pytest.raises(SpecError, match=r"task\.yaml:5 there is no template file 'none\.jinja'"):
        load_task(path)


def test_a_model_path_that_climbs_out_is_unsafe(tmp_path: Path) -> None:
    with pytest.raises(UnsafeError, match="leads out"):
        load_task(spec_in(tmp_path / "a", "model: ../m.gguf\ndata: d"))


def test_a_link_out_of_the_folder_is_unsafe(tmp_path: Path) -> None:
    path = spec_in(tmp_path / "a", "model: inside\ndata: d")
    (tmp_path / "outside").mkdir()
    (tmp_path / "a" / "inside").symlink_to(tmp_path / "outside")

    with pytest.raises(UnsafeError, match="leads out"):
        load_task(path)


@pytest.mark.parametrize("line", ["model: ./pipe\ndata: d", "model: org/m\ndata: /dev/zero"])
def test_a_pipe_or_a_device_is_unsafe(tmp_path: Path, line: str) -> None:
    path = spec_in(tmp_path, line)
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(UnsafeError, match="device"):
        load_task(path)
