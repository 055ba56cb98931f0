"""What a run found goes into other tools whole, or is refused: each export asks its questions again."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from ruamel.yaml import YAML
from werkzeug import Request as Asked
from werkzeug import Response

import ladder
from ladder.data.chat_message import Message
from ladder.errors import ExportRefusedError, SpecError
from ladder.exporting import Form, export_run
from ladder.exporting.standalone import local_answers
from ladder.exporting.standalone.row_messages import Stack
from ladder.exporting.standalone.self_test import compare
from ladder.models.base import Request
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing import CHATML, write_task, write_tiny_model
from ladder.testing.llama_server import llama_server
from ladder.testing.scripted_server import Body, ScriptedServer, Sent
from ladder.testing.task_files import DECLARED, answer_right
from tests.cli.conftest import Command
from tests.tiny_gguf import write_gguf

FORMS: tuple[Form, ...] = ("python", "openai", "messages", "vllm", "promptfoo", "dspy")
SERVED: tuple[Form, ...] = ("python", "openai", "vllm")
Answers = Callable[[Request], str]


@pytest.fixture
def serve(httpserver: HTTPServer) -> Callable[[Answers], str]:
    """Return a starter of a server that answers as a function does; it returns the address."""

    def start(answers: Answers) -> str:
        def reply(asked: Asked) -> Response:
            body: dict[str, Any] = json.loads(asked.data)
            is_chat = "messages" in body
            turns = body["messages"] if is_chat else [{"role": "user", "content": body["prompt"]}]
            text = answers(Request(tuple(map(Message.of, turns)), ChatSetup(), Decoding()))
            choice = {"message": {"role": "assistant", "content": text}, "text": text}
            return Response(json.dumps({"choices": [choice]}), content_type="application/json")

        for path in ("/v1/chat/completions", "/v1/completions"):
            httpserver.expect_request(path).respond_with_handler(reply)
        return httpserver.url_for("/v1")

    return start


@pytest.fixture
def one_server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


def measured(folder: Path, answers: Answers | dict[str, str], **spec: Any) -> Path:
    """Return the run of a task whose baseline is all that is measured."""
    given = {"rows": None, "pool": None, "corpus": None, **spec}
    path = write_task(folder, answers, **{**given, "levers": dict(DECLARED)})
    ladder.run(path, runs_folder=folder / "runs")
    return Path(ladder.run_folder_of(ladder.load_task(path), folder / "runs"))


def self_test(folder: Path, url: str, script: str = "self_test.py") -> tuple[int, str]:
    """Run an export's own test far from ladder; return its exit code and what it says."""
    ended = subprocess.run(
        [sys.executable, "-S", "-c", _WITHOUT_LADDER, script],
        cwd=folder,
        env={"OPENAI_BASE_URL": url, "SITE": _SITE, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


_SITE = str(Path(pytest.__file__).parents[1])
_WITHOUT_LADDER = """
import os, runpy, sys
sys.path += [os.environ["SITE"], ""]
sys.modules["ladder"] = None  # whoever imports it fails
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def recorded_in(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "recorded.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def shots_of(n: int, start: int) -> list[dict[str, str]]:
    return [{"q": f"What is 3 x {at}?", "a": str(3 * at)} for at in range(start, start + n)]


@pytest.mark.slow
def test_every_form_asks_the_recorded_questions_again_without_ladder(
    tmp_path: Path, serve: Callable[[Answers], str], command: Command
) -> None:
    run = measured(
        tmp_path,
        answer_right,
        rows=shots_of(24, 100),
        pool=shots_of(20, 900),
        data={"path": "eval.jsonl", "input": "q", "target": "a"},
        prompt={"system": "Be brief.", "user": "{q} Digits only."},
        examples={"pool": "pool.jsonl", "shots": 2},
        generation={"max_new_tokens": 9, "stop_strings": ["END", "\n"]},
    )
    url = serve(answer_right)
    for form in FORMS:
        told = command("export", run, "--format", form, "--out", tmp_path / form)
        assert told.code == 0, told.err
        assert self_test(tmp_path / form, url) == (
            0,
            "prompts: same on 10 of 10\nanswers: same on 10 of 10\n",
        )
        for file in (tmp_path / form).iterdir():
            text = file.read_text("utf-8")
            assert str(tmp_path) not in text, file
            assert "ladder.exporting" not in text, file
        assert "Be brief." in (tmp_path / form / "stack.json").read_text("utf-8")
    asked = json.loads((tmp_path / "openai" / "request.json").read_text("utf-8"))
    assert (len(asked["messages"]), asked["max_tokens"], asked["stop"]) == (6, 9, ["END"])
    lines = (tmp_path / "messages" / "messages.jsonl").read_text("utf-8").splitlines()
    assert json.loads(lines[0])["messages"] == asked["messages"]
    config = YAML(typ="safe").load((tmp_path / "promptfoo" / "promptfooconfig.yaml").read_text())
    row = json.loads(config["tests"][0]["vars"]["row"])
    assert row["q"] in asked["messages"][-1]["content"]
    assert config["tests"][0]["assert"][0]["type"] == "equals"

    (tmp_path / "new.jsonl").write_text('{"q": "What is 3 x 7?"}\n', "utf-8")
    export_run(run, tmp_path / "more", form="messages", rows=tmp_path / "new.jsonl")
    [line] = (tmp_path / "more" / "messages.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["messages"][-1]["content"] == "What is 3 x 7? Digits only."


AS_QUESTIONS: dict[str, Any] = {"data": {"path": "eval.jsonl", "input": "q", "target": "a"}}


@pytest.mark.slow
def test_an_answer_and_a_prompt_that_differ_are_told(
    tmp_path: Path, serve: Callable[[Answers], str]
) -> None:
    run = measured(tmp_path, answer_right, rows=shots_of(24, 100), **AS_QUESTIONS)
    out = export_run(run, tmp_path / "out", form="openai", candidate="baseline")

    code, told = self_test(out, serve(lambda _: "no idea"))

    assert (code, "answers: same on 0 of 10" in told) == (1, True)
    assert told.count(" was recorded, now 'no idea'") == 10
    with pytest.raises(SpecError, match="is there already"):
        export_run(run, out, form="openai")
    stack = out / "stack.json"
    stack.write_text(stack.read_text("utf-8").replace("{{ input }}", "{{ input }}!"), "utf-8")
    assert "prompts: same on 0 of 10" in self_test(out, serve(answer_right))[1]


TALKS = [
    {
        "messages": [
            {"role": "system", "content": "You are a clerk."},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Yes?"},
            {"role": "user", "content": f"What is 3 x {at}?"},
            {"role": "assistant", "content": str(3 * at)},
        ]
    }
    for at in range(100, 124)
]
GERMAN = [f"Der Code der Häuser Nr. {at} ist {3 * at}." for at in range(100, 140)]
COLUMNS = {"Order ID": "A7", "rules": "Short."}
STACKS: dict[str, dict[str, Any]] = {
    "a talk with a system text": {
        "rows": TALKS,
        "prompt": {"system": "{{ system }} Be brief.", "user": "{{ input }} Digits."},
    },
    "a talk after the system text of the spec": {"rows": TALKS, "prompt": {"system": "Be brief."}},
    "a folded system text": {"rows": TALKS, "chat": {"fold_system": True}},
    "a column with a system text": {
        "rows": [{**row, "rules": "Short."} for row in shots_of(24, 100)],
        "data": {**AS_QUESTIONS["data"], "system": "rules"},
    },
    "a column whose name has a blank": {
        "rows": [{**row, **COLUMNS} for row in shots_of(24, 100)],
        "prompt": '{Order ID}: {q} {% raw %}{"x": 1}{% endraw %} {{ rules | upper }}',
        **AS_QUESTIONS,
    },
    "examples in one text": {
        "rows": shots_of(24, 100),
        "pool": shots_of(9, 900),
        "examples": {"pool": "pool.jsonl", "shots": 3, "placement": "inline", "method": "fixed"},
        **AS_QUESTIONS,
    },
    "a base model": {
        "rows": shots_of(24, 100),
        "pool": shots_of(9, 900),
        "chat": {"mode": "completion"},
        "examples": {"pool": "pool.jsonl", "shots": 2},
        **AS_QUESTIONS,
    },
    "passages by words of a language": {
        "rows": [{"q": f"Welcher Code? Haus {at}", "a": str(3 * at)} for at in range(100, 124)],
        "corpus": GERMAN,
        "retrieval": {
            "corpus": "corpus.jsonl",
            "method": "lexical",
            "language": "german",
            "top_k": 2,
            "context": {"order": "best_last", "names_sources": True, "may_decline": True},
        },
        **AS_QUESTIONS,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("name", STACKS)
def test_a_stack_of_any_shape_asks_what_was_asked(
    name: str, tmp_path: Path, serve: Callable[[Answers], str]
) -> None:
    run = measured(tmp_path, answer_right, **STACKS[name])

    out = export_run(run, tmp_path / "out", candidate="baseline")  # it compares the prompts

    exported, [first, *_] = Stack(out), recorded_in(out)
    as_cells = {
        column: json.dumps(cell) if isinstance(cell, list) else cell
        for column, cell in first["row"].items()
    }
    assert exported.messages(as_cells) == first["messages"]  # as a CSV file holds them
    with pytest.raises(SystemExit, match="A row has no column"):
        exported.messages({"other": "order 7"})
    needed = (out / "requirements.txt").read_text("utf-8").split()
    assert needed[0] == "jinja2"
    if "corpus" in STACKS[name]:
        assert needed[1:] == ["bm25s", "numpy", "regex", "PyStemmer"]
        assert self_test(out, serve(answer_right))[0] == 0


@pytest.mark.slow
def test_local_weights_answer_as_measured_wherever_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_tiny_model(tmp_path / "model")
    run = measured(
        tmp_path,
        {"id": str(model), "dtype": "float32"},
        rows=shots_of(40, 100),
        chat={"template": CHATML + "{# mine #}", "prefill": "The", "fold_system": True},
        prompt={"system": "Be brief.", "user": "{q}"},
        generation={"max_new_tokens": 4, "repetition_penalty": 1.2},
        **AS_QUESTIONS,
    )

    out = export_run(run, tmp_path / "out", candidate="baseline")

    assert "set the variable `MODEL`" in (out / "README.md").read_text("utf-8")
    monkeypatch.setenv("MODEL", str(model.rename(tmp_path / "moved")))
    assert compare(Stack(out), local_answers.answers_to) == 0
    assert "same on 10 of 10\nanswers: same on 10 of 10" in capsys.readouterr().out


@pytest.mark.slow
def test_python_openai_and_vllm_ask_llama_cpp_s_own_server(tmp_path: Path) -> None:
    model = ModelRef(id=str(write_gguf(write_tiny_model(tmp_path / "model"), tmp_path / "m.gguf")))
    with llama_server(model, name="tiny", slots=1) as served:
        url = str(served.base_url)
        run = measured(
            tmp_path,
            {"id": served.id, "base_url": url},
            rows=shots_of(40, 100),
            prompt={"system": "Be brief.", "user": "{q}"},
            generation={"max_new_tokens": 4},
            **AS_QUESTIONS,
        )
        for form in SERVED:
            out = export_run(run, tmp_path / form, form=form, candidate="baseline")
            told = "prompts: same on 10 of 10\nanswers: same on 10 of 10\n"
            assert self_test(out, url) == (0, told)


class PickyServer:
    """Only streams, knows its model by another name, and refuses a temperature, as o-series models do."""

    def __call__(self, path: str, body: Body) -> Sent:
        if path != "/openai/deployments/d/chat/completions?api-version=7":
            return Sent("", 404)
        if body["model"] != "m:latest":
            return Sent({"error": {"message": "model 'm' not found"}}, 404)
        if "temperature" in body:
            said = "Unsupported value: 'temperature' does not support 0 with this model."
            return Sent({"error": {"message": said, "param": "temperature"}}, 400)
        if not body.get("stream"):
            return Sent({"error": {"message": "Stream must be set to true"}}, 400)
        numbers = re.findall(r"[0-9]+", json.dumps(body["messages"], ensure_ascii=False))
        text = f"{3 * int((numbers or [0])[-1])} ☀"
        pieces = [{"delta": {"content": each}} for each in text]
        events = [{"choices": [each]} for each in (*pieces, {"finish_reason": "stop"})]
        return Sent("".join(f"data: {json.dumps(each)}\n\n" for each in events) + "data: [DONE]\n")


def test_an_export_asks_a_server_as_the_run_learnt_to_ask_it(
    tmp_path: Path, one_server: ScriptedServer
) -> None:
    one_server.behave = PickyServer()
    place = f"{one_server.url.removesuffix('/v1')}/openai/deployments/d?api-version=7"
    run = measured(
        tmp_path,
        {"id": "m", "base_url": place},
        rows=[{**each, "a": f"{each['a']} ☀"} for each in shots_of(40, 100)],
        **AS_QUESTIONS,
    )

    out = export_run(run, tmp_path / "out", form="python", candidate="baseline")

    served = json.loads((out / "stack.json").read_text("utf-8"))["served"]
    assert (served["model"], served["query"]) == ("m:latest", {"api-version": "7"})
    assert (served["key_header"], served["parameters"]["stream"]) == ("api-key", True)
    told = "prompts: same on 10 of 10\nanswers: same on 10 of 10\n"
    assert self_test(out, place.partition("?")[0]) == (0, told)
    for form in ("promptfoo", "dspy"):
        with pytest.raises(ExportRefusedError, match="a server that only streams"):
            export_run(run, tmp_path / form, form=form, candidate="baseline")


REFUSED: dict[str, tuple[Form, dict[str, Any], str]] = {
    "a majority": (
        "python",
        {"generation": {"temperature": 0.8, "majority_of": 3}},
        "majority of 3 draws",
    ),
    "a likelihood": (
        "openai",
        {"generation": {"answer_by": "likelihood", "constraint": {"labels": ["300", "303"]}}},
        "answer_by",
    ),
    "a repaired template at a server": (
        "openai",
        {"chat": {"template": "{{ messages[0].content }}"}},
        "chat.template",
    ),
    "the same for promptfoo": (
        "promptfoo",
        {"chat": {"template": "{{ messages[0].content }}"}},
        "chat.template",
    ),
    "a constraint that no server was seen to keep": (
        "dspy",
        {"generation": {"constraint": {"regex": "[0-9]+"}}},
        "generation.constraint",
    ),
    "headings": (
        "vllm",
        {"chat": {"mode": "completion", "headings": {"user": "Q:", "assistant": "A:"}}},
        "chat.headings",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_form_cannot_hold_is_refused_by_name_and_nothing_is_written(
    name: str, tmp_path: Path
) -> None:
    form, spec, part = REFUSED[name]
    run = measured(tmp_path, answer_right, rows=shots_of(24, 100), **AS_QUESTIONS, **spec)

    with pytest.raises(ExportRefusedError, match=part) as refused:
        export_run(run, tmp_path / "out", form=form, candidate="baseline")

    assert "ladder answer" in refused.value.next_step
    assert not list(tmp_path.glob("*out*"))


def test_vllm_gets_the_template_and_what_holds_an_answer_to_a_form(tmp_path: Path) -> None:
    run = measured(
        tmp_path,
        answer_right,
        rows=shots_of(24, 100),
        chat={"template": "{{ messages[0].content }}", "template_arguments": {"think": False}},
        generation={"constraint": {"regex": "[0-9]+"}, "top_k": 5, "temperature": 0.5},
        **AS_QUESTIONS,
    )

    out = export_run(run, tmp_path / "out", form="vllm", candidate="baseline")

    assert '--chat-template "$(dirname "$0")/template.jinja"' in (out / "serve.sh").read_text()
    assert json.loads((out / "parameters.json").read_text("utf-8")) == {
        "temperature": 0.5,
        "seed": 0,
        "top_k": 5,
        "structured_outputs": {"regex": "[0-9]+"},
        "chat_template_kwargs": {"think": False},
        "max_tokens": 64,
    }
    assert "answers are drawn anew" in (out / "README.md").read_text("utf-8")


@pytest.mark.slow
def test_words_that_do_not_fit_together_are_refused(tmp_path: Path, command: Command) -> None:
    run = measured(tmp_path, answer_right, rows=shots_of(24, 100), **AS_QUESTIONS)
    out = tmp_path / "out"

    by_rows = command("export", run, "--format", "vllm", "--out", out, "--rows", "new.jsonl")
    of_spec = command("export", tmp_path / "task.json", "--format", "vllm", "--out", out)
    without_run = command("export", tmp_path / "task.json", "--format", "trl", "--out", out)

    assert "--rows is for --format messages" in by_rows.err
    assert "--format vllm exports a run" in of_spec.err
    assert "needs the run whose verdict allows a training" in without_run.err
