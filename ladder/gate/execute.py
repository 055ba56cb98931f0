"""`run_verified`: start a training, and notice if what it read was swapped."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from ladder.errors import SpecError
from ladder.gate.refusal import RefusedError
from ladder.gate.shown import Shown, check_shown
from ladder.gate.statement import Record

Stamp = tuple[int, int, int, int]
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_verified(command: Sequence[str], shown: Shown, record: Record) -> int:
    """Run a command on verified files and return its exit code.

    Everything shown is compared with the record directly before the start and again after the
    end. Between the two, its inode and change time tell of a swap that was swapped back: unlike
    the modification time, nobody can set the change time.

    Raises:
        RefusedError: A file was changed before or while the command ran. What came out of it is
            not covered.
        SpecError: There is no such command.
    """
    # The stamps first: what changes after them is noticed, whenever it is digested.
    stamps, before = _stamps(shown), shown.digests()
    check_shown(record, before, "the record")
    code = _run(command)
    if _stamps(shown) != stamps or shown.digests() != before:
        raise RefusedError(
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


def _stamps(shown: Shown) -> dict[str, Stamp]:
    return {str(path): _stamp(path) for each in shown.files() for path in _walk(each)}


def _walk(path: Path) -> list[Path]:
    return sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]


def _stamp(path: Path) -> Stamp:
    stat = path.stat()
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_ctime_ns
