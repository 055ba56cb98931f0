"""`RayWorkers`: answers from weights in several Ray workers, one LocalGenerator each."""

import math
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ladder.errors import EvidenceError, LadderError, ModelLoadError
from ladder.finding import Finding
from ladder.installation import install_line
from ladder.models.base import Answer, Request
from ladder.spec.candidate import ModelRef

CORES_A_WORKER = 4
"""Cores of one worker where the cluster has no GPU: a small model gains little from more."""

PARTS_A_WORKER = 2
"""Parts for each worker into which requests are divided, so that a slow one holds up little."""

FEWEST_A_PART = 8
"""Requests that are not divided: a batch of fewer wastes the hardware."""


_UNAWAITED, _LOADS = -1, -2
"""In place of a part's number: what nobody awaits any more, and the weights that are loaded."""


class WorkerProfile(NamedTuple):
    """What a worker says of its model."""

    identity: str
    special_tokens: tuple[str, ...]
    has_template: bool


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A deliberate error of a worker; errors with a next step do not survive pickling."""

    kind: type[LadderError]
    problem: str
    next_step: str

    def error(self) -> LadderError:
        return self.kind(self.problem, next_step=self.next_step)


class _Worker:
    """What runs in each Ray actor."""

    def __init__(self, ref: ModelRef, adapter: str | None, cores: int) -> None:
        self._ref, self._adapter, self._cores = ref, adapter, cores
        self._generator: Any = None

    def load(self) -> WorkerProfile | _Refusal:
        """Load the weights; an error here must reach the driver in words."""
        from ladder.models.local.local_generator import LocalGenerator

        if self._cores:
            import torch

            torch.set_num_threads(min(self._cores, os.cpu_count() or 1))
        try:
            own = LocalGenerator(self._ref, adapter=self._adapter)
        except LadderError as error:
            return _Refusal(type(error), str(error), error.next_step)
        self._generator = own
        return WorkerProfile(own.identity, tuple(own.special_tokens), own.has_template)

    def call(self, method: str, *arguments: Any) -> Any:
        """Return what a method of LocalGenerator gives, or its deliberate error."""
        try:
            found = getattr(self._generator, method)(*arguments)
            return list(found) if method in ("generate", "generate_anew") else found
        except LadderError as error:
            return _Refusal(type(error), str(error), error.next_step)


class RayWorkers:
    """Answers as one LocalGenerator would, from as many as the Ray cluster has room for.

    Each holds a GPU, or a few cores where there is none. One that is lost is asked no more: what it
    was working on goes to the others, and each answer counts once. Work begins with the first that
    has loaded; one that comes later joins in, if its model is the same in every respect.

    Args:
        ref: The model: hub id, folder, `.gguf` or `package:`; every worker must find it there.
        adapter: A folder with LoRA weights.

    Raises:
        ModelLoadError: Ray is not installed, or no worker could be started.
    """

    is_local = True
    answers_in_batches = True

    def __init__(self, ref: ModelRef, *, adapter: str | None = None) -> None:
        self._ray = _load_ray()
        self._is_own = not self._ray.is_initialized()
        if self._is_own:
            self._ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        self._name = ref.id
        self._free: list[Any] = []
        self._running: dict[Any, tuple[Any, int]] = {}
        self._lost: list[str] = []
        self._profile: WorkerProfile | None = None
        self._workers = [*self._started(ref.replace(workers=None), adapter)]
        for each in self._workers:
            self._running[each.load.remote()] = (each, _LOADS)
        try:
            self.identity, self.special_tokens, self.has_template = self._first_profile()
        except LadderError:
            self.close()
            raise

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer all requests; yield `(position, answer)` as each part ends."""
        yield from self._answered("generate", requests)

    def generate_anew(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer as `generate` does, and read every prompt, whatever is kept of it."""
        yield from self._answered("generate_anew", requests)

    def _answered(self, method: str, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        n_parts = max(1, len(self._workers)) * PARTS_A_WORKER
        size = max(FEWEST_A_PART, math.ceil(len(requests) / n_parts))
        starts = range(0, len(requests), size)
        parts = [(method, list(requests[start : start + size])) for start in starts]
        for at, answers in self._spread(parts):
            for position, answer in answers:
                yield starts[at] + position, answer

    def log_likelihood(
        self, requests: Sequence[Request], targets: Sequence[str]
    ) -> list[float] | None:
        """Return the mean log-likelihood a token (nats) of each target."""
        part = ("log_likelihood", list(requests), list(targets))
        [(_, found)] = self._spread([part])
        return None if found is None else list(found)

    def untrained_ids(self, ids: Iterable[int]) -> frozenset[int]:
        """Return those of the token ids that these weights never learned."""
        part = ("untrained_ids", list(ids))
        [(_, found)] = self._spread([part])
        return frozenset(found)

    def findings(self) -> tuple[Finding, ...]:
        """Return which workers were lost."""
        return tuple(
            Finding(
                code="N11 worker-left-out",
                severity="warning",
                problem=f"A Ray worker is asked no more: {why}",
                next_step="See to that machine; its work went to the others, and none was lost.",
            )
            for why in self._lost
        )

    def close(self) -> None:
        """Free the workers, and the cluster if it was started here."""
        for each in self._workers:
            self._ray.kill(each)
        self._workers.clear()
        self._free.clear()
        self._running.clear()
        if self._is_own:
            self._ray.shutdown()

    def _started(self, ref: ModelRef, adapter: str | None) -> Iterator[Any]:
        """Start a worker for each GPU; where there is none, for each few cores."""
        room = self._ray.cluster_resources()
        gpus, cores = int(room.get("GPU", 0)), int(room.get("CPU", 1))
        per_worker = min(CORES_A_WORKER, max(1, cores))
        options = {"num_gpus": 1, "num_cpus": 1} if gpus else {"num_cpus": per_worker}
        actor = self._ray.remote(**options)(_Worker)
        for _ in range(gpus or max(1, cores // per_worker)):
            yield actor.remote(ref, adapter, 0 if gpus else per_worker)

    def _spread(self, parts: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """Let workers call what each part says; yield each part's number with what it gave."""
        waiting = deque(range(len(parts)))
        n_open = len(parts)
        try:
            while n_open:
                while waiting and self._free:
                    at, worker = waiting.popleft(), self._free.pop(0)
                    self._running[worker.call.remote(*parts[at])] = (worker, at)
                is_lost, at, found = self._look()
                if at >= 0 and is_lost:
                    waiting.appendleft(at)
                elif at >= 0:
                    n_open -= 1
                    yield at, found
        finally:
            # What nobody awaits any more only frees its worker.
            self._running = {
                ref: (worker, min(at, _UNAWAITED)) for ref, (worker, at) in self._running.items()
            }

    def _first_profile(self) -> WorkerProfile:
        while self._profile is None:
            self._look()
        return self._profile

    def _look(self) -> tuple[bool, int, Any]:
        """Wait for one worker; return whether it was lost, for which part, and what it gave."""
        if not self._running:
            raise _none_left(self._name, self._lost)
        ref = self._ray.wait(list(self._running), num_returns=1)[0][0]
        worker, at = self._running.pop(ref)
        try:
            found = self._ray.get(ref)
        except self._ray.exceptions.RayActorError as error:
            self._lost.append(str(error).strip().splitlines()[0])
            return True, at, None
        if isinstance(found, WorkerProfile):
            self._take_in(worker, found)
        elif at == _LOADS and self._profile is not None:
            self._lost.append(found.problem)
        else:
            self._free.append(worker)
            if isinstance(found, _Refusal) and at != _UNAWAITED:
                raise found.error()
        return False, at, found

    def _take_in(self, worker: Any, profile: WorkerProfile) -> None:
        """Let a worker that has loaded work, if its model is that of the first."""
        self._profile = self._profile or profile
        if profile.identity == self._profile.identity:
            self._free.append(worker)
            return
        error = EvidenceError(
            "its weights, device or libraries are not those of the first worker.",
            next_step="Give all workers the same hardware and the same environment.",
        )
        self._lost.append(str(error))


def _load_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise ModelLoadError(
            "model.workers: ray, and Ray is not installed.",
            next_step=f"{install_line('ray')}, here and on every machine of the cluster.",
        ) from error
    return ray


def _none_left(name: str, lost: Sequence[str]) -> ModelLoadError:
    reasons = "; ".join(dict.fromkeys(lost))
    return ModelLoadError(
        f"No Ray worker is left for {name!r}: {reasons}",
        next_step="See to the cluster (`ray status`), then run the same command again; answers are "
        "kept.",
    )
