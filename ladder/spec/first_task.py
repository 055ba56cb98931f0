"""`FirstTask`: what `ladder init DATA` found and was told, as the text of a task spec."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ladder.foreign_yaml import parse_yaml
from ladder.spec.model_ref import RECORDED, ModelRef
from ladder.spec.prompt_text import escaped

_PLAIN = re.compile(r"[A-Za-z](?:[\w ./-]|:(?=[^\s]))*")
_YAML_WORDS = {"yes", "no", "on", "off", "true", "false", "null", "y", "n", "~"}
LEAST_TOKENS = 32
"""Tokens of an answer, so that a model that says a few words more is not cut."""


@dataclass(frozen=True, slots=True)
class FirstTask:
    """A task as far as its data say it.

    Attributes:
        name: Of the task.
        data: Fields of `data`, the path first.
        model: What `model` is set to.
        target: The score that is good enough.
        reference: What a candidate must be as good as instead, if anything.
        is_adapter: Whether that is the folder of an adapter, for the same model.
        margin: How much worse than it is still fine.
        limits: What a candidate may cost.
        metric: Name of the metric.
        labels: The labels of `choice`, with how many rows have each.
        max_new_tokens: Room for an answer.
        pool: A file of worked examples.
        corpus: Documents that hold answers.
        encoder: The encoder to name, where the usual one is not on this machine.
        none: Levers for which somebody said that there is nothing: the lever, and why.
        beside: The columns that belong to a question, the asked one among them; empty for that alone.
        wanted: What kind of answer is asked for, for the prompt; empty for any.
        options: Lines of a prompt that show the options of a row.
        has_system: Whether each row brings the system text under which it was answered.
    """

    name: str
    data: Mapping[str, object]
    model: str
    target: float = 0.8
    reference: str | None = None
    is_adapter: bool = False
    margin: float = 0.0
    limits: Mapping[str, float] = field(default_factory=dict)
    metric: str = "exact_match"
    labels: Mapping[str, int] = field(default_factory=dict)
    max_new_tokens: int = 64
    pool: str | None = None
    corpus: str | None = None
    encoder: str | None = None
    none: Mapping[str, str] = field(default_factory=dict)
    wanted: str = ""
    beside: tuple[str, ...] = ()
    options: str = ""
    has_system: bool = False

    @property
    def is_recorded(self) -> bool:
        """Return whether answers were recorded: they were given to the plain input, and do not change."""
        return self.model.startswith(RECORDED)

    def text(self, schema: str = "task.schema.json") -> str:
        """Return the task.yaml."""
        return (
            f"# yaml-language-server: $schema={schema}\n"
            "# Written by `ladder init` from the data. Next: ladder check, then ladder run.\n\n"
            f"name: {quoted_scalar(self.name)}\n\n"
            "# What answers today: a hub id, a folder, a .gguf file, package:<module>/<file>,\n"
            "# or {id: NAME, base_url: http://localhost:8000/v1}.\n"
            f"model: {self._model()}\n\n"
            f"data:\n{_fields(self.data)}\n"
            f"# {self._about_prompt()}\n"
            f"prompt: |-\n{_block(self._prompt())}\n\n"
            f"{self._metric()}\n"
            f"{self._target()}\n"
            "# sealed: a verdict shows no score of the samples that it was tested on, so that a changed\n"
            "# prompt can be tested on them too. shown: it does, and they can confirm nothing else.\n"
            "confirmation: sealed\n\n"
            f"generation: {{max_new_tokens: {self.max_new_tokens}, temperature: 0}}\n\n"
            f"{self._levers()}"
            "# What may it cost? A candidate beyond a limit is shown, and cannot be the verdict.\n"
            f"{self._limits()}  # also: money_per_1000, memory_gib\n\n"
            "# training: see docs/fine-tuning.md; used only behind the verdict fine_tune\n"
        )

    def _model(self) -> str:
        endpoint = endpoint_of(self.model)
        if endpoint is None:
            return quoted_scalar(self.model)
        return json.dumps(endpoint, ensure_ascii=False)

    def _about_prompt(self) -> str:
        if self.has_system:
            return "The system text of each row stays as it is, and so do its earlier turns."
        if self.is_recorded:
            return "Recorded answers belong to the input as it stands, with no text around it."
        return "The prompt you use today. Every column is there: {{ input }} is data.input."

    def _target(self) -> str:
        if self.reference is not None:
            named = quoted_scalar(self.reference)
            named = f"{{adapter: {named}}}" if self.is_adapter else named
            return (
                "# As good as what you run today, but for a margin. Or a score: 0.8 is 80 percent.\n"
                f"target: {{reference: {named}, margin: {_number(self.margin)}}}\n"
            )
        return (
            f"target: {self.target:g}  # the score that is good enough: 0.8 is 80 percent\n"
            "# Or as good as what you run today: {reference: MODEL, margin: 0.03}.\n"
        )

    def _limits(self) -> str:
        if not self.limits:
            return "# limits: {seconds_p95: 1.5, prompt_tokens: 2000}"
        named = (f"{name}: {_number(most)}" for name, most in self.limits.items())
        return f"limits: {{{', '.join(named)}}}"

    def _prompt(self) -> str:
        if self.is_recorded or self.has_system:
            return "{{ input }}"
        if self.options:
            return f"{self._about_options()} and nothing else.\n\n{self._asked()}\n{self.options}"
        if self.labels:
            names = self._named_labels()
            end = "" if names.startswith("\n") else "."
            return f"Which label fits the text? Answer with one of these and nothing else:{names}{end}\n\n{self._asked('Text')}"
        if self.wanted:
            return f"Reply with {self.wanted} and nothing else.\n\n{self._asked()}"
        return self._asked()

    def _other_prompt(self) -> str:
        if self.options:
            return f"{self._asked()}\n{self.options}\n{self._about_options()}:"
        if self.labels:
            return f"Labels:{self._named_labels()}\n\n{self._asked('Text')}\n\nLabel:"
        return f"{self._asked('Question')}\n\nAnswer:"

    def _asked(self, name: str = "") -> str:
        """Return the input under a name, or the columns that belong to it, each under its own."""
        if not self.beside:
            return f"{name}: {{{{ input }}}}" if name else "{{ input }}"
        places = {each: "input" if each == self.data["input"] else each for each in self.beside}
        return "\n\n".join(f"{each}: {{{{ {place} }}}}" for each, place in places.items())

    def _about_options(self) -> str:
        """Return what is asked for where a row has options: the mark of the right one, or its text."""
        is_marked = bool(self.labels) and all(len(label) <= 2 for label in self.labels)
        kind = "number" if all(label.isdecimal() for label in self.labels) else "letter"
        return f"Answer with the {kind if is_marked else 'text'} of the right option"

    def _named_labels(self) -> str:
        """Return the labels of a prompt: a line each where a comma in one would part it in two."""
        if any("," in label for label in self.labels):
            return "".join(f"\n- {escaped(label)}" for label in self.labels)
        return f" {escaped(', '.join(self.labels))}"

    def _metric(self) -> str:
        if not self.labels:
            return f"metric: {self.metric}  # others: docs/metrics.md\n"
        counts = "".join(
            f"    - {quoted_scalar(label)}  # {_rows(count)}\n"
            for label, count in self.labels.items()
        )
        return f"metric:\n  name: choice\n  labels:\n{counts}"

    def _levers(self) -> str:
        """Return what each lever may use; without anything, what it would need."""
        lines = [
            "# What each lever may try. A lever that is neither given something nor declared with a",
            "# reason is left out, and then the verdict fine_tune is never reached.",
            "levers:",
            *self._given_to_all(),
        ]
        lines += self._lever("model", None, "models: [org/other]", "only this model may be used")
        documents = "no documents hold the answers"
        corpus = None
        if self.corpus is not None:
            corpus = f"corpus: {quoted_scalar(self.corpus)}{self._encoder()}"
        lines += self._lever("rag", corpus, "corpus: docs, a folder of documents", documents)
        if corpus is None:
            lines += self._lever("rerank", None, "rerankers, once rag has a corpus", documents)
        pool = None if self.pool is None else f"pool: {quoted_scalar(self.pool)}{self._encoder()}"
        rows = "pool: pool.jsonl, rows with answers that are none of the data above"
        lines += self._lever("few_shot", pool, rows, "no rows besides the eval data")
        return "\n".join(lines) + "\n\n"

    def _given_to_all(self) -> list[str]:
        """Return what levers have that need no material: recorded answers are all that is known."""
        if self.is_recorded:
            return [
                "  # Recorded answers do not change: what a lever gives is a recording of its own, such as",
                "  # prompt: {recorded: other-prompt.jsonl}; the same for each lever.",
                "  prompt: {}",
            ]
        other = json.dumps(self._other_prompt(), ensure_ascii=False)
        return [
            "  # template, prompt and decoding need nothing more.",
            f"  prompt:\n    prompts:\n      - {other}",
        ]

    def _encoder(self) -> str:
        return "" if self.encoder is None else f", encoder: {quoted_scalar(self.encoder)}"

    def _lever(self, name: str, given: str | None, needs: str, reason: str) -> list[str]:
        if given:
            return [f"  {name}: {{{given}}}"]
        if name in self.none:
            return [f"  {name}: {{not_applicable: {json.dumps(self.none[name])}}}"]
        return [f"  # {name}: {{not_applicable: {json.dumps(reason)}}}  # or {needs}"]


def endpoint_of(model: str) -> dict[str, Any] | None:
    """Return a served model that was written as a mapping; None where it is another text.

    >>> endpoint_of("{id: m, base_url: http://localhost:8000/v1}")
    {'id': 'm', 'base_url': 'http://localhost:8000/v1'}
    >>> endpoint_of("org/model"), endpoint_of("{id: m")
    (None, None)
    """
    if not model.startswith("{"):
        return None
    try:
        read = parse_yaml(model)
        return ModelRef.model_validate(read).model_dump(mode="json", exclude_unset=True)
    except ValueError:
        return None


def tokens_for(targets: Sequence[str]) -> int:
    """Return room for the longest answer and a few words around it, in tokens.

    A token holds two bytes or more in nearly every text and tokenizer.

    >>> tokens_for(["billing", "shipping"]), tokens_for(["word " * 100])
    (32, 288)
    """
    longest = max((len(each.encode()) for each in targets), default=0)
    if longest <= 24:
        return LEAST_TOKENS
    return min(4096, -(-(longest // 2 + LEAST_TOKENS) // 32) * 32)


def quoted_scalar(text: str) -> str:
    """Return a text as it can stand behind a key of YAML, or in a list.

    >>> quoted_scalar("refund"), quoted_scalar("yes"), quoted_scalar("a: b"), quoted_scalar("007")
    ('refund', '"yes"', '"a: b"', '"007"')
    """
    is_plain = (
        _PLAIN.fullmatch(text) and text.strip() == text and text.casefold() not in _YAML_WORDS
    )
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _number(value: float) -> str:
    """Return a number with all its digits, and no exponent, which YAML may read as a text.

    >>> _number(1_048_576), _number(2000.0), _number(0.00001)
    ('1048576', '2000', '0.00001')
    """
    return str(int(value)) if value == int(value) else f"{Decimal(repr(value)):f}"


def _fields(data: Mapping[str, object]) -> str:
    return "".join(f"  {name}: {quoted_scalar(str(value))}\n" for name, value in data.items())


def _block(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.split("\n"))


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"
