"""Licence review: base model, training data and what follows for the result. Not legal advice."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder.finding import Finding
from ladder.finetune.checklist import CheckOutcome
from ladder.finetune.licences.terms import LicenceTerms, rule_of
from ladder.finetune.permit import Permit, training_of
from ladder.models.licence_sources import base_licence, card_licence
from ladder.spec.task import TaskSpec
from ladder.spec.training import Licences

_JOINED = re.compile(r"\b(?:AND|OR|WITH)\b")
NOT_ADVICE = "A table of rules, not legal advice"


@dataclass(frozen=True, slots=True)
class LicenceReview:
    """What the review found, for the model card.

    Attributes:
        base, data: The licences, as written where they were found.
        terms: What has to be done because of them.
    """

    base: str
    data: str
    terms: tuple[str, ...]


def review_licences(permit: Permit, task: TaskSpec) -> CheckOutcome[LicenceReview]:
    """Return whether base and data may be used for this, and what their licences ask for.

    I01 not known, I02 use not allowed, I03 no rule for it, I04 something to do (info),
    I05 the two ask for different licences of the result, I06 the spec says another licence than the
    files: the spec's counts, and both stand in the record.
    """
    training = training_of(task)
    given = training.review.licences
    written = {
        "the base model": base_licence(permit.start.model),
        "the training data": card_licence(Path(training.path).parent / "README.md"),
    }
    said = {"the base model": given.base, "the training data": given.data}
    found = {what: said[what] or written[what] for what in said}
    findings = [
        Finding(
            code="I06 licence-contradicts",
            severity="warning",
            problem=f"For {what} the spec says {claim}, and its own files say {written[what]}; the "
            "spec's is used.",
            next_step="Look which is right, and correct training.review.licences.",
        )
        for what, claim in said.items()
        if claim and written[what] and terms_of(claim) != terms_of(str(written[what]))
    ]
    terms: list[str] = []
    for what, licence in found.items():
        seen, asked = _review_one(what, licence, given)
        findings += seen
        terms += [f"{what}: {each}" for each in asked]
    findings += _conflict(found, given)
    base, data = (licence or "not known" for licence in found.values())
    evidence = f"base {base}, data {data}, for {given.use} use. {NOT_ADVICE}"
    return CheckOutcome(LicenceReview(base, data, tuple(terms)), evidence, findings)


def terms_of(licence: str) -> list[list[LicenceTerms | str]]:
    """Return the alternatives of a licence expression; of each, all terms that hold together.

    A name that no rule is written for stays text. What stands in a licence expression is read by
    the library license-expression; the names that hubs use and SPDX does not are known beside.

    >>> [[getattr(each, "name", each) for each in all_of] for all_of in terms_of("MIT OR gemma")]
    [['MIT'], ['Gemma']]
    """
    from license_expression import ExpressionError, get_spdx_licensing

    known = None if _JOINED.search(licence) else rule_of(licence)
    if known is not None:
        return [[known]]
    licensing = get_spdx_licensing()
    try:
        parsed = licensing.dnf(licensing.parse(licence, validate=False))
    except (ExpressionError, AttributeError):
        return [[licence]]
    alternatives = parsed.args if isinstance(parsed, licensing.OR) else (parsed,)
    return [[_rule(symbol) for symbol in each.symbols] for each in alternatives]


def _rule(symbol: Any) -> LicenceTerms | str:  # noqa: ANN401 - license-expression has no types
    """Return the terms of one licence; with anything added but an exception that SPDX lists, its text.

    The exceptions on that list allow more. What else is added may forbid the use, whatever it is called.
    """
    added = getattr(symbol, "exception_symbol", None)
    if added is not None and not _is_listed_exception(added):
        return str(symbol)
    name = str(getattr(symbol, "license_symbol", symbol).key)
    return rule_of(name) or name


def _is_listed_exception(added: Any) -> bool:  # noqa: ANN401 - license-expression has no types
    """Return whether SPDX lists it; the library also knows exceptions of ScanCode, as `LicenseRef-…`."""
    return bool(added.is_exception) and not added.key.startswith("LicenseRef-")


def _review_one(
    what: str, licence: str | None, given: Licences
) -> tuple[list[Finding], tuple[str, ...]]:
    if licence is None or licence.strip().lower() in ("", "unknown", "other", "none"):
        return [_unknown(what, licence)], ()
    allowed = _allowed(licence, given)
    if not allowed:
        return [_not_allowed(what, licence, terms_of(licence), given)], ()
    asked = tuple(
        dict.fromkeys(
            duty for term in allowed[0] if isinstance(term, LicenceTerms) for duty in term.duties
        )
    )
    notes = [
        Finding(
            code="I04 licence-asks",
            severity="info",
            problem=f"{what.capitalize()} ({licence}): {duty}",
        )
        for duty in asked
    ]
    return notes, asked


def _allowed(licence: str, given: Licences) -> list[list[LicenceTerms | str]]:
    """Return the alternatives of a licence that allow this use; none that has no rule."""
    return [
        each
        for each in terms_of(licence)
        if all(isinstance(term, LicenceTerms) and given.use in term.uses for term in each)
    ]


def _unknown(what: str, licence: str | None) -> Finding:
    field = "base" if "model" in what else "data"
    said = "no licence was found" if licence is None else f"the licence is called {licence!r}"
    return Finding(
        code="I01 licence-unknown",
        severity="error",
        problem=f"For {what} {said}.",
        next_step=f"Find out, then write training: {{review: {{licences: {{{field}: …}}}}}} (an "
        "SPDX expression, or `own` for your own data), or let somebody answer for it: "
        "training.review.waivers with code I01.",
    )


def _not_allowed(
    what: str, licence: str, alternatives: Sequence[Sequence[LicenceTerms | str]], given: Licences
) -> Finding:
    names = [term for each in alternatives for term in each if isinstance(term, str)]
    if names:
        return Finding(
            code="I03 licence-without-rule",
            severity="error",
            problem=f"{what.capitalize()} is under {licence}, and there is no rule for "
            f"{', '.join(dict.fromkeys(names))}.",
            next_step="Let somebody read it and answer for it: training.review.waivers with "
            "code I03.",
        )
    return Finding(
        code="I02 use-not-allowed",
        severity="error",
        problem=f"{what.capitalize()} is under {licence}, which does not allow {given.use} use.",
        next_step="Use another model or other data, or get the right and let somebody answer for "
        "it: training.review.waivers with code I02.",
    )


def _conflict(found: Mapping[str, str | None], given: Licences) -> Iterator[Finding]:
    results: set[str] = set()
    for licence in filter(None, found.values()):
        kept = [
            {term.result for term in each if isinstance(term, LicenceTerms) and term.result}
            for each in _allowed(licence, given) or terms_of(licence)
        ]
        results |= min(kept, key=len)
    if len(results) > 1:
        yield Finding(
            code="I05 results-differ",
            severity="error",
            problem=f"Base and data each ask for their own licence of the result: "
            f"{' and '.join(sorted(results))}.",
            next_step="Ask somebody who may decide this; their name goes into "
            "training.review.waivers with code I05.",
        )
