"""The guard of the staff chats finds what it is there to find, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.port import Page
from services.db.session import Database, reading, unit
from services.keys import Keys
from tests.desk.conftest import AGENCY, NOW
from tests.kit import guard, people
from tests.kit.house import KEY, new_database

OFFICER, CITIZEN, CODE = "2001", people.CITIZEN, "CB-261120-0001"


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Database]:
    db = Database(new_database("sqlite", tmp_path))
    with unit(db) as session:
        people.bind(session, OFFICER, "officer", AGENCY, NOW)
        people.prepared(session, Keys.read(KEY), CODE, "1.001193", "sent", NOW)
    yield db
    db.close()


def checked(db: Database, page: Page, chat: str = OFFICER) -> None:
    with reading(db) as session:
        guard.check(session, Keys.read(KEY), [(chat, page)])


@pytest.mark.parametrize(
    "text",
    [
        "Gọi 0912345678 để hỏi", "Gọi 0988 777 666", "+84 912 345 678", "số 001190012345", "001 190 012 345",
        "của bà Nguyễn Thị Hoà", "cua ba nguyen thi hoa.", "ở Số 5 ngõ 12, phường Một Cửa",
    ],
)  # fmt: skip
def test_numbers_names_and_typed_words_are_found(filled: Database, text: str) -> None:
    with pytest.raises(AssertionError, match="staff chat"):
        checked(filled, Page(text))
    checked(filled, Page(text), CITIZEN)


def test_a_button_and_a_file_are_looked_at_too(filled: Database) -> None:
    with pytest.raises(AssertionError, match="staff chat"):
        checked(filled, Page("Việc 1", (("1:0", "Nguyễn Thị Hoà"),)))
    with pytest.raises(AssertionError, match="file"):
        checked(filled, Page("Việc 1", file={"key": f"file-of-{CODE}", "name": "a.jpg"}))


@pytest.mark.parametrize(
    "text",
    [
        "Việc 1: kiểm tra bộ hồ sơ chuẩn bị CB-261120-0001", "Hồ sơ H99.15-261120-0001",
        "Thủ tục 1.001193.000.00.00", "Tổng đài 1900 0000", "Hẹn trả thứ Năm, 26/11/2026 lúc 16 giờ 30",
        "Nguyễn Thị Minh Khai là tên đường",
    ],
)  # fmt: skip
def test_codes_dates_and_the_hotline_are_no_persons(filled: Database, text: str) -> None:
    checked(filled, Page(text))
