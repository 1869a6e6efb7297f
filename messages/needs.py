"""What we say about access needs: their names in the person's language."""

from typing import Final

from locales import N_
from messages.voice import Voice, escape

NEEDS: Final = {
    "sign_language": N_("a sign language interpreter"),
    "wheelchair": N_("wheelchair access"),
    "hearing_loop": N_("a hearing loop"),
    "childcare": N_("childcare"),
}


def need(voice: Voice, name: str) -> str:
    """Say a need within a sentence, in HTML: those that we know in the person's language, others as they stand."""
    known = NEEDS.get(name)
    return voice.t.gettext(known) if known else escape(name)
