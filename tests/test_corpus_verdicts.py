"""Documents as people have them lead from `ladder init` to a verdict, whatever their language."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from ladder.api import check_task, run, run_folder_of
from ladder.cli.app import app
from ladder.models.base import Request
from ladder.models.scripted import Scripted, register_scripted
from ladder.report.write_report import write_report
from ladder.runs.folder import RunFolder
from ladder.runs.samples import read_samples
from ladder.spec.load_task import load_task
from ladder.testing import write_rows
from ladder.testing.task_files import DECLARED
from tests.data.pdf_files import pdf_of

pytestmark = pytest.mark.slow

PARTS = ("Mara", "Dolu", "Kira", "Tesa", "Rovi", "Nibo", "Sana", "Vilu", "Bora", "Luka")
THINGS = ("pump", "valve", "gate", "lamp", "lock", "fan", "belt", "drum")


def reader(pattern: str) -> Callable[[Request], str]:
    """Return a model that finds its answer in the passages, and knows nothing by itself.

    The pattern's groups are what a sentence says of: its subject, and what is wanted.
    """

    def answer(request: Request) -> str:
        text = request.messages[-1].content
        context, _, question = text.rpartition("\n\n")
        found = [said for subject, said in re.findall(pattern, context) if subject in question]
        return found[0] if len(found) == 1 else "unknown"

    return answer


def init(folder: Path, model: Callable[[Request], str], rag: dict[str, object]) -> Path:
    """Write a task as `ladder init` does, and fill in the model, the documents and the target."""
    CliRunner().invoke(app, ["init", str(folder), "--to", str(folder), "--yes"])
    yaml, spec = YAML(), folder / "task.yaml"
    task = yaml.load(spec.read_text("utf-8"))
    task["model"] = register_scripted(Scripted(model, name=str(folder)))
    task["levers"] = {**DECLARED, "rag": rag}
    with spec.open("w", encoding="utf-8") as file:
        yaml.dump(task, file)
    return spec


def manual(folder: Path) -> list[tuple[str, str, str]]:
    """Write 60 Markdown files and a PDF of 20 pages; return (question, answer, source) each."""
    (folder / "docs" / "machines").mkdir(parents=True)
    pairs = [(part, thing) for part in PARTS for thing in THINGS]
    facts = []
    for at, (part, thing) in enumerate(pairs[:60]):
        name = f"machines/{part.lower()}-{thing}.md"
        filler = "It is looked after once a year by whoever has the key. " * (at % 9)
        text = (
            f"# {part}\n\n{filler}\n\n## The {thing}\n\nThe {thing} of {part} opens at {at} bar.\n"
        )
        (folder / "docs" / name).write_text(text)
        facts.append((f"At what pressure does the {thing} of {part} open?", str(at), name))
    pages = [
        [f"The {thing} of {part} opens at {at} bar.", "See the drawing overleaf."]
        for at, (part, thing) in enumerate(pairs[60:], start=60)
    ]
    (folder / "docs" / "manual.pdf").write_bytes(pdf_of(pages))
    for at, (part, thing) in enumerate(pairs[60:], start=60):
        question = f"At what pressure does the {thing} of {part} open?"
        facts.append((question, str(at), f"manual.pdf, page {at - 59}"))
    return facts


def test_sixty_files_and_a_pdf_go_from_init_to_a_verdict_that_names_each_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    facts = manual(tmp_path)
    (tmp_path / "docs" / "photo.jpg").write_bytes(b"\xff\xd8\0\0")
    write_rows(tmp_path / "eval.jsonl", [{"input": q, "target": a} for q, a, _ in facts])
    rag: dict[str, object] = {"corpus": "docs", "methods": ["lexical"], "top_k": [3]}
    model = reader(r"The (\w+ of \w+) opens at (\d+) bar")
    task = load_task(init(tmp_path, model, rag))

    findings = {each.code[:3]: each for each in check_task(task)}
    decision = run(task)

    assert "photo.jpg: binary" in findings["D51"].evidence
    assert "1 of the 62 files" in findings["D51"].problem
    assert decision.verdict == "use_lever", decision.sentence
    assert decision.best is not None
    assert decision.best.retrieval is not None
    folder = run_folder_of(task)
    sources = {q: source for q, _, source in facts}
    best = decision.ledger.best
    answered = [
        (sample, answer)
        for sample in read_samples(RunFolder(folder).samples, None)
        if (answer := sample.answer(best)) is not None
    ]
    assert len(answered) >= 36
    for sample, answer in answered:
        said = [each.where for each in answer.passages if sample.targets[0] in each.text.split()]
        assert said[0].startswith(sources[sample.input])
    page = write_report(folder).read_text("utf-8")
    assert "manual.pdf, page " in page
    assert "machines/" in page


CHINESE = ("东门", "西门", "南门", "北门", "金库", "酒窖", "图书馆", "实验室", "车库", "花园")
COLOURS = ("红色", "蓝色", "绿色", "黄色", "黑色", "白色", "紫色", "橙色")
GERMAN = ("Haus", "Turm", "Kloster", "Dorf", "Schloss", "Garten", "Bahnhof", "Hof", "Bad", "Amt")
PLURALS = {"Haus": "Häuser", "Dorf": "Dörfer", "Schloss": "Schlösser"}
PEOPLE = ("Anna", "Bernd", "Clara", "Dieter", "Emma", "Fritz", "Greta", "Hans")


@pytest.mark.parametrize("language", ["chinese", "german"])
def test_a_chinese_and_a_german_task_are_decided_by_what_the_documents_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rag: dict[str, object] = {"corpus": "docs.txt", "methods": ["lexical"], "top_k": [1]}
    if language == "chinese":
        pairs = [(place, colour) for place in CHINESE for colour in COLOURS]
        texts = [f"{p}的{c}钥匙编号是{at}。请妥善保管。" for at, (p, c) in enumerate(pairs, 100)]
        asked = [f"{place}的{colour}钥匙编号是多少？" for place, colour in pairs]
        model = reader(r"(\w+?的\w+?钥匙)编号是(\d+)")
    else:
        pairs = [(place, person) for place in GERMAN for person in PEOPLE]
        texts = [
            f"Aus den Akten von {n}: Die Bücher über {PLURALS.get(p, p)} ({p} von {n}) zeigen {at}."
            for at, (p, n) in enumerate(pairs, 100)
        ]
        asked = [f"Was zeigt das Buch: {place} von {person}?" for place, person in pairs]
        model = reader(r"\((\w+ von \w+)\) zeigen (\d+)")
        rag["language"] = "german"
    (tmp_path / "docs.txt").write_text("\n\n".join(texts), encoding="utf-8")
    rows = [{"input": q, "target": str(at)} for at, q in enumerate(asked, 100)]
    (tmp_path / "eval.jsonl").write_text(
        "\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8"
    )

    decision = run(load_task(init(tmp_path, model, rag)))

    assert decision.verdict == "use_lever", decision.sentence
    assert decision.best is not None
    assert decision.best.retrieval is not None
