"""Whether a candidate's answers kept its constraint; what nobody can tell is unknown."""

import pytest

from ladder.measure import constraint_breaches
from ladder.measure.constraint_breaches import why_ignored
from ladder.measure.measurement import Scored
from ladder.models.base import Answer
from ladder.spec.candidate import Candidate, Decoding, ModelRef
from ladder.spec.constraint import Constraint

YES_OR_NO = Constraint(kind="grammar", grammar='root ::= "yes" | "no"')
CANDIDATE = Candidate(model=ModelRef(id="m"), decoding=Decoding(constraint=YES_OR_NO))


def answered(text: str) -> list[Scored]:
    return [Scored(str(at), Answer(text), text, 0.0, 0.0, text=text) for at in range(8)]


@pytest.mark.parametrize(
    ("text", "can_tell", "why"),
    [
        ("yes", True, ""),
        ("maybe", True, "8 of 8 answers break"),
        ("maybe", False, "nothing here can tell"),
    ],
)
def test_a_constraint_was_tried_only_where_it_is_known_to_be_kept(
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    can_tell: bool,  # noqa: FBT001 - a column of the table
    why: str,
) -> None:
    if not can_tell:
        monkeypatch.setattr(constraint_breaches, "allows", lambda *_: None)

    found = why_ignored(CANDIDATE, answered(text))

    assert why in found if why else found == ""
