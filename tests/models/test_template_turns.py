"""Turns with calls and typed parts reach a prompt in whichever form the template takes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ladder.chat import Job, render_job
from ladder.errors import LadderError, RenderError, SpecError
from ladder.models.template_turns import write_turns
from ladder.models.turn_forms import Turn

CALL = {"function": {"name": "weigh", "arguments": '{"what": "über"}'}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
TWO = {
    "role": "user",
    "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}],
}
IMAGE = {"role": "user", "content": [{"type": "image", "url": "a.png"}, *TWO["content"]]}
EACH = "{% for m in messages %}"
CALLS = "{% for c in m.tool_calls %}{{ c.function.name }}"


def written(template: str, *turns: Mapping[str, Any]) -> str:
    def write(turns: Sequence[Turn], /, *, keeps_null: bool = False) -> str:
        return render_job(Job(template, turns, keeps_null=keeps_null))

    return write_turns(turns, write)


@pytest.mark.parametrize(
    ("template", "turn", "text"),
    [
        (EACH + CALLS + " {{ c.function.arguments | tojson }}{% endfor %}{% endfor %}", CALLING,
         'weigh {"what": "über"}'),
        (EACH + CALLS + "{{ ' ' + c.function.arguments }}{% endfor %}{% endfor %}", CALLING,
         'weigh {"what": "über"}'),
        (EACH + "{{ m.content + '!' }}" + CALLS
         + " {{ c.function.arguments.what }}{% endfor %}{% endfor %}", CALLING, "!weigh über"),
        (EACH + "{% for p in m.content %}<{{ p.text }}>{% endfor %}{% endfor %}", TWO, "<one><two>"),
        (EACH + "{{ m.content }}{% endfor %}", TWO, "one\ntwo"),
        (EACH + "{{ m.content + '!' }}{% endfor %}", TWO, "one\ntwo!"),
        (EACH + "{% if m.content is string %}{{ m.content }}{% endif %}{% endfor %}", TWO,
         "one\ntwo"),
        (EACH + "{% for p in m.content %}<{{ p.type }}>{{ p.text or '' }}{% endfor %}{% endfor %}",
         IMAGE, "<image><text>one<text>two"),
    ],
)  # fmt: skip
def test_the_form_that_a_template_takes_is_found(
    template: str, turn: Mapping[str, Any], text: str
) -> None:
    assert written(template, turn) == text


@pytest.mark.parametrize(
    ("template", "turn", "error"),
    [
        (EACH + "{{ m.content + '!' }}{% endfor %}", CALLING, RenderError),
        (EACH + "{{ m.content }}{% endfor %}", IMAGE, SpecError),
        (EACH + "{{ m.content + '!' }}{% endfor %}", IMAGE, RenderError),
    ],
)
def test_no_form_may_lose_a_call_or_a_part(
    template: str, turn: Mapping[str, Any], error: type[LadderError]
) -> None:
    with pytest.raises(error):
        written(template, turn)


SHORT = {"id": "call_0123456789", **CALL}
RESULT = {"role": "tool", "tool_call_id": "call_0123456789", "content": "3 kg"}
NULLS = (  # DeepSeek R1's
    "{% for m in messages %}{% if m.tool_calls is defined and m.content is none %}"
    "{% for c in m.tool_calls %}{{ c.function.name }} {{ c.function.arguments }}"
    "{% endfor %}{% else %}{{ m.content + '' }}{% endif %}{% endfor %}"
)
LOOKED_AT = "{% for m in messages %}{% for c in m.tool_calls or [] %}"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (  # Mistral's
            LOOKED_AT + "{% if c.id|length != 9 %}{{ raise_exception('IDs have length 9') }}"
            "{% endif %}{{ c.function.name }} {{ c.function.arguments.what }} {{ c.id }}"
            "{% endfor %}{% if m.role == 'tool' %}, {{ m.tool_call_id }}{% endif %}{% endfor %}",
            "weigh über 123456789, 123456789",
        ),
        (  # Kimi's
            LOOKED_AT + "{{ c.id }} {{ c.function.arguments.what }}{% endfor %}"
            "{% if m.role == 'tool' %}, {{ m.tool_call_id }}{% endif %}{% endfor %}",
            "functions.weigh:0 über, functions.weigh:0",
        ),
        (  # Hermes 2 Pro's
            LOOKED_AT + "{{ c.function.name }} {{ c.function.arguments.what }}{% endfor %}"
            "{% if m.role == 'tool' %}{% if m.name is not defined %}"
            "{{ raise_exception(\"results need a 'name'\") }}{% endif %}, {{ m.name }}{% endif %}"
            "{% endfor %}",
            "weigh über, weigh",
        ),
        (NULLS, "weigh {'what': 'über'}3 kg"),
    ],
)
def test_a_template_gets_the_ids_names_and_nulls_that_it_asks_for(template: str, text: str) -> None:
    assert written(template, {**CALLING, "tool_calls": [SHORT]}, RESULT) == text


@pytest.mark.parametrize("shown", ["", "{{ m.content }}", "{{ m.content + '!' }}"])
def test_a_template_that_leaves_a_call_out_is_named(shown: str) -> None:
    asked = {"role": "user", "content": "weigh über"}

    with pytest.raises(RenderError, match="leaves out a call of 'weigh'"):
        written("{% for m in messages %}" + shown + "{% endfor %}", asked, CALLING)


def test_a_call_in_the_older_form_is_written_as_others_are() -> None:
    template = (
        LOOKED_AT + "{{ c.function.name }} {{ c.function.arguments.what }}{% endfor %}{% endfor %}"
    )
    asked = {"role": "assistant", "content": None, "function_call": CALL["function"]}

    assert written(template, asked) == "weigh über"
