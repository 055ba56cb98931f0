"""Runs that lever decoding decides, or cannot: what their reports say of it."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.models.base import Request
from ladder.report import load_evidence, to_markdown, to_text
from ladder.runs import RunFolder
from ladder.testing import write_task
from ladder.testing.scripted_server import Body, ScriptedServer, Sent
from ladder.testing.task_files import number_in, triples

LABELS = {"name": "choice", "labels": ["yes", "no"]}
OPINIONS = [{"input": f"Is {at} even?", "target": "no" if at % 2 else "yes"} for at in range(120)]


def pages_of(spec: Path) -> tuple[ladder.Decision, str, str]:
    """Return the decision of a run, and what its two texts say."""
    decision = ladder.run(spec, runs_folder=spec.parent / "runs")
    evidence = load_evidence(ladder.run_folder_of(spec, spec.parent / "runs"))
    return decision, to_text(evidence, is_whole=True), to_markdown(evidence)


def draws(request: Request) -> str:
    """Answer right in six draws of ten, and wrong in many ways."""
    number, settings = number_in(request), request.decoding
    luck = random.Random(f"{number} {settings.seed} {settings.temperature}")  # noqa: S311
    return str(3 * number if luck.random() < 0.6 else luck.randrange(9000, 9999))


@pytest.mark.slow
def test_a_majority_says_what_its_draws_came_to_and_what_none_of_them_could(tmp_path: Path) -> None:
    spec = write_task(
        tmp_path, draws, rows=triples(120), target=0.7, metric="numeric", effort="full",
        generation={"temperature": 1.0},
        levers={"decoding": {"grid": {"majority_of": [5], "temperature": [0.7]}}},
    )  # fmt: skip

    decision, text, page = pages_of(spec)

    assert decision.verdict == "use_lever"
    assert "any of 5 draws is right: " in text
    assert "any of 5 draws is right: " in page
    samples = RunFolder(ladder.run_folder_of(spec, tmp_path / "runs")).samples
    assert "chosen from 5 draws: " in samples.read_text(encoding="utf-8")


def vague(path: str, body: Body) -> Sent:
    """Answer as a server that takes every field and keeps none."""
    if path.endswith("/models"):
        return Sent({"data": [{"id": "m"}]})
    said = f"It depends on {random.Random(str(body)).random()}, which matters much."  # noqa: S311
    choice = {"message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
    return Sent({"model": "m", "choices": [{"index": 0, **choice}]})


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    made = ScriptedServer()
    made.behave = vague
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lever", "told"),
    [
        ({}, "answers held to 2 labels are not testable: the server was seen not to keep such a form"),
        ({"grid": {"constraint": ["labels"]}}, "does not honour generation.constraint (2 labels)"),
    ],
)  # fmt: skip
def test_a_form_that_a_server_does_not_keep_is_not_testable(
    tmp_path: Path, server: ScriptedServer, lever: dict[str, Any], told: str
) -> None:
    model = {"id": "m", "base_url": server.url}
    spec = write_task(tmp_path, model, rows=OPINIONS, metric=LABELS, levers={"decoding": lever})

    decision, text, _ = pages_of(spec)

    assert decision.verdict == "inconclusive"
    assert told in " ".join(text.split())
