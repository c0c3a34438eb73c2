"""Proof of what arrived: only for bytes that were read back, and never for a list that was changed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.proof import Proofs
from bot.texts import Texts
from bot.threads import Threads
from bot.wake import Wake
from services.db.desk import Card
from services.db.presubmissions import ArrivalReceipt, Paper, Presubmission, Return, StoredFile
from services.db.session import Database, reading, unit
from services.db.telling import Telling
from services.desk import cards
from services.files.store import FolderStore
from services.keys import Keys
from services.presubmissions import arrival
from services.presubmissions.arrival import Proof
from services.refusal import Refused
from tests.kit.clock import FakeClock
from tests.kit.databases import KINDS, databases
from tests.kit.house import KEY
from tests.kit.photos import pdf

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CODE = "CB-261120-0001"
KEYS = Keys.read(KEY)


@pytest.fixture(params=KINDS)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    yield from databases(request.param, tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files", KEYS)


def sent(session: Session, store: FolderStore, *pages: bytes) -> list[str]:
    """A pre-submission with one paper of `pages` and one that is brought; the keys of its files."""
    session.add(
        Presubmission(
            code=CODE, conversation_id=1, procedure_code="1.001193", version_id=1, case={}, agency_code="H99.15",
            state="sent", round=1, created_at=NOW, changed_at=NOW, sent_at=NOW, erase_on=date(2027, 2, 18),
        )
    )  # fmt: skip
    for n, (title, how) in enumerate((("Giấy chứng sinh", "upload"), ("Sổ cũ", "bring")), 1):
        session.add(Paper(presubmission_code=CODE, n=n, title=title, side="submit", how=how))
    keys = []
    for page, content in enumerate(pages, 1):
        key = store.put(content)
        keys.append(key)
        session.add(
            StoredFile(
                key=key, subject=CODE, paper_n=1, page=page, media="image/jpeg", size=len(content),
                digest=sha256(content).hexdigest(), pages=1, flags=[], prints=[], stored_at=NOW,
            )
        )  # fmt: skip
    session.flush()
    return keys


def proved(db: Database, store: FolderStore) -> list[int]:
    """Read back and issue, as the machine does it; returns the papers that were not there."""
    with reading(db) as session:
        assert arrival.pending(session) == [(CODE, 1)]
        sending = arrival.gather(session, CODE)
    assert sending is not None
    broken = arrival.read_back(store, sending, lambda paper, contents: None)
    if not broken:
        with unit(db) as session:
            assert arrival.issue(session, KEYS, sending, NOW)
            assert not arrival.issue(session, KEYS, sending, NOW)
    return broken


def checked(db: Database, store: FolderStore | None) -> Proof | Refused:
    with reading(db) as session:
        return arrival.check(session, KEYS, store, " cb-261120-0001 ")


def test_a_receipt_names_papers_pages_and_short_digests(db: Database, store: FolderStore) -> None:
    with unit(db) as session:
        sent(session, store, b"page one", b"page two")
    assert proved(db, store) == []
    proof = checked(db, store)
    assert isinstance(proof, Proof)
    digests = tuple(sha256(content).hexdigest()[:8] for content in (b"page one", b"page two"))
    assert proof.papers == (("Giấy chứng sinh", "upload", 2, digests), ("Sổ cũ", "bring", 0, ()))
    assert proof.lost == ()
    with reading(db) as session:
        assert arrival.pending(session) == []


def test_no_receipt_for_bytes_that_are_not_there(db: Database, store: FolderStore) -> None:
    with unit(db) as session:
        keys = sent(session, store, b"page one", b"page two")
    store.drop(keys[1])
    assert proved(db, store) == [1]
    assert checked(db, store) == Refused("receipt-none")
    with unit(db) as session:
        sending = arrival.gather(session, CODE)
        assert sending is not None
        cards.open_card(session, NOW, "check", f"{CODE}#1", "H99.15")
        arrival.undo(session, sending, [1], NOW)
    with reading(db) as session:
        assert session.get_one(Presubmission, CODE).state == "draft"
        assert session.get_one(Paper, (CODE, 1)).how == ""
        assert arrival.pending(session) == []
        # the paper is asked for anew, and nobody at the desk waits for what never came
        assert [file.paper_n for file in session.query(StoredFile)] == [None, None]
        assert session.query(Card).one().state == "gone"


async def steps(db: Database, store: FolderStore, times: int = 1) -> list[int]:
    """The machine's looks at what waits for proof: how many sendings each of them dealt with."""
    threads = Threads(db)
    try:
        clock = FakeClock()
        proofs, dealt = Proofs(threads, clock, Wake(), store, KEYS, Texts(Path("locales"))), []
        for _ in range(times):
            dealt.append(await proofs.step())
            clock.tick(minutes=1)
        return dealt
    finally:
        threads.close()


def told(db: Database) -> list[str]:
    with reading(db) as session:
        return [row.kind for row in session.query(Telling).order_by(Telling.id)]


@pytest.mark.parametrize("state", ["checking", "accepted", "filed"])
async def test_an_officer_who_is_quicker_than_the_receipt_does_not_take_it_away(
    db: Database, store: FolderStore, state: str
) -> None:
    with unit(db) as session:
        sent(session, store, b"page one")
        session.get_one(Presubmission, CODE).state = state
    assert await steps(db, store, 2) == [1, 0]
    proof = checked(db, store)
    assert isinstance(proof, Proof)
    assert (proof.round, proof.lost) == (1, ())
    assert told(db) == ["arrived"]


@pytest.mark.parametrize("state", ["withdrawn", "cancelled", "expired"])
async def test_what_is_over_is_not_proved_any_more(db: Database, store: FolderStore, state: str) -> None:
    with unit(db) as session:
        sent(session, store, b"page one")
        session.get_one(Presubmission, CODE).state = state
    assert await steps(db, store) == [0]
    assert checked(db, store) == Refused("receipt-none")


def given_back(session: Session, at: datetime) -> None:
    """The officer gives it back at once, and asks for a paper beyond the list."""
    row = session.get_one(Presubmission, CODE)
    row.state, row.changed_at = "returned", at
    session.add(Paper(presubmission_code=CODE, n=9, title="Giấy khác", side="asked", is_identity=False, how=""))
    listed = [
        {"n": 1, "title": "Giấy chứng sinh", "verdict": "wrong", "note": "Thiếu dấu.", "basis": ""},
        {"n": 9, "title": "Giấy khác", "verdict": "asked", "note": "Cần thêm.", "basis": "Điều 9"},
    ]
    session.add(
        Return(presubmission_code=CODE, round=row.round, items=listed, reason="", state="sent", staff_id=1, at=at)
    )


async def test_what_was_given_back_before_its_proof_is_proved_while_nothing_has_changed(
    db: Database, store: FolderStore
) -> None:
    with unit(db) as session:
        sent(session, store, b"page one")
        given_back(session, NOW)
    assert await steps(db, store, 2) == [1, 0]
    proof = checked(db, store)
    assert isinstance(proof, Proof)
    assert (proof.round, proof.lost) == (1, ())
    assert "Giấy khác" not in [title for title, *_ in proof.papers]
    assert told(db) == ["arrived"]


async def test_what_the_citizen_works_on_again_is_not_proved_as_it_is_now(db: Database, store: FolderStore) -> None:
    with unit(db) as session:
        sent(session, store, b"page one")
        given_back(session, NOW)
        session.get_one(Presubmission, CODE).changed_at = NOW + timedelta(seconds=5)
    assert await steps(db, store) == [0]
    assert checked(db, store) == Refused("receipt-none")


async def test_nor_is_what_was_erased(db: Database, store: FolderStore) -> None:
    with unit(db) as session:
        sent(session, store, b"page one")
        row = session.get_one(Presubmission, CODE)
        row.state, row.erased_at = "filed", NOW
    assert await steps(db, store) == [0]
    assert checked(db, store) == Refused("receipt-none")


async def test_files_that_are_gone_while_an_officer_looks_are_asked_for_anew(db: Database, store: FolderStore) -> None:
    with unit(db) as session:
        keys = sent(session, store, b"page one")
        session.get_one(Presubmission, CODE).state = "checking"
        for kind in ("check", "approve"):
            cards.open_card(session, NOW, kind, f"{CODE}#1", "H99.15")
    store.drop(keys[0])
    assert await steps(db, store, 2) == [1, 0]
    with reading(db) as session:
        assert session.get_one(Presubmission, CODE).state == "draft"
        assert {card.state for card in session.query(Card)} == {"gone"}
    assert told(db) == ["arrived-not"]


async def test_files_that_are_gone_after_the_office_accepted_take_nothing_back(
    db: Database, store: FolderStore, caplog: pytest.LogCaptureFixture
) -> None:
    """She may come with her papers all the same; there is no proof, and it is not looked for again and again."""
    with unit(db) as session:
        keys = sent(session, store, b"page one")
        session.get_one(Presubmission, CODE).state = "accepted"
    store.drop(keys[0])
    assert await steps(db, store, 3) == [1, 0, 0]
    assert checked(db, store) == Refused("receipt-none")
    with reading(db) as session:
        assert session.get_one(Presubmission, CODE).state == "accepted"
    assert told(db) == []
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.parametrize("lead", [b"\n", b"\xef\xbb\xbf"])
async def test_a_pdf_that_begins_late_is_proved_too(db: Database, store: FolderStore, lead: bytes) -> None:
    """Some scanners write a line end, or a mark of their own, before the PDF; the others must not wait behind it."""
    with unit(db) as session:
        sent(session, store, lead + pdf(1))
    assert await steps(db, store) == [1]
    assert isinstance(checked(db, store), Proof)


def test_a_receipt_is_found_by_its_code_as_phones_write_it(db: Database, store: FolderStore) -> None:
    with unit(db) as session:
        sent(session, store, b"page one")
    proved(db, store)
    with reading(db) as session:
        for typed in ("CB–261120–0001", "cb 261120 0001", "CB261120-0001"):
            assert isinstance(arrival.check(session, KEYS, store, typed), Proof)


def test_what_was_lost_or_erased_later_is_said(db: Database, store: FolderStore) -> None:
    with unit(db) as session:
        keys = sent(session, store, b"page one")
    proved(db, store)
    store.drop(keys[0])
    proof = checked(db, store)
    assert isinstance(proof, Proof)
    assert proof.lost == ("Giấy chứng sinh",)
    with unit(db) as session:
        session.get_one(Presubmission, CODE).erased_at = NOW
    proof = checked(db, store)
    assert isinstance(proof, Proof)
    assert (proof.lost, proof.erased_at) == ((), NOW)


def test_a_changed_list_does_not_match_its_seal(db: Database, store: FolderStore) -> None:
    with unit(db) as session:
        sent(session, store, b"page one")
    proved(db, store)
    with unit(db) as session:
        row = session.query(ArrivalReceipt).one()
        forged = {**row.manifest, "papers": row.manifest["papers"][:1]}
        session.execute(update(ArrivalReceipt).values(manifest=forged))
    assert checked(db, store) == Refused("receipt-changed")


def test_a_sending_that_changed_while_it_was_read_gets_none(db: Database, store: FolderStore) -> None:
    with unit(db) as session:
        sent(session, store, b"page one")
    with reading(db) as session:
        sending = arrival.gather(session, CODE)
    assert sending is not None
    with unit(db) as session:
        session.get_one(Presubmission, CODE).state = "withdrawn"
    with unit(db) as session:
        assert not arrival.issue(session, KEYS, sending, NOW)
