"""`Stack`: what a model is asked about one row: system text, passages, worked examples, question.

It reads `stack.json` beside it and needs jinja2; passages and examples that are chosen for each row
need what `passage_search.py` needs besides.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ladder.exporting.standalone.plain_letters import plain_letters

Turn = dict[str, Any]

PROMPTS = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
CUES = (":", "\uff1a", "=", "->", "→", "=>")
SYSTEM_ROLES = ("system", "developer")


@dataclass(frozen=True)
class AskedRow:
    """What one row asks: its columns by name, its system text, and its turns."""

    columns: dict[str, Any]
    input: str
    system: tuple[Turn, ...]
    turns: tuple[Turn, ...]

    @property
    def history(self) -> str:
        """Return what was said so far, without the system text."""
        return "\n".join(each["content"] for each in self.turns if each["role"] not in SYSTEM_ROLES)


class Stack:
    """The measured stack: call `messages` with a row, a dict of columns by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: dict[str, Any] = json.loads((folder / "stack.json").read_text("utf-8"))
        self._search: Any = None

    def messages(self, row: Mapping[str, Any]) -> list[Turn]:
        """Return the messages by which a model is asked about a row.

        Raises:
            SystemExit: The row has not the column that holds the question.
        """
        settings = self.settings
        asked = _question(row, settings["input"], settings["system_column"])
        passages = self._searched().passages(asked.input, asked.history) if self._retrieves else ""
        turns = self._turns(asked, passages)
        shots = self._shots(asked)
        system = self._system(asked)
        if settings["chat"]["mode"] == "completion":
            worked = [(as_text(shot["turns"]), shot["answer"]) for shot in shots]
            text = in_one_text(worked, as_text(turns))
            return _folded([*system, {"role": "user", "content": text}], settings)
        if settings["inline_examples"]:
            worked = [(as_text(shot["turns"]), shot["answer"]) for shot in shots]
            return _folded([*system, *_with_worked(worked, turns)], settings)
        shown = [
            turn
            for shot in shots
            for turn in (*shot["turns"], {"role": "assistant", "content": shot["answer"]})
        ]
        return _folded([*system, *shown, *turns], settings)

    def one_text(self, messages: Sequence[Turn]) -> str:
        """Return messages as the one text that a model without chat goes on from."""
        text = "\n\n".join(each["content"] for each in messages)
        return text + str(self.settings["chat"]["prefill"]).rstrip()

    @property
    def _retrieves(self) -> bool:
        return self.settings["retrieval"] is not None

    def _searched(self) -> Any:  # noqa: ANN401 - it is loaded where it is needed
        if self._search is None:
            from ladder.exporting.standalone.passage_search import Search

            self._search = Search(self.folder, self.settings)
        return self._search

    def _shots(self, asked: AskedRow) -> list[dict[str, Any]]:
        """Return the worked examples of a row: the same for all, or the nearest to it."""
        examples = self.settings["examples"]
        if examples is None:
            return []
        if examples["method"] in ("nearest", "diverse"):
            return list(self._searched().examples(asked.input, asked.history))
        own = plain_letters(asked.history)
        others = (each for each in examples["rows"] if plain_letters(each["asked"]) != own)
        return [each for each, _ in zip(others, range(examples["shots"]), strict=False)]

    def _system(self, asked: AskedRow) -> list[Turn]:
        written = self.settings["prompt"]["system"]
        own = list(asked.system)
        if written is None:
            return own
        text = self._filled(written, asked)
        role = own[0]["role"] if own else "system"
        if own and not self.settings["prompt"]["system_holds_own"]:
            text = "\n\n".join([*(each["content"] for each in own), text])
        return [{"role": role, "content": text}]

    def _turns(self, asked: AskedRow, passages: str) -> list[Turn]:
        """Return the turns after the system text; the prompt stands around the last question."""
        text = self._filled(self.settings["prompt"]["user"], asked)
        text = f"{passages}\n\n{text}" if passages else text
        return [*_with_last_question(asked.turns, text)]

    def _filled(self, template: str, asked: AskedRow) -> str:
        aliases = self.settings["prompt"]["aliases"]
        system = "\n\n".join(each["content"] for each in asked.system)
        known = {"system": system, "tools": "", **asked.columns, "input": asked.input}
        known |= {"system": system} if asked.system else {}
        known |= {alias: known[name] for alias, name in aliases.items() if name in known}
        return PROMPTS.from_string(template).render(known)


def _question(row: Mapping[str, Any], column: str, system_column: str | None) -> AskedRow:
    """Return what a row asks: its turns where it holds messages, else the text of its column."""
    turns = _turns_of(row, column)
    columns = {str(name): value for name, value in row.items()}
    if not turns:
        text = _text(_cell(row, column))
        turns = [{"role": "user", "content": text}]
        given = _text(_cell(row, system_column)) if system_column else ""
        turns = [*([{"role": "system", "content": given}] if given else []), *turns]
    system = tuple(takewhile(lambda turn: turn["role"] in SYSTEM_ROLES, turns))
    rest = tuple(turns[len(system) :])
    asked = [turn["content"] for turn in rest if turn["role"] == "user"]
    return AskedRow(columns, asked[-1] if asked else "", system, rest)


def _turns_of(row: Mapping[str, Any], column: str) -> list[Turn]:
    """Return the turns that a row holds, without an answer at their end."""
    found = _listed(row.get("messages", row.get(column)))
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        return []
    turns = [{"role": str(each["role"]), "content": str(each["content"])} for each in found]
    return turns[:-1] if turns and turns[-1]["role"] == "assistant" else turns


def _listed(cell: Any) -> Any:  # noqa: ANN401 - any cell
    """Return the list that a cell holds as JSON, as those of a CSV file do; any other as it is."""
    if not isinstance(cell, str) or not cell.lstrip().startswith("["):
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        return cell


def _cell(row: Mapping[str, Any], column: str) -> Any:  # noqa: ANN401 - any cell
    """Return a cell; a dotted column looks into an object.

    >>> _cell({"answer": '{"text": "7"}'}, "answer.text")
    '7'
    """
    above, _, below = column.rpartition(".")
    if column in row:
        return row[column]
    inner = row.get(above)
    inner = json.loads(inner) if isinstance(inner, str) else inner
    if not above or not isinstance(inner, Mapping) or below not in inner:
        raise SystemExit(f"A row has no column {column!r}; it has: {', '.join(map(str, row))}.")
    return inner[below]


def _text(value: Any) -> str:  # noqa: ANN401 - any cell
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _with_last_question(turns: Sequence[Turn], text: str) -> Iterator[Turn]:
    last = max((at for at, turn in enumerate(turns) if turn["role"] == "user"), default=None)
    for at, turn in enumerate(turns):
        yield {**turn, "content": text} if at == last else turn


def _with_worked(worked: Sequence[tuple[str, str]], turns: Sequence[Turn]) -> list[Turn]:
    """Return turns with the worked examples in the text of the last question."""
    asked = [turn["content"] for turn in turns if turn["role"] == "user"]
    return list(_with_last_question(turns, in_one_text(worked, asked[-1]))) if asked else [*turns]


def as_text(turns: Sequence[Turn]) -> str:
    r"""Return turns as one text: a question by itself as it stands, a longer talk with its speakers.

    >>> as_text([{"role": "user", "content": "2 + 2"}])
    '2 + 2'
    """
    if len(turns) == 1:
        return str(turns[0]["content"])
    said = "\n\n".join(f"{each['role'].capitalize()}: {each['content']}" for each in turns)
    return f"{said}\n\nAssistant:"


def in_one_text(worked: Sequence[tuple[str, str]], question: str) -> str:
    r"""Return worked examples and a question as one text, each answer on the line of its cue.

    >>> in_one_text([("2 + 2", "4")], "3 + 4")
    '2 + 2\nAnswer: 4\n\n3 + 4\nAnswer:'
    """
    if not worked:
        return question
    return "\n\n".join([*(f"{_cue(asked)} {answer}" for asked, answer in worked), _cue(question)])


def _cue(question: str) -> str:
    text = question.rstrip()
    return text if text.endswith(CUES) else f"{text}\nAnswer:"


def _folded(messages: list[Turn], settings: Mapping[str, Any]) -> list[Turn]:
    """Return messages with the system text in the first user turn, where the template wants that."""
    if not settings["chat"]["fold_system"]:
        return messages
    system = [each["content"] for each in messages if each["role"] == "system"]
    rest = [dict(each) for each in messages if each["role"] != "system"]
    first = next((each for each in rest if each["role"] == "user"), None)
    if system and first is None:
        return [{"role": "user", "content": "\n\n".join(system)}, *rest]
    if system and first is not None:
        first["content"] = "\n\n".join([*system, first["content"]])
    return rest
