"""Turns with calls and typed parts reach a prompt in whichever form the template takes."""

from collections.abc import Mapping
from typing import Any

import pytest

from ladder.chat import render
from ladder.errors import LadderError, RenderError, SpecError
from ladder.models.template_turns import write_turns

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
    return write_turns(
        turns, lambda turns: render(template, turns, special_tokens={}, add_generation_prompt=False)
    )


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
