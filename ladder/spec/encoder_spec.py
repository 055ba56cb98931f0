"""`EncoderSpec`: a sentence encoder by its name, and what its card says that its files do not."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ladder.frozen import Count, Frozen

DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
"""The sentence encoder where a task names none."""


class EncoderSpec(Frozen):
    """An encoder whose settings differ from those in its files; a name alone may stand for it.

    `query_prompt` and `passage_prompt` are written before a question and before a passage.
    `similarity` is how two vectors are compared. `max_tokens` is how much of a text it reads.
    """

    model: str = DEFAULT_ENCODER
    query_prompt: str | None = None
    passage_prompt: str | None = None
    similarity: Literal["cosine", "dot", "euclidean"] | None = None
    max_tokens: Count | None = None


def _shortened(value: Any) -> Any:  # noqa: ANN401 - whatever the spec holds
    """Return the bare name where nothing else is said of an encoder, so that equal encoders have one digest.

    >>> _shortened({"model": "owner/encoder"})
    'owner/encoder'
    """
    if isinstance(value, dict) and set(value) == {"model"}:
        return value["model"]
    if isinstance(value, EncoderSpec) and value == EncoderSpec(model=value.model):
        return value.model
    return value


AnyEncoder = Annotated[str | EncoderSpec, BeforeValidator(_shortened)]
"""An encoder by its name, or with settings of its own."""


def encoder_name(encoder: str | EncoderSpec | None) -> str:
    """Return the name of an encoder, or of the default one.

    >>> encoder_name(EncoderSpec(model="owner/encoder", similarity="dot")), encoder_name("other")
    ('owner/encoder', 'other')
    """
    if isinstance(encoder, EncoderSpec):
        return encoder.model
    return encoder or DEFAULT_ENCODER
