"""`Prices`: what tokens cost in money."""

from pydantic import Field

from ladder.frozen import Frozen, Number


class Price(Frozen):
    """What a million tokens of one model cost."""

    prompt: Number = Field(ge=0)
    answer: Number = Field(ge=0)


class Prices(Frozen):
    """What tokens cost, by the model's id; it needs naming only where money is paid."""

    currency: str = Field(default="USD", min_length=1, max_length=8)
    per_million_tokens: dict[str, Price] = Field(default_factory=dict)

    def of(self, model_id: str, *, prompt_tokens: float, answer_tokens: float) -> float | None:
        """Return the money for some tokens of a model; None where its price is not named.

        >>> prices = Prices(per_million_tokens={"m": Price(prompt=1.0, answer=2.0)})
        >>> prices.of("m", prompt_tokens=1_000_000, answer_tokens=500_000)
        2.0
        """
        price = self.per_million_tokens.get(model_id)
        if price is None:
            return None
        return (prompt_tokens * price.prompt + answer_tokens * price.answer) / 1_000_000
