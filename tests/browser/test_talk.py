"""The officer's talk page and the chat page on a slow line: every message stands there once."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect
from sqlalchemy import select

from bot.app import App
from services import talks
from services.db.desk import OfficerTalk
from tests.browser.test_desk import app
from tests.browser.test_page import SMALL, Visitor, browser, bubbles, says, taps

pytestmark = pytest.mark.browser

__all__ = ["app", "browser"]

WIDE = {"width": 1280, "height": 800}


async def slows(page: Page, pattern: str, seconds: float) -> None:
    """Let every answer of these addresses come late."""

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await asyncio.sleep(seconds)
        await route.fulfill(response=answer)

    await page.context.route(pattern, late)


async def opens_a_talk(app: App, browser: Browser, folder: Path) -> Visitor:
    """A citizen writes to an officer, who takes the talk at the demo's desk and opens its page."""
    visitor = await Visitor.comes(browser, f"http://127.0.0.1:{app.port}/", folder, viewport=WIDE)
    phone, desk = visitor.page.frame_locator("iframe"), visitor.page.locator("[data-desk]")
    await expect(desk.locator("[data-part=desk-room]")).to_be_visible()
    await says(phone, "gặp cán bộ")
    await phone.locator(".msg.live .chip").first.click()
    await expect(phone.locator(".msg.bot .bubble").last).not_to_contain_text("1900")
    await says(phone, "Con tôi tên Nguyễn Văn Thử, tôi cần hỏi riêng")
    await expect(desk.locator(".msg.bot .bubble").last).to_contain_text("một người dân cần gặp cán bộ")
    await taps(desk, "Nhận")
    await taps(desk, "Mở khung trò chuyện")
    link = desk.locator(".msg.bot .bubble", has_text="/talk/")
    await expect(link).to_be_visible()
    found = re.search(r"/talk/[\w-]+", await link.inner_text())
    assert found
    path = found[0]
    officer = await Visitor.comes(browser, f"http://127.0.0.1:{app.port}{path}", folder, viewport=WIDE)
    await officer.page.get_by_role("button").click()
    await expect(officer.page.locator(".lines")).to_contain_text("tôi cần hỏi riêng")
    return officer


async def test_an_officers_message_stands_once_on_a_slow_line(app: App, browser: Browser, tmp_path: Path) -> None:
    officer = await opens_a_talk(app, browser, tmp_path)
    page = officer.page
    await slows(page, "**/lines*", 0.5)
    for number in range(1, 7):
        await page.get_by_role("textbox").fill(f"Chào bà, tin số {number}.")
        await page.locator("button.go").click()
        await expect(page.locator("article.officer", has_text=f"tin số {number}.").first).to_be_visible()
        await page.wait_for_timeout(300)  # so that timer and press meet at many distances
    await page.wait_for_timeout(1200)
    shown = await page.locator("article.officer p").all_inner_texts()
    assert shown == [f"Chào bà, tin số {number}." for number in range(1, 7)]
    numbers = await page.locator("article").evaluate_all("all => all.map(one => Number(one.dataset.n))")
    assert numbers == sorted(set(numbers))
    assert officer.complaints == []


async def test_pressing_twice_sends_once(app: App, browser: Browser, tmp_path: Path) -> None:
    page = (await opens_a_talk(app, browser, tmp_path)).page
    await slows(page, "**/talk/at/*", 0.5)
    await page.get_by_role("textbox").fill("Xin chờ một chút.")
    await page.locator("button.go").dblclick()
    await expect(page.locator("article.officer")).to_contain_text("Xin chờ một chút.")
    await page.wait_for_timeout(2500)
    assert await page.locator("article.officer").count() == 1

    def said(session: object) -> list[str]:
        talk = session.scalars(select(OfficerTalk)).one()  # type: ignore[attr-defined]
        return [one.text for one in talks.lines(session, app.keys, talk.id) if one.side == "officer"]  # type: ignore[arg-type]

    assert await app.threads.read(said) == ["Xin chờ một chút."]


async def test_a_message_whose_answer_is_lost_is_said_once(app: App, browser: Browser, tmp_path: Path) -> None:
    page = (await opens_a_talk(app, browser, tmp_path)).page
    lost: list[str] = []

    async def loses(route: Route) -> None:
        if route.request.method != "POST" or lost:
            return await route.continue_()
        lost.append(route.request.url)
        await route.fetch()
        return await route.abort()

    await page.context.route("**/talk/at/*", loses)
    for words in ("Xin chờ một chút.", "Tôi đang xem hồ sơ."):
        await page.get_by_role("textbox").fill(words)
        await page.locator("button.go").click()
        await expect(page.locator("article.officer", has_text=words)).to_have_count(1)
    assert lost
    assert await page.locator("article.officer p").all_inner_texts() == ["Xin chờ một chút.", "Tôi đang xem hồ sơ."]


async def test_a_citizens_messages_stand_once_on_a_slow_line(app: App, browser: Browser, tmp_path: Path) -> None:
    visitor = await Visitor.comes(browser, f"http://127.0.0.1:{app.port}/chat", tmp_path, viewport=SMALL)
    page = visitor.page
    await slows(page, "**/chat/messages*", 0.5)
    await page.route("**/chat/stream*", lambda route: route.abort())  # the slowest way: polling alone
    for text in ("menu", "lịch làm việc", "menu"):
        await says(page, text)
        await page.wait_for_timeout(200)
    await expect(page.locator(".msg.own")).to_have_count(3)
    await expect(bubbles(page).last).to_contain_text("Ông/Bà cần hỏi thủ tục gì?", timeout=20_000)
    await page.wait_for_timeout(4000)
    own = await page.locator(".msg.own .bubble > p").all_inner_texts()
    assert own == ["menu", "lịch làm việc", "menu"]
    hours = bubbles(page).filter(has_text="07:30–11:30")
    assert await hours.count() == 1
