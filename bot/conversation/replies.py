"""What is said by a decision (an answer, choices, a fallback, small talk), and of the bot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.conversation.state import FollowUp, State
from bot.domain import (
    SILENCE,
    Action,
    Choice,
    Decision,
    Faq,
    Incoming,
    Reply,
    Span,
    Unanswered,
    base_language,
)
from bot.formatting import plain_text
from bot.markup.answer import parse
from bot.matching.decide.small_talk_words import NOT_HELPFUL, PERSON
from bot.texts import Phrasebook, Texts

_ENGLISH = "en"
_WOUND_UP = ("thanks", "goodbye")  # a yes or no behind them is said to what the bot says then
HELP: Final = "what_can_you_do"
_GREETING, _THANKS = "greeting", "thanks"
_MAX_TOPICS = 20
_BETWEEN = " · "


class Answers:
    """Shows the entries of an FAQ."""

    def __init__(self, faq: Faq, phrasebook: Phrasebook) -> None:
        self._faq = faq
        self._phrasebook = phrasebook

    def answered(self, ids: Sequence[str], lang: str | None, offered: Sequence[str] = ()) -> Reply:
        """One answer, or several, each under its question.

        Args:
            lang: in which it is shown, where there is a translation; None if unknown.
            offered: what another part of the message may have meant, which stands beside what is
                related.
        """
        entries = [self._faq.by_id[entry_id].translated(lang) for entry_id in ids]
        spans: list[Span] = []
        for entry in entries:
            spans += [Span("\n\n"), Span(entry.question, bold=True), Span("\n")]
            spans += parse(entry.answer)
        spans = spans[1 if len(entries) > 1 else 3 :]
        related = [*offered, *(entry_id for entry in entries for entry_id in entry.related)]
        return Reply(
            plain_text(spans),
            related=tuple(
                self.choice(each, lang) for each in dict.fromkeys(related) if each not in ids
            ),
            links=tuple(dict.fromkeys(link for entry in entries for link in entry.links)),
            spans=tuple(spans),
            attachments=tuple(dict.fromkeys(file for each in entries for file in each.attachments)),
            answered=tuple(ids),
        )

    def tentative(self, follow_up: FollowUp, texts: Texts) -> Reply:
        """The answer of a follow-up's first choice, under its question."""
        choice = follow_up.choices[0]
        answer = self.answered([choice.entry_id], follow_up.lang)
        before, _, after = texts.tentative.partition("{question}")
        head = (Span(before), Span(choice.label, bold=True), Span(f"{after}\n\n"))
        spans = tuple(span for span in head if span.text) + answer.spans
        return replace(
            answer,
            text=plain_text(spans),
            spans=spans,
            tentative=True,
            decision_id=follow_up.decision_id,
        )

    def remarked(self, reply: Reply, shown: Sequence[str], decision: Decision) -> Reply:
        """A reply, with a remark where all that it shows is in another language than the message.

        Args:
            shown: the entries.
        """
        lang = decision.language
        remark = None if lang is None else self._phrasebook.remark(lang)
        is_foreign = all(
            entry_id in decision.foreign
            and self._faq.by_id[entry_id].translated(lang) is self._faq.by_id[entry_id]
            for entry_id in shown
        )
        return reply if remark is None or not is_foreign else reply.below(remark)

    def choice(self, entry_id: str, lang: str | None, gone: str = "") -> Choice:
        """An entry under its question.

        Args:
            lang: in which it is shown, where there is a translation; None if unknown.
            gone: what it is called where the FAQ does not have it any more.
        """
        entry = self._faq.by_id.get(entry_id)
        return Choice(entry_id, gone if entry is None else entry.translated(lang).question)


class Replies:
    """Puts decisions into words.

    Attributes:
        shows: the entries of the FAQ.
    """

    def __init__(self, faq: Faq, phrasebook: Phrasebook) -> None:
        self.shows = Answers(faq, phrasebook)
        self._faq = faq
        self._phrasebook = phrasebook

    def by_decision(
        self, text: str, decision: Decision, incoming: Incoming, state: State, lang: str | None
    ) -> tuple[Reply, State]:
        """What is said by a decision; `SILENCE` where nothing is sure and only that is wanted.

        Args:
            text: the words that it is about.
            lang: the code of the language to answer in, if the words do not tell; None if unknown.
        """
        texts = self._phrasebook.of(lang)
        if decision.language is not None and not _is_same(decision.language, lang):
            lang = decision.language
        if decision.language not in (None, _ENGLISH) and self._phrasebook.speaks(str(lang)):
            texts = self._phrasebook.of(lang)
        if decision.action is Action.ANSWER:
            return self._answered(decision, incoming, lang), state.passed
        if incoming.only_if_sure:
            return SILENCE, state
        if decision.unavailable:  # it says nothing of the FAQ, so nobody is asked and all stays
            return Reply(texts.unavailable, decision=decision), state
        unanswered = Unanswered(text, decision.candidates, incoming.decision_id)
        if decision.action is Action.FOLLOW_UP:
            return self._asked(decision, unanswered, incoming, lang, texts)
        line, after = self._languages_line(incoming, state, lang)
        if decision.small_talk is not None:  # all stays as it was
            if decision.small_talk == NOT_HELPFUL:
                reply, after = self._regretted(incoming, after, texts, lang)
            else:
                reply = Reply(small_talk_reply(decision.small_talk, self._faq, texts, lang))
            reply = replace(reply, text=with_line(reply.text, line))
            if decision.small_talk in _WOUND_UP and after.follow_up is not None:
                after = replace(after, follow_up=replace(after.follow_up, is_chosen_from=True))
        else:
            reply = self._not_known(unanswered, state, lang, texts, line)
            after = replace(after.passed, unanswered=unanswered, has_fallback=True)
        return replace(reply, decision=decision, decision_id=incoming.decision_id), after

    def _answered(self, decision: Decision, incoming: Incoming, lang: str | None) -> Reply:
        ids = [str(answer.entry_id) for answer in decision.answers]
        unsure = (part for part in decision.parts if part.action is Action.FOLLOW_UP)
        reply = self.shows.answered(ids, lang, [part.candidates[0].entry_id for part in unsure])
        reply = self.shows.remarked(reply, ids, decision)
        return replace(reply, decision=decision, decision_id=incoming.decision_id)

    def _asked(
        self,
        decision: Decision,
        unanswered: Unanswered,
        incoming: Incoming,
        lang: str | None,
        texts: Texts,
    ) -> tuple[Reply, State]:
        """The answer that was probably meant, or the choices."""
        choices = tuple(self.shows.choice(hit.entry_id, lang) for hit in decision.candidates)
        follow_up = FollowUp(
            *(choices, incoming.decision_id, unanswered, decision.tentative, lang),
            at=incoming.shown_at,
        )
        shown = [choice.entry_id for choice in choices]
        if decision.tentative:
            reply, shown = self.shows.tentative(follow_up, texts), shown[:1]
        else:
            reply = asked_back(follow_up, texts, hesitates=_is_far(decision))
        reply = self.shows.remarked(reply, shown, decision)
        return replace(reply, decision=decision), State(follow_up)

    def _not_known(
        self, unanswered: Unanswered, state: State, lang: str | None, texts: Texts, line: str | None
    ) -> Reply:
        """A fallback; from the second in a row on, in fewer words."""
        if state.has_fallback:
            told, passed_on = texts.fallback_again, texts.passed_on_again
            return Reply(told, passed_on=passed_on, unanswered=unanswered)
        return Reply(
            with_line(texts.fallback, line),
            passed_on=with_line(texts.passed_on, line),
            unanswered=unanswered,
            topics=tuple(self._faq.topics(lang)),
        )

    def _regretted(
        self, incoming: Incoming, state: State, texts: Texts, lang: str | None
    ) -> tuple[Reply, State]:
        """What is said to whoever says that they were not helped: the same as after 👎."""
        at = incoming.shown_at
        reply = regret(self._faq, texts, lang, is_again=state.regrets(at))
        if state.asked_last(at) is not None:  # so that they may ask a person
            reply = replace(reply, unanswered=Unanswered(None, decision_id=incoming.decision_id))
        return reply, replace(state, regretted_at=at)

    def _languages_line(
        self, incoming: Incoming, state: State, lang: str | None
    ) -> tuple[str | None, State]:
        """Which languages the bot answers in, unless that was said lately."""
        if state.knows_languages(incoming.shown_at):
            return None, state
        line = languages_line(self._faq, self._phrasebook, lang)
        return line, state if line is None else replace(state, languages_at=incoming.shown_at)


def regret(faq: Faq, texts: Texts, lang: str | None, *, is_again: bool) -> Reply:
    """What is said to whoever was not helped.

    Args:
        is_again: they have just asked in other words, and what came of them did not help either:
            they are not asked for others, but offered all else that there is.
    """
    if is_again:
        return Reply(texts.not_helpful_again, topics=tuple(faq.topics(lang)))
    return Reply(texts.not_helpful)


def asked_back(
    follow_up: FollowUp, texts: Texts, *, hesitates: bool = False, again: bool = False
) -> Reply:
    """A follow-up's choices.

    Args:
        hesitates: none of them is near.
        again: they were spoken of, and it is not clear which is meant.
    """
    count = len(follow_up.choices)
    if count == 1 and again:
        told = texts.only_one
    elif count == 1:
        told = texts.follow_up_far_one if hesitates else texts.follow_up_one
    elif again:
        told = texts.which_one.replace("{count}", str(count))
    else:
        told = texts.follow_up_far if hesitates else texts.follow_up
    return Reply(told, choices=follow_up.choices, decision_id=follow_up.decision_id)


def _is_same(language: str, lang: str | None) -> bool:
    """Whether a person's own code names a language, and maybe its region or script."""
    return lang is not None and base_language(language) == base_language(lang)


def _is_far(decision: Decision) -> bool:
    """Whether the best entry lies in the lower half of what is asked about."""
    lines, best = decision.thresholds, decision.best
    if lines is None or best is None:
        return False
    top = lines.answer if lines.tentative is None else lines.tentative
    return best.score < (lines.follow_up + top) / 2


def small_talk_reply(kind: str, faq: Faq, texts: Texts, lang: str | None) -> str:
    """What is said back.

    Args:
        kind: as in `Decision.small_talk`.
        lang: the code of the person's language; None if unknown.
    """
    if kind == _GREETING:
        return welcome(faq, texts, lang)
    if kind == HELP:
        return help_text(faq, texts, lang)
    if kind == _THANKS:
        return texts.thanks
    return texts.no_person if kind == PERSON else texts.talk.replies[kind]


def welcome(faq: Faq, texts: Texts, lang: str | None) -> str:
    """The greeting; see `small_talk_reply`."""
    return texts.welcome.replace("{example}", faq.example(lang))


def help_text(faq: Faq, texts: Texts, lang: str | None) -> str:
    """How to ask, and about what; see `small_talk_reply`."""
    told = texts.help.replace("{example}", faq.example(lang))
    names = list(faq.topics(lang))
    if not names:
        return told
    shown = [*names[:_MAX_TOPICS], *(["…"] if len(names) > _MAX_TOPICS else [])]
    return f"{told}\n\n{texts.help_topics.replace('{topics}', _BETWEEN.join(shown))}"


def languages_line(faq: Faq, phrasebook: Phrasebook, lang: str | None) -> str | None:
    """Which languages the bot answers in, said in a language that it does not speak itself.

    Args:
        lang: the code of that language; None if unknown.
    Returns:
        None where the bot speaks it, or has no such sentence in it.
    """
    if lang is None or phrasebook.speaks(lang):
        return None
    line = phrasebook.answers_in.get(base_language(lang))
    if line is None:
        return None
    codes = {code or base_language(phrasebook.default) for code in faq.languages}
    told = sorted(phrasebook.language_names.get(code, code) for code in codes)
    return line.replace("{languages}", ", ".join(told))


def with_line(text: str, line: str | None) -> str:
    """A text, and a line below it where there is one."""
    return text if line is None else f"{text}\n\n{line}"
