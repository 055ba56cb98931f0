"""Encodes a conversation as token ids and loss mask, by the code that writes the prompts to serve."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from ladder.errors import DataError
from ladder.models.base import Message, Request
from ladder.models.prompt import rendered, tokenise
from ladder.models.tokenizer import ChatTokenizer
from ladder.scoring.thoughts import leaves_thought_open

MASKED = -100
"""The label of a token that carries no loss: torch's own `ignore_index`."""


@dataclass(frozen=True, slots=True)
class EncodedRow:
    """One training row.

    Attributes:
        sample_id: Which row it was.
        ids: The prompt's tokens, then the answer's, then the end token.
        labels: `ids` where the answer and its end stand, `MASKED` elsewhere.
        prompt_tokens: Length of the prompt.
        kind: `task`, or `replay`: the base model's own answer to a general question.
        is_cut: The answer stops before its end, on purpose: a replayed answer of full length.
        is_in_thought: The prompt ends inside a thought, with which the answer goes on.
    """

    sample_id: str
    ids: tuple[int, ...]
    labels: tuple[int, ...]
    prompt_tokens: int
    kind: Literal["task", "replay"] = "task"
    is_cut: bool = False
    is_in_thought: bool = False


class RowEncoder:
    """Writes a request and its answer as the tokens that serving would have seen and made.

    Args:
        tokenizer: The base model's.
        end_tokens: Ids on which generation stops.
    """

    def __init__(self, tokenizer: ChatTokenizer, end_tokens: Iterable[int]) -> None:
        self.tokenizer = tokenizer
        self.end_tokens = frozenset(end_tokens)

    def encode(self, sample_id: str, request: Request, answer: Message | str) -> EncodedRow:
        """Return one row whose loss lies on the answer and its end token alone.

        Prompt and answer are tokenised apart, because serving does so too: it gives the model
        the prompt's tokens, and the model goes on from there.

        Raises:
            DataError: The template writes the prompt in another way once an answer follows.
        """
        prompt = tokenise(request, self.tokenizer)
        turn = Message("assistant", answer) if isinstance(answer, str) else answer
        reply = self._reply(request, prompt.text, turn)
        labels = (*(MASKED for _ in prompt.ids), *reply)
        return EncodedRow(
            sample_id,
            (*prompt.ids, *reply),
            labels,
            len(prompt.ids),
            is_in_thought=leaves_thought_open(prompt.text),
        )

    def encode_replay(
        self, sample_id: str, request: Request, answer: str, *, is_cut: bool
    ) -> EncodedRow:
        """Return a row of the base model's own answer; without its end where it was cut."""
        row = replace(self.encode(sample_id, request, answer), kind="replay", is_cut=is_cut)
        if not is_cut or row.ids[-1] not in self.end_tokens:
            return row
        return replace(row, ids=row.ids[:-1], labels=row.labels[:-1])

    def learnt_text(self, row: EncodedRow) -> str:
        """Return the answer as the template wrote it, without the token that ends the turn."""
        answer = row.ids[row.prompt_tokens :]
        return self.tokenizer.decode([token for token in answer if token not in self.end_tokens])

    def _reply(self, request: Request, prompt: str, answer: Message) -> tuple[int, ...]:
        if request.chat.mode == "completion":
            end = self.tokenizer.special_tokens.get("eos_token", "")
            prefill = request.chat.prefill
            text = _begun_with(prefill, answer).text.removeprefix(prefill.rstrip())
            return tuple(self.tokenizer.encode(text + end))
        whole = rendered(with_answer(request, answer), self.tokenizer)
        if not whole.startswith(prompt):
            raise DataError(
                "The chat template writes the prompt in another way once an answer follows it "
                "(F08 prompt-not-prefix), so training would see other prompts than serving.",
                next_step="Give `chat.template` one that writes both alike.",
            )
        return self._until_end(self.tokenizer.encode(whole[len(prompt) :]))

    def _until_end(self, reply: list[int]) -> tuple[int, ...]:
        ends = [place for place, token in enumerate(reply) if token in self.end_tokens]
        return tuple(reply[: ends[-1] + 1] if ends else reply)


def with_answer(request: Request, answer: Message) -> Request:
    """Return the whole conversation of a training row: what is asked, and the answer to it."""
    return replace(
        request,
        messages=(*request.messages, _begun_with(request.chat.prefill, answer)),
        chat=request.chat.replace(add_generation_prompt=False, prefill=""),
    )


def _begun_with(prefill: str, answer: Message) -> Message:
    """Return the answer after the beginning that every reply has."""
    if not prefill or answer.content.startswith(prefill.rstrip()):
        return answer
    return answer.with_text(f"{prefill}{answer.content}")
