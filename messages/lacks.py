"""What an organiser should still mend, in words: a line each, in HTML."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from civic.organising import Lack
from messages.needs import need
from messages.voice import Voice

Saying = Callable[[Voice, Mapping[str, Any]], str]


def _staff(voice: Voice, said: Mapping[str, Any]) -> str:
    t = voice.t
    texts = {
        "facilitator": t.ngettext(
            "Workshop {numbers} has no facilitator", "Workshops {numbers} have no facilitator", len(said["workshops"])
        ),
        "rapporteur": t.ngettext(
            "Workshop {numbers} has no rapporteur", "Workshops {numbers} have no rapporteur", len(said["workshops"])
        ),
        "public_servant": t.ngettext(
            "Workshop {numbers} has no public servant",
            "Workshops {numbers} have no public servant",
            len(said["workshops"]),
        ),
    }
    return texts[said["role"]].format(numbers=_runs(said["workshops"]))


def _runs(numbers: list[int]) -> str:
    """Write numbers shortly: 1–4, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join("–".join(map(str, run)) for run in runs)


def _counted(voice: Voice, said: Mapping[str, Any]) -> dict[str, str]:
    return {name: voice.number(value) for name, value in said.items()}


def _rooms(voice: Voice, said: Mapping[str, Any]) -> str:
    """Say which room more would do; once everybody else is seated, for whom."""
    t, people = voice.t, said["people"]
    if "rooms" not in said:
        text = t.ngettext(
            "{people} person has no workshop, as their group fits in none",
            "{people} people have no workshop, as their group fits in none",
            people,
        )
    else:
        text = t.ngettext(
            "{parties} group fits in no workshop: it takes {rooms} more of {people} places",
            "{parties} groups fit in no workshop: it takes {rooms} more of {people} places",
            said["parties"],
        )
    return text.format(**_counted(voice, said))


LACKS: Final[dict[str, Saying]] = {
    "convene": lambda v, said: v.t.gettext("It is a draft: convene it at least {days} days ahead").format(
        **_counted(v, said)
    ),
    "few": lambda v, said: v.t.gettext("{number} places are fewer than the {least} of such a dialogue").format(
        **_counted(v, said)
    ),
    "many": lambda v, said: v.t.gettext("{number} places are more than the {most} of such a dialogue").format(
        **_counted(v, said)
    ),
    "short": lambda v, said: v.t.gettext("Workshops of {number} minutes are shorter than {least}").format(
        **_counted(v, said)
    ),
    "report": lambda v, _said: v.t.gettext("There is no report for people to read before they come"),
    "contact": lambda v, _said: v.t.gettext("There is no contact for people whom I cannot help"),
    "staff": _staff,
    "need": lambda v, said: v.t.gettext("No workshop offers {need}").format(need=need(v, said["need"])),
    "unmet": lambda v, said: v.t.ngettext(
        "{number} person with a place needs {need}, which is not met yet",
        "{number} people with a place need {need}, which is not met yet",
        said["number"],
    ).format(number=v.number(said["number"]), need=need(v, said["need"])),
    "signed_up": lambda v, said: v.t.ngettext(
        "Only {number} person has signed up, of {places} places",
        "Only {number} people have signed up, of {places} places",
        said["number"],
    ).format(**_counted(v, said)),
    "rooms": _rooms,
    "failed": lambda v, said: v.t.ngettext(
        "{number} message to people could not be delivered",
        "{number} messages to people could not be delivered",
        said["number"],
    ).format(**_counted(v, said)),
    "late": lambda v, said: v.t.ngettext(
        "{number} message to people has waited for more than an hour",
        "{number} messages to people have waited for more than an hour",
        said["number"],
    ).format(**_counted(v, said)),
    "unpublished": lambda v, _said: v.t.gettext("No commitment has been published yet"),
    "drafts": lambda v, said: v.t.ngettext(
        "{number} commitment is still a draft", "{number} commitments are still drafts", said["number"]
    ).format(**_counted(v, said)),
}


def lack_said(voice: Voice, lack: Lack) -> str:
    """Say in HTML what is still to be done."""
    return LACKS[lack.what](voice, lack.params)
