"""`ThrottledCalls`: posts to one server, as many at once as it takes, and again where that helps."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import tenacity

from ladder.activity import activities_now, waiting
from ladder.errors import (
    BusyError,
    CallError,
    CrowdedError,
    EndpointError,
    LadderError,
    LostError,
    StartingError,
)
from ladder.models.endpoint.throttle import Throttle
from ladder.models.endpoint.unanswered_calls import (
    LONGEST_WAIT_SECONDS,
    check_wait,
    error_of,
    wait_seconds,
    why_waited,
)
from ladder.models.endpoint.wire import Wire
from ladder.spec.candidate import ModelRef

ENOUGH_CALLS = 8
"""Failed calls, and none that went well, from which a whole endpoint counts as out of order."""

SILENT_SECONDS = 50.0
"""How long after its first failed call a server that never answered is asked again."""

Found = TypeVar("Found")


class ThrottledCalls:
    """Makes calls side by side, and ends them all at once. Threads may share it.

    Args:
        wire: To the server.
        ref: Whose `concurrency` and `wait_minutes` count.
        sleep: How to wait between two tries; None stands for a wait that the run's end cuts short.

    Attributes:
        has_answered: Whether any call ever went well, in an earlier process too.
    """

    def __init__(
        self, wire: Wire, ref: ModelRef, *, sleep: Callable[[float], None] | None = None
    ) -> None:
        self.has_answered = False
        self._wire = wire
        self._ref = ref
        self._sleep = sleep
        self._activities = activities_now()
        self._throttle = Throttle(ref.concurrency)
        self._ended = threading.Event()
        self._why_ended: BaseException | None = None
        self._n_attempts_failed = 0
        self._failing_since: float | None = None
        self._pool: ThreadPoolExecutor | None = None

    @property
    def allowed(self) -> int:
        """Return how many calls may run at once now."""
        return self._throttle.allowed

    def post(self, path: str, payload: Mapping[str, Any]) -> bytes:
        """Return the body of one POST, once there is room for it; raises as `Wire.post`."""
        with self._throttle.slot() as ticket:
            self._check_not_ended()
            try:
                body = self._wire.post(path, payload, within_seconds=self._patience())
            except CrowdedError:
                self._throttle.refused(ticket)
                raise
        self._throttle.answered()
        return body

    def again(self, call: Callable[[], Found]) -> Found:
        """Return what a call gives, made again as often as its errors say that this may help."""
        why = ""

        longest = max(LONGEST_WAIT_SECONDS, 60 * float(self._ref.wait_minutes or 0))

        def note(state: tenacity.RetryCallState) -> None:
            nonlocal why
            why = why_waited(error_of(state))
            check_wait(error_of(state), longest)

        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(CallError),
            stop=self._is_enough,
            wait=wait_seconds,
            before_sleep=note,
            sleep=lambda seconds: self.pause(seconds, why),
            reraise=True,
        ):
            with attempt:
                try:
                    return call()
                except BusyError as error:
                    self.check_not_silent(error)
                    raise
        raise AssertionError  # reraise above leaves no other way out

    def check_not_silent(self, error: BusyError) -> None:
        """Raise where a server never answered, and was given time enough since its first failure."""
        if self.has_answered or isinstance(error, CrowdedError | StartingError | LostError):
            return
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        self._n_attempts_failed += 1
        failing = now - self._failing_since
        is_silent = failing >= SILENT_SECONDS or (
            failing >= SILENT_SECONDS / 2 and self._n_attempts_failed >= ENOUGH_CALLS
        )
        if is_silent and not self.is_waited_for(failing):
            raise EndpointError(
                f"No call went well for {failing:.0f} s; the last: {error}",
                next_step="Check model.base_url and the server's log, or raise "
                "model.timeout_seconds for a server that is slow to start.",
            )

    def is_waited_for(self, seconds: float | None) -> bool:
        """Return whether the user waits longer for a server that is not there."""
        return (seconds or 0.0) < 60 * float(self._ref.wait_minutes or 0)

    def pause(self, seconds: float, why: str = "the server does not answer yet") -> None:
        """Wait, but not on when the run has ended meanwhile; whoever watches is told why."""
        if self._sleep is not None:
            self._sleep(seconds)
            return
        with waiting(why, seconds, self._activities):
            self._ended.wait(seconds)

    @contextmanager
    def threads(self) -> Iterator[ThreadPoolExecutor]:
        """Give threads for calls, the same each time: to start one takes as long as half a call.

        The block waits for its calls; where it ends in an error, none is waited for.
        """
        pool = self._pool or ThreadPoolExecutor(
            self._ref.concurrency, thread_name_prefix="endpoint"
        )
        self._pool = pool
        try:
            yield pool
        except BaseException as error:
            self._pool = None
            self.end(error)
            with self._wire.cut_off():
                pool.shutdown(wait=True, cancel_futures=True)
            self.go_on()
            raise

    def close(self) -> None:
        """Let the threads go that wait for calls."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)

    def end(self, error: BaseException) -> None:
        """Let no call begin, or wait for another try, from now on: they end in the same error."""
        if not self._ended.is_set():
            self._why_ended = error
            self._ended.set()

    def go_on(self) -> None:
        """Let calls begin again after `end`."""
        self._ended.clear()

    def _check_not_ended(self) -> None:
        if self._ended.is_set() and isinstance(self._why_ended, LadderError):
            raise self._why_ended
        if self._ended.is_set():
            raise EndpointError("The run ended.", next_step="Run the same command again.")

    def _is_enough(self, state: tenacity.RetryCallState) -> bool:
        error = error_of(state)
        rides_on = isinstance(error, BusyError) and self.is_waited_for(state.seconds_since_start)
        return state.attempt_number >= error.attempts and not rides_on

    def _patience(self) -> float | None:
        """Return how long the next call may take, where that is less than the whole timeout."""
        if self.has_answered or self._failing_since is None or self._ref.wait_minutes:
            return None
        return max(1.0, self._failing_since + SILENT_SECONDS - time.monotonic())
