"""`wanted_answers`: the answers that a row of turns asks for, each with the conversation before it."""

import json
from typing import Literal, NamedTuple

from ladder.data.chat_message import Message, calls_in
from ladder.data.conversation import Conversation, last_question
from ladder.data.readers.chat_rows import EmptyAnswerError, UnreadableRowError, is_learnt, parsed
from ladder.data.readers.row_forms import Exchange

Turns = Literal["last", "all"]


class WantedAnswer(NamedTuple):
    """One answer of a row.

    Attributes:
        conversation: The turns before it, itself, and the tools.
        targets: What counts as right, as text.
        left_out: What else stands in the row and is in no sample, in words.
    """

    conversation: Conversation
    targets: tuple[str, ...]
    left_out: str = ""


def wanted_answers(exchange: Exchange, turns: Turns) -> list[WantedAnswer]:
    """Return the last answer of a row, or all of them.

    Raises:
        UnreadableRowError: There is no answer, it is empty, or nobody asked for it.
    """
    if exchange.references:
        return [_by_reference(exchange)._replace(left_out=exchange.left_out)]
    spoken = [at for at, turn in enumerate(exchange.said) if turn.role == "assistant"]
    if not spoken:
        raise UnreadableRowError("no turn of it is an answer (of the role assistant)")
    learnt = [at for at in spoken if is_learnt(exchange.said[at])]
    if not learnt:
        raise UnreadableRowError("its answer has weight 0, so it is none to learn")
    chosen = learnt[-1:] if turns == "last" else spoken
    asked = [at for at in learnt if at in chosen and (turns == "last" or _is_asked(exchange, at))]
    if not asked:
        raise UnreadableRowError("no turn of the role user asks for an answer of weight 1")
    left_out = _left_out(exchange, chosen[-1], len(chosen) - len(asked))
    return [_answer(exchange, at)._replace(left_out=left_out) for at in asked]


def target_of(answer: Message) -> str:
    """Return the text by which a turn is compared: its calls as JSON where it calls tools.

    >>> target_of(Message("assistant", "4"))
    '4'
    """
    calls = answer.tool_calls
    return json.dumps(calls, ensure_ascii=False) if calls else answer.content


def answer_turn(reference: str, tools: str) -> Message:
    """Return a row's answer as a turn: calls where it is JSON that names the row's tools.

    >>> tools = '[{"type": "function", "function": {"name": "time"}}]'
    >>> answer_turn('[{"name": "time", "arguments": {}}]', tools).tool_calls
    [{'name': 'time', 'arguments': {}}]
    >>> answer_turn('{"name": "Ann"}', tools).content
    '{"name": "Ann"}'
    """
    value = parsed(reference)
    items = value if isinstance(value, list) else [value]
    calls = calls_in({"tool_calls": items}) if tools else []
    named = (
        {tool.get("function", tool).get("name") for tool in json.loads(tools)} if tools else set()
    )
    if not calls or len(calls) != len(items) or not all(call["name"] in named for call in calls):
        return Message("assistant", reference)
    made = [
        {
            "type": "function",
            "function": {
                "name": call["name"],
                "arguments": json.dumps(call["arguments"], ensure_ascii=False),
            },
        }
        for call in calls
    ]
    return Message.of({"role": "assistant", "content": None, "tool_calls": made})


def _by_reference(exchange: Exchange) -> WantedAnswer:
    turns = tuple(map(_plain, (*exchange.asked, *exchange.said)))
    _check_asked(turns)
    first = exchange.references[0]
    answer = answer_turn(first, exchange.tools)
    return WantedAnswer(Conversation(turns, answer, exchange.tools), exchange.references)


def _answer(exchange: Exchange, at: int) -> WantedAnswer:
    turns = tuple(map(_plain, (*exchange.asked, *exchange.said[:at])))
    answer = _plain(exchange.said[at])
    _check_asked(turns)
    target = target_of(answer)
    if not target.strip():
        raise EmptyAnswerError("its answer is empty")
    return WantedAnswer(Conversation(turns, answer, exchange.tools), (target,))


def _is_asked(exchange: Exchange, at: int) -> bool:
    return last_question((*exchange.asked, *exchange.said[:at])) is not None


def _check_asked(turns: tuple[Message, ...]) -> None:
    at = last_question(turns)
    if at is None or not (turns[at].content.strip() or turns[at].given):
        raise UnreadableRowError("no turn of the role user asks for its answer")


def _left_out(exchange: Exchange, last: int, skipped: int) -> str:
    after = len(exchange.said) - last - 1
    parts = [exchange.left_out] if exchange.left_out else []
    if after:
        parts.append("turns after the last answer")
    if skipped:
        parts.append("answers of weight 0 or before any question")
    return " and ".join(parts)


def _plain(message: Message) -> Message:
    """Return a turn without its `weight`, which is for the trainer and for no model."""
    turn = message.turn
    if "weight" not in turn:
        return message
    return Message.of({key: value for key, value in turn.items() if key != "weight"})
