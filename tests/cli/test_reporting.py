"""`report`: the count book, and beside it what people gave and how often papers were sent back."""

from __future__ import annotations

import csv

import msgspec
import openpyxl
import pytest
from sqlalchemy.orm import Session

from services.db.presubmissions import Presubmission, Return
from services.db.visits import Rating
from tests.cli.conftest import Shell
from tests.dossiers.office import utc
from tests.kit.databases import KINDS

NOVEMBER = ("--from", "2026-11-01", "--to", "2026-11-30")
RATINGS = ["agency", "month", "ratings", "average", "score 1", "score 2", "score 3", "score 4", "score 5"]
RETURNS = [
    "procedure", "returns", "again", "not new", "beyond the list", "denied",
    "papers missing", "papers wrong", "papers unreadable", "papers asked",
]  # fmt: skip


@pytest.fixture(params=KINDS)
def house(request: pytest.FixtureRequest, shell: Shell) -> Shell:
    """Two ratings and two returns in November, and one of each in the first minute of December."""
    shell.filled(request.param)
    shell.write(_happened)
    return shell


def _happened(session: Session) -> None:
    for number, (score, at) in enumerate(((5, "11-10 02:00"), (2, "11-30 16:59"), (1, "11-30 17:00"))):
        session.add(
            Rating(
                dossier_code=f"X{number}", conversation_id=1, agency_code="H99.15", score=score, at=utc(f"2026-{at}")
            )
        )
    papers = [("wrong", "Sai tên"), ("unreadable", "Ảnh mờ")]
    for number, at in enumerate(("10-31 17:00", "11-12 02:00", "11-30 17:00")):
        code = f"CB-261101-000{number}"
        session.add(
            Presubmission(
                code=code, conversation_id=1, procedure_code="1.001193", version_id=1, case={}, agency_code="H99.15",
                state="returned", round=number + 1, created_at=utc(f"2026-{at}"), changed_at=utc(f"2026-{at}"),
            )
        )  # fmt: skip
        session.add(
            Return(
                presubmission_code=code, round=number + 1, reason="", state="sent", staff_id=1, at=utc(f"2026-{at}"),
                items=[{"n": n, "title": "", "verdict": one, "note": said, "basis": "", "new": True}
                       for n, (one, said) in enumerate(papers[: number + 1], 1)],
            )
        )  # fmt: skip


def test_what_is_printed(house: Shell) -> None:
    said = house.run("report", *NOVEMBER)
    assert (said.status, said.err) == (0, "")
    book, *tables = said.out.split("\n\n")
    assert book.splitlines()[-1] == "difference\t0"
    assert [table.strip().splitlines() for table in tables] == [
        ["\t".join(RATINGS), "H99.15\t2026-11\t2\t3.5\t0\t1\t0\t0\t1"],
        ["\t".join(RETURNS), "1.001193\t2\t1\t0\t0\t0\t0\t2\t1\t0"],
    ]


def test_a_period_in_which_nothing_was_given_shows_the_heads_alone(house: Shell) -> None:
    said = house.run("report", "--from", "2026-01-01", "--to", "2026-01-31")
    assert said.out.splitlines()[-3:] == ["\t".join(RATINGS), "", "\t".join(RETURNS)]


def test_what_is_written(house: Shell) -> None:
    for kind in ("csv", "xlsx", "json", "png"):
        assert house.run("report", *NOVEMBER, "--out", house.folder / f"out.{kind}").status == 0
    with (house.folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[-6:] == [
        [], RATINGS, ["H99.15", "2026-11", "2", "3.5", "0", "1", "0", "0", "1"],
        [], RETURNS, ["1.001193", "2", "1", "0", "0", "0", "0", "2", "1", "0"],
    ]  # fmt: skip
    book = openpyxl.load_workbook(house.folder / "out.xlsx")
    assert book.sheetnames == ["report", "ratings", "returns"]
    assert [cell.value for cell in book["returns"][2]] == ["1.001193", 2, 1, 0, 0, 0, 0, 2, 1, 0]
    found = msgspec.json.decode((house.folder / "out.json").read_bytes())
    assert found["ratings"] == [dict(zip(RATINGS, ["H99.15", "2026-11", 2, 3.5, 0, 1, 0, 0, 1], strict=True))]
    assert found["returns"][0]["papers wrong"] == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "--from and --to are needed"),
        (("--from", "2026-11-30", "--to", "2026-11-01"), "is no period"),
        ((*NOVEMBER, "--out", "out.pdf"), "--out takes"),
        (("--declared", "nothing.csv"), "nothing.csv"),
    ],
)
def test_what_is_refused(shell: Shell, words: tuple[str, ...], why: str) -> None:
    shell.filled()
    said = shell.run("report", *words)
    assert (said.status, said.out) == (1, "")
    assert why in said.err
