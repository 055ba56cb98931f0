"""Rows that hold a conversation are named, with a command that turns them into columns."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ladder.data import load_samples
from ladder.errors import DataError
from ladder.spec.task import DataSource

ASKED = "Which is heavier?"


def openai(*turns: tuple[str, str], column: str = "messages") -> dict[str, Any]:
    return {column: [{"role": role, "content": text} for role, text in turns]}


def sharegpt(*turns: tuple[str, str], asker: str = "human") -> dict[str, Any]:
    names = {"user": asker, "assistant": "gpt"}
    return {
        "conversations": [{"from": names.get(role, role), "value": text} for role, text in turns]
    }


SHORT = (("user", ASKED), ("assistant", "B"))
LONG = (("system", "One letter."), ("user", "Hello"), ("assistant", "Hi"), *SHORT)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (openai(*SHORT), "input"),
        (openai(*SHORT), "messages"),
        (openai(*SHORT), "messages.1.content"),
        (openai(*LONG), "question"),
        (openai(*LONG, column="chat"), "chat"),
        (openai(*LONG, column="conversation"), "input"),
        (sharegpt(*SHORT), "conversations"),
        (sharegpt(*SHORT), "input"),
        (sharegpt(*LONG), "conversations"),
        (sharegpt(*LONG, asker="user"), "conversations.0.value"),
    ],
)
def test_a_conversation_is_named_and_the_command_that_is_advised_gives_columns(
    tmp_path: Path, row: dict[str, Any], column: str
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row) + "\n")

    with pytest.raises(DataError, match="chat row") as caught:
        load_samples(DataSource(path=str(file), input=column, target="target"))

    if shutil.which("jq") is None:
        pytest.skip("jq is absent")
    advised = caught.value.next_step.partition("jq -c '")[2].partition("'")[0]
    made = subprocess.run(
        ["jq", "-c", advised, str(file)], capture_output=True, text=True, check=True
    ).stdout
    (tmp_path / "eval.jsonl").write_text(made)
    (sample,) = load_samples(DataSource(path=str(tmp_path / "eval.jsonl")))
    assert (sample.input, sample.targets) == (ASKED, ("B",))
    assert sample.columns["earlier"].count("Hello") == json.dumps(row).count("Hello")
    assert sample.columns["system"].count("One letter.") == json.dumps(row).count("One letter.")
