"""`GrowingBatch`: prompts that are being answered; rows that ended can be taken out."""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from ladder.models.local.constrained_rows import ConstrainedRows
from ladder.models.local.sampling import sampling_processors
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


@dataclass(slots=True)
class GrowingBatch:
    """The lines of a batch with all that each grows by: ids, keys and values, random numbers.

    Attributes:
        model: The model of transformers.
        tokenizer: Its tokenizer.
        kind: What the lines have in common.
        ids: Prompt and shared prefix of each line, shape (lines, tokens), padded.
        mask: 1 where a token counts, of the same shape.
        streams: Random numbers, one stream a line; none where nothing is drawn.
        caches: The argument that hands keys and values to the model, by its name; empty where
            `generate` makes and forgets its own.
        held: What holds each line to the form that is asked for; None where any text may come.
        start: Length of the prompts, in tokens.
    """

    model: Any
    tokenizer: ChatTokenizer
    kind: BatchSettings
    _: KW_ONLY
    ids: Any
    mask: Any
    streams: list[Any]
    caches: dict[str, Any]
    held: ConstrainedRows | None = None
    start: int = field(init=False)

    def __post_init__(self) -> None:
        """Know where the answers begin."""
        self.start = self.ids.shape[1]

    def grow(self, tokens: int, on_token: Callable[[], None]) -> list[list[int]]:
        """Return the next ids of each line: as many as asked for, fewer where all lines ended.

        Args:
            tokens: How many at most.
            on_token: Called whenever each line is about to get its next one.
        """
        import torch

        width = self.ids.shape[1]
        decoding = self.kind.decoding
        processors = sampling_processors(decoding, self.streams)
        if self.held is not None:
            processors.insert(0, self.held.processor(self.start))
        processors.append(_told(on_token))
        with torch.inference_mode(), quiet_transformers():
            self.ids = self.model.generate(
                input_ids=self.ids,
                attention_mask=self.mask,
                generation_config=_settings(self.kind, tokens, self.tokenizer),
                logits_processor=processors,
                **self.caches,
                **_stops(decoding.stop_strings, self.tokenizer, self.start),
            )
        new: list[list[int]] = self.ids[:, width:].tolist()
        return new

    def keep(self, lines: Sequence[int]) -> None:
        """Go on with these lines only; all of them are still unfinished."""
        import torch

        chosen = torch.tensor(lines, device=self.ids.device)
        self.ids, mask = self.ids[chosen], self.mask[chosen]
        grown = mask.new_ones(len(lines), self.ids.shape[1] - mask.shape[1])
        self.mask = torch.cat([mask, grown], dim=1)
        self.streams = [self.streams[line] for line in lines if self.streams]
        if self.held is not None:
            self.held.keep(lines)
        for cache in self.caches.values():
            cache.batch_select_indices(chosen)


def _told(on_token: Callable[[], None]) -> Any:
    """Return a logits processor that changes nothing, and tells of each token."""

    def unchanged(ids: Any, scores: Any) -> Any:
        del ids
        on_token()
        return scores

    return unchanged


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


def _stop_late(strings: Sequence[str], tokenizer: ChatTokenizer, start: int) -> Any:
    """Return what tells `generate` which rows hold a stop string after their answer has begun."""
    import torch

    def are_done(ids: Any, scores: Any, **_: Any) -> Any:
        del scores
        texts = [tokenizer.decode(row, skip_special_tokens=True) for row in ids[:, start:].tolist()]
        done = [first_stop(text, strings) is not None for text in texts]
        return torch.tensor(done, device=ids.device)

    return are_done


def pad_id(tokenizer: ChatTokenizer, kind: BatchSettings) -> int:
    """Return the token that fills lines up."""
    own = tokenizer.pad_token_id
    return own if own is not None else next(iter(kind.stops), 0)


def _settings(kind: BatchSettings, tokens: int, tokenizer: ChatTokenizer) -> Any:
    from transformers import GenerationConfig

    decoding = kind.decoding
    settings: dict[str, Any] = {
        "do_sample": False,
        "max_new_tokens": tokens,
        "num_beams": decoding.num_beams,
        "pad_token_id": pad_id(tokenizer, kind),
        "eos_token_id": list(kind.stops) or None,
    }
    if decoding.repetition_penalty is not None:
        settings["repetition_penalty"] = float(decoding.repetition_penalty)
    return GenerationConfig(**settings)
