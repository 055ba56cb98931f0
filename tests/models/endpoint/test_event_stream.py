"""Answers that come as a stream, as real services and gateways write one."""

import json
from typing import Any

import pytest

from ladder.errors import BusyError, MalformedError
from ladder.models.endpoint.response import Reply, read_completion

Json = dict[str, Any]


def piece(reason: str | None = None, **delta: Any) -> Json:
    return {"model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def event(value: Json) -> str:
    return f"data: {json.dumps(value)}\n\n"


def in_lines(value: Json) -> str:
    return "".join(f"data: {line}\n" for line in json.dumps(value, indent=1).splitlines()) + "\n"


TEXT = [piece(role="assistant", content=""), piece(content="4"), piece(content="2"), piece("stop")]
SAID = "".join(map(event, TEXT))
DONE = "data: [DONE]\n\n"


def read(stream: str, *, chat: bool = True) -> Reply:
    return read_completion(stream.encode(), chat=chat)


@pytest.mark.parametrize(
    "stream",
    [
        SAID,
        SAID + DONE,
        ":\n\n:\n\n" + SAID + DONE,
        ":ping\n\n" + SAID,
        ": OPENROUTER PROCESSING\n\n" + SAID,
        "retry: 3000\nid: 1\n" + SAID,
        'event: ping\ndata: {"type": "ping"}\n\n' + SAID,
        "\ufeff" + SAID,
        SAID.replace("\n", "\r\n"),
        SAID.replace("\n\n", "\n"),
        "".join(map(in_lines, TEXT)),
        "".join(f"{json.dumps(each)}\n" for each in TEXT),
        event({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}) + SAID,
        SAID + event({"choices": [], "usage": {"prompt_tokens": 9}}),
        event(piece(content="4")) + event(piece(content="2")) + DONE,
        event({"choices": [{"message": {"content": "42"}, "finish_reason": "stop"}]}),
        event(piece(content=[{"type": "text", "text": "4"}])) + event(piece("stop", content="2")),
    ],
)
def test_a_stream_is_read_in_every_form_that_services_write(stream: str) -> None:
    reply = read(stream)

    assert (reply.text, reply.thoughts, reply.finish_reason) == ("42", "", "stop")


def test_a_gateway_that_sends_the_text_so_far_beside_each_piece_is_read_once() -> None:
    said = ("4", "42")
    both = [
        {**piece(content=text[-1])["choices"][0], "message": {"content": text}} for text in said
    ]
    stream = "".join(event({"choices": [each]}) for each in both)

    assert read(stream + event(piece("stop"))).text == "42"


@pytest.mark.parametrize(
    "thought",
    [
        [piece(reasoning_content="One "), piece(reasoning_content="more.", content=None)],
        [piece(reasoning="One "), piece(reasoning="more.", content="")],
        [
            piece(content=[{"type": "thinking", "thinking": [{"type": "text", "text": text}]}])
            for text in ("One ", "more.")
        ],
        [piece(reasoning_details=[{"type": "reasoning.text", "text": "One more."}])],
    ],
)
def test_thoughts_in_a_stream_stand_apart_from_the_answer(thought: list[Json]) -> None:
    reply = read("".join(map(event, [*thought, *TEXT])))

    assert (reply.text, reply.thoughts) == ("42", "One more.")


def called(at: int | None, name: str = "", arguments: str = "", **fields: Any) -> Json:
    function = {**({"name": name} if name else {}), "arguments": arguments}
    place = {} if at is None else {"index": at}
    return piece(tool_calls=[{**place, **fields, "type": "function", "function": function}])


@pytest.mark.parametrize(
    "calls",
    [
        [called(0, "time", id="a"), called(0, "", '{"zone": '), called(0, "", '"UTC"}')],
        [called(0, "time", '{"zone": "UTC"}', id="a")],
        [called(None, "time", '{"zone": "UTC"}')],
        [called(None, "time", id="a"), called(None, "", '{"zone": "UTC"}', id="a")],
    ],
)
def test_a_call_of_a_tool_is_put_together_from_its_pieces(calls: list[Json]) -> None:
    reply = read("".join(map(event, [*calls, piece("tool_calls")])))

    call = '<tool_call>\n{"name": "time", "arguments": {"zone": "UTC"}}\n</tool_call>'
    assert (reply.text, reply.finish_reason) == (call, "stop")


@pytest.mark.parametrize("places", [(0, 1), (0, 0), (None, None)])
def test_two_calls_stay_two_also_where_a_service_gives_them_one_place(places: Any) -> None:
    one, other = (
        called(at, name, "{}", id=name) for at, name in zip(places, ("time", "date"), strict=True)
    )

    reply = read(event(one) + event(other) + event(piece("tool_calls")))

    assert reply.text.count("<tool_call>") == 2
    assert reply.text.index("time") < reply.text.index("date")


def test_a_plain_completion_is_streamed_as_well() -> None:
    pieces = [{"choices": [{"text": text, "finish_reason": None}]} for text in "42"]

    assert read("".join(map(event, pieces)) + DONE, chat=False).text == "42"


def test_likelihoods_of_a_stream_are_read() -> None:
    told = [{"token": "4", "top_logprobs": [{"token": "4", "logprob": -0.1}]}]
    first = piece(content="4")
    first["choices"][0]["logprobs"] = {"content": told}

    assert read(event(first) + event(piece("stop"))).first_word.positions


@pytest.mark.parametrize(
    "stream",
    [
        event(piece(content="4")),
        event(piece(content="says [DONE]")),
        event(piece(content="4")) + 'data: {"choices": [{"del',
    ],
)
def test_a_stream_that_breaks_off_is_no_answer_and_says_so(stream: str) -> None:
    with pytest.raises(BusyError, match="a stream that breaks off"):
        read(stream)


def test_an_error_within_a_stream_is_told_and_what_was_said_before_is_no_answer() -> None:
    error = {**piece("error", content=""), "error": {"code": "server_error", "message": "Gone."}}

    with pytest.raises(MalformedError, match=r"'Gone\.'"):
        read(event(piece(content="4")) + event(error))
