"""What we say to a question in between: from the meeting's own `faq`, from its data, or that we do not know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from civic import meetings, registration
from civic.columns import Text
from civic.meetings import Card
from civic.parties import MOST_COMPANIONS
from civic.places import AHEAD
from civic.registration import Place
from civic.schema import Meeting
from messages import mates
from messages.for_whom import another
from messages.kind import Kind, Params, Who
from messages.mates import Mate
from messages.meetings import facts, hours, map_button
from messages.message import Button, Message, column
from messages.needs import need
from messages.places import workshop
from messages.signup import conveners, phone
from messages.voice import Voice, escape, shortened

LABEL: Final = 56
"""Characters of a meeting on its button."""
ROOM: Final = 460
"""Characters of an answer that a meeting's file gives, with its question; the page has all of it."""
WHOLE: Final = 600
"""Characters of one message."""
ASKED: Final = 80
"""Characters of a question of the file."""
NAMED: Final = 160
"""Characters of a text of the meeting within an answer."""
LISTED: Final = 70
"""Characters of a title where several are listed."""
SEVERAL: Final = 5
MANY: Final = 30
"""Characters of a title where more than several are; their buttons say more of them."""
POINT: Final = 60
EXAMPLES: Final = 6


@dataclass(frozen=True)
class Aside:
    """What was asked of a meeting, by who sees it."""

    card: Card
    place: Place | None
    """Her place in it, or on its list."""
    mates: tuple[Mate, ...]
    """All of her phone who have one, if somebody else was signed up from it; herself first."""
    topics: tuple[str, ...]
    given: tuple[tuple[Text, Text], ...]
    """Questions of the meeting's own `faq` and their answers; they come first."""
    needs: tuple[str, ...]
    alone: bool
    """Nothing else is being asked of her: the ways on are offered."""


@dataclass(frozen=True)
class Several:
    """Meetings that may be meant."""

    cards: tuple[Card, ...]
    topics: str


def _load(session: Session, who: Who, params: Params, now: datetime) -> Aside | None:
    meeting = session.get(Meeting, params["meeting"])
    if meeting is None or meeting.state == "draft":
        return None
    card = meetings.card_of(session, meeting, who.person_id, now)
    hers = registration.place(session, card.registration_id, now) if card.registration_id else None
    asked = list(zip(params["about"], params["faq"], strict=True))
    known = (meeting.faq[n] for _, n in asked if n is not None and 0 <= n < len(meeting.faq))
    given = tuple((each["question"], each["answer"]) for each in known)
    left = tuple(topic for topic, n in asked if n is None and not (given and topic == "faq"))
    others = mates.of_phone(session, who.person_id, meeting.id, now)
    own = [Mate(None, hers)] if others and hers is not None and hers.state in AHEAD else []
    return Aside(
        card,
        hers,
        (*own, *others),
        left,
        given,
        tuple(meeting.needs),
        alone="interrupted" in params or not params.get("here"),
    )


def _say(voice: Voice, aside: Aside) -> list[Message]:
    room = ROOM // max(1, len(aside.given) + len(aside.topics))
    parts = [_given(voice, *each, room=room) for each in aside.given]
    parts += [ANSWERS.get(topic, _unknown)(voice, aside) for topic in aside.topics]
    if aside.card.state == "cancelled":
        parts.insert(0, voice.t.gettext("<b>That meeting was cancelled.</b>"))
    said = [""]
    for part in dict.fromkeys(parts):  # several long answers are several messages
        longer = f"{said[-1]}\n\n{part}" if said[-1] else part
        said = [*said[:-1], longer] if len(longer) <= WHOLE or not said[-1] else [*said, part]
    return [*map(Message, said[:-1]), Message(said[-1], column(*_ways(voice, aside)))]


def _given(voice: Voice, question: Text, answer: Text, *, room: int) -> str:
    """Say which question of the file is answered: hers may be put the other way round, and its «no» mean her yes."""
    return f"<b>{_cut(voice, question, ASKED)}</b>\n{_cut(voice, answer, max(room - ASKED, ASKED))}"


def _ways(voice: Voice, aside: Aside) -> list[Button | None]:
    """Offer what the answer leads to, and where nothing else is asked, the meeting."""
    t, card, place = voice.t, aside.card, aside.place
    ways: list[Button | None] = []
    if not {"where", "how_to_get"}.isdisjoint(aside.topics):
        ways.append(map_button(voice, card))
    if "code" in aside.topics and aside.mates:
        ways += mates.qr_codes(voice, aside.mates)
    elif "code" in aside.topics and place and place.code and place.state == "registered":
        ways.append(Button(t.gettext("QR code"), choice=f"ticket:{place.id}"))
    ahead = place is not None and place.state in AHEAD and not card.started
    if "bring" in aside.topics and place and ahead:
        ways.append(Button(t.gettext("Say who comes with me"), choice=f"with:{place.id}"))
    if "others" in aside.topics and not card.started:
        ways.append(another(voice, card.id))
    if "deciding" in aside.topics and place and place.offer_id and place.state == "offered" and aside.alone:
        ways.append(Button(t.gettext("I take it"), choice=f"take:{place.offer_id}"))
    if "instead" in aside.topics and place and ahead:
        ways += [Button(t.gettext("I cannot go"), choice=f"leave:{place.id}"), another(voice, card.id)]
    if aside.alone:
        ways.append(
            Button(t.gettext("My place"), choice=f"place:{place.id}")
            if place and place.state in (*AHEAD, "offered")
            else Button(t.gettext("Back to the meeting"), choice=f"m:{card.code}")
        )
    return ways


def _where(voice: Voice, aside: Aside) -> str:
    here = voice.t.gettext("It is here:")
    return f"{here}\n{facts(voice, aside.card)[1]}"


def _when(voice: Voice, aside: Aside) -> str:
    return f"🗓 {hours(voice, aside.card)}"


def _until(voice: Voice, aside: Aside) -> str:
    card = aside.card
    return voice.t.gettext("It ends {end}, and begins {start}, on {day}.").format(
        end=voice.at(card.ends_at, card.timezone),
        start=voice.at(card.starts_at, card.timezone),
        day=voice.day(card.starts_at, card.timezone),
    )


def _closing(voice: Voice, aside: Aside) -> str:
    t, card, place = voice.t, aside.card, aside.place
    if place and place.state == "offered" and place.offer_expires_at:
        until = voice.when(place.offer_expires_at, card.timezone)
        return t.gettext(
            "The place is held for you until <b>{until}</b>. If you do not answer, you keep your number."
        ).format(until=until)
    if card.started or card.state != "convened":
        return t.gettext("Signing up is over.")
    return t.gettext("You can sign up until it begins: {when}").format(when=voice.when(card.starts_at, card.timezone))


def _how_to_get(voice: Voice, aside: Aside) -> str:
    t, card = voice.t, aside.card
    lines = [_where(voice, aside)]
    if map_button(voice, card):
        lines.append(t.gettext("The map shows the way from where you are."))
    if call := phone(voice, card.contact):
        lines.append(t.gettext("If you do not find it, call. {phone}").format(phone=call))
    return "\n".join(lines)


def _who(voice: Voice, aside: Aside) -> str:
    return voice.t.gettext("It is convened by {entities}.").format(entities=conveners(voice, aside.card))


def _free(voice: Voice, _aside: Aside) -> str:
    return voice.t.gettext("Your place costs nothing, and nobody may charge you for it.")


def _code(voice: Voice, aside: Aside) -> str:
    t, place = voice.t, aside.place
    if aside.mates:
        head = t.gettext("The codes for «{title}»:").format(title=_title(voice, aside))
        return f"{head}\n{mates.codes(voice, aside.mates)}"
    if place and place.code and place.state == "registered":
        return t.gettext("Your code for «{title}» is <b>{code}</b>. Your name is enough, too.").format(
            title=_title(voice, aside), code=escape(place.code)
        )
    if place and place.state in {"waiting", "offered"}:
        return t.gettext("You are on the waiting list of «{title}»: you get a code with your place.").format(
            title=_title(voice, aside)
        )
    return t.gettext("You get a code with your place, and you have none in «{title}» yet.").format(
        title=_title(voice, aside)
    )


def _workshop(voice: Voice, aside: Aside) -> str:
    t, place = voice.t, aside.place
    if aside.mates:
        head = t.gettext("<b>The workshops</b>")
        return f"{head}\n{mates.workshops(voice, aside.mates)}"
    if place and (seat := workshop(voice, place)):
        return seat
    if place and place.late:
        return t.gettext("Your workshop is told to you at the door.")
    if place and place.state == "registered":
        return t.gettext("Your workshop is not decided yet. I write to you as soon as it is.")
    return t.gettext("People are told their workshop some days before, once they have a place in «{title}».").format(
        title=_title(voice, aside)
    )


def _children(voice: Voice, aside: Aside) -> str:
    t = voice.t
    said = t.gettext("Children may come with you; count a place for each.")
    if "childcare" in aside.needs:
        said += " " + t.gettext("If you need somebody to look after them, say so when I ask which support you need.")
    return said


def _without_signup(voice: Voice, aside: Aside) -> str:
    t, card, place = voice.t, aside.card, aside.place
    if place and place.state == "registered":
        return t.gettext("You are signed up already: your place is kept.")
    if place and place.state in {"waiting", "offered"}:
        return t.gettext("You are on the list already: I write to you when there is a place.")
    said = t.gettext("Please sign up: only then a place is kept for you.")
    if not card.places_left and not card.started:
        return said + " " + t.gettext("At the moment all are taken, and there is a waiting list.")
    return said


def _about_what(voice: Voice, aside: Aside) -> str:
    card = aside.card
    points = (f"• {_cut(voice, each, POINT)}" for each in card.central_points[:EXAMPLES])
    return "\n".join([_cut(voice, card.objective, NAMED), *points])


def _bring(voice: Voice, aside: Aside) -> str:
    if aside.place and aside.place.state in AHEAD and not aside.card.started:
        return voice.t.gettext("Yes, up to {most} people; I keep a place for each while there are any.").format(
            most=MOST_COMPANIONS
        )
    return voice.t.gettext(
        "Yes: when you sign up I ask how many come with you, up to {most}, and keep a place for each."
    ).format(most=MOST_COMPANIONS)


def _places_left(voice: Voice, aside: Aside) -> str:
    t, card = voice.t, aside.card
    if not card.places_left:
        return t.gettext("All places are taken; there is a waiting list.")
    left = t.ngettext("{number} place left", "{number} places left", card.places_left)
    return left.format(number=voice.number(card.places_left)) + "."


def _needs(voice: Voice, aside: Aside) -> str:
    t = voice.t
    if not aside.needs:
        return _unknown(voice, aside)
    listed = ", ".join(need(voice, each) for each in aside.needs[:EXAMPLES])
    return t.gettext(
        "You can say which support you need ({needs}), and I tell you whether it is there. Your place is yours"
        " either way."
    ).format(needs=listed)


def _phone(voice: Voice, aside: Aside) -> str:
    if call := phone(voice, aside.card.contact):
        return voice.t.gettext("You can talk to a person. {phone}").format(phone=call)
    return voice.t.gettext("I know no phone number. Please ask at the office of {entities}.").format(
        entities=conveners(voice, aside.card)
    )


def _robot(voice: Voice, aside: Aside) -> str:
    said = voice.t.gettext("I am Convoca, a program that writes by itself.")
    call = phone(voice, aside.card.contact)
    return said + " " + voice.t.gettext("You can talk to a person. {phone}").format(phone=call) if call else said


def _what_to_bring(voice: Voice, aside: Aside) -> str:
    t = voice.t
    return " ".join((t.gettext("Your name is enough at the door; the code helps."), _unknown_else(voice, aside)))


def _instead(voice: Voice, _aside: Aside) -> str:
    return voice.t.gettext(
        "A place is for the person whose name it has. If you cannot go, tell me, and it goes to the next on the list;"
        " whoever would like to go signs up on their own phone, or from yours."
    )


def _others(voice: Voice, _aside: Aside) -> str:
    return voice.t.gettext(
        "Yes: you can sign up another person from this phone, also somebody who has none. I read them their own"
        " permission, they get a place and a code of their own, and what I have to tell them comes here."
    )


def _deciding(voice: Voice, aside: Aside) -> str:
    t, card, place = voice.t, aside.card, aside.place
    if place and place.state == "registered" and not card.started:
        return t.gettext("There is no hurry: your place is kept. If you cannot go, tell me any time before it begins.")
    return _closing(voice, aside)


def _waiting(voice: Voice, aside: Aside) -> str:
    place = aside.place
    if place is None or place.position is None:
        return _unknown(voice, aside)
    return voice.t.gettext(
        "You are number {position} on the list of «{title}». I cannot say how long it takes: I write to you as soon as"
        " there is a place."
    ).format(position=voice.number(place.position), title=_title(voice, aside))


def _unknown_else(voice: Voice, aside: Aside) -> str:
    call = phone(voice, aside.card.contact)
    said = voice.t.gettext("I know of nothing else.")
    return f"{said} {call}".strip()


def _unknown(voice: Voice, aside: Aside) -> str:
    return unknown(voice, aside.card)


def unknown(voice: Voice, card: Card) -> str:
    """Say that we do not know, and who does."""
    t = voice.t
    if call := phone(voice, card.contact):
        return t.gettext("That I do not know, and I would rather not guess. You can ask here. {phone}").format(
            phone=call
        )
    return t.gettext(
        "That I do not know, and I would rather not guess. Please ask at the office of {entities}."
    ).format(entities=conveners(voice, card))


def _title(voice: Voice, aside: Aside) -> str:
    return _cut(voice, aside.card.title, NAMED)


def _cut(voice: Voice, text: Text, most: int) -> str:
    """Say a text of the meeting in so many characters, in HTML."""
    return escape(shortened(voice.plain(text), most))


ANSWERS: Final[dict[str, Callable[[Voice, Aside], str]]] = {
    "where": _where,
    "when": _when,
    "until": _until,
    "closing": _closing,
    "how_to_get": _how_to_get,
    "who": _who,
    "free": _free,
    "code": _code,
    "workshop": _workshop,
    "children": _children,
    "without_signup": _without_signup,
    "about_what": _about_what,
    "bring": _bring,
    "places_left": _places_left,
    "needs": _needs,
    "phone": _phone,
    "robot": _robot,
    "what_to_bring": _what_to_bring,
    "instead": _instead,
    "waiting": _waiting,
    "others": _others,
    "deciding": _deciding,
}
"""What a meeting's data know; all else (parking, a certificate, food) only its `faq` does."""


def _load_several(session: Session, who: Who, params: Params, now: datetime) -> Several:
    found = (session.get(Meeting, number) for number in params["meetings"])
    cards = [meetings.card_of(session, each, who.person_id, now) for each in found if each and each.state != "draft"]
    return Several(tuple(cards), ".".join(params["about"]))


def _which(voice: Voice, several: Several) -> list[Message]:
    t = voice.t
    if not several.cards:
        text = t.gettext("There is no meeting to tell of at the moment. When one is convened, it will be here.")
        rows = column(
            Button(t.gettext("My meetings"), choice="mine"),
            Button(t.gettext("Help"), choice="help"),
        )
        return [Message(text, rows)]
    lines = [t.gettext("<b>Which meeting do you ask about?</b>")]
    most = LISTED if len(several.cards) <= SEVERAL else MANY
    lines += [
        f"{number}. <b>{_cut(voice, card.title, most)}</b>\n{voice.when(card.starts_at, card.timezone)}"
        for number, card in enumerate(several.cards, 1)
    ]
    buttons = (
        Button(
            shortened(f"{number}. {voice.plain(card.title)}", LABEL),
            choice=f"about:{card.id}:{several.topics}",
            words=(voice.plain(card.title), voice.day(card.starts_at, card.timezone)),
        )
        for number, card in enumerate(several.cards, 1)
    )
    return [Message("\n".join(lines), column(*buttons))]


KINDS: Final[Mapping[str, Kind]] = {
    "about": Kind(_load, _say),
    "about_which": Kind(_load_several, _which),
}
