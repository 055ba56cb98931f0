"""Every error that ladder raises on purpose, each with its next step.

    LadderError                 exit code
    ├── NotJustifiedError       1   training was asked for and the evidence does not call for it
    ├── BlockedError            1   a part of the training plan blocks; its finding says why
    ├── SpecError               2   the task spec or the command line is wrong
    │   ├── RenderError         2   the chat template fails on these messages
    │   └── ExportRefusedError  2   a form of export cannot hold a part of a candidate
    ├── CandidateRefusedError   2   a server or tokenizer refuses one candidate as a whole
    ├── WeakClassifierError     2   a classifier has too few rows to learn from
    ├── DataError               2   the eval, train or corpus data are wrong
    │   ├── PromptLengthError   2   one prompt is empty, or longer than the model's context
    │   ├── NoRowsError         2   a file or a table holds no row
    │   ├── MissingColumnError  2   a row lacks a column that the task names
    │   └── LeakageError        5   eval rows stand in other data: no score is evidence
    ├── MetricError             2   the metric is unknown or its function failed
    │   ├── ScoreError          2   a metric gave something else than one score a sample
    │   └── UnscoredError       2   one answer that a metric cannot score; it is unknown, not 0
    ├── InconclusiveError       3   no verdict: a budget ended, or too few examples
    │   └── OutageError         3   too many calls failed, and the spec says: no verdict then
    ├── InfrastructureError     4   endpoint, memory, disk or hub; worth a retry
    │   ├── ModelLoadError      4
    │   │   └── ModelTooLargeError 4   it does not fit into memory; no weight was read
    │   ├── RetrieverError      4   a search of the user's own failed; what it would find is unknown
    │   ├── EndpointError       4
    │   │   └── CallError       4   one call failed; other calls may go well
    │   │       ├── CallRefusedError  4   the server refuses this request
    │   │       ├── MalformedError    4   the server sent something else than an answer
    │   │       └── BusyError         4   overloaded, too slow, or broken off
    │   │           ├── CrowdedError  4   it takes fewer calls at once (429)
    │   │           ├── StartingError 4   it has not loaded its model yet
    │   │           └── LostError     4   no connection at all
    │   └── DivergedError       4   a loss or a gradient stopped being a number
    ├── EvidenceError           5   the record is missing, stale, or for something else
    │   ├── OtherFingerprintError 5  a server's weights or software are other ones than before
    │   ├── EvidenceRefusedError 5   the gate does not count it, and names why
    │   └── DecisionFileError   5   a run's decision is absent, damaged, foreign, newer or edited
    └── UnsafeError             6   pickle, remote code, a hostile template or adapter

Nothing else is raised on purpose; anything else that surfaces is a bug.
"""

import re
from typing import Literal

_TWO_STOPS = re.compile(r"""(?<=[\w)'"`])\.\.(?=\s|$)""")
"""What is quoted may end in a full stop of its own."""


class LadderError(Exception):
    """Base of all errors raised on purpose. `next_step` is what the user does now.

    Args:
        problem: One sentence of fact, with the value the user typed and where.
        next_step: One sentence of action.
    """

    exit_code = 2

    def __init__(self, problem: str, *, next_step: str) -> None:
        problem = _TWO_STOPS.sub(".", problem)
        super().__init__(problem)
        self.next_step = next_step
        self.add_note(f"Next: {next_step}")


class NotJustifiedError(LadderError):
    """Training was asked for, and the evidence says that a cheaper lever is enough."""

    exit_code = 1


class BlockedError(LadderError):
    """A part of the training plan blocks; the record of the run says where it goes on."""

    exit_code = 1


class SpecError(LadderError):
    """The task spec or the command line is wrong."""


class RenderError(SpecError):
    """The chat template does not compile, or fails on these messages.

    Args:
        problem: The sentence that the user reads.
        next_step: What the user does now.
        message: What jinja, or the template itself, said.
        line: The line of the template, where known.
        compiles: Whether the template compiles at all.
    """

    def __init__(
        self,
        problem: str,
        *,
        next_step: str,
        message: str = "",
        line: int | None = None,
        compiles: bool = True,
    ) -> None:
        super().__init__(problem, next_step=next_step)
        self.message = message
        self.line = line
        self.compiles = compiles


class ExportRefusedError(SpecError):
    """A form of export cannot hold a part of a candidate: nothing is left out without a word."""


class CandidateRefusedError(LadderError):
    """A server or tokenizer refuses what one candidate asks of it, so that candidate is not tried.

    It is that candidate's failure, told in its row, and never the end of a run.
    """


class WeakClassifierError(LadderError):
    """A classifier has too few labelled rows to learn from; it is one candidate that is not tried."""


class DataError(LadderError):
    """The eval, train or corpus data are wrong."""


class PromptLengthError(DataError):
    """One prompt is empty or longer than the model's context."""


class NoRowsError(DataError):
    """A file or a table holds no row."""


class MissingColumnError(DataError):
    """A row lacks a column that the task names.

    Args:
        problem: The sentence that the user reads.
        next_step: What the user does now.
        field: Where the task names it, such as `data.input`.
        guess: The column that may be meant; empty where none seems to be.
    """

    def __init__(self, problem: str, *, next_step: str, field: str = "", guess: str = "") -> None:
        super().__init__(problem, next_step=next_step)
        self.field = field
        self.guess = guess


class LeakageError(DataError):
    """Rows of the eval data are known elsewhere, so no score on them is evidence."""

    exit_code = 5


class MetricError(LadderError):
    """The metric is unknown, or the user's metric function failed."""


class UnscoredError(MetricError):
    """The metric could give no score for one answer, so that nobody knows what it is worth."""


class ScoreError(MetricError):
    """A metric gave something else than a score a sample: its own fault, whoever is scored."""


class InconclusiveError(LadderError):
    """No verdict can be given: a budget ended, or there are too few examples."""

    exit_code = 3


class OutageError(InconclusiveError):
    """Too many calls failed, and the spec's error policy says that there is no verdict then."""


class InfrastructureError(LadderError):
    """Something outside the task failed: endpoint, memory, disk or hub. Worth a retry."""

    exit_code = 4


class ModelLoadError(InfrastructureError):
    """A model, tokenizer or encoder could not be loaded."""


class ModelTooLargeError(ModelLoadError):
    """A model does not fit into the memory of this machine; it is known before it is loaded."""


class RetrieverError(InfrastructureError):
    """A search of the user's own is unreachable or failed, so what it would find is unknown."""


class EndpointError(InfrastructureError):
    """An endpoint is unreachable, refuses, or answers with something else than an answer."""


class CallError(EndpointError):
    """One call failed; other calls may go well. `attempts` says how often it is tried in all.

    Args:
        problem: What happened.
        retry_after_seconds: How long the server asks to wait, if it says so.
    """

    attempts = 1

    def __init__(self, problem: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(problem, next_step="Run again: answers that came are kept.")
        self.retry_after_seconds = retry_after_seconds


class CallRefusedError(CallError):
    """The server refuses this request: too long, a field it does not take, no such path.

    Args:
        problem: What happened.
        status: The HTTP status.
        body: What the server sent with it: a JSON value, or its text.
    """

    def __init__(self, problem: str, *, status: int = 400, body: object = "") -> None:
        super().__init__(problem)
        self.status = status
        self.body = body


class MalformedError(CallError):
    """The server sent something else than an answer."""

    attempts = 2

    def __init__(self, problem: str) -> None:
        super().__init__(f"The endpoint sent no valid answer: {problem}.")


class BusyError(CallError):
    """The server is overloaded, failed inside, was too slow, or broke off."""

    attempts = 6


class CrowdedError(BusyError):
    """The server takes fewer calls at once (429): waiting in line is no failure.

    All tries together take some three minutes: limits are most often those of a minute.
    """

    attempts = 24


class StartingError(BusyError):
    """The server is there and says that its model is not loaded yet."""

    attempts = 24


class LostError(BusyError):
    """No connection to the server at all."""

    attempts = 4


class DivergedError(InfrastructureError):
    """A loss or a gradient stopped being a number; the training stopped there."""


class EvidenceError(LadderError):
    """The evidence is missing, stale, edited, or for another task."""

    exit_code = 5


class OtherFingerprintError(EvidenceError):
    """A server answers under another fingerprint than in earlier processes: answers tell whether as the same model.

    Args:
        is_usual: Whether it has changed its fingerprint before.
    """

    def __init__(self, problem: str, *, next_step: str, is_usual: bool = False) -> None:
        super().__init__(problem, next_step=next_step)
        self.is_usual = is_usual


Refusal = Literal[
    "MISSING",
    "MALFORMED",
    "BAD_TYPE",
    "WRONG_PREDICATE",
    "UNSIGNED",
    "BAD_SIGNATURE",
    "ISSUED_IN_FUTURE",
    "EXPIRED",
    "SUBJECT_MISMATCH",
    "INCONSISTENT",
    "AGAINST_POLICY",
    "REVOKED",
    "CHANGED",
]
"""Why the gate does not count evidence, in words that machines can match."""


class EvidenceRefusedError(EvidenceError):
    """The gate does not count the evidence. Exit code 5, whatever the reason.

    Args:
        reason: Stands first in the message, and in the JSON.
        problem: One sentence of fact.
        next_step: One sentence of action.
    """

    def __init__(self, reason: Refusal, problem: str, *, next_step: str) -> None:
        super().__init__(f"{reason}: {problem}", next_step=next_step)
        self.reason = reason


class DecisionFileError(EvidenceError):
    """The file that should hold a run's decision is absent, or holds something else.

    Args:
        fault: What is wrong with it, in one word.
        problem: The sentence that the user reads.
        next_step: What the user does now.
    """

    def __init__(
        self,
        fault: Literal["absent", "damaged", "foreign", "newer", "edited"],
        problem: str,
        *,
        next_step: str,
    ) -> None:
        super().__init__(problem, next_step=next_step)
        self.fault = fault


class UnsafeError(LadderError):
    """Refused as unsafe: pickle, remote code, a hostile template or adapter."""

    exit_code = 6
