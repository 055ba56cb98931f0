"""`run_again` and its like: the commands that made a run, make it again, and train by its verdict."""

import re
import shlex
from collections.abc import Sequence

from ladder.decision import Decision
from ladder.spec.read_document import ENDINGS


def spec_path(decision: Decision) -> str:
    """Return the spec's path as the person typed it, for the commands to copy."""
    return shlex.quote(spec_file(decision))


def spec_file(decision: Decision) -> str:
    """Return the spec's path as the person typed it; `task.yaml` where it is not known."""
    words = _words_of_run(decision)
    specs = (word for word in words if word.endswith(ENDINGS) and "=" not in word)
    return next(specs, "task.yaml")


def run_again(decision: Decision, *, changed: str = "") -> str:
    """Return the command that makes this run, and no other, once more.

    `changed` is a field as `--set` takes it, such as `budget.minutes=60`, in place of what was
    given.
    """
    given = _options(decision, ("--set", "--runs"))
    key = f"{changed.partition('=')[0]}="
    kept = [each for each in given if not (changed and each[-1].startswith(key))]
    added = [["--set", changed]] if changed else []
    return " ".join(["ladder run", spec_path(decision), *map(shlex.join, [*kept, *added])])


def train_command(decision: Decision, run: str) -> str:
    """Return the command that trains by this run's verdict."""
    options = map(shlex.join, _options(decision, ("--set",)))
    return " ".join(["ladder train", spec_path(decision), "--run", run, *options])


def _options(decision: Decision, valued: Sequence[str]) -> list[tuple[str, ...]]:
    """Return these options of the command that made the run, with their values, and `--allow-code`."""
    words = _words_of_run(decision)
    found: list[tuple[str, ...]] = []
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in valued and (equals or at + 1 < len(words)):
            found.append((name, value if equals else words[at + 1]))
        elif word == "--allow-code":
            found.append((word,))
    return found


def _words_of_run(decision: Decision) -> list[str]:
    """Return the words behind `ladder run`; none where the run was not made by that command."""
    command = decision.provenance.command if decision.provenance else ""
    found = re.search(r"(?:\bladder|\b__main__\.py)'? run (.*)", command)
    return _words(found[1]) if found else []


def command_of(decision: Decision) -> str:
    """Return the command that made the run, as a person types it."""
    command = decision.provenance.command if decision.provenance else ""
    found = re.match(r"""(?:'[^']*/|\S*/)?(?:ladder|__main__\.py)'? (run .*)""", command)
    return f"ladder {found[1]}" if found else command


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []
