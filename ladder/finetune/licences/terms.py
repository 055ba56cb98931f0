"""What the usual licences of models and data allow and ask for, as far as a fine-tune is concerned.

Read from the licences' own texts; a short table for a first look, not legal advice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ANY = frozenset({"commercial", "research"})
_RESEARCH = frozenset({"research"})
_NOTICE = "keep its licence text and copyright notices with the adapter"
_CHANGED = "say that the model was changed"
_SOURCE = "name the source of the data"
_POLICY = "hold to Meta's acceptable use policy"
_NO_TRAINING = "do not train other language models on its answers"
_USES = "pass on its list of forbidden uses, and hold to it"


@dataclass(frozen=True, slots=True)
class LicenceTerms:
    """The terms of one licence.

    Attributes:
        name: As it is known.
        uses: What it may be used for: commercial, research.
        duties: What has to be done by whoever passes on the result.
        result: The licence that the result must keep, if any.
    """

    name: str
    uses: frozenset[str] = _ANY
    duties: tuple[str, ...] = ()
    result: str | None = None


def _llama(version: str, *, named: bool) -> LicenceTerms:
    own = (
        ("let the result's name begin with 'Llama', and show 'Built with Llama'",)
        if named
        else ("show 'Built with Meta Llama 3'", _NO_TRAINING)
    )
    users = "above 700 million monthly users, ask Meta for a licence"
    return LicenceTerms(
        f"Llama {version}",
        duties=(_NOTICE, _POLICY, users, *own),
        result=f"Llama {version} Community License",
    )


RULES: Mapping[str, LicenceTerms] = {
    "apache-2.0": LicenceTerms("Apache-2.0", duties=(_NOTICE, _CHANGED)),
    "mit": LicenceTerms("MIT", duties=(_NOTICE,)),
    "bsd-2-clause": LicenceTerms("BSD-2-Clause", duties=(_NOTICE,)),
    "bsd-3-clause": LicenceTerms("BSD-3-Clause", duties=(_NOTICE,)),
    "isc": LicenceTerms("ISC", duties=(_NOTICE,)),
    "cc0-1.0": LicenceTerms("CC0-1.0"),
    "unlicense": LicenceTerms("Unlicense"),
    "pddl-1.0": LicenceTerms("PDDL-1.0"),
    "own": LicenceTerms("own"),
    "odc-by-1.0": LicenceTerms("ODC-By-1.0", duties=(_SOURCE,)),
    "odc-by": LicenceTerms("ODC-By-1.0", duties=(_SOURCE,)),
    **{
        f"{name}{ending}".lower(): LicenceTerms(f"{name}{ending}", duties=(_NOTICE,), result=name)
        for name in ("GPL-2.0", "GPL-3.0", "AGPL-3.0")
        for ending in ("", "-only", "-or-later")
    },
    "mpl-2.0": LicenceTerms("MPL-2.0", duties=(_NOTICE, _CHANGED)),
    "0bsd": LicenceTerms("0BSD"),
    "zlib": LicenceTerms("Zlib", duties=(_NOTICE,)),
    "cdla-permissive-2.0": LicenceTerms("CDLA-Permissive-2.0", duties=(_NOTICE,)),
    "odbl": LicenceTerms("ODbL-1.0", duties=(_SOURCE,), result="ODbL-1.0"),
    "odbl-1.0": LicenceTerms("ODbL-1.0", duties=(_SOURCE,), result="ODbL-1.0"),
    "apple-amlr": LicenceTerms("Apple AMLR", _RESEARCH, (_NOTICE,)),
    "openrail": LicenceTerms("OpenRAIL", duties=(_NOTICE, _USES)),
    "openrail++": LicenceTerms("OpenRAIL++-M", duties=(_NOTICE, _USES)),
    "bigscience-openrail-m": LicenceTerms("BigScience OpenRAIL-M", duties=(_NOTICE, _USES)),
    "bigscience-bloom-rail-1.0": LicenceTerms("BigScience BLOOM RAIL 1.0", duties=(_NOTICE, _USES)),
    "creativeml-openrail-m": LicenceTerms("CreativeML OpenRAIL-M", duties=(_NOTICE, _USES)),
    "bigcode-openrail-m": LicenceTerms("BigCode OpenRAIL-M", duties=(_NOTICE, _USES)),
    "gemma": LicenceTerms(
        "Gemma",
        duties=(_NOTICE, _CHANGED, "pass on Gemma's terms and its prohibited use policy"),
        result="Gemma Terms of Use",
    ),
    "llama2": LicenceTerms(
        "Llama 2", duties=(_NOTICE, _POLICY, _NO_TRAINING), result="Llama 2 Community License"
    ),
    "llama3": _llama("3", named=False),
    "llama3.1": _llama("3.1", named=True),
    "llama3.2": _llama("3.2", named=True),
    "llama3.3": _llama("3.3", named=True),
    "llama4": _llama("4", named=True),
}
"""By the name in lower case: SPDX ids, and the names that model hubs use."""

_CREATIVE = re.compile(
    r"cc-by(?P<nc>-nc)?(?P<last>-sa|-nd)?(?:-(?P<version>\d\.\d))?(?:-[a-z]{2,3})?"
)
_FILLER = re.compile(
    r"\b(?:the|licen[cs]e|agreement|community|version|public|international|general|gnu)\b|,"
)
_ALIASES = {
    "apache-2": "apache-2.0",
    "apache2": "apache-2.0",
    "apache2.0": "apache-2.0",
    "gpl-3": "gpl-3.0",
    "gplv3": "gpl-3.0",
    "gpl-2": "gpl-2.0",
    "gplv2": "gpl-2.0",
    "agpl-3": "agpl-3.0",
    "agplv3": "agpl-3.0",
    "cc0": "cc0-1.0",
    "gemma-terms-of-use": "gemma",
}
_NO_BUSINESS = re.compile(
    r"non-?commercial|(?<![a-z])nc(?![a-z])|research|academic|evaluation", re.IGNORECASE
)


def rule_of(name: str) -> LicenceTerms | None:
    """Return the terms of a licence by its SPDX id or the names people give it; None for unknown.

    >>> rule_of("Apache License, Version 2.0").name, rule_of("CC BY-NC-SA 3.0").name
    ('Apache-2.0', 'CC-BY-NC-SA-3.0')
    >>> rule_of("Llama 3.1 Community License").name, rule_of("my-own-terms")
    ('Llama 3.1', None)
    >>> sorted(rule_of("acme-research-license").uses)
    ['research']
    """
    plain = re.sub(r"[\s_]+", "-", _FILLER.sub(" ", name.lower().replace("_", "-")).strip(" -"))
    plain = re.sub(r"-{2,}", "-", plain).strip("-")
    plain = re.sub(r"^(?:meta-)?llama-(?=\d)", "llama", _ALIASES.get(plain, plain))
    for known in (name.strip().lower(), plain):
        if known in RULES:
            return RULES[known]
    creative = _CREATIVE.fullmatch(plain)
    if creative is not None:
        return _creative(creative)
    if _NO_BUSINESS.search(name):
        return LicenceTerms(name, _RESEARCH, ("read its own terms: only its name was looked at",))
    return None


def _creative(found: re.Match[str]) -> LicenceTerms:
    """Return the terms of a Creative Commons licence; no derivatives allow no adapter."""
    name = found["last"] or ""
    parts = f"CC-BY{(found['nc'] or '').upper()}{name.upper()}"
    version = f"-{found['version']}" if found["version"] else ""
    uses = frozenset[str]() if name == "-nd" else _RESEARCH if found["nc"] else _ANY
    duties = ("name author, source and licence", _CHANGED)
    return LicenceTerms(f"{parts}{version}", uses, duties, parts if name == "-sa" else None)
