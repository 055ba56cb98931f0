"""The page in a real browser: pictures, paging and filters, and how fast a big page opens."""

import base64
import hashlib
import os
import re
import shutil
import struct
import subprocess
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from ladder.report import Evidence, SampleRow, to_html, to_index_html
from ladder.report.compare_page import write_compare_page
from ladder.report.html import to_runs_html
from ladder.report.runs_list import ListedRun
from ladder.report.view import RunView

CHROMIUM = shutil.which("chromium") or ""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
PICTURES = Path(os.environ.get("LADDER_PICTURES", ""))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Debian's chromium is absent"),
]


def chromium(page: Path, *flags: str) -> str:
    profile = page.parent / f"profile-{len(list(page.parent.iterdir()))}"
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=90, check=True)
    return done.stdout.decode("utf-8")


def write(folder: Path, html: str) -> Path:
    page = folder / "report.html"
    page.write_text(html, encoding="utf-8")
    return page


def driven(html: str, script: str, *, before: str = "") -> str:
    """Return the page with one more script, allowed by its own hash: it stands for a person."""
    text = f'{before};addEventListener("load", () => {{ {script} }});'
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    html = html.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    return html.replace("</body>", f"<script>{text}</script></body>")


def size(picture: Path) -> tuple[int, int]:
    width, height = struct.unpack(">II", picture.read_bytes()[16:24])
    return width, height


def said(dom: str) -> str:
    found = re.search(r"<title>(.*?)</title>", dom, re.DOTALL)
    assert found
    return found[1]


def narrow(page: Path, width: int) -> Path:
    """Return a page that shows another in a frame: a headless window is never below 500."""
    outer = page.with_name("narrow.html")
    outer.write_text(
        "<!doctype html><title>-</title><style>body { margin: 0 }</style>"
        f'<iframe src="{page.as_uri()}" width="{width}" height="1000" style="border:0"></iframe>'
        '<script>addEventListener("message", (e) => { document.title = e.data; });</script>',
        encoding="utf-8",
    )
    return outer


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_picture_of_the_first_screen(
    tmp_path: Path, cases: dict[str, Evidence], scheme: str, width: int
) -> None:
    page = write(tmp_path, to_html(cases["together"]))
    picture = tmp_path / f"report-{scheme}-{width}.png"
    preferred = {"dark": 0, "light": 1}[scheme]
    window = max(width, 500)

    chromium(
        page if width == window else narrow(page, width),
        f"--screenshot={picture}",
        f"--window-size={window},1000",
        f"--blink-settings=preferredColorScheme={preferred}",
    )

    assert size(picture) == (window, 1000)
    assert picture.stat().st_size > 30_000
    if PICTURES.name:
        PICTURES.mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, PICTURES / picture.name)


def test_nothing_is_wider_than_a_narrow_screen(tmp_path: Path, cases: dict[str, Evidence]) -> None:
    script = """
    for (const one of document.querySelectorAll("details")) one.open = true;
    parent.postMessage(document.documentElement.scrollWidth, "*");
    """
    page = write(tmp_path, driven(to_index_html(list(cases.items())), script))

    dom = chromium(narrow(page, 360), "--dump-dom", "--virtual-time-budget=3000")

    assert int(said(dom)) <= 360


OPENED = """
for (const one of document.querySelectorAll("details")) one.open = true;
const two = document.querySelectorAll("[data-rows] .sample .compare select");
if (two[1]) { two[1].selectedIndex = two[1].length - 1; two[1].dispatchEvent(new Event("change")); }
setTimeout(() => axe.run(document, { resultTypes: ["violations"] }).then((found) => {
  const told = found.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
  const wide = document.documentElement.scrollWidth > innerWidth ? ["wider than the screen"] : [];
  parent.postMessage([...told, ...wide].join(", ") || "fine", "*");
}), 50);
"""


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("template", 1280, "dark"),
        ("together", 400, "light"),
        ("fine_tune", 400, "dark"),
        ("inconclusive", 1280, "light"),
        ("runs", 400, "dark"),
        ("compared", 400, "light"),
        ("compared", 1280, "dark"),
    ],
)
def test_axe_finds_nothing_to_improve(
    tmp_path: Path, cases: dict[str, Evidence], name: str, width: int, scheme: str
) -> None:
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
    pages = {"runs": lambda: runs_page(cases), "compared": lambda: compare_page(cases, tmp_path)}
    html = pages.get(name, lambda: to_html(cases[name]))()
    page = write(tmp_path, driven(html, OPENED, before=axe))

    dom = chromium(
        narrow(page, width),
        "--dump-dom",
        "--virtual-time-budget=20000",
        f"--blink-settings=preferredColorScheme={('dark', 'light').index(scheme)}",
    )

    assert said(dom) == "fine"


def runs_page(cases: dict[str, Evidence]) -> str:
    """Return a list of runs, one of which cannot be read, that may be driven by a script."""
    runs = [ListedRun(name, RunView(each), "report.html") for name, each in cases.items()]
    html = to_runs_html([*runs, ListedRun("damaged", problem=f"/a/{'b' * 80} is damaged")])
    return html.replace("style-src ", "script-src ; style-src ", 1)


def compare_page(cases: dict[str, Evidence], folder: Path) -> str:
    """Return the page of two runs, with long inputs and candidates, that may be driven by a script."""
    long = tuple(
        replace(one, input=f"{one.input} {'word ' * 30}") for one in cases["template"].samples
    )
    after = replace(cases["template"], samples=long)
    ledger = after.decision.ledger.replace(best=(0,) * 7)
    before = replace(after, decision=after.decision.replace(ledger=ledger), folder=str(folder))
    (folder / "report.html").write_text("the report")
    html = write_compare_page(before, replace(after, folder=str(folder))).read_text("utf-8")
    return html.replace("style-src ", "script-src ; style-src ", 1)


def test_filter_and_paging_show_what_they_say(tmp_path: Path, cases: dict[str, Evidence]) -> None:
    script = """
    const words = () => document.querySelector("[data-samples] [data-status]").textContent;
    const outcomes = () => [...new Set([...document.querySelectorAll(
      "[data-rows] [data-field=word]")].map((one) => one.textContent))].join("+");
    const told = [words()];
    document.querySelector("[data-turn='1']").click();
    told.push(words(), document.querySelector("[data-rows] .sample .input").textContent);
    document.querySelector("[data-outcome=failed]").click();
    told.push(words(), outcomes());
    document.querySelector("[data-outcome='']").click();
    const select = document.querySelector("[data-slice='0']");
    select.value = "1"; select.dispatchEvent(new Event("change"));
    told.push(words());
    select.value = ""; select.dispatchEvent(new Event("change"));
    const choose = (name, value) => {
      const one = document.querySelector(`[data-${name}]`);
      one.value = value; one.dispatchEvent(new Event("change"));
    };
    choose("candidate", "lever:few_shot"); choose("state", "wrong");
    told.push(words());
    choose("candidate", ""); choose("state", "");
    const key = (name) => document.activeElement.dispatchEvent(
      new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
    key("n"); key("j"); key("j");
    told.push(document.activeElement.querySelector(".input").textContent);
    key("/");
    told.push(document.activeElement.type);
    document.activeElement.value = "mara150?";
    document.activeElement.dispatchEvent(new Event("input"));
    setTimeout(() => {
      told.push(words());
      location.hash = "#sample-facts-151";
      setTimeout(() => {
        const sample = document.querySelector("[data-rows] .sample[open]");
        const [one, other] = sample.querySelectorAll(".compare select");
        other.value = "3"; other.dispatchEvent(new Event("change"));
        told.push(sample.querySelector(".input").textContent,
          sample.querySelector(".compare pre").innerText.replace(/\\s+/g, " "),
          sample.querySelector(".compare a").getAttribute("href"));
        document.title = told.join(" | ");
      }, 200);
    }, 300);
    """

    dom = chromium(
        write(tmp_path, driven(to_html(cases["together"]), script)),
        "--dump-dom",
        "--virtual-time-budget=3000",
    )

    assert said(dom).split(" | ") == [
        "1 to 25 of 200",
        "26 to 50 of 200",
        "What is the gate code of Mara25?",
        "1 to 4 of 4",
        "failed everywhere",
        "1 to 25 of 80",
        "1 to 25 of 200",
        "What is the gate code of Mara26?",
        "search",
        "1 to 1 of 1",
        "What is the gate code of Mara151?",
        "I do not know that code.257",
        "#sample-facts-151",
    ]


def test_a_row_drawn_by_the_script_is_the_row_of_the_page_without_it(
    tmp_path: Path, cases: dict[str, Evidence]
) -> None:
    script = """
    const rows = () => document.querySelector("[data-rows]").innerHTML.replace(/>\\s+</g, "><").trim();
    const before = rows();
    document.querySelector("[data-turn='1']").click();
    document.querySelector("[data-turn='-1']").click();
    document.title = before === rows() ? "same" : before.slice(0, 3000) + "\\n\\n" + rows().slice(0, 3000);
    """
    html = to_html(cases["template"])

    dom = chromium(write(tmp_path, driven(html, script)), "--dump-dom")

    assert said(dom) == "same"


def test_hostile_samples_stay_text_when_the_script_draws_them(
    tmp_path: Path, cases: dict[str, Evidence]
) -> None:
    evidence = cases["together"]
    evil = "</script><img src=x onerror=\"document.title='owned'\"><svg onload=alert(1)>\u202e"
    rows = tuple(
        SampleRow(f"{number}{evil}", evil, (evil,), columns={evil: evil}) for number in range(60)
    )
    script = """
    document.querySelector("[data-turn='1']").click();
    for (const one of document.querySelectorAll("details")) one.open = true;
    const found = document.querySelectorAll("[data-rows] img, [data-rows] svg, [data-rows] script");
    setTimeout(() => { document.title += " " + found.length; }, 200);
    """
    html = to_html(Evidence(evidence.decision, rows, "runs/x"))

    dom = chromium(
        write(tmp_path, driven(html, script)), "--dump-dom", "--virtual-time-budget=2000"
    )

    assert said(dom) == "facts · ladder 0"


def test_without_script_everything_but_filter_and_paging_is_there(
    tmp_path: Path, cases: dict[str, Evidence]
) -> None:
    html = to_html(cases["together"])
    page = write(tmp_path, re.sub(r"script-src '[^']+'", "script-src 'none'", html))

    dom = chromium(page, "--dump-dom")

    shown = re.sub(r"<(script|style|template).*?</\1>", "", dom, flags=re.DOTALL)
    for text in ("Use the lever", "slower half of the race", "What to change", "Mara24", "0.1.0"):
        assert text in shown
    assert "Filter and paging need JavaScript" in shown
    useless = re.findall(
        r"<[^>]* (?:data-filters|data-pager|data-pair-pager|data-copy)[^>]*>", shown
    )
    assert useless
    assert all(" hidden" in tag for tag in useless)


def test_it_prints_to_two_pages(tmp_path: Path, case: tuple[str, Evidence]) -> None:
    name, evidence = case
    paper = tmp_path / f"{name}.pdf"

    chromium(
        write(tmp_path, to_html(evidence)), f"--print-to-pdf={paper}", "--no-pdf-header-footer"
    )

    assert len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) <= 2


def test_twenty_thousand_samples_open_in_under_two_seconds(
    tmp_path: Path, cases: dict[str, Evidence]
) -> None:
    evidence = cases["together"]
    rows = tuple(
        SampleRow(
            id=f"{number}-{one.id}",
            input=f"{one.input} {number}",
            targets=one.targets,
            part=one.part,
            columns=one.columns,
            answers=one.answers,
        )
        for number in range(100)
        for one in evidence.samples
    )
    script = """
    const opened = performance.now();
    document.querySelector("[data-outcome=failed]").click();
    const words = document.querySelector("[data-samples] [data-status]").textContent;
    document.title = [Math.round(opened), Math.round(performance.now() - opened), words].join(" | ");
    """
    html = to_html(Evidence(evidence.decision, rows, "runs/x"))

    dom = chromium(write(tmp_path, driven(html, script)), "--dump-dom")

    opened, filtered, words = said(dom).split(" | ")
    assert len(html) < 30_000_000
    assert words == "1 to 25 of 400"
    assert int(opened) < 2000
    assert int(filtered) < 1000
