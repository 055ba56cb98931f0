"""`PromptRoom`: prompts that fit into the model's context: passages, then examples are left out."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from ladder.errors import LadderError
from ladder.measure.measurement import Scored
from ladder.measure.passage_advice import MORE_ROOM
from ladder.measure.request import PromptMaterial
from ladder.models.base import Request
from ladder.models.gguf.convert import tokenizer_folder
from ladder.models.plain_tokenizer import PlainTokenizer, is_plain
from ladder.models.prompt import is_hopeless, tokenise
from ladder.models.tokenizer import ChatTokenizer, tokenizer_of
from ladder.spec.candidate import Candidate, ModelRef
from ladder.templates.describe import context_tokens_of, shows_tokens

Write = Callable[[PromptMaterial], Request]

TEMPLATE_TOKENS = 512
"""More than a chat template adds to a short conversation."""

_PARTS = {"retrieval": "passage", "reranking": "passage", "examples": "worked example"}

_SHORTER = (
    "Give shorter examples in levers.few_shot.pool, use a model with a longer context, or write "
    "levers.few_shot.not_applicable with the reason"
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How much of a prompt's material found no room in the model's context."""

    passages: int = 0
    examples: int = 0
    of_passages: int = 0
    of_examples: int = 0

    @classmethod
    def between(cls, whole: PromptMaterial, kept: PromptMaterial) -> "LeftOut":
        """Return what was left out of a prompt."""
        n_passages, n_examples = len(whole.passages), len(whole.examples)
        return cls(
            n_passages - len(kept.passages), n_examples - len(kept.examples), n_passages, n_examples
        )

    @property
    def has_no_passage(self) -> bool:
        """Return whether there were passages to show, and none stands in the prompt."""
        return 0 < self.of_passages == self.passages

    @property
    def has_no_example(self) -> bool:
        """Return whether there were worked examples to show, and none stands in the prompt."""
        return 0 < self.of_examples == self.examples

    def __bool__(self) -> bool:
        """Return whether anything was."""
        return bool(self.passages or self.examples)


@dataclass(frozen=True)
class PromptRoom:
    """Fits prompts into the context of one model, with room for the answer.

    Its tokenizer is loaded where a prompt has more bytes than the context has tokens.

    Whole passages are left out first, the last of the ranking before the others and as many of
    each worked example as of the sample; one passage stays as long as there are examples to leave
    out, of which the first goes first.
    """

    model: ModelRef
    context_tokens: int

    def fitted(self, write: Write, material: PromptMaterial) -> PromptMaterial:
        """Return as much of a prompt's material as fits, the sample itself whole."""
        most = self.context_tokens  # of passages that are one token each
        material = _at_level(material, most, len(material.examples))
        levels, request = list(_levels(material)), write(material)
        length, room = self._length(request), self._room(request)
        if length <= room or len(levels) == 1:
            return material
        # What does not fit, and what fits or is the least: the places close in on each other.
        over, fits, shortest = 0, len(levels) - 1, 0.0
        while fits - over > 1:
            share = (length - room) / (length - shortest) if length < math.inf else 0.5
            at = min(max(over + math.ceil(share * (fits - over)), over + 1), fits - 1)
            found = self._length(write(_at_level(material, *levels[at])))
            if found <= room:
                fits, shortest = at, found
            else:
                over, length = at, found
        return _at_level(material, *levels[fits])

    def fits(self, request: Request) -> bool:
        """Return whether a request leaves room for its answer."""
        return self._length(request) <= self._room(request)

    def _room(self, request: Request) -> int:
        answer = min(request.decoding.max_new_tokens, self.context_tokens // 2)
        return self.context_tokens - answer

    def _length(self, request: Request) -> float:
        """Return the tokens of a prompt: 0 where it is short beyond doubt, else those that it has."""
        texts = [request.tools, *(message.text for message in request.messages)]
        n_bytes = sum(len(text.encode("utf-8", "replace")) for text in texts)
        if n_bytes + TEMPLATE_TOKENS < self._room(request):
            return 0  # no token is shorter than a byte
        if is_hopeless(request, self.context_tokens):
            return math.inf
        try:
            return len(tokenise(request, counting_tokenizer(self.model)).ids)
        except LadderError:
            return 0  # what is wrong with it is told where it is asked


def room_of(model: ModelRef, *, served_tokens: int | None = None) -> PromptRoom | None:
    """Return the room of a model; None where its tokenizer or the length of its context is unknown.

    No weights are read; `served_tokens` is the context that its server was seen to give it.
    """
    files = model.tokens_from
    if files is None or not shows_tokens(model):
        return None
    tokens = context_tokens_of(files)
    known = [each for each in (tokens, served_tokens) if each]
    return PromptRoom(files, min(known)) if known else None


@lru_cache(maxsize=4)
def counting_tokenizer(ref: ModelRef) -> ChatTokenizer | PlainTokenizer:
    """Return what turns a model's texts into tokens, read as quickly as its files allow."""
    folder = tokenizer_folder(ref)
    return PlainTokenizer(folder) if is_plain(folder) else tokenizer_of(folder)


def _levels(material: PromptMaterial) -> Iterator[tuple[int, int]]:
    """Yield how many passages and examples stay, all of them first and none last."""
    shots = len(material.examples)
    most = max(len(each.passages) for each in (material, *material.examples))
    yield most, shots
    for passages in range(most - 1, 0, -1):
        yield passages, shots
    for kept in range(shots - 1, -1, -1):
        yield min(most, 1), kept
    if most:
        yield 0, 0


def _at_level(material: PromptMaterial, passages: int, shots: int) -> PromptMaterial:
    kept = material.examples[len(material.examples) - shots :]
    examples = tuple(replace(each, passages=each.passages[:passages]) for each in kept)
    return replace(material, passages=material.passages[:passages], examples=examples)


def without_room(
    start: Candidate,
    candidate: Candidate,
    rows: Mapping[int, Scored],
    left_out: Mapping[int, LeftOut],
    *,
    enough: float,
) -> str:
    """Return why a candidate was asked too often without what makes it another; else nothing.

    A prompt in which no example has room asks what was asked before. Where even right answers to
    all the others would not reach the target, nothing is known of what examples, or passages, can
    do. Only the part in which the candidate differs from `start` is looked at; `enough` is the
    score from which the target counts as reached.
    """
    kinds = {_PARTS[part] for part in start.changes(candidate) if part in _PARTS}
    known = [at for at in rows if at in left_out]
    for kind in sorted(kinds):
        bare = [at for at in known if _lacks(left_out[at], kind)]
        most = len(known) - len(bare) + sum(rows[at].at_most for at in bare)
        if bare and most < enough * len(known):
            way = MORE_ROOM if kind == "passage" else _SHORTER
            return (
                f"no {kind} had room in the model's context for {len(bare)} of the {len(known)} "
                f"prompts looked at. {way}"
            )
    return ""


def _lacks(lost: LeftOut, kind: str) -> bool:
    return lost.has_no_passage if kind == "passage" else lost.has_no_example
