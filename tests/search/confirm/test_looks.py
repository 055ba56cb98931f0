"""What may be asked of a confirmation part, and what a question costs."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.decision import decide
from ladder.errors import EvidenceError
from ladder.frozen import digest_of
from ladder.search.confirm.look_history import Closing
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.looks_entry import read_parts
from ladder.search.confirm.looks_file import LooksFile, looks_path
from ladder.search.ledger import Confirmation
from ladder.statistics.arrays import IntArray

IDS = [f"sample {place}" for place in range(60)]


def looks_in(folder: Path, ids: list[str] = IDS, *, must_exist: bool = False) -> LooksFile:
    path = looks_path(folder / "eval.jsonl")
    return LooksFile(
        path,
        confirmation=[(each,) for each in ids],
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


def test_a_verdict_on_a_larger_part_closes_the_smaller_one_too(tmp_path: Path) -> None:
    ask(looks_in(tmp_path), "a")
    looks_in(tmp_path, [*IDS, "one more"]).close(closing("b"))

    smaller = looks_in(tmp_path)

    assert smaller.begin("reached", "c", allowed=0.05) is None
    assert "60 of the 60 confirmation samples were shown" in smaller.why_closed()


def test_what_two_parts_spent_is_spent_on_both_together(tmp_path: Path) -> None:
    ask(looks_in(tmp_path, ["a", "b"]), "one")
    ask(looks_in(tmp_path, ["c", "d"]), "one")

    both = looks_in(tmp_path, ["a", "b", "c", "d"])

    assert both.record.spent("reached") == pytest.approx(0.07)
    assert both.begin("reached", "two", allowed=0.05) is None


def test_a_look_counts_once_however_often_its_part_grew(tmp_path: Path) -> None:
    alphas = [ask(looks_in(tmp_path, IDS[:size]), f"at {size}") for size in (20, 40, 60)]

    spent = [looks_in(tmp_path, IDS[:size]).record.spent("reached") for size in (20, 40, 60)]

    assert alphas == pytest.approx([0.035, 0.0105, 0.00315])
    assert spent == pytest.approx([sum(alphas)] * 3)


def test_what_a_part_inherits_is_not_written_down_again(tmp_path: Path) -> None:
    ask(looks_in(tmp_path), "a")
    larger = looks_in(tmp_path, [*IDS, "one more"])
    ask(larger, "b")

    parts = read_parts(larger.path)

    assert [part.record.spent("reached") for part in parts] == pytest.approx([0.035, 0.0105])


def test_a_sample_is_known_by_each_of_its_names(tmp_path: Path) -> None:
    path = looks_path(tmp_path / "eval.jsonl")

    def named(*names: str) -> LooksFile:
        return LooksFile(path, confirmation=[names], metric="exact_match", target=0.8)

    named("page 1", "text 1").close(closing("a"))

    assert [bool(named(name).why_closed()) for name in ("page 1", "text 1", "text 2")] == [
        True,
        True,
        False,
    ]
    assert "1 of the 1 confirmation samples" in named("page 1", "text 2").why_closed()


def of_version_1(path: Path, *, is_closed: bool) -> None:
    """Write what an earlier version left: samples by id, and no version in the entry."""
    entry = {
        "samples": ["0123456789abcdef"],
        "scoring": "of another task",
        "record": {
            "entries": [
                {"question": "reached", "key": "a", "alpha": 0.035, "passed": False, "n_units": 0}
            ],
            "closing": closing("a").model_dump(mode="json") if is_closed else None,
            "inherited_reached": 0.01,
            "inherited_below": 0.0,
            "burned": "",
        },
    }
    key = digest_of([entry["scoring"], "0123456789abcdef"])
    sealed = {**entry, "seal": digest_of(entry)}
    path.write_text(json.dumps({"schema_version": 1, "sets": {key: sealed}}))


def test_what_an_earlier_version_wrote_is_held_against_every_part(tmp_path: Path) -> None:
    of_version_1(looks_path(tmp_path / "eval.jsonl"), is_closed=False)

    assert ask(looks_in(tmp_path), "b") == pytest.approx(0.0105)
    assert ask(looks_in(tmp_path), "c") == pytest.approx(0.00315)


def test_a_verdict_of_an_earlier_version_closes_every_part_in_clear_words(tmp_path: Path) -> None:
    path = looks_path(tmp_path / "eval.jsonl")
    of_version_1(path, is_closed=True)

    looks = looks_in(tmp_path)

    assert looks.begin("reached", "b", allowed=0.05) is None
    assert "holds a verdict of an earlier version of ladder" in looks.describe()
    assert "fresh examples in a file of their own" in looks.describe()
    assert [part.version for part in read_parts(path)] == [1]


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

    with pytest.raises(EvidenceError, match="not a record of confirmation tests"):
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


def show(looks: Looks, n: int, *keys: str) -> None:
    """Close a part by a verdict whose run asked the first units, and these questions."""
    looks.close(closing("v"), shown=IDS[:n], asked=[("reached", key) for key in keys])


def test_a_verdict_closes_the_units_that_it_showed_and_no_other(tmp_path: Path) -> None:
    looks = looks_in(tmp_path)
    ask(looks, "a")
    show(looks, 20, "a")

    assert ask(looks_in(tmp_path, IDS[20:]), "b") == pytest.approx(0.035)
    assert looks_in(tmp_path, IDS[19:]).begin("reached", "c", allowed=0.05) is None
    assert "1 of the 41 confirmation samples" in looks_in(tmp_path, IDS[19:]).why_closed()


def test_a_verdict_after_a_look_of_another_run_gives_no_budget_back(tmp_path: Path) -> None:
    looks = looks_in(tmp_path)
    ask(looks, "of another run")
    ask(looks, "a")
    show(looks, 20, "a")

    rest = looks_in(tmp_path, IDS[20:])

    assert rest.record.spent("reached") == pytest.approx(0.035 + 0.0105)
    assert ask(rest, "b") == pytest.approx(0.00315)


def test_a_look_with_another_metric_that_came_to_nothing_counts_as_well(tmp_path: Path) -> None:
    path = looks_path(tmp_path / "eval.jsonl")
    names = [(each,) for each in IDS]
    ask(LooksFile(path, confirmation=names, metric="contains", target=0.8), "hidden")
    looks = looks_in(tmp_path)
    ask(looks, "a")
    show(looks, 20, "a")

    assert ask(looks_in(tmp_path, IDS[20:]), "b") == pytest.approx(0.0105)


def test_what_a_verdict_of_an_older_file_showed_is_the_whole_part(tmp_path: Path) -> None:
    looks = looks_in(tmp_path)
    looks.close(closing("v"))

    (part,) = read_parts(looks.path)

    assert part.record.closing is not None
    assert part.record.closing.shown is None
    assert len(part.shown) == len(IDS)


def test_looks_in_memory_go_on_after_a_verdict_with_what_it_did_not_show() -> None:
    looks = Looks()
    ask(looks, "a")
    show(looks, 20, "a")

    rest = looks.reopened()

    assert rest.record.closed == tuple(IDS[:20])
    assert ask(rest, "b") == pytest.approx(0.035)
    assert rest.reopened() is rest


def test_decide_goes_on_with_the_units_that_no_verdict_showed() -> None:
    def score(configuration: tuple[int, ...], indices: IntArray) -> list[float]:
        asked.update(indices.tolist() if any(configuration) else [])
        return [float(any(configuration))] * len(indices)

    looks, shown = Looks(), set[int]()
    for again in (1, 2, 3):
        asked: set[int] = set()
        decision = decide([[again]], score, n=200, target=0.8, looks=looks)
        closing = looks.record.closing
        assert decision.verdict == "use_lever"
        assert decision.ledger.n_open is not None
        assert closing is not None
        assert closing.shown is not None
        fresh = set(map(int, closing.shown))
        assert fresh.isdisjoint(shown)
        assert shown <= asked
        shown |= fresh
        looks = looks.reopened()


def test_decide_says_when_nothing_is_left_to_ask() -> None:
    looks = Looks()
    for _ in range(20):
        decision = decide([[1]], lambda _, at: [0.0] * len(at), n=60, target=0.8, looks=looks)
        looks = looks.reopened()

    assert decision.verdict == "inconclusive"
    assert "Earlier verdicts showed all of the confirmation part" in decision.sentence
    assert decision.ledger.n_open == 0
