"""Names and numbers: encrypted, found by hashes, masked, and gone from the file within one look."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest
from sqlalchemy import event, text

from services.db.session import unit
from services.dossiers import personal
from services.dossiers.personal import Person
from services.keys import BadKey, Keys, Unopened
from tests.dossiers.office import KEYS, Office
from tests.kit.databases import Foreign
from tests.kit.patience import PATIENCE

NAME, PHONE, NUMBER = "Hoàng Thị Ngọc Ánh", "0987612345", "001190098765"


def known(office: Office, code: str = "X1") -> Person:
    """Who applied, as we keep it."""
    with unit(office.db) as session:
        return personal.read(session, KEYS, code)


def shown(office: Office, code: str = "X1") -> tuple[str | None, ...]:
    """What stands in the letterboxes."""
    columns = "applicant_name, applicant_phone, applicant_id_number"
    return tuple(office.row(f"SELECT {columns} FROM dossiers WHERE code = :code", code=code))


def test_letterboxes_are_emptied(office: Office) -> None:
    office.insert("X1", applicant_name=NAME, applicant_phone="098.761.2345", applicant_id_number="001 190 098 765")
    taken = office.take()
    assert taken.moved == 3
    assert shown(office) == ("•••", "•••2345", "•••8765")
    assert known(office) == Person(NAME, PHONE, NUMBER)
    with unit(office.db) as session:
        assert personal.find(session, KEYS, phone="+84 987 612 345") == ["X1"]
        assert personal.find(session, KEYS, id_number=NUMBER) == ["X1"]
        assert personal.find(session, KEYS, phone="0900000000") == personal.find(session, KEYS) == []
        assert personal.last_digits(session, "X1") == ("2345", "8765")
    assert len(office.events("X1")) == 1
    assert not office.take()


def test_our_own_dossiers_hold_masks_from_the_start(office: Office) -> None:
    code = office.create(applicant=Person(NAME, PHONE, NUMBER)).code
    assert shown(office, code) == ("•••", "•••2345", "•••8765")
    assert known(office, code) == Person(NAME, PHONE, NUMBER)
    assert office.take().moved == 0


def test_a_mask_written_back_changes_nothing(office: Office) -> None:
    office.insert("X1", applicant_name=NAME, applicant_phone=PHONE)
    office.take()
    office.update("X1", applicant_name="•••", applicant_phone="•••2345", applicant_id_number="•••")
    assert not office.take()
    assert known(office) == Person(NAME, PHONE, None)


@pytest.mark.parametrize("sign", ["???", "\ufffd\ufffd\ufffd", "¿¿¿", "\x1a\x1a\x1a", "?????????"])
def test_a_mask_that_a_code_page_spoiled_changes_nothing_and_is_mended(office: Office, sign: str) -> None:
    office.insert("X1", applicant_name=NAME, applicant_phone=PHONE, applicant_id_number="12345")
    office.take()
    office.update("X1", applicant_name=sign, applicant_phone=f"{sign}2345  ", applicant_id_number=sign)
    assert not office.take()
    assert known(office) == Person(NAME, PHONE, "12345")
    assert shown(office) == ("•••", "•••2345", "•••")
    assert len(office.events("X1")) == 1
    office.update("X1", applicant_phone=f"{sign}2345", status=4)
    assert len(office.take().changes) == 1
    assert (known(office).phone, shown(office)[1]) == (PHONE, "•••2345")


@pytest.mark.parametrize("written", ["???5678", "??2345", "????2345", "???02345", "?2345", "...2345", "???2345?"])
def test_what_only_looks_like_it_is_a_value_as_before(office: Office, written: str) -> None:
    office.insert("X1", applicant_phone=PHONE)
    office.take()
    office.update("X1", applicant_phone=written)
    assert office.take().moved == 1
    assert (known(office).phone, shown(office)[1]) == (written, "•••")


def test_where_nothing_is_known_question_marks_are_what_was_written(office: Office) -> None:
    office.insert("X1", applicant_name="???", applicant_phone="???2345")
    assert office.take().moved == 2
    assert known(office) == Person("???", "???2345", None)


def test_a_mask_in_bytes_of_an_old_code_page(on_sqlite: Office) -> None:
    on_sqlite.insert("X1", applicant_phone=PHONE)
    on_sqlite.take()
    on_sqlite.foreign.write("UPDATE dossiers SET applicant_phone = CAST(x'95959532333435' AS TEXT)")
    assert not on_sqlite.take()
    assert (known(on_sqlite).phone, shown(on_sqlite)[1]) == (PHONE, "•••2345")


def test_a_spoiled_mask_beside_a_new_value(office: Office) -> None:
    office.insert("X1", applicant_name=NAME, applicant_phone=PHONE, applicant_id_number=NUMBER)
    office.take()
    office.update("X1", applicant_name="???", applicant_phone="0912000111", applicant_id_number="???8765")
    assert office.take().moved == 1
    assert known(office) == Person(NAME, "0912000111", NUMBER)
    assert shown(office) == ("•••", "•••0111", "•••8765")


def test_a_new_number_replaces_the_old_one(office: Office) -> None:
    office.insert("X1", applicant_name=NAME, applicant_phone=PHONE)
    office.take()
    office.update("X1", applicant_phone="0912000111", applicant_name=None)
    assert office.take().moved == 1
    assert known(office) == Person(NAME, "0912000111", None)
    with unit(office.db) as session:
        assert personal.find(session, KEYS, phone=PHONE) == []


@pytest.mark.parametrize(
    ("written", "kept", "mask"),
    [
        ("987612345", PHONE, "•••2345"),  # a table program took the zero away
        ("không có", "không có", "•••"),
        ("12345", "12345", "•••"),
        ("0987612345 / 0912000111", "0987612345 / 0912000111", "•••0111"),
        ("", None, ""),
        ("   ", "", "•••"),
    ],
)
def test_whatever_stands_in_a_letterbox(office: Office, written: str, kept: str | None, mask: str) -> None:
    office.insert("X1", applicant_phone=written)
    office.take()
    assert known(office).phone == kept
    assert shown(office)[1] == mask


def test_text_in_another_encoding_is_moved_too(on_sqlite: Office) -> None:
    on_sqlite.insert("X1")
    on_sqlite.foreign.write("UPDATE dossiers SET applicant_name = CAST(x'4cea205468' AS TEXT)")
    assert on_sqlite.take().moved == 1
    assert shown(on_sqlite)[0] == "•••"
    assert known(on_sqlite).name == "L\ufffd Th"


def test_no_plain_value_is_left_in_the_file(on_sqlite: Office) -> None:
    office = on_sqlite
    path = Path(str(office.db.url.database))
    office.insert("X1", applicant_name=NAME, applicant_phone=PHONE, applicant_id_number=NUMBER)
    office.foreign.connection.close()
    assert any(_holds(one, PHONE) for one in _files(path))
    office.take()
    assert personal.scrub(office.db)
    for plain in (NAME, PHONE, NUMBER):
        assert not any(_holds(one, plain) for one in _files(path)), plain


def _files(path: Path) -> list[Path]:
    return [one for suffix in ("", "-wal", "-journal") if (one := path.with_name(path.name + suffix)).exists()]


def _holds(path: Path, plain: str) -> bool:
    return plain.encode() in path.read_bytes()


def _patient(connection: sqlite3.Connection, *_: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {int(10 * PATIENCE * 1000)}")


def test_scrubbing_waits_for_nobody(on_sqlite: Office) -> None:
    reader = sqlite3.connect(str(on_sqlite.db.url.database))
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM dossiers").fetchall()
    on_sqlite.insert("X1", applicant_phone=PHONE)
    on_sqlite.take()
    event.listen(on_sqlite.db.engine, "checkout", _patient)
    began = time.monotonic()
    assert not personal.scrub(on_sqlite.db)
    assert time.monotonic() - began < PATIENCE
    reader.close()
    assert personal.scrub(on_sqlite.db)


def test_a_value_written_while_we_look_is_not_lost(on_postgresql: Office) -> None:
    office = on_postgresql
    office.insert("X1", applicant_phone=PHONE)
    other = Foreign(office.db)
    other.execute("UPDATE dossiers SET applicant_phone = '0912000111' WHERE code = 'X1'")
    assert office.take().moved == 0
    other.commit()
    assert office.take().moved == 1
    assert (known(office).phone, shown(office)[1]) == ("0912000111", "•••0111")
    other.close()


def test_values_open_in_their_own_place_only(office: Office) -> None:
    office.create(code="X1", applicant=Person(NAME, PHONE))
    office.create(code="X2", applicant=Person("Trần B", "0912000111"))
    with unit(office.db) as session:
        session.execute(
            text("UPDATE dossier_people SET phone = (SELECT phone FROM dossier_people WHERE dossier_code = 'X1')")
        )
    with pytest.raises(Unopened), unit(office.db) as session:
        personal.read(session, KEYS, "X2")


@pytest.mark.parametrize(
    "setting", ["", "kein base64!", "c2hvcnQ=", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWZnaA=="]
)
def test_keys_that_are_none(setting: str) -> None:
    with pytest.raises(BadKey) as refusal:
        Keys.read(setting)
    assert setting == "" or setting not in str(refusal.value)


def test_keys_tell_nothing_of_themselves() -> None:
    assert repr(KEYS) == "Keys()"
    assert KEYS.index("phone", "1") != KEYS.index("id_number", "1")
    stored = KEYS.encrypt(NAME, "here")
    assert stored != KEYS.encrypt(NAME, "here")
    for damaged in (b"", stored[:5], b"\x02" + stored[1:], stored[:-1] + bytes([stored[-1] ^ 1])):
        with pytest.raises(Unopened):
            KEYS.decrypt(damaged, "here")
