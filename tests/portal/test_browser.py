"""The pages in a real browser: nothing is refused, nothing overflows, and a keyboard is enough."""

from typing import Literal

import pytest
from playwright.async_api import Browser

from tests.browser import browser
from tests.factories import NOW
from tests.portal.conftest import Shown
from tests.portal.test_pages import PAGES

__all__ = ["browser"]  # the fixture of this file's tests

pytestmark = pytest.mark.xdist_group("browser")  # one serves all


@pytest.mark.parametrize("width", [1280, 390, 320])
async def test_pages_fit_and_load_nothing_else(browser: Browser, portal: Shown, width: int) -> None:
    page = await browser.new_page(viewport={"width": width, "height": 844})
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES[:-1]:
        await page.goto(str(portal.client.make_url(path)))
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert await page.evaluate("getComputedStyle(document.querySelector('.name')).fontWeight") == "700"
        assert await page.locator("h1").count() == 1
        assert await page.locator("main").count() == 1
    assert complaints == []
    assert all(url.startswith(str(portal.client.make_url("/"))) for url in asked)


CONTRASTS = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((each) => each / 255)
      .map((each) => (each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility()) continue;
    const [one, other] = [light(getComputedStyle(element).color), light(behind(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) faint.push(`${text}: ${contrast.toFixed(2)}`);
  }
  return faint;
}"""
"""Texts whose contrast with what is behind them is under WCAG's 4.5:1 (AA)."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_can_be_read(browser: Browser, portal: Shown, scheme: Literal["light", "dark"]) -> None:
    page = await browser.new_page(color_scheme=scheme)
    portal.now = NOW.replace(year=2027, month=7, day=2)  # a commitment is overdue
    for path in PAGES:
        await page.goto(str(portal.client.make_url(path)))
        assert await page.evaluate(CONTRASTS) == [], path


async def test_a_printed_meeting_says_where_to_go(browser: Browser, portal: Shown) -> None:
    page = await browser.new_page(locale="en-GB", color_scheme="dark")
    await page.goto(str(portal.client.make_url("/meetings/vias")))
    await page.emulate_media(media="print")
    picture = page.get_by_role("img", name="QR code")
    assert await picture.is_visible()
    assert await picture.evaluate("it => it.complete && it.naturalWidth > 0")
    said = await page.locator(".panel .button").evaluate("it => getComputedStyle(it, '::after').content")
    assert "https://t.me/convoca_bot?start=m_vias" in said
    assert await page.get_by_role("navigation").count() == 0
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


async def test_a_keyboard_reads_from_the_list_to_a_commitments_history(browser: Browser, portal: Shown) -> None:
    page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="en-GB")
    await page.goto(str(portal.client.make_url("/")))
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Go to the content"
    await page.keyboard.press("Tab")
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    await page.get_by_role("link", name="Water for all").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Water for all", level=1).wait_for()
    await page.get_by_role("link", name="Clean the wells", exact=True).focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="What has happened").wait_for()
    steps = page.get_by_role("main").locator("ol > li")
    assert await steps.count() == 2
    assert "Llovió mucho" in await steps.first.inner_text()
    await page.get_by_role("link", name="Español").click()
    await page.get_by_role("heading", name="Limpiar los pozos", level=1).wait_for()
