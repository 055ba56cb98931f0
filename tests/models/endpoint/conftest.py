"""A scripted server for the tests of a module, without the calls of the test before."""

from collections.abc import Iterator

import pytest

from ladder.testing.scripted_server import ScriptedServer


@pytest.fixture(scope="module")
def one_server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def server(one_server: ScriptedServer) -> ScriptedServer:
    one_server.calls.clear()
    return one_server
