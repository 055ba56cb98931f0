"""What in a candidate's answers forbids a claim about it, and by which other names they call the targets."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from ladder.measure.measurement import Scored
from ladder.measure.read_answer import WITHHELD
from ladder.scoring import Metric
from ladder.scoring.metric import BuiltIn
from ladder.scoring.plain_text import folded, plain
from ladder.scoring.target_in_text import Searchable

Targets = Sequence[Sequence[str]]

FEWEST = 4
"""Answers below which nothing is said of all of them."""

MOST = 0.5
"""Share of answers with a fault from which it is the candidate's and not a row's."""

NEARLY_ALL = 0.95
"""Share of equal answers from which the prompt, and not the model, is likely to be constant."""

_LONGEST_NAME = 80
"""Characters up to which an answer may be a name for a target."""

_FEWEST_OF_NAME = 4
"""Answers that must use a name before it is taken for one."""

_MOST_RENAMED = 2 / 3
"""Share of the wrong answers that must be right by such names."""

_ONE_NAME_RIGHT = 0.9
"""Share of the answers by a single name that must be right by it: no second name bears it out."""


def why_not_tried(rows: Sequence[Scored], targets: Targets) -> str:
    """Return why the answers of a candidate show that it was not really tried; else nothing.

    Answers that are all empty, cut, withheld or the same tell of a limit, a stop string, a
    server or a prompt, and nothing of what the model can do.

    >>> from ladder.models.base import Answer
    >>> empty = [Scored(str(at), Answer(""), "", 0.0, 0.0, could_be_right=True) for at in range(8)]
    >>> why_not_tried(empty, [["a"], ["b"]] * 4)
    'all 8 answers are empty'
    """
    if len(rows) < FEWEST:
        return ""
    if all(row.could_be_right and row.score == 0 for row in rows):
        return _unsaid(rows)
    empty = sum(not row.text.strip() for row in rows)
    if empty > MOST * len(rows) and not any(row.score for row in rows):
        return f"{empty} of {len(rows)} answers are empty, and none is right"
    is_wrong = sum(row.score for row in rows) < MOST * len(rows)
    if is_wrong and share_of_same(rows, targets) == 1:
        return f"all {len(rows)} answers are {_quoted(rows[0].text)}, while the targets differ"
    return ""


def answer_faults(
    rows: Sequence[Scored], targets: Targets, metric: Metric, *, is_form_wanted: bool = False
) -> tuple[str, ...]:
    """Return what spoils the answers of a candidate, with what to change, the worst first.

    As long as there is one of these, a low score may be that of a limit, a parser or a prompt.
    Where the form itself is what a fine-tune is to teach (`is_form_wanted`), an answer in another
    form is wrong, and no fault of the reading.
    """
    if len(rows) < FEWEST:
        return ()
    counted: tuple[tuple[Callable[[Scored], bool], str], ...] = (
        (
            lambda row: row.answer.finish_reason in WITHHELD,
            "were lost, filtered or refused: see to the server, then run the same command again",
        ),
        (
            lambda row: row.answer.error is None and not row.text.strip(),
            "are empty: look at one with `ladder show`, and at template, limit and stop strings",
        ),
        (
            lambda row: bool(row.unscored),
            f"could not be scored by {metric.name}: look at one with `ladder show`",
        ),
        (
            lambda row: row.answer.finish_reason == "length",
            "are cut: raise generation.max_new_tokens, or see why they do not end",
        ),
        (
            lambda row: not (is_form_wanted or is_readable(metric, row.text, row.read_as)),
            f"{unread_words(metric)}: ask for the form in the prompt",
        ),
    )
    found = [(sum(map(has, rows)), words) for has, words in counted]
    faults = [f"{n} of {len(rows)} answers {words}" for n, words in found if n > MOST * len(rows)]
    names = {} if is_form_wanted else renamed_targets(rows, targets, metric)
    if names:
        faults.append(f"{names_in_words(names)}: name them in the prompt as the targets do")
    is_wrong = sum(row.score for row in rows) < MOST * len(rows)
    # Where classes have targets of their own, one answer for all is as good as none, however common.
    is_by_class = isinstance(metric, BuiltIn) and bool(metric.spec.at_least)
    if (is_wrong and share_of_same(rows, targets) >= NEARLY_ALL) or (
        is_by_class and share_of_same(rows, targets) == 1
    ):
        faults.append(
            f"the answers are all {_quoted(rows[0].text)}: see that the prompt names a column, "
            "such as {{ input }}"
        )
    return tuple(faults)


def renamed_targets(rows: Sequence[Scored], targets: Targets, metric: Metric) -> dict[str, str]:
    """Return the name that answers give each target instead of its own, where they do."""
    is_of_words = isinstance(metric, BuiltIn) and metric.compares_words
    return other_names(rows, targets) if is_of_words else {}


def names_in_words(names: Mapping[str, str]) -> str:
    """Return in a clause what answers call the targets.

    >>> names_in_words({"yes": "True", "no": "False"})
    "the answers have names of their own for the targets ('yes' for 'True', 'no' for 'False')"
    """
    shown = [f"{_quoted(name)} for {_quoted(target)}" for name, target in names.items()]
    more = f", and {len(shown) - 4} more" if len(shown) > 4 else ""
    return f"the answers have names of their own for the targets ({', '.join(shown[:4])}{more})"


def is_readable(metric: Metric, text: str, read_as: str = "") -> bool:
    """Return whether an answer holds what the metric looks for, right or wrong.

    An empty answer counts as read: it has a fault of its own. `text` is without its thoughts;
    `read_as` is what the metric read where it knew the question.

    >>> from ladder.scoring import load_metric
    >>> from ladder.spec.metric_spec import MetricSpec
    >>> is_readable(load_metric(MetricSpec(name="numeric")), "It depends.")
    False
    """
    labels: tuple[str, ...] = getattr(metric, "labels", ())
    if not text.strip():
        return True
    if labels:
        return any(metric.score(text, [label]) for label in labels) or read_as in labels
    read = metric.read(text)
    return bool(read) and (not isinstance(metric, BuiltIn) or metric.reads(read))


def unread_words(metric: Metric) -> str:
    """Return in a clause what is true of answers that the metric cannot read.

    >>> from ladder.scoring import load_metric
    >>> from ladder.spec.metric_spec import MetricSpec
    >>> unread_words(load_metric(MetricSpec(name="numeric")))
    'hold no number that is clearly the answer'
    >>> unread_words(load_metric(MetricSpec(reading="last_number")))
    'hold no number'
    """
    if not isinstance(metric, BuiltIn):
        return f"hold nothing that {metric.name} can read"
    if metric.spec.steps:
        return "lack the part that metric.reading takes"
    taken = {"last_number": "hold no number", "pattern": "hold nothing that metric.pattern matches"}
    return (
        taken.get(metric.reading)
        or metric.unread_words
        or f"hold nothing that {metric.name} can read"
    )


def _unsaid(rows: Sequence[Scored]) -> str:
    """Return in one clause why none of some answers says anything."""
    n = len(rows)
    lost = [row.answer for row in rows if row.answer.finish_reason in WITHHELD]
    if len(lost) == n:
        told = next((f": {answer.error}" for answer in lost if answer.error), "")
        return f"all {n} calls were lost, filtered or refused{told}"
    empty = sum(not row.text.strip() for row in rows)
    if empty == n:
        is_cut = all(row.answer.finish_reason == "length" for row in rows)
        return f"all {n} answers are {'cut inside their thoughts' if is_cut else 'empty'}"
    unscored = [row.unscored for row in rows if row.unscored]
    if unscored:
        return f"none of {n} answers has a score: {unscored[0]}"
    ordered = sum(row.answer.finish_reason != "length" and bool(row.text.strip()) for row in rows)
    if ordered > MOST * n:
        return f"none of {n} answers is known to be wrong: most are notices of a server"
    return f"all {n} answers are empty or cut before they could be right"


def share_of_same(rows: Sequence[Scored], targets: Targets) -> float:
    """Return the share of the commonest answer; 0 where one answer would be right for all rows."""
    texts = [row.text.strip() for row in rows]
    wanted = [frozenset(target) for target in targets]
    if all(one == other for one, other in pairwise(wanted)) or not any(texts):
        return 0.0
    return max(map(texts.count, set(texts))) / len(texts)


def _quoted(text: str) -> str:
    shown = text.strip()
    return repr(shown if len(shown) <= 40 else shown[:37] + "...")


def other_names(rows: Sequence[Scored], targets: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return the name that answers use for each target, where most wrong answers are right by such names.

    `Yes` for `True` and `No` for `False` is a matter of the prompt or of the data: a model that
    knows which is which has nothing to learn. An answer that states a target is taken at its word.

    >>> from ladder.models.base import Answer
    >>> rows = [Scored(str(at), Answer(""), "Yes", 0, 0, text="Yes") for at in range(6)]
    >>> rows += [Scored(str(at), Answer(""), "No.", 0, 0, text="No.") for at in range(6)]
    >>> other_names(rows, [["True"]] * 6 + [["False"]] * 6)
    {'yes': 'True', 'no': 'False'}
    """
    shown = {_name(each): each for wanted in targets for each in wanted}
    wrong = [
        (_name(row.text), _name(wanted[0]))
        for row, wanted in zip(rows, targets, strict=True)
        if wanted and row.score < 1 and row.lenient < 1
    ]
    said = Counter(name for name, _ in wrong if 0 < len(name) <= _LONGEST_NAME)
    names = _paired(Counter(pair for pair in wrong if pair[0] in _own(said, shown)))
    right = sum(names.get(name) == target for name, target in wrong)
    if not names or right < _MOST_RENAMED * len(wrong):
        return {}
    if len(names) == 1 and not _is_the_rest(names, said, right, rows):
        return {}
    return {name: shown[target] for name, target in names.items()}


def _name(text: str) -> str:
    return folded(plain(text)).strip().rstrip(".")


def _own(said: Counter[str], shown: Mapping[str, str]) -> set[str]:
    """Return the names that recur and state no target."""
    recurring = (name for name, count in said.items() if count >= _FEWEST_OF_NAME)
    return {name for name in recurring if not any(map(Searchable(name).states, shown))}


def _paired(pairs: Counter[tuple[str, str]]) -> dict[str, str]:
    """Return one target for each name and one name for each target, the commonest pairs first."""
    found: dict[str, str] = {}
    for (name, target), count in pairs.most_common():
        if count >= _FEWEST_OF_NAME and name not in found and target not in found.values():
            found[name] = target
    return found


def _is_the_rest(
    names: Mapping[str, str], said: Counter[str], right: int, rows: Sequence[Scored]
) -> bool:
    """Return whether a single name stands for what the other targets' own names leave over."""
    (name,) = names
    return right >= _ONE_NAME_RIGHT * said[name] and any(row.score == 1 for row in rows)
