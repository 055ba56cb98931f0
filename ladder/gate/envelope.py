"""Signed envelopes (DSSE, secure-systems-lab/dsse, version 1): read, written and checked for who signed."""

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ladder.errors import EvidenceRefusedError, InfrastructureError
from ladder.gate.keys import PublicKey, SigningKey
from ladder.gate.strict_readers import AGAIN, decode_base64, parse_object

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MOST_SIGNATURES = 16


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature. `keyid` is a hint and proves nothing."""

    keyid: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with the signatures that came with it; none of them is checked yet."""

    payload: bytes
    payload_type: str
    signatures: tuple[Signature, ...] = ()

    @property
    def signed_bytes(self) -> bytes:
        """Return what a signature is made of: the payload and its type."""
        return pre_authentication(self.payload_type, self.payload)

    def signers(self, keys: Iterable[PublicKey]) -> tuple[PublicKey, ...]:
        """Return those of `keys` that really signed; other signatures do not count."""
        message = self.signed_bytes
        return tuple(
            key
            for key in keys
            if any(key.verifies(each.content, message) for each in self.signatures)
        )

    def to_json(self) -> str:
        """Return the envelope as one line of JSON."""
        signatures = [
            {"keyid": each.keyid, "sig": _encode(each.content)} for each in self.signatures
        ]
        fields = {
            "payloadType": self.payload_type,
            "payload": _encode(self.payload),
            "signatures": signatures,
        }
        return json.dumps(fields) + "\n"


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding.

    >>> pre_authentication("http://example.com/HelloWorld", b"hello world")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    name = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


def seal(payload: bytes, keys: Sequence[SigningKey]) -> Envelope:
    """Return the envelope of an in-toto payload, signed by each key."""
    message = pre_authentication(PAYLOAD_TYPE, payload)
    signatures = tuple(Signature(key.public.id, key.sign(message)) for key in keys)
    return Envelope(payload, PAYLOAD_TYPE, signatures)


def parse_envelope(content: bytes, where: str) -> Envelope:
    """Return the envelope in a file.

    Raises:
        EvidenceRefusedError: It is not exactly an envelope: a field more, less, or of another type.
        InfrastructureError: It is a sigstore bundle, which this version cannot verify.
    """
    fields = parse_object(content, where)
    if str(fields.get("mediaType", "")).startswith("application/vnd.dev.sigstore"):
        raise InfrastructureError(
            f"{where} is a sigstore bundle, which this ladder cannot verify.",
            next_step="Sign with an Ed25519 key instead: ladder record write RUN --key ladder.key",
        )
    _check_fields(fields, {"payloadType", "payload", "signatures"}, where)
    signatures = fields["signatures"]
    if not isinstance(signatures, list) or len(signatures) > MOST_SIGNATURES:
        raise _malformed(where, f"signatures is not a list of at most {MOST_SIGNATURES}")
    payload_type = _text(fields["payloadType"], "payloadType", where)
    if payload_type != PAYLOAD_TYPE:
        raise EvidenceRefusedError(
            "BAD_TYPE", f"{where} holds {payload_type[:80]!r}, not {PAYLOAD_TYPE}.", next_step=AGAIN
        )
    return Envelope(
        decode_base64(_text(fields["payload"], "payload", where), where),
        payload_type,
        tuple(_signature(each, where) for each in signatures),
    )


def _signature(value: Any, where: str) -> Signature:  # noqa: ANN401 - any JSON value
    if not isinstance(value, dict):
        raise _malformed(where, "a signature is not an object")
    _check_fields({"keyid": "", **value}, {"keyid", "sig"}, where)
    keyid = _text(value.get("keyid", ""), "keyid", where)
    return Signature(keyid, decode_base64(_text(value["sig"], "sig", where), where))


def _check_fields(fields: dict[str, Any], known: set[str], where: str) -> None:
    if wrong := sorted(known ^ fields.keys()):
        raise _malformed(where, f"{wrong[0][:80]!r} is missing or not known")


def _text(value: Any, name: str, where: str) -> str:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str):
        raise _malformed(where, f"{name} is not text")
    return value


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _malformed(where: str, why: str) -> EvidenceRefusedError:
    return EvidenceRefusedError("MALFORMED", f"{where} is not an envelope: {why}.", next_step=AGAIN)
