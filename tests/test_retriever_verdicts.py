"""A search that exists, and passages that were fetched already, lead to a verdict like a corpus."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.api import check_task, plan_run, retrieve_table, run, run_folder_of
from ladder.cli.app import main
from ladder.errors import EvidenceError, RetrieverError, SpecError
from ladder.models.base import Request
from ladder.models.scripted import Scripted, register_scripted
from ladder.plan import RunPlan
from ladder.testing import write_rows, write_task
from ladder.testing.scripted_server import ScriptedServer, Sent
from ladder.testing.task_files import DECLARED

NAMES = [f"{a}{b}{c}" for a in ("Ma", "Do", "Ki") for b in ("ra", "lu", "ne") for c in "bcdfghklm"]
CODES = {name: str(300 + at) for at, name in enumerate(NAMES)}
ROWS = [
    {"input": f"{name}?", "target": code, "right": f"p{at}"}
    for at, (name, code) in enumerate(CODES.items())
]


def passage(at: int) -> dict[str, str]:
    return {
        "id": f"p{at}",
        "text": f"The code of {NAMES[at]} is {CODES[NAMES[at]]}.",
        "owner": "Ann",
    }


def search(question: str, top_k: int) -> list[dict[str, str]]:
    """Return the right passage second, as many searches would."""
    at = next(at for at, name in enumerate(NAMES) if name in question)
    return [passage((at + step) % len(NAMES)) for step in (1, 0, 2, 3, 4)][:top_k]


def reader(request: Request) -> str:
    """Answer from the passages; know nothing without them."""
    context, _, question = request.messages[-1].text.rpartition("\n\n")
    found = [
        code for name, code in re.findall(r"code of (\w+) is (\d+)", context) if name in question
    ]
    return found[0] if found else "unknown"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LADDER_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    made = ScriptedServer()
    made.behave = lambda _, body: Sent({"passages": search(body["question"], body["top_k"])})
    yield made
    made.close()


def task_of(folder: Path, **fields: Any) -> Path:
    return write_task(folder, reader, rows=ROWS, **fields)


@pytest.mark.slow
def test_a_service_over_http_goes_from_check_to_an_answer(
    tmp_path: Path, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    rag = {"retriever": {"url": server.url, "version": "1"}, "columns": ["owner"]}
    data = {"path": "eval.jsonl", "gold": "right"}
    spec = task_of(tmp_path, data=data, levers={"rag": rag})
    assert [each.code[:3] for each in check_task(spec) if each.severity != "info"] == ["W05"]
    assert main(["retrieve", str(spec), "--top-k", "1,3", "--json"]) == 0
    one, three = json.loads(capsys.readouterr().out)["diagnosis"]["searches"]
    assert (one["recall"], three["recall"], three["mrr"]) == (0, 1, 0.5)
    assert three["milliseconds"] > 0.1
    n = len(server.calls)

    decision = run(spec, runs_folder=tmp_path / "runs")

    assert decision.verdict == "use_lever", decision.sentence
    assert decision.best is not None
    assert decision.best.retrieval is not None
    assert decision.best.retrieval.top_k == 3
    assert decision.passages[0].corpus.startswith("the first 3 that 127.0.0.1")
    assert len(server.calls) < n + len(ROWS)  # most was kept; the probe and other parts are asked
    asked_anew = [each for each in server.calls[n:] if each["question"] == ROWS[0]["input"]]
    assert len(asked_anew) == 1, asked_anew
    folder = run_folder_of(spec, tmp_path / "runs")
    with ladder.load(folder) as answering:
        [given] = answering.answers([ROWS[5]["input"]])
    assert given.text == ROWS[5]["target"]
    assert given.passages[1].text.startswith("(owner: Ann)")
    assert main(["apply", str(folder), "--to", str(tmp_path / "applied.yaml")]) == 0

    assert main(["export", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert "its passages come from a retriever" in capsys.readouterr().err

    server.behave = lambda *_: Sent("", 400)
    with pytest.raises(RetrieverError):
        ladder.load(folder).answer("Nobody?")


@pytest.mark.slow
def test_passages_that_were_fetched_already_are_tried_and_reranked(tmp_path: Path) -> None:
    rows = [{**row, "docs": search(row["input"], 5)} for row in ROWS]
    rows[3]["docs"] = ""
    data = {"path": "eval.jsonl", "passages": "docs", "gold": "right"}
    spec = write_task(tmp_path, reader, rows=rows, data=data, levers={"rag": {}})

    findings = {each.code[:3]: each for each in check_task(spec)}
    decision = run(spec, runs_folder=tmp_path / "runs")

    assert "1 of 81 have no passages" in findings["D58"].problem
    assert "in data.passages for" in findings["W09"].problem
    assert decision.verdict == "use_lever", decision.sentence
    names = {each.name for each in decision.passages[0].searches}
    assert names == {"given k=1", "given k=3"}
    folder = run_folder_of(spec, tmp_path / "runs")
    with ladder.load(folder) as answering:
        assert answering.answer({"input": rows[5]["input"], "docs": rows[5]["docs"]}).text == "305"


@pytest.mark.slow
def test_a_function_is_a_retriever_and_another_version_is_another_retriever(tmp_path: Path) -> None:
    write_rows(tmp_path / "eval.jsonl", ROWS)

    def task(version: str) -> dict[str, Any]:
        return {
            "name": "codes",
            "model": register_scripted(Scripted(reader, name="codes")),
            "data": str(tmp_path / "eval.jsonl"),
            "target": 0.8,
            "levers": {
                **DECLARED,
                "rag": {"top_k": [3], "retriever": {"function": search, "version": version}},
            },
        }

    decision = run(task("1"), runs_folder=tmp_path / "runs")
    table = retrieve_table(task("1"), top_k=[3])

    assert decision.verdict == "use_lever", decision.sentence
    assert table.diagnosis.searches[0].shown == 1
    folder = run_folder_of(task("1"), tmp_path / "runs")
    assert folder != run_folder_of(task("2"), tmp_path / "runs")
    sources = json.loads((folder / "sources.json").read_text())
    assert "levers.rag.retriever" in sources
    sources["levers.rag.retriever"] = "another"
    (folder / "sources.json").write_text(json.dumps(sources))
    with pytest.raises(EvidenceError, match=r"levers\.rag\.retriever changed"):
        ladder.load(folder)


def test_a_retriever_that_is_gone_is_told_before_any_call(tmp_path: Path) -> None:
    def never(request: Request) -> str:
        raise AssertionError(request)

    gone = ScriptedServer()
    gone.close()
    spec = write_task(tmp_path, never, rows=ROWS, levers={"rag": {"retriever": gone.url}})

    [told] = [each for each in check_task(spec) if each.severity == "error"]
    with pytest.raises(RetrieverError, match="cannot be searched"):
        run(spec, runs_folder=tmp_path / "runs")

    assert told.code == "W13 retriever-unreachable"
    assert "Start it" in told.next_step


def test_a_search_that_finds_no_answer_never_ends_in_fine_tuning(
    tmp_path: Path, server: ScriptedServer
) -> None:
    server.behave = lambda *_: Sent({"passages": ["The canteen opens at noon."]})
    spec = task_of(tmp_path, levers={"rag": {"retriever": server.url, "top_k": [1]}})

    findings = {each.code[:3]: each for each in check_task(spec)}
    decision = run(spec, runs_folder=tmp_path / "runs")

    assert "W03" in findings
    assert decision.verdict == "inconclusive", decision.sentence


def test_eval_rows_that_a_search_finds_are_leaks_and_can_be_left_out(
    tmp_path: Path, server: ScriptedServer
) -> None:
    asked = "Which code opens the small door of hall Marab to visitors in spring?"
    rows = [{**ROWS[0], "input": asked}, *ROWS[1:]]
    leaked = {"id": "faq", "text": f"{asked} It is {ROWS[0]['target']}."}

    def behave(_: str, body: dict[str, Any]) -> Sent:
        found = search(body["question"], body["top_k"])
        is_first = body["question"] == asked
        return Sent({"passages": [leaked, *found] if is_first else found})

    server.behave = behave
    levers = {"rag": {"retriever": {"url": server.url, "version": "l"}}}
    spec = write_task(tmp_path, reader, rows=rows, levers=levers)

    [told] = [each for each in check_task(spec) if each.severity == "error"]
    assert told.code.startswith("D11")
    assert "what 127.0.0.1" in told.problem
    data = {"path": "eval.jsonl", "on_leak": "exclude"}
    spec = write_task(tmp_path, reader, rows=rows, data=data, levers=levers)
    assert [each for each in check_task(spec) if each.severity == "error"] == []


def test_two_searches_at_one_address_are_both_looked_at(
    tmp_path: Path, server: ScriptedServer
) -> None:
    asked = "Which code opens the small door of hall Marab to visitors in spring?"
    leaked = {"id": "faq", "text": f"{asked} It is {ROWS[0]['target']}."}

    def behave(_: str, body: dict[str, Any]) -> Sent:
        is_leaked = body.get("index") == "faq" and body["question"] == asked
        return Sent([leaked] if is_leaked else search(body["question"], body["top_k"]))

    server.behave = behave
    body = {"question": "$question", "top_k": "$top_k", "index": "faq"}
    spec = write_task(
        tmp_path,
        reader,
        rows=[{**ROWS[0], "input": asked}, *ROWS[1:]],
        retrieval={"retriever": {"url": server.url, "version": "1"}},
        levers={"rag": {"retriever": {"url": server.url, "version": "1", "body": body}}},
    )

    findings = check_task(spec)

    assert [each.code[:3] for each in findings if each.severity == "error"] == ["D11"]
    assert len([each for each in findings if each.code.startswith("W09")]) == 2


@pytest.mark.slow
def test_a_plan_counts_the_queries_that_the_model_writes_and_the_rows_it_answers_itself(
    tmp_path: Path,
) -> None:
    def plan(name: str, queries: list[str], methods: list[str]) -> RunPlan:
        few_shot = {"pool": "pool.jsonl", "shots": [2], "methods": methods}
        levers = {"rag": {"corpus": "corpus.jsonl", "methods": ["lexical"], "queries": queries}}
        spec = write_task(
            tmp_path / name,
            reader,
            pool=[{"input": "A?", "target": "1"}, {"input": "B?", "target": "2"}],
            corpus=["A is 1."],
            rows=ROWS,
            levers={**levers, "few_shot": few_shot},
        )
        return plan_run(spec)

    plain = plan("plain", ["asked", "history"], ["random", "balanced"])
    written = plan("written", ["asked", "rewritten"], ["random", "balanced"])
    own = plan("own", ["asked", "history"], ["random", "bootstrapped"])

    assert written.calls_expected - plain.calls_expected == plain.n_selection
    assert own.calls_expected - plain.calls_expected == 48
    assert written.calls_at_most > plain.calls_at_most + len(ROWS)


def test_fetched_passages_need_a_column(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no column is named"):
        check_task(task_of(tmp_path, retrieval={"method": "given"}))
