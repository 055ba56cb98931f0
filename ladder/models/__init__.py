"""Models that answer: local weights, endpoints, recorded answers; their files and tokenizers."""

from ladder.models.base import Answer, Generator, Message, Request
from ladder.models.digest import model_digest
from ladder.models.gguf.convert import converted_folder
from ladder.models.load_generator import load_generator
from ladder.models.locate import locate
from ladder.models.recorded import Recorded
from ladder.models.scripted import Scripted, register_scripted
from ladder.models.tokenizer import ChatTokenizer, load_tokenizer

__all__ = [
    "Answer",
    "ChatTokenizer",
    "Generator",
    "Message",
    "Recorded",
    "Request",
    "Scripted",
    "converted_folder",
    "load_generator",
    "load_tokenizer",
    "locate",
    "model_digest",
    "register_scripted",
]
