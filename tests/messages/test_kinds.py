"""Every kind of message, in every language: it says something that Telegram takes and a small phone shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from civic.errors import Problem
from civic.store import Store
from locales import LANGUAGES
from messages.catalogue import KINDS, render
from messages.errors import SAYING
from messages.kind import Who
from messages.message import Button, Message
from messages.voice import Links
from simulator.entities import Formatted, parse_html, units
from tests.databases import TESTED, Servers
from tests.messages.conversation_map import DOCUMENT, draw, redrawn, ways
from tests.messages.scenes import HOSTILE, Scene, everything

pytestmark = pytest.mark.xdist_group("kinds")  # one worker makes the world

LINKS = Links("https://t.me/convoca_bot", "https://convoca.example.org")
SMALL_SCREEN = 1000
"""Characters; what is asked for (help, one's data, a whole history) may be longer."""
ASKED_FOR = {
    "help",
    "privacy",
    "commitment",
    "commitments",
    "open_meetings",
    "question",
    "ranking",
    "mine",
    "fb_list",
    "org_comments",
    "org_people",
    "org_calls",
    "org_acts",
    "org_act_preview",
    "org_act_faults",
    "org_draft",
    "org_preview",
    "org_update",
    "org_update_preview",
}


@dataclass(frozen=True)
class Said:
    """A scene, and what is said in it in each language."""

    scene: Scene
    messages: dict[str, Sequence[Message]]


@pytest.fixture(scope="module", params=TESTED)
def said(
    request: pytest.FixtureRequest, database_servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Said]]:
    """Give everything that is said in the world of the scenes, on a database of each kind."""
    with database_servers.of(request.param).migrated(tmp_path_factory.mktemp("kinds")) as url:
        store = Store(url)
        try:
            yield [Said(scene, _in_each_language(store, scene)) for scene in store.write(everything)]
        finally:
            store.close()


def _in_each_language(store: Store, scene: Scene) -> dict[str, Sequence[Message]]:
    try:
        return {
            language: store.read(
                render, Who(scene.person_id, language), scene.kind, scene.params, now=scene.now, links=LINKS
            )
            for language in LANGUAGES
        }
    except Exception as error:
        error.add_note(f"while saying {scene}")
        raise


def _buttons(message: Message) -> list[Button]:
    return [button for row in message.rows for button in row]


def _faults(scene: Scene, message: Message) -> Iterator[str]:
    """Say what Telegram would refuse, or a person could not use."""
    shown: Formatted = parse_html(message.text)
    limit = 1024 if message.document else 4096
    if units(shown.text) > limit:
        yield f"{units(shown.text)} characters, over {limit}"
    if units(shown.text) > SMALL_SCREEN and scene.kind not in ASKED_FOR:
        yield f"{units(shown.text)} characters do not fit a small screen"
    if not shown.text.strip() and not (message.document or message.place):
        yield "no text"
    for missing in ("{", "}", "None"):
        if missing in shown.text:
            yield f"{missing!r} in: {shown.text}"
    yield from _faults_of_buttons(_buttons(message))


def _faults_of_buttons(buttons: list[Button]) -> Iterator[str]:
    for button in buttons:
        if sum(each is not None for each in (button.choice, button.url, button.copy)) != 1:
            yield f"{button} does not do one thing"
        if button.choice is not None and not 1 <= len(button.choice.encode()) <= 64:
            yield f"{button.choice!r}: callback data of {len(button.choice.encode())} bytes"
        if not button.label.strip() or len(button.label) > 64:
            yield f"label {button.label!r}"
    labels = [button.label for button in buttons]
    if len(set(labels)) < len(labels):
        yield f"two buttons of one label: {labels}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_said_is_what_telegram_takes(said: list[Said], language: str) -> None:
    assert [each.scene for each in said if not each.messages[language]] == []
    found = [
        f"{each.scene.kind} {each.scene.params}: {fault}"
        for each in said
        for message in each.messages[language]
        for fault in _faults(each.scene, message)
    ]
    assert found == []


def test_every_kind_has_its_scene(said: list[Said]) -> None:
    assert {each.scene.kind for each in said} == set(KINDS)


def test_a_name_is_shown_as_it_was_written(said: list[Said]) -> None:
    shown = {
        parse_html(message.text).text.splitlines()[0]
        for each in said
        for message in each.messages["es"]
        if each.scene.kind == "place" and "for" not in each.scene.params and "su puesto está" in message.text
    }
    assert shown == {f"{HOSTILE}, su puesto está guardado"}


def test_each_language_says_its_own(said: list[Said]) -> None:
    first = {each.scene.kind: each.messages for each in reversed(said)}
    alike = {kind for kind, messages in first.items() if messages["es"][0].text == messages["en"][0].text}
    assert alike == {"map", "evidence"}  # a pin, a file: no words of ours


def _tree(problem: type[Problem]) -> Iterator[type[Problem]]:
    for child in problem.__subclasses__():
        yield child
        yield from _tree(child)


def test_every_problem_is_said() -> None:
    assert [problem.__name__ for problem in _tree(Problem) if problem not in SAYING] == []


def test_the_map_of_the_conversation_is_true(said: list[Said]) -> None:
    """What the code says and its document shows are the same; `make map` draws it anew."""
    drawn = draw(ways((each.scene.kind, each.messages["en"]) for each in said))
    document = DOCUMENT.read_text("utf-8")
    assert redrawn(document, drawn) == document, "docs/conversation.md is not as the code: make map"
