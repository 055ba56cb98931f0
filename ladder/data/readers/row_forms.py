"""`read_form`: what a row holds, in the forms in which chat and training data are usually kept."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ladder.data.chat_message import Message, content_text
from ladder.data.readers.chat_rows import (
    EmptyAnswerError,
    UnreadableRowError,
    is_turn,
    is_turns,
    parsed,
    tools_of,
    turns_of,
)
from ladder.data.readers.decoding_text import text_of

Columns = Mapping[str, Any]
_PRINTED = re.compile(r"\s*\[\s*\{\s*['\"](?:role|from)['\"]\s*:")
"""How a list of turns begins that a program printed."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a row of a known form holds.

    Attributes:
        form: What the form is called.
        asked: The turns of which none is an answer to learn.
        said: The turns after them; the answers are among them.
        references: The acceptable answers, where the row gives them as texts.
        tools: The tools' schemas as JSON; empty without any.
        columns: The other columns.
        is_talk: Whether it is more than one text and its answers.
        has_object: Whether the answer is an object, which `references` has as JSON.
        left_out: What of the row is in no sample, in words.
    """

    form: str
    asked: tuple[Message, ...]
    said: tuple[Message, ...]
    references: tuple[str, ...]
    tools: str
    columns: dict[str, Any]
    is_talk: bool = True
    has_object: bool = False
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """The cells of a row that mean something, before they are read.

    Attributes:
        question, answer: The cells; no answer where it is among the turns of the question.
        history: Turns before the question.
        used: Columns that are no columns of the sample.
        more: Further columns, out of the question's object.
        columns: For an export whose question and answer are objects: how their columns begin.
    """

    form: str
    question: Any
    answer: Any = None
    history: tuple[Message, ...] = ()
    used: tuple[str, ...] = ()
    more: Mapping[str, Any] | None = None
    columns: tuple[str, str] = ("", "")


def read_form(
    columns: Columns,
    *,
    question: str | None = None,
    answer: str | None = None,
    system: str | None = None,
    tools: str | None = None,
) -> Exchange | None:
    r"""Return what a row holds, or None where it has no known form.

    Args:
        columns: The row's cells.
        question: The column of turns that the spec names.
        answer: The column of answers that it names, where the row has it.
        system: The column of system texts that it names.
        tools: The column of tools that it names.

    Raises:
        UnreadableRowError: The form is known, and this row of it cannot be read.

    >>> row = {"instruction": "Add.", "input": "2 + 2", "output": "4"}
    >>> read_form(row).asked, read_form(row).references
    ((Message(role='user', content='Add.\n\n2 + 2', given=None),), ('4',))
    """
    parts = _named(columns, question, answer) if question is not None else None
    found = (read(columns) for read in _FORMS) if question is None else iter(())
    parts = parts or next((each for each in found if each is not None), None)
    if parts is None:
        return None
    if columns.get("label") is False and "completion" in columns:
        raise UnreadableRowError("its answer is marked as a bad one (label: false)")
    return _exchange(parts, columns, system=system or "system", tools=tools)


def chosen_of(columns: Columns) -> dict[str, Any] | None:
    """Return a row that holds a pair of answers with the better one as its answer, or None.

    >>> chosen_of({"question": "Why?", "chosen": "So.", "rejected": "No.", "id": 1})
    {'prompt': 'Why?', 'completion': 'So.', 'id': 1}
    """
    if {"input", "preferred_output"} <= columns.keys():
        names = ("input", "preferred_output", "non_preferred_output")
    elif {"chosen", "rejected"} <= columns.keys():
        asked = next((name for name in _BESIDE_PAIRS if name in columns), "")
        names = (asked, "chosen", "rejected")
    else:
        return None
    question, answer, _ = names
    rest = {name: value for name, value in columns.items() if name not in names}
    if question:
        return {"prompt": columns[question], "completion": columns[answer], **rest}
    return {"messages": columns[answer], **rest} if is_turns(parsed(columns[answer])) else None


def _exchange(parts: Parts, columns: Columns, *, system: str, tools: str | None) -> Exchange:
    first, second = parts.columns
    inner, found = _question(parts.question, first)
    asked = (*parts.history, *inner)
    said, references = _answer(parts.answer, second)
    if parts.answer is None:
        asked, said = (), asked
    elif said[: len(asked)] == asked and len(said) > len(asked):
        said = said[len(asked) :]  # a whole conversation beside its own beginning
    given = next((name for name in (tools, "tools", "functions") if name in columns), None)
    schemas = tools_of(columns[given]) if given else found
    asked, said = _with_system(_system_of(columns, system, asked, said), asked, said)
    used = {*parts.used, system, *([given] if given else [])}
    rest = {name: value for name, value in columns.items() if name not in used}
    return Exchange(
        form=parts.form,
        asked=asked,
        said=said,
        references=references,
        tools=schemas,
        columns={**(parts.more or {}), **rest},
        is_talk=bool(said) or len(asked) > 1 or bool(schemas) or asked[0].given is not None,
        has_object=not said and not second and is_object(parts.answer),
    )


_SYSTEMS = ("system_prompt", "system_message", "systemInstruction", "system_instruction")
"""Where the system text of a conversation without one may stand, beside the column `system`."""


def _system_of(
    columns: Columns, system: str, asked: tuple[Message, ...], said: tuple[Message, ...]
) -> str | None:
    """Return the system text that stands beside the turns: a text, or typed parts."""
    has_own = any(turn.role in ("system", "developer") for turn in (*asked, *said))
    names = (system,) if has_own or system != "system" else (system, *_SYSTEMS)
    found = (_text_of_parts(columns.get(name)) for name in names)
    return next((text for text in found if text), None)


def _text_of_parts(cell: Any) -> str | None:  # noqa: ANN401 - any cell
    """Return a text, or the text of typed parts, which may stand under `parts`."""
    if isinstance(cell, Mapping):
        cell = cell.get("parts")
    return content_text(cell) if isinstance(cell, list) else text_of(cell)


def _with_system(
    text: str | None, asked: tuple[Message, ...], said: tuple[Message, ...]
) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    if not text:
        return asked, said
    own = [turn.content for turn in (*asked, *said) if turn.role in ("system", "developer")]
    if own == [text]:
        return asked, said
    if own:
        raise UnreadableRowError("its column system and its system turn say different things")
    return (Message("system", text), *asked), said


def _question(cell: Any, column: str) -> tuple[tuple[Message, ...], str]:  # noqa: ANN401
    """Return the turns of a cell that asks, and the tools that stand beside them in it."""
    value = parsed(cell)
    if is_turns(value):
        return turns_of(value), ""
    if isinstance(value, Mapping):
        turns = parsed(value.get("messages"))
        if is_turns(turns):
            return turns_of(turns), tools_of(value.get("tools"))
        if column:
            return (Message("user", _only_text(value, "question", column)),), ""
        if not isinstance(cell, str):
            raise UnreadableRowError(f"what it asks is an object with {', '.join(value)}")
    text = text_of(cell)
    if text is None or not text.strip():
        raise EmptyAnswerError("it asks nothing")
    return (Message("user", text),), ""


def _answer(cell: Any, column: str) -> tuple[tuple[Message, ...], tuple[str, ...]]:  # noqa: ANN401
    """Return the answer's turns, or the acceptable answers as texts.

    A text that is JSON is an answer in JSON, and stays as it is written, unless it holds turns, or
    the export writes all its answers as objects.
    """
    if cell is None:
        return (), ()
    turns = _answer_turns(cell)
    if turns:
        return turns, ()
    value = parsed(cell) if column else cell
    if column and isinstance(value, Mapping):
        return (), (_only_text(value, "answer", column),)
    texts = answer_texts(value)
    if not texts:
        raise EmptyAnswerError("its answer is empty")
    return (), texts


def _answer_turns(cell: Any) -> tuple[Message, ...]:  # noqa: ANN401 - any cell
    value = parsed(cell)
    if is_turns(value):
        return turns_of(value)
    if not isinstance(value, Mapping):
        return ()
    inner = parsed(next(iter(value.values())) if len(value) == 1 else value.get("messages"))
    if is_turns(inner):
        return turns_of(inner)
    if len(value) == 1 and isinstance(inner, Mapping) and is_turn(inner):
        return turns_of([inner])
    is_spoken = is_turn(value) and turns_of([value])[0].role == "assistant"
    return turns_of([value]) if is_spoken else ()


def answer_texts(cell: Any) -> tuple[str, ...]:  # noqa: ANN401 - any cell
    """Return the acceptable answers of a cell, or nothing where one of them is empty.

    A list of texts is several answers. An object, and a list with objects in it, is one answer in
    JSON.

    >>> answer_texts(["Rome", "Roma"]), answer_texts({"city": "Rome"}), answer_texts("")
    (('Rome', 'Roma'), ('{"city": "Rome"}',), ())
    """
    if is_object(cell):
        return (json.dumps(cell, ensure_ascii=False, default=str),)
    texts = [text_of(item) for item in (cell if isinstance(cell, list | tuple) else [cell])]
    if not all(text is not None and text.strip() for text in texts):
        return ()
    return tuple(dict.fromkeys(text for text in texts if text is not None))


def is_object(cell: Any) -> bool:  # noqa: ANN401 - any cell
    """Return whether an answer is an object, or a list with objects in it."""
    items = cell if isinstance(cell, list | tuple) else [cell]
    return any(isinstance(item, Mapping) for item in items)


def _only_text(value: Mapping[str, Any], what: str, column: str) -> str:
    """Return the text of an object that holds one; which of several is meant nobody can know."""
    texts = {key: text_of(each) for key, each in value.items()}
    found = {key: text for key, text in texts.items() if text and text.strip()}
    if len(found) == len(value) == 1:
        return next(iter(found.values()))
    if not found:
        raise EmptyAnswerError(f"its {what} is empty")
    raise UnreadableRowError(
        f"its {what} has the parts {', '.join(value)}: name the one that counts, such as "
        f"{column}{next(iter(found))}"
    )


_REFERENCES = ("reference_answer", "reference", "expected", "answer", "response", "output")
"""Columns that hold the answer where the turns end with a question."""


def _named(columns: Columns, question: str, answer: str | None) -> Parts | None:
    """Return the parts that the spec names, where question or answer is a list of turns."""
    cell = parsed(columns.get(question))
    if not is_turns(cell):
        if answer is None or not is_turns(parsed(columns[answer])):
            return None
        return Parts(f"{question} and {answer}", cell, columns[answer], used=(answer,))
    form = _turns_name(question, cell)
    if answer is not None:
        return Parts(form, cell, columns[answer], used=(question, answer))
    is_open = turns_of(cell[-1:])[0].role in ("user", "tool", "function")
    for name in ("target", "ideal", "completion", *(_REFERENCES if is_open else ())):
        if name in columns:
            return Parts(form, cell, columns[name], used=(question, name))
    return Parts(form, cell, used=(question,))


def _turns_name(column: str, cell: list[Mapping[str, Any]]) -> str:
    maker = "Gemini" if "parts" in cell[0] else "OpenAI" if "role" in cell[0] else "ShareGPT"
    return f"{column} ({maker})"


def _prompt_and_completion(columns: Columns) -> Parts | None:
    if not {"prompt", "completion"} <= columns.keys():
        return None
    used = ("prompt", "completion")
    return Parts("prompt and completion", columns["prompt"], columns["completion"], used=used)


def _conversation(columns: Columns) -> Parts | None:
    found = [name for name, cell in columns.items() if is_turns(parsed(cell))]
    return _named(columns, found[0], None) if len(found) == 1 else None


_BESIDE_PAIRS = (
    "prompt", "conversations", "conversation", "messages", "question", "instruction", "input", "query"
)  # fmt: skip
"""Columns that hold what is asked beside a chosen and a rejected answer."""


def _pair(columns: Columns) -> Parts | None:
    if {"input", "preferred_output"} <= columns.keys():
        raise UnreadableRowError(
            "it holds a preferred answer and another one; for the preferred one write data: "
            "{path: …, input: input, target: preferred_output}"
        )
    if {"chosen", "rejected"} <= columns.keys():
        asked = next((name for name in _BESIDE_PAIRS if name in columns), None)
        if asked is None and not is_turns(parsed(columns["chosen"])):
            raise UnreadableRowError(
                "it holds a chosen and a rejected conversation as one text each; write rows of "
                "messages, with a turn for each speaker"
            )
        named = "input: chosen" if asked is None else f"input: {asked}, target: chosen"
        raise UnreadableRowError(
            f"it holds a chosen and a rejected answer; for the chosen one write data: {{path: …, "
            f"{named}}}"
        )
    return None


def _known_conversation(columns: Columns) -> Parts | None:
    known = [name for name in ("messages", "conversations", "conversation") if name in columns]
    found = (_named(columns, name, None) for name in known)
    parts = next((each for each in found if each is not None), None)
    is_text = bool(known) and isinstance(columns[known[0]], str)
    if parts is None and is_text and _PRINTED.match(columns[known[0]]):
        raise UnreadableRowError(
            f"its {known[0]} is a list as Python prints it, and no JSON; write the rows again with "
            'to_json(path, orient="records", lines=True)'
        )
    if parts is None and known and not is_text:
        raise UnreadableRowError(f"its {known[0]} holds no turns, each with a speaker and content")
    return parts


def _alpaca(columns: Columns) -> Parts | None:
    if not {"instruction", "output"} <= columns.keys():
        return None
    texts = [text_of(columns.get(name)) for name in ("instruction", "input")]
    asked = "\n\n".join(text for text in texts if text and text.strip())
    history = parsed(columns.get("history")) or []
    if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in history):
        raise UnreadableRowError("its history is no list of pairs of a question and an answer")
    turns = [
        Message(role, str(text))
        for pair in history
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]
    used = ("output", "input", "history") if "history" in columns else ("output", "input")
    return Parts("Alpaca", asked, _given(columns["output"]), tuple(turns), used)


def _ideal(columns: Columns) -> Parts | None:
    if not {"input", "ideal"} <= columns.keys():
        return None
    form = "input and ideal (OpenAI evals)"
    return Parts(form, columns["input"], _given(columns["ideal"]), used=("input", "ideal"))


_EXPORTS = (
    ("Langfuse", "input", "expectedOutput"),
    ("Langfuse", "input", "expected_output"),
    ("LangSmith", "inputs", "outputs"),
    ("Braintrust", "input", "expected"),
)


def _export(columns: Columns) -> Parts | None:
    for maker, question, answer in _EXPORTS:
        if {question, answer} <= columns.keys():
            return _export_parts(maker, columns, question, answer)
    pair = [parsed(columns.get(name)) for name in ("input", "output")]
    if all(isinstance(cell, Mapping) for cell in pair):
        return _export_parts("Phoenix", columns, "input", "output")
    return None


def _export_parts(maker: str, columns: Columns, question: str, answer: str) -> Parts:
    inner = parsed(columns[question])
    more = (
        inner if isinstance(inner, Mapping) and not is_turns(parsed(inner.get("messages"))) else {}
    )
    used = (question, answer)
    # LangSmith and Phoenix keep every answer as an object; elsewhere an object is meant as one.
    names = (f"{question}.", f"{answer}." if maker in ("LangSmith", "Phoenix") else "")
    # A CSV has an object as JSON.
    said = (
        parsed(columns[answer]) if isinstance(parsed(columns[answer]), Mapping) else columns[answer]
    )
    form = f"{maker} export"
    return Parts(form, columns[question], _given(said), (), used, more, names)


def _flattened(columns: Columns) -> Parts | None:
    """Return the parts of a CSV that has a column for each key: `input_question`, `outputs.answer`."""
    for maker, first, second in (
        ("Phoenix", "input_", "output_"),
        ("LangSmith", "inputs.", "outputs."),
        ("LangSmith", "inputs_", "outputs_"),
    ):
        asked = {k.removeprefix(first): v for k, v in columns.items() if k.startswith(first)}
        said = {k.removeprefix(second): v for k, v in columns.items() if k.startswith(second)}
        if asked and said:
            used = tuple(k for k in columns if k.startswith((first, second)))
            more = {} if "messages" in asked else asked
            return Parts(f"{maker} export", asked, said, (), used, more, (first, second))
    return None


def _given(cell: Any) -> Any:  # noqa: ANN401 - any cell
    """Return an answer's cell; one without a value is an empty answer, and not an absent one."""
    return "" if cell is None else cell


_FORMS: tuple[Callable[[Columns], Parts | None], ...] = (
    _pair,
    _prompt_and_completion,
    _alpaca,
    _ideal,
    _export,
    _known_conversation,
    _flattened,
    _conversation,
)
