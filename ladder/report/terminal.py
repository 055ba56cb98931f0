"""The first screen in a terminal: 80 columns, 24 lines, readable without colour.

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
from ladder.report.run_evidence import Evidence
from ladder.report.view import RunView
from ladder.text import one_line, stripped

WIDTH = 80
NAME = 16
PLOT = 46
MOST_LINES = 24
UNCUT = 10_000
ASCII = str.maketrans(
    {"●": "@", "○": "o", "◆": "#", "┊": "|", "─": "-", "·": "-", "×": "x", "−": "-", "–": "-"}
    | {"▲": "!", "≤": "<=", "…": "~", "↵": "/", "✓": "*", "⟨": "<", "⟩": ">"}
    | {"“": '"', "”": '"', "’": "'"}
)


@dataclass(frozen=True)
class FirstScreen:
    """A rich renderable: verdict, claim, ladder, next step."""

    view: RunView
    is_whole: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines; plain ASCII where the terminal knows nothing else."""
        del console
        for full in _whole(self.view) if self.is_whole else _lines(self.view):
            line = full
            if options.ascii_only:
                line = Text(full.plain.translate(ASCII).encode("ascii", "replace").decode("ascii"))
            line.no_wrap = True
            line.overflow = "crop"
            yield line


def to_terminal(evidence: Evidence, *, is_whole: bool = False) -> FirstScreen:
    """Return the first screen as something that rich prints; `is_whole`: as long as it takes."""
    return FirstScreen(RunView(evidence), is_whole)


def _lines(view: RunView) -> Iterator[Text]:
    decision = view.decision
    found = [_once(row, decision) for row in _shown(view.rows)]
    rows = [_row(row, decision.target) for row in found]
    most = 4 if decision.failures else 3  # both bounds of the score stand at the end
    lines = [*_head(view, WIDTH - 1, most=most), *rows]
    lines.append(Text("─" * (WIDTH - 1), style="dim"))
    step = view.step
    if view.cost and len(lines) < MOST_LINES - 4:
        lines.append(Text(one_line(f"Cost: {view.cost}.", WIDTH - 1), style="dim"))
    room = max(2, MOST_LINES - len(lines) - 1)
    lines += (Text(line) for line in textwrap.wrap(stripped(step.words), WIDTH - 1)[:room])
    yield from lines
    yield from _change(view, MOST_LINES - len(lines) - 1)
    yield Text(f"  {stripped(step.command)}", style="bold")


def _whole(view: RunView) -> Iterator[Text]:
    decision = view.decision
    yield from _head(view, UNCUT, most=UNCUT)
    for row in (_once(row, decision) for row in view.rows):
        line = _row(replace(row, note=""), decision.target)
        yield line.append(f"  {one_line(stripped(_named(row)), UNCUT)}")
    yield Text("─" * (WIDTH - 1), style="dim")
    yield from (Text(line) for line in _beside(view))
    yield Text(words.can_decide(decision))
    yield from [Text(view.left)] if view.left else []
    step = view.step
    yield from (Text(line) for line in textwrap.wrap(stripped(step.words), WIDTH - 1))
    yield from _change(view, UNCUT)
    yield Text(f"  {stripped(step.command)}", style="bold")


def _faults(view: RunView, *, most: int) -> Iterator[Text]:
    """Yield what spoils the baseline's answers, with what to change: a low score may be due to it."""
    for at, one in enumerate(view.faults):
        if at and most < UNCUT:
            more = numbers.counted(len(view.faults) - 1, "more fault")
            yield Text(f"▲ {more} of the answers: see the report", style="bold")
            return
        text = stripped(f"▲ {one.problem} {one.next_step}")
        lines = textwrap.wrap(text, WIDTH - 1, max_lines=min(most, MOST_LINES), placeholder=" …")
        yield from (Text(line, style="bold") for line in lines)


def _head(view: RunView, width: int, *, most: int) -> Iterator[Text]:
    decision, claim = view.decision, view.claim
    sentence = stripped(decision.sentence)
    for line in textwrap.wrap(sentence, WIDTH - 1, max_lines=most, placeholder=" …"):
        yield Text(line, style="bold")
    for caveat in view.caveats:
        yield from (Text(line, style="bold") for line in textwrap.wrap(caveat, WIDTH - 1))
    yield Text(one_line(stripped(words.summary(decision)), width), style="dim")
    bound = f" · {claim.bound}" if claim.bound else ""
    rest = one_line(f"{claim.where}{bound} · {claim.error}", width - 1 - len(claim.number))
    yield Text.assemble((claim.number, "bold cyan"), " ", rest)
    yield Text("─" * (WIDTH - 1), style="dim")
    yield from _faults(view, most=UNCUT if most == UNCUT else 2)
    yield _axis(decision.target)


def _change(view: RunView, room: int) -> Iterator[Text]:
    """Yield what the lever changes in the spec, as much of it as there is room for."""
    change = view.change if view.decision.verdict == "use_lever" else None
    if change is None:
        return
    marks = {"added": "+", "removed": "-", "same": " "}
    lines = [f"  {marks[line.kind]} {stripped(line.text)}" for line in in_context(change.lines)]
    shown = lines if len(lines) <= room else lines[: room - 1]
    width = WIDTH - 1 if room < UNCUT else UNCUT
    yield from (Text(line[:width]) for line in shown)
    if len(shown) < len(lines):
        yield Text(f"  … and {len(lines) - len(shown)} more lines, in the report:")


def _beside(view: RunView) -> Iterator[str]:
    """Yield what stands beside the ladder in a file: costs, then what was fixed, then slices."""
    if view.cost:
        yield f"Cost: {view.cost}."
    for lever, score in view.ablation:
        yield stripped(f"Without {lever}: {score}")
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


def _axis(target: float) -> Text:
    line = [" "] * PLOT
    aim = f"target {numbers.exact(target)}"
    start = min(max(0, _column(target) - len(aim) // 2), PLOT - len(aim))
    for tick, text in ((0.0, "0"), (0.25, ".25"), (0.5, ".5"), (0.75, ".75")):
        if _column(tick) + len(text) < start or _column(tick) > start + len(aim):
            _put(line, _column(tick), text)
    _put(line, start, aim)
    return Text(f"{'':{NAME}}{''.join(line)}{'gain':>8}{'cost':>8}", style="dim")


def _named(row: LadderRow) -> str:
    """Return what a row says, behind the name of the candidate that it shows."""
    if row.dot is None or row.kind in ("baseline", "confirmed"):
        return row.note
    return f"{row.dot.label}: {row.note}"


def _row(row: LadderRow, target: float) -> Text:
    name = f"{row.name}{' ✓' if row.is_used else ''}"
    line = Text(f"{one_line(stripped(name), NAME - 1):{NAME}}")
    if row.is_used or row.kind == "confirmed":
        line.stylize("bold cyan")
    line.append(_plot(row, target))
    gain = numbers.gain(row.gain) if row.gain is not None else ""
    cost = numbers.times(row.dot.cost) if row.dot is not None and row.dot.cost else ""
    line.append(f"{gain:>8}{cost:>8}")
    return line


def _plot(row: LadderRow, target: float) -> str:
    """Draw one row: interval, dot, target, and the note where there is room for it."""
    line = [" "] * PLOT
    _put(line, _column(target), "┊")
    start, note = 0, one_line(f"– {stripped(row.note)}".rstrip(), PLOT)
    if row.dot is not None:
        low, high, at = (_column(one) for one in (row.dot.low, row.dot.high, row.dot.score))
        _put(line, low, "─" * (high - low + 1))
        _put(line, at, _mark(row))
        start, note = _room(low, high, f"{numbers.score(row.dot.score)} {row.note}".rstrip())
    _put(line, start, note)
    return "".join(line)


def _room(low: int, high: int, note: str) -> tuple[int, str]:
    """Return where a note fits beside the interval, and as much of it as fits."""
    after = PLOT - high - 2
    if after >= low - 1:
        return high + 2, one_line(stripped(note), max(after, 1))
    text = one_line(stripped(note), max(low - 1, 1))
    return low - 1 - len(text), text


def _mark(row: LadderRow) -> str:
    if row.kind == "confirmed":
        return "◆"
    return "●" if row.is_used or row.kind == "baseline" else "○"


def _column(value: float) -> int:
    return round(min(max(value, 0.0), 1.0) * (PLOT - 1))


def _put(line: list[str], start: int, text: str) -> None:
    line[start : start + len(text)] = list(text)[: len(line) - start]
