"""`asked_wishes`: what only a person can say about a first task, asked in at most five questions."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.prompt import Confirm, Prompt

from ladder.cli.looked_at import RowReading
from ladder.cli.output import console, tell
from ladder.errors import SpecError
from ladder.models.models_here import is_encoder, models_here
from ladder.spec.limits import LIMIT_NAMES, Limits
from ladder.spec.number_steps import compared, limit_step, share_meant

if TYPE_CHECKING:
    from ladder.cli.looked_at import LookedAt
    from ladder.data.guess_columns import GuessedColumns

PACKAGED_MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"
"""The model of the demo, where none lies on this machine."""

MARGIN = 0.03
"""How much worse than what runs today is still fine, unless somebody says so."""

_NO_DOCUMENTS = "no documents hold the answers, as was said at ladder init"
_NO_ROWS = "no rows besides the eval data, as was said at ladder init"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was said on the command line, or is said in answer to questions.

    Attributes:
        model: What answers today.
        target: The score that is good enough.
        reference: What a candidate must be as good as, instead: a model, or `recorded:FILE`.
        margin: How much worse than it is still fine.
        limits: What a candidate may cost, by the names of the spec.
        corpus: Documents that hold answers.
        pool: How many rows to cut off as worked examples.
        columns: The columns of question and answer.
        reading: What was said of how rows are read.
        none: Levers for which somebody said that there is nothing, and why.
        is_asked: Whether anything may be asked.
    """

    model: str | None = None
    target: float | None = None
    reference: str | None = None
    margin: float = MARGIN
    limits: Mapping[str, float] = field(default_factory=dict)
    corpus: Path | None = None
    pool: int | None = None
    columns: tuple[str | None, str | None] = (None, None)
    reading: RowReading = field(default_factory=RowReading)
    none: Mapping[str, str] = field(default_factory=dict)
    is_asked: bool = True

    @property
    def may_ask(self) -> bool:
        """Return whether somebody sits at a terminal and let himself be asked."""
        return self.is_asked and sys.stdin.isatty() and console.is_terminal


def asked_columns(found: "LookedAt", wishes: Wishes) -> "GuessedColumns | None":
    """Return what the columns are for: asked where names leave it open, or where ids repeat."""
    guess = found.columns
    names = [str(name) for name in found.rows[0].columns]
    if guess is not None and any(wishes.columns):
        guess = _named_columns(guess, wishes.columns, names)
    if guess is None or not wishes.may_ask:
        return guess
    if not guess.is_sure:
        target = _ask("Which column holds the right answer?", guess.target, choices=names)
        given = guess.target if target == guess.input else guess.input
        guess = replace(guess, target=target, input=given, is_sure=True)
    if guess.cluster is not None:
        told = f"Do rows of the same {guess.cluster} belong together (they then stay in one part)?"
        if not Confirm.ask(told, default=True, console=console):
            guess = replace(guess, cluster=None)
    return guess


def _named_columns(
    guess: "GuessedColumns", named: tuple[str | None, str | None], names: list[str]
) -> "GuessedColumns":
    """Return what the columns are for, as the command line names them.

    Raises:
        SpecError: There is no such column.
    """
    question, answer = named
    for name in filter(None, named):
        if name.partition(".")[0] not in names:
            raise SpecError(
                f"There is no column {name!r}.", next_step=f"Name one of {', '.join(names)}."
            )
    target = answer or (guess.target if guess.target != question else guess.input)
    asked = question or (guess.input if guess.input != target else guess.target)
    taken = {asked, target}
    kept = {key: each for key in ("id", "cluster") if (each := getattr(guess, key)) not in taken}
    gone = dict.fromkeys({"id", "cluster"} - kept.keys())
    return replace(guess, input=asked, target=target, is_sure=True, **kept, **gone)


def asked_wishes(found: "LookedAt", wishes: Wishes) -> Wishes:
    """Return the wishes with what was left open: asked on a terminal, else a default or nothing."""
    model = wishes.model or _likely_model()
    if not wishes.may_ask:
        return replace(wishes, model=model, target=wishes.target or 0.8)
    if wishes.model is None:
        model = _asked_model(model)
    wishes = replace(wishes, model=model)
    if wishes.target is None and wishes.reference is None:
        wishes = _asked_goal(wishes)
    return _asked_material(found, wishes)


def _asked_model(likely: str) -> str:
    """Return what answers today; of a server its address and the model that it serves."""
    question = "What answers today: hub id, folder, .gguf, package:<module>/<file> or http://…/v1?"
    model = _ask(question, likely)
    if not model.startswith(("http://", "https://")):
        return model
    while not (name := _ask("Which model of that server?", "").strip()):
        tell("The name by which it is asked, as its own list of models has it.")
    return f"{{id: {json.dumps(name)}, base_url: {json.dumps(model)}}}"


def _asked_corpus() -> str:
    """Return a folder or file that is there, `none`, or nothing."""
    question = "Documents that hold answers: a folder or file, none, or Enter for later?"
    while named := _ask(question, "").strip():
        if named.lower() == "none" or Path(named).expanduser().exists():
            break
        tell(f"There is nothing at {named}.")
    return named


def _asked_pool(count: int) -> str:
    """Return a number of rows, `none`, or nothing."""
    question = f"Cut rows off the {count} as worked examples: how many, none, or Enter?"
    while named := _ask(question, "").strip():
        if named.lower() == "none" or (named.isdecimal() and 0 < int(named) < count):
            break
        tell(f"A number from 1 to {count - 1}, the word none, or nothing at all.")
    return named


def _asked_material(found: "LookedAt", wishes: Wishes) -> Wishes:
    """Return the wishes with documents, and with worked examples where no question is left over."""
    none, corpus, pool = dict(wishes.none), wishes.corpus, wishes.pool
    if corpus is None:
        named = _asked_corpus()
        if named.lower() == "none":
            none |= dict.fromkeys(("rag", "rerank"), _NO_DOCUMENTS)
        elif named:
            corpus = Path(named)
    asked = found.columns is not None and (not found.columns.is_sure, found.columns.cluster)
    if pool is None and not (asked and all(asked)):
        named = _asked_pool(len(found.samples))
        if named.lower() == "none":
            none["few_shot"] = _NO_ROWS
        elif named:
            pool = int(named)
    return replace(wishes, none=none, corpus=corpus, pool=pool)


def _likely_model() -> str:
    return next((each for each in models_here() if not is_encoder(each)), PACKAGED_MODEL)


def _ask(question: str, default: str, *, choices: list[str] | None = None) -> str:
    told = f"{question} ({', '.join(choices)})" if choices else question
    answer = Prompt.ask(told, default=default, choices=choices, show_choices=False, console=console)
    return str(answer)


def with_goal(wishes: Wishes, text: str) -> Wishes:
    """Return wishes with a score of 0 to 1, or with what a candidate must be as good as.

    Raises:
        SpecError: It is neither.

    >>> [with_goal(Wishes(), text).target for text in ("0.8", "80 %", "0,8", "80")]
    [0.8, 0.8, 0.8, 0.8]
    >>> asked = with_goal(Wishes(), "as org/big less .05")
    >>> asked.reference, asked.margin
    ('org/big', 0.05)
    """
    found = _goal(wishes, text)
    if found is None:
        raise SpecError(
            f"--target: {text!r} is no share.",
            next_step="Write one between 0 and 1, such as 0.8; or 'as MODEL less 0.03', where MODEL is a "
            "model, recorded:FILE or an adapter's folder, and candidates may score 0.03 lower.",
        )
    return found


def with_limits(wishes: Wishes, given: Sequence[str]) -> Wishes:
    """Return wishes with what a candidate may cost, each `NAME=NUMBER`.

    Raises:
        SpecError: There is no such limit, or no number.

    >>> dict(with_limits(Wishes(), ["prompt_tokens=2000"]).limits)
    {'prompt_tokens': 2000}
    """
    limits: dict[str, float] = {}
    for each in given:
        name, _, number = (part.strip() for part in each.partition("="))
        try:
            limits[name] = int(number) if number.isdecimal() else float(number)
            Limits.model_validate(limits)
        except ValueError as error:
            step = (
                f"Write --limit NAME=NUMBER with one of {', '.join(LIMIT_NAMES)}, such as "
                "prompt_tokens=2000."
            )
            if name in LIMIT_NAMES and number:
                step = limit_step(name, number).replace(": ", "=", 1)
            raise SpecError(f"--limit: {each!r} is no limit.", next_step=step) from error
    return replace(wishes, limits=limits)


def _asked_goal(wishes: Wishes) -> Wishes:
    question = "Which score is good enough? Or as good as what runs today: as MODEL less 0.03"
    while (found := _goal(wishes, _ask(question, "0.8"))) is None:
        tell("A share between 0 and 1, such as 0.8; or as MODEL, as recorded:FILE.")
    return found


def _goal(wishes: Wishes, text: str) -> Wishes | None:
    said = compared(text)
    if said is None:
        share = share_meant(text)
        return replace(wishes, target=share) if share else None
    reference, less = said
    margin = MARGIN if less is None else share_meant(less)
    if margin is None or margin == 1:
        return None
    return replace(wishes, reference=reference, margin=margin)
