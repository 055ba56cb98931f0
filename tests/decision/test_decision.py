"""`decide`: from scores to a verdict."""

import time
from typing import Any

import numpy as np
import pytest

from ladder.decision import Decision, decide
from ladder.decision.decision import is_answer_fault
from ladder.errors import EvidenceError, LadderError, MetricError, SpecError
from ladder.finding import Finding
from ladder.report import to_notebook_html
from ladder.search.confirm.looks import Looks
from ladder.search.ledger import Configuration
from ladder.statistics.arrays import FloatArray, IntArray


class World:
    """Samples that each configuration gets right with some probability; counts what is asked."""

    def __init__(self, n: int, seed: int = 0) -> None:
        self.luck = np.random.default_rng(seed).random(n)
        self.asked: list[tuple[Configuration, int]] = []

    def rate(self, configuration: Configuration) -> float:
        del configuration
        return 0.5

    def __call__(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        self.asked += [(configuration, int(index)) for index in indices]
        return (self.luck[indices] < self.rate(configuration)).astype(np.float64)


def right(configuration: Configuration, indices: IntArray) -> FloatArray:
    """Return that every answer is right."""
    return np.ones(len(indices)) * float(len(configuration) > 0)


class TogetherOnly(World):
    def rate(self, configuration: Configuration) -> float:
        return 0.95 if all(configuration[1:]) else 0.02


class Good(World):
    def rate(self, configuration: Configuration) -> float:
        del configuration
        return 0.9


class Needle(World):
    def rate(self, configuration: Configuration) -> float:
        return 0.9 if configuration[1] == 2 else 0.5


def test_a_good_baseline_needs_nothing() -> None:
    decision = decide([[1, 2], [1]], Good(400), n=400, target=0.75)

    assert decision.verdict == "already_good"
    assert decision.configuration == (0, 0)
    assert decision.attempts == ()
    assert decision.sentence == "The baseline already reaches the target."


def test_the_variant_that_reaches_the_target_is_named() -> None:
    decision = decide([[1, 2], [1, 2, 3]], Needle(400), n=400, target=0.75)

    assert decision.verdict == "use_lever"
    assert decision.configuration[1] == 2
    assert decision.confirmation is not None
    assert decision.confirmation.at_least >= 0.7


def test_levers_that_work_only_together_are_found() -> None:
    decision = decide([[1], [1, 2], [1, 2]], TogetherOnly(400), n=400, target=0.75)

    assert decision.verdict == "use_lever"
    assert all(decision.configuration[1:])
    assert decision.attempts[-1].lever == "together"


def test_fine_tuning_is_justified_when_all_that_was_tried_is_below() -> None:
    decision = decide([[1, 2], [1, 2, 3]], World(400), n=400, target=0.75)

    assert decision.verdict == "fine_tune"
    assert decision.sentence == (
        "Fine-tuning is justified: none of the 12 configurations in 2 levers reaches .75 "
        "(lever 1 2, lever 2 3, combined 6)."
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_shown_interval_never_crosses_what_the_verdict_rules_out(seed: int) -> None:
    below = decide([[1]], World(60, seed), n=60, target=0.85, seed=seed).confirmation
    above = decide([[1]], Good(200, seed), n=200, target=0.75, seed=seed).confirmation

    assert below is None or below.score <= below.at_most <= 0.85
    assert above is None or 0.75 <= above.at_least <= above.score
    assert (below, above) != (None, None)


def test_each_score_is_asked_for_once_and_counted() -> None:
    world = World(400)

    decision = decide([[1, 2], [1, 2, 3]], world, n=400, target=0.75)

    assert len(world.asked) == len(set(world.asked)) == decision.ledger.calls


def test_the_same_seed_gives_the_same_decision() -> None:
    first, second = (
        decide([[1, 2], [1, 2, 3]], Needle(300), n=300, target=0.8, seed=4) for _ in range(2)
    )

    assert first == second


def test_a_lever_without_variants_never_leads_to_fine_tuning() -> None:
    decision = decide([[1, 2], []], World(400), n=400, target=0.75)

    assert decision.verdict == "inconclusive"
    assert decision.sentence == "No verdict yet: lever 2 is still to be tried."


def test_a_spent_part_is_named_before_a_lever_that_was_not_tried() -> None:
    looks = Looks()
    first = decide([[1, 2], [1]], World(400), n=400, target=0.75, looks=looks)
    assert first.verdict == "fine_tune"

    again = decide([[3], []], right, n=400, target=0.75, looks=looks)

    assert again.verdict == "inconclusive"
    assert again.sentence.startswith("No verdict. An earlier verdict showed the scores")
    assert again.ledger.closed
    assert not again.ledger.blocked


def test_a_lever_that_was_not_tried_is_beside_the_point_above_the_target() -> None:
    decision = decide([[1, 2], []], Good(24), n=24, target=0.85)

    assert decision.verdict == "inconclusive"
    assert not decision.ledger.blocked
    assert decision.sentence.startswith("Not enough evidence")


def test_a_variant_that_cannot_be_scored_never_leads_to_fine_tuning() -> None:
    world = World(400)

    def score(configuration: Configuration, indices: IntArray) -> FloatArray:
        if configuration[1] == 3:
            raise LadderError("It does not load.", next_step="Look at it.")
        return world(configuration, indices)

    decision = decide([[1, 2], [1, 2, 3]], score, n=400, target=0.75)

    assert decision.verdict == "inconclusive"
    assert "It does not load." in decision.sentence


def test_an_inconclusive_decision_says_how_many_more_examples() -> None:
    decision = decide([[1, 2]], World(60), n=60, target=0.55)

    assert decision.verdict == "inconclusive"
    curve = decision.ledger.more_examples
    assert [each.chance for each in curve] == sorted(each.chance for each in curve)
    assert decision.examples_needed == next(
        (each.examples for each in curve if each.chance >= 0.75), None
    )
    for each in decision.ledger.advice:
        assert f"{each.examples:,} " in decision.sentence


def test_a_decision_survives_its_file(tmp_path: object) -> None:
    path = f"{tmp_path}/decision.json"
    decision = decide([[1, 2]], World(60), n=60, target=0.55)

    decision.save(path)

    assert Decision.load(path) == decision


def test_what_is_not_a_decision_is_refused(tmp_path: object) -> None:
    with pytest.raises(EvidenceError, match="does not exist"):
        Decision.load(f"{tmp_path}/absent.json")


def test_a_table_has_a_row_for_each_trial() -> None:
    decision = decide([[1, 2]], World(60), n=60, target=0.55)

    table = decision.to_pandas()

    assert list(table["lever"]) == ["baseline", "lever 1", "lever 1"]


def test_a_table_names_what_was_tried_and_ends_with_the_confirmed_score() -> None:
    decision = decide([[1, 2], [1, 2]], Needle(400), n=400, target=0.75)
    assert decision.confirmation is not None

    table = decision.to_pandas()

    assert {"name", "tokens", "seconds", "is_confirmed"} <= set(table.columns)
    assert table["name"].iloc[0] == "[0, 0]"
    last = table.iloc[-1]
    assert (last["lever"], last["score"]) == ("confirmed", decision.confirmation.score)
    marked = table[table["is_confirmed"]]
    assert set(marked["configuration"]) == {decision.configuration}
    assert len(marked) == 2


def test_the_notebook_table_is_escaped() -> None:
    decision = decide([[1, 2]], World(60), n=60, target=0.55).replace(sentence="a <b> c")

    assert "a &lt;b&gt; c" in to_notebook_html(decision)


@pytest.mark.parametrize(
    ("scores", "words"), [(0.5, "pass/fail"), (1.5, "not in"), (float("nan"), "not in")]
)
def test_scores_of_the_wrong_kind_are_refused(scores: float, words: str) -> None:
    with pytest.raises(MetricError, match=words):
        decide([[1]], lambda _, indices: np.full(len(indices), scores), n=100, target=0.5)


def test_a_class_with_a_target_of_its_own_is_tested_beside_the_mean() -> None:
    luck = np.random.default_rng(3).random(600)
    classes = ["rare" if at % 4 == 0 else "common" for at in range(600)]

    def score(configuration: Configuration, indices: IntArray) -> FloatArray:
        rate = [0.6 if at % 4 == 0 and not configuration[0] else 0.98 for at in indices]
        return (luck[indices] < np.array(rate)).astype(np.float64)

    plain = decide([[1]], score, n=600, target=0.8)
    strict = decide(
        [[1]], score, n=600, target=0.8, margin=0.02, classes=classes, at_least={"rare": 0.85}
    )

    assert (plain.verdict, strict.verdict) == ("already_good", "use_lever")
    assert (plain.margin, strict.margin) == (0.0, 0.02)
    assert strict.ledger.class_targets == {"rare": 0.85}
    assert '"margin": 0.02,' in strict.model_dump_json(indent=1)
    earlier = {name: each for name, each in strict.model_dump().items() if name != "margin"}
    assert Decision.model_validate(earlier).margin is None


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"at_least": {"a": 0.9}}, "0 of 100 samples"),
        ({"at_least": {"a": 0.9}, "classes": ["b"] * 100}, "no sample is of it"),
        ({"at_least": {"b": 90}, "classes": ["b"] * 100}, "not between 0 and 1"),
        ({"margin": 0.9}, "margin"),
    ],
)
def test_a_question_about_classes_that_makes_no_sense_is_refused(
    given: dict[str, Any], part: str
) -> None:
    with pytest.raises(SpecError, match=part):
        decide([[1]], World(100), n=100, target=0.8, **given)


def test_a_target_in_percent_is_refused_with_advice() -> None:
    with pytest.raises(SpecError) as caught:
        decide([[1]], World(100), n=100, target=80)

    assert caught.value.next_step == "Write 0.8 if you mean 80 percent."


def test_a_second_run_with_the_same_looks_repeats_the_verdict_and_spends_nothing() -> None:
    looks = Looks()
    first = decide([[1, 2], [1, 2, 3]], Needle(400), n=400, target=0.75, looks=looks)
    spent = looks.record.spent("reached")

    second = decide([[1, 2], [1, 2, 3]], Needle(400), n=400, target=0.75, looks=looks)

    assert (second.verdict, second.configuration) == (first.verdict, first.configuration)
    assert second.confirmation == first.confirmation
    assert looks.record.spent("reached") == spent


def test_after_a_verdict_another_configuration_needs_fresh_examples() -> None:
    looks = Looks()
    decide([[1, 2], [1, 2, 3]], Needle(400), n=400, target=0.75, looks=looks)

    later = decide([[11], [12, 13]], Good(400), n=400, target=0.75, looks=looks)

    assert later.verdict == "inconclusive"
    assert "fresh examples" in later.sentence


def test_a_scorer_that_gives_no_scores_stops_the_run() -> None:
    world = World(400)

    def score(configuration: Configuration, indices: IntArray) -> FloatArray:
        return world(configuration, indices)[: 3 if configuration[1] else None]

    with pytest.raises(MetricError, match="scores of shape"):
        decide([[1, 2], [1, 2, 3]], score, n=400, target=0.75)


def test_a_thousand_samples_and_43_candidates_take_well_under_two_seconds() -> None:
    world = World(1000)
    seconds = 0.0

    def score(configuration: Configuration, indices: IntArray) -> FloatArray:
        nonlocal seconds
        start = time.perf_counter()
        scores = world(configuration, indices)
        seconds += time.perf_counter() - start
        return scores

    start = time.perf_counter()
    decision = decide([range(1, 7)] * 7, score, n=1000, target=0.55)
    own = time.perf_counter() - start - seconds

    assert len(decision.ledger.tried) >= 43
    assert own < 2


def test_variants_may_be_numpy_integers_and_repeat() -> None:
    decision = decide([np.array([2, 2, 1])], Good(200), n=200, target=0.95)  # type: ignore[list-item]

    assert len(decision.ledger.attempts[0].trials) == 2


def test_a_part_that_a_winning_stack_does_not_need_is_left_out() -> None:
    def needs_two_of_three(configuration: Configuration, indices: IntArray) -> list[float]:
        return [float(configuration[0] > 0 and configuration[2] > 0)] * len(indices)

    decision = decide([[1], [1], [1]], needs_two_of_three, n=300, target=0.8)

    assert decision.verdict == "use_lever"
    assert decision.configuration == (1, 0, 1)


class AlwaysNearlyRight(World):
    def rate(self, configuration: Configuration) -> float:
        del configuration
        return 0.93


class BlockedOnTop(World):
    """The second lever suffices, but not on top of the first, which helps a little."""

    def rate(self, configuration: Configuration) -> float:
        if not configuration[0] and configuration[1] == 2:
            return 0.93
        return 0.6 if configuration[0] else 0.5


def test_a_lever_that_another_blocks_is_tried_alone_before_fine_tuning_is_justified() -> None:
    found = [
        decide([[1], [1, 2, 3]], BlockedOnTop(600, seed), n=600, target=0.8) for seed in range(5)
    ]

    assert {decision.verdict for decision in found} == {"use_lever"}
    assert {decision.configuration for decision in found} == {(0, 2)}


@pytest.mark.parametrize("change", [{"target": 0.7}, {"n": 300}, {"seed": 1}, {"kind": "graded"}])
def test_looks_are_not_passed_on_to_another_question(change: dict[str, object]) -> None:
    looks, question = Looks(), {"n": 400, "target": 0.8}
    decide([[1]], World(400), looks=looks, **question)  # type: ignore[arg-type]

    with pytest.raises(SpecError, match="another question"):
        decide([[1]], World(400), looks=looks, **(question | change))  # type: ignore[arg-type]


def test_without_any_lever_nothing_is_justified() -> None:
    assert decide([], World(400), n=400, target=0.8).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n": 2.5}, "n: 2.5"),
        ({"n": 0}, "n: 0"),
        ({"target": "0.5"}, "target: '0.5'"),
        ({"target": float("nan")}, "target: nan"),
        ({"alpha_reached": 2.0}, "alpha_reached: 2.0"),
        ({"levers": [[1.5]]}, "whole numbers"),
        ({"levers": [1, 2]}, "whole numbers"),
        ({"clusters": [float("nan")] * 40}, "sample 0 is missing"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_in_words(
    change: dict[str, object], words: str
) -> None:
    question: dict[str, object] = {"levers": [[1]], "score_many": World(40), "n": 40, "target": 0.8}

    with pytest.raises(SpecError, match=words):
        decide(**(question | change))  # type: ignore[arg-type]


def test_labels_that_read_alike_are_one_cluster() -> None:
    clusters = [1, "1", 1, "1", *range(2, 398)]

    found = decide([[1]], Good(400), n=400, target=0.5, clusters=clusters)

    assert found.verdict == "already_good"


def test_advice_for_unequal_clusters_decides() -> None:
    decided = 0
    for seed in range(10):
        clusters = [0] * 54 + list(range(1, 107))
        world = AlwaysNearlyRight(2000, seed)
        looks = Looks()
        first = decide([[1]], world, n=160, target=0.8, clusters=clusters, looks=looks)
        if first.verdict != "inconclusive":
            continue
        advised = first.examples_needed or first.ledger.more_examples[-1].examples
        n = 160 + advised
        more = clusters + list(range(1000, 1000 + advised))
        world = AlwaysNearlyRight(n, seed)
        second = decide([[1]], world, n=n, target=0.8, clusters=more, looks=looks.extended())
        decided += second.verdict != "inconclusive"

    assert decided >= 6


@pytest.mark.parametrize(
    ("code", "severity", "is_fault"),
    [
        ("Q01 answers-cut", "warning", True),
        ("N15 other-model-answers", "warning", True),
        ("Q04 noise-floor", "info", False),
        ("N10 fingerprint-changed", "warning", False),
    ],
)
def test_answers_of_another_model_are_told_as_loudly_as_spoilt_ones(
    code: str, severity: str, *, is_fault: bool
) -> None:
    finding = Finding.model_validate({"code": code, "severity": severity, "problem": "Look."})

    assert is_answer_fault(finding) is is_fault
