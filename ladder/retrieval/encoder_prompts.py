"""`prompts_of`: what an encoder wants to read before a question and before a passage.

Encoders that were trained with such words lose recall without them, and nothing fails. Newer models
declare them in `config_sentence_transformers.json`; of the families below many do not.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from ladder.disk import read_json_object
from ladder.retrieval.model_folder import find_folder, is_here
from ladder.spec.encoder_spec import EncoderSpec, encoder_name

_RETRIEVAL = "Represent this sentence for searching relevant passages: "
_INSTRUCTION = (
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "
)
_CHINESE = "为这个句子生成表示以用于检索相关文章："


@dataclass(frozen=True, slots=True)
class EncoderPrompts:
    """The words before a text.

    Attributes:
        query: Before a question.
        passage: Before a passage.
        source: `spec` where the task says them, `config` where the model declares them, `family`
            where its model card does and its configuration does not, empty where none are known.
    """

    query: str = ""
    passage: str = ""
    source: str = ""


_QUERY_KEYS = ("query", "search_query", "s2p_query", "retrieval.query", "Retrieval-query")
_PASSAGE_KEYS = ("document", "passage", "corpus", "search_document", "retrieval.passage")
"""Names under which configurations declare the two; the first that is not empty counts."""

_FAMILIES: tuple[tuple[str, str, str], ...] = (
    (
        r"e5-.*-instruct|e5-mistral",
        "Instruct: Retrieve passages that answer the question\nQuery: ",
        "",
    ),
    (r"gte-qwen.*-instruct", _INSTRUCTION, ""),
    (r"\be5\b", "query: ", "passage: "),
    (r"bge-(?:small|base|large)-zh", _CHINESE, ""),
    (r"bge-(?:small|base|large)-en", _RETRIEVAL, ""),
    (r"nomic-embed-text", "search_query: ", "search_document: "),
    (r"modernbert-embed", "search_query: ", "search_document: "),
    (r"mxbai-embed-(?:large|xsmall|2d)", _RETRIEVAL, ""),
    (r"arctic-embed-[a-z]+-v2", "query: ", ""),
    (r"arctic-embed", _RETRIEVAL, ""),
    (r"uae-large", _RETRIEVAL, ""),
    (r"ruri", "クエリ: ", "文章: "),
)
"""Name of a family, as its model cards say: the words before a question and before a passage."""


def prompts_of(folder: Path) -> EncoderPrompts:
    """Return the prompts of the encoder in a folder.

    What the configuration declares counts; else the family is known by the folder's name, by the
    name in `config.json`, or by the first heading of the model card.
    """
    declared = _declared(folder)
    if declared is not None:
        return declared
    for name in _names(folder):
        for family, query, passage in _FAMILIES:
            if re.search(family, name):
                return EncoderPrompts(query, passage, "family")
    return EncoderPrompts()


def prompts_before(encoder: str | EncoderSpec | None) -> EncoderPrompts:
    """Return the prompts of an encoder by its name; none where it is not on this machine.

    What the task says counts more than what the encoder's files say.
    """
    name = encoder_name(encoder)
    own = prompts_of(find_folder(name)) if is_here(name) else EncoderPrompts()
    return prompts_wanted(own, encoder) if isinstance(encoder, EncoderSpec) else own


def prompts_wanted(own: EncoderPrompts, wanted: EncoderSpec) -> EncoderPrompts:
    """Return an encoder's own prompts, with those in their place that the task says."""
    if wanted.query_prompt is None and wanted.passage_prompt is None:
        return own
    query = own.query if wanted.query_prompt is None else wanted.query_prompt
    passage = own.passage if wanted.passage_prompt is None else wanted.passage_prompt
    return EncoderPrompts(query, passage, "spec")


def _declared(folder: Path) -> EncoderPrompts | None:
    prompts = read_json_object(folder / "config_sentence_transformers.json").get("prompts")
    if not isinstance(prompts, dict):
        return None
    query, passage = (
        next((str(prompts[key]) for key in keys if prompts.get(key)), "")
        for keys in (_QUERY_KEYS, _PASSAGE_KEYS)
    )
    return EncoderPrompts(query, passage, "config") if query or passage else None


def _names(folder: Path) -> list[str]:
    given = str(read_json_object(folder / "config.json").get("_name_or_path") or "")
    card = folder / "README.md"
    text = card.read_text("utf-8", errors="replace") if card.is_file() else ""
    heading = next((line for line in text.splitlines() if line.startswith("# ")), "")
    # A hub's cache names the folder after the revision; the model's name stands two folders above.
    above = [parent.name for parent in folder.resolve().parents][:2]
    names = (folder.resolve().name, *(name for name in above if "--" in name), given, heading)
    return [name.lower() for name in names if name]
