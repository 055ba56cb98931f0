from ladder.models import Message, Request, Scripted
from ladder.spec.candidate import ChatSetup, Decoding
from ladder.testing import check_generator


def request(text: str) -> Request:
    return Request((Message("user", text),), ChatSetup(), Decoding())


def test_a_function_keeps_what_every_generator_promises() -> None:
    check_generator(
        Scripted(lambda asked: asked.messages[-1].content), [request("a"), request("b")]
    )


def test_it_answers_what_the_function_says() -> None:
    shout = Scripted(lambda asked: asked.messages[-1].content.upper(), name="shout")

    found = dict(shout.generate([request("a"), request("b")]))

    assert [found[0].text, found[1].text] == ["A", "B"]
    assert shout.identity == "scripted:shout"
    assert shout.log_likelihood([request("a")], ["A"]) is None


def test_it_tells_likelihoods_when_it_can() -> None:
    sure = Scripted(lambda _: "", likelihood=lambda _, target: -float(len(target)))

    assert sure.log_likelihood([request("a")], ["four"]) == [-4.0]
