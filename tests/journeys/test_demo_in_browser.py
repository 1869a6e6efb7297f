"""The demo as a newcomer tries it: two meetings, four people and fifty days, in a browser and at the command line."""

from datetime import datetime
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from bot import sample
from tests.browser import browser
from tests.journeys.newcomer import Chats, Demo
from tests.simulator.chat_page import visit

__all__ = ["browser"]  # the fixture of this file's test

COMMITMENTS = Path(sample.__file__).with_name("compromisos.yaml")
SMALL = """
entities:
  - code: infraestructura
    name: {es: Secretaría de Infraestructura, en: Roads Department}
    pqrsd: https://infraestructura.example/pqrsd
    privacy: https://infraestructura.example/datos
meeting:
  code: vias-2026
  title: {es: Vías para el campo, en: Roads for the countryside}
  policy: {es: Plan de Vías 2024–2027, en: Roads Plan 2024–2027}
  objective: {es: Conversar sobre las vías de las veredas., en: To talk about the roads of the villages.}
  venue: {name: Escuela La Loma, address: Vereda La Loma, landmark: {es: al lado de la cancha, en: next to the field}}
  contact: {phone: "+57 601 555 0200"}
  starts_at: in 27 days at 14:00
  ends_at: in 27 days at 17:00
  timezone: America/Bogota
  capacity: 3
workshops:
  - number: 1
    topic: {es: Caminos veredales, en: Village roads}
    room: Salón 1
    capacity: 30
    facilitator: Ana Ruiz
    rapporteur: Leonardo Paz
    public_servant: Ing. Sol Mora
"""


async def test_a_newcomer_plays_a_whole_dialogue(browser: Browser, demo: Demo) -> None:
    async with visit(browser, demo.chat) as page:
        chats = Chats(page)
        await expect(page.get_by_text("Este es un Telegram de práctica")).to_be_visible()
        await maria_taps(chats)
        await emily_follows_a_poster(chats, demo)
        await jorge_types(chats)
        await a_fourth_waits_and_takes_the_place_given_up(chats, demo)
        await reminders_come(chats)
        await workshops_are_told(chats)
        await the_day_comes_and_feedback_is_given(chats)
        await commitments_are_told_once(chats, demo)
        for how in ("P7D", "P7D", "P7D", "P7D", "P1D", "P1D"):
            await chats.move(how)
    for width in (1280, 390):
        async with visit(browser, demo.pages, viewport={"width": width, "height": 844}) as page:
            await the_public_page_tells_it_all(page, width)
    await a_second_start_goes_on(browser, demo)


async def maria_taps(chats: Chats) -> None:
    """Two taps in the chat give a place; the questions come after it."""
    await chats.page.get_by_role("button", name="Añadir a María").click()
    await expect(chats.page.locator("#chat-status")).to_contain_text("María")
    await chats.begin()
    await chats.hears("Agua para todas las veredas", "170 puestos", "no es para casos particulares")
    await chats.tap("Quiero ir")
    await chats.hears("Alcaldía de Puerto Sereno", "Sus derechos")
    await chats.tap("Soy mayor de edad y acepto")
    await chats.has_heard("María, su puesto está guardado", "Casa de la Cultura", "Su código")
    await expect(chats.page.locator("#pinned")).to_contain_text("María, su puesto está guardado")
    await chats.hears("¿Quién más viene?")
    await chats.tap("Voy solo(a)")
    await chats.hears("¿Cómo le gusta que le digan?")
    await chats.tap("Así está bien")
    await chats.hears("necesidad de apoyo", "Es un dato de salud")
    await chats.tap("Ninguna")
    await chats.hears("¿Qué temas le interesan más?")
    await chats.tap("3. Calidad del agua")
    await chats.tap("Listo")
    await chats.hears("¿Qué edad tiene?")
    await chats.tap("60+")
    await chats.hears("¿Dónde vive?")
    await chats.tap("Zona rural")
    await chats.hears("¿Nos deja un teléfono?")
    await chats.page.get_by_role("button", name="Ahora no").last.click()
    await chats.hears("Gracias, eso es todo", "Sus temas: Calidad del agua")
    await chats.tap("Mi puesto")
    await chats.tap("Código QR")
    await expect(chats.said.last.get_by_role("img")).to_be_visible()
    await chats.hears("Código: ")


async def emily_follows_a_poster(chats: Chats, demo: Demo) -> None:
    """The link of a poster opens the meeting's card, and everything is said in English."""
    await chats.add("Emily", "en")
    await chats.page.goto(f"{demo.chat}/?start=m_agua-2026")
    await chats.page.locator(".person", has_text="Emily").click()
    await chats.hears("Water for every village", "169 places left")
    await chats.tap("I want to go")
    await chats.tap("I am of age and I accept")
    await chats.has_heard("Emily, your place is kept", "House of Culture")
    await expect(chats.page.locator("#chat-name")).to_have_text("Convoca")


async def jorge_types(chats: Chats) -> None:
    """Words and numbers are enough: nothing is tapped in the chat."""
    await chats.add("Jorge")
    await chats.begin()
    await chats.hears("168 puestos")
    await chats.write("quiero ir")
    await chats.hears("Sus derechos")
    await chats.write("sí acepto")
    await chats.hears("¿Quién más viene?")
    await chats.write("voy solo")
    await chats.hears("¿Cómo le gusta que le digan?")
    await chats.write("Don Jorge")
    await chats.hears("necesidad de apoyo")
    await chats.write("ninguna")
    await chats.hears("¿Qué temas le interesan más?")
    await chats.write("2, 4")
    await chats.hears("¿Qué edad tiene?")
    await chats.write("29-59")
    await chats.hears("¿Dónde vive?")
    await chats.write("ninguno")
    await chats.hears("¿Nos deja un teléfono?")
    await chats.write("300 555 0103")
    await chats.hears("Su nombre: Don Jorge", "Agua en las veredas bajas, Tarifas y subsidios")


async def a_fourth_waits_and_takes_the_place_given_up(chats: Chats, demo: Demo) -> None:
    """A second meeting of three places, from a file; who gives a place up makes room for who waits."""
    (demo.folder / "vias.yaml").write_text(SMALL, encoding="utf-8")
    await demo.command("meeting", "import", "vias.yaml")
    assert "3 is under 40" in await demo.command("meeting", "convene", "vias-2026")  # M3, and nothing to stop it
    await chats.open("María")
    for name, words, yes in (
        ("María", ("/encuentros", "Vías para el campo", "quiero ir", "sí acepto"), "María, su puesto está guardado"),
        ("Jorge", ("/encuentros", "2", "quiero ir", "sí acepto"), "Don Jorge, su puesto está guardado"),
        ("Emily", ("/meetings", "2", "I want to go", "I accept"), "Emily, your place is kept"),
    ):
        await chats.open(name)
        for each in words:
            before = await chats.said.count()
            await chats.write(each)
            await expect(chats.said.nth(before)).to_be_visible(timeout=20_000)
        await chats.has_heard(yes, "Escuela La Loma")
    await chats.add("Rosalba")
    await chats.begin()
    await chats.hears("Ya no quedan puestos; hay lista de espera.")
    await chats.tap("Vías para el campo")
    await chats.tap("Entrar a la lista de espera")
    await chats.tap("Soy mayor de edad y acepto")
    await chats.has_heard("usted es el número 1 en la lista de espera")

    await chats.open("Jorge")
    await chats.write("/mis")
    await chats.hears("Mis encuentros", "Vías para el campo")
    await chats.write("2")
    await chats.hears("Escuela La Loma")
    await chats.write("no puedo ir")
    await chats.hears("quedó libre", "2 minutos")
    await chats.move("P1D")

    await expect(chats.page.locator(".person", has_text="Rosalba")).to_contain_text("Se liberó un puesto")
    await chats.open("Rosalba")
    await chats.has_heard("Se liberó un puesto para usted", "Puede tomarlo hasta el")
    await chats.tap("Lo tomo")
    await chats.has_heard("Rosalba, su puesto está guardado", "Escuela La Loma")


async def reminders_come(chats: Chats) -> None:
    """Fifteen days ahead, each in her language; the first brings the report."""
    for _ in range(5):
        await chats.move("P1D")
    await chats.open("María")
    await chats.has_heard("María, le esperamos", "Faltan 15 días", "Lea antes el informe (PDF")
    await expect(chats.said.last.get_by_role("link", name="informe-agua.pdf")).to_be_visible()
    await chats.tap("Confirmo")
    await chats.hears("Gracias: contamos con usted")
    await chats.open("Emily")
    await chats.has_heard("Emily, we expect you", "15 days to go")


async def workshops_are_told(chats: Chats) -> None:
    """A week ahead, in the reminder of that day."""
    await chats.move("P7D")
    await chats.move("P1D")
    await chats.open("María")
    await chats.has_heard("Agua para todas las veredas", "Faltan 7 días", "Tema: Calidad del agua", "Salón: Biblioteca")
    await chats.has_heard("Agua para todas las veredas", "Faltan 7 días", "Usted ya confirmó que viene")
    await chats.open("Jorge")
    await chats.has_heard("Vías para el campo", "Faltan", times=0)
    await chats.open("Rosalba")
    await chats.has_heard("Vías para el campo", "Faltan 15 días")


async def the_day_comes_and_feedback_is_given(chats: Chats) -> None:
    """The last reminder has place, code and phone; after the meeting one tap answers each question."""
    await chats.move("P7D")
    await chats.open("María")
    await chats.has_heard("Agua para todas las veredas", "Faltan 3 días")
    await chats.has_heard(
        "Agua para todas las veredas", "Su código", "portón verde", "le esperamos", "+57 601 555 0100"
    )
    await chats.has_heard("¿Pudo ir?", "Agua para todas las veredas")
    await chats.tap("Sí, fui")
    for number in range(1, 5):
        await chats.hears(f"Pregunta {number} de 6")
        await chats.tap("5: del todo")
    await chats.hears("Pregunta 5 de 6", "¿Volvería a un encuentro así?")
    await chats.tap("Sí")
    await chats.hears("Pregunta 6 de 6", "En sus palabras")
    await chats.tap("Omitir")
    await chats.hears("Gracias, eso es todo")
    await chats.open("Emily")
    await chats.tap("I could not go")
    await chats.hears("You can still follow")


async def commitments_are_told_once(chats: Chats, demo: Demo) -> None:
    """Publishing (three at once: one message) and an update, typed beside the demo, reach whoever held a place."""
    await demo.command("commitment", "import", str(COMMITMENTS))
    assert "tanque: published, 3 people will be told" in await demo.command("commitment", "publish", "agua-2026")
    await chats.move("P1D")
    (demo.folder / "acta.txt").write_text("El sitio es el lote de la escuela.\n", encoding="utf-8")
    news = ("--status", "in_progress", "--progress", "40", "--note", "Ya se escogió el sitio", "--evidence", "acta.txt")
    await demo.command("commitment", "update", "agua-2026", "tanque", *news)
    await chats.move("P1D")
    await chats.open("María")
    await chats.has_heard("Novedades de los compromisos", "Agua para todas las veredas", "3. Un nuevo compromiso")
    await chats.has_heard("Novedades de un compromiso", "Avance: 40 %", "Ya se escogió el sitio", "acta.txt")
    await chats.tap("Verlo completo")
    await chats.hears("Qué ha pasado", "Cómo va: En marcha, 40 %")
    await chats.open("Emily")
    await chats.has_heard("News of commitments", "Water for every village", "3. A new commitment")
    await chats.has_heard("News of a commitment", "Progress: 40 %")
    await chats.open("Rosalba")
    await chats.has_heard("Un nuevo compromiso", times=0)


async def the_public_page_tells_it_all(page: Page, width: int) -> None:
    """Anyone reads the meeting, its commitments, and each with history and evidence; nothing runs over the edge."""

    async def fits() -> None:
        assert await page.evaluate("document.documentElement.scrollWidth") <= width

    await fits()
    await page.get_by_role("link", name="Agua para todas las veredas").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Agua para todas las veredas")
    await expect(page.get_by_role("main")).to_contain_text("Este encuentro ya pasó")
    await fits()
    await page.get_by_role("link", name="Construir el tanque").first.click()
    main = page.get_by_role("main")
    await expect(main).to_contain_text("En marcha, 40 %")
    await expect(main).to_contain_text("Gerencia de Obras")
    steps = main.locator(".history > li")
    await expect(steps).to_have_count(2)
    await expect(steps.first).to_contain_text("Ya se escogió el sitio")
    await expect(steps.first.get_by_role("link", name="acta.txt")).to_be_visible()
    await expect(steps.last).to_contain_text("Se publicó")
    await expect(page.get_by_role("link", name="Seguir en el chat")).to_be_visible()
    await fits()


async def a_second_start_goes_on(browser: Browser, demo: Demo) -> None:
    """Stopped and started again, everything is where it was: the time, the people, what they were told."""
    async with visit(browser, demo.chat) as page:
        before = await shown_time(page)
        chats = Chats(page)
        await chats.open("María")
        said = await chats.said.count()
        assert await demo.stop() == 0
        await expect(page.locator("#offline")).to_be_visible()
        await demo.start()
        await expect(page.locator("#offline")).to_be_hidden(timeout=20_000)
        await page.reload()
        await expect(chats.said).to_have_count(said)
        assert 0 <= (await shown_time(page) - before).total_seconds() < 3600
        await chats.write("/compromisos")
        await chats.hears("En marcha, 40 %")


async def shown_time(page: Page) -> datetime:
    """Read the page's clock once it shows one."""
    clock = page.locator("#clock-now[datetime]")
    await expect(clock).to_be_visible()
    return datetime.fromisoformat(await clock.get_attribute("datetime") or "")
