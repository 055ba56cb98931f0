"""Whole runs of `ladder run` against scripted servers that misbehave."""

import base64
import json
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ladder.cli.app import main
from ladder.models.endpoint import throttled_calls
from ladder.testing.scripted_server import Behave, Body, ScriptedServer, Sent
from ladder.testing.task_files import answer_right, triples, write_task


def number_in(body: Body) -> int:
    text = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
    return int(re.findall(r"\d+", text)[-1])


def answered(text: str, **choice: Any) -> Body:
    return {
        "model": "m",
        "choices": [{"message": {"content": text}, "finish_reason": "stop", **choice}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 1},
    }


def right(body: Body) -> str:
    return str(3 * number_in(body))


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(server: ScriptedServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    def go(
        behave: Behave,
        *,
        n: int = 60,
        model: Body | None = None,
        also: Sequence[str] = (),
        **fields: Any,
    ) -> tuple[int, str]:
        server.behave = lambda path, body: (
            Sent({"data": [{"id": "m"}]}) if path.startswith("/v1/models") else behave(path, body)
        )
        named = {"id": "m", "base_url": server.url, "concurrency": 8, **(model or {})}
        spec = write_task(tmp_path / "task", named, rows=triples(n), **fields)
        code = main(["run", str(spec), "--runs", str(tmp_path / "runs"), *also])
        told = capfd.readouterr()
        return code, told.out + told.err

    return go


KEY = 'canary/7+"quoted"=='
TEAM = "team-canary-9"
FORMS = (
    KEY,
    json.dumps(KEY)[1:-1],
    quote(KEY, safe=""),
    base64.b64encode(KEY.encode()).decode(),
    base64.b64encode(f"user:{KEY}".encode()).decode(),
    TEAM,
    quote(TEAM),
    base64.b64encode(f"x{TEAM}".encode()).decode(),
)
NEEDLES = ("canary", "Y2FuYXJ5", "jYW5hcnk", "NhbmFye", "3Rlc3Q")


def echoing(path: str, body: Body) -> Sent:
    """Echo the key in ten places: one a sample, whatever its answer."""
    del path
    at, form = number_in(body), FORMS[number_in(body) % len(FORMS)]
    text = right(body)
    places: list[Callable[[], Sent]] = [
        lambda: Sent(answered(f"{text} {form}")),
        lambda: Sent(answered(text, message={"content": text, "reasoning": form})),
        lambda: Sent(answered(text, message={"content": [{"type": "text", "text": form}]})),
        lambda: Sent(answered(text, message={"content": None, "refusal": form})),
        lambda: Sent(answered(text, finish_reason=form)),
        lambda: Sent({**answered(text), "system_fingerprint": form, "id": form}),
        lambda: Sent(answered(text), headers={"Server": quote(form), "X-Echo": quote(form)}),
        lambda: Sent({"error": {"message": f"bad key {form}", "code": form}}, 400),
        lambda: Sent({"error": form}),
        lambda: Sent(f"<html>{form}</html>"),
    ]
    return places[at % 10]()


def with_keys(monkeypatch: pytest.MonkeyPatch) -> Body:
    monkeypatch.setenv("DEMO_KEY", KEY)
    monkeypatch.setenv("DEMO_TEAM", TEAM)
    return {"api_key_env": "DEMO_KEY", "headers": {"X-Team": "DEMO_TEAM"}}


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["stop", "score_zero", "inconclusive"])
def test_no_file_and_no_stream_holds_a_key_that_the_server_echoes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    model = with_keys(monkeypatch)

    _, told = run(echoing, model=model, errors=policy)

    files = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    assert len(files) > 2
    held = {path.name: path.read_bytes().decode("utf-8", "replace") for path in files}
    assert {
        (name, needle)
        for name, text in {**held, "streams": told}.items()
        for needle in (*FORMS, *NEEDLES)
        if needle in text
    } == set()


@pytest.mark.parametrize("status", [307, 401, 402, 403, 404, 418])
def test_no_stream_holds_a_key_of_a_server_that_ends_the_run(
    run: Run, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    model = with_keys(monkeypatch)
    headers = {"Location": f"/{quote(KEY, safe='')}", "Server": quote(KEY)}
    said = {"error": {"message": " ".join(FORMS)}}

    code, told = run(lambda *_: Sent(said, status, headers), model=model)

    assert code == 4
    assert [needle for needle in (*FORMS, *NEEDLES) if needle in told] == []


ALONE: dict[str, Callable[[], Sent]] = {
    "403": lambda: Sent("<html>blocked by the firewall</html>", 403),
    "404": lambda: Sent({"error": "no such route"}, 404),
    "418": lambda: Sent("", 418),
    "500": lambda: Sent({"error": "internal"}, 500),
    "no choices": lambda: Sent({"model": "m", "choices": []}),
    "a page": lambda: Sent("<html>welcome</html>"),
    "an error with status 200": lambda: Sent({"error": {"message": "bad"}}),
    "refused": lambda: Sent({"error": {"message": "bad request"}}, 400),
}


@pytest.fixture
def without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a run lose no time between two tries."""
    monkeypatch.setattr(throttled_calls, "wait_seconds", lambda _: 0.001)


def levers_tried(tmp_path: Path) -> dict[str, Any]:
    [path] = (tmp_path / "runs").glob("*/decision.json")
    decision = json.loads(path.read_text())
    tried = {each["lever"]: each for each in decision["ledger"]["attempts"]}
    return {"verdict": decision["verdict"], **tried}


@pytest.mark.slow
@pytest.mark.usefixtures("without_waits")
@pytest.mark.parametrize(
    ("what", "policy"), [*((what, "stop") for what in ALONE), ("500", "inconclusive")]
)
def test_a_server_that_fails_one_candidate_alone_ends_that_candidate_alone(
    run: Run, tmp_path: Path, what: str, policy: str
) -> None:
    def behave(path: str, body: Body) -> Sent:
        del path
        is_odd = "Say it" in json.dumps(body)
        return ALONE[what]() if is_odd else Sent(answered(str(number_in(body))))

    levers = {"prompt": {"prompts": ["Say it: {{ input }}"], "edits": False}}
    code, told = run(behave, n=100, levers=levers, errors=policy)

    tried = levers_tried(tmp_path)
    assert code == 3, told
    assert tried["verdict"] == "inconclusive"
    assert tried["prompt"]["status"] == "error"
    assert "still answers" in tried["prompt"]["reason"] or what == "refused"


@pytest.mark.slow
@pytest.mark.usefixtures("without_waits")
@pytest.mark.parametrize("what", ["404", "500", "a page"])
def test_another_model_that_fails_is_the_failure_of_that_candidate(
    run: Run, tmp_path: Path, server: ScriptedServer, what: str
) -> None:
    def behave(path: str, body: Body) -> Sent:
        del path
        return ALONE[what]() if body["model"] != "m" else Sent(answered(str(number_in(body))))

    other = {"id": "big", "base_url": server.url}
    code, told = run(behave, n=100, levers={"model": {"models": [other]}})

    assert code == 3, told
    assert levers_tried(tmp_path)["model"]["status"] == "error"


@pytest.mark.slow
@pytest.mark.usefixtures("without_waits")
@pytest.mark.parametrize("what", ALONE)
def test_a_server_that_fails_all_ends_the_run_after_few_calls(
    run: Run, server: ScriptedServer, what: str
) -> None:
    code, told = run(lambda *_: ALONE[what]())

    assert code == 4, told
    assert len(server.calls) < 100


@pytest.mark.slow
@pytest.mark.usefixtures("without_waits")
def test_a_server_that_dies_while_a_lever_is_tried_ends_the_run(
    run: Run, tmp_path: Path, server: ScriptedServer
) -> None:
    def behave(path: str, body: Body) -> Sent:
        del path
        is_down = any("Say it" in json.dumps(each) for each in server.calls)
        return ALONE["500"]() if is_down else Sent(answered(str(number_in(body))))

    levers = {"prompt": {"prompts": ["Say it: {{ input }}"], "edits": False}}
    code, told = run(behave, n=100, levers=levers)

    assert code == 4, told
    assert not list((tmp_path / "runs").glob("*/decision.json"))


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"model": "m-2"}, "as 'm' and now as 'm-2'"),
        (
            {"system_fingerprint": "fp_2"},
            "under the fingerprint 'fp_2': only 0 of 19 recorded answers came again",
        ),
    ],
)
def test_a_run_that_goes_on_under_another_model_ends_with_5(
    run: Run, tmp_path: Path, second: Body, words: str
) -> None:
    first = {"system_fingerprint": "fp_1"}
    budget = ["--set", "budget.calls=20"]

    ended, told = run(lambda _, body: Sent({**answered(right(body)), **first}), also=budget)
    code, told_then = run(lambda *_: Sent({**answered("0"), **first, **second}))

    assert (ended, code) == (3, 5), told + told_then
    assert words in " ".join(told_then.split())
    assert not list((tmp_path / "runs").glob("*/decision.json"))


def test_a_run_goes_on_at_another_build_of_the_server_that_answers_the_same(
    run: Run, tmp_path: Path
) -> None:
    def build(name: str) -> Behave:
        return lambda _, body: Sent({**answered(right(body)), "system_fingerprint": name})

    ended, _ = run(build("b1"), also=["--set", "budget.calls=20"])
    code, told = run(build("b2"))

    [path] = (tmp_path / "runs").glob("*/decision.json")
    assert (ended, code) == (3, 0), told
    [noted] = [each for each in json.loads(path.read_text())["checks"] if "N10" in each["code"]]
    assert "Under the last one 19 of 19 recorded answers came again." in noted["problem"]


@pytest.mark.parametrize(
    "change",
    [
        lambda url: {"base_url": url.replace("127.0.0.1", "LOCALHOST").removesuffix("/v1")},
        lambda url: {"base_url": f"{url}/"},
        lambda _: {"wait_minutes": 3, "timeout_seconds": 300, "concurrency": 2},
    ],
)
def test_a_run_goes_on_where_only_the_way_to_its_server_changes(
    run: Run, tmp_path: Path, server: ScriptedServer, change: Callable[[str], Body]
) -> None:
    def behave(_: str, body: Body) -> Sent:
        return Sent(answered(right(body)))

    ended, _ = run(behave, also=["--set", "budget.calls=20"])
    before = len(server.calls)
    code, told = run(behave, model=change(server.url))

    assert (ended, code) == (3, 0), told
    assert len(list((tmp_path / "runs").iterdir())) == 1
    assert len(server.calls) - before < 60


@pytest.mark.slow
def test_a_server_whose_fingerprint_changes_all_the_time_is_told_and_ends_nothing(
    run: Run, tmp_path: Path
) -> None:
    def behave(_: str, body: Body) -> Sent:
        return Sent({**answered(right(body)), "system_fingerprint": f"fp_{number_in(body) % 3}"})

    run(behave, also=["--set", "budget.calls=20"])
    code, told = run(behave)

    [path] = (tmp_path / "runs").glob("*/decision.json")
    assert code == 0, told
    assert "N10 fingerprint-changed" in path.read_text()


@pytest.mark.slow
def test_a_server_that_only_hangs_ends_the_run_in_a_minute_and_one_timeout(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttled_calls, "SILENT_SECONDS", 0.4)

    def behave(*_: object) -> Sent:
        time.sleep(5)
        return Sent("")

    started = time.monotonic()
    code, told = run(behave, model={"timeout_seconds": 0.3})

    assert code == 4, told
    assert time.monotonic() - started < 3


@pytest.mark.slow
@pytest.mark.usefixtures("without_waits")
def test_a_server_is_waited_for_through_a_restart(run: Run, server: ScriptedServer) -> None:
    def behave(path: str, body: Body) -> Sent:
        del path
        is_down = 20 < len(server.calls) < 400
        return ALONE["500"]() if is_down else Sent(answered(right(body)))

    code, told = run(behave, n=100, model={"wait_minutes": 1.0})

    assert code == 0, told


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            answered("", finish_reason="content_filter"),
            "all 57 calls were lost, filtered or refused",
        ),
        (
            answered("", message={"role": "assistant"}, finish_reason="length"),
            "inside their thoughts",
        ),
        (answered("300"), "not tried, as it failed"),  # what rows hold stands in no sentence
    ],
)
def test_a_server_behind_which_nobody_answers_is_no_reason_to_fine_tune_and_says_why(
    run: Run, tmp_path: Path, reply: Body, words: str
) -> None:
    rows = triples(20, start=1000)
    write_task(tmp_path / "task", answer_right, pool=rows)
    shots = {"few_shot": {"pool": "pool.jsonl", "shots": [2], "methods": ["random"]}}

    code, told = run(lambda *_: Sent(reply), n=160, levers=shots)

    assert code == 3, told
    assert words in " ".join(told.split())
