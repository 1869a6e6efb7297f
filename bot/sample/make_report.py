"""Set the sample's report: `python -m bot.sample.make_report` writes informe-agua.pdf from informe-agua.yaml."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from civic import yaml_file
from messages.pictures import BOLD, REGULAR

HERE: Final = Path(__file__).parent
SOURCE: Final = HERE / "informe-agua.yaml"
TARGET: Final = HERE / "informe-agua.pdf"
MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""So that the same text gives the same file."""
INK: Final = (38, 50, 56)
SOFT: Final = (96, 112, 120)
WATER: Final = (11, 95, 125)
PALE: Final = (229, 241, 245)
MARGIN: Final = 22.0
BODY: Final = 10.5
LINE: Final = 5.6


class Report(FPDF):
    """A4 pages with a footer, in our own font (the built-in ones have no «–»)."""

    def __init__(self, text: dict[str, Any]) -> None:
        super().__init__(format="A4")
        self.said = text
        self.add_font("DejaVu", "", REGULAR)
        self.add_font("DejaVu", "B", BOLD)
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.c_margin = 0  # text stands in line with boxes and bars
        self.set_auto_page_break(auto=True, margin=24)
        self.set_creation_date(MADE)
        self.set_lang(text["lang"])
        self.set_title(f"{text['title']}: {text['kind']}")
        self.set_author(text["author"])

    def footer(self) -> None:
        """Say what the page is of, and its number."""
        self.set_y(-15)
        self.voice(8, SOFT)
        self.cell(self.epw / 2, 5, self.said["footer"])
        self.cell(self.epw / 2, 5, f"{self.page_no()}", align="R")

    def voice(self, size: float, ink: tuple[int, int, int] = INK, style: str = "") -> None:
        """Choose size, colour and weight of what comes next."""
        self.set_font("DejaVu", style, size)
        self.set_text_color(*ink)

    def say(self, text: str, gap: float = 3.0) -> None:
        """Set a paragraph, and leave a gap after it."""
        self.multi_cell(0, LINE, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(gap)


def cover(page: Report) -> None:
    """Set the head of the first page: a band, the opening, the figures to remember."""
    text = page.said
    page.add_page()
    page.set_fill_color(*WATER)
    page.rect(0, 0, page.w, 74, style="F")
    page.set_draw_color(255, 255, 255)
    page.set_line_width(0.5)
    for wave in range(3):
        left, y = -10.0, 62.0 + wave * 4
        while left < page.w:
            page.bezier([(left, y), (left + 8, y - 4), (left + 16, y + 4), (left + 24, y)])
            left += 24
    page.set_y(22)
    page.voice(11, PALE)
    page.cell(0, 6, text["kind"].upper(), new_x="LMARGIN", new_y="NEXT")
    page.voice(25, (255, 255, 255), "B")
    page.cell(0, 14, text["title"], new_x="LMARGIN", new_y="NEXT")
    page.voice(11, PALE)
    page.cell(0, 7, text["about"])
    page.set_y(84)
    page.voice(9, SOFT)
    page.say(text["author"])
    page.voice(11.5)
    page.multi_cell(0, 6.4, text["opening"], align="L", new_x="LMARGIN", new_y="NEXT")
    page.ln(7)
    figures(page, text["figures"])
    page.set_y(-30)
    page.voice(8, SOFT)
    page.cell(0, 5, text["sample"])


def figures(page: Report, pairs: list[list[str]]) -> None:
    """Set numbers in boxes, two to a row."""
    gap, height = 6.0, 38.0
    width = (page.epw - gap) / 2
    top = page.get_y()
    page.set_fill_color(*PALE)
    for number, (figure, what) in enumerate(pairs):
        x, y = MARGIN + (number % 2) * (width + gap), top + (number // 2) * (height + gap)
        page.rect(x, y, width, height, style="F", round_corners=True, corner_radius=2.5)
        page.set_xy(x + 6, y + 8)
        page.voice(24, WATER, "B")
        page.cell(width - 12, 11, figure)
        page.set_xy(x + 6, y + 22)
        page.voice(10)
        page.cell(width - 12, 6, what)
    page.set_xy(MARGIN, top + height * 2 + gap * 2)


def section(page: Report, part: dict[str, Any]) -> None:
    """Set a section, on the page with what it shows."""
    shown = 78 if "chart" in part else 60
    if page.get_y() > page.h - 24 - shown - 30:
        page.add_page()
    page.voice(15, WATER, "B")
    page.say(part["title"], 2.5)
    page.voice(BODY)
    for paragraph in part.get("text", ()):
        page.say(paragraph)
    if "chart" in part:
        chart(page, part["chart"])
    if "table" in part:
        table(page, part["table"])
    bullets(page, part.get("list", ()), "•")
    bullets(page, part.get("questions", ()), "?")
    page.voice(BODY)
    if "after" in part:
        page.say(part["after"])
    page.ln(6)


def chart(page: Report, data: dict[str, Any]) -> None:
    """Draw bars that lie, each with its name and number."""
    page.ln(1)
    page.voice(9.5, INK, "B")
    page.say(data["title"], 1.5)
    label, most = 30.0, int(data["most"])
    for name, value in data["bars"]:
        y = page.get_y()
        page.voice(9.5)
        page.cell(label, 7, name)
        full = page.epw - label - 18
        page.set_fill_color(*PALE)
        page.rect(MARGIN + label, y + 1, full, 5, style="F")
        page.set_fill_color(*WATER)
        page.rect(MARGIN + label, y + 1, full * int(value) / most, 5, style="F")
        page.set_x(MARGIN + label + full + 2)
        page.voice(9.5, INK, "B")
        page.cell(16, 7, f"{int(value):,}".replace(",", "."), align="R", new_x="LMARGIN", new_y="NEXT")
    page.ln(4)


def table(page: Report, data: dict[str, Any]) -> None:
    """Set a table with a head."""
    page.ln(1)
    page.voice(9.5)
    page.set_draw_color(*SOFT)
    page.set_line_width(0.2)
    page.set_fill_color(255, 255, 255)
    head = FontFace(emphasis="BOLD", color=(255, 255, 255), fill_color=WATER)
    with page.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=head,
        col_widths=(26, 18, 16, 60),
        text_align=("LEFT", "RIGHT", "RIGHT", "LEFT"),
        line_height=7,
        padding=(0.6, 2),
    ) as grid:
        for cells in (data["head"], *data["rows"]):
            row = grid.row()
            for each in cells:
                row.cell(each)
    page.ln(5)


def bullets(page: Report, lines: list[str], mark: str) -> None:
    """Set lines with a mark before each."""
    for line in lines:
        page.voice(12, WATER, "B")
        page.cell(7, LINE, mark)
        page.voice(BODY)
        page.multi_cell(0, LINE, line, align="L", new_x="LMARGIN", new_y="NEXT")
        page.ln(2.5)


def make() -> bytes:
    """Set the whole report."""
    page = Report(yaml_file.read(SOURCE.read_bytes()))
    cover(page)
    page.add_page()
    for part in page.said["sections"]:
        section(page, part)
    return bytes(page.output())


if __name__ == "__main__":
    TARGET.write_bytes(make())
