"""Fixes of the call: arguments, special tokens, stop tokens, padding. The template stays as it is."""

import re
from collections.abc import Iterator
from datetime import datetime

from ladder.chat.probes.probes import Probes
from ladder.chat.repairs.fix_template import as_completion, own_template
from ladder.chat.rules.generation_prompt import model_must_emit
from ladder.chat.rules.history import date_argument
from ladder.chat.rules.names import ignored_arguments, renamed_switch, thinking_switches
from ladder.chat.rules.stop_rules import call_end, turn_end
from ladder.chat.sandbox.render import FROZEN_NOW
from ladder.spec.candidate import ChatSetup


def arguments(probes: Probes) -> Iterator[ChatSetup]:
    """Give a reasoning switch the name that is read; else drop arguments that nobody reads."""
    given, ignored = probes.setup.template_arguments, ignored_arguments(probes)
    kept = {name: value for name, value in given.items() if name not in ignored}
    renamed = renamed_switch(probes)
    if renamed is not None:
        _, name, value = renamed
        yield probes.setup.replace(template_arguments={**kept, name: value})
        return
    yield probes.setup.replace(template_arguments=kept)


def fixed_date(probes: Probes) -> Iterator[ChatSetup]:
    """Hold the date, by the option that the template has for it."""
    argument = date_argument(probes)
    now = datetime.fromisoformat(FROZEN_NOW)
    if argument is None:
        return
    for form in probes.facts.get("date_formats", ()):
        fixed = {**probes.setup.template_arguments, argument: now.strftime(str(form))}
        yield probes.setup.replace(template_arguments=fixed)


def no_special_tokens(probes: Probes) -> Iterator[ChatSetup]:
    """Let the tokenizer add nothing to what the template wrote."""
    yield probes.setup.replace(add_special_tokens=False)


def one_bos(probes: Probes) -> Iterator[ChatSetup]:
    """Write the start token once: in the call, else in the template."""
    yield from no_special_tokens(probes)
    template = probes.template
    if template is not None:
        without = re.sub(r"\{\{-?\s*bos_token\s*-?\}\}", "", template, count=1)
        literal = template.replace(probes.special_tokens.get("bos_token") or "\0", "", 1)
        for text in (without, literal, "{% set bos_token = '' %}\n" + template):
            if text != template:
                yield probes.setup.replace(template=text)
    yield from own_template(probes)


def bos(probes: Probes) -> Iterator[ChatSetup]:
    """Begin with the start token: in the call, else in the template."""
    yield probes.setup.replace(add_special_tokens=True)
    if probes.template is not None:
        text = "{{ bos_token }}" + probes.template
        yield probes.setup.replace(template=text, add_special_tokens=False)


def known_tokens(probes: Probes) -> Iterator[ChatSetup]:
    """Let the model read control tokens that it knows."""
    if probes.setup.split_special_tokens:
        yield probes.setup.replace(split_special_tokens=False)
    yield from own_template(probes)
    yield from as_completion(probes)


def stop_on_turn_end(probes: Probes) -> Iterator[ChatSetup]:
    """Stop where the template ends a turn, too."""
    named = (turn_end(probes), probes.special_tokens.get("eos_token"))
    ends = tuple(dict.fromkeys(token for token in named if token))
    of_call = call_end(probes) if probes.uses_tools else None
    for added in ((of_call,) if of_call else (), ends[:1], ends, (*ends[:1], of_call or "")):
        if added:
            yield stop_also_on(probes.setup, *(token for token in added if token))


def stop_on_eos(probes: Probes) -> Iterator[ChatSetup]:
    """Stop on the tokenizer's end token, and on no name that is no token."""
    eos = probes.special_tokens.get("eos_token")
    known = tuple(token for token in probes.named_stops if len(probes.ids_of(token)) == 1)
    field = "extra_stop_tokens" if probes.setup.stop_tokens is None else "stop_tokens"
    setup = probes.setup.replace(**{field: known})
    yield from (setup, stop_also_on(setup, eos)) if eos else (setup,)


def stop_also_on(setup: ChatSetup, *tokens: str) -> ChatSetup:
    """Return the setup with more tokens to stop on; repairs of the stop set are unions."""
    field = "extra_stop_tokens" if setup.stop_tokens is None else "stop_tokens"
    union = dict.fromkeys((*(getattr(setup, field) or ()), *tokens))
    return setup.replace(**{field: tuple(union)})


def without_stop(probes: Probes) -> Iterator[ChatSetup]:
    """Take out of the stop set what the model writes before its answer."""
    emitted = probes.control_tokens(model_must_emit(probes))
    kept = [t for t, id_ in probes.added_tokens.items() if id_ in probes.stop_ids]
    yield probes.setup.replace(
        stop_tokens=tuple(token for token in kept if token not in emitted), extra_stop_tokens=()
    )


def folded(probes: Probes) -> Iterator[ChatSetup]:
    """Put the system text before the first user text."""
    if not probes.setup.fold_system:
        yield probes.setup.replace(fold_system=True)


def thinking(probes: Probes) -> Iterator[ChatSetup]:
    """Set the switch for reasoning, each way."""
    given = probes.setup.template_arguments
    for switch in thinking_switches(probes)[:1]:
        if switch in {"enable_thinking", "thinking"}:
            for value in (False, True):
                yield probes.setup.replace(template_arguments={**given, switch: value})
