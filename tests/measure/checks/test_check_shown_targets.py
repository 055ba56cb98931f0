"""A prompt that shows the answer makes every model good: such a column is refused, or told."""

import pytest

from ladder.data.sample import Sample
from ladder.measure.checks.check_shown_targets import check_shown_targets
from ladder.spec.candidate import Prompt


def samples_with(**columns: object) -> list[Sample]:
    """Return forty samples; `@` in a column stands for the target."""
    return [
        Sample(
            str(at),
            f"What is {at}?",
            (f"Nr. {at}",),
            columns={
                name: str(value).replace("@", f"nr.  {at}") for name, value in columns.items()
            },
        )
        for at in range(40)
    ]


@pytest.mark.parametrize(
    ("column", "value", "prompt", "severity"),
    [
        ("gold_answer", "@", "{{ input }} {{ gold_answer }}", "error"),
        ("trueLabel", "@", "{trueLabel}: {{ input }}", "error"),
        ("Answer", "@", "{% if Answer %}{{ input }} {{ Answer }}{% endif %}", "error"),
        ("order_id", "@", "{{ input }} {{ order_id }}", "error"),  # a name shows nothing
        ("gold_answer", "@", "{{ input }}", None),  # nothing shows it
        ("notes", "the clerk wrote @ down", "{{ input }} {{ notes }}", None),  # a text to read
        ("answer", "no", "{{ input }} {{ answer }}", None),
    ],
)
def test_a_column_that_is_the_target_is_told(
    column: str, value: str, prompt: str, severity: str | None
) -> None:
    found = check_shown_targets({"prompt": Prompt(user=prompt)}, samples_with(**{column: value}))

    assert [each.severity for each in found] == ([severity] if severity else [])
    assert all(
        each.code == "D60 prompt-shows-target" and column in each.next_step for each in found
    )


def test_a_column_that_is_the_target_of_some_rows_is_a_hint_and_no_leak() -> None:
    some = samples_with(guessed_label="@")
    others = samples_with(guessed_label="another")

    assert (
        check_shown_targets({"prompt": Prompt(user="{{ guessed_label }}")}, [*some, *others]) == []
    )


def test_a_column_that_somebody_names_is_there_to_be_repeated_and_the_advice_works() -> None:
    prompts = {"prompt": Prompt(user="{{ order_id }}")}
    (refused,) = check_shown_targets(prompts, samples_with(order_id="@"))
    (told,) = check_shown_targets(prompts, samples_with(order_id="@"), waived=["order_id"])

    assert "data.on_leak: {waive: [order_id]}" in refused.next_step
    assert (told.code, told.severity) == ("D15 leak-waived", "info")
