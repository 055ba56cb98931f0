"""The gate: signed evidence records, and the check whether a training may start."""

from typing import TYPE_CHECKING

from ladder.gate.gate import GateQuestion, GateResult, check_gate
from ladder.gate.keys import load_signing_key, write_keys
from ladder.gate.training_to_start import Shown
from ladder.gate.waiver import write_waiver

if TYPE_CHECKING:
    from ladder.gate.record import Binding, write_record

__all__ = [
    "Binding",
    "GateQuestion",
    "GateResult",
    "Shown",
    "check_gate",
    "load_signing_key",
    "write_keys",
    "write_record",
    "write_waiver",
]


def __getattr__(name: str) -> object:
    """Import what writes records when it is first used: it needs numpy, and the gate does not."""
    if name not in ("Binding", "write_record"):
        raise AttributeError(f"module 'ladder.gate' has no attribute {name!r}")
    from ladder.gate import record

    return getattr(record, name)
