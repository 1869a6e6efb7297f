"""Take the pictures of the README from a demo that is played through: `python -m tests.journeys.picture`."""

import asyncio
import io
import sys
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Browser, Page, expect

from bot import sample
from tests.browser import chromium, opened
from tests.journeys.newcomer import Chats, Demo

DOCS: Final = Path(__file__).parents[2] / "docs"
SAMPLE: Final = Path(sample.__file__).parent
WIDTH, HEIGHT, SHARPNESS = 1000, 1160, 1.2
"""A page of 1000 points, 1200 pixels wide: it reads well at the width of a README."""
NEIGHBOURS: Final = ("Rosalba", "Don Hernán", "Luz Dary")


async def main() -> None:
    """Play the demo and write both pictures."""
    program = chromium()
    if program is None:
        sys.exit("there is no Chromium on the path")
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(Path(folder))
        await demo.start()
        await demo.next_morning()
        try:
            async with opened(program) as browser:
                await take(browser, demo)
        finally:
            await demo.stop()


async def take(browser: Browser, demo: Demo) -> None:
    """Sign people up and let reminders come, then publish commitments and move one; a picture of each."""
    page = await sharp_page(browser)
    await page.goto(demo.chat)
    chats = Chats(page)
    for name in NEIGHBOURS:
        await sign_up(chats, name)
    await chats.add("Emily", "en")
    await chats.begin()
    await chats.hears("Water for every village")
    for _ in range(4):
        await chats.move("P1D")
    await sign_up(chats, "María")
    await page.mouse.move(WIDTH / 2, HEIGHT - 1)
    await page.evaluate("document.activeElement.blur()")
    keep(await page.screenshot(animations="disabled"), "chat.png")

    for _ in range(3):
        await chats.move("P7D")
    evidence = demo.folder / "acta-visita-el-silencio.pdf"
    evidence.write_bytes((SAMPLE / "informe-agua.pdf").read_bytes())
    await demo.command("commitment", "import", str(SAMPLE / "compromisos.yaml"))
    await demo.command("commitment", "publish", "agua-2026")
    await chats.move("P7D")
    tank = ("commitment", "update", "agua-2026", "tanque")
    note = "La comunidad y el acueducto escogieron el lote de la escuela. Falta contratar la obra."
    await demo.command(
        *tank, "--status", "in_progress", "--progress", "25", "--note", note, "--evidence", str(evidence)
    )
    await chats.move("P7D")
    await demo.command(*tank, "--progress", "40", "--note", "Se contrató la obra; el tanque se empieza en febrero.")
    public = await sharp_page(browser)
    await public.goto(f"{demo.pages}/commitments/agua-2026/tanque")
    await expect(public.locator(".history > li")).to_have_count(3)
    height = await public.evaluate("document.querySelector('main').getBoundingClientRect().bottom")
    await public.set_viewport_size({"width": WIDTH, "height": int(height) - 20})
    keep(await public.screenshot(animations="disabled"), "portal.png")


async def sharp_page(browser: Browser) -> Page:
    """Open an empty page of the pictures' size."""
    context = await browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SHARPNESS, locale="es-CO"
    )
    return await context.new_page()


async def sign_up(chats: Chats, name: str) -> None:
    """Give a person a place."""
    await chats.add(name)
    await chats.begin()
    await chats.hears("Agua para todas las veredas")
    await chats.tap("Quiero ir")
    await chats.tap("Soy mayor de edad y acepto")
    await chats.hears("¿Quién más viene?")


def keep(png: bytes, name: str) -> None:
    """Write a picture as small as it goes without a loss."""
    Image.open(io.BytesIO(png)).convert("RGB").save(DOCS / name, optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
