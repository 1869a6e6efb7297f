"""What keeps the database from working: nobody's words are at fault, and what was asked can be done when it is over.

It may not answer, be full, be there to be read alone, or be damaged; some of it passes, some of it an operator cures.
"""

import sqlite3
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError

BUSY: Final = "another program keeps it locked"
DAMAGED: Final = "it is damaged, or no database"
FULL: Final = "its disk is full"
READ_ONLY: Final = "it can be read alone"
SILENT: Final = "it does not answer"
UNWELL: Final = "its server or its disk is in trouble"

_OF_SQLITE: Final = {
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_NOMEM: UNWELL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_IOERR: UNWELL,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_CANTOPEN: UNWELL,
    sqlite3.SQLITE_PROTOCOL: BUSY,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}
"""By primary result code; all others are faults in what we said to it."""
_OF_POSTGRESQL: Final = {
    "53100": FULL,
    "25006": READ_ONLY,
    "XX001": DAMAGED,
    "XX002": DAMAGED,
    "55P03": BUSY,
    "40001": BUSY,
    "40P01": BUSY,
}
_CLASSES_OF_POSTGRESQL: Final = {"08": SILENT, "57": SILENT, "53": UNWELL, "58": UNWELL}
_NOT_CURED_BY_WAITING: Final = ("FATAL", "sslmode", "invalid")
_STARTING: Final = "the database system"


def outage(error: BaseException) -> str | None:
    """Say what keeps the database from working, for an operator; None for any other fault."""
    if not isinstance(error, DBAPIError):
        return None
    match error.orig:
        case sqlite3.Error() as said:
            return _OF_SQLITE.get(getattr(said, "sqlite_errorcode", 0) & 0xFF)
        case psycopg.Error(sqlstate=None) as said:
            lost = isinstance(said, psycopg.OperationalError) or error.connection_invalidated
            return SILENT if lost else None
        case psycopg.Error(sqlstate=str(state)):
            return _OF_POSTGRESQL.get(state) or _CLASSES_OF_POSTGRESQL.get(state[:2])
        case _:
            return None


def comes_by_itself(error: BaseException) -> bool:
    """Tell a served database that is not up yet from what waiting does not cure: a wrong password, a full disk."""
    if outage(error) != SILENT or not isinstance(error, DBAPIError):
        return False
    said = str(error.orig)
    return _STARTING in said or not any(word in said for word in _NOT_CURED_BY_WAITING)
