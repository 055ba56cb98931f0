"""Mark in a template what the model itself writes, for trainers that mask by such marks (F02).

The original stands unchanged inside a macro. Around it, each reply is found as what the
conversation up to it gains over the prompt that asks for it, so no family has to be known. The
text stays the same byte for byte; where a prefix does not fit (rewritten history), the reply is
not marked rather than marked wrongly.
"""

import re

from ladder.chat.check import check_probes
from ladder.chat.probes.conversations import A1, A2, CONVERSATIONS
from ladder.chat.probes.probes import Probes
from ladder.chat.probes.text_around import common_suffix
from ladder.chat.repairs.patch import ended, quoted
from ladder.chat.sandbox.render import Job, render_with_spans
from ladder.errors import LadderError

_MARKED = """\
{{% macro ladder_text(messages, add_generation_prompt) %}}
{original}{{{{ '' }}}}{{% endmacro %}}
{{%- set ladder = namespace(at=0, whole=ladder_text(messages, add_generation_prompt)) -%}}
{{%- for ladder_message in messages -%}}{{%- if ladder_message.role == 'assistant' and not loop.first -%}}
{{%- set ladder.start = ladder_text(messages[:loop.index0], true) -%}}
{{%- if not ladder.whole.startswith(ladder.start) -%}}
{{%- set ladder.start = ladder_text(messages[:loop.index0], false) -%}}{{%- endif -%}}
{{%- set ladder.end = ladder_text(messages[:loop.index], false) -%}}
{{%- if not ladder.whole.startswith(ladder.end) and ladder.end.endswith({last}) -%}}
{{%- set ladder.end = ladder.end[:ladder.end|length - {last}|length] ~ {middle} -%}}{{%- endif -%}}
{{%- if loop.last and not add_generation_prompt -%}}
{{%- set ladder.whole = ladder.whole ~ {stop} -%}}{{%- endif -%}}
{{%- set ladder.end = ladder.end ~ {stop} -%}}
{{%- if ladder.whole.startswith(ladder.start) and ladder.whole.startswith(ladder.end) -%}}
{{{{- ladder.whole[ladder.at:ladder.start|length] -}}}}
{{% generation %}}{{{{- ladder.whole[ladder.start|length:ladder.end|length] -}}}}{{% endgeneration %}}
{{%- set ladder.at = ladder.end|length -%}}
{{%- endif -%}}{{%- endif -%}}{{%- endfor -%}}
{{{{- ladder.whole[ladder.at:] -}}}}"""


def mark_replies(probes: Probes) -> str | None:
    """Return the template with `{% generation %}` around replies; None where that cannot be done.

    A template whose last reply is ended only by the next turn's header (GLM) gets that header's
    token at its end, which is what the model has to learn to write.
    """
    template = probes.template
    if template is None or not probes.facts:
        return None
    if "generation" in probes.facts["tags"]:
        return _marked_anew(probes, template)
    last, middle = probes.last_end or "", _middle_close(probes)
    marked = _MARKED.format(
        original=ended(template),
        last=quoted(last),
        middle=quoted(middle),
        stop=quoted(_missing_stop(probes)),
    )
    return marked if _is_proven(probes, marked) else None


def _marked_anew(probes: Probes, template: str) -> str | None:
    """Return the template with other marks, where its own miss the end token or sit wrong.

    Its own become conditions that always hold, so that the text stays the same byte for byte.
    """
    if not any(finding.code[:3] in _WRONG_MARKS for finding in check_probes(probes)):
        return None
    plain = _MARK_TAG.sub(lambda tag: f"{tag[1]} {_IN_PLACE[tag[2]]} {tag[3]}", template)
    without = probes.with_setup(probes.setup.replace(template=plain))
    marked = (
        None
        if "generation" in without.facts.get("tags", ("generation",))
        else mark_replies(without)
    )
    if marked is None or without.outcomes != probes.outcomes:
        return None
    after = check_probes(probes.with_setup(probes.setup.replace(template=marked)))
    return None if any(finding.code[:3] in _WRONG_MARKS for finding in after) else marked


_WRONG_MARKS = frozenset({"F03", "F04", "F06", "F07"})
_MARK_TAG = re.compile(r"(\{%[-+]?)\s*(generation|endgeneration)\s*([-+]?%\})")
_IN_PLACE = {"generation": "if true", "endgeneration": "endif"}


def _middle_close(probes: Probes) -> str:
    """Return what closes a reply that a user turn follows, without that turn's own header."""
    middle = probes.middle_end or ""
    for start, token in probes.placed_tokens(middle):
        if token in probes.turn_openers:
            return middle[:start]
    return middle.removesuffix(common_suffix(middle, probes.user_header))


def _missing_stop(probes: Probes) -> str:
    """Return the token that ends replies only as the beginning of the next turn, if there is one."""
    tokens = probes.control_tokens(probes.middle_end)
    is_open = probes.last_end is not None and not probes.last_end.strip()
    starts = tokens and (probes.middle_end or "").startswith(tokens[0])
    is_header = tokens and tokens[0] in probes.turn_openers
    return tokens[0] if is_open and starts and is_header else ""


def _is_proven(probes: Probes, marked: str) -> bool:
    """Return whether the replies are marked, and nothing but a missing end token was added."""
    if probes.text("uaua") is None:
        return True  # typed parts only: the marks are found by whole messages alike
    job = Job(marked, CONVERSATIONS["uaua"][0], special_tokens=probes.special_tokens)
    try:
        text, spans = render_with_spans(job)
    except LadderError:
        return False
    inside = "".join(text[start:end] for start, end in spans)
    return text.startswith(probes.text("uaua") or "") and all(
        word in inside or word not in text for word in (A1, A2)
    )
