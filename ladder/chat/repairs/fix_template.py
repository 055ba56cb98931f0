"""Repairs that change the template: candidate repairs of one fault each, the likeliest first."""

from collections.abc import Iterator

from ladder.chat.probes.around import rename_words
from ladder.chat.probes.probes import Probes
from ladder.chat.repairs.patch import append_header, replace_header, trim_layout, wrap_header
from ladder.chat.rules.names import misspelt
from ladder.spec.candidate import ChatSetup


def own_template(probes: Probes) -> Iterator[ChatSetup]:
    """Take the model's own template."""
    if probes.own_template is not None and probes.setup.template is not None:
        yield probes.setup.replace(template=None, mode="chat")


def named_template(probes: Probes) -> Iterator[ChatSetup]:
    """Take one of the model's named templates, the one that was meant first."""
    named = probes.context.named_templates
    wanted = probes.setup.template
    if wanted in named:
        yield probes.setup.replace(template=named[wanted])
    yield from own_template(probes)
    for name in sorted(named):
        yield probes.setup.replace(template=named[name])


def base_template(probes: Probes) -> Iterator[ChatSetup]:
    """Take the template of the model that this one was tuned from."""
    if probes.context.base_template is not None:
        yield probes.setup.replace(template=probes.context.base_template, mode="chat")


def missing_template(probes: Probes) -> Iterator[ChatSetup]:
    """Take the base model's template, else send plain text."""
    yield from base_template(probes)
    yield from as_completion(probes)


def as_completion(probes: Probes) -> Iterator[ChatSetup]:
    """Send plain text."""
    yield probes.setup.replace(mode="completion")


def typos(probes: Probes) -> Iterator[ChatSetup]:
    """Correct misspelt names and keys."""
    if probes.template is not None:
        text = rename_words(probes.template, misspelt(probes))
        yield probes.setup.replace(template=text)
    yield from own_template(probes)


def generation_prompt(probes: Probes) -> Iterator[ChatSetup]:
    """Let the prompt end with the header of a reply."""
    if not probes.setup.add_generation_prompt:
        yield probes.setup.replace(add_generation_prompt=True)
    for header in probes.headers:
        if probes.template is not None:
            text = append_header(probes.template, header, probes.plain_tail or "")
            yield probes.setup.replace(template=text, add_generation_prompt=True)
    yield from own_template(probes)


def generation_header(probes: Probes) -> Iterator[ChatSetup]:
    """Make the generation prompt equal to the header in the history."""
    for header in probes.headers:
        if probes.template is not None:
            text = replace_header(probes.template, header, probes.plain_tail or "")
            yield probes.setup.replace(template=text)
    yield from own_template(probes)


def header_on_demand(probes: Probes) -> Iterator[ChatSetup]:
    """Write the final header only where it is asked for."""
    text = wrap_header(probes.template or "", probes.last_end or "")
    if text is not None:
        yield probes.setup.replace(template=text)
    yield from own_template(probes)


def trimmed(probes: Probes) -> Iterator[ChatSetup]:
    """Take out white space that only lays the template out."""
    if probes.template is not None:
        yield probes.setup.replace(template=trim_layout(probes.template))
    yield from own_template(probes)


def as_chat(probes: Probes) -> Iterator[ChatSetup]:
    """Send a chat."""
    if probes.chosen_template is not None:
        yield probes.setup.replace(mode="chat", add_special_tokens=False)
    else:
        for setup in base_template(probes):
            yield setup.replace(add_special_tokens=False)
