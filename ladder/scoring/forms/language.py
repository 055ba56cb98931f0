"""`Language`: whether an answer is written in a language, whatever it quotes."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, ClassVar, NamedTuple

import regex

from ladder.errors import MetricError
from ladder.installation import install_line
from ladder.scoring.forms.form_metric import FormMetric
from ladder.scoring.forms.text_units import GAPLESS, sentences_in
from ladder.scoring.plain_text import folded, plain
from ladder.scoring.read import Reading
from ladder.spec.metric_spec import MetricSpec

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
        "en": "yes no hello sorry thanks thank you please sure certainly course here the and of is not it"
        " your my we they this that with are have can what how good morning",
        "de": "ja nein danke bitte hallo nicht und der die das ist natürlich gerne ich wir sie ein eine für"
        " auf von zu sind haben kann ihr ihre guten kein keine",
        "fr": "oui bonjour merci désolé voici le les est et pas je vous votre nous une avec dans qui",
        "es": "sí no hola gracias aquí los las y el está claro una con para por su usted muy buenos días",
    }.items()
}
"""Words by which even one or two of them tell a language."""

_SHARED: Mapping[str, frozenset[str]] = {"fr": frozenset({"non"})}
"""Words of a language that others have, too: they tell ours, and no other."""

_SCRIPTS: Mapping[str, str] = {
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "kk", "mn"), r"\p{Cyrillic}"),
    **dict.fromkeys(("ar", "fa", "ur", "ps"), r"\p{Arabic}"),
    **dict.fromkeys(("hi", "mr", "ne", "sa"), r"\p{Devanagari}"),
    **dict.fromkeys(("zh", "wuu", "yue"), r"\p{Han}"),
    "ja": r"\p{Han}\p{Hiragana}\p{Katakana}", "ko": r"\p{Hangul}\p{Han}", "el": r"\p{Greek}",
    "he": r"\p{Hebrew}", "th": r"\p{Thai}", "bn": r"\p{Bengali}", "ta": r"\p{Tamil}",
    "te": r"\p{Telugu}", "ka": r"\p{Georgian}", "hy": r"\p{Armenian}",
}  # fmt: skip
"""The letters of languages that are not written in Latin ones."""

_SMALL_LATIN_WORD = regex.compile(r"\b(?=\p{Latin})\p{Ll}{2,}\b")
_CLAUSE_END = regex.compile(r"[:!?.]\s|[：！？。]|\n")
_OPEN_QUOTE = regex.compile(r"[„“«»「『《`]|(?<![\p{L}\p{N}])\"")
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
        return self._code(target) or clear_language(target)

    def compare(self, answer: str, target: str) -> float:
        """Return 1 where the answer is in the language, else 0."""
        wanted = self._wanted_code or self.language_of(target)
        return float(bool(answer.strip() and wanted) and is_in(answer, wanted))

    def lenient_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return 1 where most of the answer is in the language."""
        read = self._compare_read(answer, targets)
        wanted = [self._wanted_code or self.language_of(target) for target in targets]
        mostly = clear_language(answer)
        return max(read, float(bool(mostly) and any(mostly in _alike(each) for each in wanted)))

    def is_open(self, answer: str, targets: Sequence[str]) -> bool:
        """Return whether no whole sentence before the cut is clearly in another language."""
        whole = sentences_in(_own_so_far(answer))[:-1]
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
    if _is_in_other_letters(own, code) or _begins_in_another(own, code):
        return False
    return _is_likely(own, code)


def _is_likely(text: str, code: str) -> bool:
    """Return whether a text is in a language as far as its letters and telling words say."""
    likely = _probabilities(text)
    ours, best = _of(likely, code), _best(likely, text, code)
    if best in _alike(code) or ours >= _SURE or (code == "ja" and _may_be_japanese(text)):
        return True
    told = _telling_words(text, code)
    if told.ours or told.others or _of(likely, best) >= _SURE:
        return told.ours and _of(likely, best) < CLEAR
    other = max(likely.get(each, 0.0) for each in _WIDELY_WRITTEN if each not in _alike(code))
    return other < max(_LIKELY, _TIMES_LIKELIER * ours) or _is_names(text)


class _Told(NamedTuple):
    """Whether a text holds words that tell our language, or those of another one alone."""

    ours: bool
    others: bool


def _telling_words(text: str, code: str) -> _Told:
    """Return what the telling words of a text tell."""
    words = set(regex.findall(r"\p{L}+", folded(text)))
    ours = words & (_TELLING.get(code, frozenset()) | _SHARED.get(code, frozenset()))
    n_others = max(len(words & some) for each, some in _TELLING.items() if each not in _alike(code))
    is_known = code in _TELLING or (code in _SCRIPTS and not _holds_letters_of(text, code))
    return _Told(
        ours=bool(ours) and len(ours) >= n_others, others=is_known and n_others > len(ours) == 0
    )


def _is_in_other_letters(text: str, code: str) -> bool:
    """Return whether words of a text in Latin letters stand where another script is wanted."""
    if code not in _SCRIPTS or _holds_letters_of(text, code):
        return False
    return len(_SMALL_LATIN_WORD.findall(text)) > 1


def _holds_letters_of(text: str, code: str) -> bool:
    return bool(regex.search(f"[{_SCRIPTS[code]}]", text))


def _begins_in_another(text: str, code: str) -> bool:
    """Return whether the first words are in another language: `Sure! Ihr Paket …`.

    So is a sentence of four words or more, unless it looks like a title.
    """
    first = _CLAUSE_END.split(text.strip(), maxsplit=1)[0]
    if first != text.strip() and _is_told_other(first, code, least=0.0):
        return True
    return any(
        len(each.split()) > 3 and not _is_title(each) and _is_told_other(each, code, least=_SURE)
        for each in sentences_in(text)
    )


def _is_told_other(part: str, code: str, *, least: float) -> bool:
    if code not in _TELLING or not _telling_words(part, code).others:
        return False
    likely = _probabilities(part)
    others = {each: _of(likely, each) for each in _TELLING if each not in _alike(code)}
    return max(others.values()) >= max(least, _of(likely, code))


def _is_title(sentence: str) -> bool:
    """Return whether most words of a sentence begin with a capital, as in names and titles."""
    words = regex.findall(r"\p{L}+", sentence)
    return 2 * sum(bool(word[0].isupper()) for word in words) > len(words)


def _is_names(text: str) -> bool:
    """Return whether a text is two or more words that all begin with a capital."""
    words = regex.findall(r"\p{L}[\p{L}\p{M}'’-]*", text)
    return len(words) > 1 and all(word[0].isupper() for word in words)


def _may_be_japanese(text: str) -> bool:
    """Return whether a short text in Chinese characters can be written in Japan."""
    if not _HAN_ALONE.fullmatch(text) or "\uff0c" in text:
        return False
    try:
        text.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _best(likely: Mapping[str, float], text: str, code: str) -> str:
    """Return the likeliest language; for a short text one that is widely written, if ours is."""
    is_short = len(_LETTERS.findall(text)) < _FEWEST_LETTERS and code in _WIDELY_WRITTEN
    return max(_WIDELY_WRITTEN if is_short else likely, key=lambda each: _of(likely, each))


def own_words(text: str) -> str:
    """Return a text without quotations, code and addresses; all of it where nothing else is left.

    >>> own_words('She said "Guten Morgen" at `x`.')
    'She said   at  .'
    """
    clean = plain(text)[:_MOST_CHARACTERS]
    bare = _NOT_TEXT.sub(" ", clean)
    own = _QUOTED.sub(" ", bare)
    return next((each for each in (own, bare) if len(_LETTERS.findall(each)) > 1), clean)


def _own_so_far(text: str) -> str:
    """Return the own words of a text that was cut: a quotation may stand open at its end."""
    bare = _QUOTED.sub(" ", _NOT_TEXT.sub(" ", plain(text)[:_MOST_CHARACTERS]))
    opened = _OPEN_QUOTE.search(bare)
    return str(bare[: opened.start()] if opened else bare)


def _is_clearly_other(sentence: str, code: str) -> bool:
    """Return whether a sentence is long enough to tell, and clearly in another language."""
    letters, gapless = len(_LETTERS.findall(sentence)), len(_GAPLESS_LETTERS.findall(sentence))
    if letters < _FEWEST_LETTERS and gapless < _FEWEST_GAPLESS:
        return False
    likely = _probabilities(sentence)
    best = max(likely, key=lambda each: _of(likely, each))
    return best not in _alike(code) and _of(likely, best) >= CLEAR


def clear_language(text: str) -> str:
    """Return the code of the language that a text is most likely in; nothing where none is clear.

    Raises:
        MetricError: The package that tells languages is not installed.
    """
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
            "metric language needs the package py3langid.", next_step=install_line("metrics")
        ) from None
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
