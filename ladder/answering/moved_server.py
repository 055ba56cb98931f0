"""`moved_servers`: a server at another address than was measured, once its answers tell that it is the same."""

from contextlib import nullcontext
from datetime import UTC, datetime

from ladder.answering.recorded_answers import recorded_answers
from ladder.errors import EvidenceError, SpecError
from ladder.measure import Workbench
from ladder.measure.answers_again import ask_again
from ladder.measure.task_data import TaskData
from ladder.models.base import TakesFingerprints
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.address import checked_base_url
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.models.endpoint.same_model import OF_ITS_OWN
from ladder.runs import RunFolder
from ladder.runs.endpoint_probe import use_known_abilities
from ladder.runs.moved_servers import MovedServer, MovedServers, read_moved, write_moved
from ladder.scoring.judge.judge_metric import JudgeMetric
from ladder.spec.candidate import Candidate, ModelRef
from ladder.spec.server_place import server_place


def moved_servers(
    folder: RunFolder, data: TaskData, candidate: Candidate, base_url: str | None
) -> MovedServers:
    """Return where the servers of a run are now; no moves where all are where they were measured.

    A model counts at another address only if it has the same name and template there, and gives its
    recorded answers again; then the run's folder keeps that. Each model of a gateway is compared.

    Args:
        folder: The run's own.
        data: Of its task.
        candidate: Who answers.
        base_url: Where the server is now, as the user says; None stands for what the folder keeps.

    Raises:
        SpecError: No server answers for this candidate, or the address is none.
        EvidenceError: Another model or template is there, or nothing was recorded to tell.
        EndpointError: No server is there.
    """
    kept = read_moved(folder)
    moved = kept if base_url is None else _told(kept, candidate, base_url)
    for each in (candidate, data.task.reference):
        server = None if each is None else moved.of(each.model.base_url)
        if each is not None and server is not None and each.model.id not in server.models:
            moved = moved.with_move(_compared(folder, data, each, server))
    if moved != kept:
        write_moved(folder, moved)
    return moved


def _told(kept: MovedServers, candidate: Candidate, base_url: str) -> MovedServers:
    """Return the moves with what the user says of a candidate's server; nothing is compared yet."""
    address = candidate.model.base_url
    if address is None:
        raise SpecError(
            f"--base-url {base_url}: {candidate.model.id} is loaded here, and no server answers for it.",
            next_step="Leave --base-url out.",
        )
    now, known = _checked(base_url), kept.of(address)
    if server_place(now) == server_place(address):
        return kept.without(address)
    if known is not None and server_place(now) == server_place(known.now):
        return kept
    today = datetime.now(UTC).date().isoformat()
    return kept.with_move(MovedServer(before=address, now=now, since=today))


def _checked(base_url: str) -> str:
    try:
        return checked_base_url(base_url)
    except SpecError as error:
        said = str(error).replace("model.base_url", "--base-url")
        raise SpecError(said, next_step=error.next_step) from error


def _compared(
    folder: RunFolder, data: TaskData, candidate: Candidate, moved: MovedServer
) -> MovedServer:
    """Return a move with one model more, whose recorded answers came again at the new address."""
    place = server_place(moved.before)
    _refuse_moved_judge(data, place, moved)
    with Workbench(data, moved={place: moved.now}) as bench:
        use_known_abilities(bench, folder)
        found = _compared_one(folder, bench, candidate, moved)
    told = f"{candidate.model.id}: {found}"
    return moved.replace(
        models=(*moved.models, candidate.model.id),
        words=f"{moved.words}; {told}" if moved.words else told,
    )


def _compared_one(
    folder: RunFolder, bench: Workbench, candidate: Candidate, moved: MovedServer
) -> str:
    generator = bench.generator(candidate)
    recorded = recorded_answers(bench, folder, candidate)
    if isinstance(generator, EndpointGenerator):
        _refuse_other_template(bench.abilities_of(candidate), generator, moved)
        for each in recorded[:1]:
            generator.note_answered(each.request, each.answer)
    # Another machine may run another build.
    anyhow = (
        generator.any_fingerprint() if isinstance(generator, TakesFingerprints) else nullcontext()
    )
    try:
        with anyhow:
            found = ask_again(generator, bench.metric, recorded)
    except EvidenceError as error:  # another name
        raise EvidenceError(str(error), next_step=OF_ITS_OWN) from error
    if found.why_other:
        raise EvidenceError(
            f"{moved.now} does not answer as {moved.before} did: {found.why_other}.",
            next_step=OF_ITS_OWN,
        )
    return found.words


def _refuse_other_template(
    known: EndpointAbilities | None, generator: EndpointGenerator, moved: MovedServer
) -> None:
    shown = generator.shown_template()
    if known is not None and known.shown_template and shown and shown != known.shown_template:
        raise EvidenceError(
            f"{moved.now} shows another chat template than {moved.before} did.",
            next_step=f"Start it with the template of then. {OF_ITS_OWN}",
        )


def _refuse_moved_judge(data: TaskData, place: str, moved: MovedServer) -> None:
    judge: ModelRef | None = data.metric.judge if isinstance(data.metric, JudgeMetric) else None
    if judge is not None and server_place(judge.base_url or "") == place:
        raise EvidenceError(
            f"The judge {judge.id} answered at {moved.before} too, and whether it judges the same at "
            f"{moved.now} cannot be told.",
            next_step=OF_ITS_OWN,
        )
