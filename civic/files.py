"""Files live in the database, by their content: a redeploy loses none."""

import hashlib
from dataclasses import dataclass

from sqlalchemy.orm import Session, undefer

from civic.schema import File


@dataclass(frozen=True)
class StoredFile:
    """A file's content and what it is."""

    sha256: str
    media_type: str
    content: bytes


def keep(session: Session, content: bytes, media_type: str) -> str:
    """Store a file once and give its SHA-256 (hex)."""
    sha256 = hashlib.sha256(content).hexdigest()
    if session.get(File, sha256) is None:
        session.add(File(sha256=sha256, media_type=media_type, size=len(content), content=content))
        session.flush()
    return sha256


def fetch(session: Session, sha256: str) -> StoredFile | None:
    """Give a stored file whole."""
    row = session.get(File, sha256, options=[undefer(File.content)])
    return None if row is None else StoredFile(row.sha256, row.media_type, row.content)
