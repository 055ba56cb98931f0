"""Thoughts in training rows are told where the metric does not read them, or reads nothing else."""

from pathlib import Path

import pytest

from ladder.data import Sample
from ladder.data.load_samples import load_samples
from ladder.finetune.training.encode_rows import RowEncoder
from ladder.finetune.training.tokenised_rows import check_data, check_thoughts
from ladder.models import load_tokenizer
from ladder.models.base import Message, Request
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.spec.metric_spec import MetricSpec
from ladder.testing import CHATML
from tests.finetune.conftest import MakePermit, MakeTask

OPENS = CHATML.replace("assistant\\n' }}", "assistant\\n<think>\\n' }}")
"""A template that opens a thought in the prompt, and writes a turn as it is given."""

CLOSES = OPENS.replace(
    "message['content'] +",
    "('<think>\\n\\n</think>\\n\\n' if message['role'] == 'assistant' else '')"
    " + message['content'] +",
)
"""The same, which writes an empty thought before an answer that has none, as Qwen's does."""

DROPS = CHATML.replace("message['content']", "message['content'].split('</think>')[-1]")
STRIP = MetricSpec()
KEEP = MetricSpec(thoughts="keep")


@pytest.fixture(scope="module")
def encoder(tiny_model: Path) -> RowEncoder:
    tokenizer = load_tokenizer(ModelRef(id=str(tiny_model)))
    end = tokenizer.token_id("<|im_end|>")
    assert end is not None
    return RowEncoder(tokenizer, [end])


@pytest.mark.parametrize(
    ("template", "target", "metric", "codes"),
    [
        (CHATML, "R1", STRIP, []),
        (CHATML, "<think>Box 1.</think>R1", STRIP, ["C08"]),
        (CHATML, "[THINK]Box 1.[/THINK]R1", STRIP, ["C08"]),
        (CHATML, "<think>Box 1.</think>R1", KEEP, []),
        (CHATML, "<think>Box 1, so R1", STRIP, ["C09"]),
        (CHATML, "<think>Box 1.</think>", STRIP, ["C09"]),
        (CHATML, "Write `<think>` first.", STRIP, []),
        (
            OPENS.replace("message['content']", "'<think>\\n' + message['content']"),
            "R1",
            STRIP,
            ["C09"],
        ),
        (
            OPENS.replace("message['content']", "'<think>\\n' + message['content']"),
            "Box 1.\n</think>\nR1",
            STRIP,
            ["C08"],
        ),
        (CLOSES, "R1", STRIP, []),
        (DROPS, "<think>Box 1.</think>R1", STRIP, ["C10"]),
        (DROPS, "<think>Box 1.</think>R1", KEEP, []),
    ],
)
def test_thoughts_are_told_as_they_are_learnt(
    encoder: RowEncoder, template: str, target: str, metric: MetricSpec, codes: list[str]
) -> None:
    row = Sample("1", "Where does box 1 go?", (target,))
    chat = ChatSetup(template=template)
    request = Request((Message("user", row.input),), chat, Decoding())

    encoded = encoder.encode(row.id, request, target)
    findings = check_thoughts([row], [encoded], encoder, metric)

    assert [finding.code[:3] for finding in findings] == codes


def test_rows_of_both_kinds_are_counted(encoder: RowEncoder) -> None:
    targets = ["<think>Box 1.</think>R1", "R2", "R0"]
    rows = [Sample(str(at), f"Box {at}?", (each,)) for at, each in enumerate(targets)]
    encoded = [
        encoder.encode(
            row.id, Request((Message("user", row.input),), ChatSetup(), Decoding()), row.targets[0]
        )
        for row in rows
    ]

    (finding,) = check_thoughts(rows, encoded, encoder, STRIP)

    assert finding.severity == "warning"
    assert finding.problem.startswith("1 of 3 training rows")
    assert "The other 2 hold none" in finding.problem


def test_a_row_that_would_teach_silence_blocks_the_training(
    make_task: MakeTask, make_permit: MakePermit
) -> None:
    task = make_task()
    assert task.training is not None
    with Path(task.training.path).open("a", encoding="utf-8") as file:
        file.write('{"id": "bad", "input": "train 99", "target": "<think>"}\n')

    checked = check_data(make_permit(task), task, load_samples(task.data))

    assert "C09" in [each.code[:3] for each in checked.findings if each.severity == "error"]
