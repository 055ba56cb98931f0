"""Whether the model that is asked for is the one that answers."""

import pytest

from ladder.errors import EvidenceError, OtherFingerprintError
from ladder.models.endpoint.same_model import SameModel
from ladder.search.select.scores import stops_the_run


@pytest.mark.parametrize(
    ("asked", "answered", "listed", "told"),
    [
        ("gpt-4o-mini", "smol", ("smol",), ["N15 other-model-answers"]),
        ("smol", "smol", ("smol",), []),
        ("gpt-4o", "gpt-4o-2024-08-06", ("gpt-4o", "gpt-4o-2024-08-06"), []),
        ("gpt-4o", "gpt-4o-2024-08-06", ("gpt-4o-2024-08-06",), []),
        ("gpt-4o", "gpt-4o-mini", ("gpt-4o-mini",), ["N15 other-model-answers"]),
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


def test_a_deployment_at_azure_has_a_name_of_the_users_own() -> None:
    same = SameModel("https://mine.openai.azure.com/openai/v1")
    same.check("gpt-4o-2024-08-06", "")

    assert same.not_the_asked("my-deployment", ("gpt-4o-2024-08-06",)) == []


@pytest.mark.parametrize("second", ["M", "models/m", "Models/M", "m:latest", "maker/M:latest", ""])
def test_one_name_in_two_spellings_ends_no_run(second: str) -> None:
    same = SameModel("http://localhost:1/v1")
    same.check("m", "")
    same.check(second, "")


@pytest.mark.parametrize("is_before", [False, True])
def test_two_makers_are_two_models_also_where_the_first_answer_names_none(
    *, is_before: bool
) -> None:
    same = SameModel("http://localhost:1/v1")
    if is_before:
        same.note_before("m", "")
        same.note_before("mine/m", "")
    else:
        same.check("m", "")
        same.check("mine/m", "")
    same.check("M:latest", "")

    with pytest.raises(EvidenceError, match="answered as 'mine/m' and now as 'yours/m'"):
        same.check("yours/m", "")


@pytest.mark.parametrize(
    ("first", "second"), [("m", "m-2"), ("mine/m", "yours/m"), ("m", "xm"), ("m:8b", "m")]
)
def test_another_name_ends_the_run_with_what_to_write(first: str, second: str) -> None:
    same = SameModel("http://localhost:1/v1")
    same.check(first, "")

    with pytest.raises(EvidenceError) as caught:
        same.check(second, "")

    assert f"write {second!r} or {first!r} as model.id" in caught.value.next_step


@pytest.mark.parametrize(
    ("asked", "answered", "listed"),
    [
        ("qwen/qwen2.5-7b", "Qwen/Qwen2.5-7B", ("Qwen/Qwen2.5-7B",)),
        ("qwen2.5", "qwen2.5:latest", ("qwen2.5:latest",)),
        ("Qwen2.5-7B", "qwen2.5-7b", ("lmstudio/qwen2.5-7b",)),
        ("claude-sonnet-latest", "claude-sonnet-20250514", ("claude-sonnet-20250514",)),
    ],
)
def test_the_model_that_is_asked_for_in_another_spelling_is_no_other_model(
    asked: str, answered: str, listed: tuple[str, ...]
) -> None:
    same = SameModel("http://localhost:1/v1")
    same.check(answered, "")

    assert same.not_the_asked(asked, listed) == []


def test_what_answers_the_questions_that_tell_is_not_taken_for_the_same_model() -> None:
    same = SameModel("http://localhost:1/v1")
    same.note_before("m", "A")
    with pytest.raises(OtherFingerprintError):
        same.check("m", "B")

    with same.any_fingerprint():
        same.check("m", "B")
    with pytest.raises(OtherFingerprintError):
        same.check("m", "B")
    same.take_fingerprint("as its answers tell")
    same.check("m", "B")


def test_another_fingerprint_stops_the_run_and_not_one_candidate_alone() -> None:
    assert stops_the_run(OtherFingerprintError("another", next_step="See to it."))
