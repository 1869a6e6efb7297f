"""The catalogues' gate: `python -m locales.check` names every fault, one a line, and exits 1.

Keys are English sentences; `es` and `en` are full, without fuzzy or obsolete entries, with the same
placeholders and the plural forms of their language; and the code says exactly what they hold.
"""

import ast
import re
import string
import sys
from collections.abc import Iterator
from typing import Final, TypeGuard

from babel.messages.catalog import Catalog, Message

from locales import LANGUAGES
from locales.extraction import KEYWORDS, ROOMS, ROOT, extract, read

_SPANISH_LETTERS: Final = re.compile("[áéíóúüñÁÉÍÓÚÜÑ¿¡]")
_SPANISH_WORDS: Final = re.compile(r"\b(el|los|las|una|para|usted|con|su|por|que|del)\b")
_DOTTED_KEY: Final = re.compile(r"[a-z0-9_]+([._][a-z0-9_]+)+")
_OF_PAGES: Final = re.compile(r"%\((\w+)\)[sd]")  # Jinja's trans blocks
_TAG: Final = re.compile(r"</?[a-z]+")

Text = str | tuple[str, ...] | list[str]


def faults() -> Iterator[str]:
    """Yield each fault of the catalogues and of the marks in the code, with its place."""
    template = extract()
    yield from lost_marks()
    for message in template:
        yield from key_faults(message)
    for language in LANGUAGES:
        catalogue = read(language)
        for fault in (*_step_faults(catalogue, template), *text_faults(catalogue)):
            yield f"{language}: {fault}"


def key_faults(message: Message) -> Iterator[str]:
    """Yield why a key is no English sentence: Spanish, a dotted key, a broken placeholder."""
    for key in _forms(message.id):
        if not key:
            continue
        if _SPANISH_LETTERS.search(key) or _SPANISH_WORDS.search(key):
            yield f"«{key}» is not English"
        if _DOTTED_KEY.fullmatch(key):
            yield f"«{key}» is a key, not a sentence"
        if _placeholders(key) is None:
            yield f"«{key}» has a broken placeholder"


def _step_faults(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    said = {(message.id, message.context) for message in template if message.id}
    held = {(message.id, message.context) for message in catalogue if message.id}
    for text, _ in sorted(said - held, key=str):
        yield f"«{text}» is said but not in the catalogue (make messages)"
    for text, _ in sorted(held - said, key=str):
        yield f"«{text}» is in the catalogue but never said (make messages)"
    for message in catalogue.obsolete.values():
        yield f"«{message.id}» is obsolete (make messages PRUNE=1)"


def text_faults(catalogue: Catalog) -> Iterator[str]:
    """Yield each translation that is missing, unsure, or at odds with its key."""
    for message in catalogue:
        if not message.id:
            continue
        forms = _forms(message.string)
        if message.fuzzy:
            yield f"«{message.id}» is fuzzy"
        if not forms or not all(forms):
            yield f"«{message.id}» has no text"
        elif len(forms) != (catalogue.num_plurals if message.pluralizable else 1):
            yield f"«{message.id}» has {len(forms)} forms, not {catalogue.num_plurals}"
        else:
            yield from _form_faults(message, forms)


def _form_faults(message: Message, forms: list[str]) -> Iterator[str]:
    """Compare placeholders and tags; a plural's first forms may leave out the number («una»)."""
    keys = _forms(message.id)
    wanted, tags = _placeholders(keys[-1]), sorted(_TAG.findall(keys[-1]))
    for place, form in enumerate(forms):
        found = _placeholders(form)
        last = place == len(forms) - 1
        if found is None or wanted is None:
            yield f"«{form}» has a broken placeholder"
        elif (found != wanted) if last else not found <= wanted:
            yield f"«{form}» has {sorted(found)}, its key {sorted(wanted)}"
        if sorted(_TAG.findall(form)) != tags:
            yield f"«{form}» has other tags than its key"


def _forms(text: Text | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def _placeholders(text: str) -> set[str] | None:
    try:
        ours = {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
    except ValueError:
        return None
    return ours | set(_OF_PAGES.findall(text))


def lost_marks() -> Iterator[str]:
    """Find marked texts that extraction cannot see: put together inside the mark, or marked inside an f-string."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield from (f"{path.relative_to(ROOT)}:{each}" for each in lost_in(path.read_text(encoding="utf-8")))


def lost_in(code: str) -> Iterator[str]:
    """Find them in code, each with its line."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.JoinedStr):
            for inner in ast.walk(node):
                if _is_marked(inner) and any(isinstance(each, ast.Constant) for each in inner.args):
                    yield f"{inner.lineno}: a text marked inside an f-string is never found"
        elif _is_marked(node) and any(isinstance(each, ast.JoinedStr | ast.BinOp) for each in node.args):
            yield f"{node.lineno}: a text put together inside its mark is never found"


def _is_marked(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and _name(node.func) in KEYWORDS


def _name(function: ast.expr) -> str | None:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return None


def _main() -> int:
    found = list(faults())
    for fault in found:
        print(fault, file=sys.stderr)  # noqa: T201 - a gate's report
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(_main())
