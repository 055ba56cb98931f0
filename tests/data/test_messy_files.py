"""Files as spreadsheets and Windows write them are read as they are, and what was done is said."""

from pathlib import Path

import pytest

from ladder.data import load_samples
from ladder.data.readers.delimited import check_form
from ladder.data.readers.read_rows import read_rows, read_rows_like
from ladder.errors import DataError
from ladder.spec.data_source import DataSource

ROWS = [{"Text": "Gebühr für Köln, 5 €", "Label": "Rechnung"}, {"Text": "Où?", "Label": "autre"}]
PLAIN = "Text;Label\r\nGebühr für Köln, 5 €;Rechnung\r\nOù?;autre\r\n"


def columns(path: Path, encoding: str | None = None) -> list[dict[str, object]]:
    return [row.columns for row in read_rows(str(path), encoding=encoding)]


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (PLAIN.encode("cp1252"), {"D56"}),
        (PLAIN.encode("utf-16"), {"D56"}),
        (PLAIN.encode("utf-16-le"), {"D56"}),
        (PLAIN.encode("utf-8-sig"), set()),
        (("sep=;\r\n" + PLAIN).encode("cp1252"), {"D40", "D56"}),
        (PLAIN.replace("Où", ";\r\n;\r\n\r\n  \r\nOù").encode(), {"D57"}),
        (("\r\n;;\r\n" + PLAIN + ";;;;\r\n").encode(), {"D57"}),
        (PLAIN.replace("\r\n", ";;\r\n").encode(), set()),
        (PLAIN.replace("\r\n", "\r").encode(), set()),
    ],
    ids=["cp1252", "utf-16", "utf-16-le", "bom", "sep", "blank", "above", "wide", "old-mac"],
)
def test_an_export_of_a_spreadsheet_is_read_as_it_is(
    content: bytes, codes: set[str], tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)

    assert columns(path) == ROWS
    assert {each.code[:3] for each in check_form(str(path))} >= codes


@pytest.mark.parametrize(
    ("text", "encoding", "read"),
    [
        ("Счёт не верный;счёт", "cp1251", "refused"),
        ("Příliš žluťoučký kůň;účet", "cp1250", "refused"),
        ("Zapłać za łódź;żółty", "cp1250", "refused"),
        ("Őrült árvíztűrő tükörfúrógép;űr", "cp1250", "refused"),
        ("Şifremi unuttum, giriş çok güç;ödeme", "cp1254", "refused"),
        ("請求書について;請求", "big5", "refused"),
        ("Ångström à la façade, Ærø;naïve", "cp1252", "read"),
        ("Ça va? “Oui” – 5 € déjà;prêt", "cp1252", "read"),
        ("Não, são três canções;coração", "cp1252", "read"),
    ],
)
def test_only_text_of_western_europe_is_taken_for_windows_1252(
    text: str, encoding: str, read: str, tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(f"Text;Label\n{text}\n".encode(encoding))
    question, answer = text.split(";")
    expected = [{"Text": question, "Label": answer}]

    assert columns(path, encoding) == expected
    if read == "read":
        assert columns(path) == expected
    else:
        with pytest.raises(DataError, match="not UTF-8") as raised:
            columns(path)
        assert "data.encoding: cp125" in raised.value.next_step


def test_a_single_broken_line_makes_no_other_encoding_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes('{"input": "für", "target": "a"}\n'.encode() + b'{"input": "f\xfcr"}\n')

    with pytest.raises(DataError, match=r"rows\.jsonl:2 is not UTF-8"):
        columns(path)


def test_a_workbook_is_read_as_its_sheet_shows_it(tmp_path: Path) -> None:
    from openpyxl import Workbook

    path = tmp_path / "tickets.xlsx"
    book = Workbook()
    sheet = book.active
    for row in (["Nr", "Text", "Share", None], [7, "Hello", 0.8, None], [None], [8, "x\ny", 1.5]):
        sheet.append(row)
    sheet["A2"].number_format, sheet["C2"].number_format = "0000", "0%"
    book.create_sheet("Notes")
    book.save(path)

    assert columns(path) == [
        {"Nr": "0007", "Text": "Hello", "Share": "80%"},
        {"Nr": 8, "Text": "x\ny", "Share": 1.5},
    ]
    book["Notes"].append(["a", "b"])
    book["Notes"].append([1, 2])
    book.save(path)
    with pytest.raises(DataError, match="several sheets: Sheet, Notes"):
        columns(path)
    path.write_text("no workbook")
    with pytest.raises(DataError, match="no Excel workbook"):
        columns(path)


@pytest.mark.parametrize("name", ["tickets", "eval.cvs", "data/eval.josnl", "data/eval", "x.xls"])
def test_a_path_with_a_typo_is_never_asked_of_a_hub(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "eval.jsonl").touch()

    with pytest.raises(DataError, match="There is no file") as raised:
        list(read_rows(name))
    if name.startswith("data/"):
        assert "Did you mean data/eval.jsonl?" in raised.value.next_step


def test_a_file_of_another_kind_is_named_with_all_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tickets.ods"
    path.write_text("x")

    with pytest.raises(DataError) as raised:
        list(read_rows(str(path)))
    for ending in (".csv", ".tsv", ".json", ".jsonl", ".parquet", ".xlsx"):
        assert ending in raised.value.next_step


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_sheet_is_named_where_several_hold_rows(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "book.xlsx",
        Eval=[["input", "target"], ["2 + 2", 4], ["2 + 3", 5]],
        Pool=[["input", "target"], ["1 + 1", 2]],
    )

    found = load_samples(DataSource(path=str(path), sheet="Eval"))

    assert [each.targets for each in found] == [("4",), ("5",)]
    with pytest.raises(DataError, match=r"no sheet 'Evals'; it has: Eval, Pool") as error:
        load_samples(DataSource(path=str(path), sheet="Evals"))
    assert "data.sheet: Eval" in error.value.next_step
    with pytest.raises(DataError, match="several sheets") as error:
        load_samples(DataSource(path=str(path)))
    assert "data.sheet: Eval" in error.value.next_step
    rows = tmp_path / "rows.csv"
    rows.write_text("input,target\na,b\n")
    with pytest.raises(DataError, match="no workbook"):
        load_samples(DataSource(path=str(rows), sheet="Eval"))


def test_another_file_need_not_have_the_sheet_of_the_eval_data(tmp_path: Path) -> None:
    sheet: list[list[object]] = [["input", "target"], ["1 + 1", 2]]
    pool = workbook(tmp_path / "pool.xlsx", November=sheet)
    twin = workbook(tmp_path / "twin.xlsx", Eval=sheet, Other=[["input", "target"], ["x", "y"]])
    rows = tmp_path / "pool.csv"
    rows.write_text("input,target\n1 + 1,2\n")

    data = DataSource(path="eval.xlsx", sheet="Eval")

    for path in (pool, twin, rows):
        assert [
            each.input for each in load_samples(data.replace(path=str(path)), is_other=True)
        ] == ["1 + 1"]
        assert [row.columns["input"] for row in read_rows_like(str(path), data)] == ["1 + 1"]
