"""A prompt keeps as many passages and examples as the model's context has room for."""

from pathlib import Path

import pytest

from ladder.api import check_task
from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.levers import FewShot, Rag
from ladder.measure import Workbench, load_task_data
from ladder.measure.checks.check_prompt_room import told_left_out
from ladder.measure.prompt_room import LeftOut, room_of
from ladder.measure.request import PromptMaterial, write_request
from ladder.models.base import Request
from ladder.spec.candidate import Candidate, Decoding, Examples, ModelRef, Retrieval
from ladder.spec.load_task import load_task
from ladder.testing.task_files import triples, write_task
from ladder.testing.tiny_model import write_tiny_model

ROOM = 480  # of 512 tokens, a token a byte
PASSAGE = "a passage of fifty bytes, blanks and stop counted."


def material(n_passages: int, n_shots: int, of_shot: int = 0) -> PromptMaterial:
    passages = tuple(Passage(str(at), PASSAGE) for at in range(n_passages))
    shot = PromptMaterial(Sample("shot", "2 + 2" * 20, ("4",)), passages[:of_shot])
    return PromptMaterial(Sample("1", "3 + 4", ("7",)), passages, (shot,) * n_shots)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (material(3, 0), (3, 0)),
        (material(100, 0), (6, 0)),
        (material(100_000, 0), (6, 0)),
        (material(0, 9), (0, 3)),
        (material(100, 2), (2, 2)),
        (material(9, 9, 9), (1, 1)),
    ],
    ids=["all", "passages", "very many", "examples", "passages first", "alike in examples"],
)
def test_passages_then_examples_are_left_out_until_the_rest_fits(
    tmp_path: Path, given: PromptMaterial, kept: tuple[int, int]
) -> None:
    model = ModelRef(id=str(write_tiny_model(tmp_path / "tiny")))
    candidate = Candidate(
        model=model,
        decoding=Decoding(max_new_tokens=512 - ROOM),
        retrieval=Retrieval(corpus="c"),
        examples=Examples(pool="p"),
    )
    room = room_of(model)
    assert room is not None

    def write(some: PromptMaterial) -> Request:
        return write_request(candidate, some)

    found = room.fitted(write, given)

    assert (len(found.passages), len(found.examples)) == kept
    assert room.fits(write(found))
    assert found.passages == given.passages[: kept[0]]
    assert all(len(shot.passages) <= max(kept[0], 1) for shot in found.examples)
    assert bool(LeftOut.between(given, found)) is (found != given)


@pytest.mark.slow
def test_what_check_foretells_is_left_out_and_no_prompt_is_refused(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "tiny")
    task = load_task(
        write_task(
            tmp_path,
            {"id": str(model)},
            rows=[{**row, "input": f"Three times {row['input']}?"} for row in triples(40)],
            pool=triples(30, start=900),
            corpus=[f"Three times {at} is {3 * at}; nothing else is told." for at in range(60)],
            levers={
                "rag": {"corpus": "corpus.jsonl", "methods": ["lexical"], "top_k": [1, 50]},
                "few_shot": {"pool": "pool.jsonl", "shots": [2, 20], "methods": ["fixed"]},
            },
            generation={"max_new_tokens": 4},
        )
    )
    baseline = task.baseline()
    widest = [Rag().propose(task, baseline)[-1], FewShot().propose(task, baseline)[-1]]

    foretold = [each for each in check_task(task) if each.code.startswith("W08")]
    with Workbench(load_task_data(task)) as bench:
        rows = [bench.measure(each, bench.data.split.selection.tolist()).rows for each in widest]
        told = list(told_left_out(bench, [baseline, *widest]))

    assert [row.answer.error for some in rows for row in some] == [None] * 2 * len(rows[0])
    assert [each.problem.split(",")[0] for each in foretold] == [
        "With 20 worked examples",
        "With top_k 50",
    ]
    assert all(0 < len(row.passages) < 50 for row in rows[0])
    assert all(0 < len(row.examples) < 20 for row in rows[1])
    share = [each.problem.partition("context: ")[2].partition(" w")[0] for each in foretold]
    assert (
        share == [each.problem.partition("context: ")[2].partition(" w")[0] for each in told][::-1]
    )
