"""Blocks in which libraries keep calm leave everything as it was."""

import gc
import os
from typing import Any

import pytest
import torch

from ladder.models.quiet import without_collecting, without_compiling


@pytest.mark.parametrize("given", [None, "0"])
def test_what_the_environment_says_of_compiling_comes_back(
    given: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given is None:
        monkeypatch.delenv("TORCHDYNAMO_DISABLE", raising=False)
    else:
        monkeypatch.setenv("TORCHDYNAMO_DISABLE", given)

    with without_compiling():
        assert os.environ["TORCHDYNAMO_DISABLE"] == "1"

    assert os.environ.get("TORCHDYNAMO_DISABLE") == given


def test_functions_are_compiled_after_the_block_and_not_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TORCHDYNAMO_DISABLE", raising=False)
    compiled: list[Any] = []

    def backend(graph: Any, inputs: Any) -> Any:
        del inputs
        compiled.append(graph)
        return graph

    with without_compiling():
        inside = torch.compile(lambda x: x + 1, backend=backend)
    after = torch.compile(lambda x: x + 2, backend=backend)

    assert inside(torch.tensor(1)) == 2
    assert compiled == []
    assert after(torch.tensor(1)) == 3
    assert len(compiled) == 1


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_rests_inside_the_block_and_is_as_before_after_it(*, on: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        with without_collecting():
            assert not gc.isenabled()
        assert gc.isenabled() == on
        with pytest.raises(ImportError), without_collecting():
            raise ImportError
        assert gc.isenabled() == on
    finally:
        (gc.enable if before else gc.disable)()
