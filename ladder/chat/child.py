"""Start, ask and kill the child process that renders templates."""

import atexit
import json
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

from ladder.chat.frame import pack_frame
from ladder.errors import InfrastructureError

SECONDS_PER_RENDER = 2.0
SECONDS_TO_START = 60.0

# The packages' __init__ files are passed over: they would load the whole of ladder in the child.
_BOOTSTRAP = """\
import sys, types
sys.path[:0] = sys.argv[2:]
for name, folder in (("ladder", ""), ("ladder.chat", "/chat")):
    package = sys.modules[name] = types.ModuleType(name)
    package.__path__ = [sys.argv[1] + folder]
from ladder.chat.worker import serve
serve()
"""

Request = dict[str, Any]
Reply = dict[str, Any]


class Child:
    """One running child process."""

    def __init__(self) -> None:
        folder = str(Path(__file__).resolve().parents[1])
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
            self._write(pack_frame(requests))
            for _ in requests:
                reply = self._read(SECONDS_PER_RENDER)
                if reply is None:
                    break
                replies.append(reply)
        except BrokenPipeError:
            pass
        if len(replies) < len(requests):
            self.kill()
        return replies

    def kill(self) -> None:
        """End the child now."""
        self.process.kill()
        self.process.wait()
        for stream in (self.requests, self.replies):
            with suppress(OSError):
                stream.close()

    def _write(self, frame: bytes) -> None:
        self.requests.write(frame)
        self.requests.flush()

    def _read(self, seconds: float) -> Any:  # noqa: ANN401
        end = time.monotonic() + seconds
        if not self._fill(4, end):
            return None
        [length] = struct.unpack(">I", self.buffer[:4])
        if not self._fill(4 + length, end):
            return None
        frame = bytes(self.buffer[4 : 4 + length])
        del self.buffer[: 4 + length]
        return json.loads(frame)

    def _fill(self, size: int, end: float) -> bool:
        descriptor = self.replies.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while len(self.buffer) < size:
            left = end - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                return False
            piece = os.read(descriptor, 1 << 16)
            if not piece:
                return False
            self.buffer += piece
        return True


class _Children:
    """The one child of this process, for all threads; replaced when it was killed."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start from nothing: a forked process must not read from its parent's child."""
        self.lock = threading.Lock()
        self.child: Child | None = None

    def living(self) -> Child:
        """Return a usable child; start one if need be."""
        if self.child is None or not self.child.is_usable:
            self.child = Child()
            self.child.greet()
        return self.child

    def close(self) -> None:
        """Kill the child, if it is ours."""
        if self.child is not None and self.child.is_usable:
            self.child.kill()


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
