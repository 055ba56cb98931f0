"""A lever is not tried by prompts that had no room for what it puts there."""

from pathlib import Path

import pytest

from ladder.measure.measurement import Scored
from ladder.measure.passages_reach import why_out_of_reach
from ladder.measure.prompt_room import LeftOut, without_room
from ladder.models.base import Answer
from ladder.spec.candidate import Candidate, Examples, ModelRef, Retrieval
from tests.measure.test_material_bounds import CODES, data_of, write

PLAIN = Candidate(model=ModelRef(id="m"))
SHOTS = PLAIN.replace(examples=Examples(pool="pool.jsonl"))
RAG = PLAIN.replace(retrieval=Retrieval(corpus="docs"))
NO_SHOT, NO_PASSAGE, FEWER = LeftOut(0, 2, 0, 2), LeftOut(3, 0, 3, 0), LeftOut(2, 1, 3, 2)


def rows(*scores: float, passages: tuple[str, ...] = ()) -> dict[int, Scored]:
    return {
        at: Scored(str(at), Answer("x"), "x", score, score, passages=passages, text="x")
        for at, score in enumerate(scores)
    }


@pytest.mark.parametrize(
    ("candidate", "lost", "scores", "is_tried"),
    [
        (SHOTS, [NO_SHOT] * 4, [0, 0, 0, 0], False),
        (SHOTS, [FEWER] * 4, [0, 0, 0, 0], True),  # one of two examples is an example
        (SHOTS, [NO_SHOT, NO_SHOT, FEWER, LeftOut()], [0, 0, 0, 0], False),
        (SHOTS, [NO_SHOT, NO_SHOT, FEWER, LeftOut()], [1, 1, 0, 0], True),  # they need none
        (SHOTS, [NO_SHOT, FEWER, FEWER, FEWER], [0, 0, 0, 0], True),  # three of four could be right
        (SHOTS, [NO_PASSAGE] * 4, [0, 0, 0, 0], True),  # another lever's
        (RAG, [NO_PASSAGE] * 4, [0, 0, 0, 0], False),
        (RAG, [FEWER] * 4, [0, 0, 0, 0], True),
    ],
)
def test_prompts_without_what_a_lever_adds_are_no_try_of_it(
    candidate: Candidate, lost: list[LeftOut], scores: list[float], *, is_tried: bool
) -> None:
    why = without_room(PLAIN, candidate, rows(*scores), dict(enumerate(lost)), enough=0.7)

    assert (why == "") == is_tried
    if candidate is SHOTS and not is_tried:
        assert "no worked example had room in the model's context for" in why
        assert "levers.few_shot" in why


def test_a_passage_that_was_found_and_had_no_room_was_not_shown(tmp_path: Path) -> None:
    texts = [{"text": f"The code of {name} is {code}."} for name, code in CODES.items()]
    corpus = write(tmp_path / "corpus.jsonl", texts)
    data = data_of(CODES)
    rag = data.task.baseline().replace(retrieval=Retrieval(corpus=corpus, method="lexical"))
    wrong = rows(*[0.0] * len(data.samples))

    why = why_out_of_reach(data, [(rag, wrong)])

    assert "no room in the model's context" in why
    assert "levers.rag.chunk_tokens" in why
