"""(Incoming, what the chat was asked) → Reply; knows no channel."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable

from bot.domain import Action, Choice, Decision, Faq, FaqEntry, Incoming, Press, Reply, Span
from bot.formatting import parse, plain_text
from bot.matching.normalise import same_wording
from bot.texts import Phrasebook, Texts

_MAX_PENDING = 10_000  # chats with an open follow-up; the oldest are forgotten
_NUMBER = re.compile(
    r"(?:the )?(?:#|no\.?(?=\s*\d)|number|option)?\s*(\w+)\s*[.)]?(?: one| please)*"
)
_ORDINALS = {
    **{str(number): number for number in range(100)},
    **{word: number for number, word in enumerate(["one", "two", "three", "four", "five"], 1)},
    **{word: number for number, word in enumerate(["first", "second", "third", "fourth"], 1)},
    **{word: number for number, word in enumerate(["第一", "第二", "第三", "第四"], 1)},
    **{f"{word}个": number for number, word in enumerate(["第一", "第二", "第三", "第四"], 1)},
}
_YES = frozenset(
    {"yes", "y", "yep", "yeah", "yes please", "ok", "okay", "sure", "that's it", "exactly"}
    | {"是", "是的", "对", "对的", "好的", "嗯"}
)
_NONE = frozenset(
    {"none", "none of these", "none of them", "neither", "neither of them", "no", "nope"}
    | {"no thanks", "no thank you", "都不是", "不是", "没有"}
)

_GREETINGS = frozenset(
    {"hi", "hi there", "hello", "hello there", "hey", "good morning", "good afternoon"}
    | {"good evening", "你好", "您好", "嗨", "在吗"}
)
_THANKS = frozenset(
    {"thanks", "thank you", "thx", "ty", "cheers", "many thanks", "thanks a lot"}
    | {"thank you very much", "谢谢", "多谢", "谢谢你", "谢谢您"}
)
_HAN = re.compile("[\u4e00-\u9fff]")


class Conversation:
    """Answers whatever comes in, and remembers which follow-up each chat was shown.

    Not thread-safe: call it from the one thread that also matches.

    Args:
        decide: utterance → decision.
    """

    def __init__(self, faq: Faq, decide: Callable[[str], Decision], phrasebook: Phrasebook) -> None:
        self._faq = faq
        self._decide = decide
        self._phrasebook = phrasebook
        self._pending: OrderedDict[str, tuple[Choice, ...]] = OrderedDict()

    def reply(self, incoming: Incoming) -> Reply:
        """What the bot says to one message or pressed button."""
        texts = self._phrasebook.of(_language(incoming))
        open_choices = self._pending.pop(incoming.chat_id, ())
        if isinstance(incoming.content, Press):
            return self._pressed(incoming.content, texts)
        chosen = _chosen(incoming.content, open_choices, texts.none_of_these)
        if isinstance(chosen, Press):
            return self._pressed(chosen, texts)
        if chosen is _AGAIN:
            return self._ask(incoming.chat_id, open_choices, None, texts)
        decision = self._decide(incoming.content)
        if decision.action is Action.ANSWER:
            return self._answers(decision)
        if decision.action is Action.FOLLOW_UP:
            choices = tuple(self._choice(hit.entry_id) for hit in decision.candidates)
            return self._ask(incoming.chat_id, choices, decision, texts)
        if open_choices:  # they still stand there to be chosen from
            self._pending[incoming.chat_id] = open_choices
        wording = same_wording(incoming.content)
        if wording in _GREETINGS:
            return Reply(texts.welcome, decision=decision)
        if wording in _THANKS:
            return Reply(texts.thanks, decision=decision)
        return Reply(texts.fallback, decision=decision)

    def _pressed(self, press: Press, texts: Texts) -> Reply:
        if press.entry_id is None:
            return Reply(texts.rephrase)
        entry = self._faq.by_id.get(press.entry_id)
        return Reply(texts.gone) if entry is None else self._answer(entry, None)

    def _answer(self, entry: FaqEntry, decision: Decision | None) -> Reply:
        related = tuple(map(self._choice, entry.related))
        spans = parse(entry.answer)
        return Reply(
            plain_text(spans), related=related, links=entry.links, decision=decision, spans=spans
        )

    def _answers(self, decision: Decision) -> Reply:
        """One answer, or several, each under its question.

        What another part of the message may have meant is offered along with what is related.
        """
        ids = [str(answer.entry_id) for answer in decision.answers]
        replies = [self._answer(self._faq.by_id[entry_id], None) for entry_id in ids]
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
        )

    def _choice(self, entry_id: str) -> Choice:
        return Choice(entry_id, self._faq.by_id[entry_id].question)

    def _ask(
        self, chat_id: str, choices: tuple[Choice, ...], decision: Decision | None, texts: Texts
    ) -> Reply:
        self._pending[chat_id] = choices
        if len(self._pending) > _MAX_PENDING:
            self._pending.popitem(last=False)
        return Reply(
            texts.follow_up, choices=choices, way_out=texts.none_of_these, decision=decision
        )


def _language(incoming: Incoming) -> str | None:
    """Chinese for who writes Chinese, else the language that the channel knows of."""
    content = incoming.content
    return "zh" if isinstance(content, str) and _HAN.search(content) else incoming.lang


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
    number = _NUMBER.fullmatch(wording)
    place = None if number is None else _ORDINALS.get(number[1])
    if place is None:
        return None
    return Press(choices[place - 1].entry_id) if 1 <= place <= len(choices) else _AGAIN
