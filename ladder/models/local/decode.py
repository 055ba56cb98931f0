"""One batch through `generate`: padded rows in, new token ids out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ladder.models.base import Request
from ladder.models.local.prefix import PrefixMemory
from ladder.models.local.sampling import sampling_processors, seed_of
from ladder.models.prompt import RenderedPrompt
from ladder.models.quiet import quiet_transformers
from ladder.models.stop_strings import first_stop, kept_from_backend
from ladder.models.tokenizer import ChatTokenizer
from ladder.spec.candidate import Decoding


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """What all rows of a batch have in common; each has its own seed."""

    decoding: Decoding
    stops: tuple[int, ...]
    padding_side: str


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One prompt, and where its answer belongs."""

    position: int
    request: Request
    prompt: RenderedPrompt


def new_ids(
    model: Any,  # noqa: ANN401 - transformers has no types
    tokenizer: ChatTokenizer,
    memory: PrefixMemory,
    kind: BatchSettings,
    rows: Sequence[BatchRow],
    *,
    shared: int,
) -> list[list[int]]:
    """Return the generated ids of each row; rows that ended early go on in padding.

    Args:
        model: The model of transformers.
        tokenizer: Its tokenizer.
        memory: Holds the keys and values of the shared prefix.
        kind: What the rows have in common.
        rows: The batch.
        shared: How many leading tokens of every row are in `memory`.
    """
    import torch

    device = model.device
    pad = (
        tokenizer.pad_token_id if tokenizer.pad_token_id is not None else next(iter(kind.stops), 0)
    )
    own, mask = padded([row.prompt.ids[shared:] for row in rows], pad=pad, side=kind.padding_side)
    prefix = list(rows[0].prompt.ids[:shared])
    inputs = [prefix + row for row in own]
    attention = [[1] * shared + row for row in mask]
    options: dict[str, Any] = {}
    if shared:
        options[memory.argument] = memory.copies(shared, len(rows) * kind.decoding.num_beams)
    options |= _stops(kind.decoding.stop_strings, tokenizer, len(inputs[0]))
    seeds = [seed_of(row.request) for row in rows]
    with torch.inference_mode(), quiet_transformers():
        output = model.generate(
            input_ids=torch.tensor(inputs, device=device),
            attention_mask=torch.tensor(attention, device=device),
            generation_config=_settings(kind, pad),
            logits_processor=sampling_processors(kind.decoding, seeds, device),
            **options,
        )
    new: list[list[int]] = output[:, len(inputs[0]) :].tolist()
    return new


def _stops(strings: Sequence[str], tokenizer: ChatTokenizer, start: int) -> dict[str, Any]:
    """Return the options of `generate` that end rows at stop strings."""
    late = kept_from_backend(strings)
    sent = [string for string in strings if string not in late]
    options: dict[str, Any] = {}
    if sent:
        options = {"stop_strings": sent, "tokenizer": tokenizer.raw}
    if late:
        from transformers import StoppingCriteriaList

        options["stopping_criteria"] = StoppingCriteriaList([_stop_late(late, tokenizer, start)])
    return options


def _stop_late(strings: Sequence[str], tokenizer: ChatTokenizer, start: int) -> Any:  # noqa: ANN401 - torch's tensors
    """Return what tells `generate` which rows hold a stop string after their answer has begun."""
    import torch

    def are_done(ids: Any, scores: Any, **_: Any) -> Any:  # noqa: ANN401
        del scores
        texts = [tokenizer.decode(row, skip_special_tokens=True) for row in ids[:, start:].tolist()]
        done = [first_stop(text, strings) is not None for text in texts]
        return torch.tensor(done, device=ids.device)

    return are_done


def padded(
    rows: Sequence[Sequence[int]], *, pad: int, side: str
) -> tuple[list[list[int]], list[list[int]]]:
    """Return rows filled up to one length, and the attention mask.

    >>> padded([[5, 6], [7]], pad=0, side="left")
    ([[5, 6], [0, 7]], [[1, 1], [0, 1]])
    """
    width = max(len(row) for row in rows)
    filled, mask = [], []
    for row in rows:
        gap = width - len(row)
        pads, ones = [pad] * gap, [1] * len(row)
        filled.append([*pads, *row] if side == "left" else [*row, *pads])
        mask.append([0] * gap + ones if side == "left" else ones + [0] * gap)
    return filled, mask


def take_stop_ids(model: Any) -> tuple[int, ...]:  # noqa: ANN401 - transformers has no types
    """Return the stop ids that the model declares, and clear its generation_config.

    `generate` fills whatever a call leaves out from there: penalties and sampling defaults too.
    """
    from transformers import GenerationConfig

    declared = model.generation_config.eos_token_id
    model.generation_config = GenerationConfig()
    if declared is None:
        return ()
    return tuple(declared) if isinstance(declared, list) else (declared,)


def _settings(kind: BatchSettings, pad: int) -> Any:  # noqa: ANN401 - transformers has no types
    from transformers import GenerationConfig

    decoding = kind.decoding
    settings: dict[str, Any] = {
        "do_sample": False,
        "max_new_tokens": decoding.max_new_tokens,
        "num_beams": decoding.num_beams,
        "pad_token_id": pad,
        "eos_token_id": list(kind.stops) or None,
    }
    if decoding.repetition_penalty is not None:
        settings["repetition_penalty"] = float(decoding.repetition_penalty)
    return GenerationConfig(**settings)
