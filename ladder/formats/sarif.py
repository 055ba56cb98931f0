"""SARIF 2.1.0, which code scanning reads: findings by file, or a document of rules and results."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ladder.finding import Finding
from ladder.formats.lines import line_of, text_of
from ladder.version import __version__

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def to_sarif(
    files: Mapping[str, Sequence[Finding]], *, line_at: Callable[[Finding], int] = line_of
) -> str:
    """Return findings by file as one document; `line_at` says on which line of its file one stands."""
    described = {finding.code: finding for findings in files.values() for finding in findings}
    rules = [
        {
            "id": code.partition(" ")[0],
            "name": code.partition(" ")[2],
            "shortDescription": {"text": finding.problem},
            "help": {"text": finding.next_step or finding.problem},
        }
        for code, finding in sorted(described.items())
    ]
    results = [
        sarif_result(
            each.code.partition(" ")[0],
            _LEVELS[each.severity],
            text_of(each),
            path=path,
            line=line_at(each),
        )
        for path, findings in files.items()
        for each in findings
    ]
    document = sarif_document(rules, results)
    document["runs"][0]["columnKind"] = "unicodeCodePoints"
    return json.dumps(document, indent=1, ensure_ascii=False)


def sarif_document(
    rules: Sequence[dict[str, Any]], results: Sequence[dict[str, Any]], **driver: str
) -> dict[str, Any]:
    """Return a document of one run of ladder; `driver` says more about the tool."""
    tool = {"name": "ladder", "version": __version__, **driver, "rules": list(rules)}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": tool}, "results": list(results)}],
    }


def sarif_result(rule: str, level: str, text: str, *, path: str, line: int = 1) -> dict[str, Any]:
    """Return one result. It always has a line: code scanning shows nothing without one."""
    place = {"artifactLocation": {"uri": uri_of(path)}, "region": {"startLine": line}}
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }


def uri_of(path: str) -> str:
    r"""Return a path as SARIF names a file.

    >>> uri_of("runs/my task/record.json"), uri_of("/tmp/a%b.json"), uri_of("a\\b.jinja")
    ('runs/my%20task/record.json', 'file:///tmp/a%25b.json', 'a/b.jinja')
    """
    place = PurePath(path.replace("\\", "/"))
    return place.as_uri() if place.is_absolute() else quote(place.as_posix())
