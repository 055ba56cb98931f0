"""`propose_repairs`: setups in which what was found is mended, the most trusted first.

Nothing of the user's is edited. A repair is kept only if its rule is silent afterwards and no new
error appears; whether it helps, the score decides.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator

from ladder.chat.check import check_probes
from ladder.chat.patch import append_header, rename_words, replace_header, trim_layout, wrap_header
from ladder.chat.probe import Probes
from ladder.chat.rules.names import ignored_arguments, misspelt, thinking_switches
from ladder.chat.rules.reply import model_must_emit
from ladder.chat.rules.stopping import turn_end
from ladder.chat.situation import Situation
from ladder.spec.candidate import ChatSetup
from ladder.spec.finding import Finding

Fix = Callable[[Probes], Iterator[ChatSetup]]


def propose_repairs(situation: Situation, *, model: str | None = None) -> list[ChatSetup]:
    """Return repaired setups, the fullest repair first, then other right forms; often none.

    Args:
        situation: What was found faulty, or not.
        model: The id of the model; a Candidate with another model then ignores the setups.
    """
    best = _repair(Probes(situation))
    proposals = [best.setup, *_alternatives(best)]
    model = model or situation.setup.model
    named = [setup.replace(model=model) for setup in proposals]
    unchanged = situation.setup.replace(model=model)
    return [
        setup
        for position, setup in enumerate(named)
        if setup != unchanged and setup not in named[:position]
    ]


def _repair(probes: Probes) -> Probes:
    """Apply the fixes in order, each to what the ones before it left."""
    findings = check_probes(probes)
    for code, fix in _FIXES:
        if _fires(findings, code):
            repaired = _first_that_helps(probes, findings, code, fix)
            if repaired is not None:
                probes, findings = repaired
    return probes


def _first_that_helps(
    probes: Probes, findings: list[Finding], code: str, fix: Fix
) -> tuple[Probes, list[Finding]] | None:
    allowed = {finding.code for finding in findings if finding.severity == "error"}
    for setup in fix(probes):
        trial = _with_setup(probes, setup)
        after = check_probes(trial)
        new = {finding.code for finding in after if finding.severity == "error"} - allowed
        if not new and not _fires(after, code):
            return trial, after
    return None


def _fires(findings: list[Finding], code: str) -> bool:
    return any(finding.code.startswith(code) and finding.severity != "info" for finding in findings)


def _with_setup(probes: Probes, setup: ChatSetup) -> Probes:
    return Probes(dataclasses.replace(probes.situation, setup=setup))


def _own_template(probes: Probes) -> Iterator[ChatSetup]:
    if probes.own_template is not None and probes.setup.template is not None:
        yield probes.setup.replace(template=None, mode="chat")


def _named_template(probes: Probes) -> Iterator[ChatSetup]:
    named = probes.situation.named_templates
    wanted = probes.setup.template
    if wanted in named:
        yield probes.setup.replace(template=named[wanted])
    yield from _own_template(probes)
    for name in sorted(named):
        yield probes.setup.replace(template=named[name])


def _as_completion(probes: Probes) -> Iterator[ChatSetup]:
    yield probes.setup.replace(mode="completion")


def _typos(probes: Probes) -> Iterator[ChatSetup]:
    if probes.template is not None:
        text = rename_words(probes.template, misspelt(probes))
        yield probes.setup.replace(template=text)
    yield from _own_template(probes)


def _generation_prompt(probes: Probes) -> Iterator[ChatSetup]:
    if not probes.setup.add_generation_prompt:
        yield probes.setup.replace(add_generation_prompt=True)
    for header in probes.headers:
        if probes.template is not None:
            text = append_header(probes.template, header, probes.plain_tail or "")
            yield probes.setup.replace(template=text, add_generation_prompt=True)
    yield from _own_template(probes)


def _generation_header(probes: Probes) -> Iterator[ChatSetup]:
    for header in probes.headers:
        if probes.template is not None:
            text = replace_header(probes.template, header, probes.plain_tail or "")
            yield probes.setup.replace(template=text)
    yield from _own_template(probes)


def _header_on_demand(probes: Probes) -> Iterator[ChatSetup]:
    text = wrap_header(probes.template or "", probes.last_end or "")
    if text is not None:
        yield probes.setup.replace(template=text)
    yield from _own_template(probes)


def _fold_system(probes: Probes) -> Iterator[ChatSetup]:
    yield probes.setup.replace(fold_system=True)


def _arguments(probes: Probes) -> Iterator[ChatSetup]:
    ignored = ignored_arguments(probes)
    kept = {k: v for k, v in probes.setup.template_arguments.items() if k not in ignored}
    switches = thinking_switches(probes)
    if len(ignored) == 1 and len(switches) == 1:
        value = probes.setup.template_arguments[ignored[0]]
        yield probes.setup.replace(template_arguments={**kept, switches[0]: value})
    yield probes.setup.replace(template_arguments=kept)


def _no_special_tokens(probes: Probes) -> Iterator[ChatSetup]:
    yield probes.setup.replace(add_special_tokens=False)


def _one_bos(probes: Probes) -> Iterator[ChatSetup]:
    yield from _no_special_tokens(probes)
    template = probes.template
    if template is not None:
        without = re.sub(r"\{\{-?\s*bos_token\s*-?\}\}", "", template, count=1)
        literal = template.replace(probes.special_tokens.get("bos_token") or "\0", "", 1)
        for text in (without, literal, "{% set bos_token = '' %}\n" + template):
            if text != template:
                yield probes.setup.replace(template=text)
    yield from _own_template(probes)


def _bos(probes: Probes) -> Iterator[ChatSetup]:
    yield probes.setup.replace(add_special_tokens=True)
    if probes.template is not None:
        text = "{{ bos_token }}" + probes.template
        yield probes.setup.replace(template=text, add_special_tokens=False)


def _known_tokens(probes: Probes) -> Iterator[ChatSetup]:
    if probes.setup.split_special_tokens:
        yield probes.setup.replace(split_special_tokens=False)
    yield from _own_template(probes)
    yield from _as_completion(probes)


def _stop_on_turn_end(probes: Probes) -> Iterator[ChatSetup]:
    named = (turn_end(probes), probes.special_tokens.get("eos_token"))
    ends = tuple(dict.fromkeys(token for token in named if token))
    for added in (ends[:1], ends):
        yield _stop_also_on(probes.setup, *added)


def _stop_on_eos(probes: Probes) -> Iterator[ChatSetup]:
    eos = probes.special_tokens.get("eos_token")
    known = tuple(token for token in probes.named_stops if len(probes.ids_of(token)) == 1)
    field = "extra_stop_tokens" if probes.setup.stop_tokens is None else "stop_tokens"
    setup = probes.setup.replace(**{field: known})
    yield from (setup, _stop_also_on(setup, eos)) if eos else (setup,)


def _stop_also_on(setup: ChatSetup, *tokens: str) -> ChatSetup:
    """Return the setup with more tokens to stop on; repairs of the stop set are unions."""
    field = "extra_stop_tokens" if setup.stop_tokens is None else "stop_tokens"
    union = dict.fromkeys((*(getattr(setup, field) or ()), *tokens))
    return setup.replace(**{field: tuple(union)})


def _without_stop(probes: Probes) -> Iterator[ChatSetup]:
    """Take out of the stop set what the model writes before its answer."""
    emitted = probes.control_tokens(model_must_emit(probes))
    kept = [t for t, id_ in probes.added_tokens.items() if id_ in probes.stop_ids]
    yield probes.setup.replace(
        stop_tokens=tuple(token for token in kept if token not in emitted), extra_stop_tokens=()
    )


def _left_padding(probes: Probes) -> Iterator[ChatSetup]:
    yield probes.setup.replace(padding_side="left")


# The order of the design: data, selection, rendering, tokens, stopping, batches.
_FIXES: tuple[tuple[str, Fix], ...] = (
    ("L01", _as_completion),
    ("L03", _named_template),
    ("L04", _named_template),
    ("L05", _own_template),
    ("L06", _own_template),
    ("R23", _own_template),
    ("R19", _typos),
    ("R24", _arguments),
    ("R01", _own_template),
    ("R05", _own_template),
    ("R07", _fold_system),
    ("R06", _fold_system),
    ("R03", _header_on_demand),
    ("R02", _generation_prompt),
    ("R04", _generation_header),
    ("R26", _own_template),
    ("R28", _own_template),
    ("K04", _known_tokens),
    ("K01", _one_bos),
    ("K03", _no_special_tokens),
    ("K02", _bos),
    ("S04", _stop_on_eos),
    ("S05", _stop_on_turn_end),
    ("S03", _without_stop),
    ("S01", _stop_on_turn_end),
    ("S02", _own_template),
    ("B01", _left_padding),
)


def _alternatives(best: Probes) -> Iterator[ChatSetup]:
    """Yield other forms that may be the right one, each repaired in its turn."""
    findings = check_probes(best)
    if _fires(findings, "R18"):
        trimmed = _first_that_helps(best, findings, "R18", _trimmed)
        yield from [] if trimmed is None else [trimmed[0].setup]
    for code, fix in _OTHER_FORMS:
        if _fires(findings, code):
            for setup in fix(best):
                yield _repair(_with_setup(best, setup)).setup


def _trimmed(probes: Probes) -> Iterator[ChatSetup]:
    if probes.template is not None:
        yield probes.setup.replace(template=trim_layout(probes.template))
    yield from _own_template(probes)


def _as_chat(probes: Probes) -> Iterator[ChatSetup]:
    yield probes.setup.replace(mode="chat", add_special_tokens=False)


def _thinking(probes: Probes) -> Iterator[ChatSetup]:
    given = probes.setup.template_arguments
    for switch in thinking_switches(probes)[:1]:
        if switch in {"enable_thinking", "thinking"}:
            for value in (False, True):
                yield probes.setup.replace(template_arguments={**given, switch: value})


_OTHER_FORMS: tuple[tuple[str, Fix], ...] = (
    ("L08", _own_template),
    ("L09", _as_chat),
    ("R25", _thinking),
)
