"""Whatever bytes stand in a record or a policy: never exit 0, never a traceback.

The suite tries a hundred of each of the seven kinds. For 3,000 of each, 21,000 in all:
pytest tests/gate/test_fuzz.py --hypothesis-profile=long
"""

import base64
import io
import json
import shutil
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ladder.cli import main
from ladder.errors import LadderError
from ladder.gate import Binding, load_signing_key, write_record
from ladder.gate.envelope import Envelope, parse_envelope

pytestmark = pytest.mark.slow

CODES = {1, 2, 3, 4, 5, 6}


@dataclass(frozen=True)
class Target:
    """A good record and a good policy, and a folder to put bad ones."""

    folder: Path
    record: bytes
    envelope: Envelope
    policy: str
    stranger: bytes

    def gate(self, record: bytes, policy: bytes) -> int:
        """Return the exit code of the command line for these two files."""
        (self.folder / "bad.json").write_bytes(record)
        (self.folder / "bad.yaml").write_bytes(policy)
        words = ["gate", str(self.folder / "bad.json"), "--policy", str(self.folder / "bad.yaml")]
        told = io.StringIO()
        with redirect_stdout(told), redirect_stderr(told):
            code = main(words)
        # A bug ends in 4, with its traceback.
        assert "Traceback" not in told.getvalue(), told.getvalue()
        return code


@pytest.fixture(scope="module")
def target(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Target:
    folder = tmp_path_factory.mktemp("fuzz") / "repository"
    shutil.copytree(runs / "fine_tune", folder)
    with chdir(folder):
        (run,) = Path("runs").glob("*/")
        keys = {name: load_signing_key(f"{name}.key") for name in ("ci", "mallory")}
        binding = Binding(train_data=("train.jsonl",))
        envelope = write_record(run, [keys["ci"]], binding=binding)
        stranger = write_record(run, [keys["mallory"]], binding=binding)
    policy = (
        "schema_version: 1\nthreshold: 1\n"
        f"signers:\n  ci: {keys['ci'].public}\n"
        "unsigned: refuse\nmetrics: [exact_match]\nleast_n: 40\n"
        "target: {at_least: 0.1, at_most: 0.99}\nfreshness_days: 90\n"
        "levers:\n  prompt: {least_variants: 1}\n"
    )
    found = Target(
        folder, envelope.to_json().encode(), envelope, policy, stranger.to_json().encode()
    )
    assert found.gate(found.record, policy.encode()) == 0
    assert found.gate(found.stranger, policy.encode()) == 5
    return found


Edits = list[tuple[str, float, bytes]]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "repeat"]),
        st.floats(0, 1),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
LINES = st.lists(
    st.sampled_from(
        ["signers:", "  ci: ed25519:AAAA", "unsigned: refuse", "threshold: 0", "- a", "least_n: -1",
         "target: {at_least: 2}", "? x", "&a [*a]", "!!python/object:os.system x", "{", "]", "\t",
         "levers: {rag: {least_recall: .nan}}", "metrics: exact_match", "freshness_days: .inf",
         "revoked: {keys: [x]}", "waivers: {signers: {}}", "schema_version: 1e400", "'", "%YAML 9"]
    ) | st.text(max_size=20),
    max_size=8,
)  # fmt: skip


def edited(content: bytes, edits: Edits) -> bytes:
    """Return bytes with a few changes at places given as shares of the length."""
    for kind, share, extra in edits:
        at = int(share * max(len(content) - 1, 0))
        if kind == "flip":
            content = (
                content[:at]
                + bytes([extra[0] ^ (content[at] if content else 0)])[:1]
                + (content[at + 1 :])
            )
        elif kind == "cut":
            content = content[:at] + content[at + len(extra) :]
        elif kind == "insert":
            content = content[:at] + extra + content[at:]
        else:
            content = content[:at] + content[at : at + 64] + content[at:]
    return content


def means_the_same(target: Target, content: bytes) -> bool:
    """Return whether the very bytes that were signed still stand there, with their signature."""
    try:
        found = parse_envelope(content, "fuzz")
    except LadderError:
        return False
    signed = {each.content for each in target.envelope.signatures}
    return found.payload == target.envelope.payload and bool(
        signed & {each.content for each in found.signatures}
    )


@given(edits=EDITS)
def test_a_record_with_changed_bytes_never_opens_the_gate(target: Target, edits: Edits) -> None:
    content = edited(target.record, edits)
    assume(not means_the_same(target, content))

    assert target.gate(content, target.policy.encode()) in CODES


@given(content=st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode()))
def test_arbitrary_bytes_never_open_the_gate(target: Target, content: bytes) -> None:
    assert target.gate(content, target.policy.encode()) in CODES


def change(value: Any, path: list[float], new: Any) -> Any:
    """Return JSON with one part, found by shares of each level, replaced."""
    if not path or not isinstance(value, dict | list) or not value:
        return new
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[int(path[0] * (len(keys) - 1))]
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = change(value[key], path[1:], new)
    return copy


@given(
    path=st.lists(st.floats(0, 1), max_size=5), new=JSON, signer=st.sampled_from(["", "mallory"])
)
def test_a_payload_with_another_value_never_opens_the_gate(
    target: Target, path: list[float], new: Any, signer: str
) -> None:
    statement = json.loads(target.envelope.payload)
    payload = json.dumps(change(statement, path, new)).encode("utf-8", "surrogatepass")
    assume(json.loads(payload) != statement)
    key = load_signing_key(str(target.folder / "mallory.key"))
    fields = json.loads(target.record)
    fields["payload"] = base64.b64encode(payload).decode()
    if signer:
        from ladder.gate.envelope import seal

        fields = json.loads(seal(payload, [key]).to_json())

    assert target.gate(json.dumps(fields).encode(), target.policy.encode()) in CODES


@given(path=st.lists(st.floats(0, 1), min_size=1, max_size=5), new=JSON)
def test_a_trusted_signer_of_nonsense_causes_no_traceback(
    target: Target, path: list[float], new: Any
) -> None:
    from ladder.gate.envelope import seal

    statement = change(json.loads(target.envelope.payload), path, new)
    payload = json.dumps(statement).encode("utf-8", "surrogatepass")
    sealed = seal(payload, [load_signing_key(str(target.folder / "ci.key"))]).to_json()

    assert target.gate(sealed.encode(), target.policy.encode()) in {0, *CODES}


@given(edits=EDITS)
def test_no_changed_policy_trusts_a_stranger(target: Target, edits: Edits) -> None:
    assert target.gate(target.stranger, edited(target.policy.encode(), edits)) in CODES


@given(lines=LINES)
def test_no_policy_made_of_pieces_trusts_a_stranger(target: Target, lines: list[str]) -> None:
    policy = "\n".join(lines).encode("utf-8", "surrogatepass")

    assert target.gate(target.stranger, policy) in CODES


@given(content=st.binary(max_size=300))
def test_no_arbitrary_bytes_are_a_policy(target: Target, content: bytes) -> None:
    assert target.gate(target.record, content) in CODES
