"""Our rendering equals transformers' own on the published templates, and the goldens' text."""

import json
from pathlib import Path
from typing import Any

import pytest

from ladder.chat.render import Job, render_each, render_with_spans
from ladder.errors import LadderError

pytestmark = pytest.mark.real

CONVERSATIONS: tuple[list[dict[str, Any]], ...] = (
    [{"role": "user", "content": "Hi <b>&amp;</b> é"}],
    [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "Two."},
        {"role": "user", "content": "  Three? \n"},
    ],
    [
        {"role": "user", "content": [{"type": "text", "text": "parts"}]},
        {"role": "assistant", "content": "ok", "reasoning": "why"},
        {"role": "user", "content": "again"},
    ],
)
TOOLS: list[dict[str, Any]] = [
    {"type": "function", "function": {"name": "f", "description": "é", "parameters": {}}}
]
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}


def templates(shared_data: Path) -> dict[str, str]:
    folder = shared_data / "templates"
    return {
        str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.jinja"))
    }


def transformers_outcome(
    template: str, messages: list[dict[str, Any]], *, flag: bool, tools: list[dict[str, Any]] | None
) -> str | None:
    from transformers.utils.chat_template_utils import render_jinja_template

    try:
        [text], _ = render_jinja_template(
            [messages], tools, chat_template=template, add_generation_prompt=flag, **TOKENS
        )
    except Exception:  # noqa: BLE001 - whatever transformers raises, ours must raise too
        return None
    return str(text)


@pytest.mark.parametrize("tools", [None, TOOLS])
def test_every_published_template_renders_as_in_transformers(
    shared_data: Path, tools: list[dict[str, Any]] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.utils import chat_template_utils

    class Noon(chat_template_utils.datetime):  # type: ignore[misc]
        @classmethod
        def now(cls, tz: None = None) -> Any:  # noqa: ARG003 - the signature of datetime
            return cls(2026, 1, 1, 12)

    monkeypatch.setattr(chat_template_utils, "datetime", Noon)
    cases = [
        (name, template, messages, flag)
        for name, template in templates(shared_data).items()
        for messages in CONVERSATIONS
        for flag in (False, True)
    ]

    ours = render_each([Job(t, m, flag, TOKENS, {}, tools) for _, t, m, flag in cases])

    different = []
    for (name, template, messages, flag), outcome in zip(cases, ours, strict=True):
        theirs = transformers_outcome(template, messages, flag=flag, tools=tools)
        text = None if isinstance(outcome, LadderError) else outcome
        if text != theirs:
            different.append((name, flag, text, theirs))
    assert len(cases) > 1000
    assert different == []


# Where huggingface.js, the source of the goldens, behaves differently from transformers.
KNOWN_DIFFERENCES = {
    "hfjs/meetkai/functionary-medium-v2.2": "content None is dropped, `+` then raises",
    "hfjs/MadeAgents/Hammer2.1": "Python prints a list of tools with single quotes",
    "hfjs/ai21labs/AI21-Jamba-Large-1.6": "add_generation_prompt is never undefined",
}


def test_the_goldens_agree_or_their_defect_is_known(shared_data: Path) -> None:
    folder = shared_data / "templates"
    goldens = [json.loads(line) for line in (folder / "goldens.jsonl").read_text().splitlines()]

    different = []
    for golden in goldens:
        kwargs = dict(golden["kwargs"])
        flag, tools = kwargs.pop("add_generation_prompt", False), kwargs.pop("tools", None)
        if golden.get("frozen_now"):
            kwargs["strftime_now"] = golden["frozen_now"].removesuffix("Z")
        template = (folder / golden["template"]).read_text()
        [outcome] = render_each([Job(template, golden["messages"], flag, {}, kwargs, tools)])
        if outcome != golden["expected"]:
            different.append((golden["id"], outcome, golden["expected"]))

    assert len(goldens) > 50
    assert {name for name, *_ in different} == set(KNOWN_DIFFERENCES)


def test_generation_spans_equal_transformers(shared_data: Path) -> None:
    from transformers.utils.chat_template_utils import render_jinja_template

    template = (shared_data / "templates" / "trl" / "llama3_training.jinja").read_text()
    messages = CONVERSATIONS[1]

    text, spans = render_with_spans(Job(template, messages))

    [theirs], [indices] = render_jinja_template(
        [messages], chat_template=template, return_assistant_tokens_mask=True
    )
    assert text == theirs
    assert spans == [tuple(pair) for pair in indices]
    assert spans
