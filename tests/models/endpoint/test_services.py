"""Twelve of today's services as scripted forms: what each refuses, passes over, and honours.

Their fields and errors are those of the services' own documentation and source in 2025 and 2026.
"""

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.errors import EvidenceError, InconclusiveError
from ladder.gate.predicate import stated
from ladder.models import Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing.scripted_server import Body, ScriptedServer, Sent
from ladder.testing.task_files import triples, write_task

Refusal = Callable[[str, Body], Sent | None]


@dataclass(frozen=True)
class Service:
    """A service's form.

    Attributes:
        refuse: What it sends back for a field that it does not take.
        passes_over: Fields that it takes and does not honour.
        abilities: What a probe must find.
        words: Its word for an answer that ended by itself.
        chat: The path of a chat, and of the list of models.
        shows_models: Whether there is a list.
    """

    abilities: dict[str, object]
    refuse: Refusal = lambda *_: None
    passes_over: frozenset[str] = frozenset()
    words: str | None = "stop"
    server: str = ""
    in_parts: bool = False
    shows_models: bool = True
    beside: dict[str, Body] = field(default_factory=dict)
    most_prompt_words: int | None = None
    holds: tuple[str, ...] = ()


EXTENSIONS = (
    *("top_k", "min_p", "repetition_penalty", "repeat_penalty"),
    *("structured_outputs", "guided_choice", "regex"),
)
"""Fields that OpenAI's protocol does not know."""


def openai(message: str, *, param: str | None = None, status: int = 400) -> Sent:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": None}
    return Sent({"error": error}, status)


def unrecognized(*names: str) -> Refusal:
    """Refuse as OpenAI and Azure do what they never heard of."""

    def refuse(_: str, body: Body) -> Sent | None:
        found = next((name for name in names if name in body), None)
        return openai(f"Unrecognized request argument supplied: {found}") if found else None

    return refuse


def o_series(_: str, body: Body) -> Sent | None:
    if "max_tokens" in body:
        return openai(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
            param="max_tokens",
        )
    if body.get("temperature", 1) != 1:
        return openai(
            "Unsupported value: 'temperature' does not support 0 with this model. Only the default "
            "(1) value is supported.",
            param="temperature",
        )
    for name in ("stop", "logprobs", *EXTENSIONS):
        if name in body:
            return openai(
                f"Unsupported parameter: '{name}' is not supported with this model.", param=name
            )
    return None


def tgi(_: str, body: Body) -> Sent | None:
    if body.get("temperature") == 0:
        said = "Input validation error: `temperature` must be strictly positive"
        return Sent({"error": said, "error_type": "validation"}, 422)
    return None


def mistral(_: str, body: Body) -> Sent | None:
    wrong = [name for name in ("seed", "logprobs", *EXTENSIONS) if name in body]
    if not wrong:
        return None
    kind, said = "extra_forbidden", "Extra inputs are not permitted"
    places = [{"type": kind, "loc": ["body", n], "msg": said, "input": body[n]} for n in wrong]
    return Sent({"detail": places}, 422)


def google(_: str, body: Body) -> Sent | None:
    wrong = [name for name in ("seed", "logprobs", *EXTENSIONS) if name in body]
    if not wrong:
        return None
    said = "\n".join(
        f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
        for name in wrong
    )
    return Sent([{"error": {"code": 400, "message": said, "status": "INVALID_ARGUMENT"}}], 400)


def anthropic(_: str, body: Body) -> Sent | None:
    if body.get("n", 1) != 1:
        said = {"type": "invalid_request_error", "message": "n: must be exactly 1"}
        return Sent({"type": "error", "error": said}, 400)
    return None


def litellm(_: str, body: Body) -> Sent | None:
    if body.get("temperature", 1) != 1:
        return openai(
            "litellm.UnsupportedParamsError: gpt-5 models (including gpt-5-codex) don't support "
            f"temperature={body['temperature']}. Only temperature=1 is supported."
        )
    if "stop" in body:
        return openai(
            "litellm.UnsupportedParamsError: openai does not support parameters: ['stop'], for "
            "model=gpt-5. To drop these, set `litellm.drop_params=True`"
        )
    return None


def without_model(name: str) -> Refusal:
    """Refuse every name but one, in Ollama's words."""

    def refuse(_: str, body: Body) -> Sent | None:
        if body.get("model") == name:
            return None
        said = f'model "{body.get("model")}" not found, try pulling it first'
        return openai(said, status=404)

    return refuse


ALL = dict.fromkeys(("temperature", "seed", "stop", "top_k", "n", "logprobs"), True)
JSON_AND_NEEDLE = {"json_object": True, "needle": True, "limit_field": "max_tokens"}
KEPT = dict.fromkeys(("json_schema", "min_p", "repetition_penalty"), True)
TOKENS: dict[str, Body] = {"/tokenize": {"tokens": [1, 2], "max_model_len": 8192}}
SERVICES: dict[str, Service] = {
    "vLLM": Service(
        {**ALL, **JSON_AND_NEEDLE, **KEPT, "structured_outputs": True, "context_tokens": 8192},
        holds=("structured_outputs",),
        server="uvicorn",
        beside=TOKENS,
    ),
    "SGLang": Service(
        {**ALL, **JSON_AND_NEEDLE, **KEPT, "shows_tokens": False, "regex": True, "ebnf": True},
        holds=("regex", "ebnf"),
        server="uvicorn",
    ),
    "llama.cpp": Service(
        {**ALL, **JSON_AND_NEEDLE, **KEPT, "shows_prompts": True, "grammar": True},
        holds=("grammar",),
        server="llama.cpp",
        beside={
            "/props": {"default_generation_settings": {"n_ctx": 2048}},
            "/apply-template": {"prompt": "Hello"},
        },
    ),
    "Ollama": Service(
        {**ALL, **JSON_AND_NEEDLE, "n": False, "top_k": False, "needle": False},
        passes_over=frozenset({"n", "top_k"}),
        most_prompt_words=200,
        refuse=without_model("m:latest"),
    ),
    "TGI": Service(
        {"temperature": False, "seed": True, "n": False, "json_object": False},
        passes_over=frozenset({"n", "top_k", "response_format"}),
        words="eos_token",
        refuse=tgi,
    ),
    "OpenAI o-series": Service(
        {"temperature": False, "logprobs": False, "limit_field": "max_completion_tokens"},
        refuse=o_series,
    ),
    "OpenAI gpt-4": Service(
        {**ALL, **JSON_AND_NEEDLE, "top_k": False}, refuse=unrecognized(*EXTENSIONS)
    ),
    "Azure": Service(
        {**ALL, **JSON_AND_NEEDLE, "top_k": False},
        refuse=unrecognized(*EXTENSIONS),
        shows_models=False,
    ),
    "Mistral": Service(
        {**ALL, **JSON_AND_NEEDLE, "seed": False, "logprobs": False, "top_k": False, "n": None},
        refuse=mistral,
    ),
    "Google": Service(
        {**ALL, **JSON_AND_NEEDLE, "seed": False, "logprobs": False, "top_k": False, "n": None},
        refuse=google,
    ),
    "Anthropic-compatible": Service(
        {"temperature": True, "stop": True, "n": False, "seed": False, "json_object": False},
        passes_over=frozenset({"seed", "logprobs", "response_format", "top_k"}),
        words="end_turn",
        refuse=anthropic,
    ),
    "LiteLLM": Service({"temperature": False, "json_object": True}, refuse=litellm),
}


class Model:
    """What answers behind each service: random letters, and three times a number."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.asked = 0

    def __call__(self, path: str, body: Body) -> Sent:
        headers = {"Server": self.service.server} if self.service.server else {}
        if path.endswith("/models"):
            known = {"data": [{"id": "m"}]}
            return Sent(known, headers=headers) if self.service.shows_models else Sent("", 404)
        if not path.endswith("/chat/completions"):
            found = self.service.beside.get(path)
            return Sent("", 404, headers) if found is None else Sent(found, headers=headers)
        refused = self.service.refuse(path, body)
        if refused is not None:
            return Sent(refused.body, refused.status, headers)
        return Sent(self._reply(body), headers=headers)

    def _reply(self, body: Body) -> Body:
        self.asked += 1
        kept = {name: body[name] for name in body if name not in self.service.passes_over}
        n = kept.get("n", 1)
        question = body["messages"][-1]["content"].split()
        most = self.service.most_prompt_words
        seen = question[-most:] if most else question
        choices = [self._choice(kept, " ".join(seen), at) for at in range(n)]
        return {
            "model": "m-2026",
            "choices": choices,
            "usage": {"prompt_tokens": len(seen) + 9, "completion_tokens": 3},
        }

    def _choice(self, kept: Body, question: str, at: int) -> Body:
        held = self._held(kept)
        text = self._text(kept, question, at) if held is None else held
        for mark in kept.get("stop", ()):
            text = text.partition(mark)[0]
        choice: Body = {"message": {"content": text}, "finish_reason": self.service.words}
        return {**choice, "logprobs": {"content": []}} if "logprobs" in kept else choice

    def _held(self, kept: Body) -> str | None:
        """Return the answer that a service holds a model to, by the field that it knows."""
        kind = kept.get("response_format")
        if kind is not None:
            asked = kind.get("json_schema", {}).get("schema", {}).get("properties", {})
            values = {name: each["enum"][0] for name, each in asked.items()}
            return json.dumps(values or {"said": "Tangerine"})
        for name in self.service.holds:
            if name in kept:
                return str(re.findall(r"[a-z]{3,}", json.dumps(kept[name]))[-1])
        return None

    def _text(self, kept: Body, question: str, at: int) -> str:
        if "code word" in question:
            return "Tangerine" if "Tangerine" in question else "I was told no word."
        if "letters" not in question:
            return str(3 * int(re.findall(r"\d+", question)[-1])) if any_digit(question) else "Hi."
        greedy = f"greedy {kept.get('repetition_penalty')}"
        luck = kept.get("seed", f"{self.asked} by chance") if is_sampled(kept) else greedy
        place = at if is_sampled(kept) else 0
        digest = hashlib.sha256(f"{luck} {place}".encode()).hexdigest().translate(_LETTERS)
        return " ".join(digest[:12])


_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def any_digit(text: str) -> bool:
    return re.search(r"\d", text) is not None


def is_sampled(kept: Body) -> bool:
    return kept.get("temperature", 1) > 0 and kept.get("top_k") != 1 and kept.get("min_p") != 1


def reference(server: ScriptedServer, **fields: Any) -> dict[str, Any]:
    return {"id": "m", "base_url": server.url, **fields}


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVICES)
def test_a_probe_finds_what_a_service_honours(server: ScriptedServer, name: str) -> None:
    server.behave = Model(SERVICES[name])
    with closing(EndpointGenerator(ModelRef(**reference(server)))) as endpoint:
        long = Request((Message("user", "a word " * 600),), ChatSetup(), Decoding())
        found = endpoint.find_abilities([long])

    expected = SERVICES[name].abilities
    assert {each: found[each] for each in expected} == expected
    assert found["calls"] <= 12
    assert found["answers_as"] == "m-2026"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "concurrency"),
    [
        ("vLLM", 64),
        ("TGI", 64),
        ("OpenAI o-series", 8),
        ("OpenAI o-series", 64),
        ("Mistral", 64),
        ("Google", 8),
        ("LiteLLM", 8),
    ],
)
def test_a_service_gives_a_verdict_and_loses_no_call(
    server: ScriptedServer, tmp_path: Path, name: str, concurrency: int
) -> None:
    server.behave = Model(SERVICES[name])
    generation = {"stop_strings": ["\n"], "temperature": 0.0}
    spec = write_task(
        tmp_path / "task",
        reference(server, concurrency=concurrency),
        rows=triples(60),
        generation=generation,
    )

    decision = ladder.run(spec, runs_folder=tmp_path / "runs")

    assert decision.verdict == "already_good"
    assert decision.failures == ()
    assert decision.provenance is not None
    [folder] = (tmp_path / "runs").glob("*/endpoint.json")
    assert json.loads(folder.read_text()) == decision.provenance.endpoint
    served = stated(decision)["served_by"]
    assert (served.answers_as, "needle" in served.honours) == ("m-2026", True)


def test_a_candidate_that_needs_what_the_server_lacks_is_not_testable(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.behave = Model(SERVICES["OpenAI o-series"])
    levers = {"decoding": {"grid": {"temperature": [0.7]}}}
    rows = [{**row, "target": f"no {row['target']}"} for row in triples(100)]
    spec = write_task(tmp_path / "task", reference(server), rows=rows, levers=levers)

    decision = ladder.run(spec, runs_folder=tmp_path / "runs")

    [tried] = [each for each in decision.ledger.attempts if each.lever == "decoding"]
    assert decision.verdict == "inconclusive"
    assert (tried.status, "not testable" in tried.reason) == ("error", True)
    assert any(each.code.startswith("N05") for each in decision.checks)


def test_a_run_that_goes_on_asks_no_server_again_and_wants_the_same_model(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.behave = Model(SERVICES["vLLM"])
    spec = write_task(tmp_path / "task", reference(server), rows=triples(60))
    task = ladder.load_task(spec, overrides=["budget.calls=20"])
    with pytest.raises(InconclusiveError):
        ladder.run(task, runs_folder=tmp_path / "runs")
    server.calls.clear()

    class Other(Model):
        def _reply(self, body: Body) -> Body:
            return {**super()._reply(body), "model": "m-2027"}

    server.behave = Other(SERVICES["vLLM"])
    with pytest.raises(EvidenceError, match="'m-2026' and now as 'm-2027'"):
        ladder.run(task.replace(budget={}), runs_folder=tmp_path / "runs")

    assert not [each for each in server.calls if "letters" in json.dumps(each)]


@pytest.mark.slow
def test_what_another_version_kept_of_a_server_is_asked_anew(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.behave = Model(SERVICES["vLLM"])
    spec = write_task(tmp_path / "task", reference(server), rows=triples(60))
    task = ladder.load_task(spec, overrides=["budget.calls=20"])
    with pytest.raises(InconclusiveError):
        ladder.run(task, runs_folder=tmp_path / "runs")
    [kept] = (tmp_path / "runs").glob("*/endpoint.json")
    kept.write_text('{"base_url": "http://h/v1", "model": "m", "sees": "all"}')

    assert ladder.run(task.replace(budget={}), runs_folder=tmp_path / "runs").verdict == (
        "already_good"
    )
    assert json.loads(kept.read_text())["answers_as"] == "m-2026"
