"""`ConstrainedRows`: lets each row of a batch write nothing but what its constraint allows.

llguidance follows every row through the grammar and says which tokens may come next, in about 20 µs
a row (measured on the demo model; a step of its batch takes 100 ms). The masks are numpy's: the
package's kernel for torch compiles for 15 s.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ladder.errors import CandidateRefusedError, SpecError
from ladder.models.constraint_grammar import check_usable, grammar_of
from ladder.models.tokenizer import ChatTokenizer
from ladder.scoring.thoughts import closes_thought, opens_thought
from ladder.spec.candidate import Decoding
from ladder.spec.constraint import Constraint

_TAIL = 24
"""Tokens of a thought in which its closing mark is looked for: the longest has fewer."""

_MOST_GAPS = 2
"""Line breaks between a thought and the answer, each a token."""


@dataclass(frozen=True, slots=True)
class RowStart:
    """What stands before an answer.

    Attributes:
        in_thought: Whether the prompt ends inside a thought.
        begun: The beginning of the answer that the prompt holds already.
    """

    in_thought: bool = False
    begun: str = ""


class GrammarTokens:
    """A tokenizer as llguidance knows it, with what is needed around an answer.

    Args:
        tokenizer: Of the model.
        width: How many logits the model gives: often more than the tokenizer has tokens.
        stops: Ids that end an answer.
    """

    def __init__(self, tokenizer: ChatTokenizer, width: int, stops: Sequence[int]) -> None:
        from llguidance.hf import from_tokenizer

        own = getattr(tokenizer.raw, "eos_token_id", None)
        self.ends = tuple(stops) or (0 if own is None else int(own),)
        try:
            self.known = from_tokenizer(tokenizer.raw, n_vocab=width, eos_token=list(self.ends))
        except ValueError as error:
            raise CandidateRefusedError(
                f"not testable: llguidance cannot read this tokenizer: {error}",
                next_step="Leave that candidate out, or serve the model and give base_url.",
            ) from error
        self.decode = tokenizer.decode
        opening = {text: index for text, index in tokenizer.added_tokens.items() if text.strip()}
        self.opening = tuple(index for text, index in opening.items() if opens_thought(text))
        gaps = (tokenizer.encode(gap) for gap in ("\n", "\n\n"))
        self.gaps = tuple(ids[0] for ids in gaps if len(ids) == 1)

    def matcher(self, constraint: Constraint) -> Any:
        """Return what follows an answer through the grammar, at its beginning.

        Raises:
            CandidateRefusedError: The constraint cannot be used.
        """
        from llguidance import LLMatcher

        found = LLMatcher(self.known, grammar_of(constraint), log_level=0)
        if found.is_error():
            raise CandidateRefusedError(
                f"not testable: the constraint ({constraint.words}) cannot be used: "
                f"{found.get_error().splitlines()[0]}",
                next_step="Make it simpler, or leave that candidate out.",
            )
        return found


class ConstrainedRow:
    """One row on its way through the grammar; a thought before the answer is free."""

    def __init__(self, tokens: GrammarTokens, matcher: Any, start: RowStart) -> None:
        self._tokens = tokens
        self._matcher = matcher
        self._start = start
        self._begin()

    def _begin(self) -> None:
        self._matcher.reset()
        self._seen: list[int] = []
        self._is_thinking = self._start.in_thought
        self._is_after_thought = False
        self._n_gaps = 0
        self._has_left = False
        self._n_held = 0
        begun = self._start.begun
        if begun and not self._matcher.consume_tokens(self._tokens.known.tokenize_str(begun)):
            raise SpecError(
                f"chat.prefill: {begun!r} does not begin what generation.constraint allows.",
                next_step="Leave one of the two out, or set chat.prefill_is_answer: false.",
            )

    def fill(self, written: Sequence[int], mask: Any) -> None:
        """Set the bits of the tokens that may come after what is written; a beam may jump."""
        if list(written[: len(self._seen)]) != self._seen:
            self._begin()
        for token in written[len(self._seen) :]:
            self._step(token)
        if self._is_thinking:
            mask[:] = -1
        elif self._has_left or self._matcher.is_stopped():
            mask[:] = 0
            _allow(mask, self._tokens.ends)
        else:
            from llguidance.numpy import fill_next_token_bitmask

            fill_next_token_bitmask(self._matcher, mask[None], 0)
            if not self._n_held:
                _allow(mask, self._before_answer())

    def _before_answer(self) -> tuple[int, ...]:
        if self._is_after_thought:
            return self._tokens.gaps if self._n_gaps < _MOST_GAPS else ()
        return () if self._start.begun else self._tokens.opening

    def _step(self, token: int) -> None:
        self._seen.append(token)
        if self._is_thinking:
            tail = self._tokens.decode(self._seen[-_TAIL:])
            if closes_thought(tail):
                self._is_thinking, self._is_after_thought = False, True
        elif not self._n_held and token in self._before_answer():
            self._is_thinking = not self._is_after_thought
            self._n_gaps += 1
        else:
            self._n_held += 1
            self._has_left = self._has_left or not self._matcher.consume_token(token)


class Grammars:
    """The grammars of one model: each is read once, and its rows start from there.

    Args:
        model: The model of transformers.
        tokenizer: Its tokenizer.
    """

    def __init__(self, model: Any, tokenizer: ChatTokenizer) -> None:
        self._width = int(model.get_input_embeddings().weight.shape[0])
        self._tokenizer = tokenizer
        self._tokens: dict[tuple[int, ...], GrammarTokens] = {}
        self._matchers: dict[tuple[Constraint, tuple[int, ...]], Any] = {}

    def rows(
        self, decoding: Decoding, stops: tuple[int, ...], starts: Iterable[RowStart]
    ) -> "ConstrainedRows | None":
        """Return rows that are held to the form that a Decoding names; None where it names none.

        Raises:
            CandidateRefusedError: The constraint cannot be used.
            SpecError: The beginning of an answer in the prompt breaks it.
        """
        constraint = decoding.held_to
        if constraint is None:
            return None
        if (constraint, stops) not in self._matchers:
            check_usable(constraint)
            if stops not in self._tokens:
                self._tokens[stops] = GrammarTokens(self._tokenizer, self._width, stops)
            self._matchers[constraint, stops] = self._tokens[stops].matcher(constraint)
        matcher = self._matchers[constraint, stops]
        return ConstrainedRows(self._tokens[stops], matcher, starts, n_beams=decoding.num_beams)


class ConstrainedRows:
    """The rows of a batch, each on its own way through one grammar.

    Args:
        tokens: The tokenizer.
        matcher: At the beginning of the grammar; each row gets a copy.
        starts: What stands before the answer of each row.
        n_beams: How many beams each row is searched with.
    """

    def __init__(
        self, tokens: GrammarTokens, matcher: Any, starts: Iterable[RowStart], *, n_beams: int = 1
    ) -> None:
        self._n_tokens = int(tokens.known.vocab_size)
        self._rows = [
            [ConstrainedRow(tokens, matcher.deep_copy(), start) for _ in range(n_beams)]
            for start in starts
        ]

    def keep(self, lines: Sequence[int]) -> None:
        """Go on with these lines only."""
        self._rows = [self._rows[line] for line in lines]

    def processor(self, start: int) -> Any:
        """Return a logits processor that draws no token which a constraint forbids.

        Args:
            start: Length of the prompts, in tokens.
        """
        import numpy as np
        import torch

        rows = [row for line in self._rows for row in line]

        def mask_out(ids: Any, scores: Any) -> Any:
            bits = np.zeros((len(rows), (self._n_tokens + 31) // 32), dtype=np.int32)
            for row, written, mask in zip(rows, ids[:, start:].tolist(), bits, strict=True):
                row.fill(written, mask)
            # There may be more logits than tokens: what is not known is not allowed.
            allowed = np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little")
            missing = max(0, scores.shape[1] - allowed.shape[1])
            allowed = np.pad(allowed, ((0, 0), (0, missing)))[:, : scores.shape[1]]
            kept = torch.from_numpy(allowed.view(bool)).to(scores.device)
            return scores.masked_fill(~kept, float("-inf"))

        return mask_out


def _allow(mask: Any, tokens: Iterable[int]) -> None:
    """Set the bits of some tokens."""
    import numpy as np

    for token in tokens:
        mask[token // 32] |= np.array(1 << (token % 32), dtype=np.uint32).astype(np.int32)
