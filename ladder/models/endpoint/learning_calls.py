"""`LearningCalls`: calls without what a server was seen to refuse; each refusal is learnt once."""

import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

from ladder.errors import CallError, CallRefusedError, EndpointError
from ladder.finding import Finding
from ladder.models.endpoint.error_body import (
    is_filtered,
    is_no_chat,
    is_too_long,
    is_unknown_model,
    named_field,
    wants_other_api,
)
from ladder.models.endpoint.model_list import ModelList
from ladder.models.endpoint.model_name import is_one_name, one_of
from ladder.models.endpoint.server_fields import LIMITS, ServerFields, is_droppable
from ladder.models.endpoint.throttled_calls import ThrottledCalls
from ladder.models.endpoint.unanswered_calls import REFUSES_REQUEST, renamed_model

_NAMES_FIELDS = REFUSES_REQUEST | {404, 405}
"""Statuses under which a server may say which field, path or model it does not know."""


class LearningCalls:
    """Learns which fields one server takes, and by which name it knows the model. Threads may share it.

    Args:
        calls: How a call is made.
        listed: The server's list of models.
        model: The name of the model in the spec.
        on_name: Called with the name under which the server knows the model, where it is another.
        own: The names of fields that the user adds to every request.

    Attributes:
        name: Under which the model is asked for now.
        fields: What the server takes.
        notes: What a reader of the scores must know.
    """

    def __init__(
        self,
        calls: ThrottledCalls,
        listed: ModelList,
        *,
        model: str,
        on_name: Callable[[str], None],
        own: Collection[str] = (),
    ) -> None:
        self.name = model
        self.fields = ServerFields(own)
        self.notes: list[Finding] = []
        self._calls = calls
        self._listed = listed
        self._model = model
        self._on_name = on_name
        self._are_names_tried = False
        self._trials = threading.Lock()

    def post(self, path: str, payload: Mapping[str, Any], max_new_tokens: int) -> bytes:
        """Return the body of a reply; each try leaves out a field more that the server refuses.

        Raises:
            CallError: As `Wire.post`; a refusal is one that nothing can be learnt from.
            CandidateRefusedError: The server refuses what makes the candidate what it is.
        """
        while True:
            sent = self.sent(payload, max_new_tokens)
            try:
                return self._calls.post(path, sent)
            except CallRefusedError as error:
                self.learn(path, sent, error)

    def sent(self, payload: Mapping[str, Any], max_new_tokens: int) -> dict[str, Any]:
        """Return the fields that are sent for a payload, by all that is known now."""
        return {**self.fields.taken(payload, max_new_tokens), "model": self.name}

    def learn(self, path: str, sent: dict[str, Any], error: CallRefusedError) -> None:
        """Learn what the server does not take; raise the error where nothing is learnt from it."""
        if error.status not in _NAMES_FIELDS:
            raise error
        try:
            self.fields.learn(sent, error)
        except CallRefusedError:
            if self.fields.is_outdated(sent) or self._is_renamed(path, sent, error):
                return
            clear = (is_unknown_model, is_filtered, is_no_chat, wants_other_api)
            is_clear = any(each(error.body) for each in clear)
            is_vague = error.status in (400, 422) and not is_clear
            if self._calls.has_answered or not is_vague or is_too_long(error.body):
                raise
            self._find_by_trial(path, sent, error)

    def check_served(self, error: CallError, *, advice: Callable[[int, str], str]) -> None:
        """Raise where a first call is refused because of the model's name or address, or for itself.

        Args:
            error: What the call ended in.
            advice: Gives the next step under a status and the words told of it.
        """
        if self._calls.has_answered:
            return
        if self._listed.fault is not None:
            raise self._listed.fault from error
        if not isinstance(error, CallRefusedError):
            return
        if self._is_about_name(error):
            raise self._not_served(error)
        if error.status not in _NAMES_FIELDS:
            raise EndpointError(str(error), next_step=advice(error.status, str(error))) from error

    def _find_by_trial(self, path: str, sent: dict[str, Any], error: CallRefusedError) -> None:
        """Find which field a server refuses without naming it; raise the error where it is none.

        Tried once for all threads, and only while the server never answered. Where the same call goes
        well the second time it was none.
        """
        with self._trials:
            if self.fields.is_outdated(sent):
                return
            names = [name for name in sent if is_droppable(name, sent)]
            for tried in [[], *([name] for name in names), names]:
                with suppress(CallRefusedError):
                    self._calls.post(path, {key: sent[key] for key in sent if key not in tried})
                    self._calls.has_answered = True
                    self.fields.leave_out({name: sent[name] for name in tried}, error)
                    return
        raise error

    def _is_renamed(self, path: str, sent: dict[str, Any], error: CallRefusedError) -> bool:
        """Return whether the server knows the model by a longer name; tried once for all threads."""
        if self._calls.has_answered or not self._is_about_name(error):
            return False
        with self._trials:
            if sent["model"] != self.name or self._are_names_tried:
                return bool(sent["model"] != self.name)
            self._are_names_tried = True
            name = next(
                (each for each in self._longer_names() if self._knows(each, path, sent)), None
            )
            if name is None:
                return False
            self.name = name
            self._on_name(name)
            self.notes.append(renamed_model(self._model, name))
        return True

    def _knows(self, name: str, path: str, sent: Mapping[str, Any]) -> bool:
        """Return whether a server takes a name: what it refuses of the rest is learnt after that.

        A refusal that names no other field may be about the name, in whatever words.
        """
        try:
            self._calls.post(path, {**sent, "model": name})
        except CallRefusedError as error:
            if error.status not in REFUSES_REQUEST or is_unknown_model(error.body):
                return False
            is_of_rest = named_field(error.body, (*sent, *LIMITS)) not in (None, "model")
            return is_of_rest or is_too_long(error.body)
        return True

    def _longer_names(self) -> list[str]:
        """Return other spellings of the model's name: that of the list, and those of Ollama and Google."""
        listed = one_of(self._listed.names or (), self._model)
        names = (listed, f"{self._model}:latest", f"models/{self._model}")
        return list(dict.fromkeys(each for each in names if each and each != self._model))

    def _is_about_name(self, error: CallRefusedError) -> bool:
        """Return whether a refusal is about the model's name."""
        served = self._listed.names or ()
        if is_no_chat(error.body) or wants_other_api(error.body):
            return False
        is_missing = error.status == 404 and bool(served)
        return is_unknown_model(error.body) or (is_missing and self._model not in served)

    def _not_served(self, error: CallRefusedError) -> EndpointError:
        served, name = self._listed.names or (), self._model
        close = [
            each
            for each in served
            if is_one_name(each, name) or is_one_name(each.split(":")[0], name)
        ]
        if name in served:
            return EndpointError(
                f"model.id: {self._listed.base_url} lists {name!r} and does not serve it. {error}",
                next_step="See whether that model is loaded or deployed there, and in which region; or "
                "write the name of its deployment as model.id.",
            )
        known = f"; it lists {', '.join(served[:8])}" if served else ""
        return EndpointError(
            f"model.id: {self._listed.base_url} does not serve {name!r}{known}. {error}",
            next_step=f"Write {close[0]!r} as model.id."
            if close
            else "Write the name of a model or deployment that the server has as model.id.",
        )
