"""The report as Markdown: for a job summary, a pull request, a mail."""

from collections.abc import Iterator, Sequence

from ladder.data.chat_message import transcript
from ladder.decision import Decision
from ladder.decision.candidate_labels import label_of
from ladder.formats.markdown import details, fenced, plain, table
from ladder.report import numbers, run_command, steps, words
from ladder.report.class_table import BOOTSTRAP, ClassLine
from ladder.report.costs import FRONTIER, money_per_right, tokens_per_right
from ladder.report.ladder_rows import Dot
from ladder.report.limit_table import ABOUT
from ladder.report.outcomes import WORDS, outcome_of
from ladder.report.power_words import can_decide
from ladder.report.run_evidence import Evidence
from ladder.report.slices import SliceScore
from ladder.report.still_true import HEAD, StillTrue
from ladder.report.view import RunView
from ladder.runs.plan_and_use import PlanAndUse
from ladder.runs.samples import AnswerRow
from ladder.text import encodable

MOST_BYTES = 900_000
"""A job summary on GitHub may hold 1 MiB; above that it is not shown at all."""

MANY = "Of many slices some look bad by chance: take fresh samples before you act on one."
SAMPLES_SHOWN = 20
SIDES = ("baseline", "best")
IDS_SHOWN = 40
NOTE = 1_500
"""Characters of what a row of the ladder says: all that its lever tried, by name."""


def to_markdown(evidence: Evidence) -> str:
    """Return the report as Markdown, below the size that job summaries accept."""
    lines: list[str] = []
    size = 0
    for block in _blocks(RunView(evidence)):
        size += len(block.encode("utf-8", "replace")) + 1
        if size > MOST_BYTES - 200:
            lines.append("\n*Cut here: a job summary holds no more. The HTML report has it all.*")
            break
        lines.append(block)
    return encodable("\n".join(lines)) + "\n"


def _blocks(view: RunView) -> Iterator[str]:
    decision, claim = view.decision, view.claim
    bound = f" · {claim.bound}" if claim.bound else ""
    yield f"# {plain(decision.sentence, 400)}\n"
    for caveat in view.caveats:
        yield f"**{plain(caveat, 400)}**\n"
    yield f"{plain(words.summary(decision), 400)}\n"
    yield f"**{claim.number}** {claim.where}{bound} · {claim.error}\n"
    if view.change is not None:
        marks = {"added": "+ ", "removed": "- ", "same": "  "}
        diff = "\n".join(f"{marks[line.kind]}{line.text}" for line in view.change.lines)
        yield f"## {steps.change_title(decision)}\n\n{fenced(diff, 'diff')}\n"
    yield "## The ladder\n"
    for one in view.faults:
        yield f"- **▲ {plain(one.problem, 400)}** {plain(one.next_step, 400)}"
    yield from [""] if view.faults else []
    yield f"{_ladder(view)}\n"
    if view.together:
        yield f"{plain(view.together, 400)}\n"
    yield from _limits(view)
    yield from _paired(view)
    yield from _one_sample(view)
    yield from _checks(view)
    yield f"## How sure are we\n\n{view.how_sure}\n"
    yield from [f"{view.left}\n"] if view.left else []
    if decision.failures:
        yield "Failed calls, on the selection part:\n"
        yield from (f"- {plain(line, 400)}" for line in words.failed_calls(decision))
        yield ""
    yield from _still_true(view.evidence.still_true)
    yield details("Everything that was tried", f"{table(_tried(view))}\n\n{FRONTIER}")
    yield from _passages(decision)
    yield from _classes(view)
    yield from _fields(view)
    yield from _slices(view)
    yield from _samples(view.evidence)
    yield from _next(view)
    yield from _cost_of_run(view.evidence.cost)
    yield from _reproduce(decision)


def _still_true(found: StillTrue | None) -> Iterator[str]:
    """Yield what rechecks of the candidate show, where there were any."""
    if found is None:
        return
    yield f"## Still true\n\n**{plain(found.sentence, 400)}** {found.how_sure}\n"
    if found.batches:
        yield f"{table([HEAD, *found.batches])}\n"
    if found.drift:
        yield "Inputs of the last batch beside the eval data; no claim rests on it:\n"
        yield from (f"- {plain(line, 400)}" for line in found.drift)
        yield ""


def _ladder(view: RunView) -> str:
    decision = view.decision
    target = words.goal_words(decision)
    has_limits = view.limits is not None
    more = ["of limit"] if has_limits else []
    rows = [["lever", "score", "95 % interval", "n", "gain", "cost", *more, ""]]
    for row in view.rows:
        dot, name = row.dot, f"{plain(row.name)}{' ✓' if row.is_used else ''}"
        gain = numbers.gain(row.gain) if row.gain is not None else ""
        if dot is None:
            rows.append([name, "–", "", "", gain, "", *("" for _ in more), plain(row.note, NOTE)])
            continue
        cost = numbers.times(dot.cost) if dot.cost else ""
        label = "" if row.kind in ("baseline", "confirmed") else f"{plain(dot.label)}: "
        limit = [dot.of_limit] if has_limits else []
        note = f"{label}{plain(row.note, NOTE)}"
        rows.append([name, *_score(dot, decision), gain, cost, *limit, note])
    return f"{table(rows)}\n\nTarget {target}. ✓: part of the shown candidate."


def _score(dot: Dot, decision: Decision) -> list[str]:
    return [
        numbers.score(dot.score, beside=decision.mark),
        f"{numbers.score(dot.low)} to {numbers.score(dot.high)}",
        numbers.count(dot.n),
    ]


def _tried(view: RunView) -> list[list[str]]:
    decision = view.decision
    head = ["candidate", "score", "95 % interval", "n", "won", "lost"]
    costs = ["seconds", "tokens", "tokens per right answer"]
    costs += [f"{decision.currency} per right answer"] if decision.currency else []
    rows = [[*head, *costs, "Pareto-optimal", "stopped"]]
    for dot in view.tried:
        counts = [str(dot.wins), str(dot.losses)]
        mark = "✓" if dot.configuration in view.frontier else ""
        rows.append(
            [
                plain(dot.label),
                *_score(dot, decision),
                *counts,
                *_cost(dot, decision.currency),
                mark,
                "confirmed" if dot.is_confirmed else plain(dot.stopped),
            ]
        )
    return rows


def _cost(dot: Dot, currency: str) -> list[str]:
    right, paid = tokens_per_right(dot), money_per_right(dot)
    money = [numbers.money(paid, currency) if paid else "–"] if currency else []
    return [
        numbers.seconds(dot.seconds) if dot.seconds else "–",
        numbers.count(dot.tokens) if dot.tokens else "–",
        numbers.count(right) if right else "–",
        *money,
    ]


def _limits(view: RunView) -> Iterator[str]:
    found = view.limits
    if found is None:
        return
    yield f"## Cost against the limits\n\n{ABOUT}\n"
    yield f"{table([list(found.head), *([plain(cell) for cell in row] for row in found.rows)])}\n"
    yield from (f"{plain(line, 400)}\n" for line in found.where)


def _paired(view: RunView) -> Iterator[str]:
    found = view.paired
    if not found:
        return
    rows = [["lever", "candidate", "against", "fixed", "broken", "n", "p"]]
    for row in found:
        counts = [numbers.count(len(row.fixed)), numbers.count(len(row.broken))]
        words = [plain(text) for text in (row.lever, row.label, row.against)]
        rows.append([*words, *counts, numbers.count(row.n), numbers.chance(row.p)])
    yield "## What each lever fixed and broke\n"
    yield f"On the selection part; not part of the claim.\n\n{table(rows)}\n"
    yield "p: exact McNemar, two-sided. The same samples chose these candidates, so p is too optimistic.\n"
    for row in found:
        lists = (("fixed", row.fixed), ("broken", row.broken))
        ids = [f"{word}: {_ids(names)}" for word, names in lists if names]
        if ids:
            yield details(f"{plain(row.lever)}: which", "\n\n".join(ids))


def _ids(names: Sequence[str]) -> str:
    more = f" and {numbers.count(len(names) - IDS_SHOWN)} more" if len(names) > IDS_SHOWN else ""
    return f"{', '.join(plain(name, 60) for name in names[:IDS_SHOWN])}{more}"


def _classes(view: RunView) -> Iterator[str]:
    for each in view.class_tables:
        macro = each.macro_f1
        yield f"## By class: {each.name}\n"
        yield (
            "On the selection part; not part of the claim. Intervals of F1 and macro-F1 are a "
            f"{BOOTSTRAP}. Macro-F1 {numbers.score(macro.score)} ({_interval(macro)}).\n"
        )
        rows = [["class", "n", "recall", "95 %", "asked", "precision", "95 %", "F1", "bootstrap"]]
        rows += [_class_line(line) for line in each.lines]
        yield f"{table(rows)}\n"
        if each.is_readable:
            rows = [["class, taken for", *(plain(column, 40) for column in each.columns)]]
            rows += [
                [plain(line.label, 60), *map(numbers.count, cells)]
                for line, cells in zip(each.lines, each.cells, strict=True)
            ]
        else:
            rows = [["class", "taken for", "n"]]
            rows += [
                [plain(one, 60), plain(other, 60), numbers.count(n)]
                for one, other, n in each.confusions
            ]
        yield f"{table(rows)}\n"


def _class_line(line: ClassLine) -> list[str]:
    precision = line.precision
    return [
        plain(line.label, 60),
        numbers.count(line.n),
        numbers.score(line.recall.score, beside=line.asked),
        _interval(line.recall),
        "–" if line.asked is None else numbers.exact(line.asked),
        "–" if precision is None else numbers.score(precision.score),
        "–" if precision is None else _interval(precision),
        numbers.score(line.f1.score),
        _interval(line.f1),
    ]


def _interval(found: SliceScore) -> str:
    return f"{numbers.score(found.low)} to {numbers.score(found.high)}"


def _slices(view: RunView) -> Iterator[str]:
    found = view.slicings
    if not found:
        return
    yield "## By slice\n"
    yield f"On the selection part; not part of the claim. {MANY}\n"
    for slicing in found:
        rows = [[plain(slicing.column), "baseline", "95 % interval", "n"]]
        is_one = not view.has_change
        rows[0] += [] if is_one else ["best", "95 % interval", "n"]
        for row in slicing.rows:
            cells = _slice(row.before) + ([] if is_one else _slice(row.after))
            rows.append([plain(row.value, 60), *cells])
        yield f"{table(rows)}\n"


def _passages(decision: Decision) -> Iterator[str]:
    """Yield what each way of retrieval found, a table a corpus."""
    for each in decision.passages:
        rows = [list(words.PASSAGE_COLUMNS), *map(words.passage_cells, each.searches)]
        yield details(
            f"Passages of {plain(each.corpus)}",
            f"{plain(each.words, 600)}\n\n{table([[plain(cell) for cell in row] for row in rows])}",
        )


def _fields(view: RunView) -> Iterator[str]:
    found, n = view.fields, 2 if view.has_change else 1
    if found is None:
        return
    yield "## By field\n"
    yield "On the selection part; not part of the claim.\n"
    rows = [["field", *(cell for name in SIDES[:n] for cell in (name, "95 % interval", "n"))]]
    for row in found.rows:
        cells = [cell for one in (row.before, row.after)[:n] for cell in _slice(one)]
        rows.append([plain(row.name, 60), *cells])
    means = ["–" if one is None else numbers.score(one) for one in found.macro[:n]]
    rows.append(["mean over fields", *(cell for mean in means for cell in (mean, "–", "–"))])
    lost = [numbers.count(one) for one in found.no_json[:n]]
    rows.append(["answers that are no JSON", *(cell for one in lost for cell in (one, "–", "–"))])
    yield f"{table(rows)}\n"


def _slice(found: SliceScore | None) -> list[str]:
    if found is None:
        return ["–", "–", "0"]
    return [numbers.score(found.score), _interval(found), numbers.count(found.n)]


def _one_sample(view: RunView) -> Iterator[str]:
    evidence = view.evidence
    if not view.pairs:
        return
    pair = view.pairs[0]
    targets = plain(" or ".join(pair.sample.targets))
    yield f"## One sample\n\n{plain(pair.sample.input)} Target: {targets}\n"
    if pair.sample.turns:
        title = "The conversation, with the wanted answer as its last turn"
        yield details(title, fenced(transcript(pair.sample.messages)))
    yield _side("Baseline", pair.before)
    if pair.after is not None:
        yield _side(plain(label_of(evidence.decision, evidence.best)), pair.after)
    for title, shown in (("Baseline", evidence.baseline), ("Best candidate", evidence.best)):
        tokens = evidence.tokens.get((pair.sample.id, shown), ())
        if tokens and (shown != evidence.baseline or title == "Baseline"):
            text = " ".join(f"{number}:{text!r}" for number, text in tokens)
            yield details(f"{title}: {len(tokens)} token ids", fenced(text))


def _side(title: str, answer: AnswerRow) -> str:
    prompt = f"{fenced(answer.prompt)}\n\n" if answer.prompt else ""
    said = f"No answer: {plain(answer.error)}" if answer.error else fenced(answer.text)
    read_as = plain(answer.read_as) or "nothing"
    end = f"Read as: {read_as} · score {numbers.score(answer.score)}"
    thoughts = f"{details('Thoughts, no part of the answer', fenced(answer.thoughts))}\n"
    shown = thoughts if answer.thoughts else ""
    cut = f" ({plain(answer.note)})" if answer.note and not answer.error else ""
    return f"**{title}**\n\n{prompt}{shown}Answer{cut}:\n\n{said}\n\n{end}\n"


def _checks(view: RunView) -> Iterator[str]:
    decision = view.decision
    yield f"## Checks before the levers\n\n{can_decide(decision)}\n"
    for one in view.findings:
        step = f" {plain(one.next_step, 400)}" if one.next_step else ""
        yield f"- **{one.severity}** {plain(one.problem, 400)}{step} ({plain(one.code)})"
    yield ""
    for one in decision.checks:
        if one.evidence:
            yield details(f"Where: {plain(one.code)}", fenced(one.evidence))


def _samples(evidence: Evidence) -> Iterator[str]:
    if not evidence.samples:
        return
    rows = [["outcome", "input", "target", "baseline", "best"]]
    for sample in evidence.samples:
        outcome, before, after = outcome_of(sample, baseline=evidence.baseline, best=evidence.best)
        if outcome in ("right", "unanswered"):
            continue
        scores = ["–" if one is None else numbers.score(one) for one in (before, after)]
        targets = plain(" or ".join(sample.targets), 60)
        rows.append([WORDS[outcome], plain(sample.input, 100), targets, *scores])
    total = len(rows) - 1
    shown = min(total, SAMPLES_SHOWN)
    if total:
        title = f"Samples that changed or failed ({shown} of {numbers.count(total)})"
        yield details(title, table(rows[: SAMPLES_SHOWN + 1]))


def _next(view: RunView) -> Iterator[str]:
    after = view.steps
    yield f"## {after.title}\n"
    for number, step in enumerate(after.steps, start=1):
        command = f"\n\n{fenced(step.command, 'sh')}\n" if step.command else ""
        yield f"{number}. {plain(step.words, 600)}{command}"
    yield ""
    if after.ablation:
        yield f"{steps.ABLATION}\n"
    for lever, score in after.ablation:
        yield f"- without {plain(lever)}: {score}"
    if after.ablation:
        yield ""
    for name, what, is_done in after.checklist:
        yield f"- [{'x' if is_done else ' '}] **{name}**: {what}"
    yield ""


def _cost_of_run(cost: PlanAndUse | None) -> Iterator[str]:
    """Yield what the run was foreseen to cost, beside what it took."""
    rows = list(cost.rows()) if cost is not None else []
    if rows:
        head = ("", "foreseen (eight of ten simulated runs)", "for this verdict", "used")
        yield f"## What it cost\n\n{table([head, *rows])}\n"
    if cost is not None and cost.by_lever:
        yield f"{table([('lever', 'calls', 'tokens', 'time'), *cost.lever_rows()])}\n"


def _reproduce(decision: Decision) -> Iterator[str]:
    origin = decision.provenance
    if origin is None:
        return
    yield "## Reproduce\n"
    if origin.command:
        yield f"{fenced(run_command.command_of(decision), 'sh')}\n"
    versions = ", ".join(f"{name} {version}" for name, version in origin.versions.items())
    yield f"Seed {origin.seed}. {plain(versions, 400)}.\n"
    yield f"spec `{origin.spec}`  \neval data, as read `{origin.eval_data}`  \nmodel `{origin.model}`"
    yield from (f"\n- {plain(each.words, 400)}" for each in origin.models)
