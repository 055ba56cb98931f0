"""Which metric a spec names, how it reads, and what is refused."""

import time
from pathlib import Path

import pytest

from ladder.errors import LadderError, MetricError, UnsafeError
from ladder.scoring import load_metric
from ladder.spec.metric_spec import MetricSpec


def own(folder: Path, code: str, name: str = "score") -> MetricSpec:
    """Write a metric file, and return the spec that names it."""
    path = folder / "own.py"
    path.write_text(code)
    return MetricSpec(name=f"{path}:{name}")


def test_the_last_number_is_read() -> None:
    metric = load_metric(MetricSpec(reading="last_number"))

    assert metric.read("of 7 orders it is 622.") == "622"
    assert metric.score("of 7 orders it is 622.", ["622"]) == 1


def test_a_pattern_reads_its_last_match() -> None:
    metric = load_metric(MetricSpec(reading="pattern", pattern=r"answer: (\w+)"))

    assert metric.read("answer: A … no, answer: B.") == "B"
    assert metric.score("nothing", ["B"]) == 0


def test_the_lenient_reading_is_the_score_where_it_is_asked_for() -> None:
    metric = load_metric(MetricSpec(reading="lenient"))

    assert metric.score("The order number is 622.", ["622"]) == 1
    assert metric.score("The order number is 6223.", ["622"]) == 0


@pytest.mark.slow
def test_a_pattern_that_never_ends_is_stopped() -> None:
    metric = load_metric(MetricSpec(reading="pattern", pattern=r"(a|aa)+$"))
    started = time.monotonic()

    with pytest.raises(MetricError, match="takes more than"):
        metric.score("a" * 100 + "b", ["x"])

    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("spec", "part"),
    [
        (MetricSpec(name="exact_mach"), "Did you mean exact_match?"),
        (MetricSpec(name="q-x-y-z"), "Use one of exact_match"),
        (MetricSpec(name="json"), "json_fields to compare field by field"),
        (MetricSpec(name="recall"), "name: choice, labels:"),
        (MetricSpec(name="rubric"), "Write judge"),
        (MetricSpec(name="code"), "your own function"),
        (MetricSpec(name="labels"), "name: choice, labels:"),
        (MetricSpec(reading="pattern"), "go together"),
        (MetricSpec(pattern="a"), "go together"),
        (MetricSpec(reading="pattern", pattern="("), "not a regular expression"),
        (MetricSpec(name="choice"), "go together"),
        (MetricSpec(labels=("a",)), "go together"),
        (MetricSpec(name="json_valid", reading="last_number"), "It knows reading: strict"),
        (MetricSpec(name="f1", case="keep"), "does not know case"),
    ],
)
def test_a_metric_that_cannot_be_is_refused(spec: MetricSpec, part: str) -> None:
    with pytest.raises(MetricError) as caught:
        load_metric(spec)

    assert part in f"{caught.value} {caught.value.next_step}"


def test_versions_differ_where_scores_may() -> None:
    specs = [
        MetricSpec(),
        MetricSpec(reading="lenient"),
        MetricSpec(reading="pattern", pattern="a"),
        MetricSpec(reading="pattern", pattern="b"),
        MetricSpec(name="choice", labels=("a",)),
        MetricSpec(name="choice", labels=("a", "b")),
    ]

    assert len({(load_metric(spec).name, load_metric(spec).version) for spec in specs}) == 6


def test_code_runs_only_where_it_is_allowed(tmp_path: Path) -> None:
    spec = own(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')\nscore = len")

    with pytest.raises(UnsafeError):
        load_metric(spec)

    assert not (tmp_path / "ran").exists()


def test_a_function_of_the_users_own_scores(tmp_path: Path) -> None:
    spec = own(tmp_path, "def score(answer, targets):\n    return answer.lower() in targets\n")

    metric = load_metric(spec, allow_code=True)

    assert metric.score(" OSLO ", ["oslo"]) == 1
    assert metric.kind == "bounded"
    assert metric.lenient("It is Oslo.", ["oslo"]) == 1


def test_a_function_of_the_users_own_has_no_lenient_reading_of_its_own(tmp_path: Path) -> None:
    spec = own(tmp_path, "def score(answer, targets):\n    return 0\n")

    with pytest.raises(MetricError, match="does not know reading: lenient"):
        load_metric(spec.replace(reading="lenient"), allow_code=True)


def test_a_function_of_the_users_own_sees_no_thoughts_unless_told_to(tmp_path: Path) -> None:
    spec = own(tmp_path, "def score(answer, targets):\n    return 'think' in answer\n")

    assert load_metric(spec, allow_code=True).score("<think>a</think>b", ["b"]) == 0
    kept = load_metric(spec.replace(thoughts="keep"), allow_code=True)
    assert kept.score("<think>a</think>b", ["b"]) == 1


def test_the_version_of_own_code_changes_with_it(tmp_path: Path) -> None:
    before = load_metric(own(tmp_path, "def score(a, t): return 0\n"), allow_code=True).version
    after = load_metric(own(tmp_path, "def score(a, t): return 1\n"), allow_code=True).version

    assert before != after


@pytest.mark.parametrize("value", ["1 / 0", "2", "float('nan')", "None", "'good'", "-0.1"])
def test_a_function_that_fails_is_named_with_the_answer(tmp_path: Path, value: str) -> None:
    metric = load_metric(own(tmp_path, f"def score(a, t): return {value}\n"), allow_code=True)

    with pytest.raises(MetricError) as caught:
        metric.score("the answer", ["x"])

    assert "'the answer'" in str(caught.value)


@pytest.mark.parametrize("name", ["no_module_x:score", "json:no_function", "{folder}/none.py:f"])
def test_code_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(LadderError) as caught:
        load_metric(MetricSpec(name=name.format(folder=tmp_path)), allow_code=True)

    assert caught.value.next_step


def test_a_planted_script_is_never_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "accuracy"
    folder.mkdir()
    (folder / "accuracy.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(MetricError):
        load_metric(MetricSpec(name="accuracy"), allow_code=True)

    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
def test_a_subclass_of_evaluate_metric_scores(tmp_path: Path) -> None:
    pytest.importorskip("evaluate")
    spec = own(
        tmp_path,
        "import datasets, evaluate\n\n"
        "class Own(evaluate.Metric):\n"
        "    def _info(self):\n"
        "        text = datasets.Value('string')\n"
        "        features = datasets.Features({'predictions': text, 'references': text})\n"
        "        return evaluate.MetricInfo(description='', citation='', features=features)\n\n"
        "    def _compute(self, predictions, references):\n"
        "        right = sum(p == r for p, r in zip(predictions, references))\n"
        "        return {'right': right / len(predictions)}\n",
        "Own",
    )

    metric = load_metric(spec, allow_code=True)

    assert metric.score("b", ["a", "b"]) == 1
    assert metric.score("c", ["a", "b"]) == 0
