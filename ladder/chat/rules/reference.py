"""L08: the template against the model's own, where the model's own is sound."""

from ladder.chat.probes.probes import Probes
from ladder.chat.rules import content, generation_prompt, history, names, roles
from ladder.chat.rules.rule import Hit, RuleGroup, check_all, shown

_OWN_MUST_PASS = (
    *content.RULES,
    *generation_prompt.RULES,
    *roles.RULES,
    *names.RULES,
    *history.RULES,
)

RULES = RuleGroup()


@RULES.add(
    "L08 differs-from-reference",
    "warning",
    "The template is not the one that the model was trained with.",
    "Try the model's own template as well, and keep the better one.",
)
def _differs_from_own(probes: Probes) -> Hit | str | None:
    own = probes.own_template
    if probes.template is not None and own is not None and probes.setup.template is None:
        return _differs_from_base(probes)
    if probes.template is None or own is None or probes.template.strip() == own.strip():
        return None
    mine, theirs = probes.text("uau+"), probes.own.text("uau+")
    if mine is None or theirs is None or mine == theirs:
        return None
    if any(finding.severity == "error" for finding in check_all(_OWN_MUST_PASS, probes.own)):
        return None
    return f"this one writes {shown(mine, limit=160)}, the model's own {shown(theirs, limit=160)}"


def _differs_from_base(probes: Probes) -> Hit | None:
    """Compare a fine-tune's own template with that of the model it was tuned from."""
    base = probes.base
    mine, theirs = probes.text("uau+"), None if base is None else base.text("uau+")
    if mine is None or theirs is None or mine == theirs:
        return None
    return Hit(
        f"this one writes {shown(mine, limit=160)}, {probes.context.base_model} writes "
        f"{shown(theirs, limit=160)}",
        problem="The template is not that of the model from which this one was tuned.",
        repair="Use the one that the weights were trained with; try both, and keep the better one.",
    )
