"""The way in: /start, links that carry a payload, the open meetings and one meeting's card; blocks and returns."""

import re

from aiogram import Router
from aiogram.enums import ChatMemberStatus
from aiogram.filters import Command, CommandObject, CommandStart, Filter
from aiogram.types import ChatMemberUpdated, Message
from sqlalchemy.orm import Session

from civic import conversation, meetings, people, staff
from civic.conversation import Reply
from civic.errors import MeetingUnknown
from handlers import commitments, companions, handovers, organiser_people
from handlers.chat import Chat, Choice
from handlers.courtesy import is_greeting
from handlers.filters import on_choice
from handlers.words import Says
from messages.words import GREETINGS

router = Router(name="start")

_FOLLOWS = ("fm_", "fc_", "fe_")
_MEETING = re.compile(r"m_([a-z0-9-]{3,40})", re.ASCII)
_PARTY = re.compile(r"p_([A-Za-z0-9_-]{1,60})", re.ASCII)
_INVITES = re.compile(r"o_([A-Za-z0-9_-]{16,60})", re.ASCII)
_PLACE = re.compile(r"r_([A-Z0-9]{8})", re.ASCII)


@router.message(CommandStart(ignore_case=True))
async def start(_event: object, chat: Chat, command: CommandObject) -> None:
    """Begin: with what a link names, else with the meetings that are open."""
    payload = (command.args or "").strip()
    if payload.startswith(_FOLLOWS):
        await commitments.opened(chat, payload)
        return
    await chat.do(lambda session: [*_hello(session, chat, payload), *_opening(session, chat, payload)])


class Greets(Filter):
    """A greeting with courtesies around it; an opinion in words is none."""

    async def __call__(self, event: Message, chat: Chat, choice: Choice | None = None) -> bool:
        """Match a text that says nothing else."""
        return choice is None and not chat.speaks_freely and is_greeting(event.text or "")


@router.message(Says(GREETINGS))
@router.message(Greets())
async def greeted(_event: object, chat: Chat) -> None:
    """Answer a greeting as a beginning, or go on with what was asked."""
    asked = [chat.open_question] if chat.open_question else []
    await chat.do(lambda session: [*_welcome(chat), *(asked or _open(session, chat))])


@router.message(Command("encuentros", "meetings", ignore_case=True))
async def open_meetings(_event: object, chat: Chat) -> None:
    """List the meetings that are open."""
    await chat.reply("open_meetings", page=0)


@on_choice(router, "open")
async def page(_event: object, chat: Chat, choice: Choice) -> None:
    """Turn to a page of the open meetings."""
    await chat.do(lambda _session: [Reply("open_meetings", {"page": choice.number() if choice.args else 0})])


@on_choice(router, "m")
async def card(_event: object, chat: Chat, choice: Choice) -> None:
    """Show a meeting's card."""
    await chat.do(lambda session: [_card(session, ":".join(choice.args))])


@router.my_chat_member()
async def membership(event: ChatMemberUpdated, chat: Chat) -> None:
    """Note that somebody blocked the bot, or let it write again. Nothing is said."""
    change = people.left if event.new_chat_member.status == ChatMemberStatus.KICKED else people.came_back

    def changed(session: Session) -> None:
        change(session, chat.incoming.telegram_id, now=chat.now)

    await chat.services.store.transaction(conversation.note, chat.incoming, changed, now=chat.now)


def _hello(session: Session, chat: Chat, payload: str) -> list[Reply]:
    """Say who speaks to who is new, and to who organises where that is done."""
    organises = not payload and staff.is_organiser(session, chat.person_id)
    if organises:
        people.introduce(session, chat.person_id, chat.first_name)
    return [*_welcome(chat), *([Reply("org_hello")] if organises else [])]


def _welcome(chat: Chat) -> list[Reply]:
    """Say who speaks, to who has never been here."""
    return [Reply("welcome")] if chat.person_id is None and chat.standing.asked is None else []


def _opening(session: Session, chat: Chat, payload: str) -> list[Reply]:
    if match := _MEETING.fullmatch(payload):
        try:
            return [_card(session, match[1])]
        except MeetingUnknown:
            return [Reply("unknown_link"), *_open(session, chat)]
    if match := _PARTY.fullmatch(payload):
        return companions.opened(session, chat, match[1])
    if match := _PLACE.fullmatch(payload):
        return handovers.seen(session, chat, match[1])
    if match := _INVITES.fullmatch(payload):
        return organiser_people.invited(session, chat, match[1])
    return [Reply("unknown_link"), *_open(session, chat)] if payload else _open(session, chat)


def _open(session: Session, chat: Chat) -> list[Reply]:
    """Show the one meeting that is open, or the list of them."""
    found, more = meetings.coming(session, chat.now)
    if len(found) == 1 and not more:
        return [Reply("card", {"code": found[0].code})]
    return [Reply("open_meetings", {"page": 0})]


def _card(session: Session, code: str) -> Reply:
    return Reply("card", {"code": meetings.public(session, code).code})
