"""Another model whose chat template is faulty was not really tried: its low score is the template's."""

from pathlib import Path

import pytest

from ladder.levers import Model
from ladder.measure import Workbench, load_task_data
from ladder.search.ledger import Configuration
from ladder.search.task_problem import LadderProblem
from ladder.spec.load_task import load_task
from ladder.testing import write_task, write_tiny_model
from ladder.testing.task_files import answer_wrong
from ladder.testing.tiny_model import CHATML

pytestmark = pytest.mark.model

UNOPENED = CHATML.partition("{% if add_generation_prompt %}")[0]


@pytest.mark.parametrize(
    ("templates", "is_missing"),
    [
        ([UNOPENED], True),
        ([CHATML], False),
        ([UNOPENED, CHATML], False),  # one of the others was tried
        ([None], False),  # a base model is asked without a template
        ([UNOPENED + "<|im_start|>assistant\n"], False),  # the same prompts as with a flag
    ],
)
def test_another_model_is_tried_where_its_template_is_sound(
    tmp_path: Path, templates: list[str | None], *, is_missing: bool
) -> None:
    models = [
        str(write_tiny_model(tmp_path / f"other{at}", template=each))
        for at, each in enumerate(templates)
    ]
    data = load_task_data(
        load_task(write_task(tmp_path, answer_wrong, levers={"model": {"models": models}}))
    )
    with Workbench(data) as bench:
        problem = LadderProblem(bench, [Model()])
        why = problem.missing_material(0, Configuration.baseline(len(problem.levers)))

    assert bool(why) == is_missing
    if is_missing:
        assert "R02 generation-prompt-missing" in why
        assert "ladder template repair" in why
