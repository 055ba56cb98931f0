import pytest

from ladder.decision import Decision
from ladder.decision.candidate_labels import describe, numbered
from ladder.decision.sentence import sentence_of
from ladder.report import Evidence, run_command, to_html, to_markdown, to_text, words
from ladder.report.changes import change_of
from ladder.report.look_words import looks_passed
from ladder.report.view import RunView
from ladder.search.ledger import Attempt, Trial
from ladder.spec.candidate import Prompt


def with_confirmation(decision: Decision, **changes: float) -> Decision:
    """Return a decision whose closing test saw something else."""
    ledger = decision.ledger
    assert ledger.confirmation is not None
    return decision.replace(
        ledger=ledger.replace(confirmation=ledger.confirmation.replace(**changes))
    )


def test_the_claim_is_the_score_kept_aside_with_its_bound(cases: dict[str, Evidence]) -> None:
    claim = RunView(cases["together"]).claim

    assert (claim.number, claim.where) == (".98", "on 120 confirmation samples")
    assert claim.bound == "at least .93"
    assert claim.error == "wrong with probability ≤ 5 %"


def test_a_justified_fine_tune_claims_an_upper_bound(cases: dict[str, Evidence]) -> None:
    claim = RunView(cases["fine_tune"]).claim

    assert claim.bound == "at most .24"


def test_the_bound_of_a_fine_tune_never_crosses_the_target(cases: dict[str, Evidence]) -> None:
    decision = cases["fine_tune"].decision
    assert decision.confirmation is not None
    wide = with_confirmation(decision, at_most=0.86)

    assert RunView(Evidence(wide)).claim.bound == "below .85"
    dot = RunView(Evidence(wide)).rows[-1].dot
    assert dot is not None
    assert dot.high == 0.85


def test_without_a_verdict_there_is_a_hint_and_no_claim(cases: dict[str, Evidence]) -> None:
    claim = RunView(cases["inconclusive"]).claim

    assert not claim.is_claim
    assert claim.where == "best of 2 tried, on 80 samples"
    assert claim.error == "a hint, no claim"


def test_inconclusive_names_the_samples_to_add_and_two_other_helps(
    cases: dict[str, Evidence],
) -> None:
    found = RunView(cases["inconclusive"]).steps.steps

    assert len(found) == 3
    assert "100 more examples would decide with probability .35" in found[0].words
    assert "210 if the best is as good as it looks (.81)" in found[0].words
    assert "rag" in found[1].words


def test_the_spec_in_the_commands_is_the_one_that_was_run(cases: dict[str, Evidence]) -> None:
    decision = cases["together"].decision
    assert decision.provenance is not None
    by_hand = decision.provenance.replace(command="examples/demo.py --only facts")
    by_path = decision.provenance.replace(command="/venv/bin/ladder run tasks/mine.yaml --set a=1")

    assert run_command.spec_path(decision.replace(provenance=by_path)) == "tasks/mine.yaml"
    assert run_command.spec_path(decision.replace(provenance=by_hand)) == "task.yaml"


def test_the_looks_of_an_open_set_name_no_single_way(cases: dict[str, Evidence]) -> None:
    looks = RunView(cases["inconclusive"]).looks

    assert [look.label for look in looks] == ["few_shot 2 random", "every candidate tried"]
    assert {look.n for look in looks} == {"hidden"}


def test_a_decision_from_scores_alone_has_a_summary(cases: dict[str, Evidence]) -> None:
    bare = cases["together"].decision.replace(task="", model="", metric="")

    assert words.summary(bare) == "target .85"


def test_a_spent_budget_is_named_first(cases: dict[str, Evidence]) -> None:
    decision = cases["inconclusive"].decision
    reason = (
        "The budget of 3 minutes is spent (3.1 used). Run it with --set budget.minutes=8: it does"
    )
    ledger = decision.ledger.replace(ending="budget", blocked=True, reason=reason)
    ended = decision.replace(ledger=ledger)

    step = RunView(Evidence(ended)).steps.steps[0]
    assert "budget ended first" in step.words
    assert step.command.endswith(".yaml --set budget.minutes=8")
    assert "raise it and run again" in RunView(Evidence(ended)).step.words


def test_fine_tune_lists_the_ten_parts_of_which_one_is_done(cases: dict[str, Evidence]) -> None:
    checklist = RunView(cases["fine_tune"]).steps.checklist

    assert len(checklist) == 10
    assert [name for name, _, is_done in checklist if is_done] == ["baseline evals"]


def test_the_winning_stack_is_shown_without_each_of_its_parts(cases: dict[str, Evidence]) -> None:
    found = RunView(cases["together"]).steps

    assert found.ablation == (("rag", "0 (n = 40)"), ("few_shot", "0 (n = 80)"))


def test_every_verdict_says_how_sure_it_is(case: tuple[str, Evidence]) -> None:
    text = RunView(case[1]).how_sure

    assert "120" in text
    assert ("5 %" in text) == (case[0] != "inconclusive")


def test_a_test_that_ended_early_says_so(cases: dict[str, Evidence]) -> None:
    decision = cases["together"].decision
    assert decision.confirmation is not None
    early = with_confirmation(decision, n=48)

    assert "48 of 120 confirmation samples" in RunView(Evidence(early)).how_sure
    assert "ended as soon as it was clear" in RunView(Evidence(early)).how_sure


def test_the_change_is_a_diff_in_the_words_of_the_spec(cases: dict[str, Evidence]) -> None:
    change = change_of(cases["together"].decision)

    assert change is not None
    assert [line.text for line in change.lines if line.kind == "added"] == [
        "retrieval:",
        "  corpus: facts.jsonl",
        "  top_k: 1",
        "examples:",
        "  pool: pool.jsonl",
    ]


def test_a_changed_template_is_compared_line_by_line(cases: dict[str, Evidence]) -> None:
    change = change_of(cases["template"].decision)

    assert change is not None
    texts = {line.text.strip(): line.kind for line in change.lines}
    assert texts["{% for m in messages %}[INST]{{ m.content }}[/INST]{% endfor %}"] == "removed"
    assert texts["{% for m in messages %}<|im_start|>{{ m.role }}"] == "added"


def test_nothing_to_change_is_no_diff(cases: dict[str, Evidence]) -> None:
    assert change_of(cases["already_good"].decision) is None


@pytest.mark.parametrize(
    ("command", "spec"),
    [
        ("/usr/bin/ladder run mine.toml", "mine.toml"),
        ("/lib/ladder/__main__.py run --set a.b=c.json 'my spec.json'", "'my spec.json'"),
        ("ladder run mine.yaml --runs runs", "mine.yaml"),
        ("notebook.py", "task.yaml"),
        ("ladder run 'unclosed", "task.yaml"),
    ],
)
def test_commands_to_copy_name_the_spec_that_was_used(
    cases: dict[str, Evidence], command: str, spec: str
) -> None:
    decision = cases["together"].decision
    assert decision.provenance is not None
    made = decision.provenance.replace(command=command)

    assert run_command.spec_path(decision.replace(provenance=made)) == spec


def test_what_was_never_asked_is_not_said_to_have_shown_nothing(cases: dict[str, Evidence]) -> None:
    decision = cases["inconclusive"].decision
    ledger = decision.ledger.replace(
        looks=(), blocked=True, reason="template: give one in levers.template.templates"
    )

    text = RunView(Evidence(decision.replace(ledger=ledger))).how_sure

    assert "were not used in this run" in text
    assert "while something is untried" in text
    assert "neither show" not in text


def test_only_what_was_asked_is_said_to_be_open(cases: dict[str, Evidence]) -> None:
    decision = cases["inconclusive"].decision
    reached = decision.ledger.replace(looks=decision.ledger.looks[:1])

    text = RunView(Evidence(decision.replace(ledger=reached))).how_sure

    assert "1 test of whether a candidate reaches .85 failed" in text
    assert "was not tested" in text


def test_samples_that_were_shown_need_fresh_ones(cases: dict[str, Evidence]) -> None:
    decision = cases["inconclusive"].decision
    closed = decision.ledger.replace(closed=True, examples_needed=None, reason="An earlier one")

    found = RunView(Evidence(decision.replace(ledger=closed))).steps.steps

    assert len(found) == 1
    assert found[0].words.startswith("Give fresh samples")


def test_the_names_of_settings_stand_once_in_the_terminal(cases: dict[str, Evidence]) -> None:
    evidence = cases["inconclusive"]
    why = "the model does not show its template: give one in levers.template.templates"
    untested = Attempt(
        lever="template", status="untested", reason=why, parent=(0,) * 7, chosen=(0,) * 7
    )
    ledger = evidence.decision.ledger.replace(
        attempts=(untested, *evidence.decision.ledger.attempts[1:]),
        blocked=True,
        reason=f"template: {why}",
    )
    sentence = sentence_of(ledger, evidence.decision.levers, 0.85)
    decision = evidence.decision.replace(ledger=ledger, sentence=sentence)

    text = to_text(Evidence(decision, evidence.samples, evidence.folder), is_whole=False)

    assert sentence == "No verdict yet: the right chat template is still to be tried."
    assert sentence in text
    assert text.count("levers.template") == 1


def test_a_part_that_is_not_needed_is_named_beside_the_verdict(cases: dict[str, Evidence]) -> None:
    evidence = cases["together"]
    decision = evidence.decision
    best = decision.configuration
    without = Trial(
        configuration=(*best[:-1], 0), parent=best, n_seen=32, score=1.0, low=0.9, high=1.0
    )
    found = decision.replace(ledger=decision.ledger.replace(ablation=(without,)))

    (caveat,) = RunView(Evidence(found)).caveats

    assert caveat.startswith("rag alone seems enough: without few_shot the score is 1.0 (n = 32)")
    assert caveat.endswith("Only the combination was confirmed.")
    assert RunView(Evidence(decision)).caveats == ()
    worse = without.replace(losses=1)
    assert (
        RunView(Evidence(found.replace(ledger=found.ledger.replace(ablation=(worse,))))).caveats
        == ()
    )


@pytest.mark.parametrize("name", ["fine_tune"])
def test_a_lenient_reading_stands_under_the_headline_everywhere(
    cases: dict[str, Evidence], name: str
) -> None:
    evidence = cases[name]
    hint = evidence.decision.reading_hint

    assert hint
    for text in (to_html(evidence), to_markdown(evidence), to_text(evidence)):
        first = " ".join(text.replace("\\_", "_").split())
        assert "read leniently, score 0.50 instead of 0.17" in first
    head = to_html(evidence).split('<p class="about">')[0]
    assert hint in head


def test_looks_at_ways_shown_below_do_not_read_as_passed(cases: dict[str, Evidence]) -> None:
    assert looks_passed(cases["fine_tune"].decision) == "5 shown to be below"
    assert looks_passed(cases["together"].decision) == "1 shown to reach the target"
    assert looks_passed(cases["inconclusive"].decision) == "0 shown to reach the target"


@pytest.mark.parametrize(
    ("command", "typed"),
    [
        ("/lib/ladder/__main__.py run ep.yaml", "ladder run ep.yaml"),
        ("'/my lib/ladder/__main__.py' run 'my ep.yaml'", "ladder run 'my ep.yaml'"),
        ("/venv/bin/ladder run ep.yaml --set a=1", "ladder run ep.yaml --set a=1"),
        ("examples/demo.py --only facts", "examples/demo.py --only facts"),
    ],
)
def test_the_command_is_shown_as_a_person_types_it(
    cases: dict[str, Evidence], command: str, typed: str
) -> None:
    decision = cases["together"].decision
    assert decision.provenance is not None
    made = decision.provenance.replace(command=command)

    assert run_command.command_of(decision.replace(provenance=made)) == typed


def test_ways_with_one_name_are_numbered(cases: dict[str, Evidence]) -> None:
    first, second, *_ = cases["together"].decision.candidates
    same = [first, second.replace(label="prompt"), second.replace(label="prompt")]

    assert [one.label for one in numbered(same)] == ["baseline", "prompt (1)", "prompt (2)"]


def test_a_prompt_is_named_by_the_words_that_are_new(cases: dict[str, Evidence]) -> None:
    plain = cases["together"].decision.candidates[0].candidate
    system = plain.replace(prompt=plain.prompt.replace(system="You are brief.\nNever explain."))
    long = plain.replace(prompt=Prompt(user="word " * 40 + "{{ input }}"))

    assert describe(plain, system) == "prompt “You are brief. Never explain.”"
    assert len(describe(plain, long)) <= 60


def test_a_changed_line_stands_under_its_keys_in_the_terminal(cases: dict[str, Evidence]) -> None:
    evidence = cases["together"]
    before, *rest = evidence.decision.candidates
    old = before.candidate.replace(prompt=Prompt(user="Answer.\n{{ input }}", system="Be kind."))
    new = old.replace(prompt=Prompt(user="Answer only.\n{{ input }}", system="Be kind."))
    best = evidence.decision.configuration
    kept = [one for one in rest if one.configuration != best]
    made = (before.replace(candidate=old), *kept, rest[-1].replace(candidate=new))
    decision = evidence.decision.replace(candidates=made)

    lines = to_text(Evidence(decision), is_whole=False).splitlines()

    at = next(number for number, line in enumerate(lines) if line == "    prompt:")
    assert lines[at + 1].startswith("      user:")
    assert any(line.endswith("Answer only.") and line.startswith("  +") for line in lines)


def test_a_dropped_way_stands_beside_its_parent_on_the_same_samples(
    cases: dict[str, Evidence],
) -> None:
    evidence = cases["inconclusive"]
    ledger = evidence.decision.ledger
    few = Trial(
        configuration=(0, 1, 0, 0, 0, 0, 0),
        parent=(0,) * 7,
        n_seen=24,
        score=10 / 24,
        low=0.2,
        high=0.6,
        wins=2,
        losses=3,
    )
    dropped = Attempt(
        lever="prompt", status="no_gain", parent=(0,) * 7, chosen=(0,) * 7, trials=(few,)
    )
    decision = evidence.decision.replace(ledger=ledger.replace(attempts=(dropped,)))

    row = next(row for row in RunView(Evidence(decision)).rows if row.name == "prompt")

    assert row.note == "no gain · its parent scored .46 on the same 24"


def test_the_confirmed_way_is_marked_among_all_that_were_tried(cases: dict[str, Evidence]) -> None:
    dots = RunView(cases["together"]).tried

    assert [dot.label for dot in dots if dot.is_confirmed] == ["rag dense k=1 · few_shot 2 random"]
    assert not any(dot.is_confirmed for dot in RunView(cases["fine_tune"]).tried)
