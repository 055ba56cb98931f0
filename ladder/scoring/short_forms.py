"""`same_in_short`: whether two texts are one name or number, in full and as people shorten it.

It only keeps a model from being called wrong for sure, as `meant_alike` does: `St.` may be a saint or a
street, so that no score can rest on it.
"""

import re

from ladder.scoring.denials import NOT_WORDS
from ladder.scoring.numbers.number_words import words_as_digits
from ladder.scoring.plain_text import folded, plain

_TABLE = """
st saint street strasse straße str ste sankt
dr doctor doktor docteur
mr mister
mt mount mountain
ft fort
prof professor professeur
jr junior
sr senior
ave av avenue
rd road
blvd boulevard
ln lane
sq square
hwy highway
inc incorporated
corp corporation
co company
ltd limited
bros brothers
dept department
univ university
intl international
govt government
no nr num number nummer numéro # №
vs v versus
us usa
grey gray
"""
_SHORT = {word: line.split()[0] for line in _TABLE.strip().splitlines() for word in line.split()}
_PLACES = {"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7",
           "eighth": "8", "ninth": "9", "tenth": "10"}  # fmt: skip
_SIGN = re.compile(r"[%‰°+*=<>^{}\[\]$€£¥\\|]|(?<![\w)])[-−]\s?[\d.]|(?<!\w)minus(?!\w)")
"""Marks that change what a number or a formula says."""

_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\Z")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[#№]|(?<=\d)[:.,/-](?=\d)")
_ACRONYM = re.compile(r"(?<!\w)((?:[a-z]\.){2,})(?!\w)")
_STATES = re.compile(r"\bunited states(?: of america)?\b")
_KINGDOM = re.compile(r"\bunited kingdom\b")
_RATIO = re.compile(r"(\d+)\s*(?::|[-\s]?\b(?:to|zu|à)\b[-\s]?)\s*(\d+)")
_BETWEEN = re.compile(
    r"\b(?:between|zwischen|entre|tra|tussen)\s+([\d.,]+)\s+(?:and|und|et|y|e|en)\s+([\d.,]+)"
)
_SPELT = re.compile(r"(?<=\w{3})our(?=s?\b)|(?<=\w{3})is(?=(?:e|ed|es|ing|ation|ations)\b)")
_VERSION = re.compile(r"\bv(?:ersion)?\.?\s?(?=\d)")
_STREET = re.compile(r"(?<=\w{3})(?:strasse|straße|str)\b")
_MOST_CHARACTERS = 500
_NONE = re.compile(
    r"(?<!\w)(?:no (?!doubt|idea|question|problem|one|way|answer|need)\w|(?:none|nothing|nobody|nil|zero|keine?|keiner|nichts|aucune?"
    r"|ningun[oa]?|ningún|nessun[oa]?)(?!\w))"
)
_CLOCK = re.compile(
    r"\W*(?:(?:it is|it['’]s|at) )?(?:about )?(?:(half|a quarter|quarter) (past|to) (\d{1,2})|noon|midday|(midnight))\W*"
)


def same_in_short(said: str, target: str) -> bool:
    """Return whether an answer is, or states, a target in full or shortened.

    >>> same_in_short("12 Main St.", "12 Main Street"), same_in_short("St Louis", "Saint Louis")
    (True, True)
    >>> same_in_short("10 to 1", "10:1"), same_in_short("John Fitzgerald Kennedy", "John F. Kennedy")
    (True, True)
    >>> same_in_short("12 Main Road", "12 Main Street"), same_in_short("Robert F. Kennedy", "John F. Kennedy")
    (False, False)
    """
    if max(len(said), len(target)) > _MOST_CHARACTERS:
        return False
    if folded(plain(target)) in _clock_times(said):
        return True
    if _SIGN.search(said) or _SIGN.search(target):
        return False
    answer, wanted = _tokens(said), _tokens(target)
    # Where the words are the same, marks differ or the words are denied: nothing is shortened.
    if not answer or not wanted or _holds(_words(said), _words(target)):
        return False
    says_none = wanted == ["0"] and _NONE.search(folded(plain(said))) is not None
    if says_none or answer == wanted or _states(answer, wanted):
        return True
    return _is_name(target) and _same_name(answer, wanted)


def _clock_times(text: str) -> set[str]:
    """Return the times that a whole text may tell in words, before and after noon.

    >>> sorted(_clock_times("Half past two")), sorted(_clock_times("quarter to one"))
    (['02:30', '14:30', '2:30'], ['00:45', '0:45', '12:45'])
    """
    found = _CLOCK.fullmatch(words_as_digits(folded(plain(text))))
    if found is None:
        return set()
    part, side, number, midnight = found.groups()
    minute = 0 if number is None else 30 if part == "half" else 15
    minutes = 60 * int(number or (0 if midnight else 12)) + (-minute if side == "to" else minute)
    hours = (
        {minutes // 60 % 24} if number is None else {minutes // 60 % 12, minutes // 60 % 12 + 12}
    )
    shown = {f"{hour}:{minutes % 60:02}" for hour in hours}
    return shown | {each.zfill(5) for each in shown}


def _words(text: str) -> list[str]:
    return [str(each) for each in _WORD.findall(folded(plain(text)))]


def _tokens(text: str) -> list[str]:
    text = words_as_digits(folded(plain(text))).replace("–", "-")
    text = _ACRONYM.sub(lambda found: found[1].replace(".", ""), text)
    text = _KINGDOM.sub("uk", _STATES.sub("us", text))
    text = _RATIO.sub(r"\1:\2", _BETWEEN.sub(r"\1-\2", text))
    text = _VERSION.sub("", _STREET.sub("str", text))
    text = _SPELT.sub(lambda found: "or" if found[0] == "our" else "iz", text)
    words = [_in_short(str(each)) for each in _WORD.findall(text)]
    return [each for each in words if each not in ("the", "of")]


def _in_short(word: str) -> str:
    ordinal = _ORDINAL.match(word)
    return ordinal[1] if ordinal else _SHORT.get(word) or _PLACES.get(word) or word


def _holds(words: list[str], wanted: list[str]) -> bool:
    size = len(wanted)
    return any(words[at : at + size] == wanted for at in range(len(words) - size + 1))


def _states(answer: list[str], wanted: list[str]) -> bool:
    """Return whether the words of a target stand together in an answer, and are not denied there."""
    size = len(wanted)
    return size > 1 and any(
        answer[at : at + size] == wanted and not (at and answer[at - 1] in NOT_WORDS)
        for at in range(len(answer) - size + 1)
    )


def _is_name(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= 5 and all(each[:1].isupper() for each in words)


def _same_name(answer: list[str], wanted: list[str]) -> bool:
    """Return whether two names differ in initials alone: `J. Smith`, `John F. Kennedy`."""
    if len(answer) == len(wanted):
        pairs = list(zip(answer, wanted, strict=True))
        return answer[-1] == wanted[-1] and all(map(_is_initial, *zip(*pairs, strict=True)))
    short, full = sorted((answer, wanted), key=len)
    kept = [full[0], *(each for each in full[1:-1] if len(each) > 1), full[-1]]
    return len(short) > 1 and short == kept


def _is_initial(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])
