"""Sampling that gives a request the same answer in whatever batch it runs.

transformers draws all rows of a batch from one global stream, so an answer depends on its
neighbours. Here a row has its own stream, seeded by the request: adding Gumbel noise to the
logits and taking the largest draws from exactly the same softmax (the Gumbel-max trick, Gumbel
1954; Maddison 2014), and greedy decoding then does the rest.
"""

from collections.abc import Sequence
from typing import Any

from ladder.frozen import digest_of
from ladder.models.base import Request
from ladder.spec.candidate import Decoding


def seed_of(request: Request) -> int:
    """Return the seed of a request: of its messages, chat setup and decoding (with its seed)."""
    more = [message.given for message in request.messages if message.given is not None]
    parts: dict[str, Any] = {
        "messages": [[message.role, message.content] for message in request.messages],
        "chat": request.chat.digest,
        "decoding": request.decoding.digest,
    }
    if more or request.tools:
        parts["given"] = [more, request.tools]
    digest = digest_of(parts)
    return int(digest[:15], 16)


def random_streams(seeds: Sequence[int], device: Any) -> list[Any]:
    """Return a row's own stream of random numbers for each seed; a stream goes on where it was."""
    import torch

    return [torch.Generator(device=device).manual_seed(seed) for seed in seeds]


def sampling_processors(decoding: Decoding, streams: Sequence[Any]) -> list[Any]:
    """Return logits processors that sample, a row from each stream; none for greedy decoding.

    Filters stand in transformers' order: temperature, top_k, top_p, min_p. A filter that the
    Decoding leaves out is off, whatever the model's generation_config says.
    """
    if decoding.temperature == 0:
        return []
    from transformers import (
        MinPLogitsWarper,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    filters: list[Any] = [TemperatureLogitsWarper(float(decoding.temperature))]
    if decoding.top_k is not None:
        filters.append(TopKLogitsWarper(decoding.top_k))
    if decoding.top_p is not None and decoding.top_p < 1:
        filters.append(TopPLogitsWarper(float(decoding.top_p)))
    if decoding.min_p:
        filters.append(MinPLogitsWarper(float(decoding.min_p)))
    return [*filters, _gumbel(streams)]


def _gumbel(streams: Sequence[Any]) -> Any:
    import torch

    def add_noise(input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:  # noqa: ARG001
        noise = torch.empty_like(scores, dtype=torch.float32)
        for row, stream in zip(noise, streams, strict=True):
            row.exponential_(generator=stream)
        return scores.float() - noise.log()

    return add_noise
