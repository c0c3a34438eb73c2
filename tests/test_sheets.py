"""Tables that people hand in: broken rows are refused with their line, broken files with one sentence."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from services.sheets import BadFile, BadRow, Row, harmless, read


def csv(folder: Path, content: str | bytes) -> Path:
    """A .csv file with this content."""
    path = folder / "in.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(path: Path) -> list[Row | BadRow]:
    """What is read out of a file with any columns."""
    return list(read(path, known=None))


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_what_table_programs_write(tmp_path: Path, start: str, end: str, between: str) -> None:
    lines = [["Code", "note"], ["A1", '"Đủ ""giấy"" tờ"'], ["", ""], ["A2", f'"hai{end}dòng"'], ["A3", ""]]
    content = start + end.join(between.join(line) for line in lines) + end
    assert rows(csv(tmp_path, content)) == [
        Row(2, {"code": "A1", "note": 'Đủ "giấy" tờ'}), Row(4, {"code": "A2", "note": f"hai{end}dòng"}),
        Row(6, {"code": "A3"}),
    ]  # fmt: skip


def test_broken_rows_are_refused_one_by_one(tmp_path: Path) -> None:
    content = 'code,note\nA1,"không đóng\nA2,tốt\nA3\nA4,b,c\nA5,"a"b\nA6,a\x00\nA7,=1+1\nA8,+84 912 345 678\nA9,-x\n'
    assert rows(csv(tmp_path, content)) == [
        BadRow(2, "a quotation mark is not closed"),
        Row(3, {"code": "A2", "note": "tốt"}),
        BadRow(4, "has 1 cells, the header has 2"),
        BadRow(5, "has 3 cells, the header has 2"),
        BadRow(6, "is not CSV (',' expected after '\"')"),
        BadRow(7, "note: holds a NUL character"),
        BadRow(8, "note: holds a formula"),
        Row(9, {"code": "A8", "note": "+84 912 345 678"}),
        BadRow(10, "note: holds a formula"),
    ]


@pytest.mark.parametrize("cell", ["=1+1", " =1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd", '"\t=1"'])
def test_formulas(tmp_path: Path, cell: str) -> None:
    assert rows(csv(tmp_path, f"code\n{cell}\n")) == [BadRow(2, "code: holds a formula")]
    assert harmless(cell.strip('"')).startswith("'")


def test_harmless_texts_stay() -> None:
    for text in ("Đăng ký khai sinh", "", "-5", "+84912345678", "a=b"):
        assert harmless(text) == text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        ("code,note\nA1,Đủ".encode("utf-16"), "is UTF-16, not CSV in UTF-8"),
        ("code,note\nA1,x\nA2,Đăng ký".encode("cp1258", "replace"), "line 3 is not UTF-8; it looks like Windows-1258"),
        (b"code\n\x81\x8d", "line 2 is not UTF-8. Save"),
        (b"PK\x03\x04rest", "is an .xlsx file"),
        (b"\xd0\xcf\x11\xe0rest", "is an .xls file"),
        (b'code,"""code""",code\n', "the column 'code' stands twice"),
        (b"code,,note\n", "a column has no name"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(BadFile, match=r"in\.csv: ") as refusal:
        rows(csv(tmp_path, content))
    assert why in str(refusal.value)


def test_columns_are_checked(tmp_path: Path) -> None:
    path = csv(tmp_path, "code,colour\nA1,red\n")
    with pytest.raises(BadFile, match="unknown column 'colour'"):
        list(read(path, known=("code",)))
    with pytest.raises(BadFile, match="the column 'status' is missing"):
        list(read(path, known=("code", "colour", "status"), required=("status",)))


@pytest.mark.parametrize("name", ["in.xls", "in.txt", "in"])
def test_other_kinds_of_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFile, match=r"only \.csv and \.xlsx"):
        rows(tmp_path / name)
    with pytest.raises(BadFile, match="No such file"):
        rows(tmp_path / "none.csv")


def test_xlsx(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["code", "phone", "at", "note"])
    sheet.append(["A1", 912345678, datetime(2026, 11, 26, 10, 0), None])
    sheet.append([None, None, None, None])
    sheet.append(["A2", 912345678.0, None, "=1+1"])
    sheet.append(["A3", "@x", None, None])
    path = tmp_path / "in.xlsx"
    book.save(path)
    assert rows(path) == [
        Row(2, {"code": "A1", "phone": "912345678", "at": "2026-11-26 10:00:00"}),
        BadRow(4, "holds a formula"),
        BadRow(5, "phone: holds a formula"),
    ]


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + b"\x00" * 100])
def test_broken_xlsx(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "in.xlsx"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=r"not a readable \.xlsx"):
        rows(path)


def test_zips_that_are_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("[Content_Types].xml", "<a/>")
    with pytest.raises(BadFile, match=r"not a readable \.xlsx"):
        rows(path)
