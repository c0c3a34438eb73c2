"""`office import`: wholly or not at all, and what contradicts itself is refused in one line."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.cli.demo import OFFICE as DEMO_OFFICE
from services import office
from services.db.machine import ChannelAccount
from services.db.office import Agency
from tests.cli.conftest import Said, Shell

ONE = """
[[agencies]]
code = "H1"
name = "Trung tâm A"
level = "commune"
front = true
[agencies.hours]
mon = [["07:30", "11:30"], ["13:30", "17:00"]]
"""
ACCOUNT = '[[channel_accounts]]\nchannel = "web"\naccount = "default"\nagency = "H1"\n'


def brings(shell: Shell, content: str | bytes) -> Said:
    path = shell.folder / "office.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return shell.run("office", "import", path)


def test_the_example_is_imported_and_imported_again(empty: Shell) -> None:
    assert empty.run("office", "import", DEMO_OFFICE).out == "2 agencies added, 0 changed\n"
    assert empty.run("office", "import", DEMO_OFFICE).out == "0 agencies added, 0 changed\n"
    front = empty.read(office.front)
    assert front.hours["sat"] == [["07:30", "11:30"]]
    assert empty.read(lambda session: session.get(ChannelAccount, ("web", "default")).agency_code) == "H99.15"


def test_a_changed_file_changes_what_it_says(empty: Shell) -> None:
    brings(empty, ONE + ACCOUNT)
    assert brings(empty, ONE.replace("Trung tâm A", "Trung tâm B")).out == "0 agencies added, 1 changed\n"
    assert empty.read(office.front).name == "Trung tâm B"


def test_the_bot_speaks_for_the_agency_that_the_newest_file_names(empty: Shell) -> None:
    brings(empty, ONE)
    assert (
        brings(empty, ONE.replace("H1", "H2").replace("Trung tâm A", "Trung tâm B")).out
        == "1 agencies added, 1 changed\n"
    )
    assert empty.read(office.front).name == "Trung tâm B"
    brings(empty, ONE.replace("H1", "H3").replace("front = true", "front = false"))
    assert empty.read(office.front).name == "Trung tâm B"


SECOND = ONE.replace("H1", "H2").replace("front = true", "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "agencies"),
        ("agencies = 5", "Expected `array`"),
        ("[[agencies]", "line 1"),
        (b"\xff\xfe", "utf-8"),
        (ONE.replace("commune", "village"), "Invalid enum value 'village'"),
        (ONE.replace("name =", "nmae ="), "unknown field `nmae`"),
        (ONE.replace('name = "Trung tâm A"', ""), "missing required field `name`"),
        (ONE.replace("Trung tâm A", " "), "each needs a code and a name"),
        (ONE.replace("07:30", "7:30"), "hours.mon: 7:30-11:30 is no span of time"),
        (ONE.replace("07:30", "12:30"), "hours.mon: 12:30-11:30 is no span of time"),
        (ONE.replace("17:00", "24:00"), "13:30-24:00 is no span of time"),
        (ONE.replace("13:30", "11:00"), "11:00-17:00 begins before 11:30"),
        (ONE.replace("mon", "monday"), "Invalid enum value 'monday'"),
        (ONE + ONE, "a code stands twice"),
        (ONE + ONE.replace("H1", "H2"), "front = true stands twice"),
        (ONE.replace("front", 'parent = "H9"\nfront'), "unknown parent H9"),
        (ONE.replace("front", 'parent = "H1"\nfront'), "is its own parent"),
        (
            ONE.replace("front", 'parent = "H2"\nfront') + SECOND.replace("level", 'parent = "H1"\nlevel'),
            "is its own parent",
        ),
        (ONE.replace("front", "valid_from = 2026-01-02\nvalid_to = 2026-01-01\nfront"), "ends before it begins"),
        (ONE + ACCOUNT.replace("H1", "H9"), "web/default names an unknown agency"),
        (ONE + ACCOUNT + ACCOUNT, "web/default stands twice"),
    ],
    ids=lambda value: "" if value in ("",) or not isinstance(value, str) or "\n" in value else value,
)
def test_a_file_that_contradicts_itself_changes_nothing(empty: Shell, content: str | bytes, reason: str) -> None:
    said = brings(empty, content)
    assert (said.status, said.out) == (1, "")
    assert reason in said.err
    assert len(said.err.splitlines()) == 1
    assert empty.read(lambda session: list(session.scalars(select(Agency)))) == []
