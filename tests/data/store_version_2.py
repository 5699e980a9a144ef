# mypy: ignore-errors
"""How store_version_2.db.gz was made: by the bot of commit a77b3d1, the last of schema version 2.

From a checkout of that commit: python store_version_2.py store_version_2.db.gz
All times lie in the far future, so that no sweep erases anything.
"""

import gzip
import sys
import tempfile
from pathlib import Path

from bot.store.database import Database
from bot.store.identity import Identity
from bot.store.inbox import InboxTable
from bot.store.received import Received

from bot.domain import Action, Decision, Hit, KeepText
from bot.store.store import Asked, Label, LabelKind, Post, Ticket

KEY = bytes(range(32))
AT = 4_000_000_000.0
HITS = (Hit("refund", 0.7, "my money back", 0.51), Hit("returns", 0.65, "send it back"))
WHY = 'the best score 0.7000 lies between the lines for "words"'
ASKS = Decision(Action.FOLLOW_UP, "refund", 0.7, HITS, WHY, "f1")
ANSWERS = Decision(Action.ANSWER, "refund", 0.9, HITS, "0.9000 is above the line", "f1")
IN_PARTS = Decision(Action.ANSWER, "refund", 0.9, HITS, "two questions", "f1", (ANSWERS, ASKS))
KNOWS_NOT = Decision(Action.FALLBACK, None, 0.1, HITS[1:], "too low", "f0")
DECISIONS = [ANSWERS, IN_PARTS, ASKS, ASKS, ASKS, KNOWS_NOT, KNOWS_NOT]  # ids 1 to 7
LABELS = [
    Label(f"{1:016x}", LabelKind.UP, "7", AT, "refund"),
    Label(f"{3:016x}", LabelKind.CHOICE, "7", AT, "returns"),
    Label(f"{4:016x}", LabelKind.NONE, "8", AT),
]
ADDRESS = {"chat": 7, "thread": None, "reply_to": None, "lang": "en", "name": "Ada"}
TICKETS = [
    Ticket("a" * 16, "7", "7:0:7", ADDRESS, "is my cake safe?", is_open=True, last_at=AT),
    Ticket("b" * 16, "8", "8:0:8", {"chat": 8}, "", False, AT, posted=True, answered=True),
]
POSTS = [Post(-42, 1, "b" * 16), Post(-42, 2, "a" * 16, 1), Post(-42, 2, "b" * 16, 2)]


def message(number, chat, text):
    """As the Bot API sends it."""
    kind = {"id": chat, "type": "private" if chat > 0 else "group", "title": "Shop"}
    sender = {"id": abs(chat), "is_bot": False, "first_name": "Ada", "language_code": "en"}
    inner = {"message_id": number, "date": int(AT), "chat": kind, "from": sender, "text": text}
    return Received(number, AT + number, {"update_id": number, "message": inner})


def press(number, chat):
    """A pressed button."""
    held = {"message_id": 1, "date": 0, "chat": {"id": chat, "type": "private"}}
    sender = {"id": chat, "is_bot": False, "first_name": "Ada"}
    query = {"id": "1", "from": sender, "message": held, "chat_instance": "1", "data": "?"}
    return Received(number, AT + number, {"update_id": number, "callback_query": query})


def main(target):
    """Write it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bot.db"
        url, identity = f"sqlite:///{path}", Identity(KEY)
        store = Database(url, identity, KeepText.UNANSWERED, retention_days=90)
        for number, decision in enumerate(DECISIONS, start=1):
            person = "8" if number == 4 else "7"
            chat, small_talk = f"{person}:0:{person}", number == 7
            name, at = f"{number:016x}", AT + number
            words = f"words {number}"
            store.record(Asked(name, at, person, chat, words, "en", decision, small_talk))
            store.shown(name, person, 100 + number)
        for label in LABELS:
            assert store.label(label)
        for ticket in TICKETS:
            store.save_ticket(ticket)
        for post in POSTS:
            store.add_post(post)
        store.move_chat(-41, -40)
        store.move_chat(-40, -42)
        inbox = InboxTable(url, identity, retention_days=90)
        inbox.record([message(1, 7, "answered"), message(2, 7, "set aside")])
        inbox.done(1)
        inbox.begin(2)
        inbox.set_aside(2, "KeyError")
        open_ones = [message(3, 7, "When are you open?"), press(4, 8), message(5, -42, "hello")]
        inbox.record([*open_ones, message(6, 7, "Do you bake vegan cakes?")])
        inbox.begin(3)
        inbox.close()
        store.close()
        Path(target).write_bytes(gzip.compress(path.read_bytes(), mtime=0))


main(sys.argv[1])
