"""What a probe finds at servers that really run."""

import gc
import socket
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from ladder.models import Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing import write_tiny_model

pytestmark = [pytest.mark.slow, pytest.mark.model]


@pytest.fixture(scope="module")
def transformers_serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelRef]:
    pytest.importorskip("fastapi")
    from transformers.cli.serve import Serve

    folder = write_tiny_model(tmp_path_factory.mktemp("served"), context_tokens=4096)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Serve(
        force_model=str(folder), host="127.0.0.1", port=port, device="cpu", non_blocking=True
    )
    _wait_for_port(port)
    yield ModelRef(
        id=str(folder), base_url=f"http://127.0.0.1:{port}/v1", tokenizer=str(folder), concurrency=2
    )
    server.kill_server()
    with warnings.catch_warnings():
        # transformers leaves the event loop of its thread open; the collector would warn of it
        # in whichever test runs then.
        warnings.simplefilter("ignore", ResourceWarning)
        del server
        gc.collect()


def _wait_for_port(port: int) -> None:
    """Return once the server listens: it starts in a thread of its own, and says nothing."""
    for _ in range(600):
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise TimeoutError(f"no server listens at port {port} after a minute")


def test_transformers_serve_takes_few_fields_and_says_so(transformers_serve: ModelRef) -> None:
    asked = Request((Message("user", "Where is it?"),), ChatSetup(), Decoding(max_new_tokens=4))

    with closing(EndpointGenerator(transformers_serve)) as endpoint:
        found = endpoint.find_abilities([asked])
        [(_, answer)] = endpoint.generate([asked])

    refused = ("top_k", "min_p", "structured_outputs", "guided_choice", "regex")
    passed_over = ("temperature", "json_object", "json_schema", "shows_tokens")
    assert [name for name in (*refused, *passed_over) if found[name] is not False] == []
    assert found["stop"] is True
    assert found["limit_field"] == "max_tokens"
    assert found["needle_tokens"] > 500
    assert found["calls"] <= 12
    assert answer.error is None
