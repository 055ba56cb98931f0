"""`LoadedModels`: the models and classifiers that answer: loaded when needed, one set of weights at a time."""

from collections.abc import Mapping
from typing import Any

from ladder.activity import activity
from ladder.measure.label_classifiers import materials_for
from ladder.measure.task_data import TaskData
from ladder.models import load_generator
from ladder.models.base import AsksAtOnce, Generator
from ladder.models.classifier.classifier_generator import ClassifierGenerator
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.structured_output import is_unheld
from ladder.models.local.batches import MAX_ROWS
from ladder.spec.candidate import Candidate, Classifier, ModelRef
from ladder.spec.server_place import server_place


class LoadedModels:
    """What answers for the candidates of one task, and what its server honours.

    Attributes:
        abilities: What the server of the task's model was seen to do; None where nobody asked.
        moved: Where servers are now, by the place (`server_place`) that the task names.
    """

    def __init__(self, data: TaskData, moved: Mapping[str, str] | None = None) -> None:
        self.moved = moved or {}
        self.data = data
        self.task = data.task
        self.abilities: Mapping[str, Any] | None = None
        self._generators: dict[tuple[ModelRef, str | None], Generator] = {}
        self._classifiers: dict[Classifier, ClassifierGenerator] = {}

    def generator(self, candidate: Candidate) -> Generator:
        """Return the candidate's generator; other local weights are freed first."""
        candidate = candidate.unreviewed
        if candidate.model.classifier is not None:
            return self.classifier(candidate.model.classifier)
        wanted = (candidate.model, candidate.adapter)
        if wanted not in self._generators:
            for known in [key for key, each in self._generators.items() if each.is_local]:
                self._generators.pop(known).close()
            with activity(f"loading {candidate.model.id}"):
                self._generators[wanted] = load_generator(
                    candidate.model,
                    adapter=candidate.adapter,
                    moved_to=self.moved.get(server_place(candidate.model.base_url or "")),
                )
        return self._generators[wanted]

    def classifier(self, classifier: Classifier) -> ClassifierGenerator:
        """Return a classifier; it stays beside the weights of a language model."""
        if classifier not in self._classifiers:
            with activity("training a classifier"):
                material = materials_for(self.data, classifier)
                self._classifiers[classifier] = ClassifierGenerator(classifier, material)
        return self._classifiers[classifier]

    def is_loaded(self, candidate: Candidate) -> bool:
        """Return whether the candidate's generator is at hand."""
        return (candidate.unreviewed.model, candidate.adapter) in self._generators

    def why_not_served(self, candidate: Candidate) -> str:
        """Return which of a candidate's own settings the task's server was seen not to honour."""
        baseline, known = self.task.baseline(), self.abilities_of(candidate)
        lacking = known.lacking(baseline, candidate) if known is not None else ""
        is_told = known is None or known.logprobs is not False
        if candidate.is_ranked_by_its_model and not is_told:
            lacking = ", ".join(filter(None, (lacking, "rerankers: own-model (logprobs)")))
        held_to = candidate.decoding.held_to
        if held_to is None or held_to == baseline.decoding.held_to:
            return lacking
        if candidate.model.is_endpoint and candidate.decoding.is_by_likelihood:
            return ", ".join(filter(None, (lacking, "generation.answer_by")))
        if candidate.model.is_endpoint and is_unheld(held_to, known):
            return ", ".join(filter(None, (lacking, f"generation.constraint ({held_to.words})")))
        return lacking

    def is_served_anyway(self, before: Candidate, after: Candidate) -> bool:
        """Return whether the task's server gives a candidate's prompts without being told."""
        known = self.abilities_of(after)
        return known is not None and known.is_served_anyway(before, after)

    def abilities_of(self, candidate: Candidate) -> EndpointAbilities | None:
        """Return what the server of a candidate was seen to do; None where nobody asked."""
        is_known = self.abilities is not None and candidate.model == self.task.model
        return EndpointAbilities.model_validate(self.abilities) if is_known else None

    def asks_at_once(self, candidate: Candidate) -> int:
        """Return how many answers of a candidate may be asked for side by side."""
        if not candidate.model.is_endpoint:
            return 1
        generator = self.generator(candidate)
        return generator.calls_at_once if isinstance(generator, AsksAtOnce) else 1

    def answers_at_once(self, candidate: Candidate) -> int:
        """Return how many answers are worth asking for together: side by side, or in one batch."""
        if candidate.model.is_endpoint:
            return self.asks_at_once(candidate)
        return MAX_ROWS if getattr(self.generator(candidate), "answers_in_batches", False) else 1

    def release(self) -> None:
        """Free all weights; they load again when they are next needed."""
        while self._generators:
            self._generators.popitem()[1].close()
