"""What words may choose that are no button's very words: what shows, gives or notes something, and what is asked."""

from dataclasses import replace
from typing import Final

from civic.conversation import Reply
from handlers.chat import Choice
from messages.for_whom import acting
from messages.message import Button
from messages.wordlists import listed

SHOWS: Final = listed(
    "m open mine place party plink ticket ics map report nb cm cs c ev help fl next change name topics ask needs"
    " phone fill with privacy here pqrsd about other orgl org ogp ogg oga oif"
)
"""Choices that show or ask something, and change nothing."""
TAKEN_BACK: Final = frozenset(["go", "confirm", "ca", "can", "take", "back", "unpass", "undrop", "alta", "oops"])
"""Choices that give her something, and say so themselves."""
NOTES: Final = {
    "attr": "ask:{0}:{1}",
    "bring": "with:{0}",
    "ranked": "topics:{0}",
    "keep": "name:{0}",
    "nnone": "needs:{0}",
    "nskip": "needs:{0}",
    "ndone": "needs:{0}",
    "need": "needs:{0}",
    "nophone": "phone:{0}",
    "takes": "party:{0}",
    "lang": "lang",
    "no": "go:{0}",
    "minor": "go:{0}",
    "wwith": "wyes:{0}",
    "wno": "other:{0}:new",
    "wminor": "other:{0}:new",
    "nrest": "needs:{0}",
}
"""Choices that note an answer, and the choice that asks for it again."""
ASKED_FIRST: Final = {"pass": "passask", "leave": "leaving", "hush": "hushask", "hyes": "hask"}
"""Choices out of which she loses something, and what asks whether she means it: near words get no further."""
PERMITS: Final = frozenset(["yes", "pyes", "nyes", "wyes", "wown", "fy", "oyes", "ogok"])
"""Choices that permit us to keep something: only clear words do."""


def permits(button: Button) -> bool:
    """Tell whether a button permits us something."""
    return (button.choice or "").split(":")[0] in PERMITS


def allowed(button: Button) -> Choice | None:
    """Give what near words may choose; where something would be lost, what asks first; else nothing."""
    choice = Choice.parse(button.choice or "")
    if choice.verb in SHOWS | TAKEN_BACK:
        return choice
    if choice.verb in NOTES or (choice.verb == "fb" and choice.args[:1] != ("done",)):
        return replace(choice, meant=button.label)
    if choice.verb in PERMITS:
        return Choice("clearly", ())
    return ask_first(choice) if choice.verb in ASKED_FIRST else None


def ask_first(choice: Choice) -> Choice:
    """Ask first whether she means what she would lose something by."""
    asks = ASKED_FIRST[choice.verb]
    return Choice(asks, choice.args[:1] if asks in {"passask", "hask"} else (), choice.ward)


def said_back(choice: Choice | None) -> Reply | None:
    """Say back what near words were taken to mean, with a way to change it; nothing for clear words."""
    if choice is None or choice.meant is None:
        return None
    return Reply("understood", {"label": choice.meant, "again": asks_again(choice)})


def asks_again(choice: Choice) -> str | None:
    """Name the choice that asks again for what a choice answers; None where nothing does."""
    if choice.verb == "fb":
        again = f"fb:q:{choice.args[1]}:{choice.args[2]}" if len(choice.args) > 2 else None  # noqa: PLR2004 - a QUESTION
    else:
        template = NOTES.get(choice.verb)
        again = template.format(*choice.args) if template else None
    return acting(again, choice.ward) if again and choice.ward is not None else again
