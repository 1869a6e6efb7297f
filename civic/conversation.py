"""The conversation: where each chat stands, and every update handled once though it may come twice.

A use case answers with replies (what to say: a kind and ids, never text); they are stored beside the update's id and
the chat's open question in the same transaction, so that an update that comes again says the same and does nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from civic import wards
from civic.errors import AnswerUnclear
from civic.outbox import Priority
from civic.schema import Conversation, HandledUpdate, Outbox, Person

KEPT_UNCONSENTED = timedelta(days=7)
KEPT_HANDLED = timedelta(days=2)
OPEN_FOR = timedelta(hours=1)
"""How long a question stays the open one when the bot tells something unprompted after it."""


@dataclass(frozen=True)
class Reply:
    """Something to say, by kind and ids: it is said in words when it is sent, from the state of that moment."""

    kind: str
    params: dict[str, Any] = field(default_factory=dict)
    step: str | None = None
    """The question that is open from now on (`name`, `feedback`), for answers in words; None: none of ours."""
    unkept: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Parameters to be said once, that are stored nowhere: a one-time link's token."""


@dataclass(frozen=True)
class Incoming:
    """An update as far as the domain needs to know it."""

    bot_id: int
    update_id: int
    chat_id: int
    telegram_id: int
    language: str
    """Telegram's, narrowed to ours: what we speak until the person chooses."""


@dataclass(frozen=True)
class Standing:
    """Where a chat stands when an update comes in."""

    person_id: int | None
    language: str
    step: str | None
    asked: Reply | None
    """What was said last with buttons: words and numbers typed are matched with them."""
    beside: tuple[Reply, ...]
    """What was said right before it, in the same answer: its very words are matched too."""
    news: Reply | None
    """What was told unprompted meanwhile: only its very words are matched, as a number means the open question."""
    repeated: tuple[Reply, ...] | None
    """The replies of this very update, if it was handled before."""
    data: Mapping[str, Any] | None = None
    """All that is kept of the chat's talk; None before its first answer."""
    was_away: bool = False
    """Nothing reached her until now."""


_ONE = select(literal(1).label("one")).subquery("one")
_LOOK = (
    select(
        Person.id,
        Person.language,
        Person.unreachable_since,
        Conversation.state,
        Conversation.data,
        HandledUpdate.replies,
    )
    .select_from(_ONE)
    .outerjoin(Person, Person.telegram_id == bindparam("telegram"))
    .outerjoin(Conversation, Conversation.key == bindparam("key"))
    .outerjoin(
        HandledUpdate,
        and_(HandledUpdate.bot_id == bindparam("bot"), HandledUpdate.update_id == bindparam("update")),
    )
)
_SEEN = (
    update(Person)
    .where(Person.telegram_id == bindparam("telegram"))
    .values(seen_at=bindparam("now"), unreachable_since=None, chat_id=bindparam("chat"))
    .returning(Person.id, Person.language)
)
_REACHED = (
    update(Person)
    .where(Person.chat_id == bindparam("chat"), Person.telegram_id.is_(None))
    .values(unreachable_since=None)
)
"""Who is told on the phone of somebody who is back."""
_HANDLE = insert(HandledUpdate).values(
    bot_id=bindparam("bot"), update_id=bindparam("update"), at=bindparam("now"), replies=bindparam("said")
)
_STEP = select(Conversation.state).where(Conversation.key == bindparam("the_key")).with_for_update()
_TALK_ON = (
    update(Conversation)
    .where(Conversation.key == bindparam("the_key"))
    .values(state=bindparam("state"), data=bindparam("data"), touched_at=bindparam("now"))
)
_TALKS = (
    select(Conversation.key, Conversation.state, Conversation.data, Conversation.touched_at)
    .where(Conversation.key.in_(bindparam("keys", expanding=True)))
    .order_by(Conversation.key)
    .with_for_update()
)
_TALK_TOLD = (
    update(Conversation)
    .where(Conversation.key == bindparam("the_key"))
    .values(state=bindparam("state"), data=bindparam("data"))
)
_TALK_FIRST = insert(Conversation).values(
    key=bindparam("the_key"),
    chat_id=bindparam("chat"),
    state=bindparam("state"),
    data=bindparam("data"),
    touched_at=bindparam("now"),
)

UseCase = Callable[[Session], Sequence[Reply]]
_CHANGED = "the talk's data"
"""Where a use case leaves what it changed of it, for `handle`."""
_LOST = "lost"
"""How often in a row she was not understood."""


@dataclass(frozen=True)
class Answer:
    """What is answered to an update, and to whom: the use case may have made her known, or changed her language."""

    replies: tuple[Reply, ...]
    person_id: int | None
    language: str


def look(session: Session, incoming: Incoming) -> Standing:
    """Say where a chat stands."""
    which = {
        "telegram": incoming.telegram_id,
        "key": _key(incoming),
        "bot": incoming.bot_id,
        "update": incoming.update_id,
    }
    found = session.connection().execute(_LOOK, which).one()
    data = found.data or {}
    return Standing(
        person_id=found.id,
        language=found.language or data.get("language", incoming.language),
        step=found.state,
        asked=_reply(data["asked"]) if "asked" in data else None,
        beside=tuple(map(_reply, data.get("beside", ()))),
        news=_reply(data["news"]) if "news" in data else None,
        repeated=None if found.replies is None else tuple(map(_reply, found.replies)),
        data=found.data,
        was_away=found.unreachable_since is not None,
    )


def handle(
    session: Session,
    incoming: Incoming,
    standing: Standing,
    use_case: UseCase,
    *,
    answering: str | None = None,
    now: datetime,
) -> Answer:
    """Run a use case for an update, once: if the update came before, repeat its replies and change nothing.

    `standing` is what `look` gave in this transaction. The last reply becomes the chat's open question. A person who
    writes is reachable again, in this chat. `answering`: the step that words answer; where that was answered at the
    same moment, on another phone of hers, AnswerUnclear is raised and nothing done.
    """
    if standing.repeated is not None:
        return Answer(standing.repeated, standing.person_id, standing.language)
    if answering not in {None, standing.step}:
        raise AnswerUnclear
    replies = tuple(use_case(session))
    session.flush()
    connection = session.connection()
    if answering is not None and connection.scalar(_STEP, {"the_key": _key(incoming)}) != answering:
        raise AnswerUnclear
    key = {"bot": incoming.bot_id, "update": incoming.update_id}
    connection.execute(_HANDLE, {**key, "now": now, "said": list(map(_stored, replies))})
    language = _touch(session, incoming, standing, replies, now)
    seen = {"telegram": incoming.telegram_id, "now": now, "chat": incoming.chat_id}
    known = connection.execute(_SEEN, seen).first()
    if known and standing.was_away:
        connection.execute(_REACHED, seen)
    return Answer(replies, *known) if known else Answer(replies, None, language)


def note(session: Session, incoming: Incoming, effect: Callable[[Session], object], *, now: datetime) -> None:
    """Do what an update brings that is answered with nothing (somebody blocked the bot), once however often it comes.

    The chat stands where it stood.
    """
    if look(session, incoming).repeated is None:
        effect(session)
        session.flush()
        key = {"bot": incoming.bot_id, "update": incoming.update_id}
        session.connection().execute(_HANDLE, {**key, "now": now, "said": []})


def choose_language(session: Session, incoming: Incoming, language: str, *, now: datetime) -> None:
    """Speak a language from now on: the person's, or this chat's while nobody has consented. Part of a use case."""
    person = session.scalar(select(Person).where(Person.telegram_id == incoming.telegram_id))
    for each in [person, *wards.of(session, person.id)] if person else ():  # who reads for others reads her language
        each.language = language
    talk = session.get(Conversation, _key(incoming))
    if talk is None:
        talk = Conversation(key=_key(incoming), chat_id=incoming.chat_id, state=None, data={}, touched_at=now)
        session.add(talk)
    talk.data = session.info[_CHANGED] = {**talk.data, "language": language}


def misunderstood(session: Session, standing: Standing) -> int:
    """Count that she was not understood, once more in a row; what is understood ends the row. Part of a use case."""
    times = int((standing.data or {}).get(_LOST, 0)) + 1
    session.info[_LOST] = times
    return times


def told(session: Session, bot_id: int, said: Sequence[tuple[int, Reply]], *, now: datetime) -> None:
    """Note what was told unprompted with buttons, each with its chat, in order: words typed may mean it.

    It becomes the open question, so that «2» means it too, unless the person is talking about something else now.
    """
    keys = {f"{bot_id}:{chat_id}" for chat_id, _ in said}
    connection = session.connection()
    talks = {talk.key: talk._asdict() for talk in connection.execute(_TALKS, {"keys": sorted(keys)})}
    for chat_id, reply in said:
        talk = talks.get(f"{bot_id}:{chat_id}")
        if talk is None:
            continue
        words = _stored(replace(reply, step=None))
        if now - talk["touched_at"] > OPEN_FOR:
            kept = {word: value for word, value in talk["data"].items() if word not in {"news", "beside"}}
            talk |= {"state": None, "data": kept | {"asked": words}}
        else:
            talk |= {"data": talk["data"] | {"news": words}}
    if talks:
        connection.execute(
            _TALK_TOLD,
            [{"the_key": key, "state": talk["state"], "data": talk["data"]} for key, talk in sorted(talks.items())],
        )


def owe(session: Session, incoming: Incoming, replies: Sequence[Reply], *, now: datetime) -> None:
    """Owe replies that could not be sent: rows of the highest priority, for the person or her chat before consent.

    Nothing of the update is left to be said from then on: when it comes again, it is neither repeated nor owed twice.
    """
    cause = f"x{incoming.bot_id}/{incoming.update_id}"
    this = HandledUpdate.bot_id == incoming.bot_id, HandledUpdate.update_id == incoming.update_id
    session.execute(update(HandledUpdate).where(*this).values(replies=[]))
    if session.scalar(select(Outbox.id).where(Outbox.cause == f"{cause}/0").limit(1)) is not None:
        return
    person = session.scalar(select(Person).where(Person.telegram_id == incoming.telegram_id))
    for number, reply in enumerate(replies):
        session.add(
            Outbox(
                person_id=person.id if person else None,
                chat_id=None if person else incoming.chat_id,
                cause=f"{cause}/{number}",
                kind=reply.kind,
                params=reply.params,
                priority=int(Priority.REPLY),
                due_at=now,
                state="pending",
                attempts=0,
            )
        )


def forget(session: Session, *, now: datetime) -> int:
    """Let go what is kept for a time: chats without consent after 7 days, handled updates after 2. Retention's tick."""
    known = select(Person.chat_id).where(Person.chat_id.is_not(None))
    session.execute(delete(HandledUpdate).where(HandledUpdate.at < now - KEPT_HANDLED))
    gone = session.scalars(
        delete(Conversation)
        .where(Conversation.touched_at < now - KEPT_UNCONSENTED, Conversation.chat_id.not_in(known))
        .returning(Conversation.key)
    )
    return len(gone.all())


def _touch(session: Session, incoming: Incoming, standing: Standing, replies: Sequence[Reply], now: datetime) -> str:
    """Let the last reply be the chat's open question; say what the chat speaks while nobody has consented."""
    before = session.info.get(_CHANGED, standing.data)
    state = standing.step
    news: dict[str, Any] = {}
    if replies:
        *beside, last = replies
        state = last.step
        news = {"asked": _stored(last), "beside": list(map(_stored, beside))}
    if lost := session.info.pop(_LOST, 0):
        news[_LOST] = lost
    elif before and _LOST in before:
        before = {word: value for word, value in before.items() if word != _LOST}
    connection = session.connection()
    talk = {"the_key": _key(incoming), "now": now, "state": state}
    data = None if before is None else {**before, **news}
    if data is None or not connection.execute(_TALK_ON, {**talk, "data": data}).rowcount:
        data = {"language": incoming.language, **news}  # there is none yet, or the use case erased it
        connection.execute(_TALK_FIRST, {**talk, "data": data, "chat": incoming.chat_id})
    return str(data.get("language", incoming.language))


def _key(incoming: Incoming) -> str:
    return f"{incoming.bot_id}:{incoming.chat_id}"


def _stored(reply: Reply) -> dict[str, Any]:
    return {"kind": reply.kind, "params": reply.params, "step": reply.step}


def _reply(stored: dict[str, Any]) -> Reply:
    return Reply(stored["kind"], stored["params"], stored.get("step"))
