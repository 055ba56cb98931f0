"""`read_inspect`: the log of an eval of inspect_ai, `.eval` (a zip file) or `.json`.

Form: version 2 of inspect_ai's logs, as its documentation on log files describes it.
"""

import json
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ladder.errors import DataError
from ladder.importing.logged_run import Fault, LoggedAnswer, LoggedRun
from ladder.installation import install_line

NEWEST = 2
_GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_ZSTD = 93


def read_inspect(path: Path, *, epoch: int | None = None) -> LoggedRun:
    """Return the answers of a log.

    Args:
        path: The `.eval` or `.json` file.
        epoch: Which of several answers to each sample counts; may be left out where there is one.

    Raises:
        DataError: The eval did not end, the log is damaged or newer, or there are several epochs.
    """
    header, found = _members(path)
    _check_header(path, header)
    epochs = sorted({int(each.get("epoch", 1)) for each in found})
    if epoch is None and len(epochs) > 1:
        raise DataError(
            f"{path} holds {len(epochs)} answers to each sample (epochs).",
            next_step="Name the one that counts: --epoch 1.",
        )
    kept = [each for each in found if int(each.get("epoch", 1)) == (epoch or epochs[0])]
    if not kept:
        raise DataError(f"{path} has no samples of epoch {epoch}.", next_step="Write --epoch 1.")
    task = header["eval"]
    version = dict(task.get("packages") or {}).get("inspect_ai", "")
    answers = tuple(_answer(path, each) for each in kept)
    return LoggedRun(
        f"inspect_ai {version}".strip(), str(task.get("model", path.stem)), answers, _notes(answers)
    )


def _members(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the header, and the samples."""
    if not zipfile.is_zipfile(path):
        log = _parsed(path, path.read_bytes())
        return log, list(log.get("samples") or ())
    _be_able_to_unpack(path)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if "header.json" not in names:
            raise DataError(
                f"{path} has no header: the eval was killed before it ended.",
                next_step="Run `inspect eval-retry` on it, and import the log of that.",
            )
        header = _member(path, archive, "header.json")
        samples = [each for each in names if each.startswith("samples/") and each.endswith(".json")]
        return header, [_member(path, archive, each) for each in samples]


def _be_able_to_unpack(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        is_packed = any(each.compress_type == _ZSTD for each in archive.infolist())
    if not is_packed or hasattr(zipfile, "ZIP_ZSTANDARD"):
        return
    try:
        import zipfile_zstd  # noqa: F401, PLC0415 - it teaches zipfile the method by being imported
    except ImportError:
        raise DataError(
            f"{path} is packed with zstd, which this Python cannot read.",
            next_step=f"{install_line('imports')}, or `inspect log convert --to json`.",
        ) from None


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    try:
        content = archive.read(name)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError) as error:
        raise DataError(
            f"{path}: {name} cannot be read ({type(error).__name__}): the file is cut or damaged.",
            next_step="Copy the log again from where it was written.",
        ) from error
    return _parsed(path, content)


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError as error:
        raise DataError(
            f"{path} holds no whole JSON: it is cut or damaged.",
            next_step="Copy the log again from where it was written.",
        ) from error
    if not isinstance(value, dict):
        raise DataError(f"{path} is no log of inspect_ai.", next_step="Give a .eval or .json log.")
    return value


def _check_header(path: Path, header: Mapping[str, Any]) -> None:
    version = header.get("version")
    if "eval" not in header:
        raise DataError(f"{path} is no log of inspect_ai.", next_step="Give a .eval or .json log.")
    if not isinstance(version, int) or version > NEWEST:
        raise DataError(
            f"{path} is of version {version} of inspect_ai's logs; this ladder reads up to {NEWEST}.",
            next_step="Install a newer ladder.",
        )
    if header.get("status") != "success":
        raise DataError(
            f"{path}: the eval did not end well (status {header.get('status')!r}), so rows are missing.",
            next_step="Run `inspect eval-retry` on it, and import the log of that.",
        )


def _answer(path: Path, sample: Mapping[str, Any]) -> LoggedAnswer:
    key = str(sample.get("id"))
    target = sample.get("target", ())
    output = sample.get("output") or {}
    error = sample.get("error") or {}
    fault, why = _fault(sample, output)
    return LoggedAnswer(
        key=key,
        where=f"{path}, sample {key}",
        columns={"input": _input(sample), **_plain_metadata(sample)},
        targets=tuple(map(str, target)) if isinstance(target, list) else (str(target),),
        text=None if fault == "failed" else _completion(sample, output),
        scores=_scores(sample.get("scores") or {}),
        fault=fault,
        why=why or str(error.get("message", ""))[:200],
    )


def _fault(sample: Mapping[str, Any], output: Mapping[str, Any]) -> tuple[Fault, str]:
    choices = output.get("choices") or []
    if sample.get("error") or output.get("error") or not choices:
        return "failed", str(output.get("error") or "")[:200]
    return (
        ("cut", "") if choices[0].get("stop_reason") in ("max_tokens", "model_length") else ("", "")
    )


def _completion(sample: Mapping[str, Any], output: Mapping[str, Any]) -> str:
    content = (output["choices"][0].get("message") or {}).get(
        "content", output.get("completion", "")
    )
    return _text(sample, content)


def _text(sample: Mapping[str, Any], content: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a content as text; thoughts are no part of an answer, and long texts stand elsewhere."""
    if isinstance(content, list):
        parts = [each for each in content if isinstance(each, dict) and each.get("type") == "text"]
        return "".join(_text(sample, each.get("text", "")) for each in parts)
    text = str(content)
    if text.startswith("attachment://"):
        attachments = sample.get("attachments") or {}
        return str(attachments.get(text.removeprefix("attachment://"), ""))
    return text


def _input(sample: Mapping[str, Any]) -> str:
    given = sample.get("input", "")
    if isinstance(given, str):
        return _text(sample, given)
    turns = [_text(sample, each.get("content", "")) for each in given]
    return "\n\n".join(turn for turn in turns if turn)


def _plain_metadata(sample: Mapping[str, Any]) -> dict[str, Any]:
    found = sample.get("metadata") or {}
    return {k: v for k, v in found.items() if isinstance(v, str | int | float) and k != "input"}


def _scores(found: Mapping[str, Any]) -> dict[str, float]:
    values = {name: _value(score.get("value")) for name, score in found.items()}
    # What was not scored is NaN there.
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


def _value(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return _GRADES.get(value, value) if isinstance(value, str) else value


def _notes(answers: Sequence[LoggedAnswer]) -> tuple[str, ...]:
    failed = sum(answer.fault == "failed" for answer in answers)
    return (
        (f"{failed} of {len(answers)} samples failed there, and count as failed calls",)
        if failed
        else ()
    )
