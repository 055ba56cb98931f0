"""Something is written at least every few seconds, whatever takes its time; the screen is left in order."""

import io
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console

import ladder
from ladder.activity import Activities, activity, watched
from ladder.finetune.training.training_progress import TrainingProgress
from ladder.models.base import Message, Request
from ladder.models.load_generator import load_generator
from ladder.progress.display import EVERY_SECONDS, is_redrawn
from ladder.progress.run_screen import RunScreen
from ladder.progress.training_screen import training_shown
from ladder.progress.working import working
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing.scripted_server import ScriptedServer, Sent

ON_A_TERMINAL, ELSEWHERE = 5.0, 30.0
"""Seconds of silence that are a fault."""

SLOW = 0.9
"""Seconds that each slow thing here takes: four redrawings, and the clock moves on."""


@dataclass
class Terminal:
    """A pseudo-terminal, and when something was written to it."""

    console: Console
    times: list[float] = field(default_factory=list)
    text: str = ""

    @property
    def longest_silence(self) -> float:
        """Return the longest time between two writings."""
        return max(
            after - before for before, after in zip(self.times, self.times[1:], strict=False)
        )


@contextmanager
def terminal(width: int = 100) -> Iterator[Terminal]:
    """Give a terminal whose other end is read as a person reads it."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        console = Console(file=stream, width=width, height=40, highlight=False, soft_wrap=True)
        found = Terminal(console)

        def read() -> None:
            while True:
                try:
                    data = os.read(ours, 65_536)
                except OSError:
                    return
                if not data:
                    return
                found.times.append(time.monotonic())
                found.text += data.decode("utf-8", "replace")

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        found.times.append(time.monotonic())
        yield found
        found.times.append(time.monotonic())
        stream.flush()
    reader.join(timeout=5)
    os.close(ours)


def slow_at(calls: set[int]) -> Callable[[Request], str]:
    """Return a model that triples a number, and takes its time at some of its calls."""
    made = [0]

    def answer(request: Request) -> str:
        made[0] += 1
        if made[0] in calls:
            time.sleep(SLOW)
        return str(int(request.messages[-1].content.rpartition(": ")[2]) * 3)

    return answer


@pytest.mark.slow
def test_a_run_on_a_terminal_is_never_silent(task_of: Callable[..., Path]) -> None:
    spec = task_of(slow_at({1, 30, 45}))
    with terminal() as seen:
        started = time.monotonic()
        decision = ladder.run(spec, progress=RunScreen(seen.console))
        took = time.monotonic() - started

    assert decision.verdict == "already_good"
    assert took > 3 * SLOW
    assert seen.longest_silence < 0.8 < ON_A_TERMINAL
    for clock in ("0:01", "0:02"):
        assert clock in seen.text
    assert "confirmation" in seen.text
    assert seen.text.rstrip().endswith("\x1b[?25h")  # the cursor is there again


@pytest.mark.slow
def test_every_kind_of_work_is_shown_with_a_clock_that_ticks() -> None:
    kinds = ("loading a model", "encoding 900 texts", "looking how likely the targets are")
    with terminal() as seen, training_shown(seen.console) as observe:
        for kind in kinds:
            with activity(kind):
                time.sleep(SLOW / 2)
        observe(TrainingProgress("measuring"))
        time.sleep(SLOW / 2)

    assert seen.longest_silence < 0.5 < ON_A_TERMINAL
    for kind in (*kinds, "measuring"):
        assert kind in seen.text
    assert "0:01" in seen.text


@pytest.mark.slow
def test_a_log_has_a_line_now_and_then() -> None:
    stream = io.StringIO()
    times: list[float] = [time.monotonic()]

    class Noted(io.StringIO):
        def write(self, text: str) -> int:
            times.append(time.monotonic())
            return stream.write(text)

    with working(Console(file=Noted(), width=80), "checking", every=0.2), activity("reading", 9):
        time.sleep(0.8)
    times.append(time.monotonic())

    assert max(b - a for a, b in itertools.pairwise(times)) < 0.45
    assert "checking · reading, 0 of 9 · 0:00" in stream.getvalue()
    assert EVERY_SECONDS + 1 < ELSEWHERE


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_whatever_ends_a_run_leaves_the_screen_in_order(error: type[BaseException]) -> None:
    with terminal() as seen:
        with pytest.raises(error), RunScreen(seen.console):
            raise error
        seen.console.print("after")

    assert seen.text.endswith("\x1b[?25hafter\r\n")


@pytest.mark.parametrize(
    ("variables", "redrawn"),
    [
        ({"TERM": "xterm"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "FORCE_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
    ],
)
def test_nothing_is_redrawn_in_a_log(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], *, redrawn: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()

    with RunScreen(Console(file=stream)) as run:
        assert is_redrawn(run.console or Console()) is redrawn

    assert "\x1b[?25" not in stream.getvalue()


def test_colour_is_off_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    with terminal() as seen, working(seen.console, "checking"):
        time.sleep(0.3)

    assert "checking" in seen.text
    assert "\x1b[36m" not in seen.text


@pytest.mark.slow
def test_what_a_server_asks_to_wait_is_told_while_it_is_waited_for() -> None:
    activities, seen = Activities(), list[str]()
    server = ScriptedServer()
    refused = [Sent({"error": {"message": "slow down"}}, 429, {"Retry-After": "1"})]

    def behave(path: str, body: dict[str, object]) -> Sent:
        del body
        if path.endswith("/models"):
            return Sent({"object": "list", "data": [{"id": "m"}]})
        if refused:
            return refused.pop()
        seen.extend(each.name for each in activities.waits)
        message = {"role": "assistant", "content": "42"}
        return Sent({"choices": [{"index": 0, "finish_reason": "stop", "message": message}]})

    def look() -> None:
        while not seen:
            seen.extend(each.name for each in activities.waits)
            time.sleep(0.01)

    server.behave = behave
    asked = Request((Message("user", "6 * 7"),), ChatSetup(), Decoding())
    with watched(activities), closing(server):
        generator = load_generator(ModelRef(id="m", base_url=server.url))
        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        [(_, answer)] = generator.generate([asked])
        seen.append("")
        looking.join(timeout=5)
        generator.close()

    assert answer.text == "42"
    assert seen[0] == "the server asks to wait, as it gets more calls than it takes (429)"
    assert activities.waits == ()
