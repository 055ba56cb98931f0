"""How likely a model finds each of several labels: all of them in one packed forward pass.

The labels stand behind one prompt, side by side. Each sees the prompt and itself and none of the
others, and has the positions that it would have alone, so that its likelihood is that of a pass of
its own (within 1e-4 at float32).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ladder.models.local.batches import common_prefix, plan_batches, shared_length
from ladder.models.local.memory import in_halves, rows_by_logits, rows_that_fit
from ladder.models.local.prefix import PrefixMemory

Ids = Sequence[int]


@dataclass(frozen=True, slots=True)
class PromptWithLabels:
    """The tokens of a prompt, and those of each label behind it.

    Attributes:
        base: What the prompt and all its continuations begin with.
        labels: What each label adds.
    """

    base: tuple[int, ...]
    labels: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, prompt: Ids, wholes: Sequence[Ids]) -> "PromptWithLabels":
        """Return where the prompt and its continuations part: a label may change its last token.

        >>> PromptWithLabels.of([1, 2, 3], [[1, 2, 3, 4], [1, 2, 9]]).labels
        ((3, 4), (9,))
        """
        base = min(common_prefix([prompt, whole]) for whole in wholes)
        return cls(tuple(prompt[:base]), tuple(tuple(whole[base:]) for whole in wholes))

    @property
    def n_behind(self) -> int:
        """Return how many tokens all labels have together."""
        return sum(map(len, self.labels))


@dataclass(frozen=True, slots=True)
class LabelLikelihood:
    """The log-likelihood of a label with its end (nats), and how many tokens that are."""

    total: float
    n_tokens: int

    @property
    def mean(self) -> float:
        """Return the log-likelihood a token."""
        return self.total / self.n_tokens


def label_likelihoods(
    memory: PrefixMemory,
    rows: Sequence[PromptWithLabels],
    ends: Sequence[int],
    *,
    max_rows: int,
) -> Iterator[tuple[list[int], list[list[LabelLikelihood]]]]:
    """Yield positions of rows, batch by batch, with the likelihood of each of their labels.

    Args:
        memory: The model, with the keys and values of the shared prefix.
        rows: Prompts with their labels.
        ends: Ids that end an answer: a label is as likely as it is followed by one of them, so that
            one which begins another is not preferred for that. Without any, no end counts.
        max_rows: Prompts of a batch at most.
    """
    is_packed = memory.empty() is not None
    bases = [row.base for row in rows]
    shared = memory.usable(bases[0][: shared_length(bases)], rows=len(rows))
    lengths = [len(row.base) - shared + row.n_behind for row in rows]
    fitting = rows_that_fit(memory.model, max(lengths) + shared, at_most=max_rows)
    widest = max(row.n_behind for row in rows) + 1
    fitting = rows_by_logits(memory.model, widest, at_most=fitting)
    # In a cache that is not kept row by row, labels cannot stand side by side.
    run = memory.giving_way(
        partial(_side_by_side if is_packed else _each_alone, memory, shared, ends)
    )
    for batch in plan_batches(lengths, max_rows=fitting):
        start = 0
        some = [rows[at] for at in batch]
        for part, found in in_halves(run, some):
            yield batch[start : start + len(part)], found
            start += len(part)


def _each_alone(
    memory: PrefixMemory,
    shared: int,
    ends: Sequence[int],
    rows: Sequence[PromptWithLabels],
) -> list[list[LabelLikelihood]]:
    """Return the same from a pass for each label."""
    return [
        [
            _side_by_side(memory, shared, ends, [PromptWithLabels(row.base, (label,))])[0][0]
            for label in row.labels
        ]
        for row in rows
    ]


def _side_by_side(
    memory: PrefixMemory,
    shared: int,
    ends: Sequence[int],
    rows: Sequence[PromptWithLabels],
) -> list[list[LabelLikelihood]]:
    import torch

    width = max(len(row.base) - shared + row.n_behind for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    places = torch.zeros(len(rows), width, dtype=torch.long)
    sees = torch.zeros(len(rows), width, shared + width, dtype=torch.bool)
    for row, line, place, seen in zip(rows, ids, places, sees, strict=True):
        _lay_out(row, shared, line, place, seen)
    mask = torch.zeros(sees.shape, dtype=memory.model.dtype)
    mask = mask.masked_fill(~sees, torch.finfo(memory.model.dtype).min)[:, None]
    kept = max(row.n_behind for row in rows) + 1
    device = memory.model.device
    cache = memory.copies(shared, len(rows)) if shared else None
    with torch.inference_mode():
        found = memory.forward(
            cache,
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            position_ids=places.to(device),
            logits_to_keep=kept,
        )
        logits = found.logits.float()
        sums = logits.logsumexp(-1)
        stops = logits[:, :, list(ends)].logsumexp(-1) - sums if ends else None
        return _read(rows, logits, sums, stops)


def _lay_out(row: PromptWithLabels, shared: int, line: Any, place: Any, sees: Any) -> None:
    """Write a row, against the right edge: its ids, their positions, and what each may look at."""
    import torch

    own = row.base[shared:]
    begin = len(line) - len(own) - row.n_behind
    at = begin + len(own)
    line[begin:at] = torch.tensor(own)
    place[begin:at] = torch.arange(shared, len(row.base))
    sees[begin:, :shared] = True
    sees[begin:at, shared + begin : shared + at] = _earlier(len(own))
    sees[at:, shared + begin : shared + at] = True
    for label in row.labels:
        end = at + len(label)
        line[at:end] = torch.tensor(label)
        place[at:end] = torch.arange(len(row.base), len(row.base) + len(label))
        sees[at:end, shared + at : shared + end] = _earlier(len(label))
        at = end


def _earlier(n: int) -> Any:
    """Return which of some tokens each may look at: those before it, and itself."""
    import torch

    return torch.ones(n, n, dtype=torch.bool).tril()


def _read(
    rows: Sequence[PromptWithLabels], logits: Any, sums: Any, stops: Any
) -> list[list[LabelLikelihood]]:
    """Return the likelihoods of each row's labels from the logits of its last places.

    A GPU is asked for all numbers at once: for one it lets wait as long as for all.
    """
    index = [each for line, row in enumerate(rows) for each in _index(line, row, logits.shape[1])]
    lines, places, tokens = (list(each) for each in zip(*index, strict=True))
    picked = (logits[lines, places, tokens] - sums[lines, places]).double().cpu()
    lengths = [len(label) for row in rows for label in row.labels]
    totals = iter([float(each.sum()) for each in picked.split(lengths)])
    ends = None if stops is None else stops.cpu()
    found = []
    for line, row in enumerate(rows):
        at = logits.shape[1] - row.n_behind
        of_row = []
        for label in row.labels:
            at += len(label)
            end = 0.0 if ends is None else float(ends[line, at - 1])
            of_row.append(LabelLikelihood(next(totals) + end, len(label) + (ends is not None)))
        found.append(of_row)
    return found


def _index(line: int, row: PromptWithLabels, kept: int) -> Iterator[tuple[int, int, int]]:
    """Yield for each token of a row's labels its line, the place whose logits tell it, and its id."""
    at = kept - row.n_behind
    before_all = at - 1
    for label in row.labels:
        before = (before_all, *range(at, at + len(label) - 1))
        yield from ((line, place, token) for place, token in zip(before, label, strict=False))
        at += len(label)
