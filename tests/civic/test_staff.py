"""Who organises what: everything, an entity's meetings, or one meeting; and nothing once a role is revoked."""

from typing import Any

from sqlalchemy.orm import Session

from civic import staff
from civic.schema import MeetingEntity, Staff
from civic.store import Store
from tests import factories
from tests.factories import NOW


def test_each_role_reaches_its_meetings_and_no_others(store: Store) -> None:
    def world(session: Session) -> dict[str, list[str]]:
        one, other = (factories.meeting(session, code=code) for code in ("one", "other"))
        health = factories.entity(session, "health")
        session.add(MeetingEntity(meeting_id=other.id, entity_id=health.id, number=2))
        roles: dict[str, dict[str, Any]] = {
            "everything": {},
            "entity": {"entity_id": health.id},
            "meeting": {"meeting_id": one.id},
            "revoked": {"revoked_at": NOW},
        }
        people = {name: factories.person(session, name) for name in (*roles, "nobody")}
        session.add_all(Staff(role="organiser", person_id=people[name].id, **role) for name, role in roles.items())
        session.flush()
        found = {}
        for name, person in people.items():
            found[name] = sorted(meeting.code for meeting in staff.meetings_of(session, person.id))
            assert [each.code for each in (one, other) if staff.organises(session, person.id, each.id)] == found[name]
        return found

    assert store.write(world) == {
        "everything": ["one", "other"],
        "entity": ["other"],
        "meeting": ["one"],
        "revoked": [],
        "nobody": [],
    }
    assert store.read(lambda session: staff.meetings_of(session, None)) == []
