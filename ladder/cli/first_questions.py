"""`asked_wishes`: what only a person can say about a first task, asked in at most five questions."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.prompt import Confirm, Prompt

from ladder.cli.output import console, tell
from ladder.errors import SpecError
from ladder.models.models_here import is_encoder, models_here

if TYPE_CHECKING:
    from ladder.cli.looked_at import LookedAt
    from ladder.data.guess_columns import GuessedColumns

PACKAGED_MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"
"""The model of the demo, where none lies on this machine."""

_NO_DOCUMENTS = "no documents hold the answers, as was said at ladder init"
_NO_ROWS = "no rows besides the eval data, as was said at ladder init"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was said on the command line, or is said in answer to questions.

    Attributes:
        model: What answers today.
        target: The score that is good enough.
        corpus: Documents that hold answers.
        pool: How many rows to cut off as worked examples.
        columns: The columns of question and answer.
        none: Levers for which somebody said that there is nothing, and why.
        is_asked: Whether anything may be asked.
    """

    model: str | None = None
    target: float | None = None
    corpus: Path | None = None
    pool: int | None = None
    columns: tuple[str | None, str | None] = (None, None)
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
        model = _ask("What answers today: hub id, folder, .gguf or package:<module>/<file>?", model)
    target = _asked_share() if wishes.target is None else wishes.target
    wishes = replace(wishes, model=model, target=target)
    return _asked_material(found, wishes)


def _asked_material(found: "LookedAt", wishes: Wishes) -> Wishes:
    """Return the wishes with documents, and with worked examples where no question is left over."""
    none, corpus, pool = dict(wishes.none), wishes.corpus, wishes.pool
    if corpus is None:
        named = _ask("Documents that hold answers: a folder or file, none, or Enter for later?", "")
        if named.strip().lower() == "none":
            none |= dict.fromkeys(("rag", "rerank"), _NO_DOCUMENTS)
        elif named.strip():
            corpus = Path(named.strip())
    asked = found.columns is not None and (not found.columns.is_sure, found.columns.cluster)
    if pool is None and not (asked and all(asked)):
        count = len(found.samples)
        named = _ask(f"Cut rows off the {count} as worked examples: how many, none, or Enter?", "")
        if named.strip().lower() == "none":
            none["few_shot"] = _NO_ROWS
        elif named.strip().isdecimal():
            pool = int(named)
    return replace(wishes, none=none, corpus=corpus, pool=pool)


def _likely_model() -> str:
    return next((each for each in models_here() if not is_encoder(each)), PACKAGED_MODEL)


def _ask(question: str, default: str, *, choices: list[str] | None = None) -> str:
    told = f"{question} ({', '.join(choices)})" if choices else question
    answer = Prompt.ask(told, default=default, choices=choices, show_choices=False, console=console)
    return str(answer)


def given_share(text: str) -> float:
    """Return a score of 0 to 1 as people write it.

    Raises:
        SpecError: It is none.

    >>> given_share("0.8"), given_share("80 %"), given_share("0,8"), given_share("80")
    (0.8, 0.8, 0.8, 0.8)
    """
    share = _share(text)
    if share is None:
        raise SpecError(
            f"--target: {text!r} is no share.", next_step="Write one between 0 and 1, such as 0.8."
        )
    return share


def _asked_share() -> float:
    while (share := _share(_ask("Which score is good enough?", "0.8"))) is None:
        tell("A share between 0 and 1, such as 0.8.")
    return share


def _share(text: str) -> float | None:
    plain = text.strip().replace(",", ".")
    try:
        number = float(plain.rstrip("% "))
    except ValueError:
        return None
    number = number / 100 if number > 1 or plain.endswith("%") else number
    return number if 0 < number <= 1 else None
