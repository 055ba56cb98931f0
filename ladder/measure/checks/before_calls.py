"""Checks before the first model call: of the data, of leaks and of the chat template."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ladder.chat import check_context
from ladder.data import check_passages, check_pool, check_samples
from ladder.data.checks import check_pool_answers, check_pool_labels
from ladder.data.given_passages import check_given
from ladder.data.leakage import Leaks, describe_leaks, unknown_ids
from ladder.data.row_form_findings import check_forms
from ladder.data.sample import Sample
from ladder.data.split import unit_of
from ladder.errors import DataError, InconclusiveError, LeakageError
from ladder.finding import Finding
from ladder.measure.checks.check_columns import check_columns, refuse_missing_columns
from ladder.measure.checks.check_format_residue import check_residue
from ladder.measure.checks.check_shown_targets import check_shown_targets
from ladder.measure.checks.rows import check_lengths, check_special_tokens
from ladder.measure.request import PromptMaterial, write_request
from ladder.measure.task_data import TaskData
from ladder.measure.template_situation import situation_of
from ladder.models.base import Message
from ladder.spec.candidate import Candidate, Prompt, Retrieval
from ladder.spec.task import TaskSpec
from ladder.statistics import smallest_gap
from ladder.statistics.paired_sizes import paired_examples

OUTSIZED = 4
"""Times the size of the average unit from which the largest cluster is worth a line."""


WORTH_SAYING = 0.05
"""Share of samples from which clusters that other rows show as well are worth a line."""

ASKED = 200
"""Samples whose prompts are written to see whether they differ."""


_KINDS = {
    "D04": InconclusiveError,
    "D05": InconclusiveError,
    "D10": InconclusiveError,
    "D11": LeakageError,
    "D12": LeakageError,
    "D60": LeakageError,
}


def check_data(data: TaskData) -> list[Finding]:
    """Return what is wrong with the eval data, and where it leaks into other material."""
    task, samples = data.task, data.samples
    findings = [*check_forms(samples, "the eval data")]
    findings += [*check_samples(samples), *check_size(data), *check_clusters(samples)]
    findings += check_prompts(data)
    findings += check_given(samples, task.data.passages)
    findings += check_residue(data)
    findings += check_leaks(data)
    for name, pool in _pools(task):
        rows = data.rows_of(pool)
        findings += [*check_forms(rows, name), *check_pool(rows, name)]
        findings += check_pool_labels(samples, rows, name)
        findings += check_pool_answers(samples, rows, name)
        findings += check_shared_clusters(data, rows, name)
    if task.training is not None:
        train = data.rows_of(task.training.path)
        findings += check_forms(train, "the train data")
        findings += check_shared_clusters(data, train, "the train data")
    for each in data.sources:
        is_read = each.corpus is not None
        findings += check_passages(
            data.all_passages(each) if is_read else data.passages_of(each).passages
        )
    return findings


def check_leaks(data: TaskData) -> list[Finding]:
    """Return which eval rows stand in pools, training data, corpora and prompts: D11, D12, D15."""
    task, n = data.task, len(data.samples)
    on_leak = task.data.on_leak
    excluded = on_leak.rest == "exclude"
    train = [("the train data", task.training.path)] if task.training else []
    found = [
        (name, leaks, _holds_others(leaks, data.rows_of(pool)))
        for name, pool in (*_pools(task), *train)
        for leaks in [data.pool_leaks(pool)]
    ]
    found += [(_name_of(data, each), data.passage_leaks(each), True) for each in data.sources]
    findings = [
        finding
        for name, leaks, holds_others in found
        for finding in describe_leaks(
            leaks, n, name, waived=on_leak.waive, excluded=excluded, holds_others=holds_others
        )
    ]
    # A prompt cannot be left out: what stands in it has to be taken out by hand.
    for place, leaks in data.prompt_leaks.items():
        findings += describe_leaks(leaks, n, place, waived=on_leak.waive)
    if not on_leak.waive:
        return findings
    everything = [each for _, leaks, _ in found for each in leaks.pairs]
    everything += [each for leaks in data.prompt_leaks.values() for each in leaks.pairs]
    return [*findings, *unknown_ids(on_leak.waive, _ids_in(data), everything)]


def _ids_in(data: TaskData) -> frozenset[str]:
    """Return the ids of all rows, passages and prompts that a leak may be between."""
    task = data.task
    pools = [pool for _, pool in _pools(task)]
    pools += [task.training.path] if task.training is not None else []
    rows = [data.samples, *(data.rows_of(pool) for pool in pools)]
    ids = {each.id for some in rows for each in some}
    ids |= {each.id for source in data.sources for each in data.all_passages(source)}
    columns = (name for each in data.samples for name in each.columns)
    return frozenset({*ids, *data.prompt_leaks, *columns})


def _holds_others(leaks: Leaks, pool: Sequence[Sample]) -> bool:
    return len({leak.item.id for leak in leaks.pairs}) < len(pool)


def check_prompts(data: TaskData) -> list[Finding]:
    """Return prompts that are the same for all samples, as D28, columns of another case and targets: D45, D60.

    Raises:
        SpecError: A prompt names a column that a sample or a worked example does not have.
    """
    task, some = data.task, data.samples[:ASKED]
    tried = enumerate(task.levers.prompt.prompts)
    prompts = {"prompt": task.prompt, **{f"levers.prompt.prompts.{at}": each for at, each in tried}}
    baseline = task.baseline()
    found = check_columns(baseline, prompts, data.samples)
    for _, pool in _pools(task):
        refuse_missing_columns(prompts, data.samples, data.rows_of(pool))
    if len({sample.asked for sample in some}) > 1:
        found |= {
            place: [_without_column(f"{place}.user", prompt, some)]
            for place, prompt in prompts.items()
            if len({_question(baseline.replace(prompt=prompt), sample) for sample in some}) == 1
        }
    leaks = check_shown_targets(
        prompts, data.samples, asked=task.data.input, waived=task.data.on_leak.waive
    )
    return [*leaks, *(finding for findings in found.values() for finding in findings)]


def _question(candidate: Candidate, sample: Sample) -> tuple[Message, ...]:
    return write_request(candidate, PromptMaterial(sample)).messages


def _without_column(place: str, prompt: Prompt, some: Sequence[Sample]) -> Finding:
    differing = [
        name for name, value in some[0].columns.items() if value != some[-1].columns.get(name)
    ]
    columns = list(dict.fromkeys(["input", *differing]))
    meant = _column_meant(prompt.text, columns)
    return Finding(
        code="D28 prompt-without-column",
        severity="error" if place == "prompt.user" else "warning",
        problem=f"{place} is the same for every sample: no column of the data stands in it, so "
        "every answer is the same too.",
        evidence=prompt.user[:200],
        next_step=f"Write {{{{ {meant or 'input'} }}}} where the text of the sample belongs in "
        f"{place}; the columns are: {', '.join(columns)}.",
    )


def _column_meant(prompt: str, columns: Sequence[str]) -> str:
    """Return the column that a prompt names in another way than `{{ column }}`, if it does.

    >>> _column_meant("Classify: {Text}", ["input", "text"])
    'text'
    >>> _column_meant("Classify this.", ["input"])
    ''
    """
    named = re.findall(r"[{<\[$%]+\s*(\w+)", prompt)
    folded = {column.casefold(): column for column in columns}
    return next((folded[name.casefold()] for name in named if name.casefold() in folded), "")


def check_size(data: TaskData) -> list[Finding]:
    """Return that the data are too few for a verdict, however clear the answers would be."""
    task, samples, split = data.task, data.samples, data.split
    units = len({unit_of(sample) for sample in samples})
    has_parts = len(split.selection) > 0 and len(split.confirmation) > 0
    if has_parts and _can_decide(task, units):
        return _out_of_proof(task)
    rows = "1 row" if len(samples) == 1 else f"{len(samples)} rows"
    return [
        Finding(
            code="D10 too-few-samples",
            severity="warning" if has_parts else "error",
            problem=f"{rows}, {units} distinct: no verdict can rest on so few.",
            evidence=f"{len(split.selection)} to select on, {len(split.confirmation)} to confirm on",
            next_step="Add samples drawn like these; `ladder plan --gap 0.1` says how many it takes.",
        )
    ]


def _can_decide(task: TaskSpec, units: int) -> bool:
    """Return whether so many units decide anything, in the clearest case there can be."""
    if task.relative is not None:
        fewest = paired_examples(task.relative.margin, 0.0, difference=1.0)
        return fewest is not None and units >= fewest
    below = smallest_gap(units, task.edge, direction="below")
    return below is not None or smallest_gap(units, task.reach) is not None


def check_shared_clusters(data: TaskData, rows: Sequence[Sample], name: str) -> list[Finding]:
    """Return that many samples are of clusters which other rows show as well, as D61.

    Such rows may hold what nobody has of a new cluster: then scores are those of known ones.
    """
    column = data.task.data.cluster
    if column is None:
        return []
    known = {str(row.columns[column]) for row in rows if column in row.columns}
    shared = [sample for sample in data.samples if sample.cluster in known]
    if len(shared) < WORTH_SAYING * len(data.samples):
        return []
    return [
        Finding(
            code="D61 clusters-shared",
            severity="warning",
            problem=f"{len(shared)} of {len(data.samples)} samples are of a cluster (data.cluster: "
            f"{column}) of which {name} has rows too: a score with these rows is one for clusters that "
            "are known.",
            evidence=f"such as {shared[0].cluster!r}"[:80],
            next_step=f"Take the clusters of the eval data out of {name} if users send new ones; "
            "else leave them in.",
        )
    ]


def check_clusters(samples: Sequence[Sample]) -> Iterator[Finding]:
    """Yield that one cluster is so much larger than the others that the test pays for it.

    Every unit counts by the largest, so that no order of the units can mislead: in the worst case
    the rows decide what so many single ones would, as the largest cluster goes into them.
    """
    if all(sample.cluster is None for sample in samples):
        return
    sizes = Counter(unit_of(sample) for sample in samples)
    clusters = {unit_of(sample): sample.cluster for sample in samples}
    (unit, largest), worst = sizes.most_common(1)[0], len(samples) / max(sizes.values())
    if worst * OUTSIZED >= len(sizes):
        return
    yield Finding(
        code="D14 large-cluster",
        severity="warning",
        problem=f"The cluster {str(clusters[unit])[:40]!r} has {largest} of {len(samples)} rows. "
        f"Because clusters differ in size, these {len(sizes)} clusters may be worth only about "
        f"{worst:.0f} independent rows.",
        next_step=f"Keep some of its {largest} rows, drawn at random, or name a finer "
        "data.cluster if its rows are unrelated.",
    )


def _out_of_proof(task: TaskSpec) -> list[Finding]:
    """Return that a target of 1 can only be missed."""
    if task.share is None or task.reach < 1:
        return []
    return [
        Finding(
            code="D13 target-out-of-proof",
            severity="warning",
            problem=f"A target of {task.share:g} can never be confirmed: any number of right "
            "answers leaves room for a wrong one, and one wrong answer disproves it.",
            next_step="Set a margin, such as 0.01, or a target below 1.",
        )
    ]


def check_key(task: TaskSpec) -> Iterator[Finding]:
    """Yield the variables of a model's key and headers that are not set here."""
    rewrite = task.levers.prompt.rewrite
    writers = [rewrite.model] if rewrite is not None and rewrite.model is not None else []
    named = (task.model, *task.levers.model.models, *writers)
    models = [each for each in named if each.is_endpoint]
    keys = [each.api_key_env for each in models]
    headers = [name.removeprefix("$") for each in models for name in each.headers.values()]
    names = dict.fromkeys([*keys, *headers])
    unset = [name for name in names if name and not os.environ.get(name, "").strip()]
    if not unset:
        return
    yield Finding(
        code="W02 api-key-unset",
        severity="warning",
        problem=f"{'api_key_env' if unset[0] in keys else 'headers'}: the variable "
        f"{' and '.join(unset)} is not set here.",
        next_step=f"Set it where the run will start: export {unset[0]}=…",
    )


def check_template(data: TaskData) -> list[Finding]:
    """Return what the chat rules say about the baseline's template; no weights are loaded.

    They look at conversations of the selection part; rows that this model does not take as text
    are looked for in all.
    """
    task, baseline = data.task, data.task.baseline()
    situation = situation_of(task, baseline, data.selected)
    if situation is None:
        return []
    findings = check_lengths(baseline, data.samples, situation)
    findings += check_special_tokens(baseline, data.samples, situation, "the eval data")
    for name, pool in _pools(task):
        findings += check_special_tokens(baseline, data.rows_of(pool), situation, name)
    return [*findings, *check_context(situation)]


def refuse_errors(findings: Sequence[Finding]) -> None:
    """Raise for the first finding that makes every score worthless.

    Raises:
        LeakageError: Eval rows stand in the examples, the corpus or the training data.
        InconclusiveError: Any model would score 1 on this data, or any constant would.
        DataError: Anything else that is wrong with the data.
    """
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        first = errors[0]
        more = f" ({len(errors) - 1} more: see `ladder check`)" if len(errors) > 1 else ""
        raise _KINDS.get(first.code[:3], DataError)(
            f"{first.code}: {first.problem.rstrip('.')}{more}.", next_step=first.next_step
        )


def _pools(task: TaskSpec) -> list[tuple[str, str]]:
    named = (
        ("the example pool", task.levers.few_shot.pool),
        ("the example pool of the baseline", task.examples.pool if task.examples else None),
    )
    found = [(name, pool) for name, pool in named if pool is not None]
    known = {pool for _, pool in found}
    others = dict.fromkeys(pool for _, pool in task.levers.model.pools if pool not in known)
    return [*found, *(("the pool of the classifier", pool) for pool in others)]


def _name_of(data: TaskData, retrieval: Retrieval) -> str:
    """Return what to call the passages of a retrieval."""
    if retrieval.retriever is not None:
        return f"what {data.source_name(retrieval)} finds"
    return "the corpus" if retrieval.corpus is not None else retrieval.source
