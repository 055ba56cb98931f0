"""The text of a request, and what an answer after it looks like."""

from pathlib import Path

import pytest

from ladder.models import ChatTokenizer, Message, Request, load_tokenizer
from ladder.models.prompt import folded, rendered, tokenise, turns_written
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> ChatTokenizer:
    return load_tokenizer(ModelRef(id=str(tiny)))


@pytest.mark.parametrize(
    ("prompt", "whole"),
    [("2 + 2 =", "2 + 2 = 4"), ("2 + 2 = ", "2 + 2 = 4"), ("Answer:\n", "Answer:\n4")],
)
def test_an_answer_to_a_plain_text_is_set_off_from_its_cue(
    tokenizer: ChatTokenizer, prompt: str, whole: str
) -> None:
    request = Request((Message("user", prompt),), ChatSetup(mode="completion"), Decoding())

    assert tokenise(request, tokenizer, ending="4").text == whole
    assert tokenise(request, tokenizer).text == prompt


def test_a_system_text_goes_before_the_first_user_text() -> None:
    turns = [Message("system", "Be brief."), Message("assistant", "Hello."), Message("user", "Hi")]

    assert folded(turns) == (Message("assistant", "Hello."), Message("user", "Be brief.\n\nHi"))


CALLS = (
    "{% for m in messages %}{{ m.role }}: {{ m.content or '' }}{% for c in m.tool_calls or [] %}"
    "{{ c.function.name }} ARGUMENTS{% endfor %}\n{% endfor %}"
)


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("{{ c.function.arguments | tojson }}", {"place": "Ulm"}),
        (
            "{% for k, v in c.function.arguments.items() %}{{ k }}={{ v }}{% endfor %}",
            {"place": "Ulm"},
        ),
        ("{{ '' + c.function.arguments }}", '{"place": "Ulm"}'),
    ],
)
def test_the_turns_of_an_export_are_in_the_form_that_the_template_takes(
    tokenizer: ChatTokenizer, written: str, taken: object
) -> None:
    call = {"function": {"name": "weather", "arguments": '{"place": "Ulm"}'}}
    turns = [
        Message("system", "Be brief."),
        Message("user", "Will it rain?"),
        Message.of({"role": "assistant", "content": None, "tool_calls": [call]}),
    ]
    template = CALLS.replace("ARGUMENTS", written)
    setup = ChatSetup(template=template, add_generation_prompt=False, fold_system=True)
    request = Request(tuple(turns), setup, Decoding())

    given = turns_written(request, tokenizer)

    assert given[0] == {"role": "user", "content": "Be brief.\n\nWill it rain?"}
    assert given[1]["tool_calls"][0]["function"]["arguments"] == taken
    text = tokenizer.raw.apply_chat_template(given, chat_template=template, tokenize=False)
    assert text == rendered(request, tokenizer)
