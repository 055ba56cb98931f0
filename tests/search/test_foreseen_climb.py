"""What a run takes is foreseen by the search itself, on simulated answers."""

from pathlib import Path

import pytest

import ladder
from ladder.api import levers_for
from ladder.measure import TaskData, load_task_data
from ladder.measure.answer_forecast import AnswerForecast, ProbedAnswers
from ladder.measure.measurement import AnswerCost
from ladder.plan import RunPlan, plan_ladder
from ladder.search.foreseen_candidates import ForeseenCandidates
from ladder.search.foreseen_climb import foresee_runs
from ladder.search.ledger import Configuration
from ladder.search.simulated_world import KnownBefore, ProbedScores, draw_world
from ladder.testing.task_files import answer_right, triples, write_task

PROMPTS = [{"user": f"Reply {how}. {{{{ input }}}}"} for how in ("briefly", "at once")]


def data_of(folder: Path, n: int = 60) -> TaskData:
    shots = {"pool": "pool.jsonl", "shots": [1, 2], "methods": ["random"]}
    levers = {"prompt": {"prompts": PROMPTS, "edits": False}, "few_shot": shots}
    pool = triples(8, start=5000)
    task = write_task(folder, answer_right, rows=triples(n), pool=pool, levers=levers)
    return load_task_data(ladder.load_task(task))


def plan(data: TaskData, right: float | None = None) -> RunPlan:
    first = ProbedAnswers(data.task.baseline(), AnswerCost(), 0.0, right or 0.0, 8)
    return plan_ladder(data, levers_for(data), probed=[] if right is None else [first])


@pytest.mark.slow
def test_no_simulated_run_takes_more_calls_than_any_can(tmp_path: Path) -> None:
    data = data_of(tmp_path)
    candidates = ForeseenCandidates(data.task, levers_for(data))

    runs = foresee_runs(data, candidates, AnswerForecast(data), KnownBefore(), draws=9)

    assert max(run.calls for run in runs) < plan(data).calls_at_most
    assert {"already_good", "use_lever"} <= {run.verdict for run in runs}


@pytest.mark.slow
def test_what_the_first_answers_score_tells_how_a_run_ends(tmp_path: Path) -> None:
    data = data_of(tmp_path)

    wrong, unknown, right = plan(data, 0), plan(data), plan(data, 8)

    assert "already_good" not in wrong.by_verdict
    assert right.calls_expected < unknown.calls_expected < wrong.calls_expected
    assert all(each.low.calls <= each.calls_expected <= each.high.calls for each in (wrong, right))


def test_each_probed_candidate_scores_in_a_simulated_world_what_it_showed() -> None:
    seen = {(0, 1): ProbedScores(8, 8), (2, 2): ProbedScores(8, 8), (1, 1): ProbedScores(0, 8)}
    known = KnownBefore(ProbedScores(3, 8), 0, seen)
    worlds = [draw_world([1, 3, 2], known, n=50, target=0.5, seed=at, place=0.3) for at in range(9)]

    def truths(*slots: int) -> list[float]:
        return [world.truth(Configuration(slots)) for world in worlds]

    assert min(truths(1, 0, 0)) > 0.7
    assert min(truths(0, 0, 2)) > 0.7
    assert sum(truths(0, 1, 0)) < sum(truths(0, 0, 0))


@pytest.mark.parametrize("server", [{}, {"base_url": "http://localhost:9"}])
def test_the_longest_prompts_are_those_that_take_the_most_work(
    tmp_path: Path, server: dict[str, str]
) -> None:
    shared, own = f"{'Count well. ' * 40}{{{{ input }}}}", "{{ input }}, " * 20
    levers = {"prompt": {"prompts": [{"user": shared}, {"user": own}], "edits": False}}
    task = ladder.load_task(write_task(tmp_path, answer_right, levers=levers))
    task = task.replace(model=task.model.replace(**server)) if server else task
    data = load_task_data(task)
    proposed = ForeseenCandidates(data.task, levers_for(data)).proposals["prompt"]

    assert AnswerForecast(data).longest(proposed).prompt.user == own


def test_the_time_in_which_weights_are_loaded_counts_once(tmp_path: Path) -> None:
    data = data_of(tmp_path)
    cost = AnswerCost(seconds=0.5, waited=2.0)

    forecast = AnswerForecast(data, [ProbedAnswers(data.task.baseline(), cost, 0.5, 0.0, 8)])

    assert forecast.baseline.seconds == pytest.approx(0.5)
    assert forecast.seconds_to_start == pytest.approx(12)


def test_too_few_samples_for_two_parts_still_have_a_plan(tmp_path: Path) -> None:
    assert plan(data_of(tmp_path, n=1)).calls_expected == 1
