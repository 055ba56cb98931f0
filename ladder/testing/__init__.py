"""Public fakes and conformance checks for tests of code that uses ladder."""

from ladder.models.scripted import Scripted, register_scripted
from ladder.testing.conformance import check_generator, check_lever
from ladder.testing.llama_server import llama_server
from ladder.testing.task_files import make_run, triples, write_rows, write_task
from ladder.testing.tiny_model import CHATML, write_tiny_model

__all__ = [
    "CHATML",
    "Scripted",
    "check_generator",
    "check_lever",
    "llama_server",
    "make_run",
    "register_scripted",
    "triples",
    "write_rows",
    "write_task",
    "write_tiny_model",
]
