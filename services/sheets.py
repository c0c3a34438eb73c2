"""Reading tables that people hand in (.csv, .xlsx) row by row: a broken row is refused, the rest is read.

Nothing in such a file is ever computed: a cell that begins like a formula is refused, and `harmless` takes the start of
a formula from what we write ourselves.
"""

from __future__ import annotations

import csv
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

MOST_BYTES = 100_000_000
"""No file is larger, and no .xlsx becomes larger than five times that when it is unpacked."""
_LONGEST_RECORD = 30
"""A quoted cell may go over this many lines; beyond that its quotation mark was forgotten."""
_SIGNED_NUMBER = re.compile(r"[+-][\d\s().,-]+")
_MARKS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK\x03\x04": "an .xlsx file",
    b"\xd0\xcf\x11\xe0": "an .xls file",
}


_BROKEN_XLSX = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError, ValueError, IndexError, SyntaxError, TypeError,
    AttributeError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What the reader of .xlsx raises on files that are none, or that are encrypted or cut short."""


class BadFile(Exception):
    """The file as a whole cannot be read. The message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file, and its cells by column; empty cells are left out."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was refused, and why."""

    line: int
    reason: str


def read(path: Path, *, known: Collection[str] | None, required: Collection[str] = ()) -> Iterator[Row | BadRow]:
    """The rows of a .csv or .xlsx file whose first row names the columns. Raises BadFile.

    `known` None takes any column names. Column names are compared in lower case.
    """
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise BadFile(f"{path.name}: only .csv and .xlsx are read")
    is_xlsx = path.suffix.lower() == ".xlsx"
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadFile(f"{path.name}: is larger than {MOST_BYTES // 1_000_000} MB")
        records = _xlsx(path) if is_xlsx else _csv(path)
    except OSError as error:
        raise BadFile(f"{path.name}: {error.strerror or 'cannot be read'}") from None
    columns: list[str] | None = None
    for line, record in records:
        if isinstance(record, str):
            yield BadRow(line, record)
        elif columns is None:
            if any(record):
                columns = _header(path, record, known, required)
        elif any(record):
            # a table program leaves the empty cells at the end of a row away
            yield _row(line, columns, [*record, *[""] * (len(columns) - len(record))] if is_xlsx else record)
    if columns is None:
        raise BadFile(f"{path.name}: is empty")


def harmless(text: str) -> str:
    """A text that no table program takes for a formula."""
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    start = text.lstrip(" ")[:1]
    if start in ("+", "-"):
        return _SIGNED_NUMBER.fullmatch(text.strip()) is None  # +84 912 345 678 is a phone
    return start in ("=", "@", "\t", "\r")


def _header(path: Path, record: Sequence[str], known: Collection[str] | None, required: Collection[str]) -> list[str]:
    columns = [name.strip().lower() for name in record]
    while columns and not columns[-1]:
        columns.pop()
    for name in columns:
        if not name or columns.count(name) > 1:
            raise BadFile(
                f"{path.name}: the column {name!r} stands twice" if name else f"{path.name}: a column has no name"
            )
        if known is not None and name not in known:
            raise BadFile(f"{path.name}: unknown column {name[:40]!r}")
    lacking = [name for name in required if name not in columns]
    if lacking:
        raise BadFile(f"{path.name}: the column {lacking[0]!r} is missing")
    return columns


def _row(line: int, columns: list[str], record: Sequence[str]) -> Row | BadRow:
    cells = list(record)
    while len(cells) > len(columns) and not cells[-1]:
        cells.pop()
    if len(cells) != len(columns):
        return BadRow(line, f"has {len(cells)} cells, the header has {len(columns)}")
    for name, text in zip(columns, cells, strict=True):
        if "\x00" in text:
            return BadRow(line, f"{name}: holds a NUL character")
        if _is_formula(text):
            return BadRow(line, f"{name}: holds a formula")
    return Row(line, {name: text.strip() for name, text in zip(columns, cells, strict=True) if text.strip()})


def _csv(path: Path) -> Iterator[tuple[int, list[str] | str]]:
    raw = path.read_bytes()
    for start, what in _MARKS.items():
        if raw.startswith(start):
            raise BadFile(f"{path.name}: is {what}, not CSV in UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        guess = "; it looks like Windows-1258" if _looks_like_cp1258(raw) else ""
        raise BadFile(f"{path.name}: line {line} is not UTF-8{guess}. Save it as CSV UTF-8") from None
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    delimiter = max(",;\t", key=lines[0].count)
    number = 0
    while number < len(lines):
        taken = _lines_of_record(lines, number)
        if taken == 0:
            yield number + 1, "a quotation mark is not closed"
        else:
            yield number + 1, _cells("".join(lines[number : number + taken]), delimiter)
        number += taken or 1


def _lines_of_record(lines: list[str], start: int) -> int:
    """How many lines the record that starts here takes; 0 when a quotation mark in it is never closed."""
    marks = 0
    for taken, line in enumerate(lines[start : start + _LONGEST_RECORD], 1):
        marks += line.count('"')
        if marks % 2 == 0:
            return taken
    return 0


def _cells(record: str, delimiter: str) -> list[str] | str:
    try:
        return next(csv.reader([record.rstrip("\r\n")], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return f"is not CSV ({error})"


def _looks_like_cp1258(raw: bytes) -> bool:
    """Whether the bytes make Vietnamese in Windows-1258, whose tone marks stand as letters of their own."""
    try:
        text = raw.decode("cp1258")
    except UnicodeDecodeError:
        return False
    return any(mark in text for mark in "\u0300\u0301\u0303\u0309\u0323đĐơưăâêô")


def _xlsx(path: Path) -> Iterator[tuple[int, list[str] | str]]:
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > 5 * MOST_BYTES:
                raise BadFile(f"{path.name}: unpacks to more than {5 * MOST_BYTES // 1_000_000} MB")
        book = _quietly(lambda: openpyxl.load_workbook(path, read_only=True))
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # a file may lie about its size
            rows, number = sheet.iter_rows(), 0
            while (row := _quietly(lambda: next(rows, None))) is not None:
                number += 1
                yield number, _values(row)
        finally:
            book.close()
    except _BROKEN_XLSX as error:
        raise BadFile(f"{path.name}: is not a readable .xlsx file ({type(error).__name__})") from None


def _quietly(work: Callable[[], Any]) -> Any:
    """Without the reader's warnings of styles, validations and dates out of range, which do not matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return work()


def _values(row: Sequence[Any]) -> list[str] | str:
    cells = []
    for cell in row:
        if cell.data_type == "f":
            return "holds a formula"
        if cell.data_type == "e":
            return f"holds an error ({cell.value})"
        cells.append(_text(cell.value))
    return cells


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.strftime("%Y-%m-%d 00:00:00")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
