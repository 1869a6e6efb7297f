"""Organisers' YAML files as plain data: every scalar is text, and what is broken is named by its line.

Nothing is typed here (a phone stays a phone, `no` a word); empty, `null` and `~` are none. The subjects' own modules
check what the data mean.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from civic.errors import Faults

LARGEST: Final = 1_000_000
"""Bytes: a file of a thousand workshops is a tenth of this."""
DEEPEST: Final = 20

_NONE: Final = frozenset({"", "~", "null", "Null", "NULL"})
_NUMBER_SIGN: Final = re.compile(r" #\s?\d")
_COMMENT: Final = re.compile(r"(?:^|\s)#")


def read(content: str | bytes) -> Any:
    """Read a file as dicts, lists, texts and None.

    Raises Faults for what is no text, not YAML, too large or too deep, for keys that come twice, and for a `#`, `?` or
    `:` that broke a line, each named with its line.
    """
    text = _decoded(content)
    try:
        _bounded(text)
        node = yaml.compose(text, yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        raise Faults((_syntax(error, text.splitlines()),)) from None
    except yaml.YAMLError:
        raise Faults(("the file holds characters that are no text; is it a YAML file?",)) from None
    if node is None:
        raise Faults(("the file is empty",))
    faults = [*_lost_in_comments(text), *_faults(node, text)]
    if faults:
        raise Faults(tuple(faults))
    return _data(node)


def _decoded(content: str | bytes) -> str:
    if len(content) > LARGEST:
        raise Faults((f"the file is over {LARGEST:,} bytes; is it the right one?",))
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Faults(("the file is not UTF-8 text; save it as UTF-8",)) from None


def _bounded(text: str) -> None:
    """Refuse what would grow without end (references) or nest without end, before it is built."""
    depth = 0
    documents = 0
    for event in yaml.parse(text, yaml.BaseLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Faults((f"line {line}: a text that begins with & or * needs quotes",))
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise Faults((f"line {line}: a second document begins here (---); one file holds one",))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise Faults((f"line {line}: nested more than {DEEPEST} deep",))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _syntax(error: yaml.MarkedYAMLError, lines: list[str]) -> str:
    """Say a syntax fault by its line, with what most often breaks it."""
    mark = error.problem_mark or error.context_mark
    number = mark.line + 1 if mark else 1
    began = error.context_mark.line + 1 if error.context_mark else number
    for suspect in range(began, min(number, len(lines)) + 1):
        line = lines[suspect - 1]
        if error.context and "flow" in error.context and _COMMENT.search(line):
            return f"line {suspect}: # begins a comment and hides the rest; put a text that holds # in quotes"
    if "mapping values" in (error.problem or ""):
        return f"line {number}: a text that holds a colon followed by a space needs quotes"
    if "'?'" in (error.problem or ""):
        return f"line {number}: a text that holds ? needs quotes inside [ ] or {{ }}"
    if "cannot start any token" in (error.problem or ""):
        return f"line {number}: {error.problem}; put the text in quotes"
    return f"line {number}: {error.problem or 'not YAML'}"


def _lost_in_comments(text: str) -> Iterator[str]:
    """Find «Calle 5 # 4-12» without quotes, of which YAML keeps «Calle 5»."""
    lines = text.splitlines()
    for token in yaml.scan(text, yaml.BaseLoader):
        if not isinstance(token, yaml.ScalarToken) or not token.plain:
            continue
        end = token.end_mark
        if end.line < len(lines) and _NUMBER_SIGN.match(lines[end.line][end.column :]):
            yield f"line {end.line + 1}: # begins a comment; put a text that holds # in quotes"


def _faults(node: yaml.Node, text: str) -> Iterator[str]:
    """Find keys that come twice or are no text, and a text that began with `?`."""
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _faults(child, text)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if text[node.start_mark.index : node.start_mark.index + 1] == "?":
            yield f"line {line}: a text that begins with ? needs quotes"
        elif not isinstance(key, yaml.ScalarNode):
            yield f"line {line}: a list or a map cannot be a field's name"
        elif key.value in seen:
            yield f"line {line}: {key.value} stands twice (also in line {seen[key.value]})"
        else:
            seen[key.value] = line
        yield from _faults(value, text)


def _data(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _data(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_data(child) for child in node.value]
    plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return None if plain and node.value in _NONE else node.value
