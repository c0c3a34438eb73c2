"""The whole story in one window: a citizen's phone on the left, the desk on the right, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.app import App
from services.clock import SystemClock
from services.db.machine import Meta
from tests.browser.test_page import Visitor, browser, says, taps
from tests.kit.house import new_database, settings_for

pytestmark = pytest.mark.browser

__all__ = ["browser"]


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """The demo on a database that is marked as one, served."""
    made = App(settings_for(new_database("sqlite", tmp_path), tmp_path), clock=SystemClock(), demo=True)
    await made.threads.write(lambda session: session.add(Meta(key="demo", value="yes")))
    await made.start(host="127.0.0.1", port=0)
    yield made
    await made.stop()


async def test_what_a_citizen_asks_for_appears_at_the_desk(app: App, browser: Browser, tmp_path: Path) -> None:
    wide = {"width": 1280, "height": 800}
    visitor = await Visitor.comes(browser, f"http://127.0.0.1:{app.port}/", tmp_path, viewport=wide)
    phone, desk = visitor.page.frame_locator("iframe"), visitor.page.locator("[data-desk]")
    await expect(desk.locator("[data-part=desk-room]")).to_be_visible()
    await expect(desk.locator("[data-part=desk-absent]")).to_be_hidden()
    await says(phone, "gặp cán bộ")
    await phone.locator(".msg.live .chip").first.click()
    await expect(phone.locator(".msg.bot .bubble").last).not_to_contain_text("1900")
    await says(phone, "Con tôi tên Nguyễn Văn Thử, tôi cần hỏi riêng")
    card = desk.locator(".msg.bot .bubble").last
    await expect(card).to_contain_text("một người dân cần gặp cán bộ")
    await expect(desk).not_to_contain_text("Nguyễn Văn Thử")
    await taps(desk, "Nhận")
    await expect(desk.locator(".msg.bot .bubble", has_text="Đã nhận việc")).to_be_visible()
    await taps(desk, "Mở khung trò chuyện")
    await expect(desk.locator(".msg.bot .bubble", has_text="/talk/")).to_be_visible()
    await expect(desk).not_to_contain_text("Nguyễn Văn Thử")
    await visitor.picture("desk")
    assert visitor.complaints == []
