"""(Incoming, what the chat was asked) → Reply; knows no channel."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable

from bot.domain import Action, Choice, Decision, Faq, FaqEntry, Incoming, Press, Reply
from bot.matching.normalise import same_wording
from bot.texts import Texts

_MAX_PENDING = 10_000  # chats with an open follow-up; the oldest are forgotten
_NUMBER = re.compile(r"(?:#|no\.?|number|option)?\s*(\d{1,3})\s*[.)]?")
_YES = frozenset({"yes", "y", "yep", "yeah", "yes please", "ok", "是", "是的", "对", "好的"})
_NONE = frozenset(
    {"none", "none of these", "none of them", "neither", "no", "nope", "都不是", "不是", "没有"}
)


class Conversation:
    """Answers whatever comes in, and remembers which follow-up each chat was shown.

    Not thread-safe: call it from the one thread that also matches.

    Args:
        decide: utterance → decision.
    """

    def __init__(self, faq: Faq, decide: Callable[[str], Decision], texts: Texts) -> None:
        self._faq = faq
        self._decide = decide
        self._texts = texts
        self._pending: OrderedDict[str, tuple[Choice, ...]] = OrderedDict()

    def reply(self, incoming: Incoming) -> Reply:
        """What the bot says to one message or pressed button."""
        open_choices = self._pending.pop(incoming.chat_id, ())
        if isinstance(incoming.content, Press):
            return self._pressed(incoming.content)
        chosen = _chosen(incoming.content, open_choices, self._texts.none_of_these)
        if isinstance(chosen, Press):
            return self._pressed(chosen)
        if chosen is _AGAIN:
            return self._ask(incoming.chat_id, open_choices, None)
        decision = self._decide(incoming.content)
        if decision.action is Action.ANSWER:
            return self._answers(decision)
        if decision.action is Action.FOLLOW_UP:
            choices = tuple(self._choice(hit.entry_id) for hit in decision.candidates)
            return self._ask(incoming.chat_id, choices, decision)
        return Reply(self._texts.fallback, decision=decision)

    def _pressed(self, press: Press) -> Reply:
        if press.entry_id is None:
            return Reply(self._texts.rephrase)
        entry = self._faq.by_id.get(press.entry_id)
        return Reply(self._texts.gone) if entry is None else self._answer(entry, None)

    def _answer(self, entry: FaqEntry, decision: Decision | None) -> Reply:
        related = tuple(map(self._choice, entry.related))
        return Reply(entry.answer, related=related, links=entry.links, decision=decision)

    def _answers(self, decision: Decision) -> Reply:
        """One answer, or several, each under its question.

        What another part of the message may have meant is offered along with what is related.
        """
        ids = [str(answer.entry_id) for answer in decision.answers]
        replies = [self._answer(self._faq.by_id[entry_id], None) for entry_id in ids]
        unsure = (part for part in decision.parts if part.action is Action.FOLLOW_UP)
        offered = [self._choice(part.candidates[0].entry_id) for part in unsure]
        related = [choice for reply in replies for choice in reply.related]
        told = [
            f"{self._faq.by_id[entry_id].question}\n{reply.text}"
            for entry_id, reply in zip(ids, replies, strict=True)
        ]
        return Reply(
            replies[0].text if len(replies) == 1 else "\n\n".join(told),
            related=tuple(c for c in dict.fromkeys(offered + related) if c.entry_id not in ids),
            links=tuple(dict.fromkeys(link for reply in replies for link in reply.links)),
            decision=decision,
        )

    def _choice(self, entry_id: str) -> Choice:
        return Choice(entry_id, self._faq.by_id[entry_id].question)

    def _ask(self, chat_id: str, choices: tuple[Choice, ...], decision: Decision | None) -> Reply:
        self._pending[chat_id] = choices
        if len(self._pending) > _MAX_PENDING:
            self._pending.popitem(last=False)
        return Reply(self._texts.follow_up, choices=choices, decision=decision)


_AGAIN = object()


def _chosen(text: str, choices: tuple[Choice, ...], none_of_these: str) -> Press | object | None:
    """Which of the choices a typed text means.

    Returns:
        The choice; `_AGAIN` where the text speaks of the choices but fits none; None where it is
        a new utterance.
    """
    if not choices:
        return None
    wording = same_wording(text)
    for choice in choices:
        if wording == same_wording(choice.label):
            return Press(choice.entry_id)
    if wording in _NONE or wording == same_wording(none_of_these):
        return Press(None)
    if wording in _YES:
        return Press(choices[0].entry_id) if len(choices) == 1 else _AGAIN
    if number := _NUMBER.fullmatch(wording):
        place = int(number[1])
        return Press(choices[place - 1].entry_id) if 1 <= place <= len(choices) else _AGAIN
    return None
