import re

from hypothesis import given
from hypothesis import strategies as st

from ladder.text import CONTROL, one_line, segments, stripped, visible

ANY = st.text(
    st.characters(codec=None) | st.sampled_from("\x00\x1b\x9b\u202e\u200b\n\t\ud800<|>[]")
)


@given(ANY)
def test_no_control_character_survives(text: str) -> None:
    for cleaned in (visible(text), stripped(text), one_line(text, 40)):
        assert not re.search(CONTROL, cleaned)


@given(ANY)
def test_segments_say_every_plain_character_once(text: str) -> None:
    plain = "".join(one.text for one in segments(text) if one.kind != "control")

    assert plain == re.sub(CONTROL, "", text)


@given(ANY, st.integers(min_value=2, max_value=60))
def test_one_line_is_one_line_and_fits(text: str, width: int) -> None:
    line = one_line(text, width)

    assert len(line) <= width
    assert "\n" not in line


def test_common_special_tokens_are_found() -> None:
    text = (
        "<|im_start|>a<s>b[INST]c[/INST]<start_of_turn>d<｜User｜>e<|eot_id|><<SYS>><|turn>f<turn|>"
    )

    special = [one.text for one in segments(text) if one.kind == "special"]

    assert special == [
        "<|im_start|>",
        "<s>",
        "[INST]",
        "[/INST]",
        "<start_of_turn>",
        "<｜User｜>",
        "<|eot_id|>",
        "<<SYS>>",
        "<|turn>",
        "<turn|>",
    ]


def test_ordinary_markup_is_no_special_token() -> None:
    text = "if a < b | c > d: <p>List[int]</p> [1] x</sub>"

    assert [one.kind for one in segments(text)] == ["plain"]
