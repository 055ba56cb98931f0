"""`Scripted`: a function that answers in place of a model, for tests and examples."""

from collections.abc import Callable, Iterator, Sequence

from ladder.errors import SpecError
from ladder.models.base import Answer, AnswersAlone, Generator, Request
from ladder.spec.model_ref import SCRIPTED


class Scripted(AnswersAlone):
    """Answers with what a function returns.

    Args:
        answer: Takes a Request, returns the text.
        name: Its identity: two functions that answer differently need two names.
        likelihood: Takes a Request and a target, returns the mean log-likelihood a token.
            Without it the generator cannot tell.
    """

    is_local = True

    def __init__(
        self,
        answer: Callable[[Request], str],
        *,
        name: str = "scripted",
        likelihood: Callable[[Request, str], float] | None = None,
    ) -> None:
        self.identity = f"{SCRIPTED}{name}"
        self._answer = answer
        self._likelihood = likelihood
        self.calls = 0

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer each request in turn; tokens are counted as words."""
        for position, request in enumerate(requests):
            self.calls += 1
            prompt = "\n\n".join(message.content for message in request.messages)
            yield position, Answer.in_words(self._answer(request), prompt)

    def log_likelihood(
        self, requests: Sequence[Request], targets: Sequence[str]
    ) -> list[float] | None:
        """Return what the likelihood function says, or None without one."""
        if self._likelihood is None:
            return None
        return [self._likelihood(*pair) for pair in zip(requests, targets, strict=True)]


_REGISTERED: dict[str, Generator] = {}


def register_scripted(generator: Generator) -> str:
    """Let specs of this process name any Generator; return the model id that means it.

    >>> register_scripted(Scripted(lambda request: "yes", name="agrees"))
    'scripted:agrees'
    """
    name = f"{SCRIPTED}{generator.identity.removeprefix(SCRIPTED)}"
    _REGISTERED[name] = generator
    return name


def registered_generator(model_id: str) -> Generator | None:
    """Return the generator of this process that a model id means, or None for any other model."""
    return _REGISTERED.get(model_id)


def find_scripted(model_id: str) -> Generator:
    """Return the generator registered under a `scripted:` id."""
    if model_id not in _REGISTERED:
        raise SpecError(
            f"model: no function of this process is known as {model_id!r}.",
            next_step="Call ladder.run(…, model=your_function) in this process; for the command line "
            "put the function behind a server (model.base_url), or record its answers "
            "(model: recorded:FILE).",
        )
    return _REGISTERED[model_id]
