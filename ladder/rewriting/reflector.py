"""`Reflector`: the model that is asked for a better instruction; its replies are in the journal.

The method is reflective mutation: the model sees the instruction, some inputs that it fails on, what
was answered and what was wanted, and writes a better one (Agrawal et al. 2025, arXiv 2507.19457).
"""

import re
from collections.abc import Sequence

from ladder.data.quoting import harmless
from ladder.data.sample import Sample
from ladder.errors import EndpointError, LadderError, OutageError
from ladder.measure import Workbench
from ladder.measure.journal import request_key
from ladder.measure.measurement import Scored
from ladder.models import load_generator
from ladder.models.base import Generator, Message, Request
from ladder.scoring import split_thoughts
from ladder.spec.candidate import Candidate, ChatSetup, Decoding, ModelRef

MOST_TOKENS = 2048
"""Room for a model that thinks first."""

TEMPERATURE = 0.7
"""Two replies to the same failures are to differ; the seed is the number of the question."""

LONGEST_PIECE = 1_500
"""Characters of an input or an answer that the rewriting model is shown."""

_FENCED = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)

_ASK = """You improve the instruction that a language model is given for a task.

The instruction in use:
```
{instruction}
```
In each call this text stands with it, with the input in place of the words in braces:
```
{frame}
```
How an answer is read: {reading}

With it the model got these inputs wrong:

{failures}

Find out what the task is and what goes wrong. Write a better instruction: say what is wanted, in which \
form, and the rules that these failures show. It must hold for inputs like these that you do not see, so \
quote none of these inputs and none of these answers. Write the whole new instruction between ``` marks, \
and nothing else between such marks."""


class Reflector:
    """Asks the rewriting model. Each question counts in the run's budget, and none is asked twice.

    Args:
        bench: Whose journal and budget they are.
        start: The candidate whose prompt is rewritten.
        model: The rewriting model; the candidate's own where it is None.
    """

    def __init__(self, bench: Workbench, start: Candidate, model: ModelRef | None) -> None:
        self.model = model or start.model
        self._bench = bench
        self._start = start
        self._is_own = self.model == start.model
        self._loaded: Generator | None = None
        self._asked = 0

    def ask(self, text: str) -> str:
        """Return the reply without its thoughts.

        Raises:
            LadderError: The model cannot be loaded or asked at all.
            InconclusiveError: The budget does not suffice.
        """
        generator = self._generator()
        special: Sequence[str] = getattr(generator, "special_tokens", ())
        self._asked += 1
        request = Request(
            (Message("user", harmless(text, special)),), self._chat(generator), self._decoding()
        )
        key = request_key(generator.identity, request, kind="rewrite")
        try:
            answer = self._bench.answers.give(generator, {key: request})[key]
        except (EndpointError, OutageError) as error:
            raise self._failure(str(error), error.next_step) from error
        if answer.error is not None:
            raise self._failure(answer.error, "See to the cause, and run the same command again.")
        return split_thoughts(answer.text, opened_in_prompt=answer.opened_in_prompt).answer

    def close(self) -> None:
        """Free the weights of a model that only rewrites."""
        if self._loaded is not None:
            self._loaded.close()
            self._loaded = None

    def _failure(self, why: str, next_step: str) -> LadderError:
        problem = f"levers.prompt.rewrite: {self.model.id} cannot be asked: {why.rstrip('.')}."
        return LadderError(problem, next_step=next_step)

    def _generator(self) -> Generator:
        if self._is_own:
            return self._bench.generator(self._start)
        if self._loaded is None:
            self._loaded = load_generator(self.model)
        return self._loaded

    def _chat(self, generator: Generator) -> ChatSetup:
        if self._is_own:
            return self._start.effective_chat
        has_template = getattr(generator, "has_template", True)
        return ChatSetup() if has_template else ChatSetup(mode="completion")

    def _decoding(self) -> Decoding:
        seed = self._bench.task.seed + self._asked
        return Decoding(max_new_tokens=MOST_TOKENS, temperature=TEMPERATURE, seed=seed)


def reflection(
    instruction: str, frame: str, reading: str, failures: Sequence[tuple[Sample, Scored]]
) -> str:
    """Return what the rewriting model is asked.

    Args:
        instruction: The one in use; may be empty.
        frame: What stands beside it in every prompt.
        reading: How the metric reads an answer, in a sentence.
        failures: Samples with what was answered.
    """
    return _ASK.format(
        instruction=instruction or "(none so far)",
        frame=frame,
        reading=reading,
        failures="\n\n".join(_failure(*each) for each in failures),
    )


def instruction_in(reply: str) -> str:
    r"""Return the instruction that a reply holds: its last fenced text, else all of it.

    >>> instruction_in("It is cut off.\n```text\nName the city.\n```")
    'Name the city.'
    >>> instruction_in("Name the city.")
    'Name the city.'
    """
    fenced = _FENCED.findall(reply)
    return str(fenced[-1] if fenced else reply).strip().strip("`").strip()


def _failure(sample: Sample, row: Scored) -> str:
    why = f"\nWhy it is wrong: {_short(row.reason)}" if row.reason else ""
    return (
        f"Input: {_short(sample.transcript)}\nAnswer given: {_short(row.text) or '(nothing)'}\n"
        f"Right answer: {_short(sample.targets[0])}{why}"
    )


def _short(text: str) -> str:
    text = harmless(text)
    return text if len(text) <= LONGEST_PIECE else f"{text[:LONGEST_PIECE]} …"
