"""The chat page in a real browser, with a bot on the other side that is driven call by call over HTTP."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser, Page, expect

from tests.browser import browser
from tests.simulator.chat_page import MARIA, Bot, bot, conversation, said, visit
from tests.simulator_process import Telegram, telegram

__all__ = ["bot", "browser", "telegram"]  # the fixtures of this file's tests

pytestmark = pytest.mark.xdist_group("browser")  # one serves all

PHONE = {"width": 390, "height": 844}


async def test_a_person_is_added_writes_and_reads_the_answer(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    async with visit(browser, telegram.url) as page:
        await expect(page.get_by_role("heading", name="¡Le damos la bienvenida!")).to_be_visible()
        await page.get_by_role("button", name="Añadir a Emily").click()
        await page.get_by_role("button", name="Iniciar").click()
        started = await bot.message()
        assert (started["text"], started["from"]["first_name"], started["from"]["language_code"]) == (
            "/start",
            "Emily",
            "en",
        )
        await bot.call("sendMessage", chat_id=started["chat"]["id"], text="<b>Hello</b>, Emily", parse_mode="HTML")
        await expect(said(page, "Hello, Emily").locator("b")).to_have_text("Hello")
        await page.get_by_label("Escriba un mensaje").fill("one line")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("and another")
        await page.keyboard.press("Enter")
        assert (await bot.message())["text"] == "one line\nand another"
        await expect(said(page, "and another")).to_be_visible()
        await expect(page.get_by_label("Escriba un mensaje")).to_have_value("")


async def test_a_person_of_any_language_is_added_by_the_form_and_changed(
    browser: Browser, telegram: Telegram, bot: Bot
) -> None:
    async with visit(browser, telegram.url) as page:
        await page.get_by_role("button", name="Añadir una persona").click()
        form = page.get_by_role("dialog", name="Nueva persona")
        await form.get_by_label("Nombre").fill("João")
        await form.get_by_label("Idioma de su Telegram").select_option("other")
        await form.get_by_label("Código del idioma").fill("pt")
        await form.get_by_role("button", name="Añadir").click()
        await page.get_by_role("button", name="Iniciar").click()
        assert (await bot.message())["from"]["language_code"] == "pt"
        await page.get_by_role("button", name="Más opciones").click()
        await page.get_by_role("menuitem", name="Cambiar nombre o idioma").click()
        await page.get_by_role("dialog", name="Persona").get_by_label("Idioma de su Telegram").select_option("en")
        await page.get_by_role("button", name="Guardar").click()
        await expect(page.locator("#chat-status")).to_contain_text("inglés")
        await page.get_by_label("Escriba un mensaje").fill("hi")
        await page.keyboard.press("Enter")
        changed = await bot.message()
        assert (changed["from"]["language_code"], changed["from"]["first_name"]) == ("en", "João")


async def test_a_tap_is_answered_and_the_message_is_edited_in_place(
    browser: Browser, telegram: Telegram, bot: Bot
) -> None:
    async with conversation(browser, telegram, bot) as page:
        keyboard = {"inline_keyboard": [[{"text": "Quiero ir", "callback_data": "go"}]]}
        sent = await bot.call("sendMessage", chat_id=MARIA, text="Agua para todos", reply_markup=keyboard)
        await bot.call("sendMessage", chat_id=MARIA, text="Otra cosa")
        await said(page, "Agua para todos").get_by_role("button", name="Quiero ir").click()
        query = (await bot.update())["callback_query"]
        assert (query["data"], query["message"]["message_id"]) == ("go", sent["message_id"])
        await bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Anotado")
        await expect(page.get_by_role("status").filter(has_text="Anotado")).to_be_visible()
        await bot.call(
            "editMessageText",
            chat_id=MARIA,
            message_id=sent["message_id"],
            text="Su lugar está listo",
            reply_markup={"inline_keyboard": [[{"text": "No puedo ir", "callback_data": "no"}]]},
        )
        edited = page.locator(f"#m{sent['message_id']}")
        await expect(edited).to_contain_text("Su lugar está listo")
        await expect(edited).to_contain_text("editado")
        await expect(edited.get_by_role("button")).to_have_text(["No puedo ir"])
        await expect(said(page, "Agua para todos")).to_have_count(0)
        articles = page.get_by_role("log").get_by_role("article")
        await expect(articles.nth(1)).to_have_id(f"m{sent['message_id']}")


async def test_an_alert_stays_until_it_is_closed(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    async with conversation(browser, telegram, bot) as page:
        keyboard = {"inline_keyboard": [[{"text": "Cupo", "callback_data": "c"}]]}
        await bot.call("sendMessage", chat_id=MARIA, text="Vea", reply_markup=keyboard)
        await page.get_by_role("button", name="Cupo").click()
        query = (await bot.update())["callback_query"]
        await bot.call("answerCallbackQuery", callback_query_id=query["id"], text="No queda ninguno", show_alert=True)
        alert = page.get_by_role("alertdialog")
        await expect(alert).to_contain_text("No queda ninguno")
        await page.keyboard.press("Enter")
        await expect(alert).to_be_hidden()


async def test_what_is_pinned_stands_on_top_and_leads_to_its_message(
    browser: Browser, telegram: Telegram, bot: Bot
) -> None:
    async with conversation(browser, telegram, bot) as page:
        place = await bot.call("sendMessage", chat_id=MARIA, text="Su código: K7PM4XQ2")
        for number in range(30):
            await bot.call("sendMessage", chat_id=MARIA, text=f"Mensaje {number}.")
        await bot.call("pinChatMessage", chat_id=MARIA, message_id=place["message_id"])
        pinned = page.get_by_role("button", name="Mensaje fijado")
        await expect(pinned).to_contain_text("Su código: K7PM4XQ2")
        message = page.locator(f"#m{place['message_id']}")
        await expect(said(page, "Mensaje 29.")).to_be_in_viewport()
        await expect(message).not_to_be_in_viewport()
        await pinned.click()
        await expect(message).to_be_in_viewport()
        await page.get_by_role("button", name="Ir al último mensaje").click()
        await expect(said(page, "Mensaje 29.")).to_be_in_viewport()
        await bot.call("unpinChatMessage", chat_id=MARIA, message_id=place["message_id"])
        await expect(pinned).to_be_hidden()


async def test_the_bot_is_blocked_and_unblocked(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    async with conversation(browser, telegram, bot) as page:
        await page.get_by_role("button", name="Más opciones").click()
        await page.get_by_role("menuitem", name="Bloquear al bot").click()
        await expect(page.get_by_role("navigation").get_by_text("bloqueó al bot")).to_have_count(1)
        assert (await bot.update())["my_chat_member"]["new_chat_member"]["status"] == "kicked"
        await expect(page.get_by_label("Escriba un mensaje")).to_be_hidden()
        with pytest.raises(AssertionError, match="bot was blocked by the user"):
            await bot.call("sendMessage", chat_id=MARIA, text="¿Sigue ahí?")
        await page.get_by_role("button", name="Desbloquear al bot").click()
        assert (await bot.update())["my_chat_member"]["new_chat_member"]["status"] == "member"
        await bot.call("sendMessage", chat_id=MARIA, text="¡Qué bueno verla!")
        await expect(said(page, "¡Qué bueno verla!")).to_be_visible()
        await expect(page.get_by_label("Escriba un mensaje")).to_be_visible()


async def test_the_clock_moves_by_a_week_and_says_so(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    async with conversation(browser, telegram, bot) as page:
        clock = page.get_by_role("region", name="Reloj simulado")
        await expect(clock).to_contain_text("hora de Bogotá")
        before = await telegram.now()
        await clock.get_by_role("button", name="Adelantar una semana").click()
        await expect(clock.get_by_role("status")).to_contain_text("Listo: ")
        moved = await telegram.now() - before
        assert moved.days == 7
        shown = await page.locator("#clock-now").get_attribute("datetime")
        assert shown is not None
        assert shown[:10] == (await telegram.now()).strftime("%Y-%m-%d")
        await bot.call("sendMessage", chat_id=MARIA, text="Una semana después")
        days = page.get_by_role("log").locator(".day")
        await expect(days).to_have_count(2)


async def test_on_a_phone_the_list_comes_first_then_the_chat_and_back(
    browser: Browser, telegram: Telegram, bot: Bot
) -> None:
    await telegram.user(MARIA, "María", "es")
    await telegram.send(MARIA, "/start")
    await bot.message()
    long = "Encuentro " + "W" * 300
    keyboard = {
        "inline_keyboard": [
            [{"text": "Ver en el mapa", "callback_data": "a"}, {"text": long[:60], "callback_data": "b"}]
        ]
    }
    await bot.call("sendMessage", chat_id=MARIA, text=long, reply_markup=keyboard)
    async with visit(browser, telegram.url, viewport=PHONE, has_touch=True, is_mobile=True) as page:
        row = page.get_by_role("navigation").get_by_role("button", name="María")
        await expect(row).to_contain_text("Mensajes sin leer")
        await expect(page.get_by_role("log")).to_be_hidden()
        await row.tap()
        await expect(said(page, long)).to_be_visible()
        await expect(page.get_by_role("navigation")).to_be_hidden()
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        assert await page.evaluate("document.getElementById('scroll').scrollWidth") == PHONE["width"]
        await page.get_by_role("button", name="Volver a las personas").tap()
        await expect(row).to_be_visible()
        await expect(row).not_to_contain_text("Mensajes sin leer")
        await expect(page.get_by_role("log")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 360, 390])
async def test_nothing_runs_over_the_edge_of_a_small_phone(browser: Browser, telegram: Telegram, width: int) -> None:
    await telegram.user(MARIA, "María", "es")
    async with visit(browser, telegram.url, viewport={"width": width, "height": 640}) as page:
        await expect(page.get_by_role("navigation").get_by_role("button", name="María").first).to_be_visible()
        for button in await page.get_by_role("button").all():
            box = await button.bounding_box()
            assert box is None or box["x"] + box["width"] <= width, await button.text_content()


async def test_everything_is_done_by_keyboard_alone(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    async with visit(browser, telegram.url) as page:
        await expect(page.get_by_role("button", name="Añadir a María")).to_be_visible()
        await tab_to(page, "Añadir una persona")
        await page.keyboard.press("Enter")
        await page.keyboard.type("Rosa")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Iniciar")).to_be_focused()
        await page.keyboard.press("Enter")
        rosa = (await bot.message())["chat"]["id"]
        keyboard = {"inline_keyboard": [[{"text": "Sí", "callback_data": "y"}, {"text": "No", "callback_data": "n"}]]}
        await bot.call("sendMessage", chat_id=rosa, text="¿Va a ir?", reply_markup=keyboard)
        await expect(said(page, "¿Va a ir?")).to_be_visible()
        await expect(page.get_by_label("Escriba un mensaje")).to_be_focused()
        await page.keyboard.type("hola")
        await page.keyboard.press("Enter")
        assert (await bot.message())["text"] == "hola"
        await tab_to(page, "No", "Shift+Tab")
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        await page.keyboard.press("Enter")
        query = (await bot.update())["callback_query"]
        assert query["data"] == "n"
        # The buttons are drawn anew; the focus stays with the one that was pressed.
        keyboard["inline_keyboard"][0][1]["text"] = "No puedo"
        await bot.call(
            "editMessageReplyMarkup", chat_id=rosa, message_id=query["message"]["message_id"], reply_markup=keyboard
        )
        await expect(page.get_by_role("button", name="No puedo")).to_be_focused()


async def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Press Tab until the button of this name has the focus."""
    seen = []
    for _ in range(40):
        await page.keyboard.press(key)
        label = "document.activeElement.ariaLabel ?? document.activeElement.textContent"
        seen.append(await page.evaluate(label))
        if seen[-1] == name:
            return
    pytest.fail(f"{key} does not come to {name!r}: {seen}")


async def test_what_a_person_writes_is_never_markup(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    nasty = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><b>&lt;i&gt;</b> javascript:alert(1)'
    await telegram.user(MARIA, '<img src=x onerror="window.hacked=1">', "es")
    await telegram.send(MARIA, nasty)
    await bot.message()
    async with visit(browser, f"{telegram.url}/#chat={MARIA}") as page:
        await expect(said(page, nasty)).to_be_visible()
        await page.get_by_label("Escriba un mensaje").fill(nasty)
        await page.keyboard.press("Enter")
        await expect(said(page, nasty)).to_have_count(2)
        await bot.call("sendMessage", chat_id=MARIA, text=nasty)
        await expect(said(page, nasty)).to_have_count(3)
        assert await page.locator("article img, article script, article b, nav img").count() == 0
        assert await page.evaluate("window.hacked === undefined")


async def test_formatting_that_the_page_does_not_know_is_only_text(browser: Browser, telegram: Telegram) -> None:
    async with visit(browser, telegram.url, expected="Content Security Policy") as page:
        shown = await page.evaluate(
            """async (html) => {
              const { safeText } = await import("/page/safe.js");
              const box = document.createElement("div");
              box.append(safeText(html, { usernames: [], start() {}, command() {} }));
              return box.innerHTML;
            }""",
            '<b onclick="hack()">a</b><img src=x onerror=hack()><a href="javascript:hack()">b</a>'
            '<iframe src="/">c</iframe>'
            '<svg onload=hack()><script>hack()</script></svg><form action=/x>d</form><i style="color:red">e</i>',
        )
        assert shown == "<b>a</b><span>b</span>cd<i>e</i>"


async def test_a_link_from_outside_asks_who_opens_it(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    await telegram.user(MARIA, "María", "es")
    async with visit(browser, f"{telegram.url}/?start=m_agua-2026") as page:
        await expect(page.get_by_role("alert")).to_contain_text("m_agua-2026")
        await page.get_by_role("navigation").get_by_role("button", name="María").click()
        message = await bot.message()
        assert (message["text"], message["chat"]["id"]) == ("/start m_agua-2026", MARIA)
        await expect(page.get_by_role("alert")).to_be_hidden()
        await expect(page).to_have_url(f"{telegram.url}/#chat={MARIA}")
        await page.reload()
        await expect(said(page, "/start m_agua-2026")).to_have_count(1)
        await expect(page.get_by_role("alert")).to_be_hidden()


async def test_a_start_link_in_the_chat_starts_the_bot_as_this_person(
    browser: Browser, telegram: Telegram, bot: Bot
) -> None:
    username = (await bot.call("getMe"))["username"]
    async with conversation(browser, telegram, bot) as page:
        link = f"https://t.me/{username}?start=m_uno"
        page_link = f"{telegram.url}/?start=m_dos"
        await bot.call(
            "sendMessage",
            chat_id=MARIA,
            text=f'Vea <a href="{link}">este encuentro</a> o escriba /ayuda',
            parse_mode="HTML",
            reply_markup={
                "inline_keyboard": [
                    [{"text": "El otro", "url": page_link}],
                    [{"text": "Web", "url": "https://example.org/"}],
                ]
            },
        )
        await page.get_by_role("link", name="este encuentro").click()
        assert (await bot.message())["text"] == "/start m_uno"
        await page.get_by_role("link", name="El otro").click()
        assert (await bot.message())["text"] == "/start m_dos"
        await said(page, "Vea").get_by_role("button", name="/ayuda").click()
        assert (await bot.message())["text"] == "/ayuda"
        await expect(page.get_by_role("link", name="Web")).to_have_attribute("href", "https://example.org/")
        await expect(page.get_by_role("link", name="Web")).to_have_attribute("target", "_blank")


async def test_pictures_and_documents_open_and_files_are_sent(
    browser: Browser, telegram: Telegram, bot: Bot, tmp_path: Path
) -> None:
    async with conversation(browser, telegram, bot) as page:
        picture = io.BytesIO()
        Image.new("RGB", (90, 60), "navy").save(picture, "PNG")
        await bot.send_file("sendPhoto", "photo", "qr.png", picture.getvalue())
        await bot.send_file("sendDocument", "document", "informe.pdf", b"%PDF-1.4 report")
        await bot.send_file("sendDocument", "document", "actas.zip", b"PK minutes")
        image = said(page, "qr.png").locator("img")
        await expect(image).to_have_js_property("complete", value=True)
        assert await image.evaluate("image => image.naturalWidth") > 0
        await said(page, "qr.png").get_by_role("button").click()
        await expect(page.get_by_role("dialog", name="Imagen")).to_be_visible()
        await page.keyboard.press("Escape")
        async with page.expect_download() as download:
            await page.get_by_role("link", name="actas.zip").click()
        saved = tmp_path / "saved.zip"
        await (await download.value).save_as(saved)
        assert saved.read_bytes() == b"PK minutes"
        report = await page.get_by_role("link", name="informe.pdf").get_attribute("href")
        opened = await page.request.get(report or "")
        assert (opened.headers["content-type"], await opened.body()) == ("application/pdf", b"%PDF-1.4 report")
        for item, name, kind in (("Archivo", "carta.txt", "document"), ("Foto", "foto.png", "photo")):
            content = picture.getvalue() if kind == "photo" else "Señor alcalde".encode()
            await page.get_by_role("button", name="Adjuntar").click()
            async with page.expect_file_chooser() as chooser:
                await page.get_by_role("menuitem", name=item).click()
            await (await chooser.value).set_files(
                {"name": name, "mimeType": "image/png" if kind == "photo" else "text/plain", "buffer": content}
            )
            received = (await bot.message())[kind]
            file_id = (received[-1] if kind == "photo" else received)["file_id"]
            assert await bot.download(file_id) == content
        await expect(page.get_by_role("link", name="carta.txt")).to_be_visible()


async def test_reply_keyboards_are_pressed_and_go_away(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    async with conversation(browser, telegram, bot) as page:
        keyboard = {"keyboard": [[{"text": "Mis encuentros"}], [{"text": "Mi teléfono", "request_contact": True}]]}
        await bot.call("sendMessage", chat_id=MARIA, text="Elija", reply_markup=keyboard)
        await page.get_by_role("button", name="Mis encuentros").click()
        assert (await bot.message())["text"] == "Mis encuentros"
        await page.get_by_role("button", name="Mi teléfono").click()
        await page.get_by_role("dialog").get_by_label("Número").fill("+573001112233")
        await page.get_by_role("button", name="Compartir", exact=True).click()
        contact = (await bot.message())["contact"]
        assert (contact["phone_number"], contact["user_id"]) == ("+573001112233", MARIA)
        await expect(said(page, "+573001112233")).to_be_visible()
        await page.get_by_role("button", name="Teclado de respuestas").click()
        await expect(page.get_by_role("button", name="Mis encuentros")).to_be_hidden()
        await bot.call("sendMessage", chat_id=MARIA, text="Listo", reply_markup={"remove_keyboard": True})
        await expect(page.get_by_role("button", name="Teclado de respuestas")).to_be_hidden()


async def test_the_commands_menu_lists_the_bots_commands(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    commands = [{"command": "ayuda", "description": "Qué puedo hacer"}, {"command": "idioma", "description": "Idioma"}]
    await bot.call("setMyCommands", commands=commands)
    async with conversation(browser, telegram, bot) as page:
        await page.get_by_role("button", name="Órdenes del bot").click()
        await expect(page.get_by_role("menuitem", name="/ayuda")).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        assert (await bot.message())["text"] == "/idioma"


async def test_a_copy_button_copies_and_says_so(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    async with conversation(browser, telegram, bot, permissions=permissions) as page:
        keyboard = {"inline_keyboard": [[{"text": "Copiar código", "copy_text": {"text": "K7PM4XQ2"}}]]}
        await bot.call("sendMessage", chat_id=MARIA, text="Su lugar", reply_markup=keyboard)
        await page.get_by_role("button", name="Copiar código").click()
        await expect(page.get_by_role("status").filter(has_text="Copiado: K7PM4XQ2")).to_be_visible()
        assert await page.evaluate("navigator.clipboard.readText()") == "K7PM4XQ2"


async def test_typing_shows_until_the_message_comes(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    async with conversation(browser, telegram, bot) as page:
        await bot.call("sendChatAction", chat_id=MARIA, action="typing")
        await expect(page.locator("#chat-status")).to_have_text("escribiendo…")
        await bot.call("sendMessage", chat_id=MARIA, text="Ya")
        await expect(said(page, "Ya")).to_be_visible()
        await expect(page.locator("#chat-status")).to_contain_text("chat de María")


async def test_the_page_speaks_both_languages_in_full(browser: Browser, telegram: Telegram) -> None:
    async with visit(browser, telegram.url, locale="en-GB") as page:
        await expect(page.get_by_role("heading", name="Welcome!")).to_be_visible()
        await page.get_by_role("button", name="Español").click()
        await expect(page.get_by_role("heading", name="¡Le damos la bienvenida!")).to_be_visible()
        assert await page.evaluate("document.documentElement.lang") == "es"
        await page.reload()
        await expect(page.get_by_role("heading", name="¡Le damos la bienvenida!")).to_be_visible()
        words = await page.evaluate("import('/page/words.js').then((module) => module.WORDS)")
        assert words["es"].keys() == words["en"].keys()
        for key, text in words["es"].items():
            assert placeholders(text) == placeholders(words["en"][key]), key


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))


async def test_a_lost_simulator_is_said_and_found_again(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    async with conversation(browser, telegram, bot) as page:
        await telegram.kill()
        await expect(page.get_by_text("Sin conexión con el simulador")).to_be_visible()
        await telegram.start()
        await expect(page.get_by_text("Sin conexión con el simulador")).to_be_hidden(timeout=15_000)
        await bot.call("sendMessage", chat_id=MARIA, text="Aquí sigo")
        await expect(said(page, "Aquí sigo")).to_be_visible()


async def test_the_page_asks_nobody_but_the_simulator(browser: Browser, telegram: Telegram, bot: Bot) -> None:
    async with conversation(browser, telegram, bot) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await bot.call("sendVenue", chat_id=MARIA, latitude=6.2, longitude=-75.5, title="Coliseo", address="Calle 5")
        await page.reload()
        await expect(said(page, "Coliseo")).to_be_visible()
        assert len(asked) > 5
        assert [url for url in asked if not url.startswith(telegram.url + "/")] == []
