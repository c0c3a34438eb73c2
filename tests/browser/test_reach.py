"""The chat page for everybody: small phones, large letters, a keyboard alone, weak eyes, a reader that speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from bot.app import App
from tests.browser.test_page import Visitor, app, browser, bubbles, says

pytestmark = pytest.mark.browser

__all__ = ["app", "browser"]

_FAINT = """() => {
  const read = (colour) => { const found = colour.match(/[\\d.]+/g).map(Number); return [...found, 1].slice(0, 4); };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const light = (colour) => colour.slice(0, 3)
    .map((part) => part / 255).map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const faint = [];
  for (const node of document.querySelectorAll("body *")) {
    const style = getComputedStyle(node), box = node.getBoundingClientRect();
    const speaks = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!speaks || !box.width || style.visibility === "hidden" || node.closest(".unseen, .skip")) continue;
    const layers = [];
    let shown = 1;
    for (let at = node; at; at = at.parentElement) {
      layers.unshift(read(getComputedStyle(at).backgroundColor));
      shown *= Number(getComputedStyle(at).opacity);
    }
    const below = layers.reduce((under, layer) => over(layer, under), [255, 255, 255]);
    const ink = read(style.color);
    ink[3] *= shown;
    const [one, other] = [light(over(ink, below)), light(below)].sort((a, b) => b - a);
    if ((one + 0.05) / (other + 0.05) < 4.5) faint.push(node.textContent.trim().slice(0, 40));
  }
  return faint;
}"""
_SMALL = """() => [...document.querySelectorAll("button, a, textarea, summary")].filter((node) => {
  const box = node.getBoundingClientRect(), more = getComputedStyle(node, "::after");
  if (!box.width || getComputedStyle(node).visibility === "hidden") return false;
  const reach = more.position === "absolute" && more.content !== "none" ? parseFloat(more.top) : 0;
  return box.height - 2 * Math.min(reach, 0) < 43.5;
}).map((node) => node.className)"""


async def comes(app: App, browser: Browser, folder: Path, width: int, height: int, **more: Any) -> Visitor:
    """Open the chat page at this size."""
    size = {"width": width, "height": height}
    visitor = await Visitor.comes(browser, f"http://127.0.0.1:{app.port}/chat", folder, viewport=size, **more)
    await expect(visitor.page.get_by_role("heading", name="phường Một Cửa")).to_have_count(1)
    return visitor


async def asks(page: Page) -> None:
    """A question with choices as its answer."""
    await says(page, "làm giấy khai sinh")
    await expect(page.locator(".msg.live .chip").first).to_be_visible()


@pytest.mark.parametrize("width", [320, 360, 412])
async def test_the_offices_name_is_whole(app: App, browser: Browser, tmp_path: Path, width: int) -> None:
    visitor = await comes(app, browser, tmp_path, width, 640)
    name = visitor.page.locator(".office")
    await expect(name).to_contain_text("(thử nghiệm)")
    assert await name.evaluate("name => name.scrollHeight - name.clientHeight") <= 0
    assert await visitor.page.locator(".bar").evaluate("bar => bar.offsetHeight") <= 96
    await visitor.fits()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_all_words_are_plain_to_see_and_all_buttons_to_press(
    app: App, browser: Browser, tmp_path: Path, scheme: str
) -> None:
    page = (await comes(app, browser, tmp_path, 360, 640, color_scheme=scheme)).page
    assert await page.evaluate(_FAINT) == []
    assert await page.evaluate(_SMALL) == []
    await asks(page)
    await page.get_by_role("button", name="Từ hay dùng").click()
    await page.wait_for_timeout(400)  # the newest message has faded in
    assert await page.evaluate(_FAINT) == []
    assert await page.evaluate(_SMALL) == []
    await page.get_by_role("button", name="Kết thúc").click()
    assert await page.evaluate(_FAINT) == []
    assert await page.evaluate(_SMALL) == []


@pytest.mark.parametrize(("width", "height"), [(640, 400), (206, 366), (180, 320)])
async def test_twice_as_large_needs_no_scrolling_sideways(
    app: App, browser: Browser, tmp_path: Path, width: int, height: int
) -> None:
    """A page that is enlarged to 200 % has half the room; here for a desk and for two phones."""
    visitor = await comes(app, browser, tmp_path, width, height)
    await visitor.fits()
    await asks(visitor.page)
    await visitor.fits()
    name, field, log = (visitor.page.locator(part) for part in (".office", "textarea", ".log"))
    for part, least in ((name, 120), (field, 80)):
        assert await part.evaluate("part => part.clientWidth") >= least
    assert await log.evaluate("log => log.clientHeight") >= 80


async def test_a_keyboard_alone_goes_from_top_to_bottom(app: App, browser: Browser, tmp_path: Path) -> None:
    page = (await comes(app, browser, tmp_path, 360, 640)).page
    await asks(page)
    await page.reload()
    await expect(page.locator(".msg.live .chip").first).to_be_visible()
    tops, names = [], []
    for _ in range(40):
        await page.keyboard.press("Tab")
        where = await page.evaluate("""() => {
          const node = document.activeElement, style = getComputedStyle(node), field = node.closest(".field");
          const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
          const frame = Boolean(field) && getComputedStyle(field).boxShadow !== "none";
          const parts = [...document.querySelectorAll(".skip, .bar, .log, .composer")];
          return [node.className || node.id, ring || frame, parts.findIndex((part) => part.contains(node))];
        }""")
        if where[2] < 0:
            break
        assert where[1], f"no ring around {where[0]}"
        names.append(where[0])
        tops.append(where[2])
    assert names[0] == "skip"
    assert "message" in names
    assert tops == sorted(tops)
    await page.locator(".skip").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox")).to_be_focused()


async def test_new_messages_are_read_aloud_and_nothing_moves_for_whoever_asks(
    app: App, browser: Browser, tmp_path: Path
) -> None:
    page = (await comes(app, browser, tmp_path, 360, 640, reduced_motion="reduce")).page
    await asks(page)
    log = page.get_by_role("log")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log).to_have_attribute("aria-busy", "false")
    await expect(log.locator(".msg").last).to_be_visible()
    assert await bubbles(page).last.evaluate("node => node.closest('[aria-live]').dataset.part") == "log"
    assert await page.evaluate("document.getAnimations().length") == 0
    assert await page.locator(".msg").last.evaluate("node => getComputedStyle(node).animationName") == "none"
