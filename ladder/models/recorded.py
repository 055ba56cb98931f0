"""`Recorded`: answers that another tool has already collected."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ladder.data.readers.decoding_text import text_of
from ladder.data.readers.json_rows import read_jsonl
from ladder.data.readers.read_rows import check_file
from ladder.data.readers.row import Row
from ladder.errors import DataError
from ladder.models.base import Answer, AnswersAlone, FinishReason, Request
from ladder.models.digest import file_digest
from ladder.spec.candidate import ChatSetup, Decoding

INPUT_KEYS = ("input", "question", "prompt")
OUTPUT_KEYS = ("output", "answer", "prediction", "response", "completion")

_Output = tuple[str, FinishReason, str | None]
"""What was answered, why it ended, and why there is no answer."""


class Recorded(AnswersAlone):
    """Answers from a JSONL file, a row an input: `{"input": ..., "output": ...}`.

    It knows one candidate only, the recorded one: the prompt `{{ input }}` with the
    default chat setup and decoding. Anything else is refused rather than answered with what was
    said to another prompt, so no lever can pass for tested that was not.

    A row may say how its answer ended: `"finish_reason": "length"` where it was cut, and `"error"`
    where the call failed, which is no wrong answer.

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
            output, reason, error = self._outputs[text]
            yield position, Answer.in_words(output, text, finish_reason=reason, error=error)

    def answers(self, request: Request) -> bool:
        """Return whether an answer to a request was recorded."""
        try:
            return bool(self._input(request))
        except DataError:
            return False

    def _input(self, request: Request) -> str:
        # An answer is as long as it is, so the limit is the one setting that may differ.
        decoding = request.decoding.replace(max_new_tokens=Decoding().max_new_tokens)
        if request.chat != ChatSetup() or decoding != Decoding():
            raise self._not_recorded("another chat setup or decoding")
        if len(request.messages) != 1:
            roles = ", ".join(message.role for message in request.messages)
            raise DataError(
                f"{self._path} has no answer for prompts of several turns ({roles}).",
                next_step="A recording answers one user turn alone: take the system text, worked "
                "examples and earlier turns out of prompt and rows, or use the model itself.",
            )
        if request.messages[0].content not in self._outputs:
            raise self._not_recorded(f"the prompt {request.messages[-1].content[:80]!r}")
        return request.messages[0].content

    def _not_recorded(self, what: str) -> DataError:
        return DataError(
            f"{self._path} has no answer for {what}.",
            next_step="Record it and give the file as a model of lever 'model', or use the model "
            "itself; the prompt of a recorded run is '{{ input }}'.",
        )


def _read(path: Path) -> dict[str, _Output]:
    outputs: dict[str, _Output] = {}
    for row in read_jsonl(check_file(str(path))):
        text, output = _first(row, INPUT_KEYS), _output(row)
        if outputs.setdefault(text, output) != output:
            raise DataError(
                f"{row.where} answers an input again, and differently.",
                next_step="Keep one run a file.",
            )
    return outputs


def _output(row: Row) -> _Output:
    error = text_of(row.columns.get("error"))
    if error:
        return "", "error", error
    is_cut = row.columns.get("finish_reason") == "length"
    return _first(row, OUTPUT_KEYS), "length" if is_cut else "stop", None


def _first(row: Row, keys: Sequence[str]) -> str:
    value = next((row.columns[key] for key in keys if key in row.columns), None)
    text = text_of(value)
    if text is None:
        raise DataError(
            f"{row.where} lacks a text under {keys[0]!r}.",
            next_step='Write {"input": ..., "output": ...} on each line.',
        )
    return text
