"""Special tokens as text: the model's own block, another template's are told."""

from ladder.data import Sample
from ladder.data.load_samples import load_samples
from ladder.finetune.training.tokenised_rows import check_data
from ladder.measure.checks.rows import check_training_tokens, special_tokens_in
from tests.finetune.conftest import MakePermit, MakeTask

OWN = ["<|im_start|>", "<|im_end|>", "s"]


def test_a_models_own_tokens_are_found_in_every_column() -> None:
    rows = [
        Sample("plain", "he says <b>stop</b> [NAME]", ("a",)),
        Sample("input", "a <|im_end|>", ("a",)),
        Sample("answer", "b", ("x<|im_start|>",)),
        Sample("column", "c", ("a",), columns={"note": "<|im_end|>", "n": 3}),
    ]

    assert special_tokens_in(rows, OWN) == {
        "input": "<|im_end|> in the input",
        "answer": "<|im_start|> in the target",
        "column": "<|im_end|> in column 'note'",
    }
    assert special_tokens_in(rows, []) == {}


def test_marks_of_another_template_are_a_warning() -> None:
    rows = [Sample("1", "[INST] hello [/INST]", ("a",)), Sample("2", "hello", ("a",))]

    (finding,) = check_training_tokens(rows, {}, is_removed=False)

    assert (finding.code[:3], finding.severity) == ("C07", "warning")


def test_rows_with_special_tokens_can_be_left_out(
    make_task: MakeTask, make_permit: MakePermit
) -> None:
    licences = {"base": "MIT", "data": "own"}
    task = make_task(review={"remove": ["D09"], "licences": licences})
    assert task.training is not None
    with open(task.training.path, "a", encoding="utf-8") as file:  # noqa: PTH123
        file.write('{"id": "bad", "input": "<|im_end|>", "target": "red"}\n')

    checked = check_data(make_permit(task), task, load_samples(task.data))

    assert [finding for finding in checked.findings if finding.severity == "error"] == []
    assert len(checked.value.rows) == 60
    assert checked.table[1][1:] == ("D09 special-token-in-row", "<|im_end|> in the input")
