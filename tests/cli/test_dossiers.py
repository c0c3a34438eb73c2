"""`dossiers import` with a bad file, and the doctor's look at the chains: what is wrong is named, line by line."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from sqlalchemy import update

from services.db.dossiers import OperatorNote
from services.dossiers import changes
from services.keys import Keys
from tests.cli.conftest import Shell
from tests.kit.house import KEY

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
HEADER = "code,procedure_code,agency_code,status,applicant_name"
BAD = [
    HEADER,
    "H99.15-261120-0001,1.001193,H99.15,2,Lê Thị A",
    "H99.15-261120-0002,1.001193",
    '=HYPERLINK("http://x"),1.001193,H99.15,2,B',
    "h99.15-261120-0001,1.001193,H99.15,2,C",
    "H99.15-261120-0003,1.001193,H99.15,chín,D",
    "H99.15-261120-0004,1.001193,H99.15,2,E",
]


def test_every_bad_row_is_named_and_the_others_come_in(shell: Shell) -> None:
    shell.filled()
    path = shell.folder / "in.csv"
    path.write_text("\n".join(BAD), "utf-8")
    for added, unchanged in ((2, 0), (0, 2)):
        said = shell.run("dossiers", "import", path)
        assert said.status == 0
        assert f"{added} added" in said.out
        assert f"{unchanged} unchanged" in said.out
        for line, words in (
            (3, "has 2 cells"), (4, "holds a formula"), (5, "stands in line 2 already"), (6, "'chín' is not 1 to 10"),
        ):  # fmt: skip
            assert any(f"line {line}:" in one and words in one for one in (said.out + said.err).splitlines()), words
        assert "Lê Thị A" not in said.out + said.err


def test_a_file_in_another_encoding_is_refused_in_one_line(shell: Shell) -> None:
    shell.filled()
    path = shell.folder / "in.csv"
    for content, words in (
        ("\n".join(BAD).encode("utf-16"), "UTF-16"),
        (f"{HEADER}\nX1,a,b,2,Đặng".encode("cp1258", "replace"), "not UTF-8"),
    ):
        path.write_bytes(content)
        said = shell.run("dossiers", "import", path)
        assert (said.status, len(said.err.strip().splitlines())) == (1, 1)
        assert words in said.err


def test_the_doctor_says_what_made_no_sense(shell: Shell) -> None:
    shell.filled()
    path = shell.folder / "in.csv"
    path.write_text("\n".join([HEADER, "H99.15-261120-0001,1.001193,H99.15,2,"]), "utf-8")
    shell.run("dossiers", "import", path)
    with closing(sqlite3.connect(shell.url.removeprefix("sqlite:///"))) as connection:
        for status in (42, 43):
            connection.execute(f"UPDATE dossiers SET status = {status}")
            connection.commit()
    shell.write(lambda session: changes.take(session, Keys.read(KEY), NOW))
    said = shell.run("check")
    found = [line for line in said.out.splitlines() if "to look at" in line]
    assert len(found) == 2
    assert "1 to look at (status-unknown 1)" in found[0]
    assert "H99.15-261120-0001: status-unknown, 2 times, last 2026-11-20 02:00 UTC" in found[1]
    shell.write(lambda session: session.execute(update(OperatorNote).values(closed_at=NOW)))
    assert "to look at" not in shell.run("check").out


def test_the_doctor_names_the_event_that_somebody_changed(shell: Shell) -> None:
    shell.filled()
    path = shell.folder / "in.csv"
    path.write_text("\n".join([HEADER, *(f"H99.15-261120-000{n},1.001193,H99.15,2," for n in range(1, 5))]), "utf-8")
    shell.run("dossiers", "import", path)
    assert "every chain of events holds" in shell.run("check").out
    with closing(sqlite3.connect(shell.url.removeprefix("sqlite:///"))) as connection:
        # whoever may write the file can take the guard away, and put it back
        guards = list(
            connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'dossier_events'"
            )
        )
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE dossier_events SET actor = 'staff:9' WHERE dossier_code = 'H99.15-261120-0003'")
        for _, sql in guards:
            connection.execute(sql)
        connection.commit()
    said = shell.run("check")
    assert said.status == 1
    found = [line for line in said.out.splitlines() if "FAIL" in line and "event" in line]
    assert len(found) == 1
    assert "H99.15-261120-0003 event 1: changed" in found[0]
