"""Searches that somebody else runs: over HTTP, by a function, kept by their version."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import LadderError, RetrieverError, SpecError, UnsafeError
from ladder.models.cache import cache_folder
from ladder.retrieval import OutsideRetriever, RetrieverWithout, register_search
from ladder.spec.load_task import load_task
from ladder.spec.retriever_spec import RetrieverSpec
from ladder.testing.scripted_server import ScriptedServer, Sent

TEXTS = [f"Passage {at}." for at in range(9)]
HITS = [{"_id": str(at), "_score": 1.0, "_source": {"text": text}} for at, text in enumerate(TEXTS)]
POINTS = [{"id": at, "score": 0.5, "payload": {"text": text}} for at, text in enumerate(TEXTS)]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Return a server that gives as many passages as it is asked for."""
    made = ScriptedServer()
    made.behave = lambda _, body: Sent({"passages": TEXTS[: body["top_k"]]})
    yield made
    made.close()


def over_http(server: ScriptedServer, **fields: Any) -> OutsideRetriever:
    return OutsideRetriever(RetrieverSpec(url=server.url, **fields))


def found(retriever: OutsideRetriever, question: str = "Where?", k: int = 2) -> list[str]:
    """Return ids and texts of what is found for one question."""
    return [f"{each.source} {each.text}".strip() for each in retriever.search([question], k)[0]]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        pytest.param(
            {"query": {"match": {"text": "$question"}}, "size": "$top_k"},
            {"timed_out": False, "_shards": {"failed": 0}, "hits": {"hits": HITS[:2]}},
            id="elasticsearch",
        ),
        pytest.param(
            {"query": {"text": "$question", "model": "m"}, "limit": "$top_k"},
            {"result": {"points": POINTS[:2]}, "status": "ok"},
            id="qdrant",
        ),
        pytest.param(
            {"q": "$question", "n": "$top_k"},
            [{"id": at, "text": text} for at, text in enumerate(TEXTS)],
            id="a list, longer than asked for",
        ),
    ],
)
def test_answers_of_known_services_are_read_as_they_are(
    server: ScriptedServer, body: dict[str, Any], answer: object
) -> None:
    server.behave = lambda *_: Sent(answer)

    assert found(over_http(server, body=body)) == ["0 Passage 0.", "1 Passage 1."]
    [asked] = server.calls
    assert "Where?" in json.dumps(asked)
    assert 2 in asked.values()


@pytest.mark.parametrize(
    "answer",
    [
        {"error": None, "errors": [], "passages": TEXTS[:1]},
        {"error": {"code": 0, "message": ""}, "passages": TEXTS[:1]},
        {"errors": False, "result": {"error": "", "docs": [{"text": TEXTS[0], "error": "E12"}]}},
        {"passages": {"text": TEXTS[:1], "error": ["E12"]}},
        {"responseHeader": {"partialResults": False}, "response": {"docs": TEXTS[:1]}},
        {"responseHeader": {"params": {"error": "asked for"}}, "response": {"docs": TEXTS[:1]}},
    ],
)
def test_an_answer_that_says_that_nothing_failed_is_read(
    server: ScriptedServer, answer: object
) -> None:
    server.behave = lambda *_: Sent(answer)

    assert [each.text for each in over_http(server).search(["?"], 1)[0]] == ["Passage 0."]


def test_an_answer_with_an_error_is_never_kept(server: ScriptedServer) -> None:
    answers = iter([{"error": "the index is closed", "results": []}, {"results": TEXTS[:1]}])
    server.behave = lambda *_: Sent(next(answers))

    with pytest.raises(RetrieverError):
        found(over_http(server, version="errs"))

    assert found(over_http(server, version="errs")) == ["Passage 0."]


def test_a_form_of_ones_own_is_told_by_its_fields(server: ScriptedServer) -> None:
    row = {"uid": "7", "inner": {"txt": "The code is 512."}, "page": 4}
    server.behave = lambda *_: Sent({"outer": {"rows": [row, {"uid": "8", "inner": {"txt": ""}}]}})
    fields = {"passages": "outer.rows", "id": "uid", "text": "inner.txt", "where": "page"}

    [passage] = over_http(server, fields=fields).search(["?"], 3)[0]

    assert (passage.id, passage.text, passage.where) == ("7", "The code is 512.", "4")


@pytest.mark.parametrize(
    ("sent", "problem", "step"),
    [
        (Sent({"error": "no such index"}, 404), "404", "retriever.url"),
        (Sent({"error": "bad query"}, 400), "400 (bad query)", "retriever.body"),
        (Sent("", 401), "401", "headers"),
        (Sent({"answer": 42}), "an object with the keys answer", "retriever.fields"),
        (Sent({"passages": [{"title": "A"}]}), "A passage has no text", "text: …"),
        (Sent("<html>"), "no JSON", "url or body"),
        (Sent({"error": "no index m", "results": []}), "error: no index m", "url or body"),
        (
            Sent({"errors": [{"message": "late"}], "data": {"Get": []}}),
            "error: late",
            "url or body",
        ),
        (Sent({"result": {"error": {"code": 7}, "points": []}}), '{"code": 7}', "url or body"),
        (Sent({"error": f"bad sk-abc {'x' * 90}", "hits": []}), f"bad *** {'x' * 52}.", "url"),
    ],
)
def test_what_is_no_answer_is_unknown_and_never_no_passage(
    server: ScriptedServer, sent: Sent, problem: str, step: str
) -> None:
    server.behave = lambda *_: sent

    with pytest.raises(RetrieverError) as caught:
        found(over_http(server))

    assert problem in str(caught.value)
    assert step in caught.value.next_step
    assert "'Where?'" in str(caught.value) or sent.status == 401


@pytest.mark.slow
def test_an_overloaded_server_is_asked_again_and_a_partial_search_is_none(
    server: ScriptedServer,
) -> None:
    hits = {"hits": {"hits": HITS[:2]}}
    at_once = {"Retry-After": "0"}
    answers = iter([Sent("", 503, at_once), Sent("", 429, at_once), Sent(hits)])
    server.behave = lambda *_: next(answers)
    assert found(over_http(server)) == ["0 Passage 0.", "1 Passage 1."]

    solr = {"responseHeader": {"partialResults": True}, "response": {"docs": []}}
    partial = iter([{"timed_out": True, **hits}, {"_shards": {"failed": 1}, **hits}, solr, hits])
    server.behave = lambda *_: Sent(next(partial))
    assert len(found(over_http(server))) == 2
    assert next(partial, None) is None


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    gone = ScriptedServer()
    gone.close()

    with pytest.raises(RetrieverError, match="cannot be searched: No connection"):
        found(OutsideRetriever(RetrieverSpec(url=gone.url)))


def test_keys_come_from_the_environment_alone(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed = over_http(server, headers={"api-key": "SEARCH_KEY"})
    with pytest.raises(RetrieverError, match="SEARCH_KEY is not set"):
        found(keyed)

    monkeypatch.setenv("SEARCH_KEY", "abc-12345678")
    assert len(found(keyed)) == 2
    assert keyed.digest == over_http(server, headers={"api-key": "SEARCH_KEY"}).digest
    others = [over_http(server), over_http(server, headers={"api-key": "KEY_OF_ANOTHER_TENANT"})]
    assert keyed.digest not in [each.digest for each in others]


def test_what_was_found_is_kept_for_its_version_and_for_no_other(server: ScriptedServer) -> None:
    first = over_http(server, version="1")
    first.search(["a", "b", "a"], 2)
    first.search(["b"], 3)
    assert len(server.calls) == 3

    assert found(over_http(server, version="1"), "b", 3) == TEXTS[:3]
    assert len(server.calls) == 3
    assert over_http(server, version="2").digest != first.digest
    for other in (over_http(server, version="2"), over_http(server), over_http(server)):
        found(other, "b", 3)
    assert len(server.calls) == 6


@pytest.mark.slow
def test_what_one_key_found_is_not_given_to_another_key_in_the_same_variable(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.behave = lambda *_: Sent({"passages": [f"For {os.environ['TENANT']}."]})

    def of(tenant: str) -> OutsideRetriever:
        monkeypatch.setenv("TENANT", tenant)
        return over_http(server, version="shared", headers={"x-tenant": "TENANT"})

    assert found(of("ann")) == ["For ann."]
    assert found(of("bob")) == ["For bob."]
    n = len(server.calls)
    assert [found(of("ann")), found(of("bob"))] == [["For ann."], ["For bob."]]
    assert len(server.calls) == n

    # a run knows both by one version, so it is told; what is written tells nobody the keys
    assert of("bob").has_changed("Where?", 2)
    written = [each.read_bytes() for each in (cache_folder() / "passages").glob("*")]
    assert not any(b"'bob'" in each or b"x-tenant" in each for each in written)


def test_lines_of_kept_passages_that_are_damaged_are_asked_for_again(
    server: ScriptedServer,
) -> None:
    over_http(server, version="kept").search(["a", "b"], 1)
    path = max((cache_folder() / "passages").glob("*.jsonl"), key=lambda each: each.stat().st_mtime)
    first, second = path.read_text().split()[0:1], path.read_text().splitlines()[-1]
    assert first
    path.write_text("\n".join([second.replace("Passage 0", "Passage 7"), second[:40], ""]))

    assert found(over_http(server, version="kept"), "a", 1) == ["Passage 0."]
    assert found(over_http(server, version="kept"), "b", 1) == ["Passage 0."]
    assert len(server.calls) == 4


def test_a_search_that_finds_something_else_under_its_version_is_seen(
    server: ScriptedServer,
) -> None:
    over_http(server, version="old").search(["a"], 2)
    assert not over_http(server, version="old").has_changed("a", 2)

    server.behave = lambda *_: Sent({"passages": ["New."]})
    assert over_http(server, version="old").has_changed("a", 2)
    assert not over_http(server, version="new").has_changed("a", 2)


def test_where_a_search_breaks_off_what_came_is_kept(server: ScriptedServer) -> None:
    def but_for_c(_: str, body: dict[str, Any]) -> Sent:
        return Sent("", 400) if body["question"] == "c" else Sent({"passages": ["Yes."]})

    server.behave = but_for_c
    broken = over_http(server, version="breaks", concurrency=1)
    with pytest.raises(RetrieverError, match="'c'"):
        broken.search(["a", "b", "c"], 1)

    n = len(server.calls)
    assert broken.search(["a", "b"], 1)[0][0].text == "Yes."
    assert len(server.calls) == n


def test_passages_that_are_left_out_are_replaced_by_the_next(server: ScriptedServer) -> None:
    plain = over_http(server)
    ids = frozenset(each.id for each in plain.search(["a"], 3)[0][:2])

    [[passage, _]] = RetrieverWithout(plain, ids).search(["a"], 2)

    assert passage.text == "Passage 2."
    assert RetrieverWithout(plain, ids).digest != plain.digest


def test_pieces_that_share_an_id_are_told_apart() -> None:
    def find(question: str, top_k: int) -> list[dict[str, str]]:
        return [{"id": "doc", "text": f"{question} {at}"} for at in range(top_k)]

    retriever = OutsideRetriever(RetrieverSpec(function=register_search(find)))
    one, two = retriever.search(["a"], 2)[0]

    assert one.id == "doc"
    assert two.id.startswith("doc~")
    assert two.source == "doc"


def test_a_function_of_a_file_runs_where_code_is_allowed(tmp_path: Path) -> None:
    file = tmp_path / "search.py"
    file.write_text("def find(question, top_k):\n    return ['One.', 'Two.', 'Three.'][:top_k]\n")
    spec = RetrieverSpec(function=f"{file}:find")

    with pytest.raises(UnsafeError, match="executes only when told to"):
        OutsideRetriever(spec)
    before = OutsideRetriever(spec, allow_code=True)
    assert found(before) == ["One.", "Two."]

    file.write_text(file.read_text().replace("Two", "2"))
    after = OutsideRetriever(spec, allow_code=True)
    assert found(after) == ["One.", "2."]
    assert before.digest != after.digest


def test_what_a_function_raises_is_told_without_keys_and_not_whole() -> None:
    def leaks(question: str, top_k: int) -> list[str]:
        raise ValueError(f"postgresql://ann:pw@db refused sk-abc {question * top_k}")

    with pytest.raises(RetrieverError) as caught:
        found(OutsideRetriever(RetrieverSpec(function=register_search(leaks))), "Who is it? " * 9)

    told = str(caught.value)
    assert "raised ValueError" in told
    assert "postgresql://***@db refused ***" in told
    assert not any(secret in told for secret in ("pw", "abc", "Who is it? " * 7))


@pytest.mark.parametrize(
    "place",
    [
        "SECRET7@h/s",
        "SECRET7@h:99999",
        "SECRET7@[::1",
        "h/s?api_key=SECRET7",
        "h/s?q=1&sig=SECRET7",
        "u:SECRET7@h/s",
    ],
)
def test_an_address_with_a_key_is_refused_and_the_key_never_said(place: str) -> None:
    spec = {"name": "t", "model": "m", "data": "e.jsonl", "target": 0.8}
    for url in (f"http://{place}", {"url": f"https://{place}", "function": "a:b"}):
        with pytest.raises(SpecError) as caught:
            load_task({**spec, "levers": {"rag": {"retriever": url}}})
        assert "SECRET7" not in f"{caught.value} {caught.value.next_step}"
        assert re.search(r"retriever.*holds a (secret|user)|url holds the query", str(caught.value))


@pytest.mark.parametrize("query", ["wait=1", "keywords=a&passages=3", "author=ann&encoder=e5"])
def test_a_query_that_holds_no_key_stays(query: str) -> None:
    assert RetrieverSpec(url=f"http://h:80/s?{query}").name == "h:80/s"


def raises(question: str, top_k: int) -> list[str]:
    raise TimeoutError(f"{question} {top_k}")


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (raises, "raised TimeoutError"),
        (lambda *_: None, "returned no passages"),
        (lambda *_: [42], "A passage has no text"),
        (lambda *_: "a text", "returned no passages"),
    ],
)
def test_a_function_that_fails_finds_nothing_that_is_known(function: Any, problem: str) -> None:
    with pytest.raises(RetrieverError, match=problem):
        found(OutsideRetriever(RetrieverSpec(function=register_search(function))))


@pytest.mark.parametrize(
    "name", ["nowhere:find", "json:nothing", "/nowhere/search.py:find", "ladder.text:__doc__x"]
)
def test_a_function_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(LadderError, match=r"retriever\.function"):
        OutsideRetriever(RetrieverSpec(function=name), allow_code=True)
