"""Break the demo model's prompt in the ways people do, and let ladder find and repair it.

Each defect is measured before and after the repair, without examples (the target must stand in
the answer) and with two examples (the answer must be the target). Writes its table into
docs/levers/template.md; ends with a code other than 0 where a defect is not found or not mended.

    python -m benchmarks.template_defects [samples]
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.table import write_table
from examples.tasks import order_number
from ladder.chat import check_context, propose_repairs
from ladder.data import load_samples
from ladder.measure import TaskData, Workbench
from ladder.measure.template_situation import situation_of
from ladder.spec.candidate import Candidate, ChatSetup
from ladder.spec.load_task import load_task
from ladder.spec.task import TaskSpec

PAGE = Path(__file__).resolve().parents[1] / "docs" / "levers" / "template.md"
SECTION = "Defects on a real model"
COMMAND = "python -m benchmarks.template_defects"

_CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
)
_HEADER = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
DEFECTS: Mapping[str, dict[str, Any]] = {
    "no generation prompt": {"template": _CHATML},
    "its flag misspelt": {"template": _CHATML + _HEADER.replace("generation", "generaton")},
    "another role word in it": {"template": _CHATML + _HEADER.replace("assistant", "bot")},
    "an [INST] template": {
        "template": "{% for m in messages %}{% if m['role'] == 'assistant' %} {{ m['content'] }}</s>"
        "{% else %}[INST] {{ m['content'] }} [/INST]{% endif %}{% endfor %}"
    },
    "USER: and ASSISTANT:": {
        "template": "{% for m in messages %}{{ 'USER: ' if m['role'] == 'user' else 'ASSISTANT: ' }}"
        "{{ m['content'] }}\n{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
    },
    "raw completion": {"mode": "completion"},
    "the template applied twice": {
        "template": "{% set text %}" + _CHATML + _HEADER + "{% endset %}<|im_start|>user\n"
        "{{ text }}<|im_end|>\n" + _HEADER
    },
    "control tokens read as text": {"split_special_tokens": True},
    "right padding": {"padding_side": "right"},
    "BOS doubled": {"template": "{{ bos_token }}" + _CHATML + _HEADER},
    "turn end not in the stop set": {"stop_tokens": ("<|endoftext|>",)},
}


@dataclass(frozen=True)
class Bench:
    """One form of the task: without examples, or with two of them."""

    bench: Workbench
    positions: Sequence[int]

    def score(self, candidate: Candidate) -> float:
        """Return the mean score of a candidate."""
        rows = self.bench.measure(candidate, self.positions).rows
        return sum(row.score for row in rows) / len(rows)

    def changed(self, candidate: Candidate) -> float:
        """Return the share of answers that another batch size changes: the noise floor."""
        rows = self.bench.measure(candidate, self.positions).rows
        again = self.bench.repeat(candidate, self.positions, batch=5)
        pairs = zip(rows, again, strict=True)
        return sum(row.answer.text != other.text for row, other in pairs) / len(rows)


def open_bench(folder: Path, n: int, *, shots: bool) -> Bench:
    """Write the task "order number" and open it."""
    task = load_task(order_number(folder, seed=0, n=n, shots_in_baseline=shots))
    if not shots:
        task = task.replace(metric=task.metric.replace(reading="lenient"))
    samples = load_samples(task.data)
    return Bench(
        Workbench(TaskData(task, samples), journal=folder / "answers.sqlite"), range(len(samples))
    )


def found_in(bench: Bench, candidate: Candidate) -> tuple[list[str], list[ChatSetup]]:
    """Return the rules that fire on a candidate, worst first, and the repairs proposed."""
    task: TaskSpec = bench.bench.task
    context = situation_of(task, candidate, bench.bench.samples)
    assert context is not None  # noqa: S101 - the demo model shows its template
    findings = [each for each in check_context(context) if each.severity != "info"]
    # The model's own template has a default system text: true, and no defect.
    codes = [each.code.split()[0] for each in findings if not each.code.startswith("R09")]
    return codes, propose_repairs(context, model=candidate.model.id)


def row_of(name: str, chat: Mapping[str, Any], benches: Sequence[Bench]) -> dict[str, object]:
    """Return one defect's row: what was found, and the scores before and after."""
    broken = [bench.bench.task.baseline().replace(chat=ChatSetup(**chat)) for bench in benches]
    codes, repairs = found_in(benches[0], broken[0])
    before = [bench.score(each) for bench, each in zip(benches, broken, strict=True)]
    after = [_best(bench, each) for bench, each in zip(benches, broken, strict=True)]
    return {
        "defect": name,
        "found": ", ".join(codes) or "nothing",
        "repairs": len(repairs),
        "no examples": f"{before[0]:.2f}",
        "repaired": f"{after[0]:.2f}",
        "two examples": f"{before[1]:.2f}",
        "repaired too": f"{after[1]:.2f}",
    }


def _best(bench: Bench, broken: Candidate) -> float:
    """Return the score of the repair that the lever would keep: the best of what it proposes."""
    _, repairs = found_in(bench, broken)
    return max((bench.score(broken.replace(chat=chat)) for chat in repairs), default=0.0)


def main() -> int:
    """Measure all defects and write the table; return 0 where each is found and mended."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory() as name:
        benches = [
            open_bench(Path(name) / folder, n, shots=shots)
            for folder, shots in (("plain", False), ("shots", True))
        ]
        right = [bench.bench.task.baseline() for bench in benches]
        scores = [bench.score(each) for bench, each in zip(benches, right, strict=True)]
        floor = [bench.changed(each) for bench, each in zip(benches, right, strict=True)]
        rows = [row_of(defect, chat, benches) for defect, chat in DEFECTS.items()]
    note = (
        f'SmolLM2-135M-Instruct, {n} tickets of the task "order number", greedy. The right setup '
        f"scores {scores[0]:.2f} without examples (lenient) and {scores[1]:.2f} with two (strict). "
        f"Noise floor: another batch size changes {floor[0]:.3f} and {floor[1]:.3f} of the answers."
        ' "Repaired" is the best of the repairs that are proposed, as the lever keeps it.'
    )
    print(note, write_table(SECTION, rows, f"{COMMAND} {n}", note=note, page=PAGE), sep="\n")
    short = [str(row["defect"]) for row in rows if not _is_mended(row, scores, floor, n)]
    print(f"Short: {', '.join(short)}" if short else "Every defect is found and mended.")
    return int(bool(short))


def _is_mended(
    row: Mapping[str, object], scores: Sequence[float], floor: Sequence[float], n: int
) -> bool:
    """Return whether a defect was found, and both scores are back within the noise floor."""
    after = [float(str(row["repaired"])), float(str(row["repaired too"]))]
    close = all(
        value >= score - noise - 0.5 / n - 0.005  # half an answer, and two printed decimals
        for value, score, noise in zip(after, scores, floor, strict=True)
    )
    return close and row["found"] != "nothing"


if __name__ == "__main__":
    sys.exit(main())
