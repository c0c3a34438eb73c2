"""`verify CODE`: a pre-submission's receipt with its bytes, or a dossier's chain; nothing of the house runs."""

from __future__ import annotations

from hashlib import sha256

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from services.db.dossiers import DossierEvent
from services.db.presubmissions import ArrivalReceipt, Paper, Presubmission, StoredFile
from services.db.session import Database
from services.files.store import FolderStore
from services.presubmissions import arrival
from tests.cli.conftest import Said, Shell
from tests.dossiers.office import KEYS, Office, utc
from tests.kit.databases import KINDS

NOW = utc("2026-11-20 02:00")
CODE = "CB-261120-0001"


@pytest.fixture(params=KINDS)
def house(request: pytest.FixtureRequest, shell: Shell) -> Shell:
    """A filled database of each kind."""
    shell.filled(request.param)
    return shell


def store(shell: Shell) -> FolderStore:
    """Where the house keeps its files."""
    return FolderStore(shell.folder / "state" / "files", KEYS)


def proved(shell: Shell) -> str:
    """A pre-submission of one paper sent and one brought, with its receipt; the key of its file."""
    content = b"the page"
    key = store(shell).put(content)

    def work(session: Session) -> None:
        session.add(
            Presubmission(
                code=CODE, conversation_id=1, procedure_code="1.001193", version_id=1, case={}, agency_code="H99.15",
                state="sent", round=1, created_at=NOW, changed_at=NOW, sent_at=NOW,
            )
        )  # fmt: skip
        for n, (title, how) in enumerate((("Giấy chứng sinh", "upload"), ("Sổ cũ", "bring")), 1):
            session.add(Paper(presubmission_code=CODE, n=n, title=title, side="submit", how=how))
        session.add(
            StoredFile(
                key=key, subject=CODE, paper_n=1, page=1, media="image/jpeg", size=len(content), pages=1, flags=[],
                digest=sha256(content).hexdigest(), prints=[], stored_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        sending = arrival.gather(session, CODE)
        assert sending is not None
        assert arrival.issue(session, KEYS, sending, NOW)

    shell.write(work)
    return key


def lines(said: Said) -> list[str]:
    """What was printed, on both sides."""
    return [*said.out.splitlines(), *said.err.splitlines()]


@pytest.mark.parametrize("typed", [CODE, "cb 261120 0001", " CB–261120–0001 "])
def test_a_receipt_whose_files_are_there_is_good(house: Shell, typed: str) -> None:
    proved(house)
    said = house.run("verify", typed)
    assert (said.status, said.err) == (0, "")
    digest = sha256(b"the page").hexdigest()[:8]
    first, *papers, mark = said.out.splitlines()
    assert first == f"{CODE} round 1, received 09:00 20/11/2026: every file is as it was received"
    assert papers == [f"Giấy chứng sinh: 1 page, {digest}", "Sổ cũ: bring"]
    assert mark.startswith("receipt code ")


def test_papers_that_were_lost_are_named(house: Shell) -> None:
    store(house).drop(proved(house))
    said = house.run("verify", CODE)
    assert said.status == 1
    assert said.err.splitlines() == [f"{CODE}: lost or changed since it was received: Giấy chứng sinh"]
    assert "every file is as it was received" not in said.out


def test_files_that_were_erased_in_time_are_no_loss(house: Shell) -> None:
    store(house).drop(proved(house))
    house.write(lambda session: session.execute(update(Presubmission).values(erased_at=NOW)))
    said = house.run("verify", CODE)
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines()[0].endswith("the files were erased on 20/11/2026")


def test_a_list_that_was_changed_is_told(house: Shell) -> None:
    proved(house)
    changed = {"code": CODE, "round": 1, "at": "", "papers": []}
    house.write(lambda session: session.execute(update(ArrivalReceipt).values(manifest=changed)))
    said = house.run("verify", CODE)
    assert (said.status, said.out) == (1, "")
    assert lines(said) == [f"{CODE}: the receipt is not what was sealed"]


def test_without_a_receipt_there_is_nothing_to_check(house: Shell) -> None:
    proved(house)
    house.write(lambda session: session.execute(delete(ArrivalReceipt)))
    said = house.run("verify", CODE)
    assert (said.status, said.out) == (1, "")
    assert lines(said) == [f"there is no receipt of {CODE}"]


def test_a_dossier_has_its_chain_checked_as_before(house: Shell) -> None:
    db = Database(house.url)
    office = Office(db)
    try:
        code = office.create(code="X1").code
    finally:
        office.close()
        db.close()
    assert lines(house.run("verify", "x1")) == ["X1: every event is as it was sealed"]
    assert house.run("verify", "X9").err == "there is no dossier X9\n"
    assert house.read(lambda session: session.query(DossierEvent).count()) == 1
    house.sets(DATA_KEY="ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=")
    said = house.run("verify", code)
    assert (said.status, said.out) == (1, "")
    assert said.err == "X1 event 1: changed\n"
