"""`COLUMN` and `escaped`: where a prompt's text has columns, and text that must not be read as one."""

import re

BRACED = re.compile(r"(?<![{$\\])\{[ \t]*([^\W\d]\w*(?:[ .-]\w+)*)[ \t]*\}")
"""A name in one pair of braces: a column where one has this name, else text."""

COLUMN = re.compile(rf"\{{\{{-?(?!\s*['\"]).*?\}}\}}|{BRACED.pattern}", re.DOTALL)
"""A place for a column. In one pair of braces it may be text, and stays where it is all the same."""

_MARKS = re.compile(r"\{[{%#]|\{(?=[ \t]*[^\W\d][\w .-]*\})")


def escaped(text: str) -> str:
    """Return text that stays text in a prompt, where `{{ }}`, `{% %}` and `{column}` mean something.

    >>> escaped(r"x{{2}"), escaped("{text}")
    ("x{{ '{{' }}2}", "{{ '{' }}text}")
    """
    return _MARKS.sub(lambda found: f"{{{{ '{found[0]}' }}}}", text)
