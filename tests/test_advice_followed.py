"""Advice of `check`, before and after the first calls, is followed word for word; its finding goes.

A case is a task that a finding is about, and the change that a person would make who reads the
advice. The change is taken from the advice's own words: where those change, the test fails.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ladder.api import check_task, measure_baseline
from ladder.cli import main
from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.models.base import Answer, Request
from ladder.testing import Scripted, register_scripted, write_task
from ladder.testing.task_files import answer_right, answer_wrong, number_in, triples

Rows = list[dict[str, Any]]
Spec = dict[str, Any]
Follow = Callable[["Work", re.Match[str]], object]


@dataclass
class Work:
    """A task in the current folder, which a case spoils and advice mends."""

    spec: Spec
    rows: Rows

    def save(self) -> None:
        Path("eval.jsonl").write_text("".join(json.dumps(row) + "\n" for row in self.rows))
        Path("task.json").write_text(json.dumps(self.spec))

    def findings(self, *, is_measured: bool) -> list[Finding]:
        self.save()
        try:
            found = check_task("task.json")
        except LadderError as error:
            return [Finding(code=f"error {error}", severity="error", problem=str(error))]
        return [*found, *measure_baseline("task.json")] if is_measured else found

    def set(self, path: str, value: Any) -> None:
        """Write a field of the spec by its dotted path."""
        *above, last = path.split(".")
        place = self.spec
        for each in above:
            inner = place.get(each)
            place[each] = inner if isinstance(inner, dict) else _opened(each, inner)
            place = place[each]
        place[last] = value


def _is_told(found: Finding, code: str) -> bool:
    """Return whether a finding of this code, or an error, still asks for something."""
    return found.code.startswith("error ") or bool(found.code.startswith(code) and found.next_step)


def _opened(section: str, shorthand: Any) -> Spec:
    names = {"data": "path", "prompt": "user", "metric": "name", "model": "id"}
    return {} if shorthand is None else {names[section]: shorthand}


@dataclass(frozen=True)
class Case:
    """A finding, the task that it is about, and each thing that its advice says to do."""

    code: str
    follow: Mapping[str, Follow]
    spec: Mapping[str, Any] | None = None
    rows: Rows | None = None
    answer: Callable[[Request], str] | None = None


def _set(path: str, value: Any) -> Follow:
    def write(work: Work, match: re.Match[str]) -> None:
        del match
        work.set(path, value)

    return write


def _set_as_said(work: Work, match: re.Match[str]) -> None:
    work.set(match[1], match[2])


def _set_number(work: Work, match: re.Match[str]) -> None:
    work.set(match[1], float(match[2]))


def _raise(work: Work, match: re.Match[str]) -> None:
    work.set(match[1], 200)


def _pattern(work: Work, match: re.Match[str]) -> None:
    work.set("metric.reading", "pattern")
    work.set(match[1], r"=> (\w+)")


class Cut(Scripted):
    """A model whose answers end at the limit, as real ones do."""

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for at, answer in super().generate(requests):
            words, limit = answer.text.split(), requests[at].decoding.max_new_tokens
            cut = replace(answer, text=" ".join(words[:limit]), finish_reason="length")
            yield at, cut if len(words) > limit else answer


def _noisy(request: Request) -> str:
    if request.decoding.temperature == 0:
        return answer_wrong(request)
    return str(random.random())  # noqa: S311 - noise, not a secret


def _declare(work: Work, match: re.Match[str]) -> None:
    work.set(match[0], "there is a reason")


def _try_more(work: Work, match: re.Match[str]) -> None:
    """Do all that an advice says: no declaration that it names stays, and a pool is given."""
    for lever in re.findall(r"Take levers\.(\w+)\.not_applicable out", match.string):
        work.spec["levers"][lever] = {}
    assert "levers.few_shot.pool" in match.string
    work.set("levers.few_shot", {"pool": "pool.jsonl", "methods": ["random"], "shots": [1, 2]})


def _accept(work: Work, match: re.Match[str]) -> None:
    """Write into the policy each line that an advice names, as low or as wide as it goes."""
    del work
    lines = re.findall(r"ladder-policy\.yaml: levers: \{(\w+: \{.*?\})\}\.", match.string)
    fields = re.findall(r"lower `(\w+)`", match.string)
    policy = ["unsigned: allow", *(f"{field}: 0" for field in fields)]
    Path("ladder-policy.yaml").write_text("\n".join([*policy, f"levers: {{{', '.join(lines)}}}"]))


def _answer_for(work: Work, match: re.Match[str]) -> None:
    assert "training.review.licences.data: own" in match.string
    work.set("training.review", {"behaviour": match[1], "licences": {"data": "own"}})


def _keep_one(work: Work, match: re.Match[str]) -> None:
    del match
    seen = {_letters(row["input"]): row for row in reversed(work.rows)}
    work.rows = list(seen.values())


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower().replace("rapid", "quick"))


def _list_in_one_row(work: Work, match: re.Match[str]) -> None:
    del match
    merged: dict[str, list[str]] = {}
    for row in work.rows:
        merged.setdefault(row["input"], []).append(row["target"])
    work.rows = [{"input": each, "target": targets} for each, targets in merged.items()]


def _cluster(work: Work, match: re.Match[str]) -> None:
    work.rows = [{**row, "group": _letters(row["input"])} for row in work.rows]
    work.set(match[0], "group")


def _more(work: Work, match: re.Match[str]) -> None:
    del match
    work.rows += triples(300, start=2000)


def _plan(work: Work, match: re.Match[str]) -> None:
    assert main([*match[1].split()[1:2], "task.json", *match[1].split()[2:]]) == 0
    _more(work, match)


def _column(work: Work, match: re.Match[str]) -> None:
    work.set("prompt.user", f"What is three times this? {match[0]}")


def _smaller_cluster(work: Work, match: re.Match[str]) -> None:
    del match
    largest = [row for row in work.rows if row["group"] == "a"]
    work.rows = [row for row in work.rows if row["group"] != "a"] + largest[:3]


def _labels(work: Work, match: re.Match[str]) -> None:
    wrong, right = re.findall(r"'([^']*)'", match[0])
    del wrong
    work.rows = [
        {**row, "target": right if row["target"] == "bilnig" else row["target"]}
        for row in work.rows
    ]


LONG = "quick " + " ".join(f"word{at}" for at in range(60))
NEAR: Rows = [
    *triples(160),
    {"input": LONG, "target": "0"},
    {"input": LONG.replace("quick", "rapid"), "target": "0"},
]
CASES = [
    Case("D01", {"Keep one of each": _keep_one}, rows=[*triples(160), *triples(20)]),
    Case(
        "D02",
        {"list all of them as acceptable in one row": _list_in_one_row},
        rows=[*triples(160), *({**row, "target": "7"} for row in triples(20))],
    ),
    Case("D03", {"Keep one of each": _keep_one, r"data\.cluster": _cluster}, rows=NEAR),
    Case("D04", {"Add samples with other answers": _more}, rows=[{**row, "target": "1"} for row in triples(100)]),
    Case(
        "D05",
        {r"data\.input and data\.target": _set("data.target", "answer")},
        spec={"data": {"path": "eval.jsonl", "input": "input", "target": "target"}},
        rows=[{**row, "target": row["input"], "answer": row["target"]} for row in triples(160)],
    ),
    Case("D07", {r"'bilnig' for the label '\w+'": _labels}, spec={"metric": {"name": "choice", "labels": ["billing", "technical"]}}, rows=[{"input": row["input"], "target": ("bilnig", "technical")[at % 2]} for at, row in enumerate(triples(160))]),
    Case("D10", {"`(ladder plan [^`]*)`": _plan}, rows=triples(3)),
    Case("D13", {"margin, such as 0.01": _set("margin", 0.01), "target below 1": _set("target", 0.95)}, spec={"target": 1.0}),
    Case("D14", {"Keep some of its": _smaller_cluster}, spec={"data": {"path": "eval.jsonl", "cluster": "group"}}, rows=[{**row, "group": "a" if at < 100 else str(at)} for at, row in enumerate(triples(160))]),
    Case("D28", {r"\{\{ \w+ \}\}": _column}, spec={"prompt": "What is three times <input>?"}),
    Case("D28", {r"\{\{ \w+ \}\}": _column}, spec={"prompt": "What is three times the number?"}),
    Case("W01", {r"levers\.few_shot\.not_applicable": _declare}, spec={"levers": {"few_shot": {}}}),
    Case("W01", {r"levers\.rag\.not_applicable": _declare}, spec={"levers": {"rag": {}}}),
    Case("W04", {r"(levers\.few_shot\.encoder): (\S+)": _set_as_said, r"levers\.few_shot\.methods: \[(\w+)\]": _set("levers.few_shot.methods", ["random"])}, spec={"levers": {"few_shot": {"pool": "pool.jsonl", "encoder": "nobody/never-downloaded"}}}),
    Case("W05", {r"Take levers": _try_more, "in ladder-policy.yaml": _accept}),
    Case("W06", {r"training\.review\.behaviour, such as (\w+)": _answer_for}, spec={"training": {"path": "pool.jsonl"}}),
    Case("W03", {r"levers\.rag\.not_applicable": _declare}, spec={"levers": {"rag": {"corpus": "corpus.jsonl", "methods": ["lexical"]}}}),
    Case("Q03", {r"(metric\.reading): (\w+)": _set_as_said}, answer=lambda it: f"I think it is {3 * number_in(it)}, as far as I know."),
    Case("Q03", {r"(metric\.reading): (\w+)": _set_as_said}, spec={"metric": "f1"}, rows=[{"input": str(at), "target": f"number {3 * at}"} for at in range(100, 260)], answer=lambda it: f"I think that it is number {3 * number_in(it)} if I am not wrong at all here."),
    Case("Q08", {r"(metric\.reading): (\w+)": _set_as_said}, rows=[{**row, "target": f"{row['target']}."} for row in triples(160)], answer=answer_right),
    Case("Q09", {r"(metric\.case): (\w+)": _set_as_said}, rows=[{"input": str(at), "target": f"NUMBER {3 * at}"} for at in range(100, 260)], answer=lambda it: f"number {3 * number_in(it)}"),
    Case("Q01", {r"Write (generation\.max_new_tokens): \d+": _raise}, spec={"generation": {"max_new_tokens": 8}}, answer=lambda it: f"{'hm ' * 20}{3 * number_in(it)}"),
    Case("Q04", {r"Set (generation\.temperature) to (0)": _set_number}, spec={"generation": {"temperature": 0.8}}, answer=_noisy),
    Case("Q06", {r"metric\.reading: pattern and (metric\.pattern)": _pattern}, spec={"metric": {"name": "choice", "labels": ["even", "odd"]}}, rows=[{**row, "target": ("even", "odd")[at % 2]} for at, row in enumerate(triples(160))], answer=lambda it: f"even odd => {('even', 'odd')[number_in(it) % 2]}"),
    Case("Q03", {r"(metric\.\w+): (\w+)": _set_as_said}, spec={"metric": "json_equal"}, rows=[{"input": str(at), "target": json.dumps({"n": 3 * at})} for at in range(100, 260)], answer=lambda it: "Here it is:\n```json\n" + json.dumps({"n": 3 * number_in(it)}) + "\n```"),
    Case("Q07", {r"\{\{ \w+ \}\}": _column}, spec={"prompt": "Three times {{ input | length }}?"}, answer=lambda it: "9" if "length" in it.messages[-1].content or "Three" in it.messages[-1].content else answer_wrong(it)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code}-{n}" for n, case in enumerate(CASES)])
def test_a_finding_goes_when_its_advice_is_followed(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = case.answer or answer_wrong
    spec = json.loads(write_task(tmp_path, answer).read_text())
    Path("corpus.jsonl").write_text('{"text": "nothing to the point"}\n' * 3)
    pool = triples(40, start=5000)
    Path("pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in pool))
    levers = {**spec["levers"], **(case.spec or {}).get("levers", {})}
    is_measured = case.code.startswith("Q")

    for words, follow in case.follow.items():
        work = Work(
            {**spec, **(case.spec or {}), "levers": levers}, list(case.rows or triples(160))
        )
        work.spec = json.loads(json.dumps(work.spec))
        work.spec["model"] = register_scripted(Cut(answer, name=f"{tmp_path}{words}"))
        told = [
            each
            for each in work.findings(is_measured=is_measured)
            if each.code.startswith(case.code)
        ]
        assert told, f"{case.code} is not found: {work.findings(is_measured=is_measured)}"
        match = re.search(words, told[0].next_step)
        assert match, f"{words!r} stands nowhere in {told[0].next_step!r}"

        follow(work, match)

        after = work.findings(is_measured=is_measured)
        assert not [each for each in after if _is_told(each, case.code)], after


def _rename(old: str) -> Follow:
    """Return what writes the key that the advice means in the place of a misspelt one."""

    def follow(work: Work, match: re.Match[str]) -> None:
        work.spec = json.loads(json.dumps(work.spec).replace(f'"{old}"', f'"{match[1]}"'))

    return follow


def _name(field: str, value: Any) -> Follow:
    def follow(work: Work, match: re.Match[str]) -> None:
        assert match[0].endswith(field)
        work.set(field, value)

    return follow


def _yaml(work: Work, match: re.Match[str]) -> None:
    work.spec |= YAML(typ="safe").load(match[0])


def _keep_grid(work: Work, match: re.Match[str]) -> None:
    del match
    grid = work.spec["levers"]["decoding"]["grid"]
    work.set("levers.decoding.grid", {name: values[:2] for name, values in grid.items()})


def _example(work: Work, match: re.Match[str]) -> None:
    del work
    row = json.loads(match[0])
    rows = [{**row, "input": f"{at} + 2", "target": str(at + 2)} for at in range(60)]
    Path("no.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows))


@dataclass(frozen=True)
class Refusal:
    """A command that is refused, the words of its next step, and what a person then does."""

    words: str
    follow: Follow | str
    spec: Mapping[str, Any]
    rows: Rows | None = None
    command: str = "check task.json"


OTHER_COLUMNS: Rows = [{"text": row["input"], "label": row["target"]} for row in triples(160)]
GRID = {f"t{at}": at / 10 for at in range(7)}.values()
REFUSALS = {
    "a key": Refusal(r"Did you mean (\w+)", _rename("generaton"), {"generaton": {}}),
    "a key inside": Refusal(r"Did you mean (\w+)", _rename("max_tokens"), {"generation": {"max_tokens": 5}}),
    "a lever": Refusal(r"Did you mean (\w+)", _rename("promt"), {"levers": {"promt": {}}}),
    "a metric": Refusal(r"Did you mean (\w+)", _rename("exakt_match"), {"metric": "exakt_match"}),
    "a setting": Refusal(r"Did you mean '(\w+)'", _rename("temprature"), {"levers": {"decoding": {"grid": {"temprature": [0]}}}}, command="plan task.json"),
    "a large grid": Refusal("two or three values", _keep_grid, {"levers": {"decoding": {"grid": {"temperature": list(GRID), "top_p": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}}}}, command="plan task.json"),
    "the input": Refusal(r"input: (\w+), target: label", lambda work, match: work.set("data.input", match[1]), {"data": {"path": "eval.jsonl", "target": "label"}}, rows=OTHER_COLUMNS),
    "the target": Refusal(r"Name one of these columns in data\.target", _name("data.target", "label"), {"data": {"path": "eval.jsonl", "input": "text"}}, rows=OTHER_COLUMNS),
    "a cluster": Refusal(r"Name one of these columns in data\.cluster", _name("data.cluster", "input"), {"data": {"path": "eval.jsonl", "cluster": "g"}}),
    "an id": Refusal(r"Name one of these columns in data\.id", _name("data.id", "input"), {"data": {"path": "eval.jsonl", "id": "g"}}),
    "a reading": Refusal(r"It knows reading: (\w+)", lambda work, match: work.set("metric.reading", match[1]), {"metric": {"name": "json_equal", "reading": "last_number"}}, rows=[{"input": row["input"], "target": json.dumps({"n": row["target"]})} for row in triples(160)]),
    "a pattern": Refusal(r"metric: \{.*\}", _yaml, {"metric": {"name": "exact_match", "reading": "pattern"}}),
    "labels": Refusal(r"metric: \{.*\}", _yaml, {"metric": "choice"}, rows=[{**row, "target": ("first", "second")[at % 2]} for at, row in enumerate(triples(160))]),
    "code": Refusal(r"--allow-code", "--allow-code", {"metric": "mine.py:score"}),
    "an override": Refusal(r"--set \S+=\S+\]", "check task.json {}", {}, command="check task.json --set levers.rag"),
    "no data": Refusal(r"\{\"input\".*?\}", _example, {"data": "no.jsonl"}),
    "a column of the prompt": Refusal(r"columns of the data: (\w+)", lambda work, match: work.set("prompt", f"{{{{ {match[1]} }}}}"), {"prompt": "{{ inpt }}"}),
    "a prompt": Refusal(r"\{\{ column \}\}", lambda work, match: work.set("prompt", match[0].replace("column", "input")), {"prompt": "{{ input"}),
    "a margin": Refusal(r"such as (0\.02)", lambda work, match: work.set("margin", float(match[1])), {"margin": 0.9}),
    "a target": Refusal(r"such as (0\.8)", lambda work, match: work.set("target", float(match[1])), {"target": "high"}),
    "a format": Refusal(r"Use one of (\w+)", "check task.json --format {}", {}, command="check task.json --format xml"),
    "a file that is there": Refusal("--force", "init --force", {}, command="init"),
    "no spec": Refusal(r"`ladder (init)`", "{}", {}, command="check task.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_refused_command_is_accepted_once_its_next_step_is_done(
    refusal: Refusal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = json.loads(write_task(tmp_path, answer_wrong).read_text())
    levers = {**spec["levers"], **refusal.spec.get("levers", {})}
    work = Work({**spec, **refusal.spec, "levers": levers}, list(refusal.rows or triples(160)))
    Path("mine.py").write_text("def score(answer, targets):\n    return 1.0\n")
    if refusal.command == "init":
        Path("task.yaml").write_text("name: mine\n")
    work.save()

    assert main(refusal.command.split()) != 0
    told = capsys.readouterr().err.partition("Next: ")[2]
    match = re.search(refusal.words, told)
    assert match is not None, told

    command = refusal.command
    if isinstance(refusal.follow, str):
        command = refusal.follow.format(match[match.lastindex or 0])
        command = f"{refusal.command} {command}" if command.startswith("--") else command
    else:
        refusal.follow(work, match)
        work.save()

    assert main(command.split()) == 0, capsys.readouterr()
