"""What an organiser looks at from a meeting's numbers: whom to call, people, sign-ups, acts, who organises."""

from civic.organising import Desk
from messages.message import Button, Rows
from messages.voice import Voice


def rows(voice: Voice, desk: Desk) -> Rows:
    """Offer what there is to look at, two beside each other."""
    t, meeting_id = voice.t, desk.line.id

    def button(label: str, verb: str, words: str) -> Button:
        return Button(label, choice=f"{verb}:{meeting_id}", words=tuple(words.split(", ")))

    # Translators: what people type instead of tapping the button before it, with commas between.
    call = button(t.gettext("Whom to call"), "ogc", t.gettext("phones, whom do I call"))
    people = button(t.gettext("List of people"), "ogx", t.gettext("spreadsheet, excel, the list"))
    days = button(t.gettext("Sign-ups per day"), "ogg", t.gettext("picture, graph, sign-ups"))
    acts = button(t.gettext("What was done"), "oga", t.gettext("history, who did what, audit"))
    who = button(t.gettext("Who organises"), "ogp", t.gettext("organisers, invite, invite somebody to organise"))
    write = button(t.gettext("Write to the people"), "onw", t.gettext("write, message, announcement, tell the people"))
    hear = button(t.gettext("Hear its alerts again"), "oqu", t.gettext("alerts"))
    of_people = ((people, days),) if desk.line.state != "draft" else ()
    of_writing = ((write,),) if desk.line.state == "convened" else ()
    of_alerts = ((hear,),) if desk.muted and not desk.line.over else ()
    return (*(((call,),) if desk.to_call else ()), *of_writing, *of_people, (acts, who), *of_alerts)
