"""Files for who organises: the spreadsheet, whatever names hold, and the picture of sign-ups."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from PIL import Image

from civic.roll import Listed, Roll, SignUps
from civic.schema import Meeting
from locales import LANGUAGES, translator
from messages import people_sheet, signups_picture
from messages.signups_picture import LIMIT, PALE, WATER
from messages.voice import Links, Voice
from tests.factories import NOW

FORMULAS = (
    "=1+1",
    '=HYPERLINK("https://example.org")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "'=1",
    "#N/A",
    "12",
    "TRUE",
)


def voice(language: str) -> Voice:
    return Voice(translator(language), Links("https://t.me/convoca_bot", None), NOW)


def listed(name: str, number: int) -> Listed:
    return Listed(
        name,
        f"ABCD{number:04}",
        "registered",
        None,
        1,
        number,
        number,
        (),
        confirmed=False,
        on_telegram=True,
        registered_at=NOW,
    )


@pytest.fixture
def meeting() -> Meeting:
    return Meeting(code="agua", title="Agua para todas las veredas " * 6, capacity=60, timezone="America/Bogota")


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_text_whatever_they_begin_with(meeting: Meeting, language: str) -> None:
    names = [*FORMULAS, "Ana\x00\x0b\x1f María", "x" * 40_000, "\ud800Eva"]
    people = tuple(listed(name, number) for number, name in enumerate(names, 1))
    book = load_workbook(BytesIO(people_sheet.book(voice(language), Roll(meeting, people, (1, 2)))))
    assert len(book.sheetnames) == 3
    for sheet in book.worksheets[:2]:
        cells = [row[1] for row in sheet.iter_rows(min_row=2)]
        assert {cell.data_type for cell in cells} == {"s"}
        assert [cell.value for cell in cells][: len(FORMULAS)] == list(FORMULAS)
        assert [cell.value for cell in cells][len(FORMULAS) :] == ["Ana María", "x" * 500, "Eva"]
        assert {type(row[5].value) for row in sheet.iter_rows(min_row=2)} == {int}
    assert book.worksheets[2].max_row == 1  # nobody sits there: headings alone


@pytest.mark.parametrize("days", [1, 2, 31, 32, 200])
def test_every_sign_up_is_in_a_bar(meeting: Meeting, days: int) -> None:
    counted = tuple((date(2026, 11, 1) + timedelta(days=day), day % 5) for day in range(days))
    seen = SignUps(meeting, counted)
    bars = signups_picture.bars(seen)
    assert len(bars) <= 31
    assert sum(bar.new for bar in bars) == bars[-1].total == seen.total
    assert [bar.total for bar in bars] == sorted(bar.total for bar in bars)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("numbers", "capacity"), [((0,), 60), ((3, 0, 9), 60), ((90, 1, 2), 4), ((7,) * 60, 1000)])
def test_the_picture_shows_bars_and_places(
    meeting: Meeting, language: str, numbers: tuple[int, ...], capacity: int
) -> None:
    meeting.capacity = capacity
    days = tuple((date(2026, 11, 1) + timedelta(days=day), number) for day, number in enumerate(numbers))
    content = signups_picture.drawn(voice(language), SignUps(meeting, days))
    picture = Image.open(BytesIO(content)).convert("RGB").resize((360, 360), Image.Resampling.NEAREST)
    colours = {colour for _, colour in picture.crop((40, 120, 350, 335)).getcolors(360 * 360) or ()}

    def near(wanted: str) -> bool:
        aim = tuple(int(wanted[at : at + 2], 16) for at in (1, 3, 5))
        return any(
            max(abs(one - other) for one, other in zip(colour, aim, strict=True)) < 12
            for colour in colours
            if isinstance(colour, tuple)
        )

    assert near(LIMIT)
    assert near(WATER) == any(numbers)
    assert near(PALE) == (len(numbers) > 1)
    assert len(content) < 60_000  # slow networks
