"""What we say about a meeting's file that an organiser sends: its faults, its report, that it is saved."""

from collections.abc import Mapping
from typing import Any, Final

from civic.meetings import Card
from messages.acts import Act, any_act, for_organiser, mine, one_meeting, proposed, title
from messages.file_faults import fault_said
from messages.kind import Kind
from messages.message import Button, Document, Message, column
from messages.organiser import back_to_meeting
from messages.voice import Voice, escape, shortened

FAULTS: Final = 2600
"""Characters of faults in one message; more come as a file besides."""
VALUE: Final = 80
"""Characters of a file's name, or of a fault in brief."""


def _import(voice: Voice, params: Mapping[str, Any]) -> list[Message]:
    t = voice.t
    lines = [
        t.gettext("<b>Send me the meeting's file here</b>, as a document (.yaml or .txt)."),
        t.gettext("I look through it and tell you everything that does not fit. Nobody is told anything by that."),
    ]
    meeting_id = params.get("meeting")
    if meeting_id:
        model = Button(t.gettext("Send me its file as it is now"), choice=f"oif:{meeting_id}")
    else:
        words = tuple(t.gettext("model, example, template, I have no file, what file").split(", "))
        model = Button(t.gettext("Send me a model to fill in"), choice="oif", words=words)
    back = back_to_meeting(voice, meeting_id) if meeting_id else mine(voice)
    return [Message("\n\n".join(lines), column(model, back))]


def _report(voice: Voice, act: Act) -> list[Message]:
    t = voice.t
    name = escape(shortened(str(act.row.params.get("report")), VALUE))
    text = t.gettext(
        "The file is in order. It names a report, <b>{name}</b>, that people read before they come."
        " Please send it here as a document (up to 20 MB)."
    )
    known = act.row.report_sha256 is not None
    rows = column(
        Button(t.gettext("Keep the one that is there"), choice=f"oap:{act.row.id}") if known else None,
        None if known else Button(t.gettext("Go on without the report"), choice=f"oaw:{act.row.id}"),
        Button(t.gettext("Leave it for now"), choice=f"oad:{act.row.id}"),
    )
    return [Message(text.format(name=name), rows)]


def _faults(voice: Voice, act: Act) -> list[Message]:
    """Say every fault with its place, each that the command line names; what does not fit is in a file besides."""
    t = voice.t
    trouble = act.row.trouble or act.shown
    faults = [fault_said(voice, str(each)) for each in trouble.get("faults", ())]
    head = t.ngettext(
        "<b>The file has {number} fault, so nothing was changed.</b>",
        "<b>The file has {number} faults, so nothing was changed.</b>",
        len(faults),
    ).format(number=voice.number(len(faults)))
    lines, room = [], FAULTS
    for each in faults:
        room -= len(each) + 3
        if room < 0:
            break
        lines.append(f"• <code>{escape(each)}</code>")
    document = None
    if len(lines) < len(faults):
        document = Document("faults.txt", "\n".join(faults).encode())
        lines = [f"• <code>{escape(shortened(each, VALUE))}</code>" for each in faults[:5]]
        lines.append(t.gettext("All of them are in the file beside this."))
    rows = column(
        Button(t.gettext("Send the file again"), choice="oim"),
        back_to_meeting(voice, act.meeting.id) if act.meeting else mine(voice),
    )
    return [Message("\n".join([head, *lines]), rows, document=document)]


def _imported(voice: Voice, card: Card) -> list[Message]:
    text = voice.t.gettext("<b>Saved as a draft.</b> Nobody sees «{title}» before you convene it.")
    return [Message(text.format(title=title(voice, card)))]


def _same(voice: Voice, act: Act) -> list[Message]:
    meeting_id = act.row.meeting_id or 0
    text = voice.t.gettext("In that file everything is as it is already, so there is nothing to change.")
    return [Message(text, column(another_report(voice, act), back_to_meeting(voice, meeting_id)))]


def another_report(voice: Voice, act: Act) -> Button | None:
    """Offer to send the report anew that a file names under the name that is known."""
    named = act.row.params.get("report") and act.row.report_sha256 is not None
    return Button(voice.t.gettext("Send its report again"), choice=f"oaf:{act.row.id}:report") if named else None


KINDS: Final[dict[str, Kind]] = {
    "org_import": Kind(for_organiser, _import),
    "org_import_report": Kind(proposed, _report),
    "org_act_faults": Kind(any_act, _faults),
    "org_imported": Kind(one_meeting, _imported),
    "org_import_same": Kind(proposed, _same),
}
