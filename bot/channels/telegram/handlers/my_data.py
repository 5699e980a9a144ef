"""/mydata: what is kept about a person, told to that person."""

from __future__ import annotations

import logging

from telegram import Update

from bot.channels.telegram.handlers.people import People
from bot.channels.telegram.updates import is_group, message_of, person_of
from bot.errors import StoreError
from bot.formatting import utf16_units
from bot.service.kept import listed

logger = logging.getLogger(__name__)

_MOST_UNITS = 3_000  # of a message; what is longer comes as a file
_FILE_NAME = "mydata.txt"


class MyData:
    """Shows people what is kept about them, in a private chat alone."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def show(self, update: Update, _: object) -> None:
        """/mydata: as a message where it is short, else as a file."""
        people, texts, person = self._people, self._people.texts(update), person_of(update)
        chat = message_of(update).chat
        if is_group(chat) or person is None:
            await people.say(update, texts.mydata_private)
            return
        try:
            kept = await people.store.kept_of(person)
        except StoreError as error:
            logger.warning("what is kept of a person cannot be read: %s", error)
            await people.say(update, texts.mydata_away)
            return
        is_blocked = await people.handoff.blocks.holds(person)
        told = listed(kept, texts, is_blocked=is_blocked)
        if utf16_units(told) <= _MOST_UNITS:
            await people.say(update, told)
        else:
            await chat.send_document(told.encode(), texts.mydata, filename=_FILE_NAME)
