"""The batches are decided before the first step, and all have the same mix."""

from ladder.finetune.training.training_set import plan_batches


def test_every_batch_has_its_share_of_replay() -> None:
    plan = plan_batches(list(range(20)), ["r"] * 5, steps=7, batch_size=8, share=0.25, seed=1)

    batches = [plan[at : at + 8] for at in range(0, len(plan), 8)]
    assert [batch.count("r") for batch in batches] == [2] * 7


def test_every_row_is_seen_before_one_is_seen_again() -> None:
    plan = plan_batches(list(range(12)), [], steps=3, batch_size=4, share=0.25, seed=3)

    assert sorted(plan) == list(range(12))


def test_the_seed_decides_the_order_and_nothing_else_does() -> None:
    def plan(seed: int) -> list[int]:
        return plan_batches(list(range(30)), [], steps=4, batch_size=4, share=0.0, seed=seed)

    assert plan(1) == plan(1)
    assert plan(1) != plan(2)


def test_a_longer_training_starts_like_a_shorter_one() -> None:
    short = plan_batches(list(range(9)), ["a", "b"], steps=4, batch_size=4, share=0.25, seed=0)
    long = plan_batches(list(range(9)), ["a", "b"], steps=8, batch_size=4, share=0.25, seed=0)

    assert long[: len(short)] == short
