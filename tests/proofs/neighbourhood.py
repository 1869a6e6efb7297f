"""The meetings that the state machine plays with, and what may never be true of them."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import meetings, versions
from civic.audit import BY_COMMAND
from civic.commitment_file import CommitmentFile
from civic.commitments import import_commitments, publish
from civic.schema import (
    Agenda,
    Conversation,
    FailedUpdate,
    Meeting,
    MeetingEntity,
    Outbox,
    Party,
    Person,
    Question,
    Registration,
    Staff,
    Workshop,
)
from tests import factories
from tests.civic.test_commitments import DRAFT
from tests.factories import NOW

SECRET: Final = "Asunto reservado"
"""The title of a draft, which is the organiser's business alone."""


def seed(session: Session, organiser: int) -> None:
    """Let there be two meetings to go to, small ones, a draft, a commitment, and who organises all of it."""
    agua = factories.meeting(
        session,
        capacity=4,
        workshops=[{"capacity": 2, "topic": "Tarifas", "features": ["wheelchair"]}, {"capacity": 2, "topic": "Pozos"}],
        needs=["wheelchair", "sign_language"],
        attributes={"zone": ["urbana", "rural"]},
        faq=[{"question": "¿Hay almuerzo?", "answer": "Sí"}],
    )
    questions = (("heard", "scale"), ("come_again", "yes_no"), ("in_your_words", "text"))
    session.add_all(
        Question(meeting_id=agua.id, number=number, slug=slug, kind=kind, text=None, options=[])
        for number, (slug, kind) in enumerate(questions, 1)
    )
    hospital = factories.entity(session, "hospital", name="Hospital <San José>", pqrsd=None, privacy=None)
    salud = factories.meeting(
        session, code="salud", title="Salud <rural> & cercana", capacity=2, starts_in=timedelta(days=9)
    )
    session.add(MeetingEntity(meeting_id=salud.id, entity_id=hospital.id, number=2))
    factories.meeting(session, code="reservado", title=SECRET, state="draft")
    rosa = factories.person(session, "Rosa", telegram_id=organiser, consented=False)
    session.add(Staff(role="organiser", person_id=rosa.id))
    import_commitments(session, CommitmentFile("agua", (DRAFT,)), actor=BY_COMMAND, now=NOW)
    publish(session, "agua", None, actor=BY_COMMAND, now=NOW)


def move(session: Session, days: int, *, now: datetime) -> None:
    """Put the first meeting off by some days, if it is still ahead."""
    meeting = meetings.lock(session, meetings.by_code(session, "agua").id)
    if meeting.starts_at <= now:
        return
    meeting.starts_at += timedelta(days=days)
    meeting.ends_at += timedelta(days=days)
    versions.move(session, meeting, now=now)


def step_of(session: Session, chat: int) -> str:
    """Say which question waits for words in a chat."""
    return session.scalar(select(Conversation.state).where(Conversation.chat_id == chat)) or ""


def links_of(session: Session, chats: list[int]) -> list[str]:
    """Give the links of the parties that these people began."""
    found = (
        select(Party.link)
        .join(Registration, Registration.party_id == Party.id)
        .join(Person, Person.id == Registration.person_id)
        .where(Person.telegram_id.in_(chats), Party.link.is_not(None))
    )
    return list(dict.fromkeys(session.scalars(found.order_by(Party.id, Registration.id))))


def broken(session: Session) -> list[object]:
    """Give what should never be."""
    taken = (
        select(Registration.meeting_id, func.count().label("n"))
        .where(Registration.state.in_(["registered", "offered", "attended", "no_show"]))
        .group_by(Registration.meeting_id)
        .subquery()
    )
    over = select(Meeting.code, taken.c.n).join(taken, taken.c.meeting_id == Meeting.id)
    seated = select(Workshop.id).join(Registration, Registration.workshop_id == Workshop.id).group_by(Workshop.id)
    return [
        *session.execute(over.where(taken.c.n > Meeting.capacity)),
        *session.execute(seated.having(func.count() > Workshop.capacity)),
        *session.execute(select(FailedUpdate.update_id, FailedUpdate.trace)),
        *session.execute(select(Agenda.what, Agenda.trouble).where(Agenda.trouble.is_not(None))),
        *session.execute(
            select(Outbox.kind, Outbox.reason).where(
                Outbox.reason.is_not(None),
                Outbox.state != "dropped",
                Outbox.reason != "unreachable",
                Outbox.reason.not_like("Forbidden%"),  # she blocked the bot
            )
        ),
    ]
