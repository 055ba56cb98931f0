import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as Received
from werkzeug import Response

from ladder.errors import EndpointError, EvidenceError, SpecError, UnsafeError
from ladder.models import Answer, Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing import check_generator

CHAT = "/v1/chat/completions"
GOOD = {
    "model": "m",
    "choices": [{"message": {"role": "assistant", "content": "42"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 1},
}


ORDER = {
    "schema": {
        "type": "object",
        "properties": {"order": {"type": "integer"}},
        "required": ["order"],
        "additionalProperties": False,
    }
}


def asking(text: str = "hi", **decoding: Any) -> Request:
    return Request((Message("user", text),), ChatSetup(), Decoding(**decoding))


class Slept:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def slept() -> Slept:
    return Slept()


Make = Callable[..., EndpointGenerator]


@pytest.fixture
def make(httpserver: HTTPServer, slept: Slept) -> Iterator[Make]:
    made: list[EndpointGenerator] = []

    def endpoint(**changes: Any) -> EndpointGenerator:
        fields = {"id": "m", "base_url": httpserver.url_for("/v1"), "concurrency": 1, **changes}
        made.append(EndpointGenerator(ModelRef(**fields), sleep=slept))
        return made[-1]

    yield endpoint
    for each in made:
        each.close()


@pytest.fixture
def models(httpserver: HTTPServer) -> HTTPServer:
    httpserver.expect_request("/v1/models").respond_with_json({"data": [{"id": "m"}]})
    return httpserver


def only(generator: EndpointGenerator, request: Request | None = None) -> Answer:
    [(_, answer)] = generator.generate([request or asking()])
    return answer


def one_bad_then_good(server: HTTPServer, bad: Response) -> list[int]:
    calls: list[int] = []

    def reply(_: Received) -> Response:
        calls.append(1)
        return bad if len(calls) == 1 else Response(json.dumps(GOOD), 200)

    server.expect_request(CHAT).respond_with_handler(reply)
    return calls


def test_an_endpoint_keeps_what_every_generator_promises(make: Make, models: HTTPServer) -> None:
    models.expect_request(CHAT).respond_with_json(GOOD)

    check_generator(make(), [asking("a"), asking("b")])


def test_an_answer_carries_text_counts_and_reason(make: Make, models: HTTPServer) -> None:
    models.expect_request(CHAT).respond_with_json(GOOD)

    answer = only(make())

    assert (answer.text, answer.finish_reason, answer.error) == ("42", "stop", None)
    assert (answer.prompt_tokens, answer.completion_tokens) == (9, 1)
    assert answer.seconds > 0


def test_messages_and_decoding_are_sent_under_the_servers_names(
    make: Make, models: HTTPServer
) -> None:
    models.expect_request(CHAT).respond_with_json(GOOD)
    setup = ChatSetup(fold_system=True, extra_stop_tokens=("<end>",), template_arguments={"a": 1})
    messages = (Message("system", "Be brief."), Message("user", "hi"))
    decoding = Decoding(max_new_tokens=5, temperature=0.5, top_p=0.9, top_k=3, min_p=0.1, seed=7)

    only(make(), Request(messages, setup, decoding.replace(repetition_penalty=1.2)))

    sent = models.log[-1][0].get_json()
    assert sent == {
        "model": "m",
        "messages": [{"role": "user", "content": "Be brief.\n\nhi"}],
        "max_tokens": 5,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 3,
        "min_p": 0.1,
        "seed": 7,
        "repetition_penalty": 1.2,
        "repeat_penalty": 1.2,
        "stop": ["<end>"],
        "chat_template_kwargs": {"a": 1},
    }


def test_completion_mode_asks_for_a_plain_completion(make: Make, models: HTTPServer) -> None:
    choice = {"text": " 42", "finish_reason": "length"}
    models.expect_request("/v1/completions").respond_with_json({"model": "m", "choices": [choice]})

    answer = only(
        make(), Request((Message("user", "hi"),), ChatSetup(mode="completion"), Decoding())
    )

    assert (answer.text, answer.finish_reason, answer.prompt) == (" 42", "length", "hi")


def test_the_limit_goes_under_its_newer_name_when_the_server_says_so(
    make: Make, models: HTTPServer
) -> None:
    def reply(received: Received) -> Response:
        if "max_tokens" in received.get_json():
            said = {"error": {"message": "Use 'max_completion_tokens' instead."}}
            return Response(json.dumps(said), 400)
        return Response(json.dumps(GOOD), 200)

    models.expect_request(CHAT).respond_with_handler(reply)

    assert only(make()).text == "42"


def test_a_stop_string_that_the_server_left_in_is_cut(make: Make, models: HTTPServer) -> None:
    said = {**GOOD, "choices": [{"message": {"content": "42\nTicket"}, "finish_reason": "length"}]}
    models.expect_request(CHAT).respond_with_json(said)

    answer = only(make(), asking(stop_strings=("\n",)))

    assert (answer.text, answer.finish_reason) == ("42", "stop")


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
def test_a_busy_server_is_asked_again(
    make: Make, models: HTTPServer, slept: Slept, status: int
) -> None:
    calls = one_bad_then_good(models, Response("no", status))

    assert only(make()).text == "42"
    assert (len(calls), len(slept.seconds)) == (2, 1)


@pytest.mark.slow
def test_calls_that_a_crowded_server_turns_away_wait_and_are_not_lost() -> None:
    room = threading.Semaphore(3)

    def crowded(_: Received) -> Response:
        if not room.acquire(blocking=False):
            return Response("no", 429)
        time.sleep(0.02)
        room.release()
        return Response(json.dumps(GOOD), 200)

    with HTTPServer(port=0, threaded=True) as server:
        server.expect_request("/v1/models").respond_with_json({"data": [{"id": "m"}]})
        server.expect_request(CHAT).respond_with_handler(crowded)
        ref = ModelRef(id="m", base_url=server.url_for("/v1"), concurrency=16)
        generator = EndpointGenerator(ref, sleep=lambda _: time.sleep(0.05))
        found = dict(generator.generate([asking(str(at)) for at in range(100)]))
        generator.close()

    assert [found[at].error for at in range(100)] == [None] * 100


def test_retry_after_is_obeyed(make: Make, models: HTTPServer, slept: Slept) -> None:
    one_bad_then_good(models, Response("no", 429, {"Retry-After": "7"}))

    only(make())

    assert slept.seconds == [7.0]


@pytest.mark.parametrize("header", ["-5", "soon", "", "1e9"])
def test_a_senseless_retry_after_is_passed_over(
    make: Make, models: HTTPServer, slept: Slept, header: str
) -> None:
    one_bad_then_good(models, Response("no", 429, {"Retry-After": header}))

    assert only(make()).text == "42"
    assert slept.seconds[0] <= 20


def test_a_retry_after_of_a_day_ends_the_run_with_advice(make: Make, models: HTTPServer) -> None:
    one_bad_then_good(models, Response("no", 429, {"Retry-After": "86400"}))

    with pytest.raises(EndpointError, match="86400 s") as caught:
        only(make())

    assert "later" in caught.value.next_step


def test_a_server_that_stays_busy_ends_the_run(make: Make, models: HTTPServer) -> None:
    models.expect_request(CHAT).respond_with_data("no", status=503)

    with pytest.raises(EndpointError, match="All 8 calls failed"):
        list(make().generate([asking(str(number)) for number in range(8)]))

    assert sum(asked.path == CHAT for asked, _ in models.log) == 8 * 6


MALFORMED: dict[str, bytes] = {
    "html": b"<html>login</html>",
    "empty": b"",
    "list": b"[]",
    "error": b'{"error": {"message": "it failed"}}',
    "no choices": b'{"choices": []}',
    "no message": b'{"choices": [{"finish_reason": "stop"}]}',
    "list content": b'{"choices": [{"message": {"content": []}, "finish_reason": "stop"}]}',
    "number content": b'{"choices": [{"message": {"content": 4}, "finish_reason": "stop"}]}',
    "broken off": b'{"choices": [{"message": {"content": "4"}, "finish_reason": "abort"}]}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_200_without_an_answer_is_tried_once_more(
    make: Make, models: HTTPServer, body: bytes
) -> None:
    calls = one_bad_then_good(models, Response(body, 200))

    assert only(make()).text == "42"
    assert len(calls) == 2


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_200_without_an_answer_is_never_scored(
    make: Make, models: HTTPServer, body: bytes
) -> None:
    def reply(received: Received) -> Response:
        is_good = received.get_json()["messages"][0]["content"] == "good"
        return Response(json.dumps(GOOD) if is_good else body, 200)

    models.expect_request(CHAT).respond_with_handler(reply)

    found = dict(make().generate([asking("bad"), asking("good")]))

    assert found[1].text == "42"
    assert (found[0].text, found[0].finish_reason) == ("", "error")
    assert "no valid answer" in (found[0].error or "")


@pytest.mark.parametrize(
    ("message", "reason", "text"),
    [
        ({"content": None}, "length", ""),
        ({"content": None}, "filtered", ""),
        ({"content": None, "tool_calls": [{"id": "1"}]}, "stop", ""),
        ({"content": None, "refusal": "I cannot help."}, "refused", "I cannot help."),
        ({"content": "", "reasoning": "41 or"}, "length", ""),
    ],
)
def test_null_content_is_an_answer_where_the_reply_says_why(
    make: Make, models: HTTPServer, message: dict[str, Any], reason: str, text: str
) -> None:
    servers_word = {"filtered": "content_filter", "refused": "stop"}.get(reason, reason)
    said = {"model": "m", "choices": [{"message": message, "finish_reason": servers_word}]}
    models.expect_request(CHAT).respond_with_json(said)

    answer = only(make())

    assert (answer.text, answer.finish_reason, answer.error) == (text, reason, None)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"content": None}, "content is null, and nothing says why"),
        ({"content": None, "reasoning_content": "42"}, "reasoning parser"),
        ({"content": "", "reasoning": "42"}, "content is empty and all text stands in reasoning"),
        ({"content": " \n", "thinking": "42"}, "all text stands in thinking"),
        ({"reasoning_content": "42"}, "all text stands in reasoning_content"),
        ({"content": [{"type": "thinking", "thinking": "42"}]}, "parts of type thinking"),
        ({"content": "", "reasoning_details": [{"text": "42"}]}, "reasoning_details"),
        ({"content": None, "tool_calls": [], "reasoning": "42"}, "enable_thinking: false"),
    ],
)
def test_null_content_without_a_reason_is_a_failed_call(
    make: Make, models: HTTPServer, message: dict[str, Any], words: str
) -> None:
    said = {"model": "m", "choices": [{"message": message, "finish_reason": "stop"}]}
    models.expect_request(CHAT).respond_with_json(said)

    answer = only(make())

    assert (answer.text, answer.finish_reason) == ("", "error")
    assert words in (answer.error or "")


def test_a_few_failing_rows_do_not_put_a_whole_endpoint_out_of_order(
    make: Make, models: HTTPServer
) -> None:
    def reply(received: Received) -> Response:
        is_bad = received.get_json()["messages"][0]["content"].startswith("bad")
        body = {"error": {"message": "too long"}} if is_bad else GOOD
        return Response(json.dumps(body), 400 if is_bad else 200)

    models.expect_request(CHAT).respond_with_handler(reply)
    bad = [asking(f"bad {number}") for number in range(10)]
    endpoint, continued = make(), make()
    continued.note_answered(asking())

    first = only(endpoint, bad[0])
    good = only(endpoint)
    later = [answer for _, answer in endpoint.generate(bad)]
    resumed = [answer for _, answer in continued.generate(bad)]

    assert good.text == "42"
    assert all("too long" in (answer.error or "") for answer in [first, *later, *resumed])


def test_an_endpoint_that_never_answered_well_ends_the_run_over_all_groups(
    make: Make, models: HTTPServer
) -> None:
    models.expect_request(CHAT).respond_with_data("no", status=400)
    endpoint = make()

    few = [only(endpoint, asking(str(number))) for number in range(7)]

    assert all(answer.error for answer in few)
    with pytest.raises(EndpointError, match="All 8 calls failed"):
        only(endpoint, asking("8"))


def test_a_refused_request_is_an_error_of_its_own_and_not_tried_again(
    make: Make, models: HTTPServer
) -> None:
    def reply(received: Received) -> Response:
        if received.get_json()["messages"][0]["content"] == "good":
            return Response(json.dumps(GOOD), 200)
        return Response('{"error": {"message": "exceed_context_size_error"}}', 400)

    models.expect_request(CHAT).respond_with_handler(reply)

    found = dict(make().generate([asking("bad"), asking("good")]))

    assert "exceed_context_size_error" in (found[0].error or "")
    assert found[1].error is None
    assert sum(asked.path == CHAT for asked, _ in models.log) == 2


def test_a_redirect_is_not_followed(make: Make, models: HTTPServer) -> None:
    where = models.url_for("/elsewhere")
    models.expect_request(CHAT).respond_with_data("", status=307, headers={"Location": where})

    with pytest.raises(EndpointError, match="307") as caught:
        only(make())

    assert where in caught.value.next_step
    assert all(asked.path != "/elsewhere" for asked, _ in models.log)


def test_a_body_of_more_than_eight_mebibytes_is_not_read_to_its_end(
    make: Make, models: HTTPServer
) -> None:
    def flood(_: Received) -> Response:
        return Response((b"x" * 2**20 for _ in range(1024)), 200)

    models.expect_request(CHAT).respond_with_handler(flood)

    assert "larger than 8 MiB" in (only(make()).error or "")


@pytest.mark.parametrize(
    ("body", "encoding", "said"),
    [
        (gzip.compress(b"0" * 50_000_000), "gzip", "larger than 8 MiB"),
        (gzip.compress(json.dumps(GOOD).encode())[:-9], "gzip", "cut before its end"),
        (b"plain", "deflate", "cannot be unpacked"),
        (b"any", "br", "compressed"),
    ],
)
def test_a_compressed_body_is_refused_where_it_swells_or_cannot_be_read(
    make: Make, models: HTTPServer, body: bytes, encoding: str, said: str
) -> None:
    models.expect_request(CHAT).respond_with_data(body, headers={"Content-Encoding": encoding})

    assert said in (only(make()).error or "")


@pytest.mark.slow
def test_a_server_that_trickles_is_cut_off_at_the_deadline(
    make: Make, models: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.errors.BusyError.attempts", 1)
    stop = threading.Event()

    def trickle(_: Received) -> Response:
        return Response((b" " for _ in range(40) if not stop.wait(0.1)), 200)

    models.expect_request(CHAT).respond_with_handler(trickle)
    started = time.monotonic()

    assert "within 0.5 s" in (only(make(timeout_seconds=0.5)).error or "")

    assert time.monotonic() - started < 1.5
    stop.set()


def raw_server(reply: bytes, *, wait_seconds: float = 0.0) -> tuple[socket.socket, str]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                asked = peer.recv(65536)
                if b"/models" in asked:
                    peer.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                    continue
                peer.sendall(reply)
                time.sleep(wait_seconds)

    threading.Thread(target=serve, daemon=True).start()
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


BROKEN = {
    "cut by its length": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
    "cut in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    "no HTTP": b"hello\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_reply_is_never_scored(slept: Slept, reply: bytes) -> None:
    listener, url = raw_server(reply)
    generator = EndpointGenerator(ModelRef(id="m", base_url=url), sleep=slept)

    assert "broke off" in (only(generator).error or "")
    assert len(slept.seconds) == 5
    generator.close()
    listener.close()


@pytest.mark.slow
def test_a_reply_that_stalls_after_its_headers_ends_at_the_deadline(
    slept: Slept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.errors.BusyError.attempts", 1)
    listener, url = raw_server(BROKEN["cut by its length"], wait_seconds=3)
    ref = ModelRef(id="m", base_url=url, timeout_seconds=0.5)
    generator = EndpointGenerator(ref, sleep=slept)
    started = time.monotonic()

    assert "within 0.5 s" in (only(generator).error or "")

    assert time.monotonic() - started < 1.5
    generator.close()
    listener.close()


def test_nobody_listening_is_said_at_once(slept: Slept) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    generator = EndpointGenerator(
        ModelRef(id="m", base_url=f"http://127.0.0.1:{port}"), sleep=slept
    )

    with pytest.raises(EndpointError, match="No server answers") as caught:
        only(generator)

    assert caught.value.exit_code == 4
    assert slept.seconds == []


def test_an_unknown_host_is_said_at_once(slept: Slept) -> None:
    generator = EndpointGenerator(ModelRef(id="m", base_url="http://nowhere.invalid"), sleep=slept)

    with pytest.raises(EndpointError, match=r"nowhere\.invalid"):
        only(generator)


def test_a_model_that_is_not_served_is_named_with_those_that_are(
    make: Make, models: HTTPServer
) -> None:
    models.expect_request(CHAT).respond_with_json({"detail": "Not Found"}, status=404)

    with pytest.raises(EndpointError, match="does not serve 'other'; it lists m"):
        only(make(id="other"))


def test_a_page_instead_of_a_list_of_models_is_no_model_server(
    make: Make, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/v1/models").respond_with_data("<html>welcome</html>")

    with pytest.raises(EndpointError, match="not that of an OpenAI-compatible server"):
        only(make())


def test_a_server_without_a_list_of_models_may_answer_all_the_same(
    make: Make, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/v1/models").respond_with_data("no cache", status=500)
    httpserver.expect_request(CHAT).respond_with_json(GOOD)

    assert only(make()).text == "42"


def test_the_key_comes_from_the_environment_and_stays_out_of_every_message(
    make: Make, models: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMO_KEY", "sk-canary")
    models.expect_request(CHAT, headers={"Authorization": "Bearer sk-canary"}).respond_with_data(
        '{"error": {"message": "bad key sk-canary"}}', status=401
    )

    with pytest.raises(EndpointError, match="401") as caught:
        only(make(api_key_env="DEMO_KEY"))

    assert "sk-canary" not in f"{caught.value} {caught.value.next_step} {caught.value.__notes__}"
    assert "$DEMO_KEY" in caught.value.next_step


@pytest.mark.parametrize("key", [None, "", " \n", "sk-canary\nsk-other", "sk-canary\u00e9"])
def test_a_key_that_is_none_is_said_before_any_call(
    make: Make, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.delenv("DEMO_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("DEMO_KEY", key)

    with pytest.raises(EndpointError, match="DEMO_KEY") as caught:
        make(api_key_env="DEMO_KEY")

    assert "sk-" not in f"{caught.value} {caught.value.next_step}"


def test_a_line_break_at_the_end_of_a_key_is_no_part_of_it(
    make: Make, models: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMO_KEY", "sk-canary\n")
    models.expect_request(CHAT, headers={"Authorization": "Bearer sk-canary"}).respond_with_json(
        GOOD
    )

    assert only(make(api_key_env="DEMO_KEY")).text == "42"


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/v1",
        "http://2852039166/v1",
        "http://0251.0376.0251.0376/v1",
        "http://[fe80::1]/v1",
        "http://[::ffff:169.254.169.254]/v1",
    ],
)
def test_addresses_that_hand_out_credentials_are_refused(url: str) -> None:
    with pytest.raises(UnsafeError, match="metadata"):
        only(EndpointGenerator(ModelRef(id="m", base_url=url)))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://host/v1",
        "ftp://me:pw@host/v1",
        "localhost:8000",
        "http://me:pw@host/v1",
        "http://host:99999/v1",
        "http://[::1/v1",
        "http://",
    ],
)
def test_a_base_url_must_be_plain_http(url: str) -> None:
    with pytest.raises(SpecError, match="base_url") as caught:
        EndpointGenerator(ModelRef(id="m", base_url=url))

    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "setup",
    [
        ChatSetup(template="{{ messages }}"),
        ChatSetup(add_generation_prompt=False),
        ChatSetup(add_special_tokens=True),
        ChatSetup(split_special_tokens=True),
        ChatSetup(stop_tokens=()),
    ],
)
def test_what_an_endpoint_cannot_honour_is_refused(make: Make, setup: ChatSetup) -> None:
    with pytest.raises(SpecError, match="renders the template itself"):
        list(make().generate([Request((Message("user", "hi"),), setup, Decoding())]))


def test_beams_are_refused(make: Make) -> None:
    with pytest.raises(SpecError, match="beams"):
        only(make(), asking(num_beams=2))


def test_a_model_swapped_in_the_middle_ends_the_run(make: Make, models: HTTPServer) -> None:
    one_bad_then_good(models, Response(json.dumps({**GOOD, "model": "m-0"}), 200))

    with pytest.raises(EvidenceError, match="'m-0' and now as 'm'"):
        list(make().generate([asking("a"), asking("b")]))


def test_a_prompt_that_the_server_cut_is_no_answer(make: Make, models: HTTPServer) -> None:
    short = {**GOOD, "usage": {"prompt_tokens": 400, "completion_tokens": 1}}
    models.expect_request(CHAT).respond_with_json(short)

    assert "cut the prompt" in (only(make(), asking("word " * 5000)).error or "")


@pytest.mark.slow
def test_a_server_lost_in_the_middle_ends_the_run(slept: Slept) -> None:
    server = HTTPServer(port=0)
    server.start()
    server.expect_request("/v1/models").respond_with_json({"data": [{"id": "m"}]})
    server.expect_request(CHAT).respond_with_json(GOOD)
    generator = EndpointGenerator(ModelRef(id="m", base_url=server.url_for("/v1")), sleep=slept)
    only(generator)
    server.stop()

    with pytest.raises(EndpointError, match="lost"):
        only(generator)

    generator.close()


def test_the_identity_names_server_and_model(make: Make) -> None:
    first, same, other = make(), make(concurrency=3), make(id="n")

    assert first.identity == same.identity
    assert first.identity != other.identity


def test_nothing_asked_calls_nobody(make: Make, httpserver: HTTPServer) -> None:
    assert list(make().generate([])) == []
    assert httpserver.log == []


@pytest.mark.model
def test_a_real_server_answers_a_real_question(demo_ref: ModelRef) -> None:
    from ladder.testing import llama_server

    text = (
        "Extract the order number from the ticket. Reply with the number only.\n\n"
        "Ticket: hello, order 622: move to the bigger plan. it is urgent."
    )
    with llama_server(demo_ref) as ref:
        generator = EndpointGenerator(ref)
        held = asking(text, max_new_tokens=24, constraint=ORDER)
        asked = [asking(text, max_new_tokens=12), asking("word " * 6000), held]
        found = dict(generator.generate(asked))
        generator.close()

    assert "622" in found[0].text
    assert json.loads(found[2].text) == {"order": 622}
    assert found[0].prompt_tokens > 50
    assert "context" in (found[1].error or "")
