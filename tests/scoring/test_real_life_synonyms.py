"""Labels with synonyms in real life: what chooses a label, and what only names one."""

import pytest

from ladder.scoring import load_metric
from ladder.scoring.metrics import Choice
from ladder.spec.metric_spec import MetricSpec

Words = dict[str, list[str]]
Row = tuple[Words, str, list[str]]

SUPPORT = {
    "refund": ["money back", "reimbursement", "return"],
    "shipping": ["delivery", "parcel"],
    "account": ["login", "password reset"],
    "other": ["none of these"],
}
TONES = {
    "positive": ["good", "favorable", "pos"],
    "negative": ["bad", "unfavorable", "neg"],
    "neutral": ["mixed", "neither"],
}
PRIORITIES = {
    "P1": ["critical", "urgent"],
    "P2": ["high"],
    "P3": ["normal", "medium"],
    "P4": ["low"],
}
TRUTH = {"yes": ["true", "correct"], "no": ["false", "incorrect"]}
MAIL = {"spam": ["junk"], "not_spam": ["ham", "legitimate"]}

RIGHT: list[Row] = [
    (SUPPORT, 'refund', [
        'refund', 'Refund', 'REFUND.', 'money back', 'They want their money back.', 'Reimbursement',
        'The customer asks for a reimbursement.', 'Category: return', 'The label is **refund**.',
        'refunds', 'Money-back', 'money_back', '{"category": "refund"}', 'Label: money back',
        'Intent: Return', '`refund`', 'Based on the message, the category is: refund',
        'I would classify this as a refund.', 'This is a refund request.',
        'Refund - the customer wants their money back.', 'Refund, because they want a return.',
        'refund (money back)', '**Category:** Refund\n\n**Reason:** The parcel was broken.',
        'The category is refund, not shipping.', '<think>shipping? no</think>refund',
        'Refund request', 'Not shipping, but refund.', '\u9000\u6b3e: refund',
    ]),
    (TONES, 'positive', [
        'good', 'Good.', 'pos', 'Pos', 'favorable', 'Sentiment: favorable', 'The review is good.',
        "It's a favorable review.", 'The sentiment is positive, not negative.', 'Positive!',
        '+ positive', 'Overall sentiment: **Positive**',
    ]),
    (TONES, 'negative', [
        'bad', 'unfavorable', 'Unfavorable.', 'neg', 'The review is bad.',
        'This review is unfavorable.', 'very negative', 'Not good, but bad',
    ]),
    (TONES, 'neutral', [
        'mixed', 'neither', 'Mixed.', 'It is mixed.', 'Neither positive nor negative: neutral',
    ]),
    (PRIORITIES, 'P1', [
        'P1', 'p1', 'Priority: P1', 'critical', 'urgent', 'This is urgent.', 'P1 (critical)',
        'Critical - P1', 'Severity: Critical', 'P1: system down',
    ]),
    (PRIORITIES, 'P2', [
        'high', 'High', 'High priority', 'Priority: high', 'P2 - High',
    ]),
    (MAIL, 'not_spam', [
        'not_spam', 'not spam', 'Not spam.', 'ham', 'legitimate', 'This is not spam.',
        'This email is legitimate.', 'Not Spam', 'It is ham, not spam.', 'not-spam',
    ]),
    (MAIL, 'spam', [
        'spam', 'Spam.', 'junk', 'This is spam.', 'It is junk.', 'Classification: Spam',
    ]),
    (TRUTH, 'no', [
        'false', 'incorrect', 'That is incorrect.', 'No.', 'It is false.',
        'Incorrect, because it is red.',
    ]),
]  # fmt: skip
WRONG: list[Row] = [
    (SUPPORT, 'refund', [
        'shipping', 'delivery', 'other', 'none of these', 'shipping or money back?', 'not a refund',
        'They do not want their money back; they ask about delivery.', 'refund or shipping',
        'refund, shipping', 'refund/shipping', 'Either refund or account', 'No refund is asked for.',
        'I cannot say.', '', 'unknown', 'billing', 'refund, shipping, account, other',
        'Is it a refund?', 'This is about the delivery of the parcel.',
        'The customer wants to return to the login page: account',
        'returning customer asks for login',
        'Category: shipping (the customer may want a refund later)',
        'It could be a refund, but it is shipping.', 'Shipping. They do not want a refund.',
        'refunding is not what they want', 'moneyback guarantee? no: shipping',
        'Rather than a refund, account.', "I'm sorry, I can't help with that.",
        'shipping\nrefund\naccount', '1. refund\n2. shipping\n3. account\n4. other',
        'The options are refund and shipping.', 'Without a refund: other',
        'They already got a refund, now they ask for the login.: account', 'other (not refund)',
        'account, since no money back is asked',
    ]),
    (TONES, 'positive', [
        'unfavorable', 'Unfavorable.', 'not good', 'Not good.', 'bad', 'positive or negative',
        'good and bad', 'neither good nor bad', 'not favorable', "isn't good", 'It is far from good.',
        'neg', 'position', 'Positive and negative: mixed', 'mixed', 'no good', 'hardly good',
        'never good', 'nothing good about it', 'could be good, but it is bad', 'good? No, bad.',
        'not very good', 'not so favorable',
    ]),
    (TONES, 'negative', [
        'not bad', 'Not bad at all.', "isn't bad", 'favorable', 'badly', 'badge', 'good',
    ]),
    (PRIORITIES, 'P1', [
        'P2', 'P10', 'P11', 'not critical', 'non-critical', 'Not urgent', 'uncritical', 'High',
        'P1 or P2', 'P1-P2', 'critically low: P4', 'low', 'P1/P2', 'not P1',
    ]),
    (PRIORITIES, 'P2', [
        'P1', 'very low', 'not high', 'highlight', 'low', 'medium-high', 'high or medium',
    ]),
    (MAIL, 'spam', [
        'not spam', 'not_spam', 'Not spam.', 'ham', 'This is not spam.', 'No spam here.',
        "It isn't spam.", 'non-spam', 'not junk', 'This email is legitimate, no spam.', 'spam or ham',
        'Spam? No.', 'legitimate', 'This is no spam', 'This is not a spam email',
    ]),
    (MAIL, 'not_spam', [
        'spam', 'junk', 'not legitimate', 'illegitimate', 'not ham', 'Hamburg',
        'This is spam, not ham.', 'spammy',
    ]),
    (TRUTH, 'yes', [
        'not true', 'incorrect', 'untrue', 'not correct', 'It is not correct.', 'false', 'No',
        'truth', 'true or false', 'yes and no',
    ]),
]  # fmt: skip
CUT: list[tuple[list[str], str, str]] = [
    (["card", "card arrival"], "card arrival", "The label is card arrival."),
    (["card", "card arrival"], "card arrival", "card_arrival"),
    (["1", "2", "10", "11"], "10", "The answer is 10."),
    (["positive", "very positive"], "very positive", "The tone is very positive."),
    (["refund", "invoice"], "refund", "It is no invoice, it is a refund."),
]


def choice_of(words: Words | list[str]) -> Choice:
    metric = load_metric(MetricSpec.model_validate({"name": "choice", "labels": words}))
    assert isinstance(metric, Choice)
    return metric


def test_a_label_is_chosen_by_any_of_its_words() -> None:
    for words, label, answers in RIGHT:
        metric = choice_of(words)
        missed = [each for each in answers if metric.score(each, [label]) < 1]
        assert missed == []
        assert all(metric.lenient(each, [label]) == 1 for each in answers)


def test_a_label_that_is_only_named_or_denied_is_not_chosen() -> None:
    for words, label, answers in WRONG:
        metric = choice_of(words)
        right = [each for each in answers if metric.score(each, [label]) > 0]
        assert right == []
        assert not [each for each in answers if metric.only_form_differs(each, [label])]


def test_an_answer_that_was_cut_within_a_label_is_unknown() -> None:
    for labels, target, answer in CUT:
        metric = choice_of(labels)
        assert metric.score(answer, [target]) == 1
        for at in range(len(answer)):
            assert metric.could_still_be_right(answer[:at], [target]), answer[:at]
    assert not choice_of(["card", "card arrival"]).could_still_be_right(
        "card. It", ["card arrival"]
    )


def test_what_a_text_is_not_about_is_denied() -> None:
    metric = choice_of(SUPPORT)
    about = "I would classify this as **Refund**, because it isn't about shipping."

    assert metric.score("This is not about a refund.", ["refund"]) == 0
    assert metric.score("It is not related to the refund.", ["refund"]) == 0
    assert metric.score("They are not asking for a refund.", ["refund"]) == 0
    assert metric.score(about, ["refund"]) == 1


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("I'm sorry, but I can't help with refund requests.", 0),
        ("I cannot tell whether this is a refund.", 0),
        ("As an AI, I am unable to process refunds.", 0),
        ("We're not able to decide if it is a refund.", 0),
        ("Ich kann leider nicht sagen, ob es ein refund ist.", 0),
        ("I can't say for sure, but it looks like a refund.", 1),
        ("I can't be certain without the invoice. Most likely refund.", 1),
        ("The customer says that they could not return it, so a refund.", 1),
    ],
)
def test_what_a_refusal_names_is_no_choice(answer: str, score: int) -> None:
    metric = choice_of(SUPPORT)

    assert metric.score(answer, ["refund"]) == score
    assert metric.lenient(answer, ["refund"]) == 1  # nobody may say that the model cannot do it
