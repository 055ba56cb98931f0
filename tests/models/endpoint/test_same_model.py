"""Whether the model that is asked for is the one that answers."""

import pytest

from ladder.models.endpoint.same_model import SameModel


@pytest.mark.parametrize(
    ("asked", "answered", "listed", "told"),
    [
        ("gpt-4o-mini", "smol", ("smol",), ["N15 other-model-answers"]),
        ("smol", "smol", ("smol",), []),
        ("gpt-4o", "gpt-4o-2024-08-06", ("gpt-4o", "gpt-4o-2024-08-06"), []),
        ("deployment", "gpt-4o-2024-08-06", (), []),
        ("any", "any", ("smol",), []),
        ("any", "", ("smol",), []),
    ],
)
def test_a_server_that_answers_to_any_name_is_told_with_the_model_that_answers(
    asked: str, answered: str, listed: tuple[str, ...], told: list[str]
) -> None:
    same = SameModel("http://localhost:1/v1")
    same.check(answered, "")

    assert [each.code for each in same.not_the_asked(asked, listed)] == told
