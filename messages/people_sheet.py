"""The people of a meeting as a spreadsheet: everybody, each workshop, the waiting list. No phones.

What people wrote is text whatever it begins with: a name such as `=HYPERLINK(…)` is no formula.
"""

import re
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from civic.audience import HAD_A_PLACE
from civic.places import ON_THE_LIST
from civic.roll import COMING, Listed, Roll
from locales import N_
from messages.needs import NEEDS
from messages.voice import Voice

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
LONGEST: Final = 500
"""Characters of a cell."""
STATES: Final = {
    "registered": N_("has a place"),
    "waiting": N_("waits"),
    "offered": N_("has an offer"),
    "cancelled": N_("gave it up"),
    "attended": N_("came"),
    "no_show": N_("did not come"),
}
COLUMNS: Final = (
    (N_("Code"), 12),
    (N_("Name"), 34),
    (N_("State"), 16),
    (N_("Position"), 10),
    (N_("Workshop"), 10),
    (N_("Badge"), 13),
    (N_("Group"), 9),
    (N_("Support"), 38),
    (N_("Confirmed"), 13),
    (N_("On Telegram"), 13),
    (N_("Signed up"), 17),
)
"""Headings, and how many characters wide."""
MOMENT: Final = "dd/mm/yyyy hh:mm"


def book(voice: Voice, seen: Roll) -> bytes:
    """Make the spreadsheet."""
    from openpyxl import Workbook

    t = voice.t
    made = Workbook()
    everybody = made.active
    if everybody is None:
        raise AssertionError  # a new book has a sheet
    everybody.title = t.pgettext("sheet", "Everybody")
    zone = ZoneInfo(seen.meeting.timezone)
    _fill(voice, everybody, seen.people, zone)
    for number in seen.workshops:
        name = t.pgettext("sheet", "Workshop {number}").format(number=number)
        seated = [each for each in seen.people if each.workshop == number and each.state in COMING]
        _fill(voice, _sheet(made, name), sorted(seated, key=lambda each: each.badge or 0), zone)
    waiting = [each for each in seen.people if each.state in ON_THE_LIST]
    if waiting:
        name = t.pgettext("sheet", "Waiting list")
        _fill(voice, _sheet(made, name), sorted(waiting, key=lambda each: each.position or 0), zone)
    content = BytesIO()
    made.save(content)
    return content.getvalue()


def _sheet(made: "Workbook", name: str) -> "Worksheet":
    sheet: Worksheet = made.create_sheet(name[:31])
    return sheet


def _fill(voice: Voice, sheet: "Worksheet", people: Iterable[Listed], zone: ZoneInfo) -> None:
    """Write people under their headings, which stay in sight and filter."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    for column, (heading, width) in enumerate(COLUMNS, 1):
        top = sheet.cell(1, column, voice.t.gettext(heading))
        top.font = Font(bold=True, color="FFFFFF")
        top.fill = PatternFill("solid", fgColor="0B5F7D")
        top.alignment = Alignment(vertical="center")
        sheet.column_dimensions[get_column_letter(column)].width = width
    row = 1
    for row, each in enumerate(people, 2):
        for column, value in enumerate(_cells(voice, each, zone), 1):
            if value is None:
                continue
            cell = sheet.cell(row, column)
            if isinstance(value, str):
                cell.value = _UNWRITABLE.sub("", value)[:LONGEST]
                cell.data_type = "s"
                cell.quotePrefix = True
            else:
                cell.value = value
                if column == len(COLUMNS):
                    cell.number_format = MOMENT
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{row}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


def _cells(voice: Voice, each: Listed, zone: ZoneInfo) -> list[Any]:
    """Give somebody's cells, in the order of `COLUMNS`; text, whole numbers and moments of the meeting's clocks."""
    t = voice.t
    yes, no = t.pgettext("answer", "Yes"), t.pgettext("answer", "No")
    return [
        each.code,
        each.name,
        t.gettext(STATES[each.state]),
        each.position,
        each.workshop,
        each.badge,
        each.party,
        ", ".join(t.gettext(NEEDS[need]) if need in NEEDS else need for need in each.needs) or None,
        (yes if each.confirmed else no) if each.state in HAD_A_PLACE else None,
        yes if each.on_telegram else no,
        each.registered_at.astimezone(zone).replace(tzinfo=None, microsecond=0),
    ]
