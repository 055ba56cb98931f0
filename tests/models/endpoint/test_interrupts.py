"""Ctrl-C and SIGTERM end a run soon, also while every call hangs."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ladder.testing.scripted_server import Body, ScriptedServer, Sent
from ladder.testing.task_files import triples, write_task

MOST_SECONDS = 10.0
"""How long a run may take to end."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "n_answered"),
    [(signal.SIGINT, 130, 0), (signal.SIGTERM, 143, 12)],
    ids=["Ctrl-C at the first call", "SIGTERM at the measured ones"],
)
def test_a_run_ends_soon_while_every_call_hangs(
    server: ScriptedServer, tmp_path: Path, number: signal.Signals, code: int, n_answered: int
) -> None:
    hangs, end = threading.Event(), threading.Event()

    def behave(path: str, _: Body) -> Sent:
        if not path.endswith("/completions"):
            return Sent({"data": [{"id": "m"}]})
        if len(server.calls) > n_answered:
            hangs.set()
            end.wait(60)
        choice = {"message": {"content": "yes"}, "finish_reason": "stop"}
        return Sent({"model": "m", "choices": [choice]})

    server.behave = behave
    spec = write_task(
        tmp_path, {"id": "m", "base_url": server.url, "concurrency": 8}, rows=triples(60)
    )
    child = subprocess.Popen(
        [sys.executable, "-m", "ladder", "run", str(spec)],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        # A suite that a script runs in the background is deaf to Ctrl-C, and so is its child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert hangs.wait(60)
    time.sleep(0.3)  # so that all calls that run side by side hang

    started = time.monotonic()
    child.send_signal(number)
    _, told = child.communicate(timeout=60)
    took = time.monotonic() - started
    end.set()

    assert took < MOST_SECONDS
    assert child.returncode == code
    assert "Traceback" not in told
