"""`standalone_files`: the scripts that lie beside an export's settings, each as its text."""

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from types import ModuleType

from ladder.version import __version__

_PACKAGE = "ladder.exporting.standalone"
_FROM_FILE = re.compile(rf"^(\s*)from {re.escape(_PACKAGE)}\.(\w+) import", re.MULTILINE)
_FILE = re.compile(rf"^(\s*)from {re.escape(_PACKAGE)} import", re.MULTILINE)
_OWN = re.compile(r"^from ladder\..*\n", re.MULTILINE)
_HEAD = """\
\"\"\"{first}

Made from finetune-ladder {version} (Apache-2.0): {made_of}.
\"\"\"

"""
_STAND_INS = """

class DataError(ValueError):
    def __init__(self, problem, *, next_step):
        super().__init__(f"{problem} {next_step}")


class CorpusReading:
    def __init__(self, language, fold_diacritics):
        self.language, self.fold_diacritics = language, fold_diacritics


"""
_INDEX_OF = """

def index_of(texts, *, language, folds):
    \"\"\"Return an index of texts; `folds` lets é match e.\"\"\"
    return LexicalIndex(texts, CorpusReading(language, folds))
"""


def standalone_files(names: Iterable[str]) -> dict[str, str]:
    """Return scripts by their name, which import one another and nothing of ladder.

    >>> text = standalone_files(["self_test.py"])["self_test.py"]
    >>> "ladder.exporting" in text, "from row_messages import Stack, Turn" in text
    (False, True)
    """
    return {name: _OWN_CODE.get(name, partial(_script, name))() for name in names}


def _script(name: str) -> str:
    text = (files(_PACKAGE) / name).read_text("utf-8")
    text = _FROM_FILE.sub(r"\1from \2 import", text)
    return re.sub(r"  # noqa: [^\n]*", "", _FILE.sub(r"\1import", text))


def _word_index() -> str:
    """Return ladder's own reading of words and index, in one file without ladder."""
    from ladder.retrieval import lexical, search_words

    first = "`index_of`: passages that are searched by the words which they share with a question."
    head, code = _joined(first, (search_words, lexical))
    return f"{head}{_STAND_INS}{code}{_INDEX_OF}"


def _reply_stream() -> str:
    """Return ladder's own reading of a stream of events, in one file without ladder."""
    from ladder.models.endpoint import event_stream, json_body

    first = "`from_stream`: the reply that a stream of events adds up to."
    head, code = _joined(first, (json_body, event_stream))
    return f"{head}\n\n{code}"


def _joined(first: str, modules: Sequence[ModuleType]) -> tuple[str, str]:
    """Return docstring and imports of one file in the place of several, and the code of all."""
    parts = [_own_code(Path(str(module.__file__))) for module in modules]
    imports = dict.fromkeys(line for head, _ in parts for line in head)
    made_of = " and ".join(f"`{Path(str(each.__file__)).name}`" for each in modules)
    head = _HEAD.format(first=first, version=__version__, made_of=made_of)
    return f"{head}{chr(10).join(imports)}", "\n\n".join(body for _, body in parts)


def _own_code(path: Path) -> tuple[list[str], str]:
    """Return the imports of a module, but for those of ladder, and all that follows them."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    lines = text.splitlines()
    imports = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    kept = [
        lines[at]
        for each in imports
        if not _OWN.match(lines[each.lineno - 1] + "\n")
        for at in range(each.lineno - 1, each.end_lineno or each.lineno)
    ]
    last = max(each.end_lineno or 0 for each in imports)
    return kept, "\n".join(lines[last:]).strip() + "\n"


_OWN_CODE: Mapping[str, Callable[[], str]] = {
    "word_index.py": _word_index,
    "reply_stream.py": _reply_stream,
}
"""Files that are made of ladder's own code."""
