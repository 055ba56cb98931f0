"""Merge: one plain model from base and adapter, and how far it is from the two apart."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ladder.disk import draft_of
from ladder.errors import DataError
from ladder.finetune.versions.registry import verify_version
from ladder.finetune.versions.version_record import VersionRecord
from ladder.frozen import Frozen
from ladder.models import converted_folder, load_generator
from ladder.models.prompt import tokenise
from ladder.models.quiet import quiet_peft, quiet_transformers
from ladder.models.tokenizer import tokenizer_of


class Parity(Frozen):
    """How far the merged model is from base and adapter apart.

    Attributes:
        largest_difference, largest_logit: Over the last position of every probe.
        same, n: Probes that the merged model, loaded from its folder, answers as recorded.
    """

    largest_difference: float
    largest_logit: float
    same: int
    n: int


def merge_version(folder: Path, out: Path) -> Parity:
    """Write a version, merged into the base model's own weights, to `out`, and measure parity.

    The sum is made in float32 on the weights that the adapter was measured with: not on their
    NF4 form, which would quantise the sum again (largest logit difference .2, not 1e-6).

    Raises:
        DataError: `out` is there already.
        EvidenceError: The version is not as recorded.
    """
    _, record = verify_version(folder)
    if out.exists():
        raise DataError(f"{out} exists.", next_step="Name a new folder.")
    candidate = record.report.candidate
    base = converted_folder(candidate.model)
    with draft_of(out) as draft:
        difference, logit = _merge(base, folder, draft, record)
        _copy_rest(base, draft)
    ref = candidate.model.replace(id=str(out.resolve()), revision=None)
    with closing(load_generator(ref)) as merged:
        found = dict(merged.generate([probe.request for probe in record.probes]))
    same = sum(found[at].text == probe.adapter for at, probe in enumerate(record.probes))
    return Parity(
        largest_difference=difference, largest_logit=logit, same=same, n=len(record.probes)
    )


def _merge(base: Path, adapter: Path, out: Path, record: VersionRecord) -> tuple[float, float]:
    import torch

    with quiet_transformers():
        from peft import PeftModel
        from transformers import AutoModelForCausalLM
    tokenizer = tokenizer_of(base)
    prompts = [tokenise(probe.request, tokenizer).ids for probe in record.probes]
    with quiet_transformers(), quiet_peft(), torch.no_grad():
        stored = AutoModelForCausalLM.from_pretrained(
            base, dtype=torch.float32, trust_remote_code=False, use_safetensors=True
        )
        apart = PeftModel.from_pretrained(stored, adapter, torch_device="cpu").eval()
        before = [_last_logits(apart, ids) for ids in prompts]
        merged = apart.merge_and_unload()
        after = [_last_logits(merged, ids) for ids in prompts]
        merged.save_pretrained(out)
    pairs = list(zip(before, after, strict=True))
    difference = max((float((b - a).abs().max()) for b, a in pairs), default=0.0)
    return difference, max((float(b.abs().max()) for b in before), default=0.0)


def _last_logits(model: Any, ids: Sequence[int]) -> Any:  # noqa: ANN401 - transformers has no types
    import torch

    return model(input_ids=torch.tensor([list(ids)]), logits_to_keep=1).logits[0, -1]


def _copy_rest(base: Path, out: Path) -> None:
    """Copy tokenizer, template and generation settings: what makes weights a chat model."""
    for path in base.iterdir():
        known = (out / path.name).exists() or path.name.startswith(("model", "pytorch_model"))
        if path.is_file() and not known and path.suffix in (".json", ".jinja", ".model", ".txt"):
            shutil.copy2(path, out / path.name)
