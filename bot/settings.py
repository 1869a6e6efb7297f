"""What the environment says (also from `.env`): the contract's `CONVOCA_…` names, checked at the start."""

import hashlib
import hmac
import re
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{3,}", re.ASCII)
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
TELEGRAM = "https://api.telegram.org"
DEMO_TOKEN = "4242:local-simulator"  # noqa: S105 - opens the local simulator alone, which takes any token
DEMO_DATABASE = "sqlite:///var/demo.db"
HIGHEST_PORT = 65535
SECRETS = {"CONVOCA_BOT_TOKEN", "CONVOCA_WEBHOOK_SECRET", "CONVOCA_DATABASE_URL"}
"""Settings whose value is not shown: an address of a database may hold its password."""
FREE_PACE, PAID_PACE = (25, 30), (1000, 1000)
"""Messages a second: by default and at most, free and with paid broadcast."""


class SettingsWrong(Exception):
    """A setting has a value that cannot be used; the message names it, in one line."""


def _address(value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an http or https address")
    return value.rstrip("/")


def _listen(value: str) -> tuple[str, int]:
    host, separator, port = value.rpartition(":")
    if not separator or not port.isdigit() or int(port) > HIGHEST_PORT:
        raise ValueError("is not HOST:PORT")
    host = host.strip("[]")
    if host != "localhost":
        try:
            ip_address(host)
        except ValueError:
            raise ValueError("is not HOST:PORT with an address to listen on") from None
    return host, int(port)


def _numbers(value: object) -> object:
    if isinstance(value, str):
        words = [word.strip() for word in value.split(",") if word.strip()]
        if not all(re.fullmatch(r"\d{1,18}", word, re.ASCII) for word in words):
            raise ValueError("is not a list of Telegram user ids with commas between")
        return tuple(int(word) for word in words)
    return value


def _nothing(value: object) -> object:
    """Read an empty value as not set."""
    return None if value == "" else value


Address = Annotated[str | None, BeforeValidator(_nothing), AfterValidator(_address)]


class Settings(BaseSettings):
    """The contract's environment. Addresses have no slash at the end."""

    model_config = SettingsConfigDict(env_prefix="CONVOCA_", env_file=".env", extra="ignore", frozen=True)

    bot_token: Annotated[str | None, BeforeValidator(_nothing)] = None
    clock: Address = None
    """A simulator whose clock is followed."""
    telegram_api: Address = None
    database_url: Annotated[str | None, BeforeValidator(_nothing)] = None
    listen: str = "127.0.0.1:8080"
    public_url: Address = None
    link: Address = None
    webhook_secret: Annotated[str | None, BeforeValidator(_nothing)] = None
    organisers: Annotated[tuple[int, ...], NoDecode, BeforeValidator(_numbers)] = ()
    locale: str = "es_CO"
    timezone: str = "America/Bogota"
    paid_broadcast: bool = False
    messages_per_second: float | None = Field(default=None, gt=0)
    simulator_listen: str = "127.0.0.1:8081"
    simulator_via: str = ""

    @field_validator("messages_per_second", mode="before")
    @classmethod
    def _unset(cls, value: object) -> object:
        return _nothing(value)

    @field_validator("bot_token")
    @classmethod
    def _token(cls, value: str | None) -> str | None:
        if value is not None and not TOKEN.fullmatch(value):
            raise ValueError("is not a bot token such as 123456:ABC… (ask @BotFather)")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _secret(cls, value: str | None) -> str | None:
        if value is not None and not SECRET.fullmatch(value):
            raise ValueError("is not 1 to 256 of the characters A-Z a-z 0-9 _ -")
        return value

    @field_validator("listen", "simulator_listen")
    @classmethod
    def _can_listen(cls, value: str) -> str:
        _listen(value)
        return value

    @field_validator("locale")
    @classmethod
    def _known_locale(cls, value: str) -> str:
        try:
            Locale.parse(value)
        except (UnknownLocaleError, ValueError):
            raise ValueError("is not a locale such as es_CO") from None
        return value

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is not a time zone such as America/Bogota")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            url = make_url(value)
        except ArgumentError:
            backend = ""
        else:
            in_memory = url.database in {None, "", ":memory:"}
            backend = "" if in_memory and url.get_backend_name() == "sqlite" else url.get_backend_name()
        if backend not in {"sqlite", "postgresql"}:
            raise ValueError("is not sqlite:///PATH or postgresql://…")
        return value

    @field_validator("messages_per_second")
    @classmethod
    def _known_pace(cls, value: float | None, info: ValidationInfo) -> float | None:
        paid = info.data.get("paid_broadcast")
        most = (PAID_PACE if paid else FREE_PACE)[1]
        if value is not None and value > most:
            raise ValueError(f"is over Telegram's {most} a second{'' if paid else ' without paid broadcast'}")
        return value

    @classmethod
    def read(cls) -> Self:
        """Read the environment; SettingsWrong names the first wrong value in one line."""
        try:
            return cls()
        except ValidationError as error:
            fault = error.errors()[0]
            name = f"CONVOCA_{str(fault['loc'][0]).upper()}"
            why = str(fault["msg"]).removeprefix("Value error, ")
            shown = "" if name in SECRETS else f" ({fault['input']!r})"
            raise SettingsWrong(f"{name}{shown}: {why}") from None

    @property
    def is_demo(self) -> bool:
        """Without a token this is the demo."""
        return self.bot_token is None

    @property
    def token(self) -> str:
        """The bot's token; the demo's opens the local simulator."""
        return self.bot_token or DEMO_TOKEN

    @property
    def database(self) -> str:
        """The database's address."""
        return self.database_url or (DEMO_DATABASE if self.is_demo else "sqlite:///var/convoca.db")

    @property
    def zone(self) -> ZoneInfo:
        """The installation's zone."""
        return ZoneInfo(self.timezone)

    @property
    def pace(self) -> float:
        """Messages a second over all chats."""
        return self.messages_per_second or (PAID_PACE if self.paid_broadcast else FREE_PACE)[0]

    @property
    def listen_at(self) -> tuple[str, int]:
        """Where the portal and the webhook listen."""
        return _listen(self.listen)

    @property
    def uses_webhook(self) -> bool:
        """With an https public address updates come by webhook instead of polling."""
        return bool(self.public_url and self.public_url.startswith("https://")) and not self.is_demo

    @property
    def webhook_path(self) -> str:
        """The webhook's path: not guessable, alike in all replicas."""
        return f"/telegram/{self._derived('path')}"

    @property
    def secret(self) -> str:
        """The webhook's secret: as set, else derived from the token, alike in all replicas."""
        return self.webhook_secret or self._derived("secret")

    def _derived(self, what: str) -> str:
        return hmac.new(self.token.encode(), f"convoca webhook {what}".encode(), hashlib.sha256).hexdigest()
