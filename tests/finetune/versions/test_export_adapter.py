"""An exported adapter answers elsewhere as it was measured: peft, merged, and llama.cpp's server."""

import subprocess
import sys
from pathlib import Path

import pytest

from ladder.cli.app import main
from ladder.errors import ExportRefusedError, SpecError
from ladder.exporting import export_adapter
from ladder.exporting.lora_gguf import write_lora_gguf
from ladder.exporting.standalone.compare_answers import compare_all
from ladder.exporting.standalone.row_messages import Stack
from ladder.finetune.versions.merge import merge_version
from ladder.models.quiet import quiet_peft
from ladder.spec.candidate import ModelRef
from ladder.testing.llama_server import llama_server
from tests.finetune.versions.conftest import MakeVersion
from tests.tiny_gguf import write_gguf

pytestmark = pytest.mark.slow


SEED = 4


def compared(folder: Path, *words: str) -> tuple[int, str]:
    """Compare as a user does: far from ladder, with nothing but Python and jinja2."""
    ended = subprocess.run(
        [sys.executable, "compare_answers.py", *words],
        cwd=folder,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_an_adapter_answers_the_same_through_peft_merged_and_llama_cpp(
    make_version: MakeVersion,
    tiny_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    version = make_version(SEED)
    out = tmp_path / "out"
    assert main(["export", str(version), "--out", str(out)]) == 0
    capsys.readouterr()

    monkeypatch.setenv("MODEL", str(tiny_model))
    with quiet_peft():
        peft = compare_all(Stack(out), ["peft"]), capsys.readouterr().out
    merge_version(version, tmp_path / "merged")
    merged = compare_all(Stack(out), ["merged", str(tmp_path / "merged")]), capsys.readouterr().out
    base = ModelRef(id=str(write_gguf(tiny_model, tmp_path / "base.gguf")))
    with llama_server(base, name="adapter", adapter=out / "adapter.gguf") as served:
        server = compared(out, "server", str(served.base_url))
    with llama_server(base, name="adapter") as served:
        without = compared(out, "server", str(served.base_url))

    for code, told in (peft, merged, server):
        assert (code, told.partition("\n")[0]) == (0, "same on 3 of 3"), told
    assert without[0] == 1
    assert "those of the base model: is the adapter loaded?" in without[1]


def test_what_is_exported_names_the_prompts_and_no_path_of_this_machine(
    make_version: MakeVersion, tiny_model: Path, tmp_path: Path
) -> None:
    out = export_adapter(make_version(SEED), tmp_path / "out")

    texts = {
        each.name: each.read_text("utf-8")
        for each in out.rglob("*")
        if each.suffix not in (".gguf", ".safetensors") and each.is_file()
    }
    for name, text in texts.items():
        assert str(tmp_path) not in text, name
        assert str(tiny_model.parent) not in text, name
    assert "Prompt: `{{ input }}`" in texts["README.md"]
    assert "same on" not in texts["README.md"]
    assert '--lora-modules adapter="$here/adapter"' in texts["serve_vllm.sh"]
    assert '--lora "$here/adapter.gguf"' in texts["serve_llama_cpp.sh"]
    lines = texts["Modelfile"].splitlines()
    assert lines[:2] == ["FROM ./model.gguf", "ADAPTER ./adapter.gguf"]
    assert '{{ "<|im_start|>user\\n" }}{{ .Content }}{{ "<|im_end|>\\n" }}' in lines[2]
    assert 'PARAMETER stop "<|im_end|>"' in lines
    assert "PARAMETER repeat_penalty 1.0" in lines
    with pytest.raises(SpecError, match="is there already"):
        export_adapter(tmp_path / "adapters" / "tiny" / "v1", out)


def test_an_architecture_that_ladder_cannot_write_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "gemma3_text"}', "utf-8")

    with pytest.raises(ExportRefusedError, match="no GGUF of an adapter for gemma3_text") as error:
        write_lora_gguf(tmp_path, tmp_path, tmp_path / "out.gguf")

    assert "LLAMA_CPP" in error.value.next_step
