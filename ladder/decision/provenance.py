"""Where the numbers of a decision come from: what was measured, with what."""

from typing import Any

from ladder.frozen import Frozen, added
from ladder.measure.constraint_breaches import Breaches
from ladder.models.classifier.strength import ClassifierStrength
from ladder.models.model_facts import ModelFacts
from ladder.search.ledger import Configuration
from ladder.spec.candidate import Candidate


class CandidateRecord(Frozen):
    """What a configuration stands for, and what it costs (measured on the selection part).

    `recall` is the share of samples for which a passage with the target stood in the prompt,
    `money` what one answer costs in the spec's currency, where the spec names the model's price.
    `classifier` is how strong a classifier is by the rows that it learnt from alone.
    `breaches` says how answers kept the constraint that the candidate sets, `best_of` what a perfect
    choice among the draws of a majority would have scored: a ceiling that nobody can deploy.
    `cut_by_length` is the share of answers that were cut where more text could have made them right.
    `ranking_milliseconds` is what its reranker took for a question.
    """

    configuration: Configuration
    candidate: Candidate
    label: str
    prompt_tokens: float = 0.0
    completion_tokens: float = 0.0
    seconds: float = 0.0
    cut_by_length: float = 0.0
    lenient: float | None = None
    log_likelihood: float | None = None
    recall: float | None = None
    money: float | None = None
    classifier: ClassifierStrength | None = added(None)
    breaches: Breaches | None = added(None)
    best_of: float | None = added(None)
    ranking_milliseconds: float | None = added(None)

    @property
    def tokens(self) -> float:
        """Return the tokens of an answer and its prompt."""
        return self.prompt_tokens + self.completion_tokens


class FailedCalls(Frozen):
    """Both bounds of a score on the selection part, where calls failed.

    Attributes:
        configuration: Whose calls.
        n: Samples asked for.
        failed: Calls that failed after all retries; they count as wrong.
        if_wrong, if_right: The mean score if all of them were wrong, or all right.
    """

    configuration: Configuration
    n: int
    failed: int
    if_wrong: float
    if_right: float


class Provenance(Frozen):
    """Where the numbers come from, by digest and version.

    `endpoint` is what the model's server was seen to do, where it has one. `models` says of each model
    that was asked what its own files say. `reference` is the digest of the weights that candidates
    were held against, where the target is relative.
    """

    spec: str
    eval_data: str
    model: str
    versions: dict[str, str]
    seed: int
    started: str
    seconds: float
    command: str = ""
    endpoint: dict[str, Any] | None = added(None)
    models: tuple[ModelFacts, ...] = added(())
    reference: str = added("")
