"""Prompts that are written together are those that are written one by one."""

from collections.abc import Sequence

import pytest

from ladder.chat import Job, render_each
from ladder.errors import LadderError, UnsafeError
from ladder.models import ChatTokenizer, Message, Request, load_tokenizer
from ladder.models import written_prompts as together
from ladder.models.prompt import rendered, tokenise
from ladder.models.written_prompts import written_together
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing import write_tiny_model

WRITES = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
ASKED = (Message("system", "Be brief."), Message("user", "Hello."))


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> ChatTokenizer:
    folder = write_tiny_model(tmp_path_factory.mktemp("tiny"), template=None)
    return load_tokenizer(ModelRef(id=str(folder)))


def request_of(*messages: Message, **setup: object) -> Request:
    chat = ChatSetup.model_validate({"template": WRITES, **setup})
    return Request(messages or ASKED, chat, Decoding())


@pytest.mark.parametrize(
    "setup",
    [
        {},
        {"fold_system": True},
        {"add_generation_prompt": False},
        {"template": "{{ messages | length }} {{ tone }}", "template_arguments": {"tone": "dry"}},
    ],
)
def test_they_are_as_if_each_were_written_alone(
    tokenizer: ChatTokenizer, setup: dict[str, object]
) -> None:
    requests = [request_of(Message("user", f"Hello {n}."), **setup) for n in range(5)]

    texts = written_together([*requests, request_of(**setup)], tokenizer)

    assert texts == [rendered(each, tokenizer) for each in [*requests, request_of(**setup)]]


def test_what_has_more_than_one_form_is_left_to_be_looked_at(tokenizer: ChatTokenizer) -> None:
    call = {"type": "function", "function": {"name": "time", "arguments": "{}"}}
    calling = Message.of({"role": "assistant", "content": "", "tool_calls": [call]})
    parts = Message.of({"role": "user", "content": [{"type": "text", "text": "Hello."}]})
    requests = [
        request_of(),
        request_of(*ASKED, calling),
        request_of(parts),
        request_of(mode="completion", template=None),
        request_of(prefill="Sure"),
        request_of(template="{{ raise_exception('no') }}"),
        request_of(template=None),
    ]

    texts = written_together(requests, tokenizer)

    assert [text is None for text in texts] == [False, True, True, True, True, True, True]


def test_more_prompts_than_go_into_one_question_are_all_written(
    tokenizer: ChatTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "AT_ONCE", 3)
    monkeypatch.setattr(together, "CHARACTERS_AT_ONCE", 40)
    requests = [request_of(Message("user", "a" * (7 * n))) for n in range(9)]

    assert written_together(requests, tokenizer) == [rendered(each, tokenizer) for each in requests]


def test_a_template_that_does_not_end_is_waited_for_once(
    tokenizer: ChatTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[int] = []

    def counted(jobs: Sequence[Job]) -> list[str | LadderError]:
        questions.append(len(jobs))
        return render_each(jobs)

    monkeypatch.setattr(together, "AT_ONCE", 2)
    monkeypatch.setattr(together, "render_each", counted)
    endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    requests = [request_of(template=endless)] * 20

    assert written_together(requests, tokenizer) == [None] * 20
    assert questions == [2]
    with pytest.raises(UnsafeError):
        rendered(requests[0], tokenizer)


def test_a_text_that_is_known_is_not_written_again(tokenizer: ChatTokenizer) -> None:
    assert tokenise(request_of(), tokenizer, text="known").text == "known"
