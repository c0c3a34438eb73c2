"""Who is told what: news once, one correction for what was undone, and nothing false."""

from __future__ import annotations

from datetime import datetime

import pytest

from services.db.session import unit
from services.dossiers import followers
from services.dossiers.followers import News, Wishes
from services.dossiers.hand import HOME
from tests.dossiers.office import Office, utc

MAI, LAN = 1, 2


def follow(office: Office, who: int = MAI, code: str = "X1") -> bool:
    """Somebody follows a dossier."""
    with unit(office.db) as session:
        return followers.follow(session, code, who, "digits", office.clock.now())


def notify(office: Office, who: int = MAI) -> list[tuple[News, int | None]]:
    """One look of a notifier that tells one follower everything that is news to her."""
    told: list[tuple[News, int | None]] = []
    changes = office.take().changes
    with unit(office.db) as session:
        for change in changes:
            news = followers.news_for(session, who, change)
            if news is not None:
                told.append((news, change.status))
                followers.tell(session, who, change, office.clock.now())
    return told


@pytest.fixture
def followed(office: Office) -> Office:
    office.create(code="X1", due_at=utc("2026-11-26 10:00"))
    office.take()
    assert follow(office)
    return office


def test_following(followed: Office) -> None:
    office = followed
    assert not follow(office)
    assert follow(office, LAN)
    office.create(code="X2")
    office.clock.tick(hours=1)
    follow(office, MAI, "X2")
    with unit(office.db) as session:
        assert followers.followed_by(session, MAI) == ["X2", "X1"]
        assert followers.followers_of(session, "X1") == [MAI, LAN]
        assert followers.follows(session, "X1", MAI)
        followers.mute(session, "X1", MAI, muted=True)
        assert followers.followers_of(session, "X1") == [LAN]
        followers.mute(session, "X1", MAI, muted=False)
        followers.wish(session, LAN, Wishes(stopped_at=office.clock.now()))
        assert followers.followers_of(session, "X1") == [MAI]
        assert followers.unfollow(session, "X1", MAI)
        assert not followers.unfollow(session, "X1", MAI)
        assert followers.followed_by(session, MAI) == ["X2"]


def test_news_once(followed: Office) -> None:
    office = followed
    office.update("X1", status=4)
    office.update("X1", status=9)
    assert notify(office) == [("status", 4), ("status", 9)]
    office.update("X1", status_note="Mang theo giấy hẹn")
    assert notify(office) == [("words", 9)]
    office.update("X1", procedure_code="2.000815")
    assert notify(office) == []
    assert notify(office) == []


def test_what_she_saw_herself_is_no_news(followed: Office) -> None:
    followed.create(code="X2")
    follow(followed, MAI, "X2")
    assert notify(followed) == []


def test_what_another_program_wrote_just_before_is_no_news_either(followed: Office) -> None:
    followed.insert("X3", status=4)
    follow(followed, MAI, "X3")
    followed.update("X3", status=9)
    assert notify(followed) == [("status", 9)]


def test_dates_and_holders(followed: Office) -> None:
    office = followed
    office.update("X1", due_at="2026-12-01 10:00:00")
    office.update("X1", holder_code="H45.20")
    office.update("X1", status=4, holder_code="H45.21")
    assert notify(office) == [("due", 2), ("holder", 2), ("status", 4)]


def test_an_undone_status_is_corrected_once(followed: Office) -> None:
    office = followed
    office.update("X1", status=9)
    assert notify(office) == [("status", 9)]
    office.update("X1", status=4)
    assert notify(office) == [("correction", 4)]
    office.update("X1", holder_code="H45.20")
    assert notify(office) == [("holder", 4)]
    office.update("X1", status=9)
    assert notify(office) == [("status", 9)]


def test_undone_before_she_heard_of_it(followed: Office) -> None:
    office = followed
    office.update("X1", status=9)
    changes = office.take().changes
    assert [change.status for change in changes] == [9]
    office.update("X1", status=2)  # nobody was told of 9 yet
    assert notify(office) == []


def test_nonsense_is_told_to_nobody(followed: Office) -> None:
    office = followed
    office.update("X1", status=42)
    office.update("X1", due_at=None)
    office.update("X1", status=2)
    assert notify(office) == []
    office.update("X1", status=42, holder_code="H45.20")
    assert notify(office) == [("holder", 2)]


def test_new_words_alone_are_news_to_who_knows_the_status(followed: Office) -> None:
    office = followed
    office.update("X1", status=5, status_note="Thiếu giấy chứng sinh")
    assert notify(office) == [("status", 5)]
    office.update("X1", status_note="Thiếu giấy chứng sinh và tờ khai")
    assert notify(office) == [("words", 5)]
    assert notify(office) == []
    office.update("X1", status_note=None)
    assert notify(office) == []
    office.moves("X1", 5, note="Chỉ còn thiếu tờ khai")
    assert notify(office) == [("words", 5)]
    office.update("X1", status=42, status_note="ghi nhầm")
    assert notify(office) == []


def test_wishes(office: Office) -> None:
    with unit(office.db) as session:
        assert followers.wishes(session, MAI) == Wishes()
        wanted = Wishes((22 * 60, 6 * 60), "digest", office.clock.now())
        followers.wish(session, MAI, wanted)
    with unit(office.db) as session:
        assert followers.wishes(session, MAI) == wanted
        followers.wish(session, MAI, Wishes())
    with unit(office.db) as session:
        assert followers.wishes(session, MAI) == Wishes()


@pytest.mark.parametrize(
    ("quiet", "urgent", "local", "expected"),
    [
        (None, True, "2026-11-20T23:00", "2026-11-20T23:00"),
        (None, False, "2026-11-20T20:59", "2026-11-20T20:59"),
        (None, False, "2026-11-20T21:00", "2026-11-21T07:00"),
        (None, False, "2026-11-20T06:59", "2026-11-20T07:00"),
        (None, False, "2026-11-20T07:00", "2026-11-20T07:00"),
        ((22 * 60, 6 * 60), True, "2026-11-20T23:00", "2026-11-21T06:00"),
        ((22 * 60, 6 * 60), False, "2026-11-20T21:30", "2026-11-20T21:30"),
        ((12 * 60, 14 * 60), True, "2026-11-20T12:30", "2026-11-20T14:00"),
        ((0, 0), False, "2026-11-20T23:00", "2026-11-20T23:00"),
    ],
)
def test_quiet_hours(quiet: tuple[int, int] | None, urgent: bool, local: str, expected: str) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=HOME)
    then = followers.earliest(Wishes(quiet), now, urgent=urgent)
    assert then == datetime.fromisoformat(expected).replace(tzinfo=HOME)
