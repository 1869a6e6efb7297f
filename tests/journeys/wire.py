"""The way to a PostgreSQL, as a journey may cut it."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

SOCKET: Final = ".s.PGSQL.5432"


class Wire:
    """The way to a PostgreSQL, which can be cut: nobody is reached then, and who was is no more."""

    def __init__(self, server: str, folder: Path) -> None:
        """Lay it, cut still, from a folder to the server of an address; `url` is the database's at this end."""
        here = make_url(server)
        self._server = Path(str(here.query["host"])) / SOCKET
        self._socket = folder / SOCKET
        self.url = here.update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)
        self._listening: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Let everybody through."""
        self._listening = await asyncio.start_unix_server(self._join, self._socket)

    async def cut(self) -> None:
        """Let nobody through, and end what is open."""
        if self._listening:
            self._listening.close()
            self._socket.unlink(missing_ok=True)
        for end in self._ends:
            end.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._server)
        self._ends |= {writer, far_writer}
        await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))
        self._ends -= {writer, far_writer}


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while said := await reader.read(65536):
            writer.write(said)
            await writer.drain()
    writer.close()
