"""The ten parts: in order, written down as they end, stopped by the first that nobody answers for."""

import json
from datetime import date
from pathlib import Path

import pytest

from ladder.errors import BlockedError, DataError, LeakageError
from ladder.finding import Finding
from ladder.finetune.checklist import PARTS, Checklist, CheckOutcome, PartResult, judge, write_table
from ladder.spec.training import Review, Waiver

KEY = Finding(code="G01 key", severity="error", problem="2 rows hold a key.", next_step="Mask it.")
LEAK = Finding(code="D11 eval-input-known", severity="error", problem="2 rows leak.")
JANE = Waiver(code="G01", by="Jane Doe", reason="test keys, revoked")


@pytest.fixture
def plan(tmp_path: Path) -> Checklist:
    return Checklist(tmp_path / "training.json", Review(), {"task": "t"})


def _record(plan: Checklist) -> dict[str, str]:
    return {part["name"]: part["status"] for part in json.loads(plan.path.read_text())["plan"]}


def test_there_are_ten_parts_and_all_wait_at_first(plan: Checklist) -> None:
    assert len(PARTS) == 10
    assert {result.status for result in plan.results} == {"waiting"}


def test_a_part_that_passes_hands_its_value_on_and_is_written_down(plan: Checklist) -> None:
    value = plan.check("splits", lambda: CheckOutcome(7, "400, 50, 50"))

    assert value == 7
    assert _record(plan)["splits"] == "passed"
    assert _record(plan)["clean_data"] == "waiting"


def test_an_error_blocks_with_its_code_and_what_to_do(plan: Checklist) -> None:
    with pytest.raises(
        BlockedError, match=r"clean_data blocks the training\. G01 key: 2 rows"
    ) as e:
        plan.check("clean_data", lambda: CheckOutcome(None, "40 rows", [KEY]))

    assert e.value.next_step == "Mask it."
    assert e.value.exit_code == 1
    assert _record(plan)["clean_data"] == "blocked"


def test_a_named_waiver_lets_it_pass_and_stands_in_the_record(tmp_path: Path) -> None:
    plan = Checklist(tmp_path / "training.json", Review(waivers=(JANE,)), {})

    plan.check("clean_data", lambda: CheckOutcome(None, "40 rows", [KEY]))

    result = plan.results[PARTS.index("clean_data")]
    assert (result.status, result.waivers) == ("waived", (JANE,))
    assert "waived G01 by Jane Doe: test keys, revoked" in write_table([result])


def test_a_waiver_holds_until_its_last_day() -> None:
    waiver = JANE.replace(until=date(2026, 5, 1))
    checked = CheckOutcome(None, "", [KEY])

    assert judge("clean_data", checked, [waiver], today=date(2026, 5, 1)).status == "waived"
    assert judge("clean_data", checked, [waiver], today=date(2026, 5, 2)).status == "blocked"


@pytest.mark.parametrize("code", ["D11", "P01", "A02"])
def test_some_findings_no_name_makes_true(code: str) -> None:
    finding = LEAK.replace(code=f"{code} something")
    waiver = Waiver(code=code, by="Jane Doe", reason="please")

    assert judge("clean_data", CheckOutcome(None, "", [finding]), [waiver]).status == "blocked"


def test_one_waiver_does_not_cover_another_error(tmp_path: Path) -> None:
    plan = Checklist(tmp_path / "training.json", Review(waivers=(JANE,)), {})

    with pytest.raises(LeakageError, match="D11"):
        plan.check("clean_data", lambda: CheckOutcome(None, "", [KEY, LEAK]))


def test_what_cannot_be_looked_at_blocks_as_itself(plan: Checklist) -> None:
    def fail() -> CheckOutcome[None]:
        raise DataError("train.jsonl is empty.", next_step="Write rows.")

    with pytest.raises(DataError):
        plan.check("clean_data", fail)

    result = plan.results[PARTS.index("clean_data")]
    assert (result.status, result.evidence) == ("blocked", "train.jsonl is empty.")
    assert result.next_step == "Write rows."


def test_a_first_look_that_finds_nothing_leaves_the_part_waiting(plan: Checklist) -> None:
    plan.check("safety_review", lambda: CheckOutcome(None, "rows looked at"), is_whole=False)

    assert _record(plan)["safety_review"] == "waiting"


def test_the_table_shows_what_was_left_out_and_why() -> None:
    rows = (("row", "rule", "why"), ("r7", "D01 input-repeated", "the same as r3"))
    result = PartResult(name="clean_data", status="passed", evidence="59 of 60 rows", table=rows)

    text = write_table([result])

    assert "clean_data          passed   59 of 60 rows" in text
    assert "r7  D01 input-repeated  the same as r3" in text
