"""`form_files`: what each form of export holds besides the scripts that all of them share."""

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any, Literal

from ladder.errors import ExportRefusedError
from ladder.exporting.measured_stack import MeasuredStack
from ladder.formats.yaml_text import to_yaml
from ladder.models.locate import is_public_name

Form = Literal["python", "openai", "messages", "vllm", "promptfoo", "dspy"]

STARTED: tuple[Form, ...] = ("vllm", "messages")
"""Forms whose server renders the candidate's own template, which lies beside them."""

_WRITE_MESSAGES = '''\
"""`messages`: the prompt of one test, as ladder measured it; promptfoo calls it with the test's row."""

import json
from pathlib import Path

from row_messages import Stack

STACK = Stack(Path(__file__).resolve().parent)


def messages(context):
    found = STACK.messages(json.loads(context["vars"]["row"]))
    is_chat = STACK.settings["chat"]["mode"] == "chat"
    return json.dumps([*found, *STACK.settings["served"]["begun"]]) if is_chat else STACK.one_text(found)
'''

_PROGRAM = '''\
"""`Answerer`: the measured stack as a DSPy module.

Its prompt is the one that was measured, not one that DSPy writes: so it holds no predictor, and an
optimizer has nothing to change in it. Put it beside your own modules, or into them.
"""

import os
import sys
from pathlib import Path

import dspy

from read_answers import read, until_stop, without_thoughts
from row_messages import Stack


class Answerer(dspy.Module):
    """Answers one row: `Answerer()(row={...})` gives `answer` and `read_as`."""

    def __init__(self, lm=None):
        super().__init__()
        self.stack = Stack(Path(__file__).resolve().parent)
        self.lm = lm or language_model(self.stack)

    def forward(self, row):
        found = self.stack.messages(row)
        if self.stack.settings["chat"]["mode"] == "chat":
            said = self.lm(messages=[*found, *self.stack.settings["served"]["begun"]])[0]
        else:
            said = self.lm(prompt=self.stack.one_text(found))[0]
        said = said["text"] if isinstance(said, dict) else said
        chat, reading = self.stack.settings["chat"], self.stack.settings["reading"]
        begun = chat["prefill"].rstrip()
        said = said.removeprefix(begun) if begun else said
        said = chat["counted_prefill"] + until_stop(said, self.stack.settings["decoding"]["stop_strings"])
        text = without_thoughts(said, keeps=reading["keeps_thoughts"])
        return dspy.Prediction(answer=text, read_as=read(text, reading), raw=said)


def language_model(stack):
    """Return the measured model behind its address, with the measured parameters."""
    served = stack.settings["served"]
    parameters = dict(served["parameters"])
    known = ("temperature", "max_tokens", "top_p", "stop", "seed", "response_format", "tools")
    extra = {name: parameters.pop(name) for name in list(parameters) if name not in known}
    is_chat = stack.settings["chat"]["mode"] == "chat"
    return dspy.LM(
        f"openai/{os.environ.get('SERVED_AS') or served['model']}",
        model_type="chat" if is_chat else "text",
        api_base=os.environ.get("OPENAI_BASE_URL") or served["base_url"],
        api_key=os.environ.get(served["api_key_env"] or "OPENAI_API_KEY", "none"),
        cache=False,
        extra_body=extra,
        extra_headers={name: os.environ.get(each.lstrip("$"), "") for name, each in served["headers"].items()},
        **parameters,
    )


def answers_to(stack, several):
    """Yield the answer to each list of messages; `self_test.py` compares them."""
    program = Answerer()
    for messages in several:
        program.stack.messages = lambda row, found=messages: found
        yield None, program(row={}).raw


if __name__ == "__main__":
    from self_test import compare

    here = Stack(Path(__file__).resolve().parent)
    sys.exit(compare(here, answers_to))
'''


def form_files(form: Form, stack: MeasuredStack, settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the files of one form by name, without the shared scripts."""
    if form in ("promptfoo", "dspy"):
        _refuse_unsent(form, settings["served"])
    found = _OF_FORM[form](stack, settings)
    template = stack.request.chat.template
    if template is not None and form in ("python", *STARTED):
        found["template.jinja"] = template
    return found


def _refuse_unsent(form: Form, served: Mapping[str, Any]) -> None:
    """Raise for what a server asks of its clients, and another tool's client cannot be told.

    Raises:
        ExportRefusedError: It answers piece by piece alone, or wants a query behind its address.
    """
    lacking = "a server that only streams" if served["parameters"].get("stream") else ""
    lacking = lacking or ("a query behind the address (model.query)" if served["query"] else "")
    if lacking:
        raise ExportRefusedError(
            f"{form} cannot ask {lacking}.",
            next_step="--format python holds it; `ladder answer` always answers as measured.",
        )


def _python(stack: MeasuredStack, settings: Mapping[str, Any]) -> dict[str, str]:
    del stack
    return {"requirements.txt": "".join(f"{each}\n" for each in packages_of(settings, "python"))}


def _openai(stack: MeasuredStack, settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the first recorded question as the body of a request, for curl or any client."""
    served = settings["served"]
    asked: dict[str, Any] = {"messages": [*stack.messages[0], *served["begun"]]}
    if settings["chat"]["mode"] != "chat":
        asked = {"prompt": "\n\n".join(str(each["content"]) for each in stack.messages[0])}
    body = {"model": served["model"], **served["parameters"], **asked}
    return {"request.json": json.dumps(body, ensure_ascii=False, indent=1) + "\n"}


def _messages(stack: MeasuredStack, settings: Mapping[str, Any]) -> dict[str, str]:
    del stack
    parameters = json.dumps(settings["served"]["parameters"], ensure_ascii=False, indent=1)
    return {"parameters.json": parameters + "\n"}


def _vllm(stack: MeasuredStack, settings: Mapping[str, Any]) -> dict[str, str]:
    model, chat = stack.candidate.model, stack.request.chat
    name = model.tokenizer or "" if model.is_endpoint else model.id
    given = name if is_public_name(name) and not name.startswith("package:") else ""
    place = f"${{MODEL:-{given}}}" if given else "${MODEL:?Set MODEL to the folder of the model}"
    dtype = settings["model"]["dtype"]
    words = [
        *("exec vllm serve", f'"{place}"'),
        *("--served-model-name", shlex.quote(settings["served"]["model"])),
        *(("--dtype", dtype) if stack.is_local else ()),
        *("--generation-config", "vllm"),
        *(("--revision", shlex.quote(model.revision)) if model.revision and given else ()),
        *(("--quantization", "bitsandbytes") if model.quantization else ()),
    ]
    if chat.template is not None:
        words += ["--chat-template", '"$(dirname "$0")/template.jinja"']
    text = "#!/bin/sh\n# pip install vllm; then: sh serve.sh\n" + " ".join([*words, '"$@"']) + "\n"
    return {"serve.sh": text, **_messages(stack, settings)}


def _promptfoo(stack: MeasuredStack, settings: Mapping[str, Any]) -> dict[str, str]:
    served = settings["served"]
    kind = "chat" if settings["chat"]["mode"] == "chat" else "completion"
    # Without an address promptfoo reads OPENAI_BASE_URL itself; it renders no template here.
    url = {"apiBaseUrl": served["base_url"]} if served["base_url"] else {}
    named = ("temperature", "max_tokens", "max_completion_tokens", "top_p", "seed", "stop")
    parameters = served["parameters"]
    headers = {name: f"{{{{env.{each.lstrip('$')}}}}}" for name, each in served["headers"].items()}
    config = {
        **url,
        "apiKeyEnvar": served["api_key_env"] or "OPENAI_API_KEY",
        **({"headers": headers} if headers else {}),
        **{name: each for name, each in parameters.items() if name in named},
    }
    provider = {
        "id": f"openai:{kind}:{served['model']}",
        # Sent as they stand: promptfoo leaves some of its own fields out for names it does not know.
        "config": {**config, "passthrough": dict(parameters)},
    }
    tests = [
        {
            "description": each.sample.id,
            "vars": {"row": _as_it_stands(json.dumps(each.row, ensure_ascii=False, default=str))},
            "assert": [{"type": "equals", "value": _as_it_stands(each.answer.text)}],
        }
        for each in stack.questions
    ]
    document = {
        "description": f"{stack.task.name}: {stack.label}, as ladder measured it",
        "prompts": ["file://prompt.py:messages"],
        "providers": [provider],
        "defaultTest": {"options": {"disableVarExpansion": True}},
        "tests": tests,
    }
    return {"promptfooconfig.yaml": to_yaml(document), "prompt.py": _WRITE_MESSAGES}


def _as_it_stands(text: str) -> str:
    """Return a text that promptfoo's templates leave as it is.

    >>> _as_it_stands("7"), _as_it_stands("{{ x }}")
    ('7', '{% raw %}{{ x }}{% endraw %}')
    """
    is_template = any(each in text for each in ("{{", "{%", "{#"))
    return f"{{% raw %}}{text}{{% endraw %}}" if is_template else text


def _dspy(stack: MeasuredStack, settings: Mapping[str, Any]) -> dict[str, str]:
    del stack
    packages = ["dspy", *packages_of(settings, "dspy")]
    return {"answerer.py": _PROGRAM, "requirements.txt": "".join(f"{each}\n" for each in packages)}


_OF_FORM: Mapping[Form, Callable[[MeasuredStack, Mapping[str, Any]], dict[str, str]]] = {
    "python": _python,
    "openai": _openai,
    "messages": _messages,
    "vllm": _vllm,
    "promptfoo": _promptfoo,
    "dspy": _dspy,
}


def packages_of(settings: Mapping[str, Any], form: Form) -> list[str]:
    """Return the Python packages that an export needs."""
    found = ["jinja2"]
    if form == "python" and settings["backend"] == "local":
        found += ["torch", "transformers"]
        is_gguf = settings["model"]["called"].endswith(".gguf")
        found += ["gguf"] if is_gguf else []
        found += ["bitsandbytes"] if settings["model"]["quantization"] else []
        found += ["peft"] if settings["model"]["adapter"] else []
    retrieval, examples = settings["retrieval"], settings["examples"]
    by_words = retrieval is not None and retrieval["method"] != "dense"
    encoders = [each["encoder"] for each in (retrieval, examples) if each is not None]
    is_ranked = retrieval is not None and retrieval["reranking"] is not None
    if by_words:
        found += ["bm25s", "numpy", "regex"]
        found += ["PyStemmer"] if retrieval["words"]["language"] else []
    if any(encoders) or is_ranked:
        found += ["numpy", "sentence-transformers"]
    return list(dict.fromkeys(found))
