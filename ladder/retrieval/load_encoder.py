"""`load_encoder`: the encoder that a task names, of whatever kind its files say."""

from functools import lru_cache

from ladder.disk import read_json_object
from ladder.retrieval.encode import SentenceEncoder
from ladder.retrieval.model_folder import find_folder
from ladder.retrieval.term_encoders import MultiVectorTextEncoder, SparseTextEncoder
from ladder.spec.encoder_spec import EncoderSpec, encoder_name

_KINDS: dict[str, type[SentenceEncoder]] = {
    each.kind: each for each in (SentenceEncoder, SparseTextEncoder, MultiVectorTextEncoder)
}


@lru_cache(maxsize=4)
def load_encoder(encoder: str | EncoderSpec | None = None) -> SentenceEncoder:
    """Return an encoder, or the default one: a hub id, a folder or `package:`, with its settings.

    Raises:
        ModelLoadError: There is no such encoder.
    """
    wanted = encoder if isinstance(encoder, EncoderSpec) else None
    folder = find_folder(encoder_name(encoder))
    config = read_json_object(folder / "config_sentence_transformers.json")
    return _KINDS.get(str(config.get("model_type")), SentenceEncoder)(folder, wanted)
