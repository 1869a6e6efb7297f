"""The Bot API's door: a call comes in by HTTP, is checked, carried out and written down."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.web_request import FileField

from simulator import sending, telling
from simulator.checks import Params, Refusal, Upload, bad_request, not_found
from simulator.clock import true_now
from simulator.journal import Request
from simulator.sending import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.journal import Fault
    from simulator.polling import Polls
    from simulator.webhooks import Webhooks
    from simulator.world import World

log = logging.getLogger(__name__)

TOKEN = re.compile(r"(?P<bot>[1-9][0-9]{0,17}):[A-Za-z0-9_-]+")
METHODS: dict[str, Callable[[Call], Any]] = {
    "getme": telling.get_me,
    "logout": telling.log_out,
    "close": telling.log_out,
    "sendmessage": sending.send_message,
    "senddocument": sending.send_document,
    "sendphoto": sending.send_photo,
    "sendlocation": sending.send_location,
    "sendvenue": sending.send_venue,
    "sendchataction": sending.send_chat_action,
    "editmessagetext": sending.edit_message_text,
    "editmessagecaption": sending.edit_message_caption,
    "editmessagereplymarkup": sending.edit_message_reply_markup,
    "deletemessage": sending.delete_message,
    "deletemessages": sending.delete_messages,
    "copymessage": sending.copy_message,
    "forwardmessage": sending.forward_message,
    "pinchatmessage": sending.pin_chat_message,
    "unpinchatmessage": sending.unpin_chat_message,
    "unpinallchatmessages": sending.unpin_all_chat_messages,
    "answercallbackquery": telling.answer_callback_query,
    "getfile": telling.get_file,
    "getchat": telling.get_chat,
    "setmycommands": telling.set_my_commands,
    "getmycommands": telling.get_my_commands,
    "deletemycommands": telling.delete_my_commands,
    "setmyname": telling.set_my_name,
    "getmyname": telling.get_my_name,
    "setmydescription": telling.set_my_description,
    "getmydescription": telling.get_my_description,
    "setmyshortdescription": telling.set_my_short_description,
    "getmyshortdescription": telling.get_my_short_description,
    "setchatmenubutton": telling.set_chat_menu_button,
    "getchatmenubutton": telling.get_chat_menu_button,
}


class BotApi:
    """Answers `/bot<TOKEN>/METHOD` and `/file/bot<TOKEN>/PATH`."""

    def __init__(self, world: World, polls: Polls) -> None:
        self._world = world
        self._polls = polls
        self.webhooks: Webhooks | None = None

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Answer one call of a method."""
        method = request.match_info["method"]
        try:
            bot_id = self._bot(request.match_info["token"])
            params = await call_params(request)
        except Refusal as refusal:
            return _response(refusal.status, refusal.answer())
        self._world.see_bot(bot_id, request.match_info["token"])
        entry = self._enter(bot_id, method, params)
        fault = self._world.faults.take(method, entry.chat_id)
        if fault is not None:
            await asyncio.sleep(fault.delay)
            if fault.drop == "before":
                return _dropped(request, entry)
        effect = fault is None or not fault.answers or fault.carried_out or fault.drop == "after"
        if effect:
            entry.status, entry.response = await self._perform(
                bot_id, method, params, lambda: request.transport is not None
            )
        if fault is not None and fault.drop == "after":
            return _dropped(request, entry)
        if fault is not None and fault.answers:
            entry.status, entry.response = fault.answer()
        entry.late = request.transport is None
        return _response(entry.status or 200, entry.response, fault)

    async def carry_out(self, bot_id: int, method: str, params: Params) -> None:
        """Carry out a method that came in the answer to a webhook; its result goes nowhere."""
        entry = self._enter(bot_id, method, params)
        entry.status, entry.response = await self._perform(bot_id, method, params, lambda: True)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Answer with the content of a file."""
        try:
            bot_id = self._bot(request.match_info["token"])
        except Refusal as refusal:
            return _response(refusal.status, refusal.answer())
        row = self._world.files.at_path(bot_id, request.match_info["path"])
        if row is None:
            return _response(404, not_found().answer())
        return web.Response(body=row["content"], content_type="application/octet-stream")

    @staticmethod
    def _bot(token: str) -> int:
        match = TOKEN.fullmatch(token)
        if match is None:
            raise Refusal(401, "Unauthorized: invalid token specified")
        return int(match["bot"])

    def _enter(self, bot_id: int, method: str, params: Params) -> Request:
        chat_id: int | str | None = params.values.get("chat_id")
        if isinstance(chat_id, str) and chat_id.lstrip("-").isdigit():
            chat_id = int(chat_id)
        files = {k: {"file": f.name, "size": len(f.content)} for k, f in params.files.items()}
        return self._world.journal.open(
            Request(
                n=0,
                at=true_now().isoformat(),
                clock=self._world.clock.now().isoformat(),
                bot_id=bot_id,
                method=method,
                chat_id=chat_id,
                params=params.values | files,
                in_pause=isinstance(chat_id, int) and self._world.flood.paused(bot_id, chat_id),
            )
        )

    async def _perform(
        self, bot_id: int, method: str, params: Params, alive: Callable[[], bool]
    ) -> tuple[int, dict[str, Any]]:
        try:
            return 200, await self._result(bot_id, method.lower(), params, alive)
        except Refusal as refusal:
            return refusal.status, refusal.answer()
        except Exception:
            log.exception("%s failed", method)
            fault = Refusal(500, "Internal Server Error")
            return fault.status, fault.answer()

    async def _result(self, bot_id: int, method: str, params: Params, alive: Callable[[], bool]) -> dict[str, Any]:
        hooks = self.webhooks
        if method == "getupdates":
            updates = await self._polls.get_updates(bot_id, params, alive)
            return {"ok": True, "result": updates}
        if method in {"setwebhook", "deletewebhook", "getwebhookinfo"} and hooks is not None:
            if method == "getwebhookinfo":
                return {"ok": True, "result": hooks.info(bot_id)}
            change = hooks.set if method == "setwebhook" else hooks.delete
            return {"ok": True, "result": True, "description": change(bot_id, params)}
        if method not in METHODS:
            raise not_found()
        return {"ok": True, "result": METHODS[method](Call(self._world, bot_id, params))}


async def call_params(request: web.Request) -> Params:
    """Return the parameters of a request, whichever way they came; raises Refusal."""
    params = Params(dict(request.query))
    kind = request.content_type
    try:
        if kind == "application/json":
            body = await request.text()
            given = json.loads(body) if body.strip() else {}
            if not isinstance(given, dict):
                raise bad_request("request body must be a JSON object")
            params.values |= {k: v for k, v in given.items() if v is not None}
        elif request.can_read_body:
            for name, value in (await request.post()).items():
                if isinstance(value, FileField):
                    with value.file as file:
                        content = file.read()
                    params.files[name] = Upload(value.filename, value.content_type, content)
                else:
                    params.values[name] = value if isinstance(value, str) else value.decode()
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(413, "Request Entity Too Large") from None
    except (ValueError, UnicodeDecodeError):
        raise bad_request("can't parse the request") from None
    return params


def _dropped(request: web.Request, entry: Request) -> web.Response:
    """Cut the connection: the caller learns nothing."""
    entry.late = True
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _response(status: int, body: Any, fault: Fault | None = None) -> web.Response:
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "application/json"
    headers = {}
    if fault is not None:
        kind = fault.content_type or ("text/html" if text.startswith("<") else kind)
        headers = {k: str(v) for k, v in fault.headers.items()}
    return web.Response(text=text, status=status, content_type=kind, headers=headers)
