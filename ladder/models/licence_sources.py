"""Where a licence stands: a model's card, its licence file, a GGUF file, a package, a data set's card."""

import re
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from ladder.disk import read_json_object
from ladder.errors import ModelLoadError
from ladder.foreign_yaml import parse_yaml
from ladder.models.gguf.header import read_header
from ladder.models.locate import locate
from ladder.spec.candidate import ModelRef

_MOST_CARD = 100_000
_FILES = ("LICENSE*", "LICENCE*", "COPYING*", "license*")
_TEXTS = (
    (re.compile(r"Commons Clause", re.IGNORECASE), "a licence with the Commons Clause"),
    (re.compile(r"Apache License\s+Version 2\.0"), "Apache-2.0"),
    (re.compile(r"MIT License|Permission is hereby granted, free of charge"), "MIT"),
    (
        re.compile(r"LLAMA (?P<v>[\d.]+) (?:VERSION \S+ )?COMMUNITY LICENSE", re.IGNORECASE),
        "llama{v}",
    ),
    (re.compile(r"Gemma Terms of Use"), "gemma"),
    (re.compile(r"Attribution-NonCommercial-ShareAlike (?P<v>\d\.\d)"), "CC-BY-NC-SA-{v}"),
    (re.compile(r"Attribution-NonCommercial-NoDerivatives (?P<v>\d\.\d)"), "CC-BY-NC-ND-{v}"),
    (re.compile(r"Attribution-NonCommercial (?P<v>\d\.\d)"), "CC-BY-NC-{v}"),
    (re.compile(r"Attribution-ShareAlike (?P<v>\d\.\d)"), "CC-BY-SA-{v}"),
    (re.compile(r"Attribution-NoDerivatives (?P<v>\d\.\d)"), "CC-BY-ND-{v}"),
    (re.compile(r"Attribution (?P<v>\d\.\d) International"), "CC-BY-{v}"),
    (re.compile(r"CC0 1\.0 Universal"), "CC0-1.0"),
    (re.compile(r"GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3"), "AGPL-3.0"),
    (re.compile(r"GNU GENERAL PUBLIC LICENSE\s+Version (?P<v>\d)"), "GPL-{v}.0"),
    (re.compile(r"Neither the name of"), "BSD-3-Clause"),
    (re.compile(r"Redistribution and use in source and binary forms"), "BSD-2-Clause"),
)


def base_licence(ref: ModelRef, *, may_download: bool = True) -> str | None:
    """Return the licence that comes with a model's files, if one does.

    The hub is asked for the card of a model of its own, unless it may not be.
    """
    path = locate(ref)
    if path.is_dir():
        return (
            card_licence(path / "README.md")
            or _hub_licence(ref, may_download=may_download)
            or _config_licence(path / "config.json")
            or file_licence(path)
        )
    return (
        _gguf_licence(path)
        or _package_licence(ref.id)
        or card_licence(path.parent / "README.md")
        or file_licence(path.parent)
    )


def card_licence(card: Path) -> str | None:
    """Return the licence in the head of a model's or data set's README.md; None without one.

    `license: other` names the real one in `license_name`; of several all hold.
    """
    if not card.is_file():
        return None
    text = card.read_text("utf-8", errors="replace")[:_MOST_CARD].lstrip("\ufeff")
    if not text.startswith("---"):
        return None
    head = _front_matter(text[3:].partition("\n---")[0])
    found = head.get("license")
    names = [str(each).strip() for each in (found if isinstance(found, list) else [found]) if each]
    given = head.get("license_name")
    names = [str(given) if name.lower() == "other" and given else name for name in names]
    return " AND ".join(names) or (str(given) if given else None)


def file_licence(folder: Path) -> str | None:
    """Return the licence whose text lies in a folder, where it is one of the usual ones."""
    for path in sorted({each for pattern in _FILES for each in folder.glob(pattern)}):
        if not path.is_file():
            continue
        text = re.sub(r"\s+", " ", path.read_text("utf-8", errors="replace")[:_MOST_CARD])
        for pattern, name in _TEXTS:
            match = pattern.search(text)
            if match is not None:
                return name.format(**match.groupdict())
    return None


def _front_matter(text: str) -> dict[str, Any]:
    try:
        head = parse_yaml(text)
    except ValueError:
        return {}
    return dict(head) if isinstance(head, dict) else {}


def _hub_licence(ref: ModelRef, *, may_download: bool) -> str | None:
    """Return the licence in a hub model's card: from the local cache, or from the hub where it may be asked."""
    if ref.id.startswith("package:") or Path(ref.id).expanduser().exists():
        return None
    from huggingface_hub import hf_hub_download

    with suppress(OSError, ValueError):  # not cached and offline, or the model has no card
        card = hf_hub_download(
            ref.id, "README.md", revision=ref.revision, local_files_only=not may_download
        )
        return card_licence(Path(card))
    return None


def _config_licence(path: Path) -> str | None:
    found = read_json_object(path).get("license")
    return found if isinstance(found, str) and found.strip() else None


def _gguf_licence(path: Path) -> str | None:
    if path.suffix != ".gguf":
        return None
    try:
        header = read_header(path)
    except (ValueError, OSError) as error:
        raise ModelLoadError(
            f"{path} could not be read as GGUF: {error}", next_step="Fetch the file again."
        ) from error
    given = header.get("general.license")
    if str(given).lower() == "other":
        given = header.get("general.license.name", given)
    return None if given is None else str(given)


def _package_licence(model_id: str) -> str | None:
    if not model_id.startswith("package:"):
        return None
    module = model_id.removeprefix("package:").partition("/")[0]
    names = metadata.packages_distributions().get(module, [])
    for name in names:
        about: Any = metadata.metadata(name)
        licence = about.get("License-Expression") or about.get("License")
        if licence:
            return str(licence).splitlines()[0].strip()
    return None
