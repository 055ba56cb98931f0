"""The only room that generates."""

from ladder.models.base import Answer, Generator, Message, Request
from ladder.models.digest import model_digest
from ladder.models.gguf import converted_folder
from ladder.models.load import load_generator
from ladder.models.locate import locate
from ladder.models.recorded import Recorded
from ladder.models.scripted import Scripted, register_scripted
from ladder.models.situation import describe_situation
from ladder.models.template_files import TemplateFile, read_template_files
from ladder.models.tokenizer import ChatTokenizer, load_tokenizer

__all__ = [
    "Answer",
    "ChatTokenizer",
    "Generator",
    "Message",
    "Recorded",
    "Request",
    "Scripted",
    "TemplateFile",
    "converted_folder",
    "describe_situation",
    "load_generator",
    "load_tokenizer",
    "locate",
    "model_digest",
    "read_template_files",
    "register_scripted",
]
