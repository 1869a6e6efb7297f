"""The bot in this process with nobody at the other end: what it says is heard here, and nothing goes over a wire."""

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Any, Final

from aiogram import Bot, Dispatcher
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import GetFile, GetMe, TelegramMethod
from aiogram.types import CallbackQuery, Chat, Message, Update, User

from civic.conversation import Incoming
from civic.store import Store
from handlers.chat import Services
from handlers.routers import dispatcher
from messages.message import Message as Said
from messages.voice import Links
from tests.factories import NOW

if TYPE_CHECKING:
    from datetime import datetime

BOT: Final = 7_001
LINKS: Final = Links("https://t.me/convoca_bot", "https://convoca.example.org")


class NoWire(BaseSession):
    """Takes whatever a bot asks of Telegram beside saying something: a spinner stopped, a message pinned."""

    async def close(self) -> None:
        """There is nothing to close."""

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's
    ) -> Any:
        """Let it be done; a file is not given."""
        del bot, timeout
        if isinstance(method, GetFile):
            raise TelegramBadRequest(method, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if isinstance(method, GetMe):
            return User(id=BOT, is_bot=True, first_name="Convoca", username="convoca_bot")
        return True

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,  # noqa: ASYNC109 - aiogram's
        chunk_size: int = 65_536,
        raise_for_status: bool = True,  # noqa: FBT001, FBT002 - aiogram's
    ) -> AsyncGenerator[bytes, None]:
        """Give nothing: no file is here."""
        del url, headers, timeout, chunk_size, raise_for_status
        yield b""


class Listening:
    """The real dispatcher on a store; every reply is heard as its messages."""

    def __init__(self, store: Store) -> None:
        """Take the store; time stands until it is moved."""
        self.now: datetime = NOW
        self.heard: list[Sequence[Said]] = []
        """What was said since it was cleared: the messages of each reply."""
        self._bot = Bot(f"{BOT}:a-token-of-the-tests", session=NoWire())
        self._dispatcher: Dispatcher = dispatcher(Services(store, lambda: self.now, LINKS, self._hear))

    async def _hear(self, bot: Bot, chat_id: int, messages: Sequence[Said], *, tapped: int | None) -> bool:
        del bot, chat_id, tapped
        self.heard.append(messages)
        return True

    async def write(self, incoming: Incoming, name: str = "María", **content: Any) -> None:
        """Let a message come in: `text`, or any media."""
        message = Message(
            message_id=1,
            date=self.now,
            chat=Chat(id=incoming.chat_id, type="private"),
            from_user=User(id=incoming.telegram_id, is_bot=False, first_name=name, language_code=incoming.language),
            **content,
        )
        await self._dispatcher.feed_update(self._bot, Update(update_id=incoming.update_id, message=message))

    async def press(self, incoming: Incoming, data: str, name: str = "María") -> None:
        """Let a button be pressed, under whatever message."""
        user = User(id=incoming.telegram_id, is_bot=False, first_name=name, language_code=incoming.language)
        under = Message(message_id=1, date=self.now, chat=Chat(id=incoming.chat_id, type="private"))
        query = CallbackQuery(id="1", from_user=user, chat_instance="1", message=under, data=data)
        await self._dispatcher.feed_update(self._bot, Update(update_id=incoming.update_id, callback_query=query))
