"""Files live in the database, by their content: a redeploy loses none."""

import hashlib
from dataclasses import dataclass

from sqlalchemy.orm import Session, undefer

from civic.schema import File, FileId


@dataclass(frozen=True)
class StoredFile:
    """A file's content and what it is."""

    sha256: str
    media_type: str
    content: bytes


def sha256_of(content: bytes) -> str:
    """Name content by its SHA-256 (hex)."""
    return hashlib.sha256(content).hexdigest()


def keep(session: Session, content: bytes, media_type: str) -> str:
    """Store a file once and give its SHA-256 (hex)."""
    sha256 = sha256_of(content)
    if session.get(File, sha256) is None:
        session.add(File(sha256=sha256, media_type=media_type, size=len(content), content=content))
        session.flush()
    return sha256


def fetch(session: Session, sha256: str) -> StoredFile | None:
    """Give a stored file whole."""
    row = session.get(File, sha256, options=[undefer(File.content)])
    return None if row is None else StoredFile(row.sha256, row.media_type, row.content)


def telegram_id(session: Session, bot_id: int, sha256: str) -> str | None:
    """Give Telegram's id of a file that this bot has sent before."""
    row = session.get(FileId, (bot_id, sha256))
    return row.telegram_id if row else None


def learn_telegram_id(session: Session, bot_id: int, sha256: str, telegram_id: str | None) -> None:
    """Keep Telegram's id of a file for this bot; None forgets one that Telegram refused."""
    row = session.get(FileId, (bot_id, sha256))
    if row is not None and telegram_id is not None:
        row.telegram_id = telegram_id
    elif row is not None:
        session.delete(row)
    elif telegram_id is not None:
        session.add(FileId(bot_id=bot_id, sha256=sha256, telegram_id=telegram_id))
