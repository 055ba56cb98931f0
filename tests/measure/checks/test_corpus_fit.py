"""What a search would silently lose of a corpus is told before the first call."""

import json
from pathlib import Path
from typing import Any

import pytest

from ladder.api import check_task
from ladder.testing import write_task
from tests.retrieval.tiny_encoder import encoder_folder

SHORT, LONG = "a b", "a b c a b c a b c"
"""To the tiny encoder, two tokens and nine, besides its two marks: it reads four."""


def found(
    folder: Path, *, rag: dict[str, Any], rerank: dict[str, Any] | None = None, text: str = "a 1"
) -> dict[str, str]:
    """Return the problems of a task by their codes."""
    rows = [{"input": f"{text} {'c' * at}" if at else "?!", "target": str(at)} for at in range(20)]
    levers: dict[str, Any] = {"rag": {"corpus": "corpus.jsonl", "top_k": [1], **rag}}
    if rerank is not None:
        levers["rerank"] = {"rerankers": [rerank]}
    task = write_task(
        folder, lambda _: "", rows=rows, corpus=[SHORT, LONG, f"{LONG} b"], levers=levers
    )
    return {each.code[:3]: f"{each.problem} {each.next_step}" for each in check_task(task)}


def test_passages_pairs_prompts_and_questions_that_lose_something_are_counted(
    tmp_path: Path,
) -> None:
    encoder = str(encoder_folder(tmp_path / "e5-tiny"))
    reranker = {"reranker": str(encoder_folder(tmp_path / "pairs")), "kind": "cross-encoder"}

    told = found(tmp_path, rag={"encoder": encoder}, rerank=reranker)

    # The words of the family stand before each passage, so even the short one is too long.
    assert "3 of 3 passages are longer than the 4 tokens" in told["D52"]
    assert "chunk_tokens: 4" in told["D52"]
    assert "'query: ' before a question, 'passage: '" in told["D53"]
    assert "passages, beside a question of" in told["D54"]
    assert "1 of 20 questions have no word" in told["D55"]


@pytest.mark.parametrize(
    ("rag", "code"),
    [
        ({"chunk_tokens": 4}, "D52"),
        ({"methods": ["lexical"]}, "D52"),
        ({"methods": ["dense"]}, "D55"),
        ({"encoder": {"passage_prompt": "", "query_prompt": "q: "}}, "D53"),
        ({"encoder": {"max_tokens": 40}}, "D52"),
    ],
)
def test_what_is_mended_or_not_used_is_not_told(
    tmp_path: Path, rag: dict[str, Any], code: str
) -> None:
    place = str(encoder_folder(tmp_path / "e5-tiny"))
    (tmp_path / "e5-tiny" / "config.json").write_text(json.dumps({"max_position_embeddings": 64}))
    given = rag.get("encoder")
    encoder = {"model": place, **given} if given else place

    assert code in found(tmp_path / "a", rag={"encoder": place})
    assert code not in found(tmp_path / "b", rag={**rag, "encoder": encoder})
