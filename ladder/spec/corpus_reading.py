"""`CorpusReading`: how the files of a corpus become passages, and how their words are compared."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict

from ladder.frozen import Count, Flag, Frozen, added

Language = Literal[
    "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "esperanto",
    "estonian", "finnish", "french", "german", "greek", "hindi", "hungarian", "indonesian",
    "irish", "italian", "lithuanian", "nepali", "norwegian", "portuguese", "romanian", "russian",
    "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish",
]  # fmt: skip
"""Languages whose endings the Snowball stemmers take off."""

_CODES = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish",
    "nl": "dutch", "en": "english", "eo": "esperanto", "et": "estonian", "fi": "finnish",
    "fr": "french", "de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian",
    "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "es": "spanish", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""ISO 639-1 codes of the same languages."""


def _by_name(value: Any) -> Any:  # noqa: ANN401 - whatever the spec holds
    """Return a language by its English name, whatever case or code it is given by.

    >>> _by_name("DE"), _by_name("German")
    ('german', 'german')
    """
    if not isinstance(value, str):
        return value
    return _CODES.get(value.lower(), value.lower())


class CorpusReading(Frozen):
    """How a corpus is read.

    A corpus is a file of rows, a document, a folder of documents, or a `datasets` id with its
    `split` and `revision`. Of rows, `passage_column` holds the text, `id_column` the id, and
    `columns` go along to the prompt and the report. Passages of more than `chunk_tokens` are cut,
    counted in the encoder's own tokens; neighbours share `overlap_tokens`. `language` takes the
    endings off words in a lexical search, and `fold_diacritics` lets é match e.
    """

    passage_column: str = "text"
    chunk_tokens: Count | None = None
    overlap_tokens: Annotated[int, Strict(), Field(ge=0)] = added(0)
    id_column: str | None = added(None)
    columns: tuple[str, ...] = added(())
    split: str = added("train")
    revision: str | None = added(None)
    language: Annotated[Language, BeforeValidator(_by_name)] | None = added(None)
    fold_diacritics: Flag = added(False)

    @property
    def reading(self) -> "CorpusReading":
        """Return these fields alone, of whatever else has them."""
        return CorpusReading(**{name: getattr(self, name) for name in CorpusReading.model_fields})
