"""The pages in a real browser: a person types, taps and reads, on a small phone and beside the desk."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, FrameLocator, Locator, Page, async_playwright, expect

from bot.app import App
from services.clock import SystemClock
from tests.kit.house import new_database, settings_for

pytestmark = pytest.mark.browser

SMALL = {"width": 360, "height": 740}
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """The demo, served."""
    settings = settings_for(new_database("sqlite", tmp_path), tmp_path)
    made = App(settings, clock=SystemClock(), demo=True)
    await made.start(host="127.0.0.1", port=0)
    yield made
    await made.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium of this machine."""
    program = os.environ.get("CHROMIUM") or next((found for name in NAMES if (found := shutil.which(name))), None)
    assert program, "no Chromium: name one with CHROMIUM"
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        await started.close()


class Visitor:
    """One person at the page, and every complaint that the browser had."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self._folder = page, folder
        self.complaints: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url')})")

    @classmethod
    async def comes(cls, browser: Browser, url: str, folder: Path, **more: Any) -> Visitor:
        """Open `url` in a fresh browser of a given size."""
        context = await browser.new_context(locale="vi-VN", **more)
        made = cls(await context.new_page(), folder)
        await made.page.goto(url)
        return made

    async def picture(self, name: str) -> None:
        """Keep what is seen."""
        path = self._folder / f"{name}.png"
        await self.page.screenshot(path=path)
        assert path.stat().st_size > 5_000

    async def fits(self) -> None:
        """Nothing is wider than the screen."""
        wide = await self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{wide} pixels too wide"


Where = Page | FrameLocator | Locator


async def says(where: Where, text: str) -> None:
    """Type and send."""
    await where.get_by_role("textbox", name="Tin nhắn").fill(text)
    await where.get_by_role("button", name="Gửi", exact=True).click()


async def taps(where: Where, label: str) -> None:
    """Tap the newest choice with this label."""
    await where.locator(f'.msg.live .chip:has(> span:text-is("{label}"))').click()


def bubbles(where: Where) -> Any:
    """What the bot said."""
    return where.locator(".msg.bot .bubble")


async def asks_for_birth_papers(where: Where) -> None:
    """From the question to the list of papers, by tapping."""
    await says(where, "làm giấy khai sinh")
    await expect(where.locator(".msg.live .chip").first).to_be_visible()
    # One procedure answers at once, several are offered first: either way the card is one tap away.
    if await where.locator(".msg.live .chip", has_text="Giấy tờ cần có").count() == 0:
        await where.locator(".msg.live .chip", has_text="Đăng ký khai sinh").first.click()
    await taps(where, "Giấy tờ cần có")
    await taps(where, "Cha hoặc mẹ")
    await taps(where, "Có giấy chứng sinh")
    await taps(where, "Đã đăng ký")
    await expect(bubbles(where).last).to_contain_text("Giấy chứng sinh")
    await expect(bubbles(where).last).to_contain_text("Giấy tờ nộp:")


async def test_a_small_phone_from_the_question_to_the_papers(app: App, browser: Browser, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{app.port}/chat"
    visitor = await Visitor.comes(browser, url, tmp_path, viewport=SMALL, has_touch=True, is_mobile=True)
    page = visitor.page
    await expect(page.get_by_role("heading", name="Kính chào Ông/Bà")).to_be_visible()
    await expect(page.get_by_role("heading", name="phường Một Cửa")).to_be_visible()
    await visitor.fits()
    await visitor.picture("welcome")
    await asks_for_birth_papers(page)
    await visitor.fits()
    await visitor.picture("papers")
    chips = page.locator(".chip.chosen")
    assert await chips.count() >= 4, "what was tapped stays marked"
    shown = await page.locator(".msg").all_inner_texts()
    await page.reload()
    await expect(bubbles(page).last).to_contain_text("Giấy tờ nộp:")
    assert await page.locator(".msg").count() == len(shown), "the history is all there after a reload"
    await visitor.fits()
    await says(page, "lịch làm việc")
    await expect(bubbles(page).last).to_contain_text("07:30–11:30")
    assert visitor.complaints == []


async def test_the_end_clears_this_device(app: App, browser: Browser, tmp_path: Path) -> None:
    visitor = await Visitor.comes(browser, f"http://127.0.0.1:{app.port}/chat", tmp_path, viewport=SMALL)
    page = visitor.page
    await says(page, "menu")
    await expect(bubbles(page).last).to_contain_text("Ông/Bà cần hỏi thủ tục gì?")
    await page.get_by_role("button", name="Kết thúc").click()
    await page.get_by_role("button", name="Ở lại").click()
    await expect(bubbles(page).last).to_be_visible()
    await page.get_by_role("button", name="Kết thúc").click()
    await page.get_by_role("button", name="Kết thúc và xóa").click()
    await expect(page.get_by_role("heading", name="Đã kết thúc")).to_be_visible()
    assert await page.locator(".msg").count() == 0
    assert await page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('motcua:'))") == []
    await visitor.picture("ended")
    await page.reload()
    await expect(page.get_by_role("heading", name="Kính chào Ông/Bà")).to_be_visible()
    assert await page.locator(".msg").count() == 0
    await says(page, "menu")
    await expect(bubbles(page).first).to_contain_text("Kính chào Ông/Bà")
    assert visitor.complaints == []


async def test_what_is_typed_is_shown_as_typed(app: App, browser: Browser, tmp_path: Path) -> None:
    visitor = await Visitor.comes(browser, f"http://127.0.0.1:{app.port}/chat", tmp_path, viewport=SMALL)
    for odd in ("<img src=x onerror=alert(1)>", "**đậm** [a](javascript:alert(1))", "a" * 3000):
        await says(visitor.page, odd)
        await expect(visitor.page.locator(".msg.own .bubble").last).to_contain_text(odd)
    await expect(bubbles(visitor.page).nth(3)).to_be_visible()
    assert await visitor.page.locator(".msg img, .msg a").count() == 0
    await visitor.fits()
    assert visitor.complaints == []


async def test_the_other_language(app: App, browser: Browser, tmp_path: Path) -> None:
    visitor = await Visitor.comes(browser, f"http://127.0.0.1:{app.port}/chat", tmp_path, viewport=SMALL)
    page = visitor.page
    await page.get_by_role("button", name="EN: English").click()
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "en"
    await expect(bubbles(page).last).to_be_visible()
    await page.get_by_role("textbox").fill("menu")
    await page.get_by_role("textbox").press("Enter")
    await expect(bubbles(page).last).to_contain_text("Which procedure")
    await visitor.fits()
    assert visitor.complaints == []


async def test_the_demo_shows_a_phone_that_works(app: App, browser: Browser, tmp_path: Path) -> None:
    wide = {"width": 1280, "height": 800}
    visitor = await Visitor.comes(browser, f"http://127.0.0.1:{app.port}/", tmp_path, viewport=wide)
    page = visitor.page
    phone = page.frame_locator("iframe")
    await expect(phone.get_by_role("textbox", name="Tin nhắn")).to_be_visible()
    await asks_for_birth_papers(phone)
    await visitor.picture("demo")
    await page.get_by_role("button", name="Gặp cán bộ").first.click()
    await expect(bubbles(phone).last).to_contain_text("1900 0000")
    await page.set_viewport_size(SMALL)
    await visitor.fits()
    await visitor.picture("demo-small")
    # A server without a desk says so with 404, which the browser reports; nothing else may be wrong.
    assert [told for told in visitor.complaints if "/demo/desk/" not in told] == []
