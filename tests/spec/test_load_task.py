"""Every wrong spec is refused with its place and what to write; every right one means what it says."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.errors import LadderError, SpecError, UnsafeError
from ladder.spec.document import read_yaml
from ladder.spec.load_task import load_task

BASE = "name: t\nmodel: org/m\ndata: eval.jsonl\n"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a spec and return its path."""

    def write(text: str | bytes, name: str = "task.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def refusal(path: object, overrides: tuple[str, ...] = ()) -> LadderError:
    """Return the error with which a spec is refused."""
    with pytest.raises(LadderError) as caught:
        load_task(path, overrides=overrides)  # type: ignore[arg-type]
    return caught.value


def test_the_shorthands_mean_their_long_forms(write: Write) -> None:
    short = write(
        BASE + "target: 0.8\nprompt: 'Q: {{ input }}'\nmetric: f1\n"
        "levers: {prompt: {prompts: [a, b]}, model: {models: [x/y]}, rerank: {rerankers: [r/r]}}\n"
    )

    task = load_task(short)

    assert task.model.id == "org/m"
    assert task.prompt.user == "Q: {{ input }}"
    assert task.metric.name == "f1"
    assert [prompt.user for prompt in task.levers.prompt.prompts] == ["a", "b"]
    assert task.levers.model.models[0].id == "x/y"
    assert task.levers.rerank.rerankers[0].reranker == "r/r"


def test_a_prompt_in_braces_without_quotes_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "task.yaml"
    path.write_text(BASE + "target: 0.8\nprompt: {input}\n")

    with pytest.raises(SpecError) as caught:
        load_task(path)

    assert caught.value.next_step.endswith('needs quotes around it: "{input}".')


def test_yaml_toml_json_and_a_mapping_give_the_same_task(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    yaml = load_task(write(BASE + "target: 0.8\n"))
    toml = load_task(write('name="t"\nmodel="org/m"\ndata="eval.jsonl"\ntarget=0.8\n', "task.toml"))
    json = load_task(
        write(
            '{"$schema": "x", "name": "t", "model": "org/m", "data": "eval.jsonl", "target": 0.8}',
            "task.json",
        )
    )
    mapping = load_task({"name": "t", "model": "org/m", "data": "eval.jsonl", "target": 0.8})

    assert yaml.digest == toml.digest == json.digest == mapping.digest
    assert load_task(yaml) == yaml


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_one(write: Write) -> None:
    error = refusal(write(BASE + "taget: 0.8\n"))

    assert str(error).startswith("task.yaml:4 taget is not a known key.")
    assert error.next_step == "Did you mean target?"


def test_a_key_in_the_wrong_section_is_shown_its_own(write: Write) -> None:
    error = refusal(write(BASE + "target: 0.8\nmax_new_tokens: 8\n"))

    assert error.next_step == "Did you mean generation.max_new_tokens?"


def test_lines_of_a_json_spec_are_known(write: Write) -> None:
    error = refusal(
        write('{\n"name": "t",\n"model": "m",\n"data": "d",\n"target": 8}', "task.json")
    )

    assert str(error).startswith("task.json:5 target: 8 must be at most 1.")


def test_a_repeated_key_is_refused_with_both_lines(write: Write) -> None:
    error = refusal(write("name: a\nmodel: m\nname: b\n"))

    assert str(error) == "task.yaml:3 repeats the key 'name' of line 1."
    assert "repeats the key 'name'" in str(
        refusal(write('{"name": "a", "name": "b"}', "task.json"))
    )


@pytest.mark.parametrize(
    ("value", "step"),
    [
        ("80", "Write 0.8 if you mean 80 percent."),
        ('"80%"', "Write 0.8 if you mean 80 percent."),
        ("80%", "Write 0.8 if you mean 80 percent."),
        ('"0.8"', "Write 0.8, without quotes."),
        ("true", "Write a share between 0 and 1, such as 0.8."),
        (".nan", "Write a share between 0 and 1, such as 0.8."),
        ("null", "Write a share between 0 and 1, such as 0.8."),
        ("0", "Write a share between 0 and 1, such as 0.8."),
        ("1.0001", "Write 0.010001 if you mean 1.0001 percent."),
        ("-0.1", "Write a share between 0 and 1, such as 0.8."),
    ],
)
def test_a_target_that_is_no_share_is_refused(write: Write, value: str, step: str) -> None:
    error = refusal(write(BASE + f"target: {value}\n"))

    assert isinstance(error, SpecError)
    assert str(error).startswith("task.yaml:4 target: ")
    assert error.next_step == step


@pytest.mark.parametrize("text", ["no", "yes", "on", "12:30:00", "08", "007", "2026-01-01"])
def test_a_label_that_other_readers_convert_stays_text(text: str) -> None:
    assert read_yaml(f"label: {text}\n").value == {"label": text}


def test_yes_is_not_taken_for_true(write: Write) -> None:
    error = refusal(write(BASE + "target: 0.8\nlevers: {prompt: {edits: yes}}\n"))

    assert error.next_step == "Write true or false."


@pytest.mark.parametrize(("text", "number"), [("1e-4", 1e-4), ("-.5", -0.5), ("0.1", 0.1)])
def test_numbers_are_numbers(text: str, number: float) -> None:
    assert read_yaml(f"value: {text}\n").value == {"value": number}


def test_a_tag_that_makes_objects_is_unsafe(write: Write) -> None:
    error = refusal(write("name: !!python/object/apply:os.system ['touch /tmp/owned']\n"))

    assert isinstance(error, UnsafeError)
    assert "task.yaml:1" in str(error)


def test_bombs_are_refused_within_a_second(write: Write) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    bombs = [
        write("\n".join(lines)),
        write("a: " + "[" * 20_000, "deep.yaml"),
        write("{" * 20_000, "deep.json"),
        write("[" * 20_000, "array.json"),
        write("a" * 2_000_000, "large.yaml"),
        write("a = " + "[" * 20_000, "deep.toml"),
    ]

    started = time.monotonic()
    errors = [refusal(path) for path in bombs]

    assert time.monotonic() - started < 2
    assert all(isinstance(error, SpecError) for error in errors)


def test_an_anchor_may_be_used_again(write: Write) -> None:
    task = load_task(write(BASE + "target: 0.8\nlevers: {prompt: {prompts: [&p hello, *p]}}\n"))

    assert [prompt.user for prompt in task.levers.prompt.prompts] == ["hello", "hello"]


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"name: caf\xe9\n", "task.yaml:1 is not UTF-8"),
        ("name: t\n".encode("utf-16"), "not UTF-8"),
        (b"name:\n\t- t\n", "cannot be read"),
        (b"- a\n- b\n", "not a mapping"),
        (b"a: 1\n---\nb: 2\n", "second document"),
        (b"? [a]\n: b\n", "not text"),
        (b"a: *nothing\n", "not set before"),
    ],
)
def test_a_file_that_is_no_spec_says_why(write: Write, content: bytes, part: str) -> None:
    assert part in str(refusal(write(content)))


@pytest.mark.parametrize(
    "change", [lambda t: b"\xef\xbb\xbf" + t, lambda t: t.replace(b"\n", b"\r\n")]
)
def test_a_byte_order_mark_and_windows_lines_are_fine(
    write: Write, change: Callable[[bytes], bytes]
) -> None:
    assert load_task(write(change((BASE + "target: 0.8\n").encode()))).target == 0.8


def test_a_missing_file_a_folder_and_other_kinds_are_named(write: Write, tmp_path: Path) -> None:
    assert "There is no file" in str(refusal(tmp_path / "none.yaml"))
    assert "is not a file" in str(refusal(_folder(tmp_path / "folder.yaml")))
    assert "does not end in" in str(refusal(write("x", "task.txt")))
    assert "cannot be made from" in str(refusal(12))


def test_a_python_file_is_never_executed(write: Write, tmp_path: Path) -> None:
    path = write(f"open({str(tmp_path / 'owned')!r}, 'w')", "task.py")

    error = refusal(path)

    assert error.exit_code == 6
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    "line",
    [
        "model: {id: m, api_key: abcdef}",
        "model: {id: m, api_key_env: sk-CANARY12345678901234}",
        "prompt: 'use hf_CANARYabcdefghijklmnop1234'",
        "model: {id: m, base_url: 'https://user:CANARY@host/v1'}",
        "CANARY: hf_CANARYabcdefghijklmnop1234",
    ],
)
def test_a_secret_is_refused_and_never_echoed(write: Write, line: str) -> None:
    error = refusal(write("name: t\n" + line + "\n"))

    told = f"{error} {error.next_step} {error.__notes__}"
    assert "task.yaml:2" in told
    assert "holds a secret" in told
    assert "abcdef" not in told
    assert "hf_CANARY" not in told
    assert "CANARY@" not in told


def test_a_secret_in_an_override_is_refused(write: Write) -> None:
    error = refusal(write(BASE + "target: 0.8\n"), ("model.api_key=sk-CANARY12345678901234",))

    assert "CANARY" not in f"{error} {error.next_step}"


def test_a_spec_of_a_newer_ladder_says_so(write: Write) -> None:
    error = refusal(write(BASE + "target: 0.8\nschema_version: 2\n"))

    assert "task.yaml:5 schema_version 2 is newer" in str(error)


def test_a_wrong_choice_shows_the_nearest(write: Write) -> None:
    error = refusal(write(BASE + "target: 0.8\nmetric: {reading: lenint}\n"))

    assert error.next_step == "Did you mean lenient?"


def test_a_list_of_names_where_each_needs_a_value_is_told_with_its_names(write: Write) -> None:
    error = refusal(
        write(BASE + "target: 0.8\nmetric: {name: json_fields, fields: [city, total]}\n")
    )

    assert error.next_step == "Write each name with its value: {city: …, total: …}."


def test_all_mistakes_are_told_at_once(write: Write) -> None:
    error = refusal(write("name: t\nmodel: m\ndata: d\ntarget: 8\nseed: x\nbudget: {calls: 0}\n"))

    assert str(error).count("\n") == 2


@pytest.mark.parametrize("kind", ["levers: {}", "levers: {rag: {not_applicable: none}}"])
def test_levers_may_be_left_out_or_declared(write: Write, kind: str) -> None:
    assert load_task(write(BASE + f"target: 0.8\n{kind}\n")).levers.rag.corpus is None


@given(st.text(max_size=200))
def test_any_text_gives_a_value_or_a_ladder_error(text: str) -> None:
    try:
        told = read_yaml(text).where
    except LadderError as error:
        told = error.next_step

    assert told


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=8,
    )
)
def test_any_value_in_a_section_gives_a_task_or_a_ladder_error(value: Any) -> None:
    spec = {"name": "t", "model": "m", "data": "d", "target": 0.5, "levers": value}
    try:
        told = load_task(spec).name
    except LadderError as error:
        told = error.next_step

    assert told


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ("name", "text", "at", "step"),
    [
        ("a.json", '{"a": 1,\n "a": 2}', "a.json:2 repeats the key 'a' of line 1", "Keep one"),
        ("a.json", '{"target": NaN}', "NaN is not a number of JSON", "ordinary number"),
        ("a.json", '{"target": ' + "9" * 6_000 + "}", "cannot be read", "ordinary number"),
        ("a.toml", "a = 1\na = 2\n", "a.toml:2", "TOML at this line"),
        ("a.toml", "a = " + "9" * 6_000, "cannot be read", "ordinary number"),
        ("a.yaml", "a: 1\nb: \0\n", "a.yaml:2 holds a control character", "Remove it"),
        ("a.yaml", "a: 1\nb: " + "9" * 6_000, "a.yaml:2 is not a number", "fewer digits"),
        ("a.yaml", BASE + "target: 0.8\nmargin: 1\n", "a.yaml:5 margin", "how far below"),
        (
            "a.yaml",
            BASE + "target: 0.8\nmargin: 0.8\n",
            "margin: 0.8 is not below",
            "how far below",
        ),
        ("a.yaml", BASE + "target: 0.5\nmargin: 0.7\n", "the target 0.5", "how far below"),
    ],
)
def test_a_refusal_names_the_place_and_the_step_that_fits(
    write: Write, name: str, text: str, at: str, step: str
) -> None:
    error = refusal(write(text, name))

    assert at in str(error)
    assert step in error.next_step


@pytest.mark.parametrize(
    "text",
    [
        "a: [" + "1, " * 80_000 + "1]",
        "a:\n" + "- 1\n" * 60_000,
        "[1, " * 60_000,
        "a: " + "[" * 20_000 + "]" * 20_000,
        "prompt: |\n" + "  word word word word\n" * 45_000,
    ],
)
def test_what_is_too_large_is_refused_within_a_second(text: str) -> None:
    started = time.process_time()

    with pytest.raises(SpecError):
        read_yaml(text)

    assert time.process_time() - started < 1


def test_brackets_in_a_text_are_no_nesting() -> None:
    assert read_yaml("a: '" + "[" * 200 + "'").value == {"a": "[" * 200}


def test_a_class_has_a_recall_as_its_target_and_no_precision() -> None:
    spec = {"name": "t", "model": "org/m", "data": "eval.jsonl", "target": 0.8}
    metric = {"name": "choice", "labels": ["a", "b"]}

    short, long = (
        load_task({**spec, "metric": {**metric, "at_least": {"a": given}}})
        for given in (0.9, {"recall": 0.9})
    )
    error = refusal(
        {**spec, "metric": {**metric, "at_least": {"a": {"recall": 0.9, "precision": 0.8}}}}
    )

    assert short.digest == long.digest
    assert "metric.at_least.a" in str(error)
    assert "precision" in str(error)
    assert "recall" in error.next_step


@pytest.mark.parametrize(
    "part",
    [
        "retrieval: {corpus: docs, method: gold}\n",
        "reranking: {reranker: gold, kind: gold}\n",
        "levers: {rerank: {rerankers: [{reranker: gold, kind: gold}]}}\n",
    ],
)
def test_passages_that_are_chosen_by_the_target_are_refused(write: Write, part: str) -> None:
    error = refusal(write(f"{BASE}target: 0.8\n{part}"))

    assert "looking at the target" in str(error)
    assert "ceiling" in error.next_step
