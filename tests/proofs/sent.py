"""What people send at any moment: words that ask for nothing, commands, all that is no words, and forged buttons."""

from typing import Any, Final

from aiogram.types import (
    Animation,
    Audio,
    Chat,
    Contact,
    Dice,
    Document,
    Game,
    Location,
    MessageOriginChannel,
    MessageOriginHiddenUser,
    MessageOriginUser,
    PhotoSize,
    Poll,
    PollOption,
    Sticker,
    Story,
    User,
    Venue,
    Video,
    VideoNote,
    Voice,
)

from tests.corpus.entries import harmless
from tests.factories import NOW

Sent = dict[str, Any]

NOISE: Final = (
    "asdf qwer",
    "…",
    "🙃",
    "no sé",
    "ya no",
    "si dios quiere",
    "no puedo más con la calle dañada",
    "cancelen ese contrato corrupto",
    "baja el volumen que aturde",
    "q se vayan a la mierda",
    "¿y eso con qué se come?",
    "12345678901234567890",
    "<b>&</b> \u202e %s {name}",
    "palabra tras palabra " * 195,
    "x" * 4096,
    "🙃" * 2048,
    "no\n" * 50,
    " \n\n ",
    "\u200d",
    "\u200b\u200b",
    "عفوا שלום",
    "٣",
    "cancel that crooked contract!",
    "the music should stop",
)
"""Words that ask for nothing."""
ASIDE: Final = tuple(harmless())
"""Words of the corpus that ask for nothing dangerous."""
COMMANDS: Final = (
    *("/", "/nada", "/cancel", "/cancelar", "/help", "/mis@convoca_bot", "/mis@otro_bot", "/language", "/idioma x"),
    *("/start", "/start m_", "/start m_no-hay", "/start p_x", "/start r_ABCD2345", "/start fm_", "/start fc_99999"),
    *("/start fe_", "/start o_x", "/start o_", "/start <b>", f"/start {'x' * 64}", "/start m_agua BAJA"),
)
"""Commands of ours, of others and of nobody; none of them is an act."""
_PICTURE: Final = [PhotoSize(file_id="p", file_unique_id="p", width=9, height=9)]
_VOICE: Final = Voice(file_id="v", file_unique_id="v", duration=3)
_PLACE: Final = Location(latitude=4.6, longitude=-74.1)
_CHANNEL: Final = Chat(id=-100, type="channel", title="Noticias")
_OTHER: Final = User(id=5, is_bot=False, first_name="Otra")
_POLL: Final = Poll(
    id="1",
    question="¿Va?",
    options=[PollOption(text=each, voter_count=0, persistent_id=each) for each in ("Sí", "No")],
    total_voter_count=0,
    type="regular",
    is_closed=False,
    is_anonymous=True,
    allows_multiple_answers=False,
    allows_revoting=False,
    members_only=False,
)
MEDIA: Final[tuple[Sent, ...]] = (
    {"voice": _VOICE},
    {"voice": _VOICE, "caption": "no puedo ir"},
    {"audio": Audio(file_id="a", file_unique_id="a", duration=3)},
    {"video": Video(file_id="w", file_unique_id="w", width=9, height=9, duration=3)},
    {"video_note": VideoNote(file_id="n", file_unique_id="n", length=9, duration=3)},
    {"animation": Animation(file_id="g", file_unique_id="g", width=9, height=9, duration=3)},
    {
        "sticker": Sticker(
            file_id="s", file_unique_id="s", type="regular", width=9, height=9, is_animated=False, is_video=False
        )
    },
    {"photo": _PICTURE},
    {"photo": _PICTURE, "caption": "BAJA"},
    {"photo": _PICTURE, "caption": "sí, acepto"},
    {"photo": _PICTURE, "forward_origin": MessageOriginUser(date=NOW, sender_user=_OTHER)},
    {"document": Document(file_id="d", file_unique_id="d", file_name="a.pdf")},
    {"document": Document(file_id="d", file_unique_id="d", file_name="a.yaml"), "caption": "sí"},
    {"location": _PLACE},
    {"venue": Venue(location=_PLACE, title="Casa", address="Calle 5"), "location": _PLACE},
    {"contact": Contact(phone_number="+57 311 555 0000", first_name="Otra", user_id=1)},
    {"contact": Contact(phone_number="311", first_name="Otra")},
    {"poll": _POLL},
    {"dice": Dice(emoji="🎲", value=3)},
    {"game": Game(title="Juego", description="…", photo=_PICTURE)},
    {"story": Story(chat=_CHANNEL, id=1)},
    {"text": "asdf", "via_bot": User(id=9, is_bot=True, first_name="gif")},
    {"text": "asdf", "forward_origin": MessageOriginHiddenUser(date=NOW, sender_user_name="Otra")},
    {"text": "BAJA", "forward_origin": MessageOriginChannel(date=NOW, chat=_CHANNEL, message_id=1)},
    {"text": "sí", "forward_origin": MessageOriginUser(date=NOW, sender_user=_OTHER)},
    {"text": "/mis", "forward_origin": MessageOriginUser(date=NOW, sender_user=_OTHER)},
    {},
)
"""All that is no words of her own; what a picture's caption or somebody else's words say is no act of hers."""
FORGED: Final = (
    *(
        "",
        "zzz",
        "@",
        "bring:x:y",
        "bring:1:99",
        "fb",
        "fb:",
        "fb:a:1",
        "fb:q:1",
        "need:1:x",
        "attr:1:1:99",
        "rank:1:9.9",
    ),
    *(
        "leave@",
        "leave:999999@x",
        "leave:999999@999999",
        "hush@1",
        "go:0",
        "go:-1",
        f"go:{'9' * 30}",
        "GO:1",
        "lang:xx",
    ),
    *("about:0::", "oaf:999999:x", "ouf:999999:x", "oga:999999:0:9", "fwd:z:1", "rhythm:x", "x" * 64),
)
"""Buttons that were never ours, or of things that are not there."""
