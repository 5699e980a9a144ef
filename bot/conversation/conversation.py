"""(Incoming, State) → (Reply, State): what the bot says next in a conversation.

Pure: it knows no channel, keeps nothing and waits for nothing. Whoever calls it keeps the states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation.context import MAX_CHARS, Asked, Decides, Joined, joined
from bot.conversation.language import language_of
from bot.conversation.replies import (
    Replies,
    asked_back,
    help_text,
    languages_line,
    welcome,
    with_line,
)
from bot.conversation.state import START, FollowUp, State, kept
from bot.conversation.typed_choice import Meant, Said, chosen, is_dismissal, is_yes
from bot.domain import SILENCE, Decision, Faq, Hit, Incoming, Press, Reply, Unanswered
from bot.matching.decide.small_talk_words import NOT_HELPFUL
from bot.matching.text import MAX_UTTERANCE_CHARS
from bot.texts import Phrasebook, Texts


class Conversation:
    """Answers whatever comes in, out of one reading of the FAQ."""

    def __init__(self, faq: Faq, matcher: Decides, phrasebook: Phrasebook) -> None:
        self.faq = faq
        self.phrasebook = phrasebook
        self._matcher = matcher
        self._replies = Replies(faq, phrasebook)
        self._shows = self._replies.shows

    def reply(
        self,
        incoming: Incoming,
        state: State = START,
        quoted: Asked | None = None,
        stands: Sequence[str] | None = None,
    ) -> tuple[Reply, State]:
        """What the bot says to a message or a pressed button, and what is known afterwards.

        The reply is `SILENCE`, and the state as it was, where the bot had better say nothing.

        Args:
            incoming: its `decision_id` becomes that of the reply, where a decision is made.
            quoted: the question to whose answer this is a reply.
            stands: the message was said in other words before, and these entries were shown for
                it; None where it is new.
        """
        before = state.last
        if stands is not None:
            state = replace(state, has_fallback=False)
            before = before.previous if before is not None and not before.answered else None
        if quoted is not None:
            is_last = before is not None and before.decision_id == quoted.decision_id
            before = replace(before, is_quoted=True) if before and is_last else quoted
        reply, after = self._replied(incoming, state, before)
        if stands and list(stands) == entries_of(reply):  # what was said back then still holds
            return SILENCE, state
        if reply != SILENCE:
            texts = self.phrasebook.of(language_of(incoming))
            reply, after = kept(reply, after, incoming, state, self.faq, texts.answered_above)
        if reply.answered:
            notice = self.phrasebook.noticed(language_of(incoming), incoming.shown_at)
            reply = reply if notice is None else reply.below(notice)
        return reply, after if after == START else replace(after, person=incoming.person)

    def resumed(
        self,
        decision_id: str,
        question: str | None,
        nearest: Sequence[Hit],
        *,
        tentative: bool = False,
        lang: str | None = None,
        at: float = 0.0,
    ) -> State:
        """The state in which a follow-up waits that was shown before a restart.

        What is gone from the FAQ keeps its place: people choose by the numbers they were shown.

        Args:
            question: the words that it was asked back on; None where they are not known.
            nearest: the entries that were offered, best first.
            tentative: the answer of the first was shown.
            lang: the code of the person's language; None if unknown.
            at: when it was shown; seconds since 1970.
        """
        choices = tuple(self._shows.choice(hit.entry_id, lang, hit.phrasing) for hit in nearest)
        follow_up = FollowUp(
            *(choices, decision_id, Unanswered(question, tuple(nearest), decision_id)),
            *(tentative, lang, at),
        )
        return State(follow_up) if choices else START

    def welcome(self, lang: str | None) -> str:
        """How a person is greeted.

        Args:
            lang: the code of the person's language; None if unknown.
        """
        told = welcome(self.faq, self.phrasebook.of(lang), lang)
        return with_line(told, languages_line(self.faq, self.phrasebook, lang))

    def help(self, lang: str | None) -> str:
        """What is said of how to ask; see `welcome`."""
        told = help_text(self.faq, self.phrasebook.of(lang), lang)
        return with_line(told, languages_line(self.faq, self.phrasebook, lang))

    def _replied(
        self, incoming: Incoming, state: State, before: Asked | None
    ) -> tuple[Reply, State]:
        texts = self.phrasebook.of(language_of(incoming))
        if isinstance(incoming.content, Press):
            return self._pressed(incoming.content, incoming, state, texts)
        # A character more than is read, so that the decision says it was cut.
        text = incoming.content[: MAX_UTTERANCE_CHARS + 1]
        waiting = state.follow_up_at(incoming.at)
        meant = None if waiting is None else _meant(text, waiting, texts)
        if waiting is not None and isinstance(meant, Said):
            # "yes" and "no" may well be said to somebody else, or to something else.
            meant = None if incoming.only_if_sure or waiting.is_chosen_from else meant
        if waiting is not None and meant is not None:
            return self._chosen(meant, waiting, incoming, state)
        if state != START and is_dismissal(text) and not incoming.only_if_sure:
            return Reply(texts.dismissed), state.passed
        return self._decided(text, incoming, state, before)

    def _chosen(
        self, meant: Meant, follow_up: FollowUp, incoming: Incoming, state: State
    ) -> tuple[Reply, State]:
        """What is said to a choice that was typed."""
        texts = self.phrasebook.of(language_of(incoming))
        if meant is Said.AGAIN:
            return asked_back(follow_up, texts, again=True), State(follow_up)
        if meant is Said.DISMISSED:
            return Reply(texts.dismissed), state.passed
        if meant is Said.NONE:
            press = Press(None, follow_up.decision_id, shows_others=follow_up.tentative)
            return self._pressed(press, incoming, state, texts)
        press = Press(meant[0], follow_up.decision_id)
        if follow_up.tentative:  # its answer stands there
            return Reply(texts.feedback_thanks, choice=press), state.passed
        known = [entry_id for entry_id in meant if entry_id in self.faq.by_id]
        if len(known) < 2:
            press = replace(press, entry_id=known[0] if known else meant[0])
            return self._pressed(press, incoming, state, texts)
        reply = self._shows.answered(known, follow_up.lang)
        reply = replace(reply, decision_id=follow_up.decision_id, choice=press)
        return reply, State(replace(follow_up, is_chosen_from=True))

    def _decided(
        self, text: str, incoming: Incoming, state: State, before: Asked | None
    ) -> tuple[Reply, State]:
        lang = language_of(incoming)
        decision = self._matcher.decide(text, lang)
        if decision.small_talk == NOT_HELPFUL and not incoming.only_if_sure:
            waiting = state.follow_up_at(incoming.at)
            if waiting is not None and not waiting.is_chosen_from:
                return self._chosen(Said.NONE, waiting, incoming, state)
        both = self._in_context(text, decision, incoming, before)
        if both is not None:
            decision, text = both.decision, both.words
        reply, after = self._replies.by_decision(text, decision, incoming, state, lang)
        return reply if both is None else replace(reply, joined=both.text), after

    def _in_context(
        self, text: str, alone: Decision, incoming: Incoming, before: Asked | None
    ) -> Joined | None:
        """The message, read with the question before it; None where it stands alone."""
        if before is None or (incoming.only_if_sure and not before.is_quoted):
            return None
        if alone.small_talk is not None or alone.unavailable or may_choose(text):
            return None  # "2" says nothing about a question
        lang, entries = language_of(incoming), self.faq.by_id
        answered = entries.get(before.answered[0]) if before.answered else None
        is_known = before.text is not None and len(before.text) <= MAX_CHARS
        if answered is not None and not is_known:  # its words are not kept, or say too much
            before = replace(before, text=answered.translated(lang).question)
        if not before.may_bear(text, incoming.at):
            return None
        return joined(self._matcher, text, alone, before, entries, lang)

    def _pressed(
        self, press: Press, incoming: Incoming, state: State, texts: Texts
    ) -> tuple[Reply, State]:
        lang = incoming.lang
        choice = press if press.decision_id else None
        follow_up = state.follow_up
        if follow_up is not None and follow_up.decision_id != press.decision_id:
            follow_up = None
        if follow_up is not None:
            lang = follow_up.lang
        if press.shows_others and follow_up is not None and len(follow_up.choices) > 1:
            others = replace(follow_up, choices=follow_up.choices[1:], tentative=False)
            others = replace(others, at=incoming.shown_at, is_over=False)
            return asked_back(others, texts), State(others)
        if press.entry_id is None:
            unanswered = Unanswered(None, decision_id=press.decision_id)
            if follow_up is not None:
                unanswered = replace(follow_up.unanswered, is_refused=True)
            if choice is not None:
                choice = replace(choice, shows_others=False)
            reply = Reply(texts.rephrase, unanswered=unanswered, passed_on=texts.passed_on)
            after = replace(state.passed, unanswered=unanswered)
        elif press.entry_id in self.faq.by_id:
            reply = self._shows.answered([press.entry_id], lang)
            after = state.passed
            if follow_up is not None:
                after = State(replace(follow_up, is_chosen_from=True))
        else:
            return Reply(texts.gone), state.passed
        return replace(reply, decision_id=press.decision_id, choice=choice), after


def entries_of(reply: Reply) -> list[str]:
    """The entries that a reply shows or offers, in order."""
    return [*reply.answered] or [choice.entry_id for choice in reply.choices]


def may_choose(content: str | Press) -> bool:
    """Whether it makes sense as a choice of a follow-up, whatever that offered."""
    if isinstance(content, Press):
        return content.entry_id is None
    return chosen(content[:MAX_UTTERANCE_CHARS], ()) is not None


def _meant(text: str, follow_up: FollowUp, texts: Texts) -> Meant | None:
    """Which choices of a follow-up a text means; None to a new utterance."""
    if not follow_up.tentative:
        return chosen(text, follow_up.choices, texts.none_of_these)
    if is_yes(text):  # to the answer that was shown
        return (follow_up.choices[0].entry_id,)
    said = chosen(text, (), texts.none_of_these, texts.not_this)
    return None if said is Said.AGAIN else said
