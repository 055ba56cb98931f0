"""Runs of each verdict, made once; each test gets its own copy to tamper with."""

import base64
import json
import re
import shutil
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import ladder
from ladder.cli import main
from ladder.gate import write_keys
from ladder.models.base import Request
from ladder.testing import Scripted, register_scripted

DECLARED = {
    "template": {"not_applicable": "a completion endpoint"},
    "model": {"not_applicable": "one model is allowed"},
    "rag": {"not_applicable": "no documents exist"},
    "rerank": {"not_applicable": "no documents exist"},
}


def number_in(request: Request) -> int:
    """Return the number that a request asks about."""
    return int(re.findall(r"[0-9]+", request.messages[-1].content)[-1])


def never(request: Request) -> str:
    """Answer nothing that any lever could put right, in words of its own for each question."""
    return f"no idea, {'abc'[number_in(request) % 3]}"


def with_shots(request: Request) -> str:
    """Answer right once worked examples stand in the prompt."""
    return str(number_in(request) * 3) if len(request.messages) >= 5 else never(request)


def four_in_five(request: Request) -> str:
    """Answer right so often that nothing can be shown either way."""
    return str(number_in(request) * 3) if number_in(request) % 5 else never(request)


ANSWERS: dict[str, Callable[[Request], str]] = {
    "fine_tune": never,
    "use_lever": with_shots,
    "inconclusive": four_in_five,
}


@dataclass
class Case:
    """A repository with a task, its run, and keys; the current folder while a test runs."""

    folder: Path
    run: Path
    capture: pytest.CaptureFixture[str]
    out: str = ""

    @property
    def record(self) -> Path:
        return self.run / "record.json"

    def call(self, *words: object) -> int:
        """Call the command line and keep what it printed."""
        code = main([str(word) for word in words])
        captured = self.capture.readouterr()
        self.out = captured.out + captured.err
        return code

    def gate(self, *words: object) -> int:
        return self.call("gate", self.run, *words)

    def write_record(self, *words: object, key: str = "ci.key") -> None:
        assert self.call("record", "write", self.run, "--key", key, *words) == 0, self.out

    def write_policy(self, **changes: Any) -> None:
        """Write the policy: signed by ci, waivers by ada, and what a test changes."""
        policy = {"signers": {"ci": self.public("ci")}, **changes}
        with Path("ladder-policy.yaml").open("w", encoding="utf-8") as file:
            YAML().dump({name: value for name, value in policy.items() if value is not None}, file)

    def public(self, name: str) -> str:
        return Path(f"{name}.pub").read_text().strip()

    def edit_payload(self, edit: Callable[[dict[str, Any]], object]) -> None:
        """Change what the record says; its signature stays as it was."""
        envelope = json.loads(self.record.read_text())
        statement = json.loads(base64.b64decode(envelope["payload"]))
        edit(statement)
        payload = json.dumps(statement).encode()
        envelope["payload"] = base64.b64encode(payload).decode()
        self.record.write_text(json.dumps(envelope))

    def edit_envelope(self, edit: Callable[[dict[str, Any]], object]) -> None:
        envelope = json.loads(self.record.read_text())
        edit(envelope)
        self.record.write_text(json.dumps(envelope))

    def resign(self, edit: Callable[[dict[str, Any]], object], key: str = "ci.key") -> None:
        """Change what the record says, and sign that with a key that the policy trusts."""
        from ladder.gate.envelope import seal
        from ladder.gate.keys import load_signing_key

        envelope = json.loads(self.record.read_text())
        statement = json.loads(base64.b64decode(envelope["payload"]))
        edit(statement)
        payload = json.dumps(statement).encode()
        self.record.write_text(seal(payload, [load_signing_key(key)]).to_json())


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one repository a verdict."""
    root = tmp_path_factory.mktemp("runs")
    for verdict, answer in ANSWERS.items():
        folder = root / verdict
        folder.mkdir()
        with chdir(folder):
            write_task(register_scripted(Scripted(answer, name=f"gate-{verdict}")))
            assert ladder.run("task.json").verdict == verdict
            for name in ("ci", "ada", "mallory"):
                write_keys(Path(f"{name}.key"))
    return root


@pytest.fixture(scope="session")
def signed_runs(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same with a record, signed by ci, of the justified fine-tune."""
    root = tmp_path_factory.mktemp("signed") / "runs"
    shutil.copytree(runs, root)
    with chdir(root / "fine_tune"):
        (decision,) = Path("runs").glob("*/decision.json")
        training = ["--train-data", "train.jsonl", "--train-config", "train.yaml"]
        assert main(["record", "write", str(decision.parent), "--key", "ci.key", *training]) == 0
    return root


def write_task(model: str) -> None:
    """Write a task's spec and data into the current folder."""
    rows = [{"input": str(i), "target": str(i * 3)} for i in range(1, 161)]
    pool = [{"input": str(i), "target": str(i * 3)} for i in range(1000, 1020)]
    train = [{"input": str(i), "target": str(i * 3)} for i in range(2000, 2100)]
    for name, some in (("eval.jsonl", rows), ("pool.jsonl", pool), ("train.jsonl", train)):
        Path(name).write_text("".join(json.dumps(row) + "\n" for row in some))
    Path("train.yaml").write_text("epochs: 1\nlearning_rate: 1e-4\n")
    task = {
        "name": "triples",
        "model": model,
        "data": "eval.jsonl",
        "target": 0.8,
        "levers": {**DECLARED, "few_shot": {"pool": "pool.jsonl", "methods": ["random"]}},
    }
    Path("task.json").write_text(json.dumps(task))


@pytest.fixture
def open_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Path], Case]:
    """Return a function that copies one repository, writes a policy there and goes there."""

    def copied(repository: Path) -> Case:
        folder = tmp_path / repository.name
        shutil.copytree(repository, folder)
        monkeypatch.chdir(folder)
        (decision,) = Path("runs").glob("*/decision.json")
        case = Case(folder, decision.parent, capsys)
        case.write_policy()
        return case

    return copied


@pytest.fixture
def make_case(runs: Path, open_copy: Callable[[Path], Case]) -> Callable[[str], Case]:
    """Return a function that copies the repository of one verdict and goes there."""
    return lambda verdict: open_copy(runs / verdict)


@pytest.fixture
def case(signed_runs: Path, open_copy: Callable[[Path], Case]) -> Case:
    """Return the repository of a justified fine-tune, with a record that ci signed."""
    return open_copy(signed_runs / "fine_tune")
