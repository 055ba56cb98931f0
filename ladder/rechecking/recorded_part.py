"""`recorded_part`: whose answers are recorded, so that nobody can be asked fresh rows."""

from ladder.spec.candidate import Candidate


def recorded_part(candidate: Candidate | None, reference: Candidate | None) -> str:
    """Return whether it is the candidate or the target's reference; nothing where it is neither.

    >>> from ladder.spec.candidate import ModelRef
    >>> asked, recorded = (Candidate(model=ModelRef(id=each)) for each in ("m", "recorded:a.jsonl"))
    >>> recorded_part(asked, None), recorded_part(asked, recorded), recorded_part(recorded, asked)
    ('', 'reference', 'candidate')
    """
    named = {"candidate": candidate, "reference": reference}
    found = (what for what, each in named.items() if each is not None and each.model.is_recorded)
    return next(found, "")
