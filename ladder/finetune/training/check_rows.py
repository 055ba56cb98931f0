"""Checks tokenised rows and batches for what makes a training useless (P01 to P08)."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ladder.errors import DataError
from ladder.finding import Finding
from ladder.finetune.training.encode_rows import MASKED, EncodedRow


@dataclass(frozen=True, slots=True)
class RowLimits:
    """What the model and its serving allow.

    Attributes:
        context_tokens: The model's longest text.
        embedding_rows: Size of its vocabulary.
        end_tokens: Those that end a turn.
        max_new_tokens: Where serving cuts an answer.
    """

    context_tokens: int | None
    embedding_rows: int | None
    end_tokens: frozenset[int]
    max_new_tokens: int | None = None


def check_rows(rows: Sequence[EncodedRow], limits: RowLimits) -> list[Finding]:
    """Return what is wrong with the rows, a finding a rule, with the rows that break it."""
    findings = []
    for code, breaks, problem, next_step in _RULES:
        bad = [row for row in rows if breaks(row, limits)]
        if bad:
            ids = ", ".join(row.sample_id for row in bad[:5])
            findings.append(
                Finding(
                    code=code,
                    severity="error",
                    problem=f"{len(bad)} of {len(rows)} training rows: {problem}.",
                    evidence=f"ids {ids}",
                    next_step=next_step,
                )
            )
    return findings


def too_long(
    rows: Iterable[EncodedRow], limits: RowLimits, codes: Container[str]
) -> dict[str, str]:
    """Return the rows, by id, that a length rule among `codes` breaks, with that rule's name."""
    return {
        row.sample_id: name
        for row in rows
        for name, breaks, _, _ in _RULES
        if name[:3] in _LENGTHS and name[:3] in codes and breaks(row, limits)
    }


def check_batch(
    rows: Sequence[EncodedRow], batch: Mapping[str, Any], limits: RowLimits
) -> list[Finding]:
    """Return what the collator lost: labels that the rows have and the batch has not.

    A collator that masks by the padding token's id masks every end token where both are one.
    """
    supervised = batch["labels"] != MASKED
    wanted = sum(label != MASKED for row in rows for label in row.labels)
    ends = sum(
        row.labels[-1] in limits.end_tokens and int(labels[len(row.labels) - 1]) == MASKED
        for row, labels in zip(rows, batch["labels"], strict=True)
    )
    padded = int((supervised & (batch["attention_mask"] == 0)).sum())
    if int(supervised.sum()) == wanted and not padded:
        return []
    lost = f"{ends} of {len(rows)} end tokens are masked" if ends else "labels and padding overlap"
    return [
        Finding(
            code="P08 batch-differs",
            severity="error",
            problem=f"In a batch {lost}: {int(supervised.sum())} tokens carry loss, not {wanted}.",
            next_step="Mask by the attention mask, not by the padding token's id.",
        )
    ]


def refuse(findings: Iterable[Finding]) -> None:
    """Raise DataError with the first finding that makes training useless."""
    for finding in findings:
        if finding.severity == "error":
            raise DataError(
                f"{finding.code}: {finding.problem} ({finding.evidence})",
                next_step=finding.next_step,
            )


def show_row(row: EncodedRow, decode: Callable[[Sequence[int]], str]) -> str:
    """Return a row's text with what carries loss between ⟦ and ⟧.

    >>> row = EncodedRow("1", (1, 2, 3), (MASKED, 2, 3), 1)
    >>> show_row(row, lambda ids: "".join("abcd"[i] for i in ids))
    'b⟦cd⟧'
    """
    prompt, answer = row.ids[: row.prompt_tokens], row.ids[row.prompt_tokens :]
    return f"{decode(prompt)}⟦{decode(answer)}⟧"


def _is_masked(row: EncodedRow, _: RowLimits) -> bool:
    return all(label == MASKED for label in row.labels[1:])


def _differs(row: EncodedRow, _: RowLimits) -> bool:
    pairs = zip(row.labels, row.ids, strict=False)
    return len(row.labels) != len(row.ids) or any(a not in (MASKED, b) for a, b in pairs)


def _starts_elsewhere(row: EncodedRow, _: RowLimits) -> bool:
    supervised = [place for place, label in enumerate(row.labels) if label != MASKED]
    return bool(supervised) and supervised != list(range(row.prompt_tokens, len(row.ids)))


def _never_ends(row: EncodedRow, limits: RowLimits) -> bool:
    return not row.is_cut and (not row.labels or row.labels[-1] not in limits.end_tokens)


def _is_too_long(row: EncodedRow, limits: RowLimits) -> bool:
    return limits.context_tokens is not None and len(row.ids) > limits.context_tokens


def _is_cut_when_served(row: EncodedRow, limits: RowLimits) -> bool:
    # The end token is generated too, but an answer that only lacks it is whole.
    answer = len(row.ids) - row.prompt_tokens - 1
    return (
        row.kind == "task" and limits.max_new_tokens is not None and answer > limits.max_new_tokens
    )


def _is_unknown(row: EncodedRow, limits: RowLimits) -> bool:
    return limits.embedding_rows is not None and max(row.ids, default=0) >= limits.embedding_rows


_LENGTHS = ("P05", "P07")
_RULES: tuple[tuple[str, Callable[[EncodedRow, RowLimits], bool], str, str], ...] = (
    (
        "P01 nothing-supervised",
        _is_masked,
        "no token of the answer carries loss",
        "Look for empty targets, and for a template that drops the assistant's turn.",
    ),
    (
        "P02 labels-differ",
        _differs,
        "a label is not the token that stands there",
        "Report this: it is a fault of ladder.",
    ),
    (
        "P03 answer-misplaced",
        _starts_elsewhere,
        "the loss does not cover exactly what follows the prompt",
        "Report this: it is a fault of ladder.",
    ),
    (
        "P04 end-not-supervised",
        _never_ends,
        "the last token with loss does not end the turn, so the model would not learn to stop",
        "Give `chat.template` one that ends the answer with a token that generation stops on.",
    ),
    (
        "P05 longer-than-context",
        _is_too_long,
        "longer than the model's context, so the answer would be cut off",
        "Shorten these rows, or have them left out: training: {review: {remove: [P05]}}.",
    ),
    (
        "P07 answer-longer-than-served",
        _is_cut_when_served,
        "longer than generation.max_new_tokens, so serving would cut what was trained",
        (
            "Have these rows left out: training: {review: {remove: [P07]}}; or raise "
            "generation.max_new_tokens and run the ladder again."
        ),
    ),
    (
        "P06 id-out-of-embedding",
        _is_unknown,
        "a token has no row in the model's embedding",
        "Use the tokenizer that belongs to this model.",
    ),
)
