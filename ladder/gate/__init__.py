"""A decision for a machine: an exit code, and a few lines for the person it stops."""

from ladder.gate.gate import GateResult, Question, check_gate
from ladder.gate.keys import load_signing_key, write_keys
from ladder.gate.policy import Policy, load_policy
from ladder.gate.record import Binding, write_record
from ladder.gate.refusal import RefusedError
from ladder.gate.shown import Shown
from ladder.gate.waiver import write_waiver

__all__ = [
    "Binding",
    "GateResult",
    "Policy",
    "Question",
    "RefusedError",
    "Shown",
    "check_gate",
    "load_policy",
    "load_signing_key",
    "write_keys",
    "write_record",
    "write_waiver",
]
