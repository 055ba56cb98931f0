"""A scripted task from its spec to its verdict."""

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.data import load_samples, split_samples
from ladder.errors import EvidenceError, InfrastructureError, SpecError
from ladder.levers import Decoding, Lever, Prompt
from ladder.models.base import Answer, Request
from ladder.report import FORMATS, load_evidence
from ladder.search.problem import Progress
from ladder.spec.training import Training
from ladder.testing import Scripted, register_scripted, write_task

Function = Callable[[Request], str]
MakeTask = Callable[..., ladder.TaskSpec]


@pytest.fixture
def make_task(tmp_path: Path) -> MakeTask:
    """Return a maker of small sums, answered by a function."""

    def make(
        answer: Function,
        *,
        n: int = 200,
        name: str = "sums",
        prompt: str = "{{ question }}",
        **more: Any,
    ) -> ladder.TaskSpec:
        return ladder.load_task(
            write_task(
                tmp_path,
                Scripted(answer, name=f"{name}-{tmp_path.name}"),
                rows=[{"question": f"{i} + {i % 7}", "answer": str(i + i % 7)} for i in range(n)],
                pool=[{"question": f"{i} * 2", "answer": str(i * 2)} for i in range(40)],
                name=name,
                data={"path": "eval.jsonl", "input": "question", "target": "answer"},
                levers={
                    "prompt": {"edits": False, "prompts": ["Reply briefly: {{ question }}"]},
                    "decoding": {},
                    "rerank": {},
                },
                prompt=prompt,
                **more,
            )
        )

    return make


def solve(request: Request) -> str:
    """Return the right sum."""
    first, _, second = request.messages[-1].content.rpartition(": ")[2].partition(" + ")
    return str(int(first) + int(second))


def miss(request: Request) -> str:
    """Return a wrong sum, another one to each question."""
    return str(int(solve(request)) + 1000)


def right_when(condition: Callable[[Request], bool]) -> Function:
    """Return an answer that is right where a request fulfils a condition."""
    return lambda request: solve(request) if condition(request) else miss(request)


def test_a_model_that_is_right_already_needs_nothing(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(solve)

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == "already_good"
    assert decision.attempts == ()
    assert decision.folder == ladder.run_folder_of(task, tmp_path / "runs")
    assert repr(decision) == "<Decision already_good: The baseline already reaches the target.>"


def test_the_lever_that_helps_is_named(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(right_when(lambda request: request.messages[0].content.startswith("Reply")))

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == "use_lever"
    assert decision.best is not None
    assert decision.best.prompt.user == "Reply briefly: {{ question }}"
    assert [attempt.lever for attempt in decision.attempts] == ["template", "prompt"]


@pytest.mark.slow
def test_levers_that_work_only_together_are_found(make_task: MakeTask, tmp_path: Path) -> None:
    def is_helped(request: Request) -> bool:
        return len(request.messages) == 5 and request.messages[0].content.startswith("Reply")

    task = make_task(right_when(is_helped))

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == "use_lever"
    assert decision.best is not None
    assert decision.best.examples is not None


@pytest.mark.slow
def test_fine_tuning_is_justified_only_when_nothing_helps(
    make_task: MakeTask, tmp_path: Path
) -> None:
    task = make_task(miss)

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == "fine_tune"


def test_a_shrinking_endpoint_is_an_outage_and_never_a_verdict(
    make_task: MakeTask, tmp_path: Path
) -> None:
    task = make_task(miss)
    register_scripted(Outage(after=150, name=task.model.id.removeprefix("scripted:")))

    with pytest.raises(InfrastructureError, match="calls to scripted:"):
        ladder.run(task, runs_folder=tmp_path / "runs")

    assert not list(tmp_path.glob("runs/*/decision.json"))


@pytest.mark.slow
def test_looks_are_kept_beside_the_data_for_all_later_runs(
    make_task: MakeTask, tmp_path: Path
) -> None:
    decision = ladder.run(make_task(solve), runs_folder=tmp_path / "first")

    again = ladder.run(make_task(solve), runs_folder=tmp_path / "second")
    other = ladder.run(
        make_task(solve, prompt="Say it: {{ question }}"), runs_folder=tmp_path / "second"
    )

    assert (tmp_path / "eval.jsonl.looks.json").is_file()
    assert decision.verdict == again.verdict == "already_good"
    assert again.confirmation == decision.confirmation
    assert again.ledger.n_confirmation == decision.ledger.n_confirmation
    assert decision.confirmation is not None
    shown = decision.confirmation.n
    assert other.ledger.n_confirmation == decision.ledger.n_confirmation - shown


@pytest.mark.slow
def test_a_lever_that_is_left_out_bars_fine_tuning(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(miss)

    narrow = ladder.run(task, levers=[Prompt(), Decoding()], runs_folder=tmp_path / "runs")
    whole = ladder.run(task, runs_folder=tmp_path / "runs")

    assert narrow.verdict == "inconclusive"
    assert {attempt.lever for attempt in narrow.attempts if attempt.status == "untested"} == {
        "few_shot",
        "rerank",
    }
    assert whole.verdict == "fine_tune"


def test_a_variant_that_crashes_is_recorded_and_bars_fine_tuning(
    make_task: MakeTask, tmp_path: Path
) -> None:
    def crash_on_examples(request: Request) -> str:
        return miss(request) if len(request.messages) == 1 else str(1 / 0)

    decision = ladder.run(make_task(crash_on_examples), runs_folder=tmp_path / "runs")

    (few_shot,) = [each for each in decision.attempts if each.lever == "few_shot"]
    assert decision.verdict == "inconclusive"
    assert few_shot.status == "error"
    assert "ZeroDivisionError" in few_shot.reason


def test_a_folder_that_cannot_be_made_is_said_before_the_first_call(
    make_task: MakeTask, tmp_path: Path
) -> None:
    (tmp_path / "runs").write_text("a file")

    with pytest.raises(InfrastructureError, match="cannot be made"):
        ladder.run(make_task(solve), runs_folder=tmp_path / "runs")


def test_an_inconclusive_run_shows_no_answer_on_the_confirmation_part(
    make_task: MakeTask, tmp_path: Path
) -> None:
    task = make_task(right_when(lambda request: hash_of(request) % 5 < 4), n=60)

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    rows = read_samples(ladder.run_folder_of(task, tmp_path / "runs"))
    assert decision.verdict == "inconclusive"
    assert all(row["answers"] for row in rows if row["part"] == "selection")
    assert not any(row["answers"] for row in rows if row["part"] == "confirmation")


@pytest.mark.slow
def test_two_inconclusive_runs_leave_the_same_whatever_was_right_on_the_confirmation_part(
    make_task: MakeTask, tmp_path: Path
) -> None:
    samples = load_samples(make_task(solve, n=60).data)
    aside = {samples[at].input for at in split_samples(samples).confirmation}

    def answer_with(salt: int) -> Function:
        def is_right(request: Request) -> bool:
            is_aside = request.messages[-1].content.rpartition(": ")[2] in aside
            return (hash_of(request) >> (salt if is_aside else 0)) % 5 < 4

        return right_when(is_right)

    left = []
    runs, looks = tmp_path / "runs", tmp_path / "eval.jsonl.looks.json"
    for salt in (0, 7):
        task = make_task(answer_with(salt), n=60)
        events: list[Progress] = []
        decision = ladder.run(task, runs_folder=runs, observer=events.append)
        told = decision.replace(
            candidates=tuple(each.replace(seconds=0.0) for each in decision.candidates),
            provenance=None,
        )
        folder = ladder.run_folder_of(task, runs)
        told.save(folder / "decision.json")
        evidence = load_evidence(folder)
        pages = [write(evidence) for _, write in FORMATS.values()]
        left.append(
            (told, events, (folder / "samples.jsonl").read_text(), pages, looks.read_text())
        )
        shutil.rmtree(runs)
        looks.unlink()

    assert left[0][0].verdict == "inconclusive"
    assert left[0] == left[1]


@pytest.mark.slow
def test_the_order_of_the_eval_file_changes_no_verdict(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(right_when(lambda request: hash_of(request) % 20 < 17))
    data = Path(task.data.path)
    decisions = []

    for way in (1, -1):
        data.write_text("".join(data.read_text().splitlines(keepends=True)[::way]))
        decisions.append(ladder.run(task, runs_folder=tmp_path / f"runs {way}"))
        Path(f"{data}.looks.json").unlink()

    assert decisions[0].ledger == decisions[1].ledger


def test_each_answer_stands_in_the_samples_file_with_what_it_was_made_of(
    make_task: MakeTask, tmp_path: Path
) -> None:
    task = make_task(right_when(lambda request: len(request.messages) == 5))

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    rows = read_samples(ladder.run_folder_of(task, tmp_path / "runs"))
    shown = [each for row in rows for each in row["answers"]]
    best = [each for each in shown if tuple(each["configuration"]) == decision.configuration]
    assert len(rows) == 200
    assert all(len(each["examples"]) == 2 and each["score"] == 1.0 for each in best)
    assert {record.configuration for record in decision.candidates} == {
        tuple(each["configuration"]) for each in shown
    }


def test_a_test_on_the_confirmation_part_is_charged_as_a_whole(
    make_task: MakeTask, tmp_path: Path
) -> None:
    n_selection = 200 - len(split_samples(load_samples(make_task(solve).data)).confirmation)
    enough, short = 200, 199
    budget = n_selection + 32

    poor = ladder.run(
        make_task(solve, budget={"calls": budget + short - n_selection}),
        runs_folder=tmp_path / "poor",
    )
    rich = ladder.run(
        make_task(solve, budget={"calls": budget + enough - n_selection}),
        runs_folder=tmp_path / "rich",
    )

    assert (poor.verdict, poor.ledger.ending) == ("inconclusive", "budget")
    assert rich.verdict == "already_good"


def test_a_run_shows_its_baseline_as_it_grows(make_task: MakeTask, tmp_path: Path) -> None:
    seen: list[ladder.Progress] = []

    ladder.run(make_task(solve), runs_folder=tmp_path / "runs", observer=seen.append)

    counts = [each.n_seen for each in seen if each.lever == "baseline" and not each.note]
    assert counts == list(range(1, len(counts) + 1))
    assert seen[-1].lever == "confirmation"


@pytest.mark.parametrize("name", ["eval.jsonl", "pool.jsonl"])
def test_data_that_change_during_a_run_leave_no_verdict(
    make_task: MakeTask, tmp_path: Path, name: str
) -> None:
    def edit_and_solve(request: Request) -> str:
        file = tmp_path / name
        file.write_text(file.read_text().replace('"1 + 1"', '"1 + 1 + 0"').replace("39", "93"))
        return solve(request)

    task = make_task(edit_and_solve)

    with pytest.raises(EvidenceError, match="changed during the run"):
        ladder.run(task, runs_folder=tmp_path / "runs")

    folder = ladder.run_folder_of(task, tmp_path / "runs")
    assert not (folder / "decision.json").exists()
    assert not (folder / "samples.jsonl").exists()


@pytest.mark.slow
def test_a_finished_run_is_taken_up_again_when_its_pool_has_changed(
    make_task: MakeTask, tmp_path: Path
) -> None:
    asked: list[Request] = []

    def note_and_solve(request: Request) -> str:
        asked.append(request)
        return solve(request) if len(request.messages) == 5 else miss(request)

    task = make_task(note_and_solve)
    ladder.run(task, runs_folder=tmp_path / "runs")
    asked.clear()

    ladder.run(task, runs_folder=tmp_path / "runs")
    n_same = len(asked)
    pool = tmp_path / "pool.jsonl"
    pool.write_text(pool.read_text().replace("*", "x"))
    ladder.run(task, runs_folder=tmp_path / "runs")

    assert n_same == 0
    assert asked


class Outage(Scripted):
    """An endpoint that fails every call after some."""

    is_local = False

    def __init__(self, *, after: int, name: str) -> None:
        super().__init__(miss, name=name)
        self.after = after

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for place, answer in super().generate(requests):
            failed = self.calls > self.after
            yield place, Answer("", error="refused", finish_reason="error") if failed else answer


def hash_of(request: Request) -> int:
    return int(hashlib.sha256(request.messages[-1].content.encode()).hexdigest(), 16)


def read_samples(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_an_edited_decision_is_made_anew(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(miss)
    true = ladder.run(task, runs_folder=tmp_path / "runs")
    path = ladder.run_folder_of(task, tmp_path / "runs") / "decision.json"
    path.write_text(path.read_text().replace('"verdict": "fine_tune"', '"verdict": "use_lever"'))

    again = ladder.run(task, runs_folder=tmp_path / "runs")

    assert again.verdict == true.verdict == "fine_tune"


@pytest.mark.slow
def test_training_settings_are_no_part_of_the_evidence(make_task: MakeTask, tmp_path: Path) -> None:
    plain = make_task(miss)
    decision = ladder.run(plain, runs_folder=tmp_path / "runs")

    trained = plain.replace(training=Training(path="train.jsonl"))

    assert ladder.run_folder_of(trained, "runs") == ladder.run_folder_of(plain, "runs")
    assert decision.provenance is not None
    assert decision.provenance.spec == trained.digest


@pytest.mark.parametrize("levers", [["prompt"], [1]])
def test_what_is_no_lever_is_refused_before_the_first_call(
    levers: list[Lever], make_task: MakeTask
) -> None:
    task = make_task(solve)

    with pytest.raises(SpecError, match="is no lever"):
        ladder.run(task, levers=levers)


def test_a_pool_of_examples_needs_no_column_to_slice_by(
    make_task: MakeTask, tmp_path: Path
) -> None:
    task = make_task(solve)
    data = Path(task.data.path)
    rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
    data.write_text(
        "".join(json.dumps({**row, "kind": "short"}) + "\n" for row in rows), encoding="utf-8"
    )

    sliced = task.replace(data=task.data.replace(slices=("kind",)))

    assert ladder.run(sliced, runs_folder=tmp_path / "runs").verdict == "already_good"


@pytest.mark.slow
def test_exploring_spends_nothing_and_a_run_of_the_same_spec_still_gets_its_verdict(
    make_task: MakeTask, tmp_path: Path
) -> None:
    task = make_task(solve)

    explored = [ladder.run(task, runs_folder=tmp_path / "runs", explore=True) for _ in range(2)]
    decided = ladder.run(task, runs_folder=tmp_path / "runs")

    assert {each.verdict for each in explored} == {"inconclusive"}
    assert (
        "A run without --explore would test whether the baseline reaches the target"
        in explored[0].sentence
    )
    assert decided.verdict == "already_good"
    assert decided.ledger.looks[0].alpha == pytest.approx(0.035)


@pytest.mark.slow
def test_answers_that_are_cut_spend_nothing_of_the_eval_data(
    make_task: MakeTask, tmp_path: Path
) -> None:
    class Cut(Scripted):
        def generate(self, requests: Sequence[Any]) -> Iterator[tuple[int, Answer]]:
            for at, answer in super().generate(requests):
                yield (
                    at,
                    dataclasses.replace(answer, text=f"Sum {at % 7} is", finish_reason="length"),
                )

    task = make_task(solve)
    cut = register_scripted(Cut(solve, name=f"cut-{tmp_path.name}"))
    broken = task.replace(model=task.model.replace(id=cut))

    first = ladder.run(broken, runs_folder=tmp_path / "runs")
    second = ladder.run(task, runs_folder=tmp_path / "runs")

    assert (first.verdict, first.ledger.looks) == ("inconclusive", ())
    assert "cut" in first.ledger.reason
    assert second.verdict == "already_good"
    assert second.ledger.looks[0].alpha == pytest.approx(0.035)


@pytest.mark.slow
def test_a_plan_says_what_verdicts_left(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(solve)
    fresh = ladder.plan_run(task, runs_folder=tmp_path / "runs")

    decision = ladder.run(task, runs_folder=tmp_path / "runs")
    left = ladder.plan_run(task, runs_folder=tmp_path / "runs")

    assert decision.confirmation is not None
    n = fresh.n_confirmation
    assert fresh.left.startswith(f"All {n} samples of the confirmation part are untouched.")
    assert f"{n - decision.confirmation.n} of {n} samples" in left.left
    assert left.n_confirmation == n - decision.confirmation.n
    assert left.reached_from is not None
    assert fresh.reached_from is not None
    assert left.reached_from > fresh.reached_from
