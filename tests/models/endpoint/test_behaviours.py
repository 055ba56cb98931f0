"""What servers do in real life, each through `ladder run`: verdict, exit code, words, and no key.

With those of `test_run_at_server.py` and `test_services.py` these are more than sixty behaviours.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ladder.cli.app import main
from ladder.models.endpoint import throttled_calls
from ladder.testing.scripted_server import Body, ScriptedServer, Sent
from ladder.testing.task_files import triples, write_task

pytestmark = pytest.mark.slow

KEY = "canary-7f3a9b21"
ROWS = 40

Reply = Callable[[Body, int], Sent]
"""What a server sends for a body that it is asked for the n-th time."""


@dataclass(frozen=True)
class Behaviour:
    """What a server does, and how a run must end.

    Attributes:
        reply: What it sends.
        code: The exit code.
        verdict: Of the decision; empty where there must be none.
        words: What the run must say, or a code that the decision must hold.
        most_calls: Calls that must be enough.
        generation: What the spec asks for.
        extra_body: What the user adds to every request.
    """

    reply: Reply
    code: int = 0
    verdict: str = "already_good"
    words: str = ""
    most_calls: int = 1000
    generation: dict[str, Any] = field(default_factory=dict)
    extra_body: dict[str, Any] = field(default_factory=dict)


def right(body: Body) -> str:
    numbers = re.findall(r"\d+", body["messages"][-1]["content"])
    return str(3 * int(numbers[-1])) if numbers else "hi"


def asks_for(body: Body, number: int) -> bool:
    return right(body) == str(3 * number)


def answered(text: str, *, top: Body | None = None, **choice: Any) -> Sent:
    first = {"message": {"content": text}, "finish_reason": "stop", **choice}
    usage = {"prompt_tokens": 9, "completion_tokens": 1}
    return Sent({"model": "m", "choices": [first], "usage": usage, **(top or {})})


def message(**parts: Any) -> Reply:
    """Send what `parts` make of the right answer."""
    return lambda body, _: answered(
        "", message={name: value(right(body)) for name, value in parts.items()}
    )


def ending(reason: object) -> Reply:
    return lambda body, _: answered(right(body), finish_reason=reason)


def with_top(**top: Any) -> Reply:
    return lambda body, _: answered(right(body), top=top)


def at_first(sent: Sent) -> Reply:
    """Send something else the first time that each thing is asked."""
    return lambda body, n: sent if n == 1 else answered(right(body))


def for_one(sent: Sent) -> Reply:
    """Send something else for one sample, always."""
    return lambda body, _: sent if asks_for(body, 108) else answered(right(body))


def always(sent: Sent) -> Reply:
    return lambda *_: sent


def as_stream(body: Body, _: int) -> Sent:
    text = right(body)
    deltas: list[Body] = [{"role": "assistant"}, {"content": text[:1]}, {"content": text[1:]}]
    events = [{"model": "m", "choices": [{"delta": each}]} for each in deltas]
    last = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    lines = [f"data: {json.dumps(each)}\n\n" for each in [*events, last]]
    return Sent(": waiting\n\n" + "".join(lines) + "data: [DONE]\n\n")


def as_two_streams(body: Body, _: int) -> Sent:
    """Send two answers, piece by piece in turn, although one was asked for."""
    pieces = [(at, text) for at, text in enumerate((right(body), "777"))]
    choices: list[Body] = [{"index": at, "delta": {"content": text}} for at, text in pieces]
    choices += [{"index": at, "delta": {}, "finish_reason": "stop"} for at, _ in pieces]
    lines = [f"data: {json.dumps({'model': 'm', 'choices': [each]})}\r\n\r\n" for each in choices]
    return Sent("".join(lines))


def last_first(body: Body, _: int) -> Sent:
    """Send two answers, the second of them first."""
    both = ((1, "777"), (0, right(body)))
    choices = [
        {"index": at, "message": {"content": text}, "finish_reason": "stop"} for at, text in both
    ]
    return Sent({"model": "m", "choices": choices})


def refusing(name: str) -> Reply:
    said = {"error": {"message": f"Unsupported parameter: '{name}'", "param": name}}
    return lambda body, _: Sent(said, 400) if name in body else answered(right(body))


def half_letter(body: Body, _: int) -> Sent:
    said = right(body)
    return Sent(f'{{"model": "m", "choices": [{{"message": {{"content": "{said}\\n\\ud83d"}}}}]}}')


def echoed(body: Body, _: int) -> Sent:
    text = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    said = f'{{"content": "{right(body)}", "reasoning": "{text} \\ud83d"}}'
    return Sent(f'{{"model": "m", "choices": [{{"message": {said}}}]}}')


BEHAVIOURS: dict[str, Behaviour] = {
    "text in parts": Behaviour(
        message(content=lambda text: [{"type": "text", "text": each} for each in text])
    ),
    "a thought among the parts": Behaviour(
        message(
            content=lambda text: [
                {"type": "thinking", "thinking": "7, or 8?"},
                {"type": "text", "text": text},
            ]
        )
    ),
    "one part that is no list": Behaviour(
        message(content=lambda text: {"type": "text", "text": text})
    ),
    "thoughts in a field": Behaviour(
        message(content=lambda text: text, reasoning_content=lambda _: "7, or 8?")
    ),
    "thoughts between marks": Behaviour(
        message(content=lambda text: f"<think>7 or 8</think>\n\n{text}")
    ),
    "no reason for the end": Behaviour(ending(None)),
    "another service's reason": Behaviour(ending("stop_sequence")),
    "an unknown reason": Behaviour(ending("because"), words="N02 unknown-finish-reason"),
    "a reason that is a number": Behaviour(ending(5)),
    "no counts": Behaviour(with_top(usage=None)),
    "counts as text": Behaviour(with_top(usage={"prompt_tokens": "9", "completion_tokens": 1.0})),
    "counts beyond all bounds": Behaviour(with_top(usage={"prompt_tokens": 10**30})),
    "no error": Behaviour(with_top(error=None)),
    "no name of the model": Behaviour(with_top(model=None)),
    "another fingerprint each time": Behaviour(
        lambda body, _: answered(right(body), top={"system_fingerprint": f"fp {right(body)}"}),
        words="N10 fingerprint-changed",
    ),
    "a byte order mark": Behaviour(
        lambda body, _: Sent("\ufeff" + json.dumps(answered(right(body)).body))
    ),
    "a stream that nobody asked for": Behaviour(as_stream),
    "two streams in one": Behaviour(as_two_streams),
    "two answers, the second first": Behaviour(last_first),
    "a stream that breaks off": Behaviour(
        always(Sent('data: {"choices": [{"delta": {"content": "3"}}]}\n\n')),
        4,
        "",
        "a stream that breaks off",
        most_calls=100,
    ),
    "a stream that breaks off at first": Behaviour(
        at_first(Sent('data: {"choices": [{"delta": {"content": "3"}}]}\n\n'))
    ),
    "counts that are none": Behaviour(
        with_top(usage={"prompt_tokens": -1, "completion_tokens": "nine"})
    ),
    "a system message that the template refuses": Behaviour(
        always(Sent({"error": {"message": "System role not supported"}}, 400)),
        4,
        "",
        "chat.fold_system: true",
        most_calls=60,
    ),
    "status 201": Behaviour(lambda body, _: Sent(answered(right(body)).body, 201)),
    "half a letter": Behaviour(half_letter, 3, "inconclusive"),
    "a key in escapes beside half a letter": Behaviour(echoed),
    "too many calls at first": Behaviour(at_first(Sent("", 429, {"Retry-After": "0"}))),
    "a proxy without an answer at first": Behaviour(at_first(Sent("<html>524</html>", 524))),
    "an error of the server for one sample": Behaviour(for_one(Sent("", 500)), words=".96 on"),
    "one prompt too large": Behaviour(for_one(Sent({"error": "too large"}, 413)), words=".96 on"),
    "all refused by the model": Behaviour(
        message(content=lambda _: None, refusal=lambda _: "I cannot."), 3, "inconclusive"
    ),
    "all filtered": Behaviour(
        lambda *_: answered("", message={"content": None}, finish_reason="content_filter"),
        3,
        "inconclusive",
    ),
    "all empty": Behaviour(lambda *_: answered(""), 3, "inconclusive", "Q05 answers-empty"),
    "another model from the middle on": Behaviour(
        lambda body, _: answered(right(body), top={"model": "b" if right(body) >= "36" else "m"}),
        5,
        "",
        "and now as",
    ),
    "a quota that is used up": Behaviour(
        always(Sent({"error": {"message": "You exceeded your current quota"}}, 429)),
        4,
        "",
        "billing at the provider",
        most_calls=10,
    ),
    "requests a day used up": Behaviour(
        always(Sent({"error": {"message": "Rate limit reached for requests per day"}}, 429)),
        4,
        "",
        "used up",
        most_calls=10,
    ),
    "status 204 and nothing": Behaviour(always(Sent("", 204)), 4, "", "204", most_calls=50),
    "letters that move the cursor": Behaviour(
        always(Sent({"error": {"message": "\x1b[2J gone"}}, 400)), 4, "", "⟨ESC⟩", most_calls=100
    ),
    **{
        f"{name} refused": Behaviour(
            refusing(name), generation={"stop_strings": ["\n"], "repetition_penalty": 1.1}
        )
        for name in ("temperature", "stop", "max_tokens", "repetition_penalty", "repeat_penalty")
    },
    "seed refused": Behaviour(refusing("seed"), generation={"seed": 7}),
    "frequency_penalty refused": Behaviour(
        refusing("frequency_penalty"),
        words="N01 field-not-honoured",
        extra_body={"frequency_penalty": 0.5, "presence_penalty": 0.2},
    ),
    "a field of the user's own not taken": Behaviour(
        refusing("reasoning_effort"),
        2,
        "",
        "Leave model.extra_body.reasoning_effort out",
        most_calls=10,
        extra_body={"reasoning_effort": "low"},
    ),
}
AT_SIXTY_FOUR = [name for name in BEHAVIOURS if name.endswith("refused")]


@pytest.mark.parametrize(
    ("name", "concurrency"),
    [*((name, 8) for name in BEHAVIOURS), *((name, 64) for name in AT_SIXTY_FOUR)],
)
def test_a_run_ends_as_it_must_whatever_the_server_does(
    server: ScriptedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
    concurrency: int,
) -> None:
    behaviour = BEHAVIOURS[name]
    monkeypatch.setenv("DEMO_KEY", KEY)
    monkeypatch.setattr(throttled_calls, "wait_seconds", lambda _: 0.001)
    asked: Counter[str] = Counter()

    def behave(path: str, body: Body) -> Sent:
        if not path.endswith("/completions"):
            return Sent({"data": [{"id": "m"}]} if path.endswith("/models") else "", 200)
        asked[json.dumps(body["messages"])] += 1
        return behaviour.reply(body, asked[json.dumps(body["messages"])])

    server.behave = behave
    model = {"id": "m", "base_url": server.url, "concurrency": concurrency}
    model |= {"extra_body": behaviour.extra_body}
    spec = write_task(
        tmp_path / "task",
        {**model, "api_key_env": "DEMO_KEY"},
        rows=triples(ROWS),
        generation=behaviour.generation,
    )
    code = main(["run", str(spec), "--runs", str(tmp_path / "runs")])

    told = "".join(capfd.readouterr())
    files = {path.name: path.read_bytes() for path in (tmp_path / "runs").rglob("*.*")}
    decision = files.get("decision.json", b"{}").decode()
    assert code == behaviour.code, told
    assert json.loads(decision).get("verdict", "") == behaviour.verdict
    assert behaviour.words in " ".join(f"{told} {decision}".split())
    assert len(server.calls) <= behaviour.most_calls
    assert not [where for where, held in files.items() if KEY.encode() in held]
    assert KEY not in told
    if behaviour.verdict == "already_good" and not behaviour.words.startswith(".96"):
        assert "1.0 on" in told  # no answer was lost
