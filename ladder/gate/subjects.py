"""Digests of what a record is about: always of bytes as they are now, never of names."""

import hashlib
import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ladder.data import digest_samples, load_samples
from ladder.data.readers.read_rows import refuse_pointer
from ladder.errors import ModelLoadError, SpecError
from ladder.frozen import digest_of
from ladder.gate.statement import Digest, Subject, SubjectName, digest_command
from ladder.models.digest import forget_files, model_digest, weights_digest
from ladder.models.locate import is_hub_id
from ladder.spec.candidate import Candidate, ModelRef
from ladder.spec.data_source import DataSource
from ladder.spec.task import TaskSpec

_BLOCK = 2**20


def digest_bytes(path: Path) -> Digest:
    """Return a file's digests: of its bytes, and of its bytes with line ends as LF.

    Raises:
        SpecError: There is no such file.
        DataError: It is the pointer that Git leaves in the place of a large file, and nothing trains on that.
    """
    whole, text = hashlib.sha256(), hashlib.sha256()
    held = b""
    try:
        if not path.is_file():
            raise FileNotFoundError(2, "there is no such file")
        refuse_pointer(path, str(path))
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                whole.update(block)
                block = held + block
                held = b"\r" if block.endswith(b"\r") else b""
                text.update(block.removesuffix(held).replace(b"\r\n", b"\n"))
    except OSError as error:
        raise SpecError(
            f"{path} cannot be read: {error.strerror}.",
            next_step="Name the file or folder that the training reads.",
        ) from None
    text.update(held)
    return Digest(sha256=whole.hexdigest(), text_sha256=text.hexdigest())


def digest_paths(paths: Sequence[str | Path]) -> Digest:
    """Return the digest of a file, or of several files and folders together.

    One file counts by its bytes alone, whatever it is called. A folder counts by the names inside
    and their bytes; several paths by what each is, in any order.
    """
    digests = [_digest_path(Path(path)) for path in paths]
    if len(digests) == 1:
        return digests[0]
    return Digest(
        sha256=digest_of(sorted(each.sha256 for each in digests)),
        text_sha256=digest_of(sorted(_text_of(each) for each in digests)),
    )


def digest_base(base: str) -> Digest:
    """Return the digest of a base model: a folder, a `.gguf` file, a hub id, `package:…`.

    Raises:
        SpecError: Nothing has this name: it may be what an endpoint calls its model.
    """
    forget_files()
    try:
        return Digest(sha256=model_digest(ModelRef(id=base)))
    except ModelLoadError as error:
        if is_hub_id(base) or Path(base).suffix:
            raise
        raise SpecError(
            f"--base {base}: no folder, file or hub id has this name, so its weights cannot be "
            "compared.",
            next_step="Name the folder, .gguf file or hub id that the training starts from. What an "
            "endpoint serves under a name has no weights here: a run on the weights themselves can "
            "be compared, or leave --base out.",
        ) from error


def digest_eval_data(source: DataSource) -> Digest:
    """Return the digest of eval data: a file's bytes, or the samples of a hub data set."""
    path = Path(source.path)
    if path.is_file():
        return digest_bytes(path)
    return Digest(sha256=digest_samples(load_samples(source)))


def digest_metric(name: str) -> Digest:
    """Return the digest of the file with a metric's code, by its name; nothing of it is executed."""
    place = name.rpartition(":")[0]
    path = Path(place)
    if not place.endswith(".py"):
        top, *rest = place.split(".")
        found = importlib.util.find_spec(top) if top else None  # a top-level name runs no code
        if found is not None and found.origin is not None:
            root = Path(found.origin)
            path = root.parent.joinpath(*rest).with_suffix(".py") if rest else root
            if rest and not path.is_file():
                path = root.parent.joinpath(*rest, "__init__.py")
    return digest_bytes(path)


def digest_reference(reference: Candidate) -> Digest:
    """Return the digest of the weights, and of the adapter, that candidates are held against."""
    return Digest(sha256=weights_digest(reference))


@cache
def digest_code() -> Digest:
    """Return the digest of ladder's own code, read once in a process: it is what runs there."""
    root = Path(__file__).resolve().parents[1]
    return _digest_files(root, sorted(root.rglob("*.py")))


def subjects_of(
    task: TaskSpec,
    *,
    train_data: Sequence[str | Path] = (),
    train_config: Sequence[str | Path] = (),
    command: Sequence[str] = (),
) -> tuple[Subject, ...]:
    """Return the subjects of a task's record, each digested now.

    If the task says what lever 8 trains on, that is the train data unless others are named.
    """
    forget_files()
    data = list(train_data)
    if not data and task.training is not None and Path(task.training.path).exists():
        data = [task.training.path]
    digests: dict[SubjectName, Digest] = {
        "spec": Digest(sha256=task.digest),
        "eval_data": digest_eval_data(task.data),
        "base": Digest(sha256=model_digest(task.model)),
        "code": digest_code(),
    }
    if task.reference is not None:
        digests["reference"] = digest_reference(task.reference)
    if data:
        digests["train_data"] = digest_paths(data)
    if train_config:
        digests["train_config"] = digest_paths(train_config)
    if command:
        digests["command"] = digest_command(command)
    if ":" in task.metric.name:
        digests["metric"] = digest_metric(task.metric.name)
    return tuple(Subject(name=name, digest=digest) for name, digest in digests.items())


def files_in(folder: Path) -> list[Path]:
    """Return every file below a folder.

    Raises:
        SpecError: Something in it is neither a file nor a folder of its own: a link to a folder,
            which would not be walked but is read all the same, a pipe, a broken link.
    """
    files = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            files.append(path)
        elif path.is_symlink() or not path.is_dir():
            raise SpecError(
                f"{path} is neither a file nor a folder, so its content cannot be compared.",
                next_step="Put the files themselves into the folder, or name the other folder too.",
            )
    return files


def _digest_path(path: Path) -> Digest:
    if not path.is_dir():
        return digest_bytes(path)
    files = files_in(path)
    if not files:
        raise SpecError(
            f"{path} holds no file.", next_step="Name the file or folder that the training reads."
        )
    return _digest_files(path, files)


def _digest_files(folder: Path, files: Sequence[Path]) -> Digest:
    """Return the digest of files by their names in a folder, the same on every system."""
    digests = {each.relative_to(folder).as_posix(): digest_bytes(each) for each in files}
    return Digest(
        sha256=digest_of({name: each.sha256 for name, each in digests.items()}),
        text_sha256=digest_of({name: _text_of(each) for name, each in digests.items()}),
    )


def _text_of(digest: Digest) -> str:
    return digest.text_sha256 or digest.sha256
