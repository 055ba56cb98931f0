"""Several servers of one model answer as one; one that fails them is left out, and nothing is lost."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from benchmarks.slow_server import SlowServer
from ladder.errors import EndpointError
from ladder.models import Answer, Message, Request, load_generator
from ladder.models.endpoint.replicas import Replicas
from ladder.spec.candidate import Candidate, ChatSetup, Decoding, ModelRef
from ladder.testing.task_files import answer_right

N = 120


@pytest.fixture
def servers() -> Iterator[list[SlowServer]]:
    """Return four servers of one model that answer in 20 ms."""
    with ExitStack() as open_now:
        yield [open_now.enter_context(SlowServer(answer, seconds=0.02)) for _ in range(4)]


def answer(request: Request) -> str:
    text = request.messages[-1].content
    return answer_right(request) if any(map(str.isdigit, text)) else "yes"


def ref_of(servers: list[SlowServer]) -> ModelRef:
    return ModelRef(id="m", base_urls=tuple(each.url for each in servers), concurrency=4)


def asking(number: int) -> Request:
    return Request((Message("user", str(number)),), ChatSetup(), Decoding())


def n09(generator: Replicas) -> list[str]:
    """Return what is said of servers that were left out."""
    return [each.problem for each in generator.findings() if each.code.startswith("N09")]


def asked(generator: Replicas, n: int = N) -> list[Answer]:
    found = list(generator.generate([asking(at) for at in range(n)]))
    assert sorted(place for place, _ in found) == list(range(n))  # each once
    return [answer for _, answer in sorted(found, key=lambda pair: pair[0])]


@pytest.mark.slow
def test_healthy_servers_share_the_work(servers: list[SlowServer]) -> None:
    with closing(Replicas(ref_of(servers))) as generator:
        answers = asked(generator)

    assert [answer.text for answer in answers] == [str(3 * at) for at in range(N)]
    assert all(sum(each.n_answered.values()) > N / 8 for each in servers)
    assert sum(sum(each.n_answered.values()) for each in servers) == N


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["dead", "dies", "slow", "another model", "all three"])
def test_a_server_that_fails_the_others_is_left_out_and_nothing_is_lost(
    servers: list[SlowServer], fault: str
) -> None:
    if fault in ("dead", "all three"):
        servers[1].is_dead = True
    if fault in ("slow", "all three"):
        servers[2].seconds = 20.0
    if fault in ("another model", "all three"):
        servers[3].model = "another"
    if fault == "dies":
        threading.Timer(0.1, setattr, [servers[1], "is_dead", True]).start()

    with closing(Replicas(ref_of(servers))) as generator:
        answers = asked(generator)
        asked(generator, 8)

    assert [answer.text for answer in answers] == [str(3 * at) for at in range(N)]
    left_out = [finding for finding in generator.findings() if finding.code.startswith("N09")]
    assert len(left_out) == (3 if fault == "all three" else 1)
    assert servers[0].url not in " ".join(finding.problem for finding in left_out)


@pytest.mark.slow
def test_servers_that_spell_the_name_of_one_model_otherwise_all_work(
    servers: list[SlowServer],
) -> None:
    for each, name in zip(servers, ("Maker/M", "maker/m", "m:latest", "m"), strict=True):
        each.model = name

    with closing(Replicas(ref_of(servers))) as generator:
        answers = asked(generator)
        left_out = n09(generator)

    assert [answer.text for answer in answers] == [str(3 * at) for at in range(N)]
    assert left_out == []
    assert all(each.n_answered for each in servers)


@pytest.mark.slow
def test_none_waits_for_a_server_whose_first_answer_is_late_nor_asks_it_more_before(
    servers: list[SlowServer],
) -> None:
    wait = iter([1.0])

    def late_at_first(request: Request) -> str:
        time.sleep(next(wait, 0.0))  # it has its model to load
        return answer(request)

    servers[2].seconds, servers[2].model = 1.0, "another"
    with (
        SlowServer(late_at_first, seconds=0.02) as late,
        closing(Replicas(ref_of([*servers, late]))) as generator,
    ):
        found = generator.find_abilities([asking(1)])
        asked(generator)
        assert {*servers[2].n_answered, *late.n_answered} <= {"user: Say yes."}
        give_up = time.monotonic() + 5
        while not (generator.calls_at_once >= 16 and n09(generator)):
            assert time.monotonic() < give_up
            asked(generator, 1)
            time.sleep(0.05)
        asked(generator)
        left_out = n09(generator)

    assert found["answers_as"] == "m"
    assert len(late.n_answered) > 8  # at work, as soon as it is known who it is
    assert set(servers[2].n_answered) == {"user: Say yes."}
    assert [servers[2].url in each for each in left_out] == [True]


def test_where_no_server_is_left_the_run_ends(servers: list[SlowServer]) -> None:
    for each in servers:
        each.is_dead = True

    with (
        closing(Replicas(ref_of(servers), sleep=lambda _: None)) as generator,
        pytest.raises(EndpointError),
    ):
        asked(generator)


def test_how_many_servers_there_are_changes_no_digest() -> None:
    one = ModelRef(id="m", base_url="http://a/v1")
    several = ModelRef(id="m", base_urls=("http://a/v1", "http://b/v1"))

    assert one.digest == several.digest
    assert Candidate(model=one).digest == Candidate(model=several).digest
    with closing(load_generator(one)) as alone, closing(load_generator(several)) as together:
        assert isinstance(together, Replicas)
        assert alone.identity == together.identity
    assert [each.base_url for each in several.replicas] == ["http://a/v1", "http://b/v1"]
    assert ModelRef.model_validate_json(several.model_dump_json()) == several
