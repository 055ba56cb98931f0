"""L01 to L09: is there a template, is it the right one, can it be used at all?"""

from collections.abc import Sequence

from ladder.chat.probes.probes import Probes
from ladder.chat.rules.rule import Hit, RuleGroup, shown
from ladder.chat.template_sources import default_sources, disagreement, vanished
from ladder.errors import RenderError, UnsafeError

# What minja and Hugging Face's JavaScript and Rust engines have as well.
_COMMON_METHODS = frozenset(
    {"strip", "lstrip", "rstrip", "split", "startswith", "endswith", "items", "get", "keys"}
    | {"title", "upper", "lower", "append", "join", "replace"}
)
_PORTABILITY_TAGS = ("break", "continue", "generation", "[::-1]")

RULES = RuleGroup()


@RULES.add(
    "L01 template-missing",
    "error",
    "The task is a chat, and there is no chat template.",
    "A base model: use mode completion. An instruct model: take the template of the model that "
    "it was tuned from, and measure.",
)
def _template_missing(probes: Probes) -> Hit | str | None:
    if probes.setup.mode == "completion" or probes.template is not None:
        return None
    if probes.context.named_templates:
        return None
    if probes.context.is_mistral_common:
        return Hit(
            "tekken.json without tokenizer.json and chat template",
            problem="The model's prompt form stands in the library mistral-common, not in a chat template.",
            repair="Take a copy of the model with tokenizer.json and chat_template.jinja (its Hugging "
            "Face form), or name the template in chat.template; mode completion would be wrong. No "
            "program can repair this.",
        )
    if probes.context.base_template is not None:
        return Hit(
            f"none here; {probes.context.base_model}, from which it was tuned, has one",
            repair="Take that model's template, and measure; mode completion if it is no chat model.",
        )
    return "neither the model nor the task gives one"


@RULES.add(
    "L02 template-sources-disagree",
    "warning",
    "The model's files hold different chat templates.",
    "Keep the intended one in chat_template.jinja, and delete the others.",
)
def _sources_disagree(probes: Probes) -> Hit | str | None:
    files = disagreement(probes.context.sources)
    return (
        f"different texts in {', '.join(files)}; transformers takes {files[0]}" if files else None
    )


@RULES.add(
    "L03 named-template-selection",
    "error",
    "The model has several named templates, and none of them is the default.",
    "Name the one you mean in chat.template.",
)
def _selection(probes: Probes) -> Hit | str | None:
    lost = vanished(probes.context.sources)
    if lost and probes.setup.template is None:
        return Hit(
            f"not loaded because of another file: {', '.join(lost)}",
            severity=None if _is_missed(probes, lost) else "info",
            problem="transformers loses some of the model's chat templates.",
            repair="Give the text of the one you mean in chat.template.",
        )
    names = sorted(probes.context.named_templates)
    if not names or probes.setup.mode == "completion" or probes.template is not None:
        return None
    return f"named templates: {', '.join(names)}; none is called default"


def _is_missed(probes: Probes, lost: Sequence[str]) -> bool:
    """Return whether the task would use a lost template: another default, or one for tools."""
    sources, used = probes.context.sources, (probes.chosen_template or "").strip()
    defaults = [sources[name].strip() for name in default_sources(sources) if name in lost]
    has_tools_lost = any("tool_use" in name for name in lost)
    return any(each != used for each in defaults) or (has_tools_lost and probes.uses_tools)


@RULES.add(
    "L04 not-a-template",
    "error",
    "The template never reads the messages: a name or an empty file was taken for a template.",
    "Give the template's text, or the name of one that the model has.",
)
def _not_a_template(probes: Probes) -> Hit | str | None:
    facts = probes.facts
    if not facts or "messages" in facts["undeclared"]:
        return None
    names = ", ".join(sorted(probes.context.named_templates)) or "none"
    return f"the template's whole text: {shown(probes.template)}; named templates: {names}"


@RULES.add(
    "L05 does-not-compile",
    "error",
    "The template does not compile.",
    "Correct the line, or use the model's own template.",
)
def _does_not_compile(probes: Probes) -> Hit | str | None:
    error = probes.syntax
    if not isinstance(error, RenderError):
        return None
    return _quoted(error, probes.template or "")


def _quoted(error: RenderError, template: str) -> str:
    lines = template.splitlines()
    line = error.line or 0
    text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return f"line {error.line}: {error.message}" + (f" in {shown(text)}" if text else "")


@RULES.add(
    "L06 sandbox-or-runaway",
    "error",
    "The template tries to leave its sandbox, or does not end.",
    "Do not use it. Take the model's own template from a source that you trust.",
)
def _unsafe(probes: Probes) -> Hit | str | None:
    outcomes = [probes.syntax, *probes.outcomes.values(), *probes.task_outcomes]
    error = next((each for each in outcomes if isinstance(each, UnsafeError)), None)
    return None if error is None else str(error)


@RULES.add(
    "L07 not-portable",
    "info",
    "The template uses what some serving engines do not have.",
    "Compare the prompt that your engine renders with the one shown here.",
)
def _not_portable(probes: Probes) -> Hit | str | None:
    facts = probes.facts
    used = [tag for tag in facts.get("tags", ()) if tag in _PORTABILITY_TAGS]
    used += [name for name in facts.get("calls", ()) if name == "strftime_now"]
    used += ["tojson with options"] if facts.get("tojson_options") else []
    used += [f".{name}()" for name in facts.get("methods", ()) if name not in _COMMON_METHODS]
    return f"it uses {', '.join(used)}" if used else None


@RULES.add(
    "L09 template-unused",
    "warning",
    "The model has a chat template, and the prompt is sent without it.",
    "Try mode chat as well, and keep the better one.",
)
def _template_unused(probes: Probes) -> Hit | str | None:
    if probes.setup.mode != "completion":
        return None
    if probes.chosen_template is not None:
        return "mode is completion, and the model comes with a chat template"
    if probes.context.base_template is not None:
        return f"mode is completion, and {probes.context.base_model} has a chat template"
    return None
