"""Licences: found where they stand, read as expressions, and judged for the use that is made."""

from pathlib import Path

import pytest

from ladder.finetune.licences.review import review_licences
from ladder.models.licence_sources import base_licence, card_licence, file_licence
from ladder.spec.candidate import ModelRef
from ladder.spec.task import TaskSpec
from tests.finetune.conftest import MakePermit, MakeTask


def _with(task: TaskSpec, **licences: object) -> TaskSpec:
    assert task.training is not None
    review = task.training.review.replace(licences=licences)
    return task.replace(training=task.training.replace(review=review))


@pytest.mark.parametrize(
    ("base", "data", "use", "codes"),
    [
        ("Apache-2.0", "own", "commercial", []),
        ("MIT OR GPL-3.0-only", "CC-BY-4.0", "commercial", []),
        ("Apache-2.0", "CC-BY-NC-4.0", "commercial", ["I02"]),
        ("Apache-2.0", "CC-BY-NC-4.0", "research", []),
        ("Apache-2.0 AND CC-BY-NC-4.0", "own", "commercial", ["I02"]),
        ("Apache-2.0", "Foo-1.0", "commercial", ["I03"]),
        ("other", "own", "commercial", ["I01"]),
        ("llama3.1", "CC-BY-SA-4.0", "commercial", ["I05"]),
        ("gemma", "own", "commercial", []),
        # Only GPL may be chosen for this use, and it asks for another licence than Llama does.
        ("llama3.1", "CC-BY-NC-4.0 OR GPL-3.0", "commercial", ["I05"]),
        ("llama3.1", "MIT OR GPL-3.0", "commercial", []),
        ("llama3.1", "CC-BY-NC-SA-4.0", "commercial", ["I02", "I05"]),
    ],
)
def test_each_licence_is_judged_for_the_use(
    base: str, data: str, use: str, codes: list[str], make_task: MakeTask, make_permit: MakePermit
) -> None:
    task = make_task()

    checked = review_licences(make_permit(task), _with(task, base=base, data=data, use=use))

    assert [f.code[:3] for f in checked.findings if f.severity == "error"] == codes
    assert "not legal advice" in checked.evidence


def test_a_licence_that_is_nowhere_blocks_and_says_where_to_write_it(
    make_task: MakeTask, make_permit: MakePermit
) -> None:
    task = make_task()

    checked = review_licences(make_permit(task), _with(task, base="MIT"))

    (finding,) = [each for each in checked.findings if each.severity == "error"]
    assert finding.problem == "For the training data no licence was found."
    assert "{licences: {data: …}}" in finding.next_step
    assert "waivers" in finding.next_step


def test_what_a_licence_asks_for_reaches_the_record(
    make_task: MakeTask, make_permit: MakePermit
) -> None:
    task = make_task()

    checked = review_licences(make_permit(task), _with(task, base="llama3.1", data="own"))

    assert any("'Built with Llama'" in term for term in checked.value.terms)


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: apache-2.0\ntags: [x]\n---\n# Hello", "apache-2.0"),
        ("---\nlicense: other\nlicense_name: gemma\n---\n", "gemma"),
        ("---\nlanguage: en\n---\nlicense: mit\n", None),
        ("# No head\nlicense: mit\n", None),
        ("---\nlicense: mit\ngated: !!bool maybe\n---\n", None),
    ],
)
def test_the_head_of_a_card_names_the_licence(
    card: str, licence: str | None, tmp_path: Path
) -> None:
    (tmp_path / "README.md").write_text(card, "utf-8")

    assert card_licence(tmp_path / "README.md") == licence


@pytest.mark.parametrize(
    ("licence", "use", "codes"),
    [
        ("cc-by-nc-sa-4.0", "commercial", ["I02"]),
        ("CC-BY-NC-SA-3.0", "commercial", ["I02"]),
        ("cc-by-nc-2.0", "commercial", ["I02"]),
        ("CC BY-NC 4.0", "commercial", ["I02"]),
        ("cc-by-nc-nd-4.0", "research", ["I02"]),
        ("CC-BY-SA-3.0", "commercial", []),
        ("fair-noncommercial-research-license", "commercial", ["I02"]),
        ("acme-nc-community", "commercial", ["I02"]),
        ("acme-terms", "commercial", ["I03"]),
        ("Acme Terms of Use 2", "commercial", ["I03"]),
        ("unknown", "commercial", ["I01"]),
        ("Other", "commercial", ["I01"]),
        (" ", "commercial", ["I01"]),
        ("Apache License 2.0", "commercial", []),
        ("Llama 3.2 Community License", "commercial", []),
        ("Llama 3.1 Community License Agreement", "commercial", []),
        ("META LLAMA 3 COMMUNITY LICENSE AGREEMENT", "commercial", []),
        ("Apache-2.0 WITH LLVM-exception", "commercial", []),
        ("Apache 2.0 with Commons Clause", "commercial", ["I03"]),
        ("GPL-2.0 WITH Classpath-exception-2.0", "commercial", []),
        ("apache-2.0 with llvm-exception", "commercial", []),
        ("MIT WITH non-commercial-exception", "commercial", ["I03"]),
        ("Apache-2.0 WITH no-commercial-exception", "commercial", ["I03"]),
        ("MIT with exception of commercial use", "commercial", ["I03"]),
        ("MIT with the exception of military use", "commercial", ["I03"]),
        ("MIT WITH Apache-2.0", "commercial", ["I03"]),
        ("Apache-2.0 WITH LicenseRef-scancode-commons-clause", "commercial", ["I03"]),
        ("MIT OR (Apache-2.0 WITH no-commercial-exception)", "commercial", []),
        ("gpl-2.0", "commercial", []),
    ],
)
def test_names_as_people_write_them(
    licence: str, use: str, codes: list[str], make_task: MakeTask, make_permit: MakePermit
) -> None:
    task = _with(make_task(), base="MIT", data=licence, use=use)

    checked = review_licences(make_permit(make_task()), task)

    assert [f.code[:3] for f in checked.findings if f.severity == "error"] == codes


def test_the_specs_licence_counts_and_a_contradiction_is_told(
    make_task: MakeTask, make_permit: MakePermit
) -> None:
    task = make_task()
    assert task.training is not None
    card = Path(task.training.path).parent / "README.md"
    card.write_text("---\nlicense: cc-by-nc-4.0\n---\n", "utf-8")

    checked = review_licences(make_permit(task), _with(task, base="MIT", data="own"))

    (finding,) = [each for each in checked.findings if each.code.startswith("I06")]
    assert "the spec says own, and its own files say cc-by-nc-4.0" in finding.problem
    assert not [each for each in checked.findings if each.severity == "error"]


def test_the_same_licence_by_another_name_is_no_contradiction(
    make_task: MakeTask, make_permit: MakePermit
) -> None:
    task = make_task()
    assert task.training is not None
    card = Path(task.training.path).parent / "README.md"
    card.write_text("---\nlicense: apache-2.0\n---\n", "utf-8")

    checked = review_licences(make_permit(task), _with(task, base="MIT", data="Apache License 2.0"))

    assert not [each for each in checked.findings if each.code.startswith("I06")]


def test_several_licences_in_a_card_all_hold(tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    card.write_text("---\ntags: [a]\nlicense:\n- mit\n- cc-by-nc-4.0\n---\n", "utf-8")

    assert card_licence(card) == "mit AND cc-by-nc-4.0"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Apache License\n   Version 2.0, January 2004\n", "Apache-2.0"),
        ("MIT License\n\nCopyright", "MIT"),
        ("LLAMA 3.2 COMMUNITY LICENSE AGREEMENT", "llama3.2"),
        (
            "Creative Commons\nAttribution-NonCommercial-ShareAlike 4.0 International",
            "CC-BY-NC-SA-4.0",
        ),
        ("GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007", "GPL-3.0"),
        (
            '"Commons Clause" License Condition v1.0\n\nMIT License\n\nPermission is hereby granted',
            "a licence with the Commons Clause",
        ),
        ("All rights reserved.", None),
    ],
)
def test_a_licence_is_known_by_its_text(text: str, name: str | None, tmp_path: Path) -> None:
    (tmp_path / "LICENSE.txt").write_text(text, "utf-8")

    assert file_licence(tmp_path) == name


def test_a_hub_models_card_is_read_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    repository = tmp_path / "models--acme--small"
    snapshot = repository / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("a" * 40, "utf-8")
    (snapshot / "config.json").write_text("{}", "utf-8")
    ref = ModelRef(id="acme/small")

    assert base_licence(ref) is None
    (snapshot / "config.json").write_text('{"license": "mit"}', "utf-8")
    assert base_licence(ref) == "mit"
    (snapshot / "README.md").write_text("---\nlicense: llama3.2\n---\n", "utf-8")
    assert base_licence(ref) == "llama3.2"
