"""Load a model's weights: the dtype that this machine is good at, an adapter merged in."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ladder.errors import ModelLoadError, UnsafeError
from ladder.models.local.allocator import freed_at_once
from ladder.models.local.check_adapter import check_adapter
from ladder.models.local.precision import check_precision, check_still_packed, packing
from ladder.models.locate import check_weights
from ladder.models.quiet import quiet_peft, quiet_transformers
from ladder.spec.candidate import ModelRef


def best_device() -> str:
    """Return `cuda` where there is one, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def device_map_of(ref: ModelRef, device: str) -> str | None:
    """Return how the weights are spread over GPUs; None where they lie on one device.

    Raises:
        ModelLoadError: `device_map` is given and there is no GPU: on a processor nothing is spread,
            and Apple's MPS is not used, as its answers were never checked.
    """
    if ref.device_map is not None and device != "cuda":
        raise ModelLoadError(
            f"model.device_map: {ref.device_map} spreads weights over GPUs, and {device} is all there is.",
            next_step="Leave model.device_map out.",
        )
    return ref.device_map


def resolve_dtype(wanted: str, device: str) -> str:
    """Return the dtype's name; `auto` is bfloat16 where the hardware has it, else float32.

    bfloat16 is two to three times faster there, and changes about 2 % of the answers: the dtype
    is part of what a model is.
    """
    import torch

    if wanted != "auto":
        return wanted
    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    able = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return "bfloat16" if able.get("avx512_bf16") or able.get("amx_bf16") else "float32"


def load_weights(
    folder: Path,
    *,
    dtype: str,
    device: str,
    adapter: Path | None = None,
    quantization: str | None = None,
    device_map: str | None = None,
) -> Any:
    """Return the model, ready to generate; a LoRA adapter is merged into a copy in memory.

    An unmerged adapter makes generation about four times slower. Merging is done in float32.
    `quantization` packs linear layers into 8 or 4 bits; weights that are packed already are loaded
    as they are, or not at all: see `check_precision`.

    Raises:
        ModelLoadError: The files are damaged or of an unknown architecture.
        UnsafeError: Pickled weights, code of its own, or an adapter with unexpected tensors.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    check_weights(folder)
    own = check_precision(folder, device, quantization=quantization, adapter=adapter)
    wanted = getattr(torch, dtype)
    packed: dict[str, Any] = {"device_map": device_map} if device_map else {}
    if quantization is not None:
        packed = {"device_map": device_map or {"": device}, **packing(quantization, wanted)}
    # An adapter is merged in float32: what is narrowed after that is given back like what is packed.
    is_narrowed = quantization is not None or (adapter is not None and dtype != "float32")
    with quiet_transformers(), freed_at_once() if is_narrowed else nullcontext():
        try:
            model = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=wanted if adapter is None else torch.float32,
                trust_remote_code=False,
                use_safetensors=True,
                **packed,
            )
        except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
            raise _not_loaded(folder, error) from error
        if adapter is not None:
            model = _merged(model, adapter).to(wanted)
    if own:
        check_still_packed(model, folder)
    return model.eval() if packed or own else model.to(device).eval()


def _merged(model: Any, adapter: Path) -> Any:
    check_adapter(adapter, model)
    from peft import PeftModel

    with quiet_peft():
        return PeftModel.from_pretrained(model, adapter, torch_device="cpu").merge_and_unload()


def _not_loaded(folder: Path, error: Exception) -> ModelLoadError | UnsafeError:
    if "trust_remote_code" in str(error):
        return UnsafeError(
            f"{folder} needs code of its own to load; ladder never runs such code.",
            next_step="Use a model whose architecture transformers knows, or serve it and "
            "give base_url.",
        )
    return ModelLoadError(
        f"{folder} could not be loaded ({type(error).__name__}: {str(error)[:200]}).",
        next_step="Download the files again; if it stays, update transformers.",
    )
