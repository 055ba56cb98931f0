"""`Recorded`: answers that another tool has already collected."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ladder.errors import DataError
from ladder.models.base import Answer, Request
from ladder.models.digest import file_digest
from ladder.spec.candidate import ChatSetup, Decoding

INPUT_KEYS = ("input", "question", "prompt")
OUTPUT_KEYS = ("output", "answer", "prediction", "response", "completion")


class Recorded:
    """Answers from a JSONL file, a row an input: `{"input": ..., "output": ...}`.

    It knows one way of answering only, the recorded one: the prompt `{{ input }}` with the
    default chat setup and decoding. Anything else is refused rather than answered with what was
    said to another prompt, so no lever can pass for tested that was not.

    Args:
        path: The file. `question` and `prompt` are read as `input` too; `answer`, `prediction`,
            `response` and `completion` as `output`.
    """

    is_local = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._outputs = _read(path)
        self.identity = f"recorded:{file_digest(path)}"

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer each request with what was recorded.

        Raises:
            DataError: Something was asked that was not recorded.
        """
        inputs = [self._input(request) for request in requests]
        for position, text in enumerate(inputs):
            output = self._outputs[text]
            yield (
                position,
                Answer(
                    output,
                    prompt=text,
                    prompt_tokens=len(text.split()),
                    completion_tokens=len(output.split()),
                ),
            )

    def log_likelihood(
        self, requests: Sequence[Request], targets: Sequence[str]
    ) -> list[float] | None:
        """Return None: a recording tells no likelihoods."""
        del requests, targets
        return None

    def close(self) -> None:
        """Do nothing: there is nothing to free."""

    def _input(self, request: Request) -> str:
        # An answer is as long as it is, so the limit is the one setting that may differ.
        decoding = request.decoding.replace(max_new_tokens=Decoding().max_new_tokens)
        if request.chat != ChatSetup() or decoding != Decoding():
            raise self._not_recorded("another chat setup or decoding")
        if len(request.messages) != 1 or request.messages[0].content not in self._outputs:
            raise self._not_recorded(f"the prompt {request.messages[-1].content[:80]!r}")
        return request.messages[0].content

    def _not_recorded(self, what: str) -> DataError:
        return DataError(
            f"{self._path} has no answer for {what}.",
            next_step="Record it and give the file as a model of lever 'model', or use the model "
            "itself; the prompt of a recorded run is '{{ input }}'.",
        )


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The recorded answers {path} cannot be read ({error}).",
            next_step="Give a JSONL file as recorded:<path>.",
        ) from error
    outputs: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        text, output = _row(path, number, line)
        if outputs.setdefault(text, output) != output:
            raise DataError(
                f"{path}:{number} answers an input again, and differently.",
                next_step="Keep one run a file.",
            )
    return outputs


def _row(path: Path, number: int, line: str) -> tuple[str, str]:
    try:
        row: Any = json.loads(line)
    except ValueError as error:
        raise DataError(
            f"{path}:{number} is not JSON ({error}).", next_step="Write one object a line."
        ) from error
    found = row if isinstance(row, dict) else {}
    text = next((found[key] for key in INPUT_KEYS if key in found), None)
    output = next((found[key] for key in OUTPUT_KEYS if key in found), None)
    if not isinstance(text, str) or not isinstance(output, str):
        raise DataError(
            f"{path}:{number} lacks a text under 'input' or 'output'.",
            next_step='Write {"input": ..., "output": ...} on each line.',
        )
    return text, output
