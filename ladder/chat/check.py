"""`check_situation`: every rule over one situation."""

from ladder.chat.probe import Probes
from ladder.chat.rules import RULES
from ladder.chat.rules.rule import check_all
from ladder.chat.situation import Situation
from ladder.spec.finding import Finding

_WORST_FIRST = {"error": 0, "warning": 1, "info": 2}


def check_situation(situation: Situation) -> list[Finding]:
    """Return what is wrong, or worth knowing, worst first; never raise for a bad template."""
    return check_probes(Probes(situation))


def check_probes(probes: Probes) -> list[Finding]:
    """Return the findings of all rules over probes that may already have been rendered."""
    findings = list(check_all(RULES, probes))
    return sorted(findings, key=lambda finding: _WORST_FIRST[finding.severity])
