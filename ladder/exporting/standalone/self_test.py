"""Asks ten recorded questions again and compares: prompts, answers, and what is read in them."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ladder.exporting.standalone.read_answers import read, without_thoughts
from ladder.exporting.standalone.row_messages import Stack, Turn

Backend = Callable[[Stack, Sequence[Sequence[Turn]]], Iterable[tuple[str | None, str]]]


def compare(stack: Stack, backend: Backend) -> int:
    """Print how many prompts and answers are those that were recorded; return the exit code.

    Every prompt has to be the same. Of greedy answers one in ten may differ: weights in few bits
    round otherwise in another batch, and servers batch as they like.
    """
    recorded = [json.loads(line) for line in _recorded(stack.folder).splitlines()]
    several = [stack.messages(each["row"]) for each in recorded]
    prompts, answers = [], []
    for each, messages, (prompt, raw) in zip(
        recorded, several, backend(stack, several), strict=True
    ):
        is_shown = prompt is not None and each["prompt"] is not None
        if messages != each["messages"] or (is_shown and prompt != each["prompt"]):
            prompts.append(f"  {each['id']}: another prompt")
        text = without_thoughts(raw, keeps=stack.settings["reading"]["keeps_thoughts"])
        if not _is_same(text, each["answer"], each["read_as"], stack.settings["reading"]):
            answers.append(
                f"  {each['id']}: {each['answer'][:60]!r} was recorded, now {text[:60]!r}"
            )
    is_drawn = stack.settings["decoding"]["is_sampled"]
    drawn = " (they are drawn, so they may differ)" if is_drawn else ""
    n = len(recorded)
    lines = [
        f"prompts: same on {n - len(prompts)} of {n}",
        *prompts,
        f"answers: same on {n - len(answers)} of {n}{drawn}",
        *answers,
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if prompts or (len(answers) > max(1, n // 10) and not is_drawn) else 0


def _is_same(text: str, recorded: str, read_as: str | None, reading: dict[str, Any]) -> bool:
    """Return whether an answer and what is read in it are those recorded; blanks around do not count."""
    found = read(text, reading)
    is_read = found is None or found == read_as or found.strip() == (read_as or "").strip()
    return text.strip() == recorded.strip() and is_read


def _recorded(folder: Path) -> str:
    return (folder / "recorded.jsonl").read_text("utf-8")


def backend_of(stack: Stack) -> Any:  # noqa: ANN401 - one of two modules
    """Return what answers: weights in this process, or a server."""
    if stack.settings["backend"] == "local":
        from ladder.exporting.standalone import local_answers

        return local_answers.answers_to
    from ladder.exporting.standalone import served_answers

    return served_answers.answers_to


if __name__ == "__main__":
    here = Stack(Path(__file__).resolve().parent)
    sys.exit(compare(here, backend_of(here)))
