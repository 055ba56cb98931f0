"""`Language`: whether an answer is written in a language, whatever it quotes."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, ClassVar

import regex

from ladder.errors import MetricError
from ladder.scoring.forms.form_metric import FormMetric
from ladder.scoring.forms.text_units import GAPLESS, sentences_in
from ladder.scoring.plain_text import folded, plain
from ladder.scoring.read import Reading
from ladder.spec.task import MetricSpec

CLEAR = 0.8
"""Probability from which one sentence is said to be in another language."""

_SURE = 0.5
_MOST_CHARACTERS = 20_000
_TIMES_LIKELIER = 3.0
_LIKELY = 0.05
_FEWEST_LETTERS = 20
_FEWEST_GAPLESS = 6
_ALIKE: tuple[frozenset[str], ...] = (
    frozenset({"zh", "wuu", "yue"}),
    frozenset({"ar", "ary", "arz"}),
    frozenset({"en", "pcm"}),
    frozenset({"no", "nb", "nn"}),
    frozenset({"hr", "bs", "sr"}),
    frozenset({"id", "ms"}),
    frozenset({"uz", "uzs"}),
)
"""Codes of one language, or of languages that no short text tells apart."""

_WIDELY_WRITTEN = (
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "sk", "hu", "ro",
    "bg", "ru", "uk", "el", "tr", "ar", "fa", "he", "hi", "bn", "ur", "ta", "th", "vi", "id", "ja",
    "ko", "zh", "sr", "hr", "sl", "lt", "lv", "et", "ca", "sw", "tl",
)  # fmt: skip
_TELLING: Mapping[str, frozenset[str]] = {
    code: frozenset(words.split())
    for code, words in {
        "en": "yes hello sorry thanks thank you please sure here the and of is not",
        "de": "danke bitte hallo nicht und der das ist natürlich gerne nein",
        "fr": "oui bonjour merci désolé voici le les est et pas",
        "es": "sí hola gracias aquí los las y el está claro",
    }.items()
}
"""Words by which even one or two of them tell a language."""

_NOT_TEXT = regex.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|www\.\S+|\b[\w.+-]{1,64}@[\w.-]{1,64}\w|<[^>\s][^>\n]{0,300}>",
    regex.DOTALL,
)
_QUOTED = regex.compile(
    r"„[^“”\"\n]{1,2000}[“”\"]|“[^”\n]{1,2000}”|«[^»\n]{1,2000}»|»[^«\n]{1,2000}«|「[^」\n]{1,2000}」|『[^』\n]{1,2000}』|《[^》\n]{1,2000}》"
    r"|(?<![\p{L}\p{N}])\"[^\"\n]{1,2000}\"(?![\p{L}\p{N}])|(?m:^>.*$)"
)
_HAN_ALONE = regex.compile(r"[\p{Han}\p{P}\p{Z}\p{N}]{1,12}")
_LETTERS = regex.compile(r"\p{L}")
_GAPLESS_LETTERS = regex.compile(rf"[{GAPLESS}\p{{Hangul}}]")


class Language(FormMetric):
    """1 when the answer is written in `metric.language` (py3langid: 142 languages by their code).

    Quotations, code and addresses do not count. No whole sentence may be clearly in another
    language. A text too short to tell is right unless another common language is far likelier.
    Without `language`, the target says which: its code, or a text whose language is wanted.
    Leniently, the language counts that most of the answer is in.
    """

    name = "language"
    library = "py3langid"
    takes: ClassVar[tuple[str, ...]] = ("language",)

    def __init__(self, spec: MetricSpec, read: Reading) -> None:
        super().__init__(spec, read)
        self.needs_target = spec.language is None
        self._known = frozenset(_identifier().labels)
        self._wanted_code = self._code(spec.language) if spec.language is not None else ""
        if spec.language is not None and not self._wanted_code:
            raise MetricError(
                f"metric.language {spec.language!r} is no code of a language that is known.",
                next_step="Write a code of ISO 639-1, such as en, de, fr, es, zh, ja or ar.",
            )

    def unread(self, target: str) -> str | None:
        """Return why a target tells no language, or nothing; it is not looked at without need."""
        if not self.needs_target or self.language_of(target):
            return None
        return "it is neither the code of a language nor a text that is clearly in one"

    def language_of(self, target: str) -> str:
        """Return the language that a target asks for; nothing where it tells none."""
        return self._code(target) or _clear_language(target)

    def compare(self, answer: str, target: str) -> float:
        """Return 1 where the answer is in the language, else 0."""
        wanted = self._wanted_code or self.language_of(target)
        return float(bool(answer.strip() and wanted) and is_in(answer, wanted))

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 where most of the answer is in the language."""
        read = self._compare_read(answer, targets)
        wanted = [self._wanted_code or self.language_of(target) for target in targets]
        mostly = _clear_language(answer)
        return max(read, float(bool(mostly) and any(mostly in _alike(each) for each in wanted)))

    def is_open(self, answer: str, targets: Sequence[str]) -> bool:
        """Return whether no whole sentence before the cut is clearly in another language."""
        whole = sentences_in(own_words(answer))[:-1]
        wanted = [self._wanted_code or self.language_of(target) for target in targets]
        return not wanted or any(
            not any(_is_clearly_other(sentence, each) for sentence in whole) for each in wanted
        )

    def remarks(self, text: str, targets: Sequence[str]) -> list[str]:  # noqa: ARG002 - others look
        """Return the languages that an answer may be in, the likeliest first."""
        read = self.read(text)
        if not read:
            return []
        likely = sorted(_probabilities(own_words(read)).items(), key=lambda each: -each[1])[:3]
        return ["likely languages: " + ", ".join(f"{code} {share:.2f}" for code, share in likely)]

    def _code(self, given: str) -> str:
        code = regex.split(r"[-_]", given.strip().lower())[0]
        code = {"nb": "no", "iw": "he"}.get(code, code)
        return code if code in self._known else ""


def is_in(text: str, code: str) -> bool:
    """Return whether a text is in a language, as far as can be told.

    >>> is_in('He wrote „Das Wetter ist heute schön" to his friend.', "en")
    True
    >>> is_in("Das Wetter ist schön. I hope that this helps you with it.", "de")
    False
    """
    own = own_words(text)
    if any(_is_clearly_other(sentence, code) for sentence in sentences_in(own)):
        return False
    if not _LETTERS.search(own):
        return True
    likely = _probabilities(own)
    ours = _of(likely, code)
    best = max(likely, key=lambda each: _of(likely, each))
    if best in _alike(code) or ours >= _SURE:
        return True
    if code == "ja" and _HAN_ALONE.fullmatch(own):
        return True
    if _of(likely, best) >= _SURE or _is_told_by_a_word(own, code):
        return False
    other = max(likely.get(each, 0.0) for each in _WIDELY_WRITTEN if each not in _alike(code))
    return other < max(_LIKELY, _TIMES_LIKELIER * ours)


def _is_told_by_a_word(text: str, code: str) -> bool:
    """Return whether a short text holds a word of another language that ours does not have."""
    words = set(regex.findall(r"\p{L}+", folded(text)))
    ours = _TELLING.get(code, frozenset())
    others = (some for each, some in _TELLING.items() if each not in _alike(code))
    return code in _TELLING and not words & ours and any(words & some for some in others)


def own_words(text: str) -> str:
    """Return a text without quotations, code and addresses; all of it where nothing else is left.

    >>> own_words('She said "Guten Morgen" at `x`.')
    'She said   at  .'
    """
    clean = plain(text)[:_MOST_CHARACTERS]
    bare = _NOT_TEXT.sub(" ", clean)
    own = _QUOTED.sub(" ", bare)
    return next((each for each in (own, bare) if len(_LETTERS.findall(each)) > 1), clean)


def _is_clearly_other(sentence: str, code: str) -> bool:
    """Return whether a sentence is long enough to tell, and clearly in another language."""
    letters, gapless = len(_LETTERS.findall(sentence)), len(_GAPLESS_LETTERS.findall(sentence))
    if letters < _FEWEST_LETTERS and gapless < _FEWEST_GAPLESS:
        return False
    likely = _probabilities(sentence)
    best = max(likely, key=lambda each: _of(likely, each))
    return best not in _alike(code) and _of(likely, best) >= CLEAR


def _clear_language(text: str) -> str:
    likely = _probabilities(own_words(text))
    best = max(likely, key=lambda each: _of(likely, each))
    return best if _of(likely, best) >= _SURE else ""


def _of(likely: Mapping[str, float], code: str) -> float:
    return sum(likely.get(each, 0.0) for each in _alike(code))


def _alike(code: str) -> frozenset[str]:
    return next((group for group in _ALIKE if code in group), frozenset({code}))


@lru_cache(maxsize=512)
def _probabilities(text: str) -> dict[str, float]:
    return {str(code): float(share) for code, share in _identifier().rank(text)}


@cache
def _identifier() -> Any:  # noqa: ANN401 - py3langid has no types
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        raise MetricError(
            "metric language needs the package py3langid.",
            next_step='pip install "finetune-ladder[metrics]"',
        ) from None
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
