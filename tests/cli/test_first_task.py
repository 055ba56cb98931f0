"""`ladder init DATA` reads the data and writes a task for them that loads, checks and can be run."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from ladder.cli import main
from ladder.models.base import Request
from ladder.spec import load_task
from ladder.spec.task import TaskSpec
from ladder.testing import Scripted, register_scripted

Captured = pytest.CaptureFixture[str]
LABELS = ("billing", "cancellation", "login", "other", "shipping", "technical")


def tickets(count: int = 200) -> bytes:
    """Return an export as spreadsheets write it: cp1252, `;`, CRLF, blank lines, a broken cell."""
    lines = ["Ticket-Nr;Kunde;Text;Kategorie"]
    for at in range(count):
        text = f"Ticket {at * 7}: {LABELS[at % 6]}, bitte prüfen – Grüße, {at * at % 997} €"
        text = '"Eine; Zeile\r\nund ""noch"" eine ' + text + '"' if at % 50 == 17 else text
        lines.append(f"T-{at:04d};K{at // 2};{text};{LABELS[at % 6]}")
        lines += [";;;"] if at % 60 == 20 else [""] if at % 60 == 40 else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode("cp1252")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def initialised(*words: str) -> TaskSpec:
    assert main(["init", *words]) == 0
    return load_task("task.yaml")


@pytest.mark.slow
def test_a_messy_export_becomes_a_task_of_its_own(capsys: Captured) -> None:
    Path("tickets.csv").write_bytes(tickets())

    model = register_scripted(Scripted(lambda _: "billing", name="tickets"))
    task = initialised("tickets.csv", "--yes", "--model", model)

    told = capsys.readouterr().out
    assert (task.data.input, task.data.target, task.data.id) == ("Text", "Kategorie", "Ticket-Nr")
    assert (task.data.cluster, task.data.encoding) == ("Kunde", "cp1252")
    assert (task.metric.name, task.metric.labels) == ("choice", LABELS)
    assert task.generation.max_new_tokens == 32
    assert all(label in task.prompt.user for label in LABELS)
    assert "200 rows" in told
    assert told.count("Ticket-Nr: T-") == 3
    assert "Windows-1252" in told
    assert "billing (34)" in told
    assert "few_shot (rows with answers beside these" in told
    assert main(["check", "task.yaml"]) == 0


@pytest.mark.slow
def test_a_pool_is_cut_off_only_when_told(capsys: Captured) -> None:
    Path("tickets.csv").write_bytes(tickets())
    before = Path("tickets.csv").read_bytes()

    task = initialised("tickets.csv", "--yes", "--pool", "40", "--model", "org/m", "--target", ".9")

    parts = {name: Path(f"tickets.{name}.jsonl").read_text("utf-8") for name in ("eval", "pool")}
    rows = {name: [json.loads(line) for line in text.splitlines()] for name, text in parts.items()}
    assert [len(rows[name]) for name in ("eval", "pool")] == [160, 40]
    assert {row["Kunde"] for row in rows["eval"]}.isdisjoint(row["Kunde"] for row in rows["pool"])
    assert (task.data.path, task.levers.few_shot.pool) == (
        "tickets.eval.jsonl",
        "tickets.pool.jsonl",
    )
    assert (task.model.id, task.target) == ("org/m", 0.9)
    assert Path("tickets.csv").read_bytes() == before
    assert main(["init", "tickets.csv", "--yes", "--force", "--pool", "190"]) == 2
    assert "leaves 10 of 200 rows" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rows", "metric", "tokens"),
    [
        ([{"question": f"{at} + 1?", "answer": at + 1} for at in range(40)], "numeric", 32),
        ([{"q": f"who {at}?", "a": {"name": f"n{at}"}} for at in range(40)], "json_fields", 32),
        ([{"q": f"who is {at}?", "a": f"Person {at}"} for at in range(40)], "exact_match", 32),
        ([{"text": f"a {at}", "summary": f"word {at} " * 40} for at in range(40)], "rouge_l", 192),
        (
            [
                {
                    "messages": [
                        {"role": "user", "content": f"Say {at}"},
                        {"role": "assistant", "content": "yes" if at % 2 else "no"},
                    ]
                }
                for at in range(40)
            ],
            "choice",
            32,
        ),
    ],
    ids=["numbers", "objects", "names", "texts", "chat"],
)
def test_the_metric_and_the_room_follow_from_the_answers(
    rows: list[dict[str, object]], metric: str, tokens: int
) -> None:
    Path("data").mkdir()
    Path("data/eval.json").write_text(json.dumps(rows))
    Path("data/train.json").write_text(json.dumps(rows))

    task = initialised("data", "--yes")

    assert task.data.path == "data/eval.json"
    assert (task.metric.name, task.generation.max_new_tokens) == (metric, tokens)


class Typed(io.StringIO):
    """What somebody types at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answers", "asked"),
    [(["n", "org/today", "90 %", "docs", "40"], 5), (["", "", "0,7", "none", "none"], 5)],
    ids=["with-material", "without"],
)
def test_at_a_terminal_at_most_five_questions_are_asked(
    answers: list[str], asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("tickets.csv").write_bytes(tickets())
    Path("docs").mkdir()
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=200)
    monkeypatch.setattr("ladder.cli.first_questions.console", terminal)
    monkeypatch.setattr("sys.stdin", Typed("\n".join(answers) + "\n"))

    task = initialised("tickets.csv")

    assert screen.getvalue().count("?") == asked
    if answers[0] == "n":
        assert (task.data.cluster, task.model.id, task.target) == (None, "org/today", 0.9)
        assert (task.levers.rag.corpus, task.levers.few_shot.pool) == ("docs", "tickets.pool.jsonl")
    else:
        assert (task.data.cluster, task.target) == ("Kunde", 0.7)
        assert task.levers.rag.not_applicable
        assert task.levers.few_shot.not_applicable


def test_what_was_mistyped_at_a_terminal_is_asked_again_and_rows_are_shown_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("tickets.csv").write_bytes(tickets())
    Path("docs").mkdir()
    answers = [
        "n",
        "http://localhost:8000/v1",
        "",
        "small",
        "0.9",
        "docz",
        "docs",
        "many",
        "9999",
        "40",
    ]
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=200)
    monkeypatch.setattr("ladder.cli.first_questions.console", terminal)
    monkeypatch.setattr("sys.stdin", Typed("\n".join(answers) + "\n"))

    task = initialised("tickets.csv")

    assert (task.model.id, task.model.base_url) == ("small", "http://localhost:8000/v1")
    assert (task.levers.rag.corpus, task.levers.few_shot.pool) == ("docs", "tickets.pool.jsonl")
    assert screen.getvalue().count("worked examples: how many") == 3
    assert capsys.readouterr().out.count("The first:") == 1


def test_a_person_names_what_runs_today_and_what_it_may_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("tickets.csv").write_bytes(tickets())
    words = ("--limit", "prompt_tokens=2000", "--limit", "seconds_p95=1.5", "--model", "org/small")

    told = initialised(
        "tickets.csv", "--yes", "--target", "as recorded:today.jsonl less .05", *words
    )
    terminal = Console(file=io.StringIO(), force_terminal=True, width=200)
    monkeypatch.setattr("ladder.cli.first_questions.console", terminal)
    monkeypatch.setattr("sys.stdin", Typed("\n".join(["", "as org/big", "none", "none"]) + "\n"))
    asked = initialised("tickets.csv", "--force", *words)

    for task, reference, margin in ((told, "recorded:today.jsonl", 0.05), (asked, "org/big", 0.03)):
        assert task.reference is not None
        assert task.relative is not None
        assert task.reference.model.id == reference
        assert task.relative.margin == margin
        assert (task.limits.prompt_tokens, task.limits.seconds_p95) == (2000, 1.5)


@pytest.mark.parametrize(("form", "code"), [("{}", 0), ("Asked: {}", 1)])
def test_recorded_answers_are_asked_what_they_were_given_to(
    form: str, code: int, capsys: Captured
) -> None:
    rows = [(f"Ticket {at * 7}", LABELS[at % 6]) for at in range(60)]
    cells = [f"{asked},{label}" for asked, label in rows]
    Path("tickets.csv").write_text("\n".join(["text,label", *cells]), "utf-8")
    recorded = [json.dumps({"input": form.format(asked), "output": label}) for asked, label in rows]
    Path("today.jsonl").write_text("\n".join(recorded), "utf-8")

    task = initialised("tickets.csv", "--yes", "--model", "recorded:today.jsonl")
    capsys.readouterr()

    assert task.prompt.user == "{{ input }}"
    assert main(["check", "task.yaml"]) == code
    assert ("no answer to the prompts of 60 of 60" in capsys.readouterr().out) == bool(code)
    if not code:
        assert main(["check", "task.yaml", "--set", "prompt=Label? {{ input }}"]) == 1
        assert "Write prompt: '{{ input }}'" in capsys.readouterr().out


def test_what_lies_beside_the_data_is_found_from_the_folder_of_the_spec() -> None:
    Path("tickets.csv").write_bytes(tickets(40))
    Path("old.jsonl").write_text("{}\n")
    Path("tuned").mkdir()
    Path("tuned/adapter_config.json").write_text("{}")

    read = []
    for target in ("as recorded:old.jsonl", "as tuned less .00001"):
        words = ("--to", "sub", "--force", "--yes", "--limit", "prompt_tokens=1048576")
        assert main(["init", "tickets.csv", *words, "--target", target]) == 0
        read.append(load_task("sub/task.yaml"))
    recorded, tuned = (each.relative for each in read)

    assert recorded is not None
    assert recorded.reference.model is not None
    assert Path(recorded.reference.model.id.removeprefix("recorded:")).samefile("old.jsonl")
    assert tuned is not None
    assert (tuned.reference.model, tuned.margin) == (None, 0.00001)
    assert Path(tuned.reference.adapter or "").samefile("tuned")
    assert read[0].limits.prompt_tokens == 1048576


def test_what_is_no_data_is_named_with_the_file_that_is_meant(capsys: Captured) -> None:
    Path("tickets.csv").write_bytes(tickets())

    for typed in ("tickts.csv", "./tickets.cvs"):
        assert main(["init", typed]) == 2
        told = capsys.readouterr().err
        assert "Did you mean tickets.csv?" in told
        assert "machine refused" not in told
    Path("one.csv").write_text("text\nhello\n")
    assert main(["init", "one.csv", "--yes"]) == 2
    assert "no two columns" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("tickets.csv/x",), "not a directory"),
        (("a" * 300,), "file name too long"),
        (("tickets.csv", "--to", "tickets.csv"), "file exists"),
        (("tickets.csv", "--corpus", "dcos"), "Did you mean docs?"),
        (("tickets.csv", "--target", "high"), "such as 0.8"),
        (("tickets.csv", "--target", "as org/big less much"), "as MODEL less 0.03"),
        (("tickets.csv", "--limit", "tokens=2000"), "one of money_per_1000"),
    ],
)
def test_a_wrong_path_or_share_is_no_fault_of_the_machine(
    words: tuple[str, ...], told: str, capsys: Captured
) -> None:
    Path("tickets.csv").write_bytes(tickets(40))
    Path("docs").mkdir()

    assert main(["init", *words, "--yes"]) == 2

    printed = capsys.readouterr().err
    assert told in printed
    assert "machine refused" not in printed
    assert not Path("task.yaml").exists()


@pytest.mark.slow
def test_three_commands_lead_from_an_export_to_a_verdict_and_a_second_prompt_gets_one_too(
    capsys: Captured,
) -> None:
    def answer(request: Request) -> str:
        text = request.messages[-1].content
        ticket = text.rpartition("Ticket ")[2]
        label = next(each for each in LABELS if f": {each}," in ticket)
        return label if "nothing else" in text else "It may be billing, login or other."

    model = register_scripted(Scripted(answer, name="three-commands"))
    Path("tickets.csv").write_bytes(tickets())

    assert main(["init", "tickets.csv", "--yes", "--model", model]) == 0
    assert main(["check", "task.yaml"]) == 0
    assert main(["run", "task.yaml"]) == 0
    assert "The baseline already reaches the target" in capsys.readouterr().out

    spec = Path("task.yaml").read_text("utf-8")
    Path("task.yaml").write_text(spec.replace(" and nothing else", ""), "utf-8")
    assert (
        main(["run", "task.yaml", "--set", "levers.prompt.prompts=['{{ Text }} nothing else']"])
        == 0
    )
    told = capsys.readouterr().out
    assert "Do not fine-tune" in told
    assert "≥ .80 shown on" in told
    assert "scores sealed" in told


@pytest.mark.slow
def test_what_real_exports_hold_is_taken_for_what_it_is(capsys: Captured) -> None:
    def written(name: str, header: str, row: str) -> str:
        lines = [row.format(at=at, a="ab"[at % 2], x="xyz"[at % 3]) for at in range(40)]
        Path(name).write_text("\n".join(filter(None, [header, *lines])))
        return name

    two = written("two.csv", "Message,Priority,Team", "Message {at},{a},{x}")
    assert initialised(two, "--yes").data.target == "Priority"
    assert "--answer COLUMN" in capsys.readouterr().out
    task = initialised(two, "--yes", "--force", "--answer", "Team")
    assert (task.data.target, task.metric.labels) == ("Team", ("x", "y", "z"))
    assert main(["init", two, "--yes", "--force", "--answer", "Taem"]) == 2

    spelt = written("spelt.csv", "text,label", "row {at},Class {a}\nsame {at},class {a} ")
    assert set(initialised(spelt, "--yes", "--force").metric.labels) in (
        {"Class a", "Class b"},
        {"class a", "class b"},
    )
    marked = '{{"question": "Who {at}?", "context": "P{at}", "answers": {{"text": ["P{at}"]}}}}'
    task = initialised(written("squad.jsonl", "", marked), "--yes", "--force")
    assert (task.data.target, "{{ context }}" in task.prompt.user) == ("answers.text", True)

    for header, told in (("", "no names of columns"), ("An export,\n,\ntext,label", "above")):
        named = written("odd.csv", header, "row {at},{a}")
        assert main(["init", named, "--yes", "--force"]) == 2
        assert told in capsys.readouterr().err


def rows_of(name: str, *rows: dict[str, object]) -> str:
    """Write forty rows in which `@` is their number; the rows take turns."""
    lines = (json.dumps(rows[at % len(rows)]).replace("@", str(at)) for at in range(40))
    Path(name).write_text("\n".join(lines))
    return name


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"question": "is it @", "passage": "It is @ m."}, ["question: {{ input }}", "{{ passage }}"]),
        ({"premise": "A man @ eats.", "hypothesis": "@"}, ["{{ input }}", "{{ hypothesis }}"]),
        ({"sentence1": "a b c @", "sentence2": "b @"}, ["{{ input }}", "{{ sentence2 }}"]),
        ({"Subject": "Late @", "body": "Dear all, @ days."}, ["{{ Subject }}", "body: {{ input }}"]),
        ({"schema": "TABLE t@", "question": "How many @?"}, ["{{ schema }}", "{{ input }}"]),
        ({"article": "A @", "question": "Who @?", "options": ["x@", "y@"]}, ["{{ article }}", "in options"]),
    ],
)  # fmt: skip
def test_the_prompt_shows_all_that_a_question_is_about(
    row: dict[str, object], shown: list[str], capsys: Captured
) -> None:
    path = rows_of("rows.jsonl", {**row, "label": "A", "team": "x @"}, {**row, "label": "B"})

    task = initialised(path, "--yes")

    assert all(each in task.prompt.user for each in shown)
    assert all(each in task.levers.prompt.prompts[0].user for each in shown)
    told = capsys.readouterr().out
    assert "The prompt does not show team." in told
    assert "write into it: {{ team }}." in told


@pytest.mark.parametrize(
    ("rows", "target", "metric"),
    [
        ([{"instruction": "Say it.", "input": "@", "output": "a @"}], "target", "exact_match"),
        ([{"id": "@", "input": "Who @?", "expectedOutput": "a @"}], "target", "exact_match"),
        ([{"question": "@ + 1?", "answer": "So it is.\n#### @"}], "answer", "numeric"),
        ([{"question": "Q@", "answers": {"text": ["P", "p"]}}], "answers.text", "exact_match"),
        (
            [{"text": f"Q@ {at}", "label": at, "label_text": "ab"[at]} for at in (0, 1)],
            "label_text",
            "choice",
        ),
        (
            [{"db_id": f"d{at}", "question": "How many @?", "query": "SELECT @"} for at in (0, 1)],
            "query",
            "exact_match",
        ),
        (
            [{"messages": [{"role": "user", "content": "Find @"}, {"role": "assistant", "tool_calls": [
                {"type": "function", "function": {"name": "find", "arguments": f'{{"at": {at}}}'}}]}]}
             for at in (0, 1)],
            "target",
            "tool_calls",
        ),
    ],
)  # fmt: skip
def test_rows_as_people_publish_them_get_their_answer_and_a_metric_that_takes_it(
    rows: list[dict[str, object]], target: str, metric: str
) -> None:
    task = initialised(rows_of("rows.jsonl", *rows), "--yes")

    assert (task.data.target, task.metric.name) == (target, metric)
    assert "options" not in task.prompt.user


def test_labels_that_are_numbers_and_a_title_above_the_names_are_told(capsys: Captured) -> None:
    initialised(
        rows_of("rows.jsonl", {"text": "a @", "label": 0}, {"text": "b @", "label": 1}), "--yes"
    )
    assert "write into the prompt what each of them means" in capsys.readouterr().out

    Path("titled.json").write_text(json.dumps([{"Evaluation set 2024": at} for at in range(9)]))
    assert main(["init", "titled.json", "--yes", "--force"]) == 2
    assert "take out what stands above them" in capsys.readouterr().err


@pytest.mark.slow
def test_an_address_alone_is_told_to_need_a_name_and_the_advice_works(capsys: Captured) -> None:
    rows = [f"row {at},{'ab'[at % 2]}" for at in range(40)]
    Path("two.csv").write_text("\n".join(["text,label", *rows]))

    assert main(["init", "two.csv", "--yes", "--model", "http://localhost:1/v1"]) == 2
    assert "{id: NAME, base_url: http://localhost:1/v1}" in capsys.readouterr().err
    assert main(["init", "two.csv", "--yes", "--model", "{id: NAME"]) == 2
    task = initialised("two.csv", "--yes", "--model", "{id: NAME, base_url: http://localhost:1/v1}")

    assert (task.model.id, task.model.base_url) == ("NAME", "http://localhost:1/v1")
    assert main(["check", "task.yaml", "--set", "model=http://localhost:1/v1"]) == 4
    assert "model: {id: NAME, base_url: http://localhost:1/v1}" in capsys.readouterr().err


def test_zeros_in_front_make_a_number_a_code() -> None:
    rows = [f"row {at},{at * 7:04}" for at in range(40)]
    Path("codes.csv").write_text("\n".join(["text,code", *rows]))

    assert initialised("codes.csv", "--yes").metric.name == "exact_match"


def test_labels_stand_in_the_spec_without_blanks_and_apart_where_they_hold_commas() -> None:
    rows = [f"row {at},{('Yes', 'YES ', 'Yes', ' no')[at % 4]}" for at in range(40)]
    Path("spelt.csv").write_text("\n".join(["text,label", *rows]))
    listed = [f'row {at},"red, {"ab"[at % 2]}"' for at in range(40)]
    Path("listed.csv").write_text("\n".join(["text,label", *listed]))

    assert set(initialised("spelt.csv", "--yes").metric.labels) == {"Yes", "no"}
    prompt = initialised("listed.csv", "--yes", "--force").prompt.user
    assert "nothing else:\n- red, a\n- red, b\n" in prompt


def test_rows_with_a_system_text_of_their_own_are_asked_as_they_stand() -> None:
    rows = [
        {
            "messages": [
                {"role": "system", "content": "Say a or b."},
                {"role": "user", "content": f"row {at}"},
                {"role": "assistant", "content": "ab"[at % 2]},
            ]
        }
        for at in range(40)
    ]
    Path("chat.jsonl").write_text("\n".join(map(json.dumps, rows)))

    assert initialised("chat.jsonl", "--yes").prompt.user == "{{ input }}"


def test_a_folder_of_documents_is_no_task_by_itself(capsys: Captured) -> None:
    Path("docs").mkdir()
    Path("docs/one.md").write_text("# One")

    assert main(["init", "docs", "--yes"]) == 2
    assert "ladder init ROWS.csv --corpus docs" in capsys.readouterr().err
    assert not Path("docs/task.yaml").exists()


def half_filled(share: int) -> str:
    """Return rows of which one in so many has no answer."""
    rows = [f"row {at},{'' if at % share == 7 else 'ab'[at % 2]}" for at in range(100)]
    Path("rows.csv").write_text("\n".join(["text,label", *rows]))
    return "rows.csv"


def test_a_few_rows_without_an_answer_are_left_out_and_told(capsys: Captured) -> None:
    task = initialised(half_filled(60), "--yes", "--pool", "20")
    assert task.data.on_empty == "stop"  # the new file holds none of them
    capsys.readouterr()

    task = initialised("rows.csv", "--yes", "--force")

    told = capsys.readouterr().out
    assert task.data.on_empty == "exclude"
    assert "2 of 100 rows have an empty question or answer and are left out" in told
    assert "rows.csv:9; rows.csv:69" in told
    assert main(["check", "task.yaml"]) == 0
    assert "D59 rows-left-out: 2 of 100 rows" in capsys.readouterr().out
    assert main(["init", "rows.csv", "--yes", "--force", "--on-empty", "stop"]) == 2


def test_many_rows_without_an_answer_may_be_meant_so(capsys: Captured) -> None:
    assert main(["init", half_filled(8), "--yes"]) == 2
    told = capsys.readouterr().err
    assert "12 rows have an empty" in told
    assert "--on-empty exclude" in told
    assert "write what a model should say there" in told

    task = initialised("rows.csv", "--yes", "--on-empty", "exclude")
    assert task.data.on_empty == "exclude"


def test_a_sheet_of_a_workbook_is_named(capsys: Captured) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for name in ("Eval", "Notes"):
        sheet = book.create_sheet(name)
        for row in (("text", "label"), *((f"row {at}", "ab"[at % 2]) for at in range(60))):
            sheet.append(row)
    book.save("book.xlsx")

    assert main(["init", "book.xlsx", "--yes"]) == 2
    assert "--sheet Eval" in capsys.readouterr().err
    assert initialised("book.xlsx", "--yes", "--sheet", "Eval").data.sheet == "Eval"
    assert main(["check", "task.yaml"]) == 0
    assert initialised("book.xlsx", "--yes", "--sheet", "Eval", "--pool", "20", "--force")


def test_a_data_set_that_datasets_saved_is_read_with_the_names_of_its_labels(
    capsys: Captured,
) -> None:
    from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

    kinds = Features({"text": Value("string"), "label": ClassLabel(names=["bill", "refund"])})
    columns = {"text": [f"row {at}" for at in range(60)], "label": [at % 2 for at in range(60)]}
    rows = Dataset.from_dict(columns, features=kinds)
    DatasetDict({"train": rows, "test": rows}).save_to_disk("saved")
    DatasetDict({"first": rows, "second": rows}).save_to_disk("parts")

    task = initialised("saved", "--yes")

    assert task.data.path == "saved/test"
    assert task.metric.labels == ("bill", "refund")
    assert main(["check", "task.yaml"]) == 0
    assert main(["init", "saved/train", "--yes", "--force"]) == 0
    capsys.readouterr()
    assert main(["init", "parts", "--yes", "--force"]) == 2
    told = capsys.readouterr().err
    assert "holds the splits first, second" in told
    assert "parts/first" in told


def test_the_files_of_a_repository_of_data_are_found() -> None:
    Path("repo/data").mkdir(parents=True)
    Path("repo/README.md").write_text("# Rows")
    rows = "\n".join(["text,label", *(f"row {at},{'ab'[at % 2]}" for at in range(60))])
    for name in ("train-00000.csv", "test-00000.csv"):
        Path("repo/data", name).write_text(rows)

    assert initialised("repo", "--yes").data.path == "repo/data/test-00000.csv"
    assert not Path("repo/task.yaml").exists()


def test_the_articles_of_squad_are_told_to_be_rows(capsys: Captured) -> None:
    asked = {"id": "1", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 0}]}
    article = {"title": "t", "paragraphs": [{"context": "Ada did.", "qas": [asked]}]}
    Path("squad.json").write_text(json.dumps({"version": "1.1", "data": [article]}))

    assert main(["init", "squad.json", "--yes"]) == 2
    assert "jq -c '.data[].paragraphs[]" in capsys.readouterr().err


OPTIONS: dict[str, tuple[Callable[[int], dict[str, object]], str]] = {
    "a list, by number": (
        lambda at: {"choices": ["x", "y", "z"], "answer": at % 3},
        "0) x\n1) y\n2) z",
    ),
    "a list, by letter": (lambda at: {"options": ["x", "y"], "answer": "AB"[at % 2]}, "A) x\nB) y"),
    "with their letters": (
        lambda at: {
            "choices": {"text": ["x", "y"], "label": ["1", "2"]},
            "answerKey": "12"[at % 2],
        },
        "1) x\n2) y",
    ),
    "columns": (lambda at: {"opa": "x", "opb": "y", "answer": "AB"[at % 2]}, "A) x\nB) y"),
    "by their text": (lambda at: {"choices": ["x", "y"], "answer": "xy"[at % 2]}, "A) x\nB) y"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_the_options_of_a_row_stand_in_the_prompt(case: str) -> None:
    columns, shown = OPTIONS[case]
    rows = [{"question": f"What of {at}?", **columns(at)} for at in range(60)]
    Path("rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    asked: list[str] = []

    def answer(request: Request) -> str:
        asked.append(request.messages[-1].content)
        return "x"

    initialised(
        "rows.jsonl", "--yes", "--model", register_scripted(Scripted(answer, name="options"))
    )

    assert main(["check", "task.yaml"]) == 0
    assert main(["run", "task.yaml", "--explore"]) in (0, 3)
    assert shown in asked[0]


def test_of_chat_messages_what_is_asked_and_answered_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    talk = [("system", "You extract orders. " * 9), ("user", "Two lamps."), ("assistant", "2")]
    rows = [{"messages": [{"role": role, "content": text} for role, text in talk]}] * 60
    Path("rows.jsonl").write_text("\n".join(map(json.dumps, rows)))

    initialised("rows.jsonl", "--yes")

    assert "  asked: Two lamps. | answer: 2\n" in capsys.readouterr().out
