"""The lines that the gate says to a person; the last of them can be pasted."""

import json
import shlex
from collections.abc import Sequence

from ladder.formats.lines import harmless
from ladder.gate.evidence import FoundEvidence
from ladder.gate.rules import Objection
from ladder.gate.statement import EvidenceRecord, VerdictPredicate, WaiverNote

_MOST_PROBLEMS = 5
_MOST_OF_A_SENTENCE = 1500


def opened(
    evidence: FoundEvidence,
    problems: Sequence[str],
    waiver: WaiverNote | None,
    unseen: Sequence[str],
    until: str,
) -> str:
    """Return what is said where the training may start, and until when it may."""
    lines = [f"Allowed. {harmless(evidence.record.predicate.sentence, _MOST_OF_A_SENTENCE)}"]
    if problems and waiver is not None:
        lines = [
            f"WAIVED by {harmless(waiver.name)} until {waiver.expires}: {harmless(waiver.reason)}",
            *(f"Not justified: {harmless(each)}" for each in problems[:_MOST_PROBLEMS]),
        ]
    lines += [_tried(evidence.record), *_hint(evidence)]
    excused = [each for each in evidence.record.predicate.levers if each.status == "not_applicable"]
    if excused and "as declared" not in lines[0]:
        told = "; ".join(f"{each.lever}: {harmless(each.reason, 120)}" for each in excused)
        lines.append(f"Declared not applicable: {told}")
    lines += [
        f"Its run was waived by {harmless(each.name)} until {each.expires}: {harmless(each.reason)}"
        for each in evidence.record.predicate.waivers
    ]
    nobody = "somebody whom the policy does not name" if evidence.is_unchecked else "nobody"
    who = ", ".join(evidence.signers) or f"{nobody} (the policy allows it)"
    compared = f" Not compared: {', '.join(unseen)}." if unseen else ""
    lines.append(f"Signed by {who}; good until {until}.{compared}")
    return "\n".join(lines)


def blocked(run: str, evidence: FoundEvidence, found: Sequence[Objection]) -> str:
    """Return what is said to the person whom the gate stops: what to do instead, and how."""
    record = evidence.record
    predicate = record.predicate
    place = shlex.quote(run)
    lines = []
    if predicate.verdict in ("use_lever", "already_good"):
        lines += [f"Blocked. {harmless(predicate.sentence)}", f"Use instead: {_instead(record)}"]
    elif predicate.verdict == "inconclusive":
        lines += [
            f"Blocked: nothing is shown. {harmless(predicate.sentence)}",
            "A fine-tune is kept by evidence that nothing cheaper comes near it."
            if _is_retiring(predicate)
            else "A fine-tune must be justified by evidence that every cheaper lever fails.",
        ]
    else:
        lines.append("Blocked: the verdict is fine_tune, but too little was tried to believe it.")
        for each in found[:_MOST_PROBLEMS]:
            lines += [f"- {harmless(each.problem)}", f"  Next: {harmless(each.next_step)}"]
        more = len(found) - _MOST_PROBLEMS
        lines += [f"- and {more} more: ladder gate {place} --json"] if more > 0 else []
    lines += _hint(evidence)
    show = "record show" if evidence.folder is None else "report"
    lines.append(f"See it: ladder {show} {place}")
    doing = "Keep it" if _is_retiring(predicate) else "Train"
    lines.append(
        f'{doing} all the same: ladder record waive {place} --name "YOUR NAME" --reason "WHY" '
        "--key YOUR.key"
    )
    return "\n".join(lines)


def _is_retiring(predicate: VerdictPredicate) -> bool:
    return predicate.relative is not None and predicate.relative.question == "retire"


def _tried(record: EvidenceRecord) -> str:
    """Return how much was tried: of each lever the candidates, and what retrieval found."""
    tried = [each for each in record.predicate.levers if each.variants]
    told = [
        f"{each.lever} {len(each.variants)}"
        + ("" if each.recall is None else f" (found the target for {each.recall:.0%})")
        for each in tried
    ]
    count = sum(len(each.variants) for each in tried)
    return f"Tried beside the baseline: {count} in {len(tried)} levers ({', '.join(told)})."


def _hint(evidence: FoundEvidence) -> list[str]:
    hint = evidence.record.predicate.reading_hint
    return [harmless(hint)] if hint else []


def _target(predicate: VerdictPredicate) -> str:
    held = predicate.relative
    seen = None if predicate.confirmation is None else predicate.confirmation.against
    if held is None:
        return "target a reference" if predicate.target is None else f"target {predicate.target:g}"
    if seen is None:
        return f"not worse than {harmless(held.name, 60)} by more than {held.margin:g}"
    return f"{harmless(held.name, 60)} {seen.reference:.3f}, margin {held.margin:g}"


def _instead(record: EvidenceRecord) -> str:
    predicate = record.predicate
    # Of a sealed test it is known that it passed, and the score is that of the selection part.
    part = "selection" if predicate.confirmation is None else "confirmation"
    score = (
        f"{predicate.best.score:.3f} on {predicate.best.n} samples of the {part} part, "
        f"{_target(predicate)}"
    )
    if predicate.confirmation is not None:
        score += "".join(
            f"; {harmless(each.label, 60)} {each.score:.3f} of {predicate.at_least[each.label]:g}"
            for each in predicate.confirmation.classes
            if each.label in predicate.at_least
        )
    if predicate.verdict == "already_good":
        return f"what you have: {score}"
    changes = "; ".join(
        f"{part}: {json.dumps(value, ensure_ascii=False)}"
        for part, value in predicate.best.changes.items()
    )
    return f"{harmless(predicate.best.label, 120)} ({score}). {harmless(changes, 2000)}".rstrip()
