"""Entries that begin while the true process serves, and a notice above its answers."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ANSWERS, BAKERY
from tests.e2e.memories import ask
from tests.e2e.process import START_TIMEOUT_S, MakeConfig, serving

NOTICE = "Our phone line is down today."
PARKING = """
- id: parking
  question: Is there a car park?
  answer: Behind the house.
  valid_from: {begin:%Y-%m-%d %H:%M:%S}
"""


def test_an_entry_begins_by_its_date_under_a_notice_of_the_config(
    api: BotApi, make_config: MakeConfig
) -> None:
    config = make_config(f"faq: faq/\nhot_reload: off\ntimezone: UTC\nnotice: {{text: {NOTICE}}}\n")
    (config.parent / "faq").mkdir()
    (config.parent / "faq/bakery.yaml").write_text(BAKERY.read_text("utf-8"), "utf-8")
    begin = datetime.now(UTC) + timedelta(seconds=5)
    (config.parent / "faq/parking.yaml").write_text(PARKING.format(begin=begin), "utf-8")
    with serving(api, config):
        found = ask(api, "are you open on sunday")
        assert found.text == f"{NOTICE}\n\n{ANSWERS['opening-hours']}"
        wanted, ends_at = f"{NOTICE}\n\nBehind the house.", time.monotonic() + START_TIMEOUT_S
        while ask(api, "is there a car park").text != wanted:
            assert time.monotonic() < ends_at
            time.sleep(1)
