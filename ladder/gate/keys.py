"""Ed25519 keys: one private PEM file to keep, one public line to put into the policy."""

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ladder.errors import SpecError

PREFIX = "ed25519:"
FROM_ENVIRONMENT = "env:"
_BYTES = 32
_PRIME = 2**255 - 19
_OF_ORDER_EIGHT = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_OF_SMALL_ORDER = {0, 1, _PRIME - 1, _OF_ORDER_EIGHT, _PRIME - _OF_ORDER_EIGHT}
"""Heights of the points that everybody can sign for (RFC 8032, 5.1.7; libsodium refuses them)."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key. It prints as the line that stands in a policy."""

    raw: bytes

    @property
    def id(self) -> str:
        """Return the sha256 of the key, 64 hexadecimal digits: a hint which key signed."""
        return hashlib.sha256(self.raw).hexdigest()

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Return whether `signature` was made of `message` by this key's other half."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def __str__(self) -> str:
        """Return the line that stands in a policy and in a `.pub` file."""
        return PREFIX + base64.b64encode(self.raw).decode("ascii")


class SigningKey:
    """A private key. It shows itself nowhere."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public(self) -> PublicKey:
        """Return the other half."""
        return PublicKey(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes."""
        return self._key.sign(message)

    def to_pem(self) -> bytes:
        """Return the key as unencrypted PKCS 8."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def new_key() -> SigningKey:
    """Return a fresh key.

    >>> key = new_key()
    >>> key.public.verifies(key.sign(b"a"), b"a"), key.public.verifies(key.sign(b"a"), b"b")
    (True, False)
    """
    return SigningKey(Ed25519PrivateKey.generate())


def write_keys(path: Path) -> PublicKey:
    """Write a fresh key to `path` (readable by its owner alone) and its public half beside it.

    Raises:
        SpecError: One of the two files exists: a key is never overwritten.
    """
    public = path.with_suffix(".pub")
    for each in (path, public):
        if each.exists():
            raise SpecError(
                f"{each} exists, and a key is never overwritten.",
                next_step="Give another name, or move the old key away.",
            )
    key = new_key()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key.to_pem())
    public.write_text(f"{key.public}\n", encoding="ascii")
    return key.public


def load_signing_key(source: str) -> SigningKey:
    """Return the private key in a PEM file, or in the environment variable that `env:NAME` names.

    Raises:
        SpecError: There is none, or it is not an unencrypted Ed25519 key. The content is never
            repeated.
    """
    pem = _pem(source)
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SpecError(
            f"--key {source} is not an unencrypted Ed25519 private key in PEM.",
            next_step="Make one: ladder keys new ladder.key",
        )
    return SigningKey(key)


def parse_public_key(text: str) -> PublicKey:
    """Return the key that a policy line or a `.pub` file holds.

    Raises:
        ValueError: The line is not `ed25519:` and 32 bytes in base64, or anybody could sign for it.

    >>> parse_public_key("ed25519:" + "B" * 43 + "=").id[:8]
    '37d171c8'
    """
    encoded = text.strip().removeprefix(PREFIX)
    try:
        raw = base64.b64decode(encoded.encode("ascii"), validate=True)
    except ValueError:
        raw = b""
    if not text.strip().startswith(PREFIX) or len(raw) != _BYTES:
        raise ValueError(f"is not a public key such as {PREFIX}… (see the .pub file)")
    if (int.from_bytes(raw, "little") % 2**255) % _PRIME in _OF_SMALL_ORDER:
        raise ValueError("is a key that anybody can sign for; make one with `ladder keys new`")
    return PublicKey(raw)


def _pem(source: str) -> bytes:
    if source.startswith(FROM_ENVIRONMENT):
        name = source.removeprefix(FROM_ENVIRONMENT)
        if not os.environ.get(name):
            raise SpecError(
                f"--key {source}: the environment variable {name} is not set.",
                next_step="Set it to the content of the .key file, as a secret of the job.",
            )
        return os.environ[name].encode()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise SpecError(
            f"--key {source} cannot be read: {error.strerror}.",
            next_step="Make a key: ladder keys new ladder.key",
        ) from None
