"""Admins are told of what somebody has to see to: once, and once when it is over."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from telegram.error import Forbidden, NetworkError, TelegramError

from bot.channels.telegram.api.sender import Address
from bot.channels.telegram.handlers import notices
from bot.channels.telegram.handlers.notices import Notices
from bot.files.config.texts import shipped
from bot.service.health import Health
from bot.service.incidents import Incidents, Trouble

EN = shipped()["en"].team
FULL = EN.notice_memory.replace("{reason}", "the disk is full")
KICKED = EN.notice_handoff.replace("{reason}", "bot was kicked")


class Watch:
    """A watch over incidents, whose clock is moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *admins: int) -> None:
        self.sent: list[tuple[int, str]] = []
        self.failures: dict[int, list[TelegramError]] = {}
        self.health = Health()
        self.store: Any = SimpleNamespace(trouble=None)
        self.incidents = Incidents()
        self._now = 0.0
        clock = SimpleNamespace(monotonic=lambda: self._now)
        monkeypatch.setattr(notices, "time", clock)
        self.encoder: Any = SimpleNamespace(trouble=None)
        matcher = SimpleNamespace(encoder=self.encoder)
        live = SimpleNamespace(incidents=self.incidents, team_texts=EN, matcher=matcher)
        sender = SimpleNamespace(text=self._text)
        self._notices = Notices(
            frozenset(admins),
            cast(Any, sender),
            cast(Any, live),
            cast(Any, self.store),
            self.health,
        )

    def after(self, seconds: float) -> list[tuple[int, str]]:
        """What admins are told within some seconds."""
        before = len(self.sent)
        for _ in range(round(seconds)):
            self._now += 1.0
            asyncio.run(self._notices.tick())
        return self.sent[before:]

    async def _text(self, address: Address, text: str) -> None:
        if self.failures.get(address.chat_id):
            raise self.failures[address.chat_id].pop(0)
        self.sent.append((address.chat_id, text))


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch, 7, 8)


def test_an_incident_is_told_once_when_it_lasts_and_once_when_it_is_over(watch: Watch) -> None:
    watch.store.trouble = "the disk is full"
    assert watch.after(4) == []
    assert watch.after(4_000) == [(7, FULL), (8, FULL)]
    watch.store.trouble = None
    assert watch.after(100) == [(7, EN.notice_memory_over), (8, EN.notice_memory_over)]


def test_what_mends_itself_at_once_troubles_nobody(watch: Watch) -> None:
    watch.store.trouble = "the database is locked"
    watch.after(3)
    watch.store.trouble = None
    assert watch.after(100) == []


def test_what_begins_again_and_again_is_told_every_ten_minutes(watch: Watch) -> None:
    told = 0
    for _ in range(60):
        watch.incidents.begin(Trouble.HANDOFF, "bot was kicked")
        told += watch.after(10).count((7, KICKED))
        watch.incidents.end(Trouble.HANDOFF)
        watch.after(10)
    assert told == 2


def test_each_kind_is_told_of_by_itself(watch: Watch) -> None:
    watch.incidents.begin(Trouble.HANDOFF, "bot was kicked")
    watch.incidents.begin(Trouble.FAQ, "faq/a.yaml:1: …")
    told = [text for admin, text in watch.after(10) if admin == 7]
    assert told == [KICKED, EN.notice_faq.replace("{reason}", "faq/a.yaml:1: …")]
    watch.incidents.end(Trouble.FAQ)
    assert watch.after(10)[0] == (7, EN.notice_faq_over)
    watch.encoder.trouble = "it does not answer"
    assert watch.after(10)[0] == (7, EN.notice_encoder.replace("{reason}", "it does not answer"))
    watch.encoder.trouble = None
    assert watch.after(10)[0] == (7, EN.notice_encoder_over)


def test_who_saw_it_begin_or_end_is_not_told_of_it(watch: Watch) -> None:
    """An admin whose /reload was refused has read why."""
    watch.incidents.begin(Trouble.FAQ, "…", known_to="7")
    assert [admin for admin, _ in watch.after(10)] == [8]
    watch.incidents.end(Trouble.FAQ, known_to="8")
    assert watch.after(10) == [(7, EN.notice_faq_over)]


def test_updates_that_were_set_aside_are_counted_together(watch: Watch) -> None:
    watch.health.set_aside.inc()
    assert watch.after(1)[0] == (7, EN.notice_set_aside.replace("{count}", "1"))
    for _ in range(40):
        watch.health.set_aside.inc()
    assert watch.after(590) == []
    assert watch.after(20)[0] == (7, EN.notice_set_aside.replace("{count}", "40"))


def test_an_admin_who_never_started_the_bot_keeps_no_other_from_being_told(watch: Watch) -> None:
    watch.failures[7] = [Forbidden("bot can't initiate conversation with a user")]
    watch.incidents.begin(Trouble.HANDOFF, "bot was kicked")
    assert watch.after(100) == [(8, KICKED)]


def test_what_could_not_be_sent_is_sent_later(watch: Watch) -> None:
    watch.failures[7] = [NetworkError("away"), NetworkError("away")]
    watch.incidents.begin(Trouble.HANDOFF, "bot was kicked")
    assert watch.after(40) == []
    watch.incidents.end(Trouble.HANDOFF)
    over = EN.notice_handoff_over
    assert watch.after(40) == [(7, KICKED), (8, KICKED), (7, over), (8, over)]


def test_without_admins_nothing_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = Watch(monkeypatch)
    asyncio.run(asyncio.wait_for(nobody._notices.run(), 1.0))
