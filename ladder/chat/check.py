"""`check_context`: what every rule says about one template and how it is used, worst first."""

from collections.abc import Collection, Iterator

from ladder.chat.context import TemplateContext
from ladder.chat.probes.probes import Probes
from ladder.chat.probes.text_around import rename_words
from ladder.chat.rules import RULES
from ladder.chat.rules.names import misspelt
from ladder.chat.rules.rule import check_all
from ladder.finding import Finding

_WORST_FIRST = {"error": 0, "warning": 1, "info": 2}


def check_context(context: TemplateContext) -> list[Finding]:
    """Return what is wrong, or worth knowing, worst first; never raise for a bad template."""
    return check_probes(Probes(context))


def check_probes(probes: Probes) -> list[Finding]:
    """Return the findings of all rules over probes that may already have been rendered."""
    findings = list(check_all(RULES, probes))
    findings += _behind_typos(probes, {finding.code for finding in findings})
    return sorted(findings, key=lambda finding: _WORST_FIRST[finding.severity])


def _behind_typos(probes: Probes, known: Collection[str]) -> Iterator[Finding]:
    """Yield what else is wrong, which a misspelt name hides: nothing shows where text is lost."""
    typos = misspelt(probes)
    if not typos or probes.template is None or "R05 content-dropped" not in known:
        return
    setup = probes.setup.replace(template=rename_words(probes.template, typos))
    for finding in check_all(RULES, probes.with_setup(setup)):
        if finding.code not in known and finding.severity != "info":
            evidence = f"once {', '.join(typos)} is corrected: {finding.evidence}"
            yield finding.model_copy(update={"evidence": evidence})
