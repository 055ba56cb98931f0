"""What gateways and proxies between ladder and a model do, and what is told of it."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from ladder.errors import CandidateRefusedError, EndpointError
from ladder.finding import Finding
from ladder.models import Answer, Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing.scripted_server import Behave, Body, ScriptedServer, Sent

LISTED = Sent({"data": [{"id": "m"}]})
GOOD = Sent({"model": "m", "choices": [{"message": {"content": "42"}, "finish_reason": "stop"}]})


def ask(
    server: ScriptedServer, behave: Behave, n: int = 8, **fields: Any
) -> tuple[list[Answer], tuple[Finding, ...]]:
    """Return the answers of a server that lists its model and answers calls as `behave` says."""
    server.behave = lambda path, body: LISTED if path.endswith("/models") else behave(path, body)
    ref = ModelRef(**{"id": "m", "base_url": server.url, "concurrency": 4, **fields})
    with closing(EndpointGenerator(ref, sleep=lambda _: None)) as endpoint:
        requests = [
            Request((Message("user", str(at)),), ChatSetup(), Decoding()) for at in range(n)
        ]
        found = dict(endpoint.generate(requests))
        return [found[at] for at in sorted(found)], endpoint.findings()


def streamed(body: Body) -> Iterator[str]:
    for text in "42":
        yield json.dumps({"model": "m", "choices": [{"delta": {"content": text}}]})
    yield json.dumps({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    if "stream_options" in body:
        yield json.dumps({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}})
    yield "[DONE]"


ONLY_STREAM = (
    "This model only support stream mode, please enable the stream parameter.",
    "parameter.enable_thinking must be set to false for non-streaming calls",
    "Stream must be set to true",
    "Streaming is strongly recommended for operations that may take longer than 10 minutes",
)


@pytest.mark.parametrize("said", ONLY_STREAM)
def test_a_server_that_only_streams_is_asked_to(server: ScriptedServer, said: str) -> None:
    def behave(_: str, body: Body) -> Sent:
        if not body.get("stream"):
            return Sent({"error": {"message": said}}, 400)
        return Sent("".join(f"data: {each}\n\n" for each in streamed(body)))

    answers, _ = ask(server, behave, extra_body={"enable_thinking": True})

    assert {each.text for each in answers} == {"42"}
    assert {each.completion_tokens for each in answers} == {2}


def test_a_server_that_streams_and_counts_no_tokens_is_told(server: ScriptedServer) -> None:
    def behave(_: str, body: Body) -> Sent:
        if not body.get("stream"):
            return Sent({"detail": ONLY_STREAM[2]}, 400)
        if "stream_options" in body:
            return Sent({"error": {"message": "Unknown parameter: stream_options"}}, 400)
        return Sent("".join(f"data: {each}\n\n" for each in streamed(body)))

    answers, findings = ask(server, behave)

    assert {each.text for each in answers} == {"42"}
    assert "how many tokens they have is not told" in findings[0].problem
    assert "N16 tokens-not-counted" in {each.code for each in findings}


@pytest.mark.parametrize("code", [429, 502, 503])
def test_an_overload_that_is_told_with_status_200_is_waited_for(
    server: ScriptedServer, code: int
) -> None:
    def behave(_: str, body: Body) -> Sent:
        del body
        error = {"message": "Provider returned error", "code": code}
        return Sent({"error": error}) if len(server.calls) < 5 else GOOD

    [answer], _ = ask(server, behave, n=1)

    assert (answer.text, answer.error) == ("42", None)


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_slash_at_the_end_of_a_path_is_learnt_once(server: ScriptedServer, status: int) -> None:
    def behave(path: str, body: Body) -> Sent:
        del body
        return GOOD if path.endswith("/") else Sent("", status, {"Location": f"{path}/"})

    answers, _ = ask(server, behave, concurrency=1)

    assert {each.text for each in answers} == {"42"}
    assert len(server.calls) == len(answers) + 1


def error_of(server: ScriptedServer, sent: Sent, **fields: Any) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        ask(server, lambda *_: sent, **fields)
    return caught.value


def test_a_redirect_to_https_gives_the_address_to_write(server: ScriptedServer) -> None:
    place = "https://models.example.com/v1"
    error = error_of(server, Sent("", 308, {"Location": f"{place}/chat/completions?x=private"}))

    assert error.next_step.endswith(f"set model.base_url to {place}.")
    assert "private" not in f"{error} {error.next_step}"


SIGN_IN = "<!DOCTYPE html><html><head><title>Sign in to Corp</title></head></html>"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (Sent(SIGN_IN), "Sign in to Corp"),
        (Sent(SIGN_IN, 403), "Sign in to Corp"),
        (Sent(SIGN_IN, 400), "Sign in to Corp"),
        (Sent("", 302, {"Location": "https://login.corp/sso?from=x"}), "https://login.corp/sso"),
    ],
)
def test_a_page_to_sign_in_is_told_as_that(server: ScriptedServer, sent: Sent, words: str) -> None:
    error = error_of(server, sent)

    assert words in str(error)
    assert "page to sign in answers in the server's place" in error.next_step


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ("API key not valid. Please pass a valid API key.", 400, "model.api_key_env"),
        ("litellm.AuthenticationError: OpenAIException - Incorrect API key", 400, "api_key_env"),
        ("This model's maximum context length is 4096 tokens", 400, "generation.max_new_tokens"),
        ("pending", 202, "answers in the same call"),
        ("Resource not found", 404, "model.base_url"),
    ],
)
def test_what_to_do_fits_what_a_gateway_says(
    server: ScriptedServer, said: str, status: int, words: str
) -> None:
    assert words in error_of(server, Sent({"error": {"message": said}}, status)).next_step


def test_a_budget_of_a_gateway_that_is_used_up_ends_the_run_at_once(server: ScriptedServer) -> None:
    error = {"message": "Budget has been exceeded! Max budget: 10", "type": "budget_exceeded"}

    assert "used up" in str(error_of(server, Sent({"error": error}, 400)))
    assert len(server.calls) <= 4


def test_a_listed_model_that_is_not_deployed_is_not_told_to_be_written(
    server: ScriptedServer,
) -> None:
    said = {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}
    error = error_of(server, Sent({"error": said}, 404))

    assert "lists 'm' and does not serve it" in str(error)
    assert "deployment" in error.next_step


@pytest.mark.parametrize("encoding", ["", "identity", "none", "utf-8", "identity, identity"])
def test_an_encoding_that_is_none_hides_no_answer(server: ScriptedServer, encoding: str) -> None:
    answers, _ = ask(server, lambda *_: Sent(GOOD.body, headers={"Content-Encoding": encoding}))

    assert {each.text for each in answers} == {"42"}


LOADING = Sent({"error": {"code": 503, "message": "Loading model"}}, 503)


def test_a_server_that_loads_its_model_is_waited_for(server: ScriptedServer) -> None:
    answers, _ = ask(server, lambda *_: LOADING if len(server.calls) < 60 else GOOD, n=4)

    assert {(each.text, each.error) for each in answers} == {("42", None)}


def test_a_server_that_only_loads_is_told_with_how_to_wait_longer(server: ScriptedServer) -> None:
    error = error_of(server, LOADING)

    assert "Loading model" in str(error)
    assert "model.wait_minutes" in error.next_step


def test_a_wait_that_a_server_asks_for_is_as_long_as_the_user_says(server: ScriptedServer) -> None:
    crowded = Sent({"error": "slow down"}, 429, {"Retry-After": "150"})

    assert "model.wait_minutes: 3" in error_of(server, crowded).next_step
    server.calls.clear()
    answers, _ = ask(server, lambda *_: crowded if len(server.calls) < 3 else GOOD, wait_minutes=3)

    assert {each.text for each in answers} == {"42"}


def test_a_limit_of_calls_a_minute_costs_no_answer(server: ScriptedServer) -> None:
    crowded = Sent({"error": "Rate limit reached for requests per min"}, 429)

    answers, _ = ask(server, lambda *_: crowded if len(server.calls) < 20 else GOOD, n=1)

    assert [each.text for each in answers] == ["42"]


def test_a_probe_waits_for_a_model_that_is_loaded(server: ScriptedServer) -> None:
    def behave(path: str, body: Body) -> Sent:
        if path.endswith("/models"):
            return LISTED
        held = body.get("response_format") is not None
        said = {"message": {"content": '{"bird": "heron"}' if held else "a b c"}}
        return LOADING if len(server.calls) < 20 else Sent({"model": "m", "choices": [said]})

    server.behave = behave
    ref = ModelRef(id="m", base_url=server.url)
    with closing(EndpointGenerator(ref, sleep=lambda _: None)) as endpoint:
        found = endpoint.find_abilities([Request((Message("user", "1"),), ChatSetup(), Decoding())])

    assert (found["json_schema"], found["calls"] <= 12) == (True, True)


def chosen(**choice: Any) -> Sent:
    return Sent({"model": "m", "choices": [{"index": 0, **choice}]})


HALF = {"role": "assistant", "content": "4"}
TOLD_IN_A_REPLY: dict[str, Sent] = {
    "OpenRouter, broken off": chosen(message=HALF, error={"code": 502, "message": "Upstream"}),
    "the same with a word for the end": chosen(
        message=HALF, error={"code": 502, "message": "Upstream"}, finish_reason="error"
    ),
    "no code": Sent({"error": {"message": "Rate limit exceeded", "type": "rate_limit_error"}}),
    "overloaded": Sent({"error": {"type": "overloaded_error", "message": "Overloaded"}}),
    "in a stream": Sent(
        f"data: {json.dumps({'choices': [{'delta': {'content': '4'}}]})}\n\n"
        f"data: {json.dumps({'choices': [{'error': {'code': 502, 'message': 'x'}}]})}\n\n"
        "data: [DONE]\n\n"
    ),
}


@pytest.mark.parametrize("name", TOLD_IN_A_REPLY)
def test_an_error_in_a_reply_is_no_answer_whatever_was_said_before_it(
    server: ScriptedServer, name: str
) -> None:
    def behave(_: str, body: Body) -> Sent:
        del body
        return TOLD_IN_A_REPLY[name] if len(server.calls) < 4 else GOOD

    [answer], _ = ask(server, behave, n=1)

    assert (answer.text, answer.error) == ("42", None)


def test_a_field_that_is_refused_with_status_200_is_learnt(server: ScriptedServer) -> None:
    raw = json.dumps(
        {"error": {"message": "'temperature' does not support 0", "param": "temperature"}}
    )
    refusal = {"message": "Provider returned error", "code": 400, "metadata": {"raw": raw}}

    def behave(_: str, body: Body) -> Sent:
        return Sent({"error": refusal}) if "temperature" in body else GOOD

    answers, findings = ask(server, behave)

    assert {each.text for each in answers} == {"42"}
    assert [each.code[:3] for each in findings if "temperature" in each.problem] == ["N01"]


@pytest.mark.parametrize(
    ("reason", "meant"), [("content_filter", "filtered"), ("length", "length"), ("stop", "error")]
)
@pytest.mark.parametrize("message", [{"message": {"role": "assistant"}}, {}])
def test_a_reply_without_any_text_says_why_or_is_none(
    server: ScriptedServer, message: Body, reason: str, meant: str
) -> None:
    empty = chosen(**message, finish_reason=reason)

    answers, _ = ask(server, lambda _, body: GOOD if "7" in json.dumps(body) else empty)

    assert [each.finish_reason for each in answers] == [meant] * 7 + ["stop"]
    assert {each.text for each in answers[:7]} == {""}


@pytest.mark.parametrize("shown", [{"text": "42"}, {"delta": {"content": "42"}}])
def test_a_text_under_another_name_is_read(server: ScriptedServer, shown: Body) -> None:
    answers, _ = ask(server, lambda *_: chosen(**shown, finish_reason="stop"))

    assert {each.text for each in answers} == {"42"}


CROWDS: dict[str, Sent] = {
    "Bedrock": Sent({"__type": "ThrottlingException", "message": "Too many tokens, wait."}, 400),
    "Bedrock's gateway": Sent({"detail": "(ThrottlingException) Too many requests"}, 500),
    "no wait at all": Sent({"error": {"message": "slow down"}}, 429, {"Retry-After": "0"}),
    "TGI": Sent({"error": "Request failed during generation", "error_type": "generation"}, 424),
}


@pytest.mark.parametrize("name", CROWDS)
def test_a_crowd_loses_no_answer_under_whatever_status_it_is_told(
    server: ScriptedServer, name: str
) -> None:
    def behave(_: str, body: Body) -> Sent:
        del body
        return CROWDS[name] if len(server.calls) <= 8 else GOOD

    answers, findings = ask(server, behave)

    assert {(each.text, each.error) for each in answers} == {("42", None)}
    assert not [each for each in findings if each.code.startswith("N01")]


def test_a_refusal_that_quotes_a_prompt_about_crowds_is_none(server: ScriptedServer) -> None:
    refusal = Sent({"error": {"message": "cannot be parsed: 'rate limit exceeded'"}}, 400)

    answers, _ = ask(
        server, lambda _, body: refusal if "3" in json.dumps(body["messages"]) else GOOD
    )

    assert [each.finish_reason for each in answers] == ["stop"] * 3 + ["refused"] + ["stop"] * 4
    assert len(server.calls) == 8


def test_a_wait_that_stands_in_the_words_alone_is_kept(server: ScriptedServer) -> None:
    slept: list[float] = []
    said = "Rate limit reached for m on tokens per minute (TPM). Please try again in 17.5s."

    def behave(path: str, body: Body) -> Sent:
        del body
        busy = Sent({"error": {"message": said}}, 429)
        return LISTED if path.endswith("/models") else busy if len(server.calls) < 2 else GOOD

    server.behave = behave
    ref = ModelRef(id="m", base_url=server.url)
    with closing(EndpointGenerator(ref, sleep=slept.append)) as endpoint:
        [(_, answer)] = endpoint.generate(
            [Request((Message("user", "1"),), ChatSetup(), Decoding())]
        )

    assert (answer.text, slept) == ("42", [17.5])


@pytest.mark.parametrize("status", [413, 429])
def test_a_prompt_that_no_limit_of_tokens_lets_through_is_refused_at_once(
    server: ScriptedServer, status: int
) -> None:
    said = "Request too large for m on tokens per min (TPM): Limit 30000, Requested 45000."
    refusal = Sent({"error": {"message": said, "code": "rate_limit_exceeded"}}, status)

    answers, _ = ask(
        server, lambda _, body: refusal if "3" in json.dumps(body["messages"]) else GOOD
    )

    assert [each.finish_reason for each in answers] == ["stop"] * 3 + ["refused"] + ["stop"] * 4
    assert len(server.calls) == 8


def test_prompts_that_a_filter_refuses_teach_nothing_of_fields(server: ScriptedServer) -> None:
    said = "Invalid prompt: your prompt was flagged as potentially violating our usage policy."

    answers, findings = ask(server, lambda *_: Sent({"error": {"message": said}}, 400))

    assert {each.finish_reason for each in answers} == {"filtered"}
    assert (len(server.calls), findings) == (8, ())


def test_a_refusal_that_the_same_call_does_not_meet_again_teaches_nothing_of_fields(
    server: ScriptedServer,
) -> None:
    crashed = Sent({"error": "The model has crashed without additional information."}, 400)

    def behave(_: str, body: Body) -> Sent:
        del body
        return crashed if len(server.calls) == 1 else GOOD

    [answer], findings = ask(server, behave, n=1)

    assert answer.text == "42"
    assert [each.code for each in findings if each.code.startswith("N01")] == []
    assert "temperature" in server.calls[-1]


@pytest.mark.parametrize(
    "listed", [[{"id": "m", "context_length": 99}], {"models": [{"name": "m"}]}]
)
def test_a_list_of_models_is_read_in_other_forms(server: ScriptedServer, listed: Any) -> None:
    refused = Sent({"error": {"message": "The engine failed"}}, 400)
    server.behave = lambda path, _: Sent(listed) if path.endswith("/models") else refused
    ref = ModelRef(id="m", base_url=server.url)

    with (
        closing(EndpointGenerator(ref, sleep=lambda _: None)) as endpoint,
        pytest.raises(EndpointError, match="The engine failed"),
    ):
        list(
            endpoint.generate(
                [Request((Message("user", str(at)),), ChatSetup(), Decoding()) for at in range(9)]
            )
        )


def test_a_page_of_a_proxy_whose_server_is_down_is_no_page_to_sign_in(
    server: ScriptedServer,
) -> None:
    page = "<html><title>504 Gateway Time-out</title></html>"

    with pytest.raises(EndpointError) as failed:
        ask(server, lambda *_: Sent(page, 504))

    assert failed.value.next_step.startswith("A proxy answers, as the server behind it is down")


def test_a_limit_below_what_a_gateway_takes_names_the_setting(server: ScriptedServer) -> None:
    said = "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16."
    refusal = Sent({"error": {"message": said, "param": "max_output_tokens"}}, 400)

    with pytest.raises(CandidateRefusedError, match=r"generation\.max_new_tokens"):
        ask(server, lambda *_: refusal)


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        (
            (
                "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you "
                "mean to use v1/completions?"
            ),
            404,
            "chat.mode: completion",
        ),
        (
            (
                "As of transformers v4.44, default chat template is no longer allowed, so you must provide a "
                "chat template if the tokenizer does not define one."
            ),
            400,
            "chat.mode: completion",
        ),
        ("Template error: template not found", 422, "chat.mode: completion"),
        (
            "This model is only supported in v1/responses and not in v1/chat/completions.",
            404,
            "a gateway that translates",
        ),
    ],
)
def test_a_model_that_takes_no_chat_is_told_with_what_it_takes(
    server: ScriptedServer, said: str, status: int, words: str
) -> None:
    with pytest.raises(EndpointError) as failed:
        ask(server, lambda *_: Sent({"error": {"message": said}}, status))

    assert words in failed.value.next_step
    assert said[:40] in str(failed.value)
    assert len(server.calls) <= 10
