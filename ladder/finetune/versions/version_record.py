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
from ladder.models.base import Message, Request
from ladder.spec.candidate import Candidate, ChatSetup, Decoding

N_PROBES = 12
_AGAIN = "Run `ladder train` again: it measures without training again."
_MOST_CHANGED = 0.1
"""Share of answers that may differ between two runs: bfloat16 changes about one in fifty."""


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
        found = dict(generator.generate([probe.request for probe in record.probes]))
    wanted = [probe.base if adapter is None else probe.adapter for probe in record.probes]
    changed = sum(found[at].text != text for at, text in enumerate(wanted))
    if changed > _MOST_CHANGED * len(wanted):
        raise EvidenceError(
            f"{what} does not answer as recorded: {changed} of {len(wanted)} answers differ.",
            next_step="Find out what changed (model files, libraries, machine) before it is used.",
        )
