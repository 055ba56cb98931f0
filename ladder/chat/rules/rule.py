"""`Rule`, `RuleGroup` and `Hit`: one way in which a prompt goes wrong, and one place where it did."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ladder.chat.probes.probes import Probes
from ladder.finding import Finding, Severity


@dataclass(frozen=True)
class Hit:
    """One place where a rule fires. What is None is taken from the rule."""

    evidence: str
    severity: Severity | None = None
    problem: str | None = None
    repair: str | None = None


Detect = Callable[[Probes], Hit | str | None]


@dataclass(frozen=True)
class Rule:
    """One rule of the design's table.

    Attributes:
        code: Number and name.
        severity: How bad it is where its gate is open; a Hit may say otherwise.
        problem: One sentence of fact, in the user's words.
        repair: What to do now.
        detect: Return the Hit, its evidence alone, or None. The gate is part of it.
    """

    code: str
    severity: Severity
    problem: str
    repair: str
    detect: Detect

    def check(self, probes: Probes) -> Finding | None:
        """Return the finding, or None where the rule is silent."""
        hit = self.detect(probes)
        if hit is None:
            return None
        hit = Hit(hit) if isinstance(hit, str) else hit
        return Finding(
            code=self.code,
            severity=hit.severity or self.severity,
            problem=hit.problem or self.problem,
            evidence=hit.evidence,
            next_step=hit.repair or self.repair,
        )


class RuleGroup(list[Rule]):
    """Rules in their order, each added where the function stands that detects it."""

    def add(
        self, code: str, severity: Severity, problem: str, repair: str
    ) -> Callable[[Detect], Detect]:
        """Add the rule that the function below detects; the arguments are those of `Rule`."""

        def added(detect: Detect) -> Detect:
            self.append(Rule(code, severity, problem, repair, detect))
            return detect

        return added


def check_all(rules: Sequence[Rule], probes: Probes) -> Iterator[Finding]:
    """Yield the findings of a group of rules."""
    for rule in rules:
        finding = rule.check(probes)
        if finding is not None:
            yield finding


def shown(text: str | None, *, limit: int = 240) -> str:
    r"""Return a text as evidence: escapes visible, the middle left out when it is long.

    >>> shown("a\n")
    "'a\\n'"
    """
    quoted = repr(text)
    if len(quoted) <= limit:
        return quoted
    half = limit // 2
    return f"{quoted[:half]} … {quoted[-half:]}"
