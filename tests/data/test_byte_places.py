"""Many short texts are looked for in a long one at once."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.data import byte_places
from ladder.data.byte_places import places_of

_TEXTS = st.text("ab1é卡", max_size=40).map(str.encode)


@settings(max_examples=40)
@given(st.lists(_TEXTS, max_size=5), st.lists(_TEXTS, max_size=20))
def test_places_are_those_of_plain_finds(needles: list[bytes], parts: list[bytes]) -> None:
    text = b"\n".join(parts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(byte_places, "_TOGETHER", 7)
        found = places_of(needles, text, most=3)

    plain = [
        [each.start() for each in re.finditer(b"(?=" + re.escape(needle) + b")", text)][:3]
        for needle in needles
    ]
    assert found == [
        places if needle else [] for needle, places in zip(needles, plain, strict=True)
    ]
