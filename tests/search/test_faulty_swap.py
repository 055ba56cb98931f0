"""Another model whose chat template is faulty was not really tried: its low score is the template's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ladder.api import levers_for
from ladder.errors import InfrastructureError, LadderError, ModelLoadError, RenderError
from ladder.levers import Model
from ladder.measure import Workbench, load_task_data
from ladder.search import task_problem
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


@pytest.mark.parametrize("is_declared", [False, True])
def test_another_model_is_also_tried_with_its_own_template_repaired(
    tmp_path: Path, *, is_declared: bool
) -> None:
    other = str(write_tiny_model(tmp_path / "other", template=UNOPENED))
    levers: dict[str, Any] = {"model": {"models": [other]}}
    levers |= {} if is_declared else {"template": {}}
    data = load_task_data(load_task(write_task(tmp_path, answer_wrong, levers=levers)))
    with Workbench(data) as bench:
        problem = LadderProblem(bench, levers_for(data))
        baseline, lever = Configuration.baseline(len(problem.levers)), problem.given.index("model")
        found = [problem.candidate(each) for each in problem.variants(lever, baseline)]
        found = [each for each in found if each.model.classifier is None]
        why = problem.missing_material(lever, baseline)

    chats = [each.effective_chat.template for each in found]
    assert {each.model.id for each in found} == {other}
    assert chats[0] is None
    if is_declared:  # the user says that templates are not to be touched
        assert len(found) == 1
        assert "R02" in why
    else:
        assert [each is not None and each.startswith(UNOPENED[:40]) for each in chats[1:]] == [True]
        assert why == ""


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (InfrastructureError("the server is away.", next_step="Run it again."), True),
        (ModelLoadError("the file is cut off.", next_step="Fetch it again."), False),
        (RenderError("the template does not compile.", next_step="Mend it."), False),
    ],
)
def test_a_template_is_repaired_once_a_passing_error_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: LadderError, *, passes: bool
) -> None:
    def failing(*_: object) -> None:
        raise error

    other = str(write_tiny_model(tmp_path / "other", template=UNOPENED))
    levers = {"model": {"models": [other]}, "template": {}}
    data = load_task_data(load_task(write_task(tmp_path, answer_wrong, levers=levers)))
    with Workbench(data) as bench:
        problem = LadderProblem(bench, levers_for(data))
        baseline, lever = Configuration.baseline(len(problem.levers)), problem.given.index("model")
        with monkeypatch.context() as patch:
            patch.setattr(task_problem, "situation_of", failing)
            if passes:
                with pytest.raises(InfrastructureError, match="the server is away"):
                    problem.variants(lever, baseline)
            else:
                assert not _repaired(problem, problem.variants(lever, baseline))

        assert _repaired(problem, problem.variants(lever, baseline))


def _repaired(problem: LadderProblem, variants: Sequence[Configuration]) -> list[str]:
    chats = [problem.candidate(each).effective_chat.template for each in variants]
    return [each for each in chats if each is not None]
