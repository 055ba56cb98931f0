"""Envelopes and payloads that say one thing to one reader and another thing to the next."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ladder.gate.envelope import PAYLOAD_TYPE, pre_authentication
from ladder.gate.keys import load_signing_key, parse_public_key
from tests.gate.conftest import Case

Fields = dict[str, Any]


def sign(case: Case, payload: bytes, *, kind: str = PAYLOAD_TYPE, said: str = PAYLOAD_TYPE) -> None:
    """Write an envelope whose signature is made for one type and that names another."""
    key = load_signing_key("ci.key")
    signature = key.sign(pre_authentication(kind, payload))
    fields = {
        "payloadType": said,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": key.public.id, "sig": base64.b64encode(signature).decode()}],
    }
    case.record.write_text(json.dumps(fields))


def payload_of(case: Case) -> bytes:
    return base64.b64decode(json.loads(case.record.read_text())["payload"])


def test_a_signature_for_another_payload_type_is_refused(case: Case) -> None:
    sign(case, payload_of(case), kind="application/json")
    assert case.gate() == 5
    assert "BAD_SIGNATURE" in case.out

    sign(case, payload_of(case), kind="text/plain", said="text/plain")
    assert case.gate() == 5
    assert "BAD_TYPE" in case.out


def test_a_signature_of_the_bare_payload_is_refused(case: Case) -> None:
    payload = payload_of(case)
    raw = load_signing_key("ci.key").sign(payload)
    case.edit_envelope(lambda it: it["signatures"][0].update(sig=base64.b64encode(raw).decode()))

    assert case.gate() == 5
    assert "BAD_SIGNATURE" in case.out


@pytest.mark.parametrize("keyid", ["", "0" * 64, "ci", "\u202eic", "../ci.pub"])
def test_a_key_id_is_a_hint_and_proves_nothing(case: Case, keyid: str) -> None:
    case.edit_envelope(lambda it: it["signatures"][0].update(keyid=keyid))
    assert case.gate() == 0

    case.write_record(key="mallory.key")
    case.edit_envelope(lambda it: it["signatures"][0].update(keyid=keyid))
    assert case.gate() == 5


SIGNATURES: dict[str, Callable[[Fields], object]] = {
    "too many": lambda it: it.update(signatures=it["signatures"] * 17),
    "a number": lambda it: it.update(signatures=1),
    "a mapping": lambda it: it.update(signatures={"0": it["signatures"][0]}),
    "text": lambda it: it.update(signatures=["sig"]),
    "url-safe": lambda it: it["signatures"][0].update(sig="-_" + it["signatures"][0]["sig"][2:]),
    "line break": lambda it: it["signatures"][0].update(sig=it["signatures"][0]["sig"] + "\n"),
    "other capitals": lambda it: it["signatures"][0].update(
        sig=it["signatures"][0]["sig"].swapcase()
    ),
    "cut": lambda it: it["signatures"][0].update(sig=it["signatures"][0]["sig"][:44]),
    "a certificate beside it": lambda it: it["signatures"][0].update(cert="x"),
    "a header beside it": lambda it: it.update(protected={"alg": "none"}),
}


@pytest.mark.parametrize("edit", SIGNATURES.values(), ids=SIGNATURES)
def test_a_signature_in_any_other_form_is_refused(
    case: Case, edit: Callable[[Fields], object]
) -> None:
    case.edit_envelope(edit)

    assert case.gate() == 5


def larger_by_the_order(signature: bytes) -> bytes:
    """Return the other spelling of an Ed25519 signature: its scalar plus the group's order."""
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(signature[32:], "little") + order
    return signature[:32] + scalar.to_bytes(32, "little")


def test_the_other_spelling_of_a_signature_is_refused(case: Case) -> None:
    def edit(it: Fields) -> None:
        raw = base64.b64decode(it["signatures"][0]["sig"])
        it["signatures"][0]["sig"] = base64.b64encode(larger_by_the_order(raw)).decode()

    case.edit_envelope(edit)

    assert case.gate() == 5
    assert "BAD_SIGNATURE" in case.out


PAYLOADS: dict[str, Callable[[str], str]] = {
    "one key twice, once escaped": lambda it: it.replace(
        '"predicateType"', '"predicate\\u0054ype": "x", "predicateType"', 1
    ),
    "a key twice far inside": lambda it: it.replace('"score"', '"score": 0.1, "score"', 1),
    "a number as text": lambda it: it.replace('"target": 0.8', '"target": "0.8"', 1),
    "a count as text": lambda it: it.replace('"n": 160', '"n": "160"', 1),
    "a count as a fraction": lambda it: it.replace('"n": 160', '"n": 160.0', 1),
    "a count as truth": lambda it: it.replace('"n": 160', '"n": true', 1),
    "a count below zero": lambda it: it.replace('"n": 160', '"n": -160', 1),
    "1e400": lambda it: it.replace('"target": 0.8', '"target": 1e400', 1),
    "NaN": lambda it: it.replace('"target": 0.8', '"target": NaN', 1),
    "-Infinity": lambda it: it.replace('"target": 0.8', '"target": -Infinity', 1),
    "half a character": lambda it: it.replace('"triples"', '"tri\\ud800ples"', 1),
    "sha512": lambda it: it.replace('"sha256"', '"sha512"', 1),
    "sha512 besides": lambda it: it.replace('"sha256"', '"sha512": "00", "sha256"', 1),
    "digits of another script": lambda it: it.replace(":00Z", ":\u0660\u0660Z").replace(
        '"issued": "2', '"issued": "\u0662', 1
    ),
    "another zone": lambda it: it.replace('Z", "expires"', '+14:00", "expires"', 1),
    "a wide letter": lambda it: it.replace('"fine_tune"', '"\uff46ine_tune"', 1),
    "a composed letter": lambda it: it.replace('"spec"', '"spec\u0301"', 1),
    "a comment": lambda it: it + "// signed",
    "a second statement": lambda it: it + it,
    "a list of statements": lambda it: f"[{it}]",
    "a byte order mark": lambda it: "\ufeff" + it,
    "carriage returns": lambda it: it.replace("{", "{\r\n", 1),
}


@pytest.mark.parametrize("edit", PAYLOADS.values(), ids=PAYLOADS)
def test_a_signed_payload_of_a_loose_form_is_refused(
    case: Case, edit: Callable[[str], str]
) -> None:
    text = json.dumps(json.loads(payload_of(case)))
    forged = edit(text)
    assert forged != text
    sign(case, forged.encode("utf-8", "surrogatepass"))

    assert case.gate() == 5
    assert "Traceback" not in case.out


DATES = {
    "no such day": ("2026-02-30T00:00:00Z", "2027-01-01T00:00:00Z"),
    "ends before it begins": ("2026-11-01T00:00:00Z", "2026-10-01T00:00:00Z"),
    "a leap second": ("2026-11-01T23:59:60Z", "2027-01-01T00:00:00Z"),
    "the year 0": ("0000-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    "the end of time": ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    "long ago, good for ever": ("2001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
}


@pytest.mark.parametrize("dates", DATES.values(), ids=DATES)
def test_impossible_dates_are_refused(case: Case, dates: tuple[str, str]) -> None:
    issued, expires = dates
    case.resign(lambda it: it["predicate"].update(issued=issued, expires=expires))

    assert case.gate() == 5


SMALL = (
    "01" + "00" * 31, "00" * 32, "00" * 31 + "80", "ec" + "ff" * 30 + "7f", "ed" + "ff" * 30 + "7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
)  # fmt: skip


@pytest.mark.parametrize("raw", SMALL)
def test_a_policy_with_a_key_that_anybody_can_sign_for_is_refused(case: Case, raw: str) -> None:
    line = "ed25519:" + base64.b64encode(bytes.fromhex(raw)).decode()
    case.write_policy(signers={"ci": line})

    assert case.gate() == 2
    assert "anybody can sign for" in case.out
    with pytest.raises(ValueError, match="anybody"):
        parse_public_key(line)


def test_a_link_in_place_of_the_record_is_read_as_the_record_that_it_is(case: Case) -> None:
    whole = case.record.read_bytes()
    case.record.unlink()
    case.record.symlink_to("absent.json")
    assert case.gate() == 5

    case.record.unlink()
    Path("elsewhere.json").write_bytes(whole)
    case.record.symlink_to(Path("elsewhere.json").absolute())
    assert case.gate() == 0


@pytest.mark.parametrize("secret", ["/proc/self/environ", "/etc/passwd", "/proc/self/mem"])
def test_a_link_to_a_secret_prints_nothing_of_it(case: Case, secret: str) -> None:
    for name in (case.record, Path("ladder-policy.yaml")):
        name.unlink(missing_ok=True)
        name.symlink_to(secret)

        assert case.gate() in {2, 4, 5}
        assert "PATH=" not in case.out
        assert "root:" not in case.out
