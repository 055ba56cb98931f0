"""A real OpenAI-compatible server in this process: llama.cpp's, by way of `xllamacpp`."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from ladder.errors import EndpointError, ModelLoadError
from ladder.models.locate import locate
from ladder.spec.candidate import ModelRef

START_SECONDS = 60.0
_REASONING_FORMAT_NONE = 0  # llama.cpp's COMMON_REASONING_FORMAT_NONE


@contextmanager
def llama_server(  # noqa: PLR0913 - a server with its options
    ref: ModelRef,
    *,
    name: str = "demo",
    context_tokens: int = 4096,
    slots: int = 2,
    template: str = "",
    splits_thoughts: bool = True,
    adapter: Path | None = None,
) -> Iterator[ModelRef]:
    """Serve a GGUF model on the loopback address; yield the ModelRef that reaches it.

    Args:
        ref: A `.gguf` model; `package:` refs work.
        name: The name that it is served under.
        context_tokens: Context of all slots together.
        slots: How many prompts run at once.
        template: A chat template in place of the model's own.
        splits_thoughts: Whether the server's reasoning parser gives thoughts apart from the text.
        adapter: The GGUF of a LoRA adapter, loaded beside the model.

    Raises:
        ModelLoadError: `xllamacpp` is not installed.
        EndpointError: The server did not come up.
    """
    try:
        from xllamacpp import CommonAdapterLoraInfo, CommonParams, Server
    except ImportError as error:
        raise ModelLoadError(
            "The package xllamacpp is not installed.", next_step="pip install xllamacpp"
        ) from error
    params = CommonParams()
    params.model.path = str(locate(ref))
    params.model_alias = {name}
    params.n_ctx = context_tokens
    params.n_parallel = slots
    params.hostnames = ["127.0.0.1"]
    params.port = _free_port()
    params.verbosity = -1
    for threads in (params.cpuparams, params.cpuparams_batch):
        # Threads that spin while they wait take minutes for a sentence on a busy machine.
        threads.n_threads, threads.poll = max(1, (os.cpu_count() or 2) // 2), 0
    params.chat_template = template
    if adapter is not None:
        params.lora_adapters = [CommonAdapterLoraInfo(str(adapter), 1.0)]
    if not splits_thoughts:
        params.reasoning_format = _REASONING_FORMAT_NONE
    server = Server(params)
    base_url = f"http://127.0.0.1:{params.port}/v1"
    try:
        _wait_until_ready(base_url)
        yield ModelRef(id=name, base_url=base_url, concurrency=slots)
    finally:
        del server  # its destructor stops the threads


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(base_url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{base_url}/models", timeout=5):  # noqa: S310 - our own http address
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise EndpointError(
        f"llama.cpp's server did not answer at {base_url} within {START_SECONDS:g} s.",
        next_step="Try a smaller model, or free some memory.",
    )
