"""The catalogues follow the code: what is said is gathered, and each language's file brought along.

`python -m locales.extraction [--prune]` (that is `make messages`) writes `convoca.pot` and updates
every `convoca.po`: new texts stand empty in `es` and as they are in `en`; what is no longer said is
kept aside (`#~`, and comes back with its text when it is said again) until it is pruned.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from locales import DOMAIN, LANGUAGES

ROOMS: Final = ("bot", "civic", "handlers", "messages", "portal", "scheduler")
KEYWORDS: Final = {
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "N_": None,
    "_": None,
}
ROOT: Final = Path(__file__).parent.parent
_TEMPLATE: Final = ROOT / "locales" / f"{DOMAIN}.pot"
_BORN: Final = datetime(2026, 1, 1, tzinfo=UTC)  # a fixed date: no churn in headers
_HEADER: Final = "# Convoca's texts. The English sentence is the key; placeholders are {name}."


def catalogue_path(language: str) -> Path:
    """Return the `.po` of `language`."""
    return ROOT / "locales" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def extract() -> Catalog:
    """Return every text that the code and the pages say, with the translators' comments."""
    template = _catalogue(None)
    found = extract_from_dir(
        ROOT,
        [(f"{room}/**.py", "python") for room in ROOMS] + [("portal/**.html", "jinja2")],
        {"**.html": {"trimmed": "true", "silent": "false"}},
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
        directory_filter=lambda folder: not Path(folder).name.startswith((".", "_", "var")),
    )
    for filename, line, text, comments, context in sorted(found, key=lambda each: each[:2]):
        template.add(text, locations=[(filename, line)], auto_comments=_joined(comments), context=context)
    return template


def read(language: str) -> Catalog:
    """Return the catalogue of `language` as it stands in its file, empty if there is none."""
    path = catalogue_path(language)
    if not path.exists():
        return _catalogue(language)
    with path.open("rb") as source:
        return read_po(source, locale=language)


def update(catalogue: Catalog, template: Catalog, *, prune: bool) -> None:
    """Bring `catalogue` in step with `template`, keeping every translation that still serves."""
    for kept in [*catalogue.obsolete.values()]:
        if template.get(kept.id, kept.context) is not None:
            catalogue.add(kept.id, kept.string, context=kept.context)
    catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
    for message in catalogue:
        if str(catalogue.locale) == "en" and message.id and not _filled(message):
            message.string = message.id
    for key, kept in [*catalogue.obsolete.items()]:
        if prune or catalogue.get(kept.id, kept.context) is not None:
            del catalogue.obsolete[key]
    catalogue.header_comment = template.header_comment
    catalogue.creation_date = catalogue.revision_date = _BORN


def written(catalogue: Catalog) -> bytes:
    """Return the file's bytes: sorted by text, with files but no line numbers."""
    target = io.BytesIO()
    write_po(target, catalogue, width=100, sort_output=True, include_lineno=False)
    return target.getvalue()


def _joined(comments: list[str]) -> list[str]:
    return [" ".join(comments)] if comments else []


def _filled(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def _catalogue(language: str | None) -> Catalog:
    return Catalog(
        locale=language,
        domain=DOMAIN,
        project="Convoca",
        header_comment=_HEADER,
        creation_date=_BORN,
        revision_date=_BORN,
        last_translator="Convoca contributors",
        language_team="Convoca contributors",
        fuzzy=False,
    )


def _save(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.part")
    partial.write_bytes(content)
    partial.replace(path)


def _main(arguments: list[str]) -> None:
    template = extract()
    _save(_TEMPLATE, written(template))
    for language in LANGUAGES:
        catalogue = read(language)
        update(catalogue, template, prune="--prune" in arguments)
        _save(catalogue_path(language), written(catalogue))


if __name__ == "__main__":
    _main(sys.argv[1:])
