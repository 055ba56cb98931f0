"""`ends_of_examples`: the text that ends an answer where a base model goes on to the next example."""

import re
from collections.abc import Sequence
from itertools import takewhile

SHORTEST_LEAD = 2
"""Letters by which a question must begin like every other, for them to end an answer."""

_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def ends_of_examples(questions: Sequence[str], answers: Sequence[str]) -> tuple[str, ...]:
    r"""Return the stop strings of a prompt that shows worked examples as one text.

    A model without turns goes on after its answer as the text before it did, with the next
    question. An answer is what an answer is in the examples: one line where each of them is one
    line, one paragraph where none holds a blank line, else all up to the words by which each
    question begins.

    Args:
        questions: As they stand in the prompt, the last one being asked.
        answers: Of the worked examples.

    >>> ends_of_examples(["Q: 2 + 2\nA:", "Q: 3 + 4\nA:"], ["4"])
    ('\n',)
    >>> ends_of_examples(["Q: 2 + 2\nA:", "Q: 3 + 4\nA:"], ["Two and two\nare 4."])
    ('\n\n',)
    >>> ends_of_examples(["Q: 2 + 2\nA:", "Q: 3 + 4\nA:"], ["Count.\n\n4"])
    ('\n\nQ: ',)
    """
    shown = [answer.strip() for answer in answers]
    if not shown:
        return ()
    if not any("\n" in answer for answer in shown):
        return ("\n",)
    if not any(_BLANK_LINE.search(answer) for answer in shown):
        return ("\n\n",)
    lead = _common_beginning([text.lstrip().partition("\n")[0] for text in questions])
    is_told = len(lead.strip()) >= SHORTEST_LEAD and not any(lead in each for each in shown)
    return (f"\n\n{lead}",) if is_told else ()


def _common_beginning(texts: Sequence[str]) -> str:
    """Return the letters with which all of some texts begin."""
    columns = zip(*texts, strict=False)
    return "".join(column[0] for column in takewhile(lambda each: len(set(each)) == 1, columns))
