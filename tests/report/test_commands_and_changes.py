"""Commands that a report suggests mean the same run, and its diff can be copied into the spec."""

from dataclasses import replace

import pytest

from ladder.decision import CandidateRecord
from ladder.report import run_command
from ladder.report.changes import change_of
from ladder.report.claim_words import how_sure
from ladder.report.ladder_rows import leading
from ladder.report.power_words import can_decide
from ladder.report.run_evidence import Evidence
from ladder.report.view import RunView
from ladder.search.confirm.look_history import LookEntry, LookHistory
from ladder.search.confirm.looks import Looks
from ladder.spec.candidate import Candidate, Decoding, Examples, Prompt
from tests.report.conftest import BASE, PLAIN

COMMANDS = {
    "ladder run a.yaml": ("", ""),
    "ladder run a.yaml --set target=0.7 --json": ("--set target=0.7", "--set target=0.7"),
    "/venv/bin/ladder run a.yaml --set=target=0.7": ("--set target=0.7", "--set target=0.7"),
    "ladder run --runs /data/runs a.yaml --explore": ("--runs /data/runs", ""),
    "ladder run a.yaml --allow-code --set 'prompt=a b'": (
        "--set 'prompt=a b' --allow-code",
        "--set 'prompt=a b' --allow-code",
    ),
    "python -m ladder run a.yaml --set x=1": ("--set x=1", "--set x=1"),
    "examples/demo.py --seed 3": ("", ""),
}


@pytest.mark.parametrize(("command", "options"), COMMANDS.items(), ids=COMMANDS)
def test_suggested_commands_repeat_what_makes_the_same_run(
    command: str, options: tuple[str, str], cases: dict[str, Evidence]
) -> None:
    decision = cases["fine_tune"].decision
    assert decision.provenance is not None
    made = decision.replace(provenance=decision.provenance.replace(command=command))
    to_run, to_train = options

    again, train = run_command.run_again(made), run_command.train_command(made, "runs/r")

    spec = "task.yaml" if "demo" in command else "a.yaml"
    words = sorted(again.replace("python -m ", "").split())
    assert words == sorted(f"ladder run {spec} {to_run}".split())
    assert sorted(train.split()) == sorted(f"ladder train {spec} --run runs/r {to_train}".split())


def test_a_raised_budget_takes_the_place_of_the_one_that_was_set(
    cases: dict[str, Evidence],
) -> None:
    decision = cases["fine_tune"].decision
    assert decision.provenance is not None
    command = "ladder run a.yaml --set budget.minutes=1 --set target=0.7"
    made = decision.replace(provenance=decision.provenance.replace(command=command))

    again = run_command.run_again(made, changed="budget.minutes=8")

    assert again == "ladder run a.yaml --set target=0.7 --set budget.minutes=8"


CHANGES: dict[str, tuple[Candidate, Candidate, list[str]]] = {
    "a text of several lines": (
        BASE.replace(prompt=Prompt(user="Q: {{ input }}", system="Be\nbrief.")),
        BASE.replace(prompt=Prompt(user="Q: {{ input }}\nA:")),
        ["-  user: 'Q: {{ input }}'", "-  system: |-", "-    Be", "-    brief.", "+  user: |-"],
    ),
    "a default that takes the place of another value": (
        BASE.replace(examples=Examples(pool="p.jsonl", shots=1, method="fixed")),
        BASE.replace(examples=Examples(pool="p.jsonl", shots=2, method="random")),
        ["-  shots: 1", "-  method: fixed", "+  shots: 2", "+  method: random"],
    ),
    "a list that was empty": (
        BASE.replace(decoding=Decoding(max_new_tokens=10)),
        BASE.replace(decoding=Decoding(max_new_tokens=10, stop_strings=("\n",))),
        ["+  stop_strings:", '+  - "\\n"'],
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_shows_what_goes_and_then_what_comes_with_its_value(
    change: tuple[Candidate, Candidate, list[str]], cases: dict[str, Evidence]
) -> None:
    before, after, lines = change
    decision = cases["together"].decision
    best = decision.configuration
    records = (
        CandidateRecord(configuration=PLAIN, candidate=before, label="baseline"),
        CandidateRecord(configuration=best, candidate=after, label="best"),
    )

    shown = change_of(decision.replace(candidates=records))

    assert shown is not None
    marks = {"added": "+", "removed": "-", "same": " "}
    told = [f"{marks[line.kind]}{line.text}" for line in shown.lines if line.kind != "same"]
    assert told[: len(lines)] == lines


def entry(question: str) -> LookEntry:
    return LookEntry.model_validate({"question": question, "key": question, "alpha": 0.01})


LOOKS = {
    "nothing": (LookHistory(), "Nothing was asked of them yet", "tested"),
    "one candidate": (LookHistory(entries=(entry("reached"),)), "1 candidate was tested", "0 cand"),
    "all of them": (LookHistory(entries=(entry("below"),)), "every candidate is below", "0 cand"),
    "others": (LookHistory(inherited_below=0.01), "earlier tests on some of the same", "0 cand"),
}


@pytest.mark.parametrize("case", LOOKS.values(), ids=LOOKS)
def test_what_was_asked_is_told_as_what_it_was(case: tuple[LookHistory, str, str]) -> None:
    history, told, never = case

    words = Looks(history).describe()

    assert told in words
    assert never not in words


def test_what_samples_decide_counts_what_is_left_of_them_and_of_the_budget(
    cases: dict[str, Evidence],
) -> None:
    decision = cases["inconclusive"].decision
    ledger = decision.ledger
    texts = [
        can_decide(decision.replace(ledger=each))
        for each in (
            ledger,
            ledger.replace(n_confirmation=ledger.n_confirmation // 3),
            ledger.replace(alpha_reached_left=0.001, alpha_justified_left=0.001, looks=()),
            ledger.replace(closed=True),
        )
    ]

    assert len(set(texts)) == 4
    assert "fresh samples" in texts[-1]


def test_how_many_samples_showed_each_candidate_to_be_below_is_not_the_whole_part(
    cases: dict[str, Evidence],
) -> None:
    decision = cases["fine_tune"].decision
    asked = max(look.n_seen for look in decision.ledger.looks if look.question == "below")

    assert f"on up to {asked} of {decision.ledger.n_confirmation}" in how_sure(decision, 5)


def test_a_lucky_score_on_a_few_samples_is_no_hint(cases: dict[str, Evidence]) -> None:
    tried = RunView(cases["together"]).tried
    lucky = replace(tried[-1], score=1.0, n=8, stopped="parent is as good")

    assert leading([lucky, *tried]) == tried[0]
    assert leading([lucky]) == lucky
    assert leading([]) is None
