"""Start, ask and kill the child process that renders templates."""

import atexit
import json
import math
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

import jinja2
import markupsafe

from ladder.chat.sandbox.frame import write_frame
from ladder.errors import InfrastructureError

SECONDS_PER_RENDER = 2.0
SECONDS_TO_START = 60.0
# A child that got less of a processor than this has been waiting on a busy machine, not looping.
_STARVED = 0.15

# The packages' __init__ files are passed over: they would load the whole of ladder in the child.
_BOOTSTRAP = """\
import sys, types
sys.path[:0] = sys.argv[2:]
for name, folder in (
    ("ladder", ""),
    ("ladder.chat", "/chat"),
    ("ladder.chat.sandbox", "/chat/sandbox"),
):
    package = sys.modules[name] = types.ModuleType(name)
    package.__path__ = [sys.argv[1] + folder]
from ladder.chat.sandbox.worker import serve
serve()
"""

Request = dict[str, Any]
Reply = dict[str, Any]


class Child:
    """One running child process."""

    def __init__(self) -> None:
        folder = str(Path(__file__).resolve().parents[2])
        paths = {str(Path(package.__file__ or "").parents[1]) for package in (jinja2, markupsafe)}
        self.owner = os.getpid()
        self.buffer = bytearray()
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            [sys.executable, "-I", "-S", "-c", _BOOTSTRAP, folder, *sorted(paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
            cwd="/",
            start_new_session=True,  # a Ctrl-C meant for the run must not look like a crash
        )
        self.process = process
        self.requests = cast("IO[bytes]", process.stdin)
        self.replies = cast("IO[bytes]", process.stdout)

    @property
    def is_usable(self) -> bool:
        """Return whether the child lives and belongs to this process, not to one it forked from."""
        return self.owner == os.getpid() and self.process.poll() is None

    def greet(self) -> None:
        """Wait until the child is ready; its start is not part of any render's time."""
        if self._read(SECONDS_TO_START) is None:
            self.kill()
            raise InfrastructureError(
                "The process that renders chat templates did not start.",
                next_step="Check that this Python can start a child process with 512 MiB.",
            )

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """Return the replies in order; fewer than requests when the child had to be killed."""
        replies: list[Reply] = []
        try:
            write_frame(self.requests, requests)
            while len(replies) < len(requests):
                reply = self._read(SECONDS_PER_RENDER)
                if reply is None:
                    break
                replies.append(reply)
        except BrokenPipeError:
            pass
        finally:  # also when interrupted: an answer left over would be taken for the next one
            if len(replies) < len(requests):
                self.kill()
        return replies

    def kill(self) -> None:
        """End the child now."""
        self.process.kill()
        self.process.wait()
        self.let_go()

    def let_go(self) -> None:
        """Close our ends of the pipes."""
        for stream in (self.requests, self.replies):
            with suppress(OSError):
                stream.close()

    def _read(self, seconds: float) -> Any:  # noqa: ANN401
        header = self._take(4, seconds)
        if header is None:
            return None
        [length] = struct.unpack(">I", header)
        body = self._take(length, seconds)
        return None if body is None else json.loads(body)

    def _take(self, size: int, seconds: float) -> bytes | None:
        """Return the next bytes; None when the child died, or has worked for too long."""
        end, latest = time.monotonic() + seconds, time.monotonic() + 10 * seconds
        cpu = self._cpu_seconds()
        while len(self.buffer) < size:
            left = end - time.monotonic()
            if left <= 0:
                starved = self._cpu_seconds() - cpu < _STARVED * seconds
                if not starved or end > latest:
                    return None
                end += seconds / 4
            elif not self._receive(left):
                return None
        piece = bytes(self.buffer[:size])
        del self.buffer[:size]
        return piece

    def _receive(self, seconds: float) -> bool:
        """Wait for some bytes; return False when the child has closed its end."""
        poll = select.poll()
        poll.register(self.replies.fileno(), select.POLLIN)
        if not poll.poll(seconds * 1000):
            return True
        piece = os.read(self.replies.fileno(), 1 << 16)
        self.buffer += piece
        return bool(piece)

    def _cpu_seconds(self) -> float:
        """Return the processor time that the child has used; infinity where the system does not tell it."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return math.inf
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Children:
    """The one child of this process, for all threads; replaced when it was killed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.child: Child | None = None

    def forget(self) -> None:
        """Start from nothing: a forked process must not read from its parent's child."""
        if self.child is not None:
            self.child.let_go()
            self.child.process.returncode = 0
        self.lock = threading.Lock()
        self.child = None

    def living(self) -> Child:
        """Return a usable child; start one if need be."""
        if self.child is None or not self.child.is_usable:
            self.close()
            self.child = Child()
            self.child.greet()
        return self.child

    def close(self) -> None:
        """Kill the child; one that is dead already is only cleared away."""
        if self.child is not None:
            self.child.kill()
            self.child = None


_CHILDREN = _Children()
atexit.register(_CHILDREN.close)
os.register_at_fork(after_in_child=_CHILDREN.forget)


def ask(requests: Sequence[Request]) -> list[Reply]:
    """Return a reply to each request; those that ran over a limit are answered `hostile`."""
    replies: list[Reply] = []
    with _CHILDREN.lock:
        while len(replies) < len(requests):
            replies += _CHILDREN.living().ask(requests[len(replies) :])
            replies += _refuse_run(requests[len(replies) :])
    return replies


def _refuse_run(rest: Sequence[Request]) -> Iterator[Reply]:
    """Refuse the killed request and those of the same template that follow it."""
    for request in rest:
        if request["template"] != rest[0]["template"]:
            return
        yield {"hostile": f"no end within {SECONDS_PER_RENDER:g} s, or out of memory"}
