"""The methods of the Bot API that make, change, pin and remove messages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telegram import Location, Venue
from telegram.constants import ChatAction

from simulator.checks import (
    Markup,
    Params,
    bad_request,
    caption,
    markup,
    message_text,
)
from simulator.clock import true_timestamp

if TYPE_CHECKING:
    import sqlite3

    from simulator.entities import Formatted
    from simulator.world import Talk, World

TYPING_SECONDS = 5
DELETABLE_SECONDS = 48 * 3600
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
MEDIA = ("document", "photo", "voice", "sticker")
# What a copy takes along; the rest belongs to the message itself.
CONTENT = (
    *("text", "entities", "caption", "caption_entities", "contact", "location", "venue"),
    *MEDIA,
)


@dataclass(frozen=True)
class Call:
    """A method called by a bot."""

    world: World
    bot_id: int
    params: Params


def _textual(found: Formatted, name: str) -> dict[str, Any]:
    if not found.text:
        return {}
    entities = {"text": "entities", "caption": "caption_entities"}[name]
    return {name: found.text, **({entities: found.entities} if found.entities else {})}


def _reply(call: Call, talk: Talk) -> dict[str, Any]:
    """Return the message that is answered, as Telegram nests it."""
    given = call.params.data("reply_parameters", "can't parse reply parameters JSON object")
    if given is not None and not isinstance(given, dict):
        raise bad_request("object expected as reply parameters")
    wanted = given or {}
    message_id = wanted.get("message_id") or call.params.integer("reply_to_message_id")
    if not message_id:
        return {}
    row = call.world.message(talk.chat_id, int(message_id))
    if row is not None:
        body = json.loads(row["body"])
        return {"reply_to_message": {k: v for k, v in body.items() if k != "reply_to_message"}}
    if wanted.get("allow_sending_without_reply") or call.params.flag("allow_sending_without_reply"):
        return {}
    raise bad_request("message to be replied not found")


def _send(call: Call, talk: Talk, content: dict[str, Any], kept: Markup | None) -> dict[str, Any]:
    content |= _reply(call, talk)
    if call.params.flag("protect_content"):
        content["has_protected_content"] = True
    call.world.flood.count(call.bot_id, talk.chat_id, paid=call.params.flag("allow_paid_broadcast"))
    return call.world.say(talk, content, kept)


def send_message(call: Call) -> dict[str, Any]:
    """Send a text."""
    found = message_text(call.params)
    kept = markup(call.params)
    talk = call.world.writable(call.bot_id, call.params)
    return _send(call, talk, _textual(found, "text"), kept)


def _send_file(call: Call, kind: str) -> dict[str, Any]:
    found = caption(call.params)
    kept = markup(call.params)
    talk = call.world.writable(call.bot_id, call.params)
    with call.world.store.transaction():  # a refused call leaves no file behind
        file = call.world.files.given(call.bot_id, call.params, kind)
        content = {kind: [file] if kind == "photo" else file, **_textual(found, "caption")}
        return _send(call, talk, content, kept)


def send_document(call: Call) -> dict[str, Any]:
    """Send a file."""
    return _send_file(call, "document")


def send_photo(call: Call) -> dict[str, Any]:
    """Send a picture."""
    return _send_file(call, "photo")


def _location(params: Params) -> Location:
    latitude, longitude = params.number("latitude"), params.number("longitude")
    if latitude is None:
        raise bad_request("latitude is empty")
    if longitude is None:
        raise bad_request("longitude is empty")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004
        raise bad_request("wrong latitude or longitude specified")
    return Location(longitude, latitude)


def send_location(call: Call) -> dict[str, Any]:
    """Send a point on the map."""
    point = _location(call.params)
    kept = markup(call.params)
    talk = call.world.writable(call.bot_id, call.params)
    return _send(call, talk, {"location": point.to_dict()}, kept)


def send_venue(call: Call) -> dict[str, Any]:
    """Send a place with its name and address."""
    point = _location(call.params)
    title, address = call.params.text("title"), call.params.text("address")
    if not title:
        raise bad_request("title is empty")
    if not address:
        raise bad_request("address is empty")
    kept = markup(call.params)
    talk = call.world.writable(call.bot_id, call.params)
    content = {"location": point.to_dict(), "venue": Venue(point, title, address).to_dict()}
    return _send(call, talk, content, kept)


def send_chat_action(call: Call) -> bool:
    """Show for five true seconds that the bot is busy."""
    if call.params.text("action") not in set(ChatAction):
        raise bad_request("wrong parameter action in request")
    talk = call.world.writable(call.bot_id, call.params)
    call.world.store.run(
        "UPDATE talks SET typing_until = ? WHERE bot_id = ? AND chat_id = ?",
        true_timestamp() + TYPING_SECONDS,
        call.bot_id,
        talk.chat_id,
    )
    call.world.live.tell("typing", chat_id=talk.chat_id)
    return True


# ── Changing ────────────────────────────────────────────────────────────────────────────────────
def _meant(call: Call, talk: Talk, what: str, name: str = "message_id") -> sqlite3.Row:
    """Return the message that a call means."""
    row = call.world.message(talk.chat_id, call.params.integer(name))
    if row is None or row["bot_id"] != call.bot_id:
        raise bad_request(f"{what} not found")
    return row


def _edit(
    call: Call, talk: Talk, row: sqlite3.Row, new: dict[str, Any], dropped: tuple[str, ...] = ()
) -> dict[str, Any]:
    kept = markup(call.params)
    if kept is not None and kept.kind != "inline":
        raise bad_request("inline keyboard expected")
    old = json.loads(row["body"])
    body = {k: v for k, v in old.items() if k not in {*dropped, "reply_markup"}} | new
    if kept is not None:
        body["reply_markup"] = kept.body
    if body == old:
        raise bad_request(NOT_MODIFIED)
    call.world.flood.count(call.bot_id, talk.chat_id)
    body["edit_date"] = call.world.clock.seconds()
    return call.world.rewrite(talk.chat_id, row["message_id"], body)


def _editable(call: Call) -> tuple[Talk, sqlite3.Row]:
    talk = call.world.writable(call.bot_id, call.params)
    row = _meant(call, talk, "message to edit")
    if row["sender"] != "bot" or "forward_origin" in json.loads(row["body"]):
        raise bad_request("message can't be edited")
    return talk, row


def edit_message_text(call: Call) -> dict[str, Any]:
    """Change the text of a message; it keeps its id."""
    found = message_text(call.params)
    talk, row = _editable(call)
    if "text" not in json.loads(row["body"]):
        raise bad_request("there is no text in the message to edit")
    return _edit(call, talk, row, _textual(found, "text"), ("text", "entities"))


def edit_message_caption(call: Call) -> dict[str, Any]:
    """Change the caption of a file."""
    found = caption(call.params)
    talk, row = _editable(call)
    if not any(kind in json.loads(row["body"]) for kind in MEDIA):
        raise bad_request("there is no caption in the message to edit")
    return _edit(call, talk, row, _textual(found, "caption"), ("caption", "caption_entities"))


def edit_message_reply_markup(call: Call) -> dict[str, Any]:
    """Change the buttons under a message."""
    talk, row = _editable(call)
    return _edit(call, talk, row, {})


def delete_message(call: Call) -> bool:
    """Remove a message, up to 48 hours after it was sent (by the clock that can be moved)."""
    talk = call.world.readable(call.bot_id, call.params)
    row = _meant(call, talk, "message to delete")
    if call.world.clock.seconds() - json.loads(row["body"])["date"] > DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    _remove(call.world, row)
    return True


def delete_messages(call: Call) -> bool:
    """Remove several messages; those that cannot be found are passed over."""
    talk = call.world.readable(call.bot_id, call.params)
    ids = call.params.data("message_ids", "can't parse message_ids JSON object")
    if not isinstance(ids, list) or not ids:
        raise bad_request("message identifiers are not specified")
    for message_id in ids:
        row = call.world.message(talk.chat_id, int(message_id))
        if row is not None and row["bot_id"] == call.bot_id:
            _remove(call.world, row)
    return True


def _remove(world: World, row: sqlite3.Row) -> None:
    world.store.run(
        "DELETE FROM messages WHERE chat_id = ? AND message_id = ?",
        row["chat_id"],
        row["message_id"],
    )
    world.live.tell("chat", chat_id=row["chat_id"])


# ── Copying ─────────────────────────────────────────────────────────────────────────────────────
def _original(call: Call, what: str) -> dict[str, Any]:
    source = call.world.readable(call.bot_id, call.params, "from_chat_id")
    row = _meant(call, source, what)
    body: dict[str, Any] = json.loads(row["body"])
    if row["sender"] == "service" or body.get("has_protected_content"):
        verb = what.rpartition(" ")[2]
        raise bad_request(f"message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    return body


def copy_message(call: Call) -> dict[str, Any]:
    """Send the content of a message again, as the bot's own."""
    found = caption(call.params)
    kept = markup(call.params)
    talk = call.world.writable(call.bot_id, call.params)
    original = _original(call, "message to copy")
    content = {k: original[k] for k in CONTENT if k in original}
    if "caption" in call.params.values and any(kind in content for kind in MEDIA):
        content = {k: v for k, v in content.items() if not k.startswith("caption")}
        content |= _textual(found, "caption")
    return {"message_id": _send(call, talk, content, kept)["message_id"]}


def forward_message(call: Call) -> dict[str, Any]:
    """Send a message on, with its origin."""
    talk = call.world.writable(call.bot_id, call.params)
    original = _original(call, "message to forward")
    content = {k: original[k] for k in CONTENT if k in original}
    content["forward_origin"] = original.get("forward_origin") or {
        "type": "user",
        "date": original["date"],
        "sender_user": original["from"],
    }
    return _send(call, talk, content, None)


# ── Pinning ─────────────────────────────────────────────────────────────────────────────────────
def pin_chat_message(call: Call) -> bool:
    """Pin a message; the bot gets its own pin back as a `message` update."""
    world = call.world
    talk = world.writable(call.bot_id, call.params)
    row = _meant(call, talk, "message to pin")
    if row["sender"] == "service":
        raise bad_request("message can't be pinned")
    with world.store.transaction():
        world.store.run(
            "UPDATE messages SET pinned = ? WHERE chat_id = ? AND message_id = ?",
            world.store.next_number("pins"),
            talk.chat_id,
            row["message_id"],
        )
        pinned = json.loads(row["body"])
        pinned.pop("reply_to_message", None)
        body = {"from": world.bot_user(call.bot_id), "pinned_message": pinned}
        notice = world.put(call.bot_id, talk.chat, "service", body)
        world.push(call.bot_id, talk.chat_id, "message", notice)
    world.live.tell("chat", chat_id=talk.chat_id)
    return True


def unpin_chat_message(call: Call) -> bool:
    """Unpin a message, or the one that was pinned last."""
    store = call.world.store
    talk = call.world.writable(call.bot_id, call.params)
    if call.params.integer("message_id"):
        row: sqlite3.Row | None = _meant(call, talk, "message to unpin")
    else:
        row = store.one(
            "SELECT * FROM messages WHERE chat_id = ? AND bot_id = ? AND pinned IS NOT NULL"
            " ORDER BY pinned DESC LIMIT 1",
            talk.chat_id,
            call.bot_id,
        )
    if row is None or row["pinned"] is None:
        raise bad_request("message to unpin not found")
    store.run(
        "UPDATE messages SET pinned = NULL WHERE chat_id = ? AND message_id = ?",
        talk.chat_id,
        row["message_id"],
    )
    call.world.live.tell("chat", chat_id=talk.chat_id)
    return True


def unpin_all_chat_messages(call: Call) -> bool:
    """Unpin everything in a chat."""
    talk = call.world.writable(call.bot_id, call.params)
    call.world.store.run(
        "UPDATE messages SET pinned = NULL WHERE chat_id = ? AND bot_id = ?",
        talk.chat_id,
        call.bot_id,
    )
    call.world.live.tell("chat", chat_id=talk.chat_id)
    return True
