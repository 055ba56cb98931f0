r"""`count_of`: the words, characters, sentences and lines of a text, in any script.

Words and sentences are cut by rules and not by Unicode's word lists: in scripts without gaps (Chinese,
Japanese, Thai, Lao, Khmer, Burmese) every character counts as a word, as editors there count.
"""

import regex

from ladder.scoring.plain_text import without_tokens
from ladder.spec.metric_parts import LengthUnit

GAPLESS = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""Letters of scripts that put no gap between words, for a class of a regular expression."""

GAPLESS_WORD = r"[\p{Han}\p{Hiragana}\p{Katakana}ー]|[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\p{M}*"
"""What counts as a word in these scripts: a character, with the marks on it."""

WORD = regex.compile(rf"{GAPLESS_WORD}|(?:(?![{GAPLESS}])\S)+")
_GAP_LACKS = regex.compile(r"(?<=\p{L})[,;](?=\p{L})|(?<=\w)(?:—|–(?=\p{L})|…|\.{3})(?=\w)")
"""Marks between words that some writers put no space around: `one,two`, `works—mostly`."""
_HOLDS_WORD = regex.compile(r"[\p{L}\p{N}\p{S}--[\p{Sk}=+|<>~^`]]", regex.V1)
_CHARACTER = regex.compile(r"\X")
_UNSEEN = str.maketrans("", "", "\u200b\ufeff\u00ad\u2060")
_SHORT = (
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|approx|cf|al|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Inc|Ltd|Co|Corp|Fig|Eqs?|Nos?|pp?|Nr|Abs|Abb|Art|Bd|bzw"
    r"|ca|evtl|ggf|inkl|usw|vgl|Mio|Mrd|Str|Tel|Sra|Srta|Ud|Uds|av|env|p\.ex|etc"
    r"|e\.g|i\.e|z\.\s?B|d\.\s?h|u\.\s?a|o\.\s?ä|a\.\s?m|p\.\s?m)|\b\p{L}"
    r"|(?:^|\b(?:a[mb]|d(?:as|e[mnrs]|ie)|i[mn]|vo[mn]|zu[mr]|bis|seit|[ms]?ein|ihr)\s)\p{N}{1,3})"
)
_MAY_END = regex.compile(
    r"(?:\b(?:etc|usw|al|Jr|Sr|Inc|Ltd|Co|Corp|a\.\s?m|p\.\s?m)|\b\p{L}|\p{N})\Z", regex.IGNORECASE
)
_BEGINS = regex.compile(
    r"\s*(?:I|You|He|She|It|We|They|This|That|These|Those|There|The|But|And|So|If|In|However"
    r"|Ich|Du|Sie|Er|Es|Wir|Ihr|Der|Die|Das|Aber|Und|Wenn|Je|Tu|Il|Elle|Nous|Vous|Le|La|Les|El|Los"
    r"|Las|Pero|Mais)\s"
)
"""Words that begin a sentence, where an abbreviation before them may end one: `at 5 p.m. We go.`"""
_SENTENCE_END = regex.compile(
    r"[。！？｡．]+[」』”’）)]*|[.!?…؟।۔։]+[\"'”’»)\]]*(?=\s|$)", regex.MULTILINE
)
_SHORT_BEFORE = regex.compile(rf"{_SHORT}\Z", regex.IGNORECASE)
_LETTER = regex.compile(r"\p{L}|\p{N}")
_CLOSING = "\"'”’»)]"
_NEXT_IS_SMALL = regex.compile(r"[ \t]*\p{Ll}")


def count_of(text: str, unit: LengthUnit) -> int:
    """Return how many of a unit a text has.

    >>> count_of("It's 3.5 km - well-known!", "words"), count_of("今天天气很好。", "words")
    (4, 6)
    >>> count_of("Ça va?", "characters"), count_of("👩‍👩‍👧", "characters")
    (6, 1)
    """
    text = without_tokens(text).replace("\r\n", "\n").strip()
    match unit:
        case "words":
            return len(words_in(text))
        case "characters":
            return len(_CHARACTER.findall(text.translate(_UNSEEN)))
        case "sentences":
            return len(sentences_in(text))
        case _:
            return sum(bool(line.strip()) for line in text.splitlines())


def words_in(text: str) -> list[str]:
    """Return the words of a text; what holds no letter and no digit is none.

    >>> words_in("* Two words - here"), words_in("東京へ行く")
    (['Two', 'words', 'here'], ['東', '京', 'へ', '行', 'く'])
    >>> words_in("one,two and 1,234"), words_in("It works—mostly")
    (['one', 'two', 'and', '1,234'], ['It', 'works', 'mostly'])
    """
    text = _GAP_LACKS.sub(" ", text)
    return [str(word) for word in WORD.findall(text) if _HOLDS_WORD.search(word)]


def sentences_in(text: str) -> list[str]:
    """Return the sentences of a text: each line holds its own; abbreviations end none.

    >>> sentences_in("Dr. Smith paid 3.5 million. He left!")
    ['Dr. Smith paid 3.5 million.', 'He left!']
    >>> sentences_in("今天很好。明天呢？"), sentences_in("Wait... what?")
    (['今天很好。', '明天呢？'], ['Wait... what?'])
    """
    return [each for line in text.splitlines() for each in _sentences_of_line(line.strip())]


def _sentences_of_line(line: str) -> list[str]:
    sentences: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(line):
        if _is_no_end(line, end.start(), end.end()):
            continue
        sentences.append(line[start : end.end()].strip())
        start = end.end()
    sentences.append(line[start:].strip())
    return [each for each in sentences if _LETTER.search(each)]


def _is_no_end(line: str, start: int, after: int) -> bool:
    """Return whether a mark belongs to an abbreviation or a number, or a small letter follows it."""
    is_quoted = line[after - 1] in _CLOSING
    is_followed = _NEXT_IS_SMALL.match(line, after) is not None
    if line[start] in "。！？｡．!?؟।۔։":
        return is_quoted and is_followed
    if is_followed:
        return True
    near = max(0, start - 12)
    if not line[after:].strip() or _SHORT_BEFORE.search(line, near, start) is None:
        return False
    return not (_MAY_END.search(line, near, start) and _BEGINS.match(line, after))
