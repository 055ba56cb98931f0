"""Long passages in pieces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.data.passage import Passage
from ladder.retrieval.chunk import chunker_for
from ladder.retrieval.encoder_tokens import RoughTokens

SENTENCES = st.lists(
    st.sampled_from(["The gate opens.", "Mara waits!", "Room 7, at noon."]), min_size=1, max_size=30
)
WORDS = RoughTokens()


def pieces(text: str, size: int, *, overlap: int = 0, heading: str = "") -> list[Passage]:
    passage = Passage("p", text, heading=heading).with_header()
    return list(chunker_for(WORDS, wanted=size, overlap=overlap).pieces([passage]))


def test_a_short_passage_keeps_its_id() -> None:
    assert pieces("Short.", 10) == [Passage("p", "Short.")]


@given(
    SENTENCES, st.integers(6, 40), st.sampled_from([" ", "\n\n"]), st.sampled_from(["", "Guide"])
)
def test_no_piece_is_longer_than_asked_and_no_word_is_lost(
    sentences: list[str], size: int, gap: str, heading: str
) -> None:
    found = pieces(gap.join(sentences), size, heading=heading)

    assert all(count <= size for count in WORDS.counts([piece.text for piece in found]))
    texts = [piece.text.removeprefix(heading) for piece in found]
    assert " ".join(texts).split() == " ".join(sentences).split()
    assert all(piece.text.startswith(heading) for piece in found)
    assert len({piece.id for piece in found}) == len(found)
    assert all((piece.source or piece.id) == "p" for piece in found)


@pytest.mark.parametrize("gap", [" ", "\n\n"])
def test_neighbours_share_what_the_overlap_says(gap: str) -> None:
    found = pieces(gap.join(f"Gate {at} opens." for at in range(12)), 16, overlap=5)

    ends = [piece.text.split()[-3:] for piece in found[:-1]]
    assert len(found) > 3
    assert all(end == piece.text.split()[:3] for end, piece in zip(ends, found[1:], strict=True))


@given(st.text(st.one_of(st.sampled_from("aZ9_ .-\n\x1f\u00e9"), st.characters()), max_size=40))
@settings(max_examples=60)
def test_no_text_has_more_tokens_than_it_may_have_at_the_most(text: str) -> None:
    assert RoughTokens().counts([text])[0] <= RoughTokens().most_in(text)


def test_code_stays_whole_where_it_fits() -> None:
    code = "```\npump --start\n\npump --check\n```"

    found = pieces(f"Open the valve first of all.\n\n{code}\n\nThen wait for a long while.", 22)

    assert len(found) > 1
    assert any(code in piece.text for piece in found)
