"""`Prober`: asks a server at most twelve short questions, side by side, and tells what it does."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ladder.errors import BusyError, CallError, CallRefusedError
from ladder.models.base import Request
from ladder.models.endpoint import probe_questions
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.error_body import named_fields
from ladder.models.endpoint.probe_answers import (
    ProbeAnswers,
    has_greedy,
    is_varied,
    mark_in,
    seen_in,
)
from ladder.models.endpoint.probe_questions import COLD, PENALTIES, TOKENS_A_LINE, Question
from ladder.models.endpoint.server_fields import is_droppable
from ladder.models.endpoint.shown_prompts import ShownPrompts
from ladder.spec.candidate import ChatSetup

MOST_CALLS = 12

_KEPT_FOR_LATER = 2
"""Calls that wait for what the first answers leave open; then they are used for all that is left."""

_FEWEST_TOKENS = 500
_MOST_TOKENS = 120_000
Json = dict[str, Any]


class ProbeCaller(Protocol):
    """How the questions reach the server."""

    @property
    def n_calls(self) -> int:
        """Return how many calls were made so far, of whatever kind."""
        ...

    def ask(self, questions: Sequence[Question]) -> list[Json | CallError]:
        """Return the reply to each question, asked side by side, or why there is none."""
        ...


class Prober:
    """Asks one server, and keeps what it was seen to do.

    Args:
        caller: How the questions reach the server.
        prompts: What the server shows of its prompts.
        context_tokens: What the list of models says of the model's context.
    """

    def __init__(
        self, caller: ProbeCaller, prompts: ShownPrompts, *, context_tokens: int | None = None
    ) -> None:
        self._caller = caller
        self._prompts = prompts
        self._answers = ProbeAnswers()
        self._refused: dict[str, set[str]] = {}
        self._without: dict[str, bool] = {}
        self._lines = 0
        self.seen: Json = {"context_tokens": context_tokens}

    def run(self, *, tokens: int, example: Request) -> Json:
        """Ask all that there are calls left for, the most useful first; return what was seen.

        Args:
            tokens: About how long the longest prompt will be.
            example: One of the requests that will be made.
        """
        self._ask([probe_questions.COLD])
        if "cold" in self._answers.replies:
            self._look_beside(example.chat.template_arguments)
            waiting = self._side_by_side(tokens, needs_tools=bool(example.tools))
            if example.chat.prefill and example.chat.mode == "chat":
                waiting = [*self._begun(example.chat), *waiting]
            at_once = max(0, self._room() - _KEPT_FOR_LATER)
            self._ask(waiting[:at_once])
            self._ask([*self._left_open(), *waiting[at_once:]], kept=min(1, len(self._refused)))
        found = seen_in(self._answers, long_lines=self._lines)
        # A refusal says more than what comes without the field.
        self.seen = {**self.seen, **found, **self._without, "left_out": self._left_out()}
        return self.seen

    def _left_out(self) -> tuple[str, ...]:
        """Return the refused fields that no answer needs; of two names of one field the refused one."""
        penalties = [name for name in PENALTIES if name in self._refused]
        found = penalties if len(penalties) == 1 else []
        found += [
            name
            for name, values in self._refused.items()
            for value in (COLD.fields.get(name),)
            if is_droppable(name, {name: value}) and (value is None or str(value) in values)
        ]
        return tuple(sorted(found))

    def _side_by_side(self, tokens: int, *, needs_tools: bool) -> list[Question]:
        """Return the questions that do not wait for each other."""
        server = self._prompts.server
        self._lines = self._long_lines(tokens)
        mark = mark_in(self._answers.text("cold"))
        tools = [probe_questions.TOOLS]
        return [
            *(tools if needs_tools else ()),
            *([probe_questions.long_hay(self._lines)] if self._lines > 0 else ()),
            probe_questions.short_hay(server),
            *probe_questions.WARM,
            *([self._ended_at(mark)] if mark else ()),
            probe_questions.SCHEMA,
            probe_questions.NARROW,
            *(() if needs_tools else tools),
        ]

    def _begun(self, chat: ChatSetup) -> list[Question]:
        """See whether a reply that is begun is gone on from; return what is asked where it is not shown."""
        shown = self._prompts.goes_on(chat.prefill, chat.template_arguments)
        self.seen |= {} if shown is None else {"prefill": shown}
        return [probe_questions.begun(self._prompts.server)] if shown is None else []

    def _ended_at(self, mark: str) -> Question:
        if has_greedy(self._answers):
            return probe_questions.stopped_of_one(mark)
        return probe_questions.stopped(mark)

    def _left_open(self) -> list[Question]:
        """Return what the answers so far leave open."""
        seen = seen_in(self._answers, long_lines=self._lines)
        mark = mark_in(self._answers.text("cold"))
        is_open = seen.get("temperature") is None and is_varied(self._answers)
        is_shown = "stopped" in self._answers.replies or not has_greedy(self._answers)
        asked = [probe_questions.stopped(mark)] if mark and is_open and not is_shown else []
        if "json_object" not in {**seen, **self._without}:
            asked.append(probe_questions.OBJECT)
        if seen.get("regex") is True:
            asked.append(probe_questions.EBNF)
        return asked

    def _long_lines(self, tokens: int) -> int:
        most = self.seen.get("context_tokens") or _MOST_TOKENS
        lines = max(_FEWEST_TOKENS, tokens * 5 // 4) // TOKENS_A_LINE
        return int(min(lines, (min(most, _MOST_TOKENS) - 200) // TOKENS_A_LINE))

    def _look_beside(self, arguments: Mapping[str, Any]) -> None:
        """See what the server shows of its prompts, and of itself."""
        shown = self._prompts.look_at_settings() | self._prompts.look_at_arguments(arguments)
        self.seen |= shown

    def _ask(self, questions: Sequence[Question], *, kept: int = 0) -> None:
        """Ask, as far as calls are left; again without the fields that are refused.

        Args:
            questions: The most useful first.
            kept: Calls that are kept for asking again, while there are enough.
        """
        waiting = [each for asked in questions for each in self._allowed(asked)]
        while waiting and (room := self._room()) > 0:
            now = waiting[: max(1, room - kept)]
            replies = self._caller.ask(now)
            again = [
                each
                for question, reply in zip(now, replies, strict=True)
                for each in self._kept(question, reply)
            ]
            waiting = [*again, *waiting[len(now) :]]

    def _room(self) -> int:
        return MOST_CALLS - self._caller.n_calls

    def _kept(self, question: Question, reply: Json | CallError) -> list[Question]:
        """Keep a reply; return what is to be asked instead where there is none."""
        if isinstance(reply, BusyError):
            return list(question.again())
        if isinstance(reply, CallRefusedError):
            names = named_fields(reply.body, question.fields)
            for name in names:
                self._refused.setdefault(name, set()).add(str(question.fields[name]))
                if name not in PENALTIES:
                    self._without[_shows(name, question)] = False
            return self._allowed(question) if names else []
        if isinstance(reply, CallError):
            return []
        self._answers.keep(question.name, question.fields, reply)
        self.seen.setdefault("answers_as", str(reply.get("model") or "")[:200])
        self.seen.setdefault("fingerprint", str(reply.get("system_fingerprint") or "")[:200])
        return []

    def _allowed(self, question: Question | None) -> list[Question]:
        """Return a question without what the server is known to refuse; none if nothing is left."""
        while question is not None:
            refused = [
                name
                for name, value in question.fields.items()
                if str(value) in self._refused.get(name, ())
            ]
            if not refused:
                return [question]
            question = question.without(refused)
        return []


def _shows(name: str, question: Question) -> str:
    """Return which ability a question shows by a field."""
    if name == "response_format":
        return "json_schema" if question.name == "schema" else "json_object"
    return "tools" if name == "tool_choice" else name


def abilities_from(
    seen: Mapping[str, Any], *, base_url: str, model: str, **known: Any
) -> EndpointAbilities:
    """Return what a Prober saw, and what is known besides."""
    fields = EndpointAbilities.model_fields
    kept = {name: value for name, value in seen.items() if name in fields}
    return EndpointAbilities.model_validate({**known, **kept, "base_url": base_url, "model": model})
