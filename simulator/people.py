"""What people do: join, write, tap, block; each becomes the update that Telegram would send."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from telegram import (
    CallbackQuery,
    ChatMember,
    ChatMemberBanned,
    ChatMemberLeft,
    ChatMemberMember,
    ChatMemberUpdated,
    Contact,
    Location,
    Message,
    User,
)
from telegram.constants import MessageLimit

from simulator.checks import Params, Unfit, Unknown, Upload
from simulator.clock import true_timestamp
from simulator.entities import Formatted, tidied, with_found
from simulator.files import NotAPicture
from simulator.world import fresh_id

if TYPE_CHECKING:
    from simulator.world import World

FIRST_PERSON = 7_000_000_000  # over 32 bits, as Telegram's are
PAYLOAD = re.compile(rf"[A-Za-z0-9_-]{{1,{MessageLimit.DEEP_LINK_LENGTH}}}")
LONGEST_NAME = 64


def add_person(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """Add a person, or change the one with this id; what is left out stays."""
    given = wanted.get("id")
    if given is not None and (not isinstance(given, int) or given <= 0):
        raise Unfit(f"a person's id is a whole number over 0, not {given!r}")
    user_id = given or world.store.next_number("people", above=FIRST_PERSON)
    known = world.person(user_id) or {}
    fields = ("first_name", "last_name", "username", "language_code")
    body = known | {k: str(wanted[k]) for k in fields if wanted.get(k) is not None}
    name = str(body.get("first_name", "")).strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Unfit(f"first_name has 1 to {LONGEST_NAME} characters")
    names = {k: body[k] for k in fields if body.get(k) and k != "first_name"}
    user = User(user_id, name, is_bot=False, **names).to_dict()
    row = world.store.one("SELECT deactivated FROM people WHERE id = ?", user_id)
    gone = wanted.get("deactivated", bool(row and row["deactivated"]))
    world.store.run(
        "INSERT INTO people VALUES (?, ?, ?) ON CONFLICT (id)"
        " DO UPDATE SET body = excluded.body, deactivated = excluded.deactivated",
        user_id,
        json.dumps(user),
        int(bool(gone)),
    )
    world.live.tell("users")
    return user | {"deactivated": bool(gone)}


def _there(world: World, chat_id: int) -> dict[str, Any]:
    chat = world.chat(chat_id)
    if chat is None:
        raise Unknown(f"no chat {chat_id}: add the person or the group first")
    return chat


def _author(world: World, chat_id: int, wanted: dict[str, Any]) -> dict[str, Any]:
    user_id = chat_id if chat_id > 0 else wanted.get("from")
    if user_id is None:
        raise Unfit('in a group, "from" says who writes')
    user = world.person(int(user_id))
    if user is None:
        raise Unknown(f"no person {user_id}")
    if world.deactivated(int(user_id)):
        raise Unfit(f"{user_id} has left Telegram")
    return user


def _bot(world: World, wanted: dict[str, Any]) -> int:
    bot = wanted.get("bot")
    return world.last_bot if bot is None else int(str(bot).partition(":")[0])


def write(world: World, chat_id: int, params: Params) -> dict[str, Any]:
    """Let a person write; returns the message as the bot gets it."""
    wanted = params.values
    chat = _there(world, chat_id)
    user = _author(world, chat_id, wanted)
    bot_id = _bot(world, wanted)
    with world.store.transaction():
        content = _content(world, bot_id, user, params)
        reply_to = wanted.get("reply_to")
        if reply_to is not None:
            answered = world.message(chat_id, int(reply_to))
            if answered is None:
                raise Unknown(f"no message {reply_to} in chat {chat_id}")
            content["reply_to_message"] = json.loads(answered["body"])
            content["reply_to_message"].pop("reply_to_message", None)
        world.begin(bot_id, chat_id)
        message = world.put(bot_id, chat, "user", {"from": user, **content})
        _fold_keyboard(world, bot_id, chat_id)
        world.push(bot_id, chat_id, "message", message)
    world.live.tell("chat", chat_id=chat_id)
    return message


def _fold_keyboard(world: World, bot_id: int, chat_id: int) -> None:
    """Fold a one-time keyboard away once the person wrote."""
    state = world.talk(bot_id, chat_id)
    if state and state["keyboard"] and json.loads(state["keyboard"]).get("one_time_keyboard"):
        world.store.run("UPDATE talks SET keyboard = NULL WHERE bot_id = ? AND chat_id = ?", bot_id, chat_id)


def _content(world: World, bot_id: int, user: dict[str, Any], params: Params) -> dict[str, Any]:
    wanted = params.values
    for kind in ("document", "photo", "voice", "sticker"):
        upload = params.files.get(kind)
        if upload is not None:
            return _file(world, bot_id, kind, upload, wanted)
    if "start" in wanted:
        payload = str(wanted["start"])
        if payload and not PAYLOAD.fullmatch(payload):
            raise Unfit(f"a start payload has 1 to 64 of A-Za-z0-9_-: {payload!r}")
        return _said(f"/start {payload}")
    if "contact" in wanted:
        given = params.data("contact", "contact is no JSON")
        given = given if isinstance(given, dict) else {"phone_number": given}
        if not given.get("phone_number"):
            raise Unfit("a contact has a phone_number")
        own = {"first_name": user["first_name"], "user_id": user["id"]}
        return {"contact": Contact.de_json(own | given, None).to_dict()}
    if "location" in wanted:
        point = params.data("location", "location is no JSON")
        if not isinstance(point, dict) or not {"latitude", "longitude"} <= point.keys():
            raise Unfit("a location has latitude and longitude")
        return {"location": Location(point["longitude"], point["latitude"]).to_dict()}
    if "forward" in wanted:
        return _forwarded(world, user, params)
    return _said(params.text("text"))


def _said(text: str) -> dict[str, Any]:
    found = with_found(tidied(Formatted(text)))
    if not 1 <= len(found.text) <= MessageLimit.MAX_TEXT_LENGTH:
        raise Unfit(f"a text has 1 to {MessageLimit.MAX_TEXT_LENGTH} characters")
    content: dict[str, Any] = {"text": found.text}
    if found.entities:
        content["entities"] = found.entities
    return content


def _file(world: World, bot_id: int, kind: str, upload: Upload, wanted: dict[str, Any]) -> dict[str, Any]:
    extra = {"duration": int(wanted.get("duration", 1))} if kind == "voice" else {}
    try:
        file = world.files.keep(bot_id, kind, upload, **extra)
    except NotAPicture:
        raise Unfit(f"{upload.name} is no picture") from None
    content: dict[str, Any] = {kind: [file] if kind == "photo" else file}
    text = str(wanted.get("caption") or wanted.get("text") or "")
    if text and kind != "sticker":
        found = with_found(tidied(Formatted(text)))
        if len(found.text) > MessageLimit.CAPTION_LENGTH:
            raise Unfit(f"a caption has up to {MessageLimit.CAPTION_LENGTH} characters")
        content["caption"] = found.text
        if found.entities:
            content["caption_entities"] = found.entities
    return content


def _forwarded(world: World, user: dict[str, Any], params: Params) -> dict[str, Any]:
    """Read `forward`: `{text, from: a name or a person's id}`, or just the text."""
    given = params.data("forward", "forward is no JSON")
    given = given if isinstance(given, dict) else {"text": str(given)}
    origin: dict[str, Any] = {"type": "hidden_user", "date": world.clock.seconds()}
    author = given.get("from", user["first_name"])
    person = world.person(author) if isinstance(author, int) else None
    if person is not None:
        origin |= {"type": "user", "sender_user": person}
    else:
        origin["sender_user_name"] = str(author)
    return _said(str(given.get("text", ""))) | {"forward_origin": origin}


# ── Taps ────────────────────────────────────────────────────────────────────────────────────────
def tap(world: World, chat_id: int, wanted: dict[str, Any]) -> dict[str, Any]:
    """Press an inline button, found by its label or its data on one message.

    Answers what the person's program does by itself (`url`, `copy`), or the id of the query.
    Raises Unknown when the message has no such button.
    """
    chat = _there(world, chat_id)
    user = _author(world, chat_id, wanted)
    message_id = wanted.get("message_id")
    row = world.message(chat_id, int(message_id)) if message_id is not None else None
    if row is None:
        raise Unknown(f"no message {message_id} in chat {chat_id}")
    body = json.loads(row["body"])
    keyboard = body.get("reply_markup", {}).get("inline_keyboard", [])
    button = next((b for line in keyboard for b in line if _is(b, wanted)), None)
    if button is None:
        raise Unknown(f"message {message_id} has no button {wanted.get('label', wanted.get('data'))!r}")
    if "url" in button:
        return {"url": button["url"]} | _start(world, row["bot_id"], button["url"])
    if "copy_text" in button:
        return {"copy": button["copy_text"]["text"]}
    if "callback_data" not in button:
        raise Unfit("this kind of button does nothing here")
    query_id = str(world.store.next_number("queries", above=10**17))
    query = CallbackQuery(
        id=query_id,
        from_user=User.de_json(user, None),
        chat_instance=fresh_id(),
        message=Message.de_json(body | {"chat": chat}, None),
        data=button["callback_data"],
    )
    with world.store.transaction():
        world.store.run(
            "INSERT INTO queries (id, bot_id, chat_id, message_id, at) VALUES (?, ?, ?, ?, ?)",
            query_id,
            row["bot_id"],
            chat_id,
            row["message_id"],
            true_timestamp(),
        )
        world.push(row["bot_id"], chat_id, "callback_query", query.to_dict())
    return {"query": query_id}


def _is(button: dict[str, Any], wanted: dict[str, Any]) -> bool:
    if wanted.get("data") is not None:
        return bool(button.get("callback_data") == wanted["data"])
    return bool(button["text"] == wanted.get("label"))


def _start(world: World, bot_id: int, url: str) -> dict[str, str]:
    """Return the payload of a link that starts this bot; a bad payload is dropped, as by Telegram."""
    parts = urlsplit(url)
    username = world.bot_user(bot_id)["username"]
    if parts.hostname in {"t.me", "telegram.me"} and parts.path.strip("/") == username:
        payload = parse_qs(parts.query).get("start", [""])[0]
        return {"start": payload if PAYLOAD.fullmatch(payload) else ""}
    return {}


# ── Blocking and groups ─────────────────────────────────────────────────────────────────────────
def block(world: World, chat_id: int, wanted: dict[str, Any]) -> dict[str, Any]:
    """Block or unblock the bot (in a group: remove or add it); the bot hears of a change."""
    chat = _there(world, chat_id)
    user = _author(world, chat_id, {"from": _someone(world), **wanted})
    bot_id = _bot(world, wanted)
    blocked = wanted.get("blocked")
    if not isinstance(blocked, bool):
        raise Unfit('"blocked" is true or false')
    state = world.talk(bot_id, chat_id)
    if bool(state and state["blocked"]) == blocked:
        return {"blocked": blocked}
    bot = User.de_json(world.bot_user(bot_id), None)
    out: ChatMember = ChatMemberBanned(bot, 0) if chat_id > 0 else ChatMemberLeft(bot)  # type: ignore[arg-type]
    inside: ChatMember = ChatMemberMember(bot)
    old, new = (inside, out) if blocked else (out, inside)
    change = ChatMemberUpdated.de_json(
        {
            "chat": chat,
            "from": user,
            "date": world.clock.seconds(),
            "old_chat_member": old.to_dict(),
            "new_chat_member": new.to_dict(),
        },
        None,
    )
    with world.store.transaction():
        world.store.run(
            "INSERT INTO talks (bot_id, chat_id, blocked) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET blocked = excluded.blocked",
            bot_id,
            chat_id,
            int(blocked),
        )
        world.push(bot_id, chat_id, "my_chat_member", change.to_dict())
    world.live.tell("chat", chat_id=chat_id)
    world.live.tell("users")
    return {"blocked": blocked}


def _someone(world: World) -> int | None:
    row = world.store.one("SELECT min(id) AS id FROM people")
    return row["id"] if row else None


def add_group(world: World, wanted: dict[str, Any]) -> dict[str, Any]:
    """Add a group, or let it become a supergroup (`migrate_to`) as Telegram does: by two messages."""
    group_id, title = wanted.get("id"), str(wanted.get("title", "")).strip()
    if not isinstance(group_id, int) or group_id >= 0 or not title:
        raise Unfit("a group has an id under 0 and a title")
    target = wanted.get("migrate_to")
    if target is not None and (not isinstance(target, int) or not str(target).startswith("-100")):
        raise Unfit("migrate_to is the id of a supergroup: it begins with -100")
    with world.store.transaction():
        for one, to in ((group_id, target), (target, None)):
            if one is not None:
                world.store.run(
                    "INSERT INTO groups VALUES (?, ?, ?) ON CONFLICT (id)"
                    " DO UPDATE SET title = excluded.title, migrate_to = excluded.migrate_to",
                    one,
                    title,
                    to,
                )
        if target is not None:
            _tell_of_migration(world, group_id, target)
    world.live.tell("users")
    return dict(_there(world, group_id)) | ({"migrate_to": target} if target else {})


def _tell_of_migration(world: World, old: int, new: int) -> None:
    someone = _someone(world)
    author = world.person(someone) if someone else world.bot_user(world.last_bot or 1)
    for chat_id, word, other in (
        (old, "migrate_to_chat_id", new),
        (new, "migrate_from_chat_id", old),
    ):
        body = {"from": author, word: other}
        notice = world.put(world.last_bot, _there(world, chat_id), "service", body)
        world.push(world.last_bot, chat_id, "message", notice)
