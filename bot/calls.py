"""How calls go out to the Bot API: as forms, like aiogram's own, encoded in C where no file goes along.

aiogram's form is encoded by the standard library, letter by letter in Python, which took a quarter of what sending a
message takes. yarl encodes the query of an address by the same rules.
"""

import json
import math
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import ClientDecodeError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import BytesPayload, FormData
from yarl import URL

if TYPE_CHECKING:
    from aiogram.types import InputFile

FORM: Final = "application/x-www-form-urlencoded"
LONGEST_PAUSE: Final = 10_000_000
"""Seconds; more is no time that anybody means."""
_RETRY_AFTER: Final = re.compile(r"retry after (\d+(?:\.\d+)?)", re.IGNORECASE)


class Calls(AiohttpSession):
    """aiogram's session, but for the body of calls without files, and for answers that it would not understand."""

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

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """Read an answer: a 429 however it says for how long, and one that lost its result as one cut short."""
        if status_code == HTTPStatus.TOO_MANY_REQUESTS:
            content = in_whole_seconds(content)
        response = super().check_response(bot, method, status_code, content)
        if response.result is None:
            raise ClientDecodeError("Failed to find the result", ValueError(), content)
        return response


def in_whole_seconds(content: str) -> str:
    """Say a 429's `retry_after` in whole seconds, from its words where it has none; one that asks for none as it is."""
    try:
        said = json.loads(content)
        asked: Any = (said.get("parameters") or {}).get("retry_after")
        found = _RETRY_AFTER.search(said.get("description") or "")
        if asked is None and found is not None:
            asked = found[1]
        said["parameters"] = {"retry_after": math.ceil(min(max(float(asked), 1), LONGEST_PAUSE))}
    except (AttributeError, TypeError, ValueError):
        return content
    return json.dumps(said)


def encoded(fields: dict[str, str]) -> bytes:
    """Encode the fields of a form."""
    plain = {name: value[:] for name, value in fields.items()}  # of a word of aiogram's own (ParseMode) its text alone
    return URL.build(query=plain).raw_query_string.encode()
