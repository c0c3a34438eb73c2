"""What citizens and heads read in their chats after a check, and what their taps do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services import telling
from services.checks.accepting import accept
from services.checks.marking import mark_all
from services.checks.returning import Asked, Given, give_back
from services.db.presubmissions import Presubmission
from services.db.visits import Counter
from services.refusal import Refused
from tests.checks.bench import AGENCY, CITIZEN, CODE, FORM, PAPERS, Bench
from tests.web.desk_kit import desk
from tests.web.place import Called, Place, opened

GOOD = dict.fromkeys(range(1, 5), ("good", ""))


@pytest.fixture(params=["again", "once"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """A house whose people are all on a platform with buttons, or all on one without."""
    async with opened(tmp_path) as made:
        made.channel = request.param  # type: ignore[attr-defined]
        yield made


@pytest.fixture
def bench(place: Place) -> Bench:
    return desk(place.house.app, channel=phone(place).name)


def phone(place: Place) -> Called:
    """The platform they are on."""
    found = place.house.app.channels[place.channel, "default"]  # type: ignore[attr-defined]
    assert isinstance(found, Called)
    return found


async def read(place: Place, chat: str) -> str:
    """What has come to a chat since it was read the last time."""
    await place.house.settles()
    own = phone(place)
    words = "\n".join(page.full_text() for where, page in own.pages if where == chat)
    own.pages = [one for one in own.pages if one[0] != chat]
    return words


def tapped(place: Place, label: str) -> str:
    """The token of a button that was shown."""
    found = [token for message in phone(place).shown for token, text in message.choices if text == label]
    assert found, label
    return found[-1]


async def does(place: Place, chat: str, **raw: str) -> str:
    """She types or taps; what is answered."""
    place.clock.tick(seconds=2)
    kind = "tap" if "tap" in raw else "text"
    await place.house.hears(phone(place), chat, kind=kind, private=True, **raw)
    return await read(place, chat)


def gives_back(bench: Bench, *asked: Asked) -> Given | Refused:
    by = bench.by("officer")
    found = {**GOOD, 1: ("wrong", "Thiếu chữ ký ở cuối trang"), 2: ("unreadable", "Ảnh mờ, xin chụp lại")}
    bench.do(lambda s: mark_all(s, bench.keys, by, found, bench.now))
    return bench.do(lambda s: give_back(s, bench.keys, by, bench.now, asked=asked))


def has_buttons(place: Place) -> bool:
    return phone(place).limits.buttons > 0


async def test_the_citizen_reads_all_defects_in_one_message(place: Place, bench: Bench) -> None:
    assert gives_back(bench) == Given(False)
    said = await read(place, "c1")
    assert said.startswith(f"Bộ hồ sơ {CODE} có 2 giấy tờ cần gửi lại.")
    for words in ("Thiếu chữ ký ở cuối trang", "Ảnh mờ, xin chụp lại", PAPERS[0][0], "Đăng ký khai sinh"):
        assert words in said
    assert FORM["name"] not in said
    listed = await does(place, "c1", text="lịch sử")
    assert f"bộ hồ sơ {CODE}, trả lại 2 giấy. Đã gửi đến." in listed
    if has_buttons(place):
        said = await does(place, "c1", tap=tapped(place, f"Gửi lại: {PAPERS[1][0]}"))
        assert PAPERS[1][0] in said
    else:
        assert 'gõ "chuẩn bị hồ sơ"' in said


async def test_the_citizen_reads_what_to_bring_where_and_when(place: Place, bench: Bench) -> None:
    bench.do(
        lambda s: s.add(
            Counter(agency_code=AGENCY, n=3, name="Quầy 3: Hộ tịch", fields=[], slot_minutes=15, capacity=2)
        )
    )
    by = bench.by("officer")
    bench.do(lambda s: mark_all(s, bench.keys, by, GOOD, bench.now))
    assert bench.do(lambda s: accept(s, bench.keys, by, bench.now)) is None
    said = await read(place, "c1")
    assert said.startswith(f"Bộ hồ sơ {CODE} đã đủ giấy tờ.")
    for words in (*(title for title, *_ in PAPERS), "Lệ phí:", "Quầy 3", "Mở cửa thứ Sáu, 20/11/2026", "07:30–11:30"):
        assert words in said
    for fee in ("khi đăng ký đúng hạn", "đăng ký quá hạn", "xin thêm bản sao Giấy khai sinh"):
        assert said.count(fee) == 1, fee  # all the fees, and none of them twice
    assert "chưa phải là nộp hồ sơ" in said
    assert f"bộ hồ sơ {CODE} đã đủ giấy tờ. Đã gửi đến." in await does(place, "c1", text="lịch sử")
    if has_buttons(place):
        said = await does(place, "c1", tap=tapped(place, "Đặt lịch hẹn"))
    else:
        said = await does(place, "c1", text="đặt lịch hẹn")
    assert "Ông/Bà muốn đến ngày nào?" in said


async def test_the_head_reads_why_and_decides(place: Place, bench: Bench) -> None:
    beyond = Asked("Bản cam kết về nơi sinh", "Giấy chứng sinh không ghi nơi sinh", "Điều 16 Luật Hộ tịch 2014")
    assert gives_back(bench, beyond) == Given(True)
    said = await read(place, "c4")
    assert "Bản cam kết về nơi sinh" in said
    assert "Điều 16 Luật Hộ tịch 2014" in said
    assert not any(value in said for value in FORM.values())
    assert await read(place, "c1") == ""
    if has_buttons(place):
        link = await does(place, "c4", tap=tapped(place, "Xem bộ hồ sơ"))
        assert re.search(r"/review/[\w-]{32}", link)
        token = tapped(place, "Đồng ý, gửi người dân")
        assert "Đã duyệt" in await does(place, "c4", tap=token)
        assert "đã được quyết định" in await does(place, "c4", tap=token)
    else:
        said = await does(place, "c4", text="bàn làm việc")
        number = re.search(r"(\d+)[^\n]*duyệt bổ sung", said)
        assert number, said
        card = [int(n) for n in re.findall(r"Việc (\d+)", said)] or [2]
        await does(place, "c4", text=f"nhận việc {card[-1]}")
        said = await does(place, "c4", text=f"mở việc {card[-1]}")
        assert "1. Đồng ý" in said
        assert "Đã duyệt" in await does(place, "c4", text="1")
    assert "có 3 giấy tờ cần gửi lại" in await read(place, "c1")
    assert "Đã duyệt" in await read(place, "c2")
    assert bench.row().state == "returned"


async def test_an_officer_cannot_press_for_the_head(place: Place, bench: Bench) -> None:
    beyond = Asked("Bản cam kết", "Chưa rõ nơi sinh", "Điều 16")
    assert gives_back(bench, beyond) == Given(True)
    await read(place, "c4")
    if has_buttons(place):
        await does(place, "c3", tap=tapped(place, "Đồng ý, gửi người dân"))
    assert bench.row().state == "checking"
    given = bench.given()
    assert given is not None
    assert given.state == "waiting"


async def test_files_that_came_over_the_page_are_told_and_lead_back(place: Place, bench: Bench) -> None:
    bench.do(lambda s: setattr(s.get_one(Presubmission, CODE), "state", "draft"))
    bench.do(lambda s: telling.tell(s, CITIZEN, "upload-arrived", bench.now, code=CODE, n=2, pages=3))
    assert f"Đã nhận 3 trang cho bộ hồ sơ {CODE}." in await read(place, "c1")
    if has_buttons(place):
        assert PAPERS[1][0] in await does(place, "c1", tap=tapped(place, "Tiếp tục"))
