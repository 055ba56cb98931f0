"""`RunPlan`: what a run would cost, what its data can decide, and both in words."""

from collections.abc import Mapping

from pydantic import Field

from ladder.frozen import Frozen, added
from ladder.levers.untested import impossible, what_to_write
from ladder.measure.measurement import RunCost
from ladder.text import joined, listed

WORDS = {
    "already_good": "where the baseline is good enough",
    "use_lever": "where a lever helps",
    "fine_tune": "where nothing does",
    "inconclusive": "where no verdict is reached",
}


class PairedSizes(Frozen):
    """How many examples show that a candidate is not worse than a reference by more than a margin.

    Attributes:
        reference: What candidates are held against.
        margin: How much worse they may be.
        n: Samples that the eval data are worth.
        disagree: Share of the samples asked so far that only one of both gets right; None without.
        n_compared: These samples.
        examples: For a share of samples on which the two disagree, how many it takes if they are
            equally good; None where no number does.
    """

    reference: str
    margin: float
    n: int
    disagree: float | None = None
    n_compared: int = 0
    examples: dict[float, int | None]

    def describe(self) -> list[str]:
        """Return what that says, in sentences."""
        if not self.margin:
            return [
                (
                    f"With no margin a candidate must be better than {self.reference} to be shown as "
                    "good: of two that are equally good nothing can be shown. A margin such as .03 can."
                )
            ]
        told = [
            f"{n:,} where they disagree on {share:.0%} of the samples"
            for share, n in self.examples.items()
            if n is not None
        ]
        lines = [
            (
                f"A candidate as good as {self.reference} is likely to be shown not worse by more than "
                f"{self.margin:g} with about {joined(told)}; these data are worth {self.n:,}."
            )
        ]
        if self.disagree is not None:
            lines.append(
                f"On the {self.n_compared} samples asked so far, the baseline and {self.reference} "
                f"disagree on about {self.disagree:.0%}."
            )
        return lines


class RunPlan(Frozen):
    """What a run would cost, and what its data can decide.

    Attributes:
        n, n_selection, n_confirmation: Samples, in all and by part.
        n_distinct: How many of them are evidence of their own: no copy, and of one cluster only one.
        target, reach: What the best is to be below, and what one is to be above: target minus margin.
            None where candidates are held against a reference.
        relative: What they are held against, and how many examples that takes.
        variants: For each lever, how many variants of the baseline it proposes.
        names: For each lever, what these are called.
        calls_at_most: Every candidate that any run may try, combinations among them, on every sample,
            with all checks and a judge's calls. Only lost calls that are asked again come on top.
        calls_expected: The calls of the middle one of the simulated runs.
        tokens_expected, minutes_expected, money_expected: The same of what they take: by the length
            of the prompts and a guess at the model's speed, unless both were measured; money where
            every model has a price, in `currency`. Minutes are those in which answers are awaited.
        low, high: What no more than a tenth of the simulated runs stay below, and what no more than
            a tenth exceed.
        by_verdict: What the middle one takes of those that end in a verdict, for each that occurs.
            Without a verdict, of the selection part alone: more a report does not tell either.
        at_once: Calls that run side by side.
        seconds_a_call: How long one of the baseline takes.
        is_measured: Whether that and the tokens were measured, by some of the run's calls.
        reached_from: True score from which a target is likely to be confirmed; None if never.
        justified_to: True best score up to which fine-tuning is likely to be justified.
        untested: Levers that are neither tried nor declared, with the reason: while there are any,
            the verdict `fine_tune` is impossible.
        examples_for_gap: Examples that would decide the gap asked for; None if none was.
        notes: What else of the data costs power.
        left: What earlier verdicts left of the confirmation part, in words.
    """

    n: int
    n_distinct: int
    n_selection: int
    n_confirmation: int
    target: float | None
    reach: float | None
    relative: PairedSizes | None = added(None)
    variants: dict[str, int]
    names: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    calls_at_most: int
    calls_expected: int
    tokens_expected: int
    minutes_expected: float
    money_expected: float | None = None
    low: RunCost
    high: RunCost
    by_verdict: dict[str, RunCost] = Field(default_factory=dict)
    currency: str = ""
    at_once: int = 1
    seconds_a_call: float
    is_measured: bool = False
    reached_from: float | None
    justified_to: float | None
    untested: dict[str, str] = Field(default_factory=dict)
    gap: float | None = None
    examples_for_gap: int | None = None
    notes: tuple[str, ...] = ()
    left: str = ""

    @property
    def expected(self) -> RunCost:
        """Return what the middle one of the simulated runs takes."""
        return RunCost(
            calls=self.calls_expected,
            tokens=self.tokens_expected,
            minutes=self.minutes_expected,
            money=self.money_expected,
        )

    def _can_decide(self) -> list[str]:
        if self.relative is not None:
            barred = _justify(None, self.untested) if self.untested else []
            return [*self.relative.describe(), *barred]
        reach = 1.0 if self.reach is None else self.reach
        return [_reach(reach, self.reached_from), *_justify(self.justified_to, self.untested)]

    def _calls(self) -> list[str]:
        low, high = self.low, self.high
        measured = "as measured" if self.is_measured else "a guess, as nothing was called"
        beside = f", {self.at_once} side by side" if self.at_once > 1 else ""
        return [
            (
                f"About {self.calls_expected:,} calls: eight of ten simulated runs take {low.calls:,} "
                f"to {high.calls:,}, and none can take more than {self.calls_at_most:,}."
            ),
            (
                f"They are about {self.tokens_expected:,} tokens ({low.tokens:,} to {high.tokens:,}) and "
                f"{self.minutes_expected:.1f} minutes ({low.minutes:.1f} to {high.minutes:.1f}) if a call "
                f"of the baseline takes {self.seconds_a_call:.2g} s{beside}{self._money()}: {measured}."
            ),
            *self._by_verdict(),
        ]

    def _money(self) -> str:
        known, low, high = self.money_expected, self.low.money, self.high.money
        if known is None or low is None or high is None:
            return ""
        return f", and cost about {known:,.2f} {self.currency} ({low:,.2f} to {high:,.2f})"

    def _by_verdict(self) -> list[str]:
        told = [
            f"{self.by_verdict[verdict].calls:,} {words}"
            for verdict, words in WORDS.items()
            if verdict in self.by_verdict
        ]
        return [f"By verdict, calls are about {joined(told)}."] if len(told) > 1 else []

    def describe(self) -> str:
        """Return the plan as lines for a person."""
        tried = ", ".join(f"{name} {count}" for name, count in self.variants.items())
        lines = [
            (
                f"{_samples(self.n, self.n_distinct)}: {self.n_selection} in the selection part, "
                f"{self.n_confirmation} in the confirmation part."
            ),
            f"Candidates: {tried}.",
            *(f"  {lever}: {listed(names)}" for lever, names in self.names.items()),
            *self._calls(),
            *self._can_decide(),
            *self.notes,
            *filter(None, [self.left]),
        ]
        if self.examples_for_gap is not None:
            lines.append(
                f"A gap of {self.gap:g} takes about {self.examples_for_gap:,} examples to decide."
            )
        return "\n".join(lines)


def _samples(n: int, distinct: int) -> str:
    copies = "" if n == distinct else f", {distinct} distinct"
    return f"{n} {'sample' if n == 1 else 'samples'}{copies}"


def _reach(reach: float, score: float | None) -> str:
    if reach >= 1:
        return (
            "A target of 1 can never be confirmed: any number of right answers leaves room for a "
            "wrong one. Set a margin, or a target below 1."
        )
    if score is None:
        return (
            f"Too few examples to count on a score of {reach:g} being confirmed: nearly every answer "
            "would have to be right."
        )
    return f"A candidate with a true score of {score:.3f} or more is likely to be confirmed."


def _justify(score: float | None, untested: Mapping[str, str]) -> list[str]:
    if score is None:
        return ["Too few examples to ever justify fine-tuning."]
    if untested:
        reasons = [f"  {name}: {reason}." for name, reason in untested.items()]
        return [impossible(untested), *reasons, what_to_write(untested)]
    return [
        f"If the best true score is {score:.3f} or less, fine-tuning is likely to be justified."
    ]
