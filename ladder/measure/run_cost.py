"""`RunCost`: what the answers of a run take: calls, tokens, minutes, money."""

from ladder.frozen import Frozen


class RunCost(Frozen):
    """What calls cost; `money` is None where a model has no price."""

    calls: int
    tokens: int
    minutes: float
    money: float | None = None
