"""What an organiser looks at from a meeting's numbers: whom to call, people, sign-ups, acts, who organises."""

from civic.organising import Desk
from messages.message import Button, Rows
from messages.voice import Voice


def rows(voice: Voice, desk: Desk) -> Rows:
    """Offer what there is to look at, two beside each other."""
    t, meeting_id = voice.t, desk.line.id
    call = Button(t.gettext("Whom to call"), choice=f"ogc:{meeting_id}")
    people = Button(t.gettext("List of people"), choice=f"ogx:{meeting_id}")
    days = Button(t.gettext("Sign-ups per day"), choice=f"ogg:{meeting_id}")
    acts = Button(t.gettext("What was done"), choice=f"oga:{meeting_id}")
    who = Button(t.gettext("Who organises"), choice=f"ogp:{meeting_id}")
    of_people = ((people, days),) if desk.line.state != "draft" else ()
    return (*(((call,),) if desk.to_call else ()), *of_people, (acts, who))
