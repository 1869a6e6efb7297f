"""The world that bots and people share: who is there, their chats, and what is said in them.

The Bot API and the control API are two doors to it.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from telegram import Chat, Message, TelegramObject, Update, User

from simulator.checks import Params, Refusal, bad_request
from simulator.clock import Clock, true_timestamp
from simulator.files import Files
from simulator.flood import Flood
from simulator.journal import Faults, Journal
from simulator.live import Live
from simulator.pulse import Pulse

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from simulator.checks import Markup
    from simulator.store import Store

NOBODY = 0
DAY_SECONDS = 86_400.0
# What a bot gets without asking for it: all but these.
ASKED_FOR = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
# Service marks that the types always write and Telegram only when they are set.
MARKS = frozenset({"channel_chat_created", "delete_chat_photo", "group_chat_created", "supergroup_chat_created"})


@dataclass(frozen=True)
class Talk:
    """A bot's chat with a person or a group, as the bot may use it."""

    bot_id: int
    chat_id: int
    chat: dict[str, Any]
    started: bool
    blocked: bool


@dataclass
class World:
    """Everything there is, over one store."""

    store: Store
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    live: Live = field(default_factory=Live)
    on_update: Callable[[int, int | None], None] = lambda _bot, _chat: None

    def __post_init__(self) -> None:
        self.clock = Clock(self.store, lambda: self.live.tell("clock", **self.clock.state()))
        self.flood = Flood(self.store)
        self.files = Files(self.store)
        self.updates: defaultdict[int, Pulse] = defaultdict(Pulse)
        self.last_bot: int = self.store.setting("last_bot") or NOBODY

    # ── Bots ────────────────────────────────────────────────────────────────────────────────────
    def see_bot(self, bot_id: int, token: str) -> None:
        """Note which bot calls; the first one gets what was said to nobody yet."""
        if self.last_bot == bot_id:
            return
        with self.store.transaction():
            new = self.store.run("INSERT OR IGNORE INTO bots (id, token) VALUES (?, ?)", bot_id, token)
            if self.last_bot == NOBODY:
                for table in ("talks", "messages", "updates", "files", "queries"):
                    self.store.run(f"UPDATE {table} SET bot_id = ? WHERE bot_id = 0", bot_id)  # noqa: S608
            self.store.keep("last_bot", bot_id)
        self.last_bot = bot_id
        if new:
            self.live.tell("bot")

    def profile(self, bot_id: int) -> dict[str, Any]:
        """Return what a bot told of itself: names, descriptions, commands, menu."""
        row = self.store.one("SELECT profile FROM bots WHERE id = ?", bot_id)
        return {} if row is None else dict(json.loads(row["profile"]))

    def keep_profile(self, bot_id: int, profile: dict[str, Any]) -> None:
        """Keep what a bot told of itself."""
        self.store.run("UPDATE bots SET profile = ? WHERE id = ?", json.dumps(profile), bot_id)
        self.live.tell("bot")

    def bot_user(self, bot_id: int) -> dict[str, Any]:
        """Return the bot as a Telegram user."""
        names = self.profile(bot_id).get("name", {})
        name = names.get("") or "Bot"
        return User(bot_id, name, is_bot=True, username=f"simulated_{bot_id}_bot").to_dict()

    # ── People and chats ────────────────────────────────────────────────────────────────────────
    def person(self, user_id: int) -> dict[str, Any] | None:
        """Return a person as a Telegram user, or None."""
        row = self.store.one("SELECT body FROM people WHERE id = ?", user_id)
        return None if row is None else dict(json.loads(row["body"]))

    def chat(self, chat_id: int) -> dict[str, Any] | None:
        """Return a chat as Telegram shows it, or None."""
        if chat_id < 0:
            group = self.store.one("SELECT * FROM groups WHERE id = ?", chat_id)
            if group is None:
                return None
            kind = Chat.SUPERGROUP if str(chat_id).startswith("-100") else Chat.GROUP
            return Chat(chat_id, kind, title=group["title"]).to_dict()
        user = self.person(chat_id)
        if user is None:
            return None
        names: dict[str, Any] = {k: user[k] for k in ("first_name", "last_name", "username") if k in user}
        return {"id": chat_id, "type": str(Chat.PRIVATE), **names}

    def talk(self, bot_id: int, chat_id: int) -> sqlite3.Row | None:
        """Return the stored state of a bot's chat, or None when neither ever began it."""
        return self.store.one("SELECT * FROM talks WHERE bot_id = ? AND chat_id = ?", bot_id, chat_id)

    def readable(self, bot_id: int, params: Params, name: str = "chat_id") -> Talk:
        """Return the chat that a call means; refuses what the bot has never seen."""
        given = params.text(name).strip()
        if not given:
            raise bad_request(f"{name} is empty")
        if given.startswith("@") or not given.lstrip("-").isdigit():
            raise bad_request("chat not found")
        chat_id = int(given)
        if self.store.one("SELECT 1 FROM bots WHERE id = ?", chat_id):
            raise Refusal(403, "Forbidden: bot can't send messages to bots")
        chat = self.chat(chat_id)
        state = self.talk(bot_id, chat_id)
        if chat is None or (chat_id > 0 and (state is None or not state["started"])):
            raise bad_request("chat not found")
        blocked = bool(state and state["blocked"])
        return Talk(bot_id, chat_id, chat, started=True, blocked=blocked)

    def writable(self, bot_id: int, params: Params) -> Talk:
        """Return the chat that a call may write to; refuses as Telegram does."""
        talk = self.readable(bot_id, params)
        if talk.chat_id < 0:
            group = self.store.one("SELECT migrate_to FROM groups WHERE id = ?", talk.chat_id)
            if group is not None and group["migrate_to"]:
                what = "Bad Request: group chat was upgraded to a supergroup chat"
                raise Refusal(400, what, migrate_to_chat_id=group["migrate_to"])
        elif self.deactivated(talk.chat_id):
            raise Refusal(403, "Forbidden: user is deactivated")
        if talk.blocked:
            what = "user" if talk.chat_id > 0 else "group"
            raise Refusal(
                403,
                "Forbidden: bot was blocked by the user"
                if what == "user"
                else "Forbidden: bot was kicked from the group chat",
            )
        return talk

    def deactivated(self, user_id: int) -> bool:
        """Whether a person has left Telegram."""
        row = self.store.one("SELECT deactivated FROM people WHERE id = ?", user_id)
        return bool(row and row["deactivated"])

    def begin(self, bot_id: int, chat_id: int) -> None:
        """Note that a person wrote to a bot: from now on it may write to them."""
        self.store.run(
            "INSERT INTO talks (bot_id, chat_id, started) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET started = 1",
            bot_id,
            chat_id,
        )

    # ── Messages ────────────────────────────────────────────────────────────────────────────────
    def message(self, chat_id: int, message_id: int) -> sqlite3.Row | None:
        """Return a stored message, or None."""
        return self.store.one("SELECT * FROM messages WHERE chat_id = ? AND message_id = ?", chat_id, message_id)

    def put(self, bot_id: int, chat: dict[str, Any], sender: str, body: dict[str, Any]) -> dict[str, Any]:
        """Store a new message of a chat and return it as Telegram shows it."""
        chat_id = chat["id"]
        counter = "messages" if chat_id > 0 else f"messages{chat_id}"
        message_id = self.store.next_number(counter)
        whole = {"message_id": message_id, "date": self.clock.seconds(), "chat": chat, **body}
        shown = as_sent(Message.de_json(whole, None))
        self.store.run(
            "INSERT INTO messages (chat_id, message_id, bot_id, sender, body) VALUES (?,?,?,?,?)",
            chat_id,
            message_id,
            bot_id,
            sender,
            json.dumps(shown),
        )
        return shown

    def say(self, talk: Talk, body: dict[str, Any], markup: Markup | None) -> dict[str, Any]:
        """Let a bot say something in a chat; a reply keyboard becomes the chat's."""
        with self.store.transaction():
            content = {"from": self.bot_user(talk.bot_id), **body}
            if markup is not None and markup.kind == "inline":
                content["reply_markup"] = markup.body
            said = self.put(talk.bot_id, talk.chat, "bot", content)
            if markup is not None and markup.kind != "inline":
                self._keep_keyboard(talk, said["message_id"], markup)
            self.store.run(
                "UPDATE talks SET typing_until = NULL WHERE bot_id = ? AND chat_id = ? AND typing_until IS NOT NULL",
                talk.bot_id,
                talk.chat_id,
            )
        self.live.tell("chat", chat_id=talk.chat_id)
        return said

    def _keep_keyboard(self, talk: Talk, message_id: int, markup: Markup) -> None:
        sent = json.dumps(markup.body)
        self.store.run(
            "UPDATE messages SET keyboard = ? WHERE chat_id = ? AND message_id = ?",
            sent,
            talk.chat_id,
            message_id,
        )
        if markup.kind != "force":
            self.store.run(
                "INSERT INTO talks (bot_id, chat_id, keyboard) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET keyboard = excluded.keyboard",
                talk.bot_id,
                talk.chat_id,
                sent if markup.kind == "keyboard" else None,
            )

    def rewrite(self, chat_id: int, message_id: int, body: dict[str, Any]) -> dict[str, Any]:
        """Put a changed message in the place of the old one."""
        shown = as_sent(Message.de_json(body, None))
        self.store.run(
            "UPDATE messages SET body = ? WHERE chat_id = ? AND message_id = ?",
            json.dumps(shown),
            chat_id,
            message_id,
        )
        self.live.tell("chat", chat_id=chat_id)
        return shown

    # ── Updates ─────────────────────────────────────────────────────────────────────────────────
    def push(self, bot_id: int, chat_id: int | None, kind: str, content: dict[str, Any]) -> None:
        """Let an update wait for a bot, unless it does not want this kind."""
        row = self.store.one("SELECT allowed FROM bots WHERE id = ?", bot_id)
        allowed = json.loads(row["allowed"]) if row is not None and row["allowed"] else []
        if (kind not in allowed) if allowed else (kind in ASKED_FOR):
            return
        update_id = self.store.next_number("updates")
        update = as_sent(Update.de_json({"update_id": update_id, kind: content}, None))
        self.queue(bot_id, chat_id, update)

    def forget_old(self, bot_id: int) -> None:
        """Drop the updates that nobody fetched for 24 true hours."""
        yesterday = true_timestamp() - DAY_SECONDS
        self.store.run("DELETE FROM updates WHERE bot_id = ? AND at < ?", bot_id, yesterday)

    def queue(self, bot_id: int, chat_id: int | None, update: dict[str, Any], *, raw: bool = False) -> None:
        """Store an update as it stands and wake whoever fetches or delivers it."""
        with self.store.transaction():
            self.forget_old(bot_id)
            self.store.run(
                "INSERT INTO updates (bot_id, update_id, chat_id, body, at, raw) VALUES (?, ?, ?, ?, ?, ?)",
                bot_id,
                update["update_id"],
                chat_id,
                json.dumps(update),
                true_timestamp(),
                int(raw),
            )
        self.updates[bot_id].beat()
        self.on_update(bot_id, chat_id)


def as_sent(whole: TelegramObject) -> dict[str, Any]:
    """Return a checked object as Telegram sends it: without the marks that are not set."""
    shown: dict[str, Any] = _without_marks(whole.to_dict())
    return shown


def _without_marks(part: Any) -> Any:
    if isinstance(part, dict):
        return {k: _without_marks(v) for k, v in part.items() if not (v is False and k in MARKS)}
    return [_without_marks(one) for one in part] if isinstance(part, list) else part


def fresh_id() -> str:
    """Return an identifier nobody can guess."""
    return secrets.token_urlsafe(18)
