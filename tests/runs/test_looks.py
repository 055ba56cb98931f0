"""No edit that leaves the confirmation samples where they are gives their error budget back."""

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.data import load_samples, split_samples, unit_fraction
from ladder.data.split import CONFIRMATION_SHARE
from ladder.errors import EvidenceError
from ladder.measure import load_task_data
from ladder.models.base import Request
from ladder.search.confirm.looks_of_task import looks_of
from ladder.testing import Scripted, register_scripted

Row = dict[str, str]
Edit = Callable[[dict[str, Any], list[Row]], object]
SPENT_ONCE = 0.035


def right(request: Request) -> str:
    """Return the right answer, always."""
    return str(int(request.messages[-1].content.split()[-1]) * 3)


def good_to_choose_by(request: Request) -> str:
    """Answer right where the search looks, and elsewhere four times in five: at the target."""
    number = request.messages[-1].content.split()[-1]
    is_shown = unit_fraction(f"input\n{number}") >= CONFIRMATION_SHARE
    return right(request) if is_shown or int(number) % 5 else "no idea"


class Work:
    """A spec and its eval file; each run is one more question of the same person."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "eval.jsonl"
        self.ledger = folder / "eval.jsonl.looks.json"
        self.rows = [{"n": f"row {i}", "input": str(i), "target": str(i * 3)} for i in range(200)]
        self.spec: dict[str, Any] = {
            "name": "triples",
            "data": {"path": str(self.data), "id": "n"},
            "target": 0.8,
            "levers": {
                "template": {"not_applicable": "a function has no template"},
                "prompt": {"not_applicable": "one prompt at a time"},
                "model": {"not_applicable": "one model is allowed"},
                "rag": {"not_applicable": "no documents"},
                "rerank": {"not_applicable": "no documents"},
                "few_shot": {"not_applicable": "no examples"},
            },
        }
        self._n_runs = 0

    def run(
        self, answer: Callable[[Request], str] = right, *, prompt: str = "{{ input }}"
    ) -> ladder.Decision:
        """Return the decision on the spec and rows as they are, from a folder of its own."""
        runs = self.folder / f"runs {self._n_runs}"
        self._n_runs += 1
        return ladder.run(self._task(answer, prompt), runs_folder=runs)

    def asked(self) -> set[str]:
        """Return the inputs whose confirmation scores the last run showed."""
        (path,) = (self.folder / f"runs {self._n_runs - 1}").glob("*/samples.jsonl")
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        return {
            row["input"].strip() for row in rows if row["part"] == "confirmation" and row["answers"]
        }

    def left(self) -> float:
        """Return what is left of the budget to confirm a candidate."""
        task = self._task(right, "{{ input }}")
        looks = looks_of(load_task_data(task), self.folder)
        return looks.left("reached", 0.05)

    def edit_ledger(self, edit: Callable[[dict[str, Any]], object]) -> None:
        """Change the ledger as somebody with an editor would."""
        content = json.loads(self.ledger.read_text())
        edit(content)
        self.ledger.write_text(json.dumps(content))

    def kept_aside(self) -> list[str]:
        """Return the inputs of the confirmation part."""
        samples = load_samples(self._task(right, "{{ input }}").data)
        return [samples[at].input for at in split_samples(samples).confirmation]

    def _task(self, answer: Callable[[Request], str], prompt: str) -> ladder.TaskSpec:
        self.data.write_text("".join(json.dumps(row) + "\n" for row in self.rows))
        model = register_scripted(Scripted(answer, name=f"triples-{self.folder.name}"))
        return ladder.load_task({**self.spec, "model": model, "prompt": prompt})


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path)


def new_row(*, is_kept_aside: bool) -> Row:
    """Return a row that the split puts on the side that is asked for."""
    number = next(
        i
        for i in count(1000)
        if (unit_fraction(f"input\n{i}") < CONFIRMATION_SHARE) == is_kept_aside
    )
    return {"n": f"row {number}", "input": str(number), "target": str(number * 3)}


def each_target(change: Callable[[str], str]) -> Edit:
    return lambda _, rows: [row.update(target=change(row["target"])) for row in rows]


EDITS: dict[str, Edit] = {
    "nothing": lambda *_: None,
    "no id": lambda spec, _: spec["data"].pop("id"),
    "other ids": lambda _, rows: [row.update(n=f"{row['n']}!") for row in rows],
    "a column": lambda _, rows: [row.update(source="a book") for row in rows],
    "a space": each_target(lambda text: f"{text} "),
    "other labels": each_target(lambda text: f"{text}0"),
    "a cluster each": lambda spec, _: spec["data"].update(cluster="n"),
    "one row more": lambda _, rows: rows.append(new_row(is_kept_aside=True)),
    "one row less": lambda _, rows: rows.pop(),
    "spaces and case": lambda _, rows: [row.update(input=f" {row['input']}  ") for row in rows],
    "target": lambda spec, _: spec.update(target=0.7999),
    "margin": lambda spec, _: spec.update(margin=0.1),
    "reading": lambda spec, _: spec.update(metric={"name": "exact_match", "reading": "lenient"}),
    "metric": lambda spec, _: spec.update(metric="contains"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.slow
def test_no_edit_lets_what_a_verdict_showed_be_asked_again(work: Work, edit: Edit) -> None:
    first, shown = work.run(), work.asked()
    edit(work.spec, work.rows)

    second = work.run(prompt="Say {{ input }}")

    assert first.verdict == "already_good"
    assert first.confirmation is not None
    assert len(shown) == first.confirmation.n
    assert second.ledger.n_confirmation <= first.ledger.n_confirmation - len(shown) + 1
    assert work.asked().isdisjoint(shown)


def test_leaving_out_the_clusters_opens_nothing_that_was_shown(work: Work) -> None:
    for row in work.rows:
        row["page"] = str(int(row["input"]) // 2)
    work.spec["data"]["cluster"] = "page"
    work.run()
    shown = work.asked()
    del work.spec["data"]["cluster"]

    work.run(prompt="Say {{ input }}")

    assert shown
    assert work.asked()
    assert work.asked().isdisjoint(shown)


@pytest.mark.slow
def test_verdicts_go_on_until_every_unit_was_shown(work: Work) -> None:
    shown: list[set[str]] = []
    for prompt in ("one", "two", "three", "four", "five", "six"):
        decision = work.run(prompt=f"{prompt} {{{{ input }}}}")
        shown.append(work.asked())

    assert [bool(each) for each in shown] == [True, True, True, True, True, False]
    assert len(set.union(*shown)) == sum(map(len, shown))
    assert decision.verdict == "inconclusive"


@pytest.mark.slow
def test_a_part_that_was_shown_as_a_whole_is_closed(work: Work) -> None:
    work.spec["target"] = 0.97
    work.spec["margin"] = 0.001
    first = work.run()

    second = work.run(prompt="Say {{ input }}")

    assert first.confirmation is not None
    assert first.confirmation.n == first.ledger.n_confirmation
    assert second.verdict == "inconclusive"
    assert "needs fresh examples" in second.sentence


@pytest.mark.parametrize("edit", ["nothing", "no id"])
def test_the_same_question_has_the_same_answer_by_whatever_id(work: Work, edit: str) -> None:
    first = work.run()
    EDITS[edit](work.spec, work.rows)

    second = work.run()

    assert first.verdict == second.verdict == "already_good"
    assert first.confirmation == second.confirmation


@pytest.mark.slow
@pytest.mark.parametrize("edit", ["other labels", "a column", "margin"])
def test_what_changes_the_answers_is_not_the_same_question(work: Work, edit: str) -> None:
    work.run()
    shown = work.asked()
    EDITS[edit](work.spec, work.rows)

    work.run()

    assert work.asked().isdisjoint(shown)


@pytest.mark.slow
def test_what_a_larger_part_showed_is_closed_in_a_smaller_one(work: Work) -> None:
    failed = work.run(good_to_choose_by)
    work.rows.append(new_row(is_kept_aside=True))
    shown = work.run(prompt="Say {{ input }}")
    first = work.asked()
    work.rows.pop()

    work.run(prompt="Tell {{ input }}")

    assert [each.verdict for each in (failed, shown)] == ["inconclusive", "already_good"]
    assert work.asked().isdisjoint(first)


@pytest.mark.slow
def test_a_verdict_after_a_look_that_came_to_nothing_gives_no_budget_back(work: Work) -> None:
    work.run(good_to_choose_by)
    work.run(prompt="Say {{ input }}")

    last = work.run(prompt="Tell {{ input }}")

    assert last.ledger.looks[0].alpha == pytest.approx(0.7 * 0.3 * (0.05 - SPENT_ONCE))


def test_a_verdict_spends_nothing_of_what_it_did_not_ask(work: Work) -> None:
    work.run()

    second = work.run(prompt="Say {{ input }}")

    assert second.verdict == "already_good"
    assert second.ledger.looks[0].alpha == pytest.approx(SPENT_ONCE)


@pytest.mark.slow
def test_examples_that_are_added_after_inconclusive_can_still_decide(work: Work) -> None:
    failed = work.run(good_to_choose_by)
    asked = failed.ledger.looks
    work.rows += [{"n": f"row {i}", "input": str(i), "target": str(i * 3)} for i in range(200, 500)]

    decided = work.run(prompt="Say {{ input }}")

    assert failed.verdict == "inconclusive"
    assert [look.alpha for look in asked if look.question == "reached"] == pytest.approx(
        [SPENT_ONCE]
    )
    assert decided.verdict == "already_good"
    assert decided.ledger.looks[0].alpha == pytest.approx(0.7 * (0.05 - SPENT_ONCE))


@pytest.mark.slow
def test_fresh_examples_alone_are_open_after_a_verdict(work: Work) -> None:
    work.run()
    work.rows = [{"n": f"row {i}", "input": str(i), "target": str(i * 3)} for i in range(500, 700)]

    assert work.left() == pytest.approx(0.05)
    assert work.run(prompt="Say {{ input }}").verdict == "already_good"


@pytest.mark.parametrize(
    "edit", ["no id", "a space", "one row more", "one row less", "margin", "a cluster each"]
)
def test_what_a_failed_look_spent_stays_spent(work: Work, edit: str) -> None:
    work.run(good_to_choose_by)
    EDITS[edit](work.spec, work.rows)

    assert work.left() == pytest.approx(0.05 - SPENT_ONCE)


@pytest.mark.parametrize("edit", ["target", "reading"])
def test_a_failed_look_spends_the_budget_of_its_own_question(work: Work, edit: str) -> None:
    work.run(good_to_choose_by)
    EDITS[edit](work.spec, work.rows)

    assert work.left() == pytest.approx(0.05)


def damage_key(content: dict[str, Any]) -> None:
    content["sets"] = {f"{key[:-1]}-": part for key, part in content["sets"].items()}


def damage_field(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda content: [part.update({name: value}) for part in content["sets"].values()]


DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "key": damage_key,
    "scoring": damage_field("scoring", "0"),
    "samples": damage_field("samples", ["0"]),
    "content": damage_field("content", "0"),
    "version": damage_field("version", 1),
    "later version": damage_field("version", 3),
    "seal": damage_field("seal", ""),
    "one more": lambda content: content["sets"].update(a=5),
    "nested": lambda content: content["sets"].update(a=json.loads("[" * 900 + "]" * 900)),
    "all": lambda content: content.update(sets={"a": 5}),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.slow
def test_an_edited_entry_counts_as_spent(
    work: Work, damage: Callable[[dict[str, Any]], object]
) -> None:
    work.run(good_to_choose_by)
    work.edit_ledger(damage)
    edited = work.ledger.read_text()

    decision = work.run(prompt="Say {{ input }}")

    assert decision.verdict == "inconclusive"
    assert "was edited, so its error budget counts as used up" in decision.sentence
    assert work.ledger.read_text() == edited


def test_a_ledger_that_is_edited_during_a_test_leaves_no_verdict(work: Work) -> None:
    aside = set(work.kept_aside())

    def edit_and_answer(request: Request) -> str:
        if request.messages[-1].content in aside:
            work.edit_ledger(damage_field("samples", ["0"]))
        return right(request)

    with pytest.raises(EvidenceError, match="was edited"):
        work.run(edit_and_answer)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"sets": [', "[]", '{"sets": 1}', "\x00"])
def test_a_ledger_that_is_none_is_damage_and_no_crash(work: Work, text: str) -> None:
    work.ledger.write_text(text)

    with pytest.raises(EvidenceError, match="is not a record of confirmation tests"):
        work.run()
