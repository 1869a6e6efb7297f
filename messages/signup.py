"""What we say while somebody signs up: the permission, and the questions after the place."""

import html
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import answers, meetings
from civic.answers import Answers, Question
from civic.columns import Text
from civic.meetings import Card
from civic.questions import MOST_CHOICES
from civic.schema import Meeting
from locales import N_
from messages.for_whom import another
from messages.kind import Kind, Who
from messages.message import Button, Message, Rows, column
from messages.needs import change_buttons
from messages.voice import Voice, escape, shortened
from messages.words import OPTIONS as OPTION_WORDS

WIDE = 8
"""Up to so many topics have a row each; more are numbers under a list."""
LABEL = 40
"""Characters of a topic on its button."""
LISTED = 2400
"""Characters of all topics under a question."""
MOST_BUTTONS = 88
"""Topics that have a button; Telegram shows 100 under a message. Others are chosen by writing their numbers."""

ATTRIBUTES: Final = {
    "age_band": N_("What is your age?"),
    "zone": N_("Where do you live?"),
    "gender": N_("What is your gender?"),
}
OPTIONS: Final = {
    "urbana": N_("In town"),
    "urban": N_("In town"),
    "rural": N_("In the countryside"),
    "mujer": N_("Woman"),
    "hombre": N_("Man"),
    "otro": N_("Other"),
    "otra": N_("Other"),
}


def conveners(voice: Voice, card: Card) -> str:
    """Name who convenes, in HTML, each with a link to its data policy where it has one."""
    return ", ".join(
        f'<a href="{html.escape(each.privacy)}">{voice.say(each.name)}</a>' if each.privacy else voice.say(each.name)
        for each in card.entities
    )


def phone(voice: Voice, contact: Mapping[str, Any] | None) -> str:
    """Say whom to call, with the hours; nothing when the meeting names nobody."""
    if not contact or not contact.get("phone"):
        return ""
    line = voice.t.gettext("Phone: {phone}").format(phone=voice.say(contact["phone"]))
    return f"{line} ({voice.say(contact['hours'])})" if contact.get("hours") else line


def card_by_id(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Card | None:
    """Load the card of a meeting named by its id; None for a draft."""
    meeting = session.get(Meeting, params["meeting"])
    if meeting is None or meeting.state == "draft":
        return None
    return meetings.card_of(session, meeting, who.person_id, now)


def _consent(voice: Voice, card: Card) -> list[Message]:
    return permission(voice, card, f"yes:{card.id}")


def permission(voice: Voice, card: Card, accept: str, *, head: str = "") -> list[Message]:
    """Ask for the permission to keep somebody's data; accepting it is the choice `accept`."""
    t = voice.t
    lines = [
        head or t.gettext("<b>One permission before your place</b>"),
        "",
        t.gettext("<b>Who keeps your data:</b> {entities}").format(entities=conveners(voice, card)),
        t.gettext("<b>What:</b> your name, this chat and what you choose to answer."),
        t.gettext("<b>What for:</b> your place, the reminders and news of the commitments."),
        t.gettext("<b>Your rights:</b> to see, correct or erase your data and to take this permission back: /privacy"),
    ]
    if any(each.privacy for each in card.entities):
        lines += ["", t.gettext("Tap a name to read its data policy.")]
    rows = column(
        Button(
            t.gettext("I am of age and I accept"),
            choice=accept,
            words=_words(
                t.gettext(
                    "I accept, accept, of age, yes I accept, I am of age and accept, I am over 18 and accept, I agree,"
                    " yes I agree, ok I accept"
                )
            ),
        ),
        Button(t.gettext("I am under 18"), choice=f"minor:{card.id}", words=_words(t.gettext("minor, under 18"))),
        Button(
            t.gettext("I do not accept"), choice=f"no:{card.id}", words=_words(t.gettext("no, not, I don't accept"))
        ),
    )
    return [Message("\n".join(lines), rows)]


def _minor(voice: Voice, card: Card) -> list[Message]:
    text = voice.t.gettext(
        "Thank you for wanting to take part. You are welcome with your mother, your father or whoever looks after you:"
        " they sign up, and you come with them.\n\nI have kept nothing about you."
    )
    return [Message(_with_ways(voice, text, card), _page(voice, card))]


def _refused(voice: Voice, card: Card) -> list[Message]:
    text = voice.t.gettext(
        "That is all right, and I have kept nothing about you. Without your permission I cannot keep a place, but you"
        " can still read about the meeting and its commitments, or ask by phone."
    )
    return [Message(_with_ways(voice, text, card), _page(voice, card))]


def _with_ways(voice: Voice, text: str, card: Card) -> str:
    return "\n\n".join(part for part in (text, phone(voice, card.contact)) if part)


def _page(voice: Voice, card: Card) -> Rows:
    page = voice.links.page(f"/meetings/{card.code}")
    return column(
        Button(voice.t.gettext("The meeting's page"), url=page) if page else None,
        Button(voice.t.gettext("Back to the meeting"), choice=f"m:{card.code}"),
        Button(voice.t.gettext("Open meetings"), choice="open"),
    )


def _question(voice: Voice, asked: Question) -> list[Message]:
    if asked.what == "name":
        return _name(voice, asked)
    return _topics(voice, asked) if asked.what == "topics" else _attribute(voice, asked)


def _name(voice: Voice, asked: Question) -> list[Message]:
    t = voice.t
    if asked.name:
        text = t.gettext("What would you like to be called? I have «{name}». Write another name, or keep it.")
        keep = t.gettext("It is fine like that")
    else:
        text = t.gettext("What would you like to be called? Write your name.")
        keep = t.gettext("Not now")
    words = _words(t.gettext("yes, fine, it is fine, ok"))
    button = Button(keep, choice=f"keep:{asked.registration_id}", words=words)
    return [Message(text.format(name=escape(asked.name or "")), column(button))]


def _topics(voice: Voice, asked: Question) -> list[Message]:
    t = voice.t
    lines = [
        t.gettext(
            "<b>Which topics interest you most?</b>\nTap them in your order, the favourite first: up to {most}."
            " Or write their numbers: «2, 4»."
        ).format(most=MOST_CHOICES)
    ]
    wide = len(asked.topics) <= WIDE
    if not wide:
        room = LISTED // len(asked.topics)
        lines += ["", *(f"{each.number}. {escape(shortened(voice.plain(each.topic), room))}" for each in asked.topics)]
    topics = {each.number: each.topic for each in asked.topics}
    chosen = [number for number in asked.ranked if number in topics]
    if chosen:
        lines += ["", t.gettext("Your order:")]
        lines += [f"{place}. {voice.say(topics[number])}" for place, number in enumerate(chosen, 1)]
    buttons = [_topic(voice, asked, each.number, each.topic, chosen, wide=wide) for each in asked.topics[:MOST_BUTTONS]]
    per_row = 1 if wide else 4
    rows = tuple(tuple(buttons[start : start + per_row]) for start in range(0, len(buttons), per_row))
    none = _words(t.gettext("none, no, any of them"))
    end = (
        Button(t.gettext("Done"), choice=f"ranked:{asked.registration_id}", words=_words(t.gettext("done, ready")))
        if chosen
        else Button(t.gettext("No preference"), choice=f"ranked:{asked.registration_id}:none", words=none)
    )
    clear = Button(t.gettext("No preference"), choice=f"ranked:{asked.registration_id}:none", words=none)
    return [Message("\n".join(lines), rows + column(end, clear if chosen else None))]


def _ranking(voice: Voice, asked: Question) -> list[Message]:
    """Say the topics again in the message that was tapped."""
    return [replace(message, edit=True) for message in _topics(voice, asked)]


def _topic(voice: Voice, asked: Question, number: int, topic: Text, chosen: list[int], *, wide: bool) -> Button:
    """Make a topic's button: what its tap leads to stands in it, so that a second tap on an old one is harmless."""
    then = [each for each in chosen if each != number] if number in chosen else [*chosen, number][:MOST_CHOICES]
    label = f"{number}. {shortened(voice.plain(topic), LABEL)}" if wide else str(number)
    if number in chosen:
        label = voice.t.gettext("{topic}: choice {place}").format(topic=label, place=chosen.index(number) + 1)
    ranking = ".".join(map(str, then)) or "0"
    return Button(label, choice=f"rank:{asked.registration_id}:{ranking}", words=(voice.plain(topic),))


def _attribute(voice: Voice, asked: Question) -> list[Message]:
    t = voice.t
    name = asked.what.removeprefix("attr:")
    lines = [
        f"<b>{asking(voice, name)}</b>",
        t.gettext("It helps to mix the groups, so that different voices meet. You may leave it out."),
    ]
    prefix = f"attr:{asked.registration_id}:{asked.number}"
    buttons = [
        Button(_option(voice, option, asked.chosen), choice=f"{prefix}:{number}", words=_option_words(voice, option))
        for number, option in enumerate(asked.options)
    ]
    skip = Button(
        t.gettext("I would rather not say"),
        choice=f"{prefix}:none",
        words=_words(t.gettext("skip, none, rather not")),
    )
    return [Message("\n".join(lines), column(*buttons, skip))]


def _option_words(voice: Voice, option: Text) -> tuple[str, ...]:
    """List what people type for an option, besides its label."""
    said = voice.plain(option)
    return (said, say_option(voice, option), *OPTION_WORDS.get(said, ()))


def asking(voice: Voice, attribute: str) -> str:
    """Ask for an attribute: in the person's language where we know it, else by its name in the file; in HTML."""
    known = ATTRIBUTES.get(attribute)
    return voice.t.gettext(known) if known else f"{escape(attribute)}?"


def _option(voice: Voice, option: Text, chosen: Any) -> str:
    label = say_option(voice, option)
    return voice.t.gettext("{option}: chosen").format(option=label) if option == chosen else label


def say_option(voice: Voice, option: Text) -> str:
    """Say an attribute's option in plain text: those that we know in the person's language."""
    known = OPTIONS.get(option) if isinstance(option, str) else None
    return voice.t.gettext(known) if known else voice.plain(option)


def _answered(voice: Voice, known: Answers) -> list[Message]:
    t = voice.t
    thanks = (
        t.gettext("Thank you, that is all. I will write to you when a place comes free for you.")
        if known.waits
        else t.gettext("Thank you, that is all. I will remind you before the meeting.")
    )
    return [noted(voice, known, thanks)]


def noted(voice: Voice, known: Answers, head: str) -> Message:
    """Say all that was answered, under a line, with a way to change it."""
    t = voice.t
    topics = {each.number: each.topic for each in known.topics}
    chosen = [voice.say(topics[number]) for number in known.ranked if number in topics]
    lines = [head]
    if known.name:
        lines.append(t.gettext("Your name: {name}").format(name=escape(known.name)))
    if chosen:
        lines.append(t.gettext("Your topics: {topics}").format(topics=", ".join(chosen)))
    lines += [f"{asking(voice, name)} {escape(say_option(voice, option))}" for name, option in known.chosen.items()]
    rows = column(
        Button(t.gettext("My place"), choice=f"place:{known.registration_id}"),
        Button(t.gettext("Change my answers"), choice=f"change:{known.registration_id}"),
        another(voice, known.meeting_id),
    )
    return Message("\n".join(lines), rows)


def _changing(voice: Voice, known: Answers) -> list[Message]:
    t = voice.t
    number = known.registration_id
    buttons = [
        Button(t.gettext("My companions"), choice=f"party:{number}"),
        Button(t.gettext("My name"), choice=f"name:{number}"),
    ]
    if known.topics:
        buttons.append(Button(t.gettext("My topics"), choice=f"topics:{number}"))
    needs = change_buttons(voice, known.supports)
    for place, name in enumerate(known.attributes):
        label = t.gettext(ATTRIBUTES[name]) if name in ATTRIBUTES else name
        buttons.append(Button(label, choice=f"ask:{number}:{place}"))
    last = (
        Button(t.gettext("My phone number"), choice=f"phone:{number}"),
        Button(t.gettext("Back to my place"), choice=f"place:{number}"),
    )
    text = t.gettext("Which answer about «{title}» would you like to change?").format(title=voice.say(known.title))
    return [Message(text, column(*buttons) + needs + column(*last))]


def _load_question(session: Session, who: Who, params: Mapping[str, Any], _now: datetime) -> Question | None:
    return answers.question(session, params["registration"], params["what"], who.person_id)


def load_answers(session: Session, who: Who, params: Mapping[str, Any], _now: datetime) -> Answers | None:
    """Load the answers of this person's registration; None for anybody else's."""
    return answers.answers(session, params["registration"], who.person_id)


def _words(listed: str) -> tuple[str, ...]:
    """Split what a catalogue lists for people who type: «yes, I accept»."""
    return tuple(listed.split(", "))


KINDS: Final[dict[str, Kind]] = {
    "consent": Kind(card_by_id, _consent),
    "minor": Kind(card_by_id, _minor),
    "refused": Kind(card_by_id, _refused),
    "question": Kind(_load_question, _question),
    "ranking": Kind(_load_question, _ranking),
    "answered": Kind(load_answers, _answered),
    "changing": Kind(load_answers, _changing),
}
