"""W20: the recorded answers that stand for the task's model lack some of the samples."""

from collections.abc import Iterator
from pathlib import Path

from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.measure.request import PromptMaterial, write_request
from ladder.measure.task_data import TaskData
from ladder.models.locate import recorded_path
from ladder.models.recorded import Recorded
from ladder.spec.candidate import Candidate, Prompt

PLAIN_STEP = (
    "Write prompt: '{{ input }}', and leave out chat and all of generation but max_new_tokens: recorded "
    "answers were given to the plain input. For another prompt, record its answers: "
    "levers.prompt.recorded."
)


def check_recording(data: TaskData) -> Iterator[Finding]:
    """Yield that recorded answers in the place of the task's model do not answer all samples."""
    baseline = data.task.baseline()
    if not baseline.model.is_recorded:
        return
    try:
        path, missing = unrecorded_samples(data, baseline)
        _, plainly = unrecorded_samples(data, Candidate(model=baseline.model, prompt=Prompt()))
    except LadderError:
        return  # W12 tells that the file is not there
    if not missing:
        return
    yield Finding(
        code="W20 recording-incomplete",
        severity="error",
        problem=f"model: {path} has no answer to the prompts of {len(missing)} of "
        f"{len(data.samples)} samples: {', '.join(missing[:3])}.",
        next_step=PLAIN_STEP
        if len(plainly) < len(missing)
        else "Record an answer for every row of the eval data, by its input as it stands, or leave "
        "those rows out.",
    )


def unrecorded_samples(data: TaskData, candidate: Candidate) -> tuple[Path, list[str]]:
    """Return the file of a candidate's recorded answers, and the samples that it does not answer.

    Raises:
        LadderError: The file is not there, or holds no answers.
    """
    path = recorded_path(candidate.model) or Path()
    recording = Recorded(path)
    requests = [(each.id, write_request(candidate, PromptMaterial(each))) for each in data.samples]
    return path, [name for name, request in requests if not recording.answers(request)]
