"""What the bot writes down, and that it answers whatever becomes of its database."""

from __future__ import annotations

import gzip
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import replies
from tests.e2e.memories import ADMIN, EASY, Memories, Watched, ask
from tests.e2e.process import ROOT, BotProcess

TEXTS = shipped()["en"]
TEAM = TEXTS.team
SETTINGS = f"telegram:\n  admins: [{ADMIN}]\n  {EASY}\n"


@dataclass(frozen=True)
class Shop(Watched):
    """The running bot, what it remembers, and its log."""

    process: BotProcess

    def log(self) -> list[str]:
        """What was said of the memory, without the time."""
        told = (line.partition("bot.store.") for line in self.process.log)
        return [line.partition(": ")[2] for _, found, line in told if found]


@contextmanager
def opened(config: Path) -> Iterator[Shop]:
    """A bot of its own."""
    with BotApi() as api, BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        yield Shop(api, Memories(config), process)
        assert process.stop() == 0


@pytest.fixture(scope="module")
def shop(make_config: Callable[[str], Path]) -> Iterator[Shop]:
    with opened(make_config(SETTINGS)) as shop:
        yield shop


# --- what is written -----------------------------------------------------------------------------


def test_there_is_one_row_for_each_decision(shop: Shop) -> None:
    chat_id, (last,) = 801, shop.rows("SELECT max(number) FROM decisions")[0]
    for text in (
        "what are your opening hours",
        "cake",
        "how is the weather",
        "hello",
        "when do you open and how do i order a cake?",
    ):
        ask(shop.api, text, chat_id=chat_id)
    for text in ("/start", "/help", "/topics", "/start cake-order"):
        ask(shop.api, text, chat_id=chat_id)
    columns = "action, entry_id, small_talk, text, lang"
    since = f"FROM decisions WHERE number > {last or 0} ORDER BY number"
    assert shop.rows(f"SELECT {columns} {since}") == [
        ("answer", "opening-hours", 0, None, "en"),
        ("follow_up", "cake-cancel", 0, "cake", "en"),
        ("fallback", None, 0, "how is the weather", "en"),
        ("fallback", None, 1, None, "en"),
        ("answer", "opening-hours", 0, None, "en"),
    ]
    found = shop.rows(f"SELECT DISTINCT fingerprint {since}")
    assert len(found) == 1
    assert re.fullmatch("[0-9a-f]{12}", str(found[0][0]))


def test_what_is_not_said_to_the_bot_is_not_written_down(shop: Shop) -> None:
    ((before,),) = shop.rows("SELECT count(*) FROM decisions")
    shop.api.say("are you open on sunday", chat_id=-803, user_id=803)
    shop.api.say("/stats", chat_id=-803, user_id=803)
    ask(shop.api, "/help", chat_id=-803, user_id=803)
    assert shop.rows("SELECT count(*) FROM decisions") == [(before,)]


# --- a database that is away ---------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=8m", "tmpfs"]
    subprocess.run(["mount", *options, str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on a disk; return the file that takes it."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as stream:
        while stream.write(bytes(1024)):
            pass
    return ballast


def can_mount() -> bool:
    """Whether this machine lets us mount a disk of our own."""
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def is_answered_and_then_written(
    shop: Shop, reason: str, mend: Callable[[], object], asked: int = 20
) -> None:
    """Ask while nothing can be written for some reason, and see that it is written afterwards."""
    api, said, chat_id = shop.api, len(shop.log()), 820
    before = len(shop.memories.rows("SELECT id FROM decisions"))
    known = {TEXTS.fallback, TEXTS.fallback_again}
    texts = [ask(api, f"do you repair bicycles {n}", chat_id=chat_id).text for n in range(asked)]
    assert set(texts) == known
    api.wait_for(lambda: len(shop.log()) > said)
    away = TEAM.memory_away.replace("{reason}", reason)
    assert ask(api, "/stats", chat_id=ADMIN).text == away
    assert ask(api, "/forget", chat_id=821).text == TEXTS.not_forgotten
    mend()
    api.wait_for(lambda: len(shop.log()) > said + 1, 60)
    begun, recovered = shop.log()[said:]
    assert begun == (
        f"the memory cannot be written ({reason}); answers go on, what is to be remembered waits"
    )
    assert recovered == "the memory works again; what waited is written now"
    words = shop.rows("SELECT text FROM decisions ORDER BY number")[before:]
    assert words == [(f"do you repair bicycles {n}",) for n in range(asked)]
    assert shop.rows("PRAGMA integrity_check") == [("ok",)]


def test_while_it_is_locked_all_is_answered_and_then_written(shop: Shop) -> None:
    shop.settle()
    with closing(sqlite3.connect(shop.memories.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        reason = "the database is locked by another program"
        is_answered_and_then_written(shop, reason, lambda: other.execute("ROLLBACK"), asked=4)


@pytest.mark.skipif(not can_mount(), reason="a small disk can be mounted by root alone")
def test_while_the_disk_is_full_all_is_answered(
    make_config: Callable[[str], Path], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        key = tmp_path / "key"
        store = f"store: {{url: 'sqlite:///{disk / 'bot.db'}', key_file: '{key}'}}\n"
        with opened(make_config(SETTINGS + store)) as elsewhere:
            shop = replace(elsewhere, memories=Memories(disk / "config.yaml"))
            shop.settle()
            ballast = fill(disk)
            is_answered_and_then_written(shop, "the disk is full", ballast.unlink)


# --- over restarts and upgrades ------------------------------------------------------------------


def test_what_an_earlier_version_left_open_is_answered_after_the_upgrade(
    make_config: Callable[[str], Path], answers: dict[str, str]
) -> None:
    """In each chat in the order it came, and what people write now comes after it."""
    config = make_config(SETTINGS)
    memories = Memories(config)
    old = ROOT / "tests" / "data" / "store_version_2.db.gz"  # see the script beside it
    memories.path.write_bytes(gzip.decompress(old.read_bytes()))
    (config.parent / "key").write_text(bytes(range(32)).hex())
    with BotApi() as api, BotProcess(config, api.token, api.url) as process:
        api.say("Which allergens are in your bread?", chat_id=7)
        first, second, third = replies(api, 7, 3)[:3]
        assert first.text == answers["opening-hours"]
        assert second.text in {
            *(answers["cake-order"], TEXTS.follow_up, TEXTS.follow_up_far, TEXTS.fallback)
        }
        assert third.text.startswith("ALLERGENS")
        api.wait_for(lambda: not memories.rows("SELECT 1 FROM received WHERE state = 'open'"))
        assert process.stop() == 0
    found = memories.rows("SELECT state, tries FROM received WHERE update_id <= 6")
    assert found == [("done", 0), ("aside", 1), ("done", 2), ("done", 1), ("done", 1), ("done", 1)]
    assert memories.rows("SELECT count(*) FROM decisions") == [(7 + 3,)]
