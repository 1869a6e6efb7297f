"""Each limit and refusal of Telegram is a row: the offending call is sent raw, and its answer compared."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.simulator_process import Telegram

TOKEN = "123:abc"
OTHER = "456:def"
WRITER, STRANGER, BLOCKER, GONE = 501, 502, 503, 504
OLD_GROUP, NEW_GROUP = -5, -1005
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are"
    " exactly the same as a current content and reply markup of the message"
)
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
MEBIBYTE = 1 << 20


Content = bytes | int  # or so many zeros


def content_of(content: Content) -> bytes:
    return bytes(content) if isinstance(content, int) else content


@dataclass
class Scene:
    """A chat in which something can go wrong."""

    telegram: Telegram
    said: int  # a text of the bot's
    heard: int  # a text of the person's
    file: int  # a document of the bot's
    file_id: str
    foreign_file_id: str
    big_file_id: str

    async def call(self, method: str, files: dict[str, Content], **params: Any) -> tuple[int, Any]:
        """Call a method raw."""
        if not files:
            return await self.telegram.call(TOKEN, method, **params)
        form = aiohttp.FormData({k: str(v) for k, v in params.items()})
        for name, content in files.items():
            form.add_field(name, BytesIO(content_of(content)), filename=name)
        url = f"{self.telegram.url}/bot{TOKEN}/{method}"
        async with self.telegram.session.post(url, data=form) as response:
            return response.status, await response.json()


@pytest_asyncio.fixture(scope="module")
async def scene(shared_telegram: Telegram) -> Scene:
    telegram = shared_telegram
    await telegram.call(TOKEN, "getMe")
    await telegram.call(OTHER, "getMe")
    for person in (WRITER, STRANGER, BLOCKER, GONE):
        await telegram.user(person, first_name=f"P{person}")
    await telegram.group(OLD_GROUP, "Vereda", migrate_to=NEW_GROUP)
    heard = await telegram.send(WRITER, "hola", bot=123)
    for person in (BLOCKER, GONE):
        await telegram.send(person, "hola", bot=123)
    await telegram.send(WRITER, "hola", bot=456)
    await telegram.control("POST", f"chats/{BLOCKER}/block", {"blocked": True, "bot": 123})
    await telegram.user(GONE, deactivated=True)
    _, said = await telegram.call(TOKEN, "sendMessage", chat_id=WRITER, text="Buenas")
    made = Scene(telegram, said["result"]["message_id"], heard["message_id"], 0, "", "", "")
    _, sent = await made.call("sendDocument", {"document": b"one"}, chat_id=WRITER)
    made.file = sent["result"]["message_id"]
    made.file_id = sent["result"]["document"]["file_id"]
    form = aiohttp.FormData({"chat_id": str(WRITER)})
    form.add_field("document", b"theirs", filename="theirs.txt")
    async with telegram.session.post(f"{telegram.url}/bot{OTHER}/sendDocument", data=form) as sending:
        made.foreign_file_id = (await sending.json())["result"]["document"]["file_id"]
    _, big = await made.call("sendDocument", {"document": 21 * MEBIBYTE}, chat_id=WRITER)
    made.big_file_id = big["result"]["document"]["file_id"]
    return made


Params = dict[str, Any]


@dataclass
class Row:
    """An offending call and what Telegram says to it."""

    name: str
    method: str
    params: Params | Callable[[Scene], Params]
    description: str
    status: int = 400
    more: dict[str, int] | None = None
    files: dict[str, Content] = field(default_factory=dict)


def text(**params: Any) -> Params:
    return {"chat_id": WRITER, "text": "x", **params}


def html(source: str) -> Params:
    return text(text=source, parse_mode="HTML")


def button(**action: Any) -> Params:
    return text(reply_markup={"inline_keyboard": [[{"text": "Sí", **action}]]})


UNPARSED = "Bad Request: can't parse entities: "
UNREAD = "Bad Request: can't parse inline keyboard button: "
BAD_URL = "Bad Request: inline keyboard button URL '{}' is invalid: {}"

ROWS = [
    # Texts and captions
    Row("text of 4,097 characters", "sendMessage", text(text="ñ" * 4097), "Bad Request: message is too long"),
    Row(
        "4,097 characters after entities",
        "sendMessage",
        html("<b>" + "x" * 4097 + "</b>"),
        "Bad Request: message is too long",
    ),
    Row("no text", "sendMessage", {"chat_id": WRITER}, "Bad Request: message text is empty"),
    Row("only blanks", "sendMessage", text(text=" \n\t "), "Bad Request: message text is empty"),
    Row("only tags", "sendMessage", html("<b> </b>"), "Bad Request: message text is empty"),
    Row("a source over 32 KiB", "sendMessage", html("<b></b>" * 5000), "Bad Request: text is too long"),
    Row("half a character", "sendMessage", text(text="\ud83d"), "Bad Request: strings must be encoded in UTF-8"),
    Row(
        "caption of 1,025 characters",
        "sendDocument",
        {"chat_id": WRITER, "caption": "x" * 1025},
        "Bad Request: message caption is too long",
        files={"document": b"x"},
    ),
    Row("unknown parse mode", "sendMessage", text(parse_mode="BBCode"), "Bad Request: unsupported parse_mode"),
    Row(
        "entities that are none",
        "sendMessage",
        text(entities=[7]),
        "Bad Request: can't parse MessageEntity: expected an Array of Objects",
    ),
    # HTML
    Row("unknown tag", "sendMessage", html("é<x>a</x>"), UNPARSED + 'Unsupported start tag "x" at byte offset 2'),
    Row("comparison", "sendMessage", html("2 < 3"), UNPARSED + 'Unsupported start tag "" at byte offset 2'),
    Row("tag left open", "sendMessage", html("<b>a"), UNPARSED + 'Can\'t find end tag corresponding to start tag "b"'),
    Row("tag half written", "sendMessage", html("a<b"), UNPARSED + "Unclosed start tag at byte offset 1"),
    Row(
        "tags crossed",
        "sendMessage",
        html("<b><i>a</b></i>"),
        UNPARSED + 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
    ),
    Row("end without start", "sendMessage", html("a</b>"), UNPARSED + "Unexpected end tag at byte offset 1"),
    Row("end tag half written", "sendMessage", html("<b>a</b"), UNPARSED + "Unclosed end tag at byte offset 4"),
    Row(
        "span without class",
        "sendMessage",
        html("<span>a</span>"),
        UNPARSED + 'Tag "span" must have class "tg-spoiler" at byte offset 0',
    ),
    Row(
        "attribute without value",
        "sendMessage",
        html("<a href>a</a>"),
        UNPARSED + 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 3',
    ),
    # Buttons
    Row(
        "callback data of 65 bytes",
        "sendMessage",
        button(callback_data="ñ" * 32 + "x"),
        "Bad Request: BUTTON_DATA_INVALID",
    ),
    Row(
        "empty callback data",
        "sendMessage",
        button(callback_data=""),
        UNREAD + "Text buttons are unallowed in the inline keyboard",
    ),
    Row("button without action", "sendMessage", button(), UNREAD + "Text buttons are unallowed in the inline keyboard"),
    Row(
        "button without label",
        "sendMessage",
        text(reply_markup={"inline_keyboard": [[{"url": "https://example.org"}]]}),
        UNREAD + 'Can\'t find field "text"',
    ),
    Row(
        "copy text of 257 characters",
        "sendMessage",
        button(copy_text={"text": "x" * 257}),
        "Bad Request: BUTTON_COPY_TEXT_INVALID",
    ),
    Row("empty copy text", "sendMessage", button(copy_text={"text": ""}), "Bad Request: BUTTON_COPY_TEXT_INVALID"),
    Row(
        "address of this machine",
        "sendMessage",
        button(url="http://localhost:8080/"),
        BAD_URL.format("http://localhost:8080/", "Wrong HTTP URL"),
    ),
    Row(
        "unknown protocol",
        "sendMessage",
        button(url="ftp://example.org"),
        BAD_URL.format("ftp://example.org", "Unsupported URL protocol"),
    ),
    Row(
        "address without host",
        "sendMessage",
        button(url="https:///x"),
        BAD_URL.format("https:///x", "URL host is empty"),
    ),
    Row(
        "markup that is no JSON",
        "sendMessage",
        text(reply_markup="{"),
        "Bad Request: can't parse reply keyboard markup JSON object",
    ),
    Row("markup that is a list", "sendMessage", text(reply_markup=[1]), "Bad Request: object expected as reply markup"),
    Row(
        "keyboard that is no table",
        "sendMessage",
        text(reply_markup={"inline_keyboard": [{}]}),
        'Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
    ),
    Row(
        "key without label",
        "sendMessage",
        text(reply_markup={"keyboard": [[{}]]}),
        "Bad Request: can't parse keyboard button: Can't find field \"text\"",
    ),
    # Whom it may write to
    Row("no chat", "sendMessage", {"text": "x"}, "Bad Request: chat_id is empty"),
    Row("unknown chat", "sendMessage", text(chat_id=999), "Bad Request: chat not found"),
    Row("unknown name", "sendMessage", text(chat_id="@nadie"), "Bad Request: chat not found"),
    Row("a chat never started", "sendMessage", text(chat_id=STRANGER), "Bad Request: chat not found"),
    Row("blocked", "sendMessage", text(chat_id=BLOCKER), "Forbidden: bot was blocked by the user", 403),
    Row("left Telegram", "sendMessage", text(chat_id=GONE), "Forbidden: user is deactivated", 403),
    Row("another bot", "sendMessage", text(chat_id=456), "Forbidden: bot can't send messages to bots", 403),
    Row("itself", "sendMessage", text(chat_id=123), "Forbidden: bot can't send messages to bots", 403),
    Row(
        "a group that moved",
        "sendMessage",
        text(chat_id=OLD_GROUP),
        "Bad Request: group chat was upgraded to a supergroup chat",
        more={"migrate_to_chat_id": NEW_GROUP},
    ),
    Row("typing to nobody", "sendChatAction", {"chat_id": 999, "action": "typing"}, "Bad Request: chat not found"),
    Row(
        "unknown action",
        "sendChatAction",
        {"chat_id": WRITER, "action": "dancing"},
        "Bad Request: wrong parameter action in request",
    ),
    Row(
        "reply to nothing",
        "sendMessage",
        text(reply_parameters={"message_id": 9999}),
        "Bad Request: message to be replied not found",
    ),
    # Edits
    Row("same text", "editMessageText", lambda s: text(text="Buenas", message_id=s.said), NOT_MODIFIED),
    Row("same buttons", "editMessageReplyMarkup", lambda s: {"chat_id": WRITER, "message_id": s.said}, NOT_MODIFIED),
    Row("unknown message", "editMessageText", text(message_id=9999), "Bad Request: message to edit not found"),
    Row(
        "a person's message",
        "editMessageText",
        lambda s: text(message_id=s.heard),
        "Bad Request: message can't be edited",
    ),
    Row(
        "text of a file",
        "editMessageText",
        lambda s: text(message_id=s.file),
        "Bad Request: there is no text in the message to edit",
    ),
    Row(
        "caption of a text",
        "editMessageCaption",
        lambda s: {"chat_id": WRITER, "message_id": s.said, "caption": "x"},
        "Bad Request: there is no caption in the message to edit",
    ),
    Row(
        "edit too long",
        "editMessageText",
        lambda s: text(message_id=s.said, text="x" * 4097),
        "Bad Request: message is too long",
    ),
    Row(
        "reply keyboard in an edit",
        "editMessageText",
        lambda s: text(message_id=s.said, reply_markup={"keyboard": [["a"]]}),
        "Bad Request: inline keyboard expected",
    ),
    Row(
        "delete nothing",
        "deleteMessage",
        {"chat_id": WRITER, "message_id": 9999},
        "Bad Request: message to delete not found",
    ),
    Row(
        "pin nothing",
        "pinChatMessage",
        {"chat_id": WRITER, "message_id": 9999},
        "Bad Request: message to pin not found",
    ),
    Row("unpin nothing", "unpinChatMessage", {"chat_id": WRITER}, "Bad Request: message to unpin not found"),
    Row(
        "copy nothing",
        "copyMessage",
        {"chat_id": WRITER, "from_chat_id": WRITER, "message_id": 9999},
        "Bad Request: message to copy not found",
    ),
    Row(
        "forward nothing",
        "forwardMessage",
        {"chat_id": WRITER, "from_chat_id": WRITER, "message_id": 9999},
        "Bad Request: message to forward not found",
    ),
    # Taps
    Row("unknown tap", "answerCallbackQuery", {"callback_query_id": "1"}, TOO_OLD),
    # Files
    Row("no file", "sendDocument", {"chat_id": WRITER}, "Bad Request: there is no document in the request"),
    Row(
        "unknown file",
        "sendDocument",
        {"chat_id": WRITER, "document": "AgAD"},
        "Bad Request: wrong file identifier/HTTP URL specified",
    ),
    Row(
        "another bot's file",
        "sendDocument",
        lambda s: {"chat_id": WRITER, "document": s.foreign_file_id},
        "Bad Request: wrong file identifier/HTTP URL specified",
    ),
    Row(
        "a document as a photo",
        "sendPhoto",
        lambda s: {"chat_id": WRITER, "photo": s.file_id},
        "Bad Request: can't use file of type Document as Photo",
    ),
    Row(
        "an empty file",
        "sendDocument",
        {"chat_id": WRITER},
        "Bad Request: file must be non-empty",
        files={"document": b""},
    ),
    Row("no picture", "sendPhoto", {"chat_id": WRITER}, "Bad Request: IMAGE_PROCESS_FAILED", files={"photo": b"text"}),
    Row(
        "upload over 50 MB",
        "sendDocument",
        {"chat_id": WRITER},
        "Request Entity Too Large",
        413,
        files={"document": 50_000_001},
    ),
    Row("download over 20 MB", "getFile", lambda s: {"file_id": s.big_file_id}, "Bad Request: file is too big"),
    Row(
        "download of nothing",
        "getFile",
        {"file_id": "AgAD"},
        "Bad Request: wrong file_id or the file is temporarily unavailable",
    ),
    # Webhooks
    Row(
        "webhook without https",
        "setWebhook",
        {"url": "http://bot.example/hook"},
        "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
    ),
    Row(
        "webhook on an odd port",
        "setWebhook",
        {"url": "https://bot.example:8081/hook"},
        "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
    ),
    Row(
        "secret of 257 characters",
        "setWebhook",
        {"url": "https://bot.example/", "secret_token": "x" * 257},
        "Bad Request: secret token is too long",
    ),
    Row(
        "secret with a dot",
        "setWebhook",
        {"url": "https://bot.example/", "secret_token": "a.b"},
        "Bad Request: secret token contains unallowed characters",
    ),
    # Commands
    Row(
        "command in capitals and accents",
        "setMyCommands",
        {"commands": [{"command": "adiós", "description": "x"}]},
        "Bad Request: BOT_COMMAND_INVALID",
    ),
    Row(
        "command of 33 characters",
        "setMyCommands",
        {"commands": [{"command": "a" * 33, "description": "x"}]},
        "Bad Request: BOT_COMMAND_INVALID",
    ),
    Row(
        "command without description",
        "setMyCommands",
        {"commands": [{"command": "a", "description": ""}]},
        "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID",
    ),
    Row(
        "unknown scope",
        "setMyCommands",
        {"commands": [], "scope": {"type": "moon"}},
        "Bad Request: can't parse BotCommandScope: Unsupported type specified",
    ),
    Row("name of 65 characters", "setMyName", {"name": "x" * 65}, "Bad Request: BOT_TITLE_INVALID"),
    # Methods
    Row("unknown method", "sendLove", {"chat_id": WRITER}, "Not Found", 404),
    Row("no latitude", "sendLocation", {"chat_id": WRITER, "longitude": 1}, "Bad Request: latitude is empty"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_telegram_refuses(scene: Scene, row: Row) -> None:
    params = row.params(scene) if callable(row.params) else row.params

    status, answer = await scene.call(row.method, row.files, **params)

    expected: Params = {"ok": False, "error_code": row.status, "description": row.description}
    if row.more:
        expected["parameters"] = row.more
    assert (status, answer) == (row.status, expected)


@pytest.mark.parametrize("token", ["123", "abc:def", "123:", "0:abc"])
async def test_a_malformed_token_is_unauthorized(scene: Scene, token: str) -> None:
    status, answer = await scene.telegram.call(token, "getMe")

    expected = {"ok": False, "error_code": 401, "description": "Unauthorized: invalid token specified"}
    assert (status, answer) == (401, expected)


LARGEST = [
    ("sendMessage", text(text="ñ" * 4096), {}),
    ("sendMessage", html("<b>" + "x" * 4096 + "</b>"), {}),
    ("sendMessage", text(text="x"), {}),
    ("sendMessage", button(callback_data="ñ" * 32), {}),
    ("sendMessage", button(callback_data="x"), {}),
    ("sendMessage", button(copy_text={"text": "ñ" * 256}), {}),
    ("sendMessage", button(url="http://127.0.0.1:8080/meetings/agua"), {}),
    ("sendMessage", button(url="tg://user?id=1"), {}),
    ("sendDocument", {"chat_id": WRITER, "caption": "ñ" * 1024}, {"document": b"x"}),
    ("sendDocument", {"chat_id": WRITER}, {"document": 50_000_000}),
    ("setMyCommands", {"commands": [{"command": "a" * 32, "description": "x" * 256}]}, {}),
]


@pytest.mark.parametrize(("method", "params", "files"), LARGEST)
async def test_what_is_just_within_a_limit_passes(
    scene: Scene, method: str, params: Params, files: dict[str, Content]
) -> None:
    status, answer = await scene.call(method, files, **params)

    assert (status, answer["ok"]) == (200, True), answer


async def test_a_refused_call_leaves_nothing_behind(scene: Scene) -> None:
    before = await scene.telegram.transcript(WRITER)

    await scene.call("sendMessage", {}, **html("<b>a"))
    await scene.call("sendDocument", {"document": b"x"}, chat_id=BLOCKER)
    await scene.call("editMessageText", {}, **text(message_id=before["messages"][0]["message_id"]))

    assert await scene.telegram.transcript(WRITER) == before


async def test_a_start_payload_has_64_of_the_safe_characters(scene: Scene) -> None:
    url = f"{scene.telegram.url}/simulator/chats/{WRITER}/messages"
    found = []
    for payload in ("x" * 64, "x" * 65, "m_á", "m agua"):
        async with scene.telegram.session.post(url, json={"start": payload}) as response:
            found.append(response.status)

    assert found == [200, 400, 400, 400]


async def test_get_and_forms_are_read_like_json(scene: Scene) -> None:
    markup = json.dumps({"inline_keyboard": [[{"text": "Sí", "callback_data": "si"}]]})
    params = {"chat_id": str(WRITER), "text": "¿Viene?", "reply_markup": markup}
    url = f"{scene.telegram.url}/bot{TOKEN}/SENDmessage"
    said = []
    async with scene.telegram.session.get(url, params=params) as response:
        said.append(await response.json())
    async with scene.telegram.session.post(url, data=params) as response:
        said.append(await response.json())

    assert [s["result"]["text"] for s in said] == ["¿Viene?", "¿Viene?"]
    assert [s["result"]["reply_markup"] for s in said] == [json.loads(markup)] * 2
