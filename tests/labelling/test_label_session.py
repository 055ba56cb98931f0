"""People's labels after a judge's verdict: what they show, and what they never show."""

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import ladder
from ladder.cli.app import main
from ladder.decision.human_labels import HumanLabels
from ladder.errors import EvidenceError, EvidenceRefusedError, LadderError
from ladder.gate.recompute import check_recomputed, recompute
from ladder.labelling import LabelSession, open_session
from ladder.labelling.label_item import Choice, LabelItem
from ladder.labelling.label_terminal import label_in_terminal
from ladder.models.base import Request
from ladder.search.confirm.looks_entry import read_parts
from ladder.spec.task import TaskSpec
from ladder.testing import Scripted, register_scripted
from ladder.testing.task_files import answer_right, answer_wrong, number_in, triples, write_task

pytestmark = pytest.mark.slow

Judge = Callable[[str, str], bool]
"""Whether a judge accepts an answer, by its target."""


def honest(target: str, answer: str) -> bool:
    return target == answer


def lenient(target: str, answer: str) -> bool:
    del target
    return answer.isdigit()


def strict(target: str, answer: str) -> bool:
    return target == answer and int(target) % 4 == 0


def often_right(request: Request) -> str:
    return answer_right(request) if number_in(request) % 3 else answer_wrong(request)


def judged_run(folder: Path, model: Callable[[Request], str], judge: Judge, n: int = 200) -> Path:
    """Make a run that a judge scores; return its folder."""

    def reply(request: Request) -> str:
        text = request.messages[-1].content
        blocks = re.findall(r"<data [0-9a-f]+>\n(.*?)\n</data [0-9a-f]+>", text, re.DOTALL)
        word = "yes" if judge(blocks[1], blocks[2]) else "no"
        return json.dumps({"reason": "So it is.", "verdict": word})

    name = register_scripted(Scripted(reply, name=f"judge of {folder}"))
    metric = {"name": "judge", "rubric": "It is three times the number.", "judge": name}
    task = write_task(folder, model, rows=triples(n), metric=metric)
    ladder.run(task, runs_folder=folder / "runs")
    return ladder.run_folder_of(task, folder / "runs")


def truth(item: LabelItem) -> Choice:
    return "good" if item.answers[0] == item.reference else "bad"


def label_all(session: LabelSession, say: Callable[[LabelItem], Choice] = truth) -> int:
    n = 0
    while (item := session.next()) is not None:
        session.say(item, say(item))
        n += 1
    return n


def labelled(folder: Path, say: Callable[[LabelItem], Choice] = truth) -> ladder.Decision:
    with open_session(folder) as session:
        label_all(session, say)
        return session.finish()


def test_people_confirm_what_the_judge_sees(tmp_path: Path) -> None:
    folder = judged_run(tmp_path, answer_right, honest)

    decision = labelled(folder)

    assert decision.verdict == "already_good"
    assert decision.sentence.startswith("By people's labels: the baseline already reaches")
    people = people_of(decision)
    assert people.agreement.count == people.agreement.n == people.n
    assert people.alpha == decision.ledger.looks[-1].alpha == pytest.approx(0.035)
    assert decision.confirmation == people.confirmation
    assert ladder.run(tmp_path / "task.json", runs_folder=tmp_path / "runs") == decision
    check_recomputed(recompute(folder, spec_of(folder)), decision, folder)


def test_a_lenient_judge_is_not_believed(tmp_path: Path) -> None:
    folder = judged_run(tmp_path, often_right, lenient)
    before = ladder.Decision.load(folder / "decision.json")
    assert before.verdict == "already_good"
    assert "As this judge sees it" in before.sentence

    decision = labelled(folder)

    assert decision.verdict == "inconclusive"
    assert "people's labels" in decision.sentence
    people = people_of(decision)
    assert people.claim in ("below", "open")
    assert people.false_accepts.count == people.false_accepts.n > 0


def test_a_strict_judge_cannot_send_a_good_model_to_training(tmp_path: Path) -> None:
    folder = judged_run(tmp_path, answer_right, strict)
    assert ladder.Decision.load(folder / "decision.json").verdict == "fine_tune"

    decision = labelled(folder)
    (part,) = read_parts(tmp_path / "eval.jsonl.looks.json")

    assert part.record.closing is not None
    assert part.record.closing.people_alpha == people_of(decision).alpha > 0
    assert decision.verdict == "already_good"
    assert decision.sentence.startswith("By people's labels: the baseline already reaches")
    check_recomputed(recompute(folder, spec_of(folder)), decision, folder)
    edited = (folder / "labels.json").read_text().replace('"good"', '"unsure"', 1)
    (folder / "labels.json").write_text(edited)
    with pytest.raises(EvidenceRefusedError, match="people's labels"):
        check_recomputed(recompute(folder, spec_of(folder)), decision, folder)


def test_that_one_candidate_is_below_says_nothing_of_the_others(tmp_path: Path) -> None:
    folder = judged_run(tmp_path, answer_wrong, honest)

    decision = labelled(folder)

    assert decision.verdict == "fine_tune"
    assert decision.sentence.startswith("As this judge sees it")
    assert decision.sentence.endswith("nobody labelled the others.")


def test_unsure_counts_for_neither_side(tmp_path: Path) -> None:
    folder = judged_run(tmp_path, answer_right, honest)

    decision = labelled(folder, lambda _: "unsure")

    assert decision.verdict == "inconclusive"
    assert people_of(decision).claim == "open"
    assert people_of(decision).agreement.n == 0


def test_labels_are_kept_and_taken_back_and_the_order_is_the_same_again(tmp_path: Path) -> None:
    folder = judged_run(tmp_path, answer_right, honest)
    with open_session(folder) as session:
        order = []
        for _ in range(5):
            item = session.next()
            assert item is not None
            order.append(item.id)
            session.say(item, "good")
        undone = session.undo()
        assert undone is not None
        assert undone.id == order[-1]

    with open_session(folder) as again:
        assert again.n_labelled == 4
        item = again.next()
        assert item is not None
        assert item.id == order[-1]
        with pytest.raises(EvidenceError, match="decides nothing yet"):
            again.finish()


def test_what_people_see_is_written_down_before_they_see_it(tmp_path: Path) -> None:
    folder = judged_run(tmp_path, often_right, lenient)
    shown = shown_in(tmp_path)

    with open_session(folder) as session:
        label_all(session)
        n_seen = session.count().n_units

    assert shown_in(tmp_path) >= shown
    assert len(shown_in(tmp_path)) >= n_seen


def test_labels_are_counted_once(tmp_path: Path) -> None:
    folder = judged_run(tmp_path, often_right, lenient)
    labelled(folder)
    (folder / "labels.json").unlink()

    with pytest.raises(EvidenceError, match="counted before"):
        labelled(folder, lambda _: "good")


@pytest.mark.parametrize(
    "text", ["{}", "not json", '{"schema_version": 1, "about": "x", "labels": []}']
)
def test_a_file_of_other_labels_is_refused(tmp_path: Path, text: str) -> None:
    folder = judged_run(tmp_path, answer_right, honest)
    (folder / "labels.json").write_text(text)

    with pytest.raises(EvidenceError):
        open_session(folder)


def test_a_run_without_a_judge_has_nothing_to_label(tmp_path: Path) -> None:
    task = write_task(tmp_path, answer_right)
    ladder.run(task, runs_folder=tmp_path / "runs")

    with pytest.raises(LadderError, match="no judge scored"):
        open_session(ladder.run_folder_of(task, tmp_path / "runs"))


def test_the_terminal_asks_blind_and_goes_on(tmp_path: Path) -> None:
    folder = judged_run(tmp_path, answer_right, honest)
    told: list[str] = []
    keys = iter(["y", "?", "z", "y", "q"])

    with open_session(folder) as session:
        assert not label_in_terminal(session, read=lambda _: next(keys), say=told.append)
        assert session.n_labelled == 1
    with open_session(folder) as session:
        assert label_in_terminal(session, read=lambda _: "y", say=told.append)

    text = "\n".join(told)
    assert "So it is." not in text
    assert "baseline" not in text
    assert "The judge agrees with people" in text


def test_the_command_ends_with_the_new_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = judged_run(tmp_path, answer_right, honest)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\nq\n"))
    assert main(["label", str(folder), "--terminal"]) == 3
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n" * 200))
    capsys.readouterr()

    assert main(["label", str(folder), "--terminal"]) == 0

    out = capsys.readouterr().out
    assert out.startswith("By people's labels: the baseline already reaches the target.")
    assert "The judge agrees with people on" in out
    page = (folder / "report.html").read_text("utf-8")
    assert "People labelled" in page
    assert "By people" in page


def people_of(decision: ladder.Decision) -> HumanLabels:
    assert decision.judge is not None
    assert decision.judge.people is not None
    return decision.judge.people


def shown_in(folder: Path) -> set[str]:
    (part,) = read_parts(folder / "eval.jsonl.looks.json")
    return set(part.shown)


def spec_of(folder: Path) -> TaskSpec:
    return TaskSpec.model_validate_json((folder / "spec.json").read_text())
