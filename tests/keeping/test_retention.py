"""What has had its time is erased on its day, rows before files, and a file that no row knows is swept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.sweeping import Sweeper
from bot.threads import Threads
from services.db.desk import Card, OfficerTalk, TalkMessage
from services.db.presubmissions import Delegation, Presubmission, StoredFile
from services.db.session import Database, reading, unit
from services.desk import cards
from services.files.store import FolderStore, Missing
from services.keys import Keys
from tests.kit.clock import FakeClock
from tests.kit.databases import KINDS, databases
from tests.kit.house import KEY

KEYS = Keys.read(KEY)


@pytest.fixture(params=KINDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    yield from databases(request.param, tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files", KEYS)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sweeper(db: Database, store: FolderStore, clock: FakeClock) -> Iterator[Sweeper]:
    threads = Threads(db)
    yield Sweeper(threads, clock, store)
    threads.close()


def draft(code: str, erase_on: date, now: datetime, state: str = "draft") -> Presubmission:
    return Presubmission(
        code=code, conversation_id=1, procedure_code="1.001193", version_id=1, case={}, agency_code="H99.15",
        state=state, form=b"sealed", created_at=now, changed_at=now, erase_on=erase_on,
    )  # fmt: skip


def filed(key: str, subject: str, now: datetime, erase_on: date | None = None) -> StoredFile:
    return StoredFile(
        key=key, subject=subject, paper_n=1, page=1, media="image/jpeg", size=1, digest="", pages=1, flags=[],
        prints=["1"], stored_at=now, erase_on=erase_on,
    )  # fmt: skip


async def test_a_draft_goes_on_its_day_with_its_files(
    db: Database, store: FolderStore, clock: FakeClock, sweeper: Sweeper
) -> None:
    now, today = clock.now(), clock.now().date()
    mine, other, own_day = (store.put(bytes([n])) for n in range(3))
    with unit(db) as session:
        session.add_all([draft("CB-1", today, now), draft("CB-2", today + timedelta(days=1), now)])
        session.add_all([filed(mine, "CB-1", now), filed(other, "CB-2", now), filed(own_day, "talk:1", now, today)])
    await sweeper.erase()
    with reading(db) as session:
        gone, kept = session.get_one(Presubmission, "CB-1"), session.get_one(Presubmission, "CB-2")
        assert (gone.form, gone.state, gone.erased_at) == (None, "expired", now)
        assert (kept.form, kept.state, kept.erased_at) == (b"sealed", "draft", None)
        assert session.get_one(StoredFile, mine).dropped_at == now
        assert session.get_one(StoredFile, mine).prints == []
    assert list(store.keys()) == [other]


async def test_words_to_an_officer_go_after_their_time(db: Database, clock: FakeClock, sweeper: Sweeper) -> None:
    now = clock.now()
    with unit(db) as session:
        for number, closed in ((1, now - timedelta(days=31)), (2, now - timedelta(days=29)), (3, None)):
            state = "closed" if closed else "open"
            session.add(
                OfficerTalk(
                    id=number, conversation_id=number, agency_code="H99.15", state=state, opened_at=now, last_at=now,
                    closed_at=closed,
                )
            )  # fmt: skip
            session.add(TalkMessage(talk_id=number, n=1, side="citizen", text=b"sealed", at=now))
    await sweeper.erase()
    with reading(db) as session:
        assert sorted(session.scalars(TalkMessage.__table__.select().with_only_columns(TalkMessage.talk_id))) == [2, 3]


async def test_a_file_that_no_turn_wrote_down_is_swept_after_a_day(
    db: Database, store: FolderStore, clock: FakeClock, sweeper: Sweeper, tmp_path: Path
) -> None:
    known, lost, young, dropped = (store.put(bytes([n])) for n in range(4))
    old = (clock.now() - timedelta(days=2)).timestamp()
    for key in (known, lost, dropped):
        os.utime(tmp_path / "files" / key[:2] / key, (old, old))
    fresh = clock.now().timestamp()
    os.utime(tmp_path / "files" / young[:2] / young, (fresh, fresh))
    with unit(db) as session:
        session.add(filed(known, "CB-1", datetime(2026, 1, 1, tzinfo=UTC)))
        session.add(filed(dropped, "CB-2", datetime(2026, 1, 1, tzinfo=UTC)))
        session.get_one(StoredFile, dropped).dropped_at = clock.now()
    assert await sweeper.sweep() == 2
    assert sorted(store.keys()) == sorted([known, young])
    with pytest.raises(Missing):
        store.get(lost)


async def test_nobody_at_the_desk_waits_for_what_was_erased(db: Database, clock: FakeClock, sweeper: Sweeper) -> None:
    now, today = clock.now(), clock.now().date()
    with unit(db) as session:
        sent = draft("CB-1", today, now, state="sent")
        sent.round = 1
        session.add(sent)
        for kind in ("check", "approve"):
            cards.open_card(session, now, kind, "CB-1#1", "H99.15")
    await sweeper.erase()
    with reading(db) as session:
        assert [card.state for card in session.query(Card)] == ["gone", "gone"]


async def test_an_owner_can_take_her_consent_back_as_long_as_anything_is_kept(
    db: Database, clock: FakeClock, sweeper: Sweeper
) -> None:
    now, today = clock.now(), clock.now().date()
    past, given = now - timedelta(days=31), now - timedelta(days=38)
    with unit(db) as session:
        session.add_all([draft("CB-1", today + timedelta(days=40), now), draft("CB-2", today, now)])
        for code, answered in (("CB-1", given), ("CB-1", None), ("CB-2", given)):
            mark = f"{code}/{answered is not None}"
            session.add(
                Delegation(code_hash=mark, presubmission_code=code, made_at=given, until=past, given_at=answered)
            )
    await sweeper.erase()
    with reading(db) as session:
        assert [one.code_hash for one in session.query(Delegation)] == ["CB-1/True"]
