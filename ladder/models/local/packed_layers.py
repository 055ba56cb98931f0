"""Weights laid out once as a processor multiplies them, instead of at every product.

A step of decoding multiplies few rows with all weights, and to lay these out is much of the work. With
SmolLM2-135M on an AMD processor a step of 16 rows took 41 ms instead of 49 in bfloat16, and 50 instead of
101 in float32; reading 896 tokens took 0.57 s instead of 0.61, and 1.28 instead of 2.06. In float32 this is
oneDNN's product, where torch else takes MKL's.
"""

import platform
from typing import Any

import torch

from ladder.models.local.memory import GIB, free_gib

_TRIED_ON = ("x86_64", "AMD64")

MOST_OF_FREE = 1 / 8
"""Share of the free memory that a second copy of the embedding may take, where it is the last layer too."""


class PackedLinear(torch.nn.Linear):
    """A linear layer whose weight is kept in the layout of oneDNN; `pack_layers` makes it."""

    packed: torch.Tensor

    @property
    def weight(self) -> torch.Tensor:
        """Return the weight as it was: laid out anew each time."""
        return self.packed.to_dense()

    @weight.setter
    def weight(self, value: torch.Tensor) -> None:
        self.packed = _laid_out(value)

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 - torch's name
        """Return the products of the rows of `input` with the weight."""
        if not input.numel():
            return input.new_zeros(*input.shape[:-1], self.out_features)
        found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(  # noqa: SLF001 - it has no public name
            input, self.packed, self.bias, "none", [], ""
        )
        return found


def pack_layers(model: Any) -> None:
    """Lay out the weights of a model's linear layers, one after the other and in their place.

    Of a last layer that is the input embedding too a copy is laid out, where memory is plenty. What lies
    elsewhere than on a processor, or in a form that oneDNN does not multiply here, stays as it is.
    """
    if not _can_pack(model.dtype):
        return
    embedding = model.get_input_embeddings().weight
    for layer in model.modules():
        if type(layer) is torch.nn.Linear and _is_fit(layer.weight, embedding, model.dtype):
            laid_out = _laid_out(layer.weight.detach())
            del layer.weight
            layer.packed = laid_out
            layer.__class__ = PackedLinear


def _is_fit(weight: torch.Tensor, embedding: torch.Tensor, dtype: torch.dtype) -> bool:
    if weight.device.type != "cpu" or weight.dtype != dtype or not weight.numel():
        return False
    return weight.data_ptr() != embedding.data_ptr() or _is_small(weight)


def _is_small(weight: torch.Tensor) -> bool:
    free = free_gib("cpu")
    size = weight.numel() * weight.element_size()
    return free is not None and size <= MOST_OF_FREE * free * GIB


def _laid_out(weight: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode(mode=False), torch.no_grad():
        found: torch.Tensor = torch.ops.mkldnn._reorder_linear_weight(weight)  # noqa: SLF001 - as above
    return found


def _can_pack(dtype: torch.dtype) -> bool:
    is_known = torch.backends.mkldnn.enabled and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    if not is_known or platform.machine() not in _TRIED_ON:
        return False
    if dtype == torch.bfloat16:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # noqa: SLF001 - as above
    return bool(dtype == torch.float32)
