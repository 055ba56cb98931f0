"""What is known of a task before its first call."""

import pytest

from ladder.data.sample import Sample
from ladder.errors import SpecError
from ladder.measure import TaskData
from ladder.measure.checks.before_calls import check_prompts, check_shared_clusters
from ladder.measure.checks.check_columns import refuse_missing_columns
from ladder.spec.candidate import Prompt
from ladder.spec.task import TaskSpec

SAMPLES = [
    Sample(f"s{at}", f"ticket {at}", ("x",), columns={"Text": f"text {at}", "kind": "mail"})
    for at in range(20)
]


def data_of(prompt: str, *others: str) -> TaskData:
    spec = {
        "name": "t",
        "model": "m",
        "data": "eval.jsonl",
        "target": 0.8,
        "prompt": prompt,
        "levers": {"prompt": {"prompts": others}},
    }
    return TaskData(TaskSpec.model_validate(spec), SAMPLES)


@pytest.mark.parametrize(
    ("prompt", "meant"),
    [
        ("Classify: {text}", "{{ Text }}"),
        ("Classify: {kind}", "{{ input }}"),
        ("Classify: <input>", "{{ input }}"),
        ("Classify: [Text]", "{{ Text }}"),
        ("Classify: %Text%", "{{ Text }}"),
        ("Classify: ${Text}", "{{ Text }}"),
        ("Classify this ticket.", "{{ input }}"),
        ("Classify this {{ kind }}.", "{{ input }}"),
        ("{% raw %}{{ input }}{% endraw %}", "{{ input }}"),
        ("{# {{ input }} #}Classify.", "{{ input }}"),
    ],
)
def test_a_prompt_that_is_the_same_for_all_is_an_error_with_what_to_write(
    prompt: str, meant: str
) -> None:
    (finding,) = check_prompts(data_of(prompt))

    assert (finding.code, finding.severity) == ("D28 prompt-without-column", "error")
    assert finding.next_step.startswith(f"Write {meant} where the text of the sample belongs")


@pytest.mark.parametrize(
    "prompt",
    [
        "{{ input }}",
        "Q: {{ Text }}",
        "{% if input %}{{input}}{% endif %}",
        "Q: {Text}",
        "{ input }",
    ],
)
def test_a_prompt_with_a_column_is_no_finding(prompt: str) -> None:
    assert check_prompts(data_of(prompt, prompt)) == []


def test_a_prompt_to_try_without_a_column_is_a_warning_of_its_own() -> None:
    (finding,) = check_prompts(data_of("{{ input }}", "Q: {{ Text }}", "Classify <Text>"))

    assert finding.severity == "warning"
    assert finding.problem.startswith("levers.prompt.prompts.1.user is the same")


def test_a_column_in_another_case_is_told_and_stays_text() -> None:
    (finding,) = check_prompts(
        data_of("{{ input }} {Kind} {kind} {other} {% raw %}{TEXT}{% endraw %}")
    )

    assert (finding.code, finding.severity) == ("D45 column-in-other-case", "warning")
    assert finding.problem == "prompt holds {Kind}, which is text: the column is called 'kind'."


@pytest.mark.parametrize("prompt", ["{{ input }} {{ late }}", "{{ input }} {late}"])
def test_a_column_that_only_some_rows_have_is_refused_before_the_first_call(prompt: str) -> None:
    late = Sample("last", "ticket", ("x",), columns={"Text": "t", "kind": "k", "late": "l"})
    data = data_of(prompt)

    with pytest.raises(SpecError, match="late") as caught:
        check_prompts(TaskData(data.task, [*SAMPLES, late]))

    assert "input" in caught.value.next_step


def test_a_worked_example_without_a_column_of_the_prompt_is_refused() -> None:
    prompts = {"prompt": Prompt(user="{Text}\n{kind}")}

    refuse_missing_columns(prompts, SAMPLES, SAMPLES)
    with pytest.raises(SpecError, match="kind"):
        refuse_missing_columns(prompts, SAMPLES, [Sample("p", "i", ("x",), columns={"Text": "t"})])


@pytest.mark.parametrize(
    ("cluster", "pool", "is_told"),
    [
        ("doc", [{"doc": 1}, {"doc": "2"}], True),
        ("doc", [{"doc": "of another"}, {}], False),
        (None, [{"doc": 1}], False),
    ],
)
def test_rows_of_the_same_clusters_in_a_pool_are_told(
    cluster: str | None, pool: list[dict[str, object]], *, is_told: bool
) -> None:
    data = {"path": "eval.jsonl", **({"cluster": cluster} if cluster else {})}
    spec = {"name": "t", "model": "m", "data": data, "target": 0.8}
    samples = [
        Sample(str(at), f"What is {at}?", (str(at),), cluster=str(at % 4) if cluster else None)
        for at in range(8)
    ]
    rows = [Sample(f"p{at}", "?", ("x",), columns=each) for at, each in enumerate(pool)]

    found = check_shared_clusters(
        TaskData(TaskSpec.model_validate(spec), samples), rows, "the example pool"
    )

    assert [each.code for each in found] == ["D61 clusters-shared"] * is_told
    assert all("4 of 8 samples" in each.problem for each in found)
