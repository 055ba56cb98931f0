"""`model_facts`: what a model's own files say of it: licence, revision, how many weights in how many bytes."""

from contextlib import suppress
from pathlib import Path

from ladder.errors import LadderError
from ladder.frozen import Frozen
from ladder.models.licence_sources import base_licence
from ladder.models.local.model_size import count_weights
from ladder.models.locate import locate
from ladder.spec.candidate import ModelRef

_NOT_STATED = "not stated"


class ModelFacts(Frozen):
    """What the files of one model say; empty where they do not, or where a server has them.

    Attributes:
        id: As the spec names it, with `quantization` where its weights were packed on loading.
        licence: By its card, its licence file or its header. Nobody judged it.
        revision: The commit of the hub's files, or the revision that the spec names.
        weights: Their number.
        size: Bytes of the files that hold them.
    """

    id: str
    licence: str = ""
    revision: str = ""
    weights: int | None = None
    size: int | None = None

    @property
    def words(self) -> str:
        """Return them on a line.

        >>> ModelFacts(id="m", licence="MIT", weights=134_500_000, size=538_000_000).words
        'm: licence MIT, revision not stated, 134.5 million weights, 538 MB'
        """
        weights = f"{self.weights / 1e6:,.1f} million weights" if self.weights else ""
        size = f"{self.size / 1e6:,.0f} MB" if self.size else ""
        parts = (
            f"licence {self.licence or _NOT_STATED}",
            f"revision {self.revision or _NOT_STATED}",
            ", ".join(filter(None, (weights, size))) or f"size {_NOT_STATED}",
        )
        return f"{self.id}: {', '.join(parts)}"


def model_facts(ref: ModelRef) -> ModelFacts | None:
    """Return what a model's files say; None for a classifier, recorded answers or a function.

    Nothing is downloaded for it. A file that cannot be read says nothing.
    """
    if not (ref.is_endpoint or ref.has_weights):
        return None
    name = f"{ref.id} ({ref.quantization})" if ref.quantization else ref.id
    found = ModelFacts(id=name, revision=ref.revision or "")
    if ref.is_endpoint:
        return found
    with suppress(LadderError, OSError):
        path = locate(ref)
        found = found.replace(revision=_commit(path) or found.revision, size=_bytes_of(path))
        found = found.replace(licence=base_licence(ref, may_download=False) or "")
        found = found.replace(weights=count_weights(ref))
    return found


def _commit(path: Path) -> str:
    """Return the commit of a folder in the hub's cache, which is called after it."""
    return path.name if path.parent.name == "snapshots" else ""


def _bytes_of(path: Path) -> int:
    files = [path] if path.is_file() else sorted(path.glob("*.safetensors"))
    return sum(file.stat().st_size for file in files)
