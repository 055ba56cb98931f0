"""An encoder reads what its card says it was trained to read."""

import json
from pathlib import Path

import pytest

from ladder.retrieval.encoder_prompts import EncoderPrompts, prompts_of


def folder(
    place: Path, *, given: str = "", card: str = "", prompts: dict[str, str] | None = None
) -> Path:
    place.mkdir(parents=True)
    (place / "config.json").write_text(json.dumps({"_name_or_path": given}))
    (place / "README.md").write_text(card)
    if prompts is not None:
        content = json.dumps({"prompts": prompts})
        (place / "config_sentence_transformers.json").write_text(content)
    return place


@pytest.mark.parametrize(
    ("name", "query", "passage"),
    [
        ("intfloat/e5-small-v2", "query: ", "passage: "),
        ("intfloat/multilingual-e5-large", "query: ", "passage: "),
        ("intfloat/e5-base", "query: ", "passage: "),
        (
            "intfloat/multilingual-e5-large-instruct",
            "Instruct: Retrieve passages that answer the question\nQuery: ",
            "",
        ),
        ("BAAI/bge-small-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("BAAI/bge-large-zh", "为这个句子生成表示以用于检索相关文章：", ""),
        ("nomic-ai/nomic-embed-text-v1.5", "search_query: ", "search_document: "),
        ("nomic-ai/modernbert-embed-base", "search_query: ", "search_document: "),
        (
            "mixedbread-ai/mxbai-embed-large-v1",
            "Represent this sentence for searching relevant passages: ",
            "",
        ),
        (
            "Snowflake/snowflake-arctic-embed-m",
            "Represent this sentence for searching relevant passages: ",
            "",
        ),
        ("Snowflake/snowflake-arctic-embed-l-v2.0", "query: ", ""),
        ("cl-nagoya/ruri-base", "クエリ: ", "文章: "),
    ],
)
def test_a_family_that_declares_no_prompts_is_known_by_its_name(
    tmp_path: Path, name: str, query: str, passage: str
) -> None:
    found = [
        prompts_of(folder(tmp_path / "a" / name.rsplit("/", 1)[-1])),
        prompts_of(folder(tmp_path / "b" / "encoder", given=name)),
        prompts_of(folder(tmp_path / "c" / "encoder", card=f"# {name.rsplit('/', 1)[-1]}\nText.")),
        prompts_of(
            folder(tmp_path / f"models--{name.replace('/', '--')}" / "snapshots" / "abcdef0123")
        ),
    ]

    assert found == [EncoderPrompts(query, passage, "family")] * 4


@pytest.mark.parametrize(
    "name",
    [
        "sentence-transformers/all-MiniLM-L6-v2",
        "sentence-transformers/all-mpnet-base-v2",
        "BAAI/bge-m3",
        "thenlper/gte-base",
        "the5elements/encoder",
        "base52",
    ],
)
def test_other_encoders_read_the_bare_text(tmp_path: Path, name: str) -> None:
    assert prompts_of(folder(tmp_path / name)) == EncoderPrompts()


def test_what_the_configuration_declares_counts_and_an_empty_default_hides_no_passage_prompt(
    tmp_path: Path,
) -> None:
    declared = {"query": "q: ", "document": "", "passage": "p: "}

    found = prompts_of(folder(tmp_path / "e5-small", prompts=declared))

    assert found == EncoderPrompts("q: ", "p: ", "config")
