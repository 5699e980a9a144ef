"""Messages whose fate is known, and a log of them."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain import KeepText
from bot.labels.from_log import Log, read_log
from bot.matching.build import Matcher
from tests.factories import entry
from tests.logged import Logbook

WORDS = ("refund", "parcel", "invoice", "voucher", "repair", "account")
ENTRIES = [
    entry(word, f"all about my {word} please", f"the {word} question again", f"{word} now")
    for word in WORDS
]
SURE, VAGUE, STRANGE = "all about my refund", "refund cat dog tree house", "zebra"
PERHAPS = "refund cat dog"  # answered tentatively
BOTH = "All about my refund please. All about my parcel please."
MakeBook = Callable[[KeepText], Logbook]


def log_of(bot: Matcher, book: Logbook) -> Log:
    """The log, as the bot that is served now reads it."""
    return read_log(bot, book.pasts(), "bot.db")
