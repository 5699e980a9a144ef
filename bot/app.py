"""Settings → the running parts. The only file that names concrete stores."""

from __future__ import annotations

from bot.conversation.conversation import Conversation
from bot.files.config import Settings
from bot.matching.build import Matcher
from bot.store.async_store import Memory, Trouble
from bot.store.received import Inbox
from bot.store.store import Store


def converse(matcher: Matcher, memory: Memory[Store] | None = None) -> Conversation:
    """New conversations over a matcher.

    Args:
        memory: what keeps decisions; None: nothing is kept.
    """
    return Conversation(matcher.faq, matcher.decide, matcher.settings.phrasebook, memory)


def remember(settings: Settings, trouble: Trouble | None = None) -> Memory[Store]:
    """The bot's memory as it is configured; it is opened on a thread of its own."""

    def opened() -> Store:
        from bot.store.pseudonyms import Identity
        from bot.store.sql.decisions import Database

        kept = settings.store
        identity = Identity.load(kept.key_file)
        return Database(kept.url, identity, kept.keep_text, kept.retention_days)

    return Memory(opened, trouble=trouble)


def receive(settings: Settings, trouble: Trouble | None = None) -> Memory[Inbox]:
    """Where updates are written down until they are answered, as it is configured."""

    def opened() -> Inbox:
        from bot.store.pseudonyms import Identity
        from bot.store.sql.inbox import InboxTable

        kept = settings.store
        return InboxTable(kept.url, Identity.load(kept.key_file), kept.retention_days)

    return Memory(opened, trouble=trouble, is_remembering=False)
