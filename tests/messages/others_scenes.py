"""What is said on a phone that several share, and when a place goes to her own, in a world of hostile names."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import handovers, on_behalf, parties, registration
from civic.audit import BY_COMMAND
from civic.conversation import Incoming
from civic.schema import Registration
from tests import factories
from tests.factories import NOW

HOSTILE = 'Ana <b>"O\'Hara" & </i>Cía'
Seen = tuple[str, int | None, dict[str, Any], datetime]


def seen(session: Session) -> list[Seen]:
    """Make the world, and list what is said in it."""
    meeting = factories.meeting(session, code="compartido", title=HOSTILE * 3, needs=["wheelchair"])
    other = factories.meeting(session, code="compartido-otra-vez", title=HOSTILE * 3)
    owner = factories.person(session, HOSTILE)
    acting: dict[str, Any] = {"owner_id": owner.id, "actor": BY_COMMAND, "now": NOW}
    registration.register(session, meeting.id, owner.id, name=HOSTILE, actor=BY_COMMAND, now=NOW)
    places = [
        on_behalf.sign_up(session, meeting.id, name, together=together, **acting)
        for name, together in ((HOSTILE * 3, False), (HOSTILE, True))
    ]
    own = registration.active_of(session, owner.id, NOW)[0].id
    parties.bring(session, own, 1, person_id=owner.id, actor=BY_COMMAND, now=NOW)
    companion = session.scalars(select(Registration).where(Registration.registered_by == owner.id)).one()
    asked = []
    for number, place in enumerate((*places, companion), 1):
        incoming = Incoming(1, number, 900 + number, 900 + number, "es")
        said, made = handovers.ask(session, place.code or "", incoming, now=NOW)
        assert (said, made is not None) == ("asked", True)
        asked += [made.id] if made else []
    kept = {"handover": asked[1]}
    hers: list[Seen] = [
        (kind, owner.id, {"registration": place.id, "for": place.person_id, **more}, NOW)
        for place in places
        for kind, more in (("place", {}), ("ticket", {}), ("question", {"what": "name"}), ("needs", {}), ("party", {}))
    ]
    return [
        *hers,
        *(
            ("reminder", place.person_id, {"meeting": meeting.id, "what": what, "for": place.person_id}, NOW)
            for place in places
            for what in ("3d", "2h")
        ),
        *((kind, owner.id, {"for": places[0].person_id}, NOW) for kind in ("privacy", "my_data", "erase")),
        *((kind, owner.id, {}, NOW) for kind in ("mine", "privacy", "erase", "hushed", "other_where", "other_erased")),
        ("other_own", None, {"meeting": meeting.id}, NOW),
        *(
            (f"other_{kind}", owner.id, {"meeting": other.id}, NOW)
            for kind in ("who", "consent", "together", "name", "minor", "refused")
        ),
        ("other_refused", owner.id, {"meeting": meeting.id}, NOW),
        ("code_seen", None, {"code": places[0].code}, NOW),
        ("handover_asked", None, kept, NOW),
        ("handover_wrong", None, {}, NOW),
        ("handover_nobody", None, kept, NOW),
        ("handover_already", None, {}, NOW),
        *(
            (kind, owner.id, {"handover": number}, NOW)
            for kind in ("handover", "handover_given", "handover_kept", "handover_gone")
            for number in asked[1:]
        ),
        ("handover_done", owner.id, {"registration": own}, NOW),
        ("handover_invited", None, {"registration": companion.id}, NOW),
        *((kind, None, {"meeting": meeting.id}, NOW) for kind in ("handover_refused", "handover_lost")),
        ("handover_silent", None, kept, NOW + timedelta(days=1)),
    ]
