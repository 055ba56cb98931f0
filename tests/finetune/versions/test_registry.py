"""Versions are put into use in one step, only when sound, and there is always a way back."""

import json
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from ladder.cli.app import main
from ladder.errors import EvidenceError, LadderError, NotJustifiedError, UnsafeError
from ladder.finetune.checklist import PartResult
from ladder.finetune.versions.merge import merge_version
from ladder.finetune.versions.registry import (
    PROMOTED,
    list_versions,
    move,
    promote,
    read_promotions,
    rollback,
    serving,
    verify_version,
)
from ladder.finetune.versions.version_record import VersionRecord, read_record, rehearse
from ladder.frozen import digest_of
from ladder.manifest import RECORD, read_manifest, write_manifest
from ladder.spec.candidate import ModelRef
from ladder.testing import Scripted, register_scripted
from tests.finetune.versions.conftest import MakeVersion

pytestmark = pytest.mark.slow
FORK = multiprocessing.get_context("fork")


def test_two_versions_are_promoted_served_and_rolled_back(make_version: MakeVersion) -> None:
    first, second = make_version(1), make_version(2)
    versions = first.parent
    before = serving(versions)
    promote(first)
    promote(second)
    served = serving(versions)

    rolled = rollback(versions)
    again = rollback(versions)

    assert before is None
    assert served is not None
    assert served.adapter == str(second)
    assert (rolled.current, again.current) == ("v1", None)
    assert [move.action for move in again.history] == ["promote", "promote", "rollback", "rollback"]
    with pytest.raises(EvidenceError, match="nothing to go back from"):
        rollback(versions)


def test_the_list_says_what_is_in_use_and_what_is_damaged(make_version: MakeVersion) -> None:
    first, second, third = make_version(1), make_version(2), make_version(3, verdict="not_reached")
    promote(first)
    (second / "adapter_config.json").write_text("{}", "utf-8")

    states = {each.name: each.state for each in list_versions(first.parent)}

    assert states["v1"] == "in use"
    assert "not sound" in states["v2"]
    assert states[third.name] == "target not reached"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"verdict": "not_reached"}, "The adapter"),
        (
            {
                "plan": (
                    PartResult(name="regression_check", status="blocked", evidence="capitals lost"),
                )
            },
            "regression_check blocks: capitals lost",
        ),
        ({"plan": (PartResult(name="splits"),)}, "not done yet: splits"),
        ({"plan": ()}, "not done yet"),
    ],
)
def test_what_is_not_ready_is_not_promoted(
    change: dict[str, object], words: str, make_version: MakeVersion
) -> None:
    folder = make_version(1, **change)

    with pytest.raises(NotJustifiedError, match=words) as caught:
        promote(folder)

    assert caught.value.exit_code == 1
    assert read_promotions(folder.parent).current is None


def _reseal(folder: Path) -> None:
    """Write the manifest and record again, as somebody would who wants to hide an edit."""
    facts = {
        name: value
        for name, value in json.loads((folder / "MANIFEST.json").read_text()).items()
        if name not in ("files", "schema_version")
    }
    record = json.loads((folder / RECORD).read_text())
    write_manifest(folder, facts)
    record["adapter"] = digest_of(read_manifest(folder)["files"])
    (folder / RECORD).write_text(json.dumps(record), "utf-8")


def _config(folder: Path, **changes: object) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}), "utf-8")


def _weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    path = folder / "adapter_model.safetensors"
    weights = load_file(path)
    change(weights)
    save_file(weights, path)


def _zero(weights: dict[str, torch.Tensor]) -> None:
    for name, tensor in weights.items():
        if "lora_B" in name:
            tensor.zero_()


def _head(weights: dict[str, torch.Tensor]) -> None:
    weights["base_model.model.lm_head.weight"] = torch.zeros(260, 64)


def _nan(weights: dict[str, torch.Tensor]) -> None:
    next(iter(weights.values()))[0, 0] = float("nan")


@pytest.mark.parametrize(
    ("damage", "error", "words"),
    [
        (lambda folder: _config(folder, lora_alpha=999), EvidenceError, "not what was written"),
        (lambda folder: _weights(folder, _zero), EvidenceError, "changes nothing"),
        (lambda folder: _weights(folder, _head), UnsafeError, "lm_head.* overwrite"),
        (lambda folder: _weights(folder, _nan), EvidenceError, "NaN or infinity"),
        (
            lambda folder: (folder / "adapter_model.safetensors").write_bytes(b"half"),
            EvidenceError,
            "is damaged",
        ),
        (lambda folder: (folder / RECORD).unlink(), EvidenceError, "no readable record"),
    ],
)
def test_a_damaged_version_is_neither_promoted_nor_served(
    damage: Callable[[Path], None], error: type[LadderError], words: str, make_version: MakeVersion
) -> None:
    folder = make_version(1)
    promote(folder)
    damage(folder)

    with pytest.raises(error, match=words):
        promote(folder)
    with pytest.raises(error, match=words):
        serving(folder.parent)


def test_a_hidden_edit_of_alpha_does_not_survive_the_rehearsal(make_version: MakeVersion) -> None:
    folder = make_version(1)
    _config(folder, lora_alpha=999)
    _reseal(folder)

    with pytest.raises(EvidenceError, match="does not answer as recorded"):
        promote(folder)


def base_that_turns_two_answers(record: VersionRecord, likelihood: float | None) -> VersionRecord:
    """Return a record of twelve answers, two of which its base model now gives otherwise."""
    recorded = [f"answer {at}" for at in range(12)]
    now = iter(["turned" if at in (3, 7) else text for at, text in enumerate(recorded)])
    model = Scripted(
        lambda _: next(now),
        name=f"turns-two-{likelihood}",
        likelihood=None
        if likelihood is None
        else lambda _, text: -0.9 if text == "turned" else likelihood,
    )
    candidate = record.report.candidate.replace(model=ModelRef(id=register_scripted(model)))
    return record.replace(
        report=record.report.replace(candidate=candidate),
        probes=tuple(record.probes[0].replace(base=text) for text in recorded),
    )


def test_answers_that_rounding_turned_stop_no_promotion(make_version: MakeVersion) -> None:
    record = verify_version(make_version(1))[1]

    rehearse(base_that_turns_two_answers(record, likelihood=-0.94), adapter=None)


@pytest.mark.parametrize("likelihood", [-6.0, None], ids=["far less likely", "not known"])
def test_other_answers_than_recorded_stop_a_promotion(
    likelihood: float | None, make_version: MakeVersion
) -> None:
    record = verify_version(make_version(1))[1]

    with pytest.raises(EvidenceError, match="2 of 12 answers are others"):
        rehearse(base_that_turns_two_answers(record, likelihood), adapter=None)


def test_an_adapter_of_another_base_is_refused(make_version: MakeVersion) -> None:
    folder = make_version(1)
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    manifest["base"]["digest"] = "0" * 64
    (folder / "MANIFEST.json").write_text(json.dumps(manifest), "utf-8")

    with pytest.raises(EvidenceError, match="another base model"):
        verify_version(folder)


def test_a_version_is_not_promoted_when_there_is_no_way_back(make_version: MakeVersion) -> None:
    first, second = make_version(1), make_version(2)
    promote(first)
    _weights(first, _nan)

    with pytest.raises(EvidenceError, match="v1"):
        promote(second)

    assert read_promotions(first.parent).current == "v1"


def test_who_promotes_on_an_old_view_is_told(
    make_version: MakeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ladder.finetune.versions import registry

    first, second = make_version(1), make_version(2)

    def slowly(record: VersionRecord, *, adapter: Path | None) -> None:
        monkeypatch.setattr(registry, "rehearse", rehearse)
        rehearse(record, adapter=adapter)
        promote(second)

    monkeypatch.setattr(registry, "rehearse", slowly)

    with pytest.raises(EvidenceError, match="meanwhile"):
        promote(first)

    assert read_promotions(first.parent).current == "v2"


def move_without_end(versions: Path, begun: Event) -> None:
    """Put one version into use and go back to the other, until somebody kills this process."""
    begun.set()
    while True:
        move(versions, "promote", ("v1", "v2"), seen=read_promotions(versions))
        move(versions, "rollback", ("v1",), seen=read_promotions(versions))


def test_a_killed_promotion_leaves_the_old_or_the_new(make_version: MakeVersion) -> None:
    first = make_version(1)
    make_version(2)
    versions = first.parent
    promote(first)
    seen = set()
    for wait in (0.0, 0.002, 0.005, 0.011, 0.02):
        begun = FORK.Event()
        child = FORK.Process(target=move_without_end, args=(versions, begun))
        child.start()
        assert begun.wait(60)
        time.sleep(wait)
        child.kill()
        child.join()
        seen.add(read_promotions(versions).current)
        assert serving(versions) is not None

    assert seen <= {"v1", "v2"}
    rest = [path.name for path in versions.iterdir() if path.name.endswith(".json")]
    assert PROMOTED in rest


def test_a_record_about_other_weights_is_refused(make_version: MakeVersion) -> None:
    first, second = make_version(1), make_version(2)
    (first / RECORD).write_bytes((second / RECORD).read_bytes())

    with pytest.raises(EvidenceError, match="another adapter"):
        read_record(first, files=read_manifest(first)["files"])


def test_the_merged_model_answers_as_the_adapter_does(
    make_version: MakeVersion, tmp_path: Path
) -> None:
    parity = merge_version(make_version(1), tmp_path / "merged")

    assert parity.same == parity.n == 3
    assert parity.largest_difference < 1e-4 * parity.largest_logit
    assert (tmp_path / "merged" / "tokenizer_config.json").is_file()


def test_the_command_line_promotes_lists_and_goes_back(
    make_version: MakeVersion, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_version(1)
    versions = str(folder.parent)
    said = []

    for words in (
        ["adapter", "verify", str(folder)],
        ["adapter", "promote", str(folder)],
        ["adapter", "list", versions],
        ["adapter", "show", str(folder)],
        ["adapter", "merge", str(folder), "--out", str(tmp_path / "m")],
        ["adapter", "rollback", versions],
    ):
        assert main(words) == 0
        said.append(capsys.readouterr().out)

    assert "is as it was written" in said[0]
    assert "v1 is in use" in said[1]
    assert "in use" in said[2]
    assert "The adapter reaches the target of .90." in said[3]
    assert "3 of 3 answers are the same" in said[4]
    assert "The base model, without an adapter, is in use." in said[5]
    assert main(["adapter", "rollback", versions]) == 5
