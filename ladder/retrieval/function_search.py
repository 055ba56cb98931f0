"""`FunctionSearch`: asks a Python function of one's own for passages."""

import dataclasses
import hashlib
import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from ladder.data.passage import Passage
from ladder.data.passage_forms import passages_in
from ladder.errors import DataError, RetrieverError, SpecError, UnsafeError
from ladder.frozen import digest_of
from ladder.function_digest import function_digest
from ladder.retrieval.kept_passages import FoundOutside
from ladder.spec.retriever_spec import RetrieverSpec
from ladder.spec.secrets import masked

SearchFunction = Callable[[str, int], Any]
"""Takes a question and how many passages, and returns them in any form that tools have."""

_MOST_OF_AN_ERROR = 60
"""Characters of what a function said: it may hold the question, and so private data."""

_REGISTERED: dict[str, SearchFunction] = {}


def register_search(function: SearchFunction) -> str:
    """Let specs name a function that is at hand; return the name that means it.

    >>> def found(question: str, top_k: int) -> list[str]:
    ...     return ["The gate code is 512."][:top_k]
    >>> name = register_search(found)
    >>> RetrieverSpec(function=name).name == name
    True
    """
    place = getattr(function, "__module__", None) or "python"
    own = getattr(function, "__qualname__", type(function).__qualname__)
    name = f"{place}:{own}"
    if _REGISTERED.get(name, function) is not function:
        name = f"{name}-{function_digest(function)[:8]}-{len(_REGISTERED)}"
    _REGISTERED[name] = function
    return name


def with_search_names(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task in which functions that search are replaced by names that mean them.

    >>> given = {"retrieval": {"retriever": {"function": lambda question, top_k: [], "version": "1"}}}
    >>> sorted(with_search_names(given)["retrieval"]["retriever"])
    ['function', 'version']
    """
    named = _named_at(dict(task), ("retrieval", "retriever"))
    named = _named_at(named, ("levers", "rag", "retriever"))
    return dict(named)


def _named_at(value: Any, place: tuple[str, ...]) -> Any:  # noqa: ANN401 - any value of a spec
    if place:
        name, *below = place
        if not isinstance(value, Mapping) or name not in value:
            return value
        return {**value, name: _named_at(value[name], tuple(below))}
    if isinstance(value, Mapping) and callable(value.get("function")):
        return {**value, "function": register_search(value["function"])}
    return register_search(value) if callable(value) else value


class FunctionSearch:
    """A function that takes a question and a number, and returns passages.

    It is called in this process and this thread, one question after the other: a connection to a
    database that it holds stays with its thread.

    Args:
        spec: Names the function, and the version of what it searches.
        name: What messages call it.
        allow_code: Whether it may be imported; one that was handed over as a value is at hand.

    Raises:
        UnsafeError: It would have to be imported, and no code is allowed.
        SpecError: There is no such function.
    """

    def __init__(self, spec: RetrieverSpec, name: str, *, allow_code: bool) -> None:
        self._spec = spec
        self._name = name
        function = str(spec.function)
        self._function = _REGISTERED.get(function) or _imported(function, allow_code=allow_code)
        self._source = function_digest(self._function)

    @property
    def digest(self) -> str:
        """Return the sha256 of the function and the values that it uses, the version and what is read."""
        fields = self._spec.fields.model_dump(mode="json")
        version = self._spec.version
        named = str(self._spec.function)
        return digest_of(["search by a function", named, self._source, version, fields])

    def ask(self, questions: Sequence[str], top_k: int) -> Iterator[FoundOutside]:
        """Yield each question with what the function returns.

        Raises:
            RetrieverError: It raised, or returned something else than passages.
        """
        for question in questions:
            started = time.monotonic()
            found = self._found(question, top_k)
            yield FoundOutside(question, found, time.monotonic() - started)

    def _found(self, question: str, top_k: int) -> list[Passage]:
        asked = f"for the question {question[:60]!r}"
        try:
            given = self._function(question, top_k)
            value = _plain(given)
            if value is not None and not isinstance(value, Mapping | str | list):
                value = _plain(list(value))
        except Exception as error:
            raise RetrieverError(
                f"The retriever {self._name} raised {type(error).__name__} {asked}: "
                f"{_said(error)}.",
                next_step="Correct the function; it takes a question and top_k, and returns a list of "
                "passages, an empty one where it finds nothing.",
            ) from error
        try:
            return passages_in(value, self._spec.fields)
        except DataError as error:
            raise RetrieverError(
                f"The retriever {self._name} returned no passages {asked}: {error}",
                next_step="Let it return a list of texts, or of objects with text and id.",
            ) from error


def _said(error: Exception) -> str:
    """Return what an exception of the user's own code says, without what may be a key, and cut.

    >>> _said(ValueError("no entry for sk-abc")), len(_said(ValueError("x" * 99)))
    ('no entry for ***', 60)
    """
    return masked(str(error))[:_MOST_OF_AN_ERROR]


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a function returns
    """Return what a function returns as a JSON value has it: objects of libraries by their fields."""
    if isinstance(value, Passage):
        return {"id": value.id, "text": value.text, "where": value.where, **value.metadata}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain(dataclasses.asdict(value))
    return value


def _imported(name: str, *, allow_code: bool) -> SearchFunction:
    if not allow_code:
        raise UnsafeError(
            f"The retriever {name!r} is code, which ladder executes only when told to.",
            next_step="Read that code, then add --allow-code (allow_code=True in Python).",
        )
    place, _, attribute = name.rpartition(":")
    try:
        module = (
            _from_file(Path(place)) if place.endswith(".py") else importlib.import_module(place)
        )
    except Exception as error:
        raise SpecError(
            f"retriever.function: {place} cannot be imported: {type(error).__name__}: "
            f"{_said(error)}.",
            next_step="Check the path or module name, and that it imports in plain Python.",
        ) from error
    found = getattr(module, attribute, None)
    if not callable(found):
        raise SpecError(
            f"retriever.function: {place} has no function {attribute!r}.",
            next_step="Write module:function, or file.py:function.",
        )
    function: SearchFunction = found
    return function


def _from_file(file: Path) -> ModuleType:
    """Return the module of a file, imported once for one state of it."""
    content = file.read_bytes()
    unique = (
        f"ladder_retriever_{hashlib.sha256(str(file.resolve()).encode() + content).hexdigest()}"
    )
    if unique in sys.modules:
        return sys.modules[unique]
    spec = importlib.util.spec_from_file_location(unique, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[unique]
        raise
    return module
