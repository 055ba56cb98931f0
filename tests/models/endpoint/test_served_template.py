"""Lever 1 where no tokenizer is named: the rules look at what the server shows of its template."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.chat import fold_system, render
from ladder.models.base import Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing import CHATML
from ladder.testing.scripted_server import Body, ScriptedServer, Sent
from ladder.testing.task_files import triples, write_task

TURNS = "<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
OPENED = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
NO_SYSTEM = (
    "{% for m in messages %}{% if m['role'] != 'system' %}" + TURNS + "{% endif %}{% endfor %}"
)
DATED = "{{ strftime_now('%d %B %Y') }}\n"
NO_REPLY = "{% for m in messages %}" + TURNS + "{% endfor %}"


_PLAIN = {*range(33, 127), *range(161, 173), *range(174, 256)}
_OTHERS = [each for each in range(256) if each not in _PLAIN]


def bytes_of(text: str) -> str:
    """Write a text as a byte-level vocabulary does."""
    return "".join(
        chr(each if each in _PLAIN else 256 + _OTHERS.index(each)) for each in text.encode()
    )


class ServerWithTemplate:
    """Shows what its template makes of messages, as llama.cpp or as vLLM, and answers wrongly.

    Args:
        template: The chat template.
        software: What the server says that it is.
        folds: Whether it puts the system message into the user's turn first.
    """

    def __init__(self, template: str, *, software: str = "llama.cpp", folds: bool = False) -> None:
        self.template = template
        self.headers = {"Server": software}
        self.folds = folds

    def __call__(self, path: str, body: Body) -> Sent:
        return Sent(self._reply(path, body), headers=self.headers)

    def _reply(self, path: str, body: Body) -> Body:
        if path == "/props":
            return {"chat_template": self.template, "bos_token": "<s>", "eos_token": "</s>"}
        if path in {"/apply-template", "/tokenize"} and "messages" in body:
            text = self._prompt(body["messages"])
            pieces = [bytes_of(each) for each in text]
            return {"prompt": text, "tokens": [1] * len(text), "token_strs": pieces}
        choice = {"message": {"content": "7"}, "text": "7", "finish_reason": "stop"}
        return {"model": "m", "data": [{"id": "m"}], "choices": [choice]}

    def _prompt(self, messages: Any) -> str:
        turns = fold_system(messages) if self.folds else messages
        today = {"strftime_now": datetime.now(UTC).replace(tzinfo=None).isoformat()}
        special = {"bos_token": "<s>", "eos_token": "</s>"}
        return render(
            self.template,
            turns,
            special_tokens=special,
            add_generation_prompt=True,
            arguments=today,
        )


@pytest.mark.parametrize(
    ("served", "codes", "reason"),
    [
        (ServerWithTemplate(CHATML), set(), "the rules find no fault in the one that it shows"),
        (
            ServerWithTemplate(NO_SYSTEM + OPENED),
            {"N12 served-prompt-loses-messages", "R06 system-dropped", "R30 own-text-lost"},
            "R06 system-dropped and R30 own-text-lost",
        ),
        (
            ServerWithTemplate(NO_SYSTEM + OPENED, folds=True),
            {"N13 shown-template-not-served"},
            "its prompts are not those of the template that it shows (N13)",
        ),
        (
            ServerWithTemplate(NO_REPLY),
            {"R02 generation-prompt-missing"},
            "what it shows has R02 generation-prompt-missing",
        ),
        (
            ServerWithTemplate(DATED + NO_REPLY),
            {"R02 generation-prompt-missing", "R22 time-dependent"},
            "what it shows has R02 generation-prompt-missing",
        ),
        (
            ServerWithTemplate(NO_SYSTEM + OPENED, software="uvicorn"),
            {"N12 served-prompt-loses-messages"},
            "what it shows has N12 served-prompt-loses-messages",
        ),
        (
            ServerWithTemplate(CHATML, software="uvicorn"),
            set(),
            "the prompt that it shows holds all messages",
        ),
        (ServerWithTemplate(NO_SYSTEM, software="nginx"), set(), "names what it serves"),
    ],
)
def test_faults_of_the_template_that_a_server_shows_are_told_and_stay_untested(
    server: ScriptedServer, tmp_path: Path, served: ServerWithTemplate, codes: set[str], reason: str
) -> None:
    server.behave = served
    spec = write_task(
        tmp_path / "task",
        {"id": "m", "base_url": server.url},
        rows=triples(12),
        levers={"template": {}},
        prompt={"system": "Be brief, and say the number alone.", "user": "{{ input }}"},
    )

    decision = ladder.run(spec, runs_folder=tmp_path / "runs")

    kinds = ("R", "K", "S", "L", "N12", "N13")
    told = {each.code for each in decision.checks if each.code.startswith(kinds)}
    grave = {each.code for each in decision.checks if each.severity != "info"}
    [lever] = [each for each in decision.attempts if each.lever == "template"]
    assert {each for each in told if each in grave or each.startswith("N")} == codes
    assert (lever.status, decision.verdict == "fine_tune") == ("untested", False)
    assert reason in lever.reason


@pytest.mark.parametrize("software", ["llama.cpp", "uvicorn"])
@pytest.mark.parametrize(("template", "lost"), [(NO_SYSTEM + OPENED, ("system",)), (CHATML, ())])
def test_lost_messages_are_seen_in_every_script(
    server: ScriptedServer, software: str, template: str, lost: tuple[str, ...]
) -> None:
    server.behave = ServerWithTemplate(template, software=software)
    turns = (Message("system", "请只回答数字。"), Message("user", "三乘以七是多少?"))
    request = Request(turns, ChatSetup(), Decoding())

    with closing(EndpointGenerator(ModelRef(id="m", base_url=server.url))) as endpoint:
        assert endpoint.find_abilities([request])["lost_messages"] == list(lost)
