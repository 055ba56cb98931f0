"""What a record says: an in-toto Statement v1 with ladder's own predicate, strict in every field."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, Strict

from ladder.frozen import Frozen, Number, added, digest_of

STATEMENT = "https://in-toto.io/Statement/v1"
VERDICT = "https://pypi.org/project/finetune-ladder/verdict/v1"
WAIVER = "https://pypi.org/project/finetune-ladder/waiver/v1"
FAMILY = "https://pypi.org/project/finetune-ladder/"

# The words of a published format stand here once more: a record must be read without the search.
Verdict = Literal["already_good", "use_lever", "fine_tune", "inconclusive"]
LeverStatus = Literal[
    "carried", "no_gain", "nothing_to_try", "not_applicable", "ceiling", "untested", "error"
]

SubjectName = Literal[
    "spec", "eval_data", "base", "train_data", "train_config", "command", "metric", "code", "reference"
]  # fmt: skip
ALWAYS: tuple[SubjectName, ...] = ("spec", "eval_data", "base", "code")
"""Subjects that every record names; those of the training, and of a metric that is code, where there
are some."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[Number, Field(ge=0, le=1)]
Text = Annotated[str, Field(max_length=20_000)]
Whole = Annotated[int, Strict(), Field(ge=0)]


def _parsed(text: str) -> str:
    parse_time(text)
    return text


def _readable(text: str) -> str:
    """Refuse a text that prints as nothing: spaces, zero-width and control characters alone."""
    if sum(each.isprintable() and not each.isspace() for each in text) < 3:
        raise ValueError("has fewer than 3 characters that can be seen")
    return text


Time = Annotated[
    str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}Z$"), AfterValidator(_parsed)
]


class Digest(Frozen):
    """Digests of one subject. `text_sha256` is that of the same file with LF as line ends."""

    sha256: Sha256
    text_sha256: Sha256 | None = None


def digest_command(words: Sequence[str]) -> Digest:
    """Return the digest of a command: its words, in their order."""
    return Digest(sha256=digest_of(list(words)))


class Subject(Frozen):
    """One thing that the record is about."""

    name: SubjectName
    digests: Digest = Field(alias="digest")


class CoveredShare(Frozen):
    """How much a cascade answers without a person, and from which sureness on.

    Attributes:
        n: Confirmation samples on which the share was tested.
        at_least: Its lower 95 % bound.
        asked: The least share that was asked for.
        below: The sureness below which an answer is handed on.
    """

    share: Share
    n: Whole
    at_least: Share
    asked: Share
    below: Share


Difference = Annotated[Number, Field(ge=-1, le=1)]


class ConfirmedDifference(Frozen):
    """The difference to a reference that is a claim, with its 95 % bounds, and the reference's score."""

    difference: Difference
    low: Difference
    high: Difference
    n: Whole
    reference: Share


class Confirmed(Frozen):
    """The one score that is a claim, with its 95 % bounds.

    Attributes:
        label: The class whose samples it is about; empty where it is about all.
        classes: The same for each class with a target of its own.
        coverage: Of a cascade, whose score is over what it answers without a person.
        against: The difference to a reference, where the target is one: then it is the claim.
    """

    score: Share
    n: Whole
    at_least: Share
    at_most: Share
    label: Text = added("")
    classes: tuple["Confirmed", ...] = added(())
    coverage: CoveredShare | None = added(None)
    against: ConfirmedDifference | None = added(None)


class BestCandidate(Frozen):
    """The candidate that the verdict is about, and what it changes against the baseline."""

    label: Text
    score: Share
    n: Whole
    changes: dict[str, Any] = Field(default_factory=dict)


class TriedLever(Frozen):
    """What one lever tried.

    Attributes:
        variants: Labels of the variants that were scored.
        recall: Best share of samples for which retrieval found a passage with the target.
    """

    lever: Text
    status: LeverStatus
    reason: Text = ""
    variants: tuple[Text, ...] = ()
    best_score: Share | None = None
    recall: Share | None = None


class LookCounts(Frozen):
    """What was asked of the confirmation part over its life, and what is left of the budgets."""

    asked_reached: Whole
    asked_below: Whole
    reached_left: Share
    justified_left: Share
    reached_budget: Share = 0.05
    justified_budget: Share = 0.05
    file_sha256: Sha256 | None = None


class JournalHead(Frozen):
    """The rows from which the verdict can be rebuilt: the digest of all of them, and how many.

    Where no score of the confirmation part is shown, it is not said how many: that would tell where
    the test ended, and so something of the scores.
    """

    rows: Whole | None = added(None)
    sha256: Sha256


class Made(Frozen):
    """What made the record."""

    version: Text
    versions: dict[str, Text] = Field(default_factory=dict)
    commit: Text | None = None


class WaiverNote(Frozen):
    """A waiver that was in force when the record was written."""

    name: Text
    reason: Text
    expires: Time


class JudgedBy(Frozen):
    """Who scored the answers where no target did, and what people's labels showed of them, if any."""

    model: Text
    version: Text
    people: Literal["", "reached", "below", "open"] = ""


class ServedBy(Frozen):
    """What was seen of the server that the answers came from.

    Attributes:
        answers_as: What it calls the model.
        server, fingerprint: What it says of its software and its weights.
        honours, lacks: Abilities that it was seen to have, and not to have.
        prompt_difference: Where its prompts are not those of the model's own template.
    """

    answers_as: Text = ""
    server: Text = ""
    fingerprint: Text = ""
    honours: tuple[Text, ...] = ()
    lacks: tuple[Text, ...] = ()
    prompt_difference: Text = ""


class HeldAgainst(Frozen):
    """What candidates were held against, where the target is no score.

    Attributes:
        name: What the reference is called.
        identity: Digest of all that can change its scores.
        margin: How much worse than it a candidate may be.
        question: Whether to train, or whether the reference, a tuned model, can go.
        test: How differences were tested.
    """

    name: Text
    identity: Sha256
    margin: Share
    question: Literal["train", "retire"] = "train"
    test: Literal["bets", "exact", "sign test"] = "bets"


class HeldCost(Frozen):
    """What the named candidate costs by one limit of its task, on the selection part.

    Attributes:
        most: The limit.
        value: As measured; None where nothing measured it.
        low, high: Its bounds; `high` is None where too few answers tell.
        n: Answers that were measured.
        where: How, or why not.
    """

    limit: Text
    most: Number
    value: Number | None = None
    low: Number = 0.0
    high: Number | None = None
    n: Whole = 0
    where: Text = ""


class VerdictPredicate(Frozen):
    """The verdict and what it rests on.

    Attributes:
        reading_hint: That a lenient reading of the same answers scores far higher, if it does.
        baseline_cut: Share of the baseline's answers that `max_new_tokens` cut, where more text could
            have made them right.
        template_faults: What is wrong with the baseline's own chat template.
        decision: Digest of the run's decision.
        journal: From which rows the verdict can be rebuilt.
        judged: Who scored the answers, where a judge did.
        at_least: Targets of single classes, beside the target over all samples.
        relative: What candidates were held against; then there is no target.
        served_by: The server that the answers came from, where they came from one.
        limits: What a candidate may cost at the most; the claim is about candidates within them.
        limits_sha256: Digest of the limits.
        costs: What the candidate that the verdict is about costs by each of them.
    """

    verdict: Verdict
    sentence: Text
    reading_hint: Text = ""
    task: Text
    model: Text
    metric: Text
    reading: Text
    target: Share | None
    margin: Share = 0.0
    relative: HeldAgainst | None = added(None)
    at_least: dict[str, Share] = added({})
    n: Whole
    n_confirmation: Whole
    confirmation: Confirmed | None = None
    baseline_score: Share
    baseline_cut: Share = 0.0
    template_faults: tuple[Text, ...] = ()
    best: BestCandidate
    levers: tuple[TriedLever, ...]
    looks: LookCounts
    decision: Sha256
    journal: JournalHead | None = None
    judged: JudgedBy | None = added(None)
    served_by: ServedBy | None = added(None)
    limits: dict[str, Number] = added({})
    limits_sha256: Sha256 | None = added(None)
    costs: tuple[HeldCost, ...] = added(())
    waivers: tuple[WaiverNote, ...] = ()
    ladder: Made
    issued: Time
    expires: Time


class WaiverPredicate(Frozen):
    """A named person's decision to train all the same, until a date."""

    name: Annotated[str, Field(min_length=3, max_length=200), AfterValidator(_readable)]
    reason: Annotated[str, Field(min_length=10, max_length=2000), AfterValidator(_readable)]
    verdict: Verdict
    issued: Time
    expires: Time


class _Statement(Frozen):
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: tuple[Subject, ...] = Field(min_length=1, max_length=20)

    def sha256_of(self, name: SubjectName) -> str | None:
        """Return a subject's digest; None where the statement does not name it."""
        return next((each.digests.sha256 for each in self.subject if each.name == name), None)


class EvidenceRecord(_Statement):
    """The evidence record of one verdict."""

    predicate_type: Literal["https://pypi.org/project/finetune-ladder/verdict/v1"] = Field(
        alias="predicateType"
    )
    predicate: VerdictPredicate


class SignedWaiver(_Statement):
    """A waiver for what the same subjects' record does not justify."""

    predicate_type: Literal["https://pypi.org/project/finetune-ladder/waiver/v1"] = Field(
        alias="predicateType"
    )
    predicate: WaiverPredicate


def json_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a record's payload.

    >>> sorted(json_schema()["required"])
    ['_type', 'predicate', 'predicateType', 'subject']
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **EvidenceRecord.model_json_schema(by_alias=True),
        "title": "ladder evidence record",
    }


def format_time(moment: datetime) -> str:
    """Return a moment as it stands in a record: UTC, whole seconds.

    >>> format_time(datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    '2026-11-24T08:00:00Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> datetime:
    """Return the moment that a text in a record names."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
