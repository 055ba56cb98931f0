"""`written_together`: what chat templates write for many requests, asked of their process at once.

Each question to that process and back takes some tenths of a millisecond, and on a busy machine some
milliseconds: on a GPU one question a prompt took about as long as the answers.
"""

from collections.abc import Iterator, Sequence

from ladder.chat import Job, render_each
from ladder.errors import UnsafeError
from ladder.models.base import Request
from ladder.models.prompt import AnyTokenizer, job_of, template_of, turns_of
from ladder.models.template_turns import is_plain

AT_ONCE = 64
"""Prompts of one question at most."""

CHARACTERS_AT_ONCE = 1_000_000
"""Of all its messages, about: the process has half a GiB of memory."""


def written_together(requests: Sequence[Request], tokenizer: AnyTokenizer) -> list[str | None]:
    """Return the text of each request; None where `rendered` is to look at it alone.

    That is where it has calls of tools, parts of other kinds than text, or the beginning of a reply,
    where no template is asked, and where the template does not write it at the first try.
    """
    texts: list[str | None] = [None] * len(requests)
    jobs = {
        at: job
        for at, request in enumerate(requests)
        if (job := _plain_job(request, tokenizer)) is not None
    }
    for some in _in_parts(jobs):
        found = render_each([jobs[at] for at in some])
        for at, text in zip(some, found, strict=True):
            texts[at] = text if isinstance(text, str) else None
        # It took its whole time, and would again for each part.
        if any(isinstance(each, UnsafeError) for each in found):
            break
    return texts


def _plain_job(request: Request, tokenizer: AnyTokenizer) -> Job | None:
    setup, template = request.chat, template_of(request, tokenizer)
    if setup.mode == "completion" or setup.prefill or request.tools or template is None:
        return None
    turns = turns_of(request)
    return job_of(request, tokenizer, template, turns) if is_plain(turns) else None


def _in_parts(jobs: dict[int, Job]) -> Iterator[list[int]]:
    some: list[int] = []
    n_characters = 0
    for at, job in jobs.items():
        n_own = sum(len(str(turn.get("content"))) for turn in job.messages)
        if some and (len(some) == AT_ONCE or n_characters + n_own > CHARACTERS_AT_ONCE):
            yield some
            some, n_characters = [], 0
        some.append(at)
        n_characters += n_own
    if some:
        yield some
