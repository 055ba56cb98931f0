"""Overlap of text: as the libraries count it, in every script, and not by keywords alone."""

from typing import Any

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF

from ladder.scoring import load_metric
from ladder.scoring.overlap.text_overlap import longest_common
from ladder.spec.metric_spec import MetricSpec


def score(name: str, answer: str, target: str) -> float:
    return load_metric(MetricSpec(name=name)).score(answer, [target])


@pytest.mark.parametrize(
    ("answer", "target", "wanted"),
    [
        ("the cat is on the mat", "the cat sat on the mat", 5 / 6), ("police kill the gunman", "police killed the gunman", 3 / 4),
        ("the gunman kill police", "police killed the gunman", 2 / 4), ("今天天气很好", "今天天气非常好", 10 / 13),
        ("It's 3.5!", "its 3 5", 2 * 2 / 7), ("", "x", 0), ("x", "x", 1), ("東京", "京都", 1 / 2), ("Ünïted", "ünïted", 1),
        ("สวัสดี", "สวัสดี", 1), ("a " * 50, "a", 2 / 51), ("cat", "dog", 0),
    ],
)  # fmt: skip
def test_rouge_l_is_the_f_measure_of_the_longest_common_subsequence(
    answer: str, target: str, wanted: float
) -> None:
    assert score("rouge_l", answer, target) == pytest.approx(wanted)


def test_bleu_and_chrf_are_those_of_sacrebleu() -> None:
    said, wanted = "The cat is on the mat, isn't it?", "The cat sat on the mat, didn't it?"
    chinese = ("我今天去了北京的iPhone商店。", "我昨天去了北京的iPhone商店。")

    bleu = BLEU(effective_order=True).sentence_score(said, [wanted]).score
    assert score("bleu", said, wanted) == pytest.approx(bleu / 100)
    zh = BLEU(effective_order=True, tokenize="zh").sentence_score(chinese[0], [chinese[1]]).score
    assert score("bleu", *chinese) == pytest.approx(zh / 100)
    assert score("chrf", said, wanted) == pytest.approx(
        CHRF().sentence_score(said, [wanted]).score / 100
    )


@pytest.mark.parametrize("name", ["rouge_l", "bleu", "chrf"])
def test_words_without_order_score_less_than_another_wording(name: str) -> None:
    target = "The delivery left the warehouse on Monday and will arrive two days later."
    stuffed = " ".join([*reversed(target.split()), *reversed(target.split())])
    other = "The delivery left our warehouse on Monday and arrives two days later."

    assert score(name, stuffed, target) < score(name, other, target)
    assert score(name, stuffed, target) < 0.7


def test_the_longest_common_subsequence_is_found_by_bits_as_by_a_table() -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        one, other = (
            ["abcd"[at] for at in random.integers(0, 4, size=random.integers(1, 20))] for _ in "xy"
        )
        table = np.zeros((len(one) + 1, len(other) + 1), dtype=int)
        for i, a in enumerate(one):
            for j, b in enumerate(other):
                table[i + 1, j + 1] = (
                    table[i, j] + 1 if a == b else max(table[i, j + 1], table[i + 1, j])
                )
        assert longest_common(one, other) == table[-1, -1]


class Angles:
    """An encoder that knows three texts."""

    digest = "angles"

    def encode_documents(self, texts: Any) -> Any:
        known = {"same": (1.0, 0.0), "near": (0.8, 0.6), "other": (-1.0, 0.0)}
        return np.array([known[text] for text in texts])


def test_similarity_is_the_cosine_of_an_encoder_and_never_below_0() -> None:
    metric = load_metric(MetricSpec(name="similarity"), load_encoder=lambda _: Angles())

    assert metric.score("near", ["same"]) == pytest.approx(0.8)
    assert metric.score("near", ["near"]) == 1
    assert metric.score("other", ["same"]) == 0
    assert "angles" in metric.version
