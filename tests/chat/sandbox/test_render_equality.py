"""Our rendering equals transformers' own on the published templates, and the goldens' text."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.training_pairs import KNOWN_DIFFERENCES, different_goldens
from ladder.chat.sandbox.render import Job, render_each, render_with_spans
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


def test_the_goldens_agree_or_their_defect_is_known(shared_data: Path) -> None:
    different, total = different_goldens(shared_data / "templates")

    assert total == 56
    assert set(different) == set(KNOWN_DIFFERENCES)


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
