"""How calls go out to the Bot API: as forms, like aiogram's own, encoded in C where no file goes along.

aiogram's form is encoded by the standard library, letter by letter in Python, which took a quarter of what sending a
message takes. yarl encodes the query of an address by the same rules.
"""

from typing import TYPE_CHECKING, Any, Final

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.methods import TelegramMethod
from aiohttp import BytesPayload, FormData
from yarl import URL

if TYPE_CHECKING:
    from aiogram.types import InputFile

FORM: Final = "application/x-www-form-urlencoded"


class Calls(AiohttpSession):
    """aiogram's session, but for the body of calls without files."""

    def build_form_data(self, bot: Bot, method: TelegramMethod[Any]) -> FormData:
        """Make a call's body."""
        files: dict[str, InputFile] = {}
        said = {
            name: prepared
            for name, value in method.model_dump(warnings=False).items()
            if (prepared := self.prepare_value(value, bot=bot, files=files))
        }
        if files:
            return super().build_form_data(bot, method)
        return BytesPayload(encoded(said), content_type=FORM)  # type: ignore[return-value]  # aiohttp takes either


def encoded(fields: dict[str, str]) -> bytes:
    """Encode the fields of a form."""
    plain = {name: value[:] for name, value in fields.items()}  # of a word of aiogram's own (ParseMode) its text alone
    return URL.build(query=plain).raw_query_string.encode()
