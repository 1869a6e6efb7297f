"""The conversation's map, drawn from the code: who takes what, what each answer is, and where its buttons lead.

`make map` writes it into docs/conversation.md, between its marks; a test draws it again and compares.
"""

import ast
import inspect
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.filters import Command, CommandStart
from magic_filter import MagicFilter
from sqlalchemy.orm import Session

import handlers
from civic.store import Store
from handlers.chat import ASKING
from handlers.filters import Answering, Chose
from handlers.routers import ROUTERS
from messages.catalogue import KINDS, render
from messages.for_whom import FOR
from messages.kind import Who
from messages.message import Button, Message
from messages.voice import Links
from tests.databases import Sqlite
from tests.messages.scenes import Scene, everything

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "docs" / "conversation.md"
LINKS: Final = Links("https://t.me/convoca_bot", "https://convoca.example.org")
SAYING: Final = frozenset({"reply"})
"""Methods whose text is a kind of reply; functions that are given a kind say it, or ask it."""
MANY: Final = frozenset({"fb"})
"""Verbs of which the second word says what to do."""
MANY_KINDS: Final = 12
"""Kinds with one button beyond which a graph does not name each: the table above it does."""
BLOCK: Final = re.compile(r"(<!-- drawn: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Taker:
    """A handler: the router whose turn it is, what it takes, what it says it does and which kinds it may answer."""

    router: str
    takes: str
    does: str
    verbs: tuple[str, ...]
    says: tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """A kind of message with buttons, and the verbs that they begin with."""

    kind: str
    verbs: tuple[str, ...]


# Buttons, as they are said ---------------------------------------------------------------------------------------


def ways(said: Iterable[tuple[str, Iterable[Message]]]) -> list[Way]:
    """Say for each kind which verbs its buttons begin with, in whatever scene it was said."""
    found: dict[str, dict[str, None]] = {}
    for kind, messages in said:
        mine = found.setdefault(kind, {})
        for message in messages:
            for button in _buttons(message):
                if button.choice:
                    mine[_verb(button.choice)] = None
    return [Way(kind, tuple(sorted(verbs))) for kind, verbs in sorted(found.items()) if verbs]


def _buttons(message: Message) -> Iterator[Button]:
    for row in message.rows:
        yield from row


def _verb(choice: str) -> str:
    verb, *rest = choice.partition(FOR)[0].split(":")
    return f"{verb}:{rest[0]}" if verb in MANY and rest else verb


# Handlers, as they are written -------------------------------------------------------------------------------------


def takers() -> list[Taker]:
    """List the handlers of messages, router by router, in the order in which they are asked."""
    written = Written()
    found: list[Taker] = []
    for router in ROUTERS:
        for handler in router.message.handlers:
            function = handler.callback
            says = written.kinds_of(function.__module__, function.__name__)
            takes, verbs = _takes(handler, written)
            does = (inspect.getdoc(function) or "").split("\n")[0]
            found.append(Taker(router.name, takes, does, verbs, tuple(sorted(says))))
    return found


def _takes(handler: HandlerObject, written: "Written") -> tuple[str, tuple[str, ...]]:
    """Say what a handler waits for, in words, and the verbs among it."""
    parts: list[str] = []
    verbs: tuple[str, ...] = ()
    for each in handler.filters or ():
        match each.callback:
            case Chose(verbs=chosen):
                verbs = tuple(sorted(chosen))
                parts.append("button " + ", ".join(f"`{verb}`" for verb in verbs))
            case Answering(step=step):
                parts.append(f"words, while `{step}` is open")
            case CommandStart():
                parts.append("`/start`, with or without a link's payload")
            case Command(commands=commands):
                parts.append(", ".join(f"`/{command}`" for command in commands))
            case other:
                name = "F." if isinstance(each.magic, MagicFilter) else type(other).__name__
                parts += [f"`{text}`" for text in written.waits_for(handler.callback) if text.startswith(name)]
    return "; ".join(parts) or "anything else", verbs


class Written:
    """The source of the handlers: which functions call which, and the kinds that they name."""

    def __init__(self) -> None:
        """Read every module of the room."""
        folder = Path(handlers.__file__).parent
        self._trees = {
            f"handlers.{path.stem}": ast.parse(path.read_text("utf-8")) for path in sorted(folder.glob("*.py"))
        }
        self._functions = {
            (module, node.name): node
            for module, tree in self._trees.items()
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        self._constants = {
            (module, target.id): node.value
            for module, tree in self._trees.items()
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }

    def kinds_of(self, module: str, name: str) -> set[str]:
        """Give every kind that a function may say, itself or by what it calls in this room."""
        seen: set[tuple[str, str]] = set()
        ahead = [(module, name)]
        kinds: set[str] = set()
        while ahead:
            here = ahead.pop()
            if here in seen:
                continue
            seen.add(here)
            node = self._functions.get(here) or self._constants.get(here)
            if node is None:
                continue
            kinds |= set(_named(node))
            ahead += self._called(here[0], node)
        return kinds

    def waits_for(self, function: Callable[..., object]) -> list[str]:
        """Give what a handler is registered with, as it is written: `F.contact`, `Says(THANKS)`."""
        node = self._functions[function.__module__, function.__name__]
        return [
            ast.unparse(text)
            for decorator in node.decorator_list
            if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)
            for text in decorator.args
        ]

    def _called(self, module: str, node: ast.AST) -> Iterator[tuple[str, str]]:
        """Name what a function uses of this room: its own module's, or another's."""
        space = vars(import_module(module))
        for each in _inside(node):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                found = space.get(each.id)
                if inspect.isfunction(found):
                    yield found.__module__, found.__name__
                else:
                    yield module, each.id
            elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name):
                of = space.get(each.value.id)
                if inspect.ismodule(of):
                    yield of.__name__, each.attr


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a function without its decorators."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for each in node.body:
            yield from ast.walk(each)
    else:
        yield from ast.walk(node)


def _named(node: ast.AST) -> Iterator[str]:
    """Name the kinds in the calls that say something, and in tables of kinds."""
    for each in _inside(node):
        if isinstance(each, ast.Call) and (_called_as(each) in SAYING or isinstance(each.func, ast.Name)):
            for text in each.args:
                yield from (found for found in _texts(text) if found in KINDS)
        elif isinstance(each, ast.Dict):
            yield from (found for value in each.values for found in _texts(value) if found in KINDS)
        elif isinstance(each, ast.Assign) and isinstance(each.value, ast.IfExp):
            yield from (found for found in _texts(each.value) if found in KINDS)


def _called_as(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _texts(node: ast.AST) -> Iterator[str]:
    """Give the texts that an expression may be."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _texts(body)
            yield from _texts(other)
        case ast.Tuple(elts=parts):
            for part in parts:
                yield from _texts(part)


# Drawing -----------------------------------------------------------------------------------------------------------


def draw(found: Iterable[Way]) -> Mapping[str, str]:
    """Draw each part of the map."""
    every = list(found)
    who = takers()
    return {"routers": _routers(who), "asking": _asking(every, who), "journeys": _journeys(every, who)}


def _routers(who: Iterable[Taker]) -> str:
    lines = ["| Router | Takes | And does | Answers with |", "| --- | --- | --- | --- |"]
    named = ""
    for each in who:
        router = f"**{each.router}**" if each.router != named else ""
        named = each.router
        lines.append(f"| {router} | {each.takes} | {each.does} | {_listed(each.says)} |")
    return "\n".join(lines)


def _asking(every: Iterable[Way], who: Iterable[Taker]) -> str:
    does = {verb: each for each in who for verb in each.verbs}
    lines = ["| What is said | Open? | Its buttons | Which lead to |", "| --- | --- | --- | --- |"]
    for way in every:
        to = sorted({kind for verb in way.verbs if (taker := does.get(verb.split(":")[0])) for kind in taker.says})
        asks = "asks" if way.kind in ASKING else ""
        lines.append(f"| `{way.kind}` | {asks} | {_listed(way.verbs)} | {_listed(to)} |")
    return "\n".join(lines)


def _journeys(every: Iterable[Way], who: Iterable[Taker]) -> str:
    """Draw a graph for each router whose buttons lead on: what has the button, its verb, what may be answered."""
    has: dict[str, list[str]] = {}
    for way in every:
        for verb in dict.fromkeys(verb.split(":")[0] for verb in way.verbs):
            has.setdefault(verb, []).append(way.kind)
    by_router: dict[str, list[str]] = {}
    for each in who:
        for verb in each.verbs:
            if verb in has and each.says:
                here = " & ".join(has[verb]) if len(has[verb]) <= MANY_KINDS else "many[many answers]"
                edge = f"  {here} --> v_{verb}([{verb}]) --> {' & '.join(each.says)}"
                by_router.setdefault(each.router, []).append(edge)
    parts: list[str] = []
    for router, edges in by_router.items():
        parts += [f"### {router.capitalize()}", "", "```mermaid", "flowchart LR", *dict.fromkeys(edges), "```", ""]
    return "\n".join(parts).rstrip()


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def redrawn(document: str, parts: Mapping[str, str]) -> str:
    """Give the document with its parts drawn anew."""
    return BLOCK.sub(lambda mark: f"{mark[1]}{parts[mark[2]]}\n{mark[3]}", document)


def _said(session: Session, scene: Scene) -> Sequence[Message]:
    return render(session, Who(scene.person_id, "en"), scene.kind, scene.params, now=scene.now, links=LINKS)


def main() -> None:
    """Draw the map into the document."""
    with tempfile.TemporaryDirectory() as folder, Sqlite(Path(folder)).migrated(Path(folder)) as url:
        store = Store(url)
        try:
            said = [(scene.kind, store.read(_said, scene)) for scene in store.write(everything)]
        finally:
            store.close()
    DOCUMENT.write_text(redrawn(DOCUMENT.read_text("utf-8"), draw(ways(said))), "utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(ROOT)} is drawn.\n")


if __name__ == "__main__":
    main()
