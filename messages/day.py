"""What we say once a day: all reminders and the like of a chat in one message, each in short, its buttons numbered.

So are told the workshops of several people of a chat, or of one in several meetings.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from civic.feedback import Asked, Opening
from civic.registration import Place
from civic.schema import Person
from civic.support import LeftOut
from civic.thanks import Results
from messages import digests, feedback, for_whom, reminders, results, support, workshops
from messages.digests import Week
from messages.forwarding import forward_button
from messages.kind import Kind, Who
from messages.meetings import crowd, map_button
from messages.message import Button, Document, Message, column
from messages.places import workshop
from messages.reminders import Reminding, how_soon
from messages.signup import phone
from messages.voice import Voice, escape, shortened
from messages.workshops import Seat

LABEL: Final = 40
"""Characters of a title, or a name, on a button, after what the button does."""
NAME: Final = 20
"""Characters of a name that a title follows."""
MOST_OF_A_LABEL: Final = 64
"""Characters that Telegram's buttons show."""
TITLE: Final = 80
"""Characters of a title in a part."""
FEWEST: Final = 6
"""Parts that are told in a message, however long it gets: more than that has only a phone that many share."""
MOST: Final = 12
"""Places that are told where they fit; the others stand in «My meetings»."""
FORWARDED: Final = 5
"""Meetings that one button offers to forward: its data holds no more."""
WHOLE: Final = 600
"""Characters of a message in which every part says all; a longer one leaves out what a tap tells."""
IN_A_DIGEST: Final = 3
"""Commitments that are named of a digest."""


@dataclass(frozen=True)
class Part:
    """Something that a kind of message has to say."""

    kind: str
    data: Any
    ward: Person | None = None
    """For whom it is who was signed up from this phone; None: for who has it."""


@dataclass(frozen=True)
class Day:
    """All that there is to say today: places by their meetings, the nearest first, then all else."""

    parts: tuple[Part, ...]
    more: int = 0
    """Places that did not fit."""

    @property
    def meetings(self) -> list[int]:
        """The meetings of its places, each once for each of the chat's people who come to it."""
        return [number for part in self.parts if (number := _meeting(part)) is not None]

    @property
    def is_shared(self) -> bool:
        """Whether several of the chat's people come to one meeting: names tell which is whose."""
        return len(set(self.meetings)) < len(self.meetings)

    def with_places(self, most: int) -> "Day":
        """Leave out the places of the farthest meetings, but for so many; nothing else can be looked up."""
        places = len(self.meetings)
        cut = max(places - most, 0)
        return Day((*self.parts[: places - cut], *self.parts[places:]), self.more + cut)


class Short(NamedTuple):
    """A part in short, in HTML."""

    head: str
    """Its headline, which is numbered."""
    lines: tuple[str, ...]
    first: Button
    """What its number means, when it is typed."""
    others: tuple[Button, ...] = ()
    meeting: "About | None" = None


class About(NamedTuple):
    """What is the same for all who come to one meeting, and is said once."""

    id: int
    when: tuple[str, ...]
    where: tuple[str, ...]
    button: Button | None
    """Its report, or with the last reminder the map."""
    last: bool
    """It is the last reminder: where it is matters, however long the message gets."""


_PLACES: Final = frozenset({"reminder", "seated"})
"""Kinds of part that tell somebody of her place."""


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Day | None:
    """Look again at each part: what there is nothing to say of any more falls out.

    One meeting's stay together, and the nearest comes first.
    """
    parts: list[Part] = []
    alike: list[tuple[str, Any]] = []
    for each in params["parts"]:
        whose, entry = Who(each["person"], who.language), _PARTS[each["kind"]].kind
        if entry.told:  # says the same to everybody: once in a chat
            once = each["kind"], each["params"].get("meeting")
            if once in alike or not entry.told(session, [each["person"]], each["params"]):
                continue
            alike.append(once)
        ward = for_whom.person_of(session, whose, each["params"]) if "for" in each["params"] else None
        gone = ward is None and "for" in each["params"]  # to her own phone
        data = None if gone else entry.load(session, whose, each["params"], now)
        if data is not None:
            parts.append(Part(each["kind"], data, ward))
    parts.sort(key=_nearness)
    return Day(tuple(parts)).with_places(MOST) if parts else None


def _meeting(part: Part) -> int | None:
    """Say which meeting a part has a place of; None for what is of none."""
    return part.data.place.card.id if part.kind in _PLACES else None


def _nearness(part: Part) -> tuple[float, int]:
    """Order parts by when their meetings begin; what tells of no place comes after them."""
    if part.kind not in _PLACES:
        return math.inf, 0
    return part.data.place.card.starts_at.timestamp(), part.data.place.card.id


def _say(voice: Voice, day: Day) -> list[Message]:
    """Say the parts in short, as many places as fit, the reports that come with them; one alone as it always is."""
    if len(day.parts) == 1:
        (alone,) = day.parts
        own = _PARTS[alone.kind].kind.say(voice, alone.data)
        return for_whom.said_for(voice, alone.ward, own) if alone.ward else [*own]
    attached = _reports(voice, day)
    said = _in_short(voice, day)
    while len(said.text) > WHOLE and len(day.parts) > FEWEST and len(day.meetings) > 1:
        day = day.with_places(len(day.meetings) - 1)
        said = _in_short(voice, day)
    if attached and len(said.text) <= reminders.CAPTION_ROOM:
        said = replace(said, document=attached.pop(0).document)
    return [*attached, said]


def _reports(voice: Voice, day: Day) -> list[Message]:
    """Bring each report with the first reminder of its meeting (M8), once to all on a phone, the nearest first."""
    found: dict[int, Message] = {}
    for part in day.parts:
        card = part.data.place.card if part.kind == "reminder" and part.data.first else None
        if card and card.report and card.report.sha256:
            lead = voice.t.gettext("The report to read before the meeting «{title}».")
            text = lead.format(title=escape(shortened(voice.plain(card.title), TITLE)))
            found.setdefault(card.id, Message(text, document=Document(card.report.name, b"", card.report.sha256)))
    return list(found.values())


def _in_short(voice: Voice, day: Day) -> Message:
    t = voice.t
    shorts = [
        _acting(voice, part, _PARTS[part.kind].short(voice, part.data, number, day))
        for number, part in enumerate(day.parts, 1)
    ]
    seats = all(part.kind == "seated" for part in day.parts)
    ready = t.gettext("The workshops are ready.")
    head = f"<b>{ready}</b>" if seats else t.gettext("<b>Today's reminders</b>")
    text = "\n\n".join([head, *_paragraphs(shorts, whole=True)])
    if len(text) > WHOLE:
        text = "\n\n".join([head, *_paragraphs(shorts, whole=False)])
    if any(part.kind == "reminder" and part.data.first and part.data.place.card.report for part in day.parts):
        read = t.gettext("Please read the report before you come: it is what we will talk about.")
        text += f"\n\n{read}"
    mine = None
    if day.more:
        more = t.ngettext("And {number} more, in «My meetings».", "And {number} more, in «My meetings».", day.more)
        text += f"\n\n{more.format(number=voice.number(day.more))}"
        mine = Button(t.gettext("My meetings"), choice="mine")
    of_meetings = {each.meeting.id: each.meeting.button for each in reversed(shorts) if each.meeting}
    others = (button for each in shorts for button in each.others)
    told_of = list(dict.fromkeys(day.meetings))
    forward = forward_button(voice, "s" if seats else "r", *told_of[:FORWARDED]) if told_of else None
    firsts = (each.first for each in shorts)
    rows = column(*firsts, _all_come(voice, day), *others, *reversed(of_meetings.values()), forward, mine)
    return Message(text, rows)


def _all_come(voice: Voice, day: Day) -> Button | None:
    """Offer to confirm all places at once."""
    places = {
        number: part.data.place.id
        for number, part in enumerate(day.parts, 1)
        if part.kind in _PLACES and not part.data.place.confirmed
    }
    hers_alone = len(day.meetings) == len(day.parts) and not any(part.ward for part in day.parts)
    return reminders.confirm_all(voice, places, bare=hers_alone)


def _acting(voice: Voice, part: Part, short: Short) -> Short:
    """Say for whom a part is who was signed up from this phone, and let its buttons act for her."""
    if part.ward is None:
        return short
    name = for_whom.called(voice, part.ward)
    head = voice.t.gettext("<b>For {name}:</b>").format(name=name)
    own = short.head == f"<b>{name}</b>"
    called = None if part.kind in _PLACES else part.ward.name
    first, *others = (
        for_whom.acting_button(_whose(button, called), part.ward.id) for button in (short.first, *short.others)
    )
    return short._replace(head=head if own else f"{head} {short.head}", first=first, others=tuple(others))


def _whose(button: Button, name: str | None) -> Button:
    """Put a name before what a button is about: «Answer 2: Rosa, Water»."""
    if not name:
        return button
    does, _, title = button.label.partition(": ")
    about = ", ".join(filter(None, (shortened(name, NAME), title)))
    return replace(button, label=shortened(f"{does}: {about}", MOST_OF_A_LABEL))


def _paragraphs(shorts: Sequence[Short], *, whole: bool) -> list[str]:
    """Say each part; what several say of one meeting stands with the first of them."""
    said: set[int] = set()
    paragraphs = []
    for number, each in enumerate(shorts, 1):
        lines = [f"{number}. {each.head}"]
        if each.meeting and each.meeting.id not in said:
            said.add(each.meeting.id)
            lines += each.meeting.when
            lines += each.meeting.where if whole or each.meeting.last else ()
        paragraphs.append("\n".join((*lines, *each.lines)))
    return paragraphs


def _reminder(voice: Voice, reminding: Reminding, number: int, day: Day) -> Short:
    """Say a reminder: how soon it is, and what matters then."""
    t, card = voice.t, reminding.place.card
    when = (how_soon(voice, reminding), voice.when(card.starts_at, card.timezone))
    where = [_where(voice, card.venue), *crowd(voice, card)]
    button = None
    if reminding.last:
        where.append(phone(voice, card.contact))
        button = map_button(voice, card) if len(set(day.meetings)) == 1 else None
    elif card.report and not (reminding.first and card.report.sha256):
        title = shortened(voice.plain(card.title), LABEL)
        read = t.gettext("Report {number}: {title}").format(number=number, title=title)
        button = Button(read, choice=f"report:{card.id}")
    about = About(card.id, when, tuple(filter(None, where)), button, reminding.last)
    return _of_place(voice, reminding.place, number, day, about)


def _seated(voice: Voice, seat: Seat, number: int, day: Day) -> Short:
    card = seat.place.card
    when, where = voice.when(card.starts_at, card.timezone), _where(voice, card.venue)
    return _of_place(voice, seat.place, number, day, About(card.id, (when,), (where,), None, last=False))


def _of_place(voice: Voice, place: Place, number: int, day: Day, about: About) -> Short:
    """Say somebody's place; on a phone that several share, by whose it is."""
    t, card = voice.t, place.card
    title = voice.plain(card.title)
    head = f"<b>{escape(shortened(title, TITLE))}</b>"
    name = place.name if day.is_shared else None
    several = len(set(day.meetings)) > 1
    named = (shortened(name or "", NAME if several else LABEL), title if several or not name else "")
    what = shortened(", ".join(filter(None, named)), LABEL)
    lines = [workshop(voice, place) or (t.gettext("The place is kept.") if name else "")]
    if about.last:
        lines.append(t.gettext("Your code: <b>{code}</b> (your name is enough)").format(code=place.code))
    if place.confirmed:
        mine = t.gettext("My place {number}: {title}").format(number=number, title=what)
        first = Button(mine, choice=f"place:{place.id}")
    else:
        confirm = t.gettext("I confirm {number}: {title}").format(number=number, title=what)
        first = Button(confirm, choice=f"confirm:{place.id}")
    cannot = t.gettext("I cannot go {number}: {title}").format(number=number, title=what)
    return Short(
        head=f"<b>{escape(name)}</b>" if name else head,
        lines=tuple(filter(None, lines)),
        first=first,
        others=(Button(cannot, choice=f"leave:{place.id}"),),
        meeting=about._replace(when=(head, *about.when)) if name else about,
    )


def _where(voice: Voice, venue: Mapping[str, Any]) -> str:
    """Say the place, its address and the door's landmark in a line, in HTML."""
    where = ", ".join(voice.say(venue[part]) for part in ("name", "address"))
    return f"{where} ({voice.say(venue['landmark'])})" if venue.get("landmark") else where


def _nudge(voice: Voice, opening: Opening | Asked, number: int, _day: Day) -> Short:
    t = voice.t
    title = voice.plain(opening.title)
    head = f"<b>{escape(shortened(title, TITLE))}</b>"
    what = shortened(title, LABEL)
    lines = (t.gettext("I still miss your answer: it takes two minutes, and I will not ask again."),)
    if isinstance(opening, Asked):
        label = t.gettext("Answer {number}: {title}").format(number=number, title=what)
        return Short(head, lines, Button(label, choice=f"fb:q:{opening.registration_id}:{opening.question_id}"))
    went = t.gettext("I was there {number}: {title}").format(number=number, title=what)
    missed = t.gettext("I could not go {number}: {title}").format(number=number, title=what)
    return Short(
        head,
        lines,
        Button(went, choice=f"fb:yes:{opening.registration_id}"),
        (Button(missed, choice=f"fb:no:{opening.registration_id}"),),
    )


def _ask_again(voice: Voice, left: LeftOut, number: int, _day: Day) -> Short:
    t = voice.t
    title = voice.plain(left.card.title)
    lines = (t.gettext("Soon we prepare the workshops, and some questions are still without an answer."),)
    label = t.gettext("Answer {number}: {title}").format(number=number, title=shortened(title, LABEL))
    return Short(f"<b>{escape(shortened(title, TITLE))}</b>", lines, Button(label, choice=f"fill:{left.card.id}"))


def _digest(voice: Voice, week: Week, number: int, _day: Day) -> Short:
    t = voice.t
    stories, more = week.news.stories, week.news.more
    lines = [f"• {shortened(voice.plain(each.standing.text), TITLE)}" for each in stories[:IN_A_DIGEST]]
    if left := len(stories[IN_A_DIGEST:]) + more:
        said = t.ngettext("And {number} more.", "And {number} more.", left)
        lines.append(said.format(number=voice.number(left)))
    label = t.gettext("See the week {number}").format(number=number)
    head = t.gettext("<b>The week of your commitments</b>")
    return Short(head, tuple(map(escape, lines)), Button(label, choice=digests.whole(week)))


def _results(voice: Voice, seen: Results, number: int, _day: Day) -> Short:
    t = voice.t
    title = voice.plain(seen.title)
    head = results.headline(voice, seen)
    lines = (escape(shortened(title, TITLE)), results.people(voice, seen), results.commitments(voice, seen))
    label = t.gettext("Its commitments {number}: {title}").format(number=number, title=shortened(title, LABEL))
    return Short(head, tuple(filter(None, lines)), Button(label, choice=f"cs:{seen.meeting_id}"))


class _Entry(NamedTuple):
    kind: Kind
    short: Callable[[Voice, Any, int, Day], Short]


_PARTS: Final[dict[str, _Entry]] = {
    "reminder": _Entry(reminders.KINDS["reminder"], _reminder),
    "seated": _Entry(workshops.KINDS["seated"], _seated),
    "nudge": _Entry(feedback.KINDS["nudge"], _nudge),
    "ask_again": _Entry(support.KINDS["ask_again"], _ask_again),
    "digest": _Entry(digests.KINDS["digest"], _digest),
    "results": _Entry(results.KINDS["results"], _results),
}

KINDS: Final[dict[str, Kind]] = {"day": Kind(_load, _say)}
