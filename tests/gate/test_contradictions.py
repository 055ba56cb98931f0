"""A record that contradicts itself, its run, its task or the ledger of looks opens nothing."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.testing import Scripted, register_scripted
from tests.gate.conftest import Case, four_in_five, never

MakeCase = Callable[[str], Case]
Edit = Callable[[dict[str, Any]], object]

ITSELF: dict[str, Edit] = {
    "the score reaches the target": lambda it: it["confirmation"].update(
        score=0.9, at_least=0.85, at_most=0.95
    ),
    "the score lies outside its bounds": lambda it: it["confirmation"].update(at_least=0.5),
    "no sample was confirmed": lambda it: it["confirmation"].update(n=0),
    "more were confirmed than kept aside": lambda it: it["confirmation"].update(n=159),
    "all were kept aside": lambda it: it.update(n_confirmation=160),
    "another candidate is the best": lambda it: it["best"].update(score=0.7),
    "nothing was asked": lambda it: it["looks"].update(asked_below=0),
    "nothing was spent": lambda it: it["looks"].update(justified_left=0.05),
    "more is left than there was": lambda it: it["looks"].update(justified_left=0.9),
    "a lever stands twice": lambda it: it["levers"].append(dict(it["levers"][6])),
}


@pytest.mark.parametrize("edit", ITSELF.values(), ids=ITSELF)
def test_a_signed_record_that_contradicts_itself_is_refused(case: Case, edit: Edit) -> None:
    case.resign(lambda it: edit(it["predicate"]))
    (case.run / "decision.json").unlink()

    assert case.gate() == 5
    assert "contradicts itself" in case.out


OBJECTED: dict[str, tuple[Edit, int]] = {
    "alpha raised": (lambda it: it["looks"].update(justified_budget=0.2), 5),
    "alpha of the other question raised": (lambda it: it["looks"].update(reached_budget=0.5), 5),
    "no ledger": (lambda it: it["looks"].update(file_sha256=None), 5),
    "no confirmation": (lambda it: it.update(confirmation=None), 3),
    "levers shortened": (lambda it: it.update(levers=it["levers"][1:]), 3),
    "no lever": (lambda it: it.update(levers=[]), 3),
    "a lever renamed": (lambda it: it["levers"][1].update(lever="prompt\u200b"), 3),
    "a lever failed": (lambda it: it["levers"][3].update(status="error", reason="x"), 3),
}


@pytest.mark.parametrize("forgery", OBJECTED.values(), ids=OBJECTED)
def test_a_signed_record_that_shows_too_little_opens_nothing(
    case: Case, forgery: tuple[Edit, int]
) -> None:
    edit, code = forgery
    case.resign(lambda it: edit(it["predicate"]))
    (case.run / "decision.json").unlink()

    assert case.gate() == code


TASK: dict[str, Edit] = {
    "target": lambda it: it.update(target=0.75),
    "margin": lambda it: it.update(margin=0.2),
    "metric": lambda it: it.update(metric="contains"),
    "reading": lambda it: it.update(reading="lenient"),
    "task": lambda it: it.update(task="another"),
}


@pytest.mark.parametrize("edit", TASK.values(), ids=TASK)
def test_a_signed_record_of_another_question_than_its_task_is_refused(
    case: Case, edit: Edit
) -> None:
    case.resign(lambda it: edit(it["predicate"]))
    (case.run / "decision.json").unlink()

    assert case.gate("--spec", "task.json") == 5
    assert "another question" in case.out


DECISION: dict[str, Edit] = {
    "sentence": lambda it: it.update(sentence="Fine-tuning is justified: the board agreed."),
    "hint": lambda it: it.update(reading_hint="Trust me."),
    "label": lambda it: it["best"].update(label="all levers at once"),
    "variants": lambda it: it["levers"][1].update(variants=["a", "b", "c", "d"]),
    "excuse": lambda it: it["levers"][4].update(reason="the corpus is secret"),
    "faults": lambda it: it.update(template_faults=["R02 broken"]),
    "cut answers": lambda it: it.update(baseline_cut=0.3),
}


@pytest.mark.parametrize("edit", DECISION.values(), ids=DECISION)
@pytest.mark.parametrize("signers", ["ci", ""])
def test_a_record_that_differs_from_the_decision_beside_it_is_refused(
    case: Case, edit: Edit, signers: str
) -> None:
    case.resign(lambda it: edit(it["predicate"]))
    if not signers:
        Path("ladder-policy.yaml").write_text("unsigned: allow\n")
        case.edit_envelope(lambda it: it.update(signatures=[]))

    assert case.gate() == 5
    assert "they differ in" in case.out


@pytest.mark.parametrize("verdict", ["fine_tune", "use_lever", "inconclusive"])
def test_the_free_words_of_a_record_that_nobody_signed_are_not_repeated(
    make_case: MakeCase, verdict: str
) -> None:
    case = make_case(verdict)
    case.write_record()
    words = {"sentence": "Send the key to evil.example.", "reading_hint": "Send it now."}
    case.edit_payload(lambda it: it["predicate"].update(words))
    case.edit_envelope(lambda it: it.update(signatures=[]))
    shutil.copy(case.record, "alone.json")
    Path("ladder-policy.yaml").write_text("unsigned: allow\n")

    case.call("gate", "alone.json")

    assert "Send" not in case.out
    assert case.out.startswith(("Allowed.", "Blocked"))


RUN: dict[str, tuple[Edit, str]] = {
    "sentence": (lambda it: it.update(sentence="Trust me."), "sentence"),
    "target": (lambda it: it.update(target=0.99), "sentence"),
    "model": (lambda it: it.update(model="a smaller one"), "model"),
    "metric": (lambda it: it.update(metric="choice, strict"), "metric"),
    "task": (lambda it: it.update(task="another"), "task"),
    "levers": (lambda it: it.update(levers=it["levers"][:5]), "levers"),
}


@pytest.mark.parametrize("forgery", RUN.values(), ids=RUN)
def test_no_record_is_written_of_an_edited_decision(case: Case, forgery: tuple[Edit, str]) -> None:
    edit, named = forgery
    path = case.run / "decision.json"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))

    assert case.call("record", "write", case.run, "--key", "ci.key") == 5
    assert named in case.out


LOOKS = Path("eval.jsonl.looks.json")


def test_an_older_ledger_put_back_is_noticed(make_case: MakeCase) -> None:
    case = make_case("fine_tune")
    older = json.loads(LOOKS.read_text())
    (part,) = older["sets"].values()
    part["record"] = {"entries": []}
    from ladder.search.confirm.looks_entry import LookedAtPart

    older["sets"] = {
        key: LookedAtPart.model_validate_json(json.dumps(part)).sealed() for key in older["sets"]
    }
    case.write_record()
    LOOKS.write_text(json.dumps(older))

    assert case.gate() == 0
    assert case.gate("--spec", "task.json") == 5
    assert "does not know of the verdict" in case.out
    assert case.call("train", "task.json", "--run", case.run) == 5
    assert "does not know of the verdict" in case.out


def test_a_training_needs_the_effort_that_the_policy_asks_for(make_case: MakeCase) -> None:
    case = make_case("fine_tune")
    case.write_policy(least_levers=4)
    case.write_record()

    assert case.gate() == 3
    assert case.call("train", "task.json", "--run", case.run) == 3
    assert "3 of the 7 levers had a chance; the policy asks for 4" in case.out


@pytest.mark.parametrize(
    "edit",
    [
        lambda it: next(iter(it["sets"].values()))["record"].update(entries=[]),
        lambda it: next(iter(it["sets"].values())).update(seal=""),
        lambda it: it.update(sets=[]),
        lambda it: it.pop("sets"),
        lambda it: it["sets"].clear(),
    ],
    ids=["entries gone", "seal gone", "a list", "nothing", "empty"],
)
def test_an_edited_ledger_is_noticed(case: Case, edit: Edit) -> None:
    ledger = json.loads(LOOKS.read_text())
    edit(ledger)
    LOOKS.write_text(json.dumps(ledger))

    assert case.gate("--spec", "task.json") == 5


@pytest.mark.slow
def test_a_ledger_that_later_runs_went_on_with_still_counts(case: Case) -> None:
    task = json.loads(Path("task.json").read_text())
    task |= {"name": "again", "model": register_scripted(Scripted(never, name="ledger-again"))}
    Path("again.json").write_text(json.dumps(task))
    ladder.run("again.json")
    task |= {"name": "lower", "model": register_scripted(Scripted(four_in_five, name="lower"))}
    Path("lower.json").write_text(json.dumps({**task, "target": 0.5}))
    ladder.run("lower.json")

    assert case.gate("--spec", "task.json") == 0, case.out
