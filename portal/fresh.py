"""Answers that a browser or a feed reader keeps and asks about anew: mostly nothing has changed, and 304 says so."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from aiohttp import web


def fresh(
    request: web.Request,
    body: str | bytes,
    content_type: str,
    *,
    headers: Mapping[str, str] | None = None,
    changed: datetime | None = None,
) -> web.Response:
    """Answer with a body and its ETag, or 304 where the reader has it already.

    `changed` is when it last did (to the second, in Last-Modified); leave it out where time alone changes the body.
    """
    content = body.encode() if isinstance(body, str) else body
    answer = web.Response(
        body=content,
        content_type=content_type,
        charset="utf-8",
        headers={"Cache-Control": "no-cache", "Vary": "Accept-Language", **(headers or {})},
    )
    tag = hashlib.sha256(content).hexdigest()[:32]
    answer.etag = tag
    answer.last_modified = changed
    if _is_known(request, tag, changed):
        answer.set_status(HTTPStatus.NOT_MODIFIED)
        answer.body = None
    return answer


def _is_known(request: web.Request, tag: str, changed: datetime | None) -> bool:
    """Tell whether the reader has this very answer; a tag, where there is one, says more than a date."""
    if request.if_none_match is not None:
        return any(each.value in {tag, "*"} for each in request.if_none_match)
    since = request.if_modified_since
    return changed is not None and since is not None and changed.replace(microsecond=0) <= since
