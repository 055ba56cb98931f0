"""`KeptPassages`: what a search of somebody else found for a question, in memory and on disk."""

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from ladder.data.passage import Passage
from ladder.disk import locked
from ladder.frozen import digest_of
from ladder.models.cache import cache_folder


class FoundOutside(NamedTuple):
    """What a search of somebody else gave for a question, and the seconds that it took."""

    question: str
    passages: Sequence[Passage]
    seconds: float

    def texts(self, top_k: int) -> list[str]:
        """Return the texts of the first `top_k` passages."""
        return [each.text for each in self.passages[:top_k]]


Keep = Callable[[FoundOutside, int], None]

_log = logging.getLogger(__name__)

_FORM = 2
"""Of the lines; those of the first may hold an answer with an error as "nothing was found"."""


class KeptPassages:
    """Passages by question and number, for one version of one search; a line of a file each.

    A line carries a sha256 of its own: one that is cut or changed counts as none, and so does a line
    of another search's file. A cache that cannot be written costs time and nothing else.

    Args:
        digest: Of the search with its version; empty where they are kept in memory alone.
        mark: Of who asks, where keys may find different passages: `of` gives those of one alone.
    """

    def __init__(self, digest: str, mark: str = "") -> None:
        self._digest = digest
        self._mark = mark
        self._path = cache_folder() / "passages" / f"{digest}.jsonl" if digest else None
        self._by_anybody: dict[tuple[str, int], list[FoundOutside]] = defaultdict(list)
        self._known: dict[str, FoundOutside] = self._read() if self._path is not None else {}

    def of(self, question: str, top_k: int) -> FoundOutside | None:
        """Return what was found for a question; None where that is not known."""
        return self._known.get(self._key(question, top_k))

    def all_of(self, question: str, top_k: int) -> list[FoundOutside]:
        """Return what was found for a question, whoever asked."""
        own = self.of(question, top_k)
        found = self._by_anybody[question, top_k]
        return found if own is None or own in found else [own, *found]

    @contextmanager
    def writing(self) -> Iterator[Keep]:
        """Give a function that keeps what was found; all of it is on disk when the block ends."""
        lines: list[str] = []

        def keep(found: FoundOutside, top_k: int) -> None:
            key = self._key(found.question, top_k)
            self._known[key] = found
            self._by_anybody[found.question, top_k].append(found)
            passages = [asdict(each) for each in found.passages]
            plain = [found.question, passages, found.seconds, top_k]
            text = json.dumps(plain, ensure_ascii=True)
            lines.append(json.dumps([key, text, _check(key, text)]))

        try:
            yield keep
        finally:
            if lines and self._path is not None:
                self._append(self._path, lines)

    def _append(self, path: Path, lines: Sequence[str]) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with locked(path.with_suffix(".lock")), path.open("a", encoding="utf-8") as file:
                file.write("".join(f"\n{line}" for line in lines))
        except OSError as error:
            _log.warning("what the retriever found is not kept: %s", error)

    def _read(self) -> dict[str, FoundOutside]:
        found: dict[str, FoundOutside] = {}
        n_damaged = 0
        for line in self._lines():
            try:
                key, text, check = json.loads(line)
                is_sound = check == _check(key, text)
            except (ValueError, TypeError, AttributeError):
                is_sound = False
            if is_sound:
                question, passages, seconds, *asked_for = json.loads(text)
                some = [Passage(**each) for each in passages]
                found[key] = FoundOutside(question, some, seconds)
                for top_k in asked_for:  # lines of earlier versions do not say it
                    self._by_anybody[question, top_k].append(found[key])
            n_damaged += not is_sound
        if n_damaged:
            _log.warning("%d lines of %s are damaged and asked for again", n_damaged, self._path)
        return found

    def _lines(self) -> list[str]:
        try:
            text = self._path.read_text("utf-8", errors="replace") if self._path else ""
        except OSError:
            return []
        return [line for line in text.split("\n") if line]

    def _key(self, question: str, top_k: int) -> str:
        parts: list[Any] = [_FORM, self._digest, question, top_k, *filter(None, [self._mark])]
        return digest_of(parts)


def _check(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}\n{text}".encode()).hexdigest()
