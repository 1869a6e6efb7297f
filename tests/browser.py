"""A real browser for the tests of pages: the Chromium that is on the path, driven by Playwright."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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


def chromium() -> str | None:
    """Find the browser's program."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


@asynccontextmanager
async def opened(program: str) -> AsyncIterator[Browser]:
    """Open a browser while inside."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield started
        await started.close()


@pytest_asyncio.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Lend a module a browser; without one its tests are skipped, or fail where CONVOCA_REQUIRE_BROWSER=1 wants it."""
    program = chromium()
    if program is None:
        if os.environ.get("CONVOCA_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium on the path, and CONVOCA_REQUIRE_BROWSER=1", pytrace=False)
        pytest.skip("no Chromium on the path: pages are not looked at")
    async with opened(program) as started:
        yield started
