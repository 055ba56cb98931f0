"""Numbers as a person reads them: `.98`, two figures, counts with a thousands comma."""

import math


def score(value: float, *, beside: float | None = None) -> str:
    """Return a score in [0, 1] without its leading zero.

    A score never looks like 1, 0 or `beside` (the target) when it is not.

    >>> score(0.984), score(1.0), score(0), score(0.996), score(0.0049)
    ('.98', '1.0', '0', '.996', '.005')
    >>> score(0.846, beside=0.85), score(0.0126), score(0.03)
    ('.846', '.013', '.03')
    """
    places = 2
    text = _fixed(value, places)
    while places < 5 and _misleads(text, value, beside):
        places += 1
        text = _fixed(value, places)
    return text


def at_least(value: float) -> str:
    """Return a lower bound, rounded down, so that the text never claims more.

    >>> at_least(0.9391), at_least(0.004)
    ('.93', '0')
    """
    return _fixed(math.floor(value * 100 + 1e-9) / 100, 2)


def at_most(value: float) -> str:
    """Return an upper bound, rounded up, so that the text never claims more.

    >>> at_most(0.3701), at_most(1.0)
    ('.38', '1.0')
    """
    return _fixed(math.ceil(value * 100 - 1e-9) / 100, 2)


def exact(value: float) -> str:
    """Return a number that the user typed, as typed, without its leading zero.

    >>> exact(0.85), exact(0.875), exact(0.8), exact(1.0)
    ('.85', '.875', '.80', '1.0')
    """
    text = repr(float(value))
    return text[1:].ljust(3, "0") if text.startswith("0.") else text


def gain(value: float) -> str:
    """Return a difference of two scores with its sign.

    >>> gain(0.983), gain(-0.02), gain(0.0)
    ('+.98', '−.02', '0')
    """
    text = _fixed(abs(value), 2)
    if text == "0":
        return "0"
    return f"{'+' if value > 0 else '−'}{text}"


def times(value: float) -> str:
    """Return a multiple with two figures.

    >>> times(1.0), times(2.43), times(12.6), times(0.42)
    ('1.0×', '2.4×', '13×', '.42×')
    """
    if value >= 9.95:
        return f"{value:,.0f}×"
    text = f"{value:.1f}" if value >= 0.995 else f"{value:.2f}"[1:]
    return f"{text}×"


def count(value: float) -> str:
    """Return a whole number with a thousands comma.

    >>> count(20000)
    '20,000'
    """
    return f"{value:,.0f}"


def percent(value: float) -> str:
    """Return an error probability in percent, for the one sentence that is a claim.

    >>> percent(0.05), percent(0.035)
    ('5 %', '3.5 %')
    """
    return f"{value * 100:.3g} %"


def counted(value: int, thing: str) -> str:
    """Return a number of things.

    >>> counted(1, "call"), counted(798, "call")
    ('1 call', '798 calls')
    """
    return f"{count(value)} {thing}{'' if value == 1 else 's'}"


def level(value: float) -> str:
    """Return an error level with two significant figures.

    >>> level(0.035), level(0.0102), level(0.0)
    ('.035', '.01', '0')
    """
    return f"{value:.2g}".removeprefix("0") or "0"


def money(value: float, currency: str) -> str:
    """Return an amount of money with two significant figures, small ones too.

    >>> money(0.00123, "EUR"), money(12.0, "USD"), money(1234.5, "USD")
    ('0.0012 EUR', '12 USD', '1,200 USD')
    """
    places = max(0, 1 - math.floor(math.log10(value))) if 0 < value < 10 else 0
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.{places}f} {currency}"


def chance(p: float) -> str:
    """Return a p-value with two significant figures, and no more zeros than a person reads.

    >>> chance(0.0312), chance(0.00002), chance(1.0)
    ('.031', '< .001', '1.0')
    """
    if p < 0.001:
        return "< .001"
    return "1.0" if p >= 0.995 else level(p)


def seconds(value: float) -> str:
    """Return a duration with two figures.

    >>> seconds(0.14), seconds(12.4), seconds(185), seconds(7300)
    ('.14 s', '12 s', '3 min 5 s', '2 h 1 min')
    """
    if value < 9.95:
        text = f"{value:.2g}"
        return f"{text.removeprefix('0') or '0'} s" if value > 0 else "0 s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _fixed(value: float, places: int) -> str:
    is_small = 0 < abs(value) < 0.0995
    text = f"{value:.{places + is_small}f}"
    text = text.removesuffix("0") if is_small else text
    if float(text) == 0:
        return "0"
    if float(text) == 1:
        return "1.0"
    return text.removeprefix("0")


def _misleads(text: str, value: float, beside: float | None) -> bool:
    shown = float(text)
    if shown == value:
        return False
    limits = (0.0, 1.0) if beside is None else (0.0, 1.0, beside)
    return any(math.isclose(shown, limit, abs_tol=1e-9) for limit in limits)
