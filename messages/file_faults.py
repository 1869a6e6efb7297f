"""What we say of each fault of a meeting's file in the organiser's language; places and values stay as they stand."""

import re
from functools import cache
from typing import Final

from locales import N_
from messages.voice import Voice

SAYINGS: Final = (
    N_("is empty"),
    N_("is missing"),
    N_("has to be a text"),
    N_("has to be a list"),
    N_("has to be a list of at least one"),
    N_("has to be a list of at least two options"),
    N_("has to hold fields, each with its value"),
    N_("has {a} characters; it may have {b}"),
    N_("has {a} entries; it may have {b}"),
    N_("is not a field"),
    N_("is not a field; did you mean {a}?"),
    N_("is nested more than {a} deep"),
    N_("has a value without the name of its field"),
    N_("has a character that no reader sees ({a})"),
    N_("has a character that no text has (code {a})"),
    N_("stands twice, again in line {a}"),
    N_('"{a}" stands twice'),
    N_('"{a}" is not a language of ours ({b})'),
    N_('"{a}" is not a phone number'),
    N_('"{a}" is not a code: 3 to 40 of a-z, 0-9 and -'),
    N_('"{a}" is not an identifier: 1 to 40 of a-z, 0-9, - and _'),
    N_('"{a}" is not an address that begins with https:// or http://'),
    N_('"{a}" is not a time zone such as America/Bogota'),
    N_('"{a}" is on no calendar or clock'),
    N_('"{a}" is not a local time such as 2026-12-15T09:00 (or: in 20 days at 09:00)'),
    N_('"{a}" is not a whole number'),
    N_("{a} is under {b}"),
    N_("{a} is over {b}"),
    N_('"{a}" is not a number of degrees between {b} and {c}'),
    N_('"{a}" is not a number of days or hours such as 15d or 2h'),
    N_('"{a}" is none of {b}'),
    N_('"{a}" has to lie beside the meeting file, or be an address'),
    N_("{a} is not after the start ({b})"),
    N_("{a} is more than a day after the start ({b})"),
    N_("{a} is over the {b} of its workshops together"),
    N_("{a} is over its capacity ({b})"),
    N_("{a} is taken by {b}"),
    N_("{a} is taken by a meeting that you do not organise"),
    N_("you do not organise for {a}"),
    N_("is {a} already; nothing was changed"),
    N_("starts_at ({a} UTC) has passed"),
    N_("is over"),
    N_("the reason has {a} characters; it may have {b}"),
    N_("people are told the reason; it cannot be empty"),
    N_("latitude and longitude come together"),
    N_("a choice has to have at least two"),
    N_("only a choice has options"),
    N_("{a} was cancelled; it cannot be imported again"),
    N_("{a} is over; it cannot be imported again"),
    N_("it has begun, so that its date, hours and place stay as they are"),
    N_("{a} has passed"),
    N_("people signed up with a permission for {a}, and for no others"),
    N_("{a} is under the {b} places given"),
    N_("{a} is under the {b} who sit there"),
    N_("number {a} is gone, and {b} sit there"),
    N_('a # cut it off after "{a}": put it between quotes'),
    N_("begins with a tab; indent with spaces"),
    N_("a text that begins with {a} has to stand between quotes"),
    N_('a text with "{a}" has to stand between quotes'),
    N_("a quote that opens here is never closed"),
    N_("a second document begins; one file holds one"),
    N_("is not text in UTF-8; save the file with the encoding UTF-8"),
    N_("the file is empty"),
    N_("the file has {a} bytes, more than the {b} that are read"),
    N_("the file has to hold fields: entities, meeting, …"),
)
"""What `civic` says is wrong with a place of a file; a name in braces stands for what the file says there."""
LINE: Final = N_("line {a}")
"""A place, where the form of the file is broken."""
BROKEN: Final = N_("the form of the file breaks here ({a})")
"""What is wrong with a line, where only the reader of the form has words for it."""
_FROM_THE_LONGEST: Final = sorted(SAYINGS, key=len, reverse=True)


def fault_said(voice: Voice, fault: str) -> str:
    """Say a fault, `meeting.capacity: "x" is not a whole number`; one that we have no words for as it stands."""
    if (whole := _what(voice, fault)) is not None:
        return whole
    place, parted, rest = fault.partition(": ")
    line = _read(LINE).fullmatch(place)
    what = _what(voice, rest) if parted else None
    if what is None and line:
        what = voice.t.gettext(BROKEN).format(a=rest)
    if what is None:
        return fault
    return f"{voice.t.gettext(LINE).format(**line.groupdict()) if line else place}: {what}"


def _what(voice: Voice, text: str) -> str | None:
    """Say what is wrong, without its place; None where nothing is known to be said like that."""
    for saying in _FROM_THE_LONGEST:
        if found := _read(saying).fullmatch(text):
            return voice.t.gettext(saying).format(**found.groupdict())
    return None


@cache
def _read(saying: str) -> re.Pattern[str]:
    """Make a pattern of a saying: what stands in braces is taken as it is."""
    parts = re.split(r"\{(\w)\}", saying)
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.DOTALL
    )
