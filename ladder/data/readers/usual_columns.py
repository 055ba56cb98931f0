"""`usual_source`: what to write as `data` for rows whose columns have names that people often give."""

from collections.abc import Collection, Iterable

QUESTIONS = (
    "question", "query", "prompt", "instruction", "input", "user_input", "problem", "text",
    "sentence", "request", "utterance", "review", "document", "article", "content", "source",
    "attributes.input.value",
    "message", "body", "comment", "description", "frage", "anfrage", "nachricht", "texte",
)  # fmt: skip
"""What people call the column that is asked, the likeliest first."""

ANSWERS = (
    "answer", "response", "output", "completion", "target", "expected", "expected_output",
    "reference", "ideal", "gold", "solution", "label", "category", "intent", "class", "sentiment",
    "summary", "highlights", "translation", "sql", "answers", "labels", "responses",
    "attributes.output.value",
    "kategorie", "klasse", "antwort", "thema", "type", "topic", "tag", "queue", "priority", "status",
    "réponse", "categoría", "respuesta", "étiquette", "rating", "stars", "score",
)  # fmt: skip
"""What people call the column of the answers, the likeliest first."""

PASSAGES = (
    "text", "content", "contents", "page_content", "passage", "passages", "chunk", "chunk_text", "body",
    "document", "paragraph", "context", "article", "abstract", "description", "answer", "value",
    "texte", "inhalt", "absatz", "contenido", "contenu",
)  # fmt: skip
"""What people call the column that holds a passage, the likeliest first."""

BESIDE_QUESTIONS = (
    "context", "passage", "article", "document", "paragraph", "abstract", "story", "background", "premise",
    "hypothesis", "claim", "statement", "query", "question", "sentence", "text", "subject", "title",
    "headline", "body", "message", "schema", "table", "code", "event", "dialogue", "conversation",
    "betreff", "titel", "nachricht", "sujet", "asunto",
)  # fmt: skip
"""What people call further columns that a question is about; a number may follow (`sentence2`)."""

_BESIDE = {"system": ("system", "system_prompt"), "tools": ("tools", "functions")}
"""Further fields of `data`, and the columns that hold what they name."""


def usual_source(columns: Collection[str]) -> str:
    """Return `data` with the likely columns of question and answer; nothing where one is unknown.

    >>> usual_source(["id", "Question", "Answer", "text"]), usual_source(["a", "b"])
    ('{path: …, input: Question, target: Answer}', '')
    >>> usual_source(["query", "answers", "tools"])
    '{path: …, input: query, target: answers, tools: tools}'
    """
    given = [f"{field}: {name}" for field, name in likely_columns(columns).items()]
    return f"{{path: …, {', '.join(given)}}}" if given else ""


def usual_passage_column(columns: Collection[str]) -> str:
    """Return the likely column of the passages; nothing where it is unknown.

    >>> usual_passage_column(["doc_id", "Title", "Body"]), usual_passage_column(["a"])
    ('Body', '')
    """
    by_name = {column.lower(): column for column in columns}
    return by_name.get(_first(PASSAGES, by_name), "")


def likely_columns(columns: Collection[str]) -> dict[str, str]:
    """Return the likely columns by the field of `data` that names them; nothing where one is unknown."""
    by_name = {column.lower(): column for column in columns}
    asked, said = (_first(names, by_name) for names in (QUESTIONS, ANSWERS))
    if not (asked and said):
        return {}
    named = {"input": asked, "target": said}
    named |= {field: _first(names, by_name) for field, names in _BESIDE.items()}
    return {field: by_name[name] for field, name in named.items() if name}


def _first(names: Iterable[str], known: Collection[str]) -> str:
    return next((name for name in names if name in known), "")
