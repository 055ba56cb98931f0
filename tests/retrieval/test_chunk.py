"""Long passages in pieces."""

from hypothesis import given
from hypothesis import strategies as st

from ladder.data.passage import Passage
from ladder.retrieval.chunk import chunk, count_tokens

SENTENCES = st.lists(
    st.sampled_from(["The gate opens.", "Mara waits!", "Room 7, at noon."]), min_size=1, max_size=30
)


def test_a_short_passage_keeps_its_id() -> None:
    assert list(chunk([Passage("p", "Short.")], 10)) == [Passage("p", "Short.")]


@given(SENTENCES, st.integers(6, 40))
def test_no_piece_is_longer_than_asked_and_no_word_is_lost(sentences: list[str], size: int) -> None:
    text = " ".join(sentences)

    pieces = list(chunk([Passage("p", text)], size))

    assert all(count_tokens(piece.text) <= size for piece in pieces)
    assert " ".join(piece.text for piece in pieces).split() == text.split()
    assert len({piece.id for piece in pieces}) == len(pieces)
