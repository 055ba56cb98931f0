"""The pytest plugin: a test that fails, readably, unless a fine-tune is justified."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ladder.gate import GateResult

Paths = Sequence[str | Path]


@pytest.fixture
def ladder_gate(record_property: "Callable[[str, object], None]") -> "Callable[..., GateResult]":
    """Return a function that fails the test unless the gate opens, and says what to do instead.

    `ladder_gate("runs/my-task", train_data=["train.jsonl"])`; its arguments are those of the
    command line: policy, spec, train_data, base, train_config, waivers, recompute. A waiver becomes
    a property of the test in JUnit XML.
    """

    def ask(run: str | Path, **options: Any) -> "GateResult":  # noqa: ANN401 - those of open_gate
        result = open_gate(run, **options)
        if result.waiver is not None:
            record_property("ladder_waiver", result.message)
        return result

    return ask


def open_gate(  # noqa: PLR0913 - the options of `ladder gate`, by name
    run: str | Path,
    *,
    policy: str | Path | None = None,
    spec: str | Path | None = None,
    train_data: Paths = (),
    base: str | None = None,
    train_config: Paths = (),
    waivers: Paths = (),
    recompute: bool = False,
) -> "GateResult":
    """Return what the gate says, or fail the test that asked."""
    # Every pytest of the environment loads this file: what it needs is loaded when it is used.
    from ladder.errors import LadderError
    from ladder.gate import GateQuestion, Shown, check_gate

    shown = Shown(spec, tuple(train_data), base, tuple(train_config))
    question = GateQuestion(policy, shown, tuple(waivers), is_recomputed=recompute)
    try:
        result = check_gate(run, question)
    except LadderError as error:
        pytest.fail(f"ladder gate: {error}\nNext: {error.next_step}", pytrace=False)
    if not result:
        pytest.fail(f"ladder gate (exit code {result.exit_code}): {result.message}", pytrace=False)
    return result
