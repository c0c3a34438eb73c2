"""The review page: who gets in, what is shown, what is saved, and what nobody sees."""

from __future__ import annotations

import asyncio
import io
import random
import string
from collections.abc import AsyncIterator
from pathlib import Path

import pypdf
import pytest
from PIL import Image

from services.db.desk import Staff
from services.db.machine import Conversation
from services.db.presubmissions import Presubmission
from services.files.pdf_stamper import NAME
from tests.checks.bench import CODE, FORM, OFFICER, PAPERS, Bench
from tests.web.desk_kit import Browser, browser, desk, review_link, shown
from tests.web.place import Place, opened

AT = f"/review/at/{CODE}/1"
GOOD = {"v-1": "good", "v-2": "good", "v-3": "good", "v-4": "good"}
BAD = {**GOOD, "v-2": "unreadable", "note-2": "Ảnh mờ, xin chụp lại"}


@pytest.fixture
def bench(place: Place) -> Bench:
    return desk(place.house.app)


@pytest.fixture
async def officer(place: Place) -> AsyncIterator[Browser]:
    async with browser(place) as made:
        yield made


# -- the door -------------------------------------------------------------------------------------------------------


async def test_looking_at_a_link_spends_and_tells_nothing(place: Place, bench: Bench, officer: Browser) -> None:
    path = review_link(bench)
    pages = [await officer.get(path) for _ in range(3)]
    assert (await place.ask("HEAD", path)).status == 200
    assert {one.body for one in pages} == {(await place.get("/review/no-such-token")).body}
    assert pages[0].headers["X-Robots-Tag"].startswith("noindex")
    assert CODE not in shown(pages[0])
    assert pages[0].body.count(b"<form") == pages[0].body.count(b"<button") == 1
    opened = await officer.post(path)
    assert (opened.status, officer.path) == (200, AT)


async def test_a_link_opens_once_for_one_browser(place: Place, bench: Bench, officer: Browser) -> None:
    path = review_link(bench)
    await officer.opens(path)
    async with browser(place) as other:
        again = await other.opens(path)
        assert again.status == 410
        assert "nhận đường dẫn mới" in shown(again)
        assert (await other.get(AT)).status == 410
        assert (await other.get(f"{AT}/file/1/1")).status == 410
    assert (await officer.get(AT)).status == 200


async def test_the_page_speaks_the_language_of_the_officers_chat(place: Place, bench: Bench, officer: Browser) -> None:
    bench.do(lambda session: setattr(session.get_one(Conversation, OFFICER), "locale", "en"))
    path = review_link(bench)
    assert "Review page" in shown(await officer.get(path))
    page = await officer.opens(path)
    assert f"Check of {CODE}" in shown(page)
    assert b'<html lang="en">' in page.body
    assert "Saved." in shown(await officer.presses("save", **GOOD))
    assert "There is no such file" in shown(await officer.get(f"{AT}/file/9/9"))
    async with browser(place) as head:  # who chose no language reads the office's
        assert f"Kiểm tra bộ hồ sơ {CODE}" in shown(await head.opens(review_link(bench, "head")))
    place.clock.tick(minutes=50)
    assert "This link cannot be used any more" in shown(await officer.get(AT))


async def test_twenty_at_once_and_one_gets_in(place: Place, bench: Bench) -> None:
    path = review_link(bench)
    answers = await asyncio.gather(*(place.post(path, allow_redirects=False) for _ in range(20)))
    assert sorted(one.status for one in answers) == [303, *[410] * 19]


async def test_after_ten_minutes_it_opens_no_more_and_a_page_closes(
    place: Place, bench: Bench, officer: Browser
) -> None:
    late = review_link(bench)
    await officer.opens(review_link(bench))
    place.clock.tick(minutes=10, seconds=1)
    assert (await officer.post(late)).status == 410
    assert (await officer.get(AT)).status == 200
    place.clock.tick(minutes=35)
    assert (await officer.get(AT)).status == 410


async def test_the_cookie_is_for_this_page_alone(place: Place, bench: Bench) -> None:
    entered = await place.post(review_link(bench), allow_redirects=False)
    cookie = entered.headers["Set-Cookie"]
    assert entered.headers["Location"] == AT
    assert f"Path={AT}" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie


async def test_the_cookie_stays_on_https_where_the_office_has_it(tmp_path: Path) -> None:
    async with opened(tmp_path, public_url="https://motcua.example.vn") as place:
        entered = await place.post(review_link(desk(place.house.app)), allow_redirects=False)
        assert "Secure" in entered.headers["Set-Cookie"]


async def test_the_whole_way_on_postgresql(tmp_path: Path) -> None:
    async with opened(tmp_path, kind="postgresql") as place, browser(place) as officer:
        bench = desk(place.house.app)
        await officer.opens(review_link(bench))
        assert (await officer.get(f"{AT}/file/1/1")).status == 200
        await officer.presses("save", **BAD)
        assert "đã được trả lại người dân một lần" in shown(await officer.presses("return", **BAD))
        assert bench.row().state == "returned"


async def test_two_dossiers_in_one_browser_never_meet(place: Place, officer: Browser) -> None:
    second = "CB-261120-0002"
    bench = desk(place.house.app, CODE, second)
    await officer.opens(review_link(bench))
    mark = officer.mark()
    await officer.opens(review_link(bench, code=second))
    other = officer.mark()
    assert mark != other
    assert (await officer.post(AT, data={"mark": other, "do": "save", **GOOD})).status == 410
    assert (await officer.post(AT, data={"mark": mark, "do": "accept", **GOOD})).status == 200
    assert (bench.row().state, bench.row(second).state) == ("accepted", "sent")


async def test_tokens_and_addresses_that_nobody_gave_out(place: Place, bench: Bench, officer: Browser) -> None:
    chance = random.Random(5)
    await officer.opens(review_link(bench))
    for _ in range(60):
        token = "".join(chance.choices(string.ascii_letters + string.digits + "-_%.~é '\"<>", k=chance.randint(1, 300)))
        assert (await place.post("/review/" + token.replace("%", "%25"))).status in (404, 410)
        strange = "".join(chance.choices(string.printable.strip() + "đ²٣", k=chance.randint(1, 12)))
        for path in (f"{AT}/file/{strange}/1", f"{AT}/file/1/{strange}", f"/review/at/{strange}/1"):
            found = await officer.get(path.replace("%", "%25").replace("#", "%23").replace("?", "%3f"))
            assert found.status in (404, 410), path
            assert FORM["name"] not in found.body.decode("utf-8", "replace")
    assert bench.row().state == "sent"


# -- what is seen ---------------------------------------------------------------------------------------------------


async def test_the_page_shows_answers_papers_and_marks(bench: Bench, officer: Browser) -> None:
    page = await officer.opens(review_link(bench))
    words = shown(page)
    assert all(
        value in words
        for value in (FORM["name"], FORM["id_number"], "Số 12 đường Hoa Sữa, Phường Ba Đình", "Đăng ký khai sinh")
    )
    assert all(title in words for title, *_ in PAPERS)
    assert "Lê Văn Kiểm" in words
    html = page.body.decode()
    assert html.count('type="radio"') == 4 * len(PAPERS)
    assert html.count("<img src=") == 2 + 0, "a PDF is a link"
    assert 'style="' not in html
    assert page.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert bench.logged("open-page") == [(bench.staff["officer"], f"{CODE}#1", "done")]
    assert bench.logged("view-form") == [(bench.staff["officer"], f"{CODE}#1", "done")]


async def test_a_picture_carries_the_watermark_and_is_never_kept(place: Place, bench: Bench, officer: Browser) -> None:
    await officer.opens(review_link(bench))
    seen = await officer.get(f"{AT}/file/1/1")
    assert (seen.status, seen.headers["Content-Type"], seen.headers["Cache-Control"]) == (200, "image/jpeg", "no-store")
    with Image.open(io.BytesIO(seen.body)) as picture:
        assert picture.size == (900, 1200)
    pdf = await officer.get(f"{AT}/file/4/1")
    assert (pdf.headers["Content-Type"], pdf.body[:5]) == ("application/pdf", b"%PDF-")
    pages = pypdf.PdfReader(io.BytesIO(pdf.body)).pages
    assert [NAME in page["/Resources"]["/XObject"] for page in pages] == [True, True]  # type: ignore[index]
    for key in list(place.house.app.store.keys()):
        kept = place.house.app.store.get(key)
        assert kept not in (seen.body, pdf.body)
        assert NAME.encode() not in kept
    assert pdf.headers["Content-Disposition"] == f'inline; filename="{CODE}-4-1.pdf"'
    assert (await officer.get(f"{AT}/file/3/1")).status == 404
    assert [subject for _, subject, _ in bench.logged("view-file")] == [f"{CODE}#1/{n}/1" for n in (1, 4, 3)]


async def test_a_file_that_is_gone_from_the_store_is_a_sentence(place: Place, bench: Bench, officer: Browser) -> None:
    await officer.opens(review_link(bench))
    for key in list(place.house.app.store.keys()):
        place.house.app.store.drop(key)
    gone = await officer.get(f"{AT}/file/1/1")
    assert gone.status == 404
    assert "Xin mở lại trang" in shown(gone)


# -- what is done ---------------------------------------------------------------------------------------------------


async def test_from_the_link_to_one_list(place: Place, bench: Bench, officer: Browser) -> None:
    await officer.opens(review_link(bench))
    early = await officer.presses("return", **{"v-2": "unreadable", "note-2": "Ảnh mờ, xin chụp lại"})
    assert early.status == 409
    assert f"Xin đánh dấu đủ mọi giấy trước: {PAPERS[0][0]}" in shown(early)
    saved = await officer.get(AT)
    assert 'value="unreadable" checked' in saved.body.decode(), "what was marked stays marked"
    done = await officer.presses("return", **BAD)
    assert done.status == 200
    assert "đã được trả lại người dân một lần" in shown(done)
    assert FORM["name"] not in shown(done)
    assert bench.row().state == "returned"
    assert len(bench.told("checked-return")) == 1
    assert (await officer.get(f"{AT}/file/1/1")).status == 403


async def test_saving_without_leaving_the_page(bench: Bench, officer: Browser) -> None:
    await officer.opens(review_link(bench))
    body = {"mark": officer.mark(), "do": "save", **BAD}
    quiet = await officer.post(AT, data=body, headers={"X-Quiet": "1"})
    assert (quiet.status, quiet.json) == (200, {"saved": True, "said": "Đã lưu."})
    bad = await officer.post(AT, data={**body, "note-2": "Gọi 0912345678"}, headers={"X-Quiet": "1"})
    assert (bad.status, bad.json["saved"]) == (409, False)
    assert "thông tin cá nhân" in bad.json["said"]


async def test_a_missing_note_is_asked_for_at_its_paper(bench: Bench, officer: Browser) -> None:
    page = await officer.opens(review_link(bench))
    assert 'id="need-2" hidden' in page.body.decode()
    back = await officer.presses("return", **{**BAD, "note-2": " "})
    html = back.body.decode()
    assert back.status == 409
    assert [f'id="need-{n}" hidden' in html for n in (1, 2, 3, 4)] == [True, False, True, True]
    assert 'aria-describedby="need-2" aria-invalid="true"' in html
    assert "Đã đánh dấu đủ" not in html.replace('data-none="Đã đánh dấu đủ"', "")
    assert bench.row().state in ("sent", "checking")


async def test_what_could_not_be_saved_stays_in_the_form(bench: Bench, officer: Browser) -> None:
    await officer.opens(review_link(bench))
    typed = {"note-1": '<b>"thiếu"</b> 0912345678', "v-1": "wrong", "asked-title-1": "Giấy & khác", "do": "save"}
    page = (await officer.presses("return", **typed)).body.decode()
    assert "<b>" not in page
    assert "&lt;b&gt;&quot;thiếu&quot;&lt;/b&gt; 0912345678" in page
    assert 'value="Giấy &amp; khác"' in page
    assert '<details class="card beyond" open>' in page


async def test_a_form_from_elsewhere_does_nothing(bench: Bench, officer: Browser) -> None:
    await officer.opens(review_link(bench))
    for mark in ("", "0" * 40, "é"):
        assert (await officer.post(AT, data={"mark": mark, "do": "accept", **GOOD})).status == 410
    assert (await officer.post(AT, data=b"\xff\xfe=1")).status == 400
    assert (await officer.post(AT, data=b"a" * 600_000)).status == 400
    assert (await officer.post(AT, data="&".join(f"v-{n}=good" for n in range(900)))).status == 400
    assert bench.row().state == "sent"


async def test_two_tabs_and_the_round_was_finished_in_one(place: Place, bench: Bench, officer: Browser) -> None:
    await officer.opens(review_link(bench))
    async with browser(place) as head:
        await head.opens(review_link(bench, "head"))
        await head.presses("save", **BAD)
        await officer.presses("save", **GOOD)
        seen = (await head.get(AT)).body.decode()
        assert 'value="unreadable" checked' not in seen, "the last mark counts"
        assert "đã được xác nhận đủ" in shown(await officer.presses("accept", **GOOD))
        late = await head.presses("return", **BAD)
        assert late.status == 409
        assert "có thể ở một cửa sổ khác" in shown(late)
        assert "đã được xác nhận đủ" in shown(late)
    assert bench.told("checked-return") == []


async def test_who_works_here_no_more_sees_nothing(bench: Bench, officer: Browser) -> None:
    await officer.opens(review_link(bench))
    bench.do(lambda s: setattr(s.get_one(Staff, bench.staff["officer"]), "ended_at", bench.now))
    for answer in (await officer.get(AT), await officer.get(f"{AT}/file/1/1"), await officer.presses("accept", **GOOD)):
        assert answer.status == 403
        assert "do người khác giữ hoặc chưa ai nhận" in shown(answer)
        assert FORM["name"] not in shown(answer)
    assert bench.row().state == "sent"


async def test_a_pre_submission_that_was_withdrawn_shows_nothing(bench: Bench, officer: Browser) -> None:
    await officer.opens(review_link(bench))
    bench.do(lambda s: setattr(s.get_one(Presubmission, CODE), "state", "withdrawn"))
    page = shown(await officer.get(AT))
    assert "Người dân đã rút bộ hồ sơ này" in page
    assert FORM["name"] not in page


async def test_a_paper_beyond_the_list_waits_for_the_head(place: Place, bench: Bench, officer: Browser) -> None:
    await officer.opens(review_link(bench))
    more = {"asked-title-2": "Bản cam kết về nơi sinh", "asked-note-2": "Chưa rõ nơi sinh"}
    assert "phải có căn cứ pháp lý" in shown(await officer.presses("return", **GOOD, **more))
    waiting = await officer.presses("return", **GOOD, **more, **{"asked-basis-2": "Điều 16 Luật Hộ tịch"})
    assert "đang chờ lãnh đạo duyệt" in shown(waiting)
    assert waiting.body.count(b'type="radio"') == 0
    async with browser(place) as head:
        page = await head.opens(review_link(bench, "head"))
        assert "Bản cam kết về nơi sinh" in shown(page)
        assert (await head.get(f"{AT}/file/1/1")).status == 200
