"""`written_together`: what chat templates write for many requests, asked of their process at once.

Each question to that process and back takes some tenths of a millisecond, and on a busy machine some
milliseconds: on a GPU one question a prompt took about as long as the answers.
"""

from collections.abc import Sequence

from ladder.chat import Job, render_each
from ladder.errors import UnsafeError
from ladder.models.base import Request
from ladder.models.local.batches import plan_batches
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
    found_jobs = ((at, _plain_job(each, tokenizer)) for at, each in enumerate(requests))
    jobs = [(at, job) for at, job in found_jobs if job is not None]
    sizes = [sum(len(str(turn.get("content"))) for turn in job.messages) for _, job in jobs]
    parts = plan_batches(sizes, max_rows=AT_ONCE, max_tokens=CHARACTERS_AT_ONCE, is_sorted=False)
    for part in parts:
        some = [jobs[at] for at in part]
        found = render_each([job for _, job in some])
        for (at, _), text in zip(some, found, strict=True):
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
