"""A warning, and no more: another meeting of hers is at the same time."""

from collections.abc import Sequence
from typing import Final

from civic.overlaps import Overlap
from messages.voice import Voice, escape, shortened

TITLE: Final = 60
"""Characters of the other meeting's title."""


def warnings(voice: Voice, others: Sequence[Overlap]) -> list[str]:
    """Say which other meetings are at the same time, a paragraph each, in HTML; nothing where there is none."""
    return [_warning(voice, each) for each in others]


def _warning(voice: Voice, other: Overlap) -> str:
    t = voice.t
    if other.has_place:
        text = t.gettext(
            "<b>Please note:</b> at the same time you have a place in «{title}»: {when}. You may keep both."
        )
    else:
        text = t.gettext(
            "<b>Please note:</b> at the same time you are on the list of «{title}»: {when}. You may keep both."
        )
    title = escape(shortened(voice.plain(other.title), TITLE))
    return text.format(title=title, when=voice.when(other.starts_at, other.timezone))
