"""What each lever fixed and broke."""

from ladder.report import Evidence
from ladder.report.fixed_and_broken import paired_rows
from ladder.statistics import mcnemar


def test_fixed_and_broken_samples_are_named(cases: dict[str, Evidence]) -> None:
    evidence = cases["template"]

    (row,) = paired_rows(evidence)

    scores = {
        sample.id: (before.score, after.score)
        for sample in evidence.samples
        if (before := sample.answer(evidence.baseline)) and (after := sample.answer(evidence.best))
    }
    assert all(scores[name] == (0.0, 1.0) for name in row.fixed)
    assert all(scores[name] == (1.0, 0.0) for name in row.broken)
    assert row.n == evidence.decision.ledger.n_selection
    assert row.p == mcnemar(len(row.fixed), len(row.broken)) < 0.001
    assert row.lever == "template"


def test_no_sample_kept_aside_is_named(cases: dict[str, Evidence]) -> None:
    for evidence in cases.values():
        aside = {sample.id for sample in evidence.samples if sample.part == "confirmation"}

        for row in paired_rows(evidence):
            assert not aside & {*row.fixed, *row.broken}


def test_a_lever_is_held_against_the_way_it_started_from(cases: dict[str, Evidence]) -> None:
    rows = {row.lever: row for row in paired_rows(cases["together"])}

    assert rows["together"].against == "baseline"
    assert rows["together"].is_used
    assert not rows["few_shot"].fixed


def test_what_all_levers_did_together_is_said_once(cases: dict[str, Evidence]) -> None:
    for evidence in cases.values():
        pairs = [(row.label, row.against) for row in paired_rows(evidence)]

        assert len(pairs) == len(set(pairs))
