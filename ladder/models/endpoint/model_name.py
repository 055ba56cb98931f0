"""`is_one_name`: whether two names mean one served model; services and gateways spell it in their own ways."""

import re
from collections.abc import Iterable, Sequence

_USUAL_TAG = ":latest"


def is_one_name(one: str, other: str) -> bool:
    """Return whether two names are one: letter case, `:latest` and what stands before a slash may differ.

    Ollama writes `m:latest` for `m`, LM Studio writes small letters, and of two servers behind a
    gateway one leaves out who made the model. Two makers are two models, and so are two tags.

    >>> is_one_name("Qwen/Qwen3", "qwen/qwen3"), is_one_name("models/Qwen3", "qwen3:latest")
    (True, True)
    >>> is_one_name("mine/qwen3", "yours/qwen3"), is_one_name("qwen3:8b", "qwen3")
    (False, False)
    """
    short, long = sorted(map(plain_name, (one, other)), key=len)
    return bool(short) and (short == long or long.endswith(f"/{short}"))


def one_of(names: Iterable[str], asked: str) -> str | None:
    """Return the name among some that is another one: as it is written, else the only one that means it.

    >>> one_of(["Qwen/Qwen3", "other"], "qwen3"), one_of(["mine/m", "yours/m"], "m")
    ('Qwen/Qwen3', None)
    """
    known = dict.fromkeys(names)
    found = [asked] if asked in known else [each for each in known if is_one_name(each, asked)]
    return found[0] if len(found) == 1 else None


def most_said(names: Sequence[str]) -> tuple[str, int]:
    """Return the name that most of some are one with, and how many those are.

    >>> most_said(["a", "Qwen/Qwen3", "qwen3"])
    ('Qwen/Qwen3', 2)
    """
    counted = {
        name: sum(name == other or is_one_name(name, other) for other in names) for name in names
    }
    best = max(counted, key=lambda name: counted[name])
    return best, counted[best]


def is_version_of(name: str, asked: str) -> bool:
    """Return whether a name is another one with a date or a number behind it, or in place of `latest`.

    >>> is_version_of("gpt-4o-2024-08-06", "gpt-4o"), is_version_of("gpt-4o-mini", "gpt-4o")
    (True, False)
    >>> is_version_of("mistral-small-2409", "mistral-small-latest")
    True
    """
    plain, base = plain_name(name), plain_name(asked).removesuffix("-latest")
    rest = plain.removeprefix(base)
    return rest != plain and re.fullmatch(r"[-@:_.](?:v?\d[\d.-]*|latest)", rest) is not None


def plain_name(name: str) -> str:
    """Return a name in small letters, without the tag that stands for none."""
    return name.strip().lower().removesuffix(_USUAL_TAG)
