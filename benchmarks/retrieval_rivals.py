"""The same passages found by a plain LangChain pipeline, as its pages show it, with the same encoder.

python -m benchmarks.retrieval_rivals CORPUS_AND_EVAL_FOLDER [PACKAGES_FOLDER]

It prints its rows as JSON, in a process of its own, so that memory is its own; nothing where LangChain
is not installed.
"""

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from ladder.models.locate import PACKAGED_ENCODER
from ladder.retrieval.model_folder import find_folder
from ladder.retrieval.ranking_scores import ranking_scores

DEPTH = 100
WARMED_UP = 5
"""Questions that are asked before the clock runs."""

Search = Callable[[str], list[Any]]


class LangChain(NamedTuple):
    """The packages that a pipeline takes."""

    community: Any
    retrievers: Any
    huggingface: Any
    documents: Any


def main(folder: Path, packages: str) -> None:
    """Print the rows of LangChain for a corpus and questions with graded passages, as JSON."""
    langchain = import_langchain(packages)
    if langchain is None:
        print("[]")
        return
    passages, rows = (
        [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
        for name in ("corpus", "eval")
    )
    found = langchain_rows(
        langchain,
        {each["id"]: each["text"] for each in passages},
        [each["input"] for each in rows],
        [each["right"] for each in rows],
    )
    print(json.dumps(list(found)))


def import_langchain(folder: str) -> LangChain | None:
    """Return LangChain, from a folder of its own or from where packages are; None where it is absent."""
    if folder:
        sys.path.append(folder)
    try:
        return LangChain(
            importlib.import_module("langchain_community.vectorstores"),
            importlib.import_module("langchain_classic.retrievers"),
            importlib.import_module("langchain_huggingface"),
            importlib.import_module("langchain_core.documents"),
        )
    except ImportError:
        return None


def langchain_rows(
    langchain: LangChain,
    passages: Mapping[str, str],
    questions: Sequence[str],
    grades: Sequence[Mapping[str, int]],
) -> Iterator[dict[str, object]]:
    """Yield how well and how fast it finds the passages of some questions, a row a retriever.

    Args:
        langchain: Its packages.
        passages: Texts by id.
        questions: What is asked.
        grades: Of each question the grade of each passage by id.
    """
    for name, search in _searches(langchain, passages):
        for question in questions[:WARMED_UP]:
            search(question)
        started = time.monotonic()
        found = [search(question) for question in questions]
        took = time.monotonic() - started
        ids = [[each.metadata["id"] for each in one] for one in found]
        first, all_found = (ranking_scores(grades, ids, k) for k in (10, DEPTH))
        if first is None or all_found is None:
            raise ValueError("no question has a graded passage")
        yield {
            "way": f"LangChain {version('langchain-core')}: {name}",
            "nDCG@10": f"{first.ndcg:.3f}",
            "MRR@10": f"{first.mrr:.3f}",
            "recall@10": f"{first.recall:.3f}",
            "recall@100": f"{all_found.recall:.3f}",
            "ms a question": f"{1000 * took / len(questions):.2f}",
            "memory, MiB": f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}",
        }


def _searches(langchain: LangChain, passages: Mapping[str, str]) -> Iterator[tuple[str, Search]]:
    """Yield each retriever as its page builds it: nothing but the number of passages is set."""
    texts = [
        langchain.documents.Document(page_content=text, metadata={"id": name})
        for name, text in passages.items()
    ]
    embeddings = langchain.huggingface.HuggingFaceEmbeddings(
        model_name=str(find_folder(PACKAGED_ENCODER))
    )
    bm25 = importlib.import_module("langchain_community.retrievers").BM25Retriever
    words = bm25.from_documents(texts, k=DEPTH)
    store = langchain.community.FAISS.from_documents(texts, embeddings)
    vectors = store.as_retriever(search_kwargs={"k": DEPTH})
    both = langchain.retrievers.EnsembleRetriever(retrievers=[words, vectors], weights=[0.5, 0.5])
    for name, retriever in (
        ("BM25Retriever", words),
        ("FAISS", vectors),
        ("EnsembleRetriever", both),
    ):
        yield name, retriever.invoke


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
