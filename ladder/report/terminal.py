"""The first screen in a terminal: 80 columns, 24 lines, readable without colour.

In a file nothing is cut: notes stand behind the columns.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from ladder.decision import Decision, best_of
from ladder.report import numbers, steps, words
from ladder.report.changes import change_of, in_context
from ladder.report.costs import cost_words
from ladder.report.evidence import Evidence
from ladder.report.fixed_and_broken import paired_rows
from ladder.report.ladder_rows import Row, all_dots, ladder_rows
from ladder.report.parts import ablation_of, only_together
from ladder.report.slices import slicings
from ladder.text import one_line, stripped

WIDTH = 80
NAME = 16
PLOT = 46
MOST_LINES = 24
UNCUT = 10_000
ASCII = str.maketrans(
    {"●": "@", "○": "o", "◆": "#", "┊": "|", "─": "-", "·": "-", "×": "x", "−": "-", "–": "-"}
    | {"≤": "<=", "…": "~", "↵": "/", "✓": "*", "⟨": "<", "⟩": ">", "“": '"', "”": '"', "’": "'"}
)


@dataclass(frozen=True)
class FirstScreen:
    """A rich renderable: verdict, claim, ladder, next step."""

    evidence: Evidence
    is_whole: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines; plain ASCII where the terminal knows nothing else."""
        del console
        for full in _lines(self.evidence) if not self.is_whole else _whole(self.evidence):
            line = _ascii(full) if options.ascii_only else full
            line.no_wrap = True
            line.overflow = "crop"
            yield line


def _ascii(line: Text) -> Text:
    return Text(line.plain.translate(ASCII).encode("ascii", "replace").decode("ascii"))


def to_terminal(evidence: Evidence, *, is_whole: bool = False) -> FirstScreen:
    """Return the first screen as something that rich prints; `is_whole`: as long as it takes."""
    return FirstScreen(evidence, is_whole)


def _lines(evidence: Evidence) -> Iterator[Text]:
    decision = evidence.decision
    found = [_once(row, decision) for row in _shown(ladder_rows(decision))]
    rows = [_row(row, decision.target) for row in found]
    most = 4 if decision.failures else 3  # both bounds of the score stand at the end
    lines = [*_head(decision, WIDTH - 1, most=most), *rows]
    lines.append(Text("─" * (WIDTH - 1), style="dim"))
    step = steps.in_short(decision, evidence.folder)
    cost = _cost(decision)
    if cost and len(lines) < MOST_LINES - 4:
        lines.append(Text(one_line(cost, WIDTH - 1), style="dim"))
    room = max(2, MOST_LINES - len(lines) - 1)
    lines += (Text(line) for line in textwrap.wrap(stripped(step.words), WIDTH - 1)[:room])
    yield from lines
    yield from _change(decision, MOST_LINES - len(lines) - 1)
    yield Text(f"  {stripped(step.command)}", style="bold")


def _whole(evidence: Evidence) -> Iterator[Text]:
    decision = evidence.decision
    yield from _head(decision, UNCUT, most=UNCUT)
    for row in (_once(row, decision) for row in ladder_rows(decision)):
        line = _row(replace(row, note=""), decision.target)
        yield line.append(f"  {one_line(stripped(row.note), UNCUT)}")
    yield Text("─" * (WIDTH - 1), style="dim")
    yield from (Text(line) for line in _beside(evidence))
    yield Text(words.can_decide(decision))
    step = steps.in_short(decision, evidence.folder)
    yield from (Text(line) for line in textwrap.wrap(stripped(step.words), WIDTH - 1))
    yield from _change(decision, UNCUT)
    yield Text(f"  {stripped(step.command)}", style="bold")


def _head(decision: Decision, width: int, *, most: int) -> Iterator[Text]:
    claim = words.claim_of(decision)
    for line in textwrap.wrap(stripped(decision.sentence), WIDTH - 1)[:most]:
        yield Text(line, style="bold")
    for caveat in words.caveats(decision):
        yield from (Text(line, style="bold") for line in textwrap.wrap(caveat, WIDTH - 1))
    yield Text(one_line(stripped(words.summary(decision)), width), style="dim")
    bound = f" · {claim.bound}" if claim.bound else ""
    rest = one_line(f"{claim.where}{bound} · {claim.error}", width - 1 - len(claim.number))
    yield Text.assemble((claim.number, "bold cyan"), " ", rest)
    yield Text("─" * (WIDTH - 1), style="dim")
    yield _axis(decision.target)


def _change(decision: Decision, room: int) -> Iterator[Text]:
    """Yield what the lever changes in the spec, as much of it as there is room for."""
    change = change_of(decision) if decision.verdict == "use_lever" else None
    if change is None:
        return
    marks = {"added": "+", "removed": "-", "same": " "}
    lines = [f"  {marks[line.kind]} {stripped(line.text)}" for line in in_context(change.lines)]
    shown = lines if len(lines) <= room else lines[: room - 1]
    width = WIDTH - 1 if room < UNCUT else UNCUT
    yield from (Text(line[:width]) for line in shown)
    if len(shown) < len(lines):
        yield Text(f"  … and {len(lines) - len(shown)} more lines, in the report:")


def _cost(decision: Decision) -> str:
    """Return what the shown way costs beside what it gains; empty where nothing was counted."""
    dots = {dot.configuration: dot for dot in all_dots(decision)}
    best = dots.get(best_of(decision))
    text = cost_words(best, decision.currency) if best is not None else ""
    return f"Cost: {text}." if text else ""


def _beside(evidence: Evidence) -> Iterator[str]:
    """Yield what stands beside the ladder in a file: costs, then what was fixed, then slices."""
    cost = _cost(evidence.decision)
    if cost:
        yield cost
    for lever, score in ablation_of(evidence.decision):
        yield stripped(f"Without {lever}: {score}")
    together = only_together(evidence.decision)
    if together:
        yield stripped(together)
    for row in paired_rows(evidence):
        counts = f"fixed {len(row.fixed)}, broke {len(row.broken)} of {row.n}"
        yield one_line(f"{stripped(row.lever)}: {counts} (p {numbers.chance(row.p)})", UNCUT)
    for slicing in slicings(evidence):
        shown = [(row.value, row.after or row.before) for row in slicing.rows]
        scores = [f"{value} {numbers.score(one.score)} (n {one.n})" for value, one in shown if one]
        text = f"By {slicing.column}, no part of the claim: {', '.join(scores)}"
        yield one_line(stripped(text), UNCUT)


def _once(row: Row, decision: Decision) -> Row:
    """Return a row without the reason that the next step names: what stands in the way."""
    ledger = decision.ledger
    status, colon, reason = row.note.partition(": ")
    is_named = ledger.blocked and colon and reason.rstrip(".") in ledger.reason
    return replace(row, note=f"{status}, see below") if is_named else row


def _shown(rows: list[Row]) -> list[Row]:
    """Return the rows that fit: a second climb only where it moved something."""
    if len(rows) <= 11:
        return rows
    return [row for row in rows if not row.name.endswith(", again") or row.is_used][:12]


def _axis(target: float) -> Text:
    line = [" "] * PLOT
    for tick, text in ((0.0, "0"), (0.25, ".25"), (0.5, ".5"), (0.75, ".75")):
        _put(line, _column(tick), text)
    aim = f"target {numbers.exact(target)}"
    _put(line, min(max(0, _column(target) - len(aim) // 2), PLOT - len(aim)), aim)
    return Text(f"{'':{NAME}}{''.join(line)}{'gain':>8}{'cost':>8}", style="dim")


def _row(row: Row, target: float) -> Text:
    name = f"{row.name}{' ✓' if row.is_used else ''}"
    line = Text(f"{one_line(stripped(name), NAME - 1):{NAME}}")
    if row.is_used or row.kind == "confirmed":
        line.stylize("bold cyan")
    line.append(_plot(row, target))
    gain = numbers.gain(row.gain) if row.gain is not None else ""
    cost = numbers.times(row.dot.cost) if row.dot is not None and row.dot.cost else ""
    line.append(f"{gain:>8}{cost:>8}")
    return line


def _plot(row: Row, target: float) -> str:
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


def _mark(row: Row) -> str:
    if row.kind == "confirmed":
        return "◆"
    return "●" if row.is_used or row.kind == "baseline" else "○"


def _column(value: float) -> int:
    return round(min(max(value, 0.0), 1.0) * (PLOT - 1))


def _put(line: list[str], start: int, text: str) -> None:
    line[start : start + len(text)] = list(text)[: len(line) - start]
