"""No verdict comes from a parser, a limit, a server or a leak: right models, wrong models, told apart.

The models of the first table answer every row right, in some form that real models and servers
have; none may end in `fine_tune`. Those of the second are wrong on every row; none may end in
`already_good` or `use_lever`. Exit codes and the gate must agree with the verdict.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as Received
from werkzeug import Response

from ladder.cli import main
from ladder.gate import write_keys
from ladder.models.base import Answer, Request
from ladder.testing import Scripted, write_rows, write_task

Reply = str | Answer
Form = Callable[[str, Request], Reply]
Body = Callable[[str, int], dict[str, Any]]

pytestmark = pytest.mark.slow

N = 80
"""Rows: enough for either verdict where all or none are right."""


def name_of(at: int) -> str:
    """Return a word of its own for each row: `Mabo`, `Mado`, …"""
    first, second = ("Ma", "Do", "Ki", "Lu", "Sa", "Te", "Ro", "Ni"), "bcdfghjklm"
    return f"{first[at % 8]}{second[at // 8 % 10]}o"


def number_of(at: int) -> str:
    return str(1200 + 37 * at)


def letter_of(at: int) -> str:
    return "ABCD"[at * 7 % 4]


def feeling_of(at: int) -> str:
    return ("positive", "negative", "neutral")[at * 7 % 3]


def other_feeling(feeling: str) -> str:
    return {"positive": "negative", "negative": "neutral", "neutral": "positive"}[feeling]


def object_of(at: int) -> str:
    return json.dumps({"name": name_of(at), "count": at})


EXACT: dict[str, Any] = {"name": "exact_match"}
NUMERIC = {"name": "numeric"}
LETTERS = {"name": "choice", "labels": ["A", "B", "C", "D"]}
FEELINGS = {"name": "choice", "labels": ["positive", "negative", "neutral"]}
JSON = {"name": "json_equal"}
CONTAINS = {"name": "contains"}


@dataclass(frozen=True)
class Case:
    """One scripted model on one task.

    Attributes:
        what: What is particular about it.
        form: What it answers, from the row's target and the request.
        target: The target of each row.
        metric: As in a spec.
        question: The input of each row, before its number.
        fields: Other parts of the task: `corpus`, `pool`, `levers`, `generation`, …
    """

    what: str
    form: Form
    target: Callable[[int], str] = name_of
    metric: Mapping[str, Any] = field(default_factory=lambda: EXACT)
    question: str = "What is the answer to"
    fields: Mapping[str, Any] = field(default_factory=dict)


class Formed(Scripted):
    """A scripted model whose answers may carry a finish reason, thoughts or an error."""

    def __init__(self, case: Case, name: str) -> None:
        super().__init__(lambda _: "", name=name)
        self.case = case

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for place, request in enumerate(requests):
            self.calls += 1
            reply = self.case.form(self.case.target(row_of(request)), request)
            yield place, reply if isinstance(reply, Answer) else Answer(reply)


def row_of(request: Request) -> int:
    """Return the number of the row that a request asks about: the last one in it."""
    return int(re.findall(r"item (\d+)", request.messages[-1].content)[-1])


def cut(text: str, request: Request) -> Answer:
    """Return a text as a server gives it that counts words and obeys stop strings."""
    for stop in request.decoding.stop_strings:
        text = text.partition(stop)[0] if text.partition(stop)[0].strip() else text
    words = text.split(" ")
    limit = request.decoding.max_new_tokens
    if len(words) <= limit:
        return Answer(text)
    return Answer(" ".join(words[:limit]), finish_reason="length")


def other(target: str) -> str:
    """Return a wrong word, another one to each target."""
    return f"{target[::-1].title()}x"


def says(pattern: str) -> Form:
    """Return a form that puts the target into a pattern, whatever is asked."""
    return lambda target, _: pattern.replace("@", target)


@dataclass(frozen=True)
class Ended:
    """How a run ended: its verdict (nothing where it was refused), exit code, and the gate's."""

    verdict: str
    code: int
    gate: int | None
    text: str


@pytest.fixture
def end_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Return a function that takes a case from its spec to verdict, exit code and gate."""
    monkeypatch.chdir(tmp_path)

    def run(case: Case, model: object = None) -> Ended:
        rows = [
            {"input": f"{case.question} item {at}?", "target": case.target(at)} for at in range(N)
        ]
        pool = [
            {"input": f"Tell me about item {at}", "target": case.target(at)}
            for at in range(200, 240)
        ]
        fields = dict(case.fields)
        levers = {"prompt": {}, "decoding": {}, **fields.pop("levers", {})}
        spec = write_task(
            tmp_path,
            model or Formed(case, name=str(tmp_path)),  # type: ignore[arg-type]
            **{"rows": rows, "pool": pool, "metric": dict(case.metric), "levers": levers, **fields},
        )
        write_rows(tmp_path / "train.jsonl", [{"input": "Tell me of a thing", "target": "Mamo"}])
        code = main(["run", str(spec)])
        text = "".join(capsys.readouterr())
        found = list(tmp_path.glob("runs/*/decision.json"))
        if not found:
            return Ended("", code, None, text)
        verdict = json.loads(found[0].read_text())["verdict"]
        return Ended(verdict, code, _gate(found[0].parent), text)

    return run


def _gate(run: Path) -> int:
    """Return the gate's exit code for a run, with a record that a key of the policy signs."""
    key = write_keys(Path("ci.key"))
    Path("ladder-policy.yaml").write_text(f"signers: {{ci: {key}}}\n")
    main(["record", "write", str(run), "--key", "ci.key", "--train-data", "train.jsonl"])
    return main(["gate", str(run), "--train-data", "train.jsonl"])


def agrees(ended: Ended) -> bool:
    """Return whether exit code and gate say the same as the verdict."""
    if not ended.verdict:
        return ended.code not in (0, 3)
    is_open = ended.verdict == "fine_tune"
    return (
        ended.code == (3 if ended.verdict == "inconclusive" else 0) and (ended.gate == 0) == is_open
    )


def listed_of(at: int) -> str:
    return f"{name_of(at)}, all{name_of(at)}"


def renamed(names: Mapping[str, str]) -> Form:
    """Return a form that calls each target by another name."""
    return lambda target, _: names[target]


CITIES = ("Paris", "Rome", "Oslo", "Bern")
OPTIONS = "Which city? A) Paris B) Rome C) Oslo D) Bern; the letter for"


def city_of(at: int) -> str:
    return CITIES["ABCD".index(letter_of(at))]


def option_text(target: str, _: Request) -> str:
    return CITIES["ABCD".index(target)]


GRADES = {"positive": "a good one", "negative": "Bad.", "neutral": "It is so-so"}


RIGHT = [
    Case("plain", says("@")),
    # what tables, lists and spreadsheets make of targets
    Case(
        "several answers", lambda t, _: t.split("|")[1], lambda at: f"{name_of(at)}|{name_of(at)}a"
    ),
    Case("items in another order", lambda t, _: ", ".join(t.split(", ")[::-1]), listed_of),
    Case("zeros that the answer lacks", lambda t, _: t.lstrip("0"), lambda at: f"0{number_of(at)}"),
    Case("zeros that the target lost", lambda t, _: t.zfill(5), number_of),
    Case("midnight", lambda t, _: t[:10], lambda at: f"2026-03-{at % 28 + 1:02} 00:00:00"),
    Case("underscores", lambda t, _: t.replace("_", " "), lambda at: f"{name_of(at)}_box"),
    Case("a mark in front", lambda t, _: t[1:], lambda at: f"#{number_of(at)}"),
    # names of its own for the targets
    Case("yes for true", renamed({"True": "Yes", "False": "No."}), lambda at: str(at % 3 == 0)),
    Case("yes for ja", renamed({"ja": "Yes", "nein": "No"}), lambda at: ("ja", "nein")[at % 2]),
    Case("true for 1", renamed({"1": "true", "0": "false"}), lambda at: str(at % 2)),
    Case("other words for feelings", renamed(GRADES), feeling_of),
    Case(
        "one label by its opposite",
        renamed({"spam": "spam", "ham": "not spam"}),
        lambda at: ("spam", "ham")[at % 2],
    ),
    # thoughts
    Case("think", says("<think>Is it Mumo? No.</think>@")),
    Case("think and lines", says("<think>\nIs it Mumo?\nNo.\n</think>\n\n@")),
    Case("thinking", says("<thinking>Is it Mumo?</thinking>@")),
    Case("THINK", says("[THINK]Is it Mumo?[/THINK]@")),
    Case("reasoning", says("<reasoning>Is it Mumo?</reasoning>\n@")),
    Case("kimi", says("◁think▷Is it Mumo?◁/think▷@")),
    Case("opened in the prompt", says("Is it Mumo? No.</think>\n\n@")),
    Case("empty thought", says("<think>\n\n</think>\n\n@")),
    Case(
        "harmony",
        says(
            "<|channel|>analysis<|message|>Is it Mumo?<|end|><|start|>assistant<|channel|>final"
            "<|message|>@"
        ),
    ),
    Case("thoughts apart", lambda target, _: Answer(target, thoughts="Is it Mumo?")),
    Case(
        "thoughts cut",
        lambda target, request: cut(f"<think>{'Let me see. ' * 200}</think>{target}", request),
    ),
    Case(
        "opened and cut",
        lambda target, request: _opened(f"{'Let me see. ' * 200}</think>{target}", request),
    ),
    Case("think numeric", says("<think>41 or 42?</think>@"), number_of, NUMERIC),
    Case("think choice", says("<think>A, B or C?</think>@"), letter_of, LETTERS),
    Case("think json", says('<think>{"a": 1}</think>\n@'), object_of, JSON),
    # marks around the answer
    Case("bold", says("**@**")),
    Case("code", says("`@`")),
    Case("fence", says("```\n@\n```")),
    Case("quoted", says('"@"')),
    Case("curly quotes", says("“@”")),
    Case("full stop", says("@.")),
    Case("heading", says("# @")),
    Case("bullet", says("- @")),
    Case("boxed", says("$\\boxed{@}$"), number_of, NUMERIC),
    Case("stop token", says("@<|im_end|>")),
    Case("end of sentence", says("@</s>")),
    Case("zero width", says("\u200b@\ufeff")),
    Case("no-break space", says("\u00a0@\u00a0")),
    Case("leading line", says("\n\n@\n")),
    Case("lower case", lambda target, _: target.lower()),
    Case("sentence", says("The answer is @.")),
    Case("cue", says("Answer: @")),
    Case("explained after", says("@\n\nThis follows from the list.")),
    # numbers
    Case("thousands", lambda target, _: f"{int(target):,}", number_of, NUMERIC),
    Case(
        "German", lambda target, _: f"{int(target):,}".replace(",", ".") + ",00", number_of, NUMERIC
    ),
    Case("in a count", says("@ out of 99999"), number_of, NUMERIC),
    Case("currency", says("@ €"), number_of, NUMERIC),
    Case("unit", says("It weighs @ kg."), number_of, NUMERIC),
    Case("full width", lambda target, _: _wide(target), number_of, NUMERIC),
    Case("steps after", says("It is @, found in 3 steps."), number_of, NUMERIC),
    Case(
        "float labels", lambda target, _: target.removesuffix(".0"), lambda at: f"{at}.0", NUMERIC
    ),
    # labels
    Case("letter with text", says("@) as the list says"), letter_of, LETTERS),
    Case("in brackets", says("(@)"), letter_of, LETTERS),
    Case("option", says("Option @ is right."), letter_of, LETTERS),
    Case("article before", says("It is a clear case: @"), letter_of, LETTERS),
    Case("lower letter", lambda target, _: f"answer: {target.lower()}", letter_of, LETTERS),
    Case(
        "sentiment", lambda target, _: f"- Sentiment: **{target.title()}**\n", feeling_of, FEELINGS
    ),
    Case(
        "contained beside a mention of another",
        lambda t, _: f"The review sounds {t}, and its author expected a {other_feeling(t)} one.",
        feeling_of,
        CONTAINS,
    ),
    Case("the option's text", option_text, letter_of, EXACT, OPTIONS),
    Case("the option's text for a label", option_text, letter_of, LETTERS, OPTIONS),
    Case("the option's letter", lambda t, _: "ABCD"[CITIES.index(t)], city_of, EXACT, OPTIONS),
    Case(
        "what the prompt calls a letter",
        lambda t, _: {"A": "Good", "B": "Bad"}[t],
        lambda at: "AB"[at * 7 % 2],
        fields={"prompt": "Is it A) good or\nB) bad\n{{ input }}"},
    ),
    Case("contained with doubt", says("Probably @, I think."), feeling_of, CONTAINS),
    Case(
        "label in a label, denied",
        lambda target, _: {"A": "A (not AB)", "AB": "AB", "B": "B (not AB)"}[target],
        lambda at: ("A", "AB", "B")[at * 7 % 3],
        {"name": "choice", "labels": ["A", "AB", "B"]},
    ),
    Case(
        "notices of a server",
        lambda target, request: (
            "The model is currently overloaded. Please try again later."
            if row_of(request) % 5 < 2
            else target
        ),
    ),
    Case(
        "the items in another order",
        lambda target, _: ", ".join(reversed(target.split(", "))),
        lambda at: ", ".join(name_of(at + step) for step in range(3)),
    ),
    Case(
        "truth in another word",
        lambda t, _: {"True": "Yes", "False": "No"}[t],
        lambda at: str(at % 3 == 0),
    ),
    Case(
        "the next example",
        says("@\n\nQ: What is item 9?\nA: positive\n\nQ: Another?\nA: negative"),
        feeling_of,
        FEELINGS,
    ),
    Case(
        "the next question", says("@\n\nQuestion: What is item 9?\nAnswer: 78"), number_of, NUMERIC
    ),
    Case(
        "each label with its truth",
        lambda target, _: json.dumps({each: each == target for each in FEELINGS["labels"]}),
        feeling_of,
        FEELINGS,
    ),
    Case(
        "a label in a word of its own",
        lambda target, _: {"positive": "favourable"}.get(target, target),
        feeling_of,
        FEELINGS,
    ),
    Case(
        "a label that denies another",
        lambda target, _: target if target == "spam" else "This isn't spam.",
        lambda at: ("spam", "not spam")[at * 7 % 3 % 2],
        {"name": "choice", "labels": ["spam", "not spam"]},
    ),
    Case(
        "label that ends in a mark",
        says("The language is @."),
        lambda at: ("C", "C++", "C#")[at * 7 % 3],
        {"name": "choice", "labels": ["C", "C++", "C#"]},
    ),
    Case(
        "each option weighed",
        lambda target, _: (
            "; ".join(f"{each}) holds or not" for each in "ABCD") + f". Therefore {target}."
        ),
        letter_of,
        LETTERS,
    ),
    Case(
        "probabilities",
        lambda target, _: json.dumps(
            {each: 0.9 if each == target else 0.05 for each in FEELINGS["labels"]}
        ),
        feeling_of,
        FEELINGS,
    ),
    # other forms of the same
    Case("share as percent", lambda t, _: f"{float(t):.0%}", lambda at: f"0.{at + 10}", NUMERIC),
    Case("rounded", lambda t, _: f"{float(t):.2f}", lambda at: f"{at + 10 + 1 / 3:.5f}", NUMERIC),
    Case("telephone", lambda t, _: f"({t[:3]}) {t[4:]}", lambda at: f"555-{1000 + at}"),
    Case(
        "family name first",
        lambda target, _: ", ".join(reversed(target.split())),
        lambda at: f"{name_of(at)} Meyer",
    ),
    Case("arrow", says("=> @"), number_of, NUMERIC),
    Case("exact, thousands", lambda target, _: f"${int(target):,}", number_of),
    Case(
        "exact, another date",
        lambda target, _: f"March {int(target[-2:])}, 2024",
        lambda at: f"2024-03-{at % 28 + 1:02}",
    ),
    Case("date for its year", lambda t, _: f"July 20, {t}", lambda at: str(1900 + at), NUMERIC),
    Case(
        "number in words",
        lambda target, _: f"He sold 2 and has {'five' if target == '5' else 'seven'} apples left.",
        lambda at: "57"[at * 7 % 2],
        NUMERIC,
    ),
    Case(
        "list as bullets",
        lambda target, _: "\n".join(f"- {each}" for each in target.split(", ")),
        lambda at: f"{name_of(at)}, {name_of(at + 1)}",
    ),
    Case(
        "list with and",
        lambda target, _: target.replace(", ", " and "),
        lambda at: f"{name_of(at)}, {name_of(at + 1)}",
    ),
    Case("HTML entities", lambda t, _: t.replace("&", "&amp;"), lambda at: f"{name_of(at)} & Co"),
    Case("HTML letter", lambda t, _: t.replace("é", "&eacute;"), lambda at: f"{name_of(at)}é"),
    Case(
        "UTF-8 taken for Latin-1",
        lambda target, _: target.encode().decode("latin-1"),
        lambda at: f"{name_of(at)}é",
    ),
    Case("HTML apostrophe", lambda t, _: t.replace("'", "&#39;"), lambda at: f"{name_of(at)}'s"),
    # objects
    Case("json in a text", lambda target, _: json.dumps(target), object_of, JSON),
    Case("wrapped json", says('{"answer": @}'), object_of, JSON),
    Case("tool call token", says("[TOOL_CALLS][@]"), object_of, JSON),
    Case("fenced json", says("```json\n@\n```"), object_of, JSON),
    Case("json and prose", says("Here it is:\n```json\n@\n```\nDone."), object_of, JSON),
    Case(
        "pretty json", lambda target, _: json.dumps(json.loads(target), indent=4), object_of, JSON
    ),
    # other scripts
    Case("Chinese", says("答案是@京。"), lambda at: f"东{chr(0x4E00 + at)}", CONTAINS),
    Case("Japanese", says("正解は@です。"), lambda at: f"東{chr(0x4E00 + at)}", CONTAINS),
    Case("Korean", says("정답은 @입니다."), lambda at: f"서울{chr(0xAC00 + at)}", CONTAINS),
    Case("Thai", says("คำตอบคือ@ครับ"), lambda at: f"กทม{chr(0xE01 + at % 40)}{at // 40}", CONTAINS),
    Case("decomposed", lambda target, _: _decomposed(target), lambda at: f"Café {name_of(at)}"),
    # limits
    Case(
        "cut before the answer",
        lambda target, request: cut(f"{'Let me see. ' * 60}The answer is {target}", request),
    ),
    Case(
        "cut inside the answer",
        lambda target, request: cut(" ".join(target), request),
        fields={"generation": {"max_new_tokens": 2}},
        target=lambda at: " ".join(f"Item {at} of the list".replace(" ", "")),
    ),
    Case("empty at first", lambda target, request: "" if request.decoding.seed == 0 else target),
    Case("all filtered", lambda *_: Answer("", finish_reason="filtered")),
    Case("refused by the server", lambda *_: Answer("I cannot help.", finish_reason="refused")),
    Case(
        "two in five lost",
        lambda target, request: (
            Answer("", finish_reason="error", error="503") if row_of(request) % 5 < 2 else target
        ),
        fields={"errors": "score_zero"},
    ),
    Case(
        "the prompt names no column", lambda *_: "Which item?", fields={"prompt": "Answer {input}."}
    ),
]


def in_context(*wanted: str) -> Form:
    """Return a form that is right where each of some texts stands in the passages."""

    def form(target: str, request: Request) -> str:
        context = request.messages[-1].content
        texts = [each.replace("@", target).replace("#", str(row_of(request))) for each in wanted]
        return target if all(text in context for text in texts) else other(target)

    return form


HALVES = [
    text
    for at in range(N)
    for text in (
        f"The first half for item {at} is {name_of(at)[:2]}.",
        f"The second half for item {at} is {name_of(at)[2:]}.",
        f"{name_of(at)} is a painter.",
    )
]
BAIT = "Item {0}: ask the desk what belongs to item {0}, and which item {0} is"
COPIES = [
    text
    for at in range(N)
    for text in (
        BAIT.format(at),
        f"{BAIT.format(at)} ",
        BAIT.format(at).upper(),
        BAIT.format(at).replace(": ", ":  "),
        f"{BAIT.format(at)}.",
        f"Item {at} has {name_of(at)}.",
    )
]
FORM = {"training": {"path": "train.jsonl", "review": {"behaviour": "output_format"}}}
WITH_LEVERS = [
    Case(
        "a form that decoding can enforce",
        lambda target, request: (
            target
            if request.decoding.response_format == "json"
            else f"Here you are, sir: {target} or {{}}"
        ),
        object_of,
        JSON,
        fields=FORM,
    ),
    Case(
        "a base model that writes as it is shown",
        lambda target, request: cut(
            f" {target}\n\nQ: What else?"
            if re.search(r"A: \w", request.messages[-1].content)
            else f"\n\n{other(target)}",
            request,
        ),
        fields={
            "chat": {"mode": "completion"},
            "prompt": "Q: {{ input }}\nA:",
            "generation": {"stop_strings": ["\n"]},
        },
    ),
    Case("two passages make the answer", in_context("item # is"), fields={"corpus": HALVES}),
    Case("copies push the passage out", in_context("has @"), fields={"corpus": COPIES}),
    Case(
        "only the third passage answers",
        in_context("of @"),
        fields={
            "corpus": [
                text
                for at in range(N)
                for text in (
                    f"Item {at}, item {at}, item {at}: see below.",
                    f"Which item {at}? The item {at}.",
                    f"Item {at} is a picture of {name_of(at)}.",
                )
            ]
        },
    ),
    Case(
        "right with examples",
        lambda target, request: target if len(request.messages) > 2 else other(target),
    ),
    Case(
        "right with a lower limit of words",
        lambda target, request: target if request.decoding.max_new_tokens > 64 else other(target),
    ),
    Case(
        "right with a prompt",
        lambda target, request: target if "only" in request.messages[-1].content else other(target),
    ),
]


@pytest.mark.parametrize("case", WITH_LEVERS, ids=lambda case: case.what)
def test_a_lever_that_makes_a_model_right_is_found(
    case: Case, end_of: Callable[..., Ended]
) -> None:
    ended = end_of(case)

    assert ended.verdict == "use_lever", ended.text
    assert agrees(ended), ended


NOTHING_IN_IT = [
    Case(
        "a form that nothing was constrained to",
        says("Here you are, sir: @, as you wished."),
        fields=FORM,
    ),
    Case(
        "a corpus without any answer",
        lambda target, _: other(target),
        fields={"corpus": [f"Item {at} is in the hall." for at in range(N)]},
    ),
    Case(
        "a pool without the labels",
        lambda target, _: {"A": "B", "B": "C", "C": "D", "D": "A"}[target],
        letter_of,
        LETTERS,
        fields={"pool": [{"input": f"Tell me about item {at}", "target": "E"} for at in range(40)]},
    ),
    Case(
        "nothing to rank",
        lambda target, _: other(target),
        lambda at: name_of(at % 2),
        fields={
            "corpus": [f"Items have {name_of(0)}.", f"Items have {name_of(1)}."],
            "levers": {"rerank": {"rerankers": [{"kind": "own-model"}]}},
            "retrieval": {"corpus": "corpus.jsonl", "method": "lexical", "top_k": 2},
        },
    ),
]


@pytest.mark.parametrize("case", NOTHING_IN_IT, ids=lambda case: case.what)
def test_material_that_cannot_help_bars_fine_tuning(
    case: Case, end_of: Callable[..., Ended]
) -> None:
    ended = end_of(case)

    assert ended.verdict == "inconclusive", ended.text
    assert "still to be tried" in ended.text
    assert re.search(
        "in no passage|shows no example|nothing to rank|form wanted", " ".join(ended.text.split())
    )
    assert agrees(ended), ended


def _opened(text: str, request: Request) -> Answer:
    answer = cut(text, request)
    return Answer(answer.text, finish_reason=answer.finish_reason, opened_in_prompt=True)


def _wide(text: str) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in text)


def _decomposed(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.what)
def test_a_model_that_is_right_is_never_sent_to_training(
    case: Case, end_of: Callable[..., Ended]
) -> None:
    ended = end_of(case)

    assert ended.verdict != "fine_tune", ended.text
    assert agrees(ended), ended


WRONG = [
    Case("plain", lambda target, _: other(target)),
    Case(
        "yes and no turned round",
        renamed({"yes": "no", "no": "yes"}),
        lambda at: ("yes", "no")[at % 2],
    ),
    Case(
        "yes and no for true and false, by the row",
        lambda _, request: ("Yes", "No")[row_of(request) // 2 % 2],
        lambda at: str(at % 2 == 0),
    ),
    Case(
        "one of several answers",
        lambda t, _: t.split("|")[1] + "x",
        lambda at: f"{name_of(at)}|{name_of(at)}a",
    ),
    Case("right in its thoughts only", says("<think>It is @.</think>I do not know.")),
    Case("right in a thought that never ends", says("<think>It is @, or is it")),
    Case("right where the server keeps thoughts", lambda t, _: Answer(other(t), thoughts=t)),
    Case("denied", says("It is not @.")),
    Case("both", lambda target, _: f"{target} or {other(target)}"),
    Case("longer word", says("@x")),
    Case("inside a word", says("x@")),
    Case("empty", says("")),
    Case("spaces", says(" \n\t")),
    Case("constant", says("no idea")),
    Case("an echo", lambda _, request: request.messages[-1].content),
    Case("all lost", lambda *_: Answer("", finish_reason="error", error="503")),
    Case("all filtered", lambda *_: Answer("", finish_reason="filtered")),
    Case("all cut", lambda t, _: Answer(t[:1], finish_reason="length")),
    # numbers
    Case("inside a number", says("1,@"), number_of, NUMERIC),
    Case("digits before", says("7@"), number_of, NUMERIC),
    Case("digits after", says("@7"), number_of, NUMERIC),
    Case("decimals", says("@.5"), number_of, NUMERIC),
    Case("negative", says("-@"), number_of, NUMERIC),
    Case("percent", lambda t, _: f"{int(t) * 100 + 1} %", number_of, NUMERIC),
    Case("range", says("between @ and 99999"), number_of, NUMERIC),
    Case("no number", says("It depends."), number_of, NUMERIC),
    Case("twice", lambda t, _: str(2 * int(t)), number_of, NUMERIC),
    Case("last of many", says("@ or 7"), number_of, NUMERIC),
    Case("power", says("@e3"), number_of, NUMERIC),
    Case("half", says("@/2"), number_of, NUMERIC),
    Case("of a total", says("7 out of @"), number_of, NUMERIC),
    Case("cannot tell", says("I can't answer that; row @ is unclear."), number_of, NUMERIC),
    Case("denied number", says("The answer is not @."), number_of, NUMERIC),
    Case("denied in brackets", lambda t, _: f"It is {int(t) + 7} (not {t})", number_of, NUMERIC),
    Case("number called wrong", lambda t, _: f"{int(t) + 7}; {t} is wrong.", number_of, NUMERIC),
    Case(
        "a label less its mark",
        lambda target, _: {"C": "C#", "C#": "C", "1": "-1", "-1": "1"}[target],
        lambda at: ("C", "C#", "1", "-1")[at * 7 % 4],
        {"name": "choice", "labels": ["C", "C#", "1", "-1"]},
    ),
    # labels
    Case("every label", says("A, B, C or D"), letter_of, LETTERS),
    Case(
        "an article", says("It is a matter of taste."), lambda at: "A" if at % 9 else "B", LETTERS
    ),
    Case("next letter", lambda t, _: "ABCDA"["ABCD".index(t) + 1], letter_of, LETTERS),
    Case(
        "wrong probabilities",
        lambda target, _: "; ".join(
            f"{each}: {0.9 if each == other_feeling(target) else 0.05}"
            for each in FEELINGS["labels"]
        ),
        feeling_of,
        FEELINGS,
    ),
    Case("options restated", says("A: 12; B: 15; C: 9; D: 7"), letter_of, LETTERS),
    Case("no letter", says("None of them."), letter_of, LETTERS),
    Case(
        "a pronoun",
        says("I cannot say."),
        lambda at: "I" if at % 9 else "J",
        {"name": "choice", "labels": ["I", "J"]},
    ),
    Case("both feelings", says("positive and negative"), feeling_of, FEELINGS),
    Case("not the feeling", says("unpositive"), feeling_of, FEELINGS),
    Case("the prompt's list", says("One of: positive, negative, neutral."), feeling_of, FEELINGS),
    # objects
    Case("another key", lambda t, _: t.replace("name", "names"), object_of, JSON),
    Case("one key more", lambda t, _: t.replace("}", ', "more": 1}'), object_of, JSON),
    Case("text for a number", lambda t, _: re.sub(r"(\d+)}", r'"\1"}', t), object_of, JSON),
    Case("broken json", lambda t, _: t[:-1], object_of, JSON),
    Case("a list of it", says("[@]"), object_of, JSON),
    Case("null", says("null"), object_of, JSON),
    # words
    Case("f1 of nothing", says(""), lambda at: "a" if at % 9 else "the", {"name": "f1"}),
    Case("f1 of one word", says("the of and"), lambda at: f"the {name_of(at)}", {"name": "f1"}),
    Case(
        "f1 of many words",
        lambda t, _: "so it is that one thing of many " * 3 + t,
        name_of,
        {"name": "f1"},
    ),
    Case("contains what it denies", says("It is not @."), name_of, CONTAINS),
    Case(
        "another option's text",
        lambda t, request: option_text("BCDA"["ABCD".index(t)], request),
        letter_of,
        LETTERS,
        OPTIONS,
    ),
    Case(
        "contains all labels",
        says("It could be positive, negative or neutral."),
        feeling_of,
        CONTAINS,
    ),
    Case(
        "contains the prompt's list",
        says("Labels: positive | negative | neutral"),
        feeling_of,
        CONTAINS,
    ),
    Case("contains it in a question", says("Is it @?"), feeling_of, CONTAINS),
    Case(
        "contains it beside another",
        lambda t, _: f"{t} or {other_feeling(t)}",
        feeling_of,
        CONTAINS,
    ),
    Case(
        "found leniently beside another",
        lambda t, _: f"{t} or {other_feeling(t)}",
        feeling_of,
        {"name": "exact_match", "reading": "lenient"},
    ),
    Case("contains a part", says("the @s"), lambda at: f"cat{at}", CONTAINS),
    Case("contains a longer number", says("1,@ boxes"), number_of, CONTAINS),
    Case("Chinese, another", says("答案是北京。"), lambda at: f"东{chr(0x4E00 + at)}", CONTAINS),
    Case(
        "pattern not there", says("@"), name_of, {"reading": "pattern", "pattern": r"ANSWER: (\w+)"}
    ),
    Case("last number", says("@ in 2024"), number_of, {"reading": "last_number"}),
    Case("case alone is no answer", lambda t, _: t.swapcase() + "?!x"),
    Case("other script", lambda t, _: "".join(chr(ord(c) + 0x350) for c in t)),
    Case("translated", lambda t, _: f"{t}burg"),
    Case("a refusal", says("I'm sorry, but I can't help with that.")),
    Case("a question", says("Do you mean @x or @y?")),
    Case("a template leak", says("<|im_start|>assistant\n<|im_end|>")),
    Case("wrong, in a fence", lambda t, _: f"```\n{other(t)}\n```"),
    Case("wrong, bold", lambda t, _: f"**{other(t)}**"),
    Case("wrong, boxed", lambda t, _: f"\\boxed{{{int(t) + 1}}}", number_of, NUMERIC),
    Case("wrong, with units", lambda t, _: f"{int(t) + 1} kg", number_of, NUMERIC),
    Case(
        "wrong half of the time, right in other words", lambda t, _: f"It is {other(t)}, not {t}."
    ),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.what)
def test_a_model_that_is_wrong_is_never_called_good(
    case: Case, end_of: Callable[..., Ended]
) -> None:
    ended = end_of(case)

    assert ended.verdict not in ("already_good", "use_lever"), ended.text
    assert agrees(ended), ended


def chat(content: Any, finish: str | None = "stop", **more: Any) -> dict[str, Any]:
    """Return the body of a chat completion, with whatever else a server puts into its message."""
    message = {"role": "assistant", "content": content, **more}
    return {"model": "m", "choices": [{"index": 0, "message": message, "finish_reason": finish}]}


SERVERS: dict[str, Body] = {
    "plain": lambda t, _: chat(t),
    "reasoning_content": lambda t, _: chat(t, reasoning_content="Is it Mumo? No."),
    "reasoning": lambda t, _: chat(t, reasoning="Is it Mumo? No."),
    "thoughts in the text": lambda t, _: chat(f"<think>Is it Mumo?</think>{t}"),
    "typed parts": lambda t, _: chat([{"type": "text", "text": t}]),
    "typed parts in pieces": lambda t, _: chat(
        [{"type": "text", "text": t[:2]}, {"type": "text", "text": t[2:]}]
    ),
    "a thinking part": lambda t, _: chat(
        [
            {"type": "thinking", "thinking": [{"type": "text", "text": "Is it Mumo?"}]},
            {"type": "text", "text": t},
        ]
    ),
    "all taken for thoughts": lambda t, _: chat(None, reasoning_content=f"It is {t}."),
    "empty, all taken for thoughts": lambda t, _: chat("", reasoning_content=f"It is {t}."),
    "cut while it thinks": lambda *_: chat("", "length", reasoning_content="Is it Mumo? Let me"),
    "null and cut": lambda *_: chat(None, "length", reasoning_content="Is it Mumo? Let me"),
    "filtered": lambda *_: chat(None, "content_filter"),
    "filtered, with a text": lambda *_: chat("", "content_filter"),
    "refused": lambda *_: chat(None, refusal="I cannot help with that."),
    "a tool call": lambda t, _: chat(
        None,
        "tool_calls",
        tool_calls=[
            {"id": "1", "type": "function", "function": {"name": "answer", "arguments": t}}
        ],
    ),
    "no finish reason": lambda t, _: chat(t, None),
    "end of sentence": lambda t, _: chat(t, "eos"),
    "end of turn": lambda t, _: chat(t, "end_turn"),
    "capital stop": lambda t, _: chat(t, "STOP"),
    "alias name": lambda t, _: {**chat(t), "model": "m-2024-08-06"},
    "no model name": lambda t, _: {"choices": chat(t)["choices"]},
    "usage null": lambda t, _: {**chat(t), "usage": None},
    "two choices": lambda t, _: {
        **chat(t),
        "choices": [*chat(t)["choices"], *chat("x")["choices"]],
    },
    "space before": lambda t, _: chat(f" {t}"),
    "lines before": lambda t, _: chat(f"\n\n{t}"),
    "stop token left in": lambda t, _: chat(f"{t}<|eot_id|>"),
    "role token left in": lambda t, _: chat(f"assistant\n\n{t}"),
    "markdown": lambda t, _: chat(f"**{t}**"),
    "harmony left in": lambda t, _: chat(
        f"<|channel|>analysis<|message|>Mumo?<|end|><|start|>assistant<|channel|>final<|message|>{t}"
    ),
    "nothing": lambda *_: chat(""),
    "an object in the text": lambda t, _: chat(json.dumps({"answer": t})),
    "escapes of JSON": lambda t, _: chat(f'"{t[:-1]}\\u{ord(t[-1]):04x}"'),
    "the prompt in front": lambda t, at: chat(f"What is the answer to item {at}?\n{t}"),
}


def _serve(server: HTTPServer, body: Body) -> dict[str, Any]:
    """Let a server answer each request with a body; return the spec's model."""

    def reply(received: Received) -> Response:
        asked = json.loads(received.data)["messages"][-1]["content"]
        at = int(re.findall(r"item (\d+)", asked)[-1])
        return Response(json.dumps(body(name_of(at), at)), 200, content_type="application/json")

    server.expect_request("/v1/models").respond_with_json({"data": [{"id": "m"}]})
    server.expect_request("/v1/chat/completions").respond_with_handler(reply)
    return {"id": "m", "base_url": server.url_for("/v1"), "concurrency": 8}


@pytest.mark.parametrize("what", SERVERS)
def test_a_server_that_is_right_is_never_sent_to_training(
    what: str, end_of: Callable[..., Ended], httpserver: HTTPServer
) -> None:
    ended = end_of(Case(what, says("@")), _serve(httpserver, SERVERS[what]))

    assert ended.verdict != "fine_tune", ended.text
    assert agrees(ended), ended


WRONG_SERVERS: dict[str, Body] = {
    "plain": lambda t, _: chat(other(t)),
    "right in its thoughts": lambda t, _: chat(other(t), reasoning_content=f"It is {t}."),
    "right in a thinking part": lambda t, _: chat(
        [
            {"type": "thinking", "thinking": [{"type": "text", "text": t}]},
            {"type": "text", "text": other(t)},
        ]
    ),
    "right in the second choice": lambda t, _: {
        **chat(other(t)),
        "choices": [*chat(other(t))["choices"], *chat(t)["choices"]],
    },
    "right in its refusal": lambda t, _: chat(None, refusal=f"I cannot say {t}."),
    "right in a filtered text": lambda *_: chat("", "content_filter"),
    "an error as an answer": lambda *_: chat("Error: the model is overloaded."),
    "another model answers": lambda t, _: {**chat(other(t)), "model": "another"},
}


@pytest.mark.parametrize("what", WRONG_SERVERS)
def test_a_server_that_is_wrong_is_never_called_good(
    what: str, end_of: Callable[..., Ended], httpserver: HTTPServer
) -> None:
    ended = end_of(Case(what, says("@")), _serve(httpserver, WRONG_SERVERS[what]))

    assert ended.verdict not in ("already_good", "use_lever"), ended.text
    assert agrees(ended), ended


REFUSALS = {
    400: "roles must alternate",
    413: "Request Entity Too Large",
    422: "prompt too long",
    501: "assistant turns are not supported",
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_server_that_refuses_worked_examples_ends_no_run(
    status: int, end_of: Callable[..., Ended], httpserver: HTTPServer
) -> None:
    def reply(received: Received) -> Response:
        messages = json.loads(received.data)["messages"]
        if len(messages) > 2:
            return Response(json.dumps({"error": {"message": REFUSALS[status]}}), status)
        at = int(re.findall(r"item (\d+)", messages[-1]["content"])[-1])
        return Response(json.dumps(chat(other(name_of(at)))), 200)

    httpserver.expect_request("/v1/models").respond_with_json({"data": [{"id": "m"}]})
    httpserver.expect_request("/v1/chat/completions").respond_with_handler(reply)
    model = {"id": "m", "base_url": httpserver.url_for("/v1"), "concurrency": 8}

    ended = end_of(Case("no examples", says("@")), model)

    assert ended.verdict == "inconclusive", ended.text
    assert agrees(ended), ended


def test_the_tables_are_as_long_as_they_claim() -> None:
    assert len(RIGHT) >= 60
    assert len(WRONG) >= 60


@pytest.mark.parametrize(
    ("form", "verdict", "gate"), [(says("@"), "already_good", 1), (WRONG[0].form, "fine_tune", 0)]
)
def test_the_harness_itself_tells_right_from_wrong(
    form: Form, verdict: str, gate: int, end_of: Callable[..., Ended]
) -> None:
    ended = end_of(Case("plain", form))

    assert (ended.verdict, ended.gate) == (verdict, gate)
