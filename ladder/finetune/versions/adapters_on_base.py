"""One loaded base model with several adapters on it, switched without loading it again."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ladder.errors import SpecError
from ladder.finetune.versions.adapter_version import verify_adapter
from ladder.models import model_digest
from ladder.models.base import Answer, Request
from ladder.models.local.check_adapter import check_adapter
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.quiet import quiet_peft
from ladder.spec.candidate import ModelRef


class Shelf:
    """A base model that answers as itself or through one of its adapters.

    An adapter that is not merged makes an answer up to four times slower; in return a switch
    takes milliseconds, and the base stays, bit for bit, what it was.

    Args:
        base: The model.
        adapters: Folders of versions by the names to use them under.

    Raises:
        EvidenceError: An adapter was changed, or is for another base.
        UnsafeError: An adapter would overwrite the base.
    """

    def __init__(self, base: ModelRef, adapters: Mapping[str, Path]) -> None:
        digest = model_digest(base)
        for folder in adapters.values():
            verify_adapter(folder, base_model=digest)
        self._generator = LocalGenerator(base)
        for folder in adapters.values():
            check_adapter(folder, self._generator.model)
        self._tuned: Any = None
        self.names = tuple(adapters)
        for name, folder in adapters.items():
            self._put(name, folder)
        self.use(None)

    def use(self, name: str | None) -> None:
        """Answer through the adapter of that name from here on; None: as the base model."""
        if name is not None and name not in self.names:
            raise SpecError(
                f"No adapter is called {name!r} here.",
                next_step=f"Use one of: {', '.join(self.names) or 'none was given'}.",
            )
        if self._tuned is not None:
            self._switch(name)
        # Keys and values of a shared prefix were computed through another adapter.
        self._generator.forget_prefix()

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer all requests through what is in use; yield `(position, answer)`."""
        return self._generator.generate(requests)

    def close(self) -> None:
        """Free the weights."""
        self._tuned = None
        self._generator.close()

    def _put(self, name: str, folder: Path) -> None:
        from peft import PeftModel

        with quiet_peft():
            if self._tuned is None:
                self._tuned = PeftModel.from_pretrained(
                    self._generator.model, folder, adapter_name=name
                ).eval()
            else:
                self._tuned.load_adapter(folder, adapter_name=name)

    def _switch(self, name: str | None) -> None:
        with warnings.catch_warnings():
            # Switching off an adapter that is off already is no news here.
            warnings.simplefilter("ignore")
            if name is None:
                self._tuned.base_model.disable_adapter_layers()
                return
            self._tuned.base_model.enable_adapter_layers()
            self._tuned.set_adapter(name)
