"""A function in memory has another digest where what it does would be another."""

import functools
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ladder.function_digest import function_digest

Model = Callable[[Any], str]

LABELS = ["sport", "news"]
WORDS = {"goal", "team"}
LOG: list[str] = []
COUNTS = {"calls": 0}
PATTERN = {"word": re.compile("goal")}


class Settings:
    """Attributes that a function reads, some of which it changes."""

    suffix = "."

    def __init__(self) -> None:
        self.labels = ["sport"]
        self.inner = {"prompt": "Label it."}
        self.calls = 0
        self.log: list[str] = []


class Bot:
    """Answers by a method that counts its calls, as clients do."""

    def __init__(self) -> None:
        self.reset()
        self.settings = Settings()
        self.calls = 0
        self.kept: dict[str, str] = {}

    def reset(self) -> None:
        self.text = "yes"

    def answer(self, prompt: str) -> str:
        self.calls += 1
        kept = self.kept
        kept[prompt] = self.text
        return self.text + self.settings.suffix

    @functools.cached_property
    def size(self) -> int:
        return len(self.text)


SETTINGS, BOT = Settings(), Bot()


def with_a_list_of_its_own(prompt: str) -> str:
    messages: list[str] = []
    messages.append(prompt)
    messages[0] = prompt.strip()
    return LABELS[0] if messages else ""


def with_a_set(prompt: str) -> str:
    return "sport" if WORDS & set(prompt.split()) else "news"


def with_a_pattern(prompt: str) -> str:
    return str(PATTERN["word"].search(prompt))


def with_an_object(prompt: str) -> str:
    SETTINGS.calls += 1
    SETTINGS.log.append(prompt)
    return SETTINGS.labels[0] + SETTINGS.inner["prompt"]


def by_a_method(prompt: str) -> str:
    return BOT.answer(prompt)


def that_counts(prompt: str) -> str:
    LOG.append(prompt)
    COUNTS["calls"] += 1
    return str([LOG.pop() for _ in prompt.split()[:1]])


@functools.cache
def that_keeps(prompt: str) -> str:
    return LABELS[-1] + prompt


def that_keeps_in_a_default(prompt: str, seen: list[str] = []) -> str:  # noqa: B006
    seen.append(prompt)
    return prompt


def in_a_closure() -> Model:
    calls, seen = 0, set()

    def model(prompt: str) -> str:
        nonlocal calls
        calls += 1
        seen.add(prompt)
        return prompt

    return model


@pytest.mark.parametrize(
    ("model", "change", "undo"),
    [
        (with_a_list_of_its_own, lambda: LABELS.insert(0, "x"), lambda: LABELS.pop(0)),
        (that_keeps, lambda: LABELS.append("x"), LABELS.pop),
        (with_a_set, lambda: WORDS.add("x"), lambda: WORDS.remove("x")),
        (
            with_a_pattern,
            lambda: PATTERN.update(word=re.compile("team")),
            lambda: PATTERN.update(word=re.compile("goal")),
        ),
        (with_an_object, lambda: SETTINGS.labels.append("x"), SETTINGS.labels.pop),
        (
            with_an_object,
            lambda: SETTINGS.inner.update(prompt="Name it."),
            lambda: SETTINGS.inner.update(prompt="Label it."),
        ),
        (by_a_method, lambda: setattr(BOT, "text", "no"), BOT.reset),
        (BOT.answer, lambda: setattr(BOT, "text", "no"), BOT.reset),
        (by_a_method, lambda: setattr(Settings, "suffix", "!"), lambda: setattr(Settings, "suffix", ".")),
        (
            by_a_method,
            lambda: BOT.settings.inner.update(prompt="Name it."),
            lambda: BOT.settings.inner.update(prompt="Label it."),
        ),
    ],
)  # fmt: skip
def test_what_a_function_reads_is_a_part_of_it(
    model: Model, change: Callable[[], Any], undo: Callable[[], Any]
) -> None:
    before = function_digest(model)

    change()
    changed = function_digest(model)
    undo()

    assert changed != before
    assert function_digest(model) == before


@pytest.mark.parametrize(
    "model",
    [
        *(with_an_object, by_a_method, BOT.answer, that_counts, that_keeps),
        *(that_keeps_in_a_default, in_a_closure(), functools.partial(that_counts)),
    ],
)
def test_what_a_function_fills_itself_is_no_part_of_it(model: Model) -> None:
    before = function_digest(model)

    model(f"a goal of {model}")

    assert BOT.size
    assert function_digest(model) == before


def test_a_parameter_of_another_name_gets_something_else() -> None:
    assert function_digest(lambda prompt: prompt) != function_digest(lambda messages: messages)


SCRIPT = """
from ladder.function_digest import function_digest
WORDS = {"goal", "team", "match", ("a", frozenset({"b", "c", "d"}))}
def model(prompt):
    return str(prompt in {"yes", "no", "perhaps"} or prompt in WORDS)
print(function_digest(model))
"""


def test_a_set_of_texts_is_the_same_in_every_process(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    found = {
        subprocess.run(
            [sys.executable, str(path)],
            env={
                **os.environ,
                "PYTHONHASHSEED": str(seed),
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in (1, 2, 3)
    }

    assert len(found) == 1
