"""`readme_of`: what an export is, what it needs, how it is used and tested, and what it does not hold."""

from collections.abc import Iterator, Mapping
from typing import Any

from ladder.exporting.form_files import Form, packages_of
from ladder.exporting.measured_stack import N_RECORDED, MeasuredStack

_USE: Mapping[Form, str] = {
    "python": 'python answer_rows.py rows.jsonl        # or: --text "…"',
    "openai": 'python answer_rows.py rows.jsonl        # or: --text "…"\n'
    'curl "$OPENAI_BASE_URL/chat/completions" -H "Content-Type: application/json" -d @request.json',
    "messages": "python self_test.py                     # asks a server what recorded.jsonl holds",
    "vllm": "sh serve.sh                             # then, in another terminal:\n"
    "OPENAI_BASE_URL=http://127.0.0.1:8000/v1 python answer_rows.py rows.jsonl",
    "promptfoo": "npx promptfoo@latest eval",
    "dspy": 'python -c "from answerer import Answerer; print(Answerer()(row={…}))"',
}
_TEST: Mapping[Form, str] = {
    "promptfoo": "npx promptfoo@latest eval               # each test wants the recorded answer\n"
    "python self_test.py                     # the same without promptfoo",
    "dspy": "python answerer.py                      # through DSPy\n"
    "python self_test.py                     # without it",
}


def readme_of(form: Form, stack: MeasuredStack, settings: Mapping[str, Any]) -> str:
    """Return the README of an export, in Markdown."""
    packages = packages_of(settings, form) if form != "messages" else []
    sentence = stack.decision.sentence
    asks = (
        f"It asks {min(N_RECORDED, len(stack.questions))} recorded questions again (`recorded.jsonl`: "
        "rows of the eval data, so mind who sees them) and says on how many the answer is the same. "
        "Prompts must be; of greedy answers one in ten may differ by rounding."
    )
    parts = [
        f"# {stack.task.name}: {stack.label}",
        f"Written by `ladder export --format {form}`. {sentence}",
        "## Use it",
        f"```sh\n{_USE[form]}\n```",
        "## What it needs",
        "\n".join(f"- {each}" for each in _needs(settings, packages)),
        "## Test it",
        f"```sh\n{_TEST.get(form, 'python self_test.py')}\n```",
        asks,
        "## What stands in it",
        "\n".join(f"- {name}: {words}" for name, words in _parts(stack, settings)),
        "## What does not",
        "\n".join(f"- {each}" for each in _not_held(form, stack, settings)),
    ]
    return "\n\n".join(parts) + "\n"


def _needs(settings: Mapping[str, Any], packages: list[str]) -> Iterator[str]:
    if packages:
        yield f"`pip install {' '.join(packages)}`"
    model = settings["model"]
    if settings["backend"] == "local" and "served" not in settings:
        named = model["name"]
        yield (
            f"the model `{named}`; the variable `MODEL` names another folder or file"
            if named
            else (
                f"the model (`{model['called']}` where it was measured): set the variable `MODEL` to its "
                "folder or .gguf file"
            )
        )
    served = settings.get("served")
    if served is not None:
        url = served["base_url"]
        yield (
            f"a server at `{url}`; `OPENAI_BASE_URL` names another"
            if url
            else ("an OpenAI-compatible server of the model: set `OPENAI_BASE_URL` to its address")
        )
        yield f"its key in the variable `{served['api_key_env'] or 'OPENAI_API_KEY'}`, if it wants one"
        yield f"the name of the model there is `{served['model']}`; `SERVED_AS` names another"
    for variable, words in _encoders(settings):
        yield f"{words}: set the variable `{variable}` to its folder"


def _encoders(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    retrieval = settings["retrieval"] or {}
    used = [retrieval.get("encoder"), (settings["examples"] or {}).get("encoder")]
    if any(each is not None and not each["model"] for each in used):
        yield "ENCODER", "the sentence encoder, which lay in a folder where it was measured"
    if retrieval.get("reranking") and not retrieval["reranking"]["reranker"]:
        yield "RERANKER", "the cross-encoder, which lay in a folder where it was measured"


def _parts(stack: MeasuredStack, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name of each part of the stack, and where it stands."""
    chat, retrieval, examples = settings["chat"], settings["retrieval"], settings["examples"]
    is_own = stack.request.chat.template is not None
    yield (
        "Chat setup",
        f"mode {chat['mode']}, "
        + ("a chat template of its own" if is_own else "the model's own chat template"),
    )
    yield "Prompt", "`prompt` in `stack.json`"
    shots = "none" if examples is None else f"{examples['shots']}, chosen {examples['method']}"
    yield "Worked examples", shots
    passages = (
        "none" if retrieval is None else f"{retrieval['top_k']} by {retrieval['method']} search"
    )
    yield "Passages", passages
    yield "Decoding", "drawn" if settings["decoding"]["is_sampled"] else "greedy"
    reading = settings["reading"]
    yield (
        "Reading",
        (
            "by the metric itself, which needs ladder (`read_as` is null without it)"
            if reading["kind"] == "ladder"
            else f"{reading['kind']}: the same as the metric's on all {reading['proven_on']} recorded answers"
        ),
    )


def _not_held(form: Form, stack: MeasuredStack, settings: Mapping[str, Any]) -> Iterator[str]:
    if form == "messages":
        yield "Prompts of new rows: `ladder export --format messages --rows FILE` writes theirs."
    if form in ("messages", "vllm") and stack.request.chat.template is not None:
        yield "The server has to be started with `template.jinja`: messages alone do not hold it."
    if form == "promptfoo":
        yield "What ladder reads in an answer: a test compares the whole answer."
    if settings["decoding"]["is_sampled"]:
        yield "The very draws that were measured: answers are drawn anew."
    if settings["retrieval"] or settings["examples"]:
        yield (
            "The fitting of passages and examples into a short context: ladder leaves some out "
            "where a prompt would be too long, this does not."
        )
    if stack.request.chat.template_arguments or "strftime_now" in (
        stack.request.chat.template or ""
    ):
        yield "The clock: ladder's prompts have a fixed date where a template writes today's."
    yield "The confidence interval: that is in the run's report, for the eval data alone."
