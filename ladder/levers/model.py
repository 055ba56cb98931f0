"""Lever 3: the other models that may be used, and classifiers that could stand in their place."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from ladder.errors import SpecError
from ladder.levers.base import Nothing, reason_for_nothing, variants
from ladder.levers.few_shot import refuse_eval_data
from ladder.spec.candidate import Candidate, Classifier, ModelRef
from ladder.spec.task import TaskSpec


class Model:
    """Tries classifiers, then each listed model, everything else as it is.

    A chat setup that was repaired for one model does not apply to another: see
    `Candidate.effective_chat`.

    Args:
        classifiers: Tells which classifiers fit the data, without training any. Without it none is
            proposed but those that the user lists.
        bytes_of: Tells about how large a model is, as far as that is known; without it that
            is not.
    """

    name: ClassVar[str] = "model"
    part: ClassVar[str] = "model"

    def __init__(
        self,
        classifiers: Callable[[], Sequence[Classifier]] = tuple,
        bytes_of: Callable[[ModelRef], float | None] = lambda _: None,
    ) -> None:
        self._classifiers = classifiers
        self._bytes_of = bytes_of

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return classifiers, which cost next to nothing, then the models, the cheapest first.

        By money where each has a price, else by the size of their weights where each is known, else
        in the user's order.

        Raises:
            LeakageError: A classifier would learn from the eval data.
            SpecError: The task's own model cannot be packed as asked.
        """
        material = task.levers.model
        if material.not_applicable is not None:
            return ()
        own = [model for model in material.models if model.classifier is not None]
        others = [model for model in material.models if _is_other(model, best.model)]
        others += [each for each in _packed(task, best.model) if each not in others]
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
        """Return whether no other model is listed: classifiers and packed forms of this one are none."""
        material = task.levers.model
        others = [
            m for m in material.models if _is_other(m, task.model) and not m.is_form_of(task.model)
        ]
        return reason_for_nothing(
            material,
            missing="" if others else "no other model given",
            otherwise=f"{best.model.id} is in use, and no other model is listed",
        )


def _is_other(model: ModelRef, used: ModelRef) -> bool:
    """Return whether a model is another than is used: two ways to reach one server are no swap."""
    return model.classifier is None and model.as_asked != used.as_asked


def _packed(task: TaskSpec, model: ModelRef) -> list[ModelRef]:
    """Return a local model in the precisions that the spec asks for; a server's is its own.

    Raises:
        SpecError: The model is served, or its weights are packed already.
    """
    wanted = task.levers.model.precisions
    if not wanted:
        return []
    if task.model.is_endpoint or task.model.quantization is not None:
        why = "served" if task.model.is_endpoint else f"in {task.model.quantization} already"
        raise SpecError(
            f"levers.model.precisions: {task.model.id} is {why}, so it cannot be packed here.",
            next_step="Leave precisions out; list what is served in other precisions in "
            "levers.model.models.",
        )
    if model.is_endpoint or model.quantization is not None or model.classifier is not None:
        return []
    return [model.replace(quantization=each) for each in wanted]
