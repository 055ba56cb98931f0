"""`Limits`: the most that a candidate may cost to be the verdict."""

from typing import Literal, get_args

from ladder.frozen import Count, Frozen, Number, added

LimitName = Literal["money_per_1000", "seconds_p95", "prompt_tokens", "memory_gib"]

LIMIT_NAMES: tuple[LimitName, ...] = get_args(LimitName)
"""Every limit, in the order in which they are told."""


class Limits(Frozen):
    """The most that a candidate may cost; None: no limit.

    Attributes:
        money_per_1000: Money for a thousand answers, on average.
        seconds_p95: Seconds that 19 of 20 answers stay within.
        prompt_tokens: Tokens that 19 of 20 prompts stay within.
        memory_gib: GiB for the weights, and for the keys and values of one prompt.
    """

    money_per_1000: Number | None = added(None, gt=0)
    seconds_p95: Number | None = added(None, gt=0)
    prompt_tokens: Count | None = added(None)
    memory_gib: Number | None = added(None, gt=0)

    @property
    def asked(self) -> dict[LimitName, float]:
        """Return the limits that are set.

        >>> Limits(prompt_tokens=2000, seconds_p95=1.5).asked
        {'seconds_p95': 1.5, 'prompt_tokens': 2000.0}
        """
        found = {name: getattr(self, name) for name in LIMIT_NAMES}
        return {name: float(most) for name, most in found.items() if most is not None}
