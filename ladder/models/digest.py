"""The sha256 of a model: of its files, its recorded answers, or its address and name."""

from functools import lru_cache
from pathlib import Path

from ladder import disk
from ladder.frozen import digest_of
from ladder.models.locate import locate, recorded_path
from ladder.spec.candidate import Candidate, ModelRef
from ladder.spec.server_place import usual_address

_MATTER = (
    ".safetensors", ".json", ".jinja", ".model", ".txt", ".gguf", ".bin", ".tiktoken", ".spm",
    # Never loaded here, but a training that is told to may load them.
    ".py", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack",
)  # fmt: skip


def model_digest(ref: ModelRef) -> str:
    """Return the sha256 of everything that makes the model, as 64 hexadecimal digits.

    For files: weights, config, tokenizer and templates by content, whatever their folder is
    called. For recorded answers: their file. For an endpoint: its address and the model's name,
    which is all there is to know.
    """
    if ref.is_scripted:
        return digest_of(ref.id)
    if ref.classifier is not None:
        return digest_of(ref.classifier.model_dump(mode="json"))
    if ref.is_endpoint:
        return digest_of({"base_url": usual_address(ref.base_url or ""), "id": ref.id})
    recording = recorded_path(ref)
    if recording is not None:
        return file_digest(recording)
    return path_digest(locate(ref))


def weights_digest(candidate: Candidate) -> str:
    """Return the sha256 of a candidate's model, and of the adapter on it, where there is one."""
    model = model_digest(candidate.model)
    if candidate.adapter is None:
        return model
    return digest_of([model, path_digest(Path(candidate.adapter).expanduser())])


def path_digest(path: Path) -> str:
    """Return the sha256 of a file, or of the names and contents of a model folder's files."""
    if path.is_file():
        return file_digest(path)
    inside = [*path.iterdir(), *path.glob("additional_chat_templates/*")]
    files = sorted(file for file in inside if file.is_file() and file.suffix in _MATTER)
    return digest_of({file.relative_to(path).as_posix(): file_digest(file) for file in files})


def file_digest(path: Path) -> str:
    """Return the sha256 of a file; read once a process while size and time stay the same."""
    stat = path.stat()
    return _hash(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)


def forget_files() -> None:
    """Read every file anew from now on: size and time can be set back, bytes cannot."""
    _hash.cache_clear()


@lru_cache(maxsize=1024)
def _hash(path: Path, size: int, mtime_ns: int, inode: int) -> str:  # noqa: ARG001 - they are the key
    return disk.file_digest(path)
