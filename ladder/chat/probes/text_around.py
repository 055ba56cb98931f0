"""Text helpers of the probes: text before, after or between words; words renamed in a template."""

import os.path
import re
from collections.abc import Mapping

THOUGHT_MARK = re.compile(r"</?(?:\w+:)?think(?:ing)?>|\[/?THINK\]")
"""What opens or closes a thought."""

_MARK_AND_SPACE = re.compile(rf"\s*(?:{THOUGHT_MARK.pattern})\s*")


def before(text: str | None, word: str) -> str | None:
    """Return what stands before the first occurrence of a word; None without it.

    >>> before("a U b", "U")
    'a '
    """
    return text.partition(word)[0] if text is not None and word in text else None


def after(text: str | None, word: str) -> str | None:
    """Return what follows the last occurrence of a word; None without it.

    >>> after("a U b", "U")
    ' b'
    """
    return text.rpartition(word)[2] if text is not None and word in text else None


def between(text: str | None, left: str, right: str) -> str | None:
    """Return what stands between two words; None where one is missing or they change places.

    >>> between("U</s>A", "U", "A")
    '</s>'
    """
    rest = None if text is None or left not in text else text.partition(left)[2]
    return before(rest, right)


def matches(tail: str, header: str) -> bool:
    r"""Return whether a prompt's end opens a reply as the header in history does.

    >>> matches("<bot>", "<bot>\n"), matches("<bot><think>", "<bot>"), matches("", "<bot>")
    (True, True, False)
    """
    longer_by = header.removeprefix(tail) if header.startswith(tail) else None
    return tail.startswith(header) or (longer_by is not None and not longer_by.strip())


def without_thoughts(text: str) -> str:
    r"""Return a text without its think blocks, closed or not.

    >>> without_thoughts("a<think>b</think>\nc<think>d")
    'ac'
    """
    return re.sub(r"<think>.*?(?:</think>\s*|\Z)", "", text, flags=re.DOTALL)


def without_thought_marks(text: str) -> str:
    r"""Return a text without think blocks and without single marks of them.

    The prompt may open the thought, or close it at once; the history may show either, or none.

    >>> without_thought_marks("<bot></think>"), without_thought_marks("<bot><think>\n")
    ('<bot>', '<bot>')
    """
    return _MARK_AND_SPACE.sub("", without_thoughts(text))


def common_prefix(left: str, right: str) -> str:
    """Return the longest common start of two texts.

    >>> common_prefix("<bot>Yes", "<bot>No")
    '<bot>'
    """
    return os.path.commonprefix([left, right])  # noqa: RUF071 - of texts, not of paths


def common_suffix(left: str, right: str) -> str:
    """Return the longest common end of two texts.

    >>> common_suffix("</s><bot>", "</u><bot>")
    '><bot>'
    """
    return common_prefix(left[::-1], right[::-1])[::-1]


def rename_words(template: str, names: Mapping[str, str]) -> str:
    """Return the template with whole words renamed.

    >>> rename_words("{{ messges[0].contnt }}", {"messges": "messages", "contnt": "content"})
    '{{ messages[0].content }}'
    """
    for wrong, right in names.items():
        template = re.sub(rf"\b{re.escape(wrong)}\b", right, template)
    return template
