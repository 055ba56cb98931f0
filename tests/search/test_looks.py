"""What may be asked of a confirmation part, and what a question costs."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.decision import decide
from ladder.errors import EvidenceError
from ladder.search.ledger import Confirmation
from ladder.search.looks import Closing, Looks
from ladder.search.looks_file import LooksFile, looks_path

IDS = [f"sample {place}" for place in range(60)]


def looks_in(folder: Path, ids: list[str] = IDS, *, must_exist: bool = False) -> LooksFile:
    path = looks_path(folder / "eval.jsonl")
    return LooksFile(
        path,
        confirmation_ids=ids,
        metric="exact_match",
        target=0.8,
        scorer_version="1",
        must_exist=must_exist,
    )


def closing(key: str) -> Closing:
    shown = Confirmation(score=0.9, n=60, at_least=0.8, at_most=0.95)
    return Closing(question="reached", key=key, confirmation=shown)


def ask(looks: Looks, key: str) -> float:
    entry = looks.begin("reached", key, allowed=0.05)
    assert entry is not None
    looks.finish(entry, passed=False)
    return entry.alpha


@given(st.lists(st.text(max_size=3), max_size=40))
def test_all_questions_together_never_cost_more_than_the_budget(keys: list[str]) -> None:
    looks = Looks()

    for key in keys:
        entry = looks.begin("reached", key, allowed=0.05)
        if entry is not None:
            looks.finish(entry, passed=False)

    assert looks.record.spent("reached") <= 0.05


def test_the_same_question_costs_nothing_the_second_time() -> None:
    looks = Looks()
    ask(looks, "a")
    spent = looks.record.spent("reached")

    again = looks.begin("reached", "a", allowed=0.05)

    assert again is not None
    assert again.passed is False
    assert looks.record.spent("reached") == spent


def test_a_question_is_written_before_it_is_asked(tmp_path: Path) -> None:
    looks_in(tmp_path).begin("reached", "a", allowed=0.05)

    after_a_crash = looks_in(tmp_path).begin("reached", "a", allowed=0.05)

    assert after_a_crash is not None
    assert after_a_crash.passed is None
    assert after_a_crash.alpha == pytest.approx(0.035)
    assert looks_in(tmp_path).record.spent("reached") == pytest.approx(0.035)


def test_each_run_finds_what_the_one_before_left(tmp_path: Path) -> None:
    spent = [ask(looks_in(tmp_path), f"prompt {place}") for place in range(3)]

    assert spent == pytest.approx([0.035, 0.0105, 0.00315])


def test_two_runs_at_once_share_one_budget(tmp_path: Path) -> None:
    first, second = looks_in(tmp_path), looks_in(tmp_path)

    assert [ask(first, "a"), ask(second, "b")] == pytest.approx([0.035, 0.0105])


def test_a_verdict_closes_the_part_for_everything_else(tmp_path: Path) -> None:
    looks = looks_in(tmp_path)
    ask(looks, "a")
    looks.close(closing("a"))

    assert looks_in(tmp_path).begin("reached", "b", allowed=0.05) is None
    assert looks_in(tmp_path).begin("reached", "a", allowed=0.05) is not None
    assert "fresh examples" in looks_in(tmp_path).describe()


def test_added_examples_do_not_bring_the_budget_back(tmp_path: Path) -> None:
    ask(looks_in(tmp_path), "a")

    larger = looks_in(tmp_path, [*IDS, "one more"])

    assert ask(larger, "b") == pytest.approx(0.0105)


def test_samples_shown_by_a_verdict_stay_burned_in_a_larger_part(tmp_path: Path) -> None:
    looks_in(tmp_path).close(closing("a"))

    larger = looks_in(tmp_path, [*IDS, "one more"])

    assert larger.begin("reached", "b", allowed=0.05) is None
    assert "60 of the 61 confirmation samples were shown" in larger.why_closed()


def test_another_eval_set_has_its_own_budget(tmp_path: Path) -> None:
    ask(looks_in(tmp_path), "a")

    assert ask(looks_in(tmp_path, ["x", "y"]), "a") == pytest.approx(0.035)


def test_an_edited_file_counts_as_spent(tmp_path: Path) -> None:
    looks = looks_in(tmp_path)
    ask(looks, "a")
    content = json.loads(looks.path.read_text())
    content["sets"][looks.key]["record"]["entries"] = []
    looks.path.write_text(json.dumps(content))

    assert looks_in(tmp_path).begin("reached", "b", allowed=0.05) is None
    assert "edited" in looks_in(tmp_path).why_closed()


def test_a_missing_file_counts_as_spent_where_it_must_exist(tmp_path: Path) -> None:
    looks = looks_in(tmp_path, must_exist=True)

    assert looks.begin("reached", "a", allowed=0.05) is None
    assert "missing" in looks.describe()


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    looks_path(tmp_path / "eval.jsonl").write_text("[]")

    with pytest.raises(EvidenceError, match="not a ledger of looks"):
        looks_in(tmp_path)


def test_a_fresh_file_says_that_all_is_left(tmp_path: Path) -> None:
    assert "whole error budget of 5 % is left" in looks_in(tmp_path).describe()


def test_what_is_left_is_said_in_words(tmp_path: Path) -> None:
    ask(looks_in(tmp_path), "a")

    assert "1.50 % is left to confirm one, 5.00 % to justify" in looks_in(tmp_path).describe()


def test_a_decision_with_a_file_reports_the_same_again(tmp_path: Path) -> None:
    def score(configuration: tuple[int, ...], indices: object) -> list[float]:
        return [float(2 in configuration)] * len(indices)  # type: ignore[arg-type]

    first = decide([[1], [1, 2]], score, n=200, target=0.8, looks=looks_in(tmp_path))
    second = decide([[1], [1, 2]], score, n=200, target=0.8, looks=looks_in(tmp_path))

    assert first.verdict == second.verdict == "use_lever"
    assert first.confirmation == second.confirmation
