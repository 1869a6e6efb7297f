"""The pages in a real browser: nothing is refused, nothing overflows, and a keyboard is enough."""

import pytest
from playwright.async_api import Browser

from tests.browser import browser
from tests.portal.conftest import Shown
from tests.portal.test_pages import PAGES

__all__ = ["browser"]  # the fixture of this file's tests


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


async def test_a_keyboard_reads_from_the_list_to_a_commitments_history(browser: Browser, portal: Shown) -> None:
    page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="en-GB")
    await page.goto(str(portal.client.make_url("/")))
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Go to the content"
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
