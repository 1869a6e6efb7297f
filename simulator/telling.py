"""The methods of the Bot API that ask, answer taps, and tell of the bot itself."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from telegram import (
    AcceptedGiftTypes,
    BotCommand,
    ChatFullInfo,
    File,
    MenuButton,
    MenuButtonCommands,
)
from telegram.constants import (
    BotCommandLimit,
    BotCommandScopeType,
    BotDescriptionLimit,
    BotNameLimit,
    CallbackQueryLimit,
    ChatType,
    FileSizeLimit,
)

from simulator.checks import bad_request
from simulator.clock import true_timestamp

if TYPE_CHECKING:
    from simulator.sending import Call

TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def get_me(call: Call) -> dict[str, Any]:
    """Return the bot itself."""
    return call.world.bot_user(call.bot_id) | {
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def log_out(_call: Call) -> bool:
    """Take leave of the server; here it changes nothing."""
    return True


def answer_callback_query(call: Call) -> bool:
    """Answer a tap, once and in time."""
    store = call.world.store
    query = store.one(
        "SELECT * FROM queries WHERE id = ? AND bot_id = ?",
        call.params.text("callback_query_id"),
        call.bot_id,
    )
    lives = call.world.flood.limits.query_seconds
    if query is None or true_timestamp() - query["at"] > lives:
        raise bad_request(TOO_OLD)
    text = call.params.text("text")
    if len(text) > CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    answer = {
        "text": text,
        "alert": call.params.flag("show_alert"),
        "url": call.params.text("url") or None,
        "at": call.world.clock.now().isoformat(),
    }
    store.run("UPDATE queries SET answer = ? WHERE id = ?", json.dumps(answer), query["id"])
    call.world.live.tell("chat", chat_id=query["chat_id"])
    return True


# ── Files and chats ─────────────────────────────────────────────────────────────────────────────
def get_file(call: Call) -> dict[str, Any]:
    """Return where a file can be downloaded."""
    file_id = call.params.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    row = call.world.store.one("SELECT file_id, unique_id, bot_id, size, path FROM files WHERE file_id = ?", file_id)
    if row is None or row["bot_id"] != call.bot_id:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if row["size"] > FileSizeLimit.FILESIZE_DOWNLOAD:
        raise bad_request("file is too big")
    return File(row["file_id"], row["unique_id"], row["size"], row["path"]).to_dict()


def get_chat(call: Call) -> dict[str, Any]:
    """Return a chat, with the message that was pinned last."""
    talk = call.world.readable(call.bot_id, call.params)
    names = {k: v for k, v in talk.chat.items() if k not in {"id", "type"}}
    gifts = AcceptedGiftTypes(
        unlimited_gifts=False,
        limited_gifts=False,
        unique_gifts=False,
        premium_subscription=False,
        gifts_from_channels=False,
    )
    full = ChatFullInfo(
        id=talk.chat_id,
        type=str(ChatType(talk.chat["type"])),
        accent_color_id=0,
        max_reaction_count=11,
        accepted_gift_types=gifts,
        **names,
    ).to_dict()
    pinned = call.world.store.one(
        "SELECT body FROM messages WHERE chat_id = ? AND bot_id = ? AND pinned IS NOT NULL"
        " ORDER BY pinned DESC LIMIT 1",
        talk.chat_id,
        call.bot_id,
    )
    return full if pinned is None else full | {"pinned_message": json.loads(pinned["body"])}


# ── Commands ────────────────────────────────────────────────────────────────────────────────────
def _scope(call: Call) -> str:
    """Return the place of a command list in the profile: its scope and language."""
    scope = call.params.data("scope", "can't parse BotCommandScope JSON object")
    if scope is None:
        scope = {"type": "default"}
    if not isinstance(scope, dict):
        raise bad_request("can't parse BotCommandScope: BotCommandScope must be an Object")
    if scope.get("type") not in set(BotCommandScopeType):
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    parts = [str(scope["type"]), str(scope.get("chat_id", "")), str(scope.get("user_id", ""))]
    return "|".join([*parts, _language(call)])


def _language(call: Call) -> str:
    code = call.params.text("language_code")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


def set_my_commands(call: Call) -> bool:
    """Keep a list of commands for a scope and language."""
    place = _scope(call)
    given = call.params.data("commands", "can't parse commands JSON object")
    if not isinstance(given, list):
        raise bad_request("expected an Array of BotCommand")
    if len(given) > BotCommandLimit.MAX_COMMAND_NUMBER:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    commands = []
    for one in given:
        if not isinstance(one, dict):
            raise bad_request("can't parse BotCommand: expected an Object")
        name = str(one.get("command", "")).removeprefix("/").lower()
        text = str(one.get("description", "")).strip()
        if not re.fullmatch(rf"[a-z0-9_]{{1,{BotCommandLimit.MAX_COMMAND}}}", name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not text or len(text) > BotCommandLimit.MAX_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        commands.append(BotCommand(name, text).to_dict())
    profile = call.world.profile(call.bot_id)
    profile.setdefault("commands", {})[place] = commands
    call.world.keep_profile(call.bot_id, profile)
    return True


def get_my_commands(call: Call) -> list[dict[str, Any]]:
    """Return the list of commands kept for exactly this scope and language."""
    place = _scope(call)
    return list(call.world.profile(call.bot_id).get("commands", {}).get(place, []))


def delete_my_commands(call: Call) -> bool:
    """Forget the list of commands of a scope and language."""
    place = _scope(call)
    profile = call.world.profile(call.bot_id)
    profile.setdefault("commands", {}).pop(place, None)
    call.world.keep_profile(call.bot_id, profile)
    return True


# ── Names ───────────────────────────────────────────────────────────────────────────────────────
def _set_words(call: Call, key: str, limit: int, fault: str) -> bool:
    text = call.params.text(key).strip()
    if len(text) > limit:
        raise bad_request(fault)
    profile = call.world.profile(call.bot_id)
    profile.setdefault(key, {})[_language(call)] = text
    call.world.keep_profile(call.bot_id, profile)
    return True


def _words(call: Call, key: str) -> dict[str, str]:
    kept = call.world.profile(call.bot_id).get(key, {})
    return {key: kept.get(_language(call)) or kept.get("") or ""}


def set_my_name(call: Call) -> bool:
    """Keep the bot's name in a language."""
    return _set_words(call, "name", BotNameLimit.MAX_NAME_LENGTH, "BOT_TITLE_INVALID")


def get_my_name(call: Call) -> dict[str, str]:
    """Return the bot's name in a language."""
    return {"name": _words(call, "name")["name"] or call.world.bot_user(call.bot_id)["first_name"]}


def set_my_description(call: Call) -> bool:
    """Keep what an empty chat with the bot shows."""
    limit = BotDescriptionLimit.MAX_DESCRIPTION_LENGTH
    return _set_words(call, "description", limit, "DESCRIPTION_TOO_LONG")


def get_my_description(call: Call) -> dict[str, str]:
    """Return what an empty chat with the bot shows."""
    return _words(call, "description")


def set_my_short_description(call: Call) -> bool:
    """Keep what the bot's profile shows."""
    limit = BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH
    return _set_words(call, "short_description", limit, "SHORT_DESCRIPTION_TOO_LONG")


def get_my_short_description(call: Call) -> dict[str, str]:
    """Return what the bot's profile shows."""
    return _words(call, "short_description")


def set_chat_menu_button(call: Call) -> bool:
    """Keep the menu button, of one chat or of all."""
    given = call.params.data("menu_button", "can't parse menu button JSON object")
    if given is not None and not isinstance(given, dict):
        raise bad_request("can't parse menu button: MenuButton must be an Object")
    kind = (given or {}).get("type", "default")
    if kind not in {"default", "commands", "web_app"}:
        raise bad_request("can't parse menu button: MenuButton has unsupported type")
    profile = call.world.profile(call.bot_id)
    button = MenuButton.de_json(given or {"type": "default"}, None).to_dict()
    profile.setdefault("menu", {})[_menu_chat(call)] = button
    call.world.keep_profile(call.bot_id, profile)
    return True


def get_chat_menu_button(call: Call) -> dict[str, Any]:
    """Return the menu button of a chat, or the one of all chats."""
    kept = call.world.profile(call.bot_id).get("menu", {})
    button = kept.get(_menu_chat(call)) or kept.get("") or MenuButtonCommands().to_dict()
    return dict(button)


def _menu_chat(call: Call) -> str:
    chat_id = call.params.text("chat_id")
    if chat_id:
        call.world.readable(call.bot_id, call.params)
    return chat_id
