"""What a newcomer types after `check` is accepted: samples by place, ids of leaks, prompts by `--set`."""

import json
import re
from pathlib import Path

import pytest

from ladder.cli import main
from ladder.testing import write_task
from ladder.testing.task_files import answer_right, answer_wrong, triples

Captured = pytest.CaptureFixture[str]


def asked(number: int) -> dict[str, str]:
    return {"input": f"What is three times {number}, please?", "target": str(3 * number)}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_sample_is_shown_after_a_check_by_its_id_its_place_or_its_input(
    here: Path, capsys: Captured
) -> None:
    write_task(here, answer_wrong, rows=[asked(at) for at in range(100, 180)])

    assert main(["check", "task.json", "--measure"]) == 0
    (run,) = Path("runs").iterdir()
    capsys.readouterr()
    assert main(["status"]) == 0
    assert "ladder run SPEC" in capsys.readouterr().out
    for name in ("3", "eval.jsonl:3", "What is three times 102, please?"):
        assert main(["show", str(run), name]) == 0
        shown = capsys.readouterr().out
        assert "input:  What is three times 102, please?" in shown
    identity = re.findall(r"sample: (\S+)", shown)[0]
    assert main(["show", str(run), identity, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == identity

    assert main(["show", str(run), "900"]) == 2
    (some,) = re.findall(r"an id such as (\w+)", capsys.readouterr().err)
    assert main(["show", str(run), some]) == 0


def test_the_prompts_that_a_finding_asks_to_look_at_are_shown_by_its_own_command(
    here: Path, capsys: Captured
) -> None:
    write_task(here, lambda _: "seven")

    assert main(["check", "task.json", "--measure"]) == 0
    commands = re.findall(r"`ladder (show \S+ \S+)`", capsys.readouterr().out)

    assert len(commands) == 2
    for each in commands:
        assert main(each.split()) == 0


@pytest.mark.slow
def test_ids_of_leaks_are_on_the_screen_and_waive_them(here: Path, capsys: Captured) -> None:
    rows = [asked(at) for at in range(100, 200)]
    write_task(here, answer_right, rows=rows, pool=[*rows[:5], *map(asked, range(900, 920))])

    assert main(["check", "task.json"]) == 1
    told = capsys.readouterr().out
    shown = re.findall(r"\(id (\w+)\)", told)
    command = re.findall(r"`ladder (check task.json --json)`", told)[0]
    assert main(command.split()) == 1
    pairs = json.loads(capsys.readouterr().out)[0]["pairs"]
    ids = [each["sample"] for each in pairs]
    assert (len(shown), len(ids)) == (3, 5)
    assert f"{{waive: [{', '.join(shown)}, …]}}" in told

    assert main(["check", "task.json", "--set", f"data.on_leak.waive=[{', '.join(ids)}]"]) == 0
    assert main(["check", "task.json", "--set", "data.on_leak=exclude"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(("field", "code"), [("waive", 1), ("drop", 2)])
@pytest.mark.slow
def test_an_id_that_no_row_has_is_refused_with_those_that_are_meant(
    field: str, code: int, here: Path, capsys: Captured
) -> None:
    rows = [asked(at) for at in range(100, 200)]
    write_task(here, answer_right, rows=rows, pool=[*rows[:5], *map(asked, range(900, 920))])

    assert main(["check", "task.json", "--set", f"data.on_leak.{field}=[abc]"]) == code
    told = "".join(capsys.readouterr())
    assert "abc, and no row" in told
    meant = re.findall(r"[0-9a-f]{16}", told.rpartition("such as")[2])

    assert main(["check", "task.json", "--set", f"data.on_leak.{field}=[{meant[0]}]"]) == 1
    assert "no row" not in "".join(capsys.readouterr())


@pytest.mark.slow
@pytest.mark.parametrize(
    "prompt",
    ["{{ input }} Why?", "{{input}}", "{% if input %}{{ input }}{% endif %}", "Why {{ input }}?"],
)
def test_a_prompt_is_set_on_the_command_line_as_it_is_written(
    prompt: str, here: Path, capsys: Captured
) -> None:
    write_task(here, answer_right)

    for field in ("prompt", "prompt.user"):
        assert main(["plan", "task.json", "--set", f"{field}={prompt}"]) == 0, capsys.readouterr()


def test_a_base_that_only_an_endpoint_knows_is_named_as_such(here: Path, capsys: Captured) -> None:
    write_task(here, answer_right)
    assert main(["run", "task.json"]) == 0
    (run,) = Path("runs").iterdir()
    Path("ladder-policy.yaml").write_text("unsigned: allow\n")
    capsys.readouterr()

    assert main(["gate", str(run), "--base", "gpt-x"]) == 2
    told = "".join(capsys.readouterr())

    assert "endpoint" in told
    assert "hf download" not in told


def test_answers_that_are_cut_are_told_as_cut_and_not_as_equal(
    here: Path, capsys: Captured
) -> None:
    from tests.test_advice_followed import Cut

    write_task(here, Cut(lambda _: "hm " * 20, name="cut"), generation={"max_new_tokens": 4})

    assert main(["check", "task.json", "--measure"]) == 0
    told = capsys.readouterr().out

    assert "Q01" in told
    assert "Q07" not in told


@pytest.mark.slow
def test_exploring_where_nothing_is_left_advises_fresh_samples_and_no_verdict(
    here: Path, capsys: Captured
) -> None:
    rows = triples(60)
    write_task(here, answer_right, rows=rows, target=0.5)
    for at in range(30):
        if main(["run", "task.json", "--set", f"generation.max_new_tokens={at + 20}"]) != 0:
            break
    capsys.readouterr()

    assert main(["run", "task.json", "--explore", "--set", "generation.max_new_tokens=99"]) == 3
    told = " ".join(capsys.readouterr().out.split())

    assert "fresh samples" in told
    assert "would test nothing" in told
    assert "get the verdict" not in told


def test_a_training_with_other_options_than_its_run_is_told_which_the_run_had(
    here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = write_task(here, answer_wrong, pool=triples(20, start=1000))
    typed = ["run", spec.name, "--set", "target=0.7"]
    monkeypatch.setattr("sys.argv", ["/usr/bin/ladder", *typed])
    assert main(typed) == 0
    (run,) = Path("runs").iterdir()
    capsys.readouterr()

    assert main(["train", spec.name, "--run", str(run)]) == 5
    assert "--set target=0.7" in capsys.readouterr().err

    assert main(["train", spec.name, "--run", str(run), "--set", "target=0.7"]) == 3
    assert "ladder run task.json --set=target=0.7" in capsys.readouterr().err
