"""One code means one thing in the whole package: SARIF, waivers and policies name findings by it."""

import re
from collections import defaultdict
from pathlib import Path

import ladder

_CODE = re.compile(r"""["']([A-Z]\d{2}) ([a-z][a-z0-9-]+)["']""")


def test_a_code_has_one_name_wherever_it_is_said() -> None:
    names: dict[str, set[str]] = defaultdict(set)
    for path in Path(ladder.__file__).parent.rglob("*.py"):
        for code, name in _CODE.findall(path.read_text(encoding="utf-8")):
            names[code].add(name)

    assert len(names) > 100
    assert {code: said for code, said in names.items() if len(said) > 1} == {}
