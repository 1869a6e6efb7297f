"""A real browser for the tests of pages: the Chromium that is on the path, driven by Playwright."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """Lend a browser; without one the test is skipped, or fails where CONVOCA_REQUIRE_BROWSER=1 wants it."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        if os.environ.get("CONVOCA_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium on the path, and CONVOCA_REQUIRE_BROWSER=1", pytrace=False)
        pytest.skip("no Chromium on the path: pages are not looked at")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield opened
        await opened.close()
