"""The upload page: files for one paper of one person, whatever else a browser tries."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterable

import aiohttp
import pytest
from sqlalchemy import select

from services.db.presubmissions import Paper, Presubmission, StoredFile
from tests.checks.bench import CITIZEN, CODE, OFFICER, Bench
from tests.web.desk_kit import Browser, browser, desk, paper, pdf, shown, upload_link
from tests.web.place import Answer, Place

AT = f"/upload/at/{CODE}/2"


@pytest.fixture
def bench(place: Place) -> Bench:
    made = desk(place.house.app)
    made.do(lambda s: setattr(s.get_one(Presubmission, CODE), "state", "draft"))
    return made


@pytest.fixture
async def citizen(place: Place, bench: Bench) -> AsyncIterator[Browser]:
    async with browser(place) as made:
        await made.opens(upload_link(bench, CITIZEN, f"{CODE}#2"))
        yield made


def form(mark: str, files: Iterable[tuple[str, bytes]]) -> aiohttp.FormData:
    """The page's form as a browser writes it."""
    made = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    made.add_field("mark", mark)
    for name, content in files:
        made.add_field("file", io.BytesIO(content), filename=name, content_type="application/octet-stream")
    return made


async def sends(citizen: Browser, *files: tuple[str, bytes]) -> Answer:
    """Choose files and press the button."""
    return await citizen.post(AT, data=form(citizen.mark(), files))


def kept(bench: Bench) -> list[StoredFile]:
    """The files of paper 2, in order."""
    mine = select(StoredFile).where(StoredFile.subject == CODE, StoredFile.paper_n == 2).order_by(StoredFile.page)
    return bench.do(lambda s: list(s.scalars(mine)))


async def test_looking_spends_nothing_and_the_link_opens_once(place: Place, bench: Bench) -> None:
    path = upload_link(bench, CITIZEN, f"{CODE}#2")
    async with browser(place) as one, browser(place) as other:
        assert (await one.get(path)).body == (await place.get("/upload/nothing")).body
        page = await one.opens(path)
        assert "Gửi tệp: Giấy chứng sinh" in shown(page)
        assert page.headers["Cache-Control"] == "no-store"
        assert (await other.opens(path)).status == 410
        assert (await other.get(AT)).status == 410
        assert (await other.post(AT, data=form("", [("a.jpg", paper("a"))]))).status == 410
        place.clock.tick(minutes=31)
        assert (await one.get(AT)).status == 410


async def test_files_are_kept_and_the_chat_is_told(place: Place, bench: Bench, citizen: Browser) -> None:
    before = len(kept(bench))
    page = await sends(citizen, ("ảnh 1.jpg", paper("mot", (1300, 1700))), ("hai trang.pdf", pdf()), ("trống.pdf", b""))
    words = shown(page)
    assert "Đã nhận: ảnh 1.jpg (1 trang)." in words
    assert "Đã nhận: hai trang.pdf (2 trang)." in words
    assert "trống.pdf: tệp trống, chưa có nội dung." in words
    files = kept(bench)
    assert [(file.media, file.pages) for file in files[before:]] == [("image/jpeg", 1), ("application/pdf", 2)]
    assert all(place.house.app.store.get(file.key) for file in files[before:])
    told = bench.told("upload-arrived")
    assert [(one.conversation_id, one.args) for one in told] == [(CITIZEN, {"code": CODE, "n": 2, "pages": 3})]
    assert bench.do(lambda s: s.get_one(Paper, (CODE, 2))).how == "upload"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.exe", b"MZ\x90\x00" + b"\0" * 300, "loại tệp này chưa nhận được"),
        ("a.jpg", b"MZ\x90\x00" + b"\0" * 300, "không đúng với tên tệp"),
        ("a.svg", b"<svg onload='alert(1)'></svg>", "loại tệp này chưa nhận được"),
        ("<script>.jpg", paper("x")[:300], "tệp chưa mở được"),
        ("a.pdf", b"\0" * ((20 << 20) + 1), "tệp lớn hơn 20 MB"),
    ],
)
async def test_refusals_are_sentences(bench: Bench, citizen: Browser, name: str, content: bytes, why: str) -> None:
    before = len(kept(bench))
    page = await sends(citizen, (name, content))
    assert why in shown(page)
    assert b"<script>." not in page.body
    assert len(kept(bench)) == before
    assert bench.told("upload-arrived") == []


async def test_what_is_no_form_of_ours_changes_nothing(bench: Bench, citizen: Browser) -> None:
    before = len(kept(bench))
    mark = citizen.mark()
    assert "Chưa chọn tệp nào" in shown(await sends(citizen))
    for bad in ("", "0" * 40, "đ" * 10):
        assert (await citizen.post(AT, data=form(bad, [("a.jpg", paper("a"))]))).status == 410
    assert (await citizen.post(AT, data=b"mark=" + mark.encode())).status == 400
    cut = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await citizen.post(AT, data=b"--x\r\nContent-Disposition: form-data", headers=cut)).status in (400, 410)
    for path in (f"/upload/at/{CODE}/1", "/upload/at/CB-261120-0002/2", f"/upload/at/{CODE}/02"):
        assert (await citizen.post(path, data=form(mark, [("a.jpg", paper("a"))]))).status == 410
    assert len(kept(bench)) == before


async def test_many_files_at_once_are_bounded(bench: Bench, citizen: Browser) -> None:
    page = await sends(citizen, *((f"{n}.txt", b"x") for n in range(60)))
    words = shown(page)
    assert words.count("loại tệp này chưa nhận được") == 20
    assert "tối đa 20 tệp" in words


async def test_what_was_sent_or_moved_away_takes_no_more(place: Place, bench: Bench, citizen: Browser) -> None:
    bench.do(lambda s: setattr(s.get_one(Presubmission, CODE), "state", "sent"))
    closed = await sends(citizen, ("a.jpg", paper("a")))
    assert closed.status == 409
    assert "không nhận thêm tệp" in shown(closed)
    bench.do(lambda s: setattr(s.get_one(Presubmission, CODE), "state", "draft"))
    bench.do(lambda s: setattr(s.get_one(Presubmission, CODE), "conversation_id", OFFICER))
    assert (await citizen.get(AT)).status == 409
