"""`ladder retrieve`: what each method finds, and the passages of one question."""

import json
from pathlib import Path

import pytest

from ladder.cli.app import main
from ladder.testing import write_task
from ladder.testing.task_files import answer_right

NAMES = [f"{first}{second}" for first in ("Ma", "Do", "Ki", "Lu", "Ze") for second in "abcdefghij"]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    rows = [
        {"input": f"What is the code of {name}?", "target": str(300 + at), "right": f"p{at}"}
        for at, name in enumerate(NAMES)
    ]
    path = write_task(tmp_path, answer_right, rows=rows, corpus=["x"])
    passages = [
        {"id": f"p{at}", "text": f"The code of {name} is {300 + at}." if at % 2 else f"Hall {at}."}
        for at, name in enumerate(NAMES)
    ]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(each) + "\n" for each in passages))
    return path


def test_methods_stand_with_what_they_find_and_how_fast(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["retrieve", str(spec), "--top-k", "1,5"]) == 0
    by_answer = capsys.readouterr().out
    assert main(["retrieve", str(spec), "--set", "data.gold=right", "--json"]) == 0
    by_gold = json.loads(capsys.readouterr().out)["diagnosis"]

    assert "lexical k=1" in by_answer
    assert "The answer is in no passage of corpus.jsonl for" in by_answer
    assert [each["top_k"] for each in by_gold["searches"]] == [1, 3, 10]
    assert by_gold["by"] == "gold"
    assert 0.2 < by_gold["searches"][0]["ndcg"] < 0.8


def test_one_question_shows_its_passages_with_a_star_before_the_right_one(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["retrieve", str(spec), "--question", "What is the code of Mab?"]) == 0
    known = capsys.readouterr().out.splitlines()
    assert main(["retrieve", str(spec), "--question", "hall 8"]) == 0
    free = capsys.readouterr().out.splitlines()

    assert known[0] == "lexical k=3"
    assert known[1].startswith("*  1  corpus.jsonl:2: The code of Mab is 301.")
    assert free[1].startswith("   1  corpus.jsonl:9: Hall 8.")


def test_what_cannot_be_looked_at_is_named(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["retrieve", str(spec), "--top-k", "0"]) == 2
    assert main(["retrieve", str(spec), "--set", "levers.rag.corpus=null"]) == 2
    assert "levers.rag.corpus" in capsys.readouterr().err
