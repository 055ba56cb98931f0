"""Fields that a server refuses: learnt once, whoever asks at the same time, and said."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as Received
from werkzeug import Response

from ladder.errors import CandidateRefusedError, EndpointError
from ladder.models import Answer, Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef

CHAT = "/v1/chat/completions"
GOOD = {
    "model": "m",
    "choices": [{"message": {"role": "assistant", "content": "42"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 1},
}

Body = dict[str, Any]
Rule = Callable[[Body], object]
"""What a server answers with status 400 or 422; None where it takes the request."""


class Server:
    """Answers 42 to what its rule allows; counts what it refused and what it took."""

    def __init__(self, http: HTTPServer, rule: Rule, *, status: int = 400) -> None:
        self.refused: list[Body] = []
        self.taken: list[Body] = []
        self._rule, self._status = rule, status
        self._lock = threading.Lock()
        http.expect_request("/v1/models").respond_with_json({"data": [{"id": "m"}]})
        http.expect_request(CHAT).respond_with_handler(self._reply)
        self.url = http.url_for("/v1")

    def _reply(self, received: Received) -> Response:
        body = received.get_json()
        said = self._rule(body)
        with self._lock:
            (self.taken if said is None else self.refused).append(body)
        if said is None:
            return Response(json.dumps(GOOD), 200)
        time.sleep(0.02)  # so that calls at the same time are refused for the same reason
        return Response(said if isinstance(said, str) else json.dumps(said), self._status)


@pytest.fixture(scope="module")
def one_server() -> Iterator[HTTPServer]:
    with HTTPServer(port=0, threaded=True) as server:
        yield server


@pytest.fixture
def threaded(one_server: HTTPServer) -> Iterator[HTTPServer]:
    """Return the server of this module, which stops slowly, without the last test's answers."""
    yield one_server
    one_server.clear()


def ask(server: Server, n: int, *, concurrency: int = 8, **decoding: Any) -> list[Answer]:
    endpoint = EndpointGenerator(ModelRef(id="m", base_url=server.url, concurrency=concurrency))
    return asked(endpoint, n, **decoding)


def asked(endpoint: EndpointGenerator, n: int, **decoding: Any) -> list[Answer]:
    requests = [
        Request((Message("user", str(at)),), ChatSetup(), Decoding(**decoding)) for at in range(n)
    ]
    found = dict(endpoint.generate(requests))
    return [found[at] for at in range(n)]


def refuses(name: str, said: object) -> Rule:
    return lambda body: said if name in body else None


OPENAI = "Unsupported parameter: '{}' is not supported with this model."
ONLY_DEFAULT = "Unsupported value: 'temperature' does not support 0.0 with this model."
FIELDS: dict[str, tuple[str, object, dict[str, Any]]] = {
    "Mistral's seed": (
        "seed",
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs"}]},
        {"temperature": 0.7},
    ),
    "Google's seed": (
        "seed",
        [{"error": {"message": 'Invalid JSON payload received. Unknown name "seed".'}}],
        {"temperature": 0.7},
    ),
    "a strict server's seed": (
        "seed",
        "Failed to deserialize: unknown field `seed`, expected one of `model`, `stop`",
        {"temperature": 0.7, "stop_strings": ("\n",)},
    ),
    "o-series temperature": ("temperature", {"error": {"message": ONLY_DEFAULT}}, {}),
    "TGI temperature": (
        "temperature",
        {"error": "Input validation error: `temperature` must be strictly positive"},
        {},
    ),
    "o-series stop": (
        "stop",
        {"error": {"message": OPENAI.format("stop"), "param": "stop"}},
        {"stop_strings": ("\n",)},
    ),
    "five stop strings": (
        "stop",
        {"error": {"message": "Invalid 'stop': array too long.", "param": "stop"}},
        {"stop_strings": ("a", "b", "c", "d", "e")},
    ),
    "o-series limit": (
        "max_tokens",
        {"error": {"message": OPENAI.format("max_tokens") + " Use 'max_completion_tokens'."}},
        {},
    ),
    "a gateway's limit": ("max_tokens", {"detail": "max_tokens: unexpected keyword"}, {}),
    "a field without a name, seed": ("seed", "Bad request", {"temperature": 0.7}),
    "a field without a name, temperature": ("temperature", {"error": "invalid_request"}, {}),
    "a field without a name, stop": ("stop", "", {"stop_strings": ("\n",)}),
}


@pytest.mark.slow
@pytest.mark.parametrize("concurrency", [1, 8, 64])
@pytest.mark.parametrize(("name", "said", "decoding"), FIELDS.values(), ids=FIELDS.keys())
def test_a_refused_field_costs_no_answer_at_any_concurrency(
    threaded: HTTPServer, name: str, said: object, decoding: dict[str, Any], concurrency: int
) -> None:
    server = Server(threaded, refuses(name, said))

    answers = ask(server, 80, concurrency=concurrency, **decoding)

    assert [answer.text for answer in answers] == ["42"] * 80
    assert all(name not in body for body in server.taken)
    assert len(server.refused) <= concurrency + 4


@pytest.mark.parametrize("status", [400, 422])
def test_what_is_left_out_is_said(httpserver: HTTPServer, status: int) -> None:
    said = {"error": {"message": ONLY_DEFAULT}}
    server = Server(httpserver, refuses("temperature", said), status=status)
    endpoint = EndpointGenerator(ModelRef(id="m", base_url=server.url))
    before = endpoint.findings()

    asked(endpoint, 1)

    [finding] = endpoint.findings()
    assert before == ()
    assert finding.code == "N01 field-not-honoured"
    assert "temperature" in finding.problem
    assert ONLY_DEFAULT in finding.evidence


def test_two_fields_are_learnt_one_after_the_other(threaded: HTTPServer) -> None:
    def rule(body: Body) -> object:
        name = next((name for name in ("temperature", "max_tokens", "stop") if name in body), None)
        return None if name is None else {"error": {"message": OPENAI.format(name)}}

    server = Server(threaded, rule)

    answers = ask(server, 40, stop_strings=("\n",))

    assert [answer.text for answer in answers] == ["42"] * 40


def test_neither_name_of_the_limit_may_be_known(httpserver: HTTPServer) -> None:
    def rule(body: Body) -> object:
        name = next((name for name in body if name.startswith("max_")), None)
        return None if name is None else {"error": {"message": f"Unknown name {name!r}"}}

    server = Server(httpserver, rule)
    endpoint = EndpointGenerator(ModelRef(id="m", base_url=server.url))

    assert asked(endpoint, 1)[0].text == "42"
    assert "answers may be longer" in endpoint.findings()[0].problem


def test_a_server_that_takes_only_one_name_of_a_penalty_gets_that(httpserver: HTTPServer) -> None:
    rule = refuses("repeat_penalty", {"error": {"message": "unknown field repeat_penalty"}})
    server = Server(httpserver, rule)

    answers = ask(server, 1, repetition_penalty=1.1)

    assert answers[0].text == "42"
    assert server.taken[0]["repetition_penalty"] == 1.1


@pytest.mark.parametrize(
    ("name", "decoding"),
    [
        ("temperature", {"temperature": 0.7}),
        ("top_p", {"temperature": 1.0, "top_p": 0.9}),
        ("top_k", {"temperature": 1.0, "top_k": 40}),
        ("min_p", {"temperature": 1.0, "min_p": 0.1}),
    ],
)
def test_a_setting_that_makes_the_candidate_is_never_left_out(
    threaded: HTTPServer, name: str, decoding: dict[str, Any]
) -> None:
    rule = refuses(name, {"error": {"message": OPENAI.format(name), "param": name}})
    server = Server(threaded, rule)

    with pytest.raises(CandidateRefusedError, match=f"generation.{name}") as caught:
        ask(server, 40, **decoding)

    assert server.taken == []
    assert name in caught.value.next_step


def test_template_arguments_are_never_left_out(httpserver: HTTPServer) -> None:
    rule = refuses("chat_template_kwargs", {"error": {"message": "chat_template_kwargs: unknown"}})
    endpoint = EndpointGenerator(ModelRef(id="m", base_url=Server(httpserver, rule).url))
    setup = ChatSetup(template_arguments={"enable_thinking": False})

    with pytest.raises(CandidateRefusedError, match=r"chat\.template_arguments"):
        list(endpoint.generate([Request((Message("user", "a"),), setup, Decoding())]))


def test_a_limit_above_the_servers_own_is_the_candidates_failure(httpserver: HTTPServer) -> None:
    said = "max_tokens is too large: 9000. This model supports at most 4096 completion tokens."
    server = Server(httpserver, refuses("max_tokens", {"error": {"message": said}}))

    with pytest.raises(CandidateRefusedError, match="max_new_tokens"):
        ask(server, 1, max_new_tokens=9000)


def test_a_sampling_candidate_is_tried_where_only_temperature_0_is_refused(
    httpserver: HTTPServer,
) -> None:
    def rule(body: Body) -> object:
        return {"error": "`temperature` must be positive"} if body.get("temperature") == 0 else None

    server = Server(httpserver, rule)
    endpoint = EndpointGenerator(ModelRef(id="m", base_url=server.url))
    asked(endpoint, 2)

    asked(endpoint, 2, temperature=0.7)

    assert [body.get("temperature") for body in server.taken] == [None, None, 0.7, 0.7]


def test_a_greedy_answer_is_asked_for_without_a_seed_unless_one_is_set(
    httpserver: HTTPServer,
) -> None:
    server = Server(httpserver, lambda _: None)
    endpoint = EndpointGenerator(ModelRef(id="m", base_url=server.url))

    for decoding in ({}, {"seed": 7}, {"temperature": 0.5}):
        asked(endpoint, 1, **decoding)

    assert [body.get("seed") for body in server.taken] == [None, 7, 0]


def test_a_prompt_that_is_too_long_teaches_nothing_about_fields(httpserver: HTTPServer) -> None:
    def rule(body: Body) -> object:
        too_long = "'max_tokens' is too large: 64. This model's maximum context length is 2048"
        is_long = body["messages"][0]["content"] == "0"
        return {"error": {"message": too_long}} if is_long else None

    server = Server(httpserver, rule)

    first, second = ask(server, 2, concurrency=1)

    assert (first.finish_reason, second.text) == ("refused", "42")
    assert "maximum context length" in (first.error or "")
    assert server.taken[0]["max_tokens"] == 64


def test_a_filter_that_refuses_the_prompt_leaves_a_filtered_answer(httpserver: HTTPServer) -> None:
    said = {"error": {"code": "content_filter", "message": "The response was filtered"}}
    rule: Rule = lambda body: said if body["messages"][0]["content"] == "0" else None  # noqa: E731

    first, second = ask(Server(httpserver, rule), 2)

    assert (first.text, first.finish_reason, first.error) == ("", "filtered", None)
    assert second.text == "42"


def test_a_used_up_quota_ends_the_run_at_once(threaded: HTTPServer) -> None:
    said = {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}}
    server = Server(threaded, lambda _: said, status=429)
    started = time.monotonic()

    with pytest.raises(EndpointError, match="used up") as caught:
        ask(server, 200, concurrency=8)

    assert time.monotonic() - started < 5
    assert len(server.refused) <= 8
    assert "base_url" not in caught.value.next_step
    assert "billing" in caught.value.next_step


@pytest.mark.parametrize(
    ("served", "advice"),
    [
        (["m:latest", "other"], "Write 'm:latest'"),
        (["models/m"], "Write 'models/m'"),
        (["other"], "Write the name"),
        ([], "Write the name"),
    ],
)
def test_a_name_that_is_refused_is_told_with_the_nearest_one(
    httpserver: HTTPServer, served: list[str], advice: str
) -> None:
    listed = {"data": [{"id": name} for name in served]}
    httpserver.expect_request("/v1/models").respond_with_json(listed)
    said = {"error": {"message": "model 'm' not found"}}
    httpserver.expect_request(CHAT).respond_with_json(said, status=404)
    endpoint = EndpointGenerator(ModelRef(id="m", base_url=httpserver.url_for("/v1")))

    with pytest.raises(EndpointError, match="does not serve 'm'") as caught:
        asked(endpoint, 20)

    assert advice in caught.value.next_step


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_list_that_is_shown_to_nobody_is_no_reason_to_stop(
    httpserver: HTTPServer, status: int
) -> None:
    httpserver.expect_request("/v1/models").respond_with_data("no", status=status)
    httpserver.expect_request(CHAT).respond_with_json(GOOD)
    endpoint = EndpointGenerator(ModelRef(id="m", base_url=httpserver.url_for("/v1")))

    assert asked(endpoint, 1)[0].text == "42"


def test_an_alias_that_is_not_listed_is_asked(httpserver: HTTPServer) -> None:
    server = Server(httpserver, lambda _: None)
    endpoint = EndpointGenerator(ModelRef(id="team-support", base_url=server.url))

    assert asked(endpoint, 1)[0].text == "42"


def test_an_azure_deployment_gets_its_query_and_its_key(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMO_KEY", "canary")
    path = "/openai/deployments/d"
    httpserver.expect_request(
        f"{path}/chat/completions",
        query_string={"api-version": "2024-10-21"},
        headers={"api-key": "canary"},
    ).respond_with_json(GOOD)
    url = httpserver.url_for(f"{path}/chat/completions?api-version=2024-10-21")
    endpoint = EndpointGenerator(ModelRef(id="d", base_url=url, api_key_env="DEMO_KEY"))

    assert asked(endpoint, 1)[0].text == "42"
    assert "Authorization" not in httpserver.log[-1][0].headers


def test_a_hanging_server_is_left_at_once_when_the_run_ends(threaded: HTTPServer) -> None:
    gone = threading.Event()

    def hang(received: Received) -> Response:
        if received.get_json()["messages"][0]["content"] != "0":
            gone.wait(20)
        return Response(json.dumps(GOOD), 200)

    threaded.expect_request("/v1/models").respond_with_json({"data": [{"id": "m"}]})
    threaded.expect_request(CHAT).respond_with_handler(hang)
    endpoint = EndpointGenerator(ModelRef(id="m", base_url=threaded.url_for("/v1")))
    requests = [Request((Message("user", str(at)),), ChatSetup(), Decoding()) for at in range(8)]
    started = time.monotonic()

    with closing(endpoint.generate(requests)) as answers:  # type: ignore[type-var]
        next(answers)

    assert time.monotonic() - started < 5
    gone.set()
