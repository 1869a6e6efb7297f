"""What came of a message: the replies, how she stands before and after, and whether that is what should happen."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, SQLColumnExpression, bindparam, func, join, literal, select
from sqlalchemy.orm import Session, aliased

from civic import conversation
from civic.conversation import Incoming, Reply
from civic.schema import Answer, Audit, Consent, Conversation, Follow, Need, Party, Person, Question, Registration
from messages.message import Message
from tests.corpus.listening import BOT
from tests.corpus.situations import FAQ, Somebody

DANGEROUS: Final = {
    "cancel": "leaves",
    "drop": "leaves",
    "decline": "passes",
    "tell": "silences",
    "consent": "consents",
    "withdraw": "erases",
    "erase": "erases",
    "unfollow": "unfollows",
    "published": "publishes",
    "updated": "publishes",
    "draft_deleted": "publishes",
    "convene": "publishes",
    "import": "publishes",
    "change": "publishes",
    "move": "publishes",
    "planned": "publishes",
    "announce": "publishes",
    "invite": "hands over",
    "join_organisers": "consents",
    "revoke_role": "hands over",
    "revoke_link": "hands over",
    "restore_role": "hands over",
    "hand_over": "hands over",
}
"""Acts that nobody may do by accident, as the audit names them, and what they are."""
ALLOWS: Final = {
    "phone": {"consents"},
    "needs": {"consents", "erases"},
    "hears": {"silences"},
    "companions": {"leaves"},
}
"""What expected words that are not an act's own bring along."""
LOST: Final = frozenset({"not_understood", "not_understood_here", "unable", "unclear", "lost"})
NUMBERS: Final = {"call": "601 555 0100"}
FAQ_TELLS: Final = {1: {"how_to_get", "transport"}}
"""What a pair of the meeting's faq answers beside its own question."""


@dataclass(frozen=True)
class Facts:
    """How somebody stands."""

    asked: Reply | None
    step: str | None
    known: bool
    state: str | None
    companions: int
    tell: str | None
    language: str | None
    name: str | None
    phone: str | None
    consents: frozenset[str]
    needs: frozenset[str]
    needs_answered: bool
    topics: tuple[int, ...] | None
    """None while they were not answered."""
    attributes: Mapping[str, Any]
    settled: frozenset[str]
    confirmed: int | None
    mutes: int
    answers: Mapping[str, str]
    last_act: int
    """The newest row of the audit."""

    def same_as(self, other: "Facts") -> bool:
        """Tell whether nothing changed but what was said."""
        return _without_talk(self) == _without_talk(other)


@dataclass(frozen=True)
class Outcome:
    """What came of a message."""

    before: Facts
    after: Facts
    replies: tuple[Reply, ...]
    messages: Sequence[Message]
    acts: frozenset[str]
    """What was done that nobody may do by accident."""

    @property
    def kinds(self) -> set[str]:
        """What was said."""
        return {reply.kind for reply in self.replies}

    @property
    def text(self) -> str:
        """All that was said."""
        return "\n".join(message.text for message in self.messages)

    @property
    def choices(self) -> list[str]:
        """What the buttons lead to, but those of what was asked before."""
        return [button.choice for message in self.messages for row in message.rows for button in row if button.choice]

    @property
    def changed(self) -> bool:
        """Tell whether anything but the talk changed."""
        return not self.before.same_as(self.after)

    @property
    def changed_answers(self) -> bool:
        """Tell whether an answer to feedback was kept."""
        return self.before.answers != self.after.answers

    @property
    def asks_the_same(self) -> bool:
        """Tell whether what was asked is asked again (also what was said last, where nothing was asked)."""
        was, now = self.before.asked, self.after.asked
        return was is not None and now is not None and (was.kind, _subject(was)) == (now.kind, _subject(now))

    def asks_back(self, choice: str) -> bool:
        """Tell whether something is asked first, with a button for it; what was asked before is no such question."""
        return not self.asks_the_same and not self.changed and any(each.startswith(choice) for each in self.choices)


def facts(session: Session, who: Somebody) -> Facts:
    """Look how somebody stands."""
    talk = session.get(Conversation, f"{BOT}:{who.chat}")
    asked = talk.data.get("asked") if talk else None
    found = session.execute(_STANDS, {"chat": who.chat, "registration": who.registration_id}).one()
    person, own = found.Person, found.Registration
    answered_ = frozenset(own.answered) if own else frozenset[str]()
    return Facts(
        asked=Reply(asked["kind"], asked["params"], asked.get("step")) if asked else None,
        step=talk.state if talk else None,
        known=person is not None,
        state=own.state if own else None,
        companions=found.companions,
        tell=person.tell if person else None,
        language=person.language if person else (talk.data.get("language") if talk else None),
        name=own.name if own else None,
        phone=person.phone if person else None,
        consents=_parts(found.consents),
        needs=_parts(found.needs),
        needs_answered="needs" in answered_,
        topics=tuple(found.choices) if found.choices is not None and "topics" in answered_ else None,
        attributes=dict(own.attributes) if own else {},
        settled=answered_,
        confirmed=own.confirmed_version if own else None,
        mutes=found.mutes,
        answers=dict(each.split(BETWEEN, 1) for each in _parts(found.answers)),
        last_act=last_act(session),
    )


BETWEEN: Final = "\x1f"
_ASIDE = aliased(Registration)


def _joined(column: SQLColumnExpression[str], table: Any, *where: ColumnElement[bool]) -> ScalarSelect[str]:
    """Give all of a column as one text."""
    return select(func.aggregate_strings(column, "\x1e")).select_from(table).where(*where).scalar_subquery()


def _parts(text: str | None) -> frozenset[str]:
    return frozenset(text.split("\x1e")) if text else frozenset()


_STANDS: Final = (
    select(
        Person,
        Registration,
        Party.choices,
        select(func.count(_ASIDE.id))
        .where(_ASIDE.party_id == Registration.party_id, _ASIDE.id != Registration.id, _ASIDE.state != "cancelled")
        .scalar_subquery()
        .label("companions"),
        select(func.count(Follow.id))
        .where(Follow.person_id == Person.id, Follow.wants.is_(False))
        .scalar_subquery()
        .label("mutes"),
        _joined(Consent.purpose, Consent, Consent.person_id == Person.id, Consent.withdrawn_at.is_(None)).label(
            "consents"
        ),
        _joined(Need.need, Need, Need.registration_id == Registration.id).label("needs"),
        _joined(
            Question.kind + BETWEEN + Answer.value,
            join(Answer, Question, Question.id == Answer.question_id),
            Answer.registration_id == Registration.id,
        ).label("answers"),
    )
    .select_from(select(literal(1).label("one")).subquery("one"))
    .outerjoin(Person, Person.telegram_id == bindparam("chat"))
    .outerjoin(Registration, Registration.id == bindparam("registration"))
    .outerjoin(Party, Party.id == Registration.party_id)
)
"""How somebody stands, in one look: the suite looks more than a thousand times."""


def came_of(
    session: Session, who: Somebody, incoming: Incoming, last_act: int
) -> tuple[Facts, frozenset[str], tuple[Reply, ...]]:
    """Look how somebody stands after an update, what was done that nobody may do by accident, and the replies."""
    return facts(session, who), acts_since(session, last_act), conversation.look(session, incoming).repeated or ()


def last_act(session: Session) -> int:
    """Give the number of the newest act; 0 before the first."""
    return session.scalar(select(func.max(Audit.id))) or 0


def acts_since(session: Session, last: int) -> frozenset[str]:
    """Say what was done since that nobody may do by accident."""
    done = session.scalars(select(Audit.act).where(Audit.id > last))
    return frozenset(DANGEROUS[act] for act in done if act in DANGEROUS)


# Judging -------------------------------------------------------------------------------------------------------------


def is_as_expected(outcome: Outcome, expected: str | Sequence[str]) -> bool:
    """Tell whether what came is what should happen, or one of several such."""
    return any(_comes(outcome, each) for each in ([expected] if isinstance(expected, str) else expected))


def wrong_acts(outcome: Outcome, expected: str | Sequence[str]) -> set[str]:
    """Name what was done that no word of the message asked for."""
    allowed: set[str] = set()
    for each in [expected] if isinstance(expected, str) else expected:
        word = each.split()[0]
        allowed |= {word} | ALLOWS.get(word, set())
    return set(outcome.acts) - allowed


def _comes(outcome: Outcome, expected: str) -> bool:
    word, _, rest = expected.partition(" ")
    judge = JUDGES.get(expected) or JUDGES.get(word)
    assert judge is not None, f"no judge for «{expected}»"
    return judge(outcome, rest)


def _kinds(*kinds: str) -> "Judge":
    return lambda outcome, _rest: bool(outcome.kinds & set(kinds)) and not outcome.changed


def _answers(outcome: Outcome, rest: str) -> bool:
    told = answered(outcome)
    open_before = outcome.before.asked is not None and outcome.before.step is not None
    return (
        {each.strip() for each in rest.split(",")} <= told
        and not outcome.changed
        and (outcome.asks_the_same or not open_before)
    )


def answered(outcome: Outcome) -> set[str]:
    """Say which questions the replies answer: `faq` is the meeting's own answer, word by word, whatever it is for."""
    told: set[str] = set()
    for reply in outcome.replies:
        about, pairs = reply.params.get("about", []), reply.params.get("faq") or ()
        topics = [about] if isinstance(about, str) else about
        told |= {
            topic for topic, pair in zip_longest(topics, pairs) if pair is None or topic in FAQ_TELLS.get(pair, ())
        }
        told |= {"where"} if reply.kind == "map" else set()
    if "when" in told and re.search(r"\b2:00", outcome.text):
        told |= {"until"}
    if any(text in outcome.text for _question, answer in FAQ for text in answer.values()):
        told |= {"faq"}
    return told


def _asks_again(outcome: Outcome, _rest: str) -> bool:
    lost = bool(outcome.kinds & LOST) or outcome.asks_the_same
    return lost and not outcome.changed and bool(outcome.choices or outcome.asks_the_same)


def _nothing(outcome: Outcome, _rest: str) -> bool:
    return bool(outcome.replies) and not outcome.changed


def _companions(outcome: Outcome, rest: str) -> bool:
    done = outcome.after.companions == int(rest) and "companions" in outcome.after.settled
    asks_back = not outcome.asks_the_same and f"bring:{_own(outcome)}:{rest}" in outcome.choices
    return done or (asks_back and outcome.after.companions == outcome.before.companions)


def _name(outcome: Outcome, rest: str) -> bool:
    if rest == "kept":
        return "name" in outcome.after.settled and outcome.after.name == outcome.before.name
    return outcome.after.name == rest or (not outcome.changed and not outcome.asks_the_same and rest in outcome.text)


def _needs(outcome: Outcome, rest: str) -> bool:
    after = outcome.after
    match rest:
        case "none":
            return after.needs_answered and not after.needs
        case "asked":
            return "health" in after.consents and not after.needs_answered
        case "any":
            return after.needs_answered and bool(after.needs)
    return after.needs == set(rest.split())


def _topics(outcome: Outcome, rest: str) -> bool:
    numbers = () if rest == "none" else tuple(int(each) for each in rest.split())
    return outcome.after.topics == numbers


def _chooses(outcome: Outcome, rest: str) -> bool:
    done = rest in outcome.after.attributes.values()
    return done or (
        not outcome.changed and not outcome.asks_the_same and any("attr:" in each for each in outcome.choices)
    )


def _skips(outcome: Outcome, _rest: str) -> bool:
    kept = outcome.after.phone or outcome.after.attributes or outcome.changed_answers
    return not (outcome.asks_the_same or outcome.kinds & LOST or kept)


def _speaks(outcome: Outcome, language: str) -> bool:
    """Tell whether the bot speaks a language now, and said so: it may have spoken it before."""
    return bool(outcome.kinds & {"language", "language_chosen"}) and outcome.after.language == language


def _privacy(outcome: Outcome, _rest: str) -> bool:
    """Tell whether it is said what becomes of her data; the permission asked again, as it was, is not that."""
    said = outcome.kinds & {"privacy", "asked_privacy"} or ("consent" in outcome.kinds and not outcome.asks_the_same)
    return bool(said) and not outcome.changed


def _other(outcome: Outcome, _rest: str) -> bool:
    """Tell whether the way to sign another person up is there."""
    ways = [*outcome.kinds, *outcome.choices]
    return not outcome.changed and any(way.startswith("other") for way in ways)


def _phone(outcome: Outcome, rest: str) -> bool:
    """Compare what is written after the country's number."""
    return re.sub(r"\D", "", outcome.after.phone or "").removeprefix("57") == rest.removeprefix("+57")


def _leaves(outcome: Outcome, _rest: str) -> bool:
    asks = outcome.kinds & {"leaving", "leave_whom"} or outcome.asks_back("leave:")
    return outcome.after.state == "cancelled" or bool(asks and not outcome.changed)


def _passes(outcome: Outcome, _rest: str) -> bool:
    return outcome.after.state == "cancelled" or outcome.asks_back("pass:")


def _silences(outcome: Outcome, _rest: str) -> bool:
    return "hushed" in outcome.kinds or outcome.after.tell == "nothing" or outcome.asks_back("hush")


def _asks_consent(outcome: Outcome, _rest: str) -> bool:
    return "consent" in outcome.kinds and not outcome.acts


def _came(outcome: Outcome, rest: str) -> bool:
    del rest
    return outcome.after.state == "attended" and "fb_question" in outcome.kinds


def _call(outcome: Outcome, _rest: str) -> bool:
    return NUMBERS["call"] in outcome.text and not outcome.changed


def _own(outcome: Outcome) -> int:
    asked = outcome.before.asked
    return int(asked.params["registration"]) if asked and "registration" in asked.params else 0


def _answered_kind(kind: str) -> "Judge":
    return lambda outcome, rest: outcome.after.answers.get(kind) == {"yes": "yes", "no": "no"}.get(rest, rest)


Judge = Callable[[Outcome, str], bool]
JUDGES: Final[dict[str, Judge]] = {
    "answers": _answers,
    "asks again": _asks_again,
    "nothing": _nothing,
    "greets": _kinds("welcome", "card", "open_meetings", "org_hello", "greeting", "help"),
    "thanks": _kinds("thanks", "thanks_here"),
    "help": _kinds("help"),
    "privacy": _privacy,
    "other": _other,
    "complaint": _kinds("pqrsd", "complaint"),
    "meetings": _kinds("open_meetings", "card"),
    "card": _kinds("card"),
    "map": _kinds("map"),
    "mine": _kinds("mine", "place"),
    "commitments": _kinds("commitments", "commitment_meetings", "commitment"),
    "call": _call,
    "changes": _kinds("changing", "question"),
    "organises": lambda outcome, _rest: any(kind.startswith("org_") for kind in outcome.kinds),
    "whole": _kinds("commitment"),
    "english": lambda outcome, _rest: _speaks(outcome, "en"),
    "spanish": lambda outcome, _rest: _speaks(outcome, "es"),
    "asks consent": _asks_consent,
    "consents": lambda outcome, _rest: "attend" in outcome.after.consents,
    "refuses": _kinds("refused"),
    "minor": _kinds("minor"),
    "companions": _companions,
    "name": _name,
    "needs": _needs,
    "topics": _topics,
    "chooses": _chooses,
    "phone": _phone,
    "skips": _skips,
    "confirms": lambda outcome, _rest: outcome.after.confirmed is not None or outcome.asks_back("confirm:"),
    "leaves": _leaves,
    "takes": lambda outcome, _rest: outcome.after.state == "registered",
    "passes": _passes,
    "silences": _silences,
    "hears again": lambda outcome, _rest: outcome.after.tell == "all",
    "unfollows": lambda outcome, _rest: outcome.after.mutes > 0,
    "asks erase": _kinds("erase"),
    "came": _came,
    "missed": lambda outcome, _rest: "fb_missed" in outcome.kinds,
    "rates": _answered_kind("scale"),
    "says": _answered_kind("yes_no"),
    "keeps words": lambda outcome, _rest: "text" in outcome.after.answers,
}


def _without_talk(found: Facts) -> tuple[Any, ...]:
    return tuple(
        value for name, value in vars(found).items() if name not in {"asked", "step", "last_act", "known", "language"}
    )


def _subject(reply: Reply) -> tuple[Any, ...]:
    return tuple(reply.params.get(key) for key in ("registration", "what", "meeting", "question", "offer"))
