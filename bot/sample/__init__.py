"""A sample to look at and to copy: a meeting of the town of Puerto Sereno, its report, and its commitments."""

from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from civic import convening, imports, meeting_file
from civic.audit import BY_COMMAND
from civic.meeting_fields import Attachment
from civic.meeting_file import MeetingFile
from civic.schema import Meeting
from civic.store import Store

HERE: Final = Path(__file__).parent
MEETING: Final = HERE / "encuentro-agua.yaml"
COMMITMENTS: Final = HERE / "compromisos.yaml"


def load(store: Store, now: datetime) -> bool:
    """Import the sample meeting, 20 days ahead, and convene it; False where there is any meeting: then nothing."""
    parsed, report = meeting_file.parse(MEETING.read_bytes(), HERE, now=now)
    return store.write(_load, parsed, report, now)


def _load(session: Session, parsed: MeetingFile, report: Attachment | None, now: datetime) -> bool:
    if session.scalar(select(exists().select_from(Meeting))):
        return False
    imports.import_meeting(session, parsed, report, actor=BY_COMMAND, now=now)
    convening.convene(session, parsed.meeting.code, actor=BY_COMMAND, now=now)
    return True
