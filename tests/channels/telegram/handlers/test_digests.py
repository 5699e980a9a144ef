"""How the digest reaches admins, and whom it does not speak of."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

from bot.channels.telegram.api.sender import Address, Sender
from bot.channels.telegram.handlers.digests import send_digests
from bot.files.config.settings import AuthoringSettings, Settings
from bot.office_hours import Weekly
from bot.service.admins.digest import WEEK_S, Digests
from bot.service.admins.learning import Advice, Group
from tests.factories import bot_over, entry
from tests.fake_learning import FakeLearning
from tests.fakes import FakeEmbedder
from tests.service.served import VECTORS, Server

SECRET = "violet oak"


class SlowSender:
    """What is sent arrives once it may."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.is_sending, self.may_arrive = asyncio.Event(), asyncio.Event()

    async def text(self, address: Address, text: str) -> None:
        self.texts.append(text)
        self.is_sending.set()
        await self.may_arrive.wait()


async def test_who_is_forgotten_while_digests_are_sent_stands_in_none_that_goes_out_afterwards(
    tmp_path: Path,
) -> None:
    """The first admin's is on its way: the wish waits for it, and the second admin's is without."""
    settings = Settings(cache=tmp_path, lock=tmp_path / "policy.lock", head=False)
    settings = replace(settings, authoring=AuthoringSettings(digest=Weekly(0, 0)))
    bot = bot_over(
        tmp_path, entry("refund", "Refund?"), embedder=FakeEmbedder(VECTORS), settings=settings
    )
    server, sender, learning = Server(bot), SlowSender(), FakeLearning({})
    server.start()
    store = server.live._store
    learning.found = [Group(SECRET, (SECRET,), 2, ("d",), Advice.ENTRY)]
    digests = Digests(server.live, store, learning)
    await digests.due(time.time() - WEEK_S, [7, 8])
    admins = frozenset({7, 8})
    sending = asyncio.create_task(send_digests(digests, cast(Sender, sender), server.live, admins))

    async def forget() -> None:
        async with store.under_way.forgetting("somebody"):
            learning.found = []

    await sender.is_sending.wait()
    forgetting = asyncio.create_task(forget())
    for _ in range(10):
        await asyncio.sleep(0)
    assert learning.found
    sender.may_arrive.set()
    await forgetting
    while len(sender.texts) < 2:
        await asyncio.sleep(0.01)
    sending.cancel()
    assert [SECRET in text for text in sender.texts] == [True, False]
