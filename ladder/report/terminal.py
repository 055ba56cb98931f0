"""The first screen in a terminal: as wide as it is, about 24 lines, readable without colour.

In a file nothing is cut: notes stand behind the columns.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from ladder.decision import Decision
from ladder.report import numbers, words
from ladder.report.changes import in_context
from ladder.report.class_table import BOOTSTRAP, ClassTable
from ladder.report.ladder_rows import LadderRow
from ladder.report.power_words import can_decide
from ladder.report.run_evidence import Evidence
from ladder.report.view import RunView
from ladder.text import one_line, stripped

WIDTH, NARROWEST, WIDEST = 80, 40, 200
"""Columns of a file, and of the narrowest and the widest terminal that is filled."""

MOST_LINES = 24
UNCUT = 10_000
_SPEC, _UNBROKEN = "In your spec:", "\u00a0"
ASCII = str.maketrans(
    {"●": "@", "○": "o", "◆": "#", "┊": "|", "─": "-", "·": "-", "×": "x", "−": "-", "–": "-"}
    | {"▲": "!", "≤": "<=", "…": "~", "↵": "/", "✓": "*", "⟨": "<", "⟩": ">"}
    | {"“": '"', "”": '"', "’": "'"}
)


@dataclass(frozen=True, slots=True)
class Columns:
    """How a screen of some width is shared out.

    >>> [(each.name, each.plot, each.has_cost) for each in map(Columns, (50, 80, 200))]
    [(13, 27, False), (16, 46, True), (16, 166, True)]
    """

    width: int = WIDTH

    @property
    def text(self) -> int:
        """Return the columns of a line of text: the last one of the screen stays free."""
        return self.width - 1

    @property
    def has_cost(self) -> bool:
        """Return whether there is room for what each candidate costs."""
        return self.width >= 64

    @property
    def name(self) -> int:
        """Return the columns of a lever's name."""
        return 16 if self.has_cost else 13

    @property
    def plot(self) -> int:
        """Return the columns of the ladder, in which scores are drawn."""
        return self.width - 2 - self.name - (16 if self.has_cost else 8)

    def place(self, score: float) -> int:
        """Return the column of the ladder at which a score stands."""
        return round(min(max(score, 0.0), 1.0) * (self.plot - 1))

    def end(self, gain: str, cost: str) -> str:
        """Return what stands behind the ladder."""
        return f"{gain:>8}{cost:>8}" if self.has_cost else f"{gain:>8}"


@dataclass(frozen=True)
class FirstScreen:
    """A rich renderable: verdict, claim, ladder, next step."""

    view: RunView
    is_whole: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines; plain ASCII where the terminal knows nothing else."""
        del console
        columns = Columns(min(max(options.max_width, NARROWEST), WIDEST))
        for full in _whole(self.view, Columns()) if self.is_whole else _lines(self.view, columns):
            line = full
            if options.ascii_only:
                line = Text(full.plain.translate(ASCII).encode("ascii", "replace").decode("ascii"))
            line.no_wrap = True
            line.overflow = line.overflow or "crop"
            yield line


def to_terminal(evidence: Evidence, *, is_whole: bool = False) -> FirstScreen:
    """Return the first screen as something that rich prints; `is_whole`: as long as it takes."""
    return FirstScreen(RunView(evidence), is_whole)


def _lines(view: RunView, columns: Columns) -> Iterator[Text]:
    decision = view.decision
    found = [_once(row, decision) for row in _shown(view.rows)]
    most = 4 if decision.failures else 3  # both bounds of the score stand at the end
    head = [*_head(view, columns, columns.text, most=most)]
    left = MOST_LINES - len(head) - len(found) - 2  # the rule below the ladder, and the command
    step = _step(view.step.words, columns.text, max(2, left))
    change = _change(view, columns.text, room=left - len(step))
    spare = left - len(step) - len(change)
    yield from head
    for row in _without_untried(found, -spare):
        yield _row(row, decision.mark, columns)
    yield Text("─" * columns.text, style="dim")
    if view.cost and spare > 0:
        yield Text(one_line(f"Cost: {view.cost}.", columns.text), style="dim")
    yield from map(Text, [*step, *change])
    yield Text(f"  {stripped(view.step.command)}", style="bold", overflow="ignore")


def _without_untried(rows: Sequence[LadderRow], many: int) -> list[LadderRow]:
    """Return rows without as many of those that show no candidate, the last ones first."""
    untried = [row for row in rows if row.dot is None]
    gone = untried[-many:] if many > 0 else []
    return [row for row in rows if row not in gone]


def _whole(view: RunView, columns: Columns) -> Iterator[Text]:
    decision = view.decision
    yield from _head(view, columns, UNCUT, most=UNCUT)
    for row in (_once(row, decision) for row in view.rows):
        line = _row(replace(row, note=""), decision.mark, columns)
        yield line.append(f"  {one_line(stripped(_named(row)), UNCUT)}")
    yield Text("─" * columns.text, style="dim")
    yield from (Text(line) for line in _beside(view))
    yield Text(can_decide(decision))
    rechecked = view.evidence.still_true
    yield from [] if rechecked is None else [Text(stripped(f"Rechecked: {rechecked.sentence}"))]
    yield from [Text(view.left)] if view.left else []
    step = view.step
    yield from (Text(line) for line in textwrap.wrap(stripped(step.words), columns.text))
    yield from map(Text, _change(view, UNCUT, room=UNCUT))
    yield Text(f"  {stripped(step.command)}", style="bold")


def _faults(view: RunView, columns: Columns, *, most: int) -> Iterator[Text]:
    """Yield what spoils the baseline's answers, with what to change: a low score may be due to it."""
    for at, one in enumerate(view.faults):
        if at and most < UNCUT:
            more = numbers.counted(len(view.faults) - 1, "more fault")
            yield Text(f"▲ {more} of the answers: see the report", style="bold")
            return
        text = stripped(f"▲ {one.problem} {one.next_step}")
        lines = textwrap.wrap(text, columns.text, max_lines=min(most, MOST_LINES), placeholder=" …")
        yield from (Text(line, style="bold") for line in lines)


def _head(view: RunView, columns: Columns, width: int, *, most: int) -> Iterator[Text]:
    decision, claim = view.decision, view.claim
    sentence = stripped(decision.sentence)
    for line in textwrap.wrap(sentence, columns.text, max_lines=most, placeholder=" …"):
        yield Text(line, style="bold")
    for caveat in view.caveats:
        yield from (Text(line, style="bold") for line in textwrap.wrap(caveat, columns.text))
    yield Text(one_line(stripped(words.summary(decision)), width), style="dim")
    bound = f" · {claim.bound}" if claim.bound else ""
    rest = one_line(f"{claim.where}{bound} · {claim.error}", width - 1 - len(claim.number))
    yield Text.assemble((claim.number, "bold cyan"), " ", rest)
    yield Text("─" * columns.text, style="dim")
    yield from _faults(view, columns, most=UNCUT if most == UNCUT else 2)
    yield _axis(decision.mark, columns, "cost" if view.limits is None else "limit")


def _step(words: str, width: int, room: int) -> list[str]:
    """Return what to do, in as many lines as there is room for; what names the lines below is never cut.

    >>> _step("Use few_shot: it was confirmed, as told above. In your spec:", 20, 2)
    ['Use few_shot: it …', 'In your spec:']
    """
    whole = stripped(words).replace(_SPEC, _SPEC.replace(" ", _UNBROKEN))
    lines = [line.replace(_UNBROKEN, " ") for line in textwrap.wrap(whole, width)]
    if len(lines) <= room or not words.endswith(_SPEC):
        return lines[:room]
    before = stripped(words.removesuffix(_SPEC))
    return [*textwrap.wrap(before, width, max_lines=room - 1, placeholder=" …"), _SPEC]


def _change(view: RunView, width: int, *, room: int) -> list[str]:
    """Return what the lever changes in the spec, all of it: it is what a user writes.

    What stays the same around it is left out where there is no room.
    """
    change = view.change if view.decision.verdict == "use_lever" else None
    shown = list(in_context(change.lines)) if change is not None else []
    marks = {"added": "+", "removed": "-", "same": " "}
    if len(shown) > room:
        shown = [line for line in shown if line.kind != "same"]
    texts = [f"  {marks[line.kind]} {stripped(line.text)}" for line in shown]
    wrapped = [
        textwrap.wrap(text, width, subsequent_indent="      ", drop_whitespace=False) or [text]
        for text in texts
    ]
    return [line for lines in wrapped for line in lines]


def _beside(view: RunView) -> Iterator[str]:
    """Yield what stands beside the ladder in a file: costs, then what was fixed, then slices."""
    if view.cost:
        yield f"Cost: {view.cost}."
    for lever, score in view.ablation:
        yield stripped(f"Without {lever}: {score}")
    if view.evidence.cost is not None and view.evidence.cost.by_lever:
        yield f"By lever: {'; '.join(map(', '.join, view.evidence.cost.lever_rows()))}."
    for line in view.limits.lines if view.limits is not None else ():
        yield one_line(stripped(f"Limits, {line}"), UNCUT)
    if view.together:
        yield stripped(view.together)
    for row in (each for each in view.paired if each.fixed or each.broken):
        counts = f"fixed {len(row.fixed)}, broke {len(row.broken)} of {row.n}"
        yield one_line(f"{stripped(row.lever)}: {counts} (p {numbers.chance(row.p)})", UNCUT)
    for table in view.class_tables:
        yield one_line(stripped(_classes(table)), UNCUT)
    for slicing in view.slicings:
        shown = [(row.value, row.after or row.before) for row in slicing.rows]
        scores = [f"{value} {numbers.score(one.score)} (n {one.n})" for value, one in shown if one]
        text = f"By {slicing.column}, no part of the claim: {', '.join(scores)}"
        yield one_line(stripped(text), UNCUT)


def _classes(table: ClassTable) -> str:
    """Return the classes of one candidate on a line, the worst recall first, and its macro-F1."""
    lines = sorted(table.lines, key=lambda line: line.recall.score)
    told = [
        f"{line.label} {numbers.score(line.recall.score)}"
        + (f" of {numbers.exact(line.asked)} asked" if line.asked is not None else "")
        + f" (n {line.n})"
        for line in lines
    ]
    macro = table.macro_f1
    return (
        f"Recall by class, {table.name}, no part of the claim: {', '.join(told)}; macro-F1 "
        f"{numbers.score(macro.score)} ({numbers.score(macro.low)} to {numbers.score(macro.high)}, "
        f"{BOOTSTRAP})"
    )


def _once(row: LadderRow, decision: Decision) -> LadderRow:
    """Return a row without the reason that the next step names."""
    ledger = decision.ledger
    status, colon, reason = row.note.partition(": ")
    is_named = ledger.blocked and colon and reason.rstrip(".") in ledger.reason
    place = "above" if ledger.is_explored else "below"  # in the sentence, or in the next step
    return replace(row, note=f"{status}, see {place}") if is_named else row


def _shown(rows: Sequence[LadderRow]) -> Sequence[LadderRow]:
    """Return the rows that fit: a second climb only where it moved something."""
    if len(rows) <= 11:
        return rows
    return [row for row in rows if not row.name.endswith(", again") or row.is_used][:12]


def _axis(target: float, columns: Columns, cost: str = "cost") -> Text:
    line = [" "] * columns.plot
    aim = f"target {numbers.exact(target)}"
    start = min(max(0, columns.place(target) - len(aim) // 2), columns.plot - len(aim))
    for tick, text in ((0.0, "0"), (0.25, ".25"), (0.5, ".5"), (0.75, ".75")):
        if columns.place(tick) + len(text) < start or columns.place(tick) > start + len(aim):
            _put(line, columns.place(tick), text)
    _put(line, start, aim)
    return Text(f"{'':{columns.name}}{''.join(line)}{columns.end('gain', cost)}", style="dim")


def _named(row: LadderRow) -> str:
    """Return what a row says, behind the name of the candidate that it shows."""
    if row.dot is None or row.kind in ("baseline", "confirmed"):
        return row.note
    return f"{row.dot.label}: {row.note}"


def _row(row: LadderRow, target: float, columns: Columns) -> Text:
    name = f"{row.name}{' ✓' if row.is_used else ''}"
    line = Text(f"{one_line(stripped(name), columns.name - 1):{columns.name}}")
    if row.is_used or row.kind == "confirmed":
        line.stylize("bold cyan")
    line.append(_plot(row, target, columns))
    gain = numbers.gain(row.gain) if row.gain is not None else ""
    cost = numbers.times(row.dot.cost) if row.dot is not None and row.dot.cost else ""
    cost = row.dot.of_limit if row.dot is not None and row.dot.of_limit else cost
    line.append(columns.end(gain, cost))
    return line


def _plot(row: LadderRow, target: float, columns: Columns) -> str:
    """Draw one row: interval, dot, target, and the note where there is room for it."""
    line = [" "] * columns.plot
    _put(line, columns.place(target), "┊")
    start, note = 0, one_line(f"– {stripped(row.note)}".rstrip(), columns.plot)
    if row.dot is not None:
        low, high, at = (columns.place(one) for one in (row.dot.low, row.dot.high, row.dot.score))
        _put(line, low, "─" * (high - low + 1))
        _put(line, at, _mark(row))
        start, note = _room(
            low, high, f"{numbers.score(row.dot.score)} {row.note}".rstrip(), columns.plot
        )
    _put(line, start, note)
    return "".join(line)


def _room(low: int, high: int, note: str, plot: int) -> tuple[int, str]:
    """Return where a note fits beside the interval, and as much of it as fits."""
    after = plot - high - 2
    if after >= low - 1:
        return high + 2, one_line(stripped(note), max(after, 1))
    text = one_line(stripped(note), max(low - 1, 1))
    return low - 1 - len(text), text


def _mark(row: LadderRow) -> str:
    if row.kind == "confirmed":
        return "◆"
    return "●" if row.is_used or row.kind == "baseline" else "○"


def _put(line: list[str], start: int, text: str) -> None:
    line[start : start + len(text)] = list(text)[: len(line) - start]
