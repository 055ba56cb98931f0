"""How near the estimate of a model's memory is to what loading and answering took.

python -m benchmarks.memory

Three architectures of about 100 million random weights, each in three precisions; a process for
measurement, so that one leaves nothing to the next, and the median of three. Measured is the peak of
the process's own memory above what it takes after a small model answered, with the weights that stay
mapped from their file: of a packed model those are its embeddings and its head.
"""

import ctypes
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import torch
from transformers import (
    AutoModelForCausalLM,
    GenerationConfig,
    GPT2Config,
    LlamaConfig,
    Qwen2Config,
)

from benchmarks.table import write_table
from ladder.models.local.memory_need import memory_need
from ladder.models.local.model_size import size_of
from ladder.models.local.weights import load_weights
from ladder.spec.candidate import ModelRef

LAYERS = 10
ROWS, TOKENS, NEW_TOKENS = 8, 256, 8
PRECISIONS = {
    "fp32": ("float32", None),
    "bf16": ("bfloat16", None),
    "NF4": ("bfloat16", "nf4"),
}
MIB = 2**20
REPEATS = 3
MOST_OFF = 1.3
NOTE = (
    f"Random weights; one batch of {ROWS} prompts of {TOKENS} tokens, {NEW_TOKENS} new tokens each; "
    "each measurement in a process of its own, after a model of one layer answered there. Ratio: estimate "
    "by measurement; within 1.3 either way is wanted."
)


LLAMA = {
    "hidden_size": 768,
    "intermediate_size": 2048,
    "num_attention_heads": 12,
    "num_key_value_heads": 4,
    "vocab_size": 32_000,
}
QWEN2 = {
    "hidden_size": 640,
    "intermediate_size": 2560,
    "num_attention_heads": 10,
    "num_key_value_heads": 2,
    "vocab_size": 50_000,
    "tie_word_embeddings": True,
}
CONFIGS: dict[str, Callable[[int], Any]] = {
    "llama": lambda layers: LlamaConfig(num_hidden_layers=layers, **LLAMA),
    "qwen2": lambda layers: Qwen2Config(num_hidden_layers=layers, **QWEN2),
    "gpt2": lambda layers: GPT2Config(n_layer=layers, n_embd=768, n_head=12),
}
"""The architectures, by the number of their layers."""


def write_models(folder: Path) -> list[Path]:
    """Write a model of each architecture in both widths; return their folders.

    A model of one layer lies beside each: it is loaded first, so that what the libraries take
    themselves is known.
    """
    for name, config in CONFIGS.items():
        for dtype in ("float32", "bfloat16"):
            for place, layers in ((folder, LAYERS), (folder / "small", 1)):
                model = AutoModelForCausalLM.from_config(
                    config(layers), dtype=getattr(torch, dtype)
                )
                model.save_pretrained(place / name / dtype)
    return [folder / name for name in CONFIGS]


def measure(folder: Path, precision: str) -> float:
    """Return the peak in MiB of loading a model and answering a batch, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.memory", str(folder), precision]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def peak(folder: Path, precision: str) -> float:
    """Return the peak in MiB of this process, above what it takes after answering with a small model."""
    dtype, quantization = PRECISIONS[precision]
    small = folder.parents[1] / "small" / folder.parent.name / folder.name
    # What libraries load and set up at their first answer is not the model's.
    _answer(load_weights(small, dtype=dtype, device="cpu", quantization=quantization))
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    before, watch = _own(), Watch()
    with watch:
        model = load_weights(folder, dtype=dtype, device="cpu", quantization=quantization)
        _answer(model)
    return (watch.anonymous - before + _mapped_bytes(model)) / MIB


def _answer(model: Any) -> None:  # noqa: ANN401 - transformers has no types
    ids = torch.randint(5, 1000, (ROWS, TOKENS))
    settings = GenerationConfig(
        min_new_tokens=NEW_TOKENS, max_new_tokens=NEW_TOKENS, pad_token_id=0, do_sample=False
    )
    with torch.inference_mode():
        model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=settings)


def _mapped_bytes(model: Any) -> int:  # noqa: ANN401 - transformers has no types
    """Return the bytes of the weights that lie in their mapped file, and so not in the process's own memory.

    All of them where nothing is packed; the embeddings and the head where linear layers are. What was
    read to be packed stays mapped too, and the system takes it back at need.
    """
    lines = (line.split() for line in Path("/proc/self/maps").read_text("utf-8").splitlines())
    files = [words[0].split("-") for words in lines if words[-1].endswith(".safetensors")]
    spans = [(int(start, 16), int(end, 16)) for start, end in files]
    places = {each.data_ptr(): each.numel() * each.element_size() for each in model.parameters()}
    return sum(
        size for place, size in places.items() if any(start <= place < end for start, end in spans)
    )


class Watch:
    """Watches the process's own memory every few milliseconds, as long as its block lasts."""

    def __init__(self) -> None:
        self.anonymous = 0
        self._is_over = False
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._is_over = True
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over:
            self.anonymous = max(self.anonymous, _own())
            time.sleep(0.003)


def _own() -> int:
    """Return the bytes of this process's own memory."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    (kib,) = (line.split()[1] for line in lines if line.startswith("RssAnon:"))
    return int(kib) * 1024


def main() -> None:
    """Print the table; with a folder and a precision, one measurement."""
    if len(sys.argv) > 2:
        print(json.dumps(peak(Path(sys.argv[1]), sys.argv[2])))
        return
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else REPEATS
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as place:
        for folder in write_models(Path(place)):
            for precision, (dtype, quantization) in PRECISIONS.items():
                size = size_of(ModelRef(id=str(folder / dtype)))
                need = memory_need(
                    size,
                    dtype=dtype,
                    quantization=quantization,
                    rows=ROWS,
                    tokens=TOKENS,
                    new_tokens=NEW_TOKENS,
                )
                runs = sorted(measure(folder / dtype, precision) for _ in range(repeats))
                found, foreseen = statistics.median(runs), need.total / MIB
                rows.append(
                    {
                        "model": folder.name,
                        "weights, million": round(size.weights / 1e6),
                        "precision": precision,
                        "estimate, MiB": round(foreseen),
                        "measured, MiB": round(found),
                        "lowest and highest": f"{runs[0]:.0f} to {runs[-1]:.0f}",
                        "ratio": foreseen / found,
                    }
                )
    command = f"python -m benchmarks.memory {repeats}"
    print(write_table("Memory of local models", rows, command, note=NOTE))
    ratios = [float(str(row["ratio"])) for row in rows]
    if not all(1 / MOST_OFF <= ratio <= MOST_OFF for ratio in ratios):
        sys.exit(f"An estimate is off by more than a factor of {MOST_OFF}.")


if __name__ == "__main__":
    main()
