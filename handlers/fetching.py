"""Files that people send: fetched from Telegram before any transaction, whole or not at all."""

import asyncio
import mimetypes
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.types import Message
from aiohttp import ClientError

from civic.commitments import LARGEST_EVIDENCE
from handlers.chat import Chat
from locales import translator
from messages.organiser_updates import PHOTO

PATIENCE: Final = 12
"""Seconds of true time for a download: an update is handled within 20."""


@dataclass(frozen=True)
class Received:
    """A file whole, with what was written under it."""

    name: str
    media_type: str
    content: bytes
    caption: str | None


class NotReceived(Exception):
    """A file that is too large to be fetched, or that did not come."""

    def __init__(self, why: str, reason: str) -> None:
        """Say it by a word of `messages` and, for the log, by the error's name."""
        super().__init__(reason)
        self.why = why
        self.reason = reason


async def received(chat: Chat, message: Message) -> Received:
    """Fetch a message's photo (its largest size) or document (at most 20 MB); raises NotReceived."""
    document = message.document
    file = document or max(message.photo or [], key=lambda size: size.width * size.height, default=None)
    if file is None:
        raise NotReceived("not_received", "neither a photo nor a document")
    if (file.file_size or 0) > LARGEST_EVIDENCE:
        raise NotReceived("too_large", f"{file.file_size} bytes")
    into = BytesIO()
    try:
        async with asyncio.timeout(PATIENCE):
            await chat.bot.download(file, destination=into)
    except (TelegramAPIError, ClientDecodeError, ClientError, TypeError, TimeoutError, OSError) as error:
        raise NotReceived("not_received", type(error).__name__) from error
    if document is None:
        name = f"{translator(chat.standing.language).gettext(PHOTO)}.jpg"
        return Received(name, "image/jpeg", into.getvalue(), message.caption)
    name = document.file_name or f"file{mimetypes.guess_extension(document.mime_type or '') or ''}"
    return Received(name, document.mime_type or "application/octet-stream", into.getvalue(), message.caption)
