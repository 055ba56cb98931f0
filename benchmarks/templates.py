"""Check published chat templates: false alarms, injected faults, goldens, repairs, time.

chatlint, where it is installed (`pip install chatlint`), sees the same cases in the same run. Ends
with a code other than 0 where a bound is missed.

    python -m benchmarks.templates [folder of templates]
"""

import statistics
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks import linter
from benchmarks.mutations import MUTATIONS, Mutation
from benchmarks.table import write_table
from benchmarks.training_pairs import golden_row, pair_row
from ladder.chat import TemplateContext, check_context, propose_repairs
from ladder.chat.check import check_probes
from ladder.chat.probes.probes import Probes
from ladder.finding import Finding
from ladder.spec.candidate import ChatSetup

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "templates"
COMMAND = "python -m benchmarks.templates"
WITH_SYSTEM = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"})
MOST_FAULTY, LEAST_FOUND, MOST_SECONDS, LEAST_REPAIRED = 0.13, 0.97, 0.05, 0.75
REPAIRED = ("generation prompt removed", "wrong role word in it")

Case = tuple[str, str, Probes, list[Finding]]


def published(folder: Path) -> dict[str, str]:
    """Return the different templates of a folder by their path in it."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.jinja"))}
    names = {text: path for path, text in reversed(texts.items())}
    return {str(path.relative_to(folder)): text for text, path in reversed(names.items())}


def probes_of(template: str, *, system: bool = False) -> Probes:
    """Return the probes of a template for a plain chat task."""
    messages = (WITH_SYSTEM,) if system else ()
    return Probes(TemplateContext(setup=ChatSetup(), template=template, messages=messages))


def new_findings(
    before: Iterable[Finding], after: Iterable[Finding], mutation: Mutation
) -> list[Finding]:
    """Return what the clean template did not have; for the fault's own rules also a new place."""
    known = {(finding.code, finding.severity) for finding in before}
    places = {(finding.code, finding.evidence) for finding in before}
    return [
        finding
        for finding in after
        if (finding.code, finding.severity) not in known
        or (finding.code[:3] in mutation.codes and (finding.code, finding.evidence) not in places)
    ]


def checked(templates: Mapping[str, str]) -> list[Case]:
    """Return the templates with their probes and findings."""
    cases = []
    for name, text in templates.items():
        probes = probes_of(text)
        cases.append((name, text, probes, check_probes(probes)))
    return cases


def errors_of(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings of level error."""
    return [finding for finding in findings if finding.severity == "error"]


def faulty_rows(cases: Sequence[Case]) -> list[dict[str, object]]:
    """Return a row for each template with an error, with its reason."""
    rows: list[dict[str, object]] = []
    for name, _, _, findings in cases:
        errors = errors_of(findings)
        if errors:
            evidence = errors[0].evidence.replace("|", "\\|").replace("\n", " ")[:160]
            rows.append({"template": name, "rule": errors[0].code, "evidence": evidence})
    return rows


def mutant_row(kind: str, mutation: Mutation, cases: Sequence[Case]) -> dict[str, object]:
    """Return how many mutants of one kind ladder and chatlint find."""
    total = found = named = theirs = 0
    for _, text, clean, before in cases:
        mutant = mutation.mutate(text, clean)
        probes = probes_of(mutant, system=mutation.system)
        if mutant == text or not mutation.is_visible(clean, probes):
            continue
        new = new_findings(before, check_probes(probes), mutation)
        total += 1
        found += bool(new)
        named += any(finding.code[:3] in mutation.codes for finding in new)
        theirs += bool(linter.failures(mutant) - linter.failures(text))
    return {
        "fault": kind,
        "mutants": total,
        "ladder": found / total,
        "by its own rule": named / total,
        "chatlint": theirs / total if linter.VERSION else "not installed",
    }


def repair_row(kind: str, cases: Sequence[Case]) -> dict[str, object]:
    """Return how often a repair of mutants of one kind writes the prompt of the clean template again."""
    mutation, same = MUTATIONS[kind], []
    for _, text, clean, _ in cases:
        mutant = mutation.mutate(text, clean)
        faulty = probes_of(mutant)
        if mutant == text or not mutation.is_visible(clean, faulty):
            continue
        found = [faulty.with_setup(setup) for setup in propose_repairs(faulty.context)]
        same.append([each.text("uau+") == clean.text("uau+") for each in found])
    return {
        "fault": kind,
        "mutants": len(same),
        "the first repair": sum(each[:1] == [True] for each in same) / len(same),
        "one of the repairs": sum(map(any, same)) / len(same),
    }


def seconds_per_check(cases: Sequence[Case]) -> float:
    """Return the median seconds of a check of a template never seen before, the renderer warm.

    The fastest of three for each template: what else the machine does is not the check's
    time. A comment makes it a new template each time.
    """
    return statistics.median(
        min(_seconds(f"{text}{{# {turn} #}}") for turn in range(3)) for _, text, _, _ in cases
    )


def _seconds(template: str) -> float:
    context = TemplateContext(setup=ChatSetup(), template=template)
    started = time.perf_counter()
    check_context(context)
    return time.perf_counter() - started


def main() -> int:
    """Write the tables; return 0 where every bound holds."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    cases = checked(published(folder))
    faulty, theirs = faulty_rows(cases), [name for name, text, *_ in cases if linter.failures(text)]
    clean = [case for case in cases if not errors_of(case[3])]
    mutants = [mutant_row(kind, mutation, clean) for kind, mutation in MUTATIONS.items()]
    repairs = [repair_row(kind, clean) for kind in REPAIRED]
    share, seconds = len(faulty) / len(cases), seconds_per_check(cases)
    golden, pairs = golden_row(folder), pair_row(folder)
    lint = f"{len(theirs) / len(cases):.3f}" if linter.VERSION else "not installed"
    figures: list[dict[str, object]] = [
        {
            "figure": "templates with an error, for a plain chat task",
            "ladder": f"{share:.3f} ({len(faulty)} of {len(cases)})",
            "chatlint": lint,
            "asked": f"≤ {MOST_FAULTY}",
        },
        golden,
        pairs,
        {
            "figure": "median seconds of a check, warm",
            "ladder": f"{seconds:.3f}",
            "chatlint": "",
            "asked": f"< {MOST_SECONDS}",
        },
    ]
    about = f"chatlint {linter.VERSION}" if linter.VERSION else "chatlint is not installed"
    print(write_table("Chat templates", figures, COMMAND, note=f"Compared with: {about}."))
    print(write_table("Faults injected into sound templates", mutants, COMMAND, note=_MUTANTS))
    print(write_table("Repairs of the generation prompt", repairs, COMMAND, note=_REPAIRS))
    print(write_table("Published templates with an error", faulty, COMMAND, note=_FAULTY))
    short = [str(row["fault"]) for row in mutants if float(str(row["ladder"])) < LEAST_FOUND]
    bounds = {"errors": share <= MOST_FAULTY, "time": seconds < MOST_SECONDS}
    bounds |= {
        f"repairs of {row['fault']}": float(str(row["one of the repairs"])) >= LEAST_REPAIRED
        for row in repairs
    }
    bounds |= {str(row["figure"]): bool(row["ladder"] == row["asked"]) for row in (golden, pairs)}
    short += [name for name, holds in bounds.items() if not holds]
    print(f"Short: {', '.join(short)}" if short else "Every bound holds.")
    return int(bool(short))


_MUTANTS = (
    "Share of the mutants with a visible effect that bring a finding the clean template does not "
    f"have (asked: at least {LEAST_FOUND} of each kind). One that shows only without a generation "
    "prompt, and so cannot change a plain evaluation, is found at level info. A fault in white "
    "space counts as found by the rule also where the clean template has another such place."
)
_REPAIRS = (
    "Share of the mutants whose repair writes the very prompt of the published template, byte for byte "
    f"(asked: at least {LEAST_REPAIRED}). What is left mostly opens a thought, which nothing in the "
    "history shows."
)
_FAULTY = "What ladder says about each; the first error of each template."


if __name__ == "__main__":
    sys.exit(main())
