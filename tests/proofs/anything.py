"""What may come in: who writes, what she may say or press, and updates that nobody answers."""

from datetime import timedelta
from typing import Final

from hypothesis import strategies as st

from handlers.filters import Chose
from handlers.routers import ROUTERS
from tests.corpus.entries import PARTS, entries
from tests.proofs.street import Json

LONERS: Final = 2
"""Who share no link with anybody, and open nobody's: what they are called is nobody else's business."""
NAMES: Final = ("Aldonza <b>&amp;", "Baltasara & \u202eHijos", "Casimira", "Domitila 👩🏽‍🌾", "Eufrasia", "Rosa <i>")
PHONES: Final = tuple(f"+57 300 555 01{number:02}" for number in range(len(NAMES)))
ORGANISER: Final = len(NAMES) - 1
CALL_LISTS: Final = ("<b>A quién llamar</b>", "<b>Whom to call</b>")
"""What begins the one message that tells names and phones, to who organises."""
GROUP: Final = -1_001_234_567
RUN_ON: Final = 4_096
SAME: Final = -1
"""Stands for her who did the last thing."""

people = st.one_of(st.just(SAME), st.integers(SAME, len(NAMES) - 1))
sharers = st.integers(LONERS, len(NAMES) - 1)
commands = st.sampled_from(
    [
        *("/start", "/start m_agua", "/start m_salud", "/start fm_agua", "/start fc_1", "/start fe_alcaldia"),
        *(
            "/start m_reservado",
            "/start p_nadie",
            "/start r_ABCD2345",
            "/start fm_",
            "/start fc_x",
            "/start " + "x" * 64,
        ),
        *("/mis", "/encuentros", "/ayuda", "/idioma", "/privacidad", "/compromisos", "/siguiendo", "/organizar"),
        *(
            "/",
            "/nada",
            "/START@otro_bot",
            "/mis@convoca_bot 1",
            "hola",
            "gracias",
            "BAJA",
            "ALTA",
            "english",
            "español",
        ),
        *("no puedo ir", "quiero ir", "tengo una queja", "ninguno", "Así está bien", "Ahora no", "Listo", "sí", "no"),
    ]
)
words = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="\u202e\u200d\u0301<>&\"'\0\n👩🏽‍🌾عא़%_\\{}", min_size=1, max_size=40),
    st.integers(-3, 10**20).map(str),
    st.sampled_from(
        ["1", "2", "3", "4", "1,2", "2, 1", "٣", "15/12/2026", "31/12/2027", "29 de febrero", "50%", "100"]
    ),
    st.sampled_from(
        ["+57 300 555 9999", "3005559999", "https://example.org/acta.pdf", "http://", "ftp://a b", "x" * 31]
    ),
    st.sampled_from(sorted({each.says for part in PARTS for each in entries(part)})),
    st.builds(
        lambda one, times: (one * times)[:RUN_ON], st.text(min_size=1, max_size=9), st.sampled_from([200, RUN_ON])
    ),
)
verbs = st.sampled_from(
    sorted(
        verb
        for router in ROUTERS
        for handler in router.message.handlers
        for each in handler.filters or ()
        if isinstance(each.callback, Chose)
        for verb in each.callback.verbs
    )
)
"""All that any button of the bot begins with."""
arguments = st.one_of(
    st.integers(0, 12).map(str),
    st.sampled_from(
        [
            "",
            "-1",
            "999999999999999",
            "9" * 30,
            "none",
            "all",
            "any",
            "together",
            "m",
            "c",
            "e",
            "a",
            "q",
            "yes",
            "list",
        ]
    ),
    st.sampled_from(["wheelchair", "sign_language", "responsible", "due", "progress", "evidence", "fulfilled", "agua"]),
    st.text(max_size=12),
)
made_up = st.one_of(
    st.builds(lambda verb, args: ":".join([verb, *args]), verbs, st.lists(arguments, max_size=4)),
    st.text(max_size=64),
).map(lambda data: data.encode("utf-8", "ignore")[:64].decode("utf-8", "ignore"))
far = st.one_of(st.integers(0, 6), st.integers(0, 300))
"""Which button: mostly one of the newest."""
exchanges = st.lists(
    st.one_of(
        st.integers(0, 5),
        st.integers(0, 2),
        st.sampled_from(
            ["Limpiar los pozos", "Secretaría <de> Aguas", "15 de marzo de 2027", "40%", "sí", "1", "2", "4"]
        ),
    ),
    min_size=1,
    max_size=8,
)
"""What somebody does in a row: which of the newest buttons she presses, or what she writes."""
beginnings = st.sampled_from([timedelta(), timedelta(), timedelta(days=17), timedelta(days=21)])
desks = st.sampled_from(
    [
        ["org:1"],
        ["orgc:1", "ocn:1"],
        ["orgc:1", "oc:1", "ou:1"],
        ["oc:1", "ou:1", "ouf:1:note"],
        ["ou:1", "ouf:1:evidence"],
        ["och:1", "oam:1:day", "oaf:1:hours"],
        ["oam:1:name"],
        ["oax:1"],
        ["oim"],
        ["ogc:1"],
        ["ogp:1", "ogi:1"],
        ["ogx:1", "ogg:1"],
        ["oga:1:0:1"],
    ]
)
"""How far who organises has come, by what she pressed: a commitment or its update, a move, a cancelling, a file."""
passing = st.sampled_from([timedelta(minutes=1), timedelta(hours=3), timedelta(days=1), timedelta(days=6)])


def private_chat(raw: Json) -> int | None:
    """Give the chat of an update that is answered; None for what is not."""
    if "callback_query" in raw:
        chat = raw["callback_query"].get("message", {}).get("chat", {})
    elif "message" in raw:
        chat = raw["message"]["chat"]
        if raw["message"].get("from", {"is_bot": True})["is_bot"]:
            return None
    else:
        return None
    return int(chat["id"]) if chat.get("type") == "private" else None


def odd_update(kind: str, chat: int) -> Json:
    """Make an update that is answered with nothing in a private chat."""
    who = {"id": chat, "is_bot": False, "first_name": "Alguien"}
    private = {"id": chat, "type": "private", "first_name": "Alguien"}
    group = {"id": GROUP, "type": "supergroup", "title": "Vecinas"}
    message = {"message_id": 7, "date": 0, "chat": private, "from": who, "text": "/mis"}
    updates: dict[str, Json] = {
        "edited": {"edited_message": message | {"edit_date": 1}},
        "inline": {"inline_query": {"id": "1", "from": who, "query": "agua", "offset": ""}},
        "poll": {"poll_answer": {"poll_id": "1", "user": who, "option_ids": [0]}},
        "unheard": {"of_a_later_telegram": {"anything": [chat]}},
        "group": {"message": message | {"chat": group, "text": "hola a todas"}},
        "nobody": {"message": {"message_id": 7, "date": 0, "chat": private, "text": "/mis"}},
        "bot": {"message": message | {"from": who | {"is_bot": True}}},
        "tap": {
            "callback_query": {"id": "2", "from": who, "chat_instance": "1", "data": "mine", "message": message}
            | {"message": message | {"chat": group}}
        },
    }
    return updates[kind]
