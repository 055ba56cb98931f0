"""Measure how fast answers come from local weights: against lm-eval, and against plain batches.

The first table asks the same 100 prompts of lm-eval's Hugging Face backend and of ladder, in turn, so
that a busy machine slows both alike; the fastest round of each counts. The second shows what long
answers gain where rows that ended leave the batch. The third takes the demo's tasks to their
verdicts, and holds the time against what plain batches would need to ask every candidate that the
levers propose about every example. Fails where a figure falls short of what is asked; twelve times in
bfloat16 needs a CPU that multiplies bfloat16 in hardware (AMX). `benchmarks.speed_gpu` is the first
table on a GPU.

On a machine that has other work too, `--one-thread` counts the processor's seconds of one thread: two
threads that wait for each other take several times as long there, and how long is chance.

    pip install lm_eval==0.4.13
    python -m benchmarks.speed [--rounds 3] [--only backends] [--one-thread]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch

import ladder
from benchmarks.table import write_table
from examples import tasks
from ladder.api import levers_for
from ladder.decision import Decision
from ladder.levers.base import without_classifiers
from ladder.measure import TaskData, Workbench, load_task_data
from ladder.models import Message, Request
from ladder.models.local import decode
from ladder.models.local.batches import shared_length
from ladder.models.local.laid_prompts import padded
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.local.stop_tokens import cut
from ladder.models.prompt import tokenise
from ladder.models.quiet import quiet_transformers
from ladder.models.written_prompts import written_together
from ladder.search.ledger import Configuration
from ladder.spec.candidate import Candidate, ChatSetup, Decoding, ModelRef

PROMPTS = 100
NEW_TOKENS = 8
ROWS = 8
"""Rows of a plain batch, and of lm-eval's."""

SAME_DTYPE = 5.0
BFLOAT16 = 12.0
SAME_ANSWERS_IN_BFLOAT16 = 97
WHOLE_LADDER = 0.15
LONG_PROMPTS = 32
LONG_TOKENS = 256
SAMPLED = 16
"""Examples on which a candidate's plain batches are timed; the rest is taken to cost the same."""

ASK = "Extract the order number from the ticket. Reply with the number only.\n\nTicket: "
WISHES = (
    "move to the bigger plan",
    "cancel it",
    "send the invoice again, please, to the address that I gave you last week by telephone",
    "the parcel has not come and the page says that it was handed to a neighbour whom I do not know",
)


def four_shot_requests() -> list[Request]:
    """Return a hundred tickets behind four worked examples."""
    shots: list[Message] = []
    for number, wish in zip((555, 817, 290, 643), WISHES[:2] * 2, strict=True):
        ticket = f"hello, order {number}: {wish}. it is urgent."
        shots += [Message("user", ASK + ticket), Message("assistant", str(number))]
    tickets = [
        f"hello, order {103 + 8 * at}: {WISHES[at % 4]}. thank you." for at in range(PROMPTS)
    ]
    decoding = Decoding(max_new_tokens=NEW_TOKENS)
    return [
        Request((*shots, Message("user", ASK + ticket)), ChatSetup(), decoding)
        for ticket in tickets
    ]


def lm_eval_backend(
    generator: LocalGenerator, rows: int = ROWS
) -> Callable[[list[Request]], list[str]]:
    """Return what answers requests through lm-eval's Hugging Face backend, with the same weights."""
    from lm_eval.api.instance import Instance  # noqa: PLC0415 - not installed everywhere
    from lm_eval.models.huggingface import HFLM  # noqa: PLC0415

    backend = HFLM(
        pretrained=generator.model,
        tokenizer=generator.tokenizer.raw,
        batch_size=rows,
        device=str(generator.model.device),
    )
    settings = {"until": ["<|im_end|>"], "max_gen_toks": NEW_TOKENS, "do_sample": False}

    def answers(asked: list[Request]) -> list[str]:
        texts = written_together(asked, generator.tokenizer)
        prompts = [
            tokenise(request, generator.tokenizer, text=text)
            for request, text in zip(asked, texts, strict=True)
        ]
        if backend.tok_encode(prompts[0].text) != list(prompts[0].ids):
            raise SystemExit("lm-eval reads other tokens than ladder: nothing to compare")
        asks = [
            Instance("generate_until", {}, (prompt.text, settings), at)
            for at, prompt in enumerate(prompts)
        ]
        answered: list[str] = backend.generate_until(asks, disable_tqdm=True)
        return answered

    return answers


def ladder_backend(generator: LocalGenerator) -> Callable[[list[Request]], list[str]]:
    """Return what answers as a run does; the common prefix is forgotten first, and so paid for."""

    def answers(asked: list[Request]) -> list[str]:
        generator.forget_prefix()
        found = dict(generator.generate(asked))
        return [found[at].text for at in range(len(asked))]

    return answers


def plain_batches(generator: LocalGenerator, asked: Sequence[Request]) -> list[str]:
    """Answer with left-padded batches in the order given: what most scripts do."""
    ids = [tokenise(request, generator.tokenizer).ids for request in asked]
    stops = [id_ for id_ in (generator.tokenizer.token_id("<|im_end|>"),) if id_ is not None]
    longest = max(request.decoding.max_new_tokens for request in asked)
    texts: list[str] = []
    for start in range(0, len(ids), ROWS):
        filled, mask = padded(ids[start : start + ROWS], pad=stops[0], side="left")
        with torch.inference_mode(), quiet_transformers():
            output = generator.model.generate(
                input_ids=torch.tensor(filled, device=generator.model.device),
                attention_mask=torch.tensor(mask, device=generator.model.device),
                do_sample=False,
                max_new_tokens=longest,
                eos_token_id=stops,
                pad_token_id=stops[0],
            )
        new = output[:, len(filled[0]) :].tolist()
        texts += [cut(row, generator.tokenizer, stops, ())[0] for row in new]
    return texts


def backends(rounds: int) -> list[dict[str, Any]]:
    """Return a row a backend and dtype, each with its seconds and its answers."""
    models = {dtype: LocalGenerator(ModelRef(id=tasks.MODEL, dtype=dtype)) for dtype in DTYPES}
    ways = {
        (name, dtype): make(model)
        for dtype, model in models.items()
        for name, make in (("lm-eval", lm_eval_backend), ("ladder", ladder_backend))
    }
    asked = four_shot_requests()
    best = dict.fromkeys(ways, float("inf"))
    texts: dict[tuple[str, str], list[str]] = {}
    for _ in range(rounds):
        for way, answers in ways.items():
            with _clock() as seconds:
                texts[way] = answers(asked)
            best[way] = min(best[way], *seconds)
    plain = best["lm-eval", "float32"]
    reference = texts["lm-eval", "float32"]
    return [
        {
            "backend": name,
            "dtype": dtype,
            "seconds": best[name, dtype],
            "times lm-eval at float32": plain / best[name, dtype],
            "times lm-eval at this dtype": best["lm-eval", dtype] / best[name, dtype],
            "answers as lm-eval's at float32": same_answers(texts[name, dtype], reference),
        }
        for name, dtype in ways
    ]


def long_requests() -> list[Request]:
    """Return questions whose answers end after few tokens or after many."""
    asks = ("Say only yes.", "Name one colour.", "Explain in detail how bread is made.", "Say hi.")
    decoding = Decoding(max_new_tokens=LONG_TOKENS)
    texts = [f"{asks[at % len(asks)]} This is question {at}." for at in range(LONG_PROMPTS)]
    return [Request((Message("user", text),), ChatSetup(), decoding) for text in texts]


def long_answers(rounds: int) -> list[dict[str, Any]]:
    """Return a row for rows that leave the batch when they end, and one for rows that stay."""
    generator = LocalGenerator(ModelRef(id=tasks.MODEL, dtype="float32"))
    asked = long_requests()
    best: dict[str, float] = {}
    texts: dict[str, list[str]] = {}
    leave = decode.STEP_TOKENS
    for _ in range(rounds):
        for way, step in (("stay to the end", LONG_TOKENS), ("leave when they end", leave)):
            decode.STEP_TOKENS = step
            with _clock() as seconds:
                texts[way] = ladder_backend(generator)(asked)
            best[way] = min(best.get(way, float("inf")), *seconds)
    stay = "stay to the end"
    return [
        {
            "rows of a batch": way,
            "seconds": best[way],
            "times as fast": best[stay] / best[way],
            "same answers": same_answers(texts[way], texts[stay]),
        }
        for way in best
    ]


DTYPES = ("float32", "bfloat16")

TASKS: dict[str, Callable[[Path], Path]] = {
    "order-number-inst": lambda folder: tasks.order_number(folder, 0, foreign=True),
    "facts": lambda folder: tasks.facts(folder, 0),
    "queue-code": lambda folder: tasks.queue_code(folder, 0),
}


def ladders(folder: Path) -> list[dict[str, Any]]:
    """Return a row a task: its whole ladder against every candidate on every example."""
    return [
        whole_ladder(name, write(folder / name), folder / "runs") for name, write in TASKS.items()
    ]


def whole_ladder(name: str, spec: Path, runs_folder: Path) -> dict[str, Any]:
    """Return the seconds of a run, and those of plain batches for every candidate on every example."""
    with _clock() as run_seconds:
        decision = ladder.run(spec, runs_folder=runs_folder)
    data = load_task_data(ladder.load_task(spec))
    candidates = every_candidate(decision, data)
    with Workbench(data) as bench:
        plain_seconds = sum(_plain_seconds(bench, candidate) for candidate in candidates)
    return {
        "task": name,
        "verdict": decision.verdict,
        "candidates": len(candidates),
        "of these considered": len(_considered(decision)),
        "examples": len(data.samples),
        "ladder, s": run_seconds[0],
        "plain batches, s": plain_seconds,
        "share": run_seconds[0] / plain_seconds,
    }


def every_candidate(decision: Decision, data: TaskData) -> list[Candidate]:
    """Return the baseline, all that every lever proposes, and the combinations that the run raced.

    A lever proposes for the candidate from which the run climbed it; one that the run did not come
    to, for the best that it found. As in `benchmarks.draws`, all of these are what asking for
    everything would ask; combinations are those that the search thought worth a try.
    """
    known = {each.configuration: each.candidate for each in decision.candidates}
    parents: dict[str, Configuration] = {}
    for attempt in decision.ledger.attempts:
        parents.setdefault(attempt.lever, attempt.parent)
    found = list(_considered(decision))
    for lever in levers_for(data):
        parent = known[parents.get(lever.name, decision.ledger.best)]
        found += without_classifiers(lever.propose(data.task, parent))
    return list({each.digest: each for each in found}.values())


def _considered(decision: Decision) -> list[Candidate]:
    """Return the candidates that a run scored on some example."""
    return [each.candidate for each in decision.candidates if each.configuration.can_be_deployed]


def _plain_seconds(bench: Workbench, candidate: Candidate) -> float:
    """Return what plain batches need for a candidate on all examples, judged by some of them."""
    n = len(bench.samples)
    asked = bench.requests(candidate, range(min(n, SAMPLED)))
    generator = cast("LocalGenerator", bench.generator(candidate))
    with _clock() as seconds:
        plain_batches(generator, asked)
    return seconds[0] * n / len(asked)


@contextmanager
def _clock() -> Iterator[list[float]]:
    seconds: list[float] = []
    # What runs in one thread takes as many of the processor's seconds as a quiet machine's clock shows.
    now = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    started = now()
    yield seconds
    seconds.append(now() - started)


def same_answers(texts: Sequence[str], reference: Sequence[str]) -> int:
    """Return how many answers are the reference's, letter by letter."""
    return sum(left == right for left, right in zip(texts, reference, strict=True))


def shortfalls(tables: Mapping[str, Sequence[dict[str, Any]]]) -> list[str]:
    """Return in words which figures of the tables that were measured fall short of what is asked."""
    times, same = "times lm-eval at float32", "answers as lm-eval's at float32"
    held = {}
    if "backends" in tables:
        found = {(row["backend"], row["dtype"]): row for row in tables["backends"]}
        full, half = found["ladder", "float32"], found["ladder", "bfloat16"]
        held = {
            f"float32 at least {SAME_DTYPE} times": full[times] >= SAME_DTYPE,
            f"float32: all {PROMPTS} answers the same": full[same] == PROMPTS,
            f"bfloat16 at least {BFLOAT16} times": half[times] >= BFLOAT16,
            f"bfloat16: {SAME_ANSWERS_IN_BFLOAT16} answers the same": half[same]
            >= SAME_ANSWERS_IN_BFLOAT16,
        }
    for row in tables.get("ladders", ()):
        held[f"{row['task']}: a whole ladder at most {WHOLE_LADDER}"] = row["share"] <= WHOLE_LADDER
    return [claim for claim, holds in held.items() if not holds]


COMMAND = "python -m benchmarks.speed"


def _told_backends(rounds: int, clock: str) -> list[dict[str, Any]]:
    rows = backends(rounds)
    generator = LocalGenerator(ModelRef(id=tasks.MODEL))
    ids = [tokenise(request, generator.tokenizer).ids for request in four_shot_requests()]
    note = (
        f"{PROMPTS} prompts of {min(map(len, ids))} to {max(map(len, ids))} tokens, of which the first "
        f"{shared_length(ids)} are the same; up to {NEW_TOKENS} new tokens; greedy; "
        f"SmolLM2-135M-Instruct; lm-eval 0.4.13 in batches of {ROWS}; the fastest of {rounds} "
        f"alternating rounds.{clock}"
    )
    print(write_table("Speed of local answers", rows, COMMAND, note=note), flush=True)
    return rows


def _told_long_answers(rounds: int, clock: str) -> list[dict[str, Any]]:
    rows = long_answers(rounds)
    note = (
        f"{LONG_PROMPTS} questions, up to {LONG_TOKENS} new tokens, in one batch; float32; "
        f"greedy.{clock}"
    )
    print(write_table("Speed of long answers", rows, COMMAND, note=note), flush=True)
    return rows


def _told_ladders(rounds: int, clock: str) -> list[dict[str, Any]]:
    del rounds
    with tempfile.TemporaryDirectory() as folder:
        rows = ladders(Path(folder))
    note = (
        "A whole run, from loading to verdict, against every candidate on every example in plain "
        f"batches of {ROWS} (timed on {SAMPLED} examples a candidate, with the weights loaded). Every "
        "candidate: the baseline, all that each lever proposes, on top of what the run climbed it "
        "from, and the combinations that the run raced. Levers that a run did not come to count too: "
        f"not to ask for them is what a ladder is for.{clock}"
    )
    print(write_table("Speed of a whole ladder", rows, COMMAND, note=note), flush=True)
    return rows


TABLES: dict[str, Callable[[int, str], list[dict[str, Any]]]] = {
    "backends": _told_backends,
    "long answers": _told_long_answers,
    "ladders": _told_ladders,
}


def main() -> int:
    """Measure, write the tables, and say what falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="the fastest of so many counts")
    parser.add_argument("--only", choices=TABLES, help="one of the tables")
    parser.add_argument("--one-thread", action="store_true", help="for a machine that is not quiet")
    chosen = parser.parse_args()
    clock = ""
    if chosen.one_thread:
        torch.set_num_threads(1)
        clock = " Seconds are the processor's, of one thread: the machine had other work too."
    tables = {
        name: measured(chosen.rounds, clock)
        for name, measured in TABLES.items()
        if chosen.only in (None, name)
    }
    short = shortfalls(tables)
    print("\n".join(f"falls short: {claim}" for claim in short) or "all figures hold")
    return int(bool(short))


if __name__ == "__main__":
    sys.exit(main())
