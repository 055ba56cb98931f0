"""Asks the recorded questions of an adapter again, and says on how many the answer is the same.

    python compare_answers.py peft             # base model and adapter by transformers and peft
    python compare_answers.py merged FOLDER    # a merged model
    python compare_answers.py server URL       # vLLM, llama.cpp's server or Ollama, such as
                                               # http://127.0.0.1:8000/v1; SERVED_AS names the model

An answer that differs is shown. Below nine of ten, or where it answers as the base model does, the
exit code is 1.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ladder.exporting.standalone.row_messages import Stack


def compare_all(stack: Stack, words: Sequence[str]) -> int:
    """Print the comparison that the words ask for; return the exit code."""
    questions = [json.loads(line) for line in _lines(stack.folder / "questions.jsonl")]
    found = _answers(stack, words, [each["messages"] for each in questions])
    told, same, as_base = [], 0, 0
    for each, (prompt, text) in zip(questions, found, strict=True):
        if prompt is not None and prompt != each["prompt"]:
            told.append(f"  question {each['id']}: another prompt")
        same += text == each["answer"]
        as_base += text == each["base_answer"] != each["answer"]
        if text != each["answer"]:
            told.append(
                f"  question {each['id']}: {each['answer'][:60]!r} measured, {text[:60]!r} here"
            )
    n = len(questions)
    lines = [f"same on {same} of {n}", *told]
    if told and stack.settings["model"]["dtype"] != "float32":
        lines.append(
            f"The model was measured in {stack.settings['model']['dtype']}, which rounds otherwise from "
            "batch to batch: where two answers are about as likely, either may come."
        )
    if as_base:
        lines.append(f"{as_base} answers are those of the base model: is the adapter loaded?")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if n - same <= max(1, n // 10) else 1


def _answers(stack: Stack, words: Sequence[str], several: Sequence[Any]) -> Any:  # noqa: ANN401 - pairs
    if words[:1] == ["server"] and len(words) == 2:
        from ladder.exporting.standalone import served_answers

        os.environ["OPENAI_BASE_URL"] = words[1]
        return served_answers.answers_to(stack, several)
    if words[:1] == ["merged"] and len(words) == 2:
        os.environ["MODEL"], stack.settings["model"]["adapter"] = words[1], False
    elif list(words) != ["peft"]:
        raise SystemExit(__doc__)
    from ladder.exporting.standalone import local_answers

    return local_answers.answers_to(stack, several)


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    sys.exit(compare_all(Stack(Path(__file__).resolve().parent), sys.argv[1:]))
