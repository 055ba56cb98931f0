"""Rows with calls of tools go to a verdict, at a model in this process and behind a server."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import ladder
from examples import tasks, tool_calls
from ladder.api import check_task, run_folder_of
from ladder.errors import CandidateRefusedError
from ladder.gate.recompute import check_recomputed, recompute
from ladder.gate.strict_run import load_run_task
from ladder.measure import Workbench, load_task_data
from ladder.models.base import Request
from ladder.models.tokenizer import tokenizer_of
from ladder.report.write_report import write_report
from ladder.runs import RunFolder
from ladder.runs.samples import SampleRow
from ladder.spec.candidate import ModelRef
from ladder.spec.task import TaskSpec
from ladder.testing import llama_server, write_task
from ladder.testing.scripted_server import Body, ScriptedServer, Sent
from ladder.testing.tiny_model import write_tiny_model

DECLARED = {"not_applicable": "left out here"}
SHOTS = {"pool": "pool.jsonl", "shots": [2], "methods": ["random"]}


def calls_for(question: str) -> list[dict[str, Any]]:
    """Return the right calls of the task "heating"; none where no tool can do what is asked."""
    calls = []
    if heat := re.search(r"heat the (\w+) to (\d+)", question):
        arguments = {"degrees": int(heat[2]), "room": heat[1], "unit": "celsius"}
        calls.append({"name": "set_heating", "arguments": arguments})
    if blinds := re.search(r"open the (\w+) blinds|the blinds of the (\w+)", question):
        room = {"room": blinds[1] or blinds[2]}
        calls.append({"name": "open_blinds", "arguments": room})
    return calls


def has_shots(turns: list[Any]) -> bool:
    return len(turns) >= 5


def other_form(request: Request) -> str:
    """Call right, as Llama writes calls, with the arguments in another order and the default."""
    calls = calls_for(request.messages[-1].content)
    written = (json.dumps({"name": c["name"], "parameters": c["arguments"]}) for c in calls)
    return "<|python_tag|>" + "; ".join(written) if calls else "That I cannot do."


def in_words(request: Request) -> str:
    """Name the right tool and its room in a sentence; call it where worked examples show how."""
    calls = calls_for(request.messages[-1].content)
    if has_shots(list(request.messages)) or not calls:
        return other_form(request)
    named = " and ".join(f"{c['name']} in the {c['arguments']['room']}" for c in calls)
    return f"I will use {named} for you."


def one_more(request: Request) -> str:
    """Call right, and one tool more."""
    more = {"name": "open_window", "arguments": {"room": request.messages[-1].content[-9:]}}
    calls = [*calls_for(request.messages[-1].content), more]
    return "\n".join(f"<tool_call>{json.dumps(call)}</tool_call>" for call in calls)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "verdict"),
    [(other_form, "already_good"), (in_words, "use_lever"), (one_more, "fine_tune")],
)
def test_calls_are_judged_by_what_they_call(tmp_path: Path, model: Any, verdict: str) -> None:
    tool_calls.heating(tmp_path / "rows", 0)
    rows, pool = (
        map(json.loads, (tmp_path / "rows" / f"{name}.jsonl").read_text("utf-8").splitlines())
        for name in ("eval", "pool")
    )
    task = write_task(tmp_path, model, rows=rows, pool=pool, metric="tool_calls")

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == verdict
    told = {each.code: each for each in decision.checks}
    assert ("Q13 tool-not-offered" in told) == (model is one_more)
    assert model is not one_more or "open_window" in told["Q13 tool-not-offered"].evidence


def reply(body: Body) -> Body:
    """Return what a server says: calls in `tool_calls`, beside a text."""
    question = body["messages"][-1]["content"]
    calls = calls_for(question) if has_shots(body["messages"]) else []
    made = [
        {
            "id": f"call_{at}",
            "type": "function",
            "function": {"name": call["name"], "arguments": json.dumps(call["arguments"])},
        }
        for at, call in enumerate(calls)
    ]
    message = {"role": "assistant", "content": f"On it, {len(question)}.", "tool_calls": made}
    usage = {"prompt_tokens": 30 + 90 * bool(body.get("tools")), "completion_tokens": 9}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if made else "stop"}
    return {"model": "m", "choices": [choice], "usage": usage}


def at_server(folder: Path, server: ScriptedServer) -> TaskSpec:
    spec = tool_calls.heating(folder / "task", 0)
    levers = dict.fromkeys(("template", "prompt", "decoding"), DECLARED)
    return ladder.load_task(
        spec,
        overrides=[
            "model.id=m",
            f"model.base_url={server.url}",
            *(f"levers.{name}={json.dumps(given)}" for name, given in levers.items()),
        ],
    )


@pytest.fixture
def server() -> Any:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.mark.slow
def test_the_calls_of_a_server_reach_verdict_journal_and_report(
    tmp_path: Path, server: ScriptedServer
) -> None:
    server.behave = lambda path, body: Sent(reply(body)) if "chat" in path else Sent({"data": []})
    task = at_server(tmp_path, server)

    decision = ladder.run(task, runs_folder=tmp_path / "runs")
    asked = [body for body in server.calls if has_shots(body["messages"])]
    again = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == again.verdict == "use_lever"
    assert all(body["tools"] == tool_calls.TOOLS and "tool_choice" not in body for body in asked)
    shown = next(each for each in asked[0]["messages"] if each.get("tool_calls"))
    assert isinstance(shown["tool_calls"][0]["function"]["arguments"], str)
    folder = run_folder_of(task, tmp_path / "runs")
    rows = map(SampleRow.from_line, RunFolder(folder).samples.read_text("utf-8").splitlines())
    best = next(row for row in rows if "heat the" in row.input and "open" not in row.input)
    answer = best.answers[-1]
    assert re.fullmatch(r"On it, \d+\.\n<tool_call>\n\{.*\}\n</tool_call>", answer.text)
    assert json.loads(answer.read_as) == calls_for(best.input)
    assert best.turns[-1]["tool_calls"][0]["function"]["name"] == "set_heating"
    page, text = (
        write_report(folder, form, tmp_path / form).read_text("utf-8") for form in ("html", "md")
    )
    assert "set_heating" in page
    assert "set_heating" in text


@pytest.mark.slow
def test_a_server_that_hides_the_tools_ends_the_run(tmp_path: Path, server: ScriptedServer) -> None:
    def behave(path: str, body: Body) -> Sent:
        return Sent(reply({**body, "tools": []})) if "chat" in path else Sent({"data": []})

    server.behave = behave

    with pytest.raises(CandidateRefusedError, match="does not show them"):
        ladder.run(at_server(tmp_path, server), runs_folder=tmp_path / "runs")
    assert not any(has_shots(body.get("messages", [])) for body in server.calls)


HERMES = (
    "{% if tools %}<|im_start|>system\nTools:{% for t in tools %} {{ t.function.name }}{% endfor %}"
    "<|im_end|>\n{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content or '' }}"
    "{% for c in m.tool_calls or [] %}<tool_call>\n"
    '{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}'
    "\n</tool_call>{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


HIDING = HERMES.replace("{% if tools %}", "{% if false %}")


@pytest.mark.slow
@pytest.mark.parametrize(("template", "verdict"), [(HERMES, "use_lever"), (HIDING, "inconclusive")])
def test_lever_1_has_its_chance_where_the_server_hides_the_tools(
    tmp_path: Path, server: ScriptedServer, template: str, verdict: str
) -> None:
    model = write_tiny_model(tmp_path / "tiny", template=HIDING, context_tokens=4096)
    read = tokenizer_of(model)

    def behave(path: str, body: Body) -> Sent:
        if "chat" in path:
            return Sent(reply({**body, "tools": []}))
        if "completions" not in path:
            return Sent({"data": []})
        question = read.decode(body["prompt"]).rsplit("<|im_start|>user\n", 1)[-1]
        calls = calls_for(question.split("<|im_end|>")[0])
        text = "".join(f"<tool_call>{json.dumps(call)}</tool_call>" for call in calls)
        usage = {"prompt_tokens": 300, "completion_tokens": 9}
        choice = {"index": 0, "text": text or "I cannot.", "finish_reason": "stop"}
        return Sent({"model": "m", "choices": [choice], "usage": usage})

    server.behave = behave
    own = [
        f"model.tokenizer={model}",
        f"levers.template={json.dumps({'templates': [template]})}",
        'levers.few_shot={"not_applicable": "left out here"}',
    ]
    task = ladder.load_task(at_server(tmp_path, server).model_dump(mode="json"), overrides=own)

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == verdict
    assert decision.ledger.attempts[0].lever == "template"
    told = next(each for each in decision.checks if each.code.startswith("Q15"))
    assert "does not show them" in told.problem
    folder = run_folder_of(task, tmp_path / "runs")
    check_recomputed(recompute(folder, load_run_task(folder, decision)), decision, folder)
    page = write_report(folder, "md", tmp_path / "page.md").read_text("utf-8")
    assert "baseline-not-testable" in page
    assert "| baseline | – |  |  |  |  | not testable: none of its" in page


@pytest.mark.slow
def test_lever_1_has_its_chance_where_a_local_template_hides_the_tools(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "tiny", template=HIDING, context_tokens=4096)
    tool_calls.heating(tmp_path / "rows", 0)
    rows = map(json.loads, (tmp_path / "rows" / "eval.jsonl").read_text("utf-8").splitlines())
    task = write_task(
        tmp_path,
        str(model),
        rows=list(rows)[:48],
        metric="tool_calls",
        generation={"max_new_tokens": 4},
        levers={"template": {"templates": [HERMES]}},
    )

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == "inconclusive"
    assert any(each.code.startswith("Q15") for each in decision.checks)
    tried = [trial for each in decision.ledger.attempts[:1] for trial in each.trials]
    assert any(trial.n_seen and not trial.stopped.startswith("error") for trial in tried)

    # What R12 advises: the tools in the text, where this template writes them.
    codes = {each.code[:3] for each in check_task(task)}
    told = 'prompt={"system": "Call one of these tools: {{ tools }}", "user": "{{ input }}"}'
    followed = ladder.load_task(task, overrides=[told])
    assert codes - {each.code[:3] for each in check_task(followed)} == {"R12"}
    with Workbench(load_task_data(followed)) as bench:
        [row] = bench.measure(followed.baseline(), [0]).rows
    assert row.answer.error is None
    assert f"these tools: {json.dumps(tool_calls.TOOLS)}" in (row.answer.prompt or "")


@pytest.mark.model
def test_a_real_server_gets_tools_and_its_calls_are_read(tmp_path: Path) -> None:
    spec = tool_calls.heating(tmp_path / "task", 0)
    with llama_server(ModelRef(id=tasks.MODEL), context_tokens=2048, template=HERMES) as served:
        examples = {"pool": str(tmp_path / "task" / "pool.jsonl"), "shots": 2, "method": "fixed"}
        given = {"model.id": served.id, "model.base_url": served.base_url}
        more = {"examples": json.dumps(examples), "generation.max_new_tokens": 48}
        overrides = [f"{name}={value}" for name, value in (given | more).items()]
        data = load_task_data(ladder.load_task(spec, overrides=overrides))
        with Workbench(data) as bench:
            [row] = bench.measure(data.task.baseline(), [0]).rows

    assert row.answer.text.startswith("<tool_call>\n")
    assert json.loads(row.read_as)[0]["name"] in str(tool_calls.TOOLS)
