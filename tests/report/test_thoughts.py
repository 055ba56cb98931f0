"""Thoughts are shown apart from the answer, closed until somebody opens them."""

import re
from dataclasses import replace

from ladder.report import Evidence, to_html, to_markdown
from ladder.runs.samples import AnswerRow, SampleRow
from ladder.search.ledger import Configuration

THOUGHT = "First I look for Mara, then I doubt it."


def with_thoughts(evidence: Evidence, **fields: object) -> Evidence:
    """Return evidence in which every answer came after the same thoughts."""
    samples = tuple(
        replace(
            sample,
            answers=tuple(
                replace(each, thoughts=THOUGHT, **fields)  # type: ignore[arg-type]
                for each in sample.answers
            ),
        )
        for sample in evidence.samples
    )
    return replace(evidence, samples=samples)


def test_thoughts_are_closed_and_no_part_of_the_answer(cases: dict[str, Evidence]) -> None:
    evidence = with_thoughts(cases["together"])
    html, markdown = to_html(evidence), to_markdown(evidence)

    assert "no part of the answer; their tokens are counted" in html
    assert re.search(r"<details[^>]*><summary>thoughts of [^/]*</span></summary>", html)
    assert f"<summary>Thoughts, no part of the answer</summary>\n\n```text\n{THOUGHT}" in markdown
    assert THOUGHT not in to_html(cases["together"])


def test_how_an_answer_ended_is_said_where_it_is_not_whole(cases: dict[str, Evidence]) -> None:
    for reason, words in (
        ("length", "cut by the token limit"),
        ("filtered", "withheld by the server"),
        ("refused", "refused by the server"),
    ):
        evidence = with_thoughts(cases["together"], finish_reason=reason)

        assert f"Answer ({words}" in to_markdown(evidence)
        assert words in to_html(evidence)


def test_a_line_of_samples_keeps_the_thoughts() -> None:
    answer = AnswerRow(Configuration((0,)), "42", "42", 1.0, thoughts=THOUGHT)
    sample = SampleRow("a", "b", ("42",), answers=(answer,))

    assert SampleRow.from_line(sample.to_line()) == sample
    assert SampleRow.from_line(sample.to_line().replace(f', "thoughts": "{THOUGHT}"', "")) == (
        replace(sample, answers=(replace(answer, thoughts=""),))
    )
