"""The child process that renders templates, with limits on memory, time and output.

It reads requests from standard input and answers each job with one frame on standard output.
`ladder.chat.sandbox.child` starts and kills it.
"""

import resource
import signal
import sys
import time
import traceback
from collections import defaultdict
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any

import jinja2

from ladder.chat.sandbox.environment import ChatEnvironment
from ladder.chat.sandbox.frame import read_frame, write_frame
from ladder.chat.sandbox.prompt_environment import PROMPTS, fill_within_limit, within_limit
from ladder.chat.sandbox.syntax import read_syntax

MEMORY_BYTES = 512 * 2**20
# Should the parent be killed in the middle of a runaway, nobody else would end it.
_SECONDS_ALONE = 60
# A sound render takes a millisecond. What one takes beyond this counts for all of a request.
_SECONDS_OF_A_RENDER, _SECONDS_TOGETHER = 0.05, 1.5

_HOSTILE = (jinja2.exceptions.SecurityError, OverflowError, MemoryError, RecursionError)
_ENVIRONMENT = ChatEnvironment()


def serve() -> None:
    """Answer requests until standard input ends."""
    _limit_resources()
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    write_frame(replies, {"ready": True})
    while (request := read_frame(requests)) is not None:
        patience = Patience()
        for job in request:
            signal.alarm(_SECONDS_ALONE)
            write_frame(replies, patience.answer(job))
            signal.alarm(0)


class Patience:
    """Answers the jobs of one request; a template that was hostile once is not tried again.

    Nor is one whose renders together take too long: each alone may stay below the limit.
    """

    def __init__(self) -> None:
        self.refused: dict[str, dict[str, Any]] = {}
        self.spent: dict[str, float] = defaultdict(float)

    def answer(self, job: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to one job."""
        template = job["template"]
        if template in self.refused:
            return self.refused[template]
        started = time.process_time()
        reply = answer(job)
        self.spent[template] += time.process_time() - started - _SECONDS_OF_A_RENDER
        if self.spent[template] > _SECONDS_TOGETHER:
            reply = {"hostile": f"its renders take more than {_SECONDS_TOGETHER:g} s"}
        if "hostile" in reply:
            self.refused[template] = reply
        return reply


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Return the reply to one job: `text`, or `syntax`, or what went wrong."""
    try:
        if job.get("syntax"):
            _compile(job["template"])  # kept for the renders that follow
            return {"syntax": read_syntax(_ENVIRONMENT, job["template"])}
        if job.get("prompt"):
            prompt = PROMPTS.from_string(job["template"])
            return {"text": fill_within_limit(prompt, job["variables"])}
        return _render(job)
    except _HOSTILE as error:
        return {"hostile": f"{type(error).__name__}: {error}"[:500], "line": _line_of(error)}
    except jinja2.TemplateSyntaxError as error:
        return {"problem": error.message or "syntax error", "line": error.lineno, "compiles": False}
    except Exception as error:  # noqa: BLE001 - a template can raise anything at all
        return _describe(error)


def _describe(error: Exception) -> dict[str, Any]:
    if "no loader for this environment" in str(error):
        return {"hostile": "it asks for another file", "line": _line_of(error)}
    kind = "" if type(error) is jinja2.TemplateError else f"{type(error).__name__}: "
    return {"problem": f"{kind}{error}"[:1000], "line": _line_of(error), "compiles": True}


def _render(job: dict[str, Any]) -> dict[str, Any]:
    _ENVIRONMENT.now = datetime.fromisoformat(job["now"])
    template = _compile(job["template"])
    with _ENVIRONMENT.collect() as pieces:
        for piece in within_limit(template.generate(**job["variables"])):
            pieces.append(piece)
        return {"text": "".join(pieces), "spans": _ENVIRONMENT.spans}


@lru_cache(maxsize=256)
def _compile(template: str) -> jinja2.Template:
    return _ENVIRONMENT.from_string(template)


def _line_of(error: BaseException) -> int | None:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == "<template>"]
    return lines[-1] if lines else None


def _limit_resources() -> None:
    limits = {resource.RLIMIT_AS: MEMORY_BYTES, resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0}
    for limit, size in limits.items():
        with suppress(ValueError, OSError):  # macOS refuses some of them
            resource.setrlimit(limit, (size, size))
