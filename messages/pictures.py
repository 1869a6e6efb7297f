"""Pictures with words in them: our own font, which has every letter of Spanish, and lines that fit a width."""

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_FONTS: Final = Path(__file__).parent / "fonts"
REGULAR: Final = _FONTS / "DejaVuSans.ttf"
BOLD: Final = _FONTS / "DejaVuSans-Bold.ttf"


@lru_cache(maxsize=32)
def font(size: int, *, bold: bool = False) -> "FreeTypeFont":
    """Give our font in a size, in pixels."""
    from PIL import ImageFont

    return ImageFont.truetype(str(BOLD if bold else REGULAR), size)


def drawable(text: str, face: "FreeTypeFont") -> str:
    """Give a text without the signs that a font lacks (emoji, Chinese), which would be empty boxes."""
    lacking = bytes(face.getmask(_NO_SIGN))
    kept = (sign for sign in text if sign.isspace() or bytes(face.getmask(sign)) != lacking)
    words = "".join(kept).translate(_JOINERS).split()
    return " ".join(word for word in words if not all(unicodedata.category(sign)[0] == "M" for sign in word))


_NO_SIGN: Final = "\U0010ffff"
_JOINERS: Final = dict.fromkeys((0x200D, 0xFE0E, 0xFE0F))
"""Signs that no reader sees, of what was left out."""


def wrapped(text: str, face: "FreeTypeFont", width: int, most: int) -> list[str]:
    """Break a text into lines that fit a width in pixels; at most so many, the last with «…» when more was to say.

    A word that is wider than the width is broken too. What the font lacks is left out.
    """
    lines: list[str] = [""]
    for word in drawable(text, face).split():
        longer = f"{lines[-1]} {word}".strip()
        if face.getlength(longer) <= width:
            lines[-1] = longer
            continue
        rest = word
        if lines[-1]:
            lines.append("")
        while face.getlength(rest) > width:
            fits = max(end for end in range(1, len(rest)) if end == 1 or face.getlength(rest[:end]) <= width)
            lines[-1] = rest[:fits]
            lines.append("")
            rest = rest[fits:]
        lines[-1] = rest
    if len(lines) > most:
        lines = lines[:most]
        while lines[-1] and face.getlength(f"{lines[-1]}…") > width:
            lines[-1] = lines[-1][:-1]
        lines[-1] += "…"
    return [line for line in lines if line]
