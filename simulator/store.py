"""Where everything lives: one SQLite file that a killed process leaves whole.

What was answered is stored before the answer. Each subject's statements stand in its own module; here are
the tables, the connection and the transaction.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# `bot_id` 0 is the bot that has not shown itself yet; its rows become the first one's.
SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS bots (
    id INTEGER PRIMARY KEY, token TEXT NOT NULL, profile TEXT NOT NULL DEFAULT '{}',
    webhook TEXT, allowed TEXT) STRICT;
CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY, body TEXT NOT NULL, deactivated INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS groups (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, migrate_to INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS talks (
    bot_id INTEGER NOT NULL, chat_id INTEGER NOT NULL, started INTEGER NOT NULL DEFAULT 0,
    blocked INTEGER NOT NULL DEFAULT 0, keyboard TEXT, menu TEXT, typing_until REAL,
    PRIMARY KEY (bot_id, chat_id)) STRICT;
CREATE TABLE IF NOT EXISTS messages (
    chat_id INTEGER NOT NULL, message_id INTEGER NOT NULL, bot_id INTEGER NOT NULL,
    sender TEXT NOT NULL CHECK (sender IN ('bot', 'user', 'service')), body TEXT NOT NULL,
    keyboard TEXT, pinned INTEGER, PRIMARY KEY (chat_id, message_id)) STRICT;
CREATE TABLE IF NOT EXISTS updates (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, bot_id INTEGER NOT NULL, update_id INTEGER NOT NULL,
    chat_id INTEGER, body TEXT NOT NULL, at REAL NOT NULL, raw INTEGER NOT NULL DEFAULT 0,
    shown INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX IF NOT EXISTS updates_in_order ON updates (bot_id, update_id, seq);
CREATE INDEX IF NOT EXISTS updates_by_age ON updates (bot_id, at);
CREATE INDEX IF NOT EXISTS updates_of_chat ON updates (bot_id, chat_id, seq);
CREATE TABLE IF NOT EXISTS files (
    file_id TEXT PRIMARY KEY, unique_id TEXT NOT NULL, bot_id INTEGER NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, mime TEXT NOT NULL, size INTEGER NOT NULL, path TEXT NOT NULL UNIQUE,
    extra TEXT NOT NULL DEFAULT '{}', content BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS queries (
    id TEXT PRIMARY KEY, bot_id INTEGER NOT NULL, chat_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL, at REAL NOT NULL, answer TEXT) STRICT;
CREATE INDEX IF NOT EXISTS queries_of_chat ON queries (chat_id, at);
"""

type_of_value = str | int | float | bytes | None


class Store:
    """One connection, used by one thread (the event loop's)."""

    def __init__(self, path: Path | str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._depth = 0
        # NORMAL: a commit outlives the death of this process (not of the machine), without a sync.
        for statement in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
            self._connection.execute(f"PRAGMA {statement}")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        self._connection.close()

    def one(self, sql: str, *values: type_of_value) -> sqlite3.Row | None:
        """Return the first row, or None."""
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def rows(self, sql: str, *values: type_of_value) -> list[sqlite3.Row]:
        """Return all rows."""
        return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, *values: type_of_value) -> int:
        """Carry out a statement; return how many rows it changed."""
        return self._connection.execute(sql, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all of it or nothing; an inner one joins the outer."""
        if self._depth == 0:
            self._connection.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("ROLLBACK")
            raise
        self._depth -= 1
        if self._depth == 0:
            self._connection.execute("COMMIT")

    def setting(self, key: str) -> Any:
        """Return what was kept under a key, or None."""
        row = self.one("SELECT value FROM settings WHERE key = ?", key)
        return None if row is None else json.loads(row["value"])

    def keep(self, key: str, value: object) -> None:
        """Keep a value (as JSON) under a key."""
        self.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", key, json.dumps(value))

    def next_number(self, counter: str, *, above: int = 0) -> int:
        """Count on: each number once, also after a restart, and all of them over `above`."""
        row = self.one(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name)"
            " DO UPDATE SET value = max(value, ?) + 1 RETURNING value",
            counter,
            above + 1,
            above,
        )
        return int(row["value"]) if row is not None else above + 1
