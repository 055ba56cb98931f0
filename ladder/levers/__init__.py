"""The seven levers that a run tries before fine-tuning, in their fixed order."""

from ladder.levers.base import AskedAgain, Bounded, Lever, Nothing
from ladder.levers.decoding import DecodingVariants as Decoding
from ladder.levers.few_shot import FewShot
from ladder.levers.model import Model
from ladder.levers.prompt import PromptVariants as Prompt
from ladder.levers.rag import Rag
from ladder.levers.rerank import Rerank
from ladder.levers.template import Template

LEVERS = (Template, Prompt, Model, Decoding, Rag, Rerank, FewShot)

__all__ = [
    "LEVERS",
    "AskedAgain",
    "Bounded",
    "Decoding",
    "FewShot",
    "Lever",
    "Model",
    "Nothing",
    "Prompt",
    "Rag",
    "Rerank",
    "Template",
]
