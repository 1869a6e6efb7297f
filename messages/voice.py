"""How we speak to one person: her language, dates as she reads them, addresses that open."""

import html
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal

from civic.columns import Text, in_language
from locales import REGION, Translator


@dataclass(frozen=True)
class Links:
    """How this installation is reached, and how it writes."""

    bot: str
    """What opens the bot (`https://t.me/BOT`; in the demo the chat page)."""
    pages: str | None
    """The public page's base, without a slash at the end; None when people could not open it."""
    locale: str = REGION
    """The whole locale by which dates and numbers are written (CONVOCA_LOCALE)."""

    def start(self, payload: str) -> str:
        """Link that opens the bot with a payload (`m_CODE`, `fc_NUMBER`)."""
        return f"{self.bot}?start={payload}"

    def page(self, path: str) -> str | None:
        """Address of a public page (`/meetings/CODE`), if there is one."""
        return f"{self.pages}{path}" if self.pages else None


@dataclass(frozen=True)
class Voice:
    """A translator with what else it takes to say things: `t("…")`, plurals, dates, numbers."""

    t: Translator
    links: Links
    now: datetime
    years: bool = False
    """Say the year of every day: what is said may be read long after, or on paper."""

    @property
    def language(self) -> str:
        """The person's language, one of `locales.LANGUAGES`."""
        return self.t.language

    def say(self, text: Text | None) -> str:
        """Say a text of the meeting in the person's language, safe in HTML."""
        return html.escape(in_language(text, self.language), quote=False)

    def plain(self, text: Text | None) -> str:
        """Say a text of the meeting where no HTML is read (button labels, file contents)."""
        return in_language(text, self.language)

    def day(self, moment: datetime | date, zone: str | None = None) -> str:
        """Say a day: «martes 15 de diciembre»; with the year when it is another, or always."""
        local = moment.astimezone(ZoneInfo(zone)).date() if isinstance(moment, datetime) and zone else moment
        t = self.t
        if self.years or local.year != self.now.year:
            # Translators: how a day is written, in the letters of Unicode's dates: «Tuesday, 15 December 2026».
            pattern = t.gettext("EEEE, d MMMM y")
        else:
            # Translators: how a day of this year is written, in the letters of Unicode's dates: «Tuesday, 15 December».
            pattern = t.gettext("EEEE, d MMMM")
        return format_date(local, pattern, locale=t.locale)

    def clock(self, moment: datetime, zone: str) -> str:
        """Say a time of day in a zone: «9:00 a. m.»."""
        return format_time(moment.astimezone(ZoneInfo(zone)), "short", tzinfo=ZoneInfo(zone), locale=self.t.locale)

    def at(self, moment: datetime, zone: str) -> str:
        """Say at what time of day: «a las 9:00 a. m.», but «a la 1:00 p. m.»."""
        hour = moment.astimezone(ZoneInfo(zone)).hour % 12
        # Translators: a time of day; the first form is for one o'clock and what follows it, the second for others.
        return self.t.ngettext("at {time}", "at {time}", hour or 12).format(time=self.clock(moment, zone))

    def when(self, moment: datetime, zone: str) -> str:
        """Say day and time: «martes 15 de diciembre, 9:00 a. m.»."""
        return f"{self.day(moment, zone)}, {self.clock(moment, zone)}"

    def stamp(self, moment: datetime, zone: str) -> str:
        """Say a moment short, for lists and histories, its month in letters: «1 de nov de 2026, 9:00 a. m.»."""
        day = format_skeleton("yMMMd", moment, tzinfo=ZoneInfo(zone), locale=self.t.locale)
        return f"{day}, {self.clock(moment, zone)}"

    def number(self, value: float) -> str:
        """Say a number."""
        return format_decimal(value, locale=self.t.locale)


def shortened(text: str, most: int) -> str:
    """Cut plain text to so many characters, at the end of a word where one is near; on one line."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    word_end = line.rfind(" ", 0, most)
    return f"{line[: word_end if word_end > most * 2 // 3 else most - 1]}…"


def escape(text: str) -> str:
    """Make a person's text safe in HTML."""
    return html.escape(text, quote=False)
