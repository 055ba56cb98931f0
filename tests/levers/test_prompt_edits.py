"""The honest edits of a prompt."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.chat.sandbox.fill import fill
from ladder.levers.prompt_edits import EDITS, answer_format, edit_name, edits_together, named_edits
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


CHOICE = MetricSpec.model_validate(
    {"name": "choice", "labels": ["refund", "other"], "reading": "lenient"}
)
NUMBER = MetricSpec(reading="last_number")


def texts(user: str, metric: MetricSpec | None = None) -> list[tuple[str | None, str]]:
    made = named_edits(Prompt(user=user), metric or MetricSpec())
    return [(edit.prompt.system, edit.prompt.user) for edit in made]


def test_all_seven_edits_can_be_made_of_one_prompt() -> None:
    prompt = Prompt(user="{{ input }}\n\nSort the ticket.")

    made = dict(named_edits(prompt, CHOICE))

    assert list(made) == list(EDITS)
    assert len({*made.values(), prompt}) == 8


@pytest.mark.parametrize(
    "marked", ["<text>\n{{ input }}\n</text>", "```\n{{ input }}\n```", '"""\n\n{{ input }}\n\n"""']
)
def test_marks_around_the_input_stay_around_it(marked: str) -> None:
    made = texts(f"{marked}\n\nSort the ticket.")

    assert made
    assert all(marked in user for _, user in made)


@pytest.mark.parametrize("name", list(EDITS))
def test_every_edit_can_be_made_on_top_of_every_other_and_is_known_by_both_names(name: str) -> None:
    prompt = Prompt(user="{{ input }}\n\nSort the ticket.")
    first = dict(named_edits(prompt, CHOICE))[name]

    on_top = dict(named_edits(first, CHOICE))

    assert name not in on_top
    assert len(on_top) >= 4
    for then, both in on_top.items():
        assert set(edit_name(prompt, both, CHOICE).split(" + ")) in ({name, then}, {then})


def test_labels_listed_and_the_format_stated_make_one_prompt_in_either_order() -> None:
    prompt = Prompt(user="{{ input }}\n\nSort the ticket.")
    format_first, labels_first = "format stated", "allowed labels listed"
    both = dict(edits_together(prompt, CHOICE))[f"{labels_first} + {format_first}"]

    for first, then in ((format_first, labels_first), (labels_first, format_first)):
        assert dict(named_edits(dict(named_edits(prompt, CHOICE))[first], CHOICE))[then] == both
    assert list(edits_together(both, CHOICE)) == []
    assert both.user.count("refund") == 1


def test_the_format_is_stated_after_the_users_own_words() -> None:
    assert texts("{{ input }}")[0] == (
        None,
        "{{ input }}\n\nAnswer with the answer only, nothing else.",
    )


@pytest.mark.parametrize(
    ("metric", "edits", "never"),
    [
        (NUMBER, ("a short reason first", "format stated"), "nothing else"),
        (CHOICE, ("a short reason first", "format stated"), "alone"),
        (CHOICE, ("allowed labels listed", "format stated"), "refund, other"),
    ],
)
def test_two_edits_do_not_contradict_or_repeat_each_other(
    metric: MetricSpec, edits: tuple[str, str], never: str
) -> None:
    first = dict(named_edits(Prompt(user="{{ input }}"), metric))[edits[0]]

    both = dict(named_edits(first, metric))[edits[1]]

    assert never not in both.user


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"name": "judge", "rubric": "r", "judge": "m"}, "format stated"),
        ({"name": "json_valid", "reading": "strict"}, "a short reason first"),
        ({"name": "length", "max": 5, "reading": "lenient"}, "a short reason first"),
        ({"name": "exact_match"}, "allowed labels listed"),
        ({"name": "choice", "labels": ["a" * 90 for _ in range(60)]}, "allowed labels listed"),
    ],
)
def test_an_edit_that_the_metric_has_no_use_for_is_not_made(
    fields: dict[str, object], name: str
) -> None:
    metric = MetricSpec.model_validate(fields)

    assert name not in dict(named_edits(Prompt(user="{{ input }}"), metric))


@pytest.mark.parametrize(
    ("user", "marked"),
    [
        ("{{ input }}", "<input>\n{{ input }}\n</input>"),
        ("Ticket: {{ ticket }} Sort it.", "Ticket: <ticket>{{ ticket }}</ticket> Sort it."),
        ("{{- a -}} and {{ b }}", "<a>{{- a -}}</a> and <b>{{ b }}</b>"),
        ("<t>{{ input }}</t>", None),
        ('"""\n{{ input }}\n"""', None),
        ("{% for o in options %}{{ o }}{% endfor %}", None),
        ("{{ input | upper }}", None),
        ("{input} in one pair of braces", None),
    ],
)
def test_delimiters_stand_around_each_column_that_has_none(user: str, marked: str | None) -> None:
    made = dict(named_edits(Prompt(user=user), MetricSpec())).get("delimiters around the input")

    assert (made and made.user) == marked


def test_a_role_is_given_once_and_before_the_users_own_system_text() -> None:
    own = Prompt(user="{{ input }}", system="Be brief.")
    given = dict(named_edits(own, MetricSpec()))["role line"]

    assert (given.system or "").endswith("\n\nBe brief.")
    for prompt in (given, own.replace(system="You are a clerk."), own.replace(user="Act as one.")):
        assert "role line" not in dict(named_edits(prompt, MetricSpec()))


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
    edited = texts("Ticket: {{ input }}\nOrder number:", CHOICE)

    assert len(edited) == 5
    assert all(user.endswith("Order number:") for _, user in edited)


def test_a_prompt_with_blocks_keeps_its_shape() -> None:
    text = "{% if context %}{{ context }}{% endif %}\n\n{{ input }}\n\nBe brief."

    assert len(texts(text, CHOICE)) == 4
    assert all(text in user for _, user in texts(text, CHOICE))


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
    edited = next(named_edits(Prompt(user="{{ input }}"), metric)).prompt

    rendered = SandboxedEnvironment(undefined=jinja2.StrictUndefined).from_string(edited.user)
    assert rendered.render(input="q") == f"q\n\n{answer_format(metric)}"


@given(st.lists(LINE, min_size=1, max_size=6))
def test_no_edit_loses_or_doubles_a_column(lines: list[str]) -> None:
    user = "\n".join(lines)

    for _, edit in named_edits(Prompt(user=user), MetricSpec()):
        said = f"{edit.system or ''}\n{edit.user}"
        assert sorted(PLACEHOLDER.findall(said)) == sorted(PLACEHOLDER.findall(user))


@given(st.lists(LINE, min_size=1, max_size=6))
def test_no_edit_loses_an_instruction(lines: list[str]) -> None:
    user = "\n".join(lines)

    for _, edit in named_edits(Prompt(user=user), MetricSpec()):
        said = re.sub(r"(?m)^</?\w+>$\n?|</?\w+>", "", f"{edit.system or ''}\n{edit.user}")
        assert {line for line in lines if line} <= set(said.split("\n"))


def test_a_label_with_a_columns_name_in_braces_stays_text() -> None:
    metric = MetricSpec(name="choice", labels=("{input}", "{{ input }}"))
    edited = dict(named_edits(Prompt(user="{input}"), metric))["allowed labels listed"]

    assert fill(edited.user, {"input": "q"}) == (
        "q\n\nThe answer is one of these:\n- {input}\n- {{ input }}"
    )
