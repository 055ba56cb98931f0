"""`write_request`: the Request by which a candidate asks for one sample's answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ladder.chat.sandbox.fill import Refused, fill
from ladder.data.passage import Passage
from ladder.data.quoting import quoted
from ladder.data.sample import Sample
from ladder.errors import SpecError, UnsafeError
from ladder.models.base import Message, Request
from ladder.spec.candidate import Candidate, Prompt

HEADING = "Context:"

CUES = (":", "\uff1a", "=", "->", "→", "=>")
"""Ends of a prompt that ask for the answer on the same line."""


@dataclass(frozen=True, slots=True)
class PromptMaterial:
    """What stands in one prompt: a sample, its passages, and worked examples with theirs."""

    sample: Sample
    passages: tuple[Passage, ...] = ()
    examples: tuple["PromptMaterial", ...] = ()


def write_request(
    candidate: Candidate, material: PromptMaterial, *, special_tokens: Collection[str] = ()
) -> Request:
    """Return the request by which `candidate` asks for one sample's answer.

    Worked examples are written by the very same prompt as the sample, each with its own
    passages, so that they show the model what the sample will look like.

    Args:
        candidate: Prompt, placement of examples, chat setup and decoding.
        material: The sample, its passages and examples.
        special_tokens: The model's own, which no passage may hold.
    """
    prompt = candidate.prompt
    messages = [] if prompt.system is None else [Message("system", _fill(prompt.system, material))]
    question = _ask(prompt, material, special_tokens)
    shots = [
        (_ask(prompt, shot, special_tokens), shot.sample.targets[0]) for shot in material.examples
    ]
    is_inline = candidate.examples is not None and candidate.examples.placement == "inline"
    if is_inline or candidate.effective_chat.mode == "completion":
        question = _in_one_text(shots, question)
    else:
        for asked, target in shots:
            messages.append(Message("user", asked))
            messages.append(Message("assistant", target))
    messages.append(Message("user", question))
    return Request(tuple(messages), candidate.effective_chat, candidate.decoding)


def _in_one_text(shots: Sequence[tuple[str, str]], question: str) -> str:
    r"""Return worked examples and the question as one text, each answer on the line of its cue.

    A model goes on as the examples do: after a line break before each answer it would write one
    too, and a stop string might leave nothing of its answer.

    >>> _in_one_text([("2 + 2", "4")], "3 + 4")
    '2 + 2\nAnswer: 4\n\n3 + 4\nAnswer:'
    >>> _in_one_text([("Q: 2 + 2\nA:", "4")], "Q: 3 + 4\nA:")
    'Q: 2 + 2\nA: 4\n\nQ: 3 + 4\nA:'
    """
    if not shots:
        return question
    worked = [f"{_with_cue(asked)} {target}" for asked, target in shots]
    return "\n\n".join([*worked, _with_cue(question)])


def _with_cue(question: str) -> str:
    text = question.rstrip()
    return text if text.endswith(CUES) else f"{text}\nAnswer:"


def write_passages(passages: Sequence[Passage], special_tokens: Collection[str] = ()) -> str:
    r"""Return retrieved text as numbered lines under a heading that says what they are.

    Each passage is one line, whatever it holds: none can end the context, forge another passage
    or open a turn of the conversation.

    >>> write_passages([Passage("a", "The sky is\nblue."), Passage("b", "Grass is green.")])
    'Context:\n[1] The sky is blue.\n[2] Grass is green.'
    """
    lines = [f"[{n}] {quoted(each.text, special_tokens)}" for n, each in enumerate(passages, 1)]
    return "\n".join([HEADING, *lines])


def _ask(prompt: Prompt, material: PromptMaterial, special_tokens: Collection[str]) -> str:
    question = _fill(prompt.user, material)
    if not material.passages:
        return question
    return f"{write_passages(material.passages, special_tokens)}\n\n{question}"


def _fill(text: str, material: PromptMaterial) -> str:
    sample = material.sample
    filled = fill(text, {**sample.columns, "input": sample.input})
    if isinstance(filled, Refused):
        raise _refusal(text, filled, sample)
    return filled


def _refusal(text: str, refused: Refused, sample: Sample) -> SpecError | UnsafeError:
    prompt = f"The prompt {_short(text)}"
    if refused.kind == "undefined":
        columns = ", ".join(dict.fromkeys(["input", *sample.columns]))
        return SpecError(
            f"{prompt} cannot be filled for sample {sample.id}: {refused.why}.",
            next_step=f"Use one of the columns of the data: {columns}.",
        )
    if refused.kind == "unsafe":
        return UnsafeError(
            f"{prompt} reaches for more than text: {refused.why}.",
            next_step="Use the columns of the data, filters, if and for; nothing else.",
        )
    where = f"for sample {sample.id}, " if refused.kind == "failed" else ""
    return SpecError(
        f"{prompt} is not a valid template: {where}{refused.why}.",
        next_step="Write columns as {{ column }}; wrap text with literal braces in {% raw %}.",
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
