"""`RougeL`, `Bleu`, `ChrF`: how much of a reference's wording an answer has.

They compare wording, and know nothing of what is true: an answer that denies the reference scores
nearly as high as one that repeats it.
"""

from abc import abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import Any

import regex

from ladder.errors import MetricError
from ladder.installation import install_line
from ladder.scoring.forms.text_units import GAPLESS, GAPLESS_WORD
from ladder.scoring.metric import BuiltIn, Kind
from ladder.scoring.plain_text import folded, plain
from ladder.scoring.read import Reading
from ladder.spec.metric_spec import MetricSpec

_TOKEN = regex.compile(rf"{GAPLESS_WORD}|(?:(?![{GAPLESS}])[\p{{L}}\p{{M}}\p{{N}}])+")
_GAPLESS_LETTER = regex.compile(rf"([{GAPLESS}]\p{{M}}*)")
_MOST_CHARACTERS = 20_000
"""What is compared: a longer answer is cut there, and loses what its reference says behind it."""


class TextOverlap(BuiltIn):
    """Base of metrics that compare the wording of an answer with that of a reference."""

    kind: Kind = "graded"

    def __init__(self, spec: MetricSpec, read: Reading) -> None:
        super().__init__(spec, read)
        if self.library:
            _sacrebleu("BLEU")  # where it is not installed, that is said before anything runs

    def compare(self, answer: str, target: str) -> float:
        """Return the overlap, from 0 to 1; the same text has 1."""
        said, wanted = plain(answer)[:_MOST_CHARACTERS], plain(target)[:_MOST_CHARACTERS]
        if not said or not wanted:
            return 0.0
        if said == wanted:
            return 1.0
        return min(1.0, max(0.0, self.overlap(said, wanted)))

    @abstractmethod
    def overlap(self, said: str, wanted: str) -> float:
        """Return the overlap of two texts that are not empty."""

    def full_marks_in(self, passage: str, targets: Sequence[str]) -> bool:
        """Return whether a whole reference stands in a passage, to be copied out."""
        return any(plain(target) in plain(passage) for target in targets if target.strip())


class RougeL(TextOverlap):
    """ROUGE-L: the F-measure of the longest common subsequence of words (Lin 2004).

    Words as Google's `rouge_score` cuts them, without stemming: case and punctuation do not count. In
    scripts without gaps every character is a word; `rouge_score` finds no words there at all. Words
    in another order, repeated or added count less.
    """

    name = "rouge_l"

    def overlap(self, said: str, wanted: str) -> float:
        """Return the harmonic mean of precision and recall of the longest common subsequence."""
        one, other = tokens_of(said), tokens_of(wanted)
        if not one or not other:
            return float(folded(said) == folded(wanted))
        return 2 * longest_common(one, other) / (len(one) + len(other))


class Bleu(TextOverlap):
    """Sentence BLEU by sacrebleu: 1 to 4 words in a row, effective order, smoothed (Post 2018).

    Words as in WMT's `13a`; in scripts without gaps every character is a word, as with sacrebleu's
    `zh`. The score of a task is the mean of its samples, which is not the BLEU of the whole set.
    """

    name = "bleu"
    library = "sacrebleu"

    def overlap(self, said: str, wanted: str) -> float:
        """Return sacrebleu's score of one sentence, from 0 to 1."""
        parts = spaced(said), spaced(wanted)
        return float(_sacrebleu("BLEU").sentence_score(parts[0], [parts[1]]).score) / 100


class ChrF(TextOverlap):
    """chrF2 by sacrebleu: the F-measure of 1 to 6 characters in a row (Popović 2015).

    Case counts. It needs no words, and so is the same for every script.
    """

    name = "chrf"
    library = "sacrebleu"

    def overlap(self, said: str, wanted: str) -> float:
        """Return sacrebleu's score of one sentence, from 0 to 1."""
        return float(_sacrebleu("CHRF").sentence_score(said, [wanted]).score) / 100


def tokens_of(text: str) -> list[str]:
    """Return the words of a text for ROUGE.

    >>> tokens_of("It's 3.5 km!"), tokens_of("今天 very 好。")
    (['it', 's', '3', '5', 'km'], ['今', '天', 'very', '好'])
    """
    return [str(each) for each in _TOKEN.findall(folded(text))]


def spaced(text: str) -> str:
    """Return a text with a gap around each letter of a script without gaps.

    >>> spaced("我有iPhone。")
    ' 我  有 iPhone。'
    """
    return str(_GAPLESS_LETTER.sub(r" \1 ", text))


def longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence, by rows of bits (Hyyrö 2004).

    >>> longest_common("a b c d".split(), "b x d a".split())
    2
    """
    places: dict[str, int] = {}
    for at, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << at
    full = (1 << len(one)) - 1
    row = full
    for word in other:
        shared = row & places.get(word, 0)
        row = ((row + shared) | (row - shared)) & full
    return len(one) - row.bit_count()


@cache
def _sacrebleu(name: str) -> Any:  # noqa: ANN401 - sacrebleu has no types here
    try:
        from sacrebleu.metrics import BLEU, CHRF
    except ImportError:
        raise MetricError(
            f"metric {name.lower()} needs the package sacrebleu.", next_step=install_line("metrics")
        ) from None
    return BLEU(effective_order=True) if name == "BLEU" else CHRF()
