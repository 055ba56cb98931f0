"""The table of forgeries: one test a row, named after it."""

import base64
import json
import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.errors import EvidenceRefusedError
from ladder.frozen import digest_of
from ladder.gate import GateQuestion, check_gate
from ladder.testing import Scripted, register_scripted
from tests.gate.conftest import Case, never, write_task

TRAINING = ("--train-data", "train.jsonl", "--train-config", "train.yaml", "--spec", "task.json")
MakeCase = Callable[[str], Case]


def test_g01_a_valid_current_matching_record_opens_the_gate(case: Case) -> None:
    code = case.gate(*TRAINING, "--recompute")

    assert code == 0, case.out
    assert "Allowed." in case.out
    assert "Signed by ci" in case.out


@pytest.mark.parametrize(("verdict", "code"), [("use_lever", 1), ("inconclusive", 3)])
def test_g02_an_honest_other_verdict_blocks(make_case: MakeCase, verdict: str, code: int) -> None:
    case = make_case(verdict)
    case.write_record()

    assert case.gate() == code
    assert "Blocked" in case.out


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "verdict": lambda it: it["predicate"].update(verdict="already_good"),
    "score": lambda it: it["predicate"]["confirmation"].update(score=0.1),
    "interval": lambda it: it["predicate"]["confirmation"].update(at_most=0.2),
    "expiry": lambda it: it["predicate"].update(expires="2099-01-01T00:00:00Z"),
    "subject": lambda it: it["subject"][0]["digest"].update(sha256="0" * 64),
    "nothing but spaces": lambda it: it,
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_g03_an_edited_record_has_a_bad_signature(
    case: Case, edit: Callable[[dict[str, Any]], object]
) -> None:
    case.edit_payload(edit)

    assert case.gate() == 5
    assert "BAD_SIGNATURE" in case.out


def test_g03_a_verdict_that_blocks_cannot_be_edited_into_one_that_opens(
    make_case: MakeCase,
) -> None:
    case = make_case("use_lever")
    case.write_record()
    case.edit_payload(lambda it: it["predicate"].update(verdict="fine_tune"))

    assert case.gate() == 5
    assert "BAD_SIGNATURE" in case.out


SIGNATURES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "removed": (lambda it: it.pop("signatures"), "MALFORMED"),
    "empty": (lambda it: it.update(signatures=[]), "UNSIGNED"),
    "no base64": (lambda it: it["signatures"][0].update(sig="%%%"), "MALFORMED"),
    "alg none": (lambda it: it["signatures"][0].update(alg="none", sig=""), "MALFORMED"),
    "no content": (lambda it: it["signatures"][0].update(sig=""), "BAD_SIGNATURE"),
    "null": (lambda it: it.update(signatures=None), "MALFORMED"),
}


@pytest.mark.parametrize("forgery", SIGNATURES.values(), ids=SIGNATURES)
def test_g04_a_signature_that_is_none_is_refused(
    case: Case, forgery: tuple[Callable[[dict[str, Any]], object], str]
) -> None:
    edit, reason = forgery
    case.edit_envelope(edit)

    assert case.gate() == 5
    assert reason in case.out


def test_g04_a_bogus_second_signature_is_ignored_unless_the_policy_wants_two(case: Case) -> None:
    bogus = {"keyid": "x", "sig": base64.b64encode(b"\0" * 64).decode()}
    case.edit_envelope(lambda it: it["signatures"].append(bogus))

    assert case.gate() == 0

    case.write_policy(signers={"ci": case.public("ci"), "ada": case.public("ada")}, threshold=2)
    assert case.gate() == 5
    assert "1 of the 2 signatures" in case.out


def test_g04_the_same_signature_twice_counts_once(case: Case) -> None:
    case.edit_envelope(lambda it: it["signatures"].append(dict(it["signatures"][0])))
    case.write_policy(
        signers={"ci": case.public("ci"), "also-ci": case.public("ci"), "ada": case.public("ada")},
        threshold=2,
    )

    assert case.gate() == 5


def test_g05_a_record_signed_by_an_unknown_key_is_refused(case: Case) -> None:
    case.write_record(key="mallory.key")

    assert case.gate() == 5
    assert "BAD_SIGNATURE" in case.out
    assert "It is signed with another key." in case.out


def test_g05_a_record_signed_by_a_revoked_key_is_refused(case: Case) -> None:
    case.write_policy(
        signers={"ci": case.public("ci"), "ada": case.public("ada")},
        revoked={"keys": [case.public("ci")]},
    )

    assert case.gate() == 5
    assert "BAD_SIGNATURE" in case.out


def test_g05_the_right_key_name_over_the_wrong_key_is_refused(case: Case) -> None:
    keyid = json.loads(case.record.read_text())["signatures"][0]["keyid"]
    case.write_record(key="mallory.key")
    case.edit_envelope(lambda it: it["signatures"][0].update(keyid=keyid))

    assert case.gate() == 5
    assert "BAD_SIGNATURE" in case.out


def add_row(path: str) -> None:
    with Path(path).open("a") as rows:
        rows.write('{"input": "999", "target": "2997"}\n')


SUBJECTS: dict[str, tuple[Callable[[], object], str]] = {
    "eval data": (lambda: add_row("eval.jsonl"), "eval data"),
    "train data": (lambda: add_row("train.jsonl"), "train data"),
    "spec": (
        lambda: Path("task.json").write_text(Path("task.json").read_text().replace("0.8", "0.7")),
        "task spec",
    ),
    "train config": (
        lambda: Path("train.yaml").write_text("epochs: 2\n"),
        "training configuration",
    ),
}


@pytest.mark.parametrize("forgery", SUBJECTS.values(), ids=SUBJECTS)
def test_g06_a_record_of_something_else_is_refused_and_says_of_what(
    case: Case, forgery: tuple[Callable[[], object], str]
) -> None:
    change, named = forgery
    change()

    assert case.gate(*TRAINING) == 5
    assert "SUBJECT_MISMATCH" in case.out
    assert named in case.out


def test_g06_a_record_of_another_base_model_is_refused(case: Case) -> None:
    Path("base").mkdir()
    Path("base/config.json").write_text("{}")

    assert case.gate("--base", "base") == 5
    assert "base model" in case.out
    assert case.gate("--base", "scripted:gate-fine_tune") == 0


@pytest.mark.parametrize(
    "larger", ["epochs: 30\nlearning_rate: 1e-4\n", "epochs: 1\nlearning_rate: 1e-2\n"]
)
def test_g07_a_record_replayed_for_a_larger_training_is_refused(case: Case, larger: str) -> None:
    case.write_policy(require=["train_data", "train_config"])
    Path("larger.yaml").write_text(larger)

    assert case.gate("--train-data", "train.jsonl", "--train-config", "larger.yaml") == 5
    assert "training configuration" in case.out
    assert case.gate("--train-data", "train.jsonl") == 5
    assert "--train-config" in case.out


def test_g07_more_train_data_than_the_record_names_are_refused(case: Case) -> None:
    shutil.copy("train.jsonl", "more.jsonl")

    assert case.gate("--train-data", "train.jsonl", "--train-data", "more.jsonl") == 5
    assert "train data" in case.out


@pytest.mark.parametrize(
    ("shift", "reason"),
    [
        (timedelta(days=91), "EXPIRED"),
        (timedelta(days=90, seconds=1), None),
        (timedelta(seconds=-299), None),
        (timedelta(seconds=-302), "ISSUED_IN_FUTURE"),
        (timedelta(days=-400), "ISSUED_IN_FUTURE"),
    ],
    ids=["expired", "a second late", "skew", "issued in the future", "clock set back"],
)
def test_g08_a_record_counts_between_its_two_dates(
    case: Case, shift: timedelta, reason: str | None
) -> None:
    case.write_record("--train-data", "train.jsonl", "--train-config", "train.yaml")
    question = GateQuestion(now=datetime.now(UTC) + shift)

    if reason is None:
        assert check_gate(case.run, question).exit_code == 0
        return
    with pytest.raises(EvidenceRefusedError) as caught:
        check_gate(case.run, question)

    assert (caught.value.reason, caught.value.exit_code) == (reason, 5)


def test_g08_a_record_older_than_the_policy_likes_is_stale(case: Case) -> None:
    case.write_policy(freshness_days=1)

    with pytest.raises(EvidenceRefusedError, match="2 days old"):
        check_gate(case.run, GateQuestion(now=datetime.now(UTC) + timedelta(days=2)))


KINDS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "predicateType": (
        lambda it: it.update(predicateType="https://slsa.dev/provenance/v1"),
        "WRONG_PREDICATE",
    ),
    "_type": (lambda it: it.update(_type="https://in-toto.io/Statement/v0.1"), "BAD_TYPE"),
    "waiver": (
        lambda it: it.update(predicateType="https://pypi.org/project/finetune-ladder/waiver/v1"),
        "WRONG_PREDICATE",
    ),
}


@pytest.mark.parametrize("forgery", KINDS.values(), ids=KINDS)
def test_g09_another_attestation_of_the_same_key_is_refused(
    case: Case, forgery: tuple[Callable[[dict[str, Any]], object], str]
) -> None:
    edit, reason = forgery
    case.resign(edit)

    assert case.gate() == 5
    assert reason in case.out


def test_g09_a_swapped_payload_type_is_refused(case: Case) -> None:
    case.edit_envelope(lambda it: it.update(payloadType="application/json"))

    assert case.gate() == 5
    assert "BAD_TYPE" in case.out


def test_g10_a_key_twice_in_the_envelope_is_refused(case: Case) -> None:
    text = case.record.read_text()
    case.record.write_text(text.replace("{", '{"payloadType": "application/json", ', 1))

    assert case.gate() == 5
    assert "MALFORMED" in case.out


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace('"_type"', '"predicate": {}, "_type"', 1),
        lambda text: text.replace('"n": 160', '"n": NaN', 1),
        lambda text: text.replace('"target": 0.8', '"target": 1e999', 1),
        lambda text: text + "{}",
        lambda text: text.replace('"train_data"', '"train_d\\u0430ta"', 1),
        lambda text: text.replace('"fine_tune"', '"fine_tune\\u200b"', 1),
    ],
    ids=["key twice", "NaN", "infinity", "trailing", "look-alike name", "zero width"],
)
def test_g10_a_payload_that_two_readers_could_read_differently_is_refused(
    case: Case, edit: Callable[[str], str]
) -> None:
    from ladder.gate.envelope import seal
    from ladder.gate.keys import load_signing_key

    envelope = json.loads(case.record.read_text())
    statement = json.dumps(json.loads(base64.b64decode(envelope["payload"])))
    forged = edit(statement)
    assert forged != statement
    case.record.write_text(seal(forged.encode(), [load_signing_key("ci.key")]).to_json())

    assert case.gate() == 5


@pytest.mark.parametrize(
    "respell",
    [
        lambda text: text.rstrip("=") if text.endswith("=") else text + "====",
        lambda text: text[:8] + "\n" + text[8:],
        lambda text: text + " ",
        lambda text: "-_" + text[2:],
    ],
    ids=["padding", "line break", "space", "url-safe"],
)
def test_g10_another_spelling_of_the_base64_is_refused(
    case: Case, respell: Callable[[str], str]
) -> None:
    case.edit_envelope(lambda it: it.update(payload=respell(it["payload"])))

    assert case.gate() == 5
    assert "MALFORMED" in case.out


LEFT_OUT: dict[str, Callable[[dict[str, Any]], object]] = {
    "train data left out": lambda it: it.update(
        subject=[each for each in it["subject"] if each["name"] != "train_data"]
    ),
    "spec left out": lambda it: it.update(subject=it["subject"][1:]),
    "no subject": lambda it: it.update(subject=[]),
    "no digest": lambda it: it["subject"][0].update(digest={}),
    "md5 alone": lambda it: it["subject"][0].update(digest={"md5": "0" * 32}),
    "one name, two digests": lambda it: it["subject"].append(
        {"name": "train_data", "digest": {"sha256": "0" * 64}}
    ),
    "one name, the right digest last": lambda it: it["subject"].insert(
        0, {"name": "train_data", "digest": {"sha256": "0" * 64}}
    ),
}


@pytest.mark.parametrize("edit", LEFT_OUT.values(), ids=LEFT_OUT)
def test_g11_a_subject_left_out_or_named_twice_is_refused(
    case: Case, edit: Callable[[dict[str, Any]], object]
) -> None:
    case.resign(edit)

    assert case.gate(*TRAINING) == 5
    assert "SUBJECT_MISMATCH" in case.out


def test_g12_a_file_of_the_same_name_with_other_content_is_refused(case: Case) -> None:
    Path("elsewhere").mkdir()
    Path("elsewhere/train.jsonl").write_text('{"input": "1", "target": "4"}\n')
    shutil.copy("train.jsonl", "renamed.jsonl")

    assert case.gate("--train-data", "elsewhere/train.jsonl") == 5
    assert case.gate("--train-data", "renamed.jsonl") == 0


SWAP = "import pathlib; p = pathlib.Path('train.jsonl'); p.write_text(p.read_text() + '{{}}\\n')"
AND_BACK = (
    "import os, pathlib; p = pathlib.Path('train.jsonl'); s = p.stat(); t = p.read_bytes(); "
    "p.write_bytes(b'x' * len(t)); p.write_bytes(t); os.utime(p, ns=(s.st_atime_ns, s.st_mtime_ns))"
)


@pytest.mark.parametrize("trick", [SWAP, AND_BACK], ids=["swapped", "swapped and back"])
def test_g13_data_swapped_after_the_check_are_noticed(case: Case, trick: str) -> None:
    code = case.gate("--train-data", "train.jsonl", "--", sys.executable, "-c", trick)

    assert code == 5
    assert "CHANGED" in case.out


def test_g13_an_honest_training_ends_with_its_own_code(case: Case) -> None:
    start = ("--train-data", "train.jsonl", "--", sys.executable, "-c")

    assert case.gate(*start, "open('train.jsonl').read()") == 0
    assert case.gate(*start, "raise SystemExit(7)") == 7


def test_g13_nothing_is_started_where_the_gate_stays_shut(case: Case) -> None:
    add_row("train.jsonl")

    code = case.gate(
        "--train-data", "train.jsonl", "--", sys.executable, "-c", "open('started', 'w')"
    )

    assert code == 5
    assert not Path("started").exists()


def forge_journal(run: Path, right: str) -> None:
    """Write another text into every stored answer, not always the same, with a fitting digest."""
    import hashlib

    with sqlite3.connect(run / "journal.sqlite") as connection:
        rows = connection.execute("SELECT key, value FROM answers").fetchall()
        for key, value in rows:
            text = json.dumps(
                {**json.loads(value), "text": f"{right}, {'abc'[int(key[0], 16) % 3]}"}
            )
            digest = hashlib.sha256(f"{key}\n{text}".encode()).hexdigest()
            connection.execute(
                "UPDATE answers SET value = ?, sha256 = ? WHERE key = ?", (text, digest, key)
            )
    connection.close()


def test_g14_a_verdict_that_the_journal_does_not_give_is_refused(make_case: MakeCase) -> None:
    case = make_case("use_lever")
    forge_journal(case.run, "no idea")

    assert case.call("record", "write", case.run, "--key", "ci.key") == 5
    assert "INCONSISTENT" in case.out


def test_g14_a_number_that_the_journal_does_not_give_is_never_signed(case: Case) -> None:
    path = case.run / "decision.json"
    document = json.loads(path.read_text())
    document["ledger"]["baseline"]["score"] = 0.125
    path.write_text(json.dumps(document))

    assert case.call("record", "write", case.run, "--key", "ci.key") == 5
    assert "differs in: baseline" in case.out


def test_g14_a_journal_rewritten_after_signing_is_refused(case: Case) -> None:
    forge_journal(case.run, "none at all")

    assert case.gate() == 0
    assert case.gate("--recompute") == 5
    assert "not the one that the record was written from" in case.out


def test_g14_a_decision_edited_beside_its_record_is_refused(case: Case) -> None:
    path = case.run / "decision.json"
    document = json.loads(path.read_text())
    document["sentence"] = "Trust me."
    path.write_text(json.dumps(document))

    assert case.gate() == 5
    assert "INCONSISTENT" in case.out


def test_g14_a_journal_without_what_the_search_was_told_is_refused(case: Case) -> None:
    with sqlite3.connect(case.run / "journal.sqlite") as connection:
        keys = connection.execute("SELECT key FROM transcript LIMIT 400").fetchall()
        connection.executemany("DELETE FROM transcript WHERE key = ?", keys)
    connection.close()

    assert case.gate("--recompute") == 5
    assert "cannot be rebuilt" in case.out


def test_g14_a_damaged_journal_is_refused_and_left_as_it_is(case: Case) -> None:
    path = case.run / "journal.sqlite"
    path.write_bytes(b"not a database" * 100)

    assert case.gate("--recompute") == 5
    assert path.read_bytes() == b"not a database" * 100


@pytest.mark.slow
def test_g15_runs_on_the_same_data_wear_it_out(case: Case) -> None:
    register_scripted(Scripted(never, name="gate-again"))
    task = json.loads(Path("task.json").read_text())
    left = []
    for again in "abc":
        task |= {"name": f"again-{again}", "model": "scripted:gate-again"}
        Path("again.json").write_text(json.dumps(task))
        left.append(ladder.run("again.json").ledger.n_open or 0)

    assert left == sorted(set(left), reverse=True)
    case.write_record()
    assert case.call("record", "show", case.run) == 0
    assert "0.0150" in case.out


def test_g15_a_missing_ledger_of_looks_counts_as_spent(case: Case) -> None:
    Path("eval.jsonl.looks.json").unlink()

    assert case.gate(*TRAINING) == 5
    assert case.call("record", "write", case.run, "--key", "ci.key") == 5
    assert "counts as used up" in case.out


EFFORTS: dict[str, dict[str, Any]] = {
    "few variants": {"prompt": {"least_variants": 9}},
    "excused": {"rag": {"not_applicable": "never"}},
    "another excuse": {"rag": {"not_applicable": ["the answer stands in the input"]}},
}


@pytest.mark.parametrize("levers", EFFORTS.values(), ids=EFFORTS)
def test_g16_a_lever_below_the_least_effort_counts_as_not_tested(
    case: Case, levers: dict[str, Any]
) -> None:
    case.write_policy(levers=levers)

    assert case.gate() == 3
    assert "too little was tried" in case.out


def test_g16_few_candidates_or_few_levers_in_all_are_too_little_by_default(case: Case) -> None:
    def leave_out(statement: dict[str, Any]) -> None:
        levers = statement["predicate"]["levers"]
        levers[6].update(status="not_applicable", reason="no examples exist", variants=[])
        levers[1].update(variants=levers[1]["variants"][:1])

    case.resign(leave_out)
    (case.run / "decision.json").unlink()

    assert case.gate() == 3
    assert "2 of the 7 levers had a chance; the policy asks for 3" in case.out
    said = "the baseline among them, combinations of levers apart; the policy asks for 5"
    assert f"4 configurations were tried, {said}" in case.out
    case.write_policy(least_levers=2, least_configurations=4)
    assert case.gate() == 0


SABOTAGE: dict[str, Callable[[dict[str, Any]], object]] = {
    "answers cut": lambda it: it["predicate"].update(baseline_cut=0.9),
    "blind retrieval": lambda it: it["predicate"]["levers"][4].update(
        status="no_gain", variants=["rag dense k=1"], recall=0.02
    ),
    "no variant": lambda it: it["predicate"]["levers"][1].update(variants=[]),
    "untested": lambda it: it["predicate"]["levers"][6].update(status="untested"),
    "lever missing": lambda it: it["predicate"].update(levers=it["predicate"]["levers"][:6]),
    "broken template kept": lambda it: it["predicate"].update(template_faults=["R02 broken"]),
}


@pytest.mark.parametrize("edit", SABOTAGE.values(), ids=SABOTAGE)
def test_g16_sabotaged_levers_open_nothing(
    case: Case, edit: Callable[[dict[str, Any]], object]
) -> None:
    case.write_policy(levers={"rag": {"least_recall": 0.5}})
    case.resign(edit)
    Path(case.run / "decision.json").unlink()

    assert case.gate() == 3


RULES: dict[str, dict[str, Any]] = {
    "too few samples": {"least_n": 161},
    "another metric": {"metrics": ["choice"]},
    "another reading": {"readings": ["lenient"]},
    "target too high": {"target": {"at_most": 0.79}},
    "target too low": {"target": {"at_least": 0.9}},
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_g17_a_question_that_the_policy_does_not_allow_is_refused(
    case: Case, rule: dict[str, Any]
) -> None:
    case.write_policy(**rule)

    assert case.gate() == 5
    assert "AGAINST_POLICY" in case.out


def test_g18_a_baseline_measured_on_a_weaker_model_is_refused(case: Case) -> None:
    Path("larger").mkdir()
    Path("larger/config.json").write_text('{"hidden_size": 4096}')
    Path("larger/model.safetensors").write_bytes(b"\0" * 16)
    case.write_policy(require=["base"])

    assert case.gate("--base", "larger") == 5
    assert "base model" in case.out
    assert case.gate() == 5
    assert "--base" in case.out


def test_g19_a_record_of_an_old_ladder_is_refused(case: Case) -> None:
    case.write_policy(least_version="0.10")

    assert case.gate() == 5
    assert "0.10 or newer" in case.out


@pytest.mark.parametrize("name", ["LADDER_SKIP", "LADDER_GATE", "SKIP", "CI_SKIP", "NO_GATE"])
def test_g20_no_variable_opens_the_gate(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    case = make_case("use_lever")
    case.write_record()
    monkeypatch.setenv(name, "1")

    assert case.gate() == 1


def test_g20_ladder_reads_no_variable_of_its_own() -> None:
    root = Path(ladder.__file__).parent
    names = {
        word
        for path in (*(root / "gate").glob("*.py"), root / "cli" / "gate.py")
        for word in path.read_text().split()
        if "LADDER_" in word
    }

    assert names == set()


WAIVE = ("--name", "Ada Lovelace", "--reason", "a customer is waiting for it", "--key", "ada.key")


def test_g20_a_waiver_of_a_named_person_opens_it_and_is_printed(make_case: MakeCase) -> None:
    case = make_case("use_lever")
    case.write_record()
    case.write_policy(waivers={"signers": {"ada": case.public("ada")}})
    assert case.call("record", "waive", case.run, *WAIVE) == 0

    assert case.gate("--waiver", "waiver.json") == 0
    assert "WAIVED by Ada Lovelace" in case.out
    assert "a customer is waiting for it" in case.out
    assert case.gate("--waiver", "waiver.json", "--json") == 0
    assert json.loads(case.out)["waived"] is True


def test_g20_a_waiver_that_does_not_count_opens_nothing(make_case: MakeCase) -> None:
    case = make_case("use_lever")
    case.write_record()
    waive = ("record", "waive", case.run, *WAIVE)
    assert case.call(*waive) == 0
    assert case.gate("--waiver", "waiver.json") == 5

    case.write_policy(waivers={"signers": {"ci": case.public("ci")}})
    assert case.gate("--waiver", "waiver.json") == 5
    assert "BAD_SIGNATURE" in case.out

    case.write_policy(waivers={"signers": {"ada": case.public("ada")}, "most_days": 7})
    assert case.gate("--waiver", "waiver.json") == 5
    assert case.call(*waive, "--days", 7) == 0
    late = GateQuestion(waivers=("waiver.json",), now=datetime.now(UTC) + timedelta(days=8))
    with pytest.raises(EvidenceRefusedError, match="EXPIRED"):
        check_gate(case.run, late)


def test_g20_a_waiver_for_another_task_opens_nothing(make_case: MakeCase) -> None:
    case = make_case("inconclusive")
    assert case.call("record", "waive", case.run, *WAIVE) == 0
    waiver = Path("waiver.json").read_text()
    other = make_case("use_lever")
    other.write_record()
    other.write_policy(waivers={"signers": {"ada": case.public("ada")}})
    Path("waiver.json").write_text(waiver)

    assert other.gate("--waiver", "waiver.json") == 5


def test_g20_a_waiver_for_a_smaller_training_opens_nothing(make_case: MakeCase) -> None:
    case = make_case("use_lever")
    case.write_record("--train-data", "train.jsonl")
    case.write_policy(waivers={"signers": {"ada": case.public("ada")}})
    assert case.call("record", "waive", case.run, *WAIVE) == 0
    case.write_record("--train-data", "train.jsonl", "--train-data", "pool.jsonl")

    assert case.gate("--waiver", "waiver.json") == 5
    assert "given for something else" in case.out


def test_g20_a_waiver_lifts_no_forgery(case: Case) -> None:
    case.write_policy(waivers={"signers": {"ada": case.public("ada")}})
    assert case.call("record", "waive", case.run, *WAIVE) == 0
    case.edit_payload(lambda it: it["predicate"].update(target=0.9))

    assert case.gate("--waiver", "waiver.json") == 5


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"target": 0.7}, "(target 0.8 there, 0.7 here)"),
        ({"metric": "f1"}, "(metric exact_match there, f1 here)"),
        ({"model": "scripted:other"}, "there, scripted:other here)"),
    ],
)
def test_a_spec_that_asks_another_question_is_told_in_what(
    case: Case, change: dict[str, object], told: str
) -> None:
    task = json.loads(Path("task.json").read_text())
    Path("other.json").write_text(json.dumps(task | change))

    assert case.gate("--spec", "other.json") == 5
    assert "is about something else: task spec" in case.out
    assert told in case.out


def write_adapter(folder: Path, record: Path, **changes: Any) -> None:
    """Write an adapter's folder as `ladder train` leaves it."""
    import hashlib

    statement = json.loads(base64.b64decode(json.loads(record.read_text())["payload"]))
    base = next(each for each in statement["subject"] if each["name"] == "base")
    folder.mkdir(exist_ok=True)
    weights = folder / "adapter_model.safetensors"
    weights.write_bytes(b"weights")
    manifest = {
        "schema_version": 1,
        "base": {"id": "m", "digest": base["digest"]["sha256"]},
        "digests": {"decision": statement["predicate"]["decision"]},
        "files": {weights.name: {"bytes": 7, "sha256": hashlib.sha256(b"weights").hexdigest()}},
        **changes,
    }
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))


def test_g21_an_adapter_without_this_verdict_is_refused(case: Case) -> None:
    folder = Path("adapter")
    write_adapter(folder, case.record)
    write_judgement(folder, "reached", "passed")
    assert case.gate("--adapter", folder) == 0

    write_adapter(folder, case.record, digests={"decision": "0" * 64})
    assert case.gate("--adapter", folder) == 5
    assert "another verdict" in case.out

    write_adapter(folder, case.record)
    (folder / "adapter_model.safetensors").write_bytes(b"others!")
    assert case.gate("--adapter", folder) == 5

    (folder / "MANIFEST.json").unlink()
    assert case.gate("--adapter", folder) == 5


def write_judgement(folder: Path, verdict: str, status: str) -> None:
    """Write beside an adapter how it was judged, as `ladder train` does."""
    files = json.loads((folder / "MANIFEST.json").read_text())["files"]
    report = {
        "verdict": verdict,
        "sentence": "Fine-tuning did not reach the target of .80 either.",
        "plan": [{"name": "regression_check", "status": status}],
    }
    (folder / "RECORD.json").write_text(json.dumps({"adapter": digest_of(files), "report": report}))


@pytest.mark.parametrize(
    ("verdict", "status", "code", "told"),
    [
        ("reached", "passed", 0, "Allowed"),
        ("reached", "blocked", 1, "may not be used: regression_check blocks."),
        ("not_reached", "passed", 1, "may not be used: Fine-tuning did not reach the target"),
    ],
)
def test_g21_an_adapter_that_its_own_record_calls_bad_is_stopped(
    case: Case, verdict: str, status: str, code: int, told: str
) -> None:
    folder = Path("adapter")
    write_adapter(folder, case.record)
    write_judgement(folder, verdict, status)

    assert case.gate("--adapter", folder) == code
    assert told in case.out


def test_g21_a_record_of_another_adapter_is_no_judgement_of_this_one(case: Case) -> None:
    folder = Path("adapter")
    write_adapter(folder, case.record)
    write_judgement(folder, "reached", "passed")
    record = json.loads((folder / "RECORD.json").read_text())
    (folder / "RECORD.json").write_text(json.dumps(record | {"adapter": "0" * 64}))

    assert case.gate("--adapter", folder) == 5
    assert "is about another adapter" in case.out


def test_g21_an_adapter_with_its_record_and_card_is_whole_and_one_with_more_is_not(
    case: Case,
) -> None:
    folder = Path("adapter")
    write_adapter(folder, case.record)
    write_judgement(folder, "reached", "passed")
    (folder / "README.md").write_text("what it is")
    assert case.gate("--adapter", folder) == 0

    (folder / "adapter_model.bin").write_bytes(b"pickle")
    assert case.gate("--adapter", folder) == 5
    assert "adapter_model.bin is not in the manifest" in case.out


@pytest.mark.parametrize("record", [None, "{}", "[]", "no JSON"])
def test_g21_an_adapter_that_was_never_judged_is_stopped(case: Case, record: str | None) -> None:
    folder = Path("adapter")
    write_adapter(folder, case.record)
    if record is not None:
        (folder / "RECORD.json").write_text(record)

    assert case.gate("--adapter", folder) == 3
    assert "was never judged" in case.out


def test_g22_a_record_on_withdrawn_eval_data_is_refused(case: Case) -> None:
    import hashlib

    digest = hashlib.sha256(Path("eval.jsonl").read_bytes()).hexdigest()
    case.write_policy(revoked={"eval_data": [digest]})

    assert case.gate() == 5
    assert "REVOKED" in case.out


def test_g23_a_link_to_the_same_bytes_is_the_same_file(case: Case) -> None:
    Path("TRAIN.JSONL").symlink_to("train.jsonl")

    assert case.gate("--train-data", "TRAIN.JSONL") == 0


def test_g23_converted_line_ends_are_another_file_and_the_message_says_so(case: Case) -> None:
    Path("train.jsonl").write_bytes(Path("train.jsonl").read_bytes().replace(b"\n", b"\r\n"))

    assert case.gate("--train-data", "train.jsonl") == 5
    assert "only the line ends differ" in case.out


def test_g24_a_signature_is_verified_without_a_network(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> socket.socket:
        raise AssertionError("the gate opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)

    assert case.gate(*TRAINING) == 0


def test_g24_a_sigstore_bundle_is_no_zero(case: Case) -> None:
    bundle = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": {}}
    case.record.write_text(json.dumps(bundle))

    assert case.gate() == 4


@pytest.fixture
def fresh_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a task that was never run."""
    monkeypatch.chdir(tmp_path)
    write_task(register_scripted(Scripted(never, name="gate-fresh")))
    return tmp_path


def test_g14_a_record_is_written_from_a_run_alone(fresh_task: Path) -> None:
    from ladder.cli import main

    assert main(["keys", "new", "ci.key"]) == 0
    assert main(["record", "write", str(fresh_task), "--key", "ci.key"]) == 5
