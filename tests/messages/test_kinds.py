"""Every kind of message, in every language: it says something that Telegram takes and a small phone shows."""

from collections.abc import Iterator

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
from tests.messages.scenes import HOSTILE, Scene, everything

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
    "org_draft",
    "org_preview",
    "org_update",
    "org_update_preview",
}


def _said(store: Store, language: str) -> Iterator[tuple[Scene, Message]]:
    for scene in store.write(everything):
        who = Who(scene.person_id, language)
        messages = store.read(render, who, scene.kind, scene.params, now=scene.now, links=LINKS)
        assert messages, scene
        for message in messages:
            yield scene, message


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
def test_everything_said_is_what_telegram_takes(store: Store, language: str) -> None:
    found = [
        f"{scene.kind} {scene.params}: {fault}"
        for scene, message in _said(store, language)
        for fault in _faults(scene, message)
    ]
    assert found == []


def test_every_kind_has_its_scene(store: Store) -> None:
    assert {scene.kind for scene in store.write(everything)} == set(KINDS)


def test_a_name_is_shown_as_it_was_written(store: Store) -> None:
    shown = {
        parse_html(message.text).text.splitlines()[0]
        for scene, message in _said(store, "es")
        if scene.kind == "place" and "su puesto está guardado" in message.text
    }
    assert shown == {f"{HOSTILE}, su puesto está guardado"}


def test_each_language_says_its_own(store: Store) -> None:
    first: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    scenes = store.write(everything)
    for language, said in first.items():
        for scene in scenes:
            (message, *_) = store.read(
                render, Who(scene.person_id, language), scene.kind, scene.params, now=scene.now, links=LINKS
            )
            said.setdefault(scene.kind, message.text)
    alike = {kind for kind, text in first["es"].items() if text == first["en"][kind]}
    assert alike == {"map", "evidence"}  # a pin, a file: no words of ours


def _tree(problem: type[Problem]) -> Iterator[type[Problem]]:
    for child in problem.__subclasses__():
        yield child
        yield from _tree(child)


def test_every_problem_is_said() -> None:
    assert [problem.__name__ for problem in _tree(Problem) if problem not in SAYING] == []
