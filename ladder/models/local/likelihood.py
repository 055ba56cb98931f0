"""How likely a model finds given answers: one forward pass, nothing generated."""

from collections.abc import Sequence
from functools import partial

from ladder.activity import activity
from ladder.models.local.batches import MAX_ROWS, common_prefix, plan_batches, shared_length
from ladder.models.local.laid_prompts import LaidPrompts
from ladder.models.local.memory import in_halves, rows_by_logits, rows_that_fit
from ladder.models.local.prefix import PrefixMemory

Ids = Sequence[int]


def mean_log_likelihoods(
    memory: PrefixMemory,
    prompts: Sequence[Ids],
    wholes: Sequence[Ids],
    *,
    max_rows: int = MAX_ROWS,
) -> list[float]:
    """Return the mean log-likelihood a token (nats) of what each whole has after its prompt.

    Where the target's first characters merge with the prompt's last token, the merged token
    counts as the target's. An empty target has 0.0.
    """
    starts = [common_prefix([prompt, whole]) for prompt, whole in zip(prompts, wholes, strict=True)]
    values = [0.0] * len(wholes)
    asked = [at for at, whole in enumerate(wholes) if 0 < starts[at] < len(whole)]
    if not asked:
        return values
    heads = [wholes[at][: starts[at]] for at in asked]
    shared = memory.usable(heads[0][: shared_length(heads)], rows=len(asked))
    known = memory.known(heads, shared=shared)
    lengths = [len(wholes[at]) - n for at, n in zip(asked, known, strict=True)]
    fitting = rows_that_fit(memory.model, max(len(wholes[at]) for at in asked), at_most=max_rows)
    widest = max(len(wholes[at]) - starts[at] for at in asked) + 1
    fitting = rows_by_logits(memory.model, widest, at_most=fitting)
    with activity("looking how likely the targets are", len(asked)) as looking:
        for batch in plan_batches(lengths, max_rows=fitting):
            rows = [(asked[at], wholes[asked[at]], starts[asked[at]]) for at in batch]
            forward = memory.giving_way(partial(_forward, memory, shared))
            for _, found in in_halves(forward, rows):
                for at, value in found:
                    values[at] = value
                looking.advance(len(found))
    return values


def _forward(
    memory: PrefixMemory, shared: int, rows: Sequence[tuple[int, Ids, int]]
) -> list[tuple[int, float]]:
    import torch

    heads = [whole[:start] for _, whole, start in rows]
    known = memory.known(heads, shared=shared)
    cache = memory.begun(heads, known, shared=shared)
    wholes = [whole for _, whole, _ in rows]
    laid = LaidPrompts.of(wholes, known, shared=shared, pad=0, side="left")
    kept = max(len(whole) - start for _, whole, start in rows) + 1
    device = memory.model.device
    ids = torch.tensor(laid.ids, device=device)[:, -laid.width :]
    mask = torch.tensor(laid.mask, device=device)
    places = (mask.cumsum(-1) - 1).clamp(min=0)[:, -laid.width :]
    with torch.inference_mode():
        logits = memory.forward(
            cache, input_ids=ids, attention_mask=mask, position_ids=places, logits_to_keep=kept
        ).logits
        if cache is not None:
            memory.keep(cache, wholes, laid.mask, shared=shared, n_new=laid.n_own)
        logs = logits[:, :-1].float().log_softmax(-1)
        picked = logs.gather(-1, ids[:, 1 - kept :, None]).squeeze(-1).cpu()
    return [
        (at, float(picked[row, start - len(whole) :].double().mean()))
        for row, (at, whole, start) in enumerate(rows)
    ]
