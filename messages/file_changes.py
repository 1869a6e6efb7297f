"""What a meeting's file changes, part by part: old and new of what is short."""

from typing import Any, Final

from locales import N_
from messages.voice import Voice, escape, shortened

FIELDS: Final = {
    "title": N_("the title"),
    "policy": N_("the public policy"),
    "objective": N_("the objective"),
    "central_points": N_("the central points"),
    "method": N_("the method"),
    "guide_questions": N_("the guide questions"),
    "faq": N_("the frequent questions"),
    "venue": N_("the place"),
    "contact": N_("who answers"),
    "report": N_("the report"),
    "starts_at": N_("when it starts"),
    "ends_at": N_("when it ends"),
    "timezone": N_("the time zone"),
    "capacity": N_("the number of places"),
    "workshop_minutes": N_("how long the workshops last"),
    "needs": N_("the support that is offered"),
    "attributes": N_("what people are asked about themselves"),
    "reminders": N_("the reminders"),
    "assignment_before": N_("when people learn their workshop"),
    "entities": N_("who convenes"),
    "feedback": N_("the questions for afterwards"),
    "workshops": N_("the workshops"),
}
"""Parts of a meeting file, as they stand in a list of what is another than before."""
MOST: Final = 12
"""Changed parts that are named one by one."""
VALUE: Final = 80
"""Characters of a value."""


def changed(voice: Voice, names: list[str], values: dict[str, list[Any]]) -> list[str]:
    """Name parts of a file (`workshops[3].room` is one of the workshops), a line each, in HTML.

    `values` hold old and new of some of them.
    """
    t = voice.t
    parts = list(dict.fromkeys(each.partition("[")[0] for each in names))
    lines = [t.gettext("What is another than before:")]
    for name in parts[:MOST]:
        label = t.gettext(FIELDS[name]) if name in FIELDS else escape(name)
        before, after = values.get("report_name" if name == "report" else name, (None, None))
        sides = [_short(voice, each) for each in (before, after)]
        told = name in ("title", "capacity", "workshop_minutes", "report") and sides[0] != sides[1]
        lines.append(f"• {label}: {sides[0]} → {sides[1]}" if told else f"• {label}")
    return [*lines, "• …"] if len(parts) > MOST else lines


def _short(voice: Voice, value: Any) -> str:
    if value is None:
        return voice.t.pgettext("of a meeting's file", "none")
    return voice.number(value) if isinstance(value, int) else f"«{escape(shortened(voice.plain(value), VALUE))}»"
