"""The scenes of questions in between, and of what was not understood: every topic, with a place, without, waiting."""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import offers, places, registration
from civic.audit import BY_COMMAND
from civic.schema import Meeting, Offer, Registration
from messages.asides import ANSWERS
from messages.misunderstandings import MEDIA
from tests import factories
from tests.factories import NOW

NAME: Final = 'Ana <b>"O\'Hara" & </i>Cía'
MORE: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"asked": True},
    {"interrupted": {"kind": "help", "params": {}, "step": None}},
)
LONG: Final = "¿Y si <b>llueve</b> & truena? " * 60


def seen(session: Session) -> list[tuple[Any, ...]]:
    """Let people ask about a meeting, and be understood badly."""
    meeting = factories.meeting(
        session,
        code="preguntas",
        title=NAME,
        capacity=1,
        needs=["wheelchair", "childcare", "<Lupa> & luz"],
        faq=[{"question": NAME, "answer": {"es": LONG, "en": "So & so"}}],
    )
    alone = factories.meeting(session, code="sin-nada", contact=None, venue={"name": NAME, "address": NAME})
    off = factories.meeting(session, code="ya-no", state="cancelled")
    own, waits = (
        registration.register(session, meeting.id, who.id, name=NAME, actor=BY_COMMAND, now=NOW)
        for who in (factories.person(session, NAME) for _ in range(2))
    )
    topics = [*ANSWERS, "parking", "certificate", "food"]
    about = [
        ("about", who, {"meeting": each.id, "about": [topic], "faq": [None], **more}, NOW)
        for topic in topics
        for each in (meeting, alone, off)
        for who, more in ((own.person_id, {}), (waits.person_id, {"here": True}), (None, {}))
    ]
    both = {"meeting": meeting.id, "about": ["parking", "where", "faq"], "faq": [0, None, None]}
    lost = {"meetings": [meeting.id]}
    return [
        *about,
        ("about", None, both, NOW),
        ("about_which", None, {"meetings": [meeting.id, alone.id], "about": ["where"]}, NOW),
        ("about_which", None, {"meetings": [], "about": ["where"]}, NOW),
        *(
            (kind, None, {**params, **more}, NOW)
            for kind in ("not_understood", "not_understood_here", "lost")
            for params in (lost, {"meetings": [alone.id]}, {})
            for more in MORE
        ),
        *((kind, None, {**lost, "what": what}, NOW) for kind in ("no_media", "no_media_here") for what in MEDIA),
        ("understood", None, {"label": NAME, "again": "mine"}, NOW),
        ("understood", None, {"label": NAME, "again": None}, NOW),
        *(("companions_meant", own.person_id, {"registration": own.id, "companions": n}, NOW) for n in (1, 3)),
        *((kind, None, {}, NOW) for kind in ("companions_most", "hush_ask", "rude", "clear_word", "which_one")),
        *_offer(session, meeting.id, own.id),
    ]


def _offer(session: Session, meeting_id: int, own_id: int) -> list[tuple[Any, ...]]:
    """Let the one who has a place leave, so that the other is offered it, and asked whether she passes it on."""
    own = session.get_one(Registration, own_id)
    registration.cancel(session, own.id, person_id=own.person_id or 0, actor=BY_COMMAND, now=NOW)
    later = NOW + places.HOLD
    offers.serve(session, session.get_one(Meeting, meeting_id), later)
    offer = session.scalars(select(Offer).where(Offer.meeting_id == meeting_id)).one()
    return [("pass_ask", None, {"offer": offer.id}, later)]
