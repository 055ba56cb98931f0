"""The page for coding agents: its commands run as written, and give the JSON that it names."""

import csv
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from ladder.cli.app import app
from ladder.models.base import Request
from ladder.testing import Scripted, register_scripted
from tests.cli.conftest import Command

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "agents.md"
LABELS = ("billing", "delivery", "other")


def answer(request: Request) -> str:
    """Name the queue alone where the prompt asks for nothing else; else in a sentence."""
    text = "\n".join(each.content for each in request.messages)
    queue = LABELS[int(re.findall(r"Case (\d+)", text)[-1]) % 3]
    return queue if "alone" in text or "only" in text else f"No {LABELS[0]}, no {LABELS[1]}: hm."


def text_of_page() -> str:
    return PAGE.read_text("utf-8")


def row_of(command: str) -> list[str]:
    """Return the words in code of a command's row: what its JSON holds."""
    (line,) = re.findall(rf"^\| `{command}` \| (.*?) \|", text_of_page(), re.MULTILINE)
    return re.findall(r"`([\w.]+)`", line)


@pytest.mark.slow
def test_the_commands_for_an_agent_run_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    monkeypatch.chdir(tmp_path)
    model = register_scripted(Scripted(answer, name="agents-page"))
    with Path("data.csv").open("w", newline="") as file:
        rows = [(f"Case {at}, since {at * at} days", LABELS[at % 3]) for at in range(160)]
        csv.writer(file).writerows([("text", "queue"), *rows])
    (block,) = re.findall(r"```console\n(.*?)```", text_of_page(), re.DOTALL)
    words = {"DATA": "data.csv", "MODEL": model, "a new input": "Case 1, since 9 days"}
    found: dict[str, Any] = {}

    for line in block.splitlines():
        typed = [words.get(word, word) for word in shlex.split(line)[1:]]
        ended = command(*typed)
        is_explored = "--explore" in typed
        assert ended.code == (3 if is_explored else 1 if typed[0] == "gate" else 0), (
            ended.err + ended.out
        )
        name = "run --explore" if is_explored else typed[0]
        is_json = "--json" in typed or name == "answer"
        found[name] = json.loads(ended.out) if is_json else ended.out
        if name == "status":
            words["RUN"] = str(Path("runs") / Path(found[name][0]["run"]).name)

    for name in ("plan", "run", "apply", "answer", "gate"):
        for field in row_of(name):
            value = found[name]
            for part in field.split("."):
                assert part in value, (name, field)
                value = value[part] if isinstance(value, dict) else value
    assert {"run", "verdict", "looks"} <= found["status"][0].keys()
    assert all(
        {"code", "severity", "problem", "next_step"} <= each.keys() for each in found["check"]
    )
    assert found["run"]["verdict"] == "use_lever"
    assert found["answer"]["answer"] == "delivery"
    assert Path(found["apply"]["spec"]).is_file()


def test_every_command_and_option_that_the_page_names_exists() -> None:
    group: Any = typer.main.get_command(app)
    context = typer.Context(group)
    named = re.findall(r"`(?:ladder )?(\w+)((?: [\w./]+| --[\w-]+)*)`", text_of_page())
    verbs = group.list_commands(context)
    checked = 0
    for verb, rest in named:
        if verb not in verbs:
            continue
        options = {each for one in group.get_command(context, verb).params for each in one.opts}
        assert set(re.findall(r"--[\w-]+", rest)) <= options, verb
        checked += 1
    assert checked > 15
