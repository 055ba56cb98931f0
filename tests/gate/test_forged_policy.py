"""Policies and waivers that somebody would like to be read otherwise."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import EvidenceRefusedError
from ladder.gate import GateQuestion, check_gate, load_signing_key
from ladder.gate.envelope import PAYLOAD_TYPE, seal
from tests.gate.conftest import Case

MakeCase = Callable[[str], Case]
FILE = Path("ladder-policy.yaml")

POLICIES = {
    "a merge key": "base: &b {unsigned: allow}\n<<: *b\nsigners: {ci: KEY}\n",
    "an anchor that grows": "a: &a [x, x]\nb: &b [*a, *a]\nsigners: {ci: KEY}\n",
    "an alias before its anchor": "signers: {ci: *key}\n",
    "a python object": "signers: !!python/object/apply:os.system [id]\n",
    "a local tag": "signers: !env KEY\n",
    "two documents": "signers: {ci: KEY}\n---\nunsigned: allow\n",
    "a name in capitals": "Signers: {ci: KEY}\n",
    "a name with a space": "signers : {ci: KEY}\n'unsigned ': allow\n",
    "a look-alike name": "signers: {ci: KEY}\nunsign\u0435d: allow\n",
    "a dotted name": "signers: {ci: KEY}\nlevers.prompt.least_variants: 9\n",
    "an environment variable": "signers: {ci: $CI_KEY}\n",
    "a version that is a word": "signers: {ci: KEY}\nleast_version: latest\n",
    "an empty version": "signers: {ci: KEY}\nleast_version: ''\n",
    "freshness without end": "signers: {ci: KEY}\nfreshness_days: 1e308\n",
    "freshness of nothing": "signers: {ci: KEY}\nfreshness_days: 0\n",
    "waivers without end": "signers: {ci: KEY}\nwaivers: {signers: {a: KEY}, most_days: 99999999}\n",
    "no threshold": "signers: {ci: KEY}\nthreshold: 0\n",
    "a number as text": "signers: {ci: KEY}\nleast_n: '40'\n",
    "a target above all": "signers: {ci: KEY}\ntarget: {at_least: 1.5}\n",
    "a requirement that is none": "signers: {ci: KEY}\nrequire: [nothing]\n",
    "requirements as a word": "signers: {ci: KEY}\nrequire: train_data\n",
    "a lever that is none": "signers: {ci: KEY}\nlevers: {hope: {least_variants: 1}}\n",
    "two keys in one line": "signers: {ci: KEY KEY}\n",
    "a private key": "signers: {ci: '-----BEGIN PRIVATE KEY-----'}\n",
    "a revoked key that is none": "signers: {ci: KEY}\nrevoked: {keys: [ci]}\n",
    "a digest in capitals": "signers: {ci: KEY}\nrevoked: {records: ['" + "A" * 64 + "']}\n",
    "a list of policies": "- signers: {ci: KEY}\n",
    "NUL": "signers: {ci: KEY}\n\0",
}


@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES)
def test_a_policy_of_another_form_keeps_the_gate_shut(case: Case, text: str) -> None:
    FILE.write_text(text.replace("KEY", case.public("ci")))

    assert case.gate() in {2, 6}
    assert "Next:" in case.out
    assert "Traceback" not in case.out


@pytest.mark.parametrize(
    "text",
    ['{"signers": {"ci": "KEY"}, "signers": {}}', '{"signers": {"ci": "KEY"}, "least_n": 1e400}'],
    ids=["a key twice", "infinity"],
)
def test_a_policy_in_json_is_as_strict(case: Case, text: str) -> None:
    Path("policy.json").write_text(text.replace("KEY", case.public("ci")))

    assert case.gate("--policy", "policy.json") == 2


def test_a_byte_order_mark_and_carriage_returns_change_no_policy(case: Case) -> None:
    whole = FILE.read_bytes()
    FILE.write_bytes(b"\xef\xbb\xbf" + whole.replace(b"\n", b"\r\n"))

    assert case.gate() == 0


def test_a_folder_or_a_program_is_no_policy(case: Case) -> None:
    Path("folder").mkdir()
    Path("policy.py").write_text("raise SystemExit(0)\n")

    assert case.gate("--policy", "folder") == 2
    assert case.gate("--policy", "policy.py") == 6


@pytest.mark.parametrize("name", ["LADDER_POLICY", "POLICY", "CI_KEY", "LADDER_UNSIGNED"])
def test_no_variable_names_another_policy(
    case: Case, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    Path("open.yaml").write_text("unsigned: allow\n")
    case.edit_envelope(lambda it: it.update(signatures=[]))
    monkeypatch.setenv(name, "open.yaml")

    assert case.gate() == 5


def test_revoked_data_stay_revoked_when_their_line_ends_are_converted(case: Case) -> None:
    import hashlib

    digest = hashlib.sha256(Path("eval.jsonl").read_bytes()).hexdigest()
    converted = Path("eval.jsonl").read_bytes().replace(b"\n", b"\r\n")
    other = {"sha256": hashlib.sha256(converted).hexdigest(), "text_sha256": digest}
    case.resign(lambda it: it["subject"][1].update(digest=other))
    assert case.gate() == 0

    case.write_policy(revoked={"eval_data": [digest]})
    assert case.gate() == 5
    assert "REVOKED" in case.out


WAIVE = ("--name", "Ada Lovelace", "--reason", "a customer is waiting for it", "--key", "ada.key")


@pytest.fixture
def waived(make_case: MakeCase) -> Case:
    """Return a blocked case with a waiver that opens it."""
    case = make_case("use_lever")
    case.write_record("--train-data", "train.jsonl")
    case.write_policy(waivers={"signers": {"ada": case.public("ada")}})
    assert case.call("record", "waive", case.run, *WAIVE) == 0
    assert case.gate("--waiver", "waiver.json") == 0
    return case


def rewrite(edit: Callable[[dict[str, Any]], object], key: str = "ada.key") -> None:
    """Change what the waiver says and sign it anew."""
    path = Path("waiver.json")
    statement = json.loads(base64.b64decode(json.loads(path.read_text())["payload"]))
    edit(statement)
    path.write_text(seal(json.dumps(statement).encode(), [load_signing_key(key)]).to_json())


WAIVERS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another verdict": (lambda it: it["predicate"].update(verdict="inconclusive"), "ada.key"),
    "another training": (
        lambda it: it["subject"][-1]["digest"].update(sha256="0" * 64, text_sha256=None),
        "ada.key",
    ),
    "a subject less": (lambda it: it.update(subject=it["subject"][:-1]), "ada.key"),
    "a subject more": (
        lambda it: it["subject"].append({"name": "command", "digest": {"sha256": "0" * 64}}),
        "ada.key",
    ),
    "a name that prints as nothing": (
        lambda it: it["predicate"].update(name="\u200b\u200b\u2060\u2060"),
        "ada.key",
    ),
    "a reason of spaces": (lambda it: it["predicate"].update(reason=" " * 20), "ada.key"),
    "issued tomorrow": (
        lambda it: it["predicate"].update(
            issued=f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
        ),
        "ada.key",
    ),
    "good for a year": (
        lambda it: it["predicate"].update(
            expires=f"{datetime.now(UTC) + timedelta(days=365):%Y-%m-%dT%H:%M:%SZ}"
        ),
        "ada.key",
    ),
    "signed by the job": (lambda it: it, "ci.key"),
    "signed by a stranger": (lambda it: it, "mallory.key"),
    "a field more": (lambda it: it["predicate"].update(for_all=True), "ada.key"),
    "a record's type": (
        lambda it: it.update(predicateType="https://pypi.org/project/finetune-ladder/verdict/v1"),
        "ada.key",
    ),
}


@pytest.mark.parametrize("forgery", WAIVERS.values(), ids=WAIVERS)
def test_a_waiver_of_something_else_opens_nothing(
    waived: Case, forgery: tuple[Callable[[dict[str, Any]], object], str]
) -> None:
    edit, key = forgery
    rewrite(edit, key)

    assert waived.gate("--waiver", "waiver.json") == 5
    assert "Traceback" not in waived.out


def test_an_expired_waiver_opens_nothing(waived: Case) -> None:
    late = GateQuestion(waivers=("waiver.json",), now=datetime.now(UTC) + timedelta(days=15))

    with pytest.raises(EvidenceRefusedError, match="EXPIRED"):
        check_gate(waived.run, late)


def test_a_revoked_waiver_opens_nothing(waived: Case) -> None:
    import hashlib

    payload = base64.b64decode(json.loads(Path("waiver.json").read_text())["payload"])
    waived.write_policy(
        waivers={"signers": {"ada": waived.public("ada")}},
        revoked={"records": [hashlib.sha256(payload).hexdigest()]},
    )
    assert waived.gate("--waiver", "waiver.json") == 5
    assert "REVOKED" in waived.out

    waived.write_policy(
        waivers={"signers": {"ada": waived.public("ada")}}, revoked={"keys": [waived.public("ada")]}
    )
    assert waived.gate("--waiver", "waiver.json") == 5


def test_a_record_handed_over_as_a_waiver_opens_nothing(waived: Case) -> None:
    assert waived.gate("--waiver", waived.record) == 5
    assert waived.gate("--waiver", "absent.json") == 5
    assert waived.gate("--waiver", "waiver.json", "--waiver", waived.record) == 5


def test_a_waiver_lifts_no_rule_of_the_policy(waived: Case) -> None:
    waived.write_policy(waivers={"signers": {"ada": waived.public("ada")}}, least_n=161)

    assert waived.gate("--waiver", "waiver.json") == 5
    assert "AGAINST_POLICY" in waived.out


def test_a_waiver_signed_for_another_payload_type_opens_nothing(waived: Case) -> None:
    from ladder.gate.envelope import pre_authentication

    fields = json.loads(Path("waiver.json").read_text())
    payload = base64.b64decode(fields["payload"])
    raw = load_signing_key("ada.key").sign(pre_authentication(PAYLOAD_TYPE + "2", payload))
    fields["signatures"][0]["sig"] = base64.b64encode(raw).decode()
    Path("waiver.json").write_text(json.dumps(fields))

    assert waived.gate("--waiver", "waiver.json") == 5
