"""`Decision`: the verdict and the evidence that it rests on.

Its JSON (`decision.json`) is what report, gate and finetune read; nothing else is.
"""

from typing import Literal

from ladder.search.ledger import Configuration, Ledger
from ladder.spec.base import Frozen
from ladder.spec.candidate import Candidate
from ladder.spec.finding import Finding

Verdict = Literal["already_good", "use_lever", "fine_tune", "inconclusive"]


class Confirmation(Frozen):
    """The one score that is a claim: shown only once a verdict closed the set.

    Attributes:
        score: Mean on the confirmation part.
        n: Samples of the confirmation part that were scored.
        at_least: Lower 95 % bound (for `fine_tune`, `at_most` is the upper one).
    """

    score: float
    n: int
    at_least: float
    at_most: float


class CandidateRecord(Frozen):
    """What a configuration stands for, and what it costs (measured on the selection part)."""

    configuration: Configuration
    candidate: Candidate
    label: str
    prompt_tokens: float = 0.0
    completion_tokens: float = 0.0
    seconds: float = 0.0
    cut_by_length: float = 0.0
    lenient: float | None = None
    log_likelihood: float | None = None


class Provenance(Frozen):
    """Where the numbers come from, by digest and version."""

    spec: str
    eval_data: str
    model: str
    versions: dict[str, str]
    seed: int
    started: str
    seconds: float
    command: str = ""


class Decision(Frozen):
    """The verdict and the evidence that it rests on."""

    schema_version: Literal[1] = 1
    verdict: Verdict
    sentence: str
    task: str
    model: str
    metric: str
    target: float
    configuration: Configuration
    ledger: Ledger
    levers: tuple[str, ...] = ()
    confirmation: Confirmation | None = None
    examples_needed: int | None = None
    candidates: tuple[CandidateRecord, ...] = ()
    checks: tuple[Finding, ...] = ()
    provenance: Provenance | None = None
