"""`CalledModel`: a function of the user's own that answers in place of a model.

`is_told_of_settings` says whether a model gets decoding settings at all: a function of texts does not.
"""

import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ladder.errors import InfrastructureError, SpecError
from ladder.function_digest import function_name
from ladder.models.base import Answer, AnswersAlone, Generator, Request
from ladder.models.scripted import register_scripted, registered_generator
from ladder.spec.model_ref import SCRIPTED, ModelRef

_FORMS = ("prompt", "messages", "request")


class CalledModel(AnswersAlone):
    """Answers with what a function returns: a text for each prompt.

    The function takes one argument: the prompt as one text; or, where the argument is called
    `messages`, a list of `{"role": …, "content": …}`; or, where it is called `request`, a
    `ladder.models.base.Request` with the decoding settings too.

    Args:
        function: Called once a prompt, one after the other.

    Attributes:
        is_told_of_settings: Whether the function gets decoding and chat settings.

    Raises:
        SpecError: It cannot be called with one argument.
    """

    is_local = True
    counts_tokens = False

    def __init__(self, function: Callable[..., Any]) -> None:
        self.identity = f"{SCRIPTED}{function_name(function)}"
        self._function = function
        self._form = _form_of(function)
        self.is_told_of_settings = self._form == "request"

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer each request in turn; tokens are counted as words.

        Raises:
            InfrastructureError: The function raises.
            SpecError: It returns something else than a text.
        """
        for position, request in enumerate(requests):
            prompt = "\n\n".join(message.content for message in request.messages)
            started = time.monotonic()
            text = self._text(self._argument(request, prompt))
            yield position, Answer.in_words(text, prompt, seconds=time.monotonic() - started)

    def _argument(self, request: Request, prompt: str) -> object:
        if self._form == "messages":
            return [message.turn for message in request.messages]
        return request if self._form == "request" else prompt

    def _text(self, argument: object) -> str:
        try:
            text = self._function(argument)
        except Exception as error:
            raise InfrastructureError(
                f"model: the function {self.identity.removeprefix(SCRIPTED)} raised "
                f"{type(error).__name__}.",
                next_step="Correct it, or let it try again by itself; the same call continues, and "
                "no answer so far is lost. The traceback above says where.",
            ) from error
        if not isinstance(text, str):
            raise SpecError(
                f"model: the function {self.identity.removeprefix(SCRIPTED)} gave "
                f"{type(text).__name__}, and an answer is a text.",
                next_step="Return the text of the answer, such as reply.choices[0].message.content.",
            )
        return text


def register_model(model: Callable[..., Any] | Generator) -> str:
    """Return the model id that means a function or a Generator in this process.

    >>> register_model(lambda prompt: "yes").startswith("scripted:lambda-")
    True
    """
    return register_scripted(model if isinstance(model, Generator) else CalledModel(model))


def is_told_of_settings(ref: ModelRef) -> bool:
    """Return whether a model gets the decoding and chat settings of a candidate.

    >>> is_told_of_settings(ModelRef(id=register_model(lambda prompt: "yes")))
    False
    >>> is_told_of_settings(ModelRef(id=register_model(lambda request: "yes")))
    True
    """
    generator = registered_generator(ref.id)
    return generator.is_told_of_settings if isinstance(generator, CalledModel) else True


def _form_of(function: Callable[..., Any]) -> str:
    try:
        parameters = list(inspect.signature(function).parameters.values())
        inspect.signature(function).bind("")
    except ValueError:  # some builtins have no signature
        return "prompt"
    except TypeError:
        raise SpecError(
            f"model: {function_name(function)} takes {inspect.signature(function)}, not one argument.",
            next_step="Write def model(prompt: str) -> str, or def model(messages: list) -> str.",
        ) from None
    annotation = str(getattr(parameters[0].annotation, "__name__", parameters[0].annotation))
    if annotation.rpartition(".")[2] == "Request":
        return "request"
    return parameters[0].name if parameters[0].name in _FORMS else "prompt"
