"""`line_named_in`: the line of a spec that a message is about, by the keys that it names."""

import re
from collections.abc import Callable
from pathlib import Path

from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.spec.document import Document, Place
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.read_document import read_document

_DOTTED = re.compile(r"[a-z_]\w*(?:\.\w+)+")
_WORD = re.compile(r"[a-z_]\w*")
_OTHERWISE: tuple[Place, ...] = (("target",), ("name",))


def line_named_in(document: Document, text: str) -> int:
    r"""Return the line of the first key that a text names; that of the target where it names none.

    >>> from ladder.spec.document import read_yaml
    >>> spec = read_yaml("name: a\ntarget: 0.8\nlevers:\n  rag: {top_k: [1]}\n")
    >>> [line_named_in(spec, each) for each in ("raise levers.rag.top_k", "rag: 1 variant", "no")]
    [4, 4, 2]
    """
    dotted = (tuple(each.group().split(".")) for each in _DOTTED.finditer(text))
    words = (each.group() for each in _WORD.finditer(text))
    levers = (("levers", each) for each in words if each in LEVER_NAMES)
    exact = (document.lines.get(place) for place in (*levers, *_OTHERWISE))
    found = (*(_line(document, place) for place in dotted), *exact)
    return next((line for line in found if line is not None), 1)


def _line(document: Document, place: Place) -> int | None:
    """Return the line of a part, or of the nearest part around it; None where its first key is absent."""
    found = (document.lines.get(place[:end]) for end in range(len(place), 0, -1))
    return next((line for line in found if line is not None), None)


def document_at(path: str | Path) -> Document:
    """Return a spec for its lines; one without lines where it cannot be read."""
    try:
        return read_document(Path(path))
    except (LadderError, OSError):
        return Document(None)


def lines_in(spec: str | Path) -> Callable[[Finding], int]:
    """Return what says on which line of a spec a finding stands: that of the key that it names."""
    document = document_at(spec)
    return lambda finding: line_named_in(document, f"{finding.problem} {finding.next_step}")
