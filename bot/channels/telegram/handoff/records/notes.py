"""What is noted of a ticket: where its person is, and who of the team has it.

All of it stands in the ticket's `address`, which is kept sealed.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from telegram import Update

from bot.channels.telegram import updates
from bot.channels.telegram.api.sender import Address
from bot.formatting import one_line
from bot.store.store import Ticket


def new_ticket(update: Update) -> Ticket:
    """A ticket for whoever just wrote or pressed."""
    address = updates.address_of(update)
    return Ticket(
        id=secrets.token_hex(8),
        person=updates.person_of(update) or "",
        conversation=updates.conversation_of(update),
        address={
            "chat": address.chat_id,
            "thread": address.thread_id,
            "lang": updates.lang_of(update),
            "name": updates.name_of(update),
            "group": updates.group_of(update),
        },
        question="",
        is_open=False,
        last_at=0.0,
        posted=True,
    )


def home_of(ticket: Ticket) -> Address:
    """Where a ticket's person is reached."""
    return Address(
        number(ticket, "chat") or 0, number(ticket, "thread"), number(ticket, "reply_to")
    )


def asked_at(ticket: Ticket) -> Address:
    """Where a ticket's person is reached, beneath the message that is answered."""
    home, asked = home_of(ticket), number(ticket, "asked")
    return home if asked is None else replace(home, reply_to=asked)


def decision_of(ticket: Ticket) -> str:
    """The decision that led to a ticket, as it is remembered; "" where none is."""
    return str(ticket.address.get("decision") or "")


def told_at(ticket: Ticket) -> float:
    """When a ticket's person last heard of the team or the bot; seconds since 1970."""
    return float(number(ticket, "told") or 0)


def last_post(ticket: Ticket, chat_id: int) -> int | None:
    """The last message that speaks of a ticket; None where it does not stand in this chat."""
    return number(ticket, "post") if number(ticket, "post_chat") == chat_id else None


def topic_of(ticket: Ticket, chat_id: int) -> int | None:
    """The forum topic of a ticket's person; None where there is none in this chat."""
    return number(ticket, "topic") if number(ticket, "topic_chat") == chat_id else None


def files_of(ticket: Ticket) -> list[int]:
    """The person's messages that wait to be copied to the team."""
    return [int(each) for each in str(ticket.address.get("files") or "").split()]


def name_on(ticket: Ticket) -> str:
    """What a ticket's person calls themselves."""
    return str(ticket.address.get("name") or "")


def shown_name(ticket: Ticket) -> str:
    """What a ticket's person calls themselves, the code of their language, and their group."""
    return one_line(" · ".join(filter(None, [name_on(ticket), lang_of(ticket), _group(ticket)])))


def name_there(ticket: Ticket) -> str:
    """What a ticket's person calls themselves, and the group in which they write."""
    return one_line(" · ".join(filter(None, [name_on(ticket), _group(ticket)])))


def lang_of(ticket: Ticket) -> str | None:
    """The code of the language of a ticket's person."""
    lang = ticket.address.get("lang")
    return None if lang is None else str(lang)


def _group(ticket: Ticket) -> str:
    group = ticket.address.get("group")
    return f"👥 {group}" if group else ""


def number(ticket: Ticket, key: str) -> int | None:
    """A number that is noted; None where it is not."""
    noted = ticket.address.get(key)
    return None if noted is None else int(noted)
