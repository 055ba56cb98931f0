"""What a run shows: golden screens of each width, the log, and what spoils the answers."""

import contextlib
import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from ladder.activity import Activity, activity
from ladder.finding import Finding
from ladder.measure.budget import Spending, Tally
from ladder.measure.measurement import RunCost
from ladder.progress.run_screen import NOTHING_IS_LOST, RunScreen, screen_for
from ladder.runs.plan_and_use import PlanAndUse
from ladder.search.ledger import Attempt, AttemptStatus, Configuration
from ladder.search.problem import Progress
from ladder.spec.task import Budget

SCREENS = Path(__file__).parent / "screens"
BASELINE = Configuration.baseline(2)
CUT = Finding(
    code="Q01 answers-cut",
    severity="warning",
    problem="61 % (49 of 80) of the baseline's answers are cut at 10 tokens.",
    next_step="Raise generation.max_new_tokens.",
)
PLAN = PlanAndUse(
    foreseen=RunCost(calls=900, tokens=90_000, minutes=9),
    low=RunCost(calls=500, tokens=50_000, minutes=5),
    high=RunCost(calls=1_500, tokens=150_000, minutes=15),
)


class Clock:
    """A clock that goes when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def attempt(lever: str, status: AttemptStatus, *, reason: str = "", gain: float = 0.0) -> Attempt:
    return Attempt(
        lever=lever, status=status, reason=reason, parent=BASELINE, chosen=BASELINE, gain=gain
    )


def told(run: RunScreen, clock: Clock) -> None:
    """Tell a screen of a run that is at its fifth lever."""
    spending = Spending(Budget())
    run.follow("tickets, target .80", spending, PLAN, goes_on=False)
    run.observe(Progress("baseline", 1, 1, 100, 100, 0.41, n_best=100))
    clock.seconds, spending.by_lever["baseline"] = 70.0, Tally(132, 41_000, 68.0)
    reason = "no fault was found in the chat template, and no other is named"
    nothing = attempt("template", "nothing_to_try", reason=reason)
    run.observe(Progress("template", 1, 1, 100, 100, 0.41, n_best=100, attempt=nothing))
    run.observe(Progress("prompt", 5, 5, 0, 100, 0.41, n_best=100))
    clock.seconds, spending.by_lever["prompt"] = 190.0, Tally(180, 61_000, 118.0)
    run.observe(Progress("prompt", 2, 5, 32, 100, 0.62, n_best=32))
    kept = attempt("prompt", "carried", gain=0.21)
    run.observe(Progress("prompt", 1, 1, 100, 100, 0.62, n_best=100, attempt=kept))
    run.observe(Progress("decoding", 1, 1, 0, 100, 0.62, n_best=100))
    clock.seconds = 200.0
    gone = attempt("decoding", "no_gain")
    run.observe(Progress("decoding", 1, 1, 100, 100, 0.62, n_best=100, attempt=gone))
    spending.by_lever["few_shot"] = Tally(20, 9_000, 8.0)
    run.observe(Progress("few_shot", 4, 6, 16, 100, 0.62, n_best=100))
    clock.seconds = 212.0
    spending.used = Tally(332, 111_000, 194.0)


@pytest.mark.parametrize("width", [50, 80, 120, 200])
def test_a_screen_of_each_width_is_used_and_not_exceeded(width: int) -> None:
    clock = Clock()
    run = RunScreen(None, now=clock)
    with run:
        told(run, clock)
        with activity("asking for answers", 32) as asking:
            asking.advance(17)
            text = run.screen(width, 40).plain

    assert max(map(len, text.splitlines())) <= width
    assert f"{text}\n" == (SCREENS / f"{width}.txt").read_text("utf-8")


def test_lines_stay_in_order_and_a_low_screen_keeps_the_newest() -> None:
    clock = Clock()
    run = RunScreen(None, now=clock)
    with run:
        told(run, clock)
        run.observe(Progress("prompt", 2, 2, 32, 100, 0.62, n_best=100))
        clock.seconds += 10.0
        whole, low = run.screen(80, 40).plain, run.screen(80, 6).plain

    names = [line.split()[0] for line in whole.splitlines()[1:-1]]
    assert names == ["baseline", "template", "prompt", "decoding", "few_shot"]
    assert whole.splitlines()[3].endswith("2:10")  # two minutes before, ten seconds now
    assert len(low.splitlines()) <= 6
    assert "few_shot" in low


def seen_of_a_test(seconds: float, *, is_log: bool) -> list[str]:
    """Return what a run shows while a test on the confirmation part takes so long, and after it failed."""
    clock, stream = Clock(), io.StringIO()
    console = Console(file=stream, width=120, soft_wrap=True) if is_log else None
    run, shown = RunScreen(console, now=clock), []
    with run:
        told(run, clock)
        for _ in range(2):  # one that fails right after another
            run.observe(Progress("confirmation", 1, 1, 0, 120, None))
            with activity("asking for answers", 32) as asking:
                clock.seconds += seconds
                asking.advance(int(seconds))
                shown += [*run.screen(120, 40).plain.splitlines()[:-1], run.line()]
        run.observe(Progress("few_shot", 2, 6, 32, 100, 0.62, n_best=100))
        clock.seconds += 5.0
        shown += [*run.screen(120, 40).plain.splitlines()[:-1], run.line()]
    return [*shown, *stream.getvalue().splitlines()]


@pytest.mark.parametrize("is_log", [False, True])
def test_a_test_that_did_not_pass_shows_nothing_by_which_it_is_known_how_far_it_ran(
    *, is_log: bool
) -> None:
    early, late = (seen_of_a_test(seconds, is_log=is_log) for seconds in (3.0, 29.0))

    # A second climb leaves out what was between, so the whole screen is the same.
    assert early == late
    assert "  confirmation asks up to 120" in early
    assert "  confirmation asked up to 120" in early
    assert early[-1].startswith("[3:37] " if is_log else "[3:37] few_shot")


def test_the_sign_of_life_goes_on_while_the_clock_stands_still() -> None:
    clock = Clock()
    run = RunScreen(None, now=clock)
    with run:
        told(run, clock)
        run.observe(Progress("confirmation", 1, 1, 0, 120, None))
        with activity("asking for answers", 32):
            feet = set()
            for _ in range(4):
                clock.seconds += 0.3
                feet.add(run.screen(120, 40).plain.splitlines()[-1])

    assert len(feet) == 4
    assert all(foot.endswith(" confirmation: asking for answers") for foot in feet)


def test_a_test_that_passed_says_on_how_many_and_how_long_it_took() -> None:
    clock = Clock()
    run = RunScreen(None, now=clock)
    with run:
        told(run, clock)
        for seconds, n_seen in ((40.0, 0), (21.0, 0), (0.0, 64)):
            run.observe(Progress("confirmation", 1, 1, n_seen, 120, None))
            clock.seconds += seconds
        text = run.screen(120, 40).plain

    assert "  confirmation passed on 64 · 0:21" in text
    assert text.startswith("3:53")  # without the one that did not pass


def test_a_log_has_a_line_where_a_lever_starts_and_where_it_ends() -> None:
    clock, stream = Clock(), io.StringIO()
    with RunScreen(Console(file=stream, width=80, soft_wrap=True), now=clock) as run:
        told(run, clock)

    lines = stream.getvalue().splitlines()
    assert "\x1b" not in stream.getvalue()
    assert [line.split()[1] for line in lines] == [
        "baseline:",
        "baseline:",
        "template:",
        "prompt:",
        "prompt:",
        "decoding:",
        "decoding:",
        "few_shot:",
        "few_shot:",
    ]
    assert lines[4].startswith("[3:10] prompt: kept, +.21 · 5 candidates")
    assert "180 calls · 61k tokens · 2:00" in lines[4]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_what_spoils_the_answers_is_said_with_the_line_to_change(*, is_terminal: bool) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=is_terminal, width=60, soft_wrap=True)
    with RunScreen(console) as run:
        run.observe(Progress("baseline", 1, 1, 80, 80, None, "▲ both", spoils=(CUT,)))
        run.observe(Progress("prompt", 3, 3, 16, 80, 0.1))

    before = stream.getvalue().partition("  prompt" if is_terminal else "] prompt")[0]
    plain = " ".join(re.sub("\x1b[^a-zA-Z]*[a-zA-Z]|[│╭╮]", " ", before).split())
    for words in ("Before the first lever", CUT.problem, CUT.next_step, NOTHING_IS_LOST):
        assert words in plain


def test_a_run_that_goes_on_says_so_and_not_how_many_answers_it_has() -> None:
    stream = io.StringIO()
    with RunScreen(Console(file=stream, width=200)) as run:
        run.follow("tickets", Spending(Budget()), None, goes_on=True)

    assert "earlier answers are kept" in stream.getvalue()
    assert not re.search(r"\d", stream.getvalue())


@pytest.mark.parametrize(
    ("done", "calls", "left"),
    [
        (4, "4 of about 900 calls", False),
        (450, "450 of about 900 calls", True),
        (1_000, "1,000 of up to 1,500 calls", True),
        (2_000, "2,000 calls, more than foreseen", False),
    ],
)
def test_what_is_left_is_told_by_the_measured_speed(done: int, calls: str, *, left: bool) -> None:
    spending = Spending(Budget())
    spending.used = Tally(done, 1_000, done / 2)
    run = RunScreen(None)
    run.follow("tickets", spending, PLAN, goes_on=False)

    head = run.screen(200, 40).plain.splitlines()[0]

    assert calls in head
    assert ("left" in head) is left
    assert left is False or ("about 4 min left" in head)


def test_silence_and_an_observer_show_nothing_by_themselves() -> None:
    for progress, has_observer in ((False, False), (None, True), (None, False)):
        assert screen_for(progress=progress, has_observer=has_observer).console is None
    assert screen_for(progress=True, has_observer=True).console is not None


def test_how_many_calls_wait_is_told_with_why() -> None:
    run = RunScreen(None)
    with run:
        for until in (110.0, 112.0):
            run.activities.begin(Activity("the server asks to wait (429)", until=until))
        run.now = lambda: 100.0
        text = run.screen(100, 40).plain

    assert "waiting: the server asks to wait (429): 12 s more (2 calls wait)" in text


def test_names_from_outside_cannot_steer_the_screen() -> None:
    run, evil = RunScreen(None), "m\x1b]0;owned\x07\x1b[2J\nx"
    with run, activity(f"loading {evil}"):
        run.follow(evil, Spending(Budget()), None, goes_on=False)
        run.observe(Progress("baseline", 1, 1, 5, 5, 0.1, n_best=5))
        text, line = run.screen(200, 40).plain, run.line()

    assert "\x1b" not in text + line
    assert len(text.splitlines()) == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk_behind_the_log_ends_no_run() -> None:
    with Path("/dev/full").open("w", buffering=1) as full:
        with RunScreen(Console(file=full, width=80)) as run:
            run.observe(Progress("baseline", 1, 1, 5, 5, 0.1, "a note"))
        assert run.lines == {}
        with contextlib.suppress(OSError):
            full.close()


@pytest.mark.parametrize(("lever", "told"), [("together", "1 min"), ("confirmation", "10 s")])
def test_the_time_left_is_at_least_that_of_the_round_under_way(lever: str, told: str) -> None:
    spending = Spending(Budget())
    spending.used = Tally(880, 1_000, 440.0)
    run = RunScreen(None)
    run.follow("tickets", spending, PLAN, goes_on=False)
    run.observe(Progress(lever, 1, 1, 0, 80, None))
    run.activities.begin(Activity("asking for answers", 180, done=40))

    assert f"about {told} left" in run.screen(200, 40).plain.splitlines()[0]
