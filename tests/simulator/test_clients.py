"""Conformance: the own clients of aiogram and of python-telegram-bot, over real HTTP, do the same things.

Two independent readings of the Bot API: what both understand, Telegram's documentation means.
"""

import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiogram
import pytest
import pytest_asyncio
import telegram as ptb
from aiogram import exceptions as gram
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ChatAction, ParseMode
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BufferedInputFile,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MenuButtonCommands,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from PIL import Image
from telegram import error as ptb_error

from tests.simulator_process import Telegram

TOKEN = "123:abc"


def picture() -> bytes:
    """A small real PNG."""
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(kept, "PNG")
    return kept.getvalue()


@pytest_asyncio.fixture
async def bot(telegram: Telegram) -> AsyncIterator[aiogram.Bot]:
    """A bot by aiogram."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.url))
    async with aiogram.Bot(TOKEN, session=session, default=DefaultBotProperties(parse_mode=ParseMode.HTML)) as made:
        yield made


@pytest_asyncio.fixture
async def other(telegram: Telegram) -> AsyncIterator[ptb.Bot]:
    """A bot by python-telegram-bot."""
    async with AsyncExitStack() as closing:
        made = ptb.Bot(TOKEN, base_url=f"{telegram.url}/bot", base_file_url=f"{telegram.url}/file/bot")
        yield await closing.enter_async_context(made)


@pytest_asyncio.fixture
async def maria(telegram: Telegram) -> int:
    """A person who has begun the chat."""
    await telegram.limits(per_chat=None)
    person = await telegram.user(first_name="María", username="maria", last_name="Ruiz")
    await telegram.start_link(person, "m_agua-2026")
    return person


async def test_aiogram_receives(telegram: Telegram, bot: aiogram.Bot, maria: int) -> None:
    me = await bot.get_me()
    (started,) = await bot.get_updates()
    assert (me.id, me.is_bot) == (123, True)
    assert started.message is not None
    assert started.message.from_user is not None
    assert started.message.text == "/start m_agua-2026"
    assert [(e.type, e.length) for e in started.message.entities or []] == [("bot_command", 6)]
    assert (started.message.from_user.full_name, started.message.from_user.language_code) == ("María Ruiz", "es")
    assert (started.message.chat.type, started.message.chat.id) == ("private", maria)

    await telegram.send_contact(maria, "+57 300 555 0100")
    await telegram.send_location(maria, 4.6, -74.08)
    await telegram.send_file(maria, "document", "acta.txt", b"acta", caption="el acta")
    await telegram.send_file(maria, "photo", "foto.png", picture())
    await telegram.send_file(maria, "voice", "voz.ogg", b"voz")
    await telegram.send_file(maria, "sticker", "s.webp", b"sticker")
    await telegram.control("POST", f"chats/{maria}/messages", {"forward": {"text": "mire", "from": "Jorge"}})
    found = await bot.get_updates(offset=started.update_id + 1)
    contact, place, document, photo, voice, sticker, forward = [u.message for u in found if u.message]

    assert contact.contact is not None
    assert contact.contact.user_id == maria
    assert place.location is not None
    assert place.location.latitude == 4.6
    assert document.document is not None
    assert document.caption == "el acta"
    assert photo.photo is not None
    assert (photo.photo[-1].width, photo.photo[-1].height) == (40, 30)
    assert voice.voice is not None
    assert voice.voice.duration == 1
    assert sticker.sticker is not None
    assert forward.forward_origin is not None
    assert forward.forward_origin.type == "hidden_user"
    kept = await bot.download(document.document)
    assert kept is not None
    assert kept.read() == b"acta"


async def test_aiogram_sends_and_changes(telegram: Telegram, bot: aiogram.Bot, maria: int) -> None:
    buttons = InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text="Sí", callback_data="si"), InlineKeyboardButton(text="No", callback_data="no")],
            [InlineKeyboardButton(text="Mapa", url="https://example.org/mapa")],
            [InlineKeyboardButton(text="Copiar", copy_text=CopyTextButton(text="K7PM-Q2RX"))],
        ]
    )
    said = await bot.send_message(maria, "<b>¿Viene?</b> &lt;3", reply_markup=buttons)
    assert (said.text, said.html_text) == ("¿Viene? <3", "<b>¿Viene?</b> &lt;3")
    assert said.reply_markup is not None
    assert said.reply_markup.model_dump() == buttons.model_dump()
    await telegram.tap(maria, "Sí")
    tap = (await bot.get_updates())[-1].callback_query
    assert tap is not None
    assert tap.message is not None
    assert (tap.data, tap.from_user.id, tap.message.message_id) == ("si", maria, said.message_id)
    assert await bot.answer_callback_query(tap.id, "Gracias", show_alert=True)
    edited = await bot.edit_message_text("Nos vemos", chat_id=maria, message_id=said.message_id)
    assert isinstance(edited, aiogram.types.Message)
    assert (edited.message_id, edited.text, edited.reply_markup) == (said.message_id, "Nos vemos", None)
    with pytest.raises(gram.TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text("Nos vemos", chat_id=maria, message_id=said.message_id)
    await bot.edit_message_reply_markup(chat_id=maria, message_id=said.message_id, reply_markup=buttons)
    document = await bot.send_document(maria, BufferedInputFile(b"informe", "informe.pdf"), caption="<i>El informe</i>")
    assert document.document is not None
    assert document.document.file_name == "informe.pdf"
    await bot.edit_message_caption(chat_id=maria, message_id=document.message_id, caption="Informe")
    again = await bot.send_document(maria, document.document.file_id)
    assert again.document == document.document
    photo = await bot.send_photo(maria, BufferedInputFile(picture(), "qr.png"))
    assert photo.photo is not None
    assert photo.photo[-1].width == 40
    venue = await bot.send_venue(maria, 4.6, -74.08, "Casa de la Cultura", "Calle 5")
    assert venue.venue is not None
    assert venue.venue.title == "Casa de la Cultura"
    assert (await bot.send_location(maria, 4.6, -74.08)).location is not None
    keys = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Mi número", request_contact=True)]])
    answer = await bot.send_message(
        maria, "Su teléfono", reply_markup=keys, reply_parameters=ReplyParameters(message_id=said.message_id)
    )
    assert answer.reply_to_message is not None
    assert answer.reply_to_message.message_id == said.message_id
    copied = await bot.copy_message(maria, maria, document.message_id)
    forwarded = await bot.forward_message(maria, maria, document.message_id)
    assert forwarded.forward_origin is not None
    assert forwarded.document == document.document
    assert await bot.send_chat_action(maria, ChatAction.TYPING)
    assert await bot.delete_message(maria, copied.message_id)


async def test_aiogram_pins_and_gets_its_pin_back(bot: aiogram.Bot, maria: int) -> None:
    said = await bot.send_message(maria, "Su cupo")
    assert await bot.pin_chat_message(maria, said.message_id, disable_notification=True)
    pin = (await bot.get_updates())[-1].message

    assert pin is not None
    assert pin.pinned_message is not None
    assert pin.from_user is not None
    assert (pin.pinned_message.message_id, pin.from_user.id) == (said.message_id, 123)
    chat = await bot.get_chat(maria)
    assert chat.pinned_message is not None
    assert chat.pinned_message.message_id == said.message_id
    assert await bot.unpin_all_chat_messages(maria)
    assert (await bot.get_chat(maria)).pinned_message is None


async def test_aiogram_tells_of_itself(telegram: Telegram, bot: aiogram.Bot) -> None:
    spanish = [BotCommand(command="ayuda", description="Qué puedo hacer")]
    scope = BotCommandScopeAllPrivateChats()
    assert await bot.set_my_commands(spanish, scope=scope, language_code="es")
    kept = await bot.get_my_commands(scope=scope, language_code="es")
    assert [command.model_dump() for command in kept] == [command.model_dump() for command in spanish]
    assert await bot.get_my_commands() == []
    assert await bot.delete_my_commands(scope=scope, language_code="es")
    assert await bot.get_my_commands(scope=scope, language_code="es") == []
    assert await bot.set_my_name("Convoca")
    assert await bot.set_my_name("Convoca en", language_code="en")
    assert await bot.set_my_description("Encuentros")
    assert await bot.set_my_short_description("Corto")
    assert (await bot.get_my_name()).name == "Convoca"
    assert (await bot.get_my_name(language_code="en")).name == "Convoca en"
    assert (await bot.get_my_description(language_code="en")).description == "Encuentros"
    assert (await bot.get_my_short_description()).short_description == "Corto"
    assert await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert (await bot.get_chat_menu_button()).type == "commands"
    (seen,) = (await telegram.control("GET", "bots"))["bots"]
    assert (seen["id"], seen["name"]) == (123, "Convoca")


async def test_aiogram_names_what_goes_wrong(telegram: Telegram, bot: aiogram.Bot, maria: int) -> None:
    with pytest.raises(gram.TelegramBadRequest, match="chat not found"):
        await bot.send_message(999, "x")
    await telegram.block(maria, blocked=True)
    with pytest.raises(gram.TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(maria, "x")
    change = (await bot.get_updates())[-1].my_chat_member
    assert change is not None
    assert (change.old_chat_member.status, change.new_chat_member.status) == ("member", "kicked")
    await telegram.block(maria, blocked=False)
    await telegram.limits(per_chat=0, burst=0)
    with pytest.raises(gram.TelegramRetryAfter) as flood:
        await bot.send_message(maria, "x")
    assert flood.value.retry_after == 1
    await telegram.limits(per_chat=None)
    await telegram.group(-5, "Vereda", migrate_to=-1005)
    with pytest.raises(gram.TelegramMigrateToChat) as moved:
        await bot.send_message(-5, "x")
    assert moved.value.migrate_to_chat_id == -1005
    await bot.set_webhook("https://bot.example/hook", secret_token="secreto")
    assert (await bot.get_webhook_info()).url == "https://bot.example/hook"
    with pytest.raises(gram.TelegramConflictError):
        await bot.get_updates()
    assert await bot.delete_webhook(drop_pending_updates=True)
    with pytest.raises(gram.TelegramNotFound):
        await bot.send_dice(maria)


async def test_ptb_receives_and_sends(telegram: Telegram, other: ptb.Bot, maria: int) -> None:
    assert other.username == "simulated_123_bot"
    (started,) = await other.get_updates()
    assert started.message is not None
    assert started.message.from_user is not None
    assert (started.message.text, started.message.from_user.language_code) == ("/start m_agua-2026", "es")
    buttons = ptb.InlineKeyboardMarkup([[ptb.InlineKeyboardButton("Sí", callback_data="si")]])
    said = await other.send_message(maria, "<b>¿Viene?</b>", parse_mode="HTML", reply_markup=buttons)
    assert (said.text_html, said.reply_markup) == ("<b>¿Viene?</b>", buttons)
    await telegram.tap(maria, "Sí")
    tap = (await other.get_updates(offset=started.update_id + 1))[0].callback_query
    assert tap is not None
    assert tap.data == "si"
    assert await tap.answer("Gracias")
    edited = await said.edit_text("Nos vemos")
    assert isinstance(edited, ptb.Message)
    assert edited.edit_date is not None
    with pytest.raises(ptb_error.BadRequest, match="Message is not modified"):
        await said.edit_text("Nos vemos")
    document = await other.send_document(maria, b"informe", filename="informe.pdf", caption="Informe")
    assert document.document is not None
    file = await document.document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"informe"
    photo = await other.send_photo(maria, picture())
    assert photo.photo[-1].height == 30
    assert await document.pin()
    assert (await other.get_chat(maria)).pinned_message == document
    copied = await document.copy(maria)
    assert await other.delete_messages(maria, [copied.message_id, photo.message_id])
    forwarded = await document.forward(maria)
    assert isinstance(forwarded.forward_origin, ptb.MessageOriginUser)
    assert await other.set_my_commands([("ayuda", "Ayuda")])
    assert [c.command for c in await other.get_my_commands()] == ["ayuda"]
    await telegram.block(maria, blocked=True)
    with pytest.raises(ptb_error.Forbidden):
        await other.send_message(maria, "x")
    with pytest.raises(ptb_error.BadRequest, match="Chat not found"):
        await other.send_message(999, "x")


async def test_the_other_librarys_types_know_every_field(telegram: Telegram, maria: int) -> None:
    """What a type does not know lands in `api_kwargs`: a misspelt field would."""
    await telegram.call(TOKEN, "getMe")
    _, said = await telegram.call(TOKEN, "sendMessage", chat_id=maria, text="Su cupo", protect_content=True)
    await telegram.call(TOKEN, "pinChatMessage", chat_id=maria, message_id=said["result"]["message_id"])
    await telegram.send_contact(maria, "+57 300 555 0100")
    await telegram.send_file(maria, "photo", "foto.png", picture(), caption="vea https://example.org")
    await telegram.block(maria, blocked=True)
    _, found = await telegram.call(TOKEN, "getUpdates")

    for body in found["result"]:
        update = ptb.Update.de_json(body, None)
        content = update.effective_message or update.my_chat_member
        assert content is not None
        assert (dict(update.api_kwargs), dict(content.api_kwargs)) == ({}, {})
    assert len(found["result"]) == 5
