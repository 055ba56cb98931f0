"""The sentence of a verdict says how much was tried, what was not, and what stood in the way."""

import pytest

from ladder.decision import CandidateRecord, Decision, FailedCalls, edited_words, with_sentence
from ladder.decision.sentence import sentence_of
from ladder.search.ledger import (
    Attempt,
    AttemptStatus,
    ClassScore,
    Configuration,
    Ledger,
    MoreExamples,
    Trial,
)
from ladder.spec.candidate import Candidate, ModelRef

LEVERS = ("template", "prompt", "rag", "few_shot")
PLAIN = Configuration.baseline(4)


def trial(*slots: int, score: float = 0.1) -> Trial:
    """Return a scored configuration."""
    return Trial(configuration=Configuration(slots), n_seen=40, score=score, low=0.0, high=0.3)


def attempt(
    lever: str, *trials: Trial, status: AttemptStatus = "no_gain", why: str = ""
) -> Attempt:
    """Return what a lever gave."""
    return Attempt(
        lever=lever, status=status, reason=why, parent=PLAIN, chosen=PLAIN, trials=trials
    )


def ledger_of(*attempts: Attempt, ending: str = "justified") -> Ledger:
    """Return the ledger of a run on 100 samples."""
    return Ledger.model_validate(
        {
            "n": 100,
            "n_selection": 40,
            "n_confirmation": 60,
            "baseline": trial(0, 0, 0, 0),
            "attempts": attempts,
            "best": PLAIN,
            "ending": ending,
        }
    )


def record(configuration: Configuration, label: str, **more: float) -> CandidateRecord:
    """Return what was measured of a configuration besides its score."""
    candidate = Candidate(model=ModelRef(id="m"))
    return CandidateRecord(configuration=configuration, candidate=candidate, label=label, **more)


def test_the_sentence_counts_configurations_and_levers_with_each_levers_effort() -> None:
    ledger = ledger_of(
        attempt("template", status="nothing_to_try"),
        attempt("prompt", trial(0, 1, 0, 0), trial(0, 2, 0, 0)),
        attempt("rag", trial(0, 0, -1, 0), status="ceiling"),
        attempt("few_shot", trial(0, 0, 0, 1)),
        attempt("together", trial(0, 1, 0, 1), trial(0, 1, 0, 0)),
    )

    assert sentence_of(ledger, LEVERS, 0.8) == (
        "Fine-tuning is justified: none of the 5 configurations in 2 levers reaches .80 "
        "(template nothing to try, prompt 2, rag upper bound too low, few_shot 1, combined 1)."
    )


def test_levers_declared_not_applicable_stand_with_the_reasons_as_given() -> None:
    ledger = ledger_of(
        attempt("template", status="not_applicable", why="one template\nallowed."),
        attempt("prompt", trial(0, 1, 0, 0)),
        attempt("rag", status="not_applicable", why="no text"),
        attempt("few_shot", status="not_applicable", why="no text"),
    )

    text = sentence_of(ledger, LEVERS, 0.8)

    assert "none of the 2 configurations in 1 lever reaches .80" in text
    assert text.endswith(
        "Not tried, as declared: template (one template↵ allowed); rag, few_shot (no text)."
    )


def test_where_no_lever_was_tried_nothing_is_said_to_have_been() -> None:
    ledger = ledger_of(*(attempt(name, status="not_applicable", why="no") for name in LEVERS))

    text = sentence_of(ledger, LEVERS, 0.8)

    assert "configurations" not in text
    assert "does not reach .80, and no lever could be tried" in text


@pytest.mark.parametrize(("recall", "is_said"), [(1.0, True), (0.98, False)])
def test_a_passage_that_the_model_does_not_use_is_named(recall: float, *, is_said: bool) -> None:
    rag = trial(0, 0, 1, 0, score=0.2)
    ledger = ledger_of(attempt("rag", rag))
    candidates = [record(rag.configuration, "rag lexical k=3", recall=recall)]

    text = sentence_of(ledger, LEVERS, 0.8, candidates=candidates)

    assert ("With rag lexical k=3 every prompt contained the answer" in text) == is_said


@pytest.mark.parametrize(("lenient", "is_said"), [(0.96, True), (0.5, False)])
def test_a_form_that_alone_is_missing_is_named(lenient: float, *, is_said: bool) -> None:
    better = trial(0, 1, 0, 0, score=0.1)
    candidates = [record(better.configuration, "prompt “Reply”", lenient=lenient)]

    text = sentence_of(ledger_of(attempt("prompt", better)), LEVERS, 0.8, candidates=candidates)

    assert (
        "The answers fail mainly in form: read leniently, prompt “Reply” scores .96" in text
    ) == (is_said)


def decided(ledger: Ledger, sentence: str = "") -> Decision:
    """Return a decision from a ledger."""
    return Decision(
        sentence=sentence,
        task="t",
        model="m",
        metric="exact_match, strict",
        target=0.8,
        ledger=ledger,
        levers=LEVERS,
    )


def test_a_sentence_is_true_with_and_without_bounds_and_as_earlier_runs_wrote_it() -> None:
    justified = decided(ledger_of(attempt("prompt", trial(0, 1, 0, 0))))
    stopped = decided(ledger_of(ending="outage")).replace(
        failures=(FailedCalls(configuration=PLAIN, n=40, failed=9, if_wrong=0.1, if_right=0.3),)
    )

    for true in (
        with_sentence(justified),
        with_sentence(stopped),
        with_sentence(stopped, has_unknown_scores=True),
        justified.replace(
            sentence="Fine-tuning is justified: none of the 2 configurations tried reaches .80."
        ),
    ):
        assert edited_words(true) == []
    assert "9 failed calls" in with_sentence(stopped, has_unknown_scores=True).sentence
    assert edited_words(justified.replace(sentence="Trust me.")) == ["sentence"]
    assert edited_words(stopped.replace(sentence="")) == ["sentence"]


def test_a_recorded_sentence_in_the_words_of_an_earlier_version_stays_true() -> None:
    rag, better = trial(0, 0, 1, 0, score=0.2), trial(0, 1, 0, 0, score=0.1)
    attempts = (
        attempt("template", status="ceiling"),
        attempt("prompt", better),
        attempt("rag", rag),
    )
    found = (
        record(rag.configuration, "rag k=3", recall=1.0),
        record(better.configuration, "prompt “Reply”", lenient=0.96),
    )
    justified = decided(ledger_of(*attempts)).replace(candidates=found)
    earlier = (
        "Fine-tuning is justified: none of the 3 configurations in 2 levers reaches .80 (template "
        "bounded, prompt 1, rag 1). With rag k=3 the answer stood in every prompt (recall 1.0), and "
        "the model still scores .20: it does not use the passage. What is missing is the form: "
        "read leniently, prompt “Reply” scores .96 instead of .10."
    )

    assert edited_words(with_sentence(justified)) == []
    assert edited_words(justified.replace(sentence=earlier)) == []
    assert edited_words(justified.replace(sentence=earlier.replace(".20", ".10"))) == ["sentence"]


def test_beside_the_curve_stands_how_many_examples_of_a_class_are_needed() -> None:
    refund = ClassScore(
        label="refund",
        target=0.9,
        n_selection=4,
        n_confirmation=6,
        n=4,
        score=0.95,
        low=0.4,
        high=1.0,
        more=30,
    )
    curve = (MoreExamples(examples=400, chance=0.6, reached=0.6),)
    open_ = ledger_of(ending="undecided").replace(classes=(refund,), more_examples=curve)

    said = sentence_of(open_, LEVERS, 0.8)

    assert said == (
        "Not enough evidence: 400 more examples would decide with probability .60. Among them must be "
        "about 30 of refund."
    )
    decision = Decision(
        sentence=said.split(" Among")[0],
        task="t",
        model="m",
        metric="choice, strict",
        target=0.8,
        ledger=open_,
        levers=LEVERS,
    )
    assert edited_words(decision) == edited_words(decision.replace(sentence=said)) == []
