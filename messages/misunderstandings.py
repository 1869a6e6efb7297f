"""What we say when we do not understand, when words are taken for a button, and when somebody should be sure first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import digests, following, meetings, parties
from civic.meetings import Card
from civic.parties import MOST_COMPANIONS, Group
from civic.schema import Meeting, Offer, Person
from locales import N_
from messages.asides import unknown
from messages.digests import rhythm_button
from messages.kind import Kind, Params, Who, nothing_to_look_up
from messages.message import Button, Message, Rows, column
from messages.signup import phone
from messages.voice import Voice, escape

MEDIA: Final = {
    "voice": N_("I cannot listen to voice messages yet."),
    "video_note": N_("I cannot see videos yet."),
    "video": N_("I cannot see videos yet."),
    "audio": N_("I cannot listen to audio yet."),
    "photo": N_("I cannot see pictures yet."),
    "sticker": N_("What a nice sticker! But I cannot read it."),
    "animation": N_("I cannot see animations yet."),
    "document": N_("I cannot read files here."),
    "contact": N_("I do not need that contact, and I have not kept it."),
    "location": N_("Thank you, but I do not need to know where you are, and I have not kept it."),
    "venue": N_("Thank you, but I do not need to know where you are, and I have not kept it."),
    "poll": N_("I cannot answer polls."),
    "dice": N_("I am no good at games."),
    "story": N_("I cannot see stories yet."),
    "forwarded": N_("I do not read forwarded messages."),
}
"""One line on each thing that is sent where words are asked for."""


@dataclass(frozen=True)
class Lost:
    """Who was not understood, and the meeting whose phone helps."""

    card: Card | None
    what: str | None = None
    """What was sent instead of words."""
    asked: bool = False
    """It was a question that nobody has told us the answer to."""
    back: bool = False
    """Something is there to go back to."""


def _load(session: Session, who: Who, params: Params, now: datetime) -> Lost:
    found = (session.get(Meeting, number) for number in params.get("meetings") or ())
    public = [each for each in found if each and each.state != "draft"]
    chosen = next((each for each in public if each.contact), public[0] if public else None)
    return Lost(
        card=meetings.card_of(session, chosen, who.person_id, now) if chosen else None,
        what=params.get("what"),
        asked=bool(params.get("asked")),
        back="interrupted" in params,
    )


def _not_understood(voice: Voice, lost: Lost) -> list[Message]:
    if lost.asked and lost.card:
        return [Message(unknown(voice, lost.card), _menu(voice))]
    text = voice.t.gettext("I did not understand that. Tap one of these, or write its number.")
    return [Message(text, _menu(voice))]


def _not_understood_here(voice: Voice, lost: Lost) -> list[Message]:
    if lost.asked and lost.card:
        return [Message(unknown(voice, lost.card))]
    return [Message(voice.t.gettext("I did not understand that. This is what I was asking:"))]


def _no_media(voice: Voice, lost: Lost) -> list[Message]:
    return [Message(_cannot(voice, lost), _menu(voice))]


def _no_media_here(voice: Voice, lost: Lost) -> list[Message]:
    return [Message(_cannot(voice, lost))]


def _cannot(voice: Voice, lost: Lost) -> str:
    """Say what it was that cannot be read, and what to do instead."""
    t = voice.t
    line = t.gettext(MEDIA[lost.what] if lost.what in MEDIA else N_("I can only read words for now."))
    contact = lost.card.contact if lost.card else None
    if not contact or not contact.get("phone"):
        instead = t.gettext("Please write, or tap a button.")
        return f"{line} {instead}"
    number = voice.say(contact["phone"])
    if contact.get("hours"):
        number = f"{number} ({voice.say(contact['hours'])})"
    instead = t.gettext("Please write, tap a button, or call {phone}.").format(phone=number)
    return f"{line} {instead}"


def _lost(voice: Voice, lost: Lost) -> list[Message]:
    t = voice.t
    lines = [t.gettext("I am sorry, I do not understand you well. It is my fault, not yours.")]
    if lost.card and (call := phone(voice, lost.card.contact)):
        lines.append(t.gettext("A person can help you. {phone}").format(phone=call))
    lines.append(t.gettext("Nothing is lost: you can go on where you were."))
    if not lost.back:
        return [Message("\n".join(lines), _menu(voice))]
    # Translators: what people type instead of tapping «Go back to where I was», with commas between.
    words = tuple(t.gettext("back, go back, go on").split(", "))
    return [Message("\n".join(lines), column(Button(t.gettext("Go back to where I was"), choice="here", words=words)))]


def _understood(voice: Voice, params: Params) -> list[Message]:
    t = voice.t
    text = t.gettext("I understood: «{answer}».").format(answer=escape(params["label"]))
    again = params.get("again")
    change = Button(t.gettext("Change"), choice=again, words=tuple(t.gettext("change it, no").split(", ")))
    return [Message(text, column(change if again else None))]


def _load_meant(session: Session, who: Who, params: Params, now: datetime) -> tuple[Group, int] | None:
    group = parties.group(session, params["registration"], who.person_id, now)
    return (group, params["companions"]) if group else None


def _companions_meant(voice: Voice, meant: tuple[Group, int]) -> list[Message]:
    t = voice.t
    group, number = meant
    text = t.ngettext(
        "Shall I count {number} person with you?", "Shall I count {number} people with you?", number
    ).format(number=voice.number(number))
    # Translators: what people type instead of tapping «Yes», with commas between.
    yes = tuple(t.gettext("yes, that is right").split(", "))
    no = tuple(t.gettext("change it, no").split(", "))
    rows = column(
        Button(t.gettext("Yes"), choice=f"bring:{group.registration_id}:{number}", words=yes),
        Button(t.gettext("Change"), choice=f"with:{group.registration_id}", words=no),
    )
    return [Message(text, rows)]


def _which_one(voice: Voice, _params: Params) -> list[Message]:
    return [
        Message(voice.t.gettext("That fits several of these. Please tap the one that you mean, or write its number."))
    ]


def _clear_word(voice: Voice, _params: Params) -> list[Message]:
    t = voice.t
    text = t.gettext("For that I need a clear answer from you: please tap the button, or write «I accept».")
    return [Message(text)]


def _companions_most(voice: Voice, _params: Params) -> list[Message]:
    t = voice.t
    text = t.ngettext(
        "Up to {number} person can come with you.", "Up to {number} people can come with you.", MOST_COMPANIONS
    ).format(number=voice.number(MOST_COMPANIONS))
    return [Message(text)]


def _load_hush_ask(session: Session, who: Who, _params: Params, _now: datetime) -> bool:
    """Tell whether news of commitments could come less often."""
    person = session.get(Person, who.person_id) if who.person_id is not None else None
    return person is not None and person.rhythm != digests.WEEKLY and bool(following.followed(session, person.id))


def _hush_ask(voice: Voice, weekly: bool) -> list[Message]:  # noqa: FBT001 - what was looked up
    t = voice.t
    text = t.gettext(
        "Shall I stop writing to you on my own? You would hear of no reminder, and not when a meeting moves or is"
        " cancelled. Your place stays yours."
    )
    rows = column(
        Button(t.gettext("Yes, write me nothing"), choice="hush", words=(t.gettext("yes"), "baja", "stop")),
        Button(t.gettext("Tell me only if it changes"), choice="changes"),
        rhythm_button(voice, digests.AT_ONCE) if weekly else None,
        Button(
            t.gettext("No, go on as before"),
            choice="here",
            words=tuple(t.gettext("no, none, it was a mistake").split(", ")),
        ),
    )
    return [Message(text, rows)]


def _load_offer(session: Session, who: Who, params: Params, now: datetime) -> tuple[Card, int] | None:
    offer = session.get(Offer, params["offer"])
    meeting = session.get(Meeting, offer.meeting_id) if offer else None
    if offer is None or meeting is None or meeting.state == "draft":
        return None
    return meetings.card_of(session, meeting, who.person_id, now), offer.id


def _pass_ask(voice: Voice, asked: tuple[Card, int]) -> list[Message]:
    t = voice.t
    card, offer = asked
    text = t.gettext("Shall I give the place in «{title}» to the next on the list? You would leave the list.")
    rows = column(
        Button(t.gettext("Yes, give it to somebody else"), choice=f"pass:{offer}", words=(t.gettext("yes"),)),
        Button(
            t.gettext("No, I look at it again"),
            choice="here",
            words=tuple(t.gettext("no, none, it was a mistake").split(", ")),
        ),
    )
    return [Message(text.format(title=voice.say(card.title)), rows)]


def _rude(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    t = voice.t
    text = t.gettext("I am sorry that you are upset. I read you, and I would like to help.")
    rows = column(Button(t.gettext("I have a complaint"), choice="pqrsd"), Button(t.gettext("Help"), choice="help"))
    return [Message(text, rows)]


def _menu(voice: Voice) -> Rows:
    t = voice.t
    return column(
        Button(t.gettext("My meetings"), choice="mine"),
        Button(t.gettext("Open meetings"), choice="open"),
        Button(t.gettext("Help"), choice="help"),
    )


KINDS: Final[dict[str, Kind]] = {
    "not_understood": Kind(_load, _not_understood),
    "not_understood_here": Kind(_load, _not_understood_here),
    "no_media": Kind(_load, _no_media),
    "no_media_here": Kind(_load, _no_media_here),
    "lost": Kind(_load, _lost),
    "understood": Kind(nothing_to_look_up, _understood),
    "companions_meant": Kind(_load_meant, _companions_meant),
    "which_one": Kind(nothing_to_look_up, _which_one),
    "clear_word": Kind(nothing_to_look_up, _clear_word),
    "companions_most": Kind(nothing_to_look_up, _companions_most),
    "hush_ask": Kind(_load_hush_ask, _hush_ask),
    "pass_ask": Kind(_load_offer, _pass_ask),
    "rude": Kind(nothing_to_look_up, _rude),
}
