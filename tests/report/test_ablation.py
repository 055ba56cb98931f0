"""What the best way owes to each of its levers."""

from ladder.report import Evidence, to_html, to_markdown
from ladder.report.view import RunView


def test_levers_that_do_nothing_alone_are_said_to_work_only_together(
    cases: dict[str, Evidence],
) -> None:
    text = RunView(cases["together"]).together

    assert text == "rag and few_shot work only together: alone they score 0 and 0, together .98."
    assert text in to_html(cases["together"])


def test_a_lever_that_helps_alone_is_not(cases: dict[str, Evidence]) -> None:
    for name in ("already_good", "template", "fine_tune", "inconclusive"):
        assert RunView(cases[name]).together == ""


def test_a_lever_that_gains_a_part_alone_is_not(cases: dict[str, Evidence]) -> None:
    decision = cases["together"].decision
    ledger = decision.ledger
    rag = ledger.attempts[4]
    better = tuple(each.replace(score=0.5, low=0.4, high=0.6) for each in rag.trials)
    attempts = tuple(
        each.replace(trials=better) if each is rag else each for each in ledger.attempts
    )

    changed = decision.replace(ledger=ledger.replace(attempts=attempts))

    assert RunView(Evidence(changed)).together == ""
    assert dict(RunView(Evidence(changed)).ablation)["few_shot"] == ".50 (n = 80)"


def test_what_the_data_can_decide_is_said_before_anything_else(case: tuple[str, Evidence]) -> None:
    text = to_markdown(case[1])

    assert "With 120 confirmation samples and target .85, a run decides" in text
    # What earlier tests spent of the error budget counts: one of these runs had less left.
    bound = ".95" if case[0] == "fine_tune" else ".94"
    assert f"{bound} or more is confirmed; a best true score of .75 or less justifies" in text
