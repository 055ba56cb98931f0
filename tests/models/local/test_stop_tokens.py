from pathlib import Path

import pytest
from transformers import AutoTokenizer

from ladder.models import ChatTokenizer, load_tokenizer
from ladder.models.local.stop_tokens import cut, stop_ids
from ladder.spec.candidate import ChatSetup, ModelRef


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> ChatTokenizer:
    return load_tokenizer(ModelRef(id=str(tiny)))


def test_the_setup_adds_to_the_declared_stop_tokens_or_stands_in_their_place(
    tokenizer: ChatTokenizer,
) -> None:
    end = tokenizer.token_id("<|im_end|>")
    start = tokenizer.token_id("<|im_start|>")
    assert end is not None

    assert stop_ids(ChatSetup(), tokenizer, [end]) == (end,)
    assert stop_ids(ChatSetup(extra_stop_tokens=("<|im_start|>",)), tokenizer, [end]) == (
        end,
        start,
    )
    assert stop_ids(ChatSetup(stop_tokens=("<|im_start|>",)), tokenizer, [end]) == (start,)
    assert stop_ids(ChatSetup(stop_tokens=()), tokenizer, [end]) == ()


def test_an_answer_ends_before_its_stop_token_and_counts_it(tokenizer: ChatTokenizer) -> None:
    end = tokenizer.token_id("<|im_end|>") or 0
    ids = [*tokenizer.encode("42"), end, *tokenizer.encode("junk")]

    assert cut(ids, tokenizer, [end], ()) == ("42", 3, "stop")
    assert cut(tokenizer.encode("42"), tokenizer, [end], ()) == ("42", 2, "length")


def test_a_stop_string_counts_the_tokens_up_to_its_end(tokenizer: ChatTokenizer) -> None:
    ids = tokenizer.encode("42\n\njunk")

    assert cut(ids, tokenizer, [], ("\n\n", "zz")) == ("42", 4, "stop")


def test_a_line_break_before_the_answer_of_a_base_model_does_not_end_it(
    tokenizer: ChatTokenizer,
) -> None:
    ids = tokenizer.encode("\n\n42\nQ: 2 + 2")

    assert cut(ids, tokenizer, [], ("\n",)) == ("\n\n42", 5, "stop")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<think>Is it 41?</think>42", "<think>Is it 41?</think>42"),
        ("Is it 41?</think>42", "Is it 41?</think>42"),
        ("<think>Is it 41?", "<think>Is it 41?"),
        ("<think></think>42", "42"),
        ("42<|im_start|>", "42"),
        (
            '[TOOL_CALLS][{"name": "f", "arguments": {}}]',
            '[TOOL_CALLS][{"name": "f", "arguments": {}}]',
        ),
        ("[TOOL_CALLS] is a mark.", " is a mark."),
    ],
)
def test_the_marks_of_a_thought_or_a_call_stay_even_where_they_are_special_tokens(
    tiny: Path, written: str, kept: str
) -> None:
    tokenizer = ChatTokenizer(AutoTokenizer.from_pretrained(tiny))
    marks = ["<think>", "</think>", "[TOOL_CALLS]"]
    tokenizer.raw.add_special_tokens({"additional_special_tokens": marks})

    assert cut(tokenizer.encode(written), tokenizer, [], ())[0] == kept
