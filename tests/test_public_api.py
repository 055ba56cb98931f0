"""The names and arguments that people write down are pinned here."""

import inspect

import pytest

import ladder


def test_the_public_names_are_these() -> None:
    assert ladder.__all__ == [
        "Candidate",
        "Decision",
        "Finding",
        "LadderError",
        "Ledger",
        "Progress",
        "TaskSpec",
        "__version__",
        "check_task",
        "decide",
        "load",
        "load_task",
        "plan_run",
        "recheck",
        "run",
        "run_folder_of",
    ]


def test_each_public_name_is_there_and_explained() -> None:
    for name in ladder.__all__:
        assert getattr(ladder, name) is not None
        assert name == "__version__" or getattr(ladder, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="climb"):
        _ = ladder.climb


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        (
            "run",
            [
                "task",
                "levers",
                "runs_folder",
                "observer",
                "allow_code",
                "explore",
                "progress",
                "fields",
            ],
        ),
        ("check_task", ["task", "allow_code"]),
        ("plan_run", ["task", "gap", "runs_folder", "measure", "allow_code"]),
        (
            "recheck",
            [
                "run",
                "data",
                "input_column",
                "answer_column",
                "columns",
                "date_column",
                "month",
                "allow_code",
                "base_url",
            ],
        ),
        ("run_folder_of", ["task", "runs_folder"]),
        ("load_task", ["source", "overrides"]),
        (
            "decide",
            [
                "levers",
                "score_many",
                "n",
                "target",
                "kind",
                "margin",
                "clusters",
                "classes",
                "at_least",
                "alpha_reached",
                "alpha_justified",
                "seed",
                "looks",
                "reference",
                "is_advised",
            ],
        ),
    ],
)
def test_arguments_are_pinned(name: str, arguments: list[str]) -> None:
    assert list(inspect.signature(getattr(ladder, name)).parameters) == arguments
