"""A key that is lost takes no question with it in silence."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from bot.domain import KeepText
from bot.store.shared import InboxItem
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ask
from tests.e2e.process import BotProcess, serving


def test_a_start_with_another_key_stops_until_what_is_lost_is_accepted(config: Path) -> None:
    """What is accepted is given up, so the next start is as ever."""
    database, key = config.parent / "bot.db", config.parent / "key"
    url = f"sqlite:///{database}"
    with closing(SqlStore(url, Pseudonyms(b"k" * 32), KeepText.ALL, 10)) as store:
        store.receive([InboxItem(1, 4e9, "{}"), InboxItem(2, 4e9, "{}")])
    accept = ("run", "--accept-lost-questions")
    with BotApi() as api:
        for options in ((), (*accept, "1")):
            with BotProcess(config, api.token, api.url, *options) as process:
                assert process.wait() == 2
            assert process.log[-1] == (
                f"2 questions wait in {database} and cannot be read with the key {key}. Put the "
                "old key back there; or, if it is lost, start once with: python -m bot run "
                "--accept-lost-questions 2"
            )
        for options in ((*accept, "2"), ()):
            with serving(api, config, *options):
                ask(api, "are you open on sunday", chat_id=1)
