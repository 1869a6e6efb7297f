"""How often one hears of commitments, and a day's message with its buttons: tapped, and in words."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from civic import convening, conversation, registration
from civic.audit import BY_COMMAND, Actor
from civic.conversation import Reply
from civic.schema import CommitmentUpdate, Person, Registration
from messages import catalogue
from messages.kind import Who
from messages.message import Button, Message, column
from messages.telegram import send
from messages.voice import Links
from tests import factories
from tests.civic import test_commitments as made
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, texts

LINKS = Links("https://t.me/convoca_bot", None)


async def tell(talking: Talking, chat: int, kind: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """Say something unprompted, as delivery does; give what the chat shows."""

    def look(session: Session) -> list[Any]:
        who = session.scalars(select(Person).where(Person.telegram_id == chat)).one()
        said = catalogue.render(session, Who(who.id, "es"), kind, params, now=talking.now, links=LINKS)
        return list(said)

    for message in talking.store.read(look):
        await send(talking.bot, chat, message)
    talking.store.write(conversation.told, talking.bot.id, [(chat, Reply(kind, params))], now=talking.now)
    return await talking.answered(chat)


async def test_a_weekly_digest_is_chosen_and_taken_back_by_a_tap(talking: Talking) -> None:
    maria = await talking.person()

    def follow(session: Session) -> None:
        commitment = made.published(session)
        made.registered(session, commitment.meeting_id, telegram_id=maria)

    talking.store.write(follow)
    await talking.say(maria, "lo que sigo")
    chosen = await talking.tap(maria, "Mejor un resumen semanal")
    assert "los lunes" in only(texts(chosen))
    assert buttons(chosen) == ["Mejor avisarme enseguida", "Lo que sigo"]
    listed = await talking.tap(maria, "Lo que sigo")
    assert "Los lunes le cuento" in only(texts(listed))
    assert "Mejor avisarme enseguida" in buttons(listed)
    back = await talking.say(maria, "mejor avisarme enseguida")
    assert "Desde ahora le aviso enseguida" in only(texts(back))
    asked = await talking.say(maria, "demasiados mensajes")
    assert "Mejor un resumen semanal" in buttons(asked)
    for words, little in (
        ("BAJA", "no le escribo nada"),
        ("avisarme solo si cambia", "solo le escribo por mi cuenta si"),
    ):
        await talking.say(maria, "baja")
        await talking.say(maria, words)
        for choice in ("resumen semanal", "lo que sigo"):
            told = await talking.say(maria, choice)
            assert little in only(texts(told)), (words, choice)
            assert "Volver a recibir avisos" in buttons(told)


async def test_a_day_that_tells_of_two_meetings_is_answered_by_number_and_by_tap(talking: Talking) -> None:
    maria = await talking.person()
    await talking.say(maria, "hola")

    def come(session: Session) -> list[int]:
        two = [factories.meeting(session, code=code, title=code) for code in ("Agua", "Parques")]
        who = factories.person(session, telegram_id=maria)
        actor = Actor(who.id, "chat")
        for each in two:
            registration.register(session, each.id, who.id, name="María", actor=actor, now=NOW)
        return [who.id, *(each.id for each in two)]

    person_id, *two = talking.store.write(come)
    talking.now += timedelta(hours=2)
    parts = [{"person": person_id, "kind": "reminder", "params": {"meeting": each, "what": "3d"}} for each in two]
    told = await tell(talking, maria, "day", {"parts": parts})
    assert "1. Agua" in only(texts(told))
    assert "2. Parques" in only(texts(told))
    answers = [
        "Confirmo 1: Agua",
        "Confirmo 2: Parques",
        "Confirmo todo",
        "No puedo ir 1: Agua",
        "No puedo ir 2: Parques",
    ]
    assert buttons(told) == [*answers, "Para reenviar"]
    alone = await tell(talking, maria, "day", {"parts": [{**parts[1], "kind": "nudge"}, parts[1]]})
    assert "Parques" in only(texts(alone))
    assert "¿Por cuál" not in texts(await talking.say(maria, "¿a qué hora es?"))[0]  # it told of one alone
    talking.now += timedelta(hours=2)
    await tell(talking, maria, "day", {"parts": parts})
    assert "contamos con usted" in only(texts(await talking.say(maria, "2")))
    confirmed = select(Registration.meeting_id).where(Registration.confirmed_version.is_not(None))
    assert talking.store.read(lambda session: session.scalars(confirmed).all()) == two[1:]
    left = await talking.tap(maria, "No puedo ir 1: Agua", told[0]["message_id"])
    assert "Agua" in texts(left)[0]


async def test_a_family_confirms_all_its_places_at_once_and_hears_of_what_changed(talking: Talking) -> None:
    maria, pedro = await talking.person(), await talking.person("Pedro")
    for each in (maria, pedro):
        await talking.say(each, "hola")

    def come(session: Session) -> list[dict[str, Any]]:
        two = [factories.meeting(session, code=code, title=code, reminders=["1d"]) for code in ("Agua", "Parques")]
        who = factories.person(session, telegram_id=maria)
        factories.person(session, telegram_id=pedro)
        rosa = factories.person(session, "Rosa", chat_id=maria)
        rosa.telegram_id = None
        places = [(two[0], who), (two[0], rosa), (two[1], rosa)]
        for meeting, each in places:
            registration.register(session, meeting.id, each.id, name=each.name or "", actor=BY_COMMAND, now=NOW)
        told = [{"meeting": meeting.id, "what": "1d"} for meeting, _ in places]
        told[1:] = [{**each, "for": rosa.id} for each in told[1:]]
        return [
            {"person": each.id, "kind": "reminder", "params": params}
            for (_, each), params in zip(places, told, strict=True)
        ]

    parts = talking.store.write(come)
    talking.now += timedelta(hours=2)
    told = await tell(talking, maria, "day", {"parts": parts})
    assert buttons(told)[3] == "Confirmo todo"
    assert "Gracias" in only(texts(await talking.say(maria, "1, 2 y 3")))
    confirmed = select(func.count()).where(Registration.confirmed_version.is_not(None))
    choice = "ca:" + ".".join(
        map(str, talking.store.read(lambda session: session.scalars(select(Registration.id)).all()))
    )
    assert talking.store.read(lambda session: session.scalar(confirmed)) == 3
    talking.store.write(lambda session: session.execute(update(Registration).values(confirmed_version=None)))
    assert "No encuentro" in await _tap(talking, pedro, choice)
    assert talking.store.read(lambda session: session.scalar(confirmed)) == 0
    talking.store.write(convening.cancel, "Parques", because="Llueve", actor=BY_COMMAND, now=talking.now)
    await send(talking.bot, maria, Message("…", column(Button("Todo", choice=choice))))
    _, both, off = texts(await talking.tap(maria, "Todo"))
    assert (
        both
        == "Gracias, quedan confirmados:\n• María, Agua, sábado 21 de noviembre\n• Rosa, Agua, sábado 21 de noviembre"
    )
    assert off == "Para Rosa:\n«Parques» se canceló: Llueve"
    assert talking.store.read(lambda session: session.scalar(confirmed)) == 2


async def test_a_week_is_seen_whole_and_is_nobody_elses(talking: Talking) -> None:
    maria, pedro = await talking.person(), await talking.person("Pedro")
    await talking.say(maria, "hola")
    await talking.say(pedro, "hola")

    def follow(session: Session) -> tuple[int, dict[str, str]]:
        commitment = made.published(session)
        who = made.registered(session, commitment.meeting_id, telegram_id=maria)
        factories.person(session, telegram_id=pedro)
        at = session.scalars(select(CommitmentUpdate.at)).one()
        return who, {"since": (at - timedelta(days=1)).isoformat(), "until": (at + timedelta(days=6)).isoformat()}

    who, week = talking.store.write(follow)
    nudge = {"person": who, "kind": "digest", "params": week}
    other = {"person": who, "kind": "nudge", "params": {"meeting": 0}}  # there is none: it falls out
    told = await tell(talking, maria, "day", {"parts": [nudge, other]})
    assert "La semana de sus compromisos" in only(texts(told))
    since, until = (int(datetime.fromisoformat(week[word]).timestamp()) for word in ("since", "until"))
    for chat, said in ((maria, "Limpiar los pozos"), (pedro, "no sigue nada")):
        answer = await _tap(talking, chat, f"week:{since}:{until}")
        assert said in answer, chat


async def _tap(talking: Talking, chat: int, choice: str) -> str:
    """Press a button of ours, whatever message it stands under."""
    await send(talking.bot, chat, Message("…", column(Button("Ver", choice=choice))))
    return texts(await talking.tap(chat, "Ver"))[-1]
