"""What training rows teach about thinking: thoughts in their answers, or a thought that never ends."""

from collections.abc import Sequence

from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.finetune.training.encode_rows import EncodedRow, RowEncoder
from ladder.scoring.thoughts import split_thoughts
from ladder.spec.metric_spec import MetricSpec
from ladder.text import listed

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
