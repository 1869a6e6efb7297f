"""What a chat looks like to the person in it: messages, buttons, keyboard, pins, toasts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from simulator.checks import Unknown
from simulator.entities import to_html

if TYPE_CHECKING:
    import sqlite3

    from simulator.world import World

ANSWERS_SHOWN = 50


def moment(timestamp: float) -> str:
    """Return seconds since 1970 as an ISO moment in UTC."""
    return datetime.fromtimestamp(timestamp, UTC).isoformat()


def people(world: World) -> list[dict[str, Any]]:
    """Return everyone, with how they stand with the bot that was seen last."""
    rows = world.store.rows(
        "SELECT p.id, p.body, p.deactivated, coalesce(t.started, 0) AS started,"
        " coalesce(t.blocked, 0) AS blocked,"
        " (SELECT m.body FROM messages m WHERE m.chat_id = p.id AND m.bot_id = ?1"
        "  AND m.sender <> 'service' ORDER BY m.message_id DESC LIMIT 1) AS last"
        " FROM people p LEFT JOIN talks t ON t.chat_id = p.id AND t.bot_id = ?1 ORDER BY p.rowid",
        world.last_bot,
    )
    return [_person(row) for row in rows]


def _person(row: sqlite3.Row) -> dict[str, Any]:
    person: dict[str, Any] = json.loads(row["body"])
    person |= {
        "blocked": bool(row["blocked"]),
        "started": bool(row["started"]),
        "deactivated": bool(row["deactivated"]),
    }
    if row["last"] is not None:
        last = json.loads(row["last"])
        text = last.get("text") or last.get("caption") or _what(last)
        person["last"] = {"text": text, "date": moment(last["date"])}
    return person


def _what(body: dict[str, Any]) -> str:
    if "document" in body:
        return str(body["document"].get("file_name", ""))
    return str(body["venue"]["title"]) if "venue" in body else ""


def bots(world: World) -> list[dict[str, Any]]:
    """Return the bots that have called, the last one first, with their commands."""
    rows = world.store.rows("SELECT id FROM bots ORDER BY id = ? DESC, id", world.last_bot)
    found = []
    for row in rows:
        user = world.bot_user(row["id"])
        lists: dict[str, Any] = world.profile(row["id"]).get("commands", {})
        found.append(
            {
                "id": row["id"],
                "username": user["username"],
                "name": user["first_name"],
                "description": world.profile(row["id"]).get("description", {}),
                "commands": _commands(lists, ""),
                "commands_by_language": {
                    place.rpartition("|")[2]: _commands(lists, place.rpartition("|")[2])
                    for place in lists
                    if place.rpartition("|")[2]
                },
            }
        )
    return found


def _commands(lists: dict[str, Any], language: str) -> list[dict[str, str]]:
    """Return what a private chat shows: the narrowest scope first, then the language, then any."""
    for kind in ("all_private_chats", "default"):
        for code in dict.fromkeys((language, "")):
            commands: list[dict[str, str]] = lists.get(f"{kind}|||{code}", [])
            if commands:
                return commands
    return []


def transcript(world: World, chat_id: int, bot_id: int | None = None) -> dict[str, Any]:
    """Return a chat with a bot (the one seen last unless told) as its person sees it.

    Raises Unknown for a chat that is not there.
    """
    bot = world.last_bot if bot_id is None else bot_id
    chat = world.chat(chat_id)
    if chat is None:
        raise Unknown(f"no chat {chat_id}")
    state = world.talk(bot, chat_id)
    rows = world.store.rows(
        "SELECT * FROM messages WHERE chat_id = ? AND bot_id = ? AND sender <> 'service' ORDER BY message_id",
        chat_id,
        bot,
    )
    pinned = [row for row in rows if row["pinned"] is not None]
    keyboard = json.loads(state["keyboard"]) if state and state["keyboard"] else None
    shown = {
        "chat": chat,
        "bot": bot,
        "started": bool(state and state["started"]),
        "blocked": bool(state and state["blocked"]),
        "messages": [shown_message(row) for row in rows],
        "pinned": [r["message_id"] for r in sorted(pinned, key=lambda r: -r["pinned"])],
        "keyboard": None if keyboard is None else _keys(keyboard),
        "answers": _answers(world, chat_id, bot),
    }
    if state and state["typing_until"]:
        shown["typing_until"] = moment(state["typing_until"])
    return shown


def _answers(world: World, chat_id: int, bot_id: int) -> list[dict[str, Any]]:
    rows = world.store.rows(
        "SELECT id, message_id, answer FROM queries WHERE chat_id = ? AND bot_id = ?"
        " AND answer IS NOT NULL ORDER BY at DESC LIMIT ?",
        chat_id,
        bot_id,
        ANSWERS_SHOWN,
    )
    return [{"id": row["id"], "message_id": row["message_id"], **json.loads(row["answer"])} for row in reversed(rows)]


def shown_message(row: sqlite3.Row) -> dict[str, Any]:
    """Return a stored message as the page and the tests see it."""
    body = json.loads(row["body"])
    text = body.get("text") or body.get("caption") or ""
    entities = body.get("entities") or body.get("caption_entities") or []
    shown: dict[str, Any] = {
        "message_id": row["message_id"],
        "date": moment(body["date"]),
        "from": row["sender"],
        "author": body["from"].get("first_name", ""),
        "text": text,
        "html": to_html(text, entities),
        "buttons": _buttons(body),
        "pinned": row["pinned"] is not None,
    }
    if "edit_date" in body:
        shown["edited"] = moment(body["edit_date"])
    if "reply_to_message" in body:
        shown["reply_to"] = body["reply_to_message"]["message_id"]
    for kind in ("contact", "location", "venue", "forward_origin"):
        if kind in body:
            shown[kind] = body[kind]
    for kind in ("document", "photo", "voice", "sticker"):
        if kind in body:
            shown[kind] = _media(kind, body[kind][-1] if kind == "photo" else body[kind])
    if row["keyboard"]:
        keyboard = json.loads(row["keyboard"])
        if "keyboard" in keyboard:
            shown["keyboard"] = _keys(keyboard)
        elif keyboard.get("remove_keyboard"):
            shown["remove_keyboard"] = True
    return shown


def _media(kind: str, file: dict[str, Any]) -> dict[str, Any]:
    mime = {"photo": "image/jpeg", "sticker": "image/webp"}.get(kind, "application/octet-stream")
    return {
        "file_id": file["file_id"],
        "name": file.get("file_name", kind),
        "mime": file.get("mime_type", mime),
        "size": file.get("file_size", 0),
        "url": f"/simulator/media/{file['file_id']}",
    }


def _buttons(body: dict[str, Any]) -> list[list[dict[str, Any]]]:
    rows = body.get("reply_markup", {}).get("inline_keyboard", [])
    return [[_button(button) for button in row] for row in rows]


def _button(button: dict[str, Any]) -> dict[str, Any]:
    shown = {"label": button["text"]}
    if "callback_data" in button:
        shown["data"] = button["callback_data"]
    elif "url" in button:
        shown["url"] = button["url"]
    elif "copy_text" in button:
        shown["copy"] = button["copy_text"]["text"]
    return shown


def _keys(keyboard: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [
        [
            {"label": key["text"]} | {k: True for k in ("request_contact", "request_location") if key.get(k)}
            for key in row
        ]
        for row in keyboard["keyboard"]
    ]
