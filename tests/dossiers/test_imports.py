"""Importing dossiers: idempotent, row by row, and by the same rules as everything else."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from services.db.session import unit
from services.dossiers import imports, personal
from services.dossiers.imports import Imported
from services.dossiers.personal import Person
from services.sheets import BadFile
from tests.dossiers.office import KEYS, Office, kinds, utc

HEADER = "code,procedure_code,agency_code,status,holder_code,status_note,applicant_name,applicant_phone,due_at"
FIRST = "X1,1.001193,H45.15,2,,Đủ giấy tờ,Lê Thị A,0987612345,2026-11-26 10:00:00"
SECOND = "X2,2.000815,H45.15,4,H45.20,,,,"


def bring_in(office: Office, folder: Path, *lines: str, header: str = HEADER) -> Imported:
    """Import a .csv of these lines."""
    path = folder / "in.csv"
    path.write_text("\n".join((header, *lines)), "utf-8")
    return imports.import_file(office.db, KEYS, office.clock, path)


def counts(result: Imported) -> tuple[int, int, int]:
    """Added, changed, unchanged."""
    return result.added, result.changed, result.unchanged


def test_the_same_file_twice(office: Office, tmp_path: Path) -> None:
    assert counts(bring_in(office, tmp_path, FIRST, SECOND)) == (2, 0, 0)
    assert counts(bring_in(office, tmp_path, FIRST, SECOND)) == (0, 0, 2)
    assert [len(office.events(code)) for code in ("X1", "X2")] == [1, 1]
    row = office.row("SELECT * FROM dossiers WHERE code = 'X1'")
    assert (row.status, row.status_note, row.applicant_phone, row.holder_code) == (2, "Đủ giấy tờ", "•••2345", "H45.15")
    (event,) = office.events("X1")
    assert (event.actor, event.row.due_at) == ("import", utc("2026-11-26 10:00"))
    assert {change.code for change in office.take().changes} == {"X1", "X2"}


def test_what_changed(office: Office, tmp_path: Path) -> None:
    bring_in(office, tmp_path, FIRST, SECOND)
    result = bring_in(office, tmp_path, FIRST.replace(",2,,", ",4,H45.20,"), SECOND.replace(",4,", ",9,"))
    assert (counts(result), result.refused) == ((0, 2, 0), [])
    first, second = office.events("X1"), office.events("X2")
    assert (kinds(first), kinds(second)) == (["received", "status"], ["received", "status"])
    assert second[-1].row.finished_at == office.clock.now()
    moved = bring_in(office, tmp_path, "X2,2.000815,H45.15,9,,,,,2026-11-30 10:00:00")
    assert counts(moved) == (0, 1, 0)
    assert office.row("SELECT timeliness FROM dossier_ledger WHERE code = 'X2'").timeliness == "early"


def test_applicants(office: Office, tmp_path: Path) -> None:
    bring_in(office, tmp_path, FIRST)
    office.take()
    assert counts(bring_in(office, tmp_path, FIRST.replace("0987612345", "+84 987 612 345"))) == (0, 0, 1)
    assert counts(bring_in(office, tmp_path, FIRST.replace("0987612345", "•••2345"))) == (0, 0, 1)
    spoiled = FIRST.replace("0987612345", "???2345").replace("Lê Thị A", "???")
    assert counts(bring_in(office, tmp_path, spoiled)) == (0, 0, 1)
    assert counts(bring_in(office, tmp_path, FIRST.replace("0987612345", "0912000111"))) == (0, 1, 0)
    with unit(office.db) as session:
        assert personal.read(session, KEYS, "X1") == Person("Lê Thị A", "0912000111")
    assert office.row("SELECT applicant_phone FROM dossiers").applicant_phone == "•••0111"
    assert not office.take()
    number = bring_in(
        office, tmp_path, "X9,a,b,2,1190098765", header="code,procedure_code,agency_code,status,applicant_id_number"
    )
    assert counts(number) == (1, 0, 0)
    with unit(office.db) as session:
        assert personal.read(session, KEYS, "X9").id_number == "001190098765"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (FIRST.replace("X1", ""), "code: is empty"),
        (FIRST.replace(",2,", ",,"), "status: is empty"),
        (FIRST.replace(",2,", ",11,"), "status: '11' is not 1 to 10"),
        (FIRST.replace(",2,", ",xong,"), "status: 'xong' is not 1 to 10"),
        (FIRST.replace(",2,", ",²,"), "status: '²' is not 1 to 10"),
        (
            FIRST.replace("2026-11-26 10:00:00", "26/11/2026"),
            "due_at: '26/11/2026' is no time (YYYY-MM-DD HH:MM:SS, UTC)",
        ),
        (FIRST.replace("2026-11-26", "2026-11-19"), "due_at lies before received_at"),
        (FIRST.replace("Lê Thị A", "=HYPERLINK()"), "applicant_name: holds a formula"),
        (FIRST.replace("X1", "x2"), "code: stands in line 2 already"),
        (SECOND.replace(",4,", ",1,"), "code: stands in line 2 already"),
        ("X3,1.001193", "has 2 cells, the header has 9"),
    ],
)
def test_refused_rows(on_sqlite: Office, tmp_path: Path, line: str, reason: str) -> None:
    good = "X7,1.001193,H45.15,2,,,,,"
    result = bring_in(on_sqlite, tmp_path, SECOND, line, good)
    assert result.refused == [(3, reason)]
    assert result.added == 2


def test_rules_hold_for_imports(office: Office, tmp_path: Path) -> None:
    header = "code,procedure_code,agency_code,status,received_at,finished_at,parent_code,channel"
    result = bring_in(
        office, tmp_path, "X1,a,b,9,2026-11-19 02:00:00,2026-11-19 09:00:00,,online", "X2,a,b,2,2026-11-21 02:00:00,,,",
        "X3,a,b,9,2026-11-19 02:00:00,2026-11-18 09:00:00,,", "X4,a,b,2,,,X9,", "X5,a,b,2,,,X1,", "X6,a,b,2,,,X5,",
        "X7,a,b,2,,,,fax", header=header,
    )  # fmt: skip
    assert result.added == 2
    assert result.refused == [
        (3, "a time lies in the future"),
        (4, "finished_at or returned_at lies before received_at"),
        (5, "parent_code: there is no such dossier"),
        (7, "parent_code: is a child itself"),
        (8, "channel: 'fax' is none of counter, online, post"),
    ]
    again = bring_in(office, tmp_path, "X1,a,b,4,,,,", "X5,a,b,9,2026-11-21 09:00:00,,,", header=header)
    assert again.refused == [(2, "status: 9 cannot become 4"), (3, "a time lies in the future")]
    assert office.row("SELECT channel, ended_at FROM dossier_ledger WHERE code = 'X1'").channel == "online"


def test_over_rows_of_other_programs(office: Office, tmp_path: Path) -> None:
    office.insert("X1", status=42, status_note="từ phần mềm khác", due_at="2026-11-26 10:00:00")
    result = bring_in(office, tmp_path, FIRST)
    assert (counts(result), result.refused) == ((0, 1, 0), [])
    assert [(change.seq, change.verdict) for change in office.take().changes] == [(1, "nothing"), (2, "news")]
    assert counts(bring_in(office, tmp_path, FIRST)) == (0, 0, 1)


def test_many_rows_in_small_transactions(on_sqlite: Office, tmp_path: Path) -> None:
    lines = [f"X{number},a,b,2,,,,," for number in range(120)]
    assert counts(bring_in(on_sqlite, tmp_path, *lines)) == (120, 0, 0)
    assert counts(bring_in(on_sqlite, tmp_path, *lines)) == (0, 0, 120)


def test_from_a_table_program(office: Office, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["code", "procedure_code", "agency_code", "status", "applicant_phone"])
    sheet.append(["X1", "1.001193", "H45.15", 2, 987612345])
    path = tmp_path / "in.xlsx"
    book.save(path)
    assert imports.import_file(office.db, KEYS, office.clock, path).added == 1
    with unit(office.db) as session:
        assert personal.find(session, KEYS, phone="0987612345") == ["X1"]


def test_files_as_a_whole(office: Office, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="the column 'status' is missing"):
        bring_in(office, tmp_path, header="code,procedure_code,agency_code")
    with pytest.raises(BadFile, match="unknown column 'ma_ho_so'"):
        bring_in(office, tmp_path, header="ma_ho_so")
