"""A target with a reference, from the spec to the gate: what is said, and what nobody may conclude."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.decision import Decision
from ladder.errors import EvidenceRefusedError, NotJustifiedError, SpecError
from ladder.finetune.permit import Permit
from ladder.gate.gate import GateQuestion, check_gate
from ladder.gate.record import write_record
from ladder.gate.training_to_start import Shown
from ladder.measure.task_data import load_task_data
from ladder.models.base import Request
from ladder.models.scripted import Scripted, register_scripted
from ladder.report import write_report
from ladder.report.steps import next_steps
from ladder.spec.load_task import load_task
from ladder.testing.task_files import (
    answer_right,
    answer_with_examples,
    answer_wrong,
    number_in,
    triples,
    write_rows,
    write_task,
)

pytestmark = pytest.mark.slow

N = 160


def right_but_one_in_ten(request: Request) -> str:
    """Answer right, but for one number in ten."""
    return answer_right(request) if number_in(request) % 10 else answer_wrong(request)


def good_for_most(request: Request) -> str:
    """Answer right with worked examples, as often as the reference and elsewhere."""
    n = number_in(request)
    return answer_with_examples(request) if n % 10 != 5 else answer_wrong(request)


def half_right(request: Request) -> str:
    """Answer right so often that nothing can be shown either way."""
    return answer_right(request) if number_in(request) % 5 else answer_wrong(request)


def recorded(folder: Path, answer: Callable[[int], dict[str, str]] = lambda _: {}) -> str:
    """Write what a reference once answered: right but for one in ten; return its model."""
    rows = []
    for row in triples(N):
        n = int(row["input"])
        output = str(3 * n) if n % 10 else str(3 * n + 1)
        rows.append({"input": row["input"], "output": output, **answer(n)})
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(folder / "today.jsonl", rows)
    return "recorded:today.jsonl"


def decided(folder: Path, model: Callable[[Request], str], **fields: Any) -> Decision:
    if "target" not in fields:
        fields["target"] = {"reference": recorded(folder), "margin": 0.1}
    spec = write_task(folder, model, rows=triples(N), pool=triples(20, start=5000), **fields)
    return ladder.run(spec, runs_folder=folder / "runs")


def run_of(folder: Path) -> Path:
    return next(path.parent for path in (folder / "runs").glob("*/decision.json"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("model", "verdict", "words"),
    [
        (
            good_for_most,
            "use_lever",
            "Do not fine-tune. Worked examples are not worse than the recorded answers by more than .10.",
        ),
        (
            answer_wrong,
            "fine_tune",
            (
                "Fine-tuning is justified: none of the 2 configurations in 1 lever comes within .10 of the "
                "recorded answers (few_shot 1)."
            ),
        ),
        (half_right, "inconclusive", "Not enough evidence: "),
    ],
)
def test_each_verdict_is_about_the_difference_to_the_reference(
    here: Path, model: Callable[[Request], str], verdict: str, words: str
) -> None:
    decision = decided(here, model)

    assert decision.verdict == verdict
    assert decision.sentence.startswith(words)
    assert decision.target is None
    reference = decision.ledger.reference
    assert reference is not None
    assert reference.test == "exact"
    assert 0.8 < reference.score < 1
    seen = decision.confirmation
    if verdict == "inconclusive":
        assert seen is None
    else:
        assert seen is not None
        assert seen.against is not None
        assert seen.against.difference == pytest.approx(seen.score - seen.against.reference)
        reached = seen.against.low >= -0.1 - 1e-9
        assert reached is (verdict != "fine_tune")
    assert ladder.run(here / "task.json", runs_folder=here / "runs") == decision
    if verdict == "use_lever":
        page = write_report(run_of(here)).read_text("utf-8")
        assert "against the recorded answers" in page


def _cut(_: int) -> dict[str, str]:
    return {"output": "1", "finish_reason": "length"}


def _failed(n: int) -> dict[str, str]:
    return {"output": "", "error": "the server was gone"} if n % 25 == 0 else {}


def _loose(n: int) -> dict[str, str]:
    return {"output": f"The answer is {3 * n}."}


def test_a_reference_whose_answers_are_cut_ends_the_run_before_a_candidate_is_asked(
    here: Path,
) -> None:
    target = {"reference": recorded(here, _cut), "margin": 0.1}
    decision = decided(here, answer_right, target=target, metric="contains")

    assert decision.verdict == "inconclusive"
    assert "the reference allows no comparison" in decision.ledger.reason
    assert not decision.ledger.attempts
    assert not decision.ledger.looks


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("eval.jsonl", "Write recorded:eval.jsonl"),
        ("http://localhost:8000/v1", "base_url: http://localhost:8000/v1"),
        ("runs/old/adapter", "{adapter: FOLDER}"),
        ("old", "{adapter: old}"),
        ("gpt-4o-mini", "{model: {id: gpt-4o-mini, base_url: https://HOST/v1}}"),
        ("org/model", ""),
    ],
)
def test_a_reference_that_is_no_model_is_told_before_the_first_call(
    here: Path, monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.chdir(here)
    (here / "old").mkdir()
    (here / "old" / "adapter_config.json").write_text("{}")
    task = write_task(here, answer_right, target={"reference": name, "margin": 0.1})

    found = [each for each in ladder.check_task(task) if each.code.startswith("W18")]

    assert [meant in each.next_step for each in found] == ([True] if meant else [])


def test_a_reference_that_cannot_be_asked_ends_the_run_until_it_can(here: Path) -> None:
    target = {"reference": recorded(here), "margin": 0.1}
    whole = (here / "today.jsonl").read_text("utf-8")
    (here / "today.jsonl").write_text("\n".join(whole.splitlines()[:100]) + "\n", "utf-8")
    decision = decided(here, right_but_one_in_ten, target=target)
    assert decision.verdict == "inconclusive"
    found = [each for each in ladder.check_task(here / "task.json") if each.code.startswith("W18")]
    assert "has no answer for 60 of 160 samples" in found[0].problem
    assert [each.severity for each in decision.checks if each.code.startswith("Q18")] == ["error"]

    (here / "today.jsonl").write_text(whole, "utf-8")
    again = ladder.run(here / "task.json", runs_folder=here / "runs")
    assert again.verdict == "already_good"
    assert [each.severity for each in again.checks if each.code.startswith("W19")] == ["info"]
    assert any("cannot be rechecked" in step.words for step in next_steps(again).steps)
    run = ladder.run_folder_of(here / "task.json", here / "runs")
    with pytest.raises(SpecError, match="The answers of the reference of"):
        ladder.recheck(run, triples(9, start=5000))

    # Another recording under the same name is another question, and its samples were shown.
    (here / "today.jsonl").write_text(whole.replace('"303"', '"304"'), "utf-8")
    assert ladder.run(here / "task.json", runs_folder=here / "runs").verdict == "inconclusive"


def test_a_function_can_be_the_reference(here: Path) -> None:
    decision = ladder.run(
        data=triples(120),
        model=lambda prompt: str(3 * int(prompt)),
        target={
            "reference": lambda prompt: str(3 * int(prompt) + (int(prompt) % 3 == 0)),
            "margin": 0.05,
        },
        prompt="{{ input }}",
        metric="exact_match",
        runs_folder=here / "runs",
    )
    assert decision.verdict == "already_good"


def test_a_reference_in_another_form_makes_no_terse_candidate_look_better(here: Path) -> None:
    """Read strictly the reference scores 0, and half of the candidate's right answers would beat it."""
    target = {"reference": recorded(here, _loose), "margin": 0.05}

    def one_in_two(request: Request) -> str:
        return answer_right(request) if number_in(request) % 2 else answer_wrong(request)

    decision = decided(here, one_in_two, target=target)
    assert not decision.names_a_winner


def test_lost_answers_of_a_reference_count_as_right(here: Path) -> None:
    """The candidate is as good where both answered, and worse if the lost answers were right."""
    target = {"reference": recorded(here, _failed), "margin": 0.001}
    decision = decided(here, right_but_one_in_ten, target=target)

    assert not decision.names_a_winner
    assert decision.ledger.reference is not None


def test_a_scripted_prompt_can_be_the_reference(here: Path) -> None:
    """The same model with the prompt of today, which tells it what to do."""

    def heeds_its_prompt(request: Request) -> str:
        has_hint = any("Triple" in message.content for message in request.messages)
        return answer_right(request) if has_hint else answer_wrong(request)

    decision = decided(
        here,
        heeds_its_prompt,
        target={"reference": {"prompt": "Triple this: {{ input }}"}, "margin": 0.05},
        levers={"prompt": {"prompts": ["Please triple: {{ input }}", "Triple it! {{ input }}"]}},
    )
    assert decision.sentence == (
        "Do not fine-tune. Another prompt is not worse than the reference prompt by more than .05."
    )


@pytest.mark.parametrize(
    ("share", "margin", "is_open"), [(0, 0.1, True), (10, 0.3, True), (10, 0.01, False)]
)
def test_a_reference_that_scores_less_than_the_margin_allows_no_comparison(
    here: Path, share: int, margin: float, *, is_open: bool
) -> None:
    """Nothing would be worse by more than the margin, whatever a candidate answers."""

    def seldom_right(n: int) -> dict[str, str]:
        return {"output": str(3 * n + (n % 100 >= share))}

    target = {"reference": recorded(here, seldom_right), "margin": margin}
    decision = decided(here, answer_wrong, target=target)

    assert not decision.names_a_winner
    assert bool(decision.ledger.why_no_reference) is is_open
    assert ("by more than the margin" in decision.ledger.reason) is is_open


def test_levers_that_put_the_reference_together_have_found_nothing(here: Path) -> None:
    """Its model and its prompt are both given, and neither helps without the other."""

    def heeds_its_prompt(request: Request) -> str:
        has_hint = any("Triple" in message.content for message in request.messages)
        return right_but_one_in_ten(request) if has_hint else answer_wrong(request)

    tuned = register_scripted(Scripted(heeds_its_prompt, name=str(here / "tuned")))
    prompt = "Triple this: {{ input }}"
    decision = decided(
        here,
        answer_wrong,
        target={"reference": {"model": tuned, "prompt": prompt}, "margin": 0.1},
        levers={
            "prompt": {"prompts": [prompt]},
            "model": {"models": [{"id": tuned, "concurrency": 8}]},
            "few_shot": {"not_applicable": "this test has none"},
        },
        question="retire",
    )
    assert not decision.names_a_winner


@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_reference_that_fails_on_the_confirmation_part_leaves_the_question_open(
    here: Path, *, is_recorded: bool
) -> None:
    spec = write_task(here, answer_right, rows=triples(N), target=0.8)
    data = load_task_data(load_task(spec))
    lost = {int(data.samples[at].input) for at in data.split.confirmation.tolist()}

    def breaks(request: Request) -> str:
        if number_in(request) in lost:
            raise ValueError
        return answer_right(request)

    reference = recorded(here)
    rows = [json.loads(line) for line in (here / "today.jsonl").read_text("utf-8").splitlines()]
    write_rows(here / "today.jsonl", [row for row in rows if int(row["input"]) not in lost])
    if not is_recorded:
        reference = register_scripted(Scripted(breaks, name=str(here / "breaks")))
    decision = decided(here, answer_right, target={"reference": reference, "margin": 0.1})

    assert decision.verdict == "inconclusive"
    assert decision.ledger.reason


def test_a_plan_asks_more_examples_of_graded_answers_than_of_right_and_wrong(here: Path) -> None:
    target = {"reference": recorded(here), "margin": 0.1}
    rows: dict[str, Any] = {"rows": triples(N), "target": target}
    exact = ladder.plan_run(write_task(here / "exact", half_right, **rows), gap=0.1)
    graded = ladder.plan_run(write_task(here / "graded", half_right, metric="f1", **rows), gap=0.1)

    assert exact.relative is not None
    assert graded.relative is not None
    assert (exact.relative.examples[0.2], graded.relative.examples[0.2]) == (261, 449)
    assert exact.examples_for_gap is not None
    assert graded.examples_for_gap is not None
    assert graded.examples_for_gap > exact.examples_for_gap


def test_a_plan_says_how_many_examples_compare_and_counts_the_reference(here: Path) -> None:
    target = {"reference": recorded(here), "margin": 0.1}
    spec = write_task(here, half_right, rows=triples(N), target=target)
    alone = write_task(here / "alone", half_right, rows=triples(N), target=0.8)
    plan, without = ladder.plan_run(spec, measure=True, runs_folder="r"), ladder.plan_run(alone)

    assert "as good as the recorded answers is likely to be shown not worse by more than 0.1" in (
        plan.describe()
    )
    assert plan.relative is not None
    assert plan.relative.disagree is not None
    assert plan.calls_at_most == without.calls_at_most + N


def test_with_no_margin_wins_and_losses_are_counted(here: Path) -> None:
    decision = decided(
        here,
        answer_right,
        target={
            "reference": recorded(here, lambda n: {"output": str(3 * n if n % 2 else 3 * n + 1)}),
            "margin": 0.0,
        },
    )
    assert decision.ledger.reference is not None
    assert decision.ledger.reference.test == "sign test"
    assert decision.sentence == "The baseline is at least as good as the recorded answers."


RETIRE = {"question": "retire"}


@pytest.mark.parametrize(
    ("model", "sentence", "following", "exit_code"),
    [
        (
            good_for_most,
            "Your fine-tune can be retired. Worked examples are not worse than it by more than .10.",
            "switch your fine-tune off once it answers",
            1,
        ),
        (
            answer_wrong,
            "Keep your fine-tune: none of the 2 configurations in 1 lever comes within",
            "next: keep serving your fine-tune",
            0,
        ),
    ],
)
def test_a_fine_tune_is_retired_or_kept_and_never_trained_for_it(
    here: Path, model: Callable[[Request], str], sentence: str, following: str, exit_code: int
) -> None:
    decision = decided(here, model, **RETIRE)
    assert decision.sentence.startswith(sentence)
    assert following in str(decision)
    assert "ladder train" not in str(decision)
    if decision.verdict == "fine_tune":
        with pytest.raises(SpecError, match="there is none to recheck, and nothing is trained"):
            ladder.recheck(run_of(here), triples(20, start=9000))
    assert decision.relative is not None
    assert decision.relative.name == "your fine-tune"
    task = load_task(here / "task.json")
    with pytest.raises(NotJustifiedError):
        Permit.from_decision(decision, task)

    run = run_of(here)
    (run / "record.json").write_text(write_record(run, []).to_json(), "utf-8")
    lax = {
        "unsigned": "allow",
        "least_configurations": 0,
        "least_levers": 0,
        "levers": {
            "prompt": {"least_variants": 0, "not_applicable": "any"},
            "decoding": {"not_applicable": "any"},
        },
    }
    policy = here / "policy.yaml"
    policy.write_text(json.dumps({**lax, "question": "retire"}), "utf-8")
    asked = GateQuestion(
        policy=policy,
        shown=Shown(spec=here / "task.json"),
        is_recomputed=True,
        now=datetime.now(UTC),
    )
    assert check_gate(run, asked).exit_code == exit_code
    for refused, reason in (
        ({}, "the policy asks whether to train"),
        ({"question": "retire", "most_margin": 0.05}, "the policy allows 0.05"),
        ({"question": "retire", "references": ["0" * 64]}, "none that the policy lists"),
        ({"question": "retire", "target": {"at_least": 0.5}}, "the target is a reference"),
    ):
        if exit_code and "target" in refused:
            continue
        policy.write_text(json.dumps({**lax, **refused}), "utf-8")
        with pytest.raises(EvidenceRefusedError, match=reason):
            check_gate(run, asked)
    policy.write_text(json.dumps({**lax, "question": "retire"}), "utf-8")
    for change, reason in (
        ({"margin": 0.2}, "about something else"),
        (
            {"reference": {"model": "recorded:today.jsonl", "prompt": "{{ input }}!"}},
            "about something else",
        ),
    ):
        spec = json.loads((here / "task.json").read_text("utf-8"))
        spec["target"] |= change
        (here / "other.json").write_text(json.dumps(spec), "utf-8")
        other = GateQuestion(policy=policy, shown=Shown(spec=here / "other.json"))
        with pytest.raises(EvidenceRefusedError, match=reason):
            check_gate(run, other)
    with (here / "today.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"input": "1", "output": "3"}) + "\n")
    with pytest.raises(EvidenceRefusedError, match="reference"):
        check_gate(run, asked)
