"""A reply that is begun for the model, and headings for a base model, reach prompt, row and answer."""

from collections.abc import Sequence

import pytest

from ladder.data.chat_message import Message
from ladder.data.sample import Sample
from ladder.errors import SpecError
from ladder.measure.request import PromptMaterial, write_request
from ladder.models.base import Request
from ladder.models.prompt import rendered, with_prefill
from ladder.spec.candidate import Candidate, ChatSetup, Decoding, Examples, ModelRef, Prompt
from ladder.testing import CHATML

ALPACA = {"system": "", "user": "### Instruction:", "assistant": "### Response:"}


class Written:
    """A tokenizer of which only the template is asked."""

    def __init__(self, template: str = CHATML) -> None:
        self.template = template
        self.special_tokens: dict[str, str] = {}
        self.named_templates: dict[str, str] = {}


def prompt_of(setup: ChatSetup, template: str = CHATML, turns: Sequence[Message] = ()) -> str:
    messages = (*turns, Message("user", "Where is order 7?"))
    return rendered(Request(messages, setup, Decoding()), Written(template))  # type: ignore[arg-type]


def test_the_prompt_ends_within_the_reply_that_is_begun() -> None:
    assert prompt_of(ChatSetup(prefill="The code is ")) == prompt_of(ChatSetup()) + "The code is"


def test_a_template_that_does_not_write_the_beginning_is_refused() -> None:
    with pytest.raises(SpecError, match=r"chat\.prefill"):
        prompt_of(ChatSetup(prefill="Code"), template="{{ messages[0].content }}")


@pytest.mark.parametrize(
    ("setup", "answer"),
    [
        (ChatSetup(prefill="{"), '{"a": 1}'),
        (ChatSetup(prefill="The code is"), '"a": 1}'),
        (ChatSetup(prefill="Code:", prefill_is_answer=True), 'Code:"a": 1}'),
        (ChatSetup(), '"a": 1}'),
    ],
)
def test_a_beginning_that_opens_json_is_read_with_the_answer(setup: ChatSetup, answer: str) -> None:
    assert with_prefill('"a": 1}', setup) == answer


def test_a_base_model_gets_its_headings_around_examples_and_question() -> None:
    setup = ChatSetup(mode="completion", headings=ALPACA)
    candidate = Candidate(
        model=ModelRef(id="m"),
        chat=setup,
        prompt=Prompt(system="Be brief."),
        examples=Examples(pool="pool.jsonl"),
    )
    shot = PromptMaterial(Sample("1", "Where is order 1?", ("In Oslo.",)))
    asked = PromptMaterial(Sample("2", "Where is order 2?", ("In Bergen.",)), examples=(shot,))

    request = write_request(candidate, asked)

    assert rendered(request, Written()) == (  # type: ignore[arg-type]
        "Be brief.\n\n### Instruction:\nWhere is order 1?\n\n### Response:\nIn Oslo.\n\n"
        "### Instruction:\nWhere is order 2?\n\n### Response:\n"
    )


def test_setups_without_them_have_the_digest_that_they_had() -> None:
    assert set(ChatSetup().model_dump()) & {"prefill", "prefill_is_answer", "headings"} == set()
