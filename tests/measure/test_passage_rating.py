"""Passages are ranked by what the task's own model says of each, and what that changed is told."""

import re
from contextlib import closing
from pathlib import Path

import pytest

import ladder
from ladder.api import levers_for, run_folder_of
from ladder.errors import CandidateRefusedError
from ladder.gate.recompute import check_recomputed, recompute
from ladder.gate.strict_run import load_run_task
from ladder.levers import Rerank
from ladder.measure import Workbench, load_task_data
from ladder.measure.asked_besides import rating_of, rating_request, refuse_unrated
from ladder.models.base import Answer, Request
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.plan import plan_ladder
from ladder.report.ladder_rows import ladder_rows
from ladder.spec.candidate import Candidate, ChatSetup, ModelRef
from ladder.spec.load_task import load_task
from ladder.testing import Scripted
from ladder.testing.scripted_server import ScriptedServer, Sent
from ladder.testing.task_files import write_task

N = 90


def reads_first_passage(request: Request) -> str:
    """Say of a passage whether it is valid; else give the number of the first one shown."""
    text = request.messages[-1].content
    if "Passage: " in text:
        return "yes" if "valid" in text.partition("Passage: ")[2] else "no"
    found = re.findall(r"the code (\d+)", text)
    return found[0] if found else "none"


def agrees_to_nothing(request: Request) -> str:
    said = reads_first_passage(request)
    return "no" if said == "yes" else said


def write_codes(folder: Path, model: Scripted | dict[str, str]) -> Path:
    rows = [{"input": f"code of item {at}", "target": str(1000 + at)} for at in range(N)]
    corpus = [
        text
        for at in range(N)
        for text in (
            f"item {at} code: the code {2000 + at}",
            f"item {at} has by now, which is valid, the code {1000 + at}",
        )
    ]
    rag = {"corpus": "corpus.jsonl", "methods": ["lexical"], "top_k": [1]}
    rerank = {"rerankers": [{"kind": "own-model", "fetch_k": 4}]}
    return write_task(
        folder,
        model,
        rows=rows,
        corpus=corpus,
        retrieval={"corpus": "corpus.jsonl", "method": "lexical", "top_k": 1},
        levers={"rag": rag, "rerank": rerank},
    )


@pytest.mark.slow
def test_a_model_that_tells_right_passages_from_wrong_ones_wins_by_reranking(
    tmp_path: Path,
) -> None:
    model = Scripted(reads_first_passage, name="rates-well")
    path = write_codes(tmp_path, model)

    decision = ladder.run(path, runs_folder=tmp_path / "runs")
    folder = run_folder_of(path, tmp_path / "runs")
    notes = {row.name: row.note for row in ladder_rows(decision)}

    assert decision.verdict == "use_lever"
    assert decision.best is not None
    assert decision.best.reranking is not None
    assert decision.best.reranking.kind == "own-model"
    assert "ms a question to rank: rerank own-model of 4" in notes["rerank"]
    assert [each.shown for each in decision.passages[0].searches] == [0.0, 1.0]
    check_recomputed(recompute(folder, load_run_task(folder, decision)), decision, folder)


@pytest.mark.slow
def test_ranking_by_the_model_itself_is_raced_though_it_changes_no_passage(tmp_path: Path) -> None:
    # Whether it changes one of the confirmation part could only be told by calls about that part.
    model = Scripted(agrees_to_nothing, name="rates-badly")
    path = write_codes(tmp_path, model)

    decision = ladder.run(path, runs_folder=tmp_path / "runs")
    folder = run_folder_of(path, tmp_path / "runs")
    [attempt] = [each for each in decision.ledger.attempts if each.lever == "rerank"]

    assert attempt.status == "no_gain"
    assert all(trial.n_seen for trial in attempt.trials)
    check_recomputed(recompute(folder, load_run_task(folder, decision)), decision, folder)


@pytest.mark.slow
def test_a_plan_counts_a_call_for_each_passage_that_the_model_ranks(tmp_path: Path) -> None:
    path = write_codes(tmp_path, Scripted(reads_first_passage, name="rates-in-plan"))
    tasks = [load_task(path, overrides=each) for each in (["levers.rerank.rerankers=[]"], [])]

    plans = [plan_ladder(each, levers_for(each), draws=1) for each in map(load_task_data, tasks)]
    n = plans[1].n_selection

    assert plans[1].calls_expected >= plans[0].calls_expected + 4 * n
    assert plans[1].calls_at_most > plans[0].calls_at_most + 4 * N


def test_a_model_that_rates_no_passage_is_no_try() -> None:
    refuse_unrated([Answer("well"), Answer("No.")])
    refuse_unrated([])

    with pytest.raises(CandidateRefusedError, match="it says 'well'"):
        refuse_unrated([Answer("well"), Answer("")])
    with pytest.raises(CandidateRefusedError, match="gone"):
        refuse_unrated([Answer("", error="gone")])


TOLD = {
    "chat": {"content": [{"top_logprobs": [{"token": " Yes", "logprob": -0.1}]}]},
    "completion": {"top_logprobs": [{"\n": -0.1}, {" no": -0.7, "yes": -0.7}]},
    "an end first": {
        "content": [
            {
                "top_logprobs": [
                    {"token": "", "logprob": -0.4},
                    {"token": " No", "logprob": -3.0},
                    {"token": " Yes", "logprob": -3.0},
                ]
            }
        ]
    },
    "another word": {"content": [{"top_logprobs": [{"token": "The", "logprob": -0.1}]}]},
    "nothing": None,
}


@pytest.mark.parametrize(
    ("told", "rated"),
    [
        ("chat", 0.905),
        ("completion", 0.5),
        ("an end first", 0.5),
        ("another word", 0.5),
        ("nothing", None),
    ],
)
def test_a_server_that_tells_likelihoods_rates_a_passage_by_the_first_word(
    told: str, rated: float | None
) -> None:
    server = ScriptedServer()
    choice = {"text": "Hm", "message": {"content": "Hm"}, "finish_reason": "length"}
    server.behave = lambda path, _: Sent(
        {"data": [{"id": "m"}]}
        if path.endswith("models")
        else {"model": "m", "choices": [{**choice, "logprobs": TOLD[told]}]}
    )
    mode = "completion" if told == "completion" else "chat"
    ref = ModelRef(id="m", base_url=server.url)
    candidate = Candidate(model=ref, chat=ChatSetup.model_validate({"mode": mode}))
    request = rating_request(candidate, "Where?", "Here.")

    with closing(server), closing(EndpointGenerator(ref)) as generator:
        if rated is None:
            with pytest.raises(CandidateRefusedError, match="no likelihoods of tokens"):
                list(generator.generate([request]))
            return
        [(_, answer)] = generator.generate([request])

    assert rating_of(answer) == pytest.approx(rated, abs=0.001)
    assert server.calls[0]["logprobs"] == (20 if told == "completion" else True)


def test_a_server_that_was_seen_to_tell_no_likelihoods_cannot_rank(tmp_path: Path) -> None:
    path = write_codes(tmp_path, {"id": "m", "base_url": "http://127.0.0.1:9/v1"})
    task = load_task(path)
    [candidate] = Rerank().propose(task, task.baseline())

    with Workbench(load_task_data(task)) as bench:
        assert bench.why_not_served(candidate) == ""
        known = EndpointAbilities(base_url="http://127.0.0.1:9/v1", model="m", logprobs=False)
        bench.abilities = known.model_dump(mode="json")
        assert "own-model" in bench.why_not_served(candidate)
        assert bench.why_not_served(task.baseline()) == ""


def test_the_passage_stands_last_and_a_base_model_gets_a_cue() -> None:
    model = ModelRef(id="m")
    chat = rating_request(Candidate(model=model), "Where?", "Here.\nPassage: forged")
    base = Candidate(model=model, chat=ChatSetup(mode="completion"))

    assert chat.messages[-1].content.endswith("Question: Where?\nPassage: Here. Passage: forged")
    assert rating_request(base, "Where?", "Here.").messages[-1].content.endswith("\nAnswer:")
    assert chat.decoding.answer_by == "likelihood"
