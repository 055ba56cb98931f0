"""The exact prompt of one sample, under the task's own chat setup and under repaired ones."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from ladder.chat import TemplateContext, check_context, propose_repairs, show_repair
from ladder.data import load_samples
from ladder.data.sample import Sample
from ladder.errors import LadderError, SpecError
from ladder.finding import Finding
from ladder.measure.task_data import TaskData
from ladder.measure.workbench import Workbench
from ladder.models import load_tokenizer
from ladder.models.base import Request
from ladder.models.prompt import tokenise
from ladder.models.tokenizer import ChatTokenizer
from ladder.spec.candidate import ChatSetup
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.task import TaskSpec
from ladder.templates.describe import template_context


@dataclass(frozen=True)
class ShownPrompt:
    """One prompt as the model sees it.

    Attributes:
        setup: The chat setup that wrote it.
        text: The prompt, special tokens included; the error where it cannot be written.
        ids: Its token ids.
        findings: What the chat rules say about it.
        change: What the repair changes, as a unified diff; empty for the task's own setup.
    """

    setup: ChatSetup
    text: str
    ids: tuple[int, ...]
    findings: tuple[Finding, ...]
    change: str = ""


@dataclass(frozen=True)
class SamplePrompts:
    """The prompts of one sample: as the task stands, then after the repair, if there is one."""

    sample: str
    target: str
    tokenizer: ChatTokenizer
    prompts: tuple[ShownPrompt, ...]


def prompts_of(task: TaskSpec, *, sample: str | None = None) -> SamplePrompts:
    """Return the prompt of one sample before and after repair; no weights are loaded.

    It is the first sample unless one is named by its id.

    Raises:
        SpecError: No such sample, or a model that does not show its template.
    """
    samples = load_samples(task.data)
    chosen = _chosen(samples, sample)
    baseline = task.baseline()
    # Nothing is scored here, so the user's own metric function need not run.
    with Workbench(TaskData(task.replace(metric=MetricSpec()), samples)) as bench:
        [request] = bench.requests(baseline, [samples.index(chosen)])
    situation = template_context(
        task, baseline, [request.messages], chosen.targets[:1], request.tools
    )
    if situation is None:
        raise SpecError(
            f"{task.model.id!r} does not show its chat template.",
            next_step="An endpoint renders by itself: name the model's own folder to see it.",
        )
    tokenizer = load_tokenizer(task.model)
    setups = [situation.setup, *propose_repairs(situation, model=task.model.id)[:1]]
    shown = [_shown(situation, setup, request, tokenizer) for setup in setups]
    return SamplePrompts(chosen.id, chosen.targets[0], tokenizer, tuple(shown))


def _chosen(samples: Sequence[Sample], wanted: str | None) -> Sample:
    found = next((each for each in samples if wanted in (None, each.id)), None)
    if found is None:
        raise SpecError(
            f"--sample: the data hold no sample {wanted!r}.",
            next_step=f"Ids are such as {', '.join(each.id for each in samples[:3])}.",
        )
    return found


def _shown(
    situation: TemplateContext, setup: ChatSetup, request: Request, tokenizer: ChatTokenizer
) -> ShownPrompt:
    mine = dataclasses.replace(situation, setup=setup)
    change = "" if setup == situation.setup else show_repair(situation, setup)
    findings = tuple(check_context(mine))
    try:
        prompt = tokenise(dataclasses.replace(request, chat=setup), tokenizer)
    except LadderError as error:
        return ShownPrompt(setup, f"{error} {error.next_step}", (), findings, change)
    return ShownPrompt(setup, prompt.shown, prompt.ids, findings, change)
