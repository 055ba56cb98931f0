"""How often five questions in a row on one confirmation part end in a false "reaches the target".

    python -m benchmarks.second_prompt --runs 400

Each life is five questions that somebody asks of the same 200 rows, each with a candidate that is made
from the answers before: a copy of the last one, or one that gets worse as long as the answer is yes.
Its author has tuned it on the selection part, where it scores higher than it is, so that it is tested.
Three rules are compared: `sealed` (the same rows, a level that shrinks, no score shown), `shown` (the
default: what a verdict read is closed), and what nobody should do: the same rows at the full level,
with an author who has mended half of the failures that the last verdict showed.

Writes its section of docs/benchmarks.md. Exits with 1 where sealed rows give more than 5 % false statements in any world, beyond noise.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.table import write_table
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.ledger import Configuration
from ladder.search.score_problem import ScoredLadder, climb_scores
from ladder.search.select.units import split_by_index
from ladder.statistics import wilson
from ladder.statistics.arrays import FloatArray, IntArray
from ladder.statistics.sizes import ERROR_BUDGET

N = 200
TARGET = 0.8
BELOW = 0.795
TUNED = 0.1
"""How much more a candidate scores on the rows that its author saw."""

QUESTIONS = 5
RULES = ("sealed", "shown", "same rows at the full level")
Answers = list[bool]
BoolArray = npt.NDArray[np.bool_]


def a_hair_below(answers: Answers) -> float:
    """Return the true score of the next candidate: always a hair below the target."""
    del answers
    return BELOW


def good_once(answers: Answers) -> float:
    """Return that of a good candidate, then of copies that are a hair below."""
    return BELOW if answers else 0.92


def worse_while_yes(answers: Answers) -> float:
    """Return one that falls by .04 with each yes and rises by .02 with each no."""
    steps = sum(-0.04 if yes else 0.02 for yes in answers)
    return round(0.87 + steps, 3)


def always_good(answers: Answers) -> float:
    """Return that of a good candidate, each time another one."""
    del answers
    return 0.9


WORLDS: dict[str, tuple[Callable[[Answers], float], float]] = {
    "all a hair below, each a copy of the last": (a_hair_below, 0.9),
    "all a hair below, each a new one": (a_hair_below, 0.0),
    "one good, then copies a hair below": (good_once, 0.9),
    "worse with each yes, better with each no": (worse_while_yes, 1.0),
    "five good ones": (always_good, 0.5),
}
"""What decides the next candidate's true score, and the share of samples on which it copies the last."""


@dataclass
class Life:
    """What five questions came to: false and true statements that the target is reached."""

    false: int = 0
    true: int = 0


def live(
    rng: np.random.Generator, world: tuple[Callable[[Answers], float], float], rule: str
) -> Life:
    """Return what one life came to."""
    next_score, copied = world
    looks, life, answers = Looks(is_sealed=rule == "sealed"), Life(), Answers()
    drawn = rng.random(N)
    mended = np.zeros(N, dtype=bool)
    selection, confirmation = split_by_index(N, None, 0)
    is_selection = np.isin(np.arange(N), selection)
    for question in range(QUESTIONS):
        drawn = np.where(rng.random(N) < copied, drawn, rng.random(N))
        mean = next_score(answers)
        right = (drawn < mean + TUNED * is_selection) | mended

        def score(
            configuration: Configuration, indices: IntArray, right: BoolArray = right
        ) -> FloatArray:
            return right[indices].astype(float) if any(configuration) else np.zeros(len(indices))

        if rule == "same rows at the full level":
            looks = Looks()
        ledger = climb_scores(
            ScoredLadder([[question + 1]], score, size=N),
            TargetClaim(TARGET),
            kind="binary",
            clusters=None,
            seed=0,
            looks=looks,
            is_advised=False,
        )
        has_passed = ledger.ending == "reached"
        answers.append(has_passed)
        life.true += has_passed and mean >= TARGET
        life.false += has_passed and mean < TARGET
        if rule == "same rows at the full level" and ledger.confirmation is not None:
            failures = confirmation[~right[confirmation]]
            mended[rng.permutation(failures)[: len(failures) // 2]] = True
        if rule == "shown":
            looks = looks.reopened()
    return life


def main() -> int:
    """Write the table; return 1 where sealed rows break the promise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    lives = parser.parse_args().runs
    rows, is_broken = [], False
    for name, world in WORLDS.items():
        row = {"candidates": name}
        for rule in RULES:
            rng = np.random.default_rng(7)
            found = [live(rng, world, rule) for _ in range(lives)]
            wrong = sum(each.false > 0 for each in found)
            true = sum(each.true for each in found) / lives
            low, high = wilson(wrong, lives)
            is_broken |= rule == "sealed" and low > ERROR_BUDGET
            row[f"{rule}: any false"] = f"{wrong / lives:.3f} ({low:.2f} to {high:.2f})"
            row[f"{rule}: true of 5"] = f"{true:.2f}"
        rows.append(row)
    print(
        write_table(
            "Five questions in a row on the same rows",
            rows,
            f"python -m benchmarks.second_prompt --runs {lives}",
            note=f"{lives} files of {N} samples, target {TARGET:g}, asked about five candidates in turn, "
            "each made from the answers before and tuned on the selection part. `sealed`: asked at most "
            "5 % with any false statement that the target is reached, over all five.",
        )
    )
    return int(is_broken)


if __name__ == "__main__":
    sys.exit(main())
