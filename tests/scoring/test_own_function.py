"""A metric of the user's own: what it sees of a sample, how long it may take, and what if it fails."""

import time
from pathlib import Path

import pytest

from ladder.errors import MetricError, UnscoredError
from ladder.scoring import load_metric
from ladder.scoring.asked_sample import AskedSample
from ladder.scoring.metric import Metric
from ladder.spec.metric_spec import MetricSpec

SAMPLE = AskedSample("2 + 2", ("4",), {"level": "easy"}, ({"role": "user", "content": "2 + 2"},))


def own(folder: Path, code: str, **fields: object) -> Metric:
    (folder / "own.py").write_text(code)
    spec = MetricSpec.model_validate({"name": f"{folder / 'own.py'}:score", **fields})
    return load_metric(spec, allow_code=True)


@pytest.mark.parametrize(
    "code",
    [
        "def score(answer, sample):\n    return sample.columns['level'] == answer\n",
        "def score(answer, sample):\n    return sample['level'] == answer\n",
        "def score(answer, targets, sample):\n    return [sample['level'], '4'] == [answer, *targets]\n",
        "def score(text, row: 'ladder.AskedSample'):\n    return row.get('level') == text\n",
        "def score(answer, sample):\n    return len(sample.messages) == 1 and answer == 'easy'\n",
    ],
)
def test_a_function_sees_the_sample_where_its_parameter_says_so(tmp_path: Path, code: str) -> None:
    metric = own(tmp_path, code).about(SAMPLE)

    assert metric.score("easy", ["4"]) == 1
    assert metric.score("hard", ["4"]) == 0


@pytest.mark.slow
def test_a_function_that_hangs_costs_one_answer_and_not_the_run(tmp_path: Path) -> None:
    code = (
        "import re\n"
        "def score(answer, targets):\n"
        "    return bool(re.match('(a|aa)+$', answer)) or answer in targets\n"
    )
    metric = own(tmp_path, code, seconds=0.3)
    assert metric.score("x", ["x"]) == 1
    started = time.monotonic()

    with pytest.raises(UnscoredError, match=r"took more than 0\.3 s"):
        metric.score("a" * 100 + "b", ["x"])

    assert metric.score("x", ["x"]) == 1
    assert time.monotonic() - started < 60


@pytest.mark.slow
def test_a_function_that_hangs_on_every_answer_ends_the_run(tmp_path: Path) -> None:
    metric = own(tmp_path, "def score(a, t):\n    while True: pass\n", seconds=0.05)

    for _ in range(7):
        with pytest.raises(UnscoredError):
            metric.score("x", ["x"])
    with pytest.raises(MetricError, match="each of the first 8 answers"):
        metric.score("x", ["x"])


def test_a_function_that_ends_its_process_or_prints_spoils_no_other_answer(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "def score(answer, targets):\n"
        "    print('looking', answer); sys.stdin.read()\n"
        "    return os._exit(3) if answer == 'crash' else 1\n"
    )
    metric = own(tmp_path, code)

    with pytest.raises(UnscoredError, match="ended its process"):
        metric.score("crash", ["x"])
    assert metric.score("fine", ["x"]) == 1


@pytest.mark.parametrize(
    "parameters", ["answer", "answer, sample, targets, more", "answer, other, more"]
)
def test_a_function_with_other_parameters_is_refused(tmp_path: Path, parameters: str) -> None:
    with pytest.raises(MetricError, match="takes"):
        own(tmp_path, f"def score({parameters}):\n    return 1\n")


def test_only_a_function_has_a_limit_of_time() -> None:
    with pytest.raises(MetricError, match="does not know seconds"):
        load_metric(MetricSpec(seconds=3))
