"""Lever 7: worked examples from the pool before the sample's own turn."""

import os
from pathlib import Path
from typing import ClassVar

from ladder.errors import LeakageError
from ladder.levers.base import Nothing, reason_for_nothing, variants
from ladder.spec.candidate import Candidate, Examples
from ladder.spec.task import TaskSpec

SIMPLEST_FIRST = ("fixed", "random", "balanced", "nearest")


class FewShot:
    """Tries each way of choosing examples with each number of them."""

    name: ClassVar[str] = "few_shot"
    part: ClassVar[str] = "examples"

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return methods by number of shots: few shots first, then the plainest choice.

        Raises:
            LeakageError: The pool is the eval data: every score would be a leak.
        """
        material = task.levers.few_shot
        if material.not_applicable is not None or material.pool is None:
            return ()
        refuse_eval_data(material.pool, task.data.path, field="levers.few_shot.pool")
        # The pool's own encoder, else the one that the corpus is searched with.
        encoder = material.encoder or task.levers.rag.encoder
        methods = sorted(set(material.methods), key=SIMPLEST_FIRST.index)
        examples = [
            Examples(
                pool=material.pool,
                shots=shots,
                method=method,
                placement=material.placement,
                encoder=encoder if method == "nearest" else None,
                seed=task.seed,
                ends_answers=material.ends_answers,
            )
            for shots in sorted(material.shots)
            for method in methods
        ]
        return variants(best, self.part, examples)

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        """Return whether there is no pool, or nothing but the examples in use."""
        material = task.levers.few_shot
        return reason_for_nothing(
            material,
            missing="" if material.pool else "no example pool given",
            otherwise="the examples in use are the only ones to try",
        )


def refuse_eval_data(pool: str, eval_path: str, *, field: str) -> None:
    """Raise where a pool of examples or labelled rows is the eval data itself.

    Raises:
        LeakageError: It is, also through a link.
    """
    both_exist = Path(pool).exists() and Path(eval_path).exists()
    same_file = both_exist and Path(pool).samefile(eval_path)
    if same_file or os.path.normpath(pool) == os.path.normpath(eval_path):
        raise LeakageError(
            f"{field} is the eval data: {pool}",
            next_step="Name a file of other rows; an eval row shown as an example is a leak.",
        )
