"""The record in an adapter's folder: how it was judged, and answers to check it by."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from ladder.disk import write_json
from ladder.errors import EvidenceError
from ladder.finetune.report import TrainingReport
from ladder.frozen import Frozen, added, digest_of
from ladder.manifest import RECORD
from ladder.measure import Workbench
from ladder.models import load_generator
from ladder.models.base import Generator, Message, Request
from ladder.spec.candidate import Candidate, ChatSetup, Decoding

N_PROBES = 12
_AGAIN = "Run `ladder train` again: it measures without training again."
_MOST_CHANGED = 0.1
"""Share of answers that may be other ones than recorded."""

_ROUNDING = 0.2
"""Nats a token by which a recorded answer may be less likely than the one given now.

Rounding in another batch, or on another machine, turns one answer in five of a small model in bfloat16
where two tokens are nearly as likely: by 0.04 nats where it was measured, against 5 to 10 where an
adapter was taken off.
"""


class Probe(Frozen):
    """One question with both answers: of the base model and of the adapter."""

    messages: tuple[tuple[str, str], ...]
    chat: ChatSetup
    decoding: Decoding
    base: str
    adapter: str
    given: tuple[str | None, ...] = added(())
    tools: str = added("")

    @property
    def request(self) -> Request:
        """Return what is asked."""
        given = self.given or (None,) * len(self.messages)
        messages = tuple(
            Message(role, text, turn)
            for (role, text), turn in zip(self.messages, given, strict=True)
        )
        return Request(messages, self.chat, self.decoding, self.tools)


class VersionRecord(Frozen):
    """How a version was judged.

    Attributes:
        adapter: Digest of the version's files, as its manifest names them.
        probes: Questions that a rehearsal asks again.
    """

    schema_version: Literal[1] = 1
    adapter: str
    report: TrainingReport
    probes: tuple[Probe, ...]


_MOST_ROUNDED = 0.75
"""Share of answers beyond which rounding is no excuse, however alike both are to the model."""


def take_probes(
    bench: Workbench, start: Candidate, candidate: Candidate, positions: Sequence[int]
) -> tuple[Probe, ...]:
    """Return some questions with the answers that both candidates gave to them."""
    some = [int(at) for at in positions[:N_PROBES]]
    before, after = bench.rows(start), bench.rows(candidate)
    return tuple(
        Probe(
            messages=tuple((message.role, message.content) for message in request.messages),
            chat=request.chat,
            decoding=request.decoding,
            base=before[at].answer.text,
            adapter=after[at].answer.text,
            given=_given(request),
            tools=request.tools,
        )
        for at, request in zip(some, bench.requests(candidate, some), strict=True)
    )


def _given(request: Request) -> tuple[str | None, ...]:
    given = tuple(message.given for message in request.messages)
    return given if any(given) else ()


def write_record(folder: Path, record: VersionRecord) -> None:
    """Write the record of a version into its folder, whole."""
    write_json(folder / RECORD, record.model_dump(mode="json"))


def read_record(folder: Path, *, files: object) -> VersionRecord:
    """Return the record of a version; it must be about the `files` that its manifest names.

    Raises:
        EvidenceError: There is none, or it is about another adapter.
    """
    try:
        record = VersionRecord.model_validate_json((folder / RECORD).read_text("utf-8"))
    except (OSError, ValueError, ValidationError) as error:
        raise EvidenceError(
            f"{folder} has no readable record of how it was judged.", next_step=_AGAIN
        ) from error
    if record.adapter != digest_of(files):
        raise EvidenceError(f"The record in {folder} is about another adapter.", next_step=_AGAIN)
    return record


def rehearse(record: VersionRecord, *, adapter: Path | None) -> None:
    """Load the version that a record is about, or the base model alone, and ask its questions again.

    Raises:
        EvidenceError: It does not answer as recorded.
    """
    what = adapter or "The base model"
    folder = None if adapter is None else str(adapter)
    with closing(load_generator(record.report.candidate.model, adapter=folder)) as generator:
        requests = [probe.request for probe in record.probes]
        wanted = [probe.base if adapter is None else probe.adapter for probe in record.probes]
        changed = _changed(generator, requests, wanted)
    if changed > _MOST_CHANGED * len(wanted):
        raise EvidenceError(
            f"{what} does not answer as recorded: {changed} of {len(wanted)} answers are others, and "
            "rounding does not explain it.",
            next_step="Find out what changed (model files, libraries, machine) before it is used.",
        )


def _changed(generator: Generator, requests: Sequence[Request], recorded: Sequence[str]) -> int:
    """Return how many answers are others than recorded, and not by rounding alone."""
    answers = dict(generator.generate(requests))
    found = [answers[at].text for at in range(len(requests))]
    other = [at for at, text in enumerate(recorded) if found[at] != text]
    asked = [requests[at] for at in other]
    before = generator.log_likelihood(asked, [recorded[at] for at in other])
    now = generator.log_likelihood(asked, [found[at] for at in other])
    if before is None or now is None or len(other) > _MOST_ROUNDED * len(recorded):
        return len(other)
    return sum(after - earlier > _ROUNDING for earlier, after in zip(before, now, strict=True))
