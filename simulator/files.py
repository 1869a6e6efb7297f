"""Files, up and down: what was sent once can be sent again by its id, by the same bot."""

from __future__ import annotations

import base64
import hashlib
import json
import mimetypes
import secrets
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from telegram.constants import FileSizeLimit

from simulator.checks import Params, Refusal, Upload, bad_request

if TYPE_CHECKING:
    import sqlite3

    from simulator.store import Store

UNKNOWN = "application/octet-stream"
PHOTO_SIDES = 10_000  # width and height together
PHOTO_RATIO = 20


class NotAPicture(Exception):
    """What came as a photo is none."""


@dataclass(frozen=True)
class Files:
    """The files of all bots."""

    store: Store

    def find(self, file_id: str) -> sqlite3.Row | None:
        """Return a file with its content, or None."""
        return self.store.one("SELECT * FROM files WHERE file_id = ?", file_id)

    def at_path(self, bot_id: int, path: str) -> sqlite3.Row | None:
        """Return the file under a download path of a bot, or None."""
        return self.store.one("SELECT * FROM files WHERE bot_id = ? AND path = ?", bot_id, path)

    def keep(self, bot_id: int, kind: str, upload: Upload, **extra: int) -> dict[str, Any]:
        """Keep a file and return it as Telegram shows it (for a photo, its one size).

        Raises NotAPicture when a photo cannot be read as one.
        """
        if kind == "photo":
            extra |= _sides(upload.content)
        elif kind == "sticker":
            extra |= {"width": 512, "height": 512}
        digest = base64.urlsafe_b64encode(hashlib.sha256(upload.content).digest())[:15].decode()
        file_id = f"{kind[:2].upper()}{bot_id}-{secrets.token_urlsafe(30)}"
        number = self.store.next_number("files")
        suffix = "." + upload.name.rpartition(".")[2] if "." in upload.name else ""
        told = "" if upload.mime == UNKNOWN else upload.mime  # clients that do not know say so
        mime = told or mimetypes.guess_type(upload.name)[0] or UNKNOWN
        self.store.run(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            file_id,
            f"{kind[:2]}{digest}",
            bot_id,
            kind,
            upload.name,
            mime,
            len(upload.content),
            f"{kind}s/file_{number}{suffix}",
            json.dumps(extra),
            upload.content,
        )
        return self.shown(file_id)

    def shown(self, file_id: str) -> dict[str, Any]:
        """Return a file as a message holds it."""
        row = self.store.one(
            "SELECT file_id, unique_id, kind, name, mime, size, extra FROM files WHERE file_id = ?",
            file_id,
        )
        if row is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        shown = {
            "file_id": row["file_id"],
            "file_unique_id": row["unique_id"],
            "file_size": row["size"],
            **json.loads(row["extra"]),
        }
        match row["kind"]:
            case "document":
                shown |= {"file_name": row["name"], "mime_type": row["mime"]}
            case "voice":
                shown["mime_type"] = row["mime"]
            case "sticker":
                shown |= {"type": "regular", "is_animated": False, "is_video": False}
        return shown

    def given(self, bot_id: int, params: Params, kind: str) -> dict[str, Any]:
        """Return the file that a call sends: an upload, or the id of one that this bot has seen."""
        upload = params.upload(kind)
        if upload is not None:
            if not upload.content:
                raise bad_request("file must be non-empty")
            if kind == "photo" and len(upload.content) > FileSizeLimit.PHOTOSIZE_UPLOAD:
                raise Refusal(413, "Request Entity Too Large")
            try:
                return self.keep(bot_id, kind, upload)
            except NotAPicture:
                raise bad_request("IMAGE_PROCESS_FAILED") from None
        file_id = params.text(kind)
        if not file_id:
            raise bad_request(f"there is no {kind} in the request")
        if file_id.startswith(("http://", "https://")):
            # Nothing leaves this machine; Telegram says the same of an address it cannot reach.
            raise bad_request("failed to get HTTP URL content")
        row = self.store.one("SELECT bot_id, kind FROM files WHERE file_id = ?", file_id)
        if row is None or row["bot_id"] != bot_id:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if row["kind"] != kind:
            raise bad_request(f"can't use file of type {row['kind'].capitalize()} as {kind.capitalize()}")
        return self.shown(file_id)


def _sides(content: bytes) -> dict[str, int]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(content)) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, OSError):
        raise NotAPicture from None
    if width + height > PHOTO_SIDES or max(width, height) > PHOTO_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return {"width": width, "height": height}
