"""The prompt's common beginning, computed once and shared by every row of every batch.

Prompts of one task begin alike (system text, instructions, worked examples). Computing their
keys and values once made 32 prompts 4.4 times faster than plain batches at float32, with the
same answers; in bfloat16 together 11.9 times. What else a prompt shares with one that was read before
is not computed again either: see `PromptMemory`.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ladder.models.local.batches import common_prefix
from ladder.models.local.memory import Found, Row, free_unused, is_lack_of_memory
from ladder.models.local.prompt_memory import PromptMemory, ReadBatch

WORTH_TOKENS = 8
"""A common beginning of fewer tokens is read with every prompt."""

WORTH_A_LOOK = 40
"""A shorter beginning is copied into every row: to look at it apart takes longer. With 31 tokens, prompts
of 20 and 56 more were read in 4 to 8 % less time with copies; with 48 there was no difference."""


class PrefixMemory:
    """Remembers the keys and values of the last prefix, and of prompts; the next call often shares them.

    Attributes:
        model: The model of transformers.
        argument: What it calls the argument that takes the keys and values.
        prompts: What was read of single prompts.
        recorder: Has steps of decoding recorded on a GPU.
    """

    def __init__(self, model: Any) -> None:
        from ladder.models.local.recorded_steps import StepRecorder

        self.argument = cache_argument(model.forward)
        self._can_begin_alike = reads_past_gaps(model) and not keys_change_with_length(model)
        self.prompts = PromptMemory(model.device.type, is_possible=self._can_begin_alike)
        self.recorder = StepRecorder(model, self.argument)
        self.model = model
        self._ids: tuple[int, ...] = ()
        self._cache: Any = None
        self._is_shared = False

    def forward(self, cache: Any, **inputs: Any) -> Any:
        """Return what the model gives for some tokens, behind those of a cache where there is one."""
        given = {} if cache is None else {self.argument: cache}
        return self.model(**inputs, use_cache=cache is not None, **given)

    def usable(self, ids: Sequence[int], *, rows: int) -> int:
        """Return how many of the shared leading `ids` will be served from memory.

        A stored prefix that covers nearly all of it is used as it is, and any for a single row;
        else `ids` is computed, unless it is too short or the model's cache cannot be shared.
        """
        stored = common_prefix([ids, self._ids])
        if stored >= WORTH_TOKENS and (rows < 2 or stored >= 0.8 * len(ids)):
            return stored
        if rows < 2 or len(ids) < WORTH_TOKENS or not self._can_begin_alike:
            return 0
        if not self._compute(ids):
            return 0
        return len(ids)

    def copies(self, length: int, rows: int) -> Any:
        """Return a cache of the first `length` tokens for `rows` rows, sharing one memory if worth it."""
        from ladder.models.local.shared_attention import behind

        is_shared = self._is_shared and length >= WORTH_A_LOOK
        return behind(self._cache, length, rows=rows, is_shared=is_shared)

    def known(self, prompts: Sequence[Sequence[int]], *, shared: int) -> list[int]:
        """Return how many leading tokens of each prompt are in memory: all but the last at most.

        Args:
            prompts: Their tokens.
            shared: How many of them `usable` gave for all.
        """
        return [max(shared, min(self.prompts.known(ids), len(ids) - 1)) for ids in prompts]

    def begun(self, prompts: Sequence[Sequence[int]], known: Sequence[int], *, shared: int) -> Any:
        """Return a cache with the known tokens of each prompt, against the right edge.

        None where nothing is known, and the model's cache is not kept row by row.
        """
        cache = self.copies(shared, len(prompts)) if shared else self.empty()
        width = max(known) - shared
        if not width:
            return cache
        rows = {
            row: self.prompts.tokens(ids, shared, n)
            for row, (ids, n) in enumerate(zip(prompts, known, strict=True))
            if n > shared
        }
        for layer in cache.layers:
            found = {row: next(layers) for row, layers in rows.items()}
            _begin(layer, found, rows=len(prompts), width=width)
        return cache

    def keep(
        self,
        cache: Any,
        prompts: Sequence[Sequence[int]],
        mask: Sequence[Sequence[int]],
        *,
        shared: int,
        n_new: int,
    ) -> None:
        """Keep what was read of prompts.

        Args:
            cache: As it is after the model read them: what came behind may be in it.
            prompts: Their tokens.
            mask: 1 for each column of theirs, those that all share before them.
            shared: How many of them `usable` gave for all.
            n_new: How many tokens of all prompts were not known.
        """
        import torch

        from ladder.models.local.growing_layer import is_plain
        from ladder.models.local.shared_attention import LayerBehindBeginning

        is_apart = all(type(layer) is LayerBehindBeginning for layer in cache.layers)
        n_read = sum(map(len, prompts)) - shared * len(prompts)
        is_wanted = self.prompts.is_wanted(n_new=n_new, n_read=n_read)
        if not is_wanted or not (is_apart or is_plain(cache)):
            return
        self.prompts.keep(
            ReadBatch(
                prompts=tuple(map(tuple, prompts)),
                beginning=self._cache if shared else None,
                n_shared=shared,
                # A copy of the beginning in each row is not worth its memory.
                layers=tuple(
                    (layer.keys, layer.values)
                    if is_apart or not shared
                    else (layer.keys[:, :, shared:].clone(), layer.values[:, :, shared:].clone())
                    for layer in cache.layers
                ),
                columns=tuple(torch.tensor(row[shared:]).nonzero()[:, 0] for row in mask),
            )
        )

    def giving_way(self, run: Callable[[Sequence[Row]], Found]) -> Callable[[Sequence[Row]], Found]:
        """Return the same, tried once more without what is kept of prompts where memory runs out."""

        def tried(rows: Sequence[Row]) -> Found:
            try:
                return run(rows)
            except RuntimeError as error:
                if not (len(self.prompts) and is_lack_of_memory(error)):
                    raise
            self.prompts.forget()
            free_unused()
            return run(rows)

        return tried

    def empty(self) -> Any:
        """Return an empty cache whose rows can be taken out; None where the model has no such one."""
        from ladder.models.local.growing_layer import empty_cache

        return empty_cache(self.model)

    def forget(self) -> None:
        """Free the memory."""
        self._ids, self._cache = (), None
        self.prompts.forget()

    def _compute(self, ids: Sequence[int]) -> bool:
        import torch

        from ladder.models.local.growing_layer import is_plain
        from ladder.models.local.shared_attention import can_share

        self._ids, self._cache = (), None
        known = self.prompts.known(ids)
        cache = self.begun([ids], [known], shared=0)
        if cache is None:
            return False
        tensor = torch.tensor([list(ids)], device=self.model.device)
        if known < len(ids):
            with torch.inference_mode():
                self.forward(cache, input_ids=tensor[:, known:], logits_to_keep=1)
        if not is_plain(cache):
            return False
        self._ids, self._cache = tuple(ids), cache
        self._is_shared = can_share(self.model, cache, self.argument, tensor[0, :WORTH_TOKENS])
        return True


def _begin(layer: Any, found: dict[int, tuple[Any, Any]], *, rows: int, width: int) -> None:
    """Put known keys and values of some rows into a layer, behind what it has of all of them."""
    import torch

    pair = []
    for part in (0, 1):
        heads, _, size = next(iter(found.values()))[part].shape
        whole = next(iter(found.values()))[part].new_zeros(rows, heads, width, size)
        for row, known in found.items():
            whole[row, :, width - known[part].shape[1] :] = known[part]
        pair.append(whole)
    if layer.is_initialized or layer.keys is not None:
        pair = [
            torch.cat(both, dim=2) for both in zip((layer.keys, layer.values), pair, strict=True)
        ]
    else:
        layer.lazy_initialization(*pair)
    layer.keys, layer.values = pair


def keys_change_with_length(model: Any) -> bool:
    """Return whether a token's keys depend on how long the whole prompt is.

    Two ways to stretch rotary positions do that: `dynamic` (NTK), and `longrope` of the Phi-3 family,
    which has factors for short prompts and others for long ones. Keys that a short prompt left are
    then not those of a longer one that begins alike.
    """
    config = model.config.get_text_config()
    found = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    each_layer = [found, *(part for part in found.values() if isinstance(part, dict))]
    kinds = {str(part.get("rope_type") or part.get("type")) for part in each_layer}
    return bool(kinds & {"dynamic", "longrope", "su"})


def reads_past_gaps(model: Any) -> bool:
    """Return whether columns without a token change nothing: positions count, and not columns.

    MPT takes the distance of two tokens from their columns, and so does the local window of GPT-Neo.
    """
    takes_positions = "position_ids" in inspect.signature(model.forward).parameters
    windows = getattr(model.config.get_text_config(), "attention_layers", None) or ()
    return takes_positions and "local" not in windows


def cache_argument(forward: Callable[..., Any]) -> str:
    """Return the name of the argument for keys and values: `cache` from transformers 5.24 on.

    >>> cache_argument(lambda input_ids, past_key_values=None: None)
    'past_key_values'
    """
    return "cache" if "cache" in inspect.signature(forward).parameters else "past_key_values"
