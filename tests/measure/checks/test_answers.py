"""What the baseline's answers say before any lever."""

import re
from collections.abc import Callable, Iterator, Sequence

import pytest

from ladder.finding import Finding
from ladder.measure import check_answers
from ladder.models.base import Answer, Request
from ladder.models.scripted import _REGISTERED
from ladder.scoring import load_metric
from ladder.spec.metric_spec import MetricSpec
from ladder.testing import Scripted
from tests.measure.conftest import MakeBench


def triple(request: Request) -> str:
    return str(int(request.messages[-1].content) * 3)


class Cut(Scripted):
    """Every answer is cut by the token limit."""

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for place, answer in super().generate(requests):
            yield place, Answer(answer.text, finish_reason="length")


def test_right_answers_that_the_metric_does_not_see_are_shown(make_bench: MakeBench) -> None:
    with make_bench(lambda request: f"The answer is {triple(request)}.") as bench:
        findings = check_answers(bench, bench.task.baseline(), range(40))

    (finding,) = [each for each in findings if each.code == "Q03 answers-not-read"]
    assert "100 % (40 of 40)" in finding.problem
    assert finding.evidence.count("The answer is") == 3


def test_cut_answers_are_said_first(make_bench: MakeBench) -> None:
    with make_bench(triple) as bench:
        _REGISTERED[bench.task.model.id] = Cut(lambda r: f"It is {triple(r)} or", name="cut")
        findings = check_answers(bench, bench.task.baseline(), range(40))

    assert [finding.code for finding in findings] == [
        "Q01 answers-cut",
        "Q03 answers-not-read",
        "Q04 noise-floor",
    ]
    assert "cut at 64 tokens" in findings[0].problem


@pytest.mark.parametrize(
    ("said", "limit"), [("", 4096), ("<think>One more, or", 4096), (" ", 256), ("It is 7 or", 256)]
)
def test_answers_cut_within_thoughts_are_told_with_a_limit_that_is_enough_for_them(
    make_bench: MakeBench, said: str, limit: int
) -> None:
    with make_bench(triple) as bench:
        _REGISTERED[bench.task.model.id] = Cut(lambda _: said, name="cut")
        found = check_answers(bench, bench.task.baseline(), range(40))[0]

    assert found.code == "Q01 answers-cut"
    assert f"max_new_tokens: {limit} in" in found.next_step
    assert ("most within the model's thoughts" in found.problem) == (limit == 4096)


def test_a_sound_baseline_has_a_quiet_noise_floor_and_no_more(make_bench: MakeBench) -> None:
    with make_bench(triple) as bench:
        findings = check_answers(bench, bench.task.baseline(), range(40))

    assert [(finding.code, finding.severity) for finding in findings] == [
        ("Q04 noise-floor", "info")
    ]
    assert findings[0].problem.startswith("0 of 32")


def test_answers_that_change_when_asked_again_are_counted(make_bench: MakeBench) -> None:
    counts: dict[str, int] = {}

    def moody(request: Request) -> str:
        question = request.messages[-1].content
        counts[question] = counts.get(question, 0) + 1
        return triple(request) if counts[question] == 1 or int(question) >= 4 else "hm"

    with make_bench(moody) as bench:
        findings = check_answers(bench, bench.task.baseline(), range(40))

    assert findings[-1].severity == "warning"
    assert findings[-1].problem.startswith("4 of 32")


def test_empty_answers_are_counted(make_bench: MakeBench) -> None:
    with make_bench(lambda _: " \n") as bench:
        findings = check_answers(bench, bench.task.baseline(), range(29))

    (found,) = [each for each in findings if each.code == "Q05 answers-empty"]
    assert found.problem == "29 of 29 answers are empty."


def test_answers_without_any_number_are_named_as_a_fault_of_extraction(
    make_bench: MakeBench,
) -> None:
    def vague(request: Request) -> str:
        return triple(request) if int(request.messages[-1].content) % 2 else "It depends."

    with make_bench(vague) as bench:
        bench.metric = load_metric(MetricSpec(name="numeric"))
        findings = check_answers(bench, bench.task.baseline(), range(40))

    (finding,) = [each for each in findings if each.code == "Q06 answers-unreadable"]
    assert "50 % (20 of 40)" in finding.problem
    assert "It depends." in finding.evidence


def test_an_answer_that_names_every_label_names_none(make_bench: MakeBench) -> None:
    with make_bench(lambda _: "The answer (Yes or No) is the same.") as bench:
        bench.metric = load_metric(MetricSpec(name="choice", labels=("yes", "no")))
        findings = check_answers(bench, bench.task.baseline(), range(40))

    assert "Q06 answers-unreadable" in [finding.code for finding in findings]


def test_sampled_answers_are_drawn_with_another_seed_too(make_bench: MakeBench) -> None:
    def draw(request: Request) -> str:
        return triple(request) if request.decoding.seed == 0 else "hm"

    with make_bench(draw, generation={"temperature": 0.7}) as bench:
        (noise,) = check_answers(bench, bench.task.baseline(), range(40))

    assert noise.severity == "warning"
    assert "0 of 32 answers change when the same prompts are asked again" in noise.problem
    assert "32 of 32 answers change (the score changes for 32 of them)" in noise.problem
    assert noise.problem.endswith("when another seed is set.")


def test_one_answer_to_every_question_is_told_before_the_first_lever(make_bench: MakeBench) -> None:
    with make_bench(lambda _: "no idea", prompt="Triple {input}.") as bench:
        findings = check_answers(bench, bench.task.baseline(), range(40))

    (finding,) = [each for each in findings if each.code == "Q07 answers-all-equal"]
    assert "40 of 40 answers are 'no idea'" in finding.problem
    assert "{{ input }}" in finding.next_step


FORMS: list[tuple[str, MetricSpec]] = [
    ("{}.", MetricSpec()),
    ('"{}"', MetricSpec()),
    ("**{}**", MetricSpec()),
    ("# {}", MetricSpec()),
    ("'{}'!", MetricSpec(reading="pattern", pattern="(?s)^(.*)$")),
]


@pytest.mark.parametrize(("form", "metric"), FORMS)
def test_a_form_that_alone_differs_is_named_or_read(
    make_bench: MakeBench, form: str, metric: MetricSpec
) -> None:
    fields = metric.model_dump(mode="json")
    with make_bench(lambda request: form.format(triple(request)), metric=fields) as bench:
        rows = bench.measure(bench.task.baseline(), range(40)).rows
        codes = [each.code for each in check_answers(bench, bench.task.baseline(), range(40))]

    is_told = {"Q08 only-form-differs", "Q03 answers-not-read"} & {*codes}
    assert all(row.score == 1 for row in rows) or is_told


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        (lambda request: f"The answer is {triple(request)}.", {}),
        (lambda request: f"{triple(request)}, I think", {}),
        (lambda request: f"{triple(request)}.", {}),
        (lambda request: f"It is {triple(request)} of course", {"name": "f1"}),
        (
            lambda request: f"It is {triple(request)} of course",
            {"reading": "pattern", "pattern": "answer: (.*)"},
        ),
    ],
)
def test_the_setting_that_is_advised_makes_the_finding_go(
    make_bench: MakeBench, answer: Callable[[Request], str], fields: dict[str, str]
) -> None:
    def told(metric: dict[str, str]) -> list[Finding]:
        with make_bench(answer, metric=metric) as bench:
            found = check_answers(bench, bench.task.baseline(), range(40))
        return [each for each in found if each.code[:3] in ("Q03", "Q08")]

    before = told(fields)
    for finding in before:
        setting = re.search(r"set metric\.(\w+): (\w+)", finding.next_step)
        assert setting is not None or "lenient" not in finding.next_step
        if setting is not None:
            plain = {key: value for key, value in fields.items() if key != "pattern"}
            assert told({**plain, setting[1]: setting[2]}) == []
