"""A decision for a machine: an exit code, and three lines for the person it stops."""

from ladder.gate.gate import GateResult, check_gate

__all__ = ["GateResult", "check_gate"]
