"""`Replicas`: answers from several servers of one model, and what became of each server."""

import queue
import statistics
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ladder.errors import EndpointError, EvidenceError, LadderError
from ladder.finding import Finding
from ladder.models.base import Answer, Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef

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

LOOK_SECONDS = 0.1
"""How often the servers are looked at while no answer comes."""

MOST_SECONDS_KEPT = 200
"""Answers of a replica whose time is remembered: a server may slow down for all, in a long run."""

LATE_SECONDS = 30.0
"""How long a server may owe its first answer before that is told."""

MOST_GREETINGS = 2
"""First questions to a server that answers them late: the first may have loaded the model."""

JOIN_SECONDS = 1.0
"""How long calls that were broken off are waited for."""

HELLO = Request((Message("user", "Say yes."),), ChatSetup(), Decoding(max_new_tokens=4))
"""What each server is asked first, to learn which model answers."""


@dataclass(slots=True)
class Replica:
    """One server: what it works on, and how it did.

    Attributes:
        why_out: Why it is asked no more; empty while it is.
        running: When each of the calls that it works on was begun, by position.
        seconds: How long its last answers took.
        n_answered: How many it gave.
        n_failed: Calls that failed since its last answer.
        greeting: What it is asked first, while that is not answered: it gets nothing else.
        n_greetings: How often it was asked so.
        spoke_after: How long its first answer took; None before, while nobody knows its model.
    """

    url: str
    endpoint: EndpointGenerator
    why_out: str = ""
    running: dict[int, float] = field(default_factory=dict)
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_SECONDS_KEPT))
    n_answered: int = 0
    n_failed: int = 0
    greeting: "_Greeting | None" = None
    n_greetings: int = 0
    spoke_after: float | None = None
    _preparing: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Answer:
        """Answer one request; threads may do so side by side."""
        with self._preparing:
            self.endpoint.prepare([request])
        return self.endpoint.answer(request)


class _Greeting:
    """A server's first question, asked beside whatever the others do."""

    def __init__(self, replica: Replica) -> None:
        self.begun = time.monotonic()
        self.seconds = 0.0
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self._replica = replica
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Return whether it was answered, or failed."""
        return not self._thread.is_alive()

    def is_pending_for(self, seconds: float) -> bool:
        """Return whether nothing came for so long."""
        return not self.is_over and time.monotonic() - self.begun > seconds

    def wait(self, seconds: float) -> None:
        """Wait a moment for the answer."""
        self._thread.join(seconds)

    def _ask(self) -> None:
        try:
            self.answer = self._replica.answer(HELLO)
        except Exception as caught:  # noqa: BLE001 - raised again where greetings are looked at
            self.error = caught
        self.seconds = time.monotonic() - self.begun


@dataclass(frozen=True, slots=True)
class _Came:
    """What one call to one replica gave."""

    replica: Replica
    position: int
    answer: Answer | None = None
    error: Exception | None = None
    seconds: float = 0.0


class Replicas:
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
                return first.endpoint.find_abilities(requests)
            except EndpointError as error:
                self._leave_out(first, error)

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """Return the tokens that no quoted text may hold, where they are known."""
        return self._replicas[0].endpoint.special_tokens

    def use_abilities(self, abilities: Mapping[str, Any]) -> None:
        """Know what was found in an earlier process: the same model must answer now."""
        self._model = str(abilities.get("answers_as") or "") or None
        self._replicas[0].endpoint.use_abilities(abilities)

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer all requests; yield each once, as it comes.

        Raises:
            EndpointError: No server is left.
            LadderError: As one endpoint raises it, where the candidate is at fault.
        """
        if not requests:
            return
        if not self._asked:
            raise _none_left(self._replicas)
        batch = _Batch(requests)
        # Beside whoever keeps the answers, so that no server waits while one is written down.
        threading.Thread(target=self._feed, args=(batch,), daemon=True).start()
        try:
            yield from batch.given()
        except BaseException:
            batch.is_stopped = True
            self._break_off(batch)
            raise

    def log_likelihood(
        self, requests: Sequence[Request], targets: Sequence[str]
    ) -> list[float] | None:
        """Return None: servers do not score a given text in a way that all agree on."""
        del requests, targets
        return None

    def close(self) -> None:
        """Close all connections."""
        for each in self._replicas:
            each.endpoint.close()

    def _feed(self, batch: "_Batch") -> None:
        try:
            for pair in self._answers(batch):
                batch.give(pair)
        except BaseException as error:  # noqa: BLE001 - raised again where answers are awaited
            batch.give(error)
        batch.give(None)

    def _answers(self, batch: "_Batch") -> Iterator[tuple[int, Answer]]:
        held: list[_Came] = []  # until it is clear which model it is that is asked
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

    def _hand_out(self, batch: "_Batch") -> None:
        """Give each server as many requests as it takes; one, until it is known who answers."""
        self._begun = self._begun or time.monotonic()
        for each in self._ready:
            is_known = self._model is not None and each.spoke_after is not None
            most = each.endpoint.calls_at_once if is_known else 1
            while batch.waiting and len(each.running) < most:
                batch.begin(each)

    def _is_answer(self, batch: "_Batch", came: _Came) -> bool:
        """Return whether a call gave an answer; else ask another server, or leave this one out."""
        replica, answer, error = came.replica, came.answer, came.error
        if replica.why_out:  # what it worked on was given to the others
            return False
        if error is not None and not isinstance(error, EndpointError | EvidenceError):
            raise error
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
            replica.greeting = _Greeting(replica)

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
            if not each.running and each.greeting is None and name and name != self._model:
                self._leave_out(each, _other_model(name, str(self._model)))
        return True

    def _take_in(self, replica: Replica, greeting: _Greeting) -> None:
        """Let a server that answered its first question work, unless it is far too slow."""
        error, answer = greeting.error, greeting.answer
        if error is not None and not isinstance(error, EndpointError | EvidenceError):
            raise error
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
        first, *others = Counter(said).most_common()
        is_clear = first[1] > sum(count for _, count in others) + n_to_come
        is_named = self._ref.id in said and (is_late or len(said) > n_to_come)
        if n_to_come and not is_clear and not is_named:
            return False
        self._model = first[0] if is_clear or not is_named else self._ref.id
        return True

    def _counted(self, batch: "_Batch", came: _Came) -> Iterator[tuple[int, Answer]]:
        """Yield an answer, unless it is another model's; then that server is left out."""
        name = came.replica.endpoint.answering_model
        if name and self._model and name != self._model:
            self._leave_out(came.replica, _other_model(name, self._model), batch)
            batch.put_back(came.position)
        elif came.answer is not None and came.position not in batch.done:
            batch.done.add(came.position)
            yield came.position, came.answer

    def _leave_out_slow(self, batch: "_Batch") -> None:
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
        self, replica: Replica, error: LadderError, batch: "_Batch | None" = None
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

    def _break_off(self, batch: "_Batch") -> None:
        """End all calls that are under way, and let the servers be asked again."""
        ended = EndpointError("The run ended.", next_step="Run the same command again.")
        for each in self._asked:
            each.endpoint.leave(ended)
        batch.join()
        for each in self._asked:
            each.endpoint.come_back()
            each.running.clear()
            each.greeting = None


class _Batch:
    """Requests that wait, are worked on, or are answered."""

    def __init__(self, requests: Sequence[Request]) -> None:
        self.waiting = deque(range(len(requests)))
        self.done: set[int] = set()
        self.tries: Counter[int] = Counter()
        self.is_stopped = False
        self._requests = requests
        self._given: queue.SimpleQueue[tuple[int, Answer] | BaseException | None]
        self._given = queue.SimpleQueue()
        self._came: queue.SimpleQueue[_Came] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    @property
    def is_over(self) -> bool:
        """Return whether all requests are answered."""
        return len(self.done) == len(self._requests)

    def give(self, found: tuple[int, Answer] | BaseException | None) -> None:
        """Hand an answer to whoever awaits it, or an error; None at the end."""
        self._given.put(found)

    def given(self) -> Iterator[tuple[int, Answer]]:
        """Yield the answers as they are given; raise an error."""
        while (found := self._given.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield found

    def begin(self, replica: Replica) -> None:
        """Let a server work on the next request."""
        position = self.waiting.popleft()
        self.tries[position] += 1
        replica.running[position] = time.monotonic()
        # A daemon: a server that hangs must not keep the process.
        thread = threading.Thread(target=self._call, args=(replica, position), daemon=True)
        self._threads.append(thread)
        thread.start()

    def next(self) -> _Came | None:
        """Return what came next; None where nothing did for a moment."""
        try:
            came = self._came.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            return None
        begun = came.replica.running.pop(came.position, None)
        if begun is not None and came.error is None:
            came.replica.seconds.append(came.seconds)
        return came

    def put_back(self, position: int) -> None:
        """Let a request wait for another server, before those that no server was given yet."""
        if position not in self.done and position not in self.waiting:
            self.waiting.appendleft(position)

    def take_from(self, replica: Replica) -> None:
        """Let what a server was working on wait for the others."""
        for position in replica.running:
            self.put_back(position)
        replica.running.clear()

    def join(self) -> None:
        """Wait a moment for calls that were broken off."""
        for each in self._threads:
            each.join(JOIN_SECONDS)

    def _call(self, replica: Replica, position: int) -> None:
        answer, error = None, None
        begun = time.monotonic()
        try:
            answer = replica.answer(self._requests[position])
        except Exception as caught:  # noqa: BLE001 - raised again where answers are awaited
            error = caught
        self._came.put(_Came(replica, position, answer, error, time.monotonic() - begun))


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
