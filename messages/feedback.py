"""What we say after a meeting: did you come, then its questions, one at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import feedback
from civic import registration as registrations
from civic.columns import Text
from civic.errors import RegistrationUnknown
from civic.feedback import LONGEST, Asked, Opening, Summary
from civic.schema import Meeting
from locales import N_
from messages.kind import Kind, Who, nothing_to_look_up
from messages.message import Button, Message, Rows, column
from messages.voice import Voice, escape, shortened

OURS: Final = {
    "told_in_time": N_("Were you told in time?"),
    "informed": N_("Did you get what you needed to know beforehand?"),
    "heard": N_("Could you say what you think, and were you heard?"),
    "answered": N_("Were your questions answered?"),
    "come_again": N_("Would you come again?"),
    "in_your_words": N_("What should we do better? In your own words."),
}
"""Our own questions, by slug."""
SHORT: Final = 44
"""Characters of an answer on its button."""
LISTED: Final = 2400
"""Characters of all questions, or all options, in one message."""


@dataclass(frozen=True)
class Done:
    """All was asked."""

    registration_id: int
    meeting_id: int
    title: Text
    changeable: bool
    """Whether there are answers that can still be changed."""


def question(voice: Voice, asked: Asked | Summary) -> str:
    """Say a question, not for HTML: the meeting's own text, or one of ours."""
    if asked.text is not None:
        return voice.plain(asked.text)
    return voice.t.gettext(OURS[asked.slug]) if asked.slug in OURS else asked.slug


def value(voice: Voice, asked: Asked) -> str:
    """Say an answer in a few words, not for HTML; «no answer» without one."""
    t, given = voice.t, asked.value
    if given is None:
        return t.gettext("no answer")
    if asked.kind == "yes_no":
        return _yes(voice) if given == "yes" else _no(voice)
    if asked.kind == "choice":
        return voice.plain(asked.options[int(given)])
    return given


def _load_opening(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Opening | Asked | None:
    return feedback.opening(session, params["meeting"], who.person_id, now)


def _opening(voice: Voice, opening: Opening | Asked) -> list[Message]:
    if isinstance(opening, Asked):
        return _asked(voice, opening)
    t = voice.t
    text = t.gettext(
        "<b>Could you go?</b>\n{title}\n\nYour answers help to do the next one better. They are counted without your"
        " name."
    ).format(title=voice.say(opening.title))
    rows = column(
        Button(
            t.gettext("Yes, I was there"),
            choice=f"fb:yes:{opening.registration_id}",
            words=tuple(t.gettext("yes, I went").split(", ")),
        ),
        Button(
            t.gettext("I could not go"),
            choice=f"fb:no:{opening.registration_id}",
            words=tuple(t.gettext("no, I did not go").split(", ")),
        ),
    )
    return [Message(text, rows)]


def _load_nudge(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Opening | Asked | None:
    return feedback.asked_again(session, params["meeting"], who.person_id, now)


def _nudge(voice: Voice, opening: Opening | Asked) -> list[Message]:
    lead = voice.t.gettext(
        "A few days ago I asked you about «{title}», and I still miss your answer. It takes two minutes, and I will not"
        " ask again."
    ).format(title=voice.say(opening.title))
    (said,) = _opening(voice, opening)
    return [replace(said, text=f"{lead}\n\n{said.text}")]


def _load_asked(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Asked | None:
    return feedback.asked(session, params["registration"], params["question"], who.person_id, now)


def _asked(voice: Voice, asked: Asked) -> list[Message]:
    t = voice.t
    head = t.gettext("Question {number} of {count}").format(
        number=voice.number(asked.number), count=voice.number(asked.count)
    )
    lines = [head, f"<b>{escape(question(voice, asked))}</b>"]
    options = [voice.plain(each) for each in asked.options]
    if any(len(each) > SHORT for each in options):  # a button shows only its beginning
        room = LISTED // len(options)
        lines += [f"{number}. {escape(shortened(each, room))}" for number, each in enumerate(options, 1)]
    if asked.kind == "scale":
        lines.append(t.gettext("1 is «not at all», 5 is «completely»."))
    if asked.kind == "text":
        lines.append(
            t.gettext("Please write it here, in one message of at most {number} characters.").format(number=LONGEST)
        )
        if asked.value is not None:
            lines.append(t.gettext("Your answer is saved. What you write now replaces it."))
    return [Message("\n".join(lines), _taps(voice, asked))]


def _taps(voice: Voice, asked: Asked) -> Rows:
    """Offer the answers; the one she gave says so in its label."""
    t = voice.t
    stem = f"fb:a:{asked.registration_id}:{asked.question_id}"

    def tap(label: str, given: str, *words: str) -> Button:
        mine = t.gettext("{answer} (your answer)").format(answer=label) if asked.value == given else label
        return Button(mine, choice=f"{stem}:{given}", words=(label, *words))

    skip = Button(
        t.gettext("Skip"),
        choice=f"fb:skip:{asked.registration_id}:{asked.question_id}",
        words=tuple(t.gettext("skip, none, nothing").split(", ")),
    )
    if asked.kind == "scale":
        low, high = t.gettext("1: not at all"), t.gettext("5: completely")
        labels = {"1": low, "2": "2", "3": "3", "4": "4", "5": high}
        middle = tuple(tap(labels[each], each) for each in "234")
        return ((tap(low, "1", "1"),), middle, (tap(high, "5", "5"),), (skip,))
    if asked.kind == "yes_no":
        return column(tap(_yes(voice), "yes"), tap(_no(voice), "no"), skip)
    if asked.kind == "choice":
        options = [voice.plain(each) for each in asked.options]
        return column(*(tap(shortened(each, SHORT), str(n), each) for n, each in enumerate(options)), skip)
    return column(skip)


def _too_long(voice: Voice, _params: Any) -> list[Message]:
    text = voice.t.gettext("That is a little long for me: please say it in at most {number} characters.")
    return [Message(text.format(number=LONGEST))]


def _load_own_meeting(session: Session, who: Who, params: Mapping[str, Any], _now: datetime) -> Meeting | None:
    try:
        own = registrations.mine(session, params["registration"], who.person_id)
    except RegistrationUnknown:
        return None
    return session.get(Meeting, own.meeting_id)


def _missed(voice: Voice, meeting: Meeting) -> list[Message]:
    text = voice.t.gettext("Thank you for telling me. You can still follow what was promised in «{title}».")
    return [Message(text.format(title=voice.say(meeting.title)), column(_commitments(voice, meeting.id)))]


def _load_all(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> list[Asked] | None:
    return feedback.questions(session, params["registration"], who.person_id, now) or None


def _load_done(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Done | None:
    meeting = _load_own_meeting(session, who, params, now)
    answers = feedback.questions(session, params["registration"], who.person_id, now)
    return Done(params["registration"], meeting.id, meeting.title, bool(answers)) if meeting else None


def _done(voice: Voice, done: Done) -> list[Message]:
    t = voice.t
    text = t.gettext(
        "<b>Thank you, that is all.</b>\nI will tell you when a commitment of «{title}» is published or moves on."
    ).format(title=voice.say(done.title))
    change = Button(
        t.gettext("Change an answer"), choice=f"fb:list:{done.registration_id}", words=(t.gettext("change"),)
    )
    return [Message(text, column(change if done.changeable else None, _commitments(voice, done.meeting_id)))]


def _list(voice: Voice, questions: list[Asked]) -> list[Message]:
    t = voice.t
    buttons = [
        Button(
            f"{each.number}. {shortened(value(voice, each), SHORT)}",
            choice=f"fb:q:{each.registration_id}:{each.question_id}",
        )
        for each in questions
    ]
    lines = [t.gettext("<b>Your answers</b>\nTap one to change it.")]
    room = LISTED // len(questions)
    lines += [f"{each.number}. {escape(shortened(question(voice, each), room))}" for each in questions]
    finished = Button(t.gettext("It is fine so"), choice=f"fb:done:{questions[0].registration_id}")
    return [Message("\n".join(lines), column(*buttons, finished))]


def _commitments(voice: Voice, meeting_id: int) -> Button:
    return Button(voice.t.gettext("Its commitments"), choice=f"cs:{meeting_id}")


def _yes(voice: Voice) -> str:
    return voice.t.pgettext("answer", "Yes")


def _no(voice: Voice) -> str:
    return voice.t.pgettext("answer", "No")


KINDS: Final[dict[str, Kind]] = {
    "feedback": Kind(_load_opening, _opening),
    "nudge": Kind(_load_nudge, _nudge),
    "fb_question": Kind(_load_asked, _asked),
    "fb_too_long": Kind(nothing_to_look_up, _too_long),
    "fb_missed": Kind(_load_own_meeting, _missed),
    "fb_done": Kind(_load_done, _done),
    "fb_list": Kind(_load_all, _list),
}
