"""Files that a public meeting or commitment shows, and the looks of the pages."""

import re
from typing import Final
from urllib.parse import quote

from aiohttp import web

from civic import public_record
from civic.files import StoredFile
from portal.reader import ICON, ICON_PATH, PORTAL, STYLE, STYLE_PATH

SHOWN: Final = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
"""Types that open in the browser, by how their content begins; any other file is saved."""

FILE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; object-src 'self'"
FOR_GOOD: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def add_files(application: web.Application) -> None:
    """Serve files, the style and the icon."""
    application.router.add_get("/files/{sha256}/{name}", _file)
    application.router.add_get(STYLE_PATH, _style)
    application.router.add_get(ICON_PATH, _icon)


async def _file(request: web.Request) -> web.Response:
    sha256, name = request.match_info["sha256"], request.match_info["name"]
    found = None
    if _SHA256.fullmatch(sha256) and "\0" not in name:
        found = await request.app[PORTAL].store.reading(public_record.shown_file, sha256, name)
    if found is None:
        raise web.HTTPNotFound
    tag = f'"{sha256}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "no-cache",  # it may be withdrawn: ask each time, mostly answered 304
        "Content-Security-Policy": FILE_POLICY,
        "Content-Disposition": f"{_disposition(found)}; filename*=UTF-8''{quote(name, safe='')}",
    }
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.content, content_type=found.media_type, headers=headers)


def _disposition(file: StoredFile) -> str:
    begins = SHOWN.get(file.media_type)
    return "inline" if begins and file.content.startswith(begins) else "attachment"


async def _style(_request: web.Request) -> web.Response:
    return web.Response(body=STYLE, content_type="text/css", charset="utf-8", headers=FOR_GOOD)


async def _icon(_request: web.Request) -> web.Response:
    return web.Response(body=ICON, content_type="image/svg+xml", headers=FOR_GOOD)
