"""`other_names`: whether answers tell the targets apart under names of their own."""

from collections import Counter
from collections.abc import Mapping, Sequence

from ladder.measure.measurement import Scored
from ladder.scoring.plain_text import folded, plain
from ladder.scoring.stands_in import Searchable

_LONGEST = 80
_FEWEST = 4
_MOST = 2 / 3
_ALONE = 0.9


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
    said = Counter(name for name, _ in wrong if 0 < len(name) <= _LONGEST)
    names = _paired(Counter(pair for pair in wrong if pair[0] in _own(said, shown)))
    right = sum(names.get(name) == target for name, target in wrong)
    if not names or right < _MOST * len(wrong):
        return {}
    if len(names) == 1 and not _is_the_rest(names, said, right, rows):
        return {}
    return {name: shown[target] for name, target in names.items()}


def _name(text: str) -> str:
    return folded(plain(text)).strip().rstrip(".")


def _own(said: Counter[str], shown: Mapping[str, str]) -> set[str]:
    """Return the names that recur and state no target."""
    recurring = (name for name, count in said.items() if count >= _FEWEST)
    return {name for name in recurring if not any(map(Searchable(name).states, shown))}


def _paired(pairs: Counter[tuple[str, str]]) -> dict[str, str]:
    """Return one target for each name and one name for each target, the commonest pairs first."""
    found: dict[str, str] = {}
    for (name, target), count in pairs.most_common():
        if count >= _FEWEST and name not in found and target not in found.values():
            found[name] = target
    return found


def _is_the_rest(
    names: Mapping[str, str], said: Counter[str], right: int, rows: Sequence[Scored]
) -> bool:
    """Return whether a single name stands for what the other targets' own names leave over."""
    (name,) = names
    return right >= _ALONE * said[name] and any(row.score == 1 for row in rows)
