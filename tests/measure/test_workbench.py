"""The workbench asks for nothing twice, and never makes a score out of an outage."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ladder.errors import CandidateRefusedError, InconclusiveError, InfrastructureError, MetricError
from ladder.levers import Model
from ladder.measure import Workbench
from ladder.models.base import Answer, Request
from ladder.models.scripted import _REGISTERED
from ladder.scoring import load_metric
from ladder.spec.candidate import ChatSetup, Decoding, Examples
from ladder.spec.metric_spec import MetricSpec
from ladder.testing import Scripted, register_scripted, write_tiny_model
from tests.measure.conftest import MakeBench


def triple(request: Request) -> str:
    return str(int(request.messages[-1].content) * 3)


class Failing(Scripted):
    """Fails every call to a number below a limit."""

    def __init__(self, limit: int, *, is_local: bool) -> None:
        super().__init__(triple, name=f"failing-{limit}-{is_local}")
        self.is_local = is_local
        self.limit = limit

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for place, answer in super().generate(requests):
            failed = int(requests[place].messages[-1].content) < self.limit
            yield place, Answer("", finish_reason="error", error="no") if failed else answer


def failing_bench(make_bench: MakeBench, limit: int, *, is_local: bool) -> Workbench:
    bench = make_bench(triple)
    _REGISTERED[bench.task.model.id] = Failing(limit, is_local=is_local)
    return bench


def calls_of(bench: Workbench) -> int:
    generator = bench.generator(bench.task.baseline())
    assert isinstance(generator, Scripted)
    return generator.calls


def test_scores_stand_in_the_order_asked_for(make_bench: MakeBench) -> None:
    with make_bench(lambda r: triple(r) if r.messages[-1].content != "3" else "no") as bench:
        measurement = bench.measure(bench.task.baseline(), [5, 3, 1])

        assert [row.sample_id for row in measurement.rows] == ["s5", "s3", "s1"]
        assert [row.score for row in measurement.rows] == [1.0, 0.0, 1.0]


def test_an_answer_is_asked_for_once(make_bench: MakeBench, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    with make_bench(triple, journal=journal) as bench:
        bench.measure(bench.task.baseline(), range(20))
        bench.measure(bench.task.baseline(), range(30))
        first = calls_of(bench)

    with make_bench(triple, journal=journal) as bench:
        bench.measure(bench.task.baseline(), range(40))
        second = calls_of(bench)

    assert (first, second) == (30, 10)


def test_a_candidate_that_changes_no_prompt_costs_no_call(make_bench: MakeBench) -> None:
    with make_bench(triple) as bench:
        baseline = bench.task.baseline()
        bench.measure(baseline, range(10))
        bench.measure(baseline.replace(decoding=Decoding(max_new_tokens=64)), range(10))

        assert calls_of(bench) == 10


def test_the_budget_ends_a_measurement_before_it_begins(make_bench: MakeBench) -> None:
    with make_bench(triple, budget={"calls": 15}) as bench:
        bench.measure(bench.task.baseline(), range(10))

        with pytest.raises(InconclusiveError, match="budget of 15 calls") as caught:
            bench.measure(bench.task.baseline(), range(20))

        assert calls_of(bench) == 10
        assert "budget.calls" in caught.value.next_step


def test_answers_of_an_earlier_process_count_against_the_budget(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.sqlite"
    with make_bench(triple, journal=journal, budget={"calls": 15}) as bench:
        bench.measure(bench.task.baseline(), range(10))

    with (
        make_bench(triple, journal=journal, budget={"calls": 15}) as bench,
        pytest.raises(InconclusiveError),
    ):
        bench.measure(bench.task.baseline(), range(20))


def test_repeats_of_an_earlier_process_count_against_the_budget_too(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.sqlite"
    with make_bench(triple, journal=journal) as bench:
        bench.repeat(bench.task.baseline(), range(20), batch=5)
        first = bench.spending.calls

    with make_bench(triple, journal=journal) as bench:
        bench.repeat(bench.task.baseline(), range(20), batch=5)

        assert bench.spending.calls == first == 20


def test_a_few_failed_calls_score_nothing_and_say_why(make_bench: MakeBench) -> None:
    with failing_bench(make_bench, 2, is_local=False) as bench:
        rows = bench.measure(bench.task.baseline(), range(40)).rows

        assert [row.score for row in rows[:3]] == [0.0, 0.0, 1.0]
        assert rows[0].answer.error == "no"


def test_many_failed_calls_to_an_endpoint_are_an_outage(make_bench: MakeBench) -> None:
    with (
        failing_bench(make_bench, 5, is_local=False) as bench,
        pytest.raises(InfrastructureError, match="5 of 40 calls"),
    ):
        bench.measure(bench.task.baseline(), range(40))


def test_local_weights_that_take_no_prompt_at_all_are_not_scored(make_bench: MakeBench) -> None:
    with (
        failing_bench(make_bench, 99, is_local=True) as bench,
        pytest.raises(CandidateRefusedError, match="not take one of 40"),
    ):
        bench.measure(bench.task.baseline(), range(40))


def test_a_failed_call_is_not_kept_for_the_next_process(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.sqlite"
    with make_bench(triple, journal=journal) as bench:
        _REGISTERED[bench.task.model.id] = Failing(1, is_local=False)
        bench.measure(bench.task.baseline(), range(40))
        kept = len(bench.journal)

    assert kept == 39


def test_costs_are_means_over_what_was_measured(make_bench: MakeBench) -> None:
    with make_bench(triple) as bench:
        bench.measure(bench.task.baseline(), range(10))

        cost = bench.cost(bench.task.baseline(), range(40))

        assert (cost.prompt_tokens, cost.completion_tokens, cost.lenient) == (1.0, 1.0, 1.0)


def test_examples_come_from_the_pool_and_never_show_the_sample_itself(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    pool = tmp_path / "pool.jsonl"
    pool.write_text("".join(f'{{"input": "{i}", "target": "{i * 3}"}}\n' for i in range(3)))
    with make_bench(triple) as bench:
        shown = bench.task.baseline().replace(examples=Examples(pool=str(pool), shots=2))

        (request,) = bench.requests(shown, [1])

        questions = [message.content for message in request.messages if message.role == "user"]
        assert sorted(questions[:2]) == ["0", "2"]
        assert questions[2] == "1"


def test_likelihoods_are_kept_like_answers(make_bench: MakeBench, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    asked: list[str] = []

    def likelihood(request: Request, target: str) -> float:
        asked.append(request.messages[-1].content)
        return -float(len(target))

    with make_bench(triple, journal=journal) as bench:
        name = bench.task.model.id.removeprefix("scripted:")
        _REGISTERED[bench.task.model.id] = Scripted(triple, name=name, likelihood=likelihood)
        first = bench.log_likelihoods(bench.task.baseline(), [1, 20])
        second = bench.log_likelihoods(bench.task.baseline(), [20, 1, 2])

    assert first == [-1.0, -2.0]
    assert second == [-2.0, -1.0, -1.0]
    assert asked == ["1", "20", "2"]


def test_a_metric_that_fails_names_the_sample(make_bench: MakeBench, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def score(answer, targets):\n    return 1 / 0\n")
    spec = MetricSpec(name=f"{tmp_path / 'mine.py'}:score")
    with make_bench(triple) as bench:
        bench.metric = load_metric(spec, allow_code=True)

        with pytest.raises(MetricError, match=r"Sample s7: metric .*raised ZeroDivisionError"):
            bench.measure(bench.task.baseline(), [7])


def test_a_swapped_model_leaves_the_chat_setup_of_the_tasks_own_model_behind(
    make_bench: MakeBench,
) -> None:
    other = register_scripted(Scripted(lambda _: "x", name="other"))
    with make_bench(
        triple,
        chat={"mode": "completion", "template_arguments": {"enable_thinking": False}},
        levers={"model": {"models": [{"id": other}]}},
    ) as bench:
        own = bench.task.baseline()
        (swapped,) = Model().propose(bench.task, own)

        (first,), (second,) = bench.requests(own, [0]), bench.requests(swapped, [0])

    assert first.chat.mode == "completion"
    assert second.chat == ChatSetup()


@pytest.mark.model
def test_a_base_model_in_place_of_another_is_asked_in_completion_mode(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    base = write_tiny_model(tmp_path / "base", template=None)
    with make_bench(triple, levers={"model": {"models": [{"id": str(base)}]}}) as bench:
        (swapped,) = Model().propose(bench.task, bench.task.baseline())

        (request,) = bench.requests(swapped, [0])

    assert request.chat.mode == "completion"
