"""What an organiser can do to a meeting from its numbers, and what waits to be done to it."""

from typing import Final

from civic.daytime import is_quiet
from civic.organising import Desk
from civic.schema import PlannedAct
from locales import N_
from messages.message import Button
from messages.voice import Voice

NAMES: Final = {
    "convene": N_("Convene the meeting"),
    "move": N_("Another date, other hours or another place"),
    "cancel": N_("Cancel the meeting"),
    "import": N_("The changes of the file"),
}


def reach(row: PlannedAct) -> int:
    """Say to how many people an act goes, or went."""
    return int((row.shown or {}).get("reach", 0))


def goes_at(voice: Voice, row: PlannedAct, zone: str | None) -> str:
    """Say when what waits is done, by the meeting's clocks; in the quiet hours it is done, and goes out later."""
    t = voice.t
    time = voice.at(row.due_at, zone) if zone and row.due_at else ""
    if row.act == "convene":
        text = t.gettext("It is convened {at}")
    elif reach(row) and not (zone and row.due_at and is_quiet(row.due_at, zone)):
        text = t.gettext("It goes out {at}")
    else:
        text = t.gettext("It changes {at}")
    return text.format(at=time)


def waits(voice: Voice, desk: Desk) -> list[str]:
    """Say what waits to be done to a meeting, in HTML; nothing where nothing does."""
    row = desk.waiting
    if row is None:
        return []
    return ["", f"<b>{voice.t.gettext(NAMES[row.act])}</b>", goes_at(voice, row, desk.line.timezone)]


def buttons(voice: Voice, desk: Desk) -> list[Button]:
    """Offer what can be done to a meeting as it stands: undo what waits, convene a draft, change what is to come."""
    t, line = voice.t, desk.line
    undo = [Button(t.gettext("Undo"), choice=f"oau:{desk.waiting.id}")] if desk.waiting else []
    if line.over or line.state == "cancelled":
        return undo
    if line.state == "draft":
        words = tuple(t.gettext("convene, publish, open the meeting").split(", "))
        convene = Button(t.gettext("Convene it"), choice=f"oac:{line.id}", words=words)
        return [*undo, convene, Button(t.gettext("Change it"), choice=f"och:{line.id}", words=_changing(voice))]
    return [*undo, Button(t.gettext("Move, change or cancel it"), choice=f"och:{line.id}", words=_changing(voice))]


def _changing(voice: Voice) -> tuple[str, ...]:
    words = voice.t.gettext(
        "move, change, cancel, postpone, move the meeting, cancel the meeting, postpone the meeting, change the date,"
        " change the hours, change the place"
    )
    return tuple(words.split(", "))
