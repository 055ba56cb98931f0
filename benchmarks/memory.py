"""How near the estimate of a model's memory is to what loading and answering took.

python -m benchmarks.memory

Three architectures of about 100 million random weights, each in three precisions; a process for
each, so that one measurement leaves nothing to the next. Measured is the peak of the process's own
memory above what the libraries take, with the weights that stay mapped from their file.
"""

import json
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
NOTE = (
    f"Random weights; one batch of {ROWS} prompts of {TOKENS} tokens, {NEW_TOKENS} new tokens each; "
    "each in a process of its own. Ratio: estimate by measurement; within 1.3 either way is wanted. "
    "The peak itself differs by up to a quarter from run to run, as memory that was freed is not "
    "given back at once (llama in NF4: 159 and 233 MiB)."
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
    """Return the peak in MiB of this process, above what it takes without a model."""
    dtype, quantization = PRECISIONS[precision]
    small = folder.parents[1] / "small" / folder.parent.name / folder.name
    load_weights(small, dtype=dtype, device="cpu", quantization=quantization)
    before, watch = _own(), Watch()
    with watch:
        model = load_weights(folder, dtype=dtype, device="cpu", quantization=quantization)
        ids = torch.randint(5, 1000, (ROWS, TOKENS))
        settings = GenerationConfig(
            min_new_tokens=NEW_TOKENS, max_new_tokens=NEW_TOKENS, pad_token_id=0, do_sample=False
        )
        with torch.inference_mode():
            model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=settings)
        mapped = _own()["RssFile"] - before["RssFile"]
    # Weights that were packed lie in the process's own memory; what was read stays mapped, and the
    # system takes it back at need.
    used = 0 if quantization else max(mapped, 0)
    return (watch.anonymous - before["RssAnon"] + used) / MIB


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
            self.anonymous = max(self.anonymous, _own()["RssAnon"])
            time.sleep(0.003)


def _own() -> dict[str, int]:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    rows = (line.split() for line in lines if line.startswith("Rss"))
    return {name.rstrip(":"): int(kib) * 1024 for name, kib, _ in rows}


def main() -> None:
    """Print the table; with a folder and a precision, one measurement."""
    if len(sys.argv) > 1:
        print(json.dumps(peak(Path(sys.argv[1]), sys.argv[2])))
        return
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
                found, foreseen = measure(folder / dtype, precision), need.total / MIB
                rows.append(
                    {
                        "model": folder.name,
                        "weights, million": round(size.weights / 1e6),
                        "precision": precision,
                        "estimate, MiB": round(foreseen),
                        "measured, MiB": round(found),
                        "ratio": foreseen / found,
                    }
                )
    print(write_table("Memory of local models", rows, "python -m benchmarks.memory", note=NOTE))


if __name__ == "__main__":
    main()
