"""Everyone comes, as people try it: a family, a deaf person, the last places, a meeting that moves, an organiser."""

import io
import re
from pathlib import Path
from typing import Any, Final

import yaml
from PIL import Image
from playwright.async_api import Browser, expect

from tests.browser import browser
from tests.journeys.newcomer import Chats, Demo
from tests.simulator.chat_page import visit

__all__ = ["browser"]  # the fixture of this file's test

CODE: Final = "barrio-2026"
TITLE: Final = "Un barrio para todos"


def file_of(folder: Path, **more: Any) -> str:
    """Write the meeting's file; `more` replaces fields of the meeting, or its one workshop's features."""
    features = more.pop("features", [])
    days = more.pop("days", 40)
    meeting = {
        "code": CODE,
        "title": TITLE,
        "policy": "Plan de Barrios",
        "objective": "Conversar sobre el barrio",
        "venue": {"name": "Salón Comunal", "address": "Carrera 3 # 8-20", "landmark": "al lado de la iglesia"},
        "contact": {"phone": "+57 601 555 0300"},
        "starts_at": f"in {days} days at 09:00",
        "ends_at": f"in {days} days at 12:00",
        "capacity": 7,
        "needs": ["sign_language"],
    }
    staff = {"facilitator": "Ana Ruiz", "rapporteur": "Leo Paz", "public_servant": "Sol Mora"}
    parts = {
        "entities": [{"code": "barrios", "name": "Secretaría de Barrios", "pqrsd": "https://barrios.example/pqrsd"}],
        "meeting": meeting | more,
        "workshops": [{"number": 1, "room": "Salón 1", "capacity": 30, "features": features, **staff}],
    }
    path = folder / "barrio.yaml"
    path.write_text(yaml.safe_dump(parts, allow_unicode=True), encoding="utf-8")
    return path.name


async def imported(demo: Demo, **more: Any) -> str:
    """Import the file anew; give what the command printed."""
    return await demo.command("meeting", "import", file_of(demo.folder, **more))


async def test_everyone_comes(browser: Browser, demo: Demo) -> None:
    await demo.next_morning()  # not at night, when news wait
    await imported(demo)
    await demo.command("meeting", "convene", CODE)
    async with visit(browser, demo.chat) as page:
        chats = Chats(page)
        await chats.open("Organizadora")
        await chats.begin()
        await chats.has_heard("Usted organiza 2 encuentros")
        await a_family_of_four(chats, demo)
        await a_deaf_person(chats, demo)
        await chats.move("PT1H")  # the place of who was dropped is held no more
        await the_last_places_meet_two_couples(chats, demo)
        await a_commitment_with_a_photo(chats, demo)
        await moved_twice_and_cancelled(chats, demo)


async def sign_up(chats: Chats, name: str) -> None:
    """Add a person and give her a place, up to the question who else comes."""
    await chats.add(name)
    await chats.begin()
    await chats.tap(TITLE)
    await chats.tap("Quiero ir")
    await chats.tap("Soy mayor de edad y acepto")
    await chats.hears("¿Quién más viene?")


async def a_family_of_four(chats: Chats, demo: Demo) -> None:
    """Ana brings three: one comes by the link from her own Telegram, one is dropped."""
    await sign_up(chats, "Ana")
    await chats.tap("3 personas más")
    await chats.has_heard("3 personas de su grupo tienen puesto, además de usted.")
    await chats.write("/mis")
    await chats.tap(f"1. {TITLE}")
    await chats.tap("Mis acompañantes")
    await chats.hears("Acompañante 1", "Acompañante 3")
    await chats.tap("Nombre de Acompañante 1")
    await chats.hears("me autorizaron")
    await chats.write("Luisa Fernanda Ríos")
    await chats.hears("Luisa")
    await chats.tap("El enlace para ellos")
    link = chats.heard("Abra este enlace").last
    await expect(link).to_be_visible()
    found = re.search(r"\?start=(p_[A-Za-z0-9_-]+)", await link.inner_text())
    assert found, await link.inner_text()

    await chats.add("Luisa")
    await chats.page.goto(f"{demo.chat}/?start={found[1]}")
    await chats.page.locator(".person", has_text="Luisa").click()
    await chats.has_heard("Ana le guarda un puesto")
    await expect(chats.heard("Ríos")).to_have_count(0)  # first names only
    await chats.tap("Quiero ir")
    await chats.tap("Soy mayor de edad y acepto")
    await chats.tap("Luisa")
    await chats.has_heard("su puesto está guardado")
    await chats.open("Ana")
    await chats.has_heard("Luisa", "ya tomó su puesto desde su propio Telegram")
    await chats.write("/mis")
    await chats.hears("Mis encuentros")
    await chats.tap(f"1. {TITLE}")
    await chats.tap("Mis acompañantes")
    await chats.tap("Acompañante 2 no viene")
    await chats.hears("ya no viene a")


async def a_deaf_person(chats: Chats, demo: Demo) -> None:
    """No interpreter yet: the place is hers all the same, organisers know, and she is told when there is one."""
    await sign_up(chats, "Tomás")
    await chats.tap("Voy solo(a)")
    await chats.tap("Así está bien")
    await chats.hears("necesidad de apoyo", "salud")
    await chats.tap("Sí, y acepto que se guarde")
    await chats.tap("Intérprete de lengua de señas")
    await chats.tap("Listo")
    await chats.has_heard("Aún no tenemos intérprete de lengua de señas; le avisaremos el")
    await chats.hears("¿Nos deja un teléfono?")
    await chats.page.locator("#keyboard").get_by_role("button", name="Ahora no").click()
    await chats.open("Organizadora")
    await chats.has_heard("Alguien necesita intérprete de lengua de señas")
    await imported(demo, features=["sign_language"])
    await chats.open("Tomás")
    await chats.has_heard("Hay intérprete de lengua de señas")


async def the_last_places_meet_two_couples(chats: Chats, demo: Demo) -> None:
    """Ana's three and Tomás leave three of seven places: one couple waits together, the other takes what there is."""
    await imported(demo, features=["sign_language"], capacity=6)
    await sign_up(chats, "Rosa")
    await chats.tap("2 personas más")
    await chats.hears("Solo queda 1 puesto")
    await chats.tap("Que esperen juntos")
    await chats.has_heard("2 personas de su grupo esperan puesto: desde el número 1 de la lista")
    await imported(demo, features=["sign_language"], capacity=8)
    await chats.move("PT1H")
    await chats.has_heard("Se liberaron 2 puestos para quienes esperan de su grupo")
    await chats.tap("Los tomo")
    await chats.has_heard("Con usted vienen 2 personas")
    await imported(demo, features=["sign_language"], capacity=9)
    await sign_up(chats, "Jairo")
    await chats.tap("2 personas más")
    await chats.hears("Solo queda 1 puesto")
    await chats.tap("Tomar los que hay")
    await chats.has_heard("1 persona de su grupo tiene puesto, además de usted.", "número 1 de la lista")


async def a_commitment_with_a_photo(chats: Chats, demo: Demo) -> None:
    """The organiser publishes from the chat, with a photo; a follower who was not there hears of it."""
    await chats.add("Pedro")
    await chats.page.goto(f"{demo.chat}/?start=fm_{CODE}")
    await chats.page.locator(".person", has_text="Pedro").click()
    await chats.tap("Soy mayor de edad y acepto")
    await chats.has_heard("Usted sigue los compromisos de este encuentro")

    await chats.open("Organizadora")
    await chats.write("/organizar")
    await chats.tap(f"1. {TITLE}")
    await chats.hears("Con puesto:")
    await chats.tap("Compromisos")
    await chats.tap("Nuevo compromiso")
    await chats.write("Arreglar el parque")
    await chats.hears("¿Quién responde")
    await chats.write("Secretaría de Barrios")
    await chats.hears("¿Para cuándo?")
    await chats.write("30 de junio de 2028")
    await chats.hears("se cumplió")
    await chats.write("Parque con juegos nuevos")
    await chats.hears("Llegará a")
    await chats.tap("Publicar")
    await chats.has_heard("Publicado.")
    await chats.tap("Ver este compromiso")
    await chats.tap("Escribir un avance")
    await chats.tap("Agregar evidencia")
    picture = io.BytesIO()
    Image.new("RGB", (320, 200), "seagreen").save(picture, "JPEG")
    await chats.page.locator("#attach").click()
    async with chats.page.expect_file_chooser() as chosen:
        await chats.page.locator("[data-attach=photo]").click()
    await (await chosen.value).set_files({"name": "parque.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()})
    await chats.hears("foto.jpg")
    await chats.tap("Ver cómo saldrá")
    await chats.hears("Llegará a")
    await chats.tap("Enviar")
    await chats.has_heard("Enviado.")
    await chats.move("PT1H")
    await chats.open("Pedro")
    await chats.has_heard("Arreglar el parque", "foto.jpg")


async def moved_twice_and_cancelled(chats: Chats, demo: Demo) -> None:
    """Everyone is told of each change once, old and new side by side, and asked whether they can still come."""
    same = {"features": ["sign_language"], "capacity": 9}
    await imported(demo, **same, days=45)
    await chats.open("Ana")
    await chats.has_heard("este encuentro cambió", "Antes:", "¿Todavía puede ir?")
    await chats.tap("Sí puedo ir")
    venue = {"name": "Escuela La Loma", "address": "Vereda La Loma"}
    await imported(demo, **same, days=45, venue=venue)
    await chats.has_heard("este encuentro cambió", "Escuela La Loma")
    assert "unchanged" in await imported(demo, **same, days=45, venue=venue)
    await demo.command("meeting", "cancel", CODE, "--because", "El salón se inundó")
    await chats.has_heard("por favor, no vaya", "El salón se inundó")
    await chats.has_heard("este encuentro cambió", times=2)
    await chats.open("Jairo")
    await chats.has_heard("El salón se inundó")
    await chats.open("Pedro")
    await chats.has_heard("El salón se inundó", times=0)
