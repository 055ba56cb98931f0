"""Whether the training fits into memory: estimated from the files, before anything is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ladder.finding import Finding
from ladder.finetune.permit import Permit
from ladder.finetune.training.encode_rows import EncodedRow
from ladder.finetune.training.lora_model import empty_lora_model
from ladder.models.local.memory import free_gib
from ladder.models.local.weights import best_device, resolve_dtype
from ladder.spec.training import Training

_NF4_BYTES = 0.53
"""Bytes a weight: four bits, and an eighth of a bit for its scale, itself quantised, and slack."""

_ADAM_BYTES = 16
"""Bytes a trained weight: weight, gradient and two moments, each in float32."""

_ACTIVATIONS = 34
"""Values that a layer keeps for a token, in units of the hidden size (Korthikanti 2022)."""

_LIBRARIES_GIB = 1.2
"""What torch, transformers, peft and a sentence encoder take themselves (measured: 0.9 to 1.4)."""


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """The memory that a training takes, and what is free, in GiB.

    Attributes:
        measuring: The copy into which the adapter is merged, in float32; it is made on the CPU.
    """

    weights: float
    trained: float
    activations: float
    measuring: float
    free: float | None
    device: str

    @property
    def total(self) -> float:
        """Return the most that is held at once: while training, or while measuring."""
        training = self.weights + self.trained + self.activations
        return max(training, self.measuring) + _LIBRARIES_GIB

    def __str__(self) -> str:
        """Return the estimate in words."""
        return f"about {self.total:.1f} GiB on {self.device}"


def estimate_memory(
    permit: Permit, folder: Path, training: Training, rows: Sequence[EncodedRow]
) -> MemoryEstimate:
    """Return an estimate of the memory for one training step on the longest rows.

    Attention that keeps every pair of tokens is counted; what the loss needs is not, as only
    the answer's tokens reach the head.

    Raises:
        ModelLoadError: The model takes no LoRA weights.
    """
    model = empty_lora_model(permit, folder, training)
    device = best_device()
    width = 2 if resolve_dtype("auto", device) != "float32" else 4
    sizes = {name: each.numel() for name, each in model.named_parameters()}
    lora = sum(each.numel() for each in model.parameters() if each.requires_grad)
    n_linear = sum(size for name, size in sizes.items() if name.endswith("base_layer.weight"))
    n_other = sum(sizes.values()) - n_linear - lora
    tokens = max((len(row.ids) for row in rows), default=0) * training.batch_size
    config = model.config.get_text_config()
    layers, hidden = config.num_hidden_layers, config.hidden_size
    bytes_a_weight = _NF4_BYTES if training.method == "qlora" else width
    return MemoryEstimate(
        weights=(n_linear * bytes_a_weight + n_other * width) / 2**30,
        trained=lora * _ADAM_BYTES / 2**30,
        activations=tokens * layers * hidden * _ACTIVATIONS * width / 2 / 2**30,
        measuring=0.0 if device == "cuda" else (n_linear + n_other) * 4 / 2**30,
        free=free_gib(device),
        device=device,
    )


def check_memory(estimate: MemoryEstimate) -> list[Finding]:
    """Return an error where the estimate is above what is free."""
    if estimate.free is None or estimate.total <= estimate.free:
        return []
    return [
        Finding(
            code="M01 memory-too-small",
            severity="error",
            problem=f"The training takes {estimate}, and {estimate.free:.1f} GiB are free.",
            evidence=f"weights {estimate.weights:.1f}, trained {estimate.trained:.1f}, activations "
            f"{estimate.activations:.1f} GiB",
            next_step="Halve training.batch_size, shorten the longest rows, use a smaller model, "
            "or free memory. It is an estimate: code M01 may be waived.",
        )
    ]
