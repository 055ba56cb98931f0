"""Licences: found where they stand, read as expressions, and judged for the use that is made."""

from pathlib import Path

import pytest

from ladder.finetune.licence import review_licences
from ladder.finetune.licence_source import card_licence
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
    ],
)
def test_each_licence_is_judged_for_the_use(
    base: str,
    data: str,
    use: str,
    codes: list[str],
    make_task: MakeTask,
    make_permit: MakePermit,
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
    ],
)
def test_the_head_of_a_card_names_the_licence(
    card: str, licence: str | None, tmp_path: Path
) -> None:
    (tmp_path / "README.md").write_text(card, "utf-8")

    assert card_licence(tmp_path / "README.md") == licence
