"""`adapter_readme`: how an exported adapter is served in four ways, tested, and what its prompts hold."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ladder.finetune.report import TrainingReport
from ladder.spec.candidate import Candidate

_WAYS: tuple[tuple[str, str, str, str], ...] = (
    (
        "transformers and peft",
        "",
        "pip install torch transformers peft jinja2",
        "python compare_answers.py peft",
    ),
    (
        "vLLM",
        "",
        "sh serve_vllm.sh                        # in another terminal:",
        "python compare_answers.py server http://127.0.0.1:8000/v1",
    ),
    (
        "llama.cpp",
        "gguf",
        "sh serve_llama_cpp.sh --port 8080       # in another terminal:",
        "python compare_answers.py server http://127.0.0.1:8080/v1",
    ),
    (
        "Ollama",
        "ollama",
        "ollama create adapter -f Modelfile && ollama serve   # the base model's GGUF beside it",
        "python compare_answers.py server http://127.0.0.1:11434/v1",
    ),
)


def adapter_readme(
    report: TrainingReport,
    settings: Mapping[str, Any],
    manifest: Mapping[str, Any],
    *,
    missing: Mapping[str, str],
) -> str:
    """Return the README of an exported adapter, in Markdown.

    Args:
        report: What the training reached.
        settings: What `stack.json` says.
        manifest: The version's.
        missing: Why a form could not be written, by its name.
    """
    model = settings["model"]
    name = model["name"] or model["called"]
    holds_for = (
        f"Its scores hold for the base model `{name}` (digest {manifest['base']['digest'][:12]}), in "
        f"{model['dtype']}, with the prompts below. Set `MODEL` to the base model: its folder for "
        "transformers and vLLM, its `.gguf` file for llama.cpp."
    )
    compared = (
        "`compare_answers.py` asks ten recorded questions (`questions.jsonl`, rows of the eval data) "
        "and says on how many the answer is the one that was measured. One in ten may differ: other "
        "programs round otherwise, and a base model in fewer bits is another model."
    )
    merged = (
        "`python compare_answers.py merged FOLDER` asks a merged model, which `ladder adapter merge` "
        "writes; llama.cpp's `convert_hf_to_gguf.py FOLDER` makes a GGUF of it."
    )
    alone = (
        "The weights are a LoRA adapter alone: another prompt, template or base model is another "
        "candidate, which nobody measured."
    )
    parts = [
        f"# {report.task}, {manifest['version']}: an adapter for `{name}`",
        report.sentence,
        holds_for,
        "## Serve it and compare",
        *_ways(missing),
        compared,
        merged,
        "## The prompts that it learned from",
        "\n".join(f"- {each}" for each in _stack(report.candidate)),
        alone,
    ]
    return "\n\n".join(parts) + "\n"


def _ways(missing: Mapping[str, str]) -> Iterator[str]:
    for name, part, first, second in _WAYS:
        why = missing.get(part) or (missing.get("gguf") if part == "ollama" else None)
        if why:
            yield f"{name}: not written. {why}"
        else:
            yield f"{name}:\n\n```sh\n{first}\n{second}\n```"


def _stack(candidate: Candidate) -> Iterator[str]:
    """Yield each part of the candidate that stands around a question."""
    prompt, chat = candidate.prompt, candidate.effective_chat
    yield f"Prompt: `{prompt.user}`"
    if prompt.system is not None:
        yield f"System text: `{prompt.system}`"
    own = "the one in `template.jinja`"
    yield f"Chat setup: {own}" + (
        f", with {chat.template_arguments}" if chat.template_arguments else ""
    )
    retrieval, examples = candidate.retrieval, candidate.examples
    if retrieval is not None:
        yield (
            f"Passages: {retrieval.top_k} of `{Path(retrieval.source).name}` by {retrieval.ranking} "
            "search stand before the question"
        )
    if candidate.reranking is not None:
        yield f"Reranking: {candidate.reranking.kind} of {candidate.reranking.fetch_k}"
    if examples is not None:
        yield (
            f"Worked examples: {examples.shots} of `{Path(examples.pool).name}`, {examples.method}, "
            "stand before the question"
        )
    if retrieval is None and examples is None:
        yield "No passages and no worked examples"
    yield (
        f"Decoding: temperature {candidate.decoding.temperature:g}, at most "
        f"{candidate.decoding.max_new_tokens} new tokens"
    )
