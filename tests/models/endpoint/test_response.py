"""What is read of a reply: the answer alone, its thoughts apart, and why it ended."""

import json
from typing import Any

import pytest

from ladder.errors import MalformedError
from ladder.measure.read_answer import read_answer
from ladder.models.base import Answer
from ladder.models.endpoint.response import MOST_CHARACTERS, Reply, read_completion
from ladder.scoring import load_metric
from ladder.spec.metric_spec import MetricSpec


def read(message: Any, reason: object = "stop", *, limit: int = 0, tokens: int = 1) -> Reply:
    choice = {"message": message, "finish_reason": reason}
    usage = {"prompt_tokens": 9, "completion_tokens": tokens}
    body = json.dumps({"model": "m", "choices": [choice], "usage": usage})
    return read_completion(body.encode(), chat=True, max_new_tokens=limit)


def part(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


THINKING = part("thinking", thinking=[part("text", text="One more.")])


@pytest.mark.parametrize(
    "message",
    [
        {"content": "42", "reasoning_content": "One more."},
        {"content": "42", "reasoning": "One more."},
        {"content": "42", "thinking": "One more."},
        {"content": "42", "reasoning_details": [part("reasoning.text", text="One more.")]},
        {"content": "42", "reasoning": None, "reasoning_content": "One more."},
        {"content": "42", "reasoning": {"content": "One more."}},
        {"content": [THINKING, part("text", text="42")]},
        {"content": [part("thinking", thinking="One more."), part("output_text", text="42")]},
        {"content": [part("reasoning", text="One more."), part("text", text="42")]},
        {"content": [part("reasoning", summary=[part("summary_text", text="One more.")]), "42"]},
        {"content": [part("text", text="One more.", thought=True), part("text", text="42")]},
        {"content": [THINKING, part("text", text="4"), part("text", text="2")]},
        {"content": [THINKING, part("text", text={"value": "42", "annotations": []})]},
    ],
)
def test_thoughts_stand_apart_from_the_answer(message: dict[str, Any]) -> None:
    reply = read({"role": "assistant", **message})

    assert (reply.text, reply.thoughts, reply.finish_reason) == ("42", "One more.", "stop")


@pytest.mark.parametrize(
    "content",
    ["42", [part("text", text="42")], part("text", text="42"), ["4", "2"], [{"text": "42"}]],
)
def test_an_answer_is_its_text_parts_joined(content: object) -> None:
    assert read({"content": content}).text == "42"


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("eos_token", "stop"),
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("STOP", "stop"),
        ("COMPLETE", "stop"),
        ("tool_calls", "stop"),
        ("function_call", "stop"),
        (None, "stop"),
        ("", "stop"),
        ("magic", "stop"),
        (7, "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("MAX_TOKENS", "length"),
        ("max_output_tokens", "length"),
        ("model_length", "length"),
        ("model_context_window_exceeded", "length"),
        ("content_filter", "filtered"),
        ("SAFETY", "filtered"),
        ("RECITATION", "filtered"),
        ("PROHIBITED_CONTENT", "filtered"),
        ("guardrail_intervened", "filtered"),
        ("refusal", "refused"),
    ],
)
def test_the_words_of_real_services_for_an_end_are_known(reason: object, meaning: str) -> None:
    assert read({"content": "42"}, reason).finish_reason == meaning


def test_a_word_that_is_not_known_is_kept_and_ends_nothing() -> None:
    reply = read({"content": "42"}, "magic")

    assert (reply.text, reply.unknown_reason) == ("42", "magic")
    assert read({"content": "42"}, None).unknown_reason == ""


@pytest.mark.parametrize("reason", [None, "magic"])
def test_an_answer_as_long_as_asked_for_was_cut_where_the_server_says_nothing(
    reason: object,
) -> None:
    assert read({"content": "42"}, reason, limit=8, tokens=8).finish_reason == "length"
    assert read({"content": "42"}, reason, limit=8, tokens=7).finish_reason == "stop"
    assert read({"content": "42"}, "stop", limit=8, tokens=8).finish_reason == "stop"


@pytest.mark.parametrize("reason", ["abort", "error", "cancelled", "network_error", "TIMEOUT"])
def test_an_answer_that_broke_off_is_none(reason: str) -> None:
    with pytest.raises(MalformedError, match="broke off"):
        read({"content": "4"}, reason)


@pytest.mark.parametrize(
    "message",
    [
        {"content": None, "refusal": "I cannot help."},
        {"content": "", "refusal": "I cannot help."},
        {"content": [part("refusal", refusal="I cannot help.")]},
        {"refusal": "I cannot help."},
    ],
)
def test_a_refusal_is_told_from_an_answer(message: dict[str, Any]) -> None:
    reply = read(message)

    assert (reply.text, reply.finish_reason) == ("I cannot help.", "refused")


@pytest.mark.parametrize(("content", "before"), [(None, ""), ("Let me see.", "Let me see.\n")])
def test_tools_that_are_called_by_name_are_the_answer_in_one_form(
    content: str | None, before: str
) -> None:
    call = {"id": "1", "function": {"name": "weigh", "arguments": '{"what": "ü"}'}}

    reply = read({"content": content, "tool_calls": [call]}, "tool_calls")

    call_text = '{"name": "weigh", "arguments": {"what": "ü"}}'
    assert reply.text == f"{before}<tool_call>\n{call_text}\n</tool_call>"


def test_a_call_that_the_limit_cuts_stays_open() -> None:
    metric = load_metric(MetricSpec(name="tool_calls"))
    wanted = '[{"name": "weigh", "arguments": {"what": "salt", "grams": 31}}]'

    for given, is_open in (('{"what": "salt", "gr', True), ('{"what": "pepper", "gr', False)):
        call = {"id": "1", "function": {"name": "weigh", "arguments": given}}
        reply = read({"content": None, "tool_calls": [call]}, "length")
        answer = Answer(reply.text, finish_reason=reply.finish_reason)
        assert read_answer(metric, answer, [wanted]).could_be_right == is_open


@pytest.mark.parametrize("name", ["tool_calls", "function_call"])
@pytest.mark.parametrize("content", [None, ""])
def test_a_call_without_a_name_is_an_empty_answer(name: str, content: str | None) -> None:
    reply = read({"content": content, name: [{"id": "1"}]}, name)

    assert (reply.text, reply.finish_reason) == ("", "stop")


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"content": "", "reasoning": "42"}, "reasoning"),
        ({"content": None, "reasoning_content": "42"}, "reasoning_content"),
        ({"content": "\n", "thinking": "42"}, "thinking"),
        ({"content": [], "thoughts": "42"}, "empty list"),
        ({"content": [THINKING]}, "parts of type thinking"),
        ({"content": [THINKING, part("text", text="")]}, "parts of type thinking"),
        ({"content": "", "reasoning_details": [part("reasoning.text", text="42")]}, "_details"),
        ({"reasoning": "42"}, "reasoning"),
        ({"content": "", "reasoning": "42", "tool_calls": []}, "reasoning"),
        ({"content": "", "reasoning": "", "reasoning_content": "42"}, "reasoning_content"),
    ],
)
def test_an_empty_text_beside_thoughts_is_no_answer_and_names_the_field(
    message: dict[str, Any], field: str
) -> None:
    with pytest.raises(MalformedError, match=field):
        read(message)


@pytest.mark.parametrize("reason", ["length", "max_tokens", "content_filter"])
def test_a_thought_that_was_cut_is_an_empty_cut_answer(reason: str) -> None:
    reply = read({"content": "", "reasoning": "41 or"}, reason)

    assert (reply.text, reply.thoughts) == ("", "41 or")
    assert reply.finish_reason in ("length", "filtered")


@pytest.mark.parametrize("content", [4, True, [4], [part("image_url", url="x")], [None]])
def test_what_is_no_text_is_no_answer(content: object) -> None:
    with pytest.raises(MalformedError):
        read({"content": content})


def test_an_answer_of_megabytes_is_cut() -> None:
    reply = read({"content": "a" * 1_000_000, "reasoning": "b" * 1_000_000})

    assert len(reply.text) == len(reply.thoughts) == MOST_CHARACTERS
    assert reply.finish_reason == "length"


@pytest.mark.parametrize("answer", [{"city": "Köln"}, {"summary": "x"}, {"type": "invoice"}])
def test_a_json_answer_that_a_gateway_has_read_already_is_written_again(answer: Any) -> None:
    assert json.loads(read({"content": answer}).text) == answer
