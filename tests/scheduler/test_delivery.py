"""Delivery over HTTP: every fault of Telegram has its cure, and no fault of one message stops another."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import scheduler.delivery
from civic import commitments, delivery, public_record
from civic.audit import BY_COMMAND
from civic.outbox import Priority
from civic.schema import Conversation, Follow, Outbox, Person
from tests import factories
from tests.civic import test_commitments as made
from tests.factories import NOW
from tests.scheduler.conftest import Office
from tests.simulator_process import until

PASSING = [
    pytest.param({"status": 500, "body": {"ok": False, "error_code": 500}}, id="500 without description"),
    pytest.param({"status": 500, "description": "Internal Server Error: restart"}, id="500 restart"),
    pytest.param({"status": 502, "body": "<html>Bad Gateway</html>", "content_type": "text/html"}, id="502 in HTML"),
    pytest.param({"status": 504, "body": "<html>Timeout</html>", "content_type": "text/html"}, id="504 in HTML"),
    pytest.param({"status": 200, "body": '{"ok": tr'}, id="200 cut short"),
    pytest.param({"status": 200, "body": ""}, id="200 empty"),
    pytest.param({"status": 429, "description": "Too Many Requests"}, id="429 without parameters"),
    pytest.param({"drop": "before"}, id="dropped before"),
    pytest.param({"delay": 30}, id="no answer in time"),
]
GONE = [
    pytest.param(403, "Forbidden: bot was blocked by the user", id="blocked"),
    pytest.param(403, "Forbidden: user is deactivated", id="deactivated"),
    pytest.param(403, "Forbidden: bot can't initiate conversation with a user", id="never started"),
    pytest.param(400, "Bad Request: chat not found", id="chat not found"),
    pytest.param(400, "Bad Request: Chat not found", id="chat not found, in another case"),
    pytest.param(400, "Bad Request: PEER_ID_INVALID", id="nobody of ours"),
]


def unreachable(office: Office, chat: int) -> bool:
    found = select(Person.unreachable_since).where(Person.telegram_id == chat)
    return office.store.read(lambda session: session.scalars(found).one()) is not None


async def test_what_is_owed_is_said_once_and_marked(office: Office) -> None:
    maria = await office.person()
    row_id = office.owe(maria)
    async with office.open():
        await office.delivery.drain()
        await office.delivery.drain()
    (message,) = await office.heard(maria)
    row = office.row(row_id)
    assert (row.state, row.message_id, row.attempts) == ("sent", message["message_id"], 0)


@pytest.mark.parametrize("fault", PASSING)
async def test_a_fault_that_passes_is_tried_again_and_holds_up_nobody(
    office: Office, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    monkeypatch.setattr(scheduler.delivery, "SEND_SECONDS", 2)
    maria, juan = await office.person(), await office.person()
    await office.telegram.fault("sendMessage", chat_id=maria, times=1, **fault)
    first, second = office.owe(maria), office.owe(juan)
    async with office.open():
        await office.delivery.drain()
        assert (office.row(first).state, office.row(first).attempts) == ("pending", 1)
        assert office.row(second).state == "sent"
        await office.later()
    assert (office.row(first).state, len(await office.heard(maria)), len(await office.heard(juan))) == ("sent", 1, 1)


async def test_an_answer_lost_on_its_way_is_at_worst_one_message_twice(office: Office) -> None:
    maria = await office.person()
    await office.telegram.fault("sendMessage", chat_id=maria, times=1, drop="after")
    row_id = office.owe(maria)
    async with office.open():
        await office.delivery.drain()
        await office.later()
    assert (office.row(row_id).state, len(await office.heard(maria))) == ("sent", 2)


@pytest.mark.parametrize(("status", "description"), GONE)
async def test_who_cannot_be_reached_stops_nobody(office: Office, status: int, description: str) -> None:
    gone = await office.person()
    others = [await office.person() for _ in range(5)]
    await office.telegram.fault("sendMessage", chat_id=gone, times=9, status=status, description=description)
    first = office.owe(gone, priority=Priority.URGENT)
    second = office.owe(gone)
    rest = [office.owe(other) for other in others]
    async with office.open():
        await office.delivery.drain()
    assert [office.row(row_id).state for row_id in (first, second)] == ["dead", "dead"]
    assert office.row(first).reason == description
    assert [office.row(row_id).state for row_id in rest] == ["sent"] * 5
    assert unreachable(office, gone)
    asked = [r for r in await office.telegram.requests(method="sendMessage") if r["chat_id"] == gone]
    assert len(asked) == 1  # the second row is dead without asking


async def test_who_really_blocked_the_bot_is_found_out(office: Office) -> None:
    gone = await office.person()
    await office.telegram.block(gone, blocked=True)
    row_id = office.owe(gone)
    async with office.open():
        await office.delivery.drain()
    assert (office.row(row_id).state, unreachable(office, gone)) == ("dead", True)


async def test_what_fails_as_often_as_may_be_is_dead_with_its_reason_and_is_tried_again_when_asked(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler.delivery, "MOST_ATTEMPTS", 3)
    maria = await office.person()
    await office.telegram.fault("sendMessage", chat_id=maria, times=3, status=500, description="Internal Server Error")
    row_id = office.owe(maria)
    async with office.open():
        await office.delivery.drain()
        for attempts in (1, 2):
            row = office.row(row_id)
            assert (row.state, row.attempts, row.leased_by) == ("pending", attempts, None)
            await office.later()
        (given_up,) = office.store.read(delivery.dead)
        assert (given_up.id, given_up.attempts, given_up.reason) == (row_id, 3, "Internal Server Error")
        assert office.store.write(delivery.retry, [row_id], now=office.now) == 1
        await office.delivery.drain()
    assert (office.row(row_id).state, len(await office.heard(maria))) == ("sent", 1)


async def test_what_telegram_quotes_of_ours_is_not_kept_as_the_reason(office: Office) -> None:
    maria = await office.person()
    description = "Bad Request: inline keyboard button URL 'https://t.me/x?start=p_SECRET' is invalid: Wrong HTTP URL"
    await office.telegram.fault("sendMessage", chat_id=maria, times=1, status=400, description=description)
    row_id = office.owe(maria)
    async with office.open():
        await office.delivery.drain()
    reason = "Bad Request: inline keyboard button URL … is invalid: Wrong HTTP URL"
    assert (office.row(row_id).state, office.row(row_id).reason) == ("dead", reason)


async def test_a_reason_is_one_line(office: Office) -> None:
    maria = await office.person()
    await office.telegram.fault("sendMessage", chat_id=maria, times=1, status=400, description="Bad Request: no,\n\tno")
    row_id = office.owe(maria)
    async with office.open():
        await office.delivery.drain()
    assert office.row(row_id).reason == "Bad Request: no, no"


async def test_what_waits_behind_others_in_a_chat_is_looked_at_again(office: Office) -> None:
    maria = await office.person()
    rows = [office.owe(maria) for _ in range(6)]
    async with office.open():
        await until(lambda: [office.row(each).state for each in rows].count("sent") == 3)
        office.store.write(lambda session: session.execute(update(Person).values(tell="nothing")))
        await until(lambda: all(office.row(each).state != "pending" for each in rows))
    said = [office.row(each).state for each in rows].count("sent")
    assert (said <= 5, office.row(rows[-1]).reason, len(await office.heard(maria))) == (True, "hushed", said)


@pytest.mark.parametrize("description", ["Bad Request: no, never", None])
async def test_what_telegram_will_never_take_is_dead_and_the_person_is_not(
    office: Office, description: str | None
) -> None:
    maria = await office.person()
    await office.telegram.fault("sendMessage", chat_id=maria, times=1, status=400, description=description)
    first, second = office.owe(maria), office.owe(maria)
    async with office.open():
        await office.delivery.drain()
    assert [office.row(each).state for each in (first, second)] == ["dead", "sent"]
    assert (office.row(first).reason, unreachable(office, maria)) == (description or "TelegramBadRequest", False)


@pytest.mark.parametrize(
    "description",
    ["Bad Request: can't parse entities: Unsupported start tag", "Bad Request: message is too long"],
)
async def test_a_message_that_is_broken_goes_as_plain_text(office: Office, description: str) -> None:
    maria = await office.person()
    await office.telegram.fault("sendMessage", chat_id=maria, times=1, status=400, description=description)
    row_id = office.owe(maria)
    async with office.open():
        await office.delivery.drain()
    (message,) = await office.heard(maria)
    assert office.row(row_id).state == "sent"
    assert "<" not in message["text"]


async def test_not_modified_is_success(office: Office) -> None:
    maria = await office.person()
    description = "Bad Request: message is not modified: specified new message content"
    await office.telegram.fault("sendMessage", chat_id=maria, times=1, status=400, description=description)
    row_id = office.owe(maria)
    async with office.open():
        await office.delivery.drain()
    assert office.row(row_id).state == "sent"


async def test_a_chat_that_moved_is_followed(office: Office) -> None:
    maria = await office.person()
    new = await office.telegram.user(first_name="María")
    await office.telegram.send(new, "hola")
    moved = {"status": 400, "description": "Bad Request: moved", "parameters": {"migrate_to_chat_id": new}}
    await office.telegram.fault("sendMessage", chat_id=maria, times=1, **moved)
    row_id = office.owe(maria)
    async with office.open():
        await office.delivery.drain()
    assert (office.row(row_id).state, len(await office.heard(new))) == ("sent", 1)
    found = select(Person.chat_id).where(Person.telegram_id == maria)
    assert office.store.read(lambda session: session.scalars(found).one()) == new


async def test_a_429_pauses_everybody_and_counts_for_nobody(office: Office) -> None:
    people = [await office.person() for _ in range(5)]
    await office.telegram.fault(
        "sendMessage",
        times=1,
        status=429,
        description="Too Many Requests: retry after 600",
        parameters={"retry_after": 600},
    )
    before = len(await office.telegram.requests(method="sendMessage"))
    rows = [office.owe(each) for each in people]
    async with office.open():
        await until(lambda: any(office.row(each).reason for each in rows))
        assert await office.pace.pause_left(office.bot.id) > 590
        await until(lambda: not office.delivery.in_flight)
        asked = len(await office.telegram.requests(method="sendMessage")) - before
        assert asked <= len(people)
        await office.later()
    assert {(office.row(each).state, office.row(each).attempts) for each in rows} == {("sent", 0)}
    assert [len(await office.heard(each)) for each in people] == [1] * 5


@pytest.mark.parametrize(("status", "description"), [(401, "Unauthorized"), (404, "Not Found")])
async def test_a_wrong_token_stops_sending_and_keeps_every_row(office: Office, status: int, description: str) -> None:
    people = [await office.person() for _ in range(40)]
    await office.telegram.fault("sendMessage", times=1000, status=status, description=description)
    rows = [office.owe(each) for each in people]
    async with office.open():
        await office.delivery.drain()
        assert office.delivery.trouble == description
        assert {(office.row(each).state, office.row(each).attempts) for each in rows} == {("pending", 0)}


async def test_a_slow_answer_holds_up_nobody_else(office: Office) -> None:
    slow, quick = await office.person(), await office.person()
    await office.telegram.fault("sendMessage", chat_id=slow, times=1, delay=3)
    first = office.owe(slow)
    second = office.owe(quick)
    async with office.open():
        await until(lambda: office.row(second).state == "sent")
        assert office.row(first).state == "pending"
        await office.delivery.drain()
    assert office.row(first).state == "sent"


async def test_a_row_that_cannot_be_said_stops_no_other(office: Office) -> None:
    maria = await office.person()
    broken, unknown = office.owe(maria, "reminder", params={}), office.owe(maria, "of_another_version")
    sound = office.owe(maria)
    async with office.open():
        await office.delivery.drain()
        assert [office.row(each).state for each in (broken, unknown, sound)] == ["pending", "pending", "sent"]
        for _ in range(8):
            await office.later()
    assert [(office.row(each).state, office.row(each).reason) for each in (broken, unknown)] == [
        ("dead", "KeyError"),
        ("dead", "KeyError"),
    ]


async def test_what_there_is_nothing_to_say_of_is_dropped(office: Office) -> None:
    maria = await office.person()
    row_id = office.owe(maria, "reminder", params={"meeting": 404, "what": "3d"})
    async with office.open():
        await office.delivery.drain()
    assert (office.row(row_id).state, office.row(row_id).reason) == ("dropped", "nothing to say")
    assert await office.heard(maria) == []


@pytest.mark.parametrize(("silent_for", "place"), [(timedelta(minutes=5), "news"), (timedelta(hours=2), "asked")])
async def test_words_typed_after_a_delivery_find_its_buttons(office: Office, silent_for: timedelta, place: str) -> None:
    maria = await office.person()
    key = f"{office.bot.id}:{maria}"
    talk = Conversation(key=key, chat_id=maria, state=None, data={}, touched_at=office.now - silent_for)
    office.store.write(lambda session: session.add(talk))
    office.owe(maria)
    async with office.open():
        await office.delivery.drain()
    data = office.store.read(lambda session: session.get_one(Conversation, key).data)
    assert data == {place: {"kind": "help", "params": {}, "step": None}}


async def test_one_delivers_and_another_stands_by_until_the_lease_is_free(office: Office) -> None:
    maria = await office.person()
    standby = office.another("standby")
    async with asyncio.TaskGroup() as group:
        first = group.create_task(office.delivery.run())
        await until(lambda: office.delivery.active)
        group.create_task(standby.run())
        row_id = office.owe(maria)
        await standby.drain()
        assert (office.row(row_id).state, standby.active) == ("sent", False)
        office.delivery.stop()
        await first
        row_id = office.owe(maria)
        await until(lambda: office.row(row_id).state == "sent")
        assert standby.active
        standby.stop()
    assert len(await office.heard(maria)) == 2


async def test_stopping_finishes_what_is_in_flight_and_gives_the_rest_back(office: Office) -> None:
    people = [await office.person() for _ in range(40)]
    await office.telegram.fault("sendMessage", times=1000, delay=0.5)
    rows = [office.owe(each) for each in people]
    async with office.open():
        await until(lambda: bool(office.delivery.in_flight))
    states = [office.row(each) for each in rows]
    assert {row.state for row in states} <= {"sent", "pending"}
    assert all(row.leased_by is None for row in states)
    said = sum([len(await office.heard(each)) for each in people])
    assert said == sum(row.state == "sent" for row in states)


async def test_a_row_of_a_dead_process_is_claimed_when_its_lease_ends(office: Office) -> None:
    maria = await office.person()
    row_id = office.owe(maria)

    def crash() -> None:
        def lease(session: Any) -> None:
            row = session.get_one(Outbox, row_id)
            row.leased_by, row.leased_until = "gone", office.true_clock() + timedelta(seconds=100)

        office.store.write(lease)

    crash()
    async with office.open():
        await office.delivery.drain()
        assert office.row(row_id).state == "pending"
        await office.later()
    assert office.row(row_id).state == "sent"


async def test_what_is_said_for_longer_than_its_lease_is_said_once(office: Office) -> None:
    maria = await office.person()
    await office.telegram.fault("sendMessage", chat_id=maria, times=1, delay=3)
    row_id = office.owe(maria)
    async with office.open():
        await until(lambda: office.row(row_id).leased_by is not None)
        office.passed += timedelta(hours=1)
        await office.delivery.drain()
    assert office.row(row_id).state == "sent"
    assert len(await office.heard(maria)) == 1


async def test_what_several_commands_publish_within_a_minute_is_one_message(office: Office) -> None:
    maria = await office.person()

    def publish(session: Session, slug: str, seconds: int) -> int:
        now = NOW + timedelta(seconds=seconds)
        (done,) = commitments.publish(session, "agua", [slug], actor=BY_COMMAND, now=now)
        assert (done.told, done.due_at) == (1, NOW + timedelta(minutes=1 + seconds // 60))
        return done.update_id

    def prepare(session: Session) -> None:
        meeting_id = factories.meeting(session).id
        drafts = [replace(made.DRAFT, slug=f"c{n}", text=f"Promesa {n}") for n in range(1, 4)]
        made.take_in(session, *drafts)
        who = session.scalars(select(Person.id).where(Person.telegram_id == maria)).one()
        session.add(Follow(person_id=who, meeting_id=meeting_id, wants=True, since=NOW))

    office.store.write(prepare)
    office.store.write(publish, "c1", 0)
    office.store.write(publish, "c2", 59)
    office.store.write(publish, "c3", 60)
    async with office.open():
        await office.delivery.drain()
        assert await office.heard(maria) == []
        office.now = NOW + timedelta(minutes=1)
        await office.delivery.drain()
        (together,) = await office.heard(maria)
        assert "Promesa 1" in together["text"]
        assert "Promesa 2" in together["text"]
        office.now = NOW + timedelta(minutes=2)
        await office.delivery.drain()
        _, alone = await office.heard(maria)
        assert alone["text"].startswith("Un nuevo compromiso")
        assert "Promesa 3" in alone["text"]
    states = office.store.read(lambda session: session.scalars(select(Outbox.state)).all())
    assert states == ["sent"] * 3


async def test_news_that_cannot_be_said_take_no_other_news_along(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    maria = await office.person()

    def prepare(session: Session) -> list[int]:
        meeting_id = factories.meeting(session).id
        made.take_in(session, *(replace(made.DRAFT, slug=f"c{n}", text=f"Promesa {n}") for n in (1, 2)))
        who = session.scalars(select(Person.id).where(Person.telegram_id == maria)).one()
        session.add(Follow(person_id=who, meeting_id=meeting_id, wants=True, since=NOW))
        return [each.update_id for each in made.publish(session)]

    broken, _ = office.store.write(prepare)
    look = public_record.news

    def fail(session: Session, update_id: int, now: datetime) -> public_record.News | None:
        if update_id == broken:
            raise ArithmeticError
        return look(session, update_id, now)

    monkeypatch.setattr(public_record, "news", fail)
    office.now = NOW + timedelta(minutes=1)
    async with office.open():
        await office.delivery.drain()
    (said,) = await office.heard(maria)
    assert "Promesa 2" in said["text"]
    rows = office.store.read(lambda session: session.scalars(select(Outbox).order_by(Outbox.id)).all())
    assert [(row.state, row.reason) for row in rows] == [("pending", "ArithmeticError"), ("sent", None)]
