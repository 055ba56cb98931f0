"""From a ModelRef to the Generator that it names."""

from ladder.models.base import Generator
from ladder.spec.candidate import ModelRef


def load_generator(ref: ModelRef, *, adapter: str | None = None) -> Generator:
    """Return the generator that a model ref names.

    `base_url` means an endpoint, `recorded:<path>` recorded answers, anything else local weights.
    """
    from ladder.models.local import LocalGenerator

    return LocalGenerator(ref, adapter=adapter)
