"""`AnswerStore`: answers by their key, from memory, the journal or the model; none asked for twice."""

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ladder.activity import ASKING, activity
from ladder.errors import EndpointError, EvidenceError, LadderError
from ladder.measure.budget import Spending
from ladder.measure.journal import Journal
from ladder.models.base import Answer, Generator, KeepsPrompts, NotesAnswers, Request

MOST_UNREAD = 0.04
"""Share of the calls that may be made for answers which then nobody needs, as far as foreseen."""

Requests = Mapping[str, Request]

OnAnswer = Callable[[str, Answer, int, int], None]
"""Hears of each answer as it comes: its key, and how many of how many there are by then."""

MaybeAsked = tuple[str, Request, float]
"""A key, what is asked, and the chance that the answer is needed."""


class UnreadAllowance:
    """How many answers may be asked for that perhaps nobody needs.

    >>> allowance = UnreadAllowance(200, 4, n_free=50)
    >>> asked = 0
    >>> while allowance.admits(0.75):
    ...     allowance.take(0.75)
    ...     asked += 1
    >>> asked
    16

    Args:
        n_sure: Calls whose answers are needed.
        n_unsure: Calls of which that is not known yet: they count as made for nothing.
        n_free: Places that would stay empty else.
    """

    def __init__(self, n_sure: int, n_unsure: int, *, n_free: int) -> None:
        self._left = MOST_UNREAD * n_sure - n_unsure
        self._n_free = n_free

    def admits(self, chance: float) -> bool:
        """Return whether one more may be asked for that is needed with this chance."""
        return self._n_free > 0 and self._left >= 1 - chance

    def take(self, chance: float) -> None:
        """Count one that is asked for."""
        self._left -= 1 - chance
        self._n_free -= 1


class AnswerStore:
    """Asks generators, and puts each answer into the journal before it counts.

    An answer may be asked for ahead, so that a server that takes many calls at once has work. It
    counts, and costs budget, when it is first given out; so the budget ends where it would have
    ended without.
    """

    def __init__(self, journal: Journal, spending: Spending) -> None:
        self._journal = journal
        self._spending = spending
        self._given: dict[str, Answer] = {}
        self._ahead: dict[str, Answer] = {}
        self._unsure: set[str] = set()
        self._broken: dict[str, EndpointError | EvidenceError] = {}

    def give(
        self, generator: Generator, wanted: Requests, *, on_answer: OnAnswer | None = None
    ) -> dict[str, Answer]:
        """Return the answer of each key; ask the generator for those that are nowhere.

        What a generator says that `is_free` costs nothing of the budget: a classifier's label is no
        call of a model.
        """
        new = [key for key in wanted if key not in self._given]
        is_paid = not getattr(generator, "is_free", False)
        self._spending.check(len(new) if is_paid else 0)
        known = {key: self._ahead.pop(key) for key in new if key in self._ahead}
        self._unsure.difference_update(known)
        known |= self._stored(generator, wanted, [key for key in new if key not in known])
        for answer in known.values() if is_paid else ():
            self._spending.pay(answer)
        self._given.update(known)
        if on_answer is not None:
            for done, (key, answer) in enumerate(known.items(), start=1):
                on_answer(key, answer, done, len(new))
        missing = [key for key in new if key not in known]
        if missing and generator.identity in self._broken:
            raise self._broken.pop(generator.identity)
        for done, (key, answer) in enumerate(generate(generator, missing, wanted), start=1):
            self._keep(key, answer)
            if is_paid:
                self._spending.pay(answer)
            self._given[key] = answer
            if on_answer is not None:
                on_answer(key, answer, len(known) + done, len(new))
        return {key: self._given[key] for key in wanted}

    def ask_ahead(
        self, generator: Generator, needed: Requests, maybe: Iterable[MaybeAsked], *, at_once: int
    ) -> None:
        """Ask for answers that `give` will be asked for soon.

        Nothing is asked beyond the budget; where it limits calls or tokens, nothing that may not
        be needed either.

        Args:
            generator: Whom to ask.
            needed: What will be given out in any case.
            maybe: What perhaps will, the likeliest first. As many as fill the places that stay free
                while the last of those needed are answered, while at most the share `MOST_UNREAD`
                of all calls is expected to be made for nothing.
            at_once: Calls that run side by side.
        """
        self._unsure.difference_update(needed)
        wanted = self._missing(generator, needed)
        if not wanted or not self._spending.admits(len(wanted) + len(self._ahead)):
            return
        if not self._spending.is_limited:
            spare = self._spare(generator, wanted, maybe, at_once=at_once)
            self._unsure.update(spare)
            wanted |= spare
        try:
            for key, answer in generate(generator, list(wanted), wanted):
                self._keep(key, answer)
                self._ahead[key] = answer
        except LadderError as error:
            # Whoever needs what is missing meets it, where the search knows what to make of it.
            if isinstance(error, EndpointError | EvidenceError):
                self._broken[generator.identity] = error

    def peek(self, key: str) -> Answer | None:
        """Return an answer that is in memory; it does not count by this."""
        return self._given.get(key) or self._ahead.get(key)

    def _missing(self, generator: Generator, wanted: Requests) -> dict[str, Request]:
        """Return what is nowhere yet; what the journal holds waits in memory from now on."""
        new = [key for key in wanted if self.peek(key) is None]
        self._ahead.update(self._stored(generator, wanted, new))
        return {key: wanted[key] for key in new if key not in self._ahead}

    def _spare(
        self, generator: Generator, wanted: Requests, maybe: Iterable[MaybeAsked], *, at_once: int
    ) -> dict[str, Request]:
        """Return requests for the free places of a batch, fewer where earlier ones were not needed yet."""
        n_sure = len(self._given) + len(self._ahead) - len(self._unsure) + len(wanted)
        unread = UnreadAllowance(n_sure, len(self._unsure), n_free=-len(wanted) % at_once)
        spare: dict[str, Request] = {}
        for key, request, chance in maybe:
            if not unread.admits(chance):
                break
            if key not in wanted and self._missing(generator, {key: request}):
                unread.take(chance)
                spare[key] = request
        return spare

    def _stored(
        self, generator: Generator, requests: Requests, keys: Sequence[str]
    ) -> dict[str, Answer]:
        """Return the answers that an earlier process left in the journal."""
        stored = {key: Answer(**value) for key, value in self._journal.read(keys).items()}
        if stored and isinstance(generator, NotesAnswers):
            sources = {(each.answered_by, each.fingerprint): key for key, each in stored.items()}
            for key in sources.values():
                generator.note_answered(requests[key], stored[key])
        return stored

    def _keep(self, key: str, answer: Answer) -> None:
        """Put an answer into the journal; a failure is asked for again when the run goes on."""
        if answer.error is None:
            self._journal.write({key: dataclasses.asdict(answer)})


def generate(
    generator: Generator, keys: Sequence[str], requests: Requests, *, is_anew: bool = False
) -> Iterator[tuple[str, Answer]]:
    """Yield each key with its answer, and how long it was waited for after the one before.

    With `is_anew` every prompt is read, though the generator keeps what it read of some.
    """
    if not keys:
        return
    ask = generator.generate
    if is_anew and isinstance(generator, KeepsPrompts):
        ask = generator.generate_anew
    clock = time.monotonic()
    with activity(ASKING, len(keys)) as asking:
        for place, answer in ask([requests[key] for key in keys]):
            now = time.monotonic()
            asking.advance()
            yield keys[place], dataclasses.replace(answer, waited=now - clock)
            clock = now
