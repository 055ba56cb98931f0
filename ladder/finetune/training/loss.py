"""The loss of a batch: on the answers alone, each row counting the same."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ladder.finetune.training.encode_rows import MASKED, EncodedRow


def answer_loss(model: Any, batch: Mapping[str, Any]) -> tuple[Any, Any]:  # noqa: ANN401
    """Return the loss of a right-padded batch and the model's outputs.

    Each row counts the same, however long its answer: the mean over rows of the mean over the
    row's answer tokens. So long replayed answers do not outweigh short labels.
    """
    import torch

    inputs = {name: value for name, value in batch.items() if name != "labels"}
    labels = batch["labels"][:, 1:]
    supervised = labels != MASKED
    with _only_before(model, supervised):
        outputs = model(**inputs, use_cache=False)
    token_losses = torch.nn.functional.cross_entropy(
        outputs.logits[0].float(), labels[supervised], reduction="none"
    )
    per_row = supervised.sum(1).clamp(min=1)
    weights = (1 / per_row)[:, None].expand_as(labels)[supervised]
    return (token_losses * weights).sum() / len(labels), outputs


def whole_rows(outputs: Any, batch: Mapping[str, Any]) -> list[bool]:  # noqa: ANN401
    """Return for each row whether the likeliest tokens are the answer's own, to its end.

    Given the right tokens so far, the likeliest next one is right at every place: then greedy
    decoding from the prompt writes exactly this answer. So for the metric exact_match this is the
    task's own score, at the price of the loss.
    """
    labels = batch["labels"][:, 1:]
    supervised = labels != MASKED
    wrong = supervised.clone()
    wrong[supervised] = outputs.logits[0].argmax(-1) != labels[supervised]
    return [not row for row in wrong.any(1).tolist()]


@contextmanager
def _only_before(model: Any, supervised: Any) -> Iterator[None]:  # noqa: ANN401
    """Let the head see only the positions before a supervised token.

    Of some 600 positions in a batch about 80 carry loss, and the head of a small model is a
    fifth of its work.
    """
    from torch.nn.parallel import DistributedDataParallel

    def choose(_: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...]:  # noqa: ANN401
        return (arguments[0][:, :-1][supervised][None], *arguments[1:])

    # Wrapped for several processes, a model hides its methods.
    plain = model.module if isinstance(model, DistributedDataParallel) else model
    handle = plain.get_output_embeddings().register_forward_pre_hook(choose)
    try:
        yield
    finally:
        handle.remove()


def collate(rows: Sequence[EncodedRow]) -> dict[str, Any]:
    """Return rows as one right-padded batch; padding is known by the mask, never by its id.

    On the right, each position sees at least itself. Padding on the left sees nothing at all, and
    the gradients of some attention kernels are not numbers there.
    """
    import torch

    width = max(len(row.ids) for row in rows)
    pads = [width - len(row.ids) for row in rows]
    mask = torch.tensor([[1] * (width - pad) + [0] * pad for pad in pads])
    return {
        "input_ids": torch.tensor([[*r.ids] + [0] * p for p, r in zip(pads, rows, strict=True)]),
        "attention_mask": mask,
        "position_ids": mask.cumsum(1) - 1,
        "labels": torch.tensor(
            [[*r.labels] + [MASKED] * p for p, r in zip(pads, rows, strict=True)]
        ),
    }
