"""Prompts that a server cuts without a word are found, and no others."""

import random
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ladder.errors import EndpointError
from ladder.models import Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.models.endpoint.prompt_counts import PromptCounts
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing.scripted_server import Body, ScriptedServer, Sent

ENGLISH = (
    "The harbour master wrote down every ship that came in before noon, its flag, its cargo and "
    "the name of whoever signed for it; at 4 pm the list of 23 entries went to the customs office. "
    "Nobody had seen the lighthouse keeper since Tuesday, although his bicycle stood by the door. "
)
CHINESE = (
    "港口管理员记下了中午以前到达的每一艘船、它的旗帜、货物以及签收人的姓名;下午四点,列有二十三项的清单"
    "被送到海关。自星期二以来没有人见过灯塔看守人,虽然他的自行车就停在门边。"
)


LENGTHS = [5_000, 12_000, pytest.param(100_000, marks=pytest.mark.slow)]


def drawn(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - made-up prompts, no secret


def tokens_in(text: str) -> int:
    return len(re.findall(r"[a-zA-Z]{1,6}|[0-9]{1,3}|[^\sa-zA-Z0-9]", text))


def text_of(sentence: str, n_tokens: int, *, seed: int = 0) -> str:
    """Return about as many tokens of a sentence's words in another order."""
    parts = re.findall(r"\S+\s?" if sentence is ENGLISH else r"\S", sentence)
    share = n_tokens / (tokens_in(sentence) / len(parts))
    return "".join(drawn(seed).choices(parts, k=int(share)))


class Cutting:
    """Reads the last tokens of a prompt, as Ollama does, and says nothing."""

    def __init__(self, context_tokens: int) -> None:
        self.context_tokens = context_tokens

    def __call__(self, path: str, body: Body) -> Sent:
        if not path.endswith("/chat/completions"):
            return Sent({"data": [{"id": "m"}]})
        text = body["messages"][-1]["content"]
        counted = min(tokens_in(text) + 12, self.context_tokens)
        choice = {"message": {"content": "42"}, "finish_reason": "stop"}
        usage = {"prompt_tokens": counted, "completion_tokens": 1}
        return Sent({"model": "m", "choices": [choice], "usage": usage})


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


def asking(text: str) -> Request:
    return Request((Message("user", text),), ChatSetup(), Decoding())


@pytest.mark.slow
@pytest.mark.parametrize("sentence", [ENGLISH, CHINESE], ids=["English", "Chinese"])
@pytest.mark.parametrize("n_tokens", LENGTHS)
@pytest.mark.parametrize("context_tokens", [4_096, 1_000_000])
def test_a_probe_as_long_as_the_longest_prompt_finds_a_cut(
    server: ScriptedServer, context_tokens: int, n_tokens: int, sentence: str
) -> None:
    server.behave = Cutting(context_tokens)

    with closing(EndpointGenerator(ModelRef(id="m", base_url=server.url))) as endpoint:
        found = endpoint.find_abilities([asking(text_of(sentence, n_tokens))])

    assert found["needle"] is (False if context_tokens == 4_096 else None)
    assert found["needle_tokens"] > 0.7 * n_tokens


@pytest.mark.parametrize("sentence", [ENGLISH, CHINESE], ids=["English", "Chinese"])
@pytest.mark.parametrize("n_tokens", LENGTHS)
def test_cut_prompts_are_failed_calls_once_the_run_shows_it(
    server: ScriptedServer, n_tokens: int, sentence: str
) -> None:
    server.behave = Cutting(4_096)
    sizes = drawn(1).choices(range(n_tokens, int(1.4 * n_tokens)), k=20)
    long = [asking(text_of(sentence, size, seed=size)) for size in sizes]
    short = [asking(text_of(sentence, 400, seed=at)) for at in range(8)]

    with closing(EndpointGenerator(ModelRef(id="m", base_url=server.url))) as endpoint:
        list(endpoint.generate(short))
        try:
            told = [answer.error or "" for _, answer in endpoint.generate(long)]
        except EndpointError as error:
            told = [str(error)] * len(long)

    assert sum("it cut the prompt" in each for each in told) > 10


@pytest.mark.real
@pytest.mark.parametrize("mixed", [[ENGLISH], [CHINESE], [ENGLISH, CHINESE]])
@pytest.mark.parametrize(
    "name", ["bert-uncased", "gpt-2", "gpt-neox-20b", "llama-2", "minimind", "stories260K"]
)
def test_no_honest_count_is_taken_for_a_cut(shared_data: Path, name: str, mixed: list[str]) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(shared_data / "tokenizers" / name)
    counts = PromptCounts()
    sizes = drawn(2).choices(range(50, 4_000), k=40)
    texts = [text_of(mixed[size % len(mixed)], size, seed=size) for size in sizes]

    told = [
        counts.cut([Message("user", text)], len(tokenizer(text)["input_ids"])) for text in texts
    ]

    assert [each for each in told if each] == []


def test_text_of_few_letters_a_token_after_dense_text_is_no_cut() -> None:
    counts = PromptCounts()
    dense, plain = "x9!? " * 200, ENGLISH * 40

    told = [counts.cut([Message("user", text)], tokens_in(text)) for text in (dense, plain)]

    assert told == ["", ""]
