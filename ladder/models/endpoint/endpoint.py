"""`EndpointGenerator`: answers from an OpenAI-compatible server."""

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

from ladder.errors import (
    BusyError,
    CallError,
    CallRefusedError,
    CandidateRefusedError,
    EndpointError,
    LadderError,
    LostError,
    StartingError,
)
from ladder.finding import Finding
from ladder.frozen import digest_of
from ladder.models.base import Answer, AnswersAlone, Message, Request
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.address import checked_base_url
from ladder.models.endpoint.begun_reply import without_beginning
from ladder.models.endpoint.call_advice import OF_A_GATEWAY, OF_A_PAGE
from ladder.models.endpoint.connection import connection_to
from ladder.models.endpoint.error_body import (
    PAGE,
    is_about_key,
    is_no_chat,
    is_too_long,
    refuses_system,
    wants_other_api,
)
from ladder.models.endpoint.learning_calls import LearningCalls
from ladder.models.endpoint.model_list import ModelList, context_in
from ladder.models.endpoint.payload import (
    checked_extra_body,
    is_rendered_here,
    payload_of,
    refused_for_tools,
)
from ladder.models.endpoint.probe import Prober, abilities_from
from ladder.models.endpoint.probe_calls import ProbeCalls
from ladder.models.endpoint.prompt_counts import FEWEST_COUNTED, PromptCounts, weight_of
from ladder.models.endpoint.reply_notes import ReplyNotes
from ladder.models.endpoint.response import Reply, read_completion
from ladder.models.endpoint.same_model import SameModel
from ladder.models.endpoint.served_prompt import clocks, held_against_shown
from ladder.models.endpoint.shown_prompts import ShownPrompts, prompt_difference
from ladder.models.endpoint.throttled_calls import ENOUGH_CALLS, ThrottledCalls
from ladder.models.endpoint.unanswered_calls import all_failed, n_broken, unanswered
from ladder.models.endpoint.wire import Wire
from ladder.models.prompt import folded, tokenise, with_prefill
from ladder.models.stop_strings import first_stop
from ladder.models.tokenizer import ChatTokenizer, load_tokenizer
from ladder.scoring.thoughts import leaves_thought_open
from ladder.spec.candidate import ChatSetup, ModelRef
from ladder.spec.server_place import usual_address

FOLD_SYSTEM = (
    "Set chat.fold_system: true, which puts the system message before the first user text."
)
TOO_LONG = (
    "Shorten the prompts, lower generation.max_new_tokens, or let the server take longer texts "
    "(max-model-len of vLLM, ctx-size of llama.cpp, num_ctx of Ollama)."
)
NO_CHAT = (
    "Ask it as a base model: chat.mode: completion, with chat.headings if you like. Or start the server with "
    "a chat template (--chat-template of vLLM, SGLang and llama.cpp), or name the chat model of the family."
)
OTHER_API = (
    "ladder asks at /chat/completions: name a model that answers there, or the address of a gateway that "
    "translates, such as LiteLLM's."
)
UNAUTHORISED = 401
_BY_WORDS = (
    (refuses_system, FOLD_SYSTEM),
    (is_no_chat, NO_CHAT),
    (wants_other_api, OTHER_API),
    (is_too_long, TOO_LONG),
)
_ADVISED = frozenset({UNAUTHORISED, 403, 404, 405})
"""Statuses that are about one prompt, or from some call on about the key or the address."""


class EndpointGenerator(AnswersAlone):
    """Asks a server for each answer, a few at a time.

    The server renders the chat template itself. A ChatSetup that changes the rendering is rendered
    here where `ref.tokenizer` names what is served, and refused else. There are no likelihoods.

    Args:
        ref: With `base_url`; the key comes from the environment only.
        moved_to: Where the server is now, where that is another place than the reference names.
        sleep: How to wait between two tries; tests pass their own.
    """

    is_local = False

    def __init__(
        self,
        ref: ModelRef,
        *,
        moved_to: str | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._base_url = checked_base_url(moved_to or ref.base_url or "")
        self._ref = ref
        self._extra_body = checked_extra_body(ref.extra_body)
        connection = connection_to(self._base_url, ref)
        self._wire = Wire(
            self._base_url,
            connection,
            timeout_seconds=float(ref.timeout_seconds),
            connections=ref.concurrency,
        )
        self.identity = _identity_of(checked_base_url(ref.base_url or ""), ref)
        self._calls = ThrottledCalls(self._wire, ref, sleep=sleep)
        self._list = ModelList(self._wire, self._calls, has_proxy=connection.proxy is not None)
        self._prompts = ShownPrompts(self._wire, model=ref.id)
        self._learning = LearningCalls(
            self._calls,
            self._list,
            model=ref.id,
            on_name=self._prompts.use_name,
            own=self._extra_body,
        )
        self._counts = PromptCounts()
        self._same_model = SameModel(self._base_url)
        self._abilities: EndpointAbilities | None = None
        self._open_thoughts: dict[str, bool] = {}
        self._notes = ReplyNotes()
        self._answered: tuple[dict[str, Any], int] | None = None
        self._n_failed = 0
        self._advice = ""

    @property
    def calls_at_once(self) -> int:
        """Return how many calls the server takes at once, as far as that is known by now."""
        return self._calls.allowed

    def note_answered(self, request: Request, answer: Answer | None = None) -> None:
        """Know that this endpoint answered a request in an earlier process."""
        if answer is not None:
            self._same_model.note_before(answer.answered_by, answer.fingerprint)
        self._calls.has_answered = True
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
                self._calls.pause(1.0)
            except LadderError:
                return False
            else:
                return True
        return False

    def any_fingerprint(self) -> AbstractContextManager[None]:
        """Take any fingerprint in a `with` block, for the questions that tell; keep none of them."""
        return self._same_model.any_fingerprint()

    def take_fingerprint(self, why: str) -> None:
        """Take another fingerprint than before for one of the same model, as its answers tell."""
        self._same_model.take_fingerprint(why)

    def findings(self) -> tuple[Finding, ...]:
        """Return what the server does not honour, and what its replies leave to be told."""
        return (
            *self._learning.fields.findings(),
            *self._list.notes,
            *self._learning.notes,
            *(self._abilities.findings() if self._abilities else ()),
            *self._same_model.findings(),
            *self._same_model.not_the_asked(self._learning.name, self._list.names or ()),
            *self._notes.findings(),
        )

    def shown_template(self) -> str | None:
        """Return the template that the server fills in, where it shows it."""
        if self._list.names is None:
            self._list.ask()
        return self._prompts.template()

    def find_abilities(self, requests: Sequence[Request]) -> dict[str, Any]:
        """Return what the server was seen to do, in at most twelve calls.

        Args:
            requests: Some that will be made: the longest counts, and the first is looked at.
        """
        asking = ProbeCalls(self._wire, self._calls, self._learning, extra_body=self._extra_body)
        self._list.ask()
        example = requests[0]
        if not example.tools:
            self._prompts.example = [each.turn for each in self._as_sent(example)]
        held = self._held_against_training(example)
        context = context_in(self._list.body, self._learning.name)
        prober = Prober(asking, self._prompts, context_tokens=context)
        longest = int(max(weight_of(one.messages) for one in requests))
        seen = prober.run(tokens=longest, example=example)
        fields = self._learning.fields
        seen["left_out"] = tuple(sorted(fields.left_out.union(seen.get("left_out", ()))))
        abilities = abilities_from(
            seen,
            base_url=self._base_url,
            model=self._ref.id,
            server=self._wire.server,
            limit_field=fields.limit_field,
            streams=fields.is_streamed,
            asked_at="" if self._wire.base_url == self._base_url else self._wire.base_url,
            asked_as="" if self._learning.name == self._ref.id else self._learning.name,
            calls=asking.n_calls,
            **held,
            **self._held_against_shown(example, seen),
        )
        self._know(abilities)
        return abilities.model_dump(mode="json")

    def _held_against_training(self, request: Request) -> dict[str, Any]:
        """Return whether the server writes the prompt that the model's own template would write."""
        tokenizer = self._tokenizer
        if tokenizer is None or tokenizer.template is None or request.tools:
            return {}
        arguments = request.chat.template_arguments
        served = self._prompts.ids(arguments)
        if served is None:
            return {}
        difference = ""
        for clock in clocks():
            setup = ChatSetup(template_arguments={**clock, **arguments})
            try:
                trained = tokenise(dataclasses.replace(request, chat=setup), tokenizer).ids
            except LadderError:
                return {}
            difference = prompt_difference(served, trained, tokenizer)
            if not difference:
                break
        same = "" if difference else digest_of(tokenizer.template)
        return {"prompt_difference": difference, "serves_template": same}

    def _held_against_shown(self, request: Request, seen: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the server's own template makes of messages, where no other one is named."""
        is_shown = seen.get("shows_prompts") or seen.get("shows_tokens")
        if not is_shown or self._tokenizer is not None or request.chat.mode == "completion":
            return {}
        return held_against_shown(self._prompts, request.chat.template_arguments)

    def _as_sent(self, request: Request) -> Sequence[Message]:
        """Return the messages that the server gets to fill in, where it fills in all prompts."""
        is_folded = self._tokenizer is None and request.chat.fold_system
        return folded(request.messages) if is_folded else request.messages

    def use_abilities(self, abilities: Mapping[str, Any]) -> None:
        """Know what was found in an earlier process: the same model must answer now."""
        known = EndpointAbilities.model_validate(abilities)
        self._same_model.note_before(known.answers_as, known.fingerprint)
        self._know(known)

    def take_over(self, abilities: EndpointAbilities) -> None:
        """Know what another server of the same model was seen to do, where this one was not asked."""
        self._abilities = self._abilities or abilities

    def _know(self, abilities: EndpointAbilities) -> None:
        self._same_model.note_before(abilities.answers_as, "")
        self._abilities = abilities

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
        hidden = refused_for_tools(
            requests, self._abilities, has_tokenizer=self._ref.tokenizer is not None
        )
        yield from hidden.items()
        asked = [at for at in range(len(requests)) if at not in hidden]
        payloads = [self._payload_of(requests[at]) for at in asked]
        if not payloads:
            return
        self.prepare([requests[at] for at in asked])
        with self._calls.threads() as pool:
            futures = {
                pool.submit(self._answer, requests[at], payload): at
                for at, payload in zip(asked, payloads, strict=True)
            }
            yield from self._as_they_come(futures)

    def prepare(self, requests: Sequence[Request]) -> None:
        """See that the server is there, and what its templates do, before the first call."""
        if self._list.names is None:
            self._list.ask()
        for request in requests:
            self._look_for_open_thought(request)

    def answer(self, request: Request) -> Answer:
        """Answer one request, after `prepare`; threads may do so side by side. Raises as `generate`."""
        answer = self._answer(request, self._payload_of(request))
        self._calls.has_answered = self._calls.has_answered or answer.error is None
        return answer

    def leave(self, error: LadderError) -> None:
        """Ask this server no more: calls that are under way end in the error."""
        self._calls.end(error)
        with self._wire.cut_off():
            pass

    def come_back(self) -> None:
        """Ask this server again after `leave`."""
        self._calls.go_on()

    @property
    def answering_model(self) -> str | None:
        """Return the name that the server answers under; None while it gave none."""
        return self._same_model.name

    def close(self) -> None:
        """Close all connections."""
        self._calls.close()
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
                self._calls.has_answered = True
                n_good += 1
                yield futures[future], answer
                continue
            failed.append((futures[future], answer))
            self._n_failed += 1
            if not self._calls.has_answered and self._n_failed >= ENOUGH_CALLS:
                raise all_failed(self._n_failed, answer, next_step=self._advice)
            # Failures come sooner than answers, so a whole round of calls must have failed.
            if not n_good and n_broken(failed) >= max(ENOUGH_CALLS, self._ref.concurrency):
                raise all_failed(len(failed), answer, next_step=self._advice)
        yield from failed

    def _answer(self, request: Request, payload: dict[str, Any]) -> Answer:
        started = time.monotonic()
        shown = self._shown(payload.get("prompt"))
        try:
            reply = self._reply_to(payload, request.decoding.max_new_tokens)
            _check_rated(reply, request)
        except CallError as error:
            self._advice = self._advice_on(error)
            return unanswered(error, shown, has_answered=self._calls.has_answered)
        except LadderError as error:
            self._calls.end(error)
            raise
        own = self._own_count(request, reply.prompt_tokens)
        cut_prompt = self._counts.cut(request.messages, reply.prompt_tokens, own=own)
        if cut_prompt:
            return Answer("", prompt=shown, finish_reason="error", error=cut_prompt)
        if self._answered is None:
            self._answered = payload, request.decoding.max_new_tokens
        self._notes.add(reply)
        stops = (*request.decoding.stop_strings, *request.chat.extra_stop_tokens)
        is_begun = "messages" in payload and bool(request.chat.prefill)
        text = without_beginning(reply.text, request.chat.prefill) if is_begun else reply.text
        at = first_stop(text, stops)
        said = _likelier(reply, request) or (with_prefill(text[:at], request.chat), None)
        return Answer(
            text=said[0],
            sureness=said[1],
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

    def _advice_on(self, error: CallError) -> str:
        """Return what to do where all calls end in this error; empty where it does not tell."""
        if isinstance(error, StartingError):
            return "Wait until the server has loaded its model, or set model.wait_minutes."
        if PAGE in str(error):
            return OF_A_GATEWAY if isinstance(error, BusyError) else OF_A_PAGE
        if not isinstance(error, CallRefusedError):
            return ""
        told = next((step for is_meant, step in _BY_WORDS if is_meant(error.body)), "")
        status = UNAUTHORISED if is_about_key(error.body) else error.status
        return told or (self._wire.advice(status) if status in _ADVISED else "")

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
            reply = self._calls.again(lambda: self._once(payload, max_new_tokens))
        except LostError as error:
            raise EndpointError(
                f"The connection to {self._base_url} is lost: {error}",
                next_step="Start the server again and repeat the command; answers are kept.",
            ) from error
        except CallError as error:
            self._learning.check_served(error, advice=self._wire.advice)
            raise
        self._same_model.check(reply.model, reply.fingerprint)
        return reply

    def _once(self, payload: dict[str, Any], max_new_tokens: int) -> Reply:
        chat = "messages" in payload
        path = "/chat/completions" if chat else "/completions"
        body = self._learning.post(path, payload, max_new_tokens)
        return read_completion(body, chat=chat, max_new_tokens=max_new_tokens)

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


def _check_rated(reply: Reply, request: Request) -> None:
    """Refuse a reply that does not tell how likely its words were, where that alone is asked.

    Raises:
        CandidateRefusedError: It tells nothing of that.
    """
    if request.rates and not reply.first_word.positions:
        raise CandidateRefusedError(
            "not testable: the server tells no likelihoods of tokens (logprobs).",
            next_step="Name another reranker in levers.rerank.rerankers, ask a server that gives "
            "logprobs, or run the model here.",
        )


def _likelier(reply: Reply, request: Request) -> tuple[str, float] | None:
    """Return the likelier label with its likelihood, where that alone is asked and told."""
    held_to = request.decoding.held_to
    if not request.rates or held_to is None:
        return None
    return reply.first_word.likelier(held_to.labels)


def _identity_of(base_url: str, ref: ModelRef) -> str:
    """Return the digest of what tells a served model from every other."""
    own = {"query": ref.query, "extra_body": ref.extra_body, "tokenizer": ref.tokenizer}
    used = {name: value for name, value in own.items() if value}
    place = usual_address(base_url)
    return digest_of({"backend": "endpoint", "base_url": place, "model": ref.id, **used})
