"""Runs a GitHub workflow's steps on this machine, from the YAML files as they are."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
_CONDITION = re.compile(r"inputs\.([\w-]+) != ''")


@dataclass
class Job:
    """One job: where it runs, what its steps left, and how it ended."""

    folder: Path
    temporary: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    log: str = ""
    code: int = 0
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        path = self.temporary / "summary.md"
        return path.read_text() if path.exists() else ""

    def run_workflow(self, path: Path, job: str) -> None:
        """Run a job's steps in order; the first that fails ends it, as in GitHub."""
        for step in load(path)["jobs"][job]["steps"]:
            if self.code:
                return
            uses = str(step.get("uses", ""))
            if uses.startswith("actions/checkout@"):
                continue  # the checkout is where the test has put it
            if uses:
                self._run_action(step.get("with", {}))
            else:
                self._run_step(step, {})

    def _run_action(self, given: Mapping[str, Any]) -> None:
        action = load(ROOT / "action.yml")
        unknown = given.keys() - action["inputs"].keys()
        assert not unknown, f"the action has no input {unknown}"
        inputs = {
            name: self._fill(str(each.get("default", "")), {})
            for name, each in action["inputs"].items()
        }
        inputs |= {name: self._fill(str(value), {}) for name, value in given.items()}
        inputs |= self.overrides
        for step in action["runs"]["steps"]:
            if self.code == 0 and _holds(step.get("if"), inputs):
                self._run_step(step, inputs)

    def _run_step(self, step: Mapping[str, Any], inputs: Mapping[str, str]) -> None:
        assert "${{" not in step["run"], "an expression inside a script can be made to run anything"
        script, output = self.temporary / "step.sh", self.temporary / "output"
        script.write_text(step["run"])
        output.write_text("")
        own = {name: self._fill(str(value), inputs) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.folder,
            env={
                **os.environ,
                "GITHUB_ACTIONS": "true",
                "GITHUB_STEP_SUMMARY": str(self.temporary / "summary.md"),
                "GITHUB_OUTPUT": str(output),
                "RUNNER_TEMP": str(self.temporary),
                **own,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        self.log += done.stdout + done.stderr
        self.code = done.returncode
        pairs = (line.partition("=") for line in output.read_text().splitlines())
        self.outputs |= {name: value for name, _, value in pairs}

    def _fill(self, text: str, inputs: Mapping[str, str]) -> str:
        def value(match: re.Match[str]) -> str:
            kind, _, name = match.group(1).partition(".")
            github = {"token": os.environ.get("TEST_GITHUB_TOKEN", ""), "action_path": str(ROOT)}
            return {"inputs": inputs, "vars": self.variables, "github": github}[kind].get(name, "")

        return _EXPRESSION.sub(value, text)


def load(path: Path) -> Any:
    """Return a YAML file's content."""
    return YAML(typ="safe").load(path.read_text())


def _holds(condition: str | None, inputs: Mapping[str, str]) -> bool:
    if condition is None:
        return True
    match = _CONDITION.fullmatch(condition)
    assert match is not None, f"this runner does not know the condition {condition!r}"
    return inputs[match.group(1)] != ""
