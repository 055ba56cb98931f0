"""The text of a request, and what an answer after it looks like."""

from pathlib import Path

import pytest

from ladder.models import ChatTokenizer, Message, Request, load_tokenizer
from ladder.models.prompt import folded, tokenise
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
