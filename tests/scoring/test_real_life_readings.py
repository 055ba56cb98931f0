"""Readings in steps in real life: what each leaves of the answers that models write."""

from typing import Any

from ladder.scoring import load_metric
from ladder.scoring.metric import BuiltIn
from ladder.spec.metric_spec import MetricSpec

Row = tuple[list[Any], str, str, dict[str, Any]]

BEHIND: list[Any] = [{"after": "Answer:"}]
BARE: list[Any] = [*BEHIND, "strip_full_stop"]
EXACT: dict[str, Any] = {}
KEPT: dict[str, Any] = {"thoughts": "keep"}
CASE: dict[str, Any] = {"case": "keep"}
CHOICE: dict[str, Any] = {"name": "choice", "labels": ["refund", "other"]}

RIGHT: list[Row] = [
    (BEHIND, 'Answer: Paris', 'Paris', EXACT), (BEHIND, 'answer: paris', 'Paris', EXACT),
    (BEHIND, 'ANSWER:Paris', 'Paris', EXACT), (BEHIND, '**Answer:** Paris', 'Paris', EXACT),
    (BEHIND, '**Answer: Paris**', 'Paris', EXACT), (BEHIND, 'Answer : Paris', 'Paris', EXACT),
    (BEHIND, 'Answer\uff1aParis', 'Paris', EXACT),
    (BARE, 'Let me think. Answer: Paris.', 'Paris', EXACT),
    (BEHIND, 'Answer:\nParis', 'Paris', EXACT), (BEHIND, 'Answer:\xa0Paris', 'Paris', EXACT),
    (BEHIND, 'Final Answer: Paris', 'Paris', EXACT),
    (['last_line'], 'It is big.\nParis', 'Paris', EXACT),
    (['last_line'], 'x\nParis\n\n', 'Paris', EXACT),
    (['last_line'], 'x\r\nParis\r\n', 'Paris', EXACT),
    (['first_line'], 'Paris\nIt is big.', 'Paris', EXACT),
    (['first_line'], '\n\nParis\nx', 'Paris', EXACT),
    (['unfence', 'strip_full_stop'], '```\nParis.\n```', 'Paris', EXACT),
    (['unfence'], 'Sure:\n```text\nParis\n```\nok', 'Paris', EXACT),
    (['unfence'], '~~~\nParis\n~~~', 'Paris', EXACT),
    (['strip_markdown'], '**Paris**', 'Paris', EXACT),
    (['strip_markdown'], '# Paris', 'Paris', EXACT),
    (['strip_markdown', 'casefold'], '- *PARIS*', 'Paris', CASE),
    (['strip_markdown'], '__Paris__', 'Paris', EXACT),
    (['strip_markdown'], '~~Paris~~', 'Paris', EXACT),
    (['strip_markdown'], 'snake_case_name', 'snake_case_name', EXACT),
    (['unquote'], '"Paris"', 'Paris', EXACT), (['unquote'], '\u201cParis\u201d', 'Paris', EXACT),
    (['unquote', 'strip_full_stop'], '"Paris."', 'Paris', EXACT),
    (['collapse_spaces'], 'New\n  York', 'New York', EXACT),
    (['collapse_spaces'], 'New\xa0York', 'New York', EXACT),
    (['casefold'], 'STRASSE', 'Stra\xdfe', CASE),
    (['first_number'], 'There are 12 of 30.', '12', EXACT),
    (['last_number'], '12 + 18 = 30', '30', EXACT),
    (['last_number'], 'It is 1,234.', '1234', {'name': 'numeric'}),
    (['last_number'], 'It is -5.', '-5', EXACT), (['first_number'], '-5 degrees', '-5', EXACT),
    (['first_number'], '3.5 km', '3.5', EXACT),
    ([{'before': '('}], 'Paris (France)', 'Paris', EXACT),
    ([{'inside': 'answer'}], '<answer>\nParis\n</answer>', 'Paris', EXACT),
    ([{'inside': 'answer'}], '<ANSWER>Paris</ANSWER>', 'Paris', EXACT),
    ([{'field': 'answer'}], '{"answer": "Paris"}', 'Paris', EXACT),
    ([{'field': 'answer'}], '```json\n{"answer": "Paris"}\n```', 'Paris', EXACT),
    ([{'field': 'a.b'}], '{"a": {"b": 5}}', '5', EXACT),
    ([{'field': 'items.0'}], '{"items": ["x", "y"]}', 'x', EXACT),
    ([{'field': 'ok'}], '{"ok": true}', 'true', EXACT),
    ([{'pattern': '\\((\\w)\\)'}], 'I pick (B)', 'B', EXACT),
    ([{'pattern': '(?i)answer is (\\w+)'}], 'The answer is Paris', 'Paris', EXACT),
    ([{'after': '</think>'}], '<think>x</think>Paris', 'Paris', KEPT),
    (['strip_thoughts'], '<think>x</think>Paris', 'Paris', KEPT),
    ([{'after': '####'}], '2+2\n#### 4', '4', EXACT),
    ([{'after': 'Label:'}], 'Label: refund', 'refund', CHOICE),
    ([{'field': 'label'}], '{"label": "refund", "why": "x"}', 'refund', CHOICE),
    ([{'inside': 'json'}], '<json>{"a": 1}</json>', '{"a": 1}', {'name': 'json_equal'}),
    ([{'after': 'Answer:'}, 'unfence'], 'Answer:\n```json\n{"a": 1}\n```', '{"a": 1}', {'name': 'json_fields'}),
]  # fmt: skip
WRONG: list[Row] = [
    (BEHIND, 'Paris', 'Paris', EXACT), (BEHIND, 'Answer: London. Paris', 'Paris', EXACT),
    (BEHIND, 'Answer: Paris\nAnswer: London', 'Paris', EXACT),
    (BEHIND, 'Answer: Paris or London', 'Paris', EXACT), (BEHIND, 'Answer:', 'Paris', EXACT),
    (BEHIND, '', 'Paris', EXACT), (BEHIND, '<think>Answer: Paris</think>London', 'Paris', EXACT),
    (BEHIND, 'Answer: not Paris', 'Paris', EXACT),
    (['last_line'], 'Paris\nI hope that helps!', 'Paris', EXACT),
    (['last_line'], 'Paris is it.', 'Paris', EXACT),
    (['first_line'], 'Sure!\nParis', 'Paris', EXACT),
    (['unfence'], '```\nParis\n```\n```\nLondon\n```', 'Paris', EXACT),
    (['unfence'], '```\nLondon\n```\nParis', 'Paris', EXACT),
    (['first_number'], '30 of 12', '12', EXACT), (['last_number'], '12 of 30', '12', EXACT),
    (['last_number'], 'none', '0', EXACT), (['last_number'], '1,234', '234', EXACT),
    (['last_number'], '3/4', '4', EXACT), (['first_number'], '3/4', '3', EXACT),
    (['last_number'], '10:30', '30', EXACT), (['last_number'], 'A622', '622', EXACT),
    (['last_number'], 'version 1.2.3', '3', EXACT), (['first_number'], '1,234', '1', EXACT),
    (['last_number'], '5 or 6', '5', EXACT), (['last_number'], '-5', '5', EXACT),
    (['first_number'], '2024-01-02', '2024', EXACT), ([{'before': '('}], 'Paris', 'Paris', EXACT),
    ([{'before': '('}], 'London (Paris)', 'Paris', EXACT),
    ([{'inside': 'answer'}], '<answer>Paris', 'Paris', EXACT),
    ([{'inside': 'answer'}], 'Paris', 'Paris', EXACT),
    ([{'inside': 'answer'}], '<answer>Paris</answer><answer>London</answer>', 'Paris', EXACT),
    ([{'inside': 'answer'}], '<answer></answer>Paris', 'Paris', EXACT),
    ([{'inside': 'answer'}], '<answers>Paris</answers>', 'Paris', EXACT),
    ([{'field': 'answer'}], '{"Answer": "Paris"}', 'Paris', EXACT),
    ([{'field': 'answer'}], '{"answer": ["Paris"]}', 'Paris', EXACT),
    ([{'field': 'answer'}], '{"answer": null}', 'null', EXACT),
    ([{'field': 'answer'}], '{"answer": "Paris"} {"answer": "London"}', 'Paris', EXACT),
    ([{'field': 'answer'}], "{'answer': 'Paris'}", 'Paris', EXACT),
    ([{'field': 'answer'}], '{"x": {"answer": "Paris"}}', 'Paris', EXACT),
    ([{'field': 'answer'}], '{"answer": "Par', 'Paris', EXACT),
    ([{'field': 'answer'}], 'Paris', 'Paris', EXACT),
    ([{'pattern': '\\((\\w)\\)'}], '(A) or (B)', 'A', EXACT),
    ([{'pattern': '\\((\\w)\\)'}], 'B', 'B', EXACT),
    ([{'pattern': '(?i)answer is (\\w+)'}], 'The answer is not Paris', 'Paris', EXACT),
    (['strip_markdown'], '2*3*4', '234', EXACT), (['strip_full_stop'], 'Paris..', 'Paris', EXACT),
    (['strip_full_stop'], 'Paris!', 'Paris', EXACT),
    (['unquote'], '"Paris" and "London"', 'Paris', EXACT),
    (['collapse_spaces'], 'NewYork', 'New York', EXACT),
    ([{'after': '####'}], '#### 4 apples and 5', '4', EXACT),
    ([{'after': '####'}], '4', '4', EXACT),
    ([{'after': 'Label:'}], 'refund\nLabel: other', 'refund', CHOICE),
    ([{'after': 'Label:'}], 'Label: refund or other', 'refund', CHOICE),
    ([{'after': 'Label:'}], 'Label: not refund', 'refund', CHOICE),
    ([{'after': 'Label:'}], 'refund', 'refund', CHOICE),
    ([{'field': 'label'}], '{"label": "other", "why": "no refund"}', 'refund', CHOICE),
    ([{'after': 'Answer:'}, 'unfence'], 'Answer:\n```json\n{"a": 2}\n```', '{"a": 1}', {'name': 'json_fields'}),
    ([{'after': 'Answer:'}], '{"a": 1}', '{"a": 1}', {'name': 'json_equal'}),
    ([{'after': '</think>'}], 'Paris', 'Paris', KEPT),
]  # fmt: skip


def metric_of(steps: list[Any], fields: dict[str, Any]) -> BuiltIn:
    metric = load_metric(MetricSpec.model_validate({"reading": steps, **fields}))
    assert isinstance(metric, BuiltIn)
    return metric


def test_the_steps_leave_the_answer_that_people_read() -> None:
    for steps, answer, target, fields in RIGHT:
        metric = metric_of(steps, fields)

        assert metric.score(answer, [target]) == 1, (steps, answer)
        assert metric.lenient(answer, [target]) == 1, (steps, answer)
        assert metric.unread(target) is None, (steps, target)
        for at in range(len(answer)):
            assert metric.could_still_be_right(answer[:at], [target]), (steps, answer[:at])


def test_the_steps_make_no_wrong_answer_right() -> None:
    for steps, answer, target, fields in WRONG:
        metric = metric_of(steps, fields)

        assert metric.score(answer, [target]) == 0, (steps, answer)
        assert metric.lenient(answer, [target]) >= 0
