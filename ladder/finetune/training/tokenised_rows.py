"""`check_data`: the training rows that are clean, as samples and as tokens, with all findings about them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ladder.chat import check_context
from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.finetune.checklist import CheckOutcome
from ladder.finetune.permit import Permit, training_of
from ladder.finetune.rows.clean import clean_rows, removed_table
from ladder.finetune.rows.clean_rules import cut_by
from ladder.finetune.rows.row_parts import load_training_rows
from ladder.finetune.training.check_rows import (
    RowLimits,
    check_batch,
    check_rows,
    show_row,
    too_long,
)
from ladder.finetune.training.encode_rows import EncodedRow, RowEncoder
from ladder.finetune.training.loss import collate
from ladder.finetune.training.memory_estimate import check_memory, estimate_memory
from ladder.measure import TaskData, Workbench
from ladder.measure.checks.rows import check_training_tokens, special_tokens_in
from ladder.measure.template_situation import situation_of
from ladder.models import converted_folder, load_tokenizer
from ladder.models.local.stop_tokens import stop_ids
from ladder.scoring.thoughts import split_thoughts
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.task import TaskSpec
from ladder.text import listed


@dataclass(frozen=True, slots=True)
class TokenisedRows:
    """The training rows that are clean, as samples and as tokens.

    Attributes:
        rows: The samples that stay.
        encoded: Their tokens, by the sample's id.
        encoder, limits: For the rows that replay adds.
        removed: Table of what was left out: row, rule, why.
        shown: The first row, with what carries loss between ⟦ and ⟧.
    """

    rows: tuple[Sample, ...]
    encoded: Mapping[str, EncodedRow]
    encoder: RowEncoder
    limits: RowLimits
    removed: tuple[tuple[str, str, str], ...]
    shown: str


def check_data(
    permit: Permit, task: TaskSpec, evals: Sequence[Sample]
) -> CheckOutcome[TokenisedRows]:
    """Return the clean training rows and what was found: in the texts, the tokens, the memory.

    Raises:
        DataError: A row has no answer, or the template cannot write it as serving would.
    """
    training = training_of(task)
    loaded = load_training_rows(task)
    cleaned = clean_rows(loaded, evals, training.review, task.data.on_leak)
    encoder, limits, template = _encoder(permit, task, cleaned.kept)
    is_split = permit.start.effective_chat.split_special_tokens
    control = () if is_split else encoder.tokenizer.control_tokens
    marked = special_tokens_in(cleaned.kept, control)
    unmarked = "D09" in training.review.remove
    plain = [row for row in cleaned.kept if not (unmarked and row.id in marked)]
    whole = _encode(permit, task, plain, encoder)
    long = too_long(whole, limits, training.review.remove)
    encoded = [row for row in whole if row.sample_id not in long]
    kept = tuple(row for row in plain if row.id not in long)
    removed = [*cleaned.removed, *((row, code, "too long") for row, code in long.items())]
    if unmarked:
        removed += [(row, "D09 special-token-in-row", why) for row, why in marked.items()]
    estimate = estimate_memory(permit, converted_folder(permit.start.model), training, encoded)
    findings = [
        *cleaned.findings,
        *check_training_tokens(cleaned.kept, marked, is_removed=unmarked),
        *_cut_by_tokens(kept, encoded, cleaned.findings),
        *check_rows(encoded, limits),
        *check_thoughts(kept, encoded, encoder, task.metric),
        *_check_collated(encoded, training.batch_size, limits),
        *template,
        *check_memory(estimate),
    ]
    left = f"{len(kept)} of {len(loaded)} rows stay" if removed else ""
    longest = max((len(row.ids) for row in encoded), default=0)
    seen = [left or f"{len(loaded)} rows", f"longest {longest} tokens", str(estimate)]
    by_id = {row.sample_id: row for row in encoded}
    row = show_row(encoded[0], encoder.tokenizer.decode) if encoded else ""
    tokenised = TokenisedRows(kept, by_id, encoder, limits, tuple(removed), row)
    return CheckOutcome(tokenised, "; ".join(seen), findings, removed_table(removed))


def _check_collated(
    encoded: Sequence[EncodedRow], batch_size: int, limits: RowLimits
) -> list[Finding]:
    """Return what a batch of the shortest and the longest rows loses when it is put together."""
    by_length = sorted(encoded, key=lambda row: len(row.ids))
    batch = [*by_length[: batch_size // 2], *by_length[-batch_size // 2 :]]
    return check_batch(batch, collate(batch), limits) if batch else []


def _encoder(
    permit: Permit, task: TaskSpec, samples: Sequence[Sample]
) -> tuple[RowEncoder, RowLimits, list[Finding]]:
    """Return the encoder, the model's limits, and what the template's training rules (F) say."""
    tokenizer = load_tokenizer(permit.start.model)
    situation = situation_of(task, permit.start, samples)
    declared = () if situation is None else situation.stop_token_ids
    encoder = RowEncoder(tokenizer, stop_ids(permit.start.effective_chat, tokenizer, declared))
    limits = RowLimits(
        context_tokens=None if situation is None else situation.context_tokens,
        embedding_rows=None if situation is None else situation.embedding_rows,
        end_tokens=encoder.end_tokens,
        max_new_tokens=permit.start.decoding.max_new_tokens,
    )
    found = [] if situation is None else check_context(situation)
    return encoder, limits, [_as_ours(each) for each in found if each.code.startswith("F")]


def _as_ours(finding: Finding) -> Finding:
    """Return a template finding as it concerns ladder's training.

    Rules about `{% generation %}` marks concern trainers that mask by them; ladder masks by
    position. Only a prompt that is no prefix (F08) would teach something else than is served.
    """
    milder = {"error": "warning", "warning": "info", "info": "info"}
    if finding.code.startswith("F08"):
        return finding
    return finding.replace(severity=milder[finding.severity])


def _encode(
    permit: Permit, task: TaskSpec, samples: Sequence[Sample], encoder: RowEncoder
) -> list[EncodedRow]:
    with Workbench(TaskData(task.replace(metric=MetricSpec()), samples)) as bench:
        requests = bench.requests(permit.start, range(len(samples)))
    return [
        encoder.encode(sample.id, request, sample.answer)
        for sample, request in zip(samples, requests, strict=True)
    ]


def _cut_by_tokens(
    rows: Sequence[Sample], encoded: Sequence[EncodedRow], known: Sequence[Finding]
) -> Iterator[Finding]:
    """Yield C04 where many answers have the same greatest number of tokens, and none ends."""
    lengths = [len(row.ids) - row.prompt_tokens for row in encoded]
    cut = cut_by(lengths, [row.targets[0].rstrip() for row in rows])
    if cut and not any(finding.code.startswith("C04") for finding in known):
        yield Finding(
            code="C04 answer-cut",
            severity="error",
            problem=f"{len(cut)} of {len(rows)} training rows end in the middle of a sentence, all "
            f"at {lengths[cut[0]] - 1} tokens: their answers were cut.",
            evidence="ids " + ", ".join(rows[at].id for at in cut[:8]),
            next_step="Write these answers again with a larger limit, or leave them out of the file.",
        )


_THINKING = Finding(
    code="C08 thoughts-in-answers",
    severity="warning",
    problem="{share} training rows hold thoughts in their answers, which are learnt, and which the "
    "metric does not read (metric.thoughts: strip).{mixed}",
    next_step="Leave them if the model is to think before it answers, with room for it in "
    "generation.max_new_tokens; else take them out of the answers. Where they are part of the "
    "answer that is scored, write metric: {thoughts: keep}. A changed spec needs a new run.",
)
_SILENT = Finding(
    code="C09 answer-is-thought",
    severity="error",
    problem="{share} training rows teach an answer that is a thought alone: it does not close the "
    "thought that the prompt or itself opens, so the metric would read nothing.",
    next_step="Close the thought in these answers (such as `</think>` before the answer), give "
    "`chat.template` one that opens none, or write metric: {thoughts: keep}. A changed spec needs a "
    "new run.",
)
_DROPPED = Finding(
    code="C10 thoughts-left-out",
    severity="warning",
    problem="The chat template leaves out the thoughts of {share} training rows, so the model does "
    "not learn them.",
    next_step="Take the thoughts out of these answers, or give `chat.template` one that writes "
    "them. A changed spec needs a new run.",
)


def check_thoughts(
    rows: Sequence[Sample], encoded: Sequence[EncodedRow], encoder: RowEncoder, metric: MetricSpec
) -> list[Finding]:
    """Return what the thoughts in the rows' answers, or their absence, would teach.

    C08 the answers hold thoughts that the metric does not read, C09 the whole answer is a thought,
    as the prompt opens one that the answer does not close, C10 the template leaves the thoughts out.
    Looked at is what the template wrote, which is what is learnt. Where `metric.thoughts` is `keep`,
    a thought is answer like any other text.
    """
    if metric.thoughts == "keep":
        return []
    thinking: list[str] = []
    silent: list[str] = []
    dropped: list[str] = []
    for sample, row in zip(rows, encoded, strict=True):
        learnt = split_thoughts(encoder.learnt_text(row), opened_in_prompt=row.is_in_thought)
        if not learnt.answer.strip():
            silent.append(sample.id)
        elif learnt.thoughts:
            thinking.append(sample.id)
        elif split_thoughts(sample.targets[0]).thoughts:
            dropped.append(sample.id)
    found = ((_THINKING, thinking), (_SILENT, silent), (_DROPPED, dropped))
    return [_told(finding, ids, len(rows)) for finding, ids in found if ids]


def _told(finding: Finding, ids: Sequence[str], n_rows: int) -> Finding:
    rest = n_rows - len(ids)
    mixed = f" The other {rest} hold none, so the model learns both." if rest else ""
    problem = finding.problem.format(share=f"{len(ids)} of {n_rows}", mixed=mixed)
    return finding.replace(problem=problem, evidence=f"ids {listed(ids)}")
