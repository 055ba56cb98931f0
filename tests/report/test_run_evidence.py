from pathlib import Path

import pytest

from ladder.errors import EvidenceError
from ladder.report import Evidence, load_evidence


def write_run(folder: Path, evidence: Evidence) -> Path:
    lines = [sample.to_line() for sample in evidence.samples]
    (folder / "decision.json").write_text(evidence.decision.model_dump_json())
    (folder / "samples.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def test_a_run_folder_is_read_back_as_it_was(tmp_path: Path, cases: dict[str, Evidence]) -> None:
    evidence = cases["template"]

    found = load_evidence(write_run(tmp_path, evidence))

    assert found.decision == evidence.decision
    assert found.samples == evidence.samples


def test_only_baseline_and_best_keep_prompts_and_passages(
    tmp_path: Path, cases: dict[str, Evidence]
) -> None:
    found = load_evidence(write_run(tmp_path, cases["together"]))

    kept = {
        answer.configuration for one in found.samples for answer in one.answers if answer.prompt
    }

    assert kept == {found.baseline, found.best}


def test_a_missing_decision_names_the_file_and_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"decision\.json does not exist") as caught:
        load_evidence(tmp_path)

    assert "finished run" in caught.value.next_step


def test_a_decision_of_another_version_is_refused(
    tmp_path: Path, cases: dict[str, Evidence]
) -> None:
    text = cases["template"].decision.model_dump_json()
    (tmp_path / "decision.json").write_text(
        text.replace('"schema_version":1', '"schema_version":9')
    )

    with pytest.raises(EvidenceError, match="schema_version"):
        load_evidence(tmp_path)


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "a"}', '{"id":1,"input":"","targets":3}'])
def test_a_damaged_sample_is_named_by_its_line(
    tmp_path: Path, cases: dict[str, Evidence], line: str
) -> None:
    folder = write_run(tmp_path, cases["already_good"])
    with (folder / "samples.jsonl").open("a") as file:
        file.write(line + "\n")

    with pytest.raises(EvidenceError, match=r"samples\.jsonl:201"):
        load_evidence(folder)


def test_a_run_without_samples_still_has_a_report(
    tmp_path: Path, cases: dict[str, Evidence]
) -> None:
    (tmp_path / "decision.json").write_text(cases["fine_tune"].decision.model_dump_json())

    assert load_evidence(tmp_path).samples == ()


def test_an_inconclusive_run_never_holds_answers_of_the_part_kept_aside(
    tmp_path: Path, cases: dict[str, Evidence]
) -> None:
    leaky = cases["template"]
    open_folder = write_run(tmp_path, leaky)
    decision = cases["inconclusive"].decision
    (open_folder / "decision.json").write_text(decision.model_dump_json())

    found = load_evidence(open_folder)

    assert len(found.samples) == 200
    assert all(not one.answers for one in found.samples if one.part == "confirmation")
    assert all(one.answers for one in found.samples if one.part == "selection")
