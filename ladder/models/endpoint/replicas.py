"""`Replicas`: answers from several servers of one model, and what became of each server."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from ladder.errors import EndpointError, EvidenceError, LadderError, OtherFingerprintError
from ladder.finding import Finding
from ladder.models.base import Answer, AnswersAlone, Request
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.models.endpoint.model_name import is_one_name, most_said
from ladder.models.endpoint.payload import refused_for_tools
from ladder.models.endpoint.replica import Greeting, Replica
from ladder.models.endpoint.replica_batch import LOOK_SECONDS, ReplicaBatch, ReplicaReply
from ladder.spec.candidate import ModelRef

ENOUGH_FAILED = 3
"""Calls that a replica fails in a row, from which it is left out."""

SLOW = 3.0
"""Times as long as the usual answer of the others, from which a replica is too slow."""

SLOWEST = 1.5
"""Times as long as the slowest answer of the others; both must be so."""

SHORTEST_SECONDS = 0.5
"""Below this no replica is too slow."""

ENOUGH_TO_COMPARE = 8
"""Answers of the others that tell how long one takes."""

LATE_SECONDS = 30.0
"""How long a server may owe its first answer before that is told."""

MOST_GREETINGS = 2
"""First questions to a server that answers them late: the first may have loaded the model."""


class Replicas(AnswersAlone):
    """Asks several servers that serve one model, each as fast as it answers.

    Each has a throttle of its own. One that dies, that is far slower than the others, or that
    answers as another model is asked no more; what it was working on goes to the others. None
    waits for another: one whose first answer is late is asked for more as soon as it came.

    Args:
        ref: With `base_urls`.
        sleep: How to wait between two tries; tests pass their own.
    """

    is_local = False

    def __init__(self, ref: ModelRef, *, sleep: Callable[[float], None] | None = None) -> None:
        self._replicas = [
            Replica(each.base_url or "", EndpointGenerator(each, sleep=sleep))
            for each in ref.replicas
        ]
        self._ref = ref
        self._model: str | None = None
        self._abilities: EndpointAbilities | None = None
        self._begun: float | None = None
        self._looked_at = 0.0
        self.identity = self._replicas[0].endpoint.identity

    @property
    def calls_at_once(self) -> int:
        """Return how many calls all servers together take at once, as far as that is known."""
        return sum(each.endpoint.calls_at_once for each in self._ready) or 1

    @property
    def _asked(self) -> list[Replica]:
        return [each for each in self._replicas if not each.why_out]

    @property
    def _ready(self) -> list[Replica]:
        """Return the servers that may be given requests."""
        return [each for each in self._asked if each.greeting is None]

    def note_answered(self, request: Request, answer: Answer | None = None) -> None:
        """Know that an endpoint answered a request in an earlier process."""
        for each in self._asked:
            each.endpoint.note_answered(request, answer)

    def still_answers(self) -> bool:
        """Return whether any server answers a request that it answered before."""
        return any(each.endpoint.still_answers() for each in self._asked)

    @contextmanager
    def any_fingerprint(self) -> Iterator[None]:
        """Take any fingerprint of any server in a `with` block; keep none of them."""
        with ExitStack() as stack:
            for each in self._asked:
                stack.enter_context(each.endpoint.any_fingerprint())
            yield

    def take_fingerprint(self, why: str) -> None:
        """Take other fingerprints than before for those of the same model."""
        for each in self._asked:
            each.endpoint.take_fingerprint(why)

    def findings(self) -> tuple[Finding, ...]:
        """Return which servers were left out, and what those that are asked do not honour."""
        left_out = [
            Finding(
                code="N09 replica-left-out",
                severity="warning",
                problem=f"{each.url} is asked no more: {each.why_out}",
                evidence=f"It gave {each.n_answered} answers before.",
                next_step="See to that server; its calls went to the others, and none was lost.",
            )
            for each in self._replicas
            if each.why_out
        ]
        noted = {each: None for one in self._asked for each in one.endpoint.findings()}
        late = [
            Finding(
                code="N09 replica-left-out",
                severity="warning",
                problem=f"{each.url} was given nothing to do: it has not answered its first question",
                next_step="See to that server; the others did its work.",
            )
            for each in self._asked
            if each.greeting is not None and each.greeting.is_pending_for(LATE_SECONDS)
        ]
        return (*left_out, *late, *noted)

    def find_abilities(self, requests: Sequence[Request]) -> dict[str, Any]:
        """Return what one of the servers was seen to do, once it is clear which model they serve."""
        for each in self._asked:
            self._greet(each)
        while not self._look_at_greetings():
            for each in self._asked:
                if each.greeting is not None:
                    each.greeting.wait(LOOK_SECONDS / len(self._asked))
        while True:  # `_leave_out` raises where none is left
            first = self._ready[0] if self._ready else self._asked[0]
            try:
                found = first.endpoint.find_abilities(requests)
            except EndpointError as error:
                self._leave_out(first, error)
            else:
                self._share(found)
                return found

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """Return the tokens that no quoted text may hold, where they are known."""
        return self._replicas[0].endpoint.special_tokens

    def use_abilities(self, abilities: Mapping[str, Any]) -> None:
        """Know what was found in an earlier process: the same model must answer now."""
        self._model = str(abilities.get("answers_as") or "") or None
        self._replicas[0].endpoint.use_abilities(abilities)
        self._share(abilities)

    def _share(self, abilities: Mapping[str, Any]) -> None:
        """Let all servers know what one of them was seen to do."""
        self._abilities = EndpointAbilities.model_validate(abilities)
        for each in self._replicas:
            each.endpoint.take_over(self._abilities)

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer all requests; yield each once, as it comes.

        Raises:
            EndpointError: No server is left.
            LadderError: As one endpoint raises it, where the candidate is at fault.
        """
        hidden = refused_for_tools(
            requests, self._abilities, has_tokenizer=self._ref.tokenizer is not None
        )
        yield from hidden.items()
        asked = [at for at in range(len(requests)) if at not in hidden]
        if not asked:
            return
        if not self._asked:
            raise _none_left(self._replicas)
        batch = ReplicaBatch([requests[at] for at in asked])
        # Beside whoever keeps the answers, so that no server waits while one is written down.
        threading.Thread(target=self._feed, args=(batch,), daemon=True).start()
        try:
            for at, answer in batch.given():
                yield asked[at], answer
        except BaseException:
            batch.is_stopped = True
            self._break_off(batch)
            raise

    def close(self) -> None:
        """Close all connections."""
        for each in self._replicas:
            each.endpoint.close()

    def _feed(self, batch: ReplicaBatch) -> None:
        try:
            for pair in self._answers(batch):
                batch.give(pair)
        except BaseException as error:  # noqa: BLE001 - raised again where answers are awaited
            batch.give(error)
        batch.give(None)

    def _answers(self, batch: ReplicaBatch) -> Iterator[tuple[int, Answer]]:
        held: list[ReplicaReply] = []  # until it is clear which model it is that is asked
        while not (batch.is_over or batch.is_stopped):
            is_clear = self._look_at_greetings()
            self._hand_out(batch)
            came = batch.next()
            if came is not None and self._is_answer(batch, came):
                held.append(came)
            self._leave_out_slow(batch)
            if held and (is_clear or self._agree()):
                for each in held:
                    yield from self._counted(batch, each)
                held = []

    def _hand_out(self, batch: ReplicaBatch) -> None:
        """Give each server as many requests as it takes; one, until it is known who answers."""
        self._begun = self._begun or time.monotonic()
        for each in self._ready:
            is_known = self._model is not None and each.spoke_after is not None
            most = each.endpoint.calls_at_once if is_known else 1
            while batch.waiting and len(each.running) < most:
                batch.begin(each)

    def _is_answer(self, batch: ReplicaBatch, came: ReplicaReply) -> bool:
        """Return whether a call gave an answer; else ask another server, or leave this one out."""
        replica, answer = came.replica, came.answer
        if replica.why_out:  # what it worked on was given to the others
            return False
        error = _of_one_server(came.error)
        if answer is not None and answer.finish_reason != "error":
            replica.n_failed = 0
            replica.n_answered += 1
            if replica.spoke_after is None:
                replica.spoke_after = came.seconds
            return True
        replica.n_failed += 1
        if error is not None or replica.n_failed >= ENOUGH_FAILED:
            said = answer.error if answer is not None else None
            self._leave_out(replica, error or _failed(replica.n_failed, said), batch)
        is_hopeless = batch.tries[came.position] >= len(self._asked)
        if answer is not None and is_hopeless:
            return True
        batch.put_back(came.position)
        return False

    def _greet(self, replica: Replica) -> None:
        """Ask a server whose model nobody knows yet which one answers."""
        if replica.spoke_after is None and replica.greeting is None:
            self._begun = self._begun or time.monotonic()
            replica.n_greetings += 1
            replica.greeting = Greeting(replica)

    def _look_at_greetings(self) -> bool:
        """Take in the servers whose first answer came; return whether it is clear who is asked."""
        for each in self._asked:
            greeting = each.greeting
            if greeting is not None and greeting.is_over:
                each.greeting = None
                self._take_in(each, greeting)
        if self._model is None and not self._agree():
            return False
        for each in self._asked:
            name = each.endpoint.answering_model
            if not each.running and each.greeting is None and self._is_other(name):
                self._leave_out(each, _other_model(str(name), str(self._model)))
        return True

    def _take_in(self, replica: Replica, greeting: Greeting) -> None:
        """Let a server that answered its first question work, unless it is far too slow."""
        error, answer = _of_one_server(greeting.error), greeting.answer
        if error is not None or answer is None or answer.finish_reason == "error":
            said = answer.error if answer is not None else None
            self._leave_out(replica, error or _failed(1, said))
            return
        others = [each.spoke_after for each in self._asked if each.spoke_after is not None]
        limit = _too_long(others) if others else greeting.seconds
        if greeting.seconds <= limit:
            replica.spoke_after = greeting.seconds
        elif replica.n_greetings < MOST_GREETINGS:
            self._greet(replica)
        else:
            self._leave_out(replica, _slow(limit, statistics.median(others)))

    def _agree(self) -> bool:
        """Settle which model it is that is asked, once it is clear what most servers say."""
        spoken = [each for each in self._asked if each.spoke_after is not None]
        if not spoken:
            return False
        said = [each.endpoint.answering_model or "" for each in spoken]
        times = [each.spoke_after or 0.0 for each in spoken]
        n_to_come = len(self._asked) - len(spoken)
        is_late = time.monotonic() - (self._begun or 0.0) > _too_long(times)
        first, n_first = most_said(said)
        is_clear = n_first > len(said) - n_first + n_to_come
        is_named = any(is_one_name(each, self._ref.id) for each in said)
        is_named = is_named and (is_late or len(said) > n_to_come)
        if n_to_come and not is_clear and not is_named:
            return False
        self._model = first if is_clear or not is_named else self._ref.id
        return True

    def _is_other(self, name: str | None) -> bool:
        """Return whether a server calls its model otherwise than that which is asked."""
        return bool(name and self._model) and not is_one_name(str(name), str(self._model))

    def _counted(self, batch: ReplicaBatch, came: ReplicaReply) -> Iterator[tuple[int, Answer]]:
        """Yield an answer, unless it is another model's; then that server is left out."""
        name = came.replica.endpoint.answering_model
        if self._is_other(name):
            self._leave_out(came.replica, _other_model(str(name), str(self._model)), batch)
            batch.put_back(came.position)
        elif came.answer is not None and came.position not in batch.done:
            batch.done.add(came.position)
            yield came.position, came.answer

    def _leave_out_slow(self, batch: ReplicaBatch) -> None:
        """Leave out a server whose calls all take far longer than those of the others."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        for each in self._asked:
            others = [s for one in self._asked if one is not each for s in one.seconds]
            if len(others) < ENOUGH_TO_COMPARE or not each.running:
                continue
            if now - max(each.running.values()) > (limit := _too_long(others)):
                self._leave_out(each, _slow(limit, statistics.median(others)), batch)

    def _leave_out(
        self, replica: Replica, error: LadderError, batch: "ReplicaBatch | None" = None
    ) -> None:
        """Ask a server no more; raise the error where it was the last."""
        if replica.why_out:
            return
        replica.why_out = str(error)
        replica.endpoint.leave(error)
        if batch is not None:
            batch.take_from(replica)
        if not self._asked:
            raise error

    def _break_off(self, batch: ReplicaBatch) -> None:
        """End all calls that are under way, and let the servers be asked again."""
        ended = EndpointError("The run ended.", next_step="Run the same command again.")
        for each in self._asked:
            each.endpoint.leave(ended)
        batch.join()
        for each in self._asked:
            each.endpoint.come_back()
            each.running.clear()
            each.greeting = None


def _of_one_server(error: Exception | None) -> EndpointError | EvidenceError | None:
    """Return an error that is a reason to leave one server out; raise any other.

    Another fingerprint is one to look closer, by the answers of all.
    """
    if isinstance(error, EndpointError | EvidenceError) and not isinstance(
        error, OtherFingerprintError
    ):
        return error
    if error is not None:
        raise error
    return None


def _none_left(replicas: Sequence[Replica]) -> EndpointError:
    reasons = "; ".join(f"{each.url}: {each.why_out}" for each in replicas)
    return EndpointError(
        f"No server of model.base_urls is left: {reasons}",
        next_step="See to the servers, then run the same command again; answers are kept.",
    )


def _failed(n: int, last: str | None) -> EndpointError:
    return EndpointError(
        f"{n} calls in a row failed; the last: {last}", next_step="See to that server."
    )


def _other_model(name: str, model: str) -> EvidenceError:
    return EvidenceError(
        f"it answers as {name!r}, the others as {model!r}.",
        next_step="Serve the same model at each of model.base_urls.",
    )


def _too_long(usual: Sequence[float]) -> float:
    """Return from how many seconds on a call takes too long, by what calls usually take."""
    return max(SLOW * statistics.median(usual), SLOWEST * max(usual), SHORTEST_SECONDS)


def _slow(limit: float, usual: float) -> EndpointError:
    return EndpointError(
        f"its calls take over {limit:.1f} s, those of the others {usual:.1f} s.",
        next_step="See to that server.",
    )
