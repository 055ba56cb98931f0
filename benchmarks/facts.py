"""Passages for the demo's model: what each way of finding them is worth, and what they are told of.

Questions on made-up people, whose answer one passage holds. Beside it lie a near miss, a number that is
void by now, and here and there a note in the very words of a question. The user already shows two
examples, so all that is missing is the right passage. Then a run on the same task, and one whose corpus
has nothing to do with it.

Fails where any row scores more than the right passages do, where the run does not confirm a candidate
with passages, where the foreign corpus ends in fine_tune, and where terminal or reports do not say for
how many questions the answer stood in the prompt, or in no passage.

    python -m benchmarks.facts [--rows 48]
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ladder
from benchmarks.table import write_table
from examples.tasks import ENCODER, MODEL, made_up_names, write_rows, write_spec
from ladder.api import run_folder_of
from ladder.decision import Decision, record_of
from ladder.measure import Workbench, load_task_data
from ladder.measure.passages_found import search_of
from ladder.measure.right_passages import RightPassages
from ladder.report import load_evidence, to_html, to_markdown, to_text
from ladder.spec.candidate import Candidate
from ladder.spec.load_task import load_task
from ladder.statistics import wilson

COMMAND = "python -m benchmarks.facts"
SEED = 1
FACTS = 300
NOTES = 0.03
"""Share of the facts beside which a note has the words of the question."""

POOL = 40
TARGET = 0.7
RATED = 5
"""Passages that the task's own model is asked about: each is a call."""

KINDS = {
    "gate code": ("What number opens the gate for {name}?", "garage code"),
    "room number": ("In which room does {name} work?", "floor number"),
    "locker number": ("Which locker belongs to {name}?", "wardrobe number"),
    "desk number": ("At which desk does {name} sit?", "shelf number"),
    "badge number": ("What number is on the badge of {name}?", "visitor pass number"),
    "phone extension": ("How is {name} reached by phone?", "fax extension"),
    "parking space": ("Where may {name} leave the car?", "bicycle stand"),
    "table number": ("At which table does {name} eat?", "seat number"),
}
"""For each kind of fact how it is asked for, and a near miss."""

UNUSED = ("template", "prompt", "model", "decoding", "rerank", "few_shot")

BY_ENCODER = {"reranker": ENCODER, "kind": "bi-encoder"}
WAYS: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]] = {
    "closed book": (None, None),
    "lexical": ({"method": "lexical"}, None),
    "lexical, three passages": ({"method": "lexical", "top_k": 3}, None),
    "dense": ({"method": "dense"}, None),
    "fused": ({"method": "fused"}, None),
    "lexical, 20 reranked by the encoder": ({"method": "lexical"}, {**BY_ENCODER, "fetch_k": 20}),
    f"lexical, {RATED} reranked by the model itself": (
        {"method": "lexical"},
        {"kind": "own-model", "fetch_k": RATED},
    ),
    "the right passage": ({"method": "gold"}, None),
}
"""Retrieval and reranking of each row, as a spec has them."""

RIGHT = "the right passage"
SHOWN, ABSENT = "puts it into the prompt for", "is in no passage of"
"""What terminal and reports say of passages that hold the answers, and of those that do not."""


def main() -> int:
    """Write the table; return 0 where all that is promised holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=48, help="questions of the table and the runs")
    n = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for row in _measured(write_facts(Path(folder), n)):
            rows.append(row)
            print(row, file=sys.stderr, flush=True)
        own, foreign = _run(Path(folder), n), _run(Path(folder), n, is_foreign=True)
        untold = [*_untold(own, SHOWN), *_untold(foreign, ABSENT)]
        if foreign[0].verdict == "fine_tune":
            untold.append("a foreign corpus ends in fine_tune")
    print(
        write_table(
            "Facts: passages of each kind",
            rows,
            f"{COMMAND} --rows {n}",
            note=f"{n} questions on made-up people in other words than the passages have, "
            f"{FACTS * 3} passages with near misses, void numbers and a few notes in the words of "
            "questions; SmolLM2-135M in bfloat16 with two examples in the prompt, one passage unless said. Recall: "
            "the answer stood in the prompt. Seconds: of all questions, found and answered, with model, "
            f"passages and their vectors at hand. A run with these methods and target {TARGET} ends so: {_end_of(own)} With "
            f"passages on other things in their place: {_end_of(foreign)}",
        )
    )
    faults = [*_faults(rows, own), *untold]
    print("\n".join(faults))
    return 1 if faults else 0


def write_facts(folder: Path, n: int, *, is_foreign: bool = False) -> Path:
    """Write the task; `is_foreign` puts passages in the corpus that have nothing to do with it."""
    rng = random.Random(SEED)  # noqa: S311 - synthetic data, not a secret
    pairs = [(kind, name) for kind in KINDS for name in rng.sample(made_up_names(), 80)]
    rows, passages = [], []
    for kind, name in rng.sample(pairs, FACTS):
        asked, near = KINDS[kind]
        value, others = rng.randrange(10, 1000), rng.sample(range(10, 1000), 3)
        rows.append({"question": asked.format(name=name), "answer": str(value)})
        passages += [
            f"The {kind} of {name} is {value}.",
            f"{name} {near}: {others[0]}.",
            f"{name}, {kind}: given back last year, {others[1]} is void.",
        ]
        if rng.random() < NOTES:
            words = asked.format(name="a guest").rstrip("?").lower()
            passages.append(f"{name} asks: {words}, and a new one is {others[2]} by Monday.")
    place = folder / ("foreign" if is_foreign else "own")
    place.mkdir()
    write_rows(place / "eval.jsonl", rows[:n])
    write_rows(place / "pool.jsonl", rows[-POOL:])
    corpus = list(_of_other_things(rng)) if is_foreign else passages
    write_rows(place / "passages.jsonl", ({"text": text} for text in corpus))
    unused = {"not_applicable": "this is about passages"}
    return write_spec(
        place,
        {
            "name": place.name,
            "model": {"id": MODEL, "dtype": "bfloat16"},
            "data": {"path": "eval.jsonl", "input": "question", "target": "answer"},
            "prompt": "{{ question }}\nAnswer with the number only.",
            "target": TARGET,
            "generation": {"max_new_tokens": 6},
            "examples": {"pool": "pool.jsonl", "shots": 2, "method": "fixed"},
            "levers": {
                **{name: dict(unused) for name in UNUSED},
                "rag": {"corpus": "passages.jsonl", "encoder": ENCODER, "top_k": [1]},
            },
            "seed": SEED,
        },
    )


def _of_other_things(rng: random.Random) -> Iterator[str]:
    dishes = ("soup", "stew", "pie", "salad", "bread", "cake", "porridge", "omelette")
    added = (
        "leek",
        "barley",
        "plum",
        "fennel",
        "honey",
        "lentil",
        "apple",
        "rye",
        "onion",
        "thyme",
    )
    for dish in dishes:
        for first in added:
            for second in rng.sample(added, 3):
                yield f"For {first} {dish}, let the {second} rest in warm milk before it is stirred in."


def _measured(path: Path) -> Iterator[dict[str, object]]:
    """Yield a row of the table for each way, all on the same questions."""
    task = load_task(path)
    start = task.baseline()
    with Workbench(load_task_data(task)) as bench:
        everywhere = range(len(bench.samples))
        for name, (retrieval, reranking) in WAYS.items():
            candidate = _candidate(start, path.parent, retrieval, reranking)
            rows = bench.measure(candidate, everywhere).rows
            right = sum(row.score for row in rows)
            low, high = wilson(right, len(rows))
            recall = bench.recall(candidate, everywhere)
            # An answer to a prompt that an earlier row had is not given again; its time counts.
            answering = sum(row.answer.seconds for row in rows)
            finding = _milliseconds(bench, candidate)
            yield {
                "passages": name,
                "right": f"{right / len(rows):.2f}",
                "95 % interval": f"{low:.2f} to {high:.2f}",
                "recall": "–" if recall is None else f"{recall:.2f}",
                "ms a question to find": "–" if finding is None else f"{finding:.1f}",
                "seconds": f"{answering + (finding or 0) * len(rows) / 1000:.1f}",
            }


def _milliseconds(bench: Workbench, candidate: Candidate) -> float | None:
    """Return what finding the passages of a question took; None where nobody could."""
    retrieval = candidate.retrieval
    if retrieval is None or retrieval.method == "gold":
        return None
    right, samples = RightPassages(bench.data), list(bench.samples)
    return search_of(right, bench.materials, candidate, samples).milliseconds


def _candidate(
    start: Candidate,
    folder: Path,
    retrieval: dict[str, Any] | None,
    reranking: dict[str, Any] | None,
) -> Candidate:
    given = {"corpus": str(folder / "passages.jsonl"), "encoder": ENCODER, "top_k": 1}
    found = None if retrieval is None else {**given, **retrieval}
    return Candidate.model_validate(
        {**start.model_dump(), "retrieval": found, "reranking": reranking}
    )


def _run(folder: Path, n: int, *, is_foreign: bool = False) -> tuple[Decision, Path]:
    """Return the decision of a whole run, and its folder."""
    path = write_facts(folder, n, is_foreign=True) if is_foreign else folder / "own" / "task.yaml"
    decision = ladder.run(path, runs_folder=path.parent / "runs")
    return decision, run_folder_of(path, path.parent / "runs")


def _end_of(run: tuple[Decision, Path]) -> str:
    decision, _ = run
    best = record_of(decision, decision.configuration)
    by = f" by `{best.label}`" if decision.verdict == "use_lever" and best is not None else ""
    seen = decision.confirmation
    confirmed = f" ({seen.score:.2f} on {seen.n} confirmation samples)" if seen is not None else ""
    return f"{decision.verdict}{by}{confirmed}."


def _faults(rows: list[dict[str, object]], run: tuple[Decision, Path]) -> Iterator[str]:
    by_name = {str(row["passages"]): float(str(row["right"])) for row in rows}
    decision, _ = run
    for name, right in by_name.items():
        if right > by_name[RIGHT]:
            yield f"{name} scores more than the right passages do"
    best = decision.best
    if decision.verdict != "use_lever" or best is None or best.retrieval is None:
        yield f"no passages were confirmed: {decision.verdict}"


def _untold(run: tuple[Decision, Path], wanted: str) -> list[str]:
    """Return where the diagnosis of a run does not stand that must be told of its passages."""
    _, folder = run
    evidence = load_evidence(folder)
    texts = {
        "the terminal": to_text(evidence, is_whole=False),
        "the Markdown report": to_markdown(evidence),
        "the HTML report": to_html(evidence),
    }
    return [
        f"{name} does not tell: {wanted}"
        for name, text in texts.items()
        if wanted not in _one(text)
    ]


def _one(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main())
