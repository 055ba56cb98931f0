"""`Training`: the rows and settings of the fine-tune, and what people vouch for before it."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict

from ladder.frozen import Count, Flag, Frozen, Number, added


def _as_list(value: Any) -> Any:  # noqa: ANN401 - whatever the spec holds
    return (value,) if isinstance(value, str) else value


Behaviour = Literal[
    "style",
    "output_format",
    "classification_or_extraction",
    "tool_calls",
    "persona",
    "domain",
    "small_model",
]
"""What a fine-tune can change, as far as it can be measured. "Better" is none of them."""


class Waiver(Frozen):
    """A finding that a person, by name, takes responsibility for.

    `code` is the finding's short name (`G02`), `until` the last day it holds (2026-12-31).
    """

    code: str = Field(pattern=r"^[A-Z]\d\d$")
    by: str = Field(min_length=2)
    reason: str = Field(min_length=2)
    until: date | None = None


def waiver_for(code: str, waivers: Iterable[Waiver], today: date) -> Waiver | None:
    """Return the waiver of a finding that holds today, if there is one.

    >>> jane = Waiver(code="G02", by="Jane Doe", reason="public", until=date(2026, 1, 31))
    >>> waiver_for("G02", [jane], date(2026, 1, 31)) == jane
    True
    >>> waiver_for("G02", [jane], date(2026, 2, 1)) is None
    True
    """
    valid = (each for each in waivers if each.until is None or each.until >= today)
    return next((each for each in valid if each.code == code), None)


class Licences(Frozen):
    """Licences of what the adapter is made from, and what it is made for.

    SPDX expressions, the hub's names (`llama3.1`, `gemma`), or `own` for data of one's own.
    """

    base: str | None = None
    data: str | None = None
    use: Literal["commercial", "research"] = "commercial"


class Review(Frozen):
    """What people answer for before a training. It changes no measurement.

    `remove` names findings whose rows are left out of the training data. `safety` is a file of
    one's own prompts (`input`, `kind`: refusal or leak). `classifier: block` stops the training
    where a plain classifier reaches the target.
    """

    behaviour: Annotated[
        tuple[Behaviour, ...],
        BeforeValidator(_as_list, json_schema_input_type=Behaviour | tuple[Behaviour, ...]),
    ] = ()
    licences: Licences = Licences()
    waivers: tuple[Waiver, ...] = ()
    remove: tuple[str, ...] = ()
    safety: str | None = None
    classifier: Literal["report", "block"] = "report"


class Trainer(Frozen):
    """Another library that trains on the rows, so that the template rules know what it does.

    ladder's own training needs none of this: its loss lies on the answer and its end token.

    `loss` is where the loss lies: `assistant_only` as the template's `{% generation %}` marks say,
    `completion_only` on what follows the prompt, `all` on everything. `collator` `language_modeling`
    is transformers' own, which masks every token that equals the padding token; `trl` masks by
    position. `max_tokens` is where rows are cut, on `truncation_side`. `packing` puts several rows
    into one.
    """

    library: Literal["trl", "transformers", "axolotl", "other"] = "trl"
    loss: Literal["assistant_only", "completion_only", "all"] = "all"
    collator: Literal["trl", "language_modeling"] = "trl"
    packing: Flag = False
    max_tokens: Count | None = None
    truncation_side: Literal["left", "right"] | None = None


class Training(Frozen):
    """Material of lever 8, used only behind a Permit.

    `patience` ends the training after so many looks at the validation rows (six a training)
    without a better loss or more rows answered whole; without it all steps are taken. `trainer`
    says which other library will train on the rows; `ladder check` then knows its rules.
    """

    path: str
    method: Literal["qlora", "lora"] = "qlora"
    rank: Count = 16
    alpha: Count = 32
    learning_rate: Number = Field(default=1e-3, gt=0)
    batch_size: Count = 8
    steps: Count = 260
    warmup_steps: Annotated[int, Strict(), Field(ge=0)] = 10
    patience: Count | None = None
    replay: str | None = None
    replay_share: Number = Field(default=0.25, ge=0, lt=1)
    abilities: str | None = None
    review: Review = Review()
    trainer: Trainer | None = added(None)

    @property
    def evaluation_steps(self) -> int:
        """Return after how many steps the validation rows are looked at each time."""
        return max(1, self.steps // 6)
