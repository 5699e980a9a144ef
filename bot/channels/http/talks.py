"""Conversations over HTTP: whose they are, and what becomes of a message in one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from weakref import WeakValueDictionary

from bot.channels.http import shapes
from bot.channels.http.once import Once
from bot.channels.http.problems import ProblemError
from bot.channels.http.telling import answer_of, said, told
from bot.conversation.language import language_of
from bot.domain import SILENCE, Incoming, Press, Reply, Unanswered
from bot.errors import StoreError
from bot.files.config.settings import Settings
from bot.lru import Lru
from bot.matching.decide.small_talk_words import PERSON
from bot.service.judging import REGRETTED, Judging
from bot.service.kept import listed
from bot.service.serving import Parts
from bot.service.visitors.mailbox import Mail
from bot.service.visitors.numbers import (
    incoming_of,
    is_conversation,
    new_conversation,
    person_in,
    stored_as,
)
from bot.service.visitors.team import Team, Visitor
from bot.store.store import Kept, Label, LabelKind
from bot.texts import Texts

logger = logging.getLogger(__name__)

_MAX_KNOWN = 50_000  # conversations of which nobody asks the store
_RECALL_S = 0.3
_NO_CONVERSATION = "There is no conversation by this name."


class Talks:
    """Answers people in conversations of their own.

    Whoever knows a conversation's name takes part in it; see `bot.service.visitors.numbers`.

    Attributes:
        once: the answers to requests that may be sent again.
    """

    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._settings = settings
        self._live, self._store, self._health = parts.live, parts.store, parts.health
        self._line = parts.line
        self.once = Once()
        self._judging = Judging(parts.live, parts.store)
        self._langs: Lru[str, str | None] = Lru(_MAX_KNOWN)  # by conversation, as it was last told
        self._shown: Lru[str, str] = Lru(_MAX_KNOWN)  # entries, by the decision that led there
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # --- what people say -------------------------------------------------------------------------

    async def ask(self, text: str, given: str | None, lang: str | None) -> shapes.Answer:
        """Answer a message.

        Args:
            given: the conversation, as whoever asks names it.
            lang: the code of the person's language; None if unknown.
        """
        async with self._turn(await self._begun(given), lang) as visitor:
            incoming = _incoming(visitor, text)
            if self._is_with_team(visitor):
                return self._answer(visitor, incoming, await self._with_team(visitor, incoming))
            return self._answer(visitor, incoming, await self._reply(visitor, incoming))

    async def choose(
        self, choice: str | None, given: str | None, lang: str | None
    ) -> shapes.Answer:
        """Answer a choice of what was offered last, or show an entry.

        Args:
            choice: None for none of these.
        Raises:
            ProblemError: nothing was offered, or there is no such entry.
        """
        async with self._turn(await self._begun(given), lang) as visitor:
            follow_up = await self._live.follow_up(stored_as(visitor.conversation))
            offered = () if follow_up is None else follow_up.choices
            if choice is None and follow_up is None:
                wrong = "Nothing was offered to choose from in this conversation; ask first."
                raise ProblemError(409, wrong)
            is_offered = choice is None or choice in {each.entry_id for each in offered}
            if not is_offered and choice not in self._live.faq.by_id:
                wrong = "There is no entry by this id; choose one that was offered, or null."
                raise ProblemError(404, wrong)
            press = Press(choice)
            if follow_up is not None and is_offered:
                others = choice is None and follow_up.tentative
                press = Press(choice, follow_up.decision_id, shows_others=others)
            incoming = _incoming(visitor, press)
            return self._answer(visitor, incoming, await self._reply(visitor, incoming))

    async def call_person(
        self, text: str | None, given: str | None, lang: str | None, name: str
    ) -> shapes.Answer:
        """Open a conversation with the team.

        Args:
            text: what it is about; None: what was asked last.
            name: what the person calls themselves; "" where they do not say.
        Raises:
            ProblemError: there is no team.
        """
        async with self._turn(await self._begun(given), lang, name) as visitor:
            incoming = _incoming(visitor, text or "")
            texts = self._live.texts(language_of(incoming))
            said = await self._called(visitor, texts, text)
            return self._answer(visitor, incoming, Reply(said))

    async def close(self, conversation: str) -> None:
        """End a conversation with the team.

        Raises:
            ProblemError: there is none.
        """
        await self._require(conversation)
        async with self._turn(conversation) as visitor:
            if not self._is_with_team(visitor):
                raise ProblemError(409, "This conversation is not with the team.")
            await self._team().close(visitor, self._live.texts(visitor.lang))

    async def judge(
        self, conversation: str, decision_id: str, *, is_helpful: bool
    ) -> shapes.Regret | None:
        """Keep whether something helped; what is said to whoever it did not, or None.

        Raises:
            ProblemError: there is no such decision in this conversation.
        """
        await self._require(conversation)
        async with self._turn(conversation) as visitor:
            mails = self._line.mailbox.after(conversation, 0)
            of_team = any(
                mail.asks_if_helped and mail.reply and mail.reply.decision_id == decision_id
                for mail in mails
            )
            kinds = (LabelKind.DOWN, LabelKind.UP)
            kinds = (LabelKind.UNHELPED, LabelKind.HELPED) if of_team else kinds
            kind, entry_id = kinds[is_helpful], None if of_team else self._shown.get(decision_id)
            person = person_in(conversation)
            label = Label(decision_id, kind, person, time.time(), entry_id)
            if not await self._judging.is_first(label):
                await self._require_decision(conversation, decision_id)
                return None
            if kind not in REGRETTED:
                return None
            reply = await self._judging.regret(label, stored_as(conversation), visitor.lang)
            return shapes.Regret(reply=self._told(reply, self._live.texts(visitor.lang)))

    async def begin(self, given: str | None, lang: str | None) -> tuple[str, str | None]:
        """A conversation that something other than a message is said in, and its language."""
        conversation = await self._begun(given)
        lang = self._langs[conversation] = lang or self._langs.get(conversation)
        return conversation, lang

    def say(self, conversation: str, text: str, lang: str | None, reply: Reply) -> shapes.Answer:
        """What is said to something that no conversation is needed for."""
        visitor = Visitor(conversation, lang)
        return self._answer(visitor, _incoming(visitor, text), reply)

    # --- what the team says ----------------------------------------------------------------------

    async def messages(
        self, conversation: str, after: int, wait_s: float = 0.0
    ) -> Sequence[shapes.Said]:
        """What the team has said since; waits for something where there is nothing.

        Raises:
            ProblemError: there is no such conversation.
        """
        await self._require(conversation)
        if self._line.team is not None:
            await self._line.team.fetch_mail(conversation)
        mails = await self._line.mailbox.wait(conversation, after, wait_s)
        return [self._said(mail, self._langs.get(conversation)) for mail in mails]

    def standing(self, conversation: str) -> shapes.Standing | None:
        """Whether a conversation is with the team, which has said something yet or not."""
        team = self._line.team
        if team is None or not team.is_open(conversation):
            return None
        return "waiting" if team.is_waiting(conversation) else "talking"

    # --- what is kept ----------------------------------------------------------------------------

    async def kept(self, conversation: str) -> shapes.MyData:
        """All that is remembered of a conversation.

        Raises:
            ProblemError: that cannot be read now.
        """
        try:
            kept = Kept()
            if is_conversation(conversation):
                kept = await self._store.kept_of(person_in(conversation))
        except StoreError as error:
            raise ProblemError(503, f"The bot's memory cannot be read now: {error}.") from None
        return shapes.MyData(
            text=listed(kept, self._live.texts(self._langs.get(conversation))),
            questions=[
                shapes.KeptQuestion(
                    at=each.at,
                    text=each.text,
                    decision=each.id,
                    action=each.decision.action.value,
                    entry=each.decision.entry_id,
                    said=[label.kind.value for label in each.labels],
                )
                for each in kept.records
            ],
            with_team=len(kept.tickets),
        )

    async def forget(self, conversation: str) -> None:
        """Erase all that is remembered of a conversation, which is unknown from then on.

        Raises:
            ProblemError: that cannot be done now.
        """
        if not is_conversation(conversation):
            return
        person = person_in(conversation)
        try:
            async with self._alone(conversation):
                if self._line.team is not None:
                    await self._line.team.forget(conversation)
                else:
                    async with self._store.under_way.forgetting(person):
                        await self._live.forget(person)
        except StoreError as error:
            logger.warning("a visitor could not be forgotten: %s", error)
            wrong = "It could not be erased just now; send it again in a few minutes."
            raise ProblemError(503, wrong, {"Retry-After": "60"}) from None
        self._langs.pop(conversation, None)
        self._line.mailbox.forget(conversation)
        self.once.forget(conversation)

    # --- how it is answered ----------------------------------------------------------------------

    async def _reply(self, visitor: Visitor, incoming: Incoming) -> Reply:
        """What the bot says to a message or a choice.

        A question that stays unanswered goes to the team first, and the reply says so. Who asks for
        a person in words is given one.
        """
        reply = await self._asked(incoming)
        texts, team = self._live.texts(language_of(incoming)), self._line.team
        kind = None if reply.decision is None else reply.decision.small_talk
        if team is None:
            return reply
        if reply.unanswered is not None:
            said = reply.passed_on or reply.text
            passed = await team.pass_on(visitor, reply.unanswered, said, texts)
            return reply if passed is None else replace(reply, text=passed)
        if kind == PERSON:
            return replace(reply, text=await self._called(visitor, texts))
        return reply

    async def _with_team(self, visitor: Visitor, incoming: Incoming) -> Reply:
        """What the bot says to what goes to the team: only what it is sure of, while they wait."""
        reply, texts, team = SILENCE, self._live.texts(language_of(incoming)), self._team()
        if team.is_waiting(visitor.conversation):
            reply = await self._asked(replace(incoming, only_if_sure=True))
            reply = reply if reply == SILENCE else reply.below(texts.while_waiting)
        await team.hear(visitor, str(incoming.content), reply.answered, texts)
        return reply

    async def _asked(self, incoming: Incoming) -> Reply:
        """What the bot says by itself."""
        with self._counted():
            reply = await self._live.reply(incoming)
        if reply.answered and reply.decision_id:
            self._shown[reply.decision_id] = reply.answered[0]
        if reply.choice is not None and reply.decision_id:
            entry_id = reply.choice.entry_id
            kind = LabelKind.NONE if entry_id is None else LabelKind.CHOICE
            person = incoming.person or ""
            self._store.label(Label(reply.decision_id, kind, person, time.time(), entry_id))
        return reply

    async def _called(self, visitor: Visitor, texts: Texts, text: str | None = None) -> str:
        """What is told to somebody who asks for a person, once the team knows."""
        owed = None if text else self._live.asked_last(stored_as(visitor.conversation))
        return await self._team().call(visitor, owed or Unanswered(text), texts)

    def _answer(self, visitor: Visitor, incoming: Incoming, reply: Reply) -> shapes.Answer:
        texts, conversation = self._live.texts(language_of(incoming)), visitor.conversation
        standing, said = self.standing(conversation), self._told(reply, texts)
        return answer_of(reply, incoming, conversation, standing, said, self._live.matcher)

    def _told(self, reply: Reply, texts: Texts) -> shapes.Reply:
        feedback = self._settings.telegram.feedback
        return told(reply, texts, has_team=self._line.team is not None, wants_feedback=feedback)

    def _said(self, mail: Mail, lang: str | None) -> shapes.Said:
        reply = mail.reply
        return said(mail, None if reply is None else self._told(reply, self._live.texts(lang)))

    # --- whose it is -----------------------------------------------------------------------------

    def _team(self) -> Team:
        if self._line.team is None:
            raise ProblemError(409, "There is nobody behind the bot who could be asked.")
        return self._line.team

    def _is_with_team(self, visitor: Visitor) -> bool:
        team = self._line.team
        return team is not None and team.is_open(visitor.conversation)

    async def _begun(self, given: str | None) -> str:
        """A conversation that is under way, or a new one where none was begun by that name."""
        return given if given is not None and await self._is_known(given) else new_conversation()

    async def _require(self, conversation: str) -> None:
        if not await self._is_known(conversation):
            raise ProblemError(404, _NO_CONVERSATION)

    async def _require_decision(self, conversation: str, decision_id: str) -> None:
        """See that a decision belongs to a conversation, as far as that can be found out."""
        try:
            kept = await self._store.kept_of(person_in(conversation))
        except StoreError:
            return
        if decision_id not in {record.id for record in kept.records}:
            raise ProblemError(404, "There is no decision by this name in the conversation.")

    async def _is_known(self, given: str) -> bool:
        if given in self._langs:
            return True
        if not is_conversation(given):
            return False
        try:
            async with asyncio.timeout(_RECALL_S):
                return await self._store.last_decision(stored_as(given)) is not None
        except (StoreError, TimeoutError):
            return True  # nobody can guess one, and a made-up one leads nowhere

    @asynccontextmanager
    async def _turn(
        self, conversation: str, lang: str | None = None, name: str = ""
    ) -> AsyncIterator[Visitor]:
        """The turn of one message in its conversation, in which they are answered in order.

        Raises:
            ProblemError: the team has blocked the visitor.
        """
        async with self._alone(conversation):
            team = self._line.team
            if team is not None and await team.is_blocked(conversation):
                raise ProblemError(403, "Our team has blocked this conversation.")
            lang = self._langs[conversation] = lang or self._langs.get(conversation)
            with self._store.under_way.writing([person_in(conversation)]):
                yield Visitor(conversation, lang, name)

    @asynccontextmanager
    async def _alone(self, conversation: str) -> AsyncIterator[None]:
        lock = self._turns.setdefault(conversation, asyncio.Lock())
        async with lock:
            yield

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count a message among those that wait or are answered."""
        began = time.time()
        self._health.depth += 1
        try:
            yield
        finally:
            self._health.depth -= 1
            self._health.update_over(time.time() - began)


def _incoming(visitor: Visitor, content: str | Press) -> Incoming:
    return incoming_of(visitor.conversation, content, visitor.lang, time.time())
