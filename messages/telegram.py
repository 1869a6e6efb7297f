"""The one adapter: a neutral message becomes aiogram's types and goes out."""

from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
)
from aiogram.types import Message as Sent

from messages.message import Button, Message

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


def keyboard(message: Message) -> InlineKeyboardMarkup | None:
    """Make the buttons under a message."""
    rows = [[_button(button) for button in row] for row in message.rows]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


async def send(bot: Bot, chat_id: int, message: Message, *, tapped: int | None = None) -> int:
    """Send a message to a chat and give its id; one that edits replaces the tapped message where there was a tap.

    Raises aiogram's errors, but for what changes nothing («message is not modified», a pin that failed).
    """
    if message.edit and tapped is not None and not (message.document or message.place):
        try:
            await bot.edit_message_text(
                text=message.text,
                chat_id=chat_id,
                message_id=tapped,
                parse_mode=ParseMode.HTML,
                link_preview_options=NO_PREVIEW,
                reply_markup=keyboard(message),
            )
        except TelegramBadRequest as error:
            if "message is not modified" in error.message:
                return tapped
            if "message to edit not found" not in error.message and "can't be edited" not in error.message:
                raise
        else:
            return tapped
    sent = await _send_new(bot, chat_id, message)
    if message.pin:
        try:
            await bot.pin_chat_message(chat_id, sent.message_id, disable_notification=True)
        except TelegramBadRequest:
            return sent.message_id
    return sent.message_id


async def _send_new(bot: Bot, chat_id: int, message: Message) -> Sent:
    if message.place:
        place = message.place
        return await bot.send_venue(
            chat_id, place.latitude, place.longitude, place.title, place.address, reply_markup=keyboard(message)
        )
    if message.document:
        document = message.document
        send_file = bot.send_photo if document.picture else bot.send_document
        return await send_file(
            chat_id,
            BufferedInputFile(document.content, document.name),
            caption=message.text or None,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard(message),
        )
    return await bot.send_message(
        chat_id,
        message.text,
        parse_mode=ParseMode.HTML,
        link_preview_options=NO_PREVIEW,
        reply_markup=keyboard(message),
    )


def _button(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(
        text=button.label,
        callback_data=button.choice,
        url=button.url,
        copy_text=CopyTextButton(text=button.copy) if button.copy else None,
    )
