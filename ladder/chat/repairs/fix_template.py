"""Repairs that change the template: candidate repairs of one fault each, the likeliest first."""

from collections.abc import Callable, Iterator

from ladder.chat.probes.probes import Probes
from ladder.chat.probes.text_around import THOUGHT_MARK, common_suffix, rename_words
from ladder.chat.repairs.patch import (
    AS_PARTS,
    AS_TEXT,
    append_header,
    given,
    replace_header,
    trim_layout,
    wrap_header,
)
from ladder.chat.rules.generation_prompt import role_header
from ladder.chat.rules.names import misspelt
from ladder.chat.template_sources import default_sources, vanished
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
    """Take a template that lies in another file, or the base model's; else send plain text.

    Never plain text to a model whose prompt form is known, only not to transformers (tekken.json).
    """
    yield from other_sources(probes)
    yield from base_template(probes)
    if not probes.context.is_mistral_common:
        yield from as_completion(probes)


def other_sources(probes: Probes) -> Iterator[ChatSetup]:
    """Take the default template of another of the model's files, the most trusted file first."""
    sources = probes.context.sources
    for name in (*vanished(sources), *default_sources(sources)):
        if sources[name] != probes.chosen_template:
            yield probes.setup.replace(template=sources[name], mode="chat")


def pinned_source(probes: Probes) -> Iterator[ChatSetup]:
    """Restore a default that transformers loses; else name the template that it takes now."""
    sources = probes.context.sources
    for name in vanished(sources):
        if name in default_sources(sources):
            yield probes.setup.replace(template=sources[name])
    if probes.own_template is not None and vanished(sources):
        yield probes.setup.replace(template=probes.own_template)


def _changed(probes: Probes, change: Callable[[str], str]) -> Iterator[ChatSetup]:
    """Yield the setup with its template changed, where it has one."""
    if probes.template is not None:
        yield probes.setup.replace(template=change(probes.template))


def giving(form: str) -> Callable[[Probes], Iterator[ChatSetup]]:
    """Return the fix that gives the messages to the template in a form of `patch.given`."""
    return lambda probes: _changed(probes, lambda template: given(template, form))


def typed_content(probes: Probes) -> Iterator[ChatSetup]:
    """Give texts to the template as typed parts."""
    yield from giving(AS_PARTS)(probes)
    yield from own_template(probes)


def joined_parts(probes: Probes) -> Iterator[ChatSetup]:
    """Give typed text parts to the template as one text."""
    yield from own_template(probes)
    yield from giving(AS_TEXT)(probes)


def failing(probes: Probes) -> Iterator[ChatSetup]:
    """Fold a system text that the template refuses where it stands; else take the own template."""
    if probes.has_system and not probes.setup.fold_system:
        yield probes.setup.replace(fold_system=True)
    yield from own_template(probes)


def lost_text(probes: Probes) -> Iterator[ChatSetup]:
    """Fold a system text that the template loses; give texts as typed parts; take the own template."""
    yield from failing(probes)
    yield from giving(AS_PARTS)(probes)
    yield from giving(AS_TEXT)(probes)


def as_completion(probes: Probes) -> Iterator[ChatSetup]:
    """Send plain text."""
    yield probes.setup.replace(mode="completion")


def typos(probes: Probes) -> Iterator[ChatSetup]:
    """Correct misspelt names and keys."""
    yield from _changed(probes, lambda template: rename_words(template, misspelt(probes)))
    yield from own_template(probes)


def generation_prompt(probes: Probes) -> Iterator[ChatSetup]:
    """Let the prompt end with the header of a reply."""
    if not probes.setup.add_generation_prompt:
        yield probes.setup.replace(add_generation_prompt=True)
    for header in _openings(probes):
        if probes.template is not None:
            text = append_header(probes.template, header, probes.plain_tail or "")
            yield probes.setup.replace(template=text, add_generation_prompt=True)
    yield from own_template(probes)


def _openings(probes: Probes) -> Iterator[str]:
    """Yield how a reply may be opened: as in the history, first without what the model itself writes.

    A space at the end is left to the model, as most tokens of words begin with one.
    """
    for header in probes.headers:
        for opening in dict.fromkeys((role_header(probes, header), header)):
            yield opening.rstrip(" ") or opening


def generation_header(probes: Probes) -> Iterator[ChatSetup]:
    """Make the generation prompt equal to the header in the history; its thoughts stay as they are."""
    tail = probes.tail or ""
    mark = THOUGHT_MARK.search(tail)
    thoughts = "" if mark is None else tail[mark.start() :]
    openings = [f"{role_header(probes, header)}{thoughts}" for header in probes.headers if thoughts]
    openings += _openings(probes)
    # What ends as it does now changes least.
    for opening in sorted(openings, key=lambda each: -len(common_suffix(each, tail))):
        if probes.template is not None and _same_thoughts(opening, tail):
            text = replace_header(probes.template, opening, probes.plain_tail or "")
            yield probes.setup.replace(template=text)
    yield from own_template(probes)


def with_preamble(probes: Probes) -> Iterator[ChatSetup]:
    """Let the prompt end with all that stands before replies in the history: an empty thought, a channel."""
    tail = probes.tail or ""
    for header in probes.headers:
        if probes.template is not None and header.startswith(tail) and header[len(tail) :].strip():
            text = replace_header(probes.template, header, probes.plain_tail or "")
            yield probes.setup.replace(template=text)


def _same_thoughts(header: str, tail: str) -> bool:
    """Return whether both open and close thoughts alike: a repair does not switch reasoning."""
    return THOUGHT_MARK.findall(header) == THOUGHT_MARK.findall(tail)


def header_on_demand(probes: Probes) -> Iterator[ChatSetup]:
    """Write the final header only where it is asked for."""
    text = wrap_header(probes.template or "", probes.last_end or "")
    if text is not None:
        yield probes.setup.replace(template=text)
    yield from own_template(probes)


def trimmed(probes: Probes) -> Iterator[ChatSetup]:
    """Take out white space that only lays the template out."""
    yield from _changed(probes, trim_layout)
    yield from own_template(probes)


def as_chat(probes: Probes) -> Iterator[ChatSetup]:
    """Send a chat."""
    if probes.chosen_template is not None:
        yield probes.setup.replace(mode="chat", add_special_tokens=False)
    else:
        for setup in base_template(probes):
            yield setup.replace(add_special_tokens=False)
