"""What the team replies to a post: whom it is for, and its words as they are formatted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from telegram import Message, MessageEntity, Update

from bot.channels.telegram import updates
from bot.channels.telegram.handoff.records.notes import name_on
from bot.channels.telegram.handoff.replying.numbered import read_parts
from bot.channels.telegram.updates import command_of, has_file, message_of
from bot.formatting import utf16_units
from bot.store.store import Ticket

_CLOSE = re.compile(r"/close(?:@\w+)?", re.IGNORECASE)
_NAME = re.compile(r"([^:：\n]{1,100})[:：]")
_NOTE = re.compile("//|\uff0f\uff0f")
_NUMBERED_LINE = re.compile(r"([0-9]+)\. ")


@dataclass(frozen=True, slots=True)
class Words:
    """Formatted text, as Telegram tells it: entities count UTF-16 code units from its beginning."""

    text: str = ""
    entities: tuple[MessageEntity, ...] = ()

    def part(self, start: int, end: int) -> Words:
        """What stands between two places, without the white space around it."""
        start += len(self.text[start:end]) - len(self.text[start:end].lstrip())
        text = self.text[start:end].rstrip()
        first = utf16_units(self.text[:start])
        last = first + utf16_units(text)
        kept = []
        for entity in self.entities:
            begins = max(entity.offset, first)
            length = min(entity.offset + entity.length, last) - begins
            if length > 0:
                place = {"offset": begins - first, "length": length}
                kept.append(MessageEntity.de_json({**entity.to_dict(), **place}))
        return Words(text, tuple(kept))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reply says to the person of one ticket.

    Attributes:
        words: empty where it says nothing, or a file says it.
        closes: it ends the conversation.
    """

    ticket: Ticket
    words: Words
    closes: bool = False


@dataclass(slots=True)
class Album:
    """Pictures that the team sends together: each is a message, and one says whom they are for.

    Attributes:
        tickets: by id, those whose persons were sent some of it.
        held: what has come before it was known whom it is for.
        is_note: all of it is.
    """

    tickets: dict[str, Ticket] = field(default_factory=dict)
    held: list[Message] = field(default_factory=list)
    is_note: bool = False

    def answers(self, message: Message) -> list[Answer]:
        """What another picture of it says, to whomever the others went."""
        return [Answer(ticket, words_of(message)) for ticket in self.tickets.values()]


def words_of(message: Message) -> Words:
    """What a message says, without the bot's name before it."""
    text, entities = updates.words_of(message)
    words, name = Words(text or "", tuple(entities)), message.get_bot().name
    is_named = words.text.lower().startswith(name.lower())
    return words.part(len(name) if is_named else 0, len(words.text))


def is_note(words: Words) -> bool:
    """Whether a message is for the team alone, wherever it stands."""
    return _NOTE.match(words.text) is not None


def answers_of(update: Update, found: Sequence[tuple[int, Ticket]]) -> list[Answer]:
    """What a reply to a post says to whom.

    Args:
        found: (number, ticket) of all that the post speaks of; the number is 0 where that is one
            alone.
    Returns:
        Nothing where it does not say for whom it is, or says nothing to one of them.
    """
    message, command = message_of(update), command_of(update)
    words, closes = words_of(message), command is not None
    if found[0][0] == 0:
        answers = [Answer(found[0][1], Words() if closes else words, closes)]
    elif command is not None:
        answers = [replace(each, closes=True) for each in _named(Words(command.rest), found)]
        answers = answers or [
            replace(each, closes=True) for each in _named(Words(f"{command.rest}:"), found)
        ]
    else:
        quoted = _quoted(message)
        ticket = None if quoted is None else dict(found).get(quoted)
        answers = _named(words, found) if ticket is None else [Answer(ticket, words)]
    is_whole = all(each.closes or each.words.text or has_file(message) for each in answers)
    return answers if is_whole else []


def _named(words: Words, found: Sequence[tuple[int, Ticket]]) -> list[Answer]:
    """The answers of a reply that names items of a digest."""
    tickets = dict(found)
    answers: list[Answer] = []
    for part in read_parts(words.text, max(tickets)):
        own = words.part(part.start, part.end)
        closes = _CLOSE.fullmatch(own.text) is not None
        for number in part.numbers:
            if number not in tickets:  # its person was forgotten
                return []
            answers.append(Answer(tickets[number], Words() if closes else own, closes))
    return answers or _by_name(words, found)


def _by_name(words: Words, found: Sequence[tuple[int, Ticket]]) -> list[Answer]:
    """The answer of a reply that begins with somebody's name and a colon."""
    head = _NAME.match(words.text)
    if head is None:
        return []
    called = head[1].strip().removeprefix("@").casefold()
    meant = {ticket.id: ticket for _, ticket in found if called in _names(ticket)}
    own = words.part(head.end(), len(words.text))
    closes = _CLOSE.fullmatch(own.text) is not None
    answers = [Answer(ticket, Words() if closes else own, closes) for ticket in meant.values()]
    return answers if len(answers) == 1 else []


def _names(ticket: Ticket) -> set[str]:
    """What a ticket's person may be called: the whole name, the first, or the account's."""
    name, _, account = name_on(ticket).casefold().partition(" (@")
    return {name, name.partition(" ")[0], account.removesuffix(")")} - {""}


def _quoted(message: Message) -> int | None:
    """The number of the item that a reply quotes; None where it quotes none."""
    replied, quote = message.reply_to_message, message.quote
    if replied is None or replied.text is None or quote is None:
        return None
    before = replied.text.encode("utf-16-le", "surrogatepass")[: 2 * quote.position]
    line = len(before.decode("utf-16-le", "replace").split("\n")) - 1
    number = _NUMBERED_LINE.match(replied.text.split("\n")[line])
    return None if number is None else int(number[1])
