"""`staff invite | list | end`, and the parts of an office file behind its agencies."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.cli.demo import OFFICE
from services import working_days
from services.db.desk import CannedReply, Staff
from services.db.visits import Counter
from services.desk import invites, staff
from tests.cli.conftest import Shell

AGENCY = '[[agencies]]\ncode = "H1"\nname = "A"\nlevel = "commune"\n'
STAFF = '[[staff]]\nagency = "H1"\nrole = "officer"\nname = "Quầy 1"\n'
COUNTER = '[[counters]]\nagency = "H1"\nn = 1\nname = "Quầy 1"\nslot_minutes = 15\ncapacity = 2\n'
DAY = '[[calendar]]\nday = 2026-12-25\nkind = "off"\n'
REPLIES = '[[replies]]\nagency = "H1"\ntexts = ["Kính chào Ông/Bà."]\n'


def brings(shell: Shell, content: str) -> tuple[int, str]:
    path = shell.folder / "office.toml"
    path.write_text(content)
    said = shell.run("office", "import", path)
    return said.status, said.err


def test_a_code_is_printed_once_and_listed_never(empty: Shell) -> None:
    empty.run("office", "import", OFFICE)
    said = empty.run("staff", "invite", "--agency", "H99.15", "--role", "officer", "--name", "Quầy 1")
    assert said.status == 0
    assert invites.looks_like_code(said.out.strip())
    listed = empty.run("staff", "list").out
    assert "\tH99.15\tofficer\tinvited or awaited\tQuầy 1\n" in listed
    assert said.out.strip() not in listed


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--agency", "X", "--role", "officer"), 1),
        (("--agency", "H99.15", "--role", "king"), 2),
        (("--role", "head"), 2),
    ],
)
def test_what_cannot_be_invited(empty: Shell, words: tuple[str, ...], status: int) -> None:
    empty.run("office", "import", OFFICE)
    said = empty.run("staff", "invite", *words)
    assert (said.status, said.out) == (status, "")
    assert said.err


def test_whoever_leaves_is_listed_no_more(empty: Shell) -> None:
    brings(empty, AGENCY + STAFF)
    number = empty.run("staff", "list").out.split("\t")[0]
    assert empty.run("staff", "end", number).status == 0
    assert empty.run("staff", "list").out == ""
    assert empty.run("staff", "end", number).status == 1


def test_the_parts_are_written_and_written_again(empty: Shell) -> None:
    whole = AGENCY + STAFF + COUNTER + DAY + REPLIES
    for _ in range(2):
        assert brings(empty, whole) == (0, "")
    changed = whole.replace("capacity = 2", "capacity = 0").replace("Kính chào Ông/Bà.", "Xin chào.")
    assert brings(empty, changed.replace(STAFF, "")) == (0, "")
    assert [one.name for one in empty.read(staff.of_agency)] == ["Quầy 1"]
    (counter,) = empty.read(lambda session: session.scalars(select(Counter)).all())
    assert (counter.name, counter.slot_minutes, counter.capacity, counter.fields) == ("Quầy 1", 15, 0, [])
    assert empty.read(lambda session: session.scalars(select(CannedReply.text)).all()) == ["Xin chào."]
    calendar = empty.read(lambda session: working_days.load(session, "H1"))
    assert [(f"{day:%d/%m}", kind) for day, (kind, _) in calendar.marks.items()] == [("25/12", "off")]


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (STAFF.replace("H1", "H2"), "unknown agency"), (STAFF + STAFF, "stands twice"),
        (STAFF.replace("officer", "desk"), "Invalid enum value"), (STAFF.replace("Quầy 1", " "), "needs a name"),
        (COUNTER.replace("H1", "H2"), "unknown agency"), (COUNTER + COUNTER, "stands twice"),
        (COUNTER.replace("n = 1", "n = 0"), "a number from 1 on"), (COUNTER.replace("15", "1"), "slot_minutes"),
        (COUNTER.replace("capacity = 2", "capacity = 99"), "capacity"),
        (COUNTER.replace("n = 1", "m = 1"), "unknown field"),
        (DAY + DAY, "stands twice"), (DAY.replace("off", "free"), "Invalid enum value"),
        (DAY.replace("2026-12-25", "2026-02-30"), "office.toml"), (DAY + 'agency = "H2"', "unknown agency"),
        (REPLIES.replace("Kính chào Ông/Bà.", " "), "empty reply"), (REPLIES + REPLIES, "stands twice"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_whole(empty: Shell, part: str, reason: str) -> None:
    status, said = brings(empty, AGENCY + part)
    assert status == 1
    assert reason in said
    assert empty.read(lambda session: session.scalars(select(Staff)).all()) == []
    assert empty.read(lambda session: session.scalars(select(Counter)).all()) == []
