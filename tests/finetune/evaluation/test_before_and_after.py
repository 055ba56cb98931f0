"""What else the model could do: asked before and after, and tested question by question."""

from pathlib import Path

from ladder.finetune.evaluation.before_and_after import compare_scores, load_abilities
from ladder.finetune.training.training_set import general_questions
from ladder.spec.training import Training


def test_forgetting_is_told_from_chance() -> None:
    before = {"capitals": [1.0] * 12 + [0.0] * 8, "sums": [1.0, 0.0] * 10}
    after = {"capitals": [0.0] * 20, "sums": [0.0] + [1.0, 0.0] * 9 + [1.0]}

    capitals, sums = compare_scores(before, after)

    assert (capitals.losses, capitals.wins, capitals.is_worse) == (12, 0, True)
    assert (sums.n, sums.is_worse) == (20, False)


def test_an_ability_that_got_better_is_not_called_worse() -> None:
    (better,) = compare_scores({"a": [0.0] * 20}, {"a": [1.0] * 20})

    assert better.p_value < 0.05
    assert not better.is_worse


def test_the_built_in_abilities_are_not_what_is_replayed() -> None:
    training = Training(path="x.jsonl")
    questions = [question.input for each in load_abilities(training).values() for question in each]
    replayed = set(general_questions(training))

    assert {name: len(each) for name, each in load_abilities(training).items()} == {
        "capitals": 50,
        "opposites": 30,
        "sums": 30,
    }
    assert replayed.isdisjoint(questions)
    assert not [question for question in replayed if "capital" in question]
    assert len(replayed) >= 240


def test_the_users_abilities_are_asked_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(
        '{"input": "Say yes.", "target": "yes"}\n'
        '{"input": "Hi", "target": "hello", "ability": "manners"}\n',
        "utf-8",
    )

    abilities = load_abilities(Training(path="x.jsonl", abilities=str(path)))

    assert len(abilities["manners"]) == 1
    assert sum(len(questions) for questions in abilities.values()) == 112
