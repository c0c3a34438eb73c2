"""The count book adds up, always; and stated totals that do not are found."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest
from PIL import Image

from services.db.session import unit
from services.dossiers import identities, lifecycle, report_files, reports
from services.dossiers.identities import Counts, Declared, Identity
from services.dossiers.opening import Filing
from services.dossiers.reports import By, Report
from services.dossiers.states import TRANSITIONS
from services.sheets import BadFile
from tests.dossiers.office import AGENCY, Office, ok, utc

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def count(office: Office, since: date, until: date, by: By | None = None) -> Report:
    """A report of the office as it is now."""
    with unit(office.db) as session:
        return reports.counts(session, since, until, office.clock.now(), by=by)


def small_office(office: Office) -> None:
    """Ten dossiers of every fate, opened in October and November; now is the 20th of November, 09:00."""

    def opened(code: str, day: str, due: str | None = None, **more: Any) -> None:
        due_at = utc(f"{due} 10:00") if due else None
        office.create(code=code, received_at=utc(f"{day} 02:00"), due_at=due_at, **more)

    opened("OLD", "2026-10-20", "2026-11-04")
    opened("LATE", "2026-11-02", "2026-11-05", channel="online")
    opened("OPEN", "2026-11-10", "2026-11-27", channel="post")
    opened("OVERDUE", "2026-11-10", "2026-11-12")
    opened("WAITING", "2026-11-11", "2026-11-12")
    opened("GONE", "2026-11-12")
    opened("STOPPED", "2026-11-12", "2026-11-13", agency_code="H45.20")
    opened("OCTOBER", "2026-10-05", "2026-10-12")
    office.create(code="DENIED", status=1)
    office.moves("OLD", 9, occurred_at=utc("2026-11-03 09:00"))
    office.moves("OLD", 10, occurred_at=utc("2026-11-04 09:00"))
    office.moves("LATE", 9, occurred_at=utc("2026-11-06 09:00"))
    office.moves("WAITING", 5)
    office.moves("GONE", 7)
    office.moves("STOPPED", 8, occurred_at=utc("2026-11-13 02:00"))
    office.moves("OCTOBER", 9, occurred_at=utc("2026-10-10 02:00"))
    office.moves("DENIED", 3)
    with office.hand() as hand:
        ok(lifecycle.settle_at_once(hand, Filing(procedure_code="2.000815", agency_code=AGENCY, code="INSTANT")))


def test_a_month(office: Office) -> None:
    small_office(office)
    report = count(office, *NOVEMBER)
    assert report.total == Counts(
        total=9, denied=1, process=8, received=7, remaining=1, online=1, counter=5, post=1, waiting=1, processing=2,
        undue=1, overdue=1, cancelled=1, released=4, done=2, releasing=1, unresolved=1, early=1, on_time=2, late=1,
        late_by_first=1, extended=0, supplemented=1, instant=1,
    )  # fmt: skip
    assert [check.difference for check in report.checks] == [0] * 7
    assert report.difference == 0


def test_periods_gone_by(office: Office) -> None:
    small_office(office)
    october = count(office, date(2026, 10, 1), date(2026, 10, 31)).total
    assert (october.received, october.released, october.releasing, october.processing) == (2, 1, 1, 1)
    assert (october.undue, october.overdue) == (1, 0)
    early = count(office, date(2026, 11, 1), date(2026, 11, 11)).total
    assert (early.received, early.waiting, early.processing, early.remaining) == (4, 0, 3, 1)
    assert count(office, date(2026, 12, 1), date(2026, 12, 31)).total.received == 0


def test_groups(office: Office) -> None:
    small_office(office)
    expected: dict[By, dict[str, int]] = {
        "agency": {"H45.15": 8, "H45.20": 1},
        "channel": {"counter": 7, "online": 1, "post": 1},
        "procedure": {"1.001193": 8, "2.000815": 1},
        "field": {"": 9},
        "month": {"2026-11": 9},
        "quarter": {"2026-Q4": 9},
        "year": {"2026": 9},
    }
    for by, groups in expected.items():
        report = count(office, *NOVEMBER, by)
        assert {line.label: line.counts.total for line in report.lines} == groups
        assert report.difference == 0


def test_spans_have_their_own_carry_over(office: Office) -> None:
    small_office(office)
    report = count(office, date(2026, 9, 15), date(2026, 11, 20), "month")
    assert [line.label for line in report.lines] == ["2026-09", "2026-10", "2026-11"]
    assert [line.counts.remaining for line in report.lines] == [0, 0, 1]
    assert [line.counts.received for line in report.lines] == [0, 2, 7]
    assert all(check.difference == 0 for line in report.lines for check in identities.identities(line.counts))
    with pytest.raises(ValueError, match="no period"):
        count(office, date(2026, 2, 1), date(2026, 1, 1))


def test_any_history_adds_up(on_sqlite: Office) -> None:
    """Random lives, our own and other programs' nonsense among them, in periods that cut through them."""
    office, chance = on_sqlite, random.Random(20261121)
    for number in range(60):
        code = f"R{number}"
        due = office.clock.now() + timedelta(days=chance.randint(1, 9)) if chance.random() < 0.8 else None
        channel = chance.choice([None, "counter", "online", "post"])
        status = office.create(code=code, status=chance.choice([1, 2]), due_at=due, channel=channel).state.status or 1
        while TRANSITIONS[status] and chance.random() < 0.8:
            office.clock.tick(hours=chance.randint(1, 60))
            if chance.random() < 0.15:
                office.update(code, status=chance.choice([2, 4, 9, 42]))
                office.take()
                found = office.row("SELECT status FROM dossier_ledger WHERE code = :code", code=code).status
                status = found
            else:
                status = chance.choice(sorted(TRANSITIONS[status]))
                office.moves(code, status)
    last = office.clock.now().date()
    for _ in range(25):
        since = date(2026, 11, 15) + timedelta(days=chance.randint(0, (last - date(2026, 11, 15)).days))
        until = since + timedelta(days=chance.randint(0, 40))
        for by in (None, "agency", "channel", "month"):
            report = count(office, since, until, by)
            assert report.difference == 0, (since, until, by, report.checks)


def test_files(office: Office, tmp_path: Path) -> None:
    small_office(office)
    office.create(code="EVIL", agency_code='=HYPERLINK("x")')
    report = count(office, *NOVEMBER, "agency")
    for kind in report_files.KINDS:
        report_files.write(report, tmp_path / f"out{kind}")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.reader(file))
    assert table[0][:3] == ["agency", "total", "denied"]
    assert table[1][0] == '\'=HYPERLINK("x")'
    assert table[-1] == ["difference", "0"]
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]
    assert [[str(cell.value) for cell in row if cell.value is not None] for row in sheet.iter_rows()] == table
    raw = msgspec.json.decode((tmp_path / "out.json").read_bytes())
    assert (raw["total"]["total"], raw["difference"], len(raw["checks"])) == (10, 0, 8)
    with Image.open(tmp_path / "out.png") as picture:
        assert picture.format == "PNG"
        assert max(picture.size) < 2_000
    with pytest.raises(ValueError, match="are written"):
        report_files.write(report, tmp_path / "out.pdf")


def test_stated_totals(tmp_path: Path) -> None:
    path = tmp_path / "declared.csv"
    path.write_text(
        "Nơi;Tổng;đúng hạn;trong hạn;trễ hạn\nĐồng Hỷ 2017;11.307;10.267;758;285\nNghĩa Hưng;2 292;1.816;465;11\n"
        "Sai;x;1;2;3\nThiếu;5\n",
        "utf-8",
    )
    one, two, bad, short = identities.declared(path)
    assert one.checks == (Identity("tổng = đúng hạn + trong hạn + trễ hạn", 11307, 11310),)
    assert (one.label, one.difference, one.checks[0].difference) == ("Đồng Hỷ 2017", 3, 3)
    assert two.difference == 0
    assert bad == Declared(4, "Sai", reason="tổng: 'x' is not a number of dossiers")
    assert short == Declared(5, "", reason="has 2 cells, the header has 5")


def test_stated_in_the_words_of_the_book(tmp_path: Path) -> None:
    path = tmp_path / "declared.json"
    row = {"period": "2026", "process": 10, "received": 7, "remaining": 2, "released": 5, "early": 1, "on_time": 3}
    path.write_bytes(msgspec.json.encode([row | {"late": 1}, {"period": "2027", "note": 3}]))
    first, second = identities.declared(path)
    assert [(check.name, check.difference) for check in first.checks] == [
        ("process = received + remaining", -1), ("released = early + on_time + late", 0),
    ]  # fmt: skip
    assert second.reason == "has no total, or no parts of it"
    path.write_bytes(b"{}")
    with pytest.raises(BadFile, match="is not a JSON list"):
        identities.declared(path)
    with pytest.raises(BadFile, match="No such file"):
        identities.declared(tmp_path / "none.json")
