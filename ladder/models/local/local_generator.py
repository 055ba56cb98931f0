"""`LocalGenerator`: answers from weights in this process."""

import math
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ladder.errors import PromptLengthError, RenderError, SpecError
from ladder.frozen import digest_of
from ladder.models.base import Answer, Request
from ladder.models.digest import path_digest
from ladder.models.gguf.convert import converted_folder
from ladder.models.local.batches import most_rows, plan_batches, shared_length
from ladder.models.local.constrained_rows import Grammars
from ladder.models.local.decode import BatchRow, new_ids, take_stop_ids, told_by_token
from ladder.models.local.embedding import untrained_ids
from ladder.models.local.growing_batch import BatchSettings
from ladder.models.local.likeliest_label import likeliest_labels
from ladder.models.local.likelihood import mean_log_likelihoods
from ladder.models.local.memory import in_halves, rows_that_fit
from ladder.models.local.memory_need import check_memory_need
from ladder.models.local.prefix import PrefixMemory
from ladder.models.local.stop_tokens import cut, stop_ids
from ladder.models.local.weights import best_device, device_map_of, load_weights, resolve_dtype
from ladder.models.locate import locate
from ladder.models.prompt import RenderedPrompt, is_hopeless, tokenise, with_prefill
from ladder.models.tokenizer import tokenizer_of
from ladder.models.written_prompts import written_together
from ladder.scoring.thoughts import leaves_thought_open
from ladder.spec.candidate import ModelRef

RIGHT_PADDED_ROWS = 8

_SHORTEN = "Shorten this row, or take fewer or shorter passages and examples."


class LocalGenerator:
    """A causal model of transformers, batched by length, with the common prefix shared.

    Greedy answers do not depend on the batch at float32 (0 of 275 changed). At bfloat16 rounding
    changes some, the more the longer they are (11 of 275 short ones, 6 of 32 of up to 32 tokens); the noise
    check of a run counts them. Sampled answers depend on the request and its seed only, in the same sense. Settings that a Decoding leaves out are off: sampling defaults and penalties in the
    model's own generation_config are not applied; of that file only the stop tokens count.

    Args:
        ref: The model: hub id, folder, `.gguf` or `package:`.
        adapter: A folder with LoRA weights, merged in memory.
    """

    is_local = True
    answers_in_batches = True

    def __init__(self, ref: ModelRef, *, adapter: str | None = None) -> None:
        check_memory_need(ref)
        folder = converted_folder(ref)
        adapter_folder = None if adapter is None else Path(adapter).expanduser()
        device = best_device()
        dtype = resolve_dtype(ref.dtype, device)
        self.tokenizer = tokenizer_of(folder)
        self.model: Any = load_weights(
            folder,
            dtype=dtype,
            device=device,
            adapter=adapter_folder,
            quantization=ref.quantization,
            device_map=device_map_of(ref, device),
        )
        self.identity = digest_of(
            {
                "backend": f"transformers {version('transformers').split('.')[0]}",
                "model": path_digest(locate(ref)),
                "adapter": None if adapter_folder is None else path_digest(adapter_folder),
                "dtype": dtype,
                "device": device,
                **({"quantization": ref.quantization} if ref.quantization else {}),
            }
        )
        self.special_tokens = self.tokenizer.control_tokens
        self.has_template = self.tokenizer.template is not None
        self.dtype = dtype
        self._declared_stops = take_stop_ids(self.model)
        self._max_rows = most_rows(device)  # halved for good when memory runs out
        self._prefix = PrefixMemory(self.model)
        self._grammars = Grammars(self.model, self.tokenizer)
        self._is_laid_out = False

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer all requests; yield `(position, answer)` as each batch ends."""
        self._lay_out()
        groups: dict[BatchSettings, list[BatchRow]] = {}
        texts = self._texts(requests)
        for position, request in enumerate(requests):
            try:
                row = BatchRow(position, request, self._prompt(request, texts[position]))
            except (RenderError, PromptLengthError) as error:
                told = f"{error} {error.next_step}"
                yield position, Answer("", finish_reason="refused", error=told)
                continue
            groups.setdefault(self._kind(request), []).append(row)
        for kind, rows in groups.items():
            if kind.decoding.is_by_likelihood:
                parts = (self.tokenizer, self._prefix, kind)
                yield from likeliest_labels(*parts, rows, max_rows=self._max_rows)
            else:
                yield from self._answer_group(kind, rows)

    def log_likelihood(
        self, requests: Sequence[Request], targets: Sequence[str]
    ) -> list[float] | None:
        """Return the mean log-likelihood a token (nats) of each target after its prompt.

        After a prompt that the model cannot take, it is that of an even guess.
        """
        self._lay_out()
        prompts: dict[int, Sequence[int]] = {}
        texts = self._texts(requests)
        for position, request in enumerate(requests):
            with suppress(PromptLengthError, RenderError):
                prompts[position] = self._prompt(request, texts[position]).ids
        wholes = [
            tokenise(requests[at], self.tokenizer, ending=targets[at], text=texts[at]).ids
            for at in prompts
        ]
        found = mean_log_likelihoods(
            self._prefix, list(prompts.values()), wholes, max_rows=self._max_rows
        )
        known = dict(zip(prompts, found, strict=True))
        guess = -math.log(self.model.get_input_embeddings().weight.shape[0])
        return [known.get(position, guess) for position in range(len(requests))]

    def forget_prefix(self) -> None:
        """Forget the keys and values of the common prefix: the weights behind them changed."""
        self._prefix.forget()

    def generate_anew(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer as `generate` does, and read every prompt, whatever is kept of it."""
        self._prefix.prompts.is_used = False
        try:
            yield from self.generate(requests)
        finally:
            self._prefix.prompts.is_used = True

    def untrained_ids(self, ids: Iterable[int]) -> frozenset[int]:
        """Return those of the token ids that these weights never learned."""
        return untrained_ids(self.model.get_input_embeddings().weight.detach(), ids)

    def close(self) -> None:
        """Free the weights."""
        import gc

        if self.model is None:
            return
        weights = weakref.ref(self.model)
        self.model = None
        del self._prefix, self._grammars
        # Mostly nothing refers to the weights any more, and to look for cycles takes a quarter second.
        if weights() is not None:
            gc.collect()

    def _lay_out(self) -> None:
        """Lay the weights out before the first answer: until then adapters may be put on them."""
        from ladder.models.local.packed_layers import pack_layers

        if not self._is_laid_out:
            pack_layers(self.model)
            self._is_laid_out = True

    def _kind(self, request: Request) -> BatchSettings:
        decoding = request.decoding
        if decoding.num_beams > 1 and decoding.temperature > 0:
            raise SpecError(
                "generation.num_beams and generation.temperature are both set.",
                next_step="Use beams with temperature 0, or sample with num_beams 1.",
            )
        stops = stop_ids(request.chat, self.tokenizer, self._declared_stops)
        return BatchSettings(decoding.replace(seed=0), stops, request.chat.padding_side)

    @property
    def _context(self) -> int | None:
        return getattr(self.model.config, "max_position_embeddings", None)

    def _texts(self, requests: Sequence[Request]) -> list[str | None]:
        """Return what the requests are rendered to, as far as that is worth it and done together."""
        some = [at for at, each in enumerate(requests) if not is_hopeless(each, self._context)]
        written = written_together([requests[at] for at in some], self.tokenizer)
        known = dict(zip(some, written, strict=True))
        return [known.get(at) for at in range(len(requests))]

    def _prompt(self, request: Request, text: str | None) -> RenderedPrompt:
        context = self._context
        if is_hopeless(request, context):
            length = sum(len(message.text) for message in request.messages)
            raise PromptLengthError(
                f"The prompt has {length:,} characters; the model takes {context} tokens.",
                next_step=_SHORTEN,
            )
        prompt = tokenise(request, self.tokenizer, text=text)
        if not prompt.ids or (context is not None and len(prompt.ids) >= context):
            raise PromptLengthError(
                f"The prompt has {len(prompt.ids)} tokens; the model takes 1 to {context}.",
                next_step=_SHORTEN,
            )
        return prompt

    def _answer_group(
        self, kind: BatchSettings, rows: Sequence[BatchRow]
    ) -> Iterator[tuple[int, Answer]]:
        ids = [row.prompt.ids for row in rows]
        shared = 0
        # A right-padded batch is a fault under test: it runs as a plain script would run it.
        if kind.padding_side == "left":
            shared = self._prefix.usable(ids[0][: shared_length(ids)], rows=len(rows))
        known = self._prefix.known(ids, shared=shared)
        longest = max(len(row) for row in ids) + kind.decoding.max_new_tokens
        most = RIGHT_PADDED_ROWS if kind.padding_side == "right" else self._max_rows
        plan = plan_batches(
            [len(row) - n for row, n in zip(ids, known, strict=True)],
            extra=kind.decoding.max_new_tokens,
            max_rows=rows_that_fit(self.model, longest * kind.decoding.num_beams, at_most=most),
            is_sorted=kind.padding_side == "left",
        )
        for batch in plan:
            yield from self._answer_batch(kind, [rows[at] for at in batch], shared)

    def _answer_batch(
        self, kind: BatchSettings, rows: Sequence[BatchRow], shared: int
    ) -> Iterator[tuple[int, Answer]]:
        def timed(some: Sequence[BatchRow]) -> tuple[list[list[int]], float]:
            started = time.monotonic()
            parts = (self.tokenizer, self._prefix, self._grammars)
            with told_by_token(kind.decoding.max_new_tokens) as on_token:
                ids = new_ids(*parts, kind, some, shared=shared, on_token=on_token)
            return ids, (time.monotonic() - started) / len(some)

        for some, (found, seconds) in in_halves(self._prefix.giving_way(timed), rows):
            if len(some) < len(rows):
                self._max_rows = min(self._max_rows, len(some))
            for row, ids in zip(some, found, strict=True):
                yield row.position, self._answer(kind, row, ids, seconds)

    def _answer(
        self, kind: BatchSettings, row: BatchRow, ids: Sequence[int], seconds: float
    ) -> Answer:
        text, count, reason = cut(ids, self.tokenizer, kind.stops, kind.decoding.stop_strings)
        return Answer(
            text=with_prefill(text, row.request.chat),
            prompt=row.prompt.shown,
            prompt_tokens=len(row.prompt.ids),
            completion_tokens=count,
            finish_reason=reason,
            seconds=seconds,
            opened_in_prompt=leaves_thought_open(row.prompt.text),
        )
