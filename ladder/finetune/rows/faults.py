"""What is wrong with training rows by themselves: copies, contradictions, answers that are none."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ladder.data.sample import Sample
from ladder.data.split import normal_form
from ladder.finetune.rows.copied_text import same_letters
from ladder.finetune.rows.private_data import KeyScanner, find_personal


@dataclass(frozen=True, slots=True)
class Fault:
    """One row, by its position, with what is wrong with it."""

    at: int
    why: str


Look = Callable[[Sequence[Sample], Sequence[Sample]], list[Fault]]
"""A check: asked with the training rows and the eval samples, it returns the faulty rows."""


_LONG_WORDS = 8
_ENDS = (*".!?…:;)]}\"'`»”’。", "\uff01", "\uff1f")


def copies(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    """Find rows that repeat another one, input and answer."""
    first: dict[tuple[str, str], Sample] = {}
    faults = []
    for at, row in enumerate(rows):
        known = first.setdefault((normal_form(row.input), row.targets[0]), row)
        if known is not row:
            faults.append(Fault(at, f"the same as {known.id}"))
    return faults


def contradictions(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    """Find rows with the same input, however it is written, and another answer."""
    groups: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        groups[same_letters(row.input)].append(at)
    faults = []
    for group in groups.values():
        answers = {rows[at].targets[0] for at in group}
        if len(answers) > 1:
            told = " or ".join(sorted(repr(answer[:30]) for answer in answers))
            faults += [Fault(at, f"the same input has the answers {told}") for at in group]
    return faults


def answers_cut(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    """Find targets cut by a limit: several of the greatest length, none of which ends a sentence."""
    targets = [row.targets[0].rstrip() for row in rows]
    characters = cut_by([len(text) for text in targets], targets, slack=1)
    if characters:
        return [Fault(at, f"cut at {len(targets[at])} characters") for at in characters]
    words = [len(text.split()) for text in targets]
    return [Fault(at, f"cut at {words[at]} words") for at in cut_by(words, targets)]


def cut_by(lengths: Sequence[int], targets: Sequence[str], *, slack: int = 0) -> list[int]:
    """Return the places of long targets that a limit on `lengths` has cut; nothing for chance.

    Text that never ends a sentence (queries, calls) says nothing, unless the limit is exact to the
    character: so without `slack` some of the longer targets must end.
    """
    long, open_ended = _long_targets(targets)
    most = max((lengths[at] for at in long), default=0)
    cut = [at for at in open_ended if lengths[at] >= most - slack]
    is_prose = slack > 0 or len(open_ended) <= 0.9 * len(long)
    return cut if is_prose and len(cut) >= max(5, 0.05 * len(targets)) else []


def open_ends(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    """Find targets that stop where nearly all other long ones end a sentence."""
    targets = [row.targets[0].rstrip() for row in rows]
    long, open_ended = _long_targets(targets)
    if len(long) < 10 or len(open_ended) > 0.2 * len(long):
        return []
    return [Fault(at, f"ends with {targets[at][-20:]!r}") for at in open_ended]


def _long_targets(targets: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the places of the longer targets, and of those among them that end no sentence."""
    long = [at for at, text in enumerate(targets) if len(text.split()) >= _LONG_WORDS]
    return long, [at for at in long if not targets[at].endswith(_ENDS)]


def answer_is_input(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    """Find rows whose answer is the question."""
    return [
        Fault(at, "the answer is the question")
        for at, row in enumerate(rows)
        if normal_form(row.input) == normal_form(row.targets[0])
    ]


def one_answer(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    """Return all rows where they have one and the same answer."""
    if len(rows) > 1 and len({row.targets[0] for row in rows}) == 1:
        return [Fault(at, f"{row.targets[0][:40]!r}") for at, row in enumerate(rows)]
    return []


def keys(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    """Find rows with a key or a password in them; only its kind is named."""
    with KeyScanner() as scanner:
        found = {at: scanner.find(_all_text(row)) for at, row in enumerate(rows)}
    return [Fault(at, ", ".join(kinds)) for at, kinds in found.items() if kinds]


def personal(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    """Find rows with personal data in them; only their kind is named."""
    found = {at: find_personal(_all_text(row)) for at, row in enumerate(rows)}
    return [Fault(at, ", ".join(kinds)) for at, kinds in found.items() if kinds]


def _all_text(row: Sample) -> str:
    texts = [value for value in row.columns.values() if isinstance(value, str)]
    return "\n".join(dict.fromkeys([row.input, *row.targets, *texts]))
