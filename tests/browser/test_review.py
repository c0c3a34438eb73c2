"""The review page and the upload page in a real browser: on a phone, on a wide screen, and without scripts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Dialog, Page, Route, expect
from playwright.async_api import Error as PlaywrightError

from bot.app import App
from services.clock import SystemClock
from services.db.presubmissions import Presubmission
from tests.browser.test_page import Visitor, browser
from tests.checks.bench import CITIZEN, CODE, PAPERS, Bench
from tests.kit.house import new_database, settings_for
from tests.web.desk_kit import desk, paper, pdf, review_link, upload_link

pytestmark = pytest.mark.browser

__all__ = ["browser"]

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
WIDE: dict[str, Any] = {"viewport": {"width": 1366, "height": 800}}
PICTURES = os.environ.get("PICTURES")


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """The web part, served."""
    made = App(settings_for(new_database("sqlite", tmp_path), tmp_path), clock=SystemClock())
    await made.start(("web",), host="127.0.0.1", port=0)
    yield made
    await made.stop()


@pytest.fixture
def bench(app: App) -> Bench:
    return desk(app)


async def comes(app: App, browser: Browser, path: str, folder: Path, **more: Any) -> Visitor:
    """Open a one-time link and press its button."""
    visitor = await Visitor.comes(browser, f"http://127.0.0.1:{app.port}{path}", Path(PICTURES or folder), **more)
    await visitor.page.get_by_role("button").click()
    return visitor


async def marks(page: Page, n: int, label: str, note: str = "") -> None:
    """Mark a component."""
    part = page.locator(f"#p{n}")
    choice = part.get_by_role("radio", name=label, exact=True)
    try:
        await choice.check(force=True)
    except PlaywrightError:  # a picture that came late moved it away under the pointer
        await choice.check(force=True)
    if note:
        await part.get_by_role("combobox").fill(note)


@pytest.mark.parametrize("size", ["phone", "wide"])
async def test_an_officer_gives_back_once(app: App, bench: Bench, browser: Browser, tmp_path: Path, size: str) -> None:
    more = PHONE if size == "phone" else WIDE
    visitor = await comes(app, browser, review_link(bench), tmp_path, **more)
    page = visitor.page
    await expect(page.get_by_role("heading", name=f"Kiểm tra bộ hồ sơ {CODE}")).to_be_visible()
    await visitor.fits()
    await visitor.picture(f"review-{size}")
    photo, judge = page.locator("#p1 img"), page.locator("#p1 .judge")
    await expect(photo).to_be_visible()
    assert await photo.evaluate("img => img.decode().then(() => img.naturalWidth)") == 900
    left, right = await photo.bounding_box(), await judge.bounding_box()
    assert left is not None
    assert right is not None
    if size == "wide":
        assert left["x"] + left["width"] <= right["x"], "the paper stands beside its mark"
    else:
        assert left["y"] + left["height"] <= right["y"], "the paper stands above its mark"
    for n in (1, 4):
        await marks(page, n, "Đạt")
    await expect(page.locator("[data-part=left]")).to_have_text("Còn 1 giấy chưa đánh dấu")
    await marks(page, 2, "Mờ", "Ảnh mờ, xin chụp lại ở nơi đủ sáng")
    await expect(page.locator("[data-part=left]")).to_have_text("Đã đánh dấu đủ")
    await page.locator("#p2").scroll_into_view_if_needed()
    await visitor.picture(f"review-{size}-marked")
    await page.wait_for_timeout(1500)
    await page.reload()
    await expect(page.locator("#p2").get_by_role("radio", name="Mờ")).to_be_checked()
    await expect(page.locator("#p2").get_by_role("combobox")).to_have_value("Ảnh mờ, xin chụp lại ở nơi đủ sáng")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Trả lại một lần").click()
    await expect(page.get_by_text("đã được trả lại người dân một lần")).to_be_visible()
    await visitor.fits()
    await visitor.picture(f"review-{size}-done")
    assert visitor.complaints == []
    assert bench.row().state == "returned"


async def test_nothing_is_sent_unless_she_is_sure(app: App, bench: Bench, browser: Browser, tmp_path: Path) -> None:
    visitor = await comes(app, browser, review_link(bench), tmp_path, **WIDE)
    page = visitor.page
    for n in (1, 2, 4):
        await marks(page, n, "Đạt")
    page.once("dialog", lambda dialog: dialog.dismiss())
    await page.get_by_role("button", name="Xác nhận đủ").click()
    assert bench.row().state in ("sent", "checking")
    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Xác nhận đủ").click()
    await expect(page.get_by_text("đã được xác nhận đủ")).to_be_visible()
    assert bench.row().state == "accepted"
    assert visitor.complaints == []


@pytest.mark.parametrize("size", ["phone", "wide"])
async def test_a_missing_note_is_asked_for_at_its_place(
    app: App, bench: Bench, browser: Browser, tmp_path: Path, size: str
) -> None:
    visitor = await comes(app, browser, review_link(bench), tmp_path, **(PHONE if size == "phone" else WIDE))
    page, asked = visitor.page, list[str]()

    async def hears(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await dialog.accept()

    page.on("dialog", hears)
    left, need, note = page.locator("[data-part=left]"), page.locator("#need-2"), page.locator("[name=note-2]")
    send = page.get_by_role("button", name="Trả lại một lần")
    await marks(page, 1, "Đạt")
    await send.click()
    await expect(page.locator("[data-part=said]")).to_contain_text("Xin đánh dấu đủ mọi giấy trước")
    await marks(page, 4, "Đạt")
    await marks(page, 2, "Đạt")
    await send.click()
    await expect(page.locator("[data-part=said]")).to_contain_text("không có gì để trả lại")
    await marks(page, 2, "Mờ")
    await expect(left).to_contain_text(f"Xin ghi chú cần sửa gì cho: {PAPERS[1][0]}")
    await page.get_by_role("button", name="Xác nhận đủ").click()
    await expect(page.locator("[data-part=said]")).to_contain_text("còn giấy chưa đạt")
    await send.click()
    await expect(need).to_be_visible()
    await expect(need).to_be_in_viewport()
    await expect(note).to_be_focused()
    await visitor.fits()
    await visitor.picture(f"review-{size}-need")
    assert asked == []
    await note.fill("Xin chụp lại")
    await expect(need).to_be_hidden()
    await expect(left).to_have_text("Đã đánh dấu đủ")
    await send.click()
    await expect(page.get_by_text("đã được trả lại người dân một lần")).to_be_visible()
    assert len(asked) == 1
    assert visitor.complaints == []


async def test_the_last_mark_holds_on_a_slow_line(app: App, bench: Bench, browser: Browser, tmp_path: Path) -> None:
    visitor = await comes(app, browser, review_link(bench), tmp_path, **WIDE)
    page, under_way = visitor.page, 0

    async def slow(route: Route) -> None:
        """The first save comes late, as it may on a bad line."""
        nonlocal under_way
        under_way += 1
        await asyncio.sleep(2.0)
        await route.continue_()
        under_way -= 1

    await page.route("**/review/at/*/1", slow, times=1)
    await marks(page, 1, "Sai", "Thiếu chữ ký")
    await page.wait_for_timeout(900)
    assert under_way == 1
    await marks(page, 1, "Đạt")
    await page.get_by_role("button", name="Lưu", exact=True).click()
    await expect(page.get_by_role("status").first).to_contain_text("Đã lưu")
    await page.wait_for_timeout(1500)
    await page.reload()
    await expect(page.locator("#p1").get_by_role("radio", name="Đạt", exact=True)).to_be_checked()
    assert visitor.complaints == []


async def test_it_works_without_scripts(app: App, bench: Bench, browser: Browser, tmp_path: Path) -> None:
    visitor = await comes(app, browser, review_link(bench), tmp_path, java_script_enabled=False, **PHONE)
    page = visitor.page
    await marks(page, 1, "Sai", "Thiếu chữ ký")
    await page.get_by_role("button", name="Trả lại một lần").click()
    await expect(page.get_by_role("status")).to_contain_text("Xin đánh dấu đủ mọi giấy trước")
    await visitor.picture("review-refused")
    await marks(page, 2, "Mờ")
    await marks(page, 4, "Đạt")
    await page.get_by_role("button", name="Trả lại một lần").click()
    await expect(page.locator("#need-2")).to_be_visible()
    await expect(page.locator("#need-4")).to_be_hidden()
    for n in (2, 4):
        await marks(page, n, "Đạt")
    await page.get_by_text("Yêu cầu thêm giấy ngoài danh mục công bố").click()
    await page.locator(".beyond").scroll_into_view_if_needed()
    await visitor.picture("review-beyond")
    await page.get_by_role("button", name="Trả lại một lần").click()
    await expect(page.get_by_text("đã được trả lại người dân một lần")).to_be_visible()
    assert bench.row().state == "returned"


async def test_a_second_browser_is_sent_back_kindly(app: App, bench: Bench, browser: Browser, tmp_path: Path) -> None:
    path = review_link(bench)
    await comes(app, browser, path, tmp_path, **PHONE)
    other = await comes(app, browser, path, tmp_path, **PHONE)
    await expect(other.page.get_by_role("heading", name="Đường dẫn không còn dùng được")).to_be_visible()
    await other.fits()
    await other.picture("review-gone")


@pytest.mark.parametrize("size", ["phone", "wide"])
async def test_a_citizen_uploads_files(app: App, bench: Bench, browser: Browser, tmp_path: Path, size: str) -> None:
    bench.do(lambda s: setattr(s.get_one(Presubmission, CODE), "state", "draft"))
    path = upload_link(bench, CITIZEN, f"{CODE}#2")
    visitor = await Visitor.comes(
        browser,
        f"http://127.0.0.1:{app.port}{path}",
        Path(PICTURES or tmp_path),
        **(PHONE if size == "phone" else WIDE),
    )
    page = visitor.page
    await visitor.picture(f"upload-{size}-door")
    await page.get_by_role("button", name="Mở trang gửi tệp").click()
    await expect(page.get_by_role("heading", name=f"Gửi tệp: {PAPERS[1][0]}")).to_be_visible()
    await visitor.fits()
    await page.locator("input[type=file]").set_input_files(
        [
            {"name": "giấy chứng sinh.jpg", "mimeType": "image/jpeg", "buffer": paper("moi", (1300, 1700))},
            {"name": "hai trang.pdf", "mimeType": "application/pdf", "buffer": pdf()},
            {"name": "trống.pdf", "mimeType": "application/pdf", "buffer": b""},
        ]
    )
    await page.get_by_role("button", name="Gửi", exact=True).click()
    await expect(page.get_by_role("status").first).to_contain_text("Đã nhận: giấy chứng sinh.jpg")
    await visitor.fits()
    await visitor.picture(f"upload-{size}")
    assert visitor.complaints == []
