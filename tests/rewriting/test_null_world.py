"""Where no prompt is better, a rewriter that proposes many must not end in a false claim."""

import hashlib
import itertools
import re
from functools import partial
from pathlib import Path

import pytest

from ladder.data.leakage import find_prompt_leaks
from ladder.data.passage import Passage
from ladder.levers import Prompt
from ladder.measure import Workbench, load_task_data
from ladder.models.base import Request
from ladder.models.scripted import Scripted, register_scripted
from ladder.search.climb import climb_task
from ladder.search.confirm.looks import Looks
from ladder.search.task_problem import LadderProblem
from ladder.spec.load_task import load_task
from ladder.testing.task_files import number_in, triples, write_task

RATE = 0.72
"""How often any prompt is right; the target is .75."""

SHOWN = re.compile(r"Input: (.+)\n.*\nRight answer: (.+)")


def lucky(request: Request) -> str:
    """Answer right by the luck of prompt and sample together, and where the prompt holds the answer."""
    text = request.messages[-1].text
    number = number_in(request)
    luck = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32
    is_told = str(3 * number) in text
    return str(3 * number) if luck < RATE or is_told else f"{number}?"


def memorising(number: "itertools.count[int]", request: Request) -> str:
    """Propose a new instruction, or one that gives away what the failures show."""
    at = next(number)
    if at % 2:
        return f"```\nWork with care, attempt {at}.\n```"
    rows = SHOWN.findall(request.messages[-1].text)
    told = "\n".join(f"Where the input is {one}, write {other}." for one, other in rows)
    return f"```\nWork with care.\n{told}\n```"


@pytest.mark.slow
def test_in_twenty_null_worlds_no_claim_is_false_and_no_row_stands_in_a_kept_prompt(
    tmp_path: Path,
) -> None:
    false, n_kept = 0, 0
    for seed in range(20):
        number = itertools.count(seed * 1000)
        proposer = Scripted(partial(memorising, number), name=f"memorising-{seed}")
        rewrite = {"model": register_scripted(proposer), "calls": 60}
        spec = write_task(
            tmp_path,
            lucky,
            rows=triples(120, start=100 + 1000 * seed),
            prompt="Work.\n\n{{ input }}",
            target=0.75,
            levers={"prompt": {"edits": False, "rewrite": rewrite}},
        )
        data = load_task_data(load_task(spec))
        with Workbench(data) as bench:
            problem = LadderProblem(bench, [Prompt()])
            ledger = climb_task(problem, data, looks=Looks())
        false += ledger.ending == "reached"
        texts = [Passage(each.user, each.user, "kept") for each in problem.rewrites]
        n_kept += len(texts)
        assert find_prompt_leaks(data.samples, texts).pairs == []

    assert n_kept >= 20
    assert false <= 1
