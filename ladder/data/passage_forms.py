"""`passages_in`: the passages of an answer, a cell or a list, in any of the forms that tools give them.

Known are those of Elasticsearch and OpenSearch, Qdrant, Solr, Milvus, LangChain, LlamaIndex, Haystack
and ragas, plain texts, and columns of equal length (as `datasets` keeps a list of structs).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ladder.data.load_samples import content_id
from ladder.data.passage import Passage
from ladder.data.readers.decoding_text import is_encodable, text_of
from ladder.errors import DataError
from ladder.spec.retriever_spec import PassageFields
from ladder.spec.secrets import masked

_LISTS = (
    "passages", "results", "result", "hits", "points", "documents", "docs", "matches", "data",
    "items", "contexts", "retrieved_contexts", "chunks", "nodes", "source_nodes", "response",
)  # fmt: skip
_TEXTS = (
    "text", "page_content", "content", "contents", "passage_text", "passage", "chunk", "body",
    "document", "sentences", "search_context", "context", "snippet",
)  # fmt: skip
_IDS = (
    "id",
    "_id",
    "passage_id",
    "doc_id",
    "docid",
    "document_id",
    "pid",
    "chunk_id",
    "id_",
    "uuid",
)
_PLACES = ("where", "source", "url", "file", "file_name", "filename", "path", "title")
_INSIDE = (
    "_source",
    "payload",
    "metadata",
    "meta",
    "node",
    "document",
    "entity",
    "properties",
    "fields",
)
"""Keys under which tools put what belongs to a passage."""

_TOLD_ELSEWHERE = frozenset((*_TEXTS, *_IDS, *_LISTS, "score", "similarity", "distance", "type"))

_MOST_KEYS = 12

_MOST_OF_AN_ERROR = 60
"""Characters of what a search says went wrong: it may hold the question, and so private data."""


_SENTENCES = ("message", "msg", "reason", "detail", "description", "type")
"""Keys under which services say what went wrong, in words."""

_NO_ENVELOPES = frozenset(
    ("error", "errors", "aggregations", "facets", "highlighting", "params", "query", "request")
)
"""Keys of an answer under which neither passages stand nor what is said of them.

Some repeat what was asked, which may be about errors."""


class _UnknownFormError(ValueError):
    """A value holds no passages in a known form; says what it holds."""


def passages_in(value: object, fields: PassageFields | None = None) -> list[Passage]:
    """Return the passages of a value, in its order; those without a text are left out.

    >>> [each.id for each in passages_in({"hits": {"hits": [{"_id": "7", "_source": {"text": "A."}}]}})]
    ['7']
    >>> [each.text for each in passages_in(["One.", "Two."])]
    ['One.', 'Two.']

    Args:
        value: A JSON value.
        fields: Where it holds what, where that is not under usual names.

    Raises:
        DataError: No passages are found in it, or it says that the search failed or was cut short;
            an empty list is no error.
    """
    wanted = fields or PassageFields()
    failure = failure_in(value)
    if failure or is_partial(value):
        raise DataError(
            f"It holds an error: {failure}."
            if failure
            else "It says itself that it is not complete.",
            next_step="Mend the search: what it finds after an error is not known.",
        )
    try:
        found = [_passage(each, wanted) for each in _items(value, wanted)]
    except _UnknownFormError as error:
        raise DataError(
            str(error), next_step="Name the keys of the list and of its texts in retriever.fields."
        ) from None
    return [each for each in found if each.text.strip()]


def failure_in(value: object) -> str:
    """Return what an answer says went wrong, masked and cut; an empty text where nothing did.

    >>> failure_in({"error": "no such index", "results": []}), failure_in({"error": None, "hits": []})
    ('no such index', '')
    >>> failure_in({"data": {"Get": {}}, "errors": [{"message": "vector is missing"}]})
    'vector is missing'
    """
    for holder in _envelopes(value):
        for name in ("error", "errors"):
            if _says_something(holder.get(name)):
                return masked(_said(holder[name]))[:_MOST_OF_AN_ERROR] or name
    return ""


def is_partial(value: object) -> bool:
    """Return whether an answer says itself that a part of the index alone was searched.

    Elasticsearch and OpenSearch say `timed_out` or that shards failed, Solr `partialResults`.

    >>> is_partial({"responseHeader": {"partialResults": True}, "response": {"docs": []}})
    True
    """
    return any(map(_is_cut_short, _envelopes(value)))


def _is_cut_short(holder: Mapping[str, Any]) -> bool:
    shards = holder.get("_shards")
    n_failed = shards.get("failed") if isinstance(shards, Mapping) else 0
    # Solr says "omitted" where its answer leaves out what it found of a part.
    is_part = holder.get("partialResults") in (True, "true", "omitted")
    return (
        is_part or holder.get("timed_out") is True or (isinstance(n_failed, int) and n_failed > 0)
    )


def _envelopes(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the objects around the passages of an answer, the outermost first; no passage."""
    if not isinstance(value, Mapping) or _rows_of_columns(value):
        return
    yield value
    for name, inner in value.items():
        is_around = isinstance(inner, Mapping) and name not in _NO_ENVELOPES
        if is_around and not any(isinstance(inner.get(key), str) for key in _TEXTS):
            yield from _envelopes(inner)


def _says_something(error: object) -> bool:
    """Return whether an error is one: services write null, "", 0, false or empty fields for none.

    >>> _says_something({"code": 0, "message": ""}), _says_something(["late"])
    (False, True)
    """
    if isinstance(error, Mapping):
        return any(map(_says_something, error.values()))
    return any(map(_says_something, error)) if isinstance(error, list | tuple) else bool(error)


def _said(error: object) -> str:
    """Return the sentence in an error, or all of it."""
    if isinstance(error, list | tuple) and error:
        return _said(error[0])
    if isinstance(error, Mapping):
        found = next((error[name] for name in _SENTENCES if error.get(name)), None)
        return json.dumps(error, ensure_ascii=False) if found is None else _said(found)
    return str(error)


def _items(value: object, fields: PassageFields) -> Sequence[object]:
    """Return the passages of a value, each in whatever form."""
    if fields.passages is not None:
        found = _at(value, fields.passages)
        if not isinstance(found, list | tuple):
            raise _UnknownFormError(
                f"{fields.passages!r} is no list of passages in {_told(value)}."
            )
        return found
    if isinstance(value, list | tuple):
        is_of_one = len(value) == 1 and isinstance(value[0], list) and not _is_pair(value[0])
        return value[0] if is_of_one else value
    if isinstance(value, Mapping):
        rows = _rows_of_columns(value)
        if rows is not None:
            return rows
        for name in _LISTS:
            inner = value.get(name)
            if isinstance(inner, list | tuple | Mapping):
                return _items(inner, fields)
        if _text_in(value, fields) is not None:
            return [value]
    raise _UnknownFormError(f"There is no list of passages in {_told(value)}.")


def _rows_of_columns(value: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return a row a passage where a mapping holds columns of equal length, its texts among them.

    >>> _rows_of_columns({"title": ["A", "B"], "sentences": [["One.", " Two."], ["Three."]]})[1]
    {'title': 'B', 'sentences': ['Three.']}
    """
    columns = {name: each for name, each in value.items() if isinstance(each, list | tuple)}
    text = next((name for name in _TEXTS if name in columns), None)
    if text is None or len(columns) < len(value) or not all(map(_is_text, columns[text])):
        return None
    if len({len(each) for each in columns.values()}) > 1 or (
        len(columns) == 1 and text == "sentences"
    ):
        return None
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _is_pair(item: object) -> bool:
    """Return whether an item is a title with its text, or a passage with its score.

    >>> _is_pair(["Oslo", ["It is old.", " It is big."]]), _is_pair([{"text": "A."}, 0.7])
    (True, True)
    >>> _is_pair([{"text": "A."}, {"text": "B."}])
    False
    """
    if not isinstance(item, list | tuple) or len(item) != 2:
        return False
    first, second = item
    is_scored = isinstance(second, float) and isinstance(first, str | Mapping)
    return is_scored or (isinstance(first, str) and isinstance(second, list))


def _unpaired(item: object) -> object:
    """Return the passage of a pair as it would be by itself."""
    if not _is_pair(item) or not isinstance(item, list | tuple):
        return item
    first, second = item
    return first if isinstance(second, float) else {"title": first, "text": second}


def _passage(item: object, fields: PassageFields) -> Passage:
    item = _unpaired(item)
    text = _text_in(item, fields)
    if text is None:
        raise _UnknownFormError(f"A passage has no text: it is {_told(item)}.")
    own = text_of(_own(item, fields.id, _IDS)) or ""
    where = text_of(_own(item, fields.where, _PLACES)) or ""
    return Passage(
        id=own or content_id(text, ()),
        text=text,
        where=where,
        source=own,
        metadata=dict(_metadata(item, fields)),
    )


def _own(item: object, path: str | None, names: Sequence[str]) -> object:
    """Return what stands at a path, or under one of the usual names, in the passage or inside it."""
    if path is not None:
        return _at(item, path)
    for holder in _holders(item):
        for name in names:
            found = holder.get(name)
            if isinstance(found, str | int) and not isinstance(found, bool) and found != "":
                return found
    return None


def _text_in(item: object, fields: PassageFields) -> str | None:
    """Return the text of a passage; None where there is none, or none under a known name."""
    if fields.text is not None:
        return _as_text(_at(item, fields.text))
    if isinstance(item, str):
        return _as_text(item)
    for holder in _holders(item):
        for name in _TEXTS:
            found = _as_text(holder.get(name))
            if found is not None:
                return found
    return None


def _as_text(value: object) -> str | None:
    """Return a text, or the text of sentences; halves of surrogate pairs are replaced."""
    if isinstance(value, str):
        return value if is_encodable(value) else value.encode("utf-8", "replace").decode("utf-8")
    if not isinstance(value, list | tuple) or not value:
        return None
    return "".join(value) if all(isinstance(each, str) for each in value) else None


def _is_text(value: object) -> bool:
    return _as_text(value) is not None


def _holders(item: object) -> Iterator[Mapping[str, Any]]:
    """Yield a passage and what is put inside it, the outermost first."""
    if not isinstance(item, Mapping):
        return
    yield item
    for name in _INSIDE:
        yield from _holders(item.get(name))


def _metadata(item: object, fields: PassageFields) -> Iterator[tuple[str, str]]:
    """Yield what else is told of a passage: plain values by their names."""
    if fields.metadata is not None:
        inner = _at(item, fields.metadata)
        holders = [inner] if isinstance(inner, Mapping) else []
    else:
        holders = list(_holders(item))
    for holder in reversed(holders):
        for name, value in holder.items():
            is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
            is_own = str(name).startswith("_") or name in _TOLD_ELSEWHERE
            if is_plain and not is_own:
                yield str(name), str(value)


def _at(value: object, path: str) -> object:
    """Return what stands at a path of keys with dots; None where nothing does.

    >>> _at({"hits": {"hits": [{"_id": "a"}]}}, "hits.hits.0._id"), _at({"a.b": 1}, "a.b")
    ('a', 1)
    """
    if isinstance(value, Mapping) and path in value:
        return value[path]
    for key in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list | tuple) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _told(value: object) -> str:
    """Return what a value holds, for a message."""
    if isinstance(value, Mapping):
        keys = [name for holder in _holders(value) for name in map(str, holder)]
        more = ", …" if len(keys) > _MOST_KEYS else ""
        return f"an object with the keys {', '.join(keys[:_MOST_KEYS])}{more}" if keys else "{}"
    return f"{type(value).__name__} {str(value)[:60]!r}"
