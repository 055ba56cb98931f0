"""A model that thinks before it answers ends in the same verdict locally and behind a real server.

Its template opens the thought in the prompt, as those of DeepSeek R1 and QwQ do: the reply begins
within the thought, and holds a closing mark alone.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

import ladder
from examples import tasks
from ladder.measure.read_answer import read_answer
from ladder.models import Generator, Message, Request, load_generator
from ladder.scoring import load_metric
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.spec.metric_spec import MetricSpec
from ladder.testing import llama_server

pytestmark = pytest.mark.model

THINKING = r"""
{%- for message in messages -%}
{{ '<|im_start|>' + message['role'] + '\n' }}
{%- if message['role'] == 'assistant' -%}
{{ '<think>\n' + (message['reasoning_content'] or 'The number stands after the word order.') }}
{{- '\n</think>\n' }}
{%- endif -%}
{{ message['content'] + '<|im_end|>\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{ '<|im_start|>assistant\n<think>\n' }}
{%- endif -%}
"""
MODEL = ModelRef(id=tasks.MODEL)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def run(folder: Path, *overrides: str) -> str:
    spec = tasks.order_number(folder / "task", seed=0, n=14, shots_in_baseline=True)
    more = ["generation.max_new_tokens=24", "target=0.4", *overrides]
    return ladder.run(ladder.load_task(spec, overrides=more), runs_folder=folder / "runs").verdict


def test_a_thinking_model_gets_one_verdict_wherever_it_runs(tmp_path: Path) -> None:
    local = run(tmp_path / "local", f"chat.template={json.dumps(THINKING)}")
    with llama_server(
        MODEL, context_tokens=2048, template=THINKING, splits_thoughts=True
    ) as served:
        place = (f"model.id={served.id}", f"model.base_url={served.base_url}")
        remote = run(tmp_path / "remote", *place)

    assert [local, remote] == ["already_good"] * 2


@contextmanager
def generator(place: str) -> Iterator[tuple[Generator, ChatSetup]]:
    if place == "local":
        yield load_generator(MODEL), ChatSetup(template=THINKING)
        return
    with llama_server(
        MODEL, context_tokens=2048, template=THINKING, splits_thoughts=place == "split"
    ) as served:
        yield load_generator(served), ChatSetup()


@pytest.mark.parametrize("place", ["local", "raw", "split"])
def test_a_thought_is_no_answer_and_one_that_is_cut_could_have_been_right(place: str) -> None:
    shot = "Extract the order number.\n\nTicket: order {} is late."
    messages = [Message("user", shot.format(311)), Message("assistant", "311")]
    messages += [Message("user", shot.format(845)), Message("assistant", "845")]
    messages.append(Message("user", shot.format(622)))
    metric = load_metric(MetricSpec())

    with generator(place) as (model, setup):
        requests = [
            Request(tuple(messages), setup, Decoding(max_new_tokens=limit)) for limit in (24, 6)
        ]
        answers = dict(model.generate(requests))
        model.close()
    whole, cut = (read_answer(metric, answers[at], ["622"]) for at in range(2))

    assert (whole.text.strip(), whole.score) == ("622", 1.0)
    assert "after the word order" in whole.thoughts
    assert (cut.text, cut.score, cut.lenient, cut.could_be_right) == ("", 0.0, 0.0, True)
