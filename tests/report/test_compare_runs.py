"""Two runs beside each other."""

from dataclasses import replace

from ladder.report import Evidence
from ladder.report.compare_runs import compare_runs


def test_a_run_beside_itself_has_changed_nothing(case: tuple[str, Evidence]) -> None:
    found = compare_runs(case[1], case[1])

    assert (found.fixed, found.broken, found.p, found.differences) == ((), (), 1.0, ())
    assert found.n > 0


def test_what_the_second_run_fixed_and_broke_is_named(cases: dict[str, Evidence]) -> None:
    evidence = cases["template"]
    ledger = evidence.decision.ledger.replace(best=(0,) * 7)
    earlier = replace(evidence, decision=evidence.decision.replace(ledger=ledger))

    found = compare_runs(earlier, evidence)
    back = compare_runs(evidence, earlier)

    assert len(found.fixed) > 100
    assert (back.fixed, back.broken) == (found.broken, found.fixed)
    assert "(exact McNemar p < .001; descriptive, no claim)" in found.describe()


def test_samples_that_only_share_an_id_are_not_the_same(cases: dict[str, Evidence]) -> None:
    evidence = cases["template"]
    asked_otherwise = tuple(replace(each, input=f"{each.input}!") for each in evidence.samples)
    decision = evidence.decision
    assert decision.provenance is not None
    other = replace(
        evidence,
        samples=asked_otherwise,
        decision=decision.replace(
            target=0.9, provenance=decision.provenance.replace(eval_data="other")
        ),
    )

    found = compare_runs(evidence, other)

    assert found.n == 0
    assert found.differences == ("target (.85, then .90)", "eval data")
    assert "No sample was asked in both runs." in found.describe()


def test_answers_kept_aside_stay_closed_where_a_run_decided_nothing(
    cases: dict[str, Evidence],
) -> None:
    evidence = cases["inconclusive"]

    assert compare_runs(evidence, evidence).n == evidence.decision.ledger.n_selection
