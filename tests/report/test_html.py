import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from ladder.report import Evidence, to_html, to_index_html, to_notebook_html
from ladder.report.words import headline

VOID = {"meta", "br", "link", "input", "img", "hr", "line", "circle", "path", "rect"}


class Walk(HTMLParser):
    """Walks a page: every element closed in order, ids unique, nothing that loads or runs."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append((values, ""))
        self.ids += [values["id"] or ""] if "id" in values else []
        names = {"src", "srcset", "href", "action", "data", "poster", "formaction", "background"}
        self.loads += [values[name] or "" for name in names & set(values)]
        self.handlers += [name for name in values if name.startswith("on") or name == "style"]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> out of order"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            values, text = self.scripts[-1]
            self.scripts[-1] = (values, text + data)


def walk(html: str) -> Walk:
    found = Walk()
    found.feed(html)
    found.close()
    assert found.open == []
    return found


def island(html: str, name: str) -> object:
    found = [text for values, text in walk(html).scripts if name in values]
    return json.loads(found[0])


def test_the_page_is_well_formed_and_loads_nothing(case: tuple[str, Evidence]) -> None:
    html = to_html(case[1])

    found = walk(html)

    assert len(set(found.ids)) == len(found.ids)
    assert [place for place in found.loads if not place.startswith("#")] == []
    assert found.handlers == []
    assert not re.search(r"url\(|@import|https?://", html)


def test_the_policy_allows_only_this_style_and_this_script(cases: dict[str, Evidence]) -> None:
    html = to_html(cases["together"])

    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    run = [text for values, text in walk(html).scripts if values.get("type") is None]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)

    assert policy
    assert style
    assert policy[1].startswith("default-src 'none'; ")
    for text, kind in ((run[0], "script-src"), (style[1], "style-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy[1].replace("&#39;", "'").replace("&#43;", "+")


def test_the_verdict_stands_before_everything_else(case: tuple[str, Evidence]) -> None:
    html = to_html(case[1])

    order = [html.index(f'id="run-1-{part}"') for part in ("ladder", "checks", "sure", "next")]

    assert html.index("<h1") < order[0]
    assert order == sorted(order)


def test_what_stands_in_the_way_of_a_verdict_is_told_once_and_no_samples_are_asked_for(
    cases: dict[str, Evidence],
) -> None:
    evidence = cases["inconclusive"]
    ledger = evidence.decision.ledger.replace(blocked=True, reason="rag: no corpus given")
    blocked = Evidence(evidence.decision.replace(ledger=ledger), evidence.samples)

    html = to_html(blocked)

    assert "What to do now: settle this first" in html
    assert html.count("<li>This has to be settled first: rag: no corpus given.</li>") == 1
    assert "more are enough" not in html
    assert "More samples drawn like the others" not in html
    assert "More samples drawn like the others" in to_html(evidence)


def test_what_was_tried_stands_under_the_headline(cases: dict[str, Evidence]) -> None:
    tried = "(template 2, prompt nothing to try). Not tried, as declared: rag (no documents)."
    decision = cases["fine_tune"].decision.replace(
        sentence=f"Fine-tuning is justified: none of 2 reaches .80 {tried}",
        levers=("template", "prompt", "rag"),
    )

    assert headline(decision) == ("Fine-tuning is justified: none of 2 reaches .80.", tried)


def test_a_short_sentence_is_all_headline(case: tuple[str, Evidence]) -> None:
    assert headline(case[1].decision) == (case[1].decision.sentence, "")


def test_special_tokens_are_chips_and_control_characters_have_names(
    cases: dict[str, Evidence],
) -> None:
    html = to_html(cases["template"])

    assert '<span class="chip special">&lt;|im_start|&gt;</span>' in html
    assert '<span class="chip control">ESC</span>' in html
    assert "\x1b" not in html


HOSTILE = (
    "</script><script>alert(1)</script>",
    "</pre></details><img src=https://evil.example/beacon onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07\x1b[2J",
    "::error file=app.py::hacked",
    "\u202eevil\u202c\u2066\u200b",
    "]]><!--",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "\ud800x\udfff\x00",
    "```\n# heading\n```",
)


def hostile(evidence: Evidence, text: str) -> Evidence:
    sample = evidence.samples[0]
    answer = sample.answers[0]
    bad = type(answer)(
        configuration=answer.configuration,
        text=text,
        read_as=text,
        score=0.0,
        lenient=1.0,
        prompt=f"<|im_start|>{text}",
        passages=tuple(type(one)(text, text) for one in evidence.samples[0].answers[-1].passages),
        error=text,
    )
    row = type(sample)(
        id=text,
        input=text,
        targets=(text,),
        columns={text: text},
        answers=(bad, *sample.answers[1:]),
    )
    decision = (
        evidence.decision.replace(sentence=f"Do not fine-tune. {text}")
        if text.isprintable()
        else evidence.decision
    )
    return Evidence(decision, (row, *evidence.samples[1:]), "runs/x")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(cases: dict[str, Evidence], text: str) -> None:
    evidence = hostile(cases["together"], text)
    html = to_html(evidence)

    found = walk(html)

    assert len(found.scripts) == len(walk(to_html(cases["together"])).scripts)
    assert [place for place in found.loads if not place.startswith("#")] == []
    assert found.handlers == []
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)
    html.encode("utf-8")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_from_the_page_as_it_was(
    cases: dict[str, Evidence], text: str
) -> None:
    html = to_html(hostile(cases["together"], text))

    rows = island(html, "data-chunk")

    assert isinstance(rows, list)
    assert rows[0][4] == text


def test_without_a_verdict_nothing_of_the_part_kept_aside_is_in_the_page(
    cases: dict[str, Evidence],
) -> None:
    html = to_html(cases["inconclusive"])

    shown = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    for secret in (".61", ".55", ".63", ".64", "LOCKED-ANSWER", ">113<", ">97<"):
        assert not re.search(rf"(?<!\d){re.escape(secret)}", shown)


def test_prompts_of_one_candidate_share_their_beginning(cases: dict[str, Evidence]) -> None:
    html = to_html(cases["together"])

    index = island(html, "data-index")

    assert isinstance(index, dict)
    prefixes = index["prefixes"]
    assert prefixes["0"].endswith("What is the gate code of Mara")


@pytest.mark.slow
def test_an_index_names_all_verdicts_first_and_holds_all_reports(
    cases: dict[str, Evidence],
) -> None:
    html = to_index_html(list(cases.items()))

    found = walk(html)

    assert len(set(found.ids)) == len(found.ids)
    assert found.loads == [f"#run-{number}" for number in range(1, 6)]
    assert html.count("<article") == 5
    assert html.count("<h1") == 1


def test_a_notebook_cell_has_no_script_and_no_style_of_its_own(case: tuple[str, Evidence]) -> None:
    html = to_notebook_html(case[1].decision)

    found = walk(html)

    assert found.scripts == []
    assert found.loads == []
    assert "<style" not in html
    assert len(html) < 12_000
    assert case[1].decision.sentence.replace("'", "&#39;") in html
