"""Who reads a page: the language asked for, kept in the links, and pages rendered in it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from civic.public_record import Attachment
from civic.store import Store
from locales import LANGUAGES, choose, names, translator
from messages.voice import Links, Voice
from portal.fresh import fresh


@dataclass(frozen=True)
class Portal:
    """What the pages are given: nothing is global."""

    store: Store
    clock: Callable[[], datetime]
    links: Links


PORTAL: Final = web.AppKey("portal", Portal)

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates", encoding="utf-8"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _named_by_content(name: str) -> tuple[str, bytes]:
    """Read a file of the pages' looks; its address holds its hash, so that a browser keeps it for good."""
    content = (Path(__file__).parent / "static" / name).read_bytes()
    stem, _, kind = name.partition(".")
    return f"/{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{kind}", content


STYLE_PATH, STYLE = _named_by_content("style.css")
ICON_PATH, ICON = _named_by_content("icon.svg")
FEED_PATH: Final = "/feed.atom"


class Reader:
    """One request: its language and the moment it is answered for."""

    def __init__(self, request: web.Request, *, negotiates: bool = True) -> None:
        """Take the language that `?lang=` asks for, else the browser's (where it negotiates), else ours."""
        self.request = request
        self.portal = request.app[PORTAL]
        asked = request.query.get("lang")
        self._kept = asked if asked in LANGUAGES else None
        wanted = request.headers.get("Accept-Language", "") if negotiates else ""
        language = self._kept or accepted(wanted, self.portal.links.locale)
        self.now = self.portal.clock()
        self.voice = Voice(translator(language, self.portal.links.locale), self.portal.links, self.now, years=True)

    async def look(self, looking: Callable[..., Any], *args: Any) -> Any:
        """Read one consistent state."""
        return await self.portal.store.reading(looking, *args)

    def url(self, path: str, language: str | None = None) -> str:
        """Address a page of ours; a language that was chosen stays chosen."""
        kept = language or self._kept
        return f"{path}?lang={kept}" if kept else path

    def address(self, path: str) -> str:
        """Address a page of ours in full, for who reads it elsewhere: by its public address, where it has one."""
        return self.portal.links.page(path) or f"{self.request.scheme}://{self.request.host}{path}"

    def proof(self, proof: Attachment) -> str:
        """Address evidence in full: a file of ours, or where its author keeps it."""
        return proof.address or self.address(f"/files/{proof.sha256}/{quote(proof.name, safe='')}")

    def page(self, template: str, status: int = HTTPStatus.OK, **data: Any) -> web.Response:
        """Render a page in the reader's language."""
        voice = self.voice
        text = _TEMPLATES.get_template(template).render(
            voice=voice,
            gettext=voice.t.gettext,
            ngettext=voice.t.ngettext,
            url=self.url,
            path=self.request.path,
            languages=[(code, names(code)[0]) for code in LANGUAGES],
            style=STYLE_PATH,
            icon=ICON_PATH,
            feed=f"{FEED_PATH}?lang={voice.language}",
            **data,
        )
        headers = {"Content-Language": voice.language}
        if status == HTTPStatus.OK:
            return fresh(self.request, text, "text/html", headers=headers)
        headers |= {"Vary": "Accept-Language", "Cache-Control": "no-store"}
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def accepted(header: str, region: str) -> str:
    """Choose the language that a browser wants most among ours; the installation's when it wants none of them."""
    wanted = []
    for place, part in enumerate(header.split(",")):
        tag, _, quality = part.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        language = tag.strip().lower().split("-")[0]
        if language in LANGUAGES and weight > 0:
            wanted.append((-weight, place, language))
    return min(wanted)[2] if wanted else choose(None, region)
