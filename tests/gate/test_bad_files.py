"""Rows 59 to 61: files that are no record, records of another version, policies that say nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gate.conftest import Case

DEEP = b"[" * 200_000
CONTENTS = {
    "empty": b"",
    "text": b"not json",
    "list": b"[]",
    "number": b"1",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "latin-1": '{"a": "\xe9"}'.encode("latin-1"),
    "a key twice": b'{"payload": "", "payload": ""}',
    "NaN": b'{"payload": NaN}',
    "deep": DEEP,
    "deep object": b'{"a":' * 100_000,
    "half": b'{"payloadType": "application/vnd.in-toto+json"',
    "huge number": b'{"payload": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_row_59_what_is_no_record_is_refused(case: Case, content: bytes) -> None:
    case.record.write_bytes(content)

    assert case.gate() == 5


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: b"\xef\xbb\xbf" + whole,
        lambda whole: whole.replace(b"\n", b"\r\n"),
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole + whole,
        lambda whole: whole + b"\0",
    ],
    ids=["byte order mark", "CRLF", "half of it", "twice", "NUL behind it"],
)
def test_row_59_a_good_record_in_a_bad_file_is_refused(
    case: Case, change: Callable[[bytes], bytes]
) -> None:
    case.record.write_bytes(change(case.record.read_bytes()))

    assert case.gate() == 5


def test_row_59_a_missing_file_a_folder_and_a_huge_file_are_refused(case: Case) -> None:
    with Path("huge.json").open("wb") as file:
        file.truncate(100 * 2**20)
    Path("folder").mkdir()

    for name in ("absent.json", "folder", "huge.json", "/dev/zero", "/dev/null"):
        assert case.call("gate", name) == 5, name


def test_row_60_a_field_that_this_version_does_not_know_is_refused(case: Case) -> None:
    case.resign(lambda it: it["predicate"].update(approved_by="me"))
    assert case.gate() == 5

    case.resign(lambda it: (it["predicate"].pop("approved_by"), it.update(more=1)))
    assert case.gate() == 5


@pytest.mark.parametrize(("version", "said"), [("2", "newer than"), ("0", "no longer read")])
def test_row_60_a_record_of_another_version_is_refused(case: Case, version: str, said: str) -> None:
    kind = f"https://pypi.org/project/finetune-ladder/verdict/v{version}"
    case.resign(lambda it: it.update(predicateType=kind))

    assert case.gate() == 5
    assert said in case.out


POLICIES = {
    "empty": "",
    "blank": "\n\n",
    "comment": "# nothing\n",
    "list": "- unsigned\n",
    "typo": "singers: {}\n",
    "typo in a value": "unsigned: alow\n",
    "nobody": "unsigned: refuse\n",
    "no key": "signers: {ci: rsa}\n",
    "a key twice": "unsigned: allow\nunsigned: refuse\n",
    "true": "unsigned: true\n",
    "not YAML": "signers: [\n",
    "too many asked for": "signers: {ci: KEY}\nthreshold: 2\n",
    "newer": "schema_version: 2\nunsigned: allow\n",
}


@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES)
def test_row_61_a_policy_that_says_nothing_keeps_the_gate_shut(case: Case, text: str) -> None:
    Path("ladder-policy.yaml").write_text(text.replace("KEY", case.public("ci")))

    assert case.gate() == 2
    assert "Next:" in case.out


def test_row_61_a_missing_policy_keeps_the_gate_shut(case: Case) -> None:
    assert case.gate("--policy", "absent.yaml") == 2

    Path("ladder-policy.yaml").unlink()
    assert case.gate() == 2
    assert "no policy" in case.out


def test_a_task_spec_in_place_of_a_record_is_called_so(case: Case) -> None:
    Path("task.yaml").write_text("name: t\n")

    assert case.call("gate", "task.yaml") == 5
    assert "task.yaml is a task spec, and no record." in case.out
    assert "ladder gate RUN --spec task.yaml" in case.out


def test_row_61_a_wrong_name_gets_the_nearest_right_one(case: Case) -> None:
    Path("ladder-policy.yaml").write_text(f"signers: {{ci: {case.public('ci')}}}\nleast_m: 5\n")

    assert case.gate() == 2
    assert "ladder-policy.yaml:2 least_m is not a known key" in case.out
    assert "Did you mean least_n?" in case.out


def test_row_61_an_unsigned_run_counts_only_where_the_policy_says_so(
    make_case: Callable[[str], Case],
) -> None:
    case = make_case("fine_tune")
    assert case.gate() == 5
    assert "UNSIGNED" in case.out

    Path("ladder-policy.yaml").write_text("unsigned: allow\n")
    assert case.gate() == 0
    assert "Signed by nobody" in case.out

    case.write_record()
    assert case.gate() == 0
    assert "Signed by somebody whom the policy does not name" in case.out


def test_a_verdict_that_blocks_is_told_even_without_a_policy(
    make_case: Callable[[str], Case],
) -> None:
    case = make_case("use_lever")
    Path("ladder-policy.yaml").unlink()

    assert case.gate() == 1
    assert "few_shot" in case.out


def set_verdict(document: dict[str, Any]) -> None:
    document["verdict"] = "already_good"


def set_version(document: dict[str, Any]) -> None:
    document["schema_version"] = 2


def add_key(document: dict[str, Any]) -> None:
    document["approved_by"] = "me"


def drop_ledger(document: dict[str, Any]) -> None:
    del document["ledger"]


def set_sentence(document: dict[str, Any]) -> None:
    document["sentence"] = "Fine-tuning is justified, says the board."


def set_target(document: dict[str, Any]) -> None:
    document["target"] = 0.95


def drop_a_lever(document: dict[str, Any]) -> None:
    document["levers"].pop()


def drop_an_attempt(document: dict[str, Any]) -> None:
    document["ledger"]["attempts"].pop(1)


def close_open_run(document: dict[str, Any]) -> None:
    document["ledger"]["ending"] = "reached"


@pytest.mark.parametrize(
    "edit",
    [
        set_verdict, set_sentence, set_target, drop_a_lever, drop_an_attempt, set_version, add_key,
        drop_ledger, close_open_run,
    ],
)  # fmt: skip
def test_an_edited_decision_is_refused_even_where_unsigned_counts(
    make_case: Callable[[str], Case], edit: Callable[[dict[str, Any]], None]
) -> None:
    case = make_case("fine_tune")
    Path("ladder-policy.yaml").write_text("unsigned: allow\n")
    path = case.run / "decision.json"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))

    assert case.gate() == 5
