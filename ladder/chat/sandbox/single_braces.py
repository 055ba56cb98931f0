"""`with_double_braces`: a prompt in which each `{column}` is written `{{ column }}`, as jinja reads it.

Most tools write a column in one pair of braces, and JSON in a prompt has braces too. So one pair is a
column only where exactly a column's name stands in it; everything else is text.
"""

import keyword
import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from jinja2 import TemplateError, meta

from ladder.chat.sandbox.prompt_environment import PROMPTS
from ladder.spec.prompt_text import BRACED

_LATEX = re.compile(r"(?:\\[A-Za-z]+(?:\{[^{}]*\})*|\^|(?<!\w)[A-Za-z]_)$")
"""What stands before braces of LaTeX, which hold no column: `\\frac{a}{b}`, `x^{n}`, `x_{n}`."""

_WORDS_OF_JINJA = frozenset({"true", "false", "none", "recursive"})


@lru_cache(maxsize=256)
def with_double_braces(text: str, columns: frozenset[str]) -> str:
    r"""Return a prompt template with `{column}` written as `{{ column }}`.

    >>> with_double_braces('Answer {text} as {"label": …}.', frozenset({"text"}))
    'Answer {{ text }} as {"label": …}.'
    >>> with_double_braces(r"{Text} {% raw %}{text}{% endraw %} \frac{text}{2}", frozenset({"text"}))
    '{Text} {% raw %}{text}{% endraw %} \\frac{text}{2}'
    >>> with_double_braces("x^{n} + x_{n} of case_{n}", frozenset({"n"}))
    'x^{n} + x_{n} of case_{{ n }}'
    """
    if not BRACED.search(text):
        return text
    return "".join(
        _replaced(piece, columns) if is_text else piece for piece, is_text in _pieces(text)
    )


def braced_names(text: str) -> Iterator[str]:
    """Yield the names that stand in one pair of braces in a template's text.

    >>> list(braced_names("{Text} {{ input }} ${cost} {'a': {b}}"))
    ['Text', 'b']
    """
    for piece, is_text in _pieces(text):
        if is_text:
            yield from (found[1] for found in BRACED.finditer(piece) if not _is_latex(found))


def shown_names(text: str) -> frozenset[str]:
    """Return the names that a prompt template reads: what stands in one pair of braces, or jinja's own.

    >>> sorted(shown_names('{"topic": …} {% if lang %}{lang}: {{ question }}{% endif %}'))
    ['lang', 'question']
    """
    return frozenset({*braced_names(text), *meta.find_undeclared_variables(PROMPTS.parse(text))})


def aliases(columns: Collection[str]) -> dict[str, str]:
    """Return, by the name that jinja can read in its place, each column whose own it cannot.

    >>> aliases(["text", "Order ID"])
    {'column_4f72646572204944': 'Order ID'}
    """
    return {_name(each): each for each in columns if _name(each) != each}


def _name(column: str) -> str:
    is_word = column.isidentifier() and not keyword.iskeyword(column)
    if is_word and column.casefold() not in _WORDS_OF_JINJA:
        return column
    return f"column_{column.encode().hex()}"


def _replaced(text: str, columns: frozenset[str]) -> str:
    def double(found: re.Match[str]) -> str:
        """Return a column in two pairs of braces, and what is none as it stands."""
        is_column = found[1] in columns and not _is_latex(found)
        return f"{{{{ {_name(found[1])} }}}}" if is_column else found[0]

    return BRACED.sub(double, text)


def _is_latex(found: re.Match[str]) -> bool:
    return _LATEX.search(found.string[: found.start()]) is not None


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield a template piece by piece, each with whether it is text that jinja leaves as it is."""
    try:
        tokens = list(PROMPTS.lex(text))
    except TemplateError:  # whoever fills it says what is wrong
        tokens = [(1, "broken", text)]
    is_raw = False
    for _, kind, piece in tokens:
        is_raw = kind == "raw_begin" or (is_raw and kind != "raw_end")
        yield piece, kind == "data" and not is_raw
