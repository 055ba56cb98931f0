from ladder.models.endpoint.throttle import Throttle


def test_a_refusal_allows_less_and_answers_slowly_more() -> None:
    throttle = Throttle(10)
    with throttle.slot() as ticket:
        throttle.refused(ticket)
    after_refusal = throttle.allowed
    for _ in range(200):
        throttle.answered()

    assert after_refusal == 7
    assert throttle.allowed == 10


def test_refusals_of_one_burst_count_once() -> None:
    throttle = Throttle(10)
    with throttle.slot() as first, throttle.slot() as second:
        throttle.refused(first)
        throttle.refused(second)

    assert throttle.allowed == 7


def test_one_call_is_always_allowed() -> None:
    throttle = Throttle(2)
    for _ in range(20):
        with throttle.slot() as ticket:
            throttle.refused(ticket)

    assert throttle.allowed == 1
