"""Photos and documents that are too large, empty, or do not come: said kindly, nothing kept; the next try is taken."""

from typing import Any

import pytest
from aiogram.types import Update
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic.schema import Commitment, FailedUpdate, File, UpdateDraft
from tests.civic import test_commitments as made
from tests.handlers.conftest import Talking, texts
from tests.handlers.test_organiser import organiser, photo, to_update

TOO_LARGE = 20_000_001


async def _updating(talking: Talking) -> int:
    """Bring an organiser who is writing an update of a published commitment."""
    talking.store.write(made.published)
    rosa = await organiser(talking)
    await to_update(talking, rosa)
    return rosa


def _kept(session: Session) -> tuple[int, list[Any]]:
    assert session.scalars(select(FailedUpdate)).all() == []
    assert session.scalars(select(Commitment)).one().published_at is not None
    drafts = session.scalars(select(UpdateDraft.evidence)).all()
    return len(session.scalars(select(File.sha256)).all()), [piece["name"] for pieces in drafts for piece in pieces]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "description": "Internal Server Error"},
        {"status": 400, "description": "Bad Request: file is too big"},
        {"status": 404, "description": "Not Found"},
        {"status": 502, "body": "<html>Bad Gateway</html>"},
        {"drop": "before"},
        {"drop": "after"},
    ],
    ids=str,
)
async def test_a_photo_that_does_not_come_is_asked_for_again(talking: Talking, fault: dict[str, Any]) -> None:
    rosa = await _updating(talking)
    await talking.telegram.fault("getFile", **fault)
    await talking.telegram.send_file(rosa, "photo", "a.jpg", photo())
    said = await talking.answered(rosa)
    await talking.telegram.no_faults()
    assert "No pude recibir ese archivo" in "\n".join(texts(said))
    assert talking.store.read(_kept) == (0, [])
    await talking.telegram.send_file(rosa, "photo", "a.jpg", photo())
    await talking.answered(rosa)
    assert talking.store.read(_kept)[0] == 1


@pytest.mark.parametrize("size", [0, TOO_LARGE])
async def test_an_empty_or_huge_document_is_refused(talking: Talking, size: int) -> None:
    rosa = await _updating(talking)
    who = {"id": rosa, "is_bot": False, "first_name": "Rosa", "language_code": "es"}
    if size:  # Telegram lets nobody fetch it: only its size is known
        document = {"file_id": "x", "file_unique_id": "x", "file_name": "a.pdf", "file_size": size}
        message = {
            "message_id": 1,
            "date": 1,
            "chat": {"id": rosa, "type": "private"},
            "from": who,
            "document": document,
        }
        update = Update.model_validate({"update_id": 9_900_001, "message": message}, context={"bot": talking.bot})
        await talking.feed(update)
    else:
        await talking.telegram.send_file(rosa, "document", "a.pdf", b"")
    said = await talking.answered(rosa)
    assert "20 MB" in "\n".join(texts(said))
    assert talking.store.read(_kept) == (0, [])
