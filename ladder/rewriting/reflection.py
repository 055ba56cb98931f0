"""What the rewriting model is asked, and what is read out of its reply.

The method is reflective mutation: the model sees the instruction, some inputs that it fails on, what
was answered and what was wanted, and writes a better one (Agrawal et al. 2025, arXiv 2507.19457).
"""

import re
from collections.abc import Sequence

from ladder.data.quoting import harmless
from ladder.data.sample import Sample
from ladder.measure.measurement import Scored

LONGEST_PIECE = 1_500
"""Characters of an input or an answer that the rewriting model is shown."""

_FENCED = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)

_ASK = """You improve the instruction that a language model is given for a task.

The instruction in use:
```
{instruction}
```
In each call this text stands with it, with the input in place of the words in braces:
```
{frame}
```
How an answer is read: {reading}

With it the model got these inputs wrong:

{failures}

Find out what the task is and what goes wrong. Write a better instruction: say what is wanted, in which \
form, and the rules that these failures show. It must hold for inputs like these that you do not see, so \
quote none of these inputs and none of these answers. Write the whole new instruction between ``` marks, \
and nothing else between such marks."""


def reflection(
    instruction: str, frame: str, reading: str, failures: Sequence[tuple[Sample, Scored]]
) -> str:
    """Return what the rewriting model is asked.

    Args:
        instruction: The one in use; may be empty.
        frame: What stands beside it in every prompt.
        reading: How the metric reads an answer, in a sentence.
        failures: Samples with what was answered.
    """
    return _ASK.format(
        instruction=instruction or "(none so far)",
        frame=frame,
        reading=reading,
        failures="\n\n".join(_failure(*each) for each in failures),
    )


def instruction_in(reply: str) -> str:
    r"""Return the instruction that a reply holds: its last fenced text, else all of it.

    >>> instruction_in("It is cut off.\n```text\nName the city.\n```")
    'Name the city.'
    >>> instruction_in("Name the city.")
    'Name the city.'
    """
    fenced = _FENCED.findall(reply)
    return str(fenced[-1] if fenced else reply).strip().strip("`").strip()


def _failure(sample: Sample, row: Scored) -> str:
    why = f"\nWhy it is wrong: {_short(row.reason)}" if row.reason else ""
    return (
        f"Input: {_short(sample.transcript)}\nAnswer given: {_short(row.text) or '(nothing)'}\n"
        f"Right answer: {_short(sample.targets[0])}{why}"
    )


def _short(text: str) -> str:
    text = harmless(text)
    return text if len(text) <= LONGEST_PIECE else f"{text[:LONGEST_PIECE]} …"
