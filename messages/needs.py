"""What we say about access needs: their names in the person's language, and of whom each is."""

from typing import Final

from civic.support import Whose
from locales import N_
from messages.message import Button, Rows, column
from messages.voice import Voice, escape, shortened

NEEDS: Final = {
    "sign_language": N_("a sign language interpreter"),
    "wheelchair": N_("wheelchair access"),
    "hearing_loop": N_("a hearing loop"),
    "childcare": N_("childcare"),
}
LABEL: Final = 40
"""Characters of a need or a name on a button."""


def need(voice: Voice, name: str) -> str:
    """Say a need within a sentence, in HTML: those that we know in the person's language, others as they stand."""
    known = NEEDS.get(name)
    return voice.t.gettext(known) if known else escape(name)


def whose(voice: Voice, of: Whose) -> str:
    """Name a companion in plain text: by name where we know one, else by number."""
    return of.name or voice.t.gettext("Companion {number}").format(number=of.number)


def change_buttons(voice: Voice, everyone: tuple[Whose, ...]) -> Rows:
    """Make the buttons that ask for the support of each again."""
    t = voice.t
    return column(
        *(
            Button(t.gettext("The support that I need"), choice=f"needs:{of.registration_id}")
            if of.own
            else Button(
                t.gettext("Support: {name}").format(name=shortened(whose(voice, of), LABEL)),
                choice=f"needs:{of.registration_id}",
            )
            for of in everyone
        )
    )
