"""Sequential tests, by betting, of whether a mean is above or below a target; they may stop early.

A gambler bets on each score before seeing it, at odds that are fair if the mean lies exactly on
the wrong edge. If the mean is on the wrong side, capital can reach 1 / alpha with probability at
most alpha, however often one looks (Ville 1939; Waudby-Smith and Ramdas 2024). Nothing is
assumed about the scores except that units are independent and lie in [0, 1].
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from ladder.statistics.arrays import FloatArray
from ladder.statistics.exact import passing_counts
from ladder.statistics.paired_exact import MOST_UNITS as MOST_PAIRED
from ladder.statistics.paired_exact import passing_wins

Direction = Literal[1, -1]

EARLY = 0.2
"""Share of alpha for passing early, by the bets; the rest is for the exact test at the end."""

EARLY_WHERE_FAR = 0.8
"""The same where so much evidence is expected that the end will hardly ever be seen."""

FRACTIONS = (0.05, 0.15, 0.40, 0.80)
"""Fixed bets, as a share of the largest bet that can never lose everything."""

MADE_TO_MEASURE = 0.75
"""Weight of the bet that fits what is expected; the fixed bets insure against a wrong guess."""

_WEIGHTS = (*[(1 - MADE_TO_MEASURE) / len(FRACTIONS)] * len(FRACTIONS), MADE_TO_MEASURE)

EVEN = 0.5
"""How often one of two that do equally well wins, ties left out."""

FIRST_LOOK, LOOK_STEP = 12, 1.0625
"""Units at the first look of a test; and those at a look, as a share of those at the look before."""

LARGEST_SHARE = 0.95
STAKE_STEP = 0.3
"""Logarithm of the ratio of one made-to-measure bet to the next."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What is expected before looking, from other data: it sets one bet, and no guarantee."""

    mean: float
    variance: float


@dataclass(frozen=True, slots=True)
class ConfirmationTest:
    """One question to a stream of unit scores.

    Attributes:
        target: The score to be above (direction 1) or below (direction -1).
        alpha: Most probability of passing when the true mean is on the wrong side.
        total: Units in the whole stream.
        is_binary: Whether scores are only 0 and 1: then the exact binomial ends the test.
        guess: What is expected of the stream.
        is_paired: Whether scores are 0, 1/2 and 1, for a loss, a tie and a win against a reference:
            then the exact test of paired proportions ends the test, or, at a target of 1/2, the
            sign test, for which ties tell nothing.
    """

    target: float
    direction: Direction
    alpha: float
    total: int
    is_binary: bool
    guess: Guess
    is_paired: bool = False

    @property
    def is_sign_test(self) -> bool:
        """Return whether wins and losses alone are counted."""
        return self.is_paired and self.target == EVEN


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the test passed, and after how many units."""

    passed: bool
    n_seen: int


class Capital:
    """The capital of a mixture of bets: four fixed ones, and one made to measure."""

    def __init__(self, target: float, direction: Direction, guess: Guess | None = None) -> None:
        bets, logs = mixed_bets(target, direction, guess)
        self._bets, self._logs = bets[:, None], logs[:, None]
        self.peak = 0.0

    def add(self, deviations: FloatArray) -> None:
        """Bet on some more units, given as score minus target; `peak` is the highest log capital."""
        if not len(deviations):
            return
        logs = self._logs + np.cumsum(np.log1p(self._bets * deviations), axis=1)
        top = logs.max(axis=0)
        capital = top + np.log(np.exp(logs - top).sum(axis=0))
        self.peak = max(self.peak, float(capital.max()))
        self._logs = logs[:, -1:]


def mixed_bets(
    target: float, direction: Direction, guess: Guess | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the bets of a mixture, signed, and the logarithm of the capital behind each.

    >>> bets, logs = mixed_bets(0.8, -1)
    >>> bets.round(2).tolist(), np.exp(logs).tolist()
    ([-0.25, -0.75, -2.0, -4.0], [0.25, 0.25, 0.25, 0.25])
    """
    largest = 1 / max(target if direction > 0 else 1 - target, 1e-12)
    bets = [fraction * largest for fraction in FRACTIONS]
    weights = [1.0 / len(bets)] * len(bets)
    if guess is not None:
        bets.append(min(max(kelly(guess, target, direction), 0.01 * largest), 0.95 * largest))
        weights = list(_WEIGHTS)
    return direction * np.asarray(bets), np.log(np.asarray(weights))


def kelly(guess: Guess, target: float, direction: Direction) -> float:
    """Return the bet whose capital grows fastest if the guess is right.

    >>> round(kelly(Guess(0.9, 0.09), 0.8, 1), 3)
    1.0
    """
    gap = direction * (guess.mean - target)
    return gap / max(guess.variance + gap * gap, 1e-9)


def expected_evidence(question: ConfirmationTest) -> float:
    """Return about how high the log capital grows over the whole stream if the guess is right."""
    gap = question.direction * (question.guess.mean - question.target)
    if gap <= 0:
        return 0.0
    if question.is_binary:
        hit, chance = _rates(question)
        return question.total * float(special.rel_entr([hit, 1 - hit], [chance, 1 - chance]).sum())
    bet = kelly(question.guess, question.target, question.direction)
    return question.total * gap * bet / 2


def look_stops(total: int) -> Iterator[int]:
    """Yield after how many units to look: 12, then a sixteenth more each time.

    >>> list(look_stops(20))
    [12, 13, 14, 15, 16, 17, 19, 20]
    """
    stop = FIRST_LOOK
    while stop < total:
        yield stop
        stop = math.ceil(stop * LOOK_STEP)
    yield total


def test(ask: Callable[[int, int], FloatArray], question: ConfirmationTest) -> Outcome:
    """Ask for unit scores, look by look, until the question is answered.

    `ask(start, stop)` returns the score minus the target of units `start` to `stop`.

    >>> scores = np.ones(200)
    >>> right = ConfirmationTest(0.8, 1, 0.05, 200, is_binary=True, guess=Guess(0.95, 0.05))
    >>> test(lambda start, stop: scores[start:stop] - 0.8, right)
    Outcome(passed=True, n_seen=29)
    """
    if question.is_sign_test:
        return _count_wins(ask, question)
    if question.is_binary:
        return _count(ask, question)
    if question.is_paired and question.total <= MOST_PAIRED:
        return _compare(ask, question)
    enough = -math.log(question.alpha)
    capital = Capital(question.target, question.direction, question.guess)
    seen = np.empty(0)
    for stop in look_stops(question.total):
        fresh = ask(len(seen), stop)
        capital.add(fresh)
        seen = np.concatenate([seen, fresh])
        if capital.peak >= enough:
            return Outcome(passed=True, n_seen=stop)
        if _is_lost(seen, question):
            return Outcome(passed=False, n_seen=stop)
    return Outcome(passed=False, n_seen=question.total)


def units_needed(question: ConfirmationTest, seen: FloatArray) -> int:
    """Return the fewest units after which the test may end, given the deviations seen so far.

    At most `len(seen)` where these already end it. Until then the test reads on whatever comes,
    as it ends no earlier than with the best scores, or the worst, from here on.

    >>> asked = ConfirmationTest(0.8, 1, 0.05, 200, is_binary=True, guess=Guess(0.95, 0.05))
    >>> units_needed(asked, np.empty(0)), units_needed(asked, np.full(19, 1 - 0.8))
    (29, 29)
    """
    return min(_ending(question, seen, each) for each in _extremes(question))


def units_to_pass(question: ConfirmationTest, seen: FloatArray) -> int:
    """Return the fewest units after which the test may pass, given the deviations seen so far.

    It may fail before: where all that is read from here on is as bad as it can be. One that cannot
    pass any more ends where it gives up.

    >>> asked = ConfirmationTest(0.8, 1, 0.05, 60, is_binary=True, guess=Guess(0.95, 0.05))
    >>> units_needed(asked, np.empty(0)), units_to_pass(asked, np.empty(0))
    (12, 27)
    """
    worst, best = _extremes(question)
    return _ending(question, seen, best if question.direction > 0 else worst)


def _extremes(question: ConfirmationTest) -> tuple[float, float]:
    return -question.target, 1 - question.target


def _ending(question: ConfirmationTest, seen: FloatArray, deviation: float) -> int:
    """Return after how many units the test ends if all further ones deviate by this."""
    stream = np.concatenate([seen, np.full(question.total - len(seen), deviation)])
    return test(lambda start, stop: stream[start:stop], question).n_seen


def _count(ask: Callable[[int, int], FloatArray], question: ConfirmationTest) -> Outcome:
    """Ask for pass/fail scores until so many hits came that chance explains them no more.

    A hit is a right answer where the score is to be above the target, and a wrong one below.
    """
    is_above = question.direction > 0
    _, chance = _rates(question)
    early = early_share(question)
    counts = passing_counts(
        chance,
        (*FRACTIONS, _share_staked(question)),
        _WEIGHTS,
        question.total,
        (early * question.alpha, (1 - early) * question.alpha),
    )
    n, hits = 0, 0
    for stop in look_stops(question.total):
        is_right = ask(n, stop) + question.target > 0.5
        run = hits + np.cumsum(is_right if is_above else ~is_right)
        if bool((run >= counts.passing[n + 1 : stop + 1]).any()):
            return Outcome(passed=True, n_seen=stop)
        n, hits = stop, int(run[-1])
        if hits < counts.hopeless[n]:
            break
    return Outcome(passed=False, n_seen=n)


def _compare(ask: Callable[[int, int], FloatArray], question: ConfirmationTest) -> Outcome:
    """Test wins, ties and losses by bets that may pass early, and by an exact test of paired proportions.

    Both err with at most their share of alpha, whatever share of the units is no tie.
    """
    is_above = question.direction > 0
    enough = -math.log(EARLY * question.alpha)
    capital = Capital(question.target, question.direction, question.guess)
    needed = passing_wins(
        question.total,
        round(1 - 2 * question.target, 9),
        (1 - EARLY) * question.alpha,
        is_above=is_above,
    )
    n, hits, misses = 0, 0, 0
    for stop in look_stops(question.total):
        fresh = ask(n, stop)
        capital.add(fresh)
        if capital.peak >= enough:
            return Outcome(passed=True, n_seen=stop)
        signs = question.direction * np.round(2 * (fresh + question.target) - 1, 6)
        n, hits, misses = stop, hits + int((signs > 0.5).sum()), misses + int((signs < -0.5).sum())
        if hits + question.total - n < needed[misses]:
            return Outcome(passed=False, n_seen=n)
    return Outcome(passed=hits >= int(needed[misses]), n_seen=n)


def _count_wins(ask: Callable[[int, int], FloatArray], question: ConfirmationTest) -> Outcome:
    """Ask for wins, ties and losses until so many wins came that even odds explain them no more.

    The sign test (Arbuthnot 1710; McNemar 1947): of the units that are no tie, half are wins where
    both do equally well, whatever share of units that is. Ties are passed over, so the others are
    as independent as before, and bets on them may stop early; at the end the exact binomial is held
    on as many as there were. A loss counts as a win where the claim is "below".
    """
    early, level = EARLY * question.alpha, (1 - EARLY) * question.alpha
    shares = (*FRACTIONS, _share_staked_on_wins(question))
    at_once = passing_counts(
        EVEN, shares, _WEIGHTS, question.total, (early, 0.0), is_loosened=False
    )
    n, wins, decided = 0, 0, 0
    for stop in look_stops(question.total):
        signs = np.sign(np.round(question.direction * ask(n, stop), 9))
        signs = signs[signs != 0]
        run = wins + np.cumsum(signs > 0)
        places = decided + np.arange(1, len(signs) + 1)
        if bool((run >= at_once.passing[places]).any()):
            return Outcome(passed=True, n_seen=stop)
        n, wins, decided = stop, wins + int((signs > 0).sum()), decided + len(signs)
        left = question.total - n
        # Were all that is left wins, nothing would be shown all the same.
        if _by_luck(wins + left, decided + left) > level:
            return Outcome(passed=False, n_seen=n)
    return Outcome(passed=_by_luck(wins, decided) <= level, n_seen=n)


def _by_luck(wins: int, decided: int) -> float:
    """Return the probability of so many wins or more at even odds.

    >>> _by_luck(5, 5), _by_luck(0, 0)
    (0.03125, 1.0)
    """
    return float(special.bdtrc(wins - 1, decided, EVEN)) if wins > 0 else 1.0


def _share_staked_on_wins(question: ConfirmationTest) -> float:
    """Return the bet that fits the guess, of the units that are no tie: Kelly's at even odds."""
    gap = 2 * question.direction * (question.guess.mean - EVEN)
    untied = min(max(4 * question.guess.variance + gap * gap, abs(gap), 1e-6), 1.0)
    return round(min(max(gap / untied, 0.05), LARGEST_SHARE), 1)


def _share_staked(question: ConfirmationTest) -> float:
    """Return the bet that fits the guess, as a share of the largest.

    For pass/fail scores the best bet is known exactly: it makes the capital the ratio of the
    guess's likelihood to the target's (Wald 1945; Kelly 1956). One of some fifteen is taken: so
    few thresholds are worked out.
    """
    hit, chance = _rates(question)
    share = (hit - chance) / (1 - chance)
    step = round(math.log(min(max(share, 0.01), LARGEST_SHARE) / LARGEST_SHARE) / STAKE_STEP)
    return LARGEST_SHARE * math.exp(step * STAKE_STEP)


def _rates(question: ConfirmationTest) -> tuple[float, float]:
    """Return how often a hit is expected, and how often chance alone gives one at the target."""
    is_above = question.direction > 0
    hit, chance = question.guess.mean, question.target
    rates = (hit, chance) if is_above else (1 - hit, 1 - chance)
    low, high = (min(max(rate, 1e-12), 1 - 1e-12) for rate in rates)
    return low, high


def early_share(question: ConfirmationTest) -> float:
    """Return the share of alpha for passing early, where an exact test ends the stream.

    Below the target, where the other data promise much more evidence than is needed, more of it
    is for the bets: it saves calls.
    """
    if question.direction > 0:
        return EARLY
    promised = expected_evidence(question) / -math.log(question.alpha)
    if promised < 1.2:
        return EARLY
    return EARLY_WHERE_FAR if promised > 2 else (EARLY + EARLY_WHERE_FAR) / 2


def _is_lost(deviations: FloatArray, question: ConfirmationTest) -> bool:
    """Return whether to give up: giving up can only lower the probability of a wrong pass."""
    spread = max(float(deviations.std()), math.sqrt(question.guess.variance))
    limit = 3 * spread / math.sqrt(len(deviations))
    return -question.direction * float(deviations.mean()) > limit
