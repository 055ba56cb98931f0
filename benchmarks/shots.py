"""Measure worked examples: banking77 by how they are chosen, and order numbers of a base model.

python -m benchmarks.shots DATA [questions]

DATA is a folder with `datasets/banking77` and `models/stories260K`. With `base` in the place of the
questions only base models are measured. Fails where the nearest examples are less than ten points
above random ones, where a base model reads fewer order numbers than the chat form by more than chance
or in more than one ticket in twenty, where any of its answers with examples is empty, or where examples
make the right answers no likelier to a tiny base model.
"""

import csv
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.table import write_table
from examples.tasks import ENCODER, MODEL, order_number, write_rows, write_spec
from ladder.levers import FewShot
from ladder.measure import Workbench, load_task_data
from ladder.measure.measurement import Scored
from ladder.spec.candidate import Candidate, ChatSetup, Classifier, ModelRef
from ladder.spec.load_task import load_task
from ladder.statistics import mcnemar_worse, wilson

LABELS = 10
SHOTS = 4
GAIN = 0.10
TICKETS = 80
DRAWS = 3
"""Draws of the examples: what one of them gives is luck of the draw in part."""

CHANCE = 0.05
"""Chance of as many tickets lost if the two forms were alike, below which one is worse."""

MOST_LOST = 0.05
"""Share of tickets that the completion form may lose against the chat form at the most."""


def main(data: Path, n: int) -> int:
    """Write the tables; return 0 where all that is promised holds. Without questions only base models."""
    faults = [*(_by_choice(data, n) if n else ()), *_of_base_model(), *_of_tiny_model(data)]
    print("\n".join(faults))
    return 1 if faults else 0


def _by_choice(data: Path, n: int) -> list[str]:
    """Write how much it matters how examples are chosen; return what falls short."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = choices(Path(folder), data, n)
    print(
        write_table(
            "Worked examples, by how they are chosen",
            [{"examples": name, **_with_interval(scores)} for name, scores in chosen.items()],
            f"python -m benchmarks.shots DATA {n}",
            note=f"banking77, {LABELS} labels, {n} test questions, {SHOTS} examples out of the training "
            "questions of these labels, SmolLM2-135M, greedy, exact match, Wilson intervals of 95 %. "
            "`bootstrapped`: the model's own right answers, and the pool's where it has too few. The "
            "last row asks no language model: it copies the label of the most similar question.",
        ),
        flush=True,
    )
    gain = _mean(chosen["nearest"]) - _mean(chosen["random"])
    return ["nearest is not ten points above random"] * (gain < GAIN)


def _of_base_model() -> list[str]:
    """Write what the demo's weights make of examples as a base model; return what falls short."""
    with tempfile.TemporaryDirectory() as folder:
        base = base_model(Path(folder))
    print(
        write_table(
            "Worked examples for a base model",
            [
                {
                    "mode": mode,
                    "shots": shots,
                    **_with_interval([row.score for row in found]),
                    "empty": _empty(found),
                    "only this form": _only_first(found, base[_other(mode), shots]),
                }
                for (mode, shots), found in base.items()
            ],
            "python -m benchmarks.shots DATA base",
            note=f"Order numbers read from {TICKETS} tickets by the same weights, by their chat template "
            f"and as a base model (mode completion), with {DRAWS} draws of the examples; strict exact "
            "match, Wilson intervals of 95 % of tickets and draws. `only this form`: read right by this "
            "form and not by the other with the same examples.",
        ),
        flush=True,
    )
    faults = []
    for shots in (2, 4):
        chat, completion = base["chat", shots], base["completion", shots]
        lost, won = _only_first(chat, completion), _only_first(completion, chat)
        is_worse = lost > won and mcnemar_worse(won, lost) <= CHANCE
        if is_worse or lost - won > MOST_LOST * len(chat):
            faults.append(f"completion with {shots} shots is behind the chat form")
    return faults + [
        f"{mode}: empty answers" for (mode, shots), found in base.items() if shots and _empty(found)
    ]


def _of_tiny_model(data: Path) -> list[str]:
    """Write what examples are to a base model without a chat template; return what falls short."""
    with tempfile.TemporaryDirectory() as folder:
        rows = tiny_model(Path(folder), data / "models/stories260K")
    print(
        write_table(
            "Worked examples for a tiny base model",
            rows,
            "python -m benchmarks.shots DATA base",
            note=f"stories260K, 260,000 parameters trained on stories, on the same {TICKETS} tickets. It has "
            "no chat template, and mode chat is refused by name. It reads no number, with examples or "
            "without; but no answer is empty, and examples make the right one likelier. Likelihood: the "
            "mean logarithm a token of the right answer, in nats.",
        )
    )
    plain, *shown = (float(str(row["likelihood"])) for row in rows)
    faults = ["the tiny model: empty answers"] * any(row["empty"] for row in rows[1:])
    return faults + ["the tiny model: examples do not help"] * (max(shown) <= plain)


def choices(folder: Path, data: Path, n: int) -> Mapping[str, Sequence[float]]:
    """Return the scores of the answers by how the examples are chosen."""
    test, train = (_rows(data / f"datasets/banking77/{name}.csv") for name in ("test", "train"))
    labels = sorted({row["category"] for row in test})
    kept = sorted(random.Random(0).sample(labels, LABELS))  # noqa: S311 - a fixed draw
    asked = [row for row in test if row["category"] in kept]
    random.Random(1).shuffle(asked)  # noqa: S311
    write_rows(folder / "eval.jsonl", asked[:n])
    write_rows(folder / "pool.jsonl", [row for row in train if row["category"] in kept])
    spec = write_spec(
        folder,
        {
            "name": "intents",
            "model": MODEL,
            "data": {
                "path": "eval.jsonl",
                "input": "text",
                "target": "category",
                "on_leak": "exclude",
            },
            "prompt": {
                "system": f"Which intent does the question have? One of: {', '.join(kept)}.",
                "user": "Question: {{ text }}\nIntent:",
            },
            "target": 0.8,
            "generation": {"max_new_tokens": 12},
            "levers": {
                "few_shot": {
                    "pool": "pool.jsonl",
                    "shots": [SHOTS],
                    "methods": ["random", "nearest", "diverse", "bootstrapped"],
                    "encoder": ENCODER,
                }
            },
        },
    )
    task = load_task(spec)
    start = task.baseline()
    pool = str(task.levers.few_shot.pool)
    neighbour = Classifier(method="nearest", pool=pool, encoder=ENCODER)
    tried = {"none": start}
    for each in FewShot().propose(task, start):
        if each.examples is not None:
            tried[each.examples.method] = each
    tried["neighbour's label alone"] = Candidate(model=ModelRef.of_classifier(neighbour))
    with Workbench(load_task_data(task)) as bench:
        scores = {}
        for name, each in tried.items():
            scores[name] = [row.score for row in _measured(bench, each)]
            print(f"{name}: {_mean(scores[name]):.2f}", file=sys.stderr, flush=True)
        return scores


def base_model(folder: Path) -> dict[tuple[str, int], list[Scored]]:
    """Return order numbers read with 0, 2 and 4 examples, as a chat and as a base model."""
    task = load_task(order_number(folder, 5, n=TICKETS))
    start = task.baseline()
    lever = task.levers.few_shot.replace(shots=(2, 4), draws=DRAWS)
    levers = task.levers.replace(few_shot=lever)
    found: dict[tuple[str, int], list[Scored]] = defaultdict(list)
    with Workbench(load_task_data(task)) as bench:
        for mode in ("chat", "completion"):
            plain = start.replace(chat=ChatSetup.model_validate({"mode": mode}))
            for each in (plain, *FewShot().propose(task.replace(levers=levers), plain)):
                shots = each.examples.shots if each.examples else 0
                found[mode, shots] += _measured(bench, each)
                print(f"{mode}, {shots} shots", file=sys.stderr, flush=True)
    return dict(found)


def tiny_model(folder: Path, weights: Path) -> list[dict[str, object]]:
    """Return how likely the right order numbers are to a tiny base model with 0, 2 and 4 examples."""
    task = load_task(
        order_number(folder, 5, n=TICKETS), overrides=[f"model={weights}", "chat.mode=completion"]
    )
    lever = task.levers.few_shot.replace(shots=(2, 4))
    start = task.baseline()
    shown = FewShot().propose(task.replace(levers=task.levers.replace(few_shot=lever)), start)
    rows: list[dict[str, object]] = []
    with Workbench(load_task_data(task)) as bench:
        for each in (start, *shown):
            found = _measured(bench, each)
            likelihoods = bench.log_likelihoods(each, range(TICKETS)) or [float("nan")]
            rows.append(
                {
                    "shots": each.examples.shots if each.examples else 0,
                    **_with_interval([row.score for row in found]),
                    "empty": _empty(found),
                    "likelihood": f"{_mean(likelihoods):.2f}",
                }
            )
    return rows


def _other(mode: str) -> str:
    return "chat" if mode == "completion" else "completion"


def _empty(rows: Sequence[Scored]) -> int:
    return sum(not row.text.strip() for row in rows)


def _only_first(rows: Sequence[Scored], others: Sequence[Scored]) -> int:
    """Return how many samples the first answers right and the others do not."""
    return sum(one.score > other.score for one, other in zip(rows, others, strict=True))


def _with_interval(scores: Sequence[float]) -> dict[str, str]:
    low, high = wilson(sum(scores), len(scores))
    return {"right": f"{_mean(scores):.2f}", "interval": f"{low:.2f} to {high:.2f}"}


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)


def _measured(bench: Workbench, candidate: Candidate) -> Sequence[Scored]:
    return bench.measure(candidate, range(len(bench.samples))).rows


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    asked = sys.argv[2] if len(sys.argv) > 2 else "60"
    sys.exit(main(Path(sys.argv[1]), 0 if asked == "base" else int(asked)))
