from ladder.report import Evidence
from ladder.report.view import RunView
from ladder.spec.lever_sections import LEVER_NAMES


def test_every_lever_has_its_row_in_the_ladders_order(case: tuple[str, Evidence]) -> None:
    names = [row.name for row in RunView(case[1]).rows]

    assert names[0] == "baseline"
    assert tuple(name for name in names if name in LEVER_NAMES) == LEVER_NAMES


def test_a_lever_that_did_not_run_says_why(cases: dict[str, Evidence]) -> None:
    rows = {row.name: row.note for row in RunView(cases["together"]).rows}
    settled = {row.name: row.note for row in RunView(cases["template"]).rows}
    undecided = {row.name: row.note for row in RunView(cases["inconclusive"]).rows}

    assert rows["template"] == "nothing to try: nothing to repair"
    assert rows["model"] == "declared not applicable: one model allowed"
    assert rows["rerank"] == "bound too low: retrieval already finds all"
    assert settled["rag"] == "not needed"
    assert undecided["template"] == "not tried"


def test_levers_of_the_winning_way_are_marked_and_no_others(cases: dict[str, Evidence]) -> None:
    used = [row.name for row in RunView(cases["together"]).rows if row.is_used]

    assert used == ["rag", "few_shot", "together"]


def test_the_score_kept_aside_is_a_row_only_where_it_is_a_claim(case: tuple[str, Evidence]) -> None:
    name, evidence = case

    confirmed = [
        row for row in RunView(Evidence(evidence.decision)).rows if row.kind == "confirmed"
    ]

    assert len(confirmed) == (0 if name == "inconclusive" else 1)


def test_cost_is_a_multiple_of_the_baselines_tokens(cases: dict[str, Evidence]) -> None:
    costs = {row.name: row.dot.cost for row in RunView(cases["together"]).rows if row.dot}

    assert costs["baseline"] == 1.0
    assert costs["together"] == (127 + 5) / (50 + 5)


def test_everything_tried_is_listed_once_best_first(cases: dict[str, Evidence]) -> None:
    dots = RunView(cases["together"]).tried

    assert len({dot.configuration for dot in dots}) == len(dots) == 9
    assert [dot.score for dot in dots] == sorted((dot.score for dot in dots), reverse=True)


def test_a_ceiling_is_drawn_but_never_counts_as_tried(cases: dict[str, Evidence]) -> None:
    decision = cases["fine_tune"].decision
    ledger = decision.ledger
    ceiling = ledger.baseline.replace(configuration=(0, 0, 0, 0, -1, 0, 0), score=0.99)
    rag = ledger.attempts[4].replace(status="ceiling", reason="", trials=(ceiling,))
    attempts = (*ledger.attempts[:4], rag, *ledger.attempts[5:])
    changed = decision.replace(ledger=ledger.replace(attempts=attempts))

    row = {row.name: row for row in RunView(Evidence(changed)).rows}["rag"]

    assert row.dot is not None
    assert row.dot.label == "rag ceiling"
    assert row.gain is None
    assert len(RunView(Evidence(changed)).tried) == len(RunView(Evidence(decision)).tried)


def test_a_candidate_that_was_never_scored_has_no_dot(cases: dict[str, Evidence]) -> None:
    decision = cases["fine_tune"].decision
    ledger = decision.ledger
    failed = ledger.attempts[1].trials[0].replace(n_seen=0, stopped="out of memory")
    prompt = ledger.attempts[1].replace(status="error", trials=(failed,))
    attempts = (ledger.attempts[0], prompt, *ledger.attempts[2:])

    rows = RunView(Evidence(decision.replace(ledger=ledger.replace(attempts=attempts)))).rows

    assert rows[2].dot is None
    assert rows[2].dots[0].stopped == "out of memory"


def test_a_second_climb_has_rows_of_its_own(cases: dict[str, Evidence]) -> None:
    decision = cases["together"].decision
    ledger = decision.ledger
    again = ledger.attempts[4].replace(parent=ledger.best)
    longer = decision.replace(ledger=ledger.replace(attempts=(*ledger.attempts, again)))

    assert [row.name for row in RunView(Evidence(longer)).rows][-3:] == [
        "together",
        "rag, again",
        "confirmed",
    ]


def test_a_second_climb_that_gained_nothing_is_no_part_of_the_shown_candidate(
    cases: dict[str, Evidence],
) -> None:
    decision = cases["together"].decision
    ledger = decision.ledger
    other = ledger.attempts[4].trials[0].replace(configuration=(0, 0, 0, 0, 9, 0, 0))
    again = ledger.attempts[4].replace(status="no_gain", parent=ledger.best, trials=(other,))
    longer = decision.replace(ledger=ledger.replace(attempts=(*ledger.attempts, again)))

    used = [row.name for row in RunView(Evidence(longer)).rows if row.is_used]

    assert used == ["rag", "few_shot", "together"]


def test_a_row_says_which_candidates_were_not_really_tried_and_why(
    cases: dict[str, Evidence],
) -> None:
    evidence = cases["together"]
    ledger = evidence.decision.ledger
    rag = ledger.attempts[4]
    empty = rag.trials[0].replace(stopped="not tried: all 8 answers are empty")
    refused = rag.trials[1].replace(n_seen=0, stopped="error: the server takes no stop strings")
    some = rag.replace(status="no_gain", reason="", trials=(rag.trials[2], empty, refused))
    none = rag.replace(
        lever="prompt", status="error", reason="all 8 answers are empty", trials=(empty,)
    )
    decision = evidence.decision.replace(ledger=ledger.replace(attempts=(none, some)))

    rows = {row.name: row for row in RunView(Evidence(decision)).rows}

    assert rows["rag"].note == "no gain · 2 of 3 not tried: all 8 answers are empty"
    assert rows["rag"].dot is not None
    assert rows["rag"].dot.configuration == rag.trials[2].configuration
    assert rows["prompt"].note == "not tried: all 8 answers are empty"
    assert rows["prompt"].dot is None
    assert [dot.stopped for dot in rows["prompt"].dots] == [empty.stopped]
