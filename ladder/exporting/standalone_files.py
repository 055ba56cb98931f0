"""`standalone_files`: the scripts that lie beside an export's settings, each as its text."""

import ast
import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from ladder.version import __version__

_PACKAGE = "ladder.exporting.standalone"
_FROM_FILE = re.compile(rf"^(\s*)from {re.escape(_PACKAGE)}\.(\w+) import", re.MULTILINE)
_FILE = re.compile(rf"^(\s*)from {re.escape(_PACKAGE)} import", re.MULTILINE)
_OWN = re.compile(r"^from ladder\..*\n", re.MULTILINE)
_WORD_INDEX = "word_index.py"

_HEAD = """\
\"\"\"`index_of`: passages that are searched by the words which they share with a question.

Made from finetune-ladder {version} (Apache-2.0): `search_words.py` and `lexical.py`.
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
    return {name: _word_index() if name == _WORD_INDEX else _script(name) for name in names}


def _script(name: str) -> str:
    text = (files(_PACKAGE) / name).read_text("utf-8")
    text = _FROM_FILE.sub(r"\1from \2 import", text)
    return re.sub(r"  # noqa: [^\n]*", "", _FILE.sub(r"\1import", text))


def _word_index() -> str:
    """Return ladder's own reading of words and index, in one file without ladder."""
    from ladder.retrieval import lexical, search_words

    parts = [_own_code(Path(str(module.__file__))) for module in (search_words, lexical)]
    imports = dict.fromkeys(line for head, _ in parts for line in head)
    code = "\n\n".join(body for _, body in parts)
    return (
        f"{_HEAD.format(version=__version__)}{chr(10).join(imports)}{_STAND_INS}{code}{_INDEX_OF}"
    )


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
