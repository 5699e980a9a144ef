"""What is kept of people, what they are told of it, and that it can be erased."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_types import Person
from tests.e2e.chatting import edited, press, toasts
from tests.e2e.memories import ADMIN, EASY, Memories, Watched, ask
from tests.e2e.process import MakeConfig, serving

TEXTS = shipped()["en"]
TEAM_CHAT = -1_007_000_000_001
ORDER = "How do I order a cake?"
# Numbers too large for four bytes, so that a row that holds one holds these very bytes.
PERSON, GROUP = 5_551_234_567, -1_005_551_234_999
WHO: Person = {"user_name": "Zebulon Quagmire", "username": "zebquag"}
ANSWERED = "what are your opening hours zanzibar"
CHOSEN = "cake please xylophone"
MISSED = "do you repair unicycles"
THANKS = "thank you so much"  # a kind of small talk is kept, and is called thanks


@dataclass(frozen=True)
class Shop(Watched):
    """The running bot, and what stands in the files of its memory."""

    def held(self, *words: str) -> set[str]:
        """Which of some words stand somewhere in the database's files."""
        self.settle()
        found = self.memories.bytes()
        return {word for word in words if word.encode() in found}

    def traces(self) -> list[str]:
        """What in the database's files tells who asked, and where."""
        self.settle()
        found = self.memories.bytes()
        names = ["Zebulon", "Quagmire", "zebquag", str(PERSON), str(abs(GROUP)), f"Chat {GROUP}"]
        numbers = [number.to_bytes(6, "big", signed=True) for number in (PERSON, GROUP)]
        return [name for name in names if name.encode() in found] + [
            number.hex() for number in numbers if number in found
        ]


@contextmanager
def opened(config: Path) -> Iterator[Shop]:
    """A bot of its own."""
    with BotApi() as api, serving(api, config):
        yield Shop(api, Memories(config))


def settings(store: str = "", telegram: str = "") -> str:
    """The YAML of a bot with an admin."""
    own = f"store: {{url: 'sqlite:///bot.db', key_file: key, {store}}}\n" if store else ""
    return f"{own}telegram:\n  admins: [{ADMIN}]\n  {EASY}\n{telegram}"


@pytest.fixture(scope="module")
def shop(make_config: MakeConfig) -> Iterator[Shop]:
    """A bot that keeps what it keeps unless it is told otherwise."""
    with opened(make_config(settings())) as shop:
        yield shop


def a_day(shop: Shop) -> None:
    """Ask something of each kind, in private and in a group."""
    api = shop.api
    press(api, ask(api, ANSWERED, chat_id=PERSON, **WHO), "👍")
    toasts(api, PERSON)
    press(api, ask(api, CHOSEN, chat_id=PERSON), ORDER)
    edited(api, PERSON)
    ask(api, THANKS, chat_id=PERSON)
    ask(api, MISSED, chat_id=PERSON)
    ask(api, f"/ask {ANSWERED}", chat_id=GROUP, user_id=PERSON)
    ask(api, "/person", chat_id=PERSON)


def privacy(kept: str, days: int, *more: str) -> str:
    """What /privacy says."""
    ends = TEXTS.privacy_kept.replace("{days}", str(days))
    told = [TEXTS.privacy, kept, TEXTS.privacy_at_hand, ends, *more, TEXTS.privacy_mydata]
    return "\n\n".join(told)


# --- what is kept --------------------------------------------------------------------------------


def test_keep_text_unanswered_keeps_only_unanswered_utterances(shop: Shop) -> None:
    open_question = "tell me about cakes quickly"
    assert ask(shop.api, open_question, chat_id=901).text == TEXTS.follow_up
    a_day(shop)
    assert shop.rows("SELECT count(*) FROM decisions WHERE text LIKE '%xylophone%'") == [(0,)]
    assert shop.held("zanzibar") == set()
    # What had been written before the choice leaves the log with the next sweep or /forget.
    assert ask(shop.api, "/forget", chat_id=902).text == TEXTS.forgotten
    assert shop.held("zanzibar", "xylophone", THANKS, MISSED, open_question) == {
        MISSED,
        open_question,
    }
    assert shop.traces() == []
    told = ask(shop.api, "/privacy", chat_id=901).text
    assert told == privacy(TEXTS.privacy_unanswered, 90)


def test_keep_text_all_keeps_every_utterance_and_privacy_names_the_team(
    make_config: MakeConfig,
) -> None:
    more = settings("keep_text: all, retention_days: 30", f"  handoff_chat: {TEAM_CHAT}\n")
    with opened(make_config(more)) as shop:
        a_day(shop)
        assert shop.held("zanzibar", "xylophone", THANKS, MISSED) == {
            "zanzibar",
            "xylophone",
            THANKS,
            MISSED,
        }
        assert shop.traces() == []  # though the bot knows where to send the team's answer
        assert shop.rows("SELECT count(*) FROM tickets") != [(0,)]
        assert ask(shop.api, "/privacy", chat_id=901).text == privacy(
            TEXTS.privacy_all, 30, TEXTS.privacy_team, TEXTS.privacy_block
        )
        chinese = shipped()["zh"]
        told = ask(shop.api, "/privacy", chat_id=902, language_code="zh-hans").text
        assert told.split("\n\n") == [
            chinese.privacy,
            chinese.privacy_all,
            chinese.privacy_at_hand,
            chinese.privacy_kept.replace("{days}", "30"),
            chinese.privacy_team,
            chinese.privacy_block,
            chinese.privacy_mydata,
        ]


def test_keep_text_none_keeps_no_utterance(make_config: MakeConfig) -> None:
    with opened(make_config(settings("keep_text: none, retention_days: 1"))) as shop:
        a_day(shop)
        assert shop.held("zanzibar", "xylophone", THANKS, MISSED) == set()
        assert shop.traces() == []
        assert shop.rows("SELECT count(*) FROM decisions WHERE text IS NOT NULL") == [(0,)]
        assert ask(shop.api, "/privacy", chat_id=901).text == privacy(TEXTS.privacy_none, 1)
        lines = ask(shop.api, "/unanswered", chat_id=ADMIN).text.splitlines()
        rest = TEXTS.team.unanswered_rest.replace("{count}", "1")
        assert lines == [TEXTS.team.unanswered.replace("{total}", "1"), "", rest]


# --- /forget -------------------------------------------------------------------------------------


def test_forget_erases_a_persons_rows_everywhere_and_nobody_elses(shop: Shop) -> None:
    api, person, other, group = shop.api, 911, 912, -911
    mine, theirs = "do you repair tricycles", "do you repair rickshaws"
    ask(api, mine, chat_id=person)
    ask(api, theirs, chat_id=other)
    ask(api, f"/ask {mine}", chat_id=group, user_id=person)
    ask(api, f"/ask {theirs}", chat_id=group, user_id=other)
    press(api, ask(api, "are you open on sunday", chat_id=person), "👎")
    toasts(api, person)
    query = "SELECT DISTINCT person FROM decisions WHERE text = ?"
    ((hashed,),), ((hashed_other,),) = shop.rows(query, mine), shop.rows(query, theirs)
    assert shop.held(mine, theirs, str(hashed)) == {mine, theirs, str(hashed)}
    counted = "SELECT count(*) FROM decisions WHERE person = ?"
    ((kept,),) = shop.rows(counted, hashed_other)

    told = ask(api, "/forget", chat_id=group, user_id=person)
    assert (told.text, told.buttons) == (TEXTS.forgotten, ())
    assert shop.held(mine, theirs, str(hashed)) == {theirs}
    assert shop.rows(counted, hashed) == [(0,)]
    assert shop.rows(counted, hashed_other) == [(kept,)]
    orphans = "WHERE decision NOT IN (SELECT number FROM decisions)"
    for table in ("labels", "shown"):
        assert shop.rows(f"SELECT count(*) FROM {table} {orphans}") == [(0,)]
    assert shop.rows("SELECT count(*) FROM labels WHERE person = ?", hashed) == [(0,)]
