"""Measure how fast answers come from local weights on a GPU, beside lm-eval's Hugging Face backend.

The same 100 prompts as in `benchmarks.speed`, asked of two models: the demo's own weights, whose
answers can be compared, and a Llama of about a billion random weights, whose arithmetic takes as long
as that of a real one. lm-eval asks in batches of 8, as in the table of the CPU, and all in one batch,
as ladder does on a GPU. The ways take turns, and the fastest round of each counts.
How busy the GPU was is what NVIDIA's management library says, sampled while each way asked again and
again for some seconds. A second table takes long answers, with the steps of decoding recorded and without.

    pip install lm_eval==0.4.13 nvidia-ml-py
    python -m benchmarks.speed_gpu [--rounds 3]

Fails where ladder is less than five times as fast as batches of 8 at the same dtype, or where one of
the real model's answers differs at float32, or more than three of 100 at bfloat16.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, GenerationConfig, LlamaConfig, LlamaForCausalLM

from benchmarks.speed import (
    LONG_PROMPTS,
    LONG_TOKENS,
    NEW_TOKENS,
    PROMPTS,
    SAME_ANSWERS_IN_BFLOAT16,
    SAME_DTYPE,
    four_shot_requests,
    ladder_backend,
    lm_eval_backend,
    long_requests,
    same_answers,
)
from benchmarks.table import write_table
from examples.tasks import MODEL
from ladder.models import converted_folder
from ladder.models.base import Request
from ladder.models.local import recorded_steps
from ladder.models.local.local_generator import LocalGenerator
from ladder.spec.candidate import ModelRef

REAL, RANDOM = "SmolLM2-135M", "random, {billions:.2f} B"
SMALL_BATCH, LARGE_BATCH = "lm-eval, 8 rows", f"lm-eval, {PROMPTS} rows"
LADDER = "ladder"
STARTED, RECORDED = "kernel by kernel", "recorded"
BUSY_SECONDS = 3.0
SAMPLE_SECONDS = 0.05
LAYERS = 16

COMMAND = "python -m benchmarks.speed_gpu"

Way = Callable[[list[Request]], list[str]]


def random_weights(folder: Path, layers: int = LAYERS) -> str:
    """Write a Llama of random weights with the demo model's tokenizer; return how it is called."""
    source = converted_folder(ModelRef(id=MODEL))
    tokenizer = AutoTokenizer.from_pretrained(source)
    config = LlamaConfig(
        hidden_size=2048,
        intermediate_size=8192,
        num_hidden_layers=layers,
        num_attention_heads=32,
        num_key_value_heads=8,
        vocab_size=len(tokenizer),
        max_position_embeddings=8192,
        tie_word_embeddings=False,
    )
    torch.manual_seed(0)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = LlamaForCausalLM(config).to(torch.bfloat16)
    model.generation_config = GenerationConfig(eos_token_id=tokenizer.eos_token_id)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return RANDOM.format(billions=model.num_parameters() / 1e9)


def ways_to_answer(generator: LocalGenerator) -> dict[str, Way]:
    """Return lm-eval's two batch sizes and ladder, all with the same weights."""
    return {
        SMALL_BATCH: lm_eval_backend(generator, 8),
        LARGE_BATCH: lm_eval_backend(generator, PROMPTS),
        LADDER: ladder_backend(generator),
    }


def measured(name: str, model_id: str, rounds: int) -> tuple[list[dict[str, Any]], ...]:
    """Return a row a dtype and way of one model, and the rows of its long answers."""
    rows: list[dict[str, Any]] = []
    long: list[dict[str, Any]] = []
    asked = four_shot_requests()
    reference: list[str] = []
    for dtype in ("float32", "bfloat16"):
        generator = LocalGenerator(ModelRef(id=model_id, dtype=dtype))
        ways = ways_to_answer(generator)
        found = _in_turn(ways, asked, rounds)
        reference = reference or found[SMALL_BATCH][1]
        for way, (seconds, texts) in found.items():
            busy, memory = _busy(ways[way], asked)
            rows.append(
                {
                    "model": name,
                    "dtype": dtype,
                    "way": way,
                    "answers a second": PROMPTS / seconds,
                    "times lm-eval, 8 rows": found[SMALL_BATCH][0] / seconds,
                    "answers as lm-eval's at float32": same_answers(texts, reference),
                    "GPU busy": busy,
                    "memory, GiB": memory,
                }
            )
            print(rows[-1], file=sys.stderr, flush=True)
        long += long_answers(name, dtype, generator)
        generator.close()
    return rows, long


def long_answers(name: str, dtype: str, generator: LocalGenerator) -> list[dict[str, Any]]:
    """Return a row for steps whose kernels are started one by one, and one for recorded steps."""
    answers, worth = ladder_backend(generator), recorded_steps.WORTH_TOKENS
    found: dict[str, tuple[float, list[str]]] = {}
    # The first of them warms up, and does not count.
    for way, least in ((RECORDED, worth), (STARTED, LONG_TOKENS + 1), (RECORDED, worth)):
        recorded_steps.WORTH_TOKENS = least
        started = time.perf_counter()
        texts = answers(long_requests())
        found[way] = time.perf_counter() - started, texts
        print(name, dtype, way, found[way][0], file=sys.stderr, flush=True)
    slow, reference = found[STARTED]
    return [
        {
            "model": name,
            "dtype": dtype,
            "steps": way,
            "seconds": seconds,
            "times as fast": slow / seconds,
            "same answers": same_answers(texts, reference),
        }
        for way, (seconds, texts) in sorted(found.items())
    ]


def _in_turn(
    ways: Mapping[str, Way], asked: list[Request], rounds: int
) -> dict[str, tuple[float, list[str]]]:
    """Return each way's fastest seconds and its answers; the first round warms up and is not counted."""
    best: dict[str, tuple[float, list[str]]] = {}
    for turn in range(rounds + 1):
        for way, answers in ways.items():
            started = time.perf_counter()
            texts = answers(asked)
            seconds = time.perf_counter() - started
            if turn > 0:
                best[way] = min(best.get(way, (seconds, texts)), (seconds, texts))
    return best


def _busy(answers: Way, asked: list[Request]) -> tuple[str, float]:
    """Return the mean share of time with a kernel on the GPU, as a percentage, and the peak memory."""
    if not torch.cuda.is_available():
        return "no GPU", 0.0
    torch.cuda.reset_peak_memory_stats()
    with _utilisation() as shares:
        started = time.perf_counter()
        while time.perf_counter() - started < BUSY_SECONDS:
            answers(asked)
    return f"{statistics.fmean(shares):.0f} %", torch.cuda.max_memory_allocated() / 2**30


@contextmanager
def _utilisation() -> Iterator[list[float]]:
    """Collect the GPU's utilisation in percent, from after the first half second on."""
    shares: list[float] = []
    ended = threading.Event()

    def sample() -> None:
        ended.wait(0.5)
        while not ended.wait(SAMPLE_SECONDS):
            shares.append(float(torch.cuda.utilization()))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    yield shares
    ended.set()
    thread.join()


def shortfalls(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return in words which figures fall short of what is asked."""
    least_same = {"float32": PROMPTS, "bfloat16": SAME_ANSWERS_IN_BFLOAT16}
    short = []
    for row in (row for row in rows if row["way"] == LADDER):
        name = f"{row['model']} at {row['dtype']}"
        if row["times lm-eval, 8 rows"] < SAME_DTYPE:
            short.append(f"{name}: less than {SAME_DTYPE} times as fast")
        same = row["answers as lm-eval's at float32"]
        if row["model"] == REAL and same < least_same[row["dtype"]]:
            short.append(f"{name}: {same} answers the same")
    return short


def main() -> int:
    """Measure both models, write the table, and say what falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="the fastest of so many counts")
    parser.add_argument("--layers", type=int, default=LAYERS, help="of the random weights")
    chosen = parser.parse_args()
    rows, long = measured(REAL, MODEL, chosen.rounds)
    with tempfile.TemporaryDirectory() as folder:
        name = random_weights(Path(folder), chosen.layers)
        more, longer = measured(name, folder, chosen.rounds)
    device = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "no GPU"
    note = (
        f"{device}. {PROMPTS} prompts with four worked examples, up to {NEW_TOKENS} new tokens, greedy; "
        f"lm-eval 0.4.13; the fastest of {chosen.rounds} alternating rounds. A billion random weights "
        "stand for a real model of that size, which could not be had there: their arithmetic takes as "
        "long, their answers mean nothing, and near ties between random scores differ from batch to "
        "batch. GPU busy: the share of time in which a kernel ran. lm-eval's vLLM backend is not here: "
        "vLLM could not be installed on that machine."
    )
    print(write_table("Speed on a GPU", rows + more, COMMAND, note=note))
    note = (
        f"{device}. {LONG_PROMPTS} questions, up to {LONG_TOKENS} new tokens, in one batch; greedy; once "
        "each. Kernel by kernel: as transformers runs a step. Answers of random weights go on to the last "
        "token."
    )
    print(write_table("Speed of long answers on a GPU", long + longer, COMMAND, note=note))
    short = shortfalls(rows + more)
    print("\n".join(f"falls short: {claim}" for claim in short) or "all figures hold")
    return int(bool(short))


if __name__ == "__main__":
    sys.exit(main())
