"""`EndpointGenerator`: answers from an OpenAI-compatible server."""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

import tenacity

from ladder.errors import (
    BusyError,
    CallError,
    CallRefusedError,
    CrowdedError,
    EndpointError,
    LadderError,
    LostError,
    MalformedError,
)
from ladder.finding import Finding
from ladder.frozen import digest_of
from ladder.models.base import Answer, Request
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.address import (
    check_reachable_address,
    checked_base_url,
    other_base_url,
)
from ladder.models.endpoint.connection import connection_to
from ladder.models.endpoint.error_body import (
    is_too_long,
    is_unknown_model,
    named_field,
)
from ladder.models.endpoint.payload import checked_extra_body, is_rendered_here, payload_of
from ladder.models.endpoint.probe import Json, Prober, abilities_from, context_in
from ladder.models.endpoint.probe_questions import Question
from ladder.models.endpoint.prompt_counts import FEWEST_COUNTED, PromptCounts, weight_of
from ladder.models.endpoint.response import Reply, read_completion, read_json, read_models
from ladder.models.endpoint.same_model import SameModel
from ladder.models.endpoint.server_fields import ServerFields, is_droppable
from ladder.models.endpoint.shown_prompts import ShownPrompts, prompt_difference
from ladder.models.endpoint.throttle import Throttle
from ladder.models.endpoint.unanswered_calls import (
    REFUSES_REQUEST,
    all_failed,
    error_of,
    lost_endpoint,
    n_broken,
    renamed_model,
    unanswered,
    wait_seconds,
)
from ladder.models.endpoint.wire import Wire
from ladder.models.prompt import tokenise, with_prefill
from ladder.models.stop_strings import first_stop
from ladder.models.tokenizer import ChatTokenizer, load_tokenizer
from ladder.scoring.thoughts import leaves_thought_open
from ladder.spec.candidate import ChatSetup, ModelRef

ENOUGH_CALLS = 8
"""Failed calls, and none that went well, from which a whole endpoint counts as out of order."""

SILENT_SECONDS = 50.0
"""How long after its first failed call a server that never answered is asked again."""

_NAMES_FIELDS = REFUSES_REQUEST | {404, 405}
"""Statuses under which a server may say which field, path or model it does not know."""


class EndpointGenerator:
    """Asks a server for each answer, a few at a time.

    The server renders the chat template itself. A ChatSetup that changes the rendering is rendered
    here where `ref.tokenizer` names what is served, and refused else. There are no likelihoods.

    Args:
        ref: With `base_url`; the key comes from the environment only.
        sleep: How to wait between two tries; tests pass their own.
    """

    is_local = False

    def __init__(self, ref: ModelRef, *, sleep: Callable[[float], None] | None = None) -> None:
        self._base_url = checked_base_url(ref.base_url or "")
        self._ref = ref
        self._sleep = sleep
        self._extra_body = checked_extra_body(ref.extra_body)
        self._connection = connection_to(self._base_url, ref)
        self._wire = Wire(
            self._base_url,
            self._connection,
            timeout_seconds=float(ref.timeout_seconds),
            connections=ref.concurrency,
        )
        self._name = ref.id
        self._prompts = ShownPrompts(self._wire, model=ref.id)
        self._list: bytes | None = None
        self._are_names_tried = False
        self._notes: list[Finding] = []
        self.identity = _identity_of(self._base_url, ref)
        self._throttle = Throttle(ref.concurrency)
        self._fields = ServerFields()
        self._counts = PromptCounts()
        self._trials = threading.Lock()
        self._ended = threading.Event()
        self._why_ended: BaseException | None = None
        self._same_model = SameModel(self._base_url)
        self._served: tuple[str, ...] | None = None
        self._abilities: EndpointAbilities | None = None
        self._open_thoughts: dict[str, bool] = {}
        self._unknown_reasons: set[str] = set()
        self._has_answered = False
        self._answered: tuple[dict[str, Any], int] | None = None
        self._n_failed = 0
        self._n_attempts_failed = 0
        self._failing_since: float | None = None

    @property
    def calls_at_once(self) -> int:
        """Return how many calls the server takes at once, as far as that is known by now."""
        return self._throttle.allowed

    def note_answered(self, request: Request, answer: Answer | None = None) -> None:
        """Know that this endpoint answered a request in an earlier process."""
        if answer is not None:
            self._same_model.note_before(answer.answered_by, answer.fingerprint)
        self._has_answered = True
        if self._answered is None:
            self._answered = self._payload_of(request), request.decoding.max_new_tokens

    def still_answers(self) -> bool:
        """Return whether the server answers a request that it answered before."""
        if self._answered is None:
            return False
        for _ in range(2):
            try:
                self._once(*self._answered)
            except CallError:
                self._pause(1.0)
            except LadderError:
                return False
            else:
                return True
        return False

    def findings(self) -> tuple[Finding, ...]:
        """Return what the server does not honour, and which of its words are not known."""
        unknown = sorted(self._unknown_reasons)
        known = (*self._fields.findings(), *self._notes, *self._same_model.findings())
        if not unknown:
            return known
        finding = Finding(
            code="N02 unknown-finish-reason",
            severity="info",
            problem=f"The server gives {', '.join(map(repr, unknown))} as the reason why answers "
            "ended, which ladder does not know; it takes such answers as whole.",
            next_step="Look at some of them with `ladder show`.",
        )
        return (*known, finding)

    def find_abilities(self, requests: Sequence[Request]) -> dict[str, Any]:
        """Return what the server was seen to do, in at most twelve calls.

        Args:
            requests: Some that will be made: the longest counts, and the first is looked at.
        """
        before = self._wire.n_calls
        self._served = self.probe()
        example = requests[0]
        if not example.tools:
            self._prompts.example = [each.turn for each in example.messages]
        held = self._held_against_training(example)
        prober = Prober(
            _ProbeCalls(self._wire, self._asked_together, n_before=before),
            self._prompts,
            context_tokens=context_in(self._list or b"", self._name),
        )
        longest = int(max(weight_of(one.messages) for one in requests))
        seen = prober.run(tokens=longest, example=example)
        abilities = abilities_from(
            seen,
            base_url=self._base_url,
            model=self._ref.id,
            server=self._wire.server,
            limit_field=self._fields.limit_field,
            calls=self._wire.n_calls - before,
            **held,
        )
        self._know(abilities)
        return abilities.model_dump()

    def _held_against_training(self, request: Request) -> dict[str, Any]:
        """Return whether the server writes the prompt that the model's own template would write."""
        tokenizer = self._tokenizer
        if tokenizer is None or tokenizer.template is None or request.tools:
            return {}
        arguments = request.chat.template_arguments
        served = self._prompts.ids(arguments)
        if served is None:
            return {}
        plain = dataclasses.replace(request, chat=ChatSetup(template_arguments=arguments))
        try:
            trained = tokenise(plain, tokenizer).ids
        except LadderError:
            return {}
        difference = prompt_difference(served, trained, tokenizer)
        same = "" if difference else digest_of(tokenizer.template)
        return {"prompt_difference": difference, "serves_template": same}

    def use_abilities(self, abilities: Mapping[str, Any]) -> None:
        """Know what was found in an earlier process: the same model must answer now."""
        known = EndpointAbilities.model_validate(abilities)
        self._same_model.note_before(known.answers_as, known.fingerprint)
        self._know(known)

    def _know(self, abilities: EndpointAbilities) -> None:
        self._same_model.note_before(abilities.answers_as, "")
        self._abilities = abilities
        self._notes += abilities.findings()

    def _asked_together(self, questions: Sequence[Question]) -> list[Json | CallError]:
        """Return the reply to each question of a probe, or why there is none."""
        with self._pool() as pool:
            return list(pool.map(self._asked, questions))

    def _asked(self, question: Question) -> Json | CallError:
        payload = {
            **self._extra_body,
            **question.fields,
            "model": self._name,
            "messages": [{"role": "user", "content": question.text}],
        }
        while True:
            sent = {**self._fields.taken(payload, question.max_new_tokens), "model": self._name}
            try:
                return read_json(self._posted("/chat/completions", sent))
            except BusyError as error:
                self._check_not_silent(error)
                return error
            except CallRefusedError as error:
                if named_field(error.body, question.fields) is not None:
                    return error
                try:
                    self._learn("/chat/completions", sent, error)
                except CallError:
                    return error
            except CallError as error:
                return error

    @contextmanager
    def _pool(self) -> Iterator[ThreadPoolExecutor]:
        """Give threads for calls; where the block ends in an error, no call is waited for."""
        pool = ThreadPoolExecutor(self._ref.concurrency, thread_name_prefix="endpoint")
        try:
            yield pool
        except BaseException as error:
            self._end(error)
            with self._wire.cut_off():
                pool.shutdown(wait=True, cancel_futures=True)
            self._ended.clear()
            raise
        pool.shutdown()

    def probe(self) -> tuple[str, ...]:
        """Return the names that the server lists, before the first call is paid for.

        The list is advice: aliases, deployments and routes of a gateway are often not on it.

        Raises:
            EndpointError: Not reachable, or no server of models.
        """
        if self._connection.proxy is None:  # behind a proxy, names need not resolve here
            check_reachable_address(self._base_url)
        try:
            return read_models(self._list_of_models())
        except LostError as error:
            raise lost_endpoint(self._base_url, error) from error
        except (MalformedError, CallRefusedError) as error:
            return self._models_elsewhere(error)
        except EndpointError:
            return ()  # some servers show their list to nobody, and answer all the same

    def _list_of_models(self) -> bytes:
        """Return the list, as soon as the server is there where the user waits for it."""
        started = time.monotonic()
        while True:
            try:
                self._list = self._wire.get("/models")
            except BusyError:
                if not self._is_waited_for(time.monotonic() - started):
                    raise
                self._pause(1.0)
            else:
                return self._list

    def _models_elsewhere(self, error: CallError) -> tuple[str, ...]:
        """Return the list that lies with `/v1`, or without it, and go on there; else none."""
        place = other_base_url(self._base_url)
        with suppress(EndpointError):
            self._list = self._wire.get("/models", base_url=place)
            names = read_models(self._list)
            self._notes.append(
                Finding(
                    code="N03 base-url-completed",
                    severity="info",
                    problem=f"Nothing of an OpenAI-compatible server lies at {self._base_url}; it "
                    f"was asked at {place}.",
                    next_step=f"Write {place} as model.base_url.",
                )
            )
            self._wire.base_url = place
            return names
        if isinstance(error, MalformedError):
            raise EndpointError(
                f"{self._base_url}/models is not that of an OpenAI-compatible server: {error}",
                next_step="Check model.base_url; it ends in /v1 for most servers.",
            ) from error
        return ()  # some servers have no list, and answer all the same

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer all requests; yield each as it comes.

        A request that fails for itself gives an Answer with `error`. Where none ever went well,
        or the server is gone, there is no point in going on.

        Raises:
            CandidateRefusedError: The server does not take a setting that the candidate needs.
            EndpointError: The server is gone, refuses everything, or asks to wait too long.
            EvidenceError: Another model answers than before.
            SpecError: A chat setup or decoding that an endpoint cannot honour.
        """
        payloads = [self._payload_of(request) for request in requests]
        if not payloads:
            return
        self.prepare(requests)
        with self._pool() as pool:
            futures = {
                pool.submit(self._answer, request, payload): position
                for position, (request, payload) in enumerate(zip(requests, payloads, strict=True))
            }
            yield from self._as_they_come(futures)

    def prepare(self, requests: Sequence[Request]) -> None:
        """See that the server is there, and what its templates do, before the first call."""
        if self._served is None:
            self._served = self.probe()
        for request in requests:
            self._look_for_open_thought(request)

    def answer(self, request: Request) -> Answer:
        """Answer one request, after `prepare`; threads may do so side by side. Raises as `generate`."""
        answer = self._answer(request, self._payload_of(request))
        self._has_answered = self._has_answered or answer.error is None
        return answer

    def leave(self, error: LadderError) -> None:
        """Ask this server no more: calls that are under way end in the error."""
        self._end(error)
        with self._wire.cut_off():
            pass

    def come_back(self) -> None:
        """Ask this server again after `leave`."""
        self._ended.clear()

    @property
    def answering_model(self) -> str | None:
        """Return the name that the server answers under; None while it gave none."""
        return self._same_model.name

    def log_likelihood(
        self, requests: Sequence[Request], targets: Sequence[str]
    ) -> list[float] | None:
        """Return None: servers do not score a given text in a way that all agree on."""
        del requests, targets
        return None

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def _payload_of(self, request: Request) -> dict[str, Any]:
        own = payload_of(
            request, model=self._ref.id, tokenizer=self._tokenizer, abilities=self._abilities
        )
        return {**self._extra_body, **own}

    @cached_property
    def _tokenizer(self) -> ChatTokenizer | None:
        """Return the tokenizer of what is served, where the spec names it."""
        return None if self._ref.tokenizer is None else load_tokenizer(self._ref)

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """Return the tokens that no quoted text may hold, where they are known."""
        return () if self._tokenizer is None else self._tokenizer.control_tokens

    def _as_they_come(self, futures: dict[Future[Answer], int]) -> Iterator[tuple[int, Answer]]:
        failed: list[tuple[int, Answer]] = []
        n_good = 0
        for future in as_completed(futures):
            answer = future.result()
            if answer.error is None:
                self._has_answered = True
                n_good += 1
                yield futures[future], answer
                continue
            failed.append((futures[future], answer))
            self._n_failed += 1
            if not self._has_answered and self._n_failed >= ENOUGH_CALLS:
                raise all_failed(self._n_failed, answer)
            # Failures come sooner than answers, so a whole round of calls must have failed.
            if not n_good and n_broken(failed) >= max(ENOUGH_CALLS, self._ref.concurrency):
                raise all_failed(len(failed), answer)
        yield from failed

    def _end(self, error: BaseException) -> None:
        """Let no call begin, or wait for another try, from now on: they end in the same error."""
        if not self._ended.is_set():
            self._why_ended = error
            self._ended.set()

    def _check_not_ended(self) -> None:
        if self._ended.is_set() and isinstance(self._why_ended, LadderError):
            raise self._why_ended
        if self._ended.is_set():
            raise EndpointError("The run ended.", next_step="Run the same command again.")

    def _answer(self, request: Request, payload: dict[str, Any]) -> Answer:
        started = time.monotonic()
        shown = self._shown(payload.get("prompt"))
        try:
            reply = self._reply_to(payload, request.decoding.max_new_tokens)
        except CallError as error:
            return unanswered(error, shown, has_answered=self._has_answered)
        except LadderError as error:
            self._end(error)
            raise
        own = self._own_count(request, reply.prompt_tokens)
        cut_prompt = self._counts.cut(request.messages, reply.prompt_tokens, own=own)
        if cut_prompt:
            return Answer("", prompt=shown, finish_reason="error", error=cut_prompt)
        if self._answered is None:
            self._answered = payload, request.decoding.max_new_tokens
        if reply.unknown_reason:
            self._unknown_reasons.add(reply.unknown_reason)
        stops = (*request.decoding.stop_strings, *request.chat.extra_stop_tokens)
        at = first_stop(reply.text, stops)
        return Answer(
            text=with_prefill(reply.text[:at], request.chat),
            prompt=shown,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            finish_reason=reply.finish_reason if at is None else "stop",
            seconds=time.monotonic() - started,
            thoughts=reply.thoughts,
            opened_in_prompt=self._open_thoughts.get(request.chat.digest, False)
            and not reply.thoughts,
            answered_by=reply.model[:200],
            fingerprint=reply.fingerprint,
        )

    def _own_count(self, request: Request, counted: int) -> int | None:
        """Return how many tokens the text of a long request has, where its tokenizer is known."""
        if self._tokenizer is None or counted < FEWEST_COUNTED:
            return None
        return len(self._tokenizer.encode("\n".join(each.text for each in request.messages)))

    def _shown(self, prompt: object) -> str | None:
        """Return the text of a prompt that was sent as a text or as token ids."""
        if isinstance(prompt, list) and self._tokenizer is not None:
            return self._tokenizer.decode(prompt)
        return prompt if isinstance(prompt, str) else None

    def _reply_to(self, payload: dict[str, Any], max_new_tokens: int) -> Reply:
        try:
            reply = self._tried(payload, max_new_tokens)
        except LostError as error:
            raise EndpointError(
                f"The connection to {self._base_url} is lost: {error}",
                next_step="Start the server again and repeat the command; answers are kept.",
            ) from error
        except CallError as error:
            self._check_served(error)
            self._check_permitted(error)
            raise
        self._same_model.check(reply.model, reply.fingerprint)
        return reply

    def _tried(self, payload: dict[str, Any], max_new_tokens: int) -> Reply:
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(CallError),
            stop=self._is_enough,
            wait=wait_seconds,
            sleep=self._pause,
            reraise=True,
        ):
            with attempt:
                try:
                    return self._once(payload, max_new_tokens)
                except BusyError as error:
                    self._check_not_silent(error)
                    raise
        raise AssertionError  # reraise above leaves no other way out

    def _is_enough(self, state: tenacity.RetryCallState) -> bool:
        error = error_of(state)
        rides_on = isinstance(error, BusyError) and self._is_waited_for(state.seconds_since_start)
        return state.attempt_number >= error.attempts and not rides_on

    def _is_waited_for(self, seconds: float | None) -> bool:
        """Return whether the user waits longer for a server that is not there."""
        return (seconds or 0.0) < 60 * float(self._ref.wait_minutes or 0)

    def _check_not_silent(self, error: BusyError) -> None:
        """Raise where a server never answered, and was given time enough since its first failure."""
        if self._has_answered or isinstance(error, CrowdedError | LostError):
            return
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        self._n_attempts_failed += 1
        failing = now - self._failing_since
        is_silent = failing >= SILENT_SECONDS or (
            failing >= SILENT_SECONDS / 2 and self._n_attempts_failed >= ENOUGH_CALLS
        )
        if is_silent and not self._is_waited_for(failing):
            raise EndpointError(
                f"No call went well for {failing:.0f} s; the last: {error}",
                next_step="Check model.base_url and the server's log, or raise "
                "model.timeout_seconds for a server that is slow to start.",
            )

    def _patience(self) -> float | None:
        """Return how long the next call may take, where that is less than the whole timeout."""
        if self._has_answered or self._failing_since is None or self._ref.wait_minutes:
            return None
        return max(1.0, self._failing_since + SILENT_SECONDS - time.monotonic())

    def _pause(self, seconds: float) -> None:
        """Wait, but not on when the run has ended meanwhile."""
        if self._sleep is not None:
            self._sleep(seconds)
        else:
            self._ended.wait(seconds)

    def _once(self, payload: dict[str, Any], max_new_tokens: int) -> Reply:
        chat = "messages" in payload
        path = "/chat/completions" if chat else "/completions"
        while True:  # each round leaves out a field more
            sent = {**self._fields.taken(payload, max_new_tokens), "model": self._name}
            try:
                body = self._posted(path, sent)
            except CallRefusedError as error:
                self._learn(path, sent, error)
                continue
            return read_completion(body, chat=chat, max_new_tokens=max_new_tokens)

    def _learn(self, path: str, sent: dict[str, Any], error: CallRefusedError) -> None:
        """Learn what the server does not take; raise the error where nothing is learnt from it."""
        if error.status not in _NAMES_FIELDS:
            raise error
        try:
            self._fields.learn(sent, error)
        except CallRefusedError:
            if self._fields.is_outdated(sent) or self._is_renamed(path, sent, error):
                return
            is_vague = error.status in (400, 422) and not is_unknown_model(error.body)
            if self._has_answered or not is_vague or is_too_long(error.body):
                raise
            self._find_by_trial(path, sent, error)

    def _find_by_trial(self, path: str, sent: dict[str, Any], error: CallRefusedError) -> None:
        """Find which field a server refuses without naming it; raise the error where it is none.

        Tried once for all threads, and only while the server never answered.
        """
        with self._trials:
            if self._fields.is_outdated(sent):
                return
            names = [name for name in sent if is_droppable(name, sent)]
            for tried in [*([name] for name in names), names]:
                with suppress(CallRefusedError):
                    self._posted(path, {key: sent[key] for key in sent if key not in tried})
                    self._fields.leave_out({name: sent[name] for name in tried}, error)
                    return
        raise error

    def _is_renamed(self, path: str, sent: dict[str, Any], error: CallRefusedError) -> bool:
        """Return whether the server knows the model by a longer name; tried once for all threads."""
        if self._has_answered or not self._is_about_name(error):
            return False
        with self._trials:
            if sent["model"] != self._name or self._are_names_tried:
                return bool(sent["model"] != self._name)
            self._are_names_tried = True
            for name in (f"{self._ref.id}:latest", f"models/{self._ref.id}"):
                with suppress(CallRefusedError):
                    self._posted(path, {**sent, "model": name})
                    self._name = self._prompts.model = name
                    self._notes.append(renamed_model(self._ref.id, name))
                    return True
        return False

    def _is_about_name(self, error: CallRefusedError) -> bool:
        """Return whether a refusal is about the model's name."""
        is_missing = error.status == 404 and bool(self._served)
        return is_unknown_model(error.body) or (
            is_missing and self._ref.id not in (self._served or ())
        )

    def _check_served(self, error: CallError) -> None:
        """Raise where a first call is refused because of the model's name."""
        if self._has_answered or not isinstance(error, CallRefusedError):
            return
        served, name = self._served or (), self._ref.id
        if not self._is_about_name(error):
            return
        close = [each for each in served if name in (each.split(":")[0], each.rpartition("/")[2])]
        known = f"; it lists {', '.join(served[:8])}" if served else ""
        raise EndpointError(
            f"model.id: {self._base_url} does not serve {name!r}{known}. {error}",
            next_step=f"Write {close[0]!r} as model.id."
            if close
            else "Write the name of a model or deployment that the server has as model.id.",
        )

    def _check_permitted(self, error: CallError) -> None:
        """Raise where the first calls are refused for themselves: no permission, no such service."""
        if self._has_answered or not isinstance(error, CallRefusedError):
            return
        if error.status not in _NAMES_FIELDS:
            raise EndpointError(str(error), next_step=self._wire.advice(error.status)) from error

    def _look_for_open_thought(self, request: Request) -> None:
        """See whether a template opens a thought, once a chat setup; a server is asked that can tell."""
        setup = request.chat
        if setup.mode != "chat" or setup.digest in self._open_thoughts:
            return
        if self._tokenizer is not None and is_rendered_here(setup):
            found = leaves_thought_open(tokenise(request, self._tokenizer).shown)
        else:
            found = self._prompts.opens_thought(setup.template_arguments)
        self._open_thoughts[setup.digest] = found

    def _posted(self, path: str, payload: dict[str, Any]) -> bytes:
        with self._throttle.slot() as ticket:
            self._check_not_ended()
            try:
                body = self._wire.post(path, payload, within_seconds=self._patience())
            except CrowdedError:
                self._throttle.refused(ticket)
                raise
        self._throttle.answered()
        return body


class _ProbeCalls:
    """Carries the questions of a probe, and counts all calls since it began."""

    def __init__(
        self,
        wire: Wire,
        ask: Callable[[Sequence[Question]], list[Json | CallError]],
        *,
        n_before: int,
    ) -> None:
        self._wire, self.ask, self._n_before = wire, ask, n_before

    @property
    def n_calls(self) -> int:
        return self._wire.n_calls - self._n_before


def _identity_of(base_url: str, ref: ModelRef) -> str:
    """Return the digest of what tells a served model from every other."""
    own = {"query": ref.query, "extra_body": ref.extra_body, "tokenizer": ref.tokenizer}
    used = {name: value for name, value in own.items() if value}
    return digest_of({"backend": "endpoint", "base_url": base_url, "model": ref.id, **used})
