"""How well and how fast passages are found: Cranfield, and how both grow with the corpus.

python -m benchmarks.retrieval [growth [--most 200000]] [--data ../shared/data/datasets/cranfield]

Beside it stands a plain LangChain pipeline on the same corpus, with the same encoder, where it is
installed: `pip install --target FOLDER langchain-community langchain-huggingface langchain-classic
rank_bm25`, then `--langchain FOLDER`.

The passages are found by the code of a run, and scored by ir-measures. Of Cranfield's codes 1 to 4
are the gains 4 to 1, and -1 is the gain 0, as its readme says. With `growth` random vectors are
searched besides, each size in a process of its own. It fails where Cranfield is found less well than
is asked.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from benchmarks.table import write_table
from ladder.data import load_samples
from ladder.measure import TaskData
from ladder.measure.materials import Materials
from ladder.measure.passages_found import search_of
from ladder.measure.right_passages import RightPassages
from ladder.models.locate import PACKAGED_ENCODER
from ladder.retrieval.index import HUGE, VectorIndex
from ladder.retrieval.vectors import Vectors
from ladder.spec.candidate import Candidate
from ladder.spec.load_task import load_task

CRANFIELD = Path(__file__).resolve().parents[2] / "shared/data/datasets/cranfield"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
INDEXES = ("exact", "HNSW", "IVF")
QUESTIONS, WIDTH, DIRECTIONS = 100, 384, 32
Search = Callable[[Vectors, int], npt.NDArray[np.int64]]
_FIELD = re.compile(r"^\.([A-Z])(?: (\d+))?\s*$")

WAYS: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "lexical": ({"method": "lexical", "language": "english"}, None),
    "dense": ({"method": "dense"}, None),
    "fused": ({"method": "fused", "language": "english"}, None),
    "fused, 0.6 dense": ({"method": "fused", "language": "english", "dense_weight": 0.6}, None),
    "lexical, 100 reranked by the encoder": (
        {"method": "lexical", "language": "english"},
        {"reranker": PACKAGED_ENCODER, "kind": "bi-encoder", "fetch_k": 100},
    ),
}
"""Retrieval and reranking of each way, as a spec has them."""


ASKED = {"lexical": 0.37, "dense": 0.38, "the best": 0.415}
"""The least nDCG@10 of Cranfield."""


def main() -> int:
    """Write the tables into docs/benchmarks.md; return 0 where Cranfield is found as well as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=CRANFIELD, help="the folder of Cranfield")
    parser.add_argument("--langchain", default="", metavar="FOLDER", help="where LangChain lies")
    parser.add_argument("also", nargs="?", choices=["growth"], help="search random vectors besides")
    parser.add_argument("--most", type=int, default=SIZES[-1], help="the most of these vectors")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--index", choices=INDEXES, default="exact", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.size:
        print(json.dumps(_of_size(arguments.size, arguments.index)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        rows = list(_cranfield(arguments.data, Path(folder)))
        rows += _by_langchain(Path(folder), arguments.langchain)
    print(
        write_table(
            "Retrieval: Cranfield",
            rows,
            "python -m benchmarks.retrieval",
            note="1,400 abstracts, 225 questions with graded passages, gains 4, 3, 2, 1 and 0; dense is "
            "all-MiniLM-L6-v2 (it reads 256 tokens: nearly a third of the abstracts lose their end). "
            "By the code of a run; ms: a question, with the corpus read and encoded. LangChain as its pages "
            "show it, asked one question after another, with the same encoder.",
        )
    )
    if arguments.also:
        print(
            write_table(
                "Retrieval: growth",
                list(_grown(arguments.most)),
                "python -m benchmarks.retrieval growth",
                note=f"Random unit vectors of {WIDTH} numbers in {DIRECTIONS} directions, {QUESTIONS} "
                "questions, the 10 nearest; each line in a process of its own. HNSW has 32 links and "
                "80 candidates while it is built; of the lists of IVF, as many as the root of the "
                "passages, an eighth is read. Recall is against the exact search. ladder searches "
                f"exactly up to {HUGE:,} passages, and by HNSW beyond.",
            )
        )
    short = list(_short(rows))
    print("\n".join(short))
    return 1 if short else 0


def _cranfield(data: Path, folder: Path) -> Iterator[dict[str, object]]:
    task = load_task(_write_task(data, folder))
    samples = load_samples(task.data)
    task_data = TaskData(task, samples)
    right, materials = RightPassages(task_data), Materials(task_data)
    for name, (retrieval, reranking) in WAYS.items():
        found = {
            k: search_of(
                right,
                materials,
                _candidate(task.baseline(), folder, retrieval, reranking, k),
                samples,
            )
            for k in (10, 100)
        }
        yield {
            "way": name,
            "nDCG@10": f"{found[10].ndcg:.3f}",
            "MRR@10": f"{found[10].mrr:.3f}",
            "recall@10": f"{found[10].recall:.3f}",
            "recall@100": f"{found[100].recall:.3f}",
            "ms a question": f"{found[10].milliseconds:.2f}",
            "memory, MiB": f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}",
        }


def _by_langchain(folder: Path, where: str) -> list[dict[str, object]]:
    """Return the rows of a plain LangChain pipeline; none where it is not installed."""
    command = [sys.executable, "-m", "benchmarks.retrieval_rivals", str(folder), where]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def _short(rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Yield what falls short of what is asked of Cranfield's nDCG@10."""
    scores = {str(row["way"]): float(str(row["nDCG@10"])) for row in rows}
    found = {name: scores[name] for name in ("lexical", "dense")}
    found["the best"] = max(scores[name] for name in WAYS)
    for name, least in ASKED.items():
        if found[name] < least:
            yield f"{name} {found[name]:.3f}, where {least:g} is asked"


def _candidate(
    start: Candidate,
    folder: Path,
    retrieval: dict[str, Any],
    reranking: dict[str, Any] | None,
    k: int,
) -> Candidate:
    given = {"corpus": str(folder / "corpus.jsonl"), "encoder": PACKAGED_ENCODER, "top_k": k}
    parts = {"retrieval": {**given, **retrieval}, "reranking": reranking}
    return Candidate.model_validate({**start.model_dump(), **parts})


def cranfield_rows(data: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return Cranfield's passages and its questions, each with the grades of its passages."""
    passages = [
        {"id": number, "text": f"{fields['T']}\n{fields['W']}".strip()}
        for number, fields in _records(data / "cran.all.1400")
    ]
    grades: dict[int, dict[str, int]] = defaultdict(dict)
    for line in (data / "cranqrel").read_text().splitlines():
        question, passage, code = line.split()
        grades[int(question)][passage] = max(0, 5 - int(code)) if int(code) > 0 else 0
    # The judgements number the questions by their order, not by the ids in the file.
    rows = [
        {"input": fields["W"].strip(), "target": "-", "right": grades[at]}
        for at, (_, fields) in enumerate(_records(data / "cran.qry"), start=1)
    ]
    return [each for each in passages if each["text"]], rows


def _write_task(data: Path, folder: Path) -> Path:
    """Write Cranfield as a corpus, rows and a spec; return the spec's path."""
    passages, rows = cranfield_rows(data)
    for name, lines in (("corpus", passages), ("eval", rows)):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    spec = {
        "name": "cranfield",
        "model": "none",
        "data": {"path": "eval.jsonl", "gold": "right"},
        "target": 0.8,
    }
    path = folder / "task.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    return path


def _records(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the number and the fields of each record in SMART's format."""
    number, fields, field = "", defaultdict[str, str](str), ""
    for line in path.read_text(encoding="latin-1").splitlines(keepends=True):
        found = _FIELD.match(line)
        if found is None:
            fields[field] += line
            continue
        field = found[1]
        if field == "I":
            if number:
                yield number, fields
            number, fields = str(int(found[2])), defaultdict(str)
    yield number, fields


def _grown(most: int) -> Iterator[dict[str, object]]:
    """Yield a row for each size and index, each in a process of its own."""
    for size in SIZES:
        for index in INDEXES:
            if size <= most:
                row = _in_its_own_process(size, index)
                print(row, file=sys.stderr, flush=True)
                yield row


def _in_its_own_process(size: int, index: str) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.retrieval", "--size", str(size), "--index", index]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def _of_size(size: int, index: str) -> dict[str, object]:
    """Search random vectors whose directions differ as much as those of texts do: in few of them."""
    draw = np.random.default_rng(0)
    shape = draw.standard_normal((DIRECTIONS, WIDTH), dtype=np.float32)
    vectors = draw.standard_normal((size, DIRECTIONS), dtype=np.float32) @ shape
    queries = draw.standard_normal((QUESTIONS, DIRECTIONS), dtype=np.float32) @ shape
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    VectorIndex(queries).search(queries, 1)  # loading torch is no part of any row
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    search = SEARCHES[index](vectors)
    search(queries[:1], 10)
    ready = time.monotonic()
    found = search(queries, 10)
    took = time.monotonic() - ready
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    exact = VectorIndex(vectors, huge=size).search(queries, 10)
    shared = [
        len(set(one) & set(other))
        for one, other in zip(found.tolist(), exact.tolist(), strict=True)
    ]
    return {
        "passages": f"{size:,}",
        "index": index,
        "ready after, s": f"{ready - started:.2f}",
        "ms a question": f"{1000 * took / QUESTIONS:.2f}",
        "recall": f"{sum(shared) / (10 * QUESTIONS):.3f}",
        "vectors, MiB": f"{vectors.nbytes / 2**20:.0f}",
        "memory beside them, MiB": f"{(peak - before) / 1024:.0f}",
    }


def _exact(vectors: Vectors) -> Search:
    return VectorIndex(vectors, huge=len(vectors)).search


def _by_graph(vectors: Vectors) -> Search:
    return VectorIndex(vectors, huge=0, least_recall=0.0).search


def _by_lists(vectors: Vectors) -> Search:
    """Return a search of faiss' inverted lists: as many as the root of the passages, an eighth read."""
    lists = round(len(vectors) ** 0.5)
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(WIDTH), WIDTH, lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.niter, index.cp.max_points_per_centroid = 10, 64
    index.train(vectors)
    index.add(vectors)
    index.nprobe = max(1, lists // 8)
    return lambda queries, top_k: np.asarray(index.search(queries, top_k)[1], dtype=np.int64)


SEARCHES: dict[str, Callable[[Vectors], Search]] = {
    "exact": _exact,
    "HNSW": _by_graph,
    "IVF": _by_lists,
}


if __name__ == "__main__":
    sys.exit(main())
