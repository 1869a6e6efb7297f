"""Any update, in any order, however often: nothing fails, everybody is answered, and no rule breaks.

A state machine plays a street: people who sign up, bring others, follow, organise; who press whatever they have ever
seen, or made up; who write anything at all, send it twice, block the bot; while days pass and meetings move.
"""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import ClassVar, Final, TypeVar

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from civic import convening
from civic.audit import BY_COMMAND
from civic.errors import Faults
from civic.store import Store
from simulator.checks import Unfit
from simulator.journal import Request
from tests.proofs.anything import (
    CALL_LISTS,
    LONERS,
    NAMES,
    ORGANISER,
    PHONES,
    SAME,
    beginnings,
    commands,
    desks,
    exchanges,
    far,
    made_up,
    odd_update,
    passing,
    people,
    private_chat,
    sharers,
    words,
)
from tests.proofs.conftest import Found
from tests.proofs.neighbourhood import SECRET, broken, links_of, move, seed, step_of
from tests.proofs.scale import SMALL, Scale
from tests.proofs.street import PICTURE, Json, Street, empty, said

T = TypeVar("T")

JOINING: Final = frozenset({"join", "pyes", "iam"})
"""What is pressed under somebody's link."""


class AnyUpdates(RuleBasedStateMachine):
    """The street, and what may happen in it."""

    store: ClassVar[Store]
    updates: ClassVar[int] = 0
    answers: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.store.write(empty)
        self.street = Street(self.store)
        self.run(self.street.open())
        self.chats = [self.street.person(name) for name in NAMES]
        self.names = [name.split()[0] for name in NAMES]
        self.blocked: set[int] = set()
        self.last = 0

    def teardown(self) -> None:
        """Close the street."""
        self.run(self.street.close())
        self.loop.close()

    def run(self, work: Awaitable[T]) -> T:
        """Let the loop run until something is done."""

        async def awaited() -> T:
            return await work

        return self.loop.run(awaited())

    @initialize(
        steps=st.lists(st.integers(0, 5), min_size=len(NAMES), max_size=len(NAMES)), later=beginnings, organising=desks
    )
    def a_town(self, steps: list[int], later: timedelta, organising: list[str]) -> None:
        """Let there be meetings to go to, a draft, who organises, and people who have come so far with one meeting.

        It is long before the meeting, or shortly, or after it, when people are asked how it was.
        """
        self.store.write(seed, self.chats[ORGANISER])
        for who, (chat, ahead) in enumerate(zip(self.chats, steps, strict=True)):
            self.writes(who, "/start m_agua" if ahead else "/start")
            for begins, which in (("go:", 0), ("yes:", 0), ("bring:", 2 * (ahead - 4)))[: max(0, ahead - 1)]:
                found = [data for _id, _label, data in self.street.buttons(chat) if data.startswith(begins)]
                if found:
                    self.presses(who, found[which])
        self.writes(ORGANISER, "/organizar")
        for data in organising:
            self.presses(ORGANISER, data)
        if later:
            self.looked_at(self.run(self.street.let_pass(later)))

    # What people do --------------------------------------------------------------------------------------------------

    @rule(who=people, text=commands)
    def command(self, who: int, text: str) -> None:
        """Somebody says what the bot knows."""
        self.writes(self.whom(who), text)

    @rule(who=people, text=words)
    def anything(self, who: int, text: str) -> None:
        """Somebody says anything."""
        self.writes(self.whom(who), text)

    @rule(who=people)
    def own_name(self, who: int) -> None:
        """Somebody says what she is called, unless her opinion was asked."""
        who = self.whom(who)
        if not self.store.read(step_of, self.chats[who]).startswith("fb"):
            self.writes(who, f"{self.names[who]} de la vereda")

    @rule(who=people, own=st.booleans())
    def phone(self, who: int, own: bool) -> None:  # noqa: FBT001 - drawn by name
        """Somebody shares a contact, hers or another's."""
        who = self.whom(who)
        contact: Json = {"phone_number": PHONES[who]} if own else {"phone_number": "+57 311 555 0000", "user_id": 1}
        self.there(who)
        self.street.write(self.chats[who], contact=contact)
        self.answered(who)

    @rule(who=people, kind=st.sampled_from(["document", "photo", "voice", "sticker", "location", "forward"]))
    def media(self, who: int, kind: str) -> None:
        """Somebody sends something that is no text."""
        who = self.whom(who)
        chat = self.chats[who]
        self.there(who)
        match kind:
            case "location":
                self.street.write(chat, location={"latitude": 4.6, "longitude": -74.1})
            case "forward":
                self.street.write(chat, forward={"from": "Otra", "text": "Vengan todas"})
            case _:
                self.street.send_file(chat, kind, f"a.{'png' if kind == 'photo' else 'pdf'}", PICTURE)
        self.answered(who)

    @rule(who=people, which=far)
    def press(self, who: int, which: int) -> None:
        """Somebody presses a button of hers, new or old."""
        who = self.whom(who)
        self.talks(who, [which % max(1, len(self.street.buttons(self.chats[who])))])

    @rule(who=people, acts=exchanges)
    def goes_on(self, who: int, acts: list[int | str]) -> None:
        """Somebody goes on for a while: presses what she was shown just now, or answers in words."""
        self.talks(self.whom(who), acts)

    @rule(acts=exchanges)
    def organises(self, acts: list[int | str]) -> None:
        """Who organises goes on for a while."""
        self.talks(ORGANISER, acts)

    @rule(who=people, which=far)
    def say_label(self, who: int, which: int) -> None:
        """Somebody types what a button says."""
        who = self.whom(who)
        shown = self.street.buttons(self.chats[who])
        if shown:
            self.writes(who, shown[which % len(shown)][1])

    @rule(who=people, whose=people, which=far)
    def press_anothers(self, who: int, whose: int, which: int) -> None:
        """Somebody's made-up program presses what another was shown."""
        shown = self.street.buttons(self.chats[whose % len(NAMES)])
        if shown:
            self.presses(self.whom(who), shown[which % len(shown)][2])

    @rule(who=people, data=made_up)
    def press_made_up(self, who: int, data: str) -> None:
        """Somebody's made-up program presses what nobody was ever shown."""
        self.presses(self.whom(who), data)

    @rule(who=sharers, which=st.integers(0, 9))
    def open_link(self, who: int, which: int) -> None:
        """Somebody opens a link for companions that was shared with her."""
        links = self.store.read(links_of, self.chats[LONERS:])
        if links:
            self.writes(self.whom(who), f"/start p_{links[which % len(links)]}")

    @rule(which=st.one_of(st.integers(0, 3), st.integers(0, 300)))
    def again(self, which: int) -> None:
        """An update comes once more; the newest of its chat, whose answer may not have arrived, is answered again."""
        raw = self.street.raw[-1 - which % len(self.street.raw)]
        chat = private_chat(raw)
        newest = next(each for each in reversed(self.street.raw) if private_chat(each) == chat)
        calls = self.run(self.street.feed(raw))
        if chat in self.blocked or raw is not newest:
            self.looked_at(calls)
        else:
            self.heard(calls, chat)

    @rule(who=people, which=far, text=words)
    def at_once(self, who: int, which: int, text: str) -> None:
        """Two people and a double come in side by side."""
        who = self.whom(who)
        other = (who + 1) % len(NAMES)
        shown = self.street.buttons(self.chats[other])
        if not shown:
            return
        self.there(who)
        self.there(other)
        self.sends(who, text)
        self.street.tap(self.chats[other], *shown[which % len(shown)][::2])
        raws = self.street.waiting()
        calls = self.run(self.street.feed_together([*raws, *raws[-1:]]))
        for each in (who, other):
            self.heard(calls, self.chats[each])

    @rule(who=people)
    def block(self, who: int) -> None:
        """Somebody blocks the bot, or lets it write again."""
        who = self.whom(who)
        chat = self.chats[who]
        self.street.block(chat, blocked=chat not in self.blocked)
        self.blocked ^= {chat}
        for raw in self.street.waiting():
            self.looked_at(self.run(self.street.feed(raw)))

    @rule(who=people, kind=st.sampled_from(["edited", "inline", "poll", "unheard", "group", "nobody", "bot", "tap"]))
    def odd(self, who: int, kind: str) -> None:
        """Something comes that nobody answers in a private chat, or that no Telegram of today sends."""
        self.looked_at(
            self.run(self.street.feed(self.street.new_update(**odd_update(kind, self.chats[self.whom(who)]))))
        )

    # What happens meanwhile ------------------------------------------------------------------------------------------

    @rule(time=passing)
    def time_passes(self, time: timedelta) -> None:
        """Time passes: what is due is done, and the outbox delivered."""
        self.looked_at(self.run(self.street.let_pass(time)))

    @rule(days=st.integers(1, 9))
    def moved(self, days: int) -> None:
        """The meeting is moved, while it is ahead."""
        self.store.write(move, days, now=self.street.now)
        self.looked_at(self.run(self.street.let_pass(timedelta(seconds=1))))

    @rule()
    def called_off(self) -> None:
        """The other meeting is called off."""
        try:
            self.store.write(convening.cancel, "salud", because="Llueve & <b>", actor=BY_COMMAND, now=self.street.now)
        except Faults:
            return  # it was before, or is over
        self.looked_at(self.run(self.street.let_pass(timedelta(seconds=1))))

    # What always holds -----------------------------------------------------------------------------------------------

    @invariant()
    def no_rule_is_broken(self) -> None:
        """Nobody is seated beyond what there is (M5), no update failed, nothing of the clock's, and nothing is dead."""
        found = self.store.read(broken)
        assert not found, found

    # ------------------------------------------------------------------------------------------------------------------

    def whom(self, who: int) -> int:
        """Say who acts: she who did the last thing, where nobody is named."""
        self.last = self.last if who == SAME else who
        return self.last

    def writes(self, who: int, text: str) -> None:
        """Let somebody write, and be answered."""
        self.there(who)
        self.sends(who, text)
        self.answered(who)

    def talks(self, who: int, acts: list[int | str]) -> None:
        """Let somebody press the newest buttons, by number, and write."""
        for act in acts:
            shown = [] if isinstance(act, str) else self.street.buttons(self.chats[who])[: act + 1]
            if isinstance(act, str):
                self.writes(who, act)
            elif shown:
                self.there(who)
                self.street.tap(self.chats[who], shown[-1][0], shown[-1][2])
                self.answered(who)

    def sends(self, who: int, text: str) -> None:
        """Write a text; what Telegram would never bring (nothing but spaces, a NUL) comes in by hand."""
        chat = self.chats[who]
        try:
            self.street.write(chat, text="" if "\0" in text else text)
        except Unfit:
            self.street.write_by_hand(chat, text)

    def presses(self, who: int, data: str) -> None:
        """Press a button by hand, under nothing that the chat shows; a loner stays out of what others share."""
        if who < LONERS and data.partition(":")[0] in JOINING:
            return
        self.there(who)
        chat = self.chats[who]
        query = {
            "id": "1",
            "from": self.street.world.person(chat),
            "chat_instance": "1",
            "data": data,
            "message": {"message_id": 1, "date": 0, "chat": self.street.world.chat(chat)},
        }
        self.heard(self.run(self.street.feed(self.street.new_update(callback_query=query))), chat)

    def there(self, who: int) -> None:
        """Let somebody who blocked the bot take that back before she writes, as Telegram does."""
        if self.chats[who] in self.blocked:
            self.block(who)

    def answered(self, who: int) -> None:
        """Let what she did come in, and be answered; Telegram's notes of the bot's own pins come in too."""
        raws = self.street.waiting()
        assert self.chats[who] in map(private_chat, raws)
        for raw in raws:
            self.heard(self.run(self.street.feed(raw)), private_chat(raw))

    def heard(self, calls: list[Request], chat: int | None) -> None:
        """Look for an answer in a chat."""
        self.looked_at(calls)
        if chat is not None:
            type(self).answers += 1
            assert said(calls, chat), (self.names[self.chats.index(chat)], self.street.raw[-1], self.street.logs)

    def looked_at(self, calls: list[Request]) -> None:
        """Look at what was said: nobody reads another's name or phone, and only the organiser of a draft."""
        type(self).updates += 1
        for call in calls:
            reader = self.chats.index(call.chat_id) if call.chat_id in self.chats else None
            words = f"{call.params} {call.params.get('reply_markup')}"
            if reader == ORGANISER and str(call.params.get("text")).startswith(CALL_LISTS):
                continue
            for whose, (name, number) in enumerate(zip(self.names, PHONES, strict=True)):
                if whose != reader:
                    assert number not in words, call
                    assert number.replace(" ", "") not in words, call
                    assert whose >= LONERS or name not in words, call
            assert reader == ORGANISER or SECRET not in words, call


def test_any_updates(store: Store, database_kind: str, scale: Scale, found: Found) -> None:
    AnyUpdates.store, AnyUpdates.updates, AnyUpdates.answers = store, 0, 0
    small = scale == SMALL
    settings = hypothesis.settings(
        max_examples=scale.examples,
        stateful_step_count=scale.steps,
        deadline=None,
        derandomize=small,
        phases=[hypothesis.Phase.generate, *([] if small else [hypothesis.Phase.shrink])],  # a gate has little time
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    run_state_machine_as_test(AnyUpdates, settings=settings)
    found(
        "Any updates in any order",
        database=database_kind,
        conversations=scale.examples,
        happenings=AnyUpdates.updates,
        answers_due_and_given=AnyUpdates.answers,
        unhandled=0,
    )
