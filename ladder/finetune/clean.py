"""Clean data: what is wrong with the training rows, which are left out, and why."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ladder.data.near import Near, near_pairs
from ladder.data.sample import Sample
from ladder.data.split import normal_form
from ladder.data.told import unsearched_rows
from ladder.finetune.personal import KeyScanner, find_personal
from ladder.spec.finding import Finding
from ladder.spec.task import Review

NEARLY_ALL = 0.9
"""Share of common runs of words from which a row counts as the eval sample itself."""

_SHOWN = 8
_LONG_WORDS = 8
_ENDS = (*".!?…:;)]}\"'`»”’。", "\uff01", "\uff1f")


@dataclass(frozen=True, slots=True)
class Fault:
    """One row with what is wrong with it."""

    at: int
    why: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One check of the training rows.

    Attributes:
        look: Returns the faults; asked with the training rows and the eval samples.
        is_removed: Whether its rows are left out without asking.
    """

    code: str
    severity: str
    problem: str
    next_step: str
    look: Callable[[Sequence[Sample], Sequence[Sample]], list[Fault]]
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The rows that stay, what was found, and a table of what was left out and why."""

    kept: tuple[Sample, ...]
    findings: tuple[Finding, ...]
    removed: tuple[tuple[str, str, str], ...]


def clean_rows(rows: Sequence[Sample], evals: Sequence[Sample], review: Review) -> Cleaned:
    """Return the rows to train on. Nothing is left out that the table does not name.

    Copies are left out always; rows of another rule where `training.review.remove` names it.
    """
    findings: list[Finding] = []
    left_out: dict[int, tuple[str, str]] = {}
    for rule in RULES:
        # What was left out already breaks no further rule: a removed leak is no duplicate.
        stay = [at for at in range(len(rows)) if at not in left_out]
        kept = [rows[at] for at in stay]
        faults = [Fault(stay[each.at], each.why) for each in rule.look(kept, evals)]
        code = rule.code.partition(" ")[0]
        if not faults:
            continue
        if rule.is_removed or code in review.remove:
            left_out.update({fault.at: (rule.code, fault.why) for fault in faults})
        findings.append(
            _finding(rule, rows, faults, is_removed=rule.is_removed or code in review.remove)
        )
    kept = [row for at, row in enumerate(rows) if at not in left_out]
    return Cleaned(
        kept=tuple(kept),
        findings=(
            *findings,
            *_balance(kept),
            *unsearched_rows(_near(kept, evals), len(kept), "the eval data"),
        ),
        removed=tuple((rows[at].id, *left_out[at]) for at in sorted(left_out)),
    )


def is_label_like(rows: Sequence[Sample]) -> bool:
    """Return whether the targets are labels: short, and each shared by several rows."""
    targets = [row.targets[0] for row in rows]
    if not targets or len(set(targets)) < 2:
        return False
    return len(set(targets)) <= len(targets) / 2 and max(len(t.split()) for t in targets) <= 5


def _copies(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    first: dict[tuple[str, str], Sample] = {}
    faults = []
    for at, row in enumerate(rows):
        known = first.setdefault((normal_form(row.input), row.targets[0]), row)
        if known is not row:
            faults.append(Fault(at, f"the same as {known.id}"))
    return faults


def _contradictions(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    groups: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        groups[normal_form(row.input)].append(at)
    faults = []
    for group in groups.values():
        answers = {rows[at].targets[0] for at in group}
        if len(answers) > 1:
            told = " or ".join(sorted(repr(answer[:30]) for answer in answers))
            faults += [Fault(at, f"the same input has the answers {told}") for at in group]
    return faults


def _leaks(rows: Sequence[Sample], evals: Sequence[Sample]) -> list[Fault]:
    known = {_letters(sample.input): sample.id for sample in evals}
    same = {
        at: known[_letters(row.input)]
        for at, row in enumerate(rows)
        if _letters(row.input) in known
    }
    near = {
        at: evals[to].id
        for at, to, share in _near(rows, evals).pairs
        if share >= NEARLY_ALL and at not in same
    }
    found = {
        **{at: f"is the eval sample {name}" for at, name in same.items()},
        **{at: f"is nearly the eval sample {name}" for at, name in near.items()},
    }
    return [Fault(at, f"{rows[at].input[:40]!r} {found[at]}") for at in sorted(found)]


def _near_leaks(rows: Sequence[Sample], evals: Sequence[Sample]) -> list[Fault]:
    found = {
        at: f"{share:.2f} of it is the eval sample {evals[to].id}"
        for at, to, share in _near(rows, evals).pairs
        if share < NEARLY_ALL
    }
    return [Fault(at, found[at]) for at in sorted(found)]


def _near(rows: Sequence[Sample], evals: Sequence[Sample]) -> Near:
    return _near_texts(tuple(row.input for row in rows), tuple(each.input for each in evals))


@lru_cache(maxsize=2)
def _near_texts(texts: tuple[str, ...], others: tuple[str, ...]) -> Near:
    return near_pairs(texts, others)


def _letters(text: str) -> str:
    """Return a text without what a copy may change: case, blanks, punctuation."""
    letters = "".join(each for each in normal_form(text) if each.isalnum())
    return letters or normal_form(text)


def _answers_cut(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    """Find targets cut by a limit: several of the greatest length, none of which ends."""
    long, open_ended = _long_targets(rows)
    most = max((len(rows[at].targets[0]) for at in long), default=0)
    at_most = [at for at in open_ended if len(rows[at].targets[0].rstrip()) >= most - 1]
    if len(at_most) < max(5, 0.05 * len(rows)):
        return []
    return [Fault(at, f"cut at {len(rows[at].targets[0])} characters") for at in at_most]


def _open_ends(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    """Find targets that stop where nearly all other long ones end a sentence."""
    long, open_ended = _long_targets(rows)
    if len(long) < 10 or len(open_ended) > 0.2 * len(long):
        return []
    return [Fault(at, f"ends with {rows[at].targets[0].rstrip()[-20:]!r}") for at in open_ended]


def _long_targets(rows: Sequence[Sample]) -> tuple[list[int], list[int]]:
    """Return the places of the longer targets, and of those among them that end no sentence."""
    targets = [row.targets[0].rstrip() for row in rows]
    long = [at for at, text in enumerate(targets) if len(text.split()) >= _LONG_WORDS]
    return long, [at for at in long if not targets[at].endswith(_ENDS)]


def _answer_is_input(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    return [
        Fault(at, "the answer is the question")
        for at, row in enumerate(rows)
        if normal_form(row.input) == normal_form(row.targets[0])
    ]


def _one_answer(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    if len(rows) > 1 and len({row.targets[0] for row in rows}) == 1:
        return [Fault(at, f"{row.targets[0][:40]!r}") for at, row in enumerate(rows)]
    return []


def _keys(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    with KeyScanner() as scanner:
        found = {at: scanner.find(_all_text(row)) for at, row in enumerate(rows)}
    return [Fault(at, ", ".join(kinds)) for at, kinds in found.items() if kinds]


def _personal(rows: Sequence[Sample], _: Sequence[Sample]) -> list[Fault]:
    found = {at: find_personal(_all_text(row)) for at, row in enumerate(rows)}
    return [Fault(at, ", ".join(kinds)) for at, kinds in found.items() if kinds]


def _all_text(row: Sample) -> str:
    texts = [value for value in row.columns.values() if isinstance(value, str)]
    return "\n".join(dict.fromkeys([row.input, *row.targets, *texts]))


def _finding(
    rule: Rule, rows: Sequence[Sample], faults: Sequence[Fault], *, is_removed: bool
) -> Finding:
    told = "; ".join(f"{rows[fault.at].id}: {fault.why}" for fault in faults[:_SHOWN])
    more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    done = " They were left out" if is_removed else ""
    return Finding.model_validate(
        {
            "code": rule.code,
            "severity": "info" if is_removed else rule.severity,
            "problem": f"{len(faults)} of {len(rows)} training rows {rule.problem}.{done}",
            "evidence": told + more,
            "next_step": "" if is_removed else rule.next_step,
        }
    )


def _balance(rows: Sequence[Sample]) -> list[Finding]:
    if not is_label_like(rows):
        return []
    counts = Counter(row.targets[0] for row in rows)
    common, most = counts.most_common(1)[0]
    rare = [label for label, count in counts.items() if count < 3]
    share = most / len(rows)
    return [
        Finding(
            code="C06 label-balance",
            severity="warning" if share > 0.8 else "info",
            problem=f"{len(counts)} labels; the most common, {common[:40]!r}, is {share:.0%} of "
            f"the rows; {len(rare)} labels have fewer than 3.",
            evidence=", ".join(f"{label[:30]} {count}" for label, count in counts.most_common(8)),
            next_step="Add rows of the rare labels.",
        )
    ]


_REMOVE = "Correct these rows, or have them left out: training: {{review: {{remove: [{code}]}}}}."
_ANSWER = (
    "Have these rows left out (training: {{review: {{remove: [{code}]}}}}), mask what they hold, or "
    "let somebody answer for it: training.review.waivers with code {code}."
)
RULES: tuple[Rule, ...] = (
    Rule(
        "D11 eval-input-known",
        "error",
        "are in the eval data",
        "Take them out (training: {review: {remove: [D11]}}); a score on rows that were trained "
        "on says nothing.",
        _leaks,
    ),
    Rule("D01 input-repeated", "info", "repeat another one", "", _copies, is_removed=True),
    Rule(
        "D02 same-input-other-answer",
        "error",
        "contradict another one",
        _REMOVE.format(code="D02"),
        _contradictions,
    ),
    Rule("D04 one-answer", "error", "have the same answer", "Add other answers.", _one_answer),
    Rule(
        "D05 answer-is-input",
        "warning",
        "have their own input as the answer",
        _REMOVE.format(code="D05"),
        _answer_is_input,
    ),
    Rule(
        "C04 answer-cut",
        "error",
        "end in the middle of a sentence: their answers were cut",
        _REMOVE.format(code="C04"),
        _answers_cut,
    ),
    Rule(
        "C05 answer-open",
        "warning",
        "do not end where nearly all others end a sentence",
        _REMOVE.format(code="C05"),
        _open_ends,
    ),
    Rule("K01 key", "error", "hold a key or a password", _ANSWER.format(code="K01"), _keys),
    Rule("K02 personal-data", "error", "hold personal data", _ANSWER.format(code="K02"), _personal),
    Rule(
        "D12 eval-input-nearly-known",
        "warning",
        "stand nearly word for word in the eval data",
        "Look at them: where only a name differs, the eval score is flattered.",
        _near_leaks,
    ),
)


def removed_table(removed: Sequence[tuple[str, str, str]]) -> tuple[tuple[str, ...], ...]:
    """Return the table of what was left out, with its head; nothing where nothing was."""
    return (("row", "rule", "why"), *removed) if removed else ()


def counts_of(removed: Sequence[tuple[str, str, str]]) -> Mapping[str, int]:
    """Return how many rows each rule left out.

    >>> counts_of([("a", "D01 input-repeated", "the same as b")])
    {'D01': 1}
    """
    return dict(Counter(code.partition(" ")[0] for _, code, _ in removed))
