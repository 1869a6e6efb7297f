"""What an organiser sees who runs a meeting from the chat, in a world of hostile names."""

from datetime import date, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from civic import planned_acts
from civic.audit import Actor
from civic.schema import PlannedAct, Staff
from tests import factories
from tests.factories import NOW
from tests.messages.organiser_scenes import HOSTILE, LONG, Seen, _people

FILE = """
entities: [{code: alcaldia, name: Alcaldía}]
meeting:
  code: por-archivo
  title: "Título <b>& 'algo'"
  policy: Plan
  objective: Conversar
  report: 'informe <1> & "anexo".pdf'
  venue: {name: Casa, address: Calle 5}
  starts_at: 2026-11-21T10:00
  ends_at: 2026-11-21T14:00
  capacity: 60
"""


def seen(session: Session) -> list[Seen]:
    """Make the world, and list what an organiser sees of it."""
    who = factories.person(session, HOSTILE)
    session.add(Staff(role="organiser", person_id=who.id))
    session.flush()
    rosa = Actor(who.id, "chat")
    said = [*_of_meetings(session, rosa), *_of_acts(session, rosa), *_of_files(session, rosa)]
    night = NOW + timedelta(hours=11)
    at = {"org_act_preview": (NOW, night)}
    return [(kind, who.id, params, now) for kind, params in said for now in at.get(kind, (NOW,))]


def _of_meetings(session: Session, rosa: Actor) -> list[tuple[str, dict[str, Any]]]:
    del rosa
    draft = factories.meeting(session, code="acto-para-cambiar", state="draft", title=HOSTILE * 4)
    soon = factories.meeting(session, code="acto-cambiable", title=HOSTILE * 4)
    changes = [("org_changes", {"meeting": each.id}) for each in (draft, soon)]
    imports: list[tuple[str, dict[str, Any]]] = [("org_import", {}), ("org_import", {"meeting": draft.id})]
    imports += [("org_model", {}), ("org_file", {"meeting": draft.id})]
    left: list[tuple[str, dict[str, Any]]] = [
        ("org_act_left", {"meeting": None}),
        ("org_act_left", {"meeting": draft.id}),
    ]
    return [*imports, *left, *changes, ("org_imported", {"meeting": draft.id}), ("org_act_stale", {})]


def _of_acts(session: Session, rosa: Actor) -> list[tuple[str, dict[str, Any]]]:
    """Plan each act, and let some wait, be done, be undone and fail."""
    cancelled = _planned(session, rosa, "cancel", "por-cancelar", because=LONG[:480])
    far = _planned(session, rosa, "move", "por-mover", day=date(2026, 12, 3), start=time(14), end=time(18))
    place = {"name": HOSTILE * 4, "address": HOSTILE * 4, "landmark": HOSTILE}
    elsewhere = _planned(session, rosa, "move", "de-sitio", **place)
    near = _planned(session, rosa, "move", "ya", starts_in=timedelta(hours=20), start=time(18), end=time(21))
    convened = _planned(session, rosa, "convene", "por-convocar", late_because=LONG[:480], state="draft")
    same = _planned(session, rosa, "move", "igual", day=date(2026, 11, 21))
    past = _planned(session, rosa, "convene", "pasado", state="draft", starts_in=timedelta(hours=-1))
    shown = [cancelled, far, elsewhere, near, convened]
    waiting, undone, failed = (_confirmed(session, rosa, f"espera-{number}") for number in range(3))
    planned_acts.undo(session, undone.id, actor=rosa, now=NOW)
    failed.state, failed.trouble = "failed", {"what": "faults", "faults": [LONG, "x <b>"]}
    done = _confirmed(session, rosa, "hecho-ya", starts_in=timedelta(hours=20))
    late, changed, gone = (_confirmed(session, rosa, f"falla-{number}") for number in range(3))
    for row, what in ((late, "too_late"), (changed, "changed"), (gone, "not_an_organiser")):
        row.state, row.trouble = "failed", {"what": what, "days": 14}
    second = planned_acts.begin(session, waiting.meeting_id or 0, "cancel", actor=rosa, now=NOW)
    planned_acts.write(session, second.id, actor=rosa, now=NOW, because="x")
    session.flush()
    ended = (waiting, undone, failed, done, late, changed, gone, far)
    asked = ("because", "late_because", "day", "hours", "name", "address", "landmark")
    return [
        *(("org_act_preview", {"act": each.id}) for each in shown),
        *(("org_act_cannot", {"act": each.id}) for each in (same, past)),
        *(("org_act", {"act": each.id}) for each in ended),
        ("org_act_done", {"act": done.id}),
        ("org_act_failed", {"act": failed.id}),
        ("org_act_busy", {"act": second.id}),
        *(("org_act_ask", {"act": far.id, "field": field}) for field in asked),
        ("org_meeting", {"meeting": waiting.meeting_id}),
    ]


def _of_files(session: Session, rosa: Actor) -> list[tuple[str, dict[str, Any]]]:
    """Send files: one with some faults, one with many, one that names a report, and again with other words."""

    def sent(text: str) -> PlannedAct:
        return planned_acts.receive(session, text.encode(), zone="America/Bogota", actor=rosa, now=NOW)

    some = sent(FILE.replace("60", "muchas").replace("Casa", ""))
    many = sent(
        "entities: []\nmeeting:\n" + "".join(f'  "campo <{number}> {HOSTILE[:3]}": x\n' for number in range(90))
    )
    named = sent(FILE)
    first = sent(FILE.replace("  report:", "  method:"))
    planned_acts.show(session, first.id, actor=rosa, now=NOW)
    planned_acts.confirm(session, first.id, first.sign or "", actor=rosa, now=NOW)
    again = sent(FILE.replace("  report:", "  method:").replace("60", "90").replace("algo", "otro <i>"))
    planned_acts.show(session, again.id, actor=rosa, now=NOW)
    session.flush()
    return [
        *(("org_act_faults", {"act": each.id}) for each in (some, many)),
        ("org_import_report", {"act": named.id}),
        ("org_act_preview", {"act": again.id}),
        ("org_import_same", {"act": again.id}),
    ]


def _planned(session: Session, rosa: Actor, act: str, code: str, **said: Any) -> PlannedAct:
    """Plan something with a meeting of its own, and show it."""
    columns = {name: said.pop(name) for name in ("state", "starts_in") if name in said}
    meeting = factories.meeting(session, code=f"acto-{code}", title=HOSTILE * 4, **columns)
    for each in _people(session, meeting.id, 2):
        each.person_id = factories.person(session, HOSTILE).id
    row = planned_acts.begin(session, meeting.id, act, actor=rosa, now=NOW)
    if said:
        planned_acts.write(session, row.id, actor=rosa, now=NOW, **said)
    return planned_acts.show(session, row.id, actor=rosa, now=NOW)


def _confirmed(session: Session, rosa: Actor, code: str, **columns: Any) -> PlannedAct:
    row = _planned(session, rosa, "cancel", code, because=HOSTILE, **columns)
    return planned_acts.confirm(session, row.id, row.sign or "", actor=rosa, now=NOW)
