"""A step of decoding on a GPU, recorded once for a batch and played again for each of its tokens.

A step starts more than a thousand kernels, and mostly the GPU waits for the CPU to start the next. As a
recording (a CUDA graph) they start together. For that they must find everything in its place: new keys
and values are written into tensors with room for all of them, and the mask covers that room.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import torch
from transformers.cache_utils import DynamicLayer

from ladder.models.local.growing_layer import GrowingLayer, empty_cache, is_plain
from ladder.models.local.memory import is_lack_of_memory
from ladder.models.local.shared_attention import CLOSE, CLOSE_IN_HALF

Run = Callable[[], Any]

WORTH_TOKENS = 5
"""A shorter answer is written as ever: to record a step takes about as long as the step."""

_KNOWN = {
    "input_ids",
    "attention_mask",
    "position_ids",
    "use_cache",
    "return_dict",
    "logits_to_keep",
}
"""What a step may be given beside keys and values; the steps of a model that is given more are not recorded."""

_MOVING = {"input_ids", "position_ids"}
"""What each step is given anew. A model that is not told places takes them from how many columns there are,
and with room behind them there are too many."""

_ALIGNED = 16
"""Columns of a mask come in multiples of this, so that attention need not copy it."""

_TRIED_TOKENS = 8


class StepRecorder:
    """Has the steps of a model on a GPU recorded, where it answers the same with them.

    Args:
        model: The model of transformers.
        argument: What the model calls the argument that takes keys and values.
        record: Turns what runs a step into what plays it again; for tests without a GPU.
    """

    def __init__(
        self, model: Any, argument: str, record: Callable[[Run], Run] | None = None
    ) -> None:
        self._model = model
        self._argument = argument
        self._record = record or RecordedOnGpu()
        self._is_possible: bool | None = None if record or _is_on_one_gpu(model) else False

    @contextmanager
    def used(self, cache: Any, tokens: int) -> Iterator[None]:
        """Have the model's forward pass play the steps of a batch.

        Args:
            cache: The keys and values of the batch; None where its steps are not to be recorded.
            tokens: How many each row gets at most.
        """
        if cache is None or tokens < WORTH_TOKENS or not self._can_record():
            yield
            return
        with self._playing(cache, tokens):
            yield

    @contextmanager
    def _playing(self, cache: Any, tokens: int) -> Iterator[None]:
        own = vars(self._model).get("forward")  # such as a hook
        plain = self._model.forward
        steps = _Steps(plain, self._argument, cache, tokens, self._record)

        @functools.wraps(plain)  # `generate` looks at what a model takes
        def forward(*args: Any, **given: Any) -> Any:
            return steps.forward(*args, **given)

        self._model.forward = forward
        try:
            yield
        finally:
            if own is None:
                del self._model.forward
            else:
                self._model.forward = own
            steps.end()
            if steps.error is not None:
                self._is_possible = False

    def _can_record(self) -> bool:
        """Return whether recorded steps give this model's logits: it is tried once, not looked up."""
        if self._is_possible is None:
            self._is_possible = False
            with suppress(
                RuntimeError, AttributeError, AssertionError, LookupError, TypeError, ValueError
            ):
                self._is_possible = self._agrees()
        return self._is_possible

    def _agrees(self) -> bool:
        if empty_cache(self._model) is None:
            return False
        plain, found = self._logits(), self._logits(is_recorded=True)
        close = CLOSE if self._model.dtype == torch.float32 else CLOSE_IN_HALF
        return bool((found - plain).abs().max() <= close * plain.abs().max())

    def _logits(self, *, is_recorded: bool = False) -> Any:
        """Return the logits of some steps of two rows, the second of which begins a token later."""
        n_words = self._model.get_input_embeddings().weight.shape[0]
        ids = torch.arange(4 * _TRIED_TOKENS, device=self._model.device).view(2, -1) % n_words
        mask = torch.ones_like(ids)
        mask[1, 0] = 0
        places = (mask.cumsum(-1) - 1).clamp(min=0)
        cache = empty_cache(self._model)

        def logits(first: int, last: int) -> Any:
            found = self._model(
                input_ids=ids[:, first:last],
                attention_mask=mask[:, :last],
                position_ids=places[:, first:last],
                use_cache=True,
                **{self._argument: cache},
            )
            return found.logits[:, -1].to(torch.float32, copy=True)

        def steps() -> Any:
            return torch.stack([logits(at, at + 1) for at in range(_TRIED_TOKENS, ids.shape[1])])

        with torch.inference_mode():
            logits(0, _TRIED_TOKENS)
            if not is_recorded:
                return steps()
            with self._playing(cache, _TRIED_TOKENS):
                return steps()


@dataclass(slots=True)
class _Steps:
    """The forward pass of a model while a batch is answered.

    Prompts are read as ever, and so is the first token behind them, so that all that a kernel needs
    is there when the step of the second is recorded.
    """

    _plain: Callable[..., Any]
    _argument: str
    _cache: Any
    _tokens: int
    _record: Callable[[Run], Run]
    error: RuntimeError | None = None
    _is_begun: bool = False
    _step: "_Step | None" = None

    def forward(self, *args: Any, **given: Any) -> Any:
        is_of_batch = not args and given.get(self._argument) is self._cache
        if is_of_batch and self._step is not None:
            return self._step.play(given)
        if not is_of_batch or self.error is not None or not self._is_step(given):
            return self._plain(*args, **given)
        if not self._is_begun:
            self._is_begun = True
            return self._plain(**given)
        step = _Step(self._plain, given, self._cache, self._tokens)
        try:
            step.record(self._record)
        except RuntimeError as error:
            step.end()
            if is_lack_of_memory(error):
                raise
            self.error = error
            return self._plain(**given)
        self._step = step
        return step.play(given)

    def _is_step(self, given: dict[str, Any]) -> bool:
        """Return whether each row gets one token, behind keys and values that all stay."""
        names = given.keys()
        if not names >= _MOVING or not names <= _KNOWN | {self._argument}:
            return False
        return given["input_ids"].shape[1] == 1 and is_plain(self._cache)

    def end(self) -> None:
        """Leave the cache as a model leaves it."""
        if self._step is not None:
            self._step.end()


class _Step:
    """A step of a batch in which everything has its place.

    Args:
        plain: The forward pass.
        given: What it is given for the first of these steps.
        cache: Keys and values; its layers get room until `end`.
        tokens: For so many further columns.
    """

    def __init__(
        self, plain: Callable[..., Any], given: dict[str, Any], cache: Any, tokens: int
    ) -> None:
        ids, seen = given["input_ids"], given.get("attention_mask")
        self._cache = cache
        self._n_seen = int(cache.get_seq_length())
        n_columns = -(-(self._n_seen + tokens) // _ALIGNED) * _ALIGNED
        self._column = torch.tensor([self._n_seen], device=ids.device)
        self._mask = torch.zeros(len(ids), 1, 1, n_columns, dtype=torch.bool, device=ids.device)
        self._mask[:, 0, 0, : self._n_seen] = True if seen is None else seen[:, : self._n_seen] != 0
        self._moving = {name: given[name].clone() for name in _MOVING}
        self._plain = functools.partial(
            plain, **{**given, **self._moving, "attention_mask": self._mask}
        )
        for at, layer in enumerate(cache.layers):
            cache.layers[at] = _LayerWithRoom(layer, n_columns, self._column)

    def record(self, record: Callable[[Run], Run]) -> None:
        self._play = record(self._run)

    def _run(self) -> Any:
        self._mask.index_fill_(3, self._column, value=True)
        return self._plain()

    def play(self, given: dict[str, Any]) -> Any:
        """Return what the model gives for a step; the next one writes over it."""
        for name, place in self._moving.items():
            place.copy_(given[name])
        found = self._play()
        self._column += 1
        self._n_seen += 1
        return found

    def end(self) -> None:
        """Take the room from the layers that no token came to."""
        for at, layer in enumerate(self._cache.layers):
            self._cache.layers[at] = layer.without_room(self._n_seen)


class _LayerWithRoom(DynamicLayer):  # type: ignore[misc] # transformers has no types
    """Keys and values with room for further columns, which are written in place.

    Args:
        layer: As it is so far.
        n_columns: With the room.
        column: Where the next one is written, a tensor of shape (1,).
    """

    def __init__(self, layer: Any, n_columns: int, column: Any) -> None:
        super().__init__()
        self.lazy_initialization(layer.keys, layer.values)
        self.keys = _widened(layer.keys, n_columns)
        self.values = _widened(layer.values, n_columns)
        self._column = column

    def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        """Return all keys and values, those of the new column included."""
        self.keys.index_copy_(2, self._column, key_states)
        self.values.index_copy_(2, self._column, value_states)
        return self.keys, self.values

    def without_room(self, n_columns: int) -> GrowingLayer:
        """Return the layer of so many columns that grows as ever."""
        layer = GrowingLayer()
        layer.lazy_initialization(self.keys, self.values)
        layer.keys, layer.values = self.keys[:, :, :n_columns], self.values[:, :, :n_columns]
        return layer


def _widened(part: Any, n_columns: int) -> Any:
    rows, heads, n_seen, size = part.shape
    whole = part.new_zeros(rows, heads, n_columns, size)
    whole[:, :, :n_seen] = part
    return whole


class RecordedOnGpu:
    """Records what runs on a GPU; the memory of a recording serves for the next one."""

    def __init__(self) -> None:
        self._last: Any = None

    def __call__(self, run: Run) -> Run:
        """Return what plays again what `run` does; its result is the same tensors each time."""
        graph, stream = torch.cuda.CUDAGraph(), _stream()
        pool = None if self._last is None else self._last.pool()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            graph.capture_begin(pool=pool, capture_error_mode="thread_local")
            try:
                found = run()
            except BaseException:
                with suppress(RuntimeError):  # the first error says more
                    graph.capture_end()
                raise
            graph.capture_end()
        self._last = graph

        def play() -> Any:
            graph.replay()
            return found

        return play


@functools.cache
def _stream() -> Any:
    """Return the stream for recordings: each further one would get memory of its own for products."""
    return torch.cuda.Stream()  # type: ignore[no-untyped-call] # torch has none there


def _is_on_one_gpu(model: Any) -> bool:
    """Return whether all of a model is on the GPU that torch records on, with transformers' `sdpa`."""
    is_sdpa = model.config._attn_implementation == "sdpa"  # noqa: SLF001 - it has no public name
    devices = set(getattr(model, "hf_device_map", {"": model.device}).values())
    is_here = model.device.type == "cuda" and model.device.index == torch.cuda.current_device()
    return is_sdpa and is_here and len(devices) == 1
