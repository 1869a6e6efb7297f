"""The tables. Their constraints back every rule that must never break (M5 among them)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from civic.columns import Id, Moment, Text


def one_of(column: str, *words: str) -> str:
    """Say as SQL that a column holds one of the words."""
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


class Base(DeclarativeBase):
    """Every table's base: one naming convention, as unnamed constraints cannot be dropped."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own name and shape
        datetime: Moment(),
        dict[str, Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
        list[int]: JSON(none_as_null=True),
        list[dict[str, Any]]: JSON(none_as_null=True),
        list[Text]: JSON(none_as_null=True),
        Text: JSON(none_as_null=True),
    }


def key() -> Mapped[int]:
    """Make a surrogate primary key."""
    return mapped_column(Id, primary_key=True, autoincrement=True)


def to(target: str, *, ondelete: str = "CASCADE", index: bool = True) -> Any:
    """Make a foreign key with its index."""
    return mapped_column(Id, ForeignKey(target, ondelete=ondelete), index=index)


# People ----------------------------------------------------------------------------------------------------------


class Person(Base):
    """A human: with a Telegram account, or signed up at a desk or by another."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint(one_of("tell", "all", "changes", "nothing"), name="tell"),
        CheckConstraint(one_of("rhythm", "at_once", "weekly"), name="rhythm"),
    )

    id: Mapped[int] = key()
    telegram_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    chat_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """Where she is told: maybe another's chat."""
    name: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="es")
    tell: Mapped[str] = mapped_column(default="all")
    """What she is told unprompted: all, changes (moves and cancellations), nothing (BAJA)."""
    rhythm: Mapped[str] = mapped_column(default="at_once", server_default="at_once")
    """When she hears of commitments: at_once, or weekly in a digest."""
    unreachable_since: Mapped[datetime | None]
    seen_at: Mapped[datetime]


class Consent(Base):
    """A consent to data processing: who, to which entity, for what, which text."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (registration_id IS NULL)", name="subject"),
        CheckConstraint(one_of("purpose", "attend", "health", "phone", "follow"), name="purpose"),
        UniqueConstraint("person_id", "entity_id", "purpose", "version"),
        UniqueConstraint("registration_id", "entity_id", "purpose", "version"),
    )

    id: Mapped[int] = key()
    person_id: Mapped[int | None] = to("person.id", index=False)
    registration_id: Mapped[int | None] = to("registration.id", index=False)
    """A companion's, who is no person of ours yet."""
    entity_id: Mapped[int] = to("entity.id")
    purpose: Mapped[str]
    version: Mapped[str]
    language: Mapped[str]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    recorded_by: Mapped[int | None] = to("person.id", ondelete="SET NULL")


class Staff(Base):
    """A role: an organiser (of everything, an entity or a meeting) or who runs a workshop (M6, M7)."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint(one_of("role", "organiser", "facilitator", "rapporteur", "public_servant"), name="role"),
        UniqueConstraint("role", "workshop_id"),
    )

    id: Mapped[int] = key()
    role: Mapped[str]
    entity_id: Mapped[int | None] = to("entity.id")
    meeting_id: Mapped[int | None] = to("meeting.id")
    workshop_id: Mapped[int | None] = to("workshop.id")
    name: Mapped[str | None]
    person_id: Mapped[int | None] = to("person.id", ondelete="SET NULL")
    invitation: Mapped[str | None] = mapped_column(unique=True)
    """SHA-256 of a one-time invitation."""
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


# The conversation ------------------------------------------------------------------------------------------------


class Conversation(Base):
    """Where a chat stands: the open question. All that is stored of who has not consented."""

    __tablename__ = "conversation"

    key: Mapped[str] = mapped_column(primary_key=True)
    """`BOT:CHAT`."""
    chat_id: Mapped[int] = mapped_column(BigInteger, index=True)
    state: Mapped[str | None]
    data: Mapped[dict[str, Any]]
    touched_at: Mapped[datetime] = mapped_column(index=True)


class HandledUpdate(Base):
    """An update that was handled, with what its answer said: it may come twice."""

    __tablename__ = "handled_update"

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    replies: Mapped[list[dict[str, Any]]]
    answered: Mapped[bool] = mapped_column(server_default=false())
    """Whether the answer went out, or is owed: who is asked about it after a kill need not say it again."""


class FailedUpdate(Base):
    """An update that could not be handled: tries so far, the trace, no text or names."""

    __tablename__ = "failed_update"

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int]
    trace: Mapped[str | None]
    let_go_at: Mapped[datetime | None]


class Bot(Base):
    """A bot account of Telegram and the pause that a 429 asked of all its processes."""

    __tablename__ = "bot"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    username: Mapped[str]
    paused_until: Mapped[datetime | None]
    """True time."""


class SentSecond(Base):
    """Replies sent in a second of true time, by all processes: deliveries take what they left."""

    __tablename__ = "sent_second"

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    second: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    replies: Mapped[int]


class FileId(Base):
    """Telegram's id of a file of ours: a cache per bot."""

    __tablename__ = "file_id"

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    telegram_id: Mapped[str]


# Meetings --------------------------------------------------------------------------------------------------------


class File(Base):
    """A file, by its content."""

    __tablename__ = "file"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(deferred=True)


class Entity(Base):
    """A public body that convenes."""

    __tablename__ = "entity"

    id: Mapped[int] = key()
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[Text]
    pqrsd: Mapped[str | None]
    """Address of its channel for complaints (M16)."""
    privacy: Mapped[str | None]
    """Address of its data policy."""


class Meeting(Base):
    """An encuentro (M1, M2)."""

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="starts_before_end"),
        CheckConstraint("capacity >= 1", name="capacity"),
        CheckConstraint("reserved >= 0 AND reserved <= capacity", name="reserved"),
        CheckConstraint(one_of("state", "draft", "convened", "cancelled"), name="state"),
    )

    id: Mapped[int] = key()
    code: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="draft", index=True)
    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[Text]
    policy: Mapped[Text]
    objective: Mapped[Text]
    central_points: Mapped[list[Text]]
    method: Mapped[Text | None]
    guide_questions: Mapped[list[Text]]
    faq: Mapped[list[dict[str, Any]]]
    """`{question, answer}`, each a text."""
    venue: Mapped[dict[str, Any]]
    """name, address, landmark? (texts), latitude?, longitude?"""
    contact: Mapped[dict[str, Any] | None]
    """phone, hours? (a text)"""
    report_name: Mapped[str | None]
    report_sha256: Mapped[str | None] = mapped_column(ForeignKey("file.sha256"), index=True)
    report_url: Mapped[str | None]
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    timezone: Mapped[str]
    capacity: Mapped[int]
    reserved: Mapped[int] = mapped_column(default=0)
    reserved_until: Mapped[datetime | None]
    workshop_minutes: Mapped[int]
    needs: Mapped[list[str]]
    attributes: Mapped[dict[str, Any]]
    """name → list of options"""
    reminders: Mapped[list[str]]
    assignment_before: Mapped[str]
    seating: Mapped[int] = mapped_column(default=0)
    """How many times everybody was seated: 0 is not yet."""
    convened_at: Mapped[datetime | None]
    late_because: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_because: Mapped[str | None]


class MeetingEntity(Base):
    """Which entities convene a meeting, in the file's order."""

    __tablename__ = "meeting_entity"

    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True)
    entity_id: Mapped[int] = mapped_column(Id, ForeignKey("entity.id"), primary_key=True, index=True)
    number: Mapped[int]


class MeetingVersion(Base):
    """What people were told of date, hours and place, version by version; append-only."""

    __tablename__ = "meeting_version"

    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    told: Mapped[dict[str, Any]]
    because: Mapped[str | None]
    at: Mapped[datetime]


class Workshop(Base):
    """A taller of at most 30 people (M5)."""

    __tablename__ = "workshop"
    __table_args__ = (
        CheckConstraint("capacity BETWEEN 1 AND 30", name="at_most_30"),
        CheckConstraint("minimum BETWEEN 0 AND capacity", name="minimum"),
        UniqueConstraint("meeting_id", "number"),
    )

    id: Mapped[int] = key()
    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meeting.id", ondelete="CASCADE"))
    number: Mapped[int]
    topic: Mapped[Text | None]
    room: Mapped[Text | None]
    capacity: Mapped[int]
    minimum: Mapped[int] = mapped_column(default=0)
    features: Mapped[list[str]]


class Party(Base):
    """People who come together and stay in one workshop; one person is a party of one."""

    __tablename__ = "party"
    __table_args__ = (
        CheckConstraint(one_of("takes", "together", "any"), name="takes"),
        UniqueConstraint("id", "meeting_id"),
    )

    id: Mapped[int] = key()
    meeting_id: Mapped[int] = to("meeting.id")
    takes: Mapped[str] = mapped_column(default="together")
    link: Mapped[str] = mapped_column(unique=True)
    choices: Mapped[list[int]]
    """Numbers of the workshops it ranked, best first."""


class Registration(Base):
    """A person's (or companion's) place in a meeting, or on its waiting list."""

    __tablename__ = "registration"
    __table_args__ = (
        ForeignKeyConstraint(["party_id", "meeting_id"], ["party.id", "party.meeting_id"], ondelete="CASCADE"),
        CheckConstraint(
            one_of("state", "registered", "waiting", "offered", "cancelled", "attended", "no_show"),
            name="state",
        ),
        CheckConstraint(
            "state NOT IN ('waiting', 'offered') OR queue_number IS NOT NULL",
            name="waits_by_number",
        ),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_when"),
        CheckConstraint("(badge IS NULL) = (workshop_id IS NULL)", name="badge_with_workshop"),
        CheckConstraint(
            "badge IS NULL OR state IN ('registered', 'attended', 'no_show')",
            name="badge_with_place",
        ),
        CheckConstraint("badge BETWEEN 1 AND 30", name="badge_at_most_30"),
        UniqueConstraint("person_id", "meeting_id"),
        UniqueConstraint("workshop_id", "badge"),
        Index("ix_registration_meeting_id_state", "meeting_id", "state"),
    )

    id: Mapped[int] = key()
    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meeting.id", ondelete="CASCADE"))
    party_id: Mapped[int] = mapped_column(Id, index=True)
    person_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id", ondelete="SET NULL"))
    name: Mapped[str | None]
    code: Mapped[str | None] = mapped_column(unique=True)
    """Eight unmistakable characters."""
    state: Mapped[str]
    queue_number: Mapped[int | None]
    registered_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_from: Mapped[str | None]
    known_version: Mapped[int] = mapped_column(default=1)
    """The meeting's version that she was last told."""
    confirmed_version: Mapped[int | None]
    """The version that she said «Confirmo» to; an older one counts for nothing."""
    workshop_id: Mapped[int | None] = to("workshop.id", ondelete="RESTRICT", index=False)
    badge: Mapped[int | None]
    seat_version: Mapped[int] = mapped_column(default=0)
    """How many times this seat changed one by one (late sign-ups, repairs): part of the message's cause."""
    arrived_at: Mapped[datetime | None]
    attributes: Mapped[dict[str, Any]]
    answered: Mapped[list[str]]
    """Questions answered or skipped: skipped is not «none»."""
    registered_by: Mapped[int | None] = to("person.id", ondelete="SET NULL")


class Need(Base):
    """An access need of a registration; health data, apart."""

    __tablename__ = "need"

    registration_id: Mapped[int] = mapped_column(
        Id, ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    need: Mapped[str] = mapped_column(primary_key=True)
    told: Mapped[str | None]
    """What she was last told of it: not_yet, offered, met, unmet; None while she waits for a place."""


class Offer(Base):
    """A freed place offered to the next party on the list, for a while."""

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint(
            one_of("state", "open", "accepted", "declined", "lapsed", "excused", "withdrawn"),
            name="state",
        ),
        Index(
            "uq_offer_party_id_open",
            "party_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = key()
    meeting_id: Mapped[int] = to("meeting.id")
    party_id: Mapped[int] = to("party.id")
    workshop_id: Mapped[int | None] = to("workshop.id")
    places: Mapped[int]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(default="open")
    closed_at: Mapped[datetime | None]


# By the clock, and out -------------------------------------------------------------------------------------------


class Agenda(Base):
    """What is due later: a row per subject and step, found by a tick."""

    __tablename__ = "agenda"
    __table_args__ = (
        UniqueConstraint("subject", "what"),
        Index(
            "ix_agenda_due_at_open",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[int] = key()
    subject: Mapped[str]
    """`m7` a meeting, `c5` a commitment, `u9` an update of one, `p3` an act planned, `n2` an announcement, `week`."""
    what: Mapped[str]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    cursor: Mapped[int | None] = mapped_column(BigInteger)
    params: Mapped[dict[str, Any] | None]
    tries: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None]


class PlannedAct(Base):
    """What an organiser is about to do to a meeting from the chat: shown first, then it may wait, and may be undone."""

    __tablename__ = "planned_act"
    __table_args__ = (
        CheckConstraint(one_of("act", "import", "convene", "move", "cancel"), name="act"),
        CheckConstraint(one_of("state", "proposed", "waiting", "done", "undone", "failed"), name="state"),
        Index(
            "uq_planned_act_meeting_id_waiting",
            "meeting_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = key()
    meeting_id: Mapped[int | None] = to("meeting.id")
    """None: of a file whose meeting there is not yet."""
    act: Mapped[str]
    author_id: Mapped[int] = to("person.id")
    params: Mapped[dict[str, Any]]
    """What is to be another: a day and hours of the meeting's clocks, a place, a reason."""
    source: Mapped[str | None]
    """The meeting file, as it was sent."""
    report_sha256: Mapped[str | None] = mapped_column(ForeignKey("file.sha256"), index=True)
    state: Mapped[str] = mapped_column(default="proposed")
    shown: Mapped[dict[str, Any] | None]
    """What it would do, as its author was shown."""
    sign: Mapped[str | None]
    """Of the meeting as it was when its author said yes: another meeting is not what was meant."""
    made_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    trouble: Mapped[dict[str, Any] | None]
    """Why nothing was done."""


class Announcement(Base):
    """A message of an organiser to a part of a meeting's people: shown first, then undone for a minute, then sent."""

    __tablename__ = "announcement"
    __table_args__ = (
        CheckConstraint(one_of("audience", "all", "waiting", "unconfirmed", "workshop"), name="audience"),
        CheckConstraint(
            one_of("state", "proposed", "waiting", "sending", "sent", "undone", "failed"),
            name="state",
        ),
        CheckConstraint("state = 'proposed' OR (text IS NOT NULL AND sends_at IS NOT NULL)", name="whole"),
    )

    id: Mapped[int] = key()
    meeting_id: Mapped[int] = to("meeting.id")
    author_id: Mapped[int | None] = to("person.id", ondelete="SET NULL")
    audience: Mapped[str]
    workshop_id: Mapped[int | None] = to("workshop.id", ondelete="SET NULL")
    text: Mapped[str | None]
    """As it was written, in whatever language."""
    state: Mapped[str] = mapped_column(default="proposed")
    made_at: Mapped[datetime]
    sends_at: Mapped[datetime | None]
    """Until then it can be undone, and nobody gets it."""
    settled_at: Mapped[datetime | None]
    """When it was undone, failed, or owed to the last of its people."""
    trouble: Mapped[str | None]
    """Why it went to nobody: not_an_organiser, over."""


class AlertMute(Base):
    """An organiser's wish to hear no alerts of a meeting."""

    __tablename__ = "alert_mute"

    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(
        Id, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime]


class Handover(Base):
    """Somebody's wish to take a place over to her own phone, said by its code; who signed her up answers it."""

    __tablename__ = "handover"
    __table_args__ = (CheckConstraint(one_of("state", "wrong", "open", "given", "refused", "gone"), name="state"),)

    id: Mapped[int] = key()
    telegram_id: Mapped[int] = mapped_column(BigInteger, index=True)
    """Who asks."""
    chat_id: Mapped[int] = mapped_column(BigInteger)
    language: Mapped[str]
    registration_id: Mapped[int | None] = to("registration.id")
    """None for a wrong code, which is kept to be counted."""
    owner_id: Mapped[int | None] = to("person.id", ondelete="SET NULL")
    """Who is asked."""
    state: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]


class Outbox(Base):
    """A message that the bot owes somebody; written in the transaction that caused it.

    The recipient is a person; only a reply to a chat that has not consented has a chat instead.
    No foreign key to person, as it would double the time of a large fan-out.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (chat_id IS NULL)", name="recipient"),
        CheckConstraint(one_of("state", "pending", "sent", "dropped", "dead"), name="state"),
        UniqueConstraint("cause", "kind", "person_id"),
        Index(
            "ix_outbox_due_pending",
            "priority",
            "due_at",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_outbox_dead",
            "id",
            sqlite_where=text("state = 'dead'"),
            postgresql_where=text("state = 'dead'"),
        ),
    )

    id: Mapped[int] = key()
    person_id: Mapped[int | None] = mapped_column(Id, index=True)
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    cause: Mapped[str]
    kind: Mapped[str]
    params: Mapped[dict[str, Any] | None]
    """Ids and words of ours; never text or personal data."""
    priority: Mapped[int]
    """0 replies, 1 urgent, 2 usual, 3 mass."""
    due_at: Mapped[datetime]
    until: Mapped[datetime | None]
    """Past it the row is dropped."""
    state: Mapped[str] = mapped_column(default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    """True time; also the back-off of a row that failed."""
    leased_by: Mapped[str | None]
    reason: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(BigInteger)


class Lease(Base):
    """Who holds a name (the active deliverer of a bot), until a moment of true time."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]


# Commitments -----------------------------------------------------------------------------------------------------


class Commitment(Base):
    """A compromiso (M13, M14). Its state, status and due date follow from its updates."""

    __tablename__ = "commitment"
    __table_args__ = (
        CheckConstraint(
            "published_at IS NULL OR (responsible IS NOT NULL AND indicator IS NOT NULL AND due_on IS NOT NULL)",
            name="published_whole",
        ),
        CheckConstraint(
            "withdrawn_because IS NULL OR published_at IS NOT NULL",
            name="withdrawn_after_published",
        ),
        UniqueConstraint("meeting_id", "slug"),
    )

    id: Mapped[int] = key()
    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meeting.id", ondelete="CASCADE"))
    entity_id: Mapped[int] = to("entity.id", ondelete="RESTRICT")
    slug: Mapped[str]
    text: Mapped[Text]
    responsible: Mapped[Text | None]
    indicator: Mapped[Text | None]
    due_on: Mapped[date | None]
    """As first stated; the updates hold what came after."""
    answers: Mapped[list[str]]
    """The contributions that it answers."""
    published_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]


class CommitmentUpdate(Base):
    """An avance: the whole state after it; append-only. Number 1 is the publication."""

    __tablename__ = "commitment_update"
    __table_args__ = (
        CheckConstraint(
            one_of(
                "status",
                "not_started",
                "in_progress",
                "fulfilled",
                "partly_fulfilled",
                "not_fulfilled",
            ),
            name="status",
        ),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        UniqueConstraint("commitment_id", "number"),
    )

    id: Mapped[int] = key()
    commitment_id: Mapped[int] = mapped_column(Id, ForeignKey("commitment.id", ondelete="CASCADE"))
    number: Mapped[int]
    at: Mapped[datetime]
    author_id: Mapped[int | None] = to("person.id", ondelete="SET NULL")
    status: Mapped[str]
    progress: Mapped[int]
    due_on: Mapped[date]
    note: Mapped[Text | None]
    because: Mapped[str | None]
    """Why the due date changed."""
    corrects: Mapped[int | None] = to("commitment_update.id", ondelete="SET NULL")


class UpdateDraft(Base):
    """An update that an organiser is writing in the chat: nobody sees it before it is sent."""

    __tablename__ = "update_draft"
    __table_args__ = (UniqueConstraint("commitment_id", "person_id"),)

    id: Mapped[int] = key()
    commitment_id: Mapped[int] = mapped_column(Id, ForeignKey("commitment.id", ondelete="CASCADE"))
    person_id: Mapped[int] = to("person.id")
    status: Mapped[str | None]
    progress: Mapped[int | None]
    note: Mapped[str | None]
    due_on: Mapped[date | None]
    because: Mapped[str | None]
    evidence: Mapped[list[dict[str, Any]]]
    """`{name, sha256}` or `{name, address}`, in the order in which they came."""
    touched_at: Mapped[datetime]


class Evidence(Base):
    """Proof of an update: a file of ours, or an address."""

    __tablename__ = "evidence"
    __table_args__ = (CheckConstraint("(sha256 IS NULL) <> (address IS NULL)", name="file_or_address"),)

    id: Mapped[int] = key()
    update_id: Mapped[int] = to("commitment_update.id")
    name: Mapped[str]
    sha256: Mapped[str | None] = mapped_column(ForeignKey("file.sha256"), index=True)
    address: Mapped[str | None]


class Follow(Base):
    """A person's word on being told of a commitment, a meeting's or an entity's: wants, or muted."""

    __tablename__ = "follow"
    __table_args__ = (
        CheckConstraint(
            "CASE WHEN commitment_id IS NULL THEN 0 ELSE 1 END + CASE WHEN meeting_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN entity_id IS NULL THEN 0 ELSE 1 END = 1",
            name="one_subject",
        ),
        UniqueConstraint("person_id", "commitment_id"),
        UniqueConstraint("person_id", "meeting_id"),
        UniqueConstraint("person_id", "entity_id"),
    )

    id: Mapped[int] = key()
    person_id: Mapped[int] = to("person.id", index=False)
    commitment_id: Mapped[int | None] = to("commitment.id")
    meeting_id: Mapped[int | None] = to("meeting.id")
    entity_id: Mapped[int | None] = to("entity.id")
    wants: Mapped[bool]
    since: Mapped[datetime]


# Feedback, acts --------------------------------------------------------------------------------------------------


class Question(Base):
    """A question of a meeting's feedback; without text it is one of ours, said by `messages`."""

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint(one_of("kind", "scale", "yes_no", "choice", "text"), name="kind"),
        UniqueConstraint("meeting_id", "slug"),
    )

    id: Mapped[int] = key()
    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meeting.id", ondelete="CASCADE"))
    number: Mapped[int]
    slug: Mapped[str]
    kind: Mapped[str]
    text: Mapped[Text | None]
    options: Mapped[list[Text]]


class Answer(Base):
    """An answer to a feedback question: no time, and no link to the person once feedback has closed."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("registration_id", "question_id"),)

    id: Mapped[int] = key()
    registration_id: Mapped[int | None] = mapped_column(Id, ForeignKey("registration.id", ondelete="SET NULL"))
    question_id: Mapped[int] = to("question.id")
    value: Mapped[str]


class Audit(Base):
    """What was done, by whom, old and new; never people's names or their own data."""

    __tablename__ = "audit"

    id: Mapped[int] = key()
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = to("person.id", ondelete="SET NULL")
    through: Mapped[str]
    act: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    meeting_id: Mapped[int | None] = to("meeting.id", ondelete="SET NULL")
    old: Mapped[dict[str, Any] | None]
    new: Mapped[dict[str, Any] | None]
    because: Mapped[str | None]
