"""Groups: one kind line that points to the private chat, once a day, and nothing personal."""

import itertools
from datetime import timedelta

from sqlalchemy import select

from civic.schema import Conversation, HandledUpdate, Person
from tests.handlers.conftest import Talking, only, open_meeting, texts
from tests.simulator_process import labels

_numbers = itertools.count(1)
LINE = "Hola a todos. Hablo con cada persona en privado"


async def a_group(talking: Talking) -> int:
    """Make a group that the bot is not spoken to in yet."""
    return await talking.telegram.group(id=-next(_numbers) * 10, title="Vecinos")


async def say(talking: Talking, group: int, who: int, text: str, **more: object) -> list[str]:
    """Write something in a group; give what the bot answers there."""
    await talking.telegram.send(group, text, **{"from": who, **more})
    return texts(await talking.answered(group))


async def test_whoever_speaks_to_the_bot_is_pointed_to_the_private_chat_once_a_day(talking: Talking) -> None:
    maria, group = await talking.person(), await a_group(talking)
    await talking.telegram.send(group, "/start", **{"from": maria})
    (said,) = await talking.answered(group)
    assert said["text"].startswith(LINE)
    assert labels(said) == ["Escribirme en privado"]
    assert said["buttons"][0][0]["url"] == "https://t.me/convoca_bot"
    talking.now += timedelta(hours=23)
    assert await say(talking, group, maria, "/ayuda") == []
    talking.now += timedelta(hours=1)
    assert only(await say(talking, group, maria, "/ayuda")).startswith(LINE)


async def test_only_what_is_meant_for_the_bot_is_answered(talking: Talking) -> None:
    maria, group = await talking.person(), await a_group(talking)
    name = (await talking.bot.me()).username
    for word in ("hola", "quiero ir", "/start@another_bot", "vea @another_bot", "no es /start", "ayuda"):
        assert await say(talking, group, maria, word) == [], word
    assert only(await say(talking, group, maria, f"oiga @{name}, ¿cuándo es?")).startswith(LINE)


async def test_an_answer_to_what_the_bot_said_is_meant_for_it(talking: Talking) -> None:
    maria, group = await talking.person(), await a_group(talking)
    name = (await talking.bot.me()).username
    await talking.telegram.send(group, f"/start@{name}", **{"from": maria})
    (said,) = await talking.answered(group)
    talking.now += timedelta(days=1)
    assert only(await say(talking, group, maria, "¿y dónde?", reply_to=said["message_id"])).startswith(LINE)


async def test_who_brings_the_bot_in_is_answered_and_who_sends_it_away_is_not(talking: Talking) -> None:
    group = await a_group(talking)
    await talking.person()
    await talking.telegram.block(group, blocked=True)
    assert await talking.answered(group) == []
    await talking.telegram.block(group, blocked=False)
    assert only(texts(await talking.answered(group))).startswith(LINE)


async def test_nothing_personal_happens_or_is_kept_in_a_group(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria, group = await talking.person(), await a_group(talking)
    assert only(await say(talking, group, maria, "/start m_agua")).startswith(LINE)
    for word in ("/mis", "quiero ir", "BAJA", "/privacidad"):
        assert await say(talking, group, maria, word) == []
    assert talking.store.read(lambda s: s.scalars(select(Person)).all()) == []
    assert talking.store.read(lambda s: s.scalars(select(HandledUpdate)).all()) == []
    (kept,) = talking.store.read(lambda s: s.scalars(select(Conversation)).all())
    assert (kept.chat_id, kept.state, kept.data) == (group, None, {})
    assert "Agua para todas las veredas" in texts(await talking.say(maria, "/start m_agua"))[-1]


async def test_a_group_that_becomes_a_supergroup_is_not_spoken_to_anew(talking: Talking) -> None:
    maria, group = await talking.person(), await a_group(talking)
    assert len(await say(talking, group, maria, "/start")) == 1
    target = -1000000000000 + group
    await talking.telegram.group(id=group, title="Vecinos", migrate_to=target)
    assert [each for each in texts(await talking.answered(target)) if LINE in each] == []
    assert await say(talking, target, maria, "/start") == []
    talking.now += timedelta(days=1)
    assert only(await say(talking, target, maria, "/start")).startswith(LINE)


async def test_the_line_is_in_the_language_of_who_speaks(talking: Talking) -> None:
    emily, group = await talking.person("Emily", language="en"), await a_group(talking)
    assert only(await say(talking, group, emily, "/help")).startswith("Hello, everybody.")
