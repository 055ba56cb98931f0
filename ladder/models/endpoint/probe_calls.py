"""`ProbeCalls`: carries the questions of a probe to a server, side by side, and counts all calls."""

from collections.abc import Mapping, Sequence
from typing import Any

from ladder.errors import BusyError, CallError, CallRefusedError, CrowdedError, StartingError
from ladder.models.endpoint.begun_reply import begun_message
from ladder.models.endpoint.error_body import named_field
from ladder.models.endpoint.learning_calls import LearningCalls
from ladder.models.endpoint.probe_questions import Question
from ladder.models.endpoint.response import read_json
from ladder.models.endpoint.throttled_calls import ThrottledCalls
from ladder.models.endpoint.wire import Wire

_CHAT = "/chat/completions"

Json = dict[str, Any]


class ProbeCalls:
    """Asks each question once; what every call needs, such as the limit's name, is learnt by it.

    Args:
        wire: To the server; its calls are counted.
        calls, learning: How a call is made.
        extra_body: The user's own fields.
    """

    def __init__(
        self,
        wire: Wire,
        calls: ThrottledCalls,
        learning: LearningCalls,
        *,
        extra_body: Mapping[str, Any],
    ) -> None:
        self._wire = wire
        self._calls = calls
        self._learning = learning
        self._extra_body = extra_body
        self._n_before = wire.n_calls
        self._has_waited = False

    @property
    def n_calls(self) -> int:
        """Return how many calls were made since the probe began, of whatever kind."""
        return self._wire.n_calls - self._n_before

    def ask(self, questions: Sequence[Question]) -> list[Json | CallError]:
        """Return the reply to each question, or why there is none."""
        with self._calls.threads() as pool:
            return list(pool.map(self._asked, questions))

    def _asked(self, question: Question) -> Json | CallError:
        try:
            return self._reply_to(question)
        except (CrowdedError, StartingError) as error:
            return error if self._has_waited else self._waited_for(question)
        except BusyError as error:
            self._calls.check_not_silent(error)
            return error
        except CallError as error:
            return error

    def _waited_for(self, question: Question) -> Json | CallError:
        """Return the reply once the server takes calls; what that costs is no part of the probe."""
        self._has_waited = True
        before = self._wire.n_calls
        try:
            return self._calls.again(lambda: self._reply_to(question))
        except CallError as error:
            return error
        finally:
            self._n_before += max(0, self._wire.n_calls - before - 1)

    def _reply_to(self, question: Question) -> Json:
        payload = {
            **self._extra_body,
            **question.fields,
            "messages": [
                {"role": "user", "content": question.text},
                *([begun_message(question.begun)] if question.begun else ()),
            ],
        }
        while True:
            sent = self._learning.sent(payload, question.max_new_tokens)
            try:
                return read_json(self._calls.post(_CHAT, sent))
            except CallRefusedError as error:
                if named_field(error.body, question.fields) is not None:
                    raise
                self._learning.learn(_CHAT, sent, error)
