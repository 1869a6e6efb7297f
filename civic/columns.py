"""Column types shared by the tables: moments in UTC, ids that grow, texts by language."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Integer
from sqlalchemy.types import TypeDecorator

Text = str | dict[str, str]
"""A text for people: one string for everybody, or one by language code."""
LANGUAGES: Final = ("es", "en")
"""What people are spoken to in, as `locales.LANGUAGES`; a text in another language would be read by nobody."""

Id = BigInteger().with_variant(Integer, "sqlite")
"""A surrogate key: 64 bits on both databases (SQLite only counts up an INTEGER key)."""


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive times, as SQLite would give an aware 09:00-05:00 back as a naive 09:00."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store in UTC; a naive time raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"naive time {value!r}: every moment has a zone"
            raise ValueError(message)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back an aware time in UTC."""
        del dialect
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def in_language(text: Text | None, language: str) -> str:
    """Say a text in a language, else in Spanish, else in whichever language it has; nothing is ''."""
    if not text:
        return ""
    if isinstance(text, str):
        return text
    return text.get(language) or text.get("es") or next(iter(text.values()))
