"""`LadderGate`: a callback that keeps transformers' or trl's Trainer from starting.

One line: `trainer.add_callback(LadderGate("record.json", train_data=["train.jsonl"]))`.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from ladder.errors import EvidenceRefusedError, InconclusiveError, LadderError, NotJustifiedError
from ladder.gate import GateQuestion, GateResult, Shown, check_gate
from ladder.gate.execute import Stamp, stamps_of


class LadderGate(TrainerCallback):  # type: ignore[misc] # transformers is not typed
    """Refuses to start a training that no valid record justifies.

    The model that the Trainer holds is compared with the record's even if `base` is not given.
    What was shown is digested again when the training ends.

    Args:
        record: The record, or a run's folder.
        policy: The policy; `ladder-policy.yaml` in the current folder unless given.
        train_data: Files and folders that the training reads.
        train_config: Files that say how it trains: configuration, and this very script.
        base: The model that it starts from; by default where the Trainer's model came from.
        waivers: Signed waivers.
    """

    def __init__(
        self,
        record: str | Path,
        *,
        policy: str | Path | None = None,
        train_data: Sequence[str | Path] = (),
        train_config: Sequence[str | Path] = (),
        base: str | None = None,
        waivers: Sequence[str | Path] = (),
    ) -> None:
        self._record = record
        self._policy = policy
        self._waivers = tuple(waivers)
        self._shown = Shown(None, tuple(train_data), base, tuple(train_config))
        self._stamps: dict[str, tuple[Stamp, ...]] = {}
        self.result: GateResult | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401
        """Raise unless the gate opens for this training.

        Raises:
            EvidenceError: There is no valid record, or it is about something else.
            NotJustifiedError: A cheaper candidate suffices.
            InconclusiveError: Nothing is shown either way.
        """
        del args, state, control
        if self._shown.base is None:
            self._shown = replace(self._shown, base=_source_of(more.get("model")))
        self._stamps = stamps_of(self._shown)
        question = GateQuestion(self._policy, self._shown, self._waivers)
        result = check_gate(self._record, question)
        if not result:
            raise _error_of(result)
        if result.waiver is not None:
            logging.getLogger("ladder").warning(result.message)
        self.result = result

    def on_train_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401
        """Raise if a file that was shown is not what it was when the training started."""
        del args, state, control, more
        if self.result is None:
            return
        record, is_same = self.result.record, stamps_of(self._shown) == self._stamps
        now = self._shown.digests() if is_same else {}
        if not is_same or any(record.sha256_of(name) != now[name].sha256 for name in now):
            raise EvidenceRefusedError(
                "CHANGED",
                "a verified file changed while the training ran.",
                next_step="Do not use what it trained. Keep the files read-only, and start again.",
            )


def _source_of(model: Any) -> str:  # noqa: ANN401 - any torch module
    """Return the folder or hub id that a model was loaded from.

    Raises:
        EvidenceError: It came from nowhere, so no evidence can be about it.
    """
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    source = getattr(getattr(inner, "config", None), "_name_or_path", "") or ""
    if not source:
        raise EvidenceRefusedError(
            "SUBJECT_MISMATCH",
            "the Trainer's model does not say where it was loaded from.",
            next_step="Load it by from_pretrained, or name it: LadderGate(..., base=FOLDER).",
        )
    return str(source)


def _error_of(result: GateResult) -> LadderError:
    first, *rest = result.message.splitlines()
    kind = InconclusiveError if result.exit_code == 3 else NotJustifiedError
    return kind(first, next_step=" ".join(rest))
