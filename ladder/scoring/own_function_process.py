"""`OwnFunctionProcess`: calls a metric of the user's own in a process that can be ended.

A function that hangs, even inside a regular expression or a library, cannot hang the run; one that
takes its process down with it costs one answer's score.
"""

import contextlib
import json
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast

from ladder.errors import MetricError, UnscoredError

SECONDS_TO_LOAD = 300.0
"""A module may load a large library; that is no part of any answer's time."""

MOST_LATE = 8
"""Answers that may run over the limit before any came in time: then it is the function's fault."""

_WORKER = Path(__file__).with_name("own_function_worker.py")


class OwnFunctionProcess:
    """A function of the user's own behind a pipe; its process is started anew when it was ended.

    Args:
        name: `module:function` or `file.py:function`.
        seconds: How long a call may take.

    Raises:
        MetricError: There is no such function, or it cannot be called.
    """

    def __init__(self, name: str, *, seconds: float) -> None:
        self.name = name
        self._seconds = seconds
        self._lock = threading.Lock()
        self._n_late, self._was_in_time = 0, False
        facts = self._start()
        self.sees_sample = bool(facts["sees_sample"])
        self.digest = str(facts["digest"])

    def score(self, answer: str, targets: list[str], sample: Mapping[str, Any]) -> float:
        """Return what the function gives.

        Raises:
            UnscoredError: It failed on this answer: it raised, took too long, ended its process, or
                gave something else than a number in [0, 1].
            MetricError: It took too long for each of the first answers.
        """
        with self._lock:
            if self._owner != os.getpid() or self._process.poll() is not None:
                self._start()
            reply = self._ask({"answer": answer, "targets": targets, "sample": dict(sample)})
        if "score" in reply:
            self._was_in_time = True
            return float(reply["score"])
        shown = answer if len(answer) <= 60 else answer[:59] + "…"
        raise UnscoredError(
            f"metric {self.name} {reply['error']}, for the answer {shown!r}.",
            next_step="Correct the function so that it scores every text, the empty one too.",
        )

    def _ask(self, call: dict[str, Any]) -> dict[str, Any]:
        started, reply = time.monotonic(), None
        try:
            self._send(call)
            reply = self._read(self._seconds)
        except BrokenPipeError:
            pass
        finally:  # also when interrupted: a reply left over would be taken for the next one's
            if reply is None:
                self._end()
        if reply is not None:
            return reply
        if time.monotonic() - started < self._seconds:
            return {"error": "ended its process"}
        self._n_late += 1
        if self._n_late >= MOST_LATE and not self._was_in_time:
            raise MetricError(
                f"metric {self.name} took more than {self._seconds:g} s for each of the first "
                f"{self._n_late} answers.",
                next_step="Make it faster, or raise metric.seconds.",
            )
        return {"error": f"took more than {self._seconds:g} s"}

    def _start(self) -> dict[str, Any]:
        """Start the process; return what it says of the function."""
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
            [sys.executable, "-P", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # so that what the function started ends with it
        )
        self._process, self._owner = process, os.getpid()
        self._end = weakref.finalize(self, _end, process, self._owner)
        self._requests = cast("IO[bytes]", process.stdin)
        self._replies = cast("IO[bytes]", process.stdout)
        first = {"name": self.name, "path": list(sys.path), "seconds": self._seconds}
        with contextlib.suppress(BrokenPipeError):
            self._send(first)
        facts = self._read(SECONDS_TO_LOAD)
        if facts is None:
            self._end()
            raise MetricError(
                f"metric {self.name!r}: the process that loads it ended, or did not within "
                f"{SECONDS_TO_LOAD:g} s.",
                next_step="Check that its module imports in plain Python.",
            )
        if "problem" in facts:
            self._end()
            raise MetricError(str(facts["problem"]), next_step=str(facts["next_step"]))
        return facts

    def _send(self, value: object) -> None:
        body = pickle.dumps(value)
        self._requests.write(struct.pack(">I", len(body)) + body)
        self._requests.flush()

    def _read(self, seconds: float) -> dict[str, Any] | None:
        """Return the next reply; None where it does not come in time, or the process ended."""
        end = time.monotonic() + seconds
        header = self._take(4, end)
        if header is None:
            return None
        body = self._take(struct.unpack(">I", header)[0], end)
        reply: dict[str, Any] | None = None if body is None else json.loads(body)
        return reply

    def _take(self, size: int, end: float) -> bytes | None:
        taken = b""
        while len(taken) < size:
            ready, _, _ = select.select([self._replies], [], [], max(end - time.monotonic(), 0))
            piece = os.read(self._replies.fileno(), size - len(taken)) if ready else b""
            if not piece:
                return None
            taken += piece
        return taken


def _end(process: "subprocess.Popen[bytes]", owner: int) -> None:
    """End a process with all that it started; not in a process that was forked from its owner."""
    if owner != os.getpid():
        return
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
