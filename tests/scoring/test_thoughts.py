"""Thoughts are no answer, in whatever marks a model writes them."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.scoring import leaves_thought_open, load_metric, split_thoughts
from ladder.spec.metric_spec import MetricSpec

THOUGHT = "It could be 41, or 40."
MARKS = [
    ("<think>", "</think>"),
    ("<think>\n", "\n</think>\n\n"),
    ("<thinking>", "</thinking>"),
    ("<Thinking>", "</THINKING>"),
    ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"),
    ("<thought>", "</thought>"),
    ("<scratchpad>", "</scratchpad>"),
    ('<think type="long">', "</think>"),
    ("< think >", "< / think >"),
    ("[THINK]", "[/THINK]"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|thinking|>", "<|/thinking|>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<seed:think>", "</seed:think>"),
    ("◁think▷", "◁/think▷"),
    ("<mm:think>", "</mm:think>"),
    ("<longcat_think>", "</longcat_think>"),
    ("<|think|>", "<|/think|>"),
    ("<|thought|>", "</|thought|>"),
    ("<|reasoning_start|>", "<|reasoning_end|>"),
    ("<ifm|think_start>", "<ifm|think_end>"),
    ("<start_of_thought>", "<end_of_thought>"),
    ("<unused94>thought\n", "<unused95>"),
    ("&lt;think&gt;", "&lt;/think&gt;"),
    ("<思考>", "</思考>"),
    ("<pensée>\n", "\n</pensée>"),
    ("<рассуждение>", "</рассуждение>"),
    ("<details>\n<summary>Thought for 3 s</summary>\n", "</details>"),
    ("<|channel>thought\n", "<channel|>"),
    ('<details type="reasoning" done="true">', "</details>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("<|channel|>commentary to=user<|message|>", "<|end|><|channel|>final<|message|>"),
    ("analysis", "assistantfinal"),
    ("analysisWe look. ", "assistantcommentarymore assistantfinal"),
    ("Here is my thought process:\n", "\nHere is my response:\n"),
    ("**Here's my thought process:**\n", "\n\n**Here's my response:**\n"),
]
CODE = [
    "Write `<think>` before a thought and `</think>` after it.",
    'The tags "<think>" and "</think>" frame it.',
    "```xml\n<think>a</think>\n```",
    "~~~\n<think>\n~~~\n42",
    "A thought begins with <think> in this format.",
    "````md\n```\n<think>\n```\n````",
    "`</think>` ends it.",
    "Compare <thinker> and <rethink>.",
    "analysis of variance",
    "I am thinking of 42.",
    "Use <details> for long text.",
    "Thinking... no, it is 42.",
    "<analysis>Both grew.</analysis>",
    "<plan>Pro</plan><price>12</price>",
    "<no_think> is a switch, and <unused9> a token.",
    "<details><summary>Prices</summary>12</details>",
]


@pytest.mark.parametrize(("opening", "closing"), MARKS)
def test_a_thought_is_split_off_whatever_its_marks(opening: str, closing: str) -> None:
    split = split_thoughts(f"{opening}{THOUGHT}{closing}42")

    assert split.answer.strip() == "42"
    assert THOUGHT in split.thoughts
    assert not split.is_unclosed


@pytest.mark.parametrize(("opening", "closing"), [pair for pair in MARKS if pair[0] != "analysis"])
def test_a_thought_that_never_ends_is_an_empty_answer(opening: str, closing: str) -> None:
    if "details" in opening:
        pytest.skip("a details element without its end is text")
    split = split_thoughts(f"{opening}It could be 42")

    assert split.answer.strip() == "", closing
    assert split.is_unclosed


@pytest.mark.parametrize(
    "closing", ["</think>", "</thinking>", "[/THINK]", "◁/think▷", "</seed:think>"]
)
def test_a_lone_closing_mark_ends_a_thought_that_began_in_the_prompt(closing: str) -> None:
    split = split_thoughts(f"{THOUGHT}\n{closing}\n\n42")

    assert (split.thoughts, split.answer.strip()) == (THOUGHT, "42")


@pytest.mark.parametrize("text", CODE)
def test_a_mark_that_an_answer_speaks_about_takes_nothing_from_it(text: str) -> None:
    assert split_thoughts(text).answer == text


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>a</think>b<think>c</think>d", "b d"),
        ("<think>a<think>b</think>c</think>d", "d"),
        ("<think>Use ` here</think>`42`", "`42`"),
        ("<think>He wrote `</think>` there.</think>42", "42"),
        ('<think>The word is "Oslo".</think>"Oslo"', '"Oslo"'),
        ("<think>```py\nx = 1\n</think>\n```json\n{}\n```", "```json {} ```"),
        ("```py\nx = 1\n</think>\n```json\n{}\n```", "```json {} ```"),
        ("42\n<think>or 41", "42"),
        ("<think></think>42", "42"),
        ("<think>42</think>", ""),
        ("<|channel|>final<|message|>42<|return|>", "42"),
        ("need<|end|><|start|>assistant<|channel|>final<|message|>42", "42"),
    ],
)
def test_several_nested_and_torn_thoughts(text: str, answer: str) -> None:
    assert " ".join(split_thoughts(text).answer.split()) == answer


def test_a_reply_to_a_prompt_that_opened_a_thought_is_all_thoughts_until_it_ends() -> None:
    assert split_thoughts("Hm, 41?", opened_in_prompt=True).is_unclosed
    assert split_thoughts("Hm, 41?", opened_in_prompt=True).answer == ""
    assert split_thoughts("Hm</think>42", opened_in_prompt=True).answer == "42"
    assert split_thoughts("<think>Hm</think>42", opened_in_prompt=True).answer == "42"


@pytest.mark.parametrize(
    ("prompt", "is_open"),
    [
        ("<|im_start|>assistant\n<think>\n", True),
        ("<|start|>assistant<|channel|>analysis<|message|>", True),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", False),
        ("Explain <think>.\n<|im_start|>assistant\n", False),
        ("", False),
    ],
)
def test_a_prompt_that_ends_inside_a_thought_is_known(prompt: str, *, is_open: bool) -> None:
    assert leaves_thought_open(prompt) is is_open


PIECES = [
    "<think>", "</think>", "[THINK]", "[/THINK]", "```\n", "\n```", "`", '"', "\n", " ", "42", "a",
    "<|channel|>analysis<|message|>", "<|channel|>final<|message|>", "<|end|>", "analysis",
    "assistantfinal", "Here is my thought process:", "Here is my response:", "◁think▷", "◁/think▷",
    '<details type="reasoning">', "</details>", "<thi", "nk>",
]  # fmt: skip
REPLIES = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(REPLIES)
def test_splitting_again_changes_nothing(text: str) -> None:
    answer = split_thoughts(text).answer

    assert split_thoughts(answer).answer == answer


@given(REPLIES, st.booleans())
def test_no_text_is_lost(text: str, is_open: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    split = split_thoughts(text, opened_in_prompt=is_open)

    kept = split.thoughts + split.answer
    for word in ("42", "a"):
        pattern = rf"(?<![a-z]){word}(?![a-z])"
        assert len(re.findall(pattern, text)) <= len(re.findall(word, kept))


@given(st.text())
def test_a_text_without_marks_stays_as_it_is(text: str) -> None:
    assert split_thoughts(text).answer == text or "<" in text or "[" in text


@pytest.mark.parametrize(
    "piece",
    [
        "<think>", "a <think>", "</think>", "```\n</think>\n```\n", "`", "`a", "<think>`</think>",
        "<|channel|>analysis<|message|>", "< ", "<details reasoning ", '<details type="reasoning">',
        "[THINK]", '"</think>"', "<think>\n", "analysis", "assistantfinal", "<think>'</think>'",
        "Here is my thought process:", "```\n<think>\n",
    ],
)  # fmt: skip
def test_hostile_replies_are_split_in_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.process_time()

    split_thoughts(text)

    assert time.process_time() - started < 2


@pytest.mark.parametrize("reading", ["strict", "lenient", "last_number", "pattern"])
def test_no_reading_looks_at_thoughts_unless_told_to(reading: str) -> None:
    fields = {"reading": reading, "pattern": r"(\d+)" if reading == "pattern" else None}
    metric = load_metric(MetricSpec.model_validate(fields))

    assert metric.score("<think>41</think>42", ["41"]) == 0
    assert metric.lenient("<think>41</think>42", ["41"]) == 0
    assert metric.score("<think>41</think>42", ["42"]) == 1
    assert not metric.read("<think>41")


def test_thoughts_are_read_where_the_spec_keeps_them() -> None:
    metric = load_metric(MetricSpec(reading="lenient", thoughts="keep"))

    assert metric.score("<think>41</think>42", ["41"]) == 1
    assert metric.version != load_metric(MetricSpec(reading="lenient")).version


def test_a_reply_cut_inside_a_thought_could_still_be_right() -> None:
    assert load_metric(MetricSpec()).could_still_be_right("<think>It is 41", ["42"])


@pytest.mark.parametrize(
    "reply",
    [
        "Thinking...\nIt could be 41, or 40.\n...done thinking.\n\n42",
        "<analysis>\nIt could be 41, or 40.\n</analysis>\n42",
        "<rationale>It could be 41, or 40.</rationale><answer>42</answer>",
        "<planning>It could be 41, or 40.</planning>\n<final>42</final>",
    ],
)
def test_notes_before_an_answer_are_thoughts(reply: str) -> None:
    metric = load_metric(MetricSpec(name="numeric"))

    assert metric.score(reply, ["42"]) == 1
    assert metric.lenient(reply, ["41"]) == 0
