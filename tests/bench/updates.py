"""Updates as Telegram writes them: somebody writes, taps a button, or shares her number."""

from typing import Any, Final

from bot.clock import true_now

FIRST_NAME: Final = "Ana"


def write(update_id: int, chat_id: int, text: str) -> dict[str, Any]:
    """Make the update of a message; a command at its beginning is marked as one."""
    message = _message(chat_id) | {"from": _person(chat_id), "text": text}
    if text.startswith("/"):
        length = len(text.partition(" ")[0])
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
    return {"update_id": update_id, "message": message}


def tap(update_id: int, chat_id: int, choice: str) -> dict[str, Any]:
    """Make the update of a tapped button that holds `choice`."""
    asked = _message(chat_id) | {"from": {"id": 1001, "is_bot": True, "first_name": "Convoca"}, "text": "…"}
    query = {"id": str(update_id), "from": _person(chat_id), "chat_instance": "1", "data": choice, "message": asked}
    return {"update_id": update_id, "callback_query": query}


def share(update_id: int, chat_id: int, phone: str) -> dict[str, Any]:
    """Make the update of somebody who shares her own number."""
    contact = {"phone_number": phone, "first_name": FIRST_NAME, "user_id": chat_id}
    return {"update_id": update_id, "message": _message(chat_id) | {"from": _person(chat_id), "contact": contact}}


def _message(chat_id: int) -> dict[str, Any]:
    chat = {"id": chat_id, "type": "private", "first_name": FIRST_NAME}
    return {"message_id": 1, "date": int(true_now().timestamp()), "chat": chat}


def _person(chat_id: int) -> dict[str, Any]:
    return {"id": chat_id, "is_bot": False, "first_name": FIRST_NAME, "language_code": "es"}
