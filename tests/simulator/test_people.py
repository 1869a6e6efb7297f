"""What people do, what the page and the tests see of it, and what the control API refuses."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.simulator_process import NotAnswered, Telegram, labels

TOKEN = "123:abc"


async def updates(telegram: Telegram) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await telegram.call(TOKEN, "getUpdates"))[1]["result"]
    return found


async def say(telegram: Telegram, chat: int, text: str, **more: Any) -> int:
    status, answer = await telegram.call(TOKEN, "sendMessage", chat_id=chat, text=text, **more)
    assert status == 200, answer
    return int(answer["result"]["message_id"])


def buttons(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


async def refused(telegram: Telegram, path: str, body: object) -> int:
    async with telegram.session.post(f"{telegram.url}/simulator/{path}", json=body) as response:
        answer = await response.json()
        assert list(answer) == ["error"], answer
        return response.status


async def test_people_are_added_changed_and_listed(telegram: Telegram) -> None:
    maria = await telegram.user(first_name="María", language_code="es")
    jorge = await telegram.user(42, first_name="Jorge", language_code="es")
    await telegram.send(maria, "hola")
    await telegram.call(TOKEN, "getMe")
    await telegram.user(42, first_name="Jorge", language_code="en")
    await telegram.block(jorge, blocked=True)
    people = (await telegram.control("GET", "users"))["users"]

    assert maria > 2**32  # as Telegram's, over 32 bits
    shown = {p["id"]: (p["first_name"], p["language_code"], p["started"], p["blocked"]) for p in people}
    assert shown == {maria: ("María", "es", True, False), jorge: ("Jorge", "en", False, True)}
    assert {p["id"]: p.get("last", {}).get("text") for p in people} == {maria: "hola", jorge: None}


async def test_taps_do_what_their_buttons_do(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.send(maria, "hola")
    username = (await telegram.call(TOKEN, "getMe"))[1]["result"]["username"]
    message = await say(
        telegram,
        maria,
        "Elija",
        reply_markup=buttons(
            [{"text": "Sí", "callback_data": "si"}],
            [{"text": "Página", "url": "https://example.org/x"}],
            [{"text": "Seguir", "url": f"https://t.me/{username}?start=fm_agua"}],
            [{"text": "Copiar", "copy_text": {"text": "K7PM"}}],
        ),
    )

    tapped = await telegram.tap(maria, "Sí")
    by_data = await telegram.control("POST", f"chats/{maria}/taps", {"message_id": message, "data": "si"})

    queries = [u["callback_query"] for u in await updates(telegram) if "callback_query" in u]
    assert [q["id"] for q in queries] == [tapped["query"], by_data["query"]]
    assert queries[0]["message"]["reply_markup"]["inline_keyboard"][0][0]["text"] == "Sí"
    assert await telegram.tap(maria, "Página") == {"url": "https://example.org/x"}
    assert await telegram.tap(maria, "Seguir") == {"url": f"https://t.me/{username}?start=fm_agua", "start": "fm_agua"}
    assert await telegram.tap(maria, "Copiar") == {"copy": "K7PM"}
    with pytest.raises(NotAnswered, match="no button «Tal vez»"):
        await telegram.tap(maria, "Tal vez")
    assert await refused(telegram, f"chats/{maria}/taps", {"message_id": message, "label": "Tal vez"}) == 404
    assert await refused(telegram, f"chats/{maria}/taps", {"message_id": 999, "label": "Sí"}) == 404


async def test_an_old_button_is_gone_after_an_edit(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.send(maria, "hola")
    message = await say(telegram, maria, "Elija", reply_markup=buttons([{"text": "Sí", "callback_data": "si"}]))
    await telegram.call(TOKEN, "editMessageText", chat_id=maria, message_id=message, text="Ya")

    assert await refused(telegram, f"chats/{maria}/taps", {"message_id": message, "label": "Sí"}) == 404


async def test_a_tap_must_be_answered_in_time(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.send(maria, "hola")
    await say(telegram, maria, "Elija", reply_markup=buttons([{"text": "Sí", "callback_data": "si"}]))
    query = (await telegram.tap(maria, "Sí"))["query"]
    await telegram.limits(query_seconds=0)
    late = await telegram.call(TOKEN, "answerCallbackQuery", callback_query_id=query)
    foreign = await telegram.call("456:def", "answerCallbackQuery", callback_query_id=query)
    await telegram.limits(query_seconds=60)
    in_time = await telegram.call(TOKEN, "answerCallbackQuery", callback_query_id=query, text="Listo", show_alert=True)

    old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert (late[0], late[1]["description"]) == (foreign[0], foreign[1]["description"]) == (400, old)
    assert in_time == (200, {"ok": True, "result": True})
    (toast,) = (await telegram.control("GET", f"chats/{maria}?bot=123"))["answers"]
    assert (toast["id"], toast["text"], toast["alert"]) == (query, "Listo", True)


async def test_the_transcript_shows_what_a_person_sees(telegram: Telegram) -> None:
    maria = await telegram.user()
    asked = await telegram.send(maria, "hola")
    first = await say(
        telegram,
        maria,
        '<b>Hola</b> &lt;i&gt; <a href="https://example.org/">aquí</a>',
        parse_mode="HTML",
        reply_parameters={"message_id": asked["message_id"]},
    )
    second = await say(telegram, maria, "dos", reply_markup=buttons([{"text": "A", "callback_data": "a"}]))
    for message in (first, second):
        await telegram.call(TOKEN, "pinChatMessage", chat_id=maria, message_id=message)
    await telegram.call(TOKEN, "editMessageText", chat_id=maria, message_id=second, text="<b>dos</b>")
    await telegram.call(TOKEN, "sendChatAction", chat_id=maria, action="typing")
    shown = await telegram.transcript(maria)
    person, one, two = shown["messages"]

    assert (person["from"], person["text"]) == ("user", "hola")
    link = '<a href="https://example.org/" target="_blank" rel="noopener noreferrer">aquí</a>'
    assert one["html"] == f"<b>Hola</b> &lt;i&gt; {link}"
    assert (one["text"], one["reply_to"], one["pinned"]) == ("Hola <i> aquí", asked["message_id"], True)
    assert (two["message_id"], two["html"], two["buttons"]) == (second, "&lt;b&gt;dos&lt;/b&gt;", [])
    assert "edited" in two
    assert "edited" not in one
    assert shown["pinned"] == [second, first]
    until = datetime.fromisoformat(shown["typing_until"])
    assert timedelta(0) < until - datetime.now(UTC) <= timedelta(seconds=5)  # noqa: TID251 - typing follows true time
    await telegram.call(TOKEN, "unpinChatMessage", chat_id=maria)
    assert (await telegram.transcript(maria))["pinned"] == [first]


async def test_reply_keyboards_stay_until_they_are_taken_away(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.send(maria, "hola")
    await telegram.limits(per_chat=None)
    keyboard = {"keyboard": [["Sí", {"text": "Mi número", "request_contact": True}]]}
    await say(telegram, maria, "uno", reply_markup=keyboard)
    await say(telegram, maria, "dos", reply_markup=buttons([{"text": "A", "callback_data": "a"}]))
    held = await telegram.transcript(maria)
    await say(telegram, maria, "tres", reply_markup={"remove_keyboard": True})
    removed = await telegram.transcript(maria)
    await say(telegram, maria, "cuatro", reply_markup=keyboard | {"one_time_keyboard": True})
    await telegram.send(maria, "Sí")
    used = await telegram.transcript(maria)

    assert held["keyboard"] == [[{"label": "Sí"}, {"label": "Mi número", "request_contact": True}]]
    assert (removed["keyboard"], removed["messages"][-1]["remove_keyboard"]) == (None, True)
    assert used["keyboard"] is None


async def test_files_go_up_and_down_and_open_on_the_page(telegram: Telegram) -> None:
    maria = await telegram.user()
    sent = await telegram.send_file(maria, "document", "acta ñ.html", b"<script>alert(1)</script>", caption="mire")
    await telegram.call(TOKEN, "getMe")
    _, found = await telegram.call(TOKEN, "getFile", file_id=sent["document"]["file_id"])
    path = found["result"]["file_path"]
    async with telegram.session.get(f"{telegram.url}/file/bot{TOKEN}/{path}") as response:
        down = await response.read()
    async with telegram.session.get(f"{telegram.url}/file/bot456:def/{path}") as response:
        others = response.status
    shown = (await telegram.transcript(maria))["messages"][0]
    async with telegram.session.get(telegram.url + shown["document"]["url"]) as response:
        headers = response.headers

    assert down == b"<script>alert(1)</script>"
    assert others == 404
    assert (shown["text"], shown["document"]["name"], shown["document"]["size"]) == ("mire", "acta ñ.html", 25)
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''acta%20%C3%B1.html"
    assert headers["Content-Type"] == "application/octet-stream"  # never runs on the page's address


async def test_a_block_is_told_once_and_writing_does_not_undo_it(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.send(maria, "hola")
    await telegram.call(TOKEN, "getMe")
    for blocked in (True, True, False):
        await telegram.block(maria, blocked=blocked)
    await telegram.block(maria, blocked=True)
    await telegram.send(maria, "sigo aquí")
    changes = [u["my_chat_member"] for u in await updates(telegram) if "my_chat_member" in u]
    status, _ = await telegram.call(TOKEN, "sendMessage", chat_id=maria, text="x")

    assert [c["new_chat_member"]["status"] for c in changes] == ["kicked", "member", "kicked"]
    assert (await telegram.transcript(maria))["blocked"] is True
    assert status == 403


async def test_groups_have_authors_and_can_become_supergroups(telegram: Telegram) -> None:
    maria = await telegram.user(first_name="María")
    await telegram.call(TOKEN, "getMe")
    await telegram.group(-77, "Vereda")
    await telegram.send(-77, "hola a todos", from_user=maria)
    assert (await telegram.call(TOKEN, "sendMessage", chat_id=-77, text="hola"))[0] == 200
    await telegram.group(-77, "Vereda", migrate_to=-100777)
    found = [update["message"] for update in await updates(telegram)]

    assert (found[0]["chat"], found[0]["from"]["id"]) == ({"id": -77, "type": "group", "title": "Vereda"}, maria)
    assert (found[1]["chat"]["id"], found[1]["migrate_to_chat_id"]) == (-77, -100777)
    assert (found[2]["chat"]["type"], found[2]["migrate_from_chat_id"]) == ("supergroup", -77)
    assert (await telegram.call(TOKEN, "sendMessage", chat_id=-100777, text="hola"))[0] == 200
    assert await refused(telegram, "chats/-100777/messages", {"text": "¿quién?"}) == 400


async def test_two_bots_have_two_chats_with_one_person(telegram: Telegram) -> None:
    maria = await telegram.user()
    for token in ("456:def", TOKEN):
        await telegram.call(token, "getMe")
    await telegram.send(maria, "a la primera", bot=456)
    await telegram.send(maria, "a la última")

    first = await telegram.control("GET", f"chats/{maria}?bot=456")
    last = await telegram.transcript(maria)

    assert [m["text"] for m in first["messages"]] == ["a la primera"]
    assert [m["text"] for m in last["messages"]] == ["a la última"]


async def test_messages_can_be_deleted_for_48_hours(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.send(maria, "hola")
    old = await say(telegram, maria, "vieja")
    await telegram.advance("P3D")
    new = await say(telegram, maria, "nueva")

    late = await telegram.call(TOKEN, "deleteMessage", chat_id=maria, message_id=old)
    in_time = await telegram.call(TOKEN, "deleteMessage", chat_id=maria, message_id=new)

    assert (late[0], late[1]["description"]) == (400, "Bad Request: message can't be deleted for everyone")
    assert in_time[0] == 200
    assert [m["text"] for m in await telegram.messages(maria)] == ["vieja"]


async def test_requests_tell_what_was_asked_and_answered(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.send(maria, "hola")
    await say(telegram, maria, "uno")
    await telegram.call(TOKEN, "sendMessage", chat_id=maria, text="")
    found = await telegram.control("GET", "requests?since=1&method=sendmessage")

    assert [(r["method"], r["chat_id"], r["params"]["text"], r["status"]) for r in found["requests"]] == [
        ("sendMessage", maria, "uno", 200),
        ("sendMessage", maria, "", 400),
    ]
    assert (await telegram.control("GET", f"requests?since={found['next']}"))["requests"] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("users", {}, 400),
        ("users", {"first_name": "x" * 65}, 400),
        ("users", {"id": -1, "first_name": "x"}, 400),
        ("chats/999/messages", {"text": "x"}, 404),
        ("chats/42/messages", {"text": ""}, 400),
        ("chats/42/messages", {"text": "x" * 4097}, 400),
        ("chats/42/messages", {"text": "x", "reply_to": 999}, 404),
        ("chats/42/messages", {"contact": {}}, 400),
        ("chats/42/messages", {"location": {"latitude": 1}}, 400),
        ("chats/nobody/messages", {"text": "x"}, 400),
        ("chats/42/block", {"blocked": "yes"}, 400),
        ("groups", {"id": 5, "title": "x"}, 400),
        ("groups", {"id": -5, "title": "x", "migrate_to": -6}, 400),
        ("updates", {"message": {}}, 400),
        ("faults", {"method": "*"}, 400),
        ("faults", {"method": "*", "status": 500, "often": 3}, 400),
        ("faults", {"method": "*", "drop": "sometimes"}, 400),
        ("clock/follow", {}, 400),
        ("users", [1], 400),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_reason(
    shared_telegram: Telegram, path: str, body: object, status: int
) -> None:
    await shared_telegram.user(42, first_name="Jorge")

    assert await refused(shared_telegram, path, body) == status


async def test_the_page_hears_what_happens(telegram: Telegram) -> None:
    heard: list[tuple[str, Any]] = []
    async with telegram.session.get(f"{telegram.url}/simulator/events") as events:

        async def next_event() -> tuple[str, Any]:
            while True:
                line = (await events.content.readline()).decode().strip()
                if line.startswith("event: "):
                    data = (await events.content.readline()).decode().strip().removeprefix("data: ")
                    return line.removeprefix("event: "), json.loads(data)

        heard.append(await next_event())
        maria = await telegram.user()
        heard.append(await next_event())
        await telegram.send(maria, "hola")
        heard.append(await next_event())
        await telegram.call(TOKEN, "getMe")
        heard.append(await next_event())
        await telegram.call(TOKEN, "sendChatAction", chat_id=maria, action="typing")
        heard.append(await next_event())
        await telegram.advance("PT1H")
        moved = await next_event()

    assert heard == [
        ("hello", {}),
        ("users", {}),
        ("chat", {"chat_id": maria}),
        ("bot", {}),
        ("typing", {"chat_id": maria}),
    ]
    assert moved[0] == "clock"
    assert set(moved[1]) >= {"now", "moving"}


async def test_the_page_is_served_and_nothing_beside_it(telegram: Telegram) -> None:
    page = Path(__file__).parent.parent.parent / "simulator" / "page" / "index.html"
    async with telegram.session.get(f"{telegram.url}/") as response:
        assert (response.status, await response.text()) == (200, page.read_text(encoding="utf-8"))
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    for path in ("/page/..%2Fserver.py", "/page/nothing.js", "/elsewhere"):
        async with telegram.session.get(telegram.url + path) as response:
            assert response.status == 404


async def test_buttons_are_listed_as_they_stand(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.send(maria, "hola")
    rows = [[{"text": "A", "callback_data": "a"}, {"text": "B", "url": "https://example.org"}]]
    await say(telegram, maria, "Elija", reply_markup=buttons(*rows))
    (shown,) = await telegram.messages(maria)

    assert shown["buttons"] == [[{"label": "A", "data": "a"}, {"label": "B", "url": "https://example.org"}]]
    assert labels(shown) == ["A", "B"]
