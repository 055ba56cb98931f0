"""Start a training, and refuse what it made if a file that it read was swapped."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from ladder.errors import EvidenceRefusedError, SpecError
from ladder.gate.statement import EvidenceRecord
from ladder.gate.training_to_start import Shown, check_shown

Stamp = tuple[int, int, int, int]
_MOST_LINKS = 40
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_verified(command: Sequence[str], shown: Shown, record: EvidenceRecord) -> int:
    """Run a command on verified files and return its exit code.

    Everything shown is compared with the record directly before the start and again after the
    end. Between the two, its inode and change time tell of a swap that was swapped back: unlike
    the modification time, nobody can set the change time.

    Raises:
        EvidenceRefusedError: A file was changed before or while the command ran. What came out of it is
            not covered.
        SpecError: There is no such command.
    """
    # The stamps first: what changes after them is noticed, whenever it is digested.
    stamps, before = stamps_of(shown), shown.digests()
    check_shown(record, before, "the record")
    code = _run(command)
    if stamps_of(shown) != stamps or shown.digests() != before:
        raise EvidenceRefusedError(
            "CHANGED",
            f"a verified file changed while {command[0]!r} ran (it ended with {code}).",
            next_step="Do not use what it trained. Keep the files read-only, and start again.",
        )
    return code


def _run(command: Sequence[str]) -> int:
    sys.stdout.flush()
    try:
        # What to start is exactly what the user typed behind `--`; no shell reads it.
        child = subprocess.Popen(list(command))  # noqa: S603
    except OSError as error:
        raise SpecError(
            f"{command[0]!r} cannot be started: {error.strerror}.",
            next_step="Write the command behind `--` as you would type it.",
        ) from None

    def forward(number: int, frame: FrameType | None) -> None:
        del frame
        child.send_signal(number)

    before = {each: signal.signal(each, forward) for each in _FORWARDED}
    try:
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code


def stamps_of(shown: Shown) -> dict[str, tuple[Stamp, ...]]:
    """Return of each path shown what changes with its content and cannot be set back."""
    return {
        str(path): (_stamp(path), *(_stamp(link, is_followed=False) for link in _links(path)))
        for each in shown.files()
        for path in _walk(each)
    }


def _walk(path: Path) -> list[Path]:
    # A folder counts itself: it tells of a file that was there only for a while.
    return [path, *sorted(path.rglob("*"))] if path.is_dir() else [path]


def _links(path: Path) -> list[Path]:
    """Return the links on the way to a path: nothing else shows that one was pointed elsewhere and back."""
    found: list[Path] = []
    ahead = [path.absolute()]
    while ahead and len(found) < _MOST_LINKS:
        here = ahead.pop()
        new = [each for each in (here, *here.parents) if each.is_symlink() and each not in found]
        found += new
        ahead += [each.parent / each.readlink() for each in new]
    return found


def _stamp(path: Path, *, is_followed: bool = True) -> Stamp:
    try:
        stat = path.stat(follow_symlinks=is_followed)
    except OSError:
        stat = path.lstat()
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_ctime_ns
