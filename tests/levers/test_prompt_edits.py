"""The honest edits of a prompt."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.levers.prompt_edits import answer_format, edits
from ladder.spec.candidate import Prompt
from ladder.spec.metric_spec import MetricSpec

PLACEHOLDER = re.compile(r"\{\{ \w+ \}\}")
LINE = st.sampled_from(
    [
        "",
        "{{ input }}",
        "{{ context }}",
        "Answer:",
        "Ticket: {{ input }}",
        "Extract the number.",
        "Be brief.",
    ]
)


def texts(user: str, metric: MetricSpec | None = None) -> list[tuple[str | None, str]]:
    return [(e.system, e.user) for e in edits(Prompt(user=user), metric or MetricSpec())]


def test_the_format_is_stated_after_the_users_own_words() -> None:
    assert texts("{{ input }}") == [
        (None, "{{ input }}\n\nAnswer with the answer only, nothing else.")
    ]


def test_instructions_before_the_input_can_be_the_system_message() -> None:
    edited = texts("Extract the order number.\n\nTicket: {{ input }}")

    assert ("Extract the order number.", "Ticket: {{ input }}") in edited


def test_a_column_under_its_own_name_is_an_input_too() -> None:
    edited = texts("Solve it.\n\n{{ question }}")

    assert ("Solve it.", "{{ question }}") in edited


def test_instructions_after_the_input_move_before_it() -> None:
    edited = texts("Ticket: {{ input }}\nExtract the order number.")

    assert (None, "Extract the order number.\n\nTicket: {{ input }}") in edited


def test_a_cue_for_the_answer_stays_at_the_end() -> None:
    assert len(texts("Ticket: {{ input }}\nOrder number:")) == 1


def test_a_prompt_with_blocks_keeps_its_shape() -> None:
    assert len(texts("{% if context %}{{ context }}{% endif %}\n\n{{ input }}\n\nBe brief.")) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "choice", "labels": ["refund", "other"]}, "refund, other."),
        ({"name": "choice", "labels": [f"l{i}" for i in range(90)]}, "the answer only"),
        ({"name": "choice", "labels": ["a", "b"], "reading": [{"after": "Label:"}]}, "'Label:'"),
        ({"name": "json_equal"}, "JSON only"),
        ({"name": "tool_calls"}, "the call of the tool alone"),
    ],
)
def test_the_format_is_that_of_the_metric(fields: dict[str, object], said: str) -> None:
    assert said in answer_format(MetricSpec.model_validate(fields))


@pytest.mark.parametrize("reading", ["lenient", "last_number"])
def test_a_reason_is_asked_for_only_where_the_reading_can_skip_it(reading: str) -> None:
    lenient = MetricSpec.model_validate({"reading": reading})

    assert any("short reason" in user for _, user in texts("{{ input }}", lenient))
    assert not any("short reason" in user for _, user in texts("{{ input }}"))


def test_a_pattern_in_the_format_stays_text_in_the_prompt() -> None:
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    metric = MetricSpec(reading="pattern", pattern=r"\{{2}(\d+)\}{2} {% x %} {# y #}")
    edited = next(iter(edits(Prompt(user="{{ input }}"), metric)))

    rendered = SandboxedEnvironment(undefined=jinja2.StrictUndefined).from_string(edited.user)
    assert rendered.render(input="q") == f"q\n\n{answer_format(metric)}"


@given(st.lists(LINE, min_size=1, max_size=6))
def test_no_edit_loses_or_doubles_a_column(lines: list[str]) -> None:
    user = "\n".join(lines)

    for edit in edits(Prompt(user=user), MetricSpec()):
        said = f"{edit.system or ''}\n{edit.user}"
        assert sorted(PLACEHOLDER.findall(said)) == sorted(PLACEHOLDER.findall(user))


@given(st.lists(LINE, min_size=1, max_size=6))
def test_no_edit_loses_an_instruction(lines: list[str]) -> None:
    user = "\n".join(lines)

    for edit in edits(Prompt(user=user), MetricSpec()):
        said = f"{edit.system or ''}\n{edit.user}"
        assert {line for line in lines if line} <= set(said.split("\n"))
