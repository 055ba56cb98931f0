"""The verdict goes on after the training, in one sentence."""

from ladder.finetune.report import Ability, Score, write_sentence

GOOD = Score(n=120, score=0.92, low=0.86, high=0.96)
LOST = Ability(
    name="capitals", n=50, before=0.56, after=0.0, wins=0, losses=28, p_value=1e-8, is_worse=True
)


def test_success_is_said_with_its_price() -> None:
    sentence = write_sentence(target=0.8, after=GOOD, abilities=(LOST,), passed=True)

    assert sentence == (
        "The adapter reaches the target of .80: .92 on 120 samples. It lost capitals .56 to .00."
    )


def test_failure_is_said_as_plainly() -> None:
    sentence = write_sentence(target=0.8, after=GOOD, abilities=(), passed=False)

    assert sentence.startswith("Fine-tuning did not reach the target of .80 either")
