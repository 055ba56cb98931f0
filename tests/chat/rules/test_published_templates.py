"""Published templates: few errors on sound ones, and nearly every injected fault found."""

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.mutations import MUTATIONS
from benchmarks.templates import new_findings, probes_of, published
from benchmarks.training_pairs import failing_pairs, repair_of
from ladder.chat.check import check_probes
from ladder.chat.probes.probes import Probes
from ladder.finding import Finding

pytestmark = pytest.mark.real


def level(template: str, wanted: str) -> list[str]:
    return [f.code for f in check_probes(probes_of(template)) if f.severity == wanted]


def test_at_most_thirteen_percent_have_an_error_for_a_plain_chat(shared_data: Path) -> None:
    templates = published(shared_data / "templates")

    faulty = {name for name, text in templates.items() if level(text, "error")}

    assert len(templates) > 150
    assert len(faulty) / len(templates) <= 0.13
    assert "trl/qwen3.jinja" not in faulty
    assert "trl/llama3.jinja" not in faulty


@pytest.fixture(scope="module")
def sound(shared_data: Path) -> list[tuple[str, Probes, list[Finding]]]:
    """Return every second published template that has no error, with its probes and findings."""
    every_second = list(published(shared_data / "templates").values())[::2]
    checked = [(text, probes_of(text), check_probes(probes_of(text))) for text in every_second]
    return [case for case in checked if all(f.severity != "error" for f in case[2])]


@pytest.mark.parametrize("kind", MUTATIONS)
def test_injected_faults_are_found(
    kind: str, sound: list[tuple[str, Probes, list[Finding]]]
) -> None:
    mutation = MUTATIONS[kind]
    count: Counter[bool] = Counter()

    for template, clean, before in sound:
        mutant = mutation.mutate(template, clean)
        if mutant == template:
            continue
        probes = probes_of(mutant, system=mutation.system)
        if mutation.is_visible(clean, probes):
            count[bool(new_findings(before, check_probes(probes), mutation))] += 1

    assert count.total() >= 30
    assert count[True] / count.total() >= 0.97


def test_upstream_labels_agree(shared_data: Path) -> None:
    folder = shared_data / "templates"
    labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    marks = [label for label in labels if label["property"] == "has_generation_markers"]

    for label in marks:
        probes = probes_of((folder / label["file"]).read_text())
        assert ("generation" in probes.facts["tags"]) is label["value"]
    assert marks


def test_the_fault_that_upstream_repaired_for_training_is_found_and_repaired_as_well(
    shared_data: Path,
) -> None:
    failing, total = failing_pairs(shared_data / "templates")

    assert total == 13
    assert failing == []


def test_marks_change_no_text(shared_data: Path) -> None:
    names = ("trl/llama3.jinja", "trl/gptoss.jinja", "trl/deepseekv3.jinja", "trl/gemma3.jinja")
    for name in names:
        original = (shared_data / "templates" / name).read_text()
        marked = repair_of(original)

        assert marked is not None, name
        clean, repaired = probes_of(original), probes_of(marked)
        assert {k: v for k, v in clean.outcomes.items() if isinstance(v, str)} == {
            k: v for k, v in repaired.outcomes.items() if isinstance(v, str)
        }, name
