"""The page on which people label: a real browser takes it to the end, and nobody else gets in."""

import http.client
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import pytest

import ladder
from ladder.labelling import open_session
from ladder.labelling.label_server import LabelServer
from ladder.models.base import Request
from ladder.testing import Scripted, register_scripted
from ladder.testing.task_files import answer_right, triples, write_task

CHROMIUM = shutil.which("chromium") or ""
ORDER = (
    "<img src=x onerror=\"document.title='moved'\"></pre><script>document.title='moved'</script>"
)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Make a run whose judge accepts everything that is a right number; return its folder."""

    def reply(request: Request) -> str:
        word = "no" if "I do not know." in request.messages[-1].content else "yes"
        return json.dumps({"reason": "JUDGE SAYS", "verdict": word})

    name = register_scripted(Scripted(reply, name=f"judge of {tmp_path}"))
    metric = {"name": "judge", "rubric": f"Three times the number. {ORDER}", "judge": name}
    task = write_task(tmp_path, answer_right, rows=triples(120), metric=metric)
    ladder.run(task, runs_folder=tmp_path / "runs")
    return ladder.run_folder_of(task, tmp_path / "runs")


@contextmanager
def served(run: Path, page: str | None = None) -> Iterator[LabelServer]:
    """Serve a run's labelling in a thread, as `ladder label` does."""
    made: list[LabelServer] = []
    ready, ended = threading.Event(), threading.Event()

    def serve() -> None:
        with open_session(run) as session:
            made.append(LabelServer(session, page=page))
            ready.set()
            made[0].serve()
            if made[0].is_finished:
                session.finish()
        ended.set()

    threading.Thread(target=serve, daemon=True).start()
    assert ready.wait(30)
    try:
        yield made[0]
    finally:
        made[0].stop()
        assert ended.wait(30)


def send(
    server: LabelServer, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, str]:
    connection = http.client.HTTPConnection(server.host, timeout=10)
    kept = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, json.dumps(body), kept)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    finally:
        connection.close()


def ours(server: LabelServer) -> dict[str, str]:
    return {"Origin": f"http://{server.host}", "Content_Type": "application/json"}


@pytest.mark.slow
def test_the_page_takes_labels_only_from_itself(run: Path) -> None:
    with served(run) as server:
        state, label = f"/{server.token}/state", f"/{server.token}/label"
        status, text = send(server, "GET", state)
        item = json.loads(text)["item"]
        body = {"item": item["id"], "choice": "good"}

        assert status == 200
        assert "JUDGE SAYS" not in text
        assert "baseline" not in text
        assert send(server, "GET", "/")[0] == 404
        assert send(server, "GET", f"/{'x' * 32}/state")[0] == 404
        assert send(server, "GET", state, Host="evil.example")[0] == 404
        assert send(server, "POST", label, body)[0] == 403
        other = {**ours(server), "Origin": "http://evil.example"}
        assert send(server, "POST", label, body, **other)[0] == 403
        plain = {**ours(server), "Content_Type": "text/plain"}
        assert send(server, "POST", label, body, **plain)[0] == 403
        assert json.loads(send(server, "GET", state)[1])["labelled"] == 0

        old = {"item": "another", "choice": "good"}
        assert json.loads(send(server, "POST", label, old, **ours(server))[1])["labelled"] == 0
        wrong = {"item": item["id"], "choice": "first"}
        assert json.loads(send(server, "POST", label, wrong, **ours(server))[1])["labelled"] == 0
        assert json.loads(send(server, "POST", label, body, **ours(server))[1])["labelled"] == 1
        undo = json.loads(send(server, "POST", f"/{server.token}/undo", {}, **ours(server))[1])
        assert (undo["labelled"], undo["item"]["id"]) == (0, item["id"])


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="Debian's chromium is absent")
def test_a_browser_labels_to_the_end(run: Path, tmp_path: Path) -> None:
    with served(run, driven(page_text())) as server:
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        command += [f"--user-data-dir={tmp_path / 'profile'}", "--timeout=60000"]
        command += ["--virtual-time-budget=60000", "--dump-dom", server.url]
        done = subprocess.run(command, capture_output=True, timeout=90, check=True)
        page = done.stdout.decode("utf-8")
        is_finished = server.is_finished

    assert is_finished
    assert "<title>Label answers</title>" in page  # no order in a text was followed
    assert "Counted." in page
    decision = ladder.Decision.load(run / "decision.json")
    assert decision.verdict == "already_good"
    assert decision.judge is not None
    assert decision.judge.people is not None
    assert decision.judge.people.good == decision.judge.people.n


def page_text() -> str:
    return resources.files("ladder.labelling").joinpath("label_page.html").read_text("utf-8")


def driven(page: str) -> str:
    """Return the page with one more script that presses the keys of a person."""
    script = """
    let presses = 0;
    const press = (key) => dispatchEvent(new KeyboardEvent("keydown", { key }));
    const timer = setInterval(() => {
      if (!document.getElementById("finished").hidden) return clearInterval(timer);
      if (!document.getElementById("done").hidden) return press("Enter");
      presses += 1;
      press(presses === 3 ? "z" : "y");
    }, 20);
    """
    return page.replace("</body>", f'<script nonce="NONCE">{script}</script></body>')
