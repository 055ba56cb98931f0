"""What to write where a number of a spec stands as people say it: with a unit, a percent sign, in words."""

import math
import re
from collections.abc import Mapping
from typing import Any

from ladder.spec.limits import LimitName

_COMPARED = re.compile(r"as\s+(?:good\s+as\s+)?(\S+?)(?:\s+less\s+(\S+)(?:\s*%)?)?", re.IGNORECASE)
_MODEL = re.compile(r"\S+[/:]\S+")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")

_UNITS: Mapping[LimitName, Mapping[str, float]] = {
    "seconds_p95": {"s": 1, "sec": 1, "second": 1, "seconds": 1, "ms": 0.001, "min": 60, "m": 60},
    "prompt_tokens": {"k": 1000, "tokens": 1, "token": 1, "tok": 1, "ktokens": 1000},
    "memory_gib": {
        "gib": 1,
        "gb": 1e9 / 2**30,
        "g": 1,
        "mib": 1 / 1024,
        "mb": 1e6 / 2**30,
        "tb": 1e12 / 2**30,
    },
    "money_per_1000": {},
}
_MEANT: Mapping[LimitName, str] = {
    "seconds_p95": "seconds that 19 of 20 answers stay within, such as 1.5",
    "prompt_tokens": "whole tokens that 19 of 20 prompts stay within, such as 2000",
    "memory_gib": "GiB, such as 12",
    "money_per_1000": "money for a thousand answers, such as 2, in the currency of prices",
}


def compared(text: str) -> tuple[str, str | None] | None:
    """Return what candidates must be as good as, and how much less is fine, said in words; else None.

    >>> compared("as good as org/big less 5%"), compared("as recorded:old.jsonl"), compared("0.8")
    (('org/big', '5%'), ('recorded:old.jsonl', None), None)
    """
    found = _COMPARED.fullmatch(text.strip())
    return None if found is None else (found[1], found[2])


def target_step(value: Any) -> str:  # noqa: ANN401 - whatever a spec holds
    """Return what to write as a target: a share, or what candidates are held against.

    >>> target_step("as good as org/big less 5%")
    'Write target: {reference: org/big, margin: 0.05}.'
    >>> target_step("org/big")
    'Write target: {reference: org/big, margin: 0.03} to ask for as good as that, less 0.03.'
    >>> target_step("80%")
    'Write 0.8 if you mean 80 percent.'
    """
    text = value.strip() if isinstance(value, str) else ""
    reference, less = compared(text) or ("", None)
    if less is not None:
        margin = share_meant(less)
        return f"Write target: {{reference: {reference}, margin: {0.03 if margin is None else margin:g}}}."
    if reference or _MODEL.fullmatch(text):
        named = reference or text
        return (
            f"Write target: {{reference: {named}, margin: 0.03}} to ask for as good as that, less "
            "0.03."
        )
    if text and share_meant(text) is None:
        return f"{share_step(value)} To be as good as a model: target: {{reference: MODEL, margin: 0.03}}."
    return share_step(value)


def share_meant(text: str) -> float | None:
    """Return the share that a text means, also as percent; None where it is none.

    >>> share_meant("80 %"), share_meant("0,8"), share_meant("80"), share_meant("0"), share_meant("x")
    (0.8, 0.8, 0.8, 0.0, None)
    """
    plain = re.sub(r"(?<=\d),(?=\d)", ".", text.strip())
    try:
        number = float(plain.rstrip("% "))
    except ValueError:
        return None
    share = number / 100 if number > 1 or plain.endswith("%") else number
    return share if 0 <= share <= 1 else None


def share_step(value: Any) -> str:  # noqa: ANN401 - whatever a spec holds
    """Return what to write as a share.

    >>> share_step(80), share_step("0,8")
    ('Write 0.8 if you mean 80 percent.', 'Write 0.8, without quotes.')
    """
    text = str(value).strip()
    share = None if isinstance(value, bool) else share_meant(text)
    if not share:
        return "Write a share between 0 and 1, such as 0.8."
    if text.endswith("%") or float(text.replace(",", ".")) > 1:
        return f"Write {share:g} if you mean {share * 100:g} percent."
    return f"Write {share:g}, without quotes."


def margin_step(value: Any, than: str) -> str:  # noqa: ANN401 - whatever a spec holds
    """Return what to write as a margin below something.

    >>> margin_step(1, "the target")
    'Write how far below the target is still good enough, such as 0.02.'
    >>> margin_step("5%", "the target")
    'Write 0.05 if you mean 5 percent.'
    """
    share = None if isinstance(value, bool) else share_meant(str(value))
    if share is None or share in (0, 1):
        return f"Write how far below {than} is still good enough, such as 0.02."
    return share_step(value)


def limit_step(name: LimitName, value: Any) -> str:  # noqa: ANN401 - whatever a spec holds
    """Return what to write as a limit, where it stands with its unit, or as no number.

    >>> limit_step("prompt_tokens", "2k"), limit_step("seconds_p95", "300ms")
    ('Write prompt_tokens: 2000.', 'Write seconds_p95: 0.3.')
    >>> limit_step("memory_gib", "12GB")
    'Write memory_gib: 11.2, or memory_gib: 12 if GiB are meant.'
    >>> limit_step("money_per_1000", "$2")
    'Write money_per_1000: 2, in the currency of your prices.'
    >>> limit_step("seconds_p95", "fast")
    'Write a number: seconds that 19 of 20 answers stay within, such as 1.5.'
    """
    number, unit = _number_and_unit(name, value)
    if number is None or unit is None:
        return f"Write a number: {_MEANT[name]}."
    times = _UNITS[name].get(unit, 1.0)
    written = _written(name, number * times)
    if name == "money_per_1000":
        return f"Write {name}: {written}, in the currency of your prices."
    if unit == "gb":
        return f"Write {name}: {written}, or {name}: {number:g} if GiB are meant."
    return f"Write {name}: {written}."


def _number_and_unit(name: LimitName, value: Any) -> tuple[float | None, str | None]:  # noqa: ANN401
    """Return the number above 0 in a value and its unit; None for what is not known."""
    text = "" if isinstance(value, bool) else str(value).strip()
    found = _NUMBER.search(text)
    if found is None:
        return None, None
    unit = f"{text[: found.start()]}{text[found.end() :]}".strip().lower()
    digits = found[0]
    if name == "prompt_tokens" and _THOUSANDS.fullmatch(digits):
        digits = re.sub(r"[.,]", "", digits)
    try:
        number = float(digits.replace(",", "."))
    except ValueError:
        return None, None
    is_known = not unit or unit in _UNITS[name] or (name == "money_per_1000" and len(unit) < 5)
    return (number if number > 0 else None), (unit if is_known else None)


def _written(name: LimitName, number: float) -> str:
    if name == "prompt_tokens":
        return str(math.floor(number))
    return f"{number:.3g}" if number < 1000 else f"{number:.0f}"
