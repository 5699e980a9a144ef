"""What an entry looks like when it is shown: its answer, its question on a button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation.state import FollowUp
from bot.domain import Choice, Decision, Faq, Reply, Span
from bot.formatting import plain_text
from bot.markup.answer import parse
from bot.texts import Phrasebook, Texts


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
