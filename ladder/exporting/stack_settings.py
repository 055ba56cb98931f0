"""`stack_settings`: a measured stack as the values and files that a standalone script reads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ladder.chat.sandbox.single_braces import aliases, with_double_braces
from ladder.data.conversation import leading_system
from ladder.data.passage import Passage
from ladder.data.quoting import quoted
from ladder.data.sample import Sample
from ladder.exporting.measured_stack import MeasuredStack
from ladder.exporting.proven_reading import proven_reading
from ladder.measure.request import PromptMaterial, write_passages, write_request
from ladder.models.locate import is_public_name
from ladder.retrieval import load_encoder
from ladder.retrieval.corpus import Corpus, load_corpus
from ladder.spec.candidate import BY_VECTORS, Candidate, ChatSetup, Decoding, ModelRef, Retrieval
from ladder.spec.encoder_spec import AnyEncoder, encoder_name
from ladder.version import __version__

FORMAT = 1
_SYSTEM = re.compile(r"\{[{%][^}]*\bsystem(?:_prompt|_message)?\b")
_SPARE = 2
"""Further worked examples: none is shown whose input is that of the row."""


@dataclass(frozen=True, slots=True)
class StackFiles:
    """What `stack.json` says, and what lies beside it.

    Attributes:
        settings: For `stack.json`.
        lines: Rows of JSON by the name of their file.
        vectors: Matrices by the name of their file.
    """

    settings: dict[str, Any]
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    vectors: dict[str, Any] = field(default_factory=dict)


def stack_files(stack: MeasuredStack) -> StackFiles:
    """Return the stack without anything of a server; see `served_settings`."""
    files = StackFiles({})
    candidate = stack.candidate
    files.settings.update(
        {
            "format": FORMAT,
            "made_from": {
                "task": stack.task.name,
                "candidate": stack.label,
                "verdict": stack.decision.verdict,
                "decision": stack.decision.digest,
                "ladder": __version__,
            },
            "backend": "local" if stack.is_local else "served",
            "input": stack.task.data.input,
            "system_column": stack.task.data.system,
            "prompt": _prompt(stack),
            "chat": chat_settings(stack.request.chat),
            "model": {
                **model_settings(candidate.model, dtype=_dtype(stack)),
                "adapter": candidate.adapter is not None,
            },
            "decoding": decoding_settings(stack.request.decoding),
            "reading": proven_reading(stack.task.metric, stack.answers),
            "retrieval": _retrieval(stack, candidate.retrieval, files),
            "examples": _examples(stack, files),
            "inline_examples": candidate.examples is not None
            and candidate.examples.placement == "inline",
        }
    )
    return files


def _prompt(stack: MeasuredStack) -> dict[str, Any]:
    prompt = stack.candidate.prompt
    names = {"input", *(name for sample in stack.samples for name in sample.columns)}
    if any(sample.conversation is not None for sample in stack.samples):
        names |= {"system", "tools"}
    known = frozenset(names)
    system = None if prompt.system is None else with_double_braces(prompt.system, known)
    return {
        "user": with_double_braces(prompt.user, known),
        "system": system,
        "system_holds_own": bool(_SYSTEM.search(system or "")),
        "aliases": aliases(known),
    }


def _dtype(stack: MeasuredStack) -> str:
    return str(getattr(stack.bench.generator(stack.candidate), "dtype", "float32"))


def chat_settings(chat: ChatSetup) -> dict[str, Any]:
    """Return a chat setup as the standalone scripts read it; its template lies in a file."""
    return {
        "mode": chat.mode,
        "template_arguments": dict(chat.template_arguments),
        "add_generation_prompt": chat.add_generation_prompt,
        "add_special_tokens": chat.add_special_tokens,
        "split_special_tokens": chat.split_special_tokens,
        "fold_system": chat.fold_system,
        "stop_tokens": None if chat.stop_tokens is None else list(chat.stop_tokens),
        "extra_stop_tokens": list(chat.extra_stop_tokens),
        "prefill": chat.prefill,
        "counted_prefill": chat.counted_prefill,
    }


def model_settings(model: ModelRef, *, dtype: str) -> dict[str, Any]:
    """Return a model by the name that any machine knows; by its last name alone where it has none."""
    is_files = not model.is_endpoint and is_public_name(model.id)
    return {
        "name": model.id if is_files else "",
        "called": Path(model.id).name,
        "revision": model.revision,
        "dtype": dtype,
        "quantization": model.quantization,
    }


def decoding_settings(decoding: Decoding) -> dict[str, Any]:
    """Return decoding settings under transformers' own names, with what is done around them."""
    is_sampled = decoding.temperature > 0
    drawn = {
        "temperature": float(decoding.temperature),
        "top_p": 1.0 if decoding.top_p is None else float(decoding.top_p),
        "top_k": decoding.top_k or 0,
        "min_p": decoding.min_p,
    }
    generate = {
        "max_new_tokens": decoding.max_new_tokens,
        "do_sample": is_sampled,
        "num_beams": decoding.num_beams,
        "repetition_penalty": decoding.repetition_penalty or 1.0,
        **(drawn if is_sampled else {}),
    }
    return {
        "generate": generate,
        "is_sampled": is_sampled,
        "seed": decoding.seed,
        "stop_strings": list(decoding.stop_strings),
    }


def _retrieval(
    stack: MeasuredStack, retrieval: Retrieval | None, files: StackFiles
) -> dict[str, Any] | None:
    """Return how passages are found; their texts, and vectors where they count, go into `files`."""
    if retrieval is None:
        return None
    corpus = load_corpus(retrieval, stack.answerer.data.left_out(retrieval))
    files.lines["passages.jsonl"] = _passages(stack, corpus, retrieval)
    if retrieval.is_by_vectors:
        encoder = load_encoder(retrieval.encoder)
        files.vectors["passages.npy"] = encoder.passage_vectors(corpus.texts)
    reranking = stack.candidate.reranking
    return {
        "method": retrieval.method,
        "query": retrieval.query,
        "top_k": retrieval.top_k,
        "dense_weight": float(retrieval.dense_weight),
        "frames": _frames(retrieval),
        "words": {"language": corpus.reading.language, "folds": corpus.reading.fold_diacritics},
        "encoder": _encoder(retrieval.encoder) if retrieval.is_by_vectors else None,
        "reranking": None
        if reranking is None
        else {"reranker": _public(encoder_name(reranking.reranker)), "fetch_k": reranking.fetch_k},
    }


def _frames(retrieval: Retrieval) -> list[str]:
    """Return what stands around one passage, around two, and so on, with a mark for each of them."""
    layout = retrieval.context.replace(names_sources=False)  # a place goes along with its passage
    marks = [Passage(str(at), f"PassageNumber{at}Here") for at in range(retrieval.top_k)]
    return [write_passages(marks[: at + 1], (), layout) for at in range(retrieval.top_k)]


def _passages(stack: MeasuredStack, corpus: Corpus, retrieval: Retrieval) -> list[dict[str, Any]]:
    special: Sequence[str] = getattr(stack.bench.generator(stack.candidate), "special_tokens", ())

    def place(passage: Passage) -> str:
        named = quoted(passage.where or passage.id, special)
        return f"({named}) " if retrieval.context.names_sources else ""

    return [
        {"id": each.id, "text": each.text, "line": quoted(each.text, special), "place": place(each)}
        for each in corpus.passages
    ]


def _encoder(encoder: AnyEncoder | None) -> dict[str, Any]:
    loaded = load_encoder(encoder)
    is_told = loaded.prompts.source == "spec"
    query, passage = loaded.prompts.query, loaded.prompts.passage
    return {
        "model": _public(encoder_name(encoder)),
        "query_prompt": query if query or is_told else None,
        "document_prompt": passage if passage or is_told else None,
        "similarity": loaded.similarity,
        "max_tokens": getattr(encoder, "max_tokens", None),
    }


def _public(name: str) -> str:
    """Return a name that means the same on any machine; nothing for a folder of this one."""
    return name if is_public_name(name) else ""


def _examples(stack: MeasuredStack, files: StackFiles) -> dict[str, Any] | None:
    """Return the worked examples: those that all rows get, or the pool that each chooses from."""
    examples = stack.candidate.examples
    if examples is None:
        return None
    settings: dict[str, Any] = {
        "method": examples.method,
        "shots": max(len(prompt.material.examples) for prompt, _ in stack.prompted),
        "order": examples.order,
        "encoder": None,
        "rows": [],
    }
    if examples.method not in BY_VECTORS:
        settings["rows"] = _worked(stack, _same_for_all(stack))
        return settings
    pool = _distinct(stack.answerer.data.pool(examples.pool))
    materials = [
        PromptMaterial(sample, passages)
        for sample, passages in zip(
            pool, stack.bench.materials.passages(stack.candidate, pool), strict=True
        )
    ]
    files.lines["examples.jsonl"] = _worked(stack, materials)
    encoder = load_encoder(examples.encoder)
    files.vectors["examples.npy"] = encoder.encode_documents([each.input for each in pool])
    settings["encoder"] = _encoder(examples.encoder)
    return settings


def _same_for_all(stack: MeasuredStack) -> list[PromptMaterial]:
    """Return the examples that stand in the recorded prompts, in their order, and a few spare ones."""
    several = [prompt.material.examples for prompt, _ in stack.prompted]
    first = max(several, key=len, default=())
    spare = {each.sample.id: each for some in several for each in some}
    shown = {each.sample.id for each in first}
    return [*first, *(each for name, each in spare.items() if name not in shown)][
        : len(first) + _SPARE
    ]


def _distinct(pool: Sequence[Sample]) -> list[Sample]:
    from ladder.data.copies import first_of_each

    return [pool[at] for at in first_of_each([sample.asked for sample in pool])]


def _worked(stack: MeasuredStack, materials: Sequence[PromptMaterial]) -> list[dict[str, Any]]:
    """Return worked examples as the turns that the prompt makes of them, each with its answer."""
    plain = _without_system(stack.candidate)
    special: Sequence[str] = getattr(stack.bench.generator(stack.candidate), "special_tokens", ())
    found: list[dict[str, Any]] = []
    for each in materials:
        messages = write_request(plain, each, special_tokens=special).messages
        turns = messages[len(leading_system(messages)) :]
        found.append(
            {
                "asked": each.sample.asked,
                "turns": [turn.turn for turn in turns],
                "answer": each.sample.answer.text,
            }
        )
    return found


def _without_system(candidate: Candidate) -> Candidate:
    """Return a candidate whose request holds the turns of the question alone."""
    chat = candidate.chat.replace(mode="chat", fold_system=False)
    return candidate.replace(examples=None, chat=chat, prompt=candidate.prompt.replace(system=None))


def recorded_lines(stack: MeasuredStack) -> list[Mapping[str, Any]]:
    """Return the recorded questions with what was asked, answered and read."""
    return [
        {
            "id": each.sample.id,
            "row": each.row,
            "messages": messages,
            "prompt": each.answer.prompt,
            "answer": each.answer.text,
            "read_as": each.answer.read_as,
        }
        for each, messages in zip(stack.questions, stack.messages, strict=True)
    ]
