"""Lever 4 on the demo's model: constrained output and greedy decoding, each confirmed, here and on a server.

    python -m benchmarks.constraint

Tasks that the demo's model fails as they are written: JSON with the number of an order, labels of a
review (written, or taken by their likelihood), and an answer that is sampled. Each goes to its verdict
on local weights, JSON and labels through llama.cpp's server too. Then what holding answers to a form costs, and how near the likelihoods
of labels side by side are to those of one by one.
"""

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ladder
from benchmarks.table import write_table
from examples.tasks import MODEL, ticket_about
from ladder.decision import record_of
from ladder.models.base import Message, Request
from ladder.models.local.constrained_rows import ConstrainedRows
from ladder.models.local.label_likelihoods import PromptWithLabels, label_likelihoods
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.local.prefix import PrefixMemory
from ladder.models.prompt import with_endings
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.spec.constraint import Constraint
from ladder.testing import llama_server
from ladder.testing.task_files import write_task

COMMAND = "python -m benchmarks.constraint"
N = 100
MOST_CPU = 0.03
NEAR = 1e-4

LABELS = ("positive", "negative")
REVIEWS = {
    "prompt": "Classify the review as positive or negative.\n\nReview: {{ input }}",
    "metric": {"name": "choice", "labels": list(LABELS)},
    "generation": {"max_new_tokens": 8},
}
THINGS = ("lamp", "kettle", "tent", "chair", "radio", "jacket")
PRAISE = (
    "I love it", "it works perfectly", "it is the best purchase of the year", "the quality is wonderful",
    "my family is delighted", "the service was excellent", "I am very happy with it", "it is fantastic",
)  # fmt: skip
BLAME = (
    "I hate it", "it broke after a day", "it is the worst purchase of the year", "the quality is awful",
    "my family is disappointed", "the service was terrible", "I am very angry about it",
    "it is a waste of money",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormTask:
    """A task that a form or a setting of lever 4 decides: its rows and the parts of its spec.

    Attributes:
        rows: Makes so many rows.
        spec: What `write_task` takes.
        least: What the confirmed score must be.
        held_by: What must stand in the name of the candidate that is chosen.
    """

    rows: Callable[[random.Random, int], list[dict[str, Any]]]
    spec: Mapping[str, Any]
    least: float
    held_by: str


def order_rows(rng: random.Random, n: int) -> list[dict[str, Any]]:
    """Return tickets with the number of their order as JSON."""
    numbers = rng.sample(range(100, 1000), n)
    return [{"input": ticket_about(rng, each), "target": {"order": each}} for each in numbers]


def number_rows(rng: random.Random, n: int) -> list[dict[str, Any]]:
    """Return the same tickets with the number alone."""
    return [
        {"input": row["input"], "target": str(row["target"]["order"])} for row in order_rows(rng, n)
    ]


def review_rows(rng: random.Random, n: int) -> list[dict[str, Any]]:
    """Return reviews of two sentences, half of them praise."""
    found = []
    for label, pieces in zip(LABELS, (PRAISE, BLAME), strict=True):
        pairs = list(itertools.product(THINGS, itertools.combinations(pieces, 2)))
        found += [
            {"input": f"The {thing}: {one}, and {other}.", "target": label}
            for thing, (one, other) in rng.sample(pairs, n // 2)
        ]
    rng.shuffle(found)
    return found


TASKS: Mapping[str, FormTask] = {
    "JSON": FormTask(
        order_rows,
        {
            "prompt": "Extract the order number from the ticket as JSON with the key order.\n\n"
            "Ticket: {{ input }}",
            "metric": {"name": "json_fields", "fields": {"order": "number"}, "score": "all"},
            "generation": {"max_new_tokens": 16},
            "target": 0.85,
        },
        0.95,
        "JSON",
    ),
    "labels": FormTask(
        review_rows,
        {
            **REVIEWS,
            "target": 0.8,
        },
        0.8,
        "labels",
    ),
    "likeliest label": FormTask(
        review_rows,
        {
            **REVIEWS,
            "levers": {
                "decoding": {"grid": {"constraint": ["labels"], "answer_by": ["mean_likelihood"]}}
            },
            "target": 0.65,
        },
        0.65,
        "mean_likelihood",
    ),
    "sampling": FormTask(
        number_rows,
        {
            "prompt": "Extract the order number from the ticket. Reply with the number only.\n\n"
            "Ticket: {{ input }}",
            "metric": "numeric",
            "generation": {"max_new_tokens": 12, "temperature": 1.0},
            "target": 0.75,
        },
        0.75,
        "temperature=0",
    ),
}


RUNS = (
    *itertools.product(("JSON", "labels"), ("here", "server")),
    ("likeliest label", "here"),
    ("sampling", "here"),
)
"""Which task goes to its verdict where."""


def write_form_task(name: str, folder: Path, *, n: int = N, **fields: Any) -> Path:  # noqa: ANN401 - parts of a spec
    """Write one of the tasks, with lever decoding alone to try; return the path of its spec."""
    made = TASKS[name]
    return write_task(
        folder,
        fields.pop("model", MODEL),
        name=name.lower().replace(" ", "-"),
        rows=made.rows(random.Random(0), n),  # noqa: S311 - synthetic data, not a secret
        **{"levers": {"decoding": {}}, **made.spec, **fields},
    )


@contextmanager
def models(place: str) -> Iterator[Any]:
    """Yield what a spec says of the demo's model, here or behind llama.cpp's server."""
    if place == "here":
        yield MODEL
        return
    with llama_server(ModelRef(id=MODEL), context_tokens=2048) as served:
        yield {"id": served.id, "base_url": served.base_url, "concurrency": served.concurrency}


def verdict_row(name: str, place: str, n: int, folder: Path) -> dict[str, object]:
    """Return the verdict of a task on local weights or on a server, and what was confirmed."""
    made = TASKS[name]
    with models(place) as model:
        spec = write_form_task(name, folder / f"{name}-{place}", n=n, model=model)
        decision = ladder.run(spec, runs_folder=folder / "runs")
    best, confirmed = record_of(decision, decision.configuration), decision.confirmation
    broken = 0 if best is None or best.breaches is None else best.breaches.broken
    label = "" if best is None else best.label
    is_kept = (
        decision.verdict == "use_lever"
        and confirmed is not None
        and confirmed.score >= made.least
        and made.held_by in label
        and not broken
    )
    return {
        "task": name,
        "model": "local weights" if place == "here" else "llama.cpp's server",
        "as written": decision.ledger.baseline.score,
        "verdict": decision.verdict,
        "candidate": label,
        "confirmed": "" if confirmed is None else f"{confirmed.score:.2f} on {confirmed.n}",
        "answers in another form": broken,
        "asked": f"use_lever, ≥ {made.least:.2f}, target {made.spec['target']:.2f}",
        "kept": "yes" if is_kept else "no",
    }


class _Timed:
    """Counts the seconds of this thread in the processors that hold answers to a form."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count while the block lasts."""
        plain = ConstrainedRows.processor

        def processor(rows: ConstrainedRows, start: int) -> Any:  # noqa: ANN401 - torch's tensors
            mask_out = plain(rows, start)

            def timed(ids: Any, scores: Any) -> Any:  # noqa: ANN401
                began = time.thread_time()
                found = mask_out(ids, scores)
                self.seconds += time.thread_time() - began
                return found

            return timed

        ConstrainedRows.processor = processor  # type: ignore[assignment, method-assign]
        try:
            yield
        finally:
            ConstrainedRows.processor = plain  # type: ignore[method-assign]


def processor_row(generator: LocalGenerator, n: int = 32) -> tuple[dict[str, object], bool]:
    """Return which share of the processor time goes into the form; and whether that is too much."""
    made = TASKS["JSON"]
    rows = order_rows(random.Random(1), n)  # noqa: S311 - synthetic data, not a secret
    schema = {"type": "object", "properties": {"order": {"type": "integer"}}, "required": ["order"]}
    decoding = Decoding(max_new_tokens=16).held(Constraint(kind="json_schema", json_schema=schema))
    requests = [_request(made, row["input"], decoding) for row in rows]
    list(generator.generate(requests[:2]))
    timed, began = _Timed(), time.process_time()
    with timed.watching():
        list(generator.generate(requests))
    share = timed.seconds / (time.process_time() - began)
    row: dict[str, object] = {
        "what": f"share of the processor time of {n} JSON answers that goes into their form",
        "found": f"{share:.4f}",
        "asked": f"≤ {MOST_CPU}",
    }
    return row, share > MOST_CPU


def likelihood_row(generator: LocalGenerator, n: int = 6) -> tuple[dict[str, object], bool]:
    """Return how far the likelihoods of labels side by side are from those of one by one."""
    made = TASKS["labels"]
    labels = (*LABELS, "positive about the price", "neither", "posit", "a negative: late")
    rows = []
    for row in review_rows(random.Random(1), n):  # noqa: S311 - synthetic data, not a secret
        request = _request(made, row["input"], Decoding())
        prompt, *wholes = with_endings(request, generator.tokenizer, ["", *labels])
        rows.append(PromptWithLabels.of(prompt.ids, [whole.ids for whole in wholes]))
    ends = [generator.tokenizer.token_id("<|im_end|>") or 0]
    furthest = max(
        abs(one - other)
        for one, other in zip(
            _totals(generator, rows, ends),
            _totals(
                generator,
                [PromptWithLabels(row.base, (each,)) for row in rows for each in row.labels],
                ends,
            ),
            strict=True,
        )
    )
    row = {
        "what": f"largest difference of a label's log-likelihood in one packed pass from one by one, "
        f"{len(rows)} prompts with {len(labels)} labels",
        "found": f"{furthest:.1e}",
        "asked": f"≤ {NEAR:.0e}",
    }
    return row, furthest > NEAR


def _totals(
    generator: LocalGenerator, rows: Sequence[PromptWithLabels], ends: Sequence[int]
) -> list[float]:
    found: dict[int, list[float]] = {}
    memory = PrefixMemory(generator.model)
    for some, several in label_likelihoods(memory, rows, ends, max_rows=8):
        found.update((at, [x.total for x in each]) for at, each in zip(some, several, strict=True))
    return [total for at in range(len(rows)) for total in found[at]]


def _request(made: FormTask, text: str, decoding: Decoding) -> Request:
    prompt = str(made.spec["prompt"]).replace("{{ input }}", text)
    return Request((Message("user", prompt),), ChatSetup(), decoding)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables, and return 1 where something falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("verdicts", "costs"))
    parser.add_argument("--n", type=int, default=N, help="rows of each task")
    parser.add_argument(
        "--folder",
        type=Path,
        help="keeps the runs; one on local weights that ended is not made again",
    )
    chosen = parser.parse_args(arguments)
    short = []
    folder = chosen.folder or Path(tempfile.mkdtemp())
    if chosen.only in (None, "verdicts"):
        rows = []
        for name, place in RUNS:
            rows.append(verdict_row(name, place, chosen.n, folder))
            print(rows[-1], flush=True)
            short += [f"{name}, {place}"] if rows[-1]["kept"] == "no" else []
        note = (
            f"{chosen.n} examples each; lever decoding alone is tried. As written, the demo's model fails "
            "every one of them. An answer in another form is one that breaks the constraint of its candidate."
        )
        write_table("Output that is held to a form", rows, COMMAND, note=note)
    if chosen.only in (None, "costs"):
        generator = LocalGenerator(ModelRef(id=MODEL, dtype="float32"))
        rows = []
        for make in (processor_row, likelihood_row):
            row, is_short = make(generator)
            print(row, flush=True)
            rows.append(row)
            short += [str(row["what"])] * is_short
        write_table("What a form costs", rows, COMMAND, note="The demo's model at float32.")
    for each in short:
        print(f"FALLS SHORT  {each}", file=sys.stderr)
    return 1 if short else 0


if __name__ == "__main__":
    raise SystemExit(main())
