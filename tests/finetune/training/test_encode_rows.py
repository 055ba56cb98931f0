"""Training sees exactly the tokens of serving; the loss lies on the answer and its end."""

from pathlib import Path

import pytest

from ladder.errors import DataError
from ladder.finetune.training.encode_rows import MASKED, RowEncoder
from ladder.models import load_tokenizer
from ladder.models.base import Message, Request
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.prompt import tokenise
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing import CHATML, write_tiny_model


@pytest.fixture
def encoder(tiny_model: Path) -> RowEncoder:
    tokenizer = load_tokenizer(ModelRef(id=str(tiny_model)))
    end = tokenizer.token_id("<|im_end|>")
    assert end is not None
    return RowEncoder(tokenizer, [end])


def test_the_prompt_is_token_for_token_the_one_of_serving(
    encoder: RowEncoder, tiny_model: Path
) -> None:
    request = _request("What now?")
    generator = LocalGenerator(ModelRef(id=str(tiny_model)))

    row = encoder.encode("1", request, "blue")
    answer = dict(generator.generate([request]))[0]

    served = tokenise(request, encoder.tokenizer)
    assert row.ids[: row.prompt_tokens] == served.ids
    assert answer.prompt_tokens == row.prompt_tokens
    assert answer.prompt == encoder.tokenizer.decode(row.ids[: row.prompt_tokens])


def test_only_the_answer_and_its_end_carry_loss(encoder: RowEncoder) -> None:
    row = encoder.encode("1", _request("What now?"), "blue")

    supervised = [label for label in row.labels if label != MASKED]
    assert encoder.tokenizer.decode(supervised) == "blue<|im_end|>"
    assert row.labels[row.prompt_tokens :] == row.ids[row.prompt_tokens :]
    assert set(row.labels[: row.prompt_tokens]) == {MASKED}


def test_a_replayed_answer_that_was_cut_does_not_learn_to_stop_there(encoder: RowEncoder) -> None:
    whole = encoder.encode_replay("1", _request("Why?"), "Because", is_cut=False)
    cut = encoder.encode_replay("1", _request("Why?"), "Because", is_cut=True)

    assert whole.ids[-1] in encoder.end_tokens
    assert cut.ids == whole.ids[:-1]
    assert cut.kind == "replay"


def test_a_template_that_rewrites_the_prompt_is_refused(encoder: RowEncoder) -> None:
    template = "{% if messages|length > 1 %}second {% endif %}" + CHATML

    with pytest.raises(DataError, match="F08"):
        encoder.encode("1", _request("Why?", ChatSetup(template=template)), "no")


def test_a_completion_ends_with_the_models_own_end_token(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path / "base", template=None)
    tokenizer = load_tokenizer(ModelRef(id=str(folder)))

    row = RowEncoder(tokenizer, [2]).encode("1", _request("Q:", ChatSetup(mode="completion")), " A")

    assert tokenizer.decode(row.ids) == "Q: A<|im_end|>"


def _request(text: str, chat: ChatSetup | None = None) -> Request:
    return Request((Message("user", text),), chat or ChatSetup(), Decoding(max_new_tokens=4))
