"""Extraction, output format and running text go to a verdict, and no metric is fooled on the way."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ladder.api import check_task, run, run_folder_of
from ladder.models.base import Request
from ladder.report.write_report import write_report
from ladder.testing import write_rows, write_task

pytestmark = pytest.mark.slow

N = 80
NAMES = ("Ann Lee", "Bo Kim", "Cai Wu", "Dee Fox", "Eva Ray", "Finn Orr", "Gil Ash")
CITIES = ("Oslo", "Rome", "Lima", "Kyiv", "Cork")
PROMPT = {"prompt": {"edits": True, "not_applicable": None}}
DECODING = {"decoding": {"not_applicable": None}}
FIELDS = {
    "name": "text",
    "total": {"kind": "number", "tolerance": 0.005},
    "items": "set",
    "address.city": "exact",
}
SCHEMA = {
    "type": "object",
    "required": ["code", "count"],
    "properties": {
        "code": {"type": "string", "pattern": "^R[0-9]+$"},
        "count": {"type": "integer"},
    },
    "additionalProperties": False,
}


def order(at: int) -> dict[str, Any]:
    items = [f"item{at % 9}", f"part{at % 4}", "postage"]
    city = {"city": CITIES[at % 5]}
    return {"name": NAMES[at % 7], "total": at * 1.25, "items": items, "address": city}


def number_in(request: Request) -> int:
    return next(int(word) for word in request.messages[-1].content.split() if word.isdigit())


def as_written(at: int) -> str:
    """Return an order as a right model may write it: other order, other writing of the number."""
    wanted = order(at)
    return json.dumps(
        {
            "total": f"{wanted['total']:,.2f} €",
            "items": wanted["items"][::-1],
            "name": wanted["name"].upper(),
            "address": wanted["address"],
            "confidence": 0.9,
        }
    )


def wrapped(text: str) -> str:
    return (
        f"Of course! This is what I found:\n```json\n{text}\n```\nLet me know what else you need."
    )


def after_edit(request: Request) -> str:
    text = as_written(number_in(request))
    return text if "JSON only" in request.messages[-1].content else wrapped(text)


def wrong_total(request: Request) -> str:
    at = number_in(request)
    return json.dumps({**order(at), "total": at * 1.25 + 1, "items": ["postage"]})


def in_schema(request: Request) -> str:
    return json.dumps({"code": f"R{number_in(request)}", "count": 3})


def constrained(request: Request) -> str:
    text = in_schema(request)
    return text if request.decoding.response_format == "json" else wrapped(text)


def coded(request: Request) -> str:
    text = f"R-{number_in(request)}"
    return text if request.decoding.held_to is not None else f"The code is {text}."


def values_wrong(request: Request) -> str:
    """Answer with the form alone where it is held to one, and always with other values."""
    text = json.dumps({**order(0), "total": number_in(request), "items": ["postage"], "name": "X"})
    return text if request.decoding.held_to is not None else wrapped(text)


def quoting(request: Request) -> str:
    return (
        f"The sign in room {number_in(request)} says „Bitte schließen Sie die Tür immer leise und "
        "vorsichtig“, which asks visitors to close the door quietly."
    )


def in_german(request: Request) -> str:
    return f"Auf dem Schild in Raum {number_in(request)} steht, dass man die Tür schließen soll."


def reference(at: int) -> str:
    return f"The delivery for {NAMES[at % 7]} left {CITIES[at % 5]} on day {at} and will be late."


def paraphrase(request: Request) -> str:
    at = number_in(request)
    return f"The delivery for {NAMES[at % 7]} left {CITIES[at % 5]} on day {at} and is late."


def stuffed(request: Request) -> str:
    words = reference(number_in(request)).split()
    return " ".join([*reversed(words), *reversed(words), *reversed(words)])


ORDERS = {"metric": {"name": "json_fields", "fields": FIELDS}, "target": 0.9}
FORM = {"metric": {"name": "json_schema", "schema": SCHEMA}, "target": 0.9}
CODE = {"metric": {"name": "matches", "pattern": r"^R-\d+$"}, "target": 0.9}
HELD = {"training": {"path": "train.jsonl", "review": {"behaviour": "output_format"}}}
ENGLISH = {"metric": {"name": "language", "language": "en"}, "target": 0.9}
ROUGE = {"metric": "rouge_l", "target": 0.7}
CASES: list[tuple[str, Callable[[Request], str], dict[str, Any], set[str]]] = [
    ("orders wrapped in prose until asked", after_edit, {**ORDERS, "levers": PROMPT}, {"use_lever"}),
    ("orders right but wrapped", lambda r: wrapped(as_written(number_in(r))), ORDERS, {"inconclusive"}),
    ("orders as a right model writes them", lambda r: as_written(number_in(r)), ORDERS, {"already_good"}),
    ("orders with wrong totals", wrong_total, ORDERS, {"fine_tune"}),
    ("a form right when constrained", constrained, {**FORM, "levers": DECODING}, {"use_lever"}),
    ("a form right but wrapped", lambda r: wrapped(in_schema(r)), FORM, {"fine_tune"}),
    ("a form held to, and kept by nobody", lambda r: wrapped(in_schema(r)), {**FORM, "generation": {"constraint": "json_schema"}}, {"inconclusive"}),
    ("a code right when constrained", coded, {**CODE, "levers": DECODING}, {"use_lever"}),
    ("a code that is never held to its form", lambda r: f"It is R-{number_in(r)}.", {**CODE, "levers": DECODING}, {"inconclusive"}),
    ("a form held to, with other values", values_wrong, {**ORDERS, **HELD, "levers": DECODING}, {"fine_tune"}),
    ("a language right with a quotation", quoting, ENGLISH, {"already_good"}),
    ("a language wrong", in_german, ENGLISH, {"fine_tune"}),
    ("a text that is paraphrased", paraphrase, ROUGE, {"already_good"}),
    ("a text of its keywords", stuffed, ROUGE, {"fine_tune"}),
]  # fmt: skip


def target_of(metric: object, at: int) -> object:
    if metric == "rouge_l":
        return reference(at)
    return order(at) if metric == "json_fields" else ""


@pytest.mark.parametrize(("what", "answer", "fields", "verdicts"), CASES)
def test_a_form_goes_to_its_verdict(
    tmp_path: Path,
    what: str,
    answer: Callable[[Request], str],
    fields: dict[str, Any],
    verdicts: set[str],
) -> None:
    metric = fields["metric"]["name"] if isinstance(fields["metric"], dict) else fields["metric"]
    has_targets = metric in ("json_fields", "rouge_l")
    rows = [
        {
            "input": f"What of order {at} ?",
            **({"target": target_of(metric, at)} if has_targets else {}),
        }
        for at in range(100, 100 + 7 * N, 7)
    ]
    train = [{"input": f"Of order {at}?", "target": order(at)} for at in range(9_000, 9_040)]
    write_rows(tmp_path / "train.jsonl", train)
    data = {} if has_targets else {"data": {"path": "eval.jsonl", "target": None}}
    task = write_task(tmp_path, answer, rows=rows, **{"margin": 0.05, **fields, **data})

    decision = run(task, runs_folder=tmp_path / "runs")

    assert (what, decision.verdict) in {(what, each) for each in verdicts}, decision.sentence
    if metric == "json_fields":
        folder = run_folder_of(task, tmp_path / "runs")
        text = write_report(folder, "md", tmp_path / "report.md").read_text("utf-8")
        page = write_report(folder, "html", tmp_path / "report.html").read_text("utf-8")
        assert "## By field" in text
        assert ("address.city" in text) == (what != "orders right but wrapped")
        assert "answers that are no JSON" in page


def test_a_field_that_no_target_has_is_named_before_the_first_call(tmp_path: Path) -> None:
    rows = [{"input": f"Order {at * 7}", "target": order(at)} for at in range(80)]
    asked: list[Request] = []
    metric = {"name": "json_fields", "fields": {"name": "text", "totl": "number"}}
    task = write_task(tmp_path, lambda r: asked.append(r) or "", rows=rows, metric=metric)  # type: ignore[func-returns-value]

    found = [each for each in check_task(task) if each.code.startswith("D26")]

    assert [each.severity for each in found] == ["error"]
    assert "totl" in found[0].problem
    assert not asked
