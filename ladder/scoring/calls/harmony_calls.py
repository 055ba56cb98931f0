r"""`take_harmony_calls`: calls in the channels of OpenAI's harmony format, as marked calls.

The channel `commentary` holds calls and is no answer; so calls must be taken out before thoughts
are split off. The form is that of OpenAI's harmony guide (2025).
"""

import re

_CALL = re.compile(
    r"(?:<\|start\|>)?(?:assistant)?(?P<before>[^<]{0,200})<\|channel\|>(?P<head>[^<]{0,200})"
    r"(?:<\|constrain\|>(?P<kind>[^<]{0,64}))?<\|message\|>(?P<body>.*?)"
    r"(?:<\|(?:call|end|return)\|>|(?=<\|start\|>)|(?P<cut>\Z))",
    re.DOTALL,
)
_RECIPIENT = re.compile(r"\bto=(?P<name>[\w.:/-]{1,200})")
_MOST_CHARACTERS = 100_000


def take_harmony_calls(text: str) -> tuple[str, list[str]]:
    r"""Return a text without the calls of its channels, and these as `<tool_call>` elements.

    >>> text = '<|channel|>commentary to=functions.time<|message|>{"zone": "UTC"}<|call|>'
    >>> take_harmony_calls(text)
    ('', ['<tool_call>\n{"name": "time", "arguments": {"zone": "UTC"}}\n</tool_call>'])
    """
    if "<|channel|>" not in text or "to=" not in text:
        return text, []
    calls: list[str] = []

    def taken(found: re.Match[str]) -> str:
        named = _RECIPIENT.search(f"{found['before']} {found['head']}")
        if named is None:
            return found.group()
        name = named["name"].removeprefix("functions.")
        begun = f'<tool_call>\n{{"name": "{name}", "arguments": {found["body"].strip()}'
        is_cut = found["cut"] is not None and not found["body"].strip().endswith("}")
        calls.append(begun if is_cut else f"{begun}}}\n</tool_call>")
        return ""

    rest = _CALL.sub(taken, text[:_MOST_CHARACTERS])
    return (rest, calls) if calls else (text, [])
