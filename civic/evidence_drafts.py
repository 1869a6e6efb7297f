"""The evidence of news that are still being written: files of ours by SHA-256, addresses; seen by nobody before.

It stands in `update_draft`, by whoever sent it: of an update, or of a commitment that is not published yet.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from civic import files
from civic.commitments import LARGEST_EVIDENCE, Proof
from civic.errors import NotTaken
from civic.meeting_fields import is_address
from civic.public_record import Attachment
from civic.schema import Evidence, File, FileId, Meeting, PlannedAct, UpdateDraft

MOST: Final = 8
"""Pieces of evidence of one update: as many as one message names."""
LONGEST_NAME: Final = 80
_KEY: Final = 12
"""Characters by which a button names evidence."""


def add(session: Session, draft: UpdateDraft, proof: Proof) -> None:
    """Add a file (kept at once) or an address to a draft; the same again changes nothing.

    Raises NotTaken: too_many, too_large (bytes: 20 MB), not_an_address.
    """
    if proof.content is not None:
        if not 0 < len(proof.content) <= LARGEST_EVIDENCE:
            raise NotTaken("too_large", LARGEST_EVIDENCE // 1_000_000)
        piece = {"sha256": files.sha256_of(proof.content)}
    elif is_address(proof.address or ""):
        piece = {"address": proof.address or ""}
    else:
        raise NotTaken("not_an_address")
    if any(piece.items() <= each.items() for each in draft.evidence):
        return
    if len(draft.evidence) >= MOST:
        raise NotTaken("too_many", MOST)
    if proof.content is not None:
        files.keep(session, proof.content, proof.media_type)
    name = _unlike(_tidy(proof.name), {each["name"] for each in draft.evidence})
    draft.evidence = [*draft.evidence, {"name": name, **piece}]
    session.flush()


def remove(session: Session, draft: UpdateDraft, key: str) -> None:
    """Take a piece out of a draft by its key, and its file, unless it is shown elsewhere."""
    gone = [each for each in draft.evidence if key_of(each) == key]
    draft.evidence = [each for each in draft.evidence if each not in gone]
    session.flush()
    _forget(session, gone)


def let_go(session: Session, draft: UpdateDraft) -> None:
    """Delete a draft with the files that only it had."""
    gone = draft.evidence
    session.delete(draft)
    session.flush()
    _forget(session, gone)


def of_commitment(session: Session, commitment_id: int) -> list[dict[str, Any]]:
    """Give all evidence that anybody drafted for a commitment, each once; of an unpublished one it is the first."""
    rows = session.scalars(
        select(UpdateDraft.evidence).where(UpdateDraft.commitment_id == commitment_id).order_by(UpdateDraft.id)
    )
    found: dict[str, dict[str, Any]] = {}
    for piece in (piece for evidence in rows for piece in evidence):
        taken = {each["name"] for each in found.values()}
        found.setdefault(key_of(piece), {**piece, "name": _unlike(piece["name"], taken)})
    return list(found.values())


def proofs(session: Session, pieces: Sequence[dict[str, Any]]) -> tuple[Proof, ...]:
    """Give drafted evidence as an update takes it."""
    found = []
    for each in pieces:
        kept = files.fetch(session, each["sha256"]) if "sha256" in each else None
        if kept is not None:
            found.append(Proof(each["name"], kept.content, kept.media_type))
        elif "address" in each:
            found.append(Proof(each["name"], address=each["address"]))
    return tuple(found)


def attachments(session: Session, pieces: Sequence[dict[str, Any]]) -> tuple[Attachment, ...]:
    """Give drafted evidence as it will be shown (sizes in bytes)."""
    wanted = [each["sha256"] for each in pieces if "sha256" in each]
    sizes = dict(session.execute(select(File.sha256, File.size).where(File.sha256.in_(wanted))).all())
    return tuple(
        Attachment(0, each["name"], each.get("sha256"), sizes.get(each.get("sha256", "")), each.get("address"))
        for each in pieces
    )


def key_of(piece: dict[str, Any]) -> str:
    """Name a piece of evidence shortly, always the same."""
    return str(piece["sha256"] if "sha256" in piece else files.sha256_of(piece["address"].encode()))[:_KEY]


def _tidy(name: str) -> str:
    """Take a file's name on one line, without folders, not endless, its ending kept."""
    line = " ".join(name.replace("\\", "/").rpartition("/")[2].split()) if "://" not in name else name
    if "://" in name or len(line) <= LONGEST_NAME:
        return line or "file"
    ending = PurePosixPath(line).suffix[:10]
    return line[: LONGEST_NAME - len(ending)] + ending


def _unlike(name: str, taken: set[str]) -> str:
    """Number a name that another piece has: two photos are two names."""
    path, number, unlike = PurePosixPath(name), 1, name
    while unlike in taken:
        number += 1
        unlike = f"{path.stem}-{number}{path.suffix}"
    return unlike


def _forget(session: Session, pieces: list[dict[str, Any]]) -> None:
    """Delete the files of pieces that are gone."""
    forget_files(session, {each["sha256"] for each in pieces if "sha256" in each})


def forget_files(session: Session, hashes: set[str]) -> None:
    """Delete files, by SHA-256, that no update, no report and no draft has."""
    if not hashes:
        return
    drafted = {
        each.get("sha256") for (evidence,) in session.execute(select(UpdateDraft.evidence)).all() for each in evidence
    }
    for sha256 in sorted(hashes - drafted):
        shown = exists().where(Evidence.sha256 == sha256) | exists().where(Meeting.report_sha256 == sha256)
        planned = exists().where(PlannedAct.report_sha256 == sha256)
        if session.scalar(select(File.sha256).where(File.sha256 == sha256, ~shown, ~planned)):
            session.execute(delete(FileId).where(FileId.sha256 == sha256))
            session.execute(delete(File).where(File.sha256 == sha256))
