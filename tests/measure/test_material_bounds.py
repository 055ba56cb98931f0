"""What passages and worked examples can give: proven bounds, and material that is missing."""

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ladder
from ladder.data.sample import Sample
from ladder.measure import TaskData
from ladder.measure.material_bounds import is_proven_bound, missing_material, why_labels_lack
from ladder.measure.materials import Materials
from ladder.measure.measurement import Scored
from ladder.models.base import Answer, Request
from ladder.models.locate import PACKAGED_ENCODER
from ladder.spec.candidate import Candidate, Examples, Reranking, Retrieval
from ladder.spec.task import TaskSpec
from ladder.testing import write_task
from ladder.testing.task_files import answer_right

NAMES = [f"{first}{second}" for first in ("Ma", "Do", "Ki", "Lu") for second in "abcdefghij"]
CODES = {name: str(100 + 7 * at) for at, name in enumerate(NAMES)}


def data_of(targets: dict[str, str], **fields: Any) -> TaskData:
    samples = [Sample(name, f"What of {name}?", (target,)) for name, target in targets.items()]
    spec = {"name": "t", "model": "m", "data": "eval.jsonl", "target": 0.8, **fields}
    return TaskData(TaskSpec.model_validate(spec), samples)


def write(path: Path, rows: list[dict[str, str]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def with_gold(data: TaskData, corpus: str, top_k: int = 1) -> Candidate:
    gold = Retrieval(corpus=corpus, method="gold", top_k=top_k)
    return data.task.baseline().replace(retrieval=gold)


def with_gold_ranked_first(data: TaskData, corpus: str, fetch_k: int = 20) -> Candidate:
    retrieval = Retrieval(corpus=corpus, method="lexical", top_k=1)
    gold = Reranking(reranker="gold", kind="gold", fetch_k=fetch_k)
    return data.task.baseline().replace(retrieval=retrieval, reranking=gold)


BOUNDS = [with_gold, with_gold_ranked_first]
TRUE = [f"The code of {name} is {code}." for name, code in CODES.items()]


@pytest.mark.parametrize("bound", BOUNDS)
def test_one_passage_that_holds_each_target_by_itself_is_a_bound(
    tmp_path: Path, bound: Callable[..., Candidate]
) -> None:
    corpus = write(tmp_path / "corpus.jsonl", [{"text": text} for text in TRUE])
    data = data_of(CODES)
    ceiling = bound(data, corpus)
    several = ceiling.replace(retrieval=Retrieval(corpus=corpus, method="gold", top_k=3))

    assert is_proven_bound(ceiling, Materials(data), data)
    assert not is_proven_bound(several, Materials(data), data)


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("part", ["selection", "confirmation"])
@pytest.mark.parametrize(
    ("texts", "is_bound"),
    [
        (["{name} has no code."], False),
        (["The code of {name} is not {code}."], False),
        (["The code of {name} is {code}.", "{name}: code {code} is that of a guest."], False),
        (["The code of {name} is {code}.", "the code of {name} is {code}"], True),
        (["The code of {name} is {code}.", "Code 9,{code} is void."], True),
        # as much about the question: it may be the right one, in other words
        (["The code of {name} is {code}.", "{name}: code 9,{code} is void."], False),
        (["{name} has a dozen and some.", "{name} lives in house {code}."], False),
    ],
)
def test_a_bound_holds_for_every_sample_of_both_parts(
    tmp_path: Path, bound: Callable[..., Candidate], part: str, texts: list[str], *, is_bound: bool
) -> None:
    data = data_of(CODES)
    other = data.samples[getattr(data.split, part)[-1]]
    name, code = other.id, other.targets[0]
    kept = [text for text in TRUE if name not in text]
    texts = [*kept, *(text.format(name=name, code=code) for text in texts)]
    corpus = write(tmp_path / "corpus.jsonl", [{"text": text} for text in texts])

    assert is_proven_bound(bound(data, corpus), Materials(data), data) == is_bound


@pytest.mark.parametrize("names_the_others", [True, False])
def test_a_passage_that_the_row_does_not_name_is_no_bound(
    tmp_path: Path, *, names_the_others: bool
) -> None:
    rows = [{"id": name, "text": text} for name, text in zip(CODES, TRUE, strict=True)]
    corpus = write(tmp_path / "corpus.jsonl", rows)
    named = NAMES[::-1] if names_the_others else NAMES
    samples = [
        Sample(name, f"What is the code of {name}?", (CODES[name],), columns={"right": other})
        for name, other in zip(NAMES, named, strict=True)
    ]
    source = {"path": "eval.jsonl", "gold": "right"}
    spec = {"name": "t", "model": "m", "data": source, "target": 0.8}
    data = TaskData(TaskSpec.model_validate(spec), samples)

    bound = is_proven_bound(with_gold(data, corpus), Materials(data), data)

    assert bound != names_the_others


@pytest.mark.model
@pytest.mark.slow
def test_a_ceiling_that_fails_on_the_confirmation_part_alone_justifies_no_training(
    tmp_path: Path,
) -> None:
    rows = [{"input": f"What is the code of {name}?", "target": CODES[name]} for name in CODES]
    samples = [Sample(str(at), row["input"], (row["target"],)) for at, row in enumerate(rows)]
    spec = {"name": "t", "model": "m", "data": "eval.jsonl", "target": 0.8}
    split = TaskData(TaskSpec.model_validate(spec), samples).split
    is_usable = {list(CODES)[at] for at in split.confirmation}
    corpus = [f"The code of {name} is {CODES[name]}." for name in CODES]
    corpus += [f"{name} {name} {name} saw {CODES[name]} sheep." for name in is_usable]

    def answer(request: Request) -> str:
        asked = request.messages[-1].content
        name = re.findall(r"code of (\w+)\?", asked)[-1]
        is_there = f"code of {name} is {CODES[name]}." in asked
        right = int(CODES[name])
        return str(right if is_there and name in is_usable else right + 1)

    task = write_task(
        tmp_path,
        answer,
        rows=rows,
        corpus=corpus,
        levers={
            "rag": {
                "corpus": "corpus.jsonl",
                "methods": ["dense"],
                "top_k": [1],
                "encoder": PACKAGED_ENCODER,
            }
        },
    )

    assert ladder.run(task, runs_folder=tmp_path / "runs").verdict == "inconclusive"


@pytest.mark.parametrize(
    ("texts", "targets"),
    [
        # one answer in two passages; a computed answer; a label; a number inside another one
        ([f"{name} is in hall {at}." for at, name in enumerate(NAMES)], CODES),
        ([f"{name} has {int(code) - 1} boxes and one." for name, code in CODES.items()], CODES),
        (
            ["refund or order"],
            {name: "refund" if at % 2 else "order" for at, name in enumerate(NAMES)},
        ),
        ([f"{name}: 9,{code}" for name, code in CODES.items()], CODES),
        ([f"{name}: {code}" for name, code in list(CODES.items())[:-30]], CODES),
    ],
)
def test_a_passage_that_gives_no_full_marks_to_each_sample_is_no_bound(
    tmp_path: Path, texts: list[str], targets: dict[str, str]
) -> None:
    corpus = write(tmp_path / "corpus.jsonl", [{"text": text} for text in texts])
    data = data_of(targets)

    assert not is_proven_bound(with_gold(data, corpus), Materials(data), data)


LABELS = {name: ("refund", "order", "other")[at % 3] for at, name in enumerate(NAMES)}


@pytest.mark.parametrize(
    ("texts", "targets", "is_missing"),
    [
        (["Halls are closed on Monday."] * 9, CODES, True),
        ([f"Hall 9,{code} is closed." for code in CODES.values()], CODES, True),
        ([f"Room {code}1 is closed." for code in CODES.values()], CODES, True),
        (["Ask for a refund in hall 3."], LABELS, False),
        ([f"The code of {name} is {CODES[name]}." for name in NAMES], CODES, False),
        # the answers stand there, and what is found for a question holds them by chance alone
        ([f"The code of {NAMES[0]} is {CODES[name]}." for name in NAMES], CODES, True),
        (["会议在东京。"], dict.fromkeys(NAMES, "京都"), True),
    ],
)
def test_a_corpus_without_any_answer_is_missing_material(
    tmp_path: Path, texts: list[str], targets: dict[str, str], *, is_missing: bool
) -> None:
    corpus = write(tmp_path / "corpus.jsonl", [{"text": text} for text in texts])
    data = data_of(targets)
    candidate = data.task.baseline().replace(retrieval=Retrieval(corpus=corpus, method="lexical"))

    assert bool(missing_material(data, candidate, start=data.task.baseline())) == is_missing


@pytest.mark.parametrize(
    ("shown", "targets", "is_missing"),
    [
        (["yes", "no"], LABELS, True),
        (["refund"], LABELS, True),
        (["Refund", "order ", "other"], LABELS, False),
        (["refund", "order"], LABELS, False),
        (["1", "2"], CODES, False),
    ],
)
def test_a_pool_without_the_labels_of_the_eval_data_is_missing_material(
    tmp_path: Path, shown: list[str], targets: dict[str, str], *, is_missing: bool
) -> None:
    rows = [{"input": f"What now, {at}?", "target": target} for at, target in enumerate(shown)]
    pool = write(tmp_path / "pool.jsonl", rows)
    data = data_of(targets)
    candidate = data.task.baseline().replace(examples=Examples(pool=pool))

    assert (
        "shows no example" in missing_material(data, candidate, start=data.task.baseline())
    ) == is_missing


@pytest.mark.parametrize(("n", "is_missing"), [(2, True), (3, True), (4, False)])
def test_a_reranker_needs_more_passages_than_stand_in_the_prompt(
    tmp_path: Path, n: int, *, is_missing: bool
) -> None:
    rows = [{"text": f"{at}: the code of {NAMES[0]} is {CODES[NAMES[0]]}."} for at in range(n)]
    corpus = write(tmp_path / "corpus.jsonl", rows)
    data = data_of(dict.fromkeys(NAMES, CODES[NAMES[0]]))
    candidate = data.task.baseline().replace(
        retrieval=Retrieval(corpus=corpus, method="lexical", top_k=3),
        reranking=Reranking(reranker="cross"),
    )

    assert (
        "nothing to rank" in missing_material(data, candidate, start=data.task.baseline())
    ) == is_missing


def test_missing_material_is_told_before_the_first_call(tmp_path: Path) -> None:
    pool = [{"input": f"Is {name} in?", "target": "yes"} for name in NAMES]
    spec = write_task(
        tmp_path,
        answer_right,
        rows=[{"input": f"What of {name}?", "target": label} for name, label in LABELS.items()],
        pool=pool,
        corpus=["Halls are closed on Monday."],
    )

    found = [each for each in ladder.check_task(spec) if each.code == "W03 material-missing"]

    assert [each.problem.partition(":")[0] for each in found] == ["rag", "few_shot"]
    assert "levers.rag.corpus or levers.rag.not_applicable" in found[0].next_step
    assert "levers.few_shot.pool or levers.few_shot.not_applicable" in found[1].next_step


@pytest.mark.parametrize(
    ("shown", "right", "is_told"),
    [
        (["refund", "order"], ["refund", "order"], True),  # the third may be all that is missing
        (["refund", "order", "other"], ["refund", "order"], False),
        (["refund", "order"], ["refund"], False),  # two of three would not do either
    ],
)
def test_a_pool_without_some_labels_leaves_open_what_examples_of_them_would_bring(
    tmp_path: Path, shown: list[str], right: list[str], *, is_told: bool
) -> None:
    labels = dict(zip(NAMES, itertools.cycle(["refund", "order", "other"]), strict=False))
    rows = [{"input": f"What now, {at}?", "target": label} for at, label in enumerate(shown)]
    data = data_of(labels)
    candidate = data.task.baseline().replace(
        examples=Examples(pool=write(tmp_path / "pool.jsonl", rows))
    )
    scores = [float(sample.targets[0] in right) for sample in data.samples]
    answers = {
        at: Scored(str(at), Answer("x"), "x", score, score) for at, score in enumerate(scores)
    }

    told = why_labels_lack(data, [(candidate, answers)], enough=0.8)

    assert bool(told) == is_told
    assert ("'other'" in told) == is_told
    assert why_labels_lack(data, [(data.task.baseline(), answers)], enough=0.8) == ""
