"""Published templates: few errors on sound ones, and nearly every injected fault found."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from ladder.chat.check import check_probes
from ladder.chat.probe import Probes
from ladder.chat.sentinels import S1
from ladder.chat.situation import Situation
from ladder.spec.candidate import ChatSetup
from ladder.spec.finding import Finding

pytestmark = pytest.mark.real

WITH_SYSTEM = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"})


def probes_of(template: str, *, system: bool = False) -> Probes:
    messages = (WITH_SYSTEM,) if system else ()
    return Probes(Situation(setup=ChatSetup(), template=template, messages=messages))


def published(shared_data: Path) -> dict[str, str]:
    folder = shared_data / "templates"
    texts: dict[str, str] = {}
    for path in sorted(folder.rglob("*.jinja")):
        text = path.read_text()
        if text not in texts.values():
            texts[str(path.relative_to(folder))] = text
    return texts


def level(template: str, wanted: str) -> list[str]:
    return [f.code for f in check_probes(probes_of(template)) if f.severity == wanted]


def test_at_most_thirteen_percent_have_an_error_for_a_plain_chat(shared_data: Path) -> None:
    templates = published(shared_data)

    faulty = {name for name, text in templates.items() if level(text, "error")}

    assert len(templates) > 150
    assert len(faulty) / len(templates) <= 0.13
    assert "trl/qwen3.jinja" not in faulty
    assert "trl/llama3.jinja" not in faulty


def words(old: str, new: str) -> Callable[[str, Probes], str]:
    return lambda template, _: re.sub(rf"\b{old}\b", new, template)


def wrong_role(template: str, _: Probes) -> str:
    head, flag, end = template.rpartition("add_generation_prompt")
    roles = ("assistant", "Assistant", "ASSISTANT", "CHATBOT", "model")
    role = next((role for role in roles if role in end), None)
    return template if not flag or role is None else head + flag + end.replace(role, "somebody")


def unended(template: str, clean: Probes) -> str:
    tokens = clean.control_tokens(clean.last_end)
    if not tokens:
        return template
    without = template.replace(tokens[0], "")
    return re.sub(r"\beos_token\b", "''", without) if tokens[0] == "</s>" else without


def doubled_start(template: str, clean: Probes) -> str:
    text = clean.text("u+") or ""
    start = next((t for t in ("<s>", "<|begin_of_text|>", "<bos>") if text.startswith(t)), "")
    return f"{{{{ '{start}' }}}}{template}" if start else template


def untrimmed(template: str, _: Probes) -> str:
    return re.sub(r"-([%}]\})", r"\1", re.sub(r"(\{[%{])-", r"\1", template))


def wrong_key(template: str, _: Probes) -> str:
    return re.sub(r"(\[['\"]|\.)content\b", r"\1contnet", template)


def unclosed(template: str, _: Probes) -> str:
    return re.sub(r"\{%-?\s*endfor\s*-?%\}(?!.*endfor)", "", template, flags=re.DOTALL)


def without_system(template: str, _: Probes) -> str:
    drop = "{% set messages = messages|rejectattr('role', 'equalto', 'system')|list %}"
    return drop + template


# The share of visible faults that must be found. White space that a template could well mean,
# and a closing token where another one still follows, leave no trace that rendering can see.
MUTATIONS: dict[str, tuple[Callable[[str, Probes], str], float]] = {
    "generation prompt off": (words("add_generation_prompt", "false"), 0.97),
    "generation prompt on": (words("add_generation_prompt", "true"), 0.94),
    "flag misspelt": (words("add_generation_prompt", "add_generaton_prompt"), 0.97),
    "wrong role word": (wrong_role, 0.97),
    "end of turn removed": (unended, 0.88),
    "start doubled": (doubled_start, 0.97),
    "white space control lost": (untrimmed, 0.9),
    "content key misspelt": (wrong_key, 0.97),
    "loop unclosed": (unclosed, 0.97),
    "system dropped": (without_system, 0.97),
}


@pytest.fixture(scope="module")
def sound(shared_data: Path) -> list[tuple[str, Probes, list[Finding]]]:
    """Return every second published template that has no error, with its probes and findings."""
    every_second = list(published(shared_data).values())[::2]
    checked = [(text, probes_of(text), check_probes(probes_of(text))) for text in every_second]
    return [case for case in checked if all(f.severity != "error" for f in case[2])]


@pytest.mark.parametrize("kind", MUTATIONS)
def test_injected_faults_are_found(
    kind: str, sound: list[tuple[str, Probes, list[Finding]]]
) -> None:
    mutate, wanted = MUTATIONS[kind]
    system = kind == "system dropped"
    count: Counter[bool] = Counter()

    for template, clean, before in sound:
        mutant = mutate(template, clean)
        if mutant == template:
            continue
        probes = probes_of(mutant, system=system)
        if is_visible(clean, probes, system=system):
            known = {(finding.code, finding.severity) for finding in before}
            after = {(finding.code, finding.severity) for finding in check_probes(probes)}
            count[bool(after - known)] += 1

    assert count.total() >= 30
    assert count[True] / count.total() >= wanted


def is_visible(clean: Probes, mutant: Probes, *, system: bool) -> bool:
    if system:
        return S1 in (clean.text("su+") or "")
    names = ("u+", "u", "ua", "uau+")
    changed = any(clean.text(name) != mutant.text(name) for name in names)
    return changed or not mutant.facts


def test_upstream_labels_agree(shared_data: Path) -> None:
    folder = shared_data / "templates"
    labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    marks = [label for label in labels if label["property"] == "has_generation_markers"]

    for label in marks:
        probes = probes_of((folder / label["file"]).read_text())
        assert ("generation" in probes.facts["tags"]) is label["value"]
    assert marks


def test_the_fault_that_upstream_repaired_for_training_is_found(shared_data: Path) -> None:
    folder = shared_data / "templates"
    pairs = [json.loads(line) for line in (folder / "pairs.jsonl").read_text().splitlines()]

    for pair in pairs:
        texts = [(folder / pair[side]).read_text() for side in ("original", "patched")]
        codes = [
            {f.code[:3] for f in check_probes(Probes(Situation(ChatSetup(), t, training=True)))}
            for t in texts
        ]
        assert "F02" in codes[0], pair["original"]
        assert "F02" not in codes[1], pair["patched"]
    assert len(pairs) == 13
