"""People behind the bot: a question goes to the handoff chat, and what is replied there goes back.

Neither side is left without a word: whatever cannot be delivered is said to whoever sent it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from telegram import Bot, Update

from bot.channels.telegram.api.sender import Address, Sender
from bot.channels.telegram.handoff.posting import posts
from bot.channels.telegram.handoff.posting.backlog import Backlog
from bot.channels.telegram.handoff.posting.reach import Reach
from bot.channels.telegram.handoff.posting.team_chat import Refusal, TeamChat
from bot.channels.telegram.handoff.posting.topics import Topics
from bot.channels.telegram.handoff.records import notes
from bot.channels.telegram.handoff.records.blocks import BLOCKS, Blocks
from bot.channels.telegram.handoff.records.files import Files
from bot.channels.telegram.handoff.records.tickets import Tickets
from bot.channels.telegram.handoff.replying.custody import Custody
from bot.channels.telegram.handoff.replying.desk import Desk
from bot.channels.telegram.handoff.replying.moderation import Moderation
from bot.channels.telegram.handoff.replying.switchboard import Switchboard
from bot.channels.telegram.handoff.replying.to_person import ToPerson
from bot.channels.telegram.keyboard import Keyboards
from bot.channels.telegram.updates import (
    address_of,
    conversation_of,
    has_file,
    is_edit,
    lang_of,
    message_of,
    read_incoming,
    text_of,
)
from bot.domain import Action, Decision, Hit, Unanswered
from bot.errors import StoreError
from bot.files.config.telegram import HandoffOn, TelegramSettings
from bot.service.live import Live
from bot.service.queue.shared_queue import FORGOTTEN, kept_from_others, telling
from bot.service.replicas import Replicas
from bot.store.async_store import AsyncStore
from bot.store.store import Record, Ticket
from bot.texts import Texts

logger = logging.getLogger(__name__)

_WAIT_S = 600.0  # without a word from anybody; then who writes is told that they wait


class Handoff:
    """Passes on between people and the team.

    Attributes:
        tickets, files: what was handed to the team, and what people sent in case it will be.
        reach: whether the handoff chat can be posted in.
        desk: what the team says.
        custody: who of the team has which conversation.
        moderation: whom the team and admins block.
        blocks: who is blocked.
        board: what all who serve the team work with.
    """

    def __init__(
        self,
        settings: TelegramSettings,
        sender: Sender,
        store: AsyncStore,
        live: Live,
        keyboards: Keyboards,
        bot: Bot,
        replicas: Replicas,
    ) -> None:
        self._settings = settings
        self._timeout_s = settings.handoff_timeout * 60.0
        self._store = store
        self._live = live
        self._replicas = replicas
        self.files, self.blocks = Files(), Blocks(store)
        self.tickets = tickets = Tickets(store, is_shared=replicas.is_shared)
        replicas.on(BLOCKS, self.blocks.forget)
        replicas.on(FORGOTTEN, self._forget_at_hand)
        self._topics = Topics(bot, store, tickets, is_wanted=settings.handoff_topics)
        self.reach = Reach(settings.handoff_chat, sender, live, self._topics)
        team = TeamChat(sender, tickets, live, self.reach, self._topics)
        self._backlog = Backlog(team, sender, tickets, live, keyboards)
        to_person = ToPerson(sender, live, keyboards, settings.office_hours)
        self.board = Switchboard(
            sender, live, keyboards, tickets, self.reach, self.blocks, team, to_person
        )
        self.custody = Custody(self.board)
        self.desk = Desk(self.board, self.custody)
        self.moderation = Moderation(self.board, settings.admins)

    async def load(self) -> None:
        """Take up what was open, or waited for a digest, before the bot was started."""
        chat_id = self.reach.chat_id
        try:
            await self.blocks.load()
            if chat_id is not None:
                await self.tickets.load()
        except StoreError as error:
            logger.warning("who was talking to the team is not known: %s", error)
        if chat_id is not None:
            await self.board.sender.typing(Address(chat_id))  # tells whether the chat has moved

    async def catch_up(self, update: Update) -> None:
        """Learn what other replicas have made of the tickets of whoever sent an update.

        Raises:
            StoreError: the store cannot be read now.
        """
        if self._replicas.is_shared and self.reach.chat_id is not None:
            await self.tickets.read_again(conversation_of(update))

    def is_open(self, conversation: str) -> bool:
        """Whether a conversation's messages go to the team."""
        ticket = self.tickets.of_conversation(conversation)
        return ticket is not None and ticket.is_open

    def is_waiting(self, conversation: str) -> bool:
        """Whether a person waits for the team's first word."""
        ticket = self.tickets.of_conversation(conversation)
        return ticket is not None and ticket.is_open and not ticket.answered

    def standing(self, conversation: str, texts: Texts) -> str | None:
        """Where a person is who talks to the team, or waits for it; None who does neither."""
        if not self.is_open(conversation):
            return None
        if self.is_waiting(conversation):
            return self.board.to_person.waits(texts.still_waiting, texts)
        return texts.with_team_in_group if conversation.startswith("-") else texts.with_team

    async def pass_on(
        self, update: Update, unanswered: Unanswered, told: str, texts: Texts
    ) -> str | None:
        """Post a question that the bot could not answer, unless only who asks for it is passed on.

        Args:
            told: what to tell the person then.
        Returns:
            The same, and when somebody is there; None where the team does not get it. Who asked for
            no team need not know that.
        """
        if self._settings.handoff_on is HandoffOn.ASKED or unanswered.question is None:
            return None
        if self.reach.chat_id in {None, address_of(update).chat_id}:
            return None
        refusal = await self._ask(update, unanswered, is_open=False)
        return self.board.to_person.waits(told, texts) if refusal is None else None

    async def call(self, update: Update, unanswered: Unanswered, texts: Texts) -> str:
        """Open a conversation with the team; returns what to tell the person."""
        if self.reach.chat_id is None:
            return texts.person_away
        refusal = await self._ask(update, unanswered, is_open=True)
        told = texts.person_comes_in_group if address_of(update).chat_id < 0 else texts.person_comes
        waits = self.board.to_person.waits(told, texts)
        return waits if refusal is None else refusal.told(texts)

    async def edited(self, update: Update, _: object) -> None:
        """Show the team what somebody who talks to it has changed."""
        await self.from_person(update, ())

    async def from_person(self, update: Update, answered: Sequence[str]) -> None:
        """Pass on what a person writes while a conversation with the team is open.

        Args:
            answered: the entries that the bot has answered it with meanwhile.
        """
        board, message = self.board, message_of(update)
        ticket = self.tickets.of_conversation(conversation_of(update))
        if ticket is None:
            return
        ticket = self.tickets.heard(ticket, update, is_open=ticket.is_open)
        name, sentence = notes.name_there(ticket), board.texts.says
        sentence = board.texts.edited if is_edit(update) else sentence
        text = None if has_file(message) else text_of(update)
        if text is None:  # its words stand beneath the file
            self.files.show(update)
            parts = posts.pieces(name, "", sentence, board.texts) if is_edit(update) else []
            refusal = await self._backlog.show(ticket, "", parts, [message.message_id])
        else:
            parts = posts.pieces(name, text, sentence, board.texts)
            parts[-1] += posts.answered_note(answered, self._live.faq, board.texts)
            refusal = await self._backlog.show(ticket, text, parts)
        if refusal is None:
            await self._reassure(update, ticket, has_answer=bool(answered))
            return
        self.tickets.change(ticket, is_open=refusal is not Refusal.AWAY)
        await board.say(update, refusal.told(board.to_person.texts(ticket)))

    async def keep_file(self, update: Update) -> bool:
        """Keep a file that somebody sent, in case the team is asked about it.

        Returns:
            Whether it went to the team at once, as it belongs to an album that went there.
        """
        ticket = self.tickets.of_conversation(conversation_of(update))
        if ticket is not None and self.files.is_shown(update):
            return await self._backlog.show(ticket, "", (), [message_of(update).message_id]) is None
        self.files.note(update)
        return False

    async def close_by_person(self, update: Update, texts: Texts) -> None:
        """End a person's conversation with the team."""
        board = self.board
        ticket = self.tickets.of_conversation(conversation_of(update))
        if ticket is None or not ticket.is_open:
            await board.say(update, texts.nothing_to_close)
            return
        self.tickets.close(ticket)
        await board.say(update, *board.to_person.goodbye(ticket))
        await board.team.say(ticket, board.texts.ended_by_person)

    async def tick(self) -> None:
        """Send what has waited long enough, and end conversations whose time is up."""
        board = self.board
        if self._replicas.is_shared:
            await self.tickets.load()
        await self.reach.check_again()
        if self._replicas.is_shared and any(self.tickets.waiting()):
            async with telling(self._store, self._replicas):
                await self.tickets.load()  # now that nobody else is forgotten
                await self._backlog.send_digest()
        else:
            await self._backlog.send_digest()
        for ticket in self.tickets.silent_since(time.time() - self._timeout_s):
            self.tickets.close(ticket)
            told = board.to_person.goodbye(ticket, is_late=True)
            await board.sender.quietly(notes.home_of(ticket), *told)
            await board.team.say(ticket, board.texts.ended_by_time)

    async def forget(self, person: str, wish: int | None = None) -> None:
        """Erase a person everywhere; posts first, as only rows know of them.

        Where that comes to nothing, or the process ends, the wish is carried out once more.

        Args:
            wish: the update that asks for it; None where it is none.
        Raises:
            StoreError: the store cannot erase it now.
            TelegramError: posts cannot be deleted now.
        """
        board, chat_id = self.board, self.reach.chat_id
        self.files.forget(person)
        with self.tickets.forgetting(person):
            async with (
                self._store.under_way.forgetting(person, wish),
                kept_from_others(self._store, self._replicas, person, wish),
            ):
                own, named = await self._store.posts_of(person)
                if chat_id is not None:
                    await self._topics.forget(person, chat_id)
                await board.team.forget(own, named)
                await self._live.forget(person, wish)
        if own and chat_id is not None:
            await board.sender.quietly(Address(chat_id), board.texts.forgot)

    def _forget_at_hand(self, person: str) -> None:
        """Drop what this process knows of a person whom another one has erased."""
        self.files.forget(person)
        self.tickets.drop(person)
        self._live.drop(person)

    async def _reassure(self, update: Update, ticket: Ticket, *, has_answer: bool) -> None:
        """Tell a person who has heard of nobody for long that they are in line."""
        board = self.board
        if not has_answer:
            if time.time() - notes.told_at(ticket) <= _WAIT_S:
                return
            texts = board.to_person.texts(ticket)
            waits = board.to_person.waits(texts.still_waiting, texts)
            await board.sender.quietly(address_of(update), waits)
        self.tickets.note(ticket, told=int(time.time()))

    async def _ask(
        self, update: Update, unanswered: Unanswered, *, is_open: bool
    ) -> Refusal | None:
        """Show the team a question; returns why that cannot be done."""
        conversation, faq, board = conversation_of(update), self._live.faq, self.board
        if update.message is not None:
            self.files.note(update)
        was_open = self.is_open(conversation)
        ticket, question = self.tickets.asked(
            update, unanswered.question, is_open=is_open, fresh_s=self._timeout_s
        )
        decision_id = unanswered.decision_id
        if not decision_id:
            decision_id, unanswered = await self._recorded(update, unanswered)
        self.tickets.note(ticket, told=int(time.time()), decision=decision_id)
        if question is None:  # it stands there already, or there is none
            if not is_open:
                return None
            unanswered = replace(unanswered, nearest=(), decision_id="")
        unanswered = await self._less_refused(update, unanswered)
        name, changed = notes.shown_name(ticket), is_edit(update)
        parts = posts.question_posts(
            name, unanswered, faq, board.texts, wants_person=is_open, is_edit=changed
        )
        refusal = await self._backlog.show(
            ticket,
            unanswered.question or "",
            parts,
            self.files.take(conversation, unanswered.question),
            nearest=[faq.by_id[hit.entry_id] for hit in posts.near(unanswered, faq)],
            missed=unanswered.decision_id,
            wants_person=is_open,
            share=1.0 if is_open else 0.5,
        )
        if refusal is not None:
            self.tickets.change(ticket, is_open=was_open and refusal is Refusal.FULL)
        return refusal

    async def _less_refused(self, update: Update, unanswered: Unanswered) -> Unanswered:
        """What comes nearest but for what whoever asked did not mean, as they have said."""
        refused = frozenset(hit.entry_id for hit in unanswered.nearest)
        if not (unanswered.is_refused and refused) or unanswered.question is None:
            return unanswered
        others = await self._live.decide(unanswered.question, lang_of(update), refused)
        return replace(unanswered, nearest=others.candidates, is_refused=False)

    async def _recorded(self, update: Update, wanted: Unanswered) -> tuple[str, Unanswered]:
        """Remember that a person was asked for, so that what is said of that has its place; and
        what they are asked, as a question that was missed.

        Returns:
            The id of the decision, and the question with what comes near to it.
        """
        question = wanted.question or ""
        incoming, near = read_incoming(update, question), wanted
        if incoming.person is None:
            return "", wanted
        asked = await self._live.decide(question, incoming.lang) if question else None
        is_missed = asked is not None and asked.small_talk is None
        candidates: tuple[Hit, ...] = ()
        if asked is not None and is_missed:
            candidates = asked.candidates
            near = replace(wanted, nearest=candidates, decision_id=incoming.decision_id)
        why = "a person was asked for"
        score = candidates[0].score if candidates else 0.0
        decision = Decision(
            *(Action.FALLBACK, None, score, candidates, why, self._live.fingerprint),
            thresholds=None if asked is None else asked.thresholds,
        )
        kept = Record(
            incoming.decision_id,
            time.time(),
            wanted.question,
            incoming.lang,
            decision,
            incoming.person,
            incoming.conversation,
            small_talk=not is_missed,  # it asks the bot nothing
            unknown=self._live.matcher.known_words.unknown_share(question) if is_missed else None,
        )
        self._store.record(kept)
        return kept.id, near
