"""`before_next_example`: an answer without the next question that a base model goes on to write.

Weights that were trained on text alone end an answer and begin another example: what they ask and
answer there is no part of the answer.
"""

import re

_NEXT = re.compile(
    r"\n[ \t>*_#]*(?:next )?(?:q|question|human|user|input|instruction|example|task|frage|aufgabe|pregunta|domanda"
    r"|pergunta|вопрос|问题|問題|질문)[ \t]*\d{0,3}[*_]*[ \t]*[:\uff1a]",
    re.IGNORECASE,
)


def before_next_example(text: str) -> str:
    r"""Return an answer up to the line that begins another question, if anything stands before it.

    >>> before_next_example("positive\n\nQ: And this one?\nA: negative")
    'positive'
    >>> before_next_example("\nQuestion: which?\nAnswer: B")
    '\nQuestion: which?\nAnswer: B'
    """
    found = _NEXT.search(text)
    return text[: found.start()].rstrip() if found and text[: found.start()].strip() else text
