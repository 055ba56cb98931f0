import sys
from pathlib import Path

import pytest

from ladder.errors import ModelLoadError, UnsafeError
from ladder.models.locate import check_weights, locate
from ladder.spec.candidate import ModelRef


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site" / "demo_model_package"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise SystemExit('the package was imported')")
    (folder / "model.gguf").write_bytes(b"GGUF")
    monkeypatch.syspath_prepend(str(folder.parent))
    return folder


def find(model: str) -> Path:
    return locate(ModelRef(id=model))


def test_a_folder_and_a_gguf_file_are_found_where_they_are(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.touch()

    assert find(str(tmp_path)) == tmp_path
    assert find(str(file)) == file


def test_a_file_of_a_package_is_found_without_running_the_package(package: Path) -> None:
    assert find("package:demo_model_package/model.gguf") == package / "model.gguf"
    assert find("package:demo_model_package") == package
    assert "demo_model_package" not in sys.modules


def test_a_missing_package_is_never_put_into_a_line_to_run() -> None:
    with pytest.raises(ModelLoadError, match="no_such_package") as caught:
        find("package:no_such_package/model.gguf")

    assert caught.value.next_step.startswith("Check the name.")
    assert "pip install" not in caught.value.next_step


@pytest.mark.usefixtures("package")
def test_a_missing_file_of_a_package_says_what_is_there() -> None:
    with pytest.raises(ModelLoadError, match=r"There: __init__\.py, model\.gguf"):
        find("package:demo_model_package/other.gguf")


@pytest.mark.usefixtures("package")
def test_a_path_may_not_leave_its_package() -> None:
    with pytest.raises(UnsafeError, match="leaves the package"):
        find("package:demo_model_package/../../secret")


@pytest.mark.parametrize("name", ["os.path", "", "../x", "a b"])
def test_a_package_is_one_plain_name(name: str) -> None:
    with pytest.raises(ModelLoadError, match="top-level module"):
        find(f"package:{name}/model.gguf")


@pytest.mark.parametrize("name", ["missing.gguf", "./missing", "/no/such/folder", "a/b/c"])
def test_a_missing_path_is_named(name: str) -> None:
    with pytest.raises(ModelLoadError, match="nothing exists at"):
        find(name)


def test_a_neighbour_of_a_missing_file_is_shown(tmp_path: Path) -> None:
    (tmp_path / "right.gguf").touch()

    with pytest.raises(ModelLoadError, match=r"There: right\.gguf"):
        find(str(tmp_path / "wrong.gguf"))


def test_an_unreachable_hub_id_says_how_to_download_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    with pytest.raises(ModelLoadError, match="someone/some-model") as caught:
        locate(ModelRef(id="someone/some-model", revision="v1"))

    assert "HF_HUB_OFFLINE is set" in str(caught.value)
    assert caught.value.next_step.endswith("hf download someone/some-model --revision v1")


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")

    with pytest.raises(UnsafeError, match=r"pytorch_model\.bin"):
        check_weights(tmp_path)


def test_a_folder_without_config_or_weights_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="empty"):
        check_weights(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelLoadError, match="safetensors"):
        check_weights(tmp_path)
