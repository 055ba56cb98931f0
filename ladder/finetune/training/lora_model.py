"""The base model as training needs it: quantised to NF4 or not, with fresh LoRA weights on it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ladder.errors import InfrastructureError, ModelLoadError
from ladder.finetune.permit import Permit
from ladder.finetune.training.processes import own_device
from ladder.models.local.precision import packing
from ladder.models.local.weights import best_device, resolve_dtype
from ladder.models.locate import check_weights
from ladder.models.quiet import quiet_peft, quiet_transformers
from ladder.spec.training import Training

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Method = Literal["qlora", "lora"]


def load_base(folder: Path, method: Method) -> "PreTrainedModel":
    """Return the weights in `folder`, on the GPU where there is one; NF4 for `qlora`.

    Quantisation is 4-bit NormalFloat with double quantisation (Dettmers and others 2023).
    """
    import torch
    from transformers import AutoModelForCausalLM

    device = best_device()
    compute = getattr(torch, resolve_dtype("auto", device))
    arguments: dict[str, Any] = {
        "dtype": compute,
        "device_map": {"": own_device(device)},
        "trust_remote_code": False,
        "use_safetensors": True,
    }
    check_weights(folder)
    try:
        with quiet_transformers():
            if method == "qlora":
                arguments |= packing("nf4", compute)
            model = AutoModelForCausalLM.from_pretrained(folder, **arguments)
    except (OSError, ValueError, ImportError) as error:
        raise ModelLoadError(
            f"The base model in {folder} does not load for training: {error}",
            next_step="Try `method: lora`, which does not quantise, or another model.",
        ) from error
    keep_unpacked(model)
    model.config.use_cache = False
    return model


def add_lora(permit: Permit, base: "PreTrainedModel", training: Training) -> Any:  # noqa: ANN401
    """Return the base with untrained LoRA weights on every linear layer but the head."""
    packed = packed_layers(base)
    if packed:
        raise InfrastructureError(
            f"bitsandbytes has repacked {packed} layers for fast inference, which breaks training.",
            next_step="Report this with your bitsandbytes version; `method: lora` avoids it.",
        )
    return _with_lora(permit, base, training)


def empty_lora_model(permit: Permit, folder: Path, training: Training) -> Any:  # noqa: ANN401
    """Return what `add_lora` would give for the model in `folder`, without its weights.

    Every layer has its name and its shape and takes no memory, so that what the training could
    not do is known before anything is loaded, for any architecture that transformers knows.

    Raises:
        ModelLoadError: transformers does not know the architecture, or peft has no LoRA for it.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    try:
        with quiet_transformers(), torch.device("meta"):
            config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
            base = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
        return _with_lora(permit, base, training)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ModelLoadError(
            f"LoRA weights cannot be put on the model in {folder}: {str(error)[:300]}",
            next_step="Use a model whose layers are linear ones, such as Llama, Qwen or GPT-2.",
        ) from error


def _with_lora(permit: Permit, base: "PreTrainedModel", training: Training) -> Any:  # noqa: ANN401
    """Return the base with LoRA weights.

    The layers are named one by one: `all-linear` also takes the experts of some models, which are
    no layers, and whose weights no adapter check knows.
    """
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers.pytorch_utils import Conv1D

    permit.check_given()
    head = base.get_output_embeddings()
    layers = [
        name
        for name, module in base.named_modules()
        if isinstance(module, (torch.nn.Linear, Conv1D)) and module is not head
    ]
    if head is None or not layers:
        raise ValueError("it has no linear layers, or no head that gives tokens")
    config = LoraConfig(
        r=training.rank,
        lora_alpha=training.alpha,
        lora_dropout=0.0,
        bias="none",
        target_modules=layers,
        task_type="CAUSAL_LM",
    )
    with quiet_peft():
        return get_peft_model(base, config)


def keep_unpacked(model: Any) -> None:  # noqa: ANN401
    """Keep bitsandbytes from repacking 4-bit weights for the CPU at the first evaluation.

    What is trained or merged after that repacking is silently wrong (measured with 0.50.2:
    LoRA gradients with a cosine of .75 to .93 to the right ones).
    """
    for layer in _four_bit_layers(model):
        layer.support_avx512bf16_for_cpu = False


def packed_layers(model: Any) -> int:  # noqa: ANN401
    """Return how many 4-bit layers bitsandbytes has repacked; must be 0 wherever we train."""
    return sum(
        bool(getattr(getattr(layer.weight, "quant_state", None), "packing_format_for_cpu", False))
        for layer in _four_bit_layers(model)
    )


def _four_bit_layers(model: Any) -> list[Any]:  # noqa: ANN401
    return [layer for layer in model.modules() if hasattr(layer, "support_avx512bf16_for_cpu")]
