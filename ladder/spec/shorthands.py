"""`AnyModel` and its like: parts of a spec for which a single text may stand."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from ladder.frozen import Frozen, short_for
from ladder.spec.candidate import ModelRef, Prompt, Reranking

AnyModel = Annotated[
    ModelRef, BeforeValidator(short_for("id"), json_schema_input_type=str | ModelRef)
]


class PromptFile(Frozen):
    """A prompt that stands elsewhere: a program that DSPy saved, or a prompt version of MLflow.

    `from` is a file, the folder of a version in MLflow's file store, or `prompts:/NAME/VERSION`;
    `predictor` names the one that is meant of several in a program.
    """

    source: str = Field(alias="from")
    predictor: str | None = None


AnyPrompt = Annotated[
    Prompt, BeforeValidator(short_for("user"), json_schema_input_type=str | Prompt | PromptFile)
]
AnyReranking = Annotated[
    Reranking, BeforeValidator(short_for("reranker"), json_schema_input_type=str | Reranking)
]
