"""`propose_repairs`: setups in which what was found is mended, the most trusted first.

Nothing of the user's is edited. Every setup is checked again before it is proposed: a repair is kept
only if its rule is silent afterwards, and none is kept that brings an error or a warning of its own; of
the model's own template only errors count, as it was trained with the rest.
Whether it helps, the score decides. What stays is for a person (`left_over`).
"""

import difflib
from collections.abc import Callable, Collection, Iterator
from typing import Any

from ladder.chat.check import check_probes
from ladder.chat.context import TemplateContext
from ladder.chat.probes.probes import Probes
from ladder.chat.repairs import fix_call, fix_template, patch
from ladder.finding import Finding
from ladder.frozen import digest_of
from ladder.spec.candidate import ChatSetup

_WITHOUT_PROMPT = ("u", "ua", "uau", "uaua")
Fix = Callable[[Probes], Iterator[ChatSetup]]


def propose_repairs(context: TemplateContext, *, model: str | None = None) -> list[ChatSetup]:
    """Return repaired setups, the fullest repair first, then other right forms; often none.

    A Candidate with another model than `model` ignores the setups.
    """
    found = Probes(context)
    best = _repair(found)
    findings = check_probes(found)
    known, is_opened = _grave(findings), any(_fires(findings, code) for code in ("R02", "R04"))
    forms = [*_alternatives(best), *(fix_template.with_preamble(best) if is_opened else ())]
    others = [setup for setup in forms if _adds_nothing(found, setup, known)]
    proposals = [best.setup, *others]
    model = model or context.setup.model
    named = [setup.replace(model=model) for setup in proposals]
    unchanged = context.setup.replace(model=model)
    return [
        setup
        for position, setup in enumerate(named)
        if setup != unchanged and setup not in named[:position]
    ]


def left_over(context: TemplateContext, setup: ChatSetup) -> list[Finding]:
    """Return the errors and warnings that a repaired setup still has: no program repairs them."""
    findings = check_probes(Probes(context).with_setup(setup))
    return [finding for finding in findings if finding.severity != "info"]


def changes_prompts(context: TemplateContext, setup: ChatSetup) -> bool:
    """Return whether a setup changes what the model gets of the task: its prompts, or the rest.

    A date that ladder holds anyway, or a switch at its default, is no candidate to measure.
    """
    probes = Probes(context)
    trial = probes.with_setup(setup)
    texts = {"template", "template_arguments", "fold_system", "model"}
    rest = (each.setup.model_dump(exclude=texts) for each in (probes, trial))
    if not probes.task_outcomes or len({str(each) for each in rest}) > 1:
        return True
    return probes.task_outcomes != trial.task_outcomes


def _adds_nothing(found: Probes, setup: ChatSetup, known: Collection[tuple[str, str]]) -> bool:
    """Return whether another form brings no error, and no warning that is about more than choice."""
    trial = found.with_setup(setup)
    return _of_repair(found, trial, check_probes(trial)) <= set(known)


# They say that another form exists, which is so for each of two.
_MATTERS_OF_CHOICE = frozenset(
    {"L08 differs-from-reference", "L09 template-unused", "R25 thinking-mode-implicit"}
)


def _repair(probes: Probes) -> Probes:
    """Return the probes of the fullest repair that brings nothing of its own.

    Where there was no prompt at all, a warning about the repaired one was there to be found before.
    """
    before = _grave(check_probes(probes))
    best = _repaired(probes, refuse=("error",))
    if not probes.prompts or _of_repair(probes, best, check_probes(best)) <= before:
        return best
    return _repaired(probes, refuse=("error", "warning"))


def _repaired(probes: Probes, refuse: Collection[str]) -> Probes:
    """Apply the fixes in order, each to what the ones before it left.

    New findings of the severities in `refuse` undo a fix; later fixes may mend a warning.
    """
    findings = check_probes(probes)
    for code, fix in _FIXES:
        if _fires(findings, code):
            repaired = _first_that_helps(probes, findings, code, fix, refuse)
            if repaired is not None:
                probes, findings = repaired
    return probes


def _first_that_helps(
    probes: Probes, findings: list[Finding], code: str, fix: Fix, refuse: Collection[str]
) -> tuple[Probes, list[Finding]] | None:
    allowed = _grave(findings)
    for setup in fix(probes):
        trial = probes.with_setup(setup)
        after = check_probes(trial)
        new = {each for each in _of_repair(probes, trial, after) - allowed if each[1] in refuse}
        if not new and not _fires(after, code) and _keeps_the_rest(code, probes, trial):
            return trial, after
    return None


def _grave(findings: list[Finding]) -> set[tuple[str, str]]:
    """Return the errors and warnings, a warning that became an error among them."""
    grave = {(each.code, each.severity) for each in findings if each.severity != "info"}
    worse = {(code, "warning") for code, severity in grave if severity == "error"}
    return {each for each in grave | worse if each[0] not in _MATTERS_OF_CHOICE}


def _of_repair(start: Probes, repaired: Probes, findings: list[Finding]) -> set[tuple[str, str]]:
    """Return the errors and warnings that count against a repair.

    Where it goes back to the model's own template, warnings are about how the model was trained.
    """
    own = repaired.own_template
    is_own = own is not None and repaired.template == own and start.template != own
    return {each for each in _grave(findings) if each[1] == "error" or not is_own}


# What a patch for these rules must leave as it is, byte for byte: it is not what they are about.
_UNTOUCHED = {"R02": _WITHOUT_PROMPT, "R04": _WITHOUT_PROMPT, "R03": ("u+", "uau+", "uasu+")}


def _keeps_the_rest(code: str, before: Probes, after: Probes) -> bool:
    """Return whether a patched template renders everything that is not at fault as before."""
    if after.setup.template is None or code not in _UNTOUCHED:
        return True
    return all(before.text(name) == after.text(name) for name in _UNTOUCHED[code])


def _fires(findings: list[Finding], code: str) -> bool:
    return any(finding.code.startswith(code) and finding.severity != "info" for finding in findings)


def _alternatives(best: Probes) -> Iterator[ChatSetup]:
    """Yield other forms that may be the right one, each repaired in its turn."""
    findings = check_probes(best)
    if _fires(findings, "R18"):
        trimmed = _first_that_helps(
            best, findings, "R18", fix_template.trimmed, ("error", "warning")
        )
        yield from [] if trimmed is None else [trimmed[0].setup]
    base = best.context.base_template
    if best.own_template is None and base is not None and best.setup.template == base:
        for setup in fix_template.as_completion(best):
            yield _repair(best.with_setup(setup)).setup
    for code, fix in _OTHER_FORMS:
        if _fires(findings, code):
            for setup in fix(best):
                yield _repair(best.with_setup(setup)).setup


def _setting(**options: Any) -> Fix:  # noqa: ANN401 - of a ChatSetup
    """Return the fix that sets options of the call."""
    return lambda probes: iter((probes.setup.replace(**options),))


# The order of the design: data, selection, rendering, tokens, stopping, batches.
_FIXES: tuple[tuple[str, Fix], ...] = (
    ("L01", fix_template.missing_template),
    ("L03", fix_template.pinned_source),
    ("L03", fix_template.named_template),
    ("L04", fix_template.named_template),
    ("L05", fix_template.own_template),
    ("L06", fix_template.own_template),
    ("R23", fix_template.own_template),
    ("R19", fix_template.typos),
    ("R24", fix_call.arguments),
    ("R01", fix_template.failing),
    ("R11", fix_template.giving(patch.KNOWN_ROLES)),
    ("R05", fix_template.typed_content),
    ("R07", fix_call.folded),
    ("R06", fix_call.folded),
    ("R03", fix_template.header_on_demand),
    ("R02", fix_template.generation_prompt),
    ("R04", fix_template.generation_header),
    ("R26", fix_template.own_template),
    ("R28", fix_template.joined_parts),
    ("R30", fix_template.lost_text),
    ("R32", fix_template.giving(patch.NO_EMPTY_CALLS)),
    ("R22", fix_call.fixed_date),
    ("K04", fix_call.known_tokens),
    ("K01", fix_call.one_bos),
    ("K03", fix_call.no_special_tokens),
    ("K02", fix_call.bos),
    ("S04", fix_call.stop_on_eos),
    ("S05", fix_call.stop_on_turn_end),
    ("S03", fix_call.without_stop),
    ("S01", fix_call.stop_on_turn_end),
    ("S02", fix_template.own_template),
    ("B01", _setting(padding_side="left")),
)


_OTHER_FORMS: tuple[tuple[str, Fix], ...] = (
    ("L02", fix_template.other_sources),
    ("L08", fix_template.own_template),
    ("L08", fix_template.base_template),
    ("L09", fix_template.as_chat),
    ("R25", fix_call.thinking),
)


def show_repair(context: TemplateContext, repaired: ChatSetup) -> str:
    """Return call options and template before and after, as one unified diff.

    The first two lines name the digests of both, so that a record can point to them.
    """
    old, new = context.setup, repaired
    before, after = _lines(context, old), _lines(context, new)
    lines = difflib.unified_diff(
        before,
        after,
        fromfile=f"before {digest_of(before)[:12]}",
        tofile=f"after {digest_of(after)[:12]}",
        lineterm="",
    )
    return "\n".join(lines)


def _lines(context: TemplateContext, setup: ChatSetup) -> list[str]:
    options = setup.model_dump(mode="json", exclude={"template", "model"})
    listed = [f"chat.{name}: {value}" for name, value in sorted(options.items())]
    own = Probes(context).own_template
    template = setup.template if setup.template is not None else own
    return [*listed, "chat.template:", *(template or "").splitlines()]
