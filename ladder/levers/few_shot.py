"""Lever 7: worked examples from the pool before the sample's own turn."""

import os
from pathlib import Path
from typing import ClassVar

from ladder.errors import LeakageError
from ladder.levers.base import Nothing, reason_for_nothing, variants
from ladder.spec.candidate import BY_VECTORS, Candidate, ExampleMethod, ExampleOrder, Examples
from ladder.spec.lever_sections import FewShotLever
from ladder.spec.task import TaskSpec

SIMPLEST_FIRST = ("fixed", "random", "balanced", "nearest", "diverse", "bootstrapped")

MOST_SHOTS = 64
"""Worked examples at the most where their tokens are counted."""


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
        sizes: list[tuple[int, int | None]] = [(shots, None) for shots in sorted(material.shots)]
        sizes += [(MOST_SHOTS, tokens) for tokens in sorted(material.tokens)]
        examples = [
            Examples(
                pool=material.pool,
                shots=shots,
                tokens=tokens,
                method=method,
                placement=material.placement,
                encoder=encoder if method in BY_VECTORS else None,
                seed=seed,
                order=order,
                ends_answers=material.ends_answers,
            )
            for shots, tokens in sizes
            for method in methods
            for order, seed in _arrangements(material, method, task.seed)
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


def _arrangements(
    material: FewShotLever, method: ExampleMethod, seed: int
) -> list[tuple[ExampleOrder, int]]:
    """Return the orders of a sample's own examples, or the draws of those that chance chooses."""
    if method in BY_VECTORS:
        return [(order, seed) for order in dict.fromkeys(material.order)]
    draws = 1 if method == "fixed" else material.draws
    return [("best_last", seed + draw) for draw in range(draws)]


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
