"""`usual_columns`: which columns of an unknown row are likely to hold the question and the answer."""

from collections.abc import Collection, Iterable

QUESTIONS = (
    "question", "query", "prompt", "instruction", "input", "user_input", "problem", "text",
    "sentence", "request", "utterance", "review", "document", "article", "content", "source",
)  # fmt: skip
"""What people call the column that is asked, the likeliest first."""

ANSWERS = (
    "answer", "response", "output", "completion", "target", "expected", "expected_output",
    "reference", "ideal", "gold", "solution", "label", "category", "intent", "class", "sentiment",
    "summary", "highlights", "translation", "sql",
)  # fmt: skip
"""What people call the column of the answers, the likeliest first."""


def usual_columns(columns: Collection[str]) -> tuple[str, str] | None:
    """Return the columns of question and answer by what people usually call them, if both are there.

    >>> usual_columns(["id", "Question", "Answer", "text"]), usual_columns(["a", "b"])
    (('Question', 'Answer'), None)
    >>> usual_columns(["text", "label"])
    ('text', 'label')
    """
    by_name = {column.lower(): column for column in columns}
    asked, said = (_first(names, by_name) for names in (QUESTIONS, ANSWERS))
    return (by_name[asked], by_name[said]) if asked and said else None


def _first(names: Iterable[str], known: Collection[str]) -> str:
    return next((name for name in names if name in known), "")
