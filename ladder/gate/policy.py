"""`Policy`: what a team asks of evidence. Read it from the protected branch."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from ladder.errors import SpecError
from ladder.frozen import Count, Frozen, Number
from ladder.gate.keys import PublicKey, parse_public_key
from ladder.gate.statement import Sha256, Share, Whole
from ladder.spec.explain import explain
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.read_document import read_document

FILE = "ladder-policy.yaml"
MOST_DAYS = 3650
_NEXT = (
    "Write one on the protected branch: `ladder keys new` makes a key and prints its first lines. "
    "On a machine of your own, where nobody else is to be convinced: the line unsigned: allow."
)


def _is_key(text: str) -> str:
    parse_public_key(text)
    return text


def _as_reasons(value: Any) -> Any:  # noqa: ANN401 - whatever the policy holds
    return tuple(value) if isinstance(value, list) else value


KeyLine = Annotated[str, AfterValidator(_is_key)]
Accepted = Annotated[
    Literal["any", "never"] | tuple[str, ...],
    BeforeValidator(_as_reasons, json_schema_input_type=Literal["any", "never"] | list[str]),
]
"""`any` reason, `never`, or a list of the reasons that count."""


class Effort(Frozen):
    """The least that a lever must have tried before it counts as tried.

    Attributes:
        least_variants: Candidates that were scored.
        least_recall: Share of samples for which retrieval must have found the target.
        not_applicable: Which declared reasons excuse the lever.
    """

    least_variants: Whole = 0
    least_recall: Share = 0.0
    not_applicable: Accepted = "any"


class Efforts(Frozen):
    """The least effort of each lever, in the ladder's order.

    Words and decoding settings can be tried on any task, so by default they must be.
    """

    template: Effort = Effort()
    prompt: Effort = Effort(least_variants=1, not_applicable="never")
    model: Effort = Effort()
    decoding: Effort = Effort(not_applicable="never")
    rag: Effort = Effort()
    rerank: Effort = Effort()
    few_shot: Effort = Effort()


class Range(Frozen):
    """Bounds of the target."""

    at_least: Share = 0.0
    at_most: Share = 1.0


class Revoked(Frozen):
    """What no longer counts, by digest or by key."""

    eval_data: tuple[Sha256, ...] = ()
    keys: tuple[KeyLine, ...] = ()
    records: tuple[Sha256, ...] = ()


class WaiverRules(Frozen):
    """Whose waivers count, and for how long at most."""

    signers: dict[str, KeyLine] = Field(min_length=1)
    most_days: Annotated[Count, Field(le=MOST_DAYS)] = 30


class Policy(Frozen):
    """What a team asks of evidence before a fine-tune may start.

    Attributes:
        signers: Who may sign records: a name and the line of the `.pub` file.
        threshold: How many of them must have signed.
        unsigned: Whether a record without a signature counts. `allow` is for one person's own
            machine: anybody can write such a record by hand.
        metrics: Metrics that may decide; any built-in one if not given.
        readings: Ways of reading an answer that may decide; any if not given.
        least_n: Samples that the eval data must have.
        least_configurations: Configurations that must have been scored, the baseline among them.
        least_levers: Levers that must have been tried, out of seven; others may be declared.
        most_cut: Share of the baseline's answers that may be cut by `max_new_tokens` where more text
            could have made them right.
        freshness_days: How old a record may be.
        least_version: Oldest ladder whose records count.
        code: Digests of ladder's code that count; any if not given.
        question: What a record must ask: whether to train, or whether a fine-tune can be retired.
            With `retire`, `fine_tune` means that it is kept, and the gate opens for it.
        most_margin: How much worse than a reference a candidate may be and count as good enough.
        references: Digests of references that count (`relative.identity` in a record); any if not
            given.
        labels: Whether a verdict that rests on a judge counts without people's labels. `required`
            wants labels that show the best candidate to be below the target.
        require: What the gate must be shown, to compare it with the record.
    """

    schema_version: Literal[1] = 1
    signers: dict[str, KeyLine] = Field(default_factory=dict)
    threshold: Count = 1
    unsigned: Literal["refuse", "allow"] = "refuse"
    metrics: tuple[str, ...] | None = None
    readings: tuple[str, ...] | None = None
    least_n: Count = 40
    target: Range = Range()
    most_cut: Share = 0.5
    least_configurations: Whole = 5
    least_levers: Annotated[Whole, Field(le=len(LEVER_NAMES))] = 3
    levers: Efforts = Efforts()
    freshness_days: Number = Field(default=90.0, gt=0, le=MOST_DAYS)
    least_version: str = Field(default="0.1.0", pattern=r"^[0-9]{1,9}(\.[0-9]{1,9}){0,2}$")
    code: tuple[Sha256, ...] | None = None
    question: Literal["train", "retire"] = "train"
    most_margin: Share = 0.1
    references: tuple[Sha256, ...] | None = None
    labels: Literal["optional", "required"] = "optional"
    require: tuple[
        Literal["spec", "train_data", "base", "train_config", "command", "recompute"], ...
    ] = ()
    revoked: Revoked = Revoked()
    waivers: WaiverRules | None = None

    def trusted(self) -> dict[str, PublicKey]:
        """Return the keys that count, by signer: those listed and not revoked."""
        return _without(self.signers, self.revoked.keys)

    def trusted_for_waivers(self) -> dict[str, PublicKey]:
        """Return the keys whose waivers count, by signer."""
        return _without(self.waivers.signers if self.waivers else {}, self.revoked.keys)


def policy_here() -> Policy:
    """Return the policy in the current folder; the defaults of one where there is none."""
    return load_policy(None) if Path(FILE).exists() else Policy(unsigned="allow")


def load_policy(path: str | Path | None) -> Policy:
    """Return the policy in a file; `ladder-policy.yaml` in the current folder unless named.

    Raises:
        SpecError: There is none, it is empty, or something in it is wrong.
    """
    place = Path(FILE if path is None else path)
    if not place.is_file():
        raise SpecError(
            f"There is no policy {place}, so nobody says whose evidence counts.", next_step=_NEXT
        )
    if place.stat().st_size == 0:
        raise SpecError(f"{place} is empty, so nobody's evidence counts.", next_step=_NEXT)
    document = read_document(place)
    if not isinstance(document.value, dict) or not document.value:
        raise SpecError(f"{place} holds no policy.", next_step=_NEXT)
    try:
        policy = Policy.model_validate(document.value)
    except ValidationError as error:
        raise explain(error, Policy, document, noun="the policy") from None
    _check(policy, place)
    return policy


def _check(policy: Policy, place: Path) -> None:
    if not policy.signers and policy.unsigned != "allow":
        raise SpecError(
            f"{place} names no signers, so no record can ever count.",
            next_step="Add `signers: {ci: ed25519:…}`, the line in the .pub file.",
        )
    keys = {key.id for key in policy.trusted().values()}
    if policy.signers and len(keys) < policy.threshold:
        raise SpecError(
            f"{place} asks for {policy.threshold} signatures and trusts {len(keys)} keys.",
            next_step="Add signers, or lower the threshold.",
        )


def _without(signers: dict[str, str], revoked: tuple[str, ...]) -> dict[str, PublicKey]:
    gone = {parse_public_key(each).id for each in revoked}
    keys = {name: parse_public_key(line) for name, line in signers.items()}
    return {name: key for name, key in keys.items() if key.id not in gone}
