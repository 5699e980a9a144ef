"""A conversation over decisions that a test makes, and the states of its chats."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.conversation.conversation import Conversation
from bot.conversation.state import START, State
from bot.domain import Action, Decision, Faq, Hit, Incoming, Press, Reply
from bot.files.config.texts import shipped
from bot.texts import Phrasebook

PHRASEBOOK = Phrasebook(shipped(), "en")
SMALL_TALK = {"hi": "greeting", "thanks": "thanks", "谢谢！": "thanks", "lol": "laughter"}
SMALL_TALK |= {"das stimmt nicht": "not_helpful", "I do not get it": "not_helpful"}
FALLBACK = Decision(Action.FALLBACK, None, 0.1, (Hit("delete", 0.1, "…"),), "why")


@dataclass
class FakeMatcher:
    """Decides as a test says, and falls back on all else.

    Attributes:
        langs: of the persons that it was asked for.
    """

    decisions: dict[str, Decision] = field(default_factory=dict)
    otherwise: Decision = FALLBACK
    langs: list[str | None] = field(default_factory=list)

    def decide(self, utterance: str, lang: str | None = None) -> Decision:
        self.langs.append(lang)
        talk = replace(self.otherwise, small_talk=SMALL_TALK.get(utterance))
        return self.decisions.get(utterance, talk)


class Talk:
    """One chat with the bot.

    Attributes:
        matcher: decides.
        state: what is known of it by now.
    """

    def __init__(self, faq: Faq, matcher: FakeMatcher | None = None, state: State = START) -> None:
        self.matcher = matcher or FakeMatcher()
        self.conversation = Conversation(faq, self.matcher, PHRASEBOOK)
        self.state = state

    def said(
        self,
        *contents: str | Press,
        lang: str | None = None,
        only_if_sure: bool = False,
        decision_id: str = "",
        at: float = 0.0,
    ) -> Reply:
        """The reply to the last of several messages, all said at one time in seconds."""
        for content in contents:
            incoming = Incoming("1", content, lang, "ada", only_if_sure, decision_id, at)
            reply, self.state = self.conversation.reply(incoming, self.state)
        return reply
