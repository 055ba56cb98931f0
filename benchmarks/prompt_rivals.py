"""Ladder's prompt lever beside DSPy's GEPA and promptfoo's method by hand, with the same calls.

All three get the same examples, the same task model (the demo's, greedy, by llama.cpp's server), the
same scripted model that proposes prompts, and the same metric. DSPy's own adapters write marks around
fields, which a model of 135 M parameters does not follow, so DSPy sends the plain prompt here. promptfoo
scores a list of prompts that a person gives it; here the vague one, ladder's edits of it and what the
scripted model proposes, on as many examples as the calls allow.
"""

import importlib
import io
import itertools
import json
import logging
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ladder
from benchmarks.prompt_tasks import DemoAnswers, PromptTask, demo_answers
from benchmarks.slow_server import SlowServer
from ladder.decision import Decision
from ladder.levers.prompt_edits import edits_together, named_edits
from ladder.models.base import Message, Request
from ladder.scoring import Metric, load_metric
from ladder.spec.candidate import Prompt
from ladder.spec.metric_spec import MetricSpec
from ladder.testing import Scripted, register_scripted
from ladder.testing.task_files import write_task

CALLS = 400
N_EXAMPLES, N_ROWS = 66, 84
TRAINED_ON = 20
"""Examples that DSPy learns from; it compares prompts on the others."""

INPUT = "{{ input }}"
Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Winner:
    """The prompt that a tool hands over.

    Attributes:
        claimed: What the tool says that it scores, where it says that at all.
        calls: Of the task's model and of the one that proposes.
    """

    prompt: Prompt
    claimed: float | None
    calls: int


@dataclass(frozen=True, slots=True)
class RivalRun:
    """One tool on one draw of examples.

    Attributes:
        fresh: The winner's score on examples that no tool saw.
        truth: Its score on all there are.
        is_claimed: Whether the tool says that the target is reached.
    """

    tool: str
    task: str
    target: float
    fresh: float
    truth: float
    calls: int
    is_claimed: bool

    @property
    def is_reached(self) -> bool:
        """Return whether the winner truly reaches the target."""
        return self.truth >= self.target


def proposals(task: PromptTask, seed: int) -> list[str]:
    """Return what the scripted model proposes, in another order for each seed; one is clear."""
    either = f"{', '.join(task.labels[:-1])} or {task.labels[-1]}"
    found = [
        task.clear,
        f"Which of these is it: {either}?",
        f"Read the text and name its kind: {either}.",
        "Work with care and answer in one word.",
    ]
    random.Random(seed).shuffle(found)  # noqa: S311 - no secret
    return found


class ScriptedProposer:
    """Proposes the next prompt at each call, in the form that the asking tool reads."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.calls = 0
        self._texts = itertools.cycle(texts)

    def __call__(self, request: Request) -> str:
        """Return a proposal."""
        self.calls += 1
        text = next(self._texts)
        if any("[[ ## " in message.text for message in request.messages):  # DSPy wants JSON
            return json.dumps({"new_instruction": text})
        return f"It is not said what is wanted.\n```\n{text}\n```"


class Bench:
    """One task with the demo's model behind it, for all tools and draws."""

    def __init__(self, task: PromptTask, answers: DemoAnswers) -> None:
        self.task = task
        self.answers = answers
        self.spec = MetricSpec(name="choice", labels=task.labels)
        self.metric: Metric = load_metric(self.spec)
        self.rows = task.rows(1, N_ROWS)

    def drawn(self, seed: int) -> tuple[Rows, Rows]:
        """Return the examples that the tools get, and those that stay fresh."""
        rows = random.Random(seed).sample(self.rows, len(self.rows))  # noqa: S311 - no secret
        return rows[:N_EXAMPLES], rows[N_EXAMPLES:]

    def score(self, prompt: Prompt, rows: Rows) -> float:
        """Return the score of a prompt on some rows."""
        texts = self.answers.to([messages_of(prompt, row["input"]) for row in rows])
        scores = [
            self.metric.score(text, [row["target"]]) for text, row in zip(texts, rows, strict=True)
        ]
        return sum(scores) / len(scores)


def messages_of(prompt: Prompt, text: str) -> tuple[Message, ...]:
    """Return the messages of a prompt around an input."""
    system = (Message("system", prompt.system),) if prompt.system else ()
    return (*system, Message("user", prompt.user.replace(INPUT, text)))


def as_prompt(instruction: str) -> Prompt:
    """Return a proposed instruction with the input in its place, or after it."""
    return Prompt(user=instruction if INPUT in instruction else f"{instruction}\n\n{INPUT}")


def by_ladder(bench: Bench, rows: Rows, seed: int, target: float) -> tuple[Winner, Decision]:
    """Return what ladder's prompt lever finds: edits, and the rewriter where they do not suffice."""
    proposer = ScriptedProposer(proposals(bench.task, seed))
    name = f"{bench.task.name}-{seed}-{target}"
    reflector = Scripted(proposer, name=f"proposer-{name}")
    model = Scripted(bench.answers, name=f"demo-{name}")
    with tempfile.TemporaryDirectory() as folder:
        spec = write_task(
            Path(folder),
            model,
            name=name,
            rows=rows,
            prompt=bench.task.vague.user,
            target=target,
            metric={"name": "choice", "labels": list(bench.task.labels)},
            generation={"max_new_tokens": bench.task.most_tokens},
            budget={"calls": CALLS},
            levers={"prompt": {"rewrite": {"model": register_scripted(reflector), "calls": 60}}},
        )
        decision = ladder.run(spec, runs_folder=Path(folder) / "runs")
    best = next(c for c in decision.candidates if c.configuration == decision.configuration)
    print(f"  {decision.verdict}: {best.label}; {decision.ledger.reason}", flush=True)
    is_claimed = decision.verdict in ("use_lever", "already_good")
    claimed = target if is_claimed else None
    return Winner(best.candidate.prompt, claimed, model.calls + proposer.calls), decision


def by_promptfoo(bench: Bench, rows: Rows, seed: int) -> Winner:
    """Return the best of a list of prompts, each scored on as many rows as the calls allow."""
    vague = bench.task.vague
    edits = itertools.chain(named_edits(vague, bench.spec), edits_together(vague, bench.spec))
    listed = [
        vague,
        *(each.prompt for each in edits),
        *map(as_prompt, proposals(bench.task, seed)),
    ]
    prompts = list(dict.fromkeys(listed))
    some = rows[: CALLS // len(prompts)]
    scores = {each: bench.score(each, some) for each in prompts}
    best = max(prompts, key=lambda each: scores[each])
    return Winner(best, scores[best], len(prompts) * len(some))


def by_dspy(dspy: Any, bench: Bench, rows: Rows, seed: int) -> Winner:  # noqa: ANN401 - no types
    """Return what DSPy's GEPA finds in about as many calls."""
    proposer = ScriptedProposer(proposals(bench.task, seed))
    with (
        _silent(),
        SlowServer(bench.answers, seconds=0) as model,
        SlowServer(proposer, seconds=0) as writer,
    ):
        dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=True)
        known = {"api_key": "none", "num_retries": 0}
        lm = dspy.LM("openai/demo", api_base=model.url, temperature=0.0, max_tokens=64, **known)
        reflector = dspy.LM("openai/writer", api_base=writer.url, cache=False, **known)
        optimizer = dspy.GEPA(
            metric=_dspy_metric(dspy, bench.metric),
            max_metric_calls=CALLS,
            reflection_lm=reflector,
            num_threads=1,
            seed=seed,
            track_stats=True,
        )
        examples = [dspy.Example(**row).with_inputs("input") for row in rows]
        signature = dspy.Signature("input -> answer", bench.task.question)
        with dspy.context(lm=lm, adapter=_plain_adapter(dspy)):
            found = optimizer.compile(
                dspy.Predict(signature),
                trainset=examples[:TRAINED_ON],
                valset=examples[TRAINED_ON:],
            )
        calls = sum(model.n_answered.values()) + proposer.calls
    scores = found.detailed_results.val_aggregate_scores
    return Winner(as_prompt(found.signature.instructions), float(max(scores)), calls)


def _dspy_metric(dspy: Any, metric: Metric) -> Callable[..., Any]:  # noqa: ANN401 - no types
    def score(gold: Any, pred: Any, *_: object, **__: object) -> Any:  # noqa: ANN401 - no types
        value = metric.score(pred.answer, [gold.target])
        return dspy.Prediction(score=value, feedback=f"Right answer: {gold.target}")

    def judged(
        gold: Any,  # noqa: ANN401 - no types
        pred: Any,  # noqa: ANN401 - no types
        trace: object = None,
        pred_name: object = None,
        pred_trace: object = None,
    ) -> Any:  # noqa: ANN401 - no types
        return score(gold, pred, trace, pred_name, pred_trace)

    return judged


def _plain_adapter(dspy: Any) -> Any:  # noqa: ANN401 - no types
    class Plain(dspy.Adapter):  # type: ignore[misc]
        """Sends the instruction and the input, and takes the reply as it is."""

        def __call__(
            self,
            lm: Any,  # noqa: ANN401 - no types
            lm_kwargs: dict[str, Any],
            signature: Any,  # noqa: ANN401 - no types
            demos: Any,  # noqa: ANN401 - no types
            inputs: dict[str, Any],
        ) -> list[dict[str, Any]]:
            """Return the one field of the answer."""
            del demos
            text = as_prompt(signature.instructions).user.replace(INPUT, inputs["input"])
            found = lm(messages=[{"role": "user", "content": text}], **lm_kwargs)
            return [{"answer": each if isinstance(each, str) else each["text"]} for each in found]

    return Plain()


@contextmanager
def _silent() -> Iterator[None]:
    logging.disable(logging.WARNING)
    try:
        with redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)


def import_dspy(folder: str) -> Any:  # noqa: ANN401 - no types
    """Return DSPy, from a folder of its own or from where packages are; None where it is absent."""
    os.environ.setdefault("TQDM_DISABLE", "1")  # it draws a bar for every three calls
    if folder:
        sys.path.append(folder)
    try:
        return importlib.import_module("dspy")
    except ImportError:
        return None


def rival_runs(task: PromptTask, targets: Sequence[float], seeds: int, dspy: Any) -> list[RivalRun]:  # noqa: ANN401 - no types
    """Return each tool's runs on one task: some draws of its examples, and some targets."""
    found: list[RivalRun] = []
    with demo_answers(task.most_tokens) as answers:
        bench = Bench(task, answers)
        for seed in range(seeds):
            found += _on_one_draw(bench, targets, seed, dspy)
            print(f"{task.name} seed {seed}: {answers.n_asked} prompts asked", flush=True)
    return found


def _on_one_draw(bench: Bench, targets: Sequence[float], seed: int, dspy: Any) -> list[RivalRun]:  # noqa: ANN401 - no types
    rows, fresh = bench.drawn(seed)
    alike = {"promptfoo by hand": by_promptfoo(bench, rows, seed)}
    if dspy is not None:
        alike[f"DSPy {dspy.__version__} GEPA"] = by_dspy(dspy, bench, rows, seed)
    found = []
    for target in targets:
        for tool, winner in {"ladder": by_ladder(bench, rows, seed, target)[0], **alike}.items():
            run = RivalRun(
                tool=tool,
                task=bench.task.name,
                target=target,
                fresh=bench.score(winner.prompt, fresh),
                truth=bench.score(winner.prompt, bench.rows),
                calls=winner.calls,
                is_claimed=winner.claimed is not None and winner.claimed >= target,
            )
            print(run, flush=True)
            found.append(run)
    return found


def rival_table(runs: Sequence[RivalRun]) -> tuple[list[dict[str, object]], list[str]]:
    """Return a row for each task, target and tool; and where ladder falls short."""
    rows: list[dict[str, object]] = []
    short: list[str] = []
    for (task, target), some in _grouped(runs).items():
        reached = {tool: sum(run.is_reached for run in its) for tool, its in some.items()}
        rows += [_row(task, target, tool, its) for tool, its in some.items()]
        if max(reached.values()) > reached["ladder"]:
            short.append(f"{task}, target {target}: ladder's winner reaches it less often")
    own = [run for run in runs if run.tool == "ladder"]
    false = sum(run.is_claimed and not run.is_reached for run in own)
    if false > 0.05 * len(own):
        short.append(f"{false} false claims in {len(own)} runs of ladder")
    return rows, short


def _grouped(runs: Sequence[RivalRun]) -> dict[tuple[str, float], dict[str, list[RivalRun]]]:
    found: dict[tuple[str, float], dict[str, list[RivalRun]]] = {}
    for run in runs:
        found.setdefault((run.task, run.target), {}).setdefault(run.tool, []).append(run)
    return found


def _row(task: str, target: float, tool: str, runs: Sequence[RivalRun]) -> dict[str, object]:
    n = len(runs)
    return {
        "task": task,
        "target": target,
        "tool": tool,
        "fresh score": sum(run.fresh for run in runs) / n,
        "calls": round(sum(run.calls for run in runs) / n),
        "winner reaches the target": f"{sum(run.is_reached for run in runs)} of {n}",
        "says so": f"{sum(run.is_claimed for run in runs)} of {n}",
        "says so wrongly": f"{sum(run.is_claimed and not run.is_reached for run in runs)} of {n}",
    }
