import json
from pathlib import Path

import pytest

from ladder.errors import DataError, SpecError
from ladder.models import Message, Recorded, Request, load_generator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing import check_generator


def write(folder: Path, *rows: object) -> Path:
    path = folder / "run.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n", encoding="utf-8")
    return path


def asking(text: str, chat: ChatSetup | None = None, decoding: Decoding | None = None) -> Request:
    return Request((Message("user", text),), chat or ChatSetup(), decoding or Decoding())


def test_recorded_answers_keep_what_every_generator_promises(tmp_path: Path) -> None:
    path = write(tmp_path, {"input": "a", "output": "1"}, {"question": "b", "answer": "2"})

    check_generator(load_generator(ModelRef(id=f"recorded:{path}")), [asking("a"), asking("b")])


def test_an_answer_is_the_one_recorded_for_that_input(tmp_path: Path) -> None:
    recorded = Recorded(
        write(tmp_path, {"input": "a", "output": "1"}, {"input": "b", "output": ""})
    )

    found = dict(recorded.generate([asking("b"), asking("a", decoding=Decoding(max_new_tokens=9))]))

    assert [found[0].text, found[1].text] == ["", "1"]


@pytest.mark.parametrize(
    "request_",
    [
        asking("unknown"),
        asking("Think first. a"),
        asking("a", chat=ChatSetup(mode="completion")),
        asking("a", decoding=Decoding(temperature=1.0)),
        Request((Message("system", "s"), Message("user", "a")), ChatSetup(), Decoding()),
    ],
)
def test_what_was_not_recorded_is_refused_and_not_made_up(
    tmp_path: Path, request_: Request
) -> None:
    recorded = Recorded(write(tmp_path, {"input": "a", "output": "1"}))

    with pytest.raises(DataError, match="has no answer for"):
        list(recorded.generate([request_]))


def test_a_conversation_is_not_said_to_lack_a_question_that_was_recorded(tmp_path: Path) -> None:
    recorded = Recorded(write(tmp_path, {"input": "a", "output": "1"}))
    turns = (Message("system", "s"), Message("user", "a"))

    with pytest.raises(DataError, match=r"prompts of several turns \(system, user\)"):
        list(recorded.generate([Request(turns, ChatSetup(), Decoding())]))


def test_two_answers_to_one_input_are_two_runs(tmp_path: Path) -> None:
    path = write(tmp_path, {"input": "a", "output": "1"}, {"input": "a", "output": "2"})

    with pytest.raises(DataError, match=r"run\.jsonl:2 .*differently"):
        Recorded(path)


@pytest.mark.parametrize(
    "row",
    [{"input": "a"}, {"input": None, "output": "x"}, {"input": ["a"], "output": ""}, [1], "a"],
)
def test_a_row_without_both_texts_is_named(tmp_path: Path, row: object) -> None:
    with pytest.raises(DataError, match=r"run\.jsonl:1 "):
        Recorded(write(tmp_path, row))


def test_texts_are_read_as_the_eval_data_are(tmp_path: Path) -> None:
    rows = [{"input": 7, "output": 1.10}, {"input": "a\u2028b\x85", "output": "c\u2028d"}]
    path = tmp_path / "run.jsonl"
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\ufeff" + lines.replace("1.1}", "1.10}"), encoding="utf-8")

    found = dict(Recorded(path).generate([asking("7"), asking("a\u2028b\x85")]))

    assert [found[0].text, found[1].text] == ["1.10", "c\u2028d"]


def test_a_line_that_is_no_json_and_a_missing_file_are_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{", encoding="utf-8")

    with pytest.raises(DataError, match=r"bad\.jsonl:1 is not JSON"):
        Recorded(path)
    with pytest.raises(DataError, match="There is no file"):
        Recorded(tmp_path / "none.jsonl")


def test_an_adapter_needs_weights_here(tmp_path: Path) -> None:
    path = write(tmp_path, {"input": "a", "output": "1"})

    for ref in (ModelRef(id=f"recorded:{path}"), ModelRef(id="m", base_url="http://localhost:1")):
        with pytest.raises(SpecError, match="adapter"):
            load_generator(ref, adapter="some/folder")


@pytest.mark.real
def test_a_published_recording_is_read(shared_data: Path, tmp_path: Path) -> None:
    lines = (shared_data / "datasets/recorded/prompt_runs.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in lines.splitlines()]
    run = [row for row in rows if (row["dataset"], row["method"]) == ("coin_flip", "zero_shot")]
    recorded = Recorded(write(tmp_path, *run))

    found = dict(recorded.generate([asking(row["question"]) for row in run]))

    assert len(found) == len(run) > 400
    assert found[7].text == run[7]["output"]
