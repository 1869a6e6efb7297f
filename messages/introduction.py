"""How the bot introduces itself on Telegram: its commands, and what its profile says, in each language."""

from dataclasses import dataclass

from locales import LANGUAGES, Translator, names


@dataclass(frozen=True)
class Introduction:
    """What Telegram shows of the bot before anybody writes, in one language."""

    name: str
    """At most 64 characters."""
    short_description: str
    """On the profile; at most 120 characters."""
    description: str
    """In the empty chat, above «Start»; at most 512 characters."""
    commands: tuple[tuple[str, str], ...]
    """Commands with what they do; handlers know the words of every language."""


def introduction(t: Translator) -> Introduction:
    """Introduce the bot in a translator's language."""
    return Introduction(
        name="Convoca",
        short_description=t.gettext("Your place in public meetings, reminders, and what becomes of the commitments."),
        description=t.gettext(
            "I sign you up for meetings between citizens and public servants, keep your place, remind you of the day"
            " and tell you when a commitment is published or changes. I keep nothing about you before you allow it."
        ),
        commands=(
            (t.pgettext("command", "meetings"), t.gettext("Open meetings")),
            (t.pgettext("command", "mine"), t.gettext("My meetings")),
            (t.pgettext("command", "commitments"), t.gettext("Commitments")),
            (t.pgettext("command", "following"), t.gettext("What I follow")),
            (t.pgettext("command", "help"), t.gettext("Help")),
            (t.pgettext("command", "language"), " / ".join(names(each)[0] for each in LANGUAGES)),
            (t.pgettext("command", "privacy"), t.gettext("My data")),
        ),
    )
