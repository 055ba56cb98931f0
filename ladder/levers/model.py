"""Lever 3: the other models that may be used, and classifiers that could stand in their place."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from ladder.levers.base import Nothing, reason_for_nothing, variants
from ladder.levers.few_shot import refuse_eval_data
from ladder.spec.candidate import Candidate, Classifier, ModelRef
from ladder.spec.task import TaskSpec


def unknown_size(model: ModelRef) -> float | None:
    """Return None: nobody looked at the model's files."""
    del model
    return None


def no_classifiers() -> Sequence[Classifier]:
    """Return none: nobody looked at the data."""
    return ()


class Model:
    """Tries classifiers, then each listed model, everything else as it is.

    A chat setup that was repaired for one model does not apply to another: see
    `Candidate.effective_chat`.

    Args:
        classifiers: Tells which classifiers fit the data, without training any. Without it none is
            proposed but those that the user lists.
        bytes_of: Tells about how large a model is, as far as that is known.
    """

    name: ClassVar[str] = "model"
    part: ClassVar[str] = "model"

    def __init__(
        self,
        classifiers: Callable[[], Sequence[Classifier]] = no_classifiers,
        bytes_of: Callable[[ModelRef], float | None] = unknown_size,
    ) -> None:
        self._classifiers = classifiers
        self._bytes_of = bytes_of

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return classifiers, which cost next to nothing, then the models, the cheapest first.

        By money where each has a price, else by the size of their weights where each is known, else
        in the user's order.

        Raises:
            LeakageError: A classifier would learn from the eval data.
        """
        material = task.levers.model
        if material.not_applicable is not None:
            return ()
        own = [model for model in material.models if model.classifier is not None]
        others = [model for model in material.models if model.classifier is None]
        models = [
            *map(ModelRef.of_classifier, self._classifiers()),
            *own,
            *self._cheapest_first(task, others),
        ]
        for model in models:
            if model.classifier is not None:
                refuse_eval_data(model.classifier.pool, task.data.path, field="levers.model")
        return variants(best, self.part, models)

    def _cheapest_first(self, task: TaskSpec, models: Sequence[ModelRef]) -> list[ModelRef]:
        prices = [
            task.prices.of(model.id, prompt_tokens=1e6, answer_tokens=1e6) for model in models
        ]
        for costs in (prices, [self._bytes_of(model) for model in models]):
            known = [cost for cost in costs if cost is not None]
            if len(known) == len(models):
                return [models[at] for at in sorted(range(len(models)), key=known.__getitem__)]
        return list(models)

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        """Return whether no model is listed, or only the one that is in use; classifiers are none."""
        material = task.levers.model
        others = [m for m in material.models if m != task.model and m.classifier is None]
        return reason_for_nothing(
            material,
            missing="" if others else "no other model given",
            otherwise=f"{best.model.id} is in use, and no other model is listed",
        )
