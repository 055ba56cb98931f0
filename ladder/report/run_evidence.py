"""`Evidence`: what a report is made from: a run's decision and samples, and what lies beside them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ladder.decision import Decision
from ladder.errors import EvidenceError
from ladder.report.still_true import StillTrue, still_true
from ladder.runs import RunFolder
from ladder.runs.plan_and_use import PlanAndUse, read_plan
from ladder.runs.samples import SampleRow, read_samples
from ladder.search.ledger import Configuration

Token = tuple[int, str]
Tokens = Mapping[tuple[str, Configuration], tuple[Token, ...]]
"""The tokens of a prompt, each with its text, by sample and candidate."""


@dataclass(frozen=True)
class Evidence:
    """A decision, the samples behind it, the folder they come from, and some prompts' tokens.

    `cost` is what the run was foreseen to cost, beside what it took, where its folder tells, and
    `still_true` what later rechecks show.
    """

    decision: Decision
    samples: tuple[SampleRow, ...] = ()
    folder: str = ""
    tokens: Tokens = field(default_factory=dict)
    cost: PlanAndUse | None = None
    still_true: StillTrue | None = None

    def __post_init__(self) -> None:
        """Drop answers on the confirmation part unless the verdict showed its scores."""
        if not self.decision.shows_scores:
            samples = tuple(
                replace(each, answers=()) if each.part == "confirmation" else each
                for each in self.samples
            )
            object.__setattr__(self, "samples", samples)

    @property
    def baseline(self) -> Configuration:
        """Return the configuration of the baseline: no lever applied."""
        return self.decision.ledger.baseline.configuration

    @property
    def best(self) -> Configuration:
        """Return the configuration to show beside the baseline."""
        return self.decision.configuration


def load_evidence(run_folder: str | Path, *, is_whole: bool = False) -> Evidence:
    """Read a run folder; `is_whole` keeps the prompts of all candidates, and not of two alone.

    Raises:
        EvidenceError: A file is missing or cannot be read as what it should be.
    """
    folder = Path(run_folder)
    decision = Decision.load(RunFolder(folder).decision)
    shown = {decision.ledger.baseline.configuration, decision.configuration}
    kept = {each.configuration for each in decision.candidates} | shown if is_whole else shown
    samples = tuple(read_samples(RunFolder(folder).samples, kept))
    return Evidence(
        decision=decision,
        samples=samples,
        folder=str(run_folder),
        tokens=load_tokens(folder),
        cost=read_plan(RunFolder(folder)),
        still_true=still_true(RunFolder(folder)),
    )


def load_tokens(folder: Path) -> Tokens:
    """Read the tokens that a run left; none where it left none.

    Raises:
        EvidenceError: The file is not what a run writes.
    """
    path = RunFolder(folder).tokens
    if not path.is_file():
        return {}
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return {
            (str(row["sample"]), Configuration(map(int, row["configuration"]))): tuple(
                (int(token), str(text)) for token, text in row["tokens"]
            )
            for row in rows
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvidenceError(
            f"{path} does not hold tokens ({error}).",
            next_step="Remove it: the report then shows prompts without their token ids.",
        ) from error
