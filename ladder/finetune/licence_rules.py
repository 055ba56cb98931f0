"""What the usual licences of models and data allow and ask for, as far as a tune is concerned.

Read from the licences' own texts; a short table for a first look, not legal advice.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_ANY = frozenset({"commercial", "research"})
_RESEARCH = frozenset({"research"})
_NOTICE = "keep its licence text and copyright notices with the adapter"
_CHANGED = "say that the model was changed"
_USES = "pass on its list of forbidden uses, and hold to it"


@dataclass(frozen=True, slots=True)
class Terms:
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


def _llama(version: str, *, named: bool) -> Terms:
    duties = (
        _NOTICE,
        "hold to Meta's acceptable use policy",
        "above 700 million monthly users, ask Meta for a licence",
    )
    name = (
        "let the result's name begin with 'Llama', and show 'Built with Llama'"
        if named
        else "show 'Built with Meta Llama 3'"
    )
    outputs = () if named else ("do not train other language models on its answers",)
    return Terms(
        f"Llama {version}",
        duties=(*duties, name, *outputs),
        result=f"Llama {version} Community License",
    )


RULES: Mapping[str, Terms] = {
    "apache-2.0": Terms("Apache-2.0", duties=(_NOTICE, _CHANGED)),
    "mit": Terms("MIT", duties=(_NOTICE,)),
    "bsd-2-clause": Terms("BSD-2-Clause", duties=(_NOTICE,)),
    "bsd-3-clause": Terms("BSD-3-Clause", duties=(_NOTICE,)),
    "isc": Terms("ISC", duties=(_NOTICE,)),
    "cc0-1.0": Terms("CC0-1.0"),
    "unlicense": Terms("Unlicense"),
    "pddl-1.0": Terms("PDDL-1.0"),
    "own": Terms("own"),
    "odc-by-1.0": Terms("ODC-By-1.0", duties=("name the source of the data",)),
    "odc-by": Terms("ODC-By-1.0", duties=("name the source of the data",)),
    "cc-by-3.0": Terms("CC-BY-3.0", duties=("name author, source and licence",)),
    "cc-by-4.0": Terms("CC-BY-4.0", duties=("name author, source and licence", _CHANGED)),
    "cc-by-sa-3.0": Terms(
        "CC-BY-SA-3.0", duties=("name author, source and licence",), result="CC-BY-SA"
    ),
    "cc-by-sa-4.0": Terms(
        "CC-BY-SA-4.0", duties=("name author, source and licence",), result="CC-BY-SA"
    ),
    "cc-by-nc-4.0": Terms("CC-BY-NC-4.0", _RESEARCH, ("name author, source and licence",)),
    "cc-by-nc-sa-4.0": Terms(
        "CC-BY-NC-SA-4.0", _RESEARCH, ("name author, source and licence",), "CC-BY-NC-SA-4.0"
    ),
    "cc-by-nc-nd-4.0": Terms("CC-BY-NC-ND-4.0", frozenset()),
    "cc-by-nd-4.0": Terms("CC-BY-ND-4.0", frozenset()),
    "gpl-3.0": Terms("GPL-3.0", duties=(_NOTICE,), result="GPL-3.0"),
    "gpl-3.0-only": Terms("GPL-3.0-only", duties=(_NOTICE,), result="GPL-3.0"),
    "gpl-3.0-or-later": Terms("GPL-3.0-or-later", duties=(_NOTICE,), result="GPL-3.0"),
    "agpl-3.0": Terms("AGPL-3.0", duties=(_NOTICE,), result="AGPL-3.0"),
    "agpl-3.0-only": Terms("AGPL-3.0-only", duties=(_NOTICE,), result="AGPL-3.0"),
    "openrail": Terms("OpenRAIL", duties=(_NOTICE, _USES)),
    "openrail++": Terms("OpenRAIL++-M", duties=(_NOTICE, _USES)),
    "bigscience-openrail-m": Terms("BigScience OpenRAIL-M", duties=(_NOTICE, _USES)),
    "bigscience-bloom-rail-1.0": Terms("BigScience BLOOM RAIL 1.0", duties=(_NOTICE, _USES)),
    "creativeml-openrail-m": Terms("CreativeML OpenRAIL-M", duties=(_NOTICE, _USES)),
    "bigcode-openrail-m": Terms("BigCode OpenRAIL-M", duties=(_NOTICE, _USES)),
    "gemma": Terms(
        "Gemma",
        duties=(_NOTICE, _CHANGED, "pass on Gemma's terms and its prohibited use policy"),
        result="Gemma Terms of Use",
    ),
    "llama2": Terms(
        "Llama 2",
        duties=(
            _NOTICE,
            "hold to Meta's acceptable use policy",
            "do not train other language models on its answers",
        ),
        result="Llama 2 Community License",
    ),
    "llama3": _llama("3", named=False),
    "llama3.1": _llama("3.1", named=True),
    "llama3.2": _llama("3.2", named=True),
    "llama3.3": _llama("3.3", named=True),
}
"""By the name in lower case: SPDX ids, and the names that model hubs use."""
