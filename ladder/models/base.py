"""`Generator`, `Request`, `Answer`: how anything that answers is asked, and what comes back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self, runtime_checkable

from ladder.data.chat_message import Message as Message  # noqa: PLC0414 - what a request is made of
from ladder.finding import Finding
from ladder.spec.candidate import ChatSetup, Decoding


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt with everything that can change its answer, apart from the model.

    `tools` are the schemas of the tools that the model may call, as JSON; empty without any.
    `blank` is the same prompt around an empty input, where likelihoods are calibrated by it.
    `rates` asks how likely the first word of the labels is, where a server tells no more.
    """

    messages: tuple[Message, ...]
    chat: ChatSetup
    decoding: Decoding
    tools: str = ""
    blank: tuple[Message, ...] = ()
    rates: bool = False


FinishReason = Literal["stop", "length", "filtered", "refused", "error"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one Request.

    Attributes:
        text: The generated text, stop strings and end tokens removed. Thoughts that the backend
            tells apart are not in it; those that stand between marks in the text are.
        prompt: The exact prompt, special tokens visible, where the backend shows it.
        prompt_tokens: Length of the prompt, in tokens.
        completion_tokens: Length of the answer, in tokens.
        finish_reason: `length` when the answer was cut by `max_new_tokens`, `filtered` when the
            server's own filter cut or withheld it, `refused` when `text` is the server's refusal
            or, with an `error`, when the backend took the request for wrong: a prompt too long.
        seconds: Wall time of the call, shared equally among the answers of one batch.
        error: Why there is no answer. `text` is then empty and the score 0.
        waited: Seconds on the clock from the answer before to this one, where they were measured;
            with calls side by side that is less than `seconds`.
        thoughts: What the model thought before its answer, where the backend tells that apart.
        opened_in_prompt: Whether the prompt ended inside a thought, so that `text` begins in it.
        sureness: About how likely the answer is right as whoever gave it sees it: the probability of
            the label, the share of the draws that agree. None where that is not known.
        answered_by, fingerprint: What a server calls the model that answered, and its weights and
            software; empty where it does not say.
    """

    text: str
    prompt: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    finish_reason: FinishReason = "stop"
    seconds: float = 0.0
    error: str | None = None
    thoughts: str = ""
    opened_in_prompt: bool = False
    waited: float | None = field(default=None, compare=False)
    sureness: float | None = field(default=None, compare=False)
    answered_by: str = field(default="", compare=False)
    fingerprint: str = field(default="", compare=False)

    @classmethod
    def in_words(cls, text: str, prompt: str, **more: Any) -> Self:
        """Return an answer whose tokens, and those of its prompt, are counted as words."""
        return cls(text, prompt, len(prompt.split()), len(text.split()), **more)

    @property
    def tokens(self) -> int:
        """Return the tokens of prompt and answer together."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def on_clock(self) -> float:
        """Return the seconds that passed on the clock: those of the call, where nobody measured them."""
        return self.seconds if self.waited is None else self.waited


@runtime_checkable
class Generator(Protocol):
    """Anything that answers: local weights, an endpoint, recorded answers, a function.

    `identity` names everything about the model that can change an answer (digest of weights,
    tokenizer and adapter; dtype; backend and its major version; for an endpoint its URL and
    model name). It is part of every journal key.
    """

    @property
    def identity(self) -> str:
        """Return what tells this model from every other."""
        ...

    @property
    def is_local(self) -> bool:
        """Return whether the weights are in this process."""
        ...

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer all requests; yield `(position, answer)` as each batch ends, in any order."""
        ...

    def log_likelihood(
        self, requests: Sequence[Request], targets: Sequence[str]
    ) -> list[float] | None:
        """Return the mean log-likelihood a token (nats) of each target, or None if it cannot."""
        ...

    def close(self) -> None:
        """Free weights, connections and processes."""
        ...


class AnswersAlone:
    """The base of generators that cannot tell likelihoods; those that hold nothing have nothing to free."""

    def log_likelihood(
        self, requests: Sequence[Request], targets: Sequence[str]
    ) -> list[float] | None:
        """Return None: it cannot tell."""
        del requests, targets
        return None

    def close(self) -> None:
        """Do nothing: there is nothing to free."""


@runtime_checkable
class KnowsWeights(Protocol):
    """A Generator whose weights can be looked at."""

    def untrained_ids(self, ids: Iterable[int]) -> frozenset[int]:
        """Return those of the token ids that these weights never learned."""
        ...


@runtime_checkable
class KeepsPrompts(Protocol):
    """A Generator that keeps what it read of prompts, and answers them sooner when they come again."""

    def generate_anew(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer as `generate` does, and read every prompt: so it is seen what that takes and changes."""
        ...


@runtime_checkable
class NotesFindings(Protocol):
    """A Generator that learns while it works what a reader of its scores must know."""

    def findings(self) -> tuple[Finding, ...]:
        """Return what was noticed so far: a setting that the server does not honour, and such."""
        ...


@runtime_checkable
class AsksAtOnce(Protocol):
    """A Generator that takes several requests at once, and answers them the faster."""

    @property
    def calls_at_once(self) -> int:
        """Return how many requests it works on side by side."""
        ...


@runtime_checkable
class NotesAnswers(Protocol):
    """A Generator that gives up where no call ever went well, over all processes of a run."""

    def note_answered(self, request: Request, answer: Answer | None = None) -> None:
        """Know that a call went well in an earlier process, and which model answered it."""
        ...

    def still_answers(self) -> bool:
        """Return whether a request that was answered before is answered now."""
        ...


@runtime_checkable
class TakesFingerprints(Protocol):
    """A Generator whose server may name another build of itself than in an earlier process."""

    def any_fingerprint(self) -> AbstractContextManager[None]:
        """Take any fingerprint in a `with` block, for the questions that tell; keep none of them."""
        ...

    def take_fingerprint(self, why: str) -> None:
        """Take another fingerprint than before for one of the same model, as its answers tell."""
        ...


@runtime_checkable
class ShowsAbilities(Protocol):
    """A Generator whose server has to be asked what it honours, before the first answer counts."""

    def find_abilities(self, requests: Sequence[Request]) -> Mapping[str, Any]:
        """Return what the server was seen to do; the requests are some that will be made."""
        ...

    def use_abilities(self, abilities: Mapping[str, Any]) -> None:
        """Know what was found in an earlier process: the same model must answer now."""
        ...
