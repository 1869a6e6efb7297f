"""What we say about meetings: the list of those to come, one on its card, its report and map, and that it is off."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import files, meetings, places
from civic.columns import Text
from civic.meetings import Card, Report
from civic.schema import Person
from messages.forwarding import forward_button
from messages.kind import Kind, Who
from messages.message import Button, Document, Message, Place, column
from messages.signup import card_by_id, phone
from messages.voice import Voice, escape, shortened

LABEL: Final = 56
"""Characters of a meeting on its button."""
NAME: Final = 40
"""Characters of a person's name."""
CONVENERS: Final = 400
"""Characters of all who convene, on a card."""
CROWD: Final = 40
"""People, of whom there must be more before their number invites others."""
KILOBYTE: Final = 1000
HERE: Final = ("registered", "attended", "no_show")
ON_THE_LIST: Final = ("waiting", "offered")


@dataclass(frozen=True)
class Coming:
    """A meeting in the list."""

    code: str
    title: Text
    starts_at: datetime
    timezone: str
    venue: Text
    places_left: int


@dataclass(frozen=True)
class Page:
    """A page of the meetings to come, from 0."""

    number: int
    coming: tuple[Coming, ...]
    more: bool


@dataclass(frozen=True)
class Reading:
    """A report to hand over: a file whole, or its address."""

    report: Report
    content: bytes
    title: Text


def facts(voice: Voice, card: Card) -> list[str]:
    """Say when and where a meeting is, a line each, in HTML."""
    venue = card.venue
    where = f"{voice.say(venue['name'])}, {voice.say(venue['address'])}"
    if venue.get("landmark"):
        where += f" ({voice.say(venue['landmark'])})"
    return [f"🗓 {hours(voice, card)}", f"📍 {where}"]


def hours(voice: Voice, card: Card) -> str:
    """Say a meeting's day, beginning and end."""
    return voice.t.gettext("{day}, from {start} to {end}").format(
        day=voice.day(card.starts_at, card.timezone),
        start=voice.clock(card.starts_at, card.timezone),
        end=voice.clock(card.ends_at, card.timezone),
    )


def size(voice: Voice, report: Report) -> str:
    """Say how large a report is: «PDF, 240 KB»; nothing for an address, whose size we do not know."""
    if report.size is None:
        return ""
    kind = report.name.rpartition(".")[2].upper() if "." in report.name else ""
    kilobytes = max(round(report.size / KILOBYTE), 1)
    if kilobytes < KILOBYTE:
        amount = f"{voice.number(kilobytes)} KB"
    else:
        amount = f"{voice.number(round(kilobytes / KILOBYTE, 1))} MB"
    return f"{kind}, {amount}" if kind else amount


def crowd(voice: Voice, card: Card) -> list[str]:
    """Say how many are coming, once that is a crowd (M3), until it begins; no line before."""
    if card.coming <= CROWD or card.started or card.state != "convened":
        return []
    return [voice.t.gettext("We are {number} by now.").format(number=voice.number(card.coming))]


def report_button(voice: Voice, card: Card) -> Button | None:
    """Offer the report, its size stated; nothing where there is none."""
    if card.report is None:
        return None
    label = voice.t.gettext("Read the report")
    said = size(voice, card.report)
    return Button(f"{label} ({said})" if said else label, choice=f"report:{card.id}", words=(label,))


def map_button(voice: Voice, card: Card) -> Button | None:
    """Offer the map, where the place on it is known."""
    known = card.venue.get("latitude") is not None and card.venue.get("longitude") is not None
    return Button(voice.t.gettext("See the map"), choice=f"map:{card.id}") if known else None


def invite_button(voice: Voice, card: Card) -> Button | None:
    """Offer a text to forward; nothing once signing up is over."""
    if card.started or card.state != "convened":
        return None
    # Translators: what people type instead of tapping «Invite a neighbour», with commas between.
    words = tuple(each.strip() for each in voice.t.gettext("invite, invite somebody, share").split(","))
    return Button(voice.t.gettext("Invite a neighbour"), choice=f"nb:{card.id}", words=words)


def _card(voice: Voice, card: Card) -> list[Message]:
    t = voice.t
    lines = [f"<b>{voice.say(card.title)}</b>", voice.say(card.objective), ""]
    lines += facts(voice, card)
    names = shortened(", ".join(voice.plain(each.name) for each in card.entities), CONVENERS)
    lines += [t.gettext("Convened by: {names}").format(names=escape(names))]
    lines += [t.gettext("Public policy: {policy}").format(policy=voice.say(card.policy)), ""]
    lines += [_standing(voice, card), *crowd(voice, card)]
    if card.late_because:
        late = t.gettext("It was announced less than 15 days ahead. The reason given: {reason}")
        lines += [late.format(reason=voice.say(card.late_because))]
    if not (card.over or card.state == "cancelled"):
        # M16
        lines += ["", t.gettext("It is a conversation: not for private cases, complaints or taking decisions.")]
    return [Message("\n".join(lines), column(*_card_buttons(voice, card)))]


def _standing(voice: Voice, card: Card) -> str:
    """Say what matters most of a meeting now, in one line."""
    t = voice.t
    if card.state == "cancelled":
        return t.gettext("<b>It was cancelled.</b> The reason: {reason}").format(
            reason=voice.say(card.cancelled_because)
        )
    if card.over:
        return t.gettext("<b>This meeting is over.</b> What was promised there can be followed here.")
    if card.started:
        return t.gettext("<b>This meeting has begun.</b>")
    own = {
        "offered": t.gettext("<b>A place is being held for you.</b>"),
        "waiting": t.gettext("<b>You are on the waiting list.</b>"),
        **dict.fromkeys(HERE, t.gettext("<b>You have a place.</b>")),
    }
    return own.get(card.registration_state or "") or _places(voice, card)


def _places(voice: Voice, card: Card) -> str:
    """Say what is left for who is not signed up."""
    t = voice.t
    if card.places_left:
        left = t.ngettext("<b>{number} place left</b>", "<b>{number} places left</b>", card.places_left)
        return left.format(number=voice.number(card.places_left))
    full = t.gettext("<b>All places are taken.</b>")
    if not card.waiting:
        nobody = t.gettext("Nobody is on the waiting list yet.")
        return f"{full} {nobody}"
    queue = t.ngettext(
        "{number} person is on the waiting list.", "{number} people are on the waiting list.", card.waiting
    )
    return f"{full} {queue.format(number=voice.number(card.waiting))}"


def _card_buttons(voice: Voice, card: Card) -> list[Button | None]:
    t = voice.t
    commitments = Button(t.gettext("Its commitments"), choice=f"cs:{card.id}")
    others = Button(t.gettext("Other meetings"), choice="open")
    if card.state == "cancelled":
        return [commitments if card.commitments else None, others]
    if card.over:
        return [commitments, report_button(voice, card), others]
    return [
        None if card.started and card.registration_state not in HERE else way_in(voice, card),
        report_button(voice, card),
        map_button(voice, card),
        commitments,
        invite_button(voice, card),
        Button(t.gettext("I have a complaint"), choice=f"pqrsd:{card.id}"),
        others,
    ]


def way_in(voice: Voice, card: Card) -> Button:
    """Offer a place in a meeting, or the list's end; or to see what she has there."""
    t = voice.t
    if card.registration_state in HERE:
        return Button(t.gettext("See my place"), choice=f"place:{card.registration_id}")
    if card.registration_state in ON_THE_LIST:
        return Button(t.gettext("See my place on the list"), choice=f"place:{card.registration_id}")
    # Translators: what people type instead of tapping «I want to go», with commas between.
    words = tuple(each.strip() for each in t.gettext("yes, I want to go, sign me up, go").split(","))
    if card.places_left:
        return Button(t.gettext("I want to go"), choice=f"go:{card.id}", words=words)
    return Button(t.gettext("Join the waiting list"), choice=f"go:{card.id}", words=words)


def _load_card(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Card | None:
    return meetings.card(session, params["code"], who.person_id, now)


def _load_page(session: Session, _who: Who, params: Mapping[str, Any], now: datetime) -> Page:
    number = max(int(params.get("page") or 0), 0)
    found, more = meetings.coming(session, now, number)
    return Page(
        number,
        tuple(
            Coming(
                each.code,
                each.title,
                each.starts_at,
                each.timezone,
                each.venue["name"],
                places.free(session, each, now),
            )
            for each in found
        ),
        more,
    )


def _page(voice: Voice, page: Page) -> list[Message]:
    t = voice.t
    if not page.coming:
        if page.number:
            text = t.gettext("There are no more meetings on this page.")
            return [Message(text, column(Button(t.gettext("The first meetings"), choice="open:0")))]
        text = t.gettext(
            "There is no meeting to sign up for at the moment. When one is convened, it will be here:"
            " write to me whenever you like."
        )
        return [
            Message(
                text,
                column(
                    Button(t.gettext("My meetings"), choice="mine"),
                    Button(t.gettext("Help"), choice="help"),
                ),
            )
        ]
    lines = [t.gettext("<b>Open meetings</b>\nTap one to see what it is about, or write its number.")]
    buttons: list[Button | None] = []
    for number, each in enumerate(page.coming, 1):
        when = voice.when(each.starts_at, each.timezone)
        lines += [
            "",
            f"{number}. <b>{voice.say(each.title)}</b>",
            f"{when} · {voice.say(each.venue)}",
            _left(voice, each),
        ]
        day = voice.day(each.starts_at, each.timezone)
        label = shortened(voice.plain(each.title), LABEL)
        buttons.append(Button(label, choice=f"m:{each.code}", words=(voice.plain(each.title), day)))
    if page.more:
        buttons.append(Button(t.gettext("More meetings"), choice=f"open:{page.number + 1}"))
    if page.number:
        buttons.append(Button(t.gettext("The meetings before"), choice=f"open:{page.number - 1}"))
    return [Message("\n".join(lines), column(*buttons))]


def _left(voice: Voice, each: Coming) -> str:
    if not each.places_left:
        return voice.t.gettext("All places are taken; there is a waiting list.")
    left = voice.t.ngettext("{number} place left", "{number} places left", each.places_left)
    return left.format(number=voice.number(each.places_left))


def _load_cancelled(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Card | None:
    card = card_by_id(session, who, params, now)
    return card if card and card.state == "cancelled" else None


def _load_off(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> tuple[Card, list[str]] | None:
    """Look at a meeting that is off, and who else on this phone was to come."""
    card = _load_cancelled(session, who, params, now)
    phone = select(Person.chat_id).where(Person.id == who.person_id).scalar_subquery()
    others = select(Person.name).where(Person.id.in_(params["others"]), Person.chat_id == phone).order_by(Person.id)
    return (card, [name for name in session.scalars(others) if name]) if card else None


def _off(voice: Voice, off: tuple[Card, list[str]]) -> list[Message]:
    """Say it once to all on a phone."""
    card, others = off
    (said,) = _cancelled(voice, card)
    names = escape(", ".join(shortened(name, NAME) for name in others))
    tell = voice.t.gettext("Please tell them, too: {names}.").format(names=names)
    return [replace(said, text=f"{said.text}\n\n{tell}" if others else said.text)]


def _cancelled(voice: Voice, card: Card) -> list[Message]:
    t = voice.t
    lines = [
        t.gettext("<b>The meeting is cancelled: please do not come.</b>"),
        "",
        f"<b>{voice.say(card.title)}</b>",
        *facts(voice, card),
        "",
        t.gettext("The reason: {reason}").format(reason=voice.say(card.cancelled_because)),
        t.gettext("We are sorry. You do not have to do anything."),
    ]
    if call := phone(voice, card.contact):
        lines += ["", call]
    others = Button(t.gettext("Other meetings"), choice="open")
    return [Message("\n".join(lines), column(others, forward_button(voice, "x", card.id)))]


def _load_map(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Card | None:
    return card_by_id(session, who, params, now)


def _map(voice: Voice, card: Card) -> list[Message]:
    back = column(Button(voice.t.gettext("Back to the meeting"), choice=f"m:{card.code}"))
    venue = card.venue
    if venue.get("latitude") is None:
        return [Message("\n".join(facts(voice, card)), back)]
    place = Place(venue["latitude"], venue["longitude"], voice.plain(venue["name"]), voice.plain(venue["address"]))
    return [Message("", back, place=place)]


def _load_report(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Reading | Card | None:
    card = card_by_id(session, who, params, now)
    if card is None or card.report is None:
        return card
    stored = files.fetch(session, card.report.sha256) if card.report.sha256 else None
    return Reading(card.report, stored.content if stored else b"", card.title)


def _report(voice: Voice, reading: Reading | Card) -> list[Message]:
    t = voice.t
    if isinstance(reading, Card):
        text = t.gettext("This meeting has no report to read yet.")
        return [Message(text, column(Button(t.gettext("Back to the meeting"), choice=f"m:{reading.code}")))]
    report = reading.report
    lead = t.gettext("The report to read before the meeting «{title}».").format(title=voice.say(reading.title))
    if report.url:
        return [Message(lead, column(Button(t.gettext("Open the report"), url=report.url)))]
    text = f"{lead} {size(voice, report)}".rstrip()
    return [Message(text, document=Document(report.name, reading.content, report.sha256))]


KINDS: Final[dict[str, Kind]] = {
    "card": Kind(_load_card, _card),
    "open_meetings": Kind(_load_page, _page),
    "cancelled": Kind(_load_cancelled, _cancelled),
    "off": Kind(_load_off, _off),
    "map": Kind(_load_map, _map),
    "report": Kind(_load_report, _report),
}
