"""The catalogue in the database: versions stay as they were written, and the same file twice changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy import select

from services.catalog import store
from services.catalog.importing import export
from services.catalog.library import Library, fingerprint
from services.catalog.store import Version
from services.db.office import Agency, ProcedureVersion
from services.db.session import Database, reading, unit
from tests.catalog.shelf import CODE, NOW, brings, counts, own
from tests.kit.databases import new_database


def shown(db: Database, code: str = CODE) -> Version:
    with reading(db) as session:
        version = store.load(session, code)
        assert version is not None
        return version


def revision(db: Database) -> int:
    with reading(db) as session:
        return store.revision(session)


def approves(db: Database, *codes: str) -> list[str]:
    with unit(db) as session:
        return store.approve(session, codes, by="Giám đốc", decision_no="01/QĐ", now=NOW)


def exported(db: Database) -> list[bytes]:
    with reading(db) as session:
        return [msgspec.json.encode(record) for record in export(session)]


# -- versions -------------------------------------------------------------------------------------------------------


def test_a_changed_record_is_a_new_version_and_the_old_one_stays(db: Database) -> None:
    assert counts(brings(db, own())) == (1, 0, 0, 0)
    approves(db, CODE)
    first = shown(db)
    assert counts(brings(db, own(name="Cấp giấy thử mới"))) == (0, 1, 0, 0)
    second = shown(db)
    assert (second.record.name, second.approved_by) == ("Cấp giấy thử mới", None)
    assert second.id != first.id
    with reading(db) as session:
        rows = list(session.scalars(select(ProcedureVersion).order_by(ProcedureVersion.id)))
        signed = [(row.name, row.approved_by) for row in rows]
        assert signed == [("Cấp giấy thử", "Giám đốc"), ("Cấp giấy thử mới", None)]
    assert counts(brings(db, own())) == (0, 1, 0, 0)
    assert shown(db) == first, "what was said before is the version of before, with its signature"


def test_the_same_file_twice_changes_nothing(db: Database) -> None:
    names = {"code": CODE, "names": ["giấy thử"]}
    assert counts(brings(db, own(), own("1.000124"), names)) == (3, 0, 0, 0)
    before, at = shown(db), revision(db)
    assert counts(brings(db, own(), own("1.000124"), names)) == (0, 0, 3, 0)
    assert (shown(db), revision(db)) == (before, at)


def test_only_a_change_moves_the_revision(db: Database) -> None:
    assert revision(db) == 0
    brings(db, b"no json")
    assert revision(db) == 0
    brings(db, own())
    assert revision(db) == 1
    approves(db, CODE)
    assert revision(db) == 2


def test_the_starter_never_overwrites_what_the_office_imported(db: Database) -> None:
    brings(db, own(name="Của kho"), own("1.000124"), origin="starter")
    brings(db, own(name="Của cơ quan"))
    assert counts(brings(db, own(name="Của kho, mới"), own("1.000124", name="Mới"), origin="starter")) == (0, 1, 1, 0)
    assert shown(db).record.name == "Của cơ quan"
    assert shown(db, "1.000124").record.name == "Mới"


def test_what_the_office_says_too_is_its_own_from_then_on(db: Database) -> None:
    brings(db, own(), origin="starter")
    assert counts(brings(db, own())) == (0, 0, 1, 0)
    brings(db, own(name="Của kho, mới"), origin="starter")
    assert shown(db).record.name == "Cấp giấy thử"


def test_everyday_names_of_office_and_starter_stand_side_by_side(db: Database) -> None:
    brings(db, own(), {"code": CODE, "names": ["giấy a", "giấy b"]}, origin="starter")
    brings(db, {"code": CODE, "names": ["giấy b", "giấy c"]})
    library = Library(db)
    (entry,) = library.current.entries
    assert set(entry.names) == {"giấy a", "giấy b", "giấy c"}
    assert len(entry.names) == 3
    brings(db, {"code": CODE, "names": ["giấy d"]})
    assert library.refresh()
    assert set(library.current.entries[0].names) == {"giấy a", "giấy b", "giấy d"}
    assert not library.refresh()


def test_names_may_come_before_their_procedure(db: Database) -> None:
    brings(db, {"code": CODE, "names": ["giấy thử"]})
    library = Library(db)
    assert library.current.entries == ()
    brings(db, own())
    assert library.refresh()
    assert library.current.entries[0].names == ("giấy thử",)


def test_another_level_of_the_office_is_noticed(db: Database) -> None:
    brings(db, own())
    library = Library(db)
    assert library.current.office_level == "commune"
    with unit(db) as session:
        session.add(Agency(code="H99", name="Sở", level="province", is_front=True))
    assert library.refresh()
    assert library.current.office_level == "province"


def test_the_fingerprint_follows_what_is_indexed(db: Database) -> None:
    def found() -> str:
        with reading(db) as session:
            return fingerprint(session)

    brings(db, own())
    seen = [found()]
    assert found() == seen[0]
    brings(db, own())
    assert found() == seen[0], "the same again is the same"
    for change in (own(name="Tên khác"), {"code": CODE, "names": ["giấy thử"]}, own()):
        brings(db, change)
        seen.append(found())
    with unit(db) as session:
        store.approve(session, [CODE], by="Giám đốc", decision_no="1/QĐ", now=NOW)
    seen.append(found())
    assert len(set(seen)) == len(seen)


# -- approving ------------------------------------------------------------------------------------------------------


def test_an_approval_is_of_the_shown_version_by_its_national_code(db: Database) -> None:
    brings(db, own())
    assert approves(db, "1.000123.000.00.00.H41", "9.999999", "x") == ["9.999999", "x"]
    version = shown(db)
    assert (version.approved_by, version.approved_at, version.approval_decision) == ("Giám đốc", NOW, "01/QĐ")


def test_an_approval_in_a_file_counts_with_its_own_date(db: Database) -> None:
    signed = {"approval": {"by": "Giám đốc", "at": "2026-03-01", "decision_no": "02/QĐ"}}
    assert counts(brings(db, own())) == (1, 0, 0, 0)
    assert counts(brings(db, own(**signed))) == (0, 1, 0, 0)
    version = shown(db)
    assert (version.approved_by, version.approval_decision) == ("Giám đốc", "02/QĐ")
    assert version.approved_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert counts(brings(db, own(**signed))) == counts(brings(db, own())) == (0, 0, 1, 0)
    assert shown(db) == version, "a file that knows nothing of the signature does not take it back"


# -- out and in again -----------------------------------------------------------------------------------------------


def test_what_is_exported_comes_in_whole_and_only_once(db: Database, tmp_path: Path) -> None:
    brings(db, own(), own("1.000124"), {"code": CODE, "names": ["a"]}, origin="starter")
    brings(db, own("1.000125", name="Khác"), {"code": CODE, "names": ["b"]}, {"code": "1.000125", "english": ["x"]})
    approves(db, CODE)
    lines = exported(db)
    (tmp_path / "other").mkdir()
    other = Database(new_database("sqlite", tmp_path / "other"))
    assert counts(brings(other, *lines)) == (5, 0, 0, 0)
    at = revision(other)
    assert counts(brings(other, *lines)) == (0, 0, 5, 0)
    assert revision(other) == at
    assert exported(other) == lines
    assert shown(other).approved_by == "Giám đốc"
    other.close()
