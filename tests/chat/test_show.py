"""A prompt is shown with its special tokens told apart."""

from ladder.chat import Tokenizer, show_prompt, show_token_ids


def test_special_tokens_are_pieces_of_their_own(chatml_tokenizer: Tokenizer) -> None:
    pieces = show_prompt("<|im_start|>user\nhi<|im_end|>\n", chatml_tokenizer)

    assert pieces == [
        ("<|im_start|>", True),
        ("user\nhi", False),
        ("<|im_end|>", True),
        ("\n", False),
    ]
    assert "".join(text for text, _ in pieces) == "<|im_start|>user\nhi<|im_end|>\n"


def test_ids_stand_beside_their_text(chatml_tokenizer: Tokenizer) -> None:
    assert show_token_ids("<|im_end|>a", chatml_tokenizer) == [(2, "<|im_end|>"), (1097, "a")]
