"""What failed calls to an endpoint stand for, by the spec's error policy."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as Received
from werkzeug import Response

import ladder
from ladder.cli.app import main
from ladder.decision import Decision
from ladder.errors import InfrastructureError
from ladder.gate.recompute import check_recomputed, recompute
from ladder.models.base import Answer, Request
from ladder.report import load_evidence, to_html, to_markdown, to_text
from ladder.report.view import RunView
from ladder.testing import Scripted, register_scripted

N = 400
MakeTask = Callable[..., ladder.TaskSpec]


class Flaky(Scripted):
    """An endpoint that fails some calls, each of them every time."""

    is_local = False

    def __init__(
        self, answer: Callable[[int], str], fails: Callable[[int], bool], *, name: str
    ) -> None:
        super().__init__(lambda request: answer(number_in(request)), name=name)
        self.fails = fails

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for place, answer in super().generate(requests):
            failed = self.fails(number_in(requests[place]))
            yield place, Answer("", error="refused", finish_reason="error") if failed else answer


def number_in(request: Request) -> int:
    return int(request.messages[-1].content.rpartition(" ")[2])


def rows() -> str:
    return "".join(json.dumps({"input": f"say {n}", "target": f"{n}!"}) + "\n" for n in range(N))


LEVERS = {
    name: {"not_applicable": "nothing to try"}
    for name in ("template", "prompt", "model", "decoding", "rag", "rerank", "few_shot")
}


@pytest.fixture
def make_task(tmp_path: Path) -> MakeTask:
    def make(
        answer: Callable[[int], str],
        fails: Callable[[int], bool],
        policy: str | None = "inconclusive",
        **more: object,
    ) -> ladder.TaskSpec:
        path = tmp_path / "say.jsonl"
        path.write_text(rows(), encoding="utf-8")
        model = register_scripted(Flaky(answer, fails, name=f"flaky-{tmp_path.name}"))
        spec = {"name": "say", "model": model, "data": str(path), "target": 0.8, "levers": LEVERS}
        return ladder.load_task({**spec, **({"errors": policy} if policy else {}), **more})

    return make


def right(number: int) -> str:
    return f"{number}!"


def wrong(number: int) -> str:
    return f"no idea, {'abc'[number % 3]}"


def test_by_default_an_outage_stops_the_run(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(wrong, lambda number: number % 10 == 0, None)

    with pytest.raises(InfrastructureError, match="calls to scripted:"):
        ladder.run(task, runs_folder=tmp_path / "runs")


def test_failed_calls_that_score_zero_never_justify_fine_tuning(
    make_task: MakeTask, tmp_path: Path
) -> None:
    task = make_task(right, lambda number: number % 2 == 0, "score_zero")

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == "inconclusive"
    (bounds,) = decision.failures
    assert bounds.if_wrong == pytest.approx(1 - bounds.failed / bounds.n)
    assert bounds.if_right == 1.0


def test_many_failed_calls_leave_no_verdict_and_both_bounds(
    make_task: MakeTask, tmp_path: Path
) -> None:
    task = make_task(
        lambda number: right(number) if number % 10 < 7 else "no idea",
        lambda number: number % 5 == 0,
    )

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    (bounds,) = decision.failures
    assert (decision.verdict, decision.ledger.ending) == ("inconclusive", "outage")
    assert bounds.if_right - bounds.if_wrong == pytest.approx(bounds.failed / bounds.n)
    assert bounds.if_wrong < 0.8 - bounds.failed / bounds.n / 2
    assert f"if the {bounds.failed} failed calls were all wrong" in decision.sentence
    assert "for technical reasons" in decision.sentence
    saved = Decision.load(ladder.run_folder_of(task, tmp_path / "runs") / "decision.json")
    assert saved == decision


def test_the_report_shows_both_bounds(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(right, lambda number: number % 5 == 0)
    ladder.run(task, runs_folder=tmp_path / "runs")

    evidence = load_evidence(ladder.run_folder_of(task, tmp_path / "runs"))

    screen = " ".join(to_text(evidence, is_whole=False).split())
    assert "if all were right." in screen
    for render in (to_html, to_markdown, to_text):
        text = " ".join(render(evidence).split())
        assert "all wrong" in text
        assert "all were right" in text
    assert evidence.decision.reading_hint == ""
    assert RunView(evidence).rows[0].dot is None
    assert "failed calls are made again" in " ".join(to_markdown(evidence).split())


def test_a_run_that_an_outage_stopped_goes_on(make_task: MakeTask, tmp_path: Path) -> None:
    stopped = ladder.run(
        make_task(right, lambda number: number % 5 == 0), runs_folder=tmp_path / "runs"
    )

    went_on = ladder.run(make_task(right, lambda _: False), runs_folder=tmp_path / "runs")

    assert (stopped.verdict, went_on.verdict) == ("inconclusive", "already_good")
    assert went_on.failures == ()


def test_an_outage_behind_the_command_line_ends_with_3(
    make_task: MakeTask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = make_task(right, lambda number: number % 5 == 0)
    spec = tmp_path / "task.json"
    spec.write_text(task.model_dump_json(), encoding="utf-8")

    code = main(["run", str(spec), "--runs", str(tmp_path / "runs")])

    assert code == 3
    assert "failed calls were all wrong" in " ".join(capsys.readouterr().out.split())


def test_a_target_that_is_reached_even_if_the_few_failed_calls_were_wrong_is_reached(
    make_task: MakeTask, tmp_path: Path
) -> None:
    decision = ladder.run(
        make_task(right, lambda number: number % 40 == 0), runs_folder=tmp_path / "runs"
    )

    assert decision.verdict == "already_good"
    assert decision.failures[0].failed > 0


def few(number: int) -> bool:
    """Return whether one of a few calls fails: below the share of an outage, in both parts."""
    return number % 25 == 2


@pytest.mark.slow
def test_fine_tuning_is_justified_only_if_it_is_whatever_the_failed_calls_would_have_said(
    make_task: MakeTask, tmp_path: Path
) -> None:
    def answer(number: int) -> str:
        return right(number) if number % 100 < 62 else "no idea"

    verdicts = {}
    for policy in ("score_zero", "inconclusive"):
        task = make_task(answer, few, policy, target=0.7)
        decision = ladder.run(task, runs_folder=tmp_path / policy)
        verdicts[policy] = decision.verdict
        Path(f"{task.data.path}.looks.json").unlink()

    hopeless = ladder.run(make_task(wrong, few), runs_folder=tmp_path / "hopeless")

    assert verdicts == {"score_zero": "inconclusive", "inconclusive": "inconclusive"}
    assert hopeless.verdict == "fine_tune"
    assert hopeless.confirmation is not None
    assert hopeless.confirmation.at_most > hopeless.confirmation.score


@pytest.mark.slow
@pytest.mark.parametrize("share", [5, 25])
def test_a_verdict_beside_failed_calls_is_rebuilt_from_the_journal(
    make_task: MakeTask, tmp_path: Path, share: int
) -> None:
    task = make_task(wrong, lambda number: number % share == 2)
    decision = ladder.run(task, runs_folder=tmp_path / "runs")
    folder = ladder.run_folder_of(task, tmp_path / "runs")

    found = recompute(folder, task)

    check_recomputed(found, decision, folder)
    assert found.decision.verdict == ("inconclusive" if share == 5 else "fine_tune")


@pytest.mark.slow
def test_a_real_server_that_refuses_some_calls_leaves_both_bounds(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    def reply(received: Received) -> Response:
        number = int(received.get_json()["messages"][-1]["content"].rpartition(" ")[2])
        if number % 5 == 0:
            return Response(json.dumps({"error": {"message": "broken"}}), 400)
        message = {"role": "assistant", "content": right(number)}
        choice = {"message": message, "finish_reason": "stop"}
        return Response(json.dumps({"model": "m", "choices": [choice]}), 200)

    httpserver.expect_request("/v1/models").respond_with_json({"data": [{"id": "m"}]})
    httpserver.expect_request("/v1/chat/completions").respond_with_handler(reply)
    path = tmp_path / "say.jsonl"
    path.write_text(rows(), encoding="utf-8")

    decision = ladder.run(
        {
            "name": "say",
            "model": {"id": "m", "base_url": httpserver.url_for("/v1")},
            "data": str(path),
            "target": 0.9,
            "errors": "inconclusive",
            "levers": LEVERS,
        },
        runs_folder=tmp_path / "runs",
    )

    (bounds,) = decision.failures
    assert (decision.verdict, decision.ledger.ending) == ("inconclusive", "undecided")
    assert (bounds.if_wrong, bounds.if_right) == (1 - bounds.failed / bounds.n, 1.0)


def test_empty_answers_never_justify_fine_tuning(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(lambda number: "" if number % 50 else "no idea", lambda _: False)

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == "inconclusive"
    assert "answers are empty" in decision.sentence


def test_a_few_empty_answers_do_not_stand_in_the_way(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(lambda number: wrong(number) if number % 20 else "", lambda _: False)

    assert ladder.run(task, runs_folder=tmp_path / "runs").verdict == "fine_tune"


@pytest.mark.slow
def test_a_continued_run_tells_the_endpoint_that_it_answered_before(
    make_task: MakeTask, tmp_path: Path
) -> None:
    class Noting(Flaky):
        noted = 0

        def note_answered(self, request: Request, answer: Answer | None = None) -> None:
            del request, answer
            self.noted += 1

        def still_answers(self) -> bool:
            return True

    task = make_task(right, lambda number: number % 10 == 0, "score_zero", budget={"calls": 250})
    first = Noting(right, lambda number: number % 10 == 0, name=task.model.id.partition(":")[2])
    assert register_scripted(first) == task.model.id
    ladder.run(task, runs_folder=tmp_path / "runs")
    told_at_first = first.noted

    ladder.run(task.replace(budget={}), runs_folder=tmp_path / "runs")

    assert told_at_first == 0
    assert first.noted > 0
