"""Rows of chat and training data are read as they are, or refused with the line to mend."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ladder.data import load_samples
from ladder.data.row_form_findings import check_forms
from ladder.data.sample import Sample
from ladder.errors import DataError
from ladder.spec.data_source import DataSource

ASKED = "Which is heavier?"
TOOLS = [{"type": "function", "function": {"name": "weigh", "parameters": {"type": "object"}}}]
CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {
            "id": "call_1",
            "type": "function",
            "function": {"name": "weigh", "arguments": '{"what": "ü"}'},
        }
    ],
}


def said(*turns: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"role": role, "content": text} for role, text in turns]


def sharegpt(*turns: tuple[str, str], asker: str = "human") -> list[dict[str, Any]]:
    names = {"user": asker, "assistant": "gpt"}
    return [{"from": names.get(role, role), "value": text} for role, text in turns]


def in_columns(turns: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {
        key: [turn.get(key) for turn in turns] for key in dict.fromkeys(k for t in turns for k in t)
    }


def langchain(*turns: tuple[str, str]) -> list[dict[str, Any]]:
    names = {"user": "human", "assistant": "ai"}
    return [
        {"type": names.get(role, role), "content": text, "id": None, "example": False}
        for role, text in turns
    ]


SHORT = (("user", ASKED), ("assistant", "B"))
LONG = (("system", "One letter."), ("user", "Hello"), ("assistant", "Hi"), *SHORT)


def loaded(folder: Path, *rows: Any, name: str = "rows.jsonl", **source: Any) -> list[Sample]:
    file = folder / name
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    is_other = source.pop("is_other", False)
    return load_samples(DataSource(path=str(file), **source), is_other=is_other)


@pytest.mark.parametrize(
    ("row", "source"),
    [
        ({"messages": said(*LONG)}, {}),
        ({"messages": said(*LONG)}, {"input": "messages"}),
        ({"messages": json.dumps(said(*LONG))}, {}),
        ({"chat": said(*LONG)}, {"input": "chat"}),
        ({"conversation": said(*LONG)}, {}),
        ({"conversations": sharegpt(*LONG)}, {}),
        ({"conversations": sharegpt(*LONG)}, {"input": "conversations"}),
        ({"conversations": sharegpt(*LONG, asker="user")}, {}),
        ({"conversations": in_columns(sharegpt(*LONG))}, {}),
        ({"conversations": json.dumps(in_columns(sharegpt(*LONG)))}, {}),
        ({"messages": in_columns(said(*LONG))}, {"input": "messages"}),
        ({"messages": said(*LONG[1:]), "system": "One letter."}, {}),
        ({"messages": said(*LONG[:-1]), "ideal": "B"}, {}),
        ({"messages": said(*LONG[:-1]), "label": "B"}, {"input": "messages", "target": "label"}),
        ({"prompt": said(*LONG[:-1]), "completion": said(LONG[-1])}, {}),
        ({"prompt": said(*LONG[:-1]), "completion": "B"}, {}),
        ({"input": said(*LONG[:-1]), "ideal": ["B", "b"]}, {}),
        ({"chosen": said(*LONG), "rejected": said(*LONG)}, {"input": "chosen"}),
        (
            {"prompt": said(*LONG[:-1]), "chosen": said(LONG[-1]), "rejected": []},
            {"input": "prompt", "target": "chosen"},
        ),
        (
            {"prompt": said(*LONG[:-1]), "chosen": said(*LONG), "rejected": []},
            {"input": "prompt", "target": "chosen"},
        ),
        (
            {"conversations": sharegpt(*LONG[:-1]), "chosen": sharegpt(LONG[-1])[0]},
            {"input": "conversations", "target": "chosen"},
        ),
        (
            {
                "instruction": ASKED,
                "input": "",
                "output": "B",
                "system": "One letter.",
                "history": [["Hello", "Hi"]],
            },
            {},
        ),
        ({"input": {"messages": said(*LONG[:-1])}, "expectedOutput": "B"}, {}),
        ({"input": said(*LONG[:-1]), "expected_output": said(LONG[-1])[0]}, {}),
        ({"inputs": {"messages": said(*LONG[:-1])}, "outputs": {"answer": "B"}}, {}),
        ({"input": said(*LONG[:-1]), "expected": "B", "metadata": {}}, {}),
        ({"messages": said(*LONG)}, {"input": "question", "target": "answer"}),
        ({"messages": said(*LONG)}, {"input": "messages.1.content"}),
        ({"messages": said(*LONG[:-1]), "target": "B"}, {}),
        ({"inputs": {"messages": said(*LONG[:-1])}, "outputs": {"output": said(LONG[-1])[0]}}, {}),
        ({"inputs": {"messages": langchain(*LONG[:-1])}, "outputs": {"text": "B"}}, {}),
        ({"messages": said(*LONG[1:]), "system": [{"text": "One letter."}]}, {}),
        ({"conversations": sharegpt(*LONG[1:]), "system_prompt": "One letter."}, {}),
        ({"conversations": [{"role": r, "value": t} for r, t in LONG]}, {}),
        ({"messages": said(*LONG[:-1]), "reference_answer": "B"}, {}),
        ({"messages": [*said(*LONG), {**said(LONG[2])[0], "weight": 0}]}, {}),
        (
            {
                "input": {"messages": said(*LONG[:-1]), "tools": []},
                "preferred_output": said(LONG[-1]),
                "non_preferred_output": [],
            },
            {"target": "preferred_output"},
        ),
        ({"input_messages": str(said(*LONG[:-1])), "output_answer": "B", "example_id": "1"}, {}),
    ],
)
def test_a_conversation_is_read_whole_with_its_last_answer_as_the_target(
    tmp_path: Path, row: dict[str, Any], source: dict[str, Any]
) -> None:
    (sample,) = loaded(tmp_path, row, **source)

    assert (sample.input, sample.targets[0]) == (ASKED, "B")
    assert sample.conversation is not None
    assert [turn.turn for turn in sample.conversation.turns] == said(*LONG[:-1])
    assert sample.answer.turn == {"role": "assistant", "content": "B"}
    assert sample.form
    assert sample.asked == "Hello\nHi\nWhich is heavier?"


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ({"instruction": "Compare.", "input": ASKED, "output": "B"}, f"Compare.\n\n{ASKED}"),
        ({"instruction": ASKED, "output": "B"}, ASKED),
        ({"prompt": ASKED, "completion": "B"}, ASKED),
        ({"input": ASKED, "ideal": "B"}, ASKED),
        ({"input": ASKED, "expectedOutput": "B", "metadata": None}, ASKED),
        ({"inputs": {"question": ASKED}, "outputs": {"answer": "B"}}, ASKED),
        ({"inputs": json.dumps({"q": ASKED}), "outputs": json.dumps({"a": "B"})}, ASKED),
        ({"inputs.q": ASKED, "outputs.a": "B"}, ASKED),
        ({"input": ASKED, "expected": "B"}, ASKED),
        ({"input": {"question": ASKED}, "output": {"answer": "B"}, "id": "1"}, ASKED),
        ({"input_question": ASKED, "output_answer": "B", "metadata_topic": "x"}, ASKED),
    ],
)
def test_a_row_of_one_question_stays_a_task_of_one_text(
    tmp_path: Path, row: dict[str, Any], asked: str
) -> None:
    (sample,) = loaded(tmp_path, row)

    assert (sample.input, sample.targets, sample.conversation) == (asked, ("B",), None)
    assert sample.form


@pytest.mark.parametrize(
    ("row", "source", "words"),
    [
        (
            {"messages": said(*LONG), "x": "B"},
            {"input": "q", "target": "x"},
            "data.input: messages",
        ),
        ({"prompt": ASKED, "completion": "B", "x": 1}, {"target": "x"}, "Leave data.input"),
        ({"messages": []}, {}, "its messages holds no turns"),
        ({"messages": None, "id": 1}, {}, "its messages holds no turns"),
        ({"messages": said(*SHORT), "answer": "B"}, {"input": "messages", "target": "x"}, "'x'"),
        ({"messages": said(("user", ASKED))}, {}, r"rows.jsonl:1: no turn of it is an answer"),
        ({"messages": said(("user", ASKED), ("assistant", ""))}, {}, "rows.jsonl:1: its answer is"),
        ({"messages": said(("assistant", "B"))}, {}, "no turn of the role user"),
        ({"messages": said(("narrator", "x"), *SHORT)}, {}, "'narrator', which is no role"),
        ({"messages": said(*SHORT), "tools": "weigh"}, {}, "its tools are no list"),
        ({"messages": said(*LONG), "system": "Two."}, {}, "say different things"),
        ({"prompt": ASKED, "completion": "", "id": 1}, {}, "its answer is empty"),
        ({"prompt": ASKED, "completion": "B", "label": False}, {}, "marked as a bad one"),
        ({"prompt": ASKED, "chosen": "B", "rejected": "A"}, {}, "input: prompt, target: chosen"),
        ({"chosen": said(*SHORT), "rejected": said(*SHORT)}, {}, "input: chosen}"),
        ({"inputs": {"a": "x", "b": "y"}, "outputs": {"c": "z"}}, {}, "such as inputs.a"),
        ({"input_a": "x", "output_c": "z", "output_d": "y"}, {}, "such as output_c"),
        ({"instruction": ASKED, "output": "B", "history": ["x"]}, {}, "history"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_what_to_do(
    tmp_path: Path, row: dict[str, Any], source: dict[str, Any], words: str
) -> None:
    with pytest.raises(DataError) as caught:
        loaded(tmp_path, row, **source)

    told = f"{caught.value} {caught.value.next_step}"
    assert "rows.jsonl:1" in told
    assert re.search(words, told), told


def test_what_is_advised_for_parts_of_an_export_reads_them(tmp_path: Path) -> None:
    row = {"inputs": json.dumps({"a": ASKED, "b": "y"}), "outputs": {"c": "B", "d": "no"}}

    (sample,) = loaded(tmp_path, row, input="inputs.a", target="outputs.c")

    assert (sample.input, sample.targets) == (ASKED, ("B",))


def test_tools_and_calls_come_through_byte_for_byte(tmp_path: Path) -> None:
    turns = [
        *said(("system", "Räume."), ("user", "Weigh ü.")),
        CALL,
        {"role": "tool", "tool_call_id": "call_1", "name": "weigh", "content": '{"g": 1.0}'},
        {"content": [{"type": "text", "text": "1 g."}], "role": "assistant"},
    ]

    last, *_ = loaded(tmp_path, {"messages": turns, "tools": TOOLS})
    every = loaded(tmp_path, {"messages": turns, "tools": json.dumps(TOOLS)}, turns="all")

    assert last.conversation is not None
    assert json.dumps(last.conversation.whole) == json.dumps([turns, TOOLS])
    assert [each.targets for each in every] == [
        ('[{"name": "weigh", "arguments": {"what": "ü"}}]',),
        ("1 g.",),
    ]
    assert len({each.cluster for each in every}) == 1
    assert every[0].kind == "calls"
    assert every[0].id != every[1].id


@pytest.mark.parametrize("is_other", [False, True])
def test_mixed_forms_are_read_and_named_with_what_was_left_out(
    tmp_path: Path, *, is_other: bool
) -> None:
    rows = [
        {"messages": said(*LONG, ("user", "Thanks"))},
        {"prompt": "2 + 2", "completion": "4"},
        {"input": "3 + 3", "target": "6"},
    ]

    samples = loaded(tmp_path, *rows, is_other=is_other)
    found = {each.code[:3]: each.problem for each in check_forms(samples, "the eval data")}

    assert [sample.targets for sample in samples] == [("B",), ("4",), ("6",)]
    assert list(found) == ["D18", "D19", "D20"]
    assert "3 forms" in found["D19"]
    assert "turns after the last answer" in found["D20"]


def test_rows_of_input_and_target_are_said_to_be_nothing_special(tmp_path: Path) -> None:
    samples = loaded(tmp_path, {"input": "2 + 2", "target": "4", "system": "x", "tools": TOOLS})

    assert samples[0].conversation is None
    assert check_forms(samples, "the eval data") == []


def test_columns_that_the_spec_names_make_a_conversation(tmp_path: Path) -> None:
    row = {"q": "2 + 2", "a": "4", "role": "Calculate.", "functions": TOOLS}

    (sample,) = loaded(tmp_path, row, input="q", target="a", system="role", tools="functions")

    assert sample.conversation is not None
    assert sample.conversation.system == "Calculate."
    assert json.loads(sample.conversation.tools) == TOOLS


def test_rows_of_a_pool_or_of_training_data_may_have_a_form_of_their_own(tmp_path: Path) -> None:
    named: dict[str, Any] = {"input": "question", "target": "answer", "is_other": True}

    (talk,) = loaded(tmp_path, {"messages": said(*LONG)}, **named)
    with pytest.raises(DataError) as caught:
        loaded(tmp_path, {"frage": "2 + 2", "antwort": "4"}, **named)

    assert talk.targets == ("B",)
    assert "as the spec calls those of the eval data" in caught.value.next_step


@pytest.mark.parametrize(
    ("row", "targets", "kind"),
    [
        ({"input": ASKED}, ("",), "none"),
        ({"messages": said(*LONG[:-1])}, ("",), "none"),
        ({"input": said(*LONG[:-1])}, ("",), "none"),
        ({"messages": said(*LONG)}, ("B",), "text"),
        ({"prompt": ASKED, "completion": "B"}, ("B",), "text"),
    ],
)
def test_targets_may_be_absent_where_the_spec_says_so(
    tmp_path: Path, row: dict[str, Any], targets: tuple[str, ...], kind: str
) -> None:
    (sample,) = loaded(tmp_path, row, target=None)

    assert (sample.input, sample.targets, sample.kind) == (ASKED, targets, kind)


CALLED = [{"name": "weigh", "arguments": {"what": "ü"}}]
BEFORE = said(("system", "Brief."), ("user", ASKED))
ASKED_WITH_TOOLS = {"messages": BEFORE, "tools": TOOLS}
BY_SHAREGPT = [*sharegpt(*((t["role"], t["content"]) for t in BEFORE)),
               {"from": "function_call", "value": json.dumps(CALLED[0])}]  # fmt: skip


@pytest.mark.parametrize("is_other", [False, True])
@pytest.mark.parametrize(
    ("row", "source"),
    [
        ({"messages": [*BEFORE, CALL], "tools": TOOLS}, {}),
        ({"messages": json.dumps([*BEFORE, CALL]), "tools": json.dumps(TOOLS)}, {}),
        ({"messages": in_columns([*BEFORE, CALL]), "tools": TOOLS}, {}),
        ({"dialog": [*BEFORE, CALL], "tools": TOOLS}, {"input": "dialog"}),
        ({"conversations": BY_SHAREGPT, "tools": TOOLS}, {}),
        ({"conversations": in_columns(BY_SHAREGPT), "tools": TOOLS}, {}),
        ({"messages": BEFORE, "target": CALLED, "tools": TOOLS}, {}),
        ({"prompt": BEFORE, "completion": [CALL], "tools": TOOLS}, {}),
        ({"prompt": BEFORE, "chosen": [CALL], "rejected": [], "tools": TOOLS},
         {"input": "prompt", "target": "chosen"}),
        ({"input": BEFORE, "ideal": CALL, "tools": TOOLS}, {}),
        ({"input": ASKED_WITH_TOOLS, "expectedOutput": CALL}, {}),
        ({"inputs": ASKED_WITH_TOOLS, "outputs": {"output": CALL}}, {}),
        ({"input": BEFORE, "expected": CALL, "tools": TOOLS}, {}),
        ({"input": ASKED_WITH_TOOLS, "output": {"messages": [CALL]}}, {}),
        ({"q": ASKED, "a": CALLED, "s": "Brief.", "tools": TOOLS},
         {"input": "q", "target": "a", "system": "s", "tools": "tools"}),
    ],
)  # fmt: skip
def test_tools_and_calls_are_read_from_every_form(
    tmp_path: Path, row: dict[str, Any], source: dict[str, Any], *, is_other: bool
) -> None:
    (sample,) = loaded(tmp_path, row, is_other=is_other, **source)

    assert sample.kind == "calls"
    assert json.loads(sample.targets[0]) == sample.answer.tool_calls == CALLED
    assert sample.conversation is not None
    assert json.loads(sample.conversation.tools) == TOOLS
    assert [turn.turn for turn in sample.conversation.turns] == BEFORE


def test_turns_of_gemini_and_bedrock_are_read_as_typed_text(tmp_path: Path) -> None:
    names = {"assistant": "model"}
    contents = [{"role": names.get(r, r), "parts": [{"text": t}]} for r, t in SHORT]
    gemini = {"systemInstruction": {"parts": [{"text": "One letter."}]}, "contents": contents}
    bedrock = {
        "system": [{"text": "One letter."}],
        "messages": [{"role": r, "content": [{"text": t}]} for r, t in SHORT],
    }

    for row in (gemini, bedrock):
        (sample,) = loaded(tmp_path, row)
        assert sample.conversation is not None
        assert [turn.content for turn in sample.conversation.turns] == ["One letter.", ASKED]
        assert sample.targets == ("B",)


def test_calls_and_results_in_typed_parts_are_read_as_calls_and_results(tmp_path: Path) -> None:
    use = {"type": "tool_use", "id": "t1", "name": "weigh", "input": {"what": "ü"}}
    told = {
        "type": "tool_result",
        "tool_use_id": "t1",
        "content": [{"type": "text", "text": "9 g"}],
    }
    row = {
        "tools": [{"name": "weigh", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": ASKED},
            {"role": "assistant", "content": [{"type": "text", "text": "I see."}, use]},
            {"role": "user", "content": [told, {"type": "text", "text": "Now?"}]},
            {"role": "assistant", "content": [use]},
        ],
    }

    (sample,) = loaded(tmp_path, row)

    assert sample.conversation is not None
    assert json.loads(sample.conversation.tools) == TOOLS
    asked, calling, result, again = sample.conversation.turns
    assert (calling.content, calling.tool_calls) == (
        "I see.",
        [{"name": "weigh", "arguments": {"what": "ü"}}],
    )
    assert result.turn == {"role": "tool", "tool_call_id": "t1", "content": "9 g"}
    assert (asked.content, again.content) == (ASKED, "Now?")
    assert sample.kind == "calls"
    assert json.loads(sample.targets[0]) == [{"name": "weigh", "arguments": {"what": "ü"}}]


def test_an_array_in_a_file_of_lines_is_read(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [{"input": ASKED, "target": "B"}, {"input": "And now?", "target": "A"}]
    for text in (json.dumps(rows), json.dumps(rows, indent=1), "\ufeff" + json.dumps(rows)):
        file.write_text(text, encoding="utf-8")
        assert [each.targets for each in load_samples(DataSource(path=str(file)))] == [
            ("B",),
            ("A",),
        ]


def test_roles_in_an_answer_that_is_a_list_of_objects_are_no_speakers(tmp_path: Path) -> None:
    found = [{"role": "buyer", "text": "Ann"}, {"role": "seller", "value": "Ben"}]

    (sample,) = loaded(tmp_path, {"input": ASKED, "target": found})

    assert sample.kind == "object"
    assert json.loads(sample.targets[0]) == found


@pytest.mark.parametrize(
    ("row", "advised"),
    [
        ({"question": ASKED, "chosen": "B", "rejected": "A"}, "input: question, target: chosen"),
        ({"prompt": ASKED, "chosen": "B", "rejected": "A"}, "input: prompt, target: chosen"),
        ({"chosen": said(*SHORT), "rejected": said(*SHORT)}, "input: chosen"),
    ],
)
def test_the_line_for_pairs_of_answers_reads_them(
    tmp_path: Path, row: dict[str, Any], advised: str
) -> None:
    with pytest.raises(DataError) as caught:
        loaded(tmp_path, row)
    named = re.search(r"write data: \{path: …, (.*?)\}", str(caught.value))
    assert named is not None
    assert named[1] == advised

    (sample,) = loaded(tmp_path, row, **dict(each.split(": ") for each in advised.split(", ")))

    assert (sample.input, sample.targets) == (ASKED, ("B",))


def test_calls_that_stand_as_json_text_beside_tools_are_calls(tmp_path: Path) -> None:
    calls = [{"name": "weigh", "arguments": {"what": "ü"}}]
    row = {"query": ASKED, "answers": json.dumps(calls), "tools": json.dumps(TOOLS)}

    (sample,) = loaded(tmp_path, row, input="query", target="answers", tools="tools")

    assert sample.kind == "calls"
    assert sample.answer.tool_calls == calls


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": ASKED, "chosen": "B", "rejected": "A"},
        {"question": ASKED, "chosen": "B", "rejected": "A", "system": "One letter."},
        {"prompt": ASKED, "chosen": said(*SHORT), "rejected": said(SHORT[0])},
        {"chosen": said(*SHORT), "rejected": said(*SHORT)},
        {"conversations": sharegpt(SHORT[0]), "chosen": sharegpt(SHORT[1])[0], "rejected": {}},
        {"input": {"messages": said(SHORT[0])}, "preferred_output": said(SHORT[1])},
    ],
)
def test_of_pairs_in_a_pool_the_better_answer_is_read_and_the_other_is_told(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    (sample,) = loaded(tmp_path, row, is_other=True)

    assert (sample.input, sample.targets) == (ASKED, ("B",))
    [told] = [each for each in check_forms([sample], "the pool") if each.code.startswith("D20")]
    assert "the worse answer" in f"{told.problem} {told.evidence}"
