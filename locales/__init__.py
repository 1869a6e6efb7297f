"""The languages: gettext catalogues and what reads them.

Texts are marked where they are said: `t.gettext("You have a place.")`, plurals with `ngettext`,
a word with two meanings with `pgettext`, and a constant of a module with `N_`. Placeholders are
`{name}`, filled by `str.format`. The English sentence is the key; `es` and `en` both are full.
"""

import gettext
from functools import cache
from pathlib import Path
from typing import Final, Self

from babel import Locale, UnknownLocaleError

DOMAIN: Final = "convoca"
LANGUAGES: Final = ("es", "en")
DEFAULT: Final = "es"
REGION: Final = "es_CO"

_HERE: Final = Path(__file__).parent


class CatalogueMissingError(Exception):
    """A compiled catalogue is not there: the checkout was not set up (`make` does it)."""

    def __init__(self, language: str, path: Path) -> None:
        super().__init__(f"The catalogue of «{language}» is not compiled ({path}): run make.")
        self.language = language


class Translator:
    """One language's texts, and the locale by which its dates and numbers are written."""

    __slots__ = ("_catalogue", "language", "locale")

    def __init__(self, catalogue: gettext.NullTranslations, language: str, locale: Locale) -> None:
        self._catalogue = catalogue
        self.language = language
        self.locale = locale

    def gettext(self, message: str) -> str:
        """Return the text of `message`, an English sentence that some catalogue explains."""
        return self._catalogue.gettext(message)

    def ngettext(self, one: str, many: str, n: int) -> str:
        """Return the text for `n` things, in the plural form of the language."""
        return self._catalogue.ngettext(one, many, n)

    def pgettext(self, context: str, message: str) -> str:
        """Return the text of `message` in the sense that `context` gives."""
        return self._catalogue.pgettext(context, message)

    def npgettext(self, context: str, one: str, many: str, n: int) -> str:
        """Return the text for `n` things in the sense that `context` gives."""
        return self._catalogue.npgettext(context, one, many, n)

    def in_locale(self, locale: Locale) -> Self:
        """Return the same texts with another region's dates and numbers."""
        return type(self)(self._catalogue, self.language, locale)

    def __repr__(self) -> str:
        return f"Translator({self.language!r}, {str(self.locale)!r})"


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a constant for extraction; whoever shows it calls `gettext` on it."""
    return message


def choose(code: str | None, region: str = REGION) -> str:
    """Return the language of ours for Telegram's `language_code` (IETF: `en`, `pt-br`, none).

    Where there is none it is the installation's (`region`, CONVOCA_LOCALE), else Spanish.
    """
    spoken = (each.replace("_", "-").split("-")[0].lower() for each in (code, region) if each)
    return next((language for language in spoken if language in LANGUAGES), DEFAULT)


def names(language: str) -> tuple[str, ...]:
    """Return what a language is called: by itself («Español»), in each of ours («Spanish»), and its code."""
    called = (Locale(language).get_language_name(each) or language for each in (language, *LANGUAGES))
    return tuple(dict.fromkeys([*(name.capitalize() for name in called), language]))


@cache
def translator(language: str, region: str = REGION) -> Translator:
    """Return the translator of `language`, an element of LANGUAGES.

    `region` is the installation's whole locale (`CONVOCA_LOCALE`): where it is of this language,
    dates and numbers follow it (es_CO); the other language follows its own.

    Raises:
        CatalogueMissingError: the catalogue was not compiled.
        LookupError: `language` is not one of ours.
    """
    if language not in LANGUAGES:
        raise LookupError(language)
    path = _HERE / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    try:
        with path.open("rb") as compiled:
            catalogue = gettext.GNUTranslations(compiled)
    except FileNotFoundError:
        raise CatalogueMissingError(language, path) from None
    return Translator(catalogue, language, _locale(language, region))


def _locale(language: str, region: str) -> Locale:
    try:
        whole = Locale.parse(region)
    except (UnknownLocaleError, ValueError):
        whole = None
    return whole if whole is not None and whole.language == language else Locale(language)
