"""The template lever proposes repairs and the user's own templates, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from ladder.chat import TemplateContext
from ladder.errors import SpecError
from ladder.levers.template import Template
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec

BROKEN = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
SOUND = BROKEN + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"


def task_of(**changes: Any) -> TaskSpec:
    spec = {"name": "t", "model": {"id": "m"}, "data": {"path": "d.jsonl"}, "target": 0.8}
    return TaskSpec.model_validate(spec | changes)


def lever_of(template: str | None) -> Template:
    def situation(task: TaskSpec, best: Candidate) -> TemplateContext | None:
        del task
        if template is None:
            return None
        ask = ({"role": "user", "content": "hi"},)
        return TemplateContext(setup=best.effective_chat, template=template, messages=(ask,))

    return Template(situation)


def test_a_broken_template_gives_a_repaired_candidate() -> None:
    task = task_of()

    [candidate] = lever_of(BROKEN).propose(task, task.baseline())

    assert candidate.changes(task.baseline()).keys() == {"chat"}
    assert candidate.chat.template is not None
    assert candidate.chat.template.endswith("if add_generation_prompt else '' }}")
    assert candidate.chat.model == "m"


def test_a_sound_template_gives_nothing_and_says_why() -> None:
    task = task_of()
    lever = lever_of(SOUND)

    assert lever.propose(task, task.baseline()) == ()
    assert lever.why_nothing(task, task.baseline()) == ("nothing_to_try", "nothing to repair")


def test_what_changes_no_prompt_is_not_measured() -> None:
    dated = "{{ strftime_now('%Y') if date_string is not defined else date_string }}" + SOUND
    task = task_of()

    assert lever_of(dated).propose(task, task.baseline()) == ()


def test_a_model_that_hides_its_template_is_not_judged() -> None:
    task = task_of()
    lever = lever_of(None)

    assert lever.propose(task, task.baseline()) == ()
    status, reason = lever.why_nothing(task, task.baseline())
    assert status == "untested"
    assert "does not show" in reason


def test_the_users_templates_are_tried_as_text_and_as_files(tmp_path: Path) -> None:
    (tmp_path / "mine.jinja").write_text(SOUND + "!")
    templates = [SOUND + "?", str(tmp_path / "mine.jinja")]
    task = task_of(levers={"template": {"templates": templates}})

    candidates = lever_of(SOUND).propose(task, task.baseline())

    assert [candidate.chat.template for candidate in candidates] == [SOUND + "?", SOUND + "!"]


def test_a_file_that_is_not_there_is_named() -> None:
    task = task_of(levers={"template": {"templates": ["nowhere.jinja"]}})

    with pytest.raises(SpecError, match=r"nowhere\.jinja"):
        lever_of(SOUND).propose(task, task.baseline())


def test_a_repair_made_for_another_model_is_not_built_upon() -> None:
    task = task_of()
    foreign = task.baseline().replace(
        chat=task.chat.replace(padding_side="right", template=BROKEN, model="other")
    )

    assert lever_of(SOUND).propose(task, foreign) == ()
