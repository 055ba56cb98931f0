"""`ladder read` shows what a reading makes of a text, so that people can try one."""

import json
from pathlib import Path

import pytest

from ladder.testing import write_task
from tests.cli.conftest import Command


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            ("<think>6 x 7</think>It is 42.", "--metric", "numeric", "--target", "42"),
            [
                "thoughts:      '6 x 7'  (no part of the answer)",
                "answer:        'It is 42.'  (what the metric looks at)",
                "read as:       'It is 42.'  (strict: the whole answer)",
                "target:        '42'",
                "score:         1  (numeric, read as strict)",
            ],
        ),
        (
            ("Of 12, 3 stay", "--metric", "{name: numeric, reading: last_number}"),
            [
                "read as:       '3'  (last_number: the last number)",
                "Give --target to see the score.",
            ],
        ),
        (
            ("paris", "--metric", "{name: exact_match, case: keep}", "--target", "Paris"),
            ["Only the form differs (case)."],
        ),
        (
            ("The city is Paris", "--target", "Rome", "--target", "Paris"),
            ["target:        'Rome'", "score:         0  (exact_match, read as strict)"],
        ),
        (("It is Paris", "--target", "Paris"), ["`reading: lenient` would count it."]),
        (
            ("Hi.", "--metric", "{name: judge, rubric: It is polite., judge: {id: org/model}}"),
            [
                "No score: it takes the judge's reply, and `ladder read` asks no model. Put the metric"
            ],
        ),
        (("<think>hm", "--target", "x"), ["Nothing is left of the text but thoughts"]),
    ],
)
def test_each_step_is_shown(command: Command, words: tuple[str, ...], lines: list[str]) -> None:
    ended = command("read", *words)

    assert ended.code == 0, ended.err
    assert [line for line in lines if line not in ended.out] == [], ended.out


def test_the_metric_of_a_task_is_taken_and_steps_come_as_json(
    command: Command, tmp_path: Path
) -> None:
    spec = write_task(tmp_path, lambda _: "", metric={"name": "choice", "labels": ["A", "B"]})

    ended = command("read", "It is B", "--metric", spec, "--target", "B", "--json")

    steps = {step["name"]: step["value"] for step in json.loads(ended.out)}
    assert steps["score"] == 1


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("exakt", "not known"),
        ("{name: numeric, readin: strict}", "readin"),
        ("mine:score", "is code"),
        ("absent.yaml", "absent.yaml"),
    ],
)
def test_a_metric_that_is_none_is_said(command: Command, metric: str, words: str) -> None:
    ended = command("read", "42", "--metric", metric)

    assert ended.code != 0
    assert words in ended.err
