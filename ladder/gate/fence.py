"""Text that a model or a stranger wrote, made harmless for a CI log, a summary and a terminal."""

import re
import unicodedata

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_COMMAND = re.compile(r":(?=:)|##(?=\[|vso)", re.IGNORECASE)
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|<>~@&$-])")
WIDTH = 400


def plain(text: str, width: int = WIDTH) -> str:
    r"""Return a text on one line, without control characters and workflow commands.

    GitHub reads `::command::` at the start of a line and `##[command]` anywhere; Azure reads
    `##vso[`. Both are parted by a space, so that the text stays readable.

    >>> plain("a\x1b[31m\n::error::b\u202e ##[set-env]")
    'a : :error: :b ## [set-env]'
    """
    bare = _ANSI.sub("", text)
    kept = "".join(" " if each.isspace() else each for each in bare if _is_shown(each))
    line = " ".join(_COMMAND.sub(r"\g<0> ", kept).split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def markdown(text: str, width: int = WIDTH) -> str:
    r"""Return a text as Markdown that renders as exactly that text: no link, image or HTML.

    >>> markdown("![x](http://evil) <b>")
    '\\!\\[x\\]\\(http\\:\\/\\/evil\\) \\<b\\>'
    """
    line = _MARKUP.sub(r"\\\1", plain(text, width))
    return line.replace("://", r"\:\/\/").replace("www.", r"www\.")


def _is_shown(character: str) -> bool:
    return character.isspace() or unicodedata.category(character)[0] != "C"
