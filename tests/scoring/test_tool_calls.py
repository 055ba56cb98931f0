# ruff: noqa: ISC004 - a table
"""Calls are read by the form in which a model writes them, and compared by value."""

import json

import pytest

from ladder.errors import MetricError
from ladder.measure.read_answer import read_answer
from ladder.models.base import Answer
from ladder.scoring import Metric, load_metric
from ladder.scoring.asked_sample import AskedSample
from ladder.spec.metric_spec import MetricSpec

GIVEN = {"city": "Ulm", "days": 3}
CALL = {"name": "weather", "arguments": GIVEN}
TIME = {"name": "time", "arguments": {"zone": "UTC"}}
ONE, TWO = json.dumps([CALL]), json.dumps([CALL, TIME])
HEAT = {"properties": {"unit": {"type": "string", "default": "c"}}}
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": HEAT}}]
SAID, ALSO = json.dumps(CALL), json.dumps(TIME)
ARGUMENTS = json.dumps(GIVEN)
LLAMA = json.dumps({"name": "weather", "parameters": GIVEN})
COHERE = json.dumps({"tool_call_id": "0", "tool_name": "weather", "parameters": GIVEN})
XML = (
    "<function=weather>\n<parameter=city>\nUlm\n</parameter>\n<parameter=days>\n3\n</parameter>\n"
    "</function>"
)
GLM = "weather\n<arg_key>city</arg_key>\n<arg_value>Ulm</arg_value>\n<arg_key>days</arg_key>\n<arg_value>3</arg_value>"
TEXT = "No tool of mine can do that."


def metric(**fields: str) -> Metric:
    loaded = load_metric(MetricSpec.model_validate({"name": "tool_calls", **fields}))
    return loaded.about(AskedSample(tools=TOOLS))


def tagged(*calls: str) -> str:
    return "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in calls)


RIGHT = {
    "Hermes": (tagged(SAID), ONE),
    "Hermes, on one line": (f"<tool_call>{SAID}</tool_call>", ONE),
    "Hermes, not closed": (f"<tool_call>\n{SAID}", ONE),
    "Hermes, a text before": (f"Let me look.\n{tagged(SAID)}", ONE),
    "Hermes, a text right before": (f"Let me look.{tagged(SAID)}", ONE),
    "Hermes, after a thought": (f"<think>Which city? Ulm.</think>\n{tagged(SAID)}", ONE),
    "two calls": (tagged(SAID, ALSO), TWO),
    "two calls, the other first": (tagged(ALSO, SAID), TWO),
    "two calls in one element": (f"<tool_call>\n{SAID}\n{ALSO}\n</tool_call>", TWO),
    "a list in one element": (f"<tool_calls>[{SAID}, {ALSO}]</tool_calls>", TWO),
    "Llama": (LLAMA, ONE),
    "Llama, with its tokens": (f"<|python_tag|>{LLAMA}<|eom_id|>", ONE),
    "Llama, with its type": (LLAMA.replace("{", '{"type": "function", ', 1), ONE),
    "Llama, several": (f"{LLAMA}; {ALSO}", TWO),
    "Llama 4, several": (f"<|python_start|><|python_end|>{LLAMA}{ALSO}", TWO),
    "Llama 3.1, function": (f"<function=weather>{ARGUMENTS}</function>", ONE),
    "Mistral": (f'[TOOL_CALLS][{SAID[:-1]}, "id": "abcdefghi"}}]</s>', ONE),
    "Mistral, with a blank": (f"[TOOL_CALLS] [{SAID}, {ALSO}]", TWO),
    "Mistral, since 2025": (f"[TOOL_CALLS]weather[CALL_ID]abcdefghi[ARGS]{ARGUMENTS}", ONE),
    "Mistral, Devstral": (
        f'[TOOL_CALLS]weather[ARGS]{ARGUMENTS}[TOOL_CALLS]time[ARGS]{{"zone": "UTC"}}</s>', TWO,
    ),
    "DeepSeek V3": (
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n"
        f"{ARGUMENTS}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>", ONE,
    ),
    "DeepSeek V3.1": (
        f"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{ARGUMENTS}"
        "<｜tool▁call▁end｜><｜tool▁call▁begin｜>time<｜tool▁sep｜>"
        '{"zone": "UTC"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>', TWO,
    ),
    "DeepSeek V3.2": (
        '<｜DSML｜function_calls>\n<｜DSML｜invoke name="weather">\n<｜DSML｜parameter name="city" '
        'string="true">Ulm</｜DSML｜parameter>\n<｜DSML｜parameter name="days" string="false">3'
        "</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>", ONE,
    ),
    "MiniMax": (
        '<minimax:tool_call>\n<invoke name="weather">\n<parameter name="city">Ulm</parameter>\n'
        '<parameter name="days">3</parameter>\n</invoke>\n</minimax:tool_call>', ONE,
    ),
    "Qwen3-Coder": (f"<tool_call>\n{XML}\n</tool_call>", ONE),
    "Qwen3-Coder, no element": (XML, ONE),
    "GLM": (f"<tool_call>{GLM}\n</tool_call>", ONE),
    "Kimi": (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0"
        f"<|tool_call_argument_begin|>{ARGUMENTS}<|tool_call_end|><|tool_calls_section_end|>", ONE,
    ),
    "LFM2": ('<|tool_call_start|>[weather(city="Ulm", days=3)]<|tool_call_end|>', ONE),
    "MiniCPM": (
        '<|tool_call_start|>\n```python\nweather(city="Ulm",days=3)\ntime(zone="UTC")\n```\n'
        "<|tool_call_end|>", TWO,
    ),
    "Gemma": ('<|tool_call>call:weather{city:<|"|>Ulm<|"|>,days:3}<tool_call|>', ONE),
    "Granite": (f"<|tool_call|>[{SAID}]<|end_of_text|>", ONE),
    "Phi 4": (f"<|tool_call|>[{SAID}]<|/tool_call|>", ONE),
    "Command R": (f"<|START_ACTION|>[\n    {COHERE}\n]<|END_ACTION|>", ONE),
    "Command R, its text": (f"Action: ```json\n[{COHERE}]\n```", ONE),
    "InternLM": (f"<|action_start|><|plugin|>\n{SAID}<|action_end|>", ONE),
    "harmony": (
        "<|channel|>analysis<|message|>Look it up.<|end|><|start|>assistant<|channel|>commentary "
        f"to=functions.weather <|constrain|>json<|message|>{ARGUMENTS}<|call|>", ONE,
    ),
    "harmony, as its template has it": (
        f" to=functions.weather<|channel|>commentary json<|message|>{ARGUMENTS}<|call|>", ONE,
    ),
    "Python in brackets": ('[weather(city="Ulm", days=3), time(zone="UTC")]', TWO),
    "Gemma 3, tool_code": ('```tool_code\nweather(city="Ulm", days=3)\n```', ONE),
    "JSON": (SAID, ONE),
    "a JSON list": (TWO, TWO),
    "JSON in a fence": (f"```json\n{SAID}\n```", ONE),
    "as a server has it": (
        json.dumps({"tool_calls": [{"id": "1", "type": "function", "function": {
            "name": "weather", "arguments": ARGUMENTS}}]}), ONE,
    ),
    "arguments as text": (json.dumps({**CALL, "arguments": ARGUMENTS}), ONE),
    "arguments in another order": ('{"name": "weather", "arguments": {"days": 3, "city": "Ulm"}}', ONE),
    "a number by its value": (SAID.replace("3", "3.0"), ONE),
    "the default given": (SAID.replace("3}", '3, "unit": "c"}'), ONE),
    "the default left out": (
        SAID, json.dumps([{"name": "weather", "arguments": {**GIVEN, "unit": "c"}}]),
    ),
    "a null of Parquet in the target": (
        SAID, json.dumps([{"name": "weather", "arguments": {**GIVEN, "unit": None}}]),
    ),
    "letters in another normal form": (
        tagged('{"name": "weather", "arguments": {"city": "Ko\u0308ln", "days": 1}}'),
        json.dumps([{"name": "weather", "arguments": {"city": "Köln", "days": 1}}]),
    ),
    "no arguments": ('<tool_call>{"name": "stop"}</tool_call>', '[{"name": "stop", "arguments": {}}]'),
    "a text where no call is right": (TEXT, TEXT),
    "another text where no call is right": ("Sorry, I cannot.", "[]"),
    "a call spoken of": (f"You could send `{SAID}`, if there were such a tool.", TEXT),
    "a mark spoken of": ("A call stands in <tool_call> tags.", TEXT),
    "a call shown in a fence": (f"Such a call is:\n```json\n{SAID}\n```\nShall I make it?", TEXT),
    "JSON that names no tool": ('{"city": "Ulm", "days": 3}', TEXT),
}  # fmt: skip

WRONG = {
    "another tool": (tagged(ALSO), ONE),
    "another value": (tagged(SAID.replace("Ulm", "Rome")), ONE),
    "another number": (tagged(SAID.replace("3", "4")), ONE),
    "a number too long": (tagged(SAID.replace("3", "31")), ONE),
    "the sign": (tagged(SAID.replace("3", "-3")), ONE),
    "a text for a number": (tagged(SAID.replace("3", '"3"')), ONE),
    "a truth for a number": (
        tagged(SAID.replace("3", "true")), ONE.replace("3", "1"),
    ),
    "the case of a value": (tagged(SAID.replace("Ulm", "ulm")), ONE),
    "the case of the name": (tagged(SAID.replace("weather", "Weather")), ONE),
    "a longer name": (tagged(SAID.replace("weather", "weather_now")), ONE),
    "a shorter name": (tagged(SAID.replace("weather", "weath")), ONE),
    "an argument less": (tagged('{"name": "weather", "arguments": {"city": "Ulm"}}'), ONE),
    "an argument more": (tagged(SAID.replace("3}", '3, "hours": 0}')), ONE),
    "another than the default": (tagged(SAID.replace("3}", '3, "unit": "f"}')), ONE),
    "a null where the default counts": (tagged(SAID.replace("3}", '3, "unit": null}')), ONE),
    "an argument under another name": (tagged(SAID.replace("city", "town")), ONE),
    "the values exchanged": (tagged('{"name": "weather", "arguments": {"city": 3, "days": "Ulm"}}'), ONE),
    "a value in a list": (tagged(SAID.replace("3", "[3]")), ONE),
    "arguments in arguments": (tagged(json.dumps({"name": "weather", "arguments": {"arguments": GIVEN}})), ONE),
    "an argument twice": (tagged(SAID.replace("3}", '4, "days": 3}')), ONE),
    "both arguments and parameters": (tagged(SAID.replace("}}", '}, "parameters": {}}')), ONE),
    "the same call twice": (tagged(SAID, SAID), ONE),
    "a call more": (tagged(SAID, ALSO), ONE),
    "a wrong call beside": (tagged(SAID, SAID.replace("Ulm", "Rome")), ONE),
    "a call less": (tagged(SAID), TWO),
    "one of two twice": (tagged(SAID, SAID), TWO),
    "the name alone": ("weather", ONE),
    "the name in a sentence": ("I call weather for Ulm and 3 days.", ONE),
    "the arguments alone": (ARGUMENTS, ONE),
    "the arguments in the element": (tagged(ARGUMENTS), ONE),
    "the call in a sentence": (f"I would send {SAID} now.", ONE),
    "the call in backticks": (f"Send `{SAID}`.", ONE),
    "the element in backticks": (f"Send `<tool_call>{SAID}</tool_call>`.", ONE),
    "the element in quotes": (f'Send "<tool_call>{SAID}</tool_call>".', ONE),
    "the element in a sentence": (f"I might send <tool_call>{SAID}</tool_call> for you.", ONE),
    "the element in a fence": (f"For example:\n```xml\n{tagged(SAID)}\n```", ONE),
    "the call in a fence among text": (f"It is:\n```json\n{SAID}\n```", ONE),
    "the call in a thought": (f"<think>{tagged(SAID)}</think>It is sunny.", ONE),
    "the call in an open thought": (f"<think>I send {tagged(SAID)}", ONE),
    "the call in harmony's analysis": (
        f"<|channel|>analysis<|message|>{SAID}<|end|><|start|>assistant<|channel|>final<|message|>Hi", ONE,
    ),
    "another tool in harmony": (
        f"<|channel|>commentary to=functions.time<|message|>{ARGUMENTS}<|call|>", ONE,
    ),
    "broken JSON": (tagged(SAID[:-1]), ONE),
    "single quotes": (tagged(SAID.replace('"', "'")), ONE),
    "a comma at the end": (tagged(SAID.replace("3}", "3,}")), ONE),
    "Python's None": (tagged(SAID.replace("3}", '3, "unit": None}')), ONE),
    "text behind the JSON": (f"<tool_call>{SAID} or time?</tool_call>", ONE),
    "an empty element where none is right": ("<tool_call>\n</tool_call>", TEXT),
    "an empty list of Mistral where none is right": ("[TOOL_CALLS] []", TEXT),
    "no element closed": (f"<tool_call>\n{SAID[:20]}", ONE),
    "code, not listed": ('weather(city="Ulm", days=3)', ONE),
    "code without names of arguments": ('[weather("Ulm", 3)]', ONE),
    "code that computes": ('[weather(city="U" + "lm", days=1 + 2)]', ONE),
    "code of a method": ('[tools.weather(city="Ulm", days=3)]', ONE),
    "XML, another value": (XML.replace("Ulm", "Ulm am Rhein"), ONE),
    "XML, an argument less": (XML.replace("<parameter=days>\n3\n</parameter>\n", ""), ONE),
    "XML, not closed": (f"{XML[:-11]} and so on", ONE),
    "GLM, another key": (f"<tool_call>{GLM.replace('city', 'place')}\n</tool_call>", ONE),
    "Mistral, another name": (f"[TOOL_CALLS]time[ARGS]{ARGUMENTS}", ONE),
    "DeepSeek, another name": (
        f"<｜tool▁call▁begin｜>time<｜tool▁sep｜>{ARGUMENTS}<｜tool▁call▁end｜>", ONE,
    ),
    "the schema of the tool": (
        json.dumps({"name": "weather", "description": "x", "parameters": {"type": "object"}}), ONE,
    ),
    "a result in place of a call": ('<tool_response>{"city": "Ulm", "days": 3}</tool_response>', ONE),
    "a text where a call is right": (TEXT, ONE),
    "nothing": ("", ONE),
    "an empty list": ("[]", ONE),
    "a call where none is right": (tagged(SAID), TEXT),
    "a call where none is right, beside a text": (f"{TEXT}\n{tagged(SAID)}", TEXT),
    "a bare call where none is right": (SAID, TEXT),
    "a broken call where none is right": (tagged(SAID[:-1]), TEXT),
    "a call as code where none is right": ('weather(city="Ulm")', TEXT),
    "nothing where no call is right": ("", TEXT),
    "an element alone where none is right": ('{"tool": "weather"}', TEXT),
}  # fmt: skip


@pytest.mark.parametrize("what", RIGHT)
def test_a_right_call_counts_in_every_form(what: str) -> None:
    answer, target = RIGHT[what]

    assert metric().score(answer, [target]) == 1
    assert metric().lenient(answer, [target]) == 1
    assert metric(order="keep").score(answer, [target]) == float("other first" not in what)
    assert metric(name="tool_calls_partial").score(answer, [target]) == 1


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_call_never_counts(what: str) -> None:
    answer, target = WRONG[what]

    assert metric().score(answer, [target]) == 0
    assert metric(name="tool_calls_partial").score(answer, [target]) < 1


def test_there_are_sixty_wrong_answers() -> None:
    assert len(WRONG) >= 60


@pytest.mark.parametrize("what", [each for each, (_, target) in RIGHT.items() if target == ONE])
def test_a_right_call_is_unknown_wherever_it_is_cut_and_a_wrong_one_is_not(what: str) -> None:
    answer, target = RIGHT[what]
    cuts = [answer[:at] for at in range(0, len(answer), 3)]

    assert all(metric().could_still_be_right(cut, [target]) for cut in cuts)


@pytest.mark.parametrize(
    ("cut", "is_open"),
    [
        ("Let me lo", True),
        ("<tool_call>\n{", True),
        ('<tool_call>\n{"name": "wea', True),
        ('<tool_call>\n{"name": "weather", "arguments": {"city": "U', True),
        ('<tool_call>\n{"name": "weather", "arguments": {"city": "Ulm", "days": 3', True),
        ('<tool_call>\n{"name": "time", "arguments": {', False),
        ('<tool_call>\n{"name": "weather", "arguments": {"city": "Rome", "da', False),
        (f"{tagged(ALSO)}\n<tool_call>", False),
        (f"{tagged(SAID)}\n<tool_call>\n{{", False),
        ('{"name": "weather", "parameters": {"ci', True),
        ('{"name": "time", "parameters": {"ci', False),
        ('[weather(city="U', True),
        ("<tool_call>\n<function=weather>\n<parameter=city>\nRome\n</parameter>\n<par", False),
        ("<tool_call>\n<function=weather>\n<parameter=city>\nUl", True),
    ],
)
def test_a_cut_call_is_wrong_only_where_more_text_cannot_mend_it(cut: str, is_open: bool) -> None:  # noqa: FBT001
    answer = Answer(cut, finish_reason="length")

    assert read_answer(metric(), answer, [ONE]).could_be_right == is_open


def test_a_cut_call_in_no_known_form_may_still_become_right_by_the_lenient_reading() -> None:
    begun = '<tool_call>\n{"name" "weather"}\n</tool_call>\nSo: weather(city="Ulm", da'
    lenient = metric(reading="lenient")

    assert lenient.score(f"{begun}ys=3)", [ONE]) == 1
    assert read_answer(lenient, Answer(begun, finish_reason="length"), [ONE]).could_be_right
    assert not read_answer(metric(), Answer(begun, finish_reason="length"), [ONE]).could_be_right


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        (tagged(SAID), 0.5),
        (tagged(SAID.replace("Ulm", "Rome"), ALSO), (2 / 3 + 1) / 2),
        (tagged(SAID, ALSO, SAID), 2 / 3),
        (tagged(SAID, SAID[:-1]), 0.5),
        (TEXT, 0.0),
    ],
)
def test_a_part_of_the_score_is_given_for_a_part_of_the_calls(answer: str, share: float) -> None:
    partial = metric(name="tool_calls_partial")

    assert partial.kind == "graded"
    assert partial.score(answer, [TWO]) == pytest.approx(share)


@pytest.mark.parametrize(
    "answer",
    [
        f"I would send {SAID} now.",
        f"It is:\n```json\n{SAID}\n```",
        'So: weather(city="Ulm", days=3)',
        SAID.replace('"', "'"),
        SAID.replace("3", '"3"').replace("weather", "Weather"),
        '{"tool": "weather", "args": {"city": "Ulm", "days": 3}}',
        f"{tagged(SAID)} It is done.",
        '{"weather": {"city": "Ulm", "days": 3}}',
        f"Thought: I must look it up.\nAction: weather\nAction Input: {ARGUMENTS}",
        f"**Tool:** `weather`\n**Arguments:**\n```json\n{ARGUMENTS}\n```\nObservation: sunny",
    ],
)
def test_a_right_call_in_another_form_is_seen_by_the_lenient_reading(answer: str) -> None:
    assert metric().lenient(answer, [ONE]) == 1
    assert metric().lenient(answer.replace("Ulm", "Rome"), [ONE]) == 0


def test_a_call_too_many_is_no_matter_of_form() -> None:
    assert metric().lenient(tagged(SAID, ALSO), [ONE]) == 0
    assert metric().lenient(tagged(SAID.replace("3", '"3"')), [ONE]) == 1


@pytest.mark.parametrize(
    ("target", "is_read"),
    [(ONE, True), (TEXT, True), ("[]", True), (tagged(SAID), True), (SAID, True), ('{"nme": 1}', False),
     ('[{"name": "a", "arguments": 3}]', False)],
)  # fmt: skip
def test_a_target_is_calls_or_a_text_without_any(target: str, is_read: bool) -> None:  # noqa: FBT001
    built_in = metric()

    assert (built_in.unread(target) is None) == is_read  # type: ignore[attr-defined]


def test_only_metrics_of_calls_know_an_order() -> None:
    with pytest.raises(MetricError, match="order"):
        load_metric(MetricSpec(name="f1", order="keep"))


def test_what_is_read_has_the_form_of_a_target() -> None:
    assert json.loads(metric().read(XML)) == [
        {"name": "weather", "arguments": {"city": "Ulm", "days": "3"}}
    ]
    assert metric().read(TEXT) == TEXT


@pytest.mark.parametrize(
    ("cut", "is_open"), [("{", True), ('{"city": "U', True), ("<tool_call>", False)]
)
def test_json_alone_may_yet_be_no_call(cut: str, is_open: bool) -> None:  # noqa: FBT001
    assert metric().could_still_be_right(cut, [TEXT]) == is_open


@pytest.mark.parametrize(
    "answer",
    [
        '<use_tool name="find_it"><city>Ulm</city><days>3</days></use_tool>',
        "<find_it><city>Ulm</city><days>3</days></find_it>",
        '>>>find_it\n{"city": "Ulm", "days": 3}',
        '<|recipient|>find_it\n<|content|>{"city": "Ulm", "days": 3}',
        '[{"type": "text", "text": "Ok"}, {"type": "tool_use", "name": "find_it", "input": {"city": "Ulm", "days": 3}}]',
        '{"functionCall": {"name": "find_it", "args": {"city": "Ulm", "days": 3}}}',
        '{"name": "findIt", "arguments": {"city": "Ulm", "days": 3}}',
        '{"name": "find_it", "city": "Ulm", "days": 3}',
        'find_it("Ulm", 3)',
        "tool: find_it\n  city: Ulm\n  days: 3",
    ],
)
def test_a_right_call_in_a_form_that_nobody_knows_is_not_known_to_be_wrong(answer: str) -> None:
    target = '[{"name": "find_it", "arguments": {"city": "Ulm", "days": 3}}]'

    assert metric().lenient(answer, [target]) == 1
    assert metric().lenient(answer.replace("Ulm", "Rome"), [target]) == 0
    assert metric().lenient(answer.replace("find", "drop"), [target]) == 0
    assert metric().lenient("I would find it for Ulm, 3 days.", [target]) == 0
