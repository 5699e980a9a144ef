"""(Incoming, what the chat was asked) → Reply; knows no channel."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.conversation.topics import Topics
from bot.conversation.typed_choice import AGAIN, chosen, may_choose
from bot.domain import (
    SILENCE,
    Action,
    Choice,
    Decision,
    Faq,
    FaqEntry,
    Incoming,
    Press,
    Reply,
    Span,
    Unanswered,
)
from bot.errors import StoreError
from bot.formatting import parse, plain_text
from bot.matching.text.normalise import MAX_UTTERANCE_CHARS, same_wording
from bot.store.async_store import AsyncStore
from bot.store.store import Record
from bot.texts import Phrasebook, Texts

_MAX_STATES = 10_000  # conversations; the oldest are forgotten
_RECALL_S = 24 * 3600.0  # after a restart, a follow-up of the last day can still be chosen from
_RECALL_WAIT_S = 0.3  # a memory that is busy delays no answer for longer
_GREETINGS = frozenset(
    {"hi", "hi there", "hello", "hello there", "hey", "good morning", "good afternoon"}
    | {"good evening", "你好", "您好", "嗨", "在吗"}
)
_THANKS = frozenset(
    {"thanks", "thank you", "thx", "ty", "cheers", "many thanks", "thanks a lot"}
    | {"thank you very much", "谢谢", "多谢", "谢谢你", "谢谢您"}
)
_SMALL_TALK = _GREETINGS | _THANKS
_HAN = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Open:
    """A follow-up that waits for a choice."""

    choices: tuple[Choice, ...]
    decision_id: str
    unanswered: Unanswered  # what it was about, should none of the choices fit


@dataclass(frozen=True, slots=True)
class _State:
    """What is known of a conversation.

    Attributes:
        unanswered: what the bot owes an answer to.
        has_fallback: the last thing said was the long fallback.
    """

    person: str | None
    open: _Open | None = None
    unanswered: Unanswered | None = None
    has_fallback: bool = False


class Conversation:
    """Answers whatever comes in, and remembers which follow-up each conversation was shown.

    Not thread-safe: call it from the one thread that also matches.

    Args:
        decide: (utterance, the person's language) → decision.
        memory: keeps decisions and what people said about them; None: nothing is kept.
    """

    def __init__(
        self,
        faq: Faq,
        decide: Callable[[str, str | None], Decision],
        phrasebook: Phrasebook,
        memory: AsyncStore | None = None,
    ) -> None:
        self._memory = memory
        self._states: OrderedDict[str, _State] = OrderedDict()
        self.adopt(faq, decide, phrasebook)

    def adopt(
        self, faq: Faq, decide: Callable[[str, str | None], Decision], phrasebook: Phrasebook
    ) -> None:
        """Go on with another FAQ; the conversations go on with it."""
        self._faq = faq
        self._decide = decide
        self._phrasebook = phrasebook
        self._topics = Topics(faq)

    def reply(self, incoming: Incoming) -> Reply:
        """What the bot says to one message or pressed button; `SILENCE` where it had better not."""
        incoming = _shortened(incoming)
        lang = language_of(incoming)
        texts = self._phrasebook.of(lang)
        state = self._states.pop(incoming.conversation, None)
        if isinstance(incoming.content, Press):
            return self._pressed(incoming, incoming.content, state, texts)
        waiting = self._waiting(incoming, incoming.content, state)
        if waiting is not None:
            choice = chosen(incoming.content, waiting.choices, texts.none_of_these)
            if incoming.only_if_sure and choice in (AGAIN, Press(None)):
                choice = None  # "yes" and "no" may well be said to somebody else
            if isinstance(choice, Press):
                press = replace(choice, decision_id=waiting.decision_id)
                return self._pressed(incoming, press, state, texts)
            if choice is AGAIN:
                return self._ask(incoming, waiting, None, texts)
        decision = self._decide(incoming.content, lang)
        if incoming.only_if_sure and decision.action is not Action.ANSWER:
            if state is not None:
                self._keep(incoming.conversation, state)
            return SILENCE
        wording = same_wording(incoming.content)
        is_small_talk = decision.action is Action.FALLBACK and wording in _SMALL_TALK
        decision_id = self._record(incoming, decision, is_small_talk)
        if decision.action is Action.ANSWER:
            return replace(self._answers(decision), decision_id=decision_id)
        if decision.action is Action.FOLLOW_UP:
            choices = tuple(self._choice(hit.entry_id) for hit in decision.candidates)
            unanswered = Unanswered(incoming.content, decision.candidates)
            waiting = _Open(choices, decision_id, unanswered)
            return self._ask(incoming, waiting, decision, texts)
        if is_small_talk:
            if waiting is not None:  # it still stands there to be chosen from
                self._keep(incoming.conversation, _State(incoming.person, waiting))
            text = texts.welcome if wording in _GREETINGS else texts.thanks
            return Reply(text, decision=decision, decision_id=decision_id)
        return self._fallback(incoming, decision, decision_id, state, waiting, texts)

    def unanswered(self, conversation: str) -> Unanswered | None:
        """What the bot owes a conversation an answer to, as far as it remembers."""
        state = self._states.get(conversation)
        return None if state is None else state.unanswered

    def forget(self, person: str) -> None:
        """Drop what is known of a person's conversations."""
        of_person = [name for name, state in self._states.items() if state.person == person]
        for name in of_person:
            del self._states[name]

    def _fallback(
        self,
        incoming: Incoming,
        decision: Decision,
        decision_id: str,
        state: _State | None,
        waiting: _Open | None,
        texts: Texts,
    ) -> Reply:
        """Say that the bot does not know: with the topics, and in short the next time."""
        is_again = state is not None and state.has_fallback
        unanswered = Unanswered(str(incoming.content), decision.candidates)
        kept = _State(incoming.person, waiting, unanswered, has_fallback=not is_again)
        self._keep(incoming.conversation, kept)
        return Reply(
            texts.fallback_again if is_again else texts.fallback,
            topics=() if is_again else self._topics.names(language_of(incoming)),
            decision=decision,
            decision_id=decision_id,
            unanswered=unanswered,
        )

    def _pressed(
        self, incoming: Incoming, press: Press, state: _State | None, texts: Texts
    ) -> Reply:
        choice = press if press.decision_id else None
        if press.entry_id is None:
            waiting = self._recalled(incoming, press, state)
            unanswered = Unanswered(None) if waiting is None else waiting.unanswered
            self._keep(incoming.conversation, _State(incoming.person, unanswered=unanswered))
            return Reply(
                texts.rephrase,
                decision_id=press.decision_id,
                unanswered=unanswered,
                choice=choice,
            )
        entry = self._faq.by_id.get(press.entry_id)
        if entry is None:
            return Reply(texts.gone)
        answer = self._answer(entry)
        return replace(answer, decision_id=press.decision_id, choice=choice)

    def _answer(self, entry: FaqEntry) -> Reply:
        related = tuple(map(self._choice, entry.related))
        spans = parse(entry.answer)
        return Reply(
            plain_text(spans),
            related=related,
            links=entry.links,
            spans=spans,
            attachments=entry.attachments,
            answered=(entry.id,),
        )

    def _answers(self, decision: Decision) -> Reply:
        """One answer, or several, each under its question.

        What another part of the message may have meant is offered along with what is related.
        """
        ids = tuple(str(answer.entry_id) for answer in decision.answers)
        replies = [self._answer(self._faq.by_id[entry_id]) for entry_id in ids]
        unsure = (part for part in decision.parts if part.action is Action.FOLLOW_UP)
        offered = [self._choice(part.candidates[0].entry_id) for part in unsure]
        related = [choice for reply in replies for choice in reply.related]
        told: list[Span] = []
        for entry_id, reply in zip(ids, replies, strict=True):
            question = Span(self._faq.by_id[entry_id].question, bold=True)
            told += [Span("\n\n"), question, Span("\n"), *reply.spans]
        spans = replies[0].spans if len(replies) == 1 else tuple(told[1:])
        return Reply(
            plain_text(spans),
            related=tuple(c for c in dict.fromkeys(offered + related) if c.entry_id not in ids),
            links=tuple(dict.fromkeys(link for reply in replies for link in reply.links)),
            decision=decision,
            spans=spans,
            attachments=tuple(dict.fromkeys(file for r in replies for file in r.attachments)),
            answered=ids,
        )

    def _choice(self, entry_id: str) -> Choice:
        return Choice(entry_id, self._faq.by_id[entry_id].question)

    def _ask(
        self, incoming: Incoming, waiting: _Open, decision: Decision | None, texts: Texts
    ) -> Reply:
        self._keep(incoming.conversation, _State(incoming.person, waiting))
        return Reply(
            texts.follow_up,
            choices=waiting.choices,
            way_out=texts.none_of_these,
            decision=decision,
            decision_id=waiting.decision_id,
        )

    def _keep(self, conversation: str, state: _State) -> None:
        self._states[conversation] = state
        if len(self._states) > _MAX_STATES:
            self._states.popitem(last=False)

    def _waiting(self, incoming: Incoming, text: str, state: _State | None) -> _Open | None:
        """The follow-up that a text may be a choice of; from before a restart, if need be."""
        if state is None and may_choose(text):
            return self._recall(incoming.conversation)
        return None if state is None else state.open

    def _recalled(self, incoming: Incoming, press: Press, state: _State | None) -> _Open | None:
        """The follow-up that "none of these" speaks of."""
        waiting = self._recall(incoming.conversation) if state is None else state.open
        return waiting if waiting is not None and waiting.decision_id == press.decision_id else None

    def _recall(self, conversation: str) -> _Open | None:
        if self._memory is None:
            return None
        since = time.time() - _RECALL_S
        asked = asyncio.wait_for(self._memory.open_follow_up(conversation, since), _RECALL_WAIT_S)
        try:
            found = asyncio.run(asked)  # on the matching thread, where no loop runs
        except (StoreError, TimeoutError):  # then it is an utterance like any other
            return None
        if found is None:
            return None
        known = self._faq.by_id
        # What is gone keeps its place: people choose by the numbers that they were shown.
        choices = tuple(
            self._choice(hit.entry_id)
            if hit.entry_id in known
            else Choice(hit.entry_id, hit.phrasing)
            for hit in found.decision.candidates
        )
        unanswered = Unanswered(found.text, found.decision.candidates)
        return _Open(choices, found.id, unanswered) if choices else None

    def _record(self, incoming: Incoming, decision: Decision, is_small_talk: bool) -> str:
        """Have a decision remembered; the id it is remembered by, or "" where none is."""
        if self._memory is None or incoming.person is None:
            return ""
        record = Record(
            id=incoming.decision_id or secrets.token_hex(8),
            at=time.time(),
            person=incoming.person,
            conversation=incoming.conversation,
            text=str(incoming.content),
            lang=incoming.lang,
            decision=decision,
            small_talk=is_small_talk,
        )
        self._memory.record(record)
        return record.id


def _shortened(incoming: Incoming) -> Incoming:
    """A text as far as it is read, and a character more, so that the decision says it was cut."""
    if isinstance(incoming.content, Press):
        return incoming
    return replace(incoming, content=incoming.content[: MAX_UTTERANCE_CHARS + 1])


def language_of(incoming: Incoming) -> str | None:
    """The code of the language to answer in: Chinese for who writes Chinese, else the channel's."""
    content = incoming.content
    return "zh" if isinstance(content, str) and _HAN.search(content) else incoming.lang
