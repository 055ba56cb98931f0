"""`load_generator`: the Generator that a ModelRef names."""

from ladder.errors import SpecError
from ladder.models.base import Generator
from ladder.models.locate import recorded_path
from ladder.models.scripted import find_scripted
from ladder.spec.candidate import ModelRef


def load_generator(
    ref: ModelRef, *, adapter: str | None = None, moved_to: str | None = None
) -> Generator:
    """Return the generator that a model ref names.

    `base_url` means an endpoint, `base_urls` several of one model, `recorded:<path>` recorded answers, `scripted:<name>` a function
    that a test registered, anything else local weights. `moved_to` is where the server is now.
    """
    if ref.classifier is not None:
        raise SpecError(
            f"{ref.id!r} is a classifier: it is trained inside a run, and no language model.",
            next_step="Name a language model here.",
        )
    if ref.is_scripted:
        return find_scripted(ref.id)
    recording = recorded_path(ref)
    if ref.is_endpoint or recording is not None:
        _refuse_loading_options(ref, adapter)
    if ref.is_endpoint and len(ref.replicas) > 1 and moved_to is None:
        from ladder.models.endpoint.replicas import Replicas

        return Replicas(ref)
    if ref.is_endpoint:
        from ladder.models.endpoint.endpoint import EndpointGenerator

        return EndpointGenerator(ref, moved_to=moved_to)
    if recording is not None:
        from ladder.models.recorded import Recorded

        return Recorded(recording)
    if ref.workers is not None:
        from ladder.models.local.ray_workers import RayWorkers

        return RayWorkers(ref, adapter=adapter)
    from ladder.models.local.local_generator import LocalGenerator

    return LocalGenerator(ref, adapter=adapter)


def _refuse_loading_options(ref: ModelRef, adapter: str | None) -> None:
    """Raise for options of loading where no weights are loaded here: the precision is the server's."""
    if ref.workers is not None:
        raise SpecError(
            f"model.workers: {ref.workers}, but the weights of {ref.id!r} are not loaded here.",
            next_step="Leave model.workers out, or name the files of a local model as model.id.",
        )
    if adapter is not None:
        raise SpecError(
            f"An adapter cannot be put on {ref.id!r}, whose weights are not here.",
            next_step="Name the local files of the base model.",
        )
    given = [name for name in ("quantization", "device_map") if getattr(ref, name) is not None]
    if given:
        raise SpecError(
            f"model.{given[0]}: {getattr(ref, given[0])}, but the weights of {ref.id!r} are not "
            "loaded here.",
            next_step=f"Leave model.{given[0]} out: what is served is what is measured.",
        )
