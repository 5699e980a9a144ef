"""The bot that is served now: conversations over a matcher, swapped whole by a hot reload."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from bot.conversation.conversation import Conversation, may_choose
from bot.conversation.language import language_of
from bot.conversation.state import START, FollowUp, State
from bot.domain import Decision, Faq, Incoming, Press, Reply, Unanswered
from bot.errors import BotError, FileProblems, Problem
from bot.files.config.settings import Settings
from bot.lru import Lru
from bot.matching.build import Matcher, complete, measure, rebuild, valid
from bot.matching.encoder.encoder import Vectors
from bot.matching.text import MAX_UTTERANCE_CHARS
from bot.service import heap
from bot.service.health import Health
from bot.service.incidents import Incidents, Trouble
from bot.service.recall import Recall
from bot.service.source import Source
from bot.service.worker import Worker
from bot.store.async_store import AsyncStore
from bot.store.store import LabelKind, Record
from bot.texts import TeamTexts, Texts, fill

logger = logging.getLogger(__name__)

_MAX_STATES = 10_000  # conversations; those that were silent for longest are forgotten
_RECALL_S = 24 * 3600.0  # after a restart, buttons of the last day's follow-up have their words
_UNREADABLE = 0.3  # of a text: the share of words the model does not know
_MAX_TOLD = 20  # mistakes in one message


class Live:
    """Answers people, and remembers where each conversation stands. Use it from the event loop.

    Args:
        matcher: serves until the first reload.
        source: gives what is to be served.
        worker: the one thread that matches.
        store: keeps decisions, and follow-ups over a restart.
        health: notes decisions, and whether the last reload succeeded.
    Attributes:
        incidents: what somebody has to see to.
        recall: what was said before, as far as the store tells.
    """

    def __init__(
        self, matcher: Matcher, source: Source, worker: Worker, store: AsyncStore, health: Health
    ) -> None:
        self._source, self._worker, self._store = source, worker, store
        self._health = worker.health = health
        self._states: Lru[str, State] = Lru(_MAX_STATES)
        self._reading, self._measuring = asyncio.Lock(), asyncio.Lock()
        self._is_asked = False  # by somebody, to read the files anew
        self._improving: asyncio.Task[None] | None = None
        self.incidents = Incidents()
        self.recall = Recall(store)
        health.memory_unwritable.set_function(lambda: store.trouble is not None)
        health.encoder_unavailable.set_function(lambda: self._matcher.encoder.trouble is not None)
        health.handoff_unreachable.set_function(lambda: Trouble.HANDOFF in self.incidents.reasons)
        self._swap(matcher)

    @property
    def faq(self) -> Faq:
        """What is answered from."""
        return self._conversation.faq

    @property
    def matcher(self) -> Matcher:
        """What decides now; where a key of its settings needs a restart, as it was at the start."""
        return self._matcher

    @property
    def fingerprint(self) -> str:
        """Of FAQ, model and settings; decisions made now carry it."""
        return self._matcher.fingerprint

    def note(self, *, has_old_scores: bool) -> str | None:
        """What whoever looks after the thresholds should know, in one line; None for nothing.

        Args:
            has_old_scores: see `Stats`.
        """
        settings, stale = self._matcher.settings, self._matcher.stale
        line = settings.thresholds.follow_up
        if stale is not None or not has_old_scores or settings.lock.exists():
            return stale
        if line == Settings().thresholds.follow_up:
            return None
        return (
            "Since this version 0.60 lies lower on the scale of scores, so the bot asks about more "
            f"at the same thresholds.follow_up ({line:g}, set by hand). To tune it: "
            "python -m bot tune LABELLED --write"
        )

    def texts(self, lang: str | None) -> Texts:
        """The bot's sentences in a person's language."""
        return self._conversation.phrasebook.of(lang)

    @property
    def team_texts(self) -> TeamTexts:
        """The sentences for those who help."""
        return self.texts(None).team

    def welcome(self, lang: str | None) -> str:
        """How a person is greeted."""
        return self._conversation.welcome(lang)

    def help(self, lang: str | None) -> str:
        """How to ask, and about what."""
        return self._conversation.help(lang)

    async def reply(
        self,
        incoming: Incoming,
        quoted: tuple[str, int] | None = None,
        stands: Sequence[str] | None = None,
    ) -> Reply:
        """What the bot says to one message or pressed button; the decision is kept.

        Args:
            quoted: the chat and the message of the bot's to which this is a reply.
            stands: see `Conversation.reply`.
        """
        started = time.perf_counter()
        # Of nobody nothing is kept.
        decision_id = "" if incoming.person is None else incoming.decision_id
        incoming = replace(incoming, decision_id=decision_id, read_at=time.time())
        state = await self._state(incoming)
        utterance = None if isinstance(incoming.content, Press) else incoming.content
        reply, after = await self._worker.run(
            self._conversation.reply,
            *(incoming, state, await self.recall.asked(quoted), stands),
            utterance=utterance,
            owner=incoming.person or incoming.conversation,
        )
        if after == START:
            self._states.pop(incoming.conversation, None)
        else:
            self._states[incoming.conversation] = after
        if reply.decision is not None:
            took_s, is_missing = time.perf_counter() - started, reply.decision.unavailable
            action = "unavailable" if is_missing else reply.decision.action.value
            self._health.decided(action, took_s)
            # What nothing could be said to is neither asked nor missed.
            if not is_missing and incoming.decision_id and incoming.person is not None:
                text = str(incoming.content)[: MAX_UTTERANCE_CHARS + 1]
                record = Record(
                    id=incoming.decision_id,
                    at=incoming.read_at,
                    # What leans on words that were said before cannot be read again by itself.
                    text=None if reply.joined is not None else text,
                    lang=incoming.lang,
                    decision=reply.decision,
                    person=incoming.person,
                    conversation=incoming.conversation,
                    small_talk=reply.decision.small_talk is not None,
                    unknown=self._matcher.known_words.unknown_share(text),
                    took_s=took_s,
                )
                self._store.record(record)
        return reply

    async def follow_up(self, conversation: str) -> FollowUp | None:
        """What was last offered to choose from; None where nothing was."""
        return (await self._state(Incoming(conversation, Press(None)))).follow_up

    async def decide(
        self, text: str, lang: str | None, without: frozenset[str] = frozenset()
    ) -> Decision:
        """What would be decided on a text now; nothing is kept of it.

        Args:
            lang: the code of the language of the person who asks; None if unknown.
            without: ids of entries that are taken not to exist.
        """
        text = text[: MAX_UTTERANCE_CHARS + 1]
        lang = language_of(Incoming("", text, lang))
        return await self._worker.run(self._matcher.decide, text, lang, without, utterance=text)

    async def vectors(self, texts: Sequence[str]) -> list[Vectors | None]:
        """A unit vector of each text; None where the model does not know most of its words."""
        encoder = self._matcher.encoder
        vectors = await self._worker.run(encoder.utterances.encode, texts)
        shares = map(encoder.vocabulary.unknown_share, texts)
        return [
            vector if share < _UNREADABLE else None
            for vector, share in zip(vectors, shares, strict=True)
        ]

    async def regret(self, conversation: str) -> bool:
        """Note that the bot says sorry in a conversation; whether it did so lately."""
        state, now = await self._state(Incoming(conversation, Press(None))), time.time()
        self._states[conversation] = replace(state, regretted_at=now)
        return state.regrets(now)

    def judged(self, kind: LabelKind) -> None:
        """Note a thumb, up or down."""
        self._health.thumbs.labels(kind.value).inc()

    def asked_last(self, conversation: str) -> Unanswered | None:
        """What the bot owes a conversation an answer to, or was asked there lately."""
        return self._states.get(conversation, START).asked_last(time.time())

    async def forget(self, person: str, wish: int | None = None) -> None:
        """Erase what is known of a person: where their conversations stand, and what is stored.

        Args:
            wish: see `Store.forget`.
        Raises:
            StoreError: the store cannot erase it now.
        """
        self.drop(person)
        await self._store.forget(person, wish)

    def drop(self, person: str) -> None:
        """Forget where a person's conversations stand."""
        for conversation, state in list(self._states.items()):
            if state.person == person:
                del self._states[conversation]

    async def reload(self, texts: TeamTexts, person: str | None = None) -> str:
        """Read the files anew, serve them, and tell what came of it; with mistakes in them the old
        ones are still served.

        One reload at a time: whoever asks during one that nobody asked for gets the next one, and
        all others are told that it is under way.

        Args:
            person: who asked, as the channel names them; None where nobody waits for it.
        """
        if self._is_asked or (person is None and self._reading.locked()):
            logger.info("the FAQ is being read already")
            return texts.reload_running
        self._is_asked = person is not None
        async with self._reading:
            try:
                return await self._read_anew(texts, person)
            finally:
                self._is_asked = self._is_asked and person is None

    async def catch_up(self) -> str | None:
        """Serve what has just been written; says why it is not served, None where it is."""
        async with self._reading:
            told = await self._read_anew(self.team_texts, None)
        return told if Trouble.FAQ in self.incidents.reasons else None

    async def complete(self) -> None:
        """Load the second encoder, if one is wanted and missing, and serve with it from then on."""
        try:
            while not (matcher := self._matcher).is_complete:
                completed = await asyncio.to_thread(complete, matcher, self._worker)
                if self._matcher is matcher:
                    self._swap(completed)
                del matcher, completed  # or what served before is still held
        except (BotError, OSError) as error:
            logger.error("the second encoder is not loaded, its languages go without it: %s", error)
        await asyncio.to_thread(self._matcher.known_words.prepare)
        await asyncio.to_thread(heap.give_back)

    async def serve_valid(self, at: float) -> None:
        """Serve the entries valid at a time (seconds since 1970); an error leaves all as it was."""
        async with self._reading:
            old = self._matcher
            faq = valid(old, at)
            if faq is old.faq:
                return
            rebuilt = await asyncio.to_thread(rebuild, old, old.settings, faq, self._worker)
            self._serve(rebuilt.matcher)
        logger.info("by their dates %d entries are valid now, and served", len(faq.entries))

    def _swap(self, matcher: Matcher) -> None:
        """Swap all that depends on the files; the conversations go on."""
        self._matcher = self._worker.reader = matcher
        self._conversation = Conversation(matcher.faq, matcher, matcher.settings.phrasebook)

    async def _read_anew(self, texts: TeamTexts, person: str | None) -> str:
        try:
            settings, faq = await self._source.read(is_asked=person is not None)
            rebuilt = await asyncio.to_thread(rebuild, self._matcher, settings, faq, self._worker)
        except (BotError, OSError) as error:
            await self._source.refused()
            problems = error.problems if isinstance(error, FileProblems) else ()
            reason = _listed(problems) or str(error)
            told = "the FAQ is not read anew, the old one is still served:"
            logger.error("%s%s%s", told, "\n" if problems else " ", error)
            self._health.reload_success.set(0)
            self.incidents.begin(Trouble.FAQ, reason, person)
            if not problems:
                return texts.reload_failed.replace("{reason}", reason)
            told = texts.reload_refused_once if len(problems) == 1 else texts.reload_refused
            return f"{told.replace('{count}', str(len(problems)))}\n\n{reason}"
        self._serve(rebuilt.matcher)
        await self._source.served(rebuilt.matcher)
        self._health.reload_success.set(1)
        self.incidents.end(Trouble.FAQ, person)
        wordings = sum(len(entry.wordings) for entry in faq.entries)
        logger.info("the FAQ was read anew: %d entries, %d wordings", len(faq.entries), wordings)
        told = fill(texts.reloaded, entries=len(faq.entries), wordings=wordings)
        if rebuilt.needs_restart:
            keys = ", ".join(rebuilt.needs_restart)
            logger.warning("changes of %s take effect after a restart", keys)
            told = f"{told}\n{texts.restart_needed.replace('{keys}', keys)}"
            self.incidents.begin(Trouble.RESTART, keys, person)
        else:
            self.incidents.end(Trouble.RESTART, person)
        return told

    def _serve(self, rebuilt: Matcher) -> None:
        """Serve changed files from now on, soon with all that belongs to them."""
        self._swap(rebuilt)
        self._improving = asyncio.create_task(self._improve())

    async def _improve(self) -> None:
        """Serve the FAQ that was read anew with all that belongs to it."""
        if self._matcher.is_provisional:
            await self._measure(self._matcher)
        await self.complete()

    async def _measure(self, provisional: Matcher) -> None:
        """Measure the FAQ that is served, and serve it with that."""
        logger.info("served with the measurements of the FAQ before; the new one is being measured")
        try:
            async with self._measuring:
                if self._matcher is not provisional:
                    return
                measured = await asyncio.to_thread(measure, provisional, self._worker)
        except (BotError, OSError) as error:
            logger.error("the new FAQ is not measured, those before are kept: %s", error)
            return
        if self._matcher is not provisional:
            logger.info("the FAQ has changed again; what was measured is of no use")
            return
        self._swap(measured)
        logger.info(
            "the new FAQ is measured; decisions now carry fingerprint %s", measured.fingerprint
        )

    async def _state(self, incoming: Incoming) -> State:
        """Where a conversation stands; from before a restart, if that can make a difference."""
        state = self._states.get(incoming.conversation)
        if state is not None or not may_choose(incoming.content):
            return state or START
        since = time.time() - _RECALL_S
        found = await self.recall.follow_up(incoming.conversation, since)
        if found is None:
            return START
        decision = found.decision
        return self._conversation.resumed(
            *(found.id, found.text, decision.candidates),
            tentative=decision.tentative,
            lang=language_of(incoming),
            at=found.at,
        )


def _listed(problems: Sequence[Problem]) -> str:
    more = ["…"] if len(problems) > _MAX_TOLD else []
    return "\n".join([*map(str, problems[:_MAX_TOLD]), *more])
