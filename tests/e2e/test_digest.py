"""The running bot sends its admins the weekly digest, and tells them of drift."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGKILL

from bot.channels.telegram.handlers.digests import TICK_S
from bot.domain import Action, Decision, Hit, KeepText
from bot.files.config.texts import shipped
from bot.files.faq.load import load_faq
from bot.store.sql.pseudonyms import Pseudonyms
from bot.store.sql.store import SqlStore
from bot.store.store import Record
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import BAKERY, texts
from tests.e2e.memories import ADMIN, EASY, Memories, ask
from tests.e2e.process import ROOT, MakeConfig, environment, serving
from tests.factories import LINES

EN = shipped()["en"].team
NEVER_STARTED = 7003
DRIFT = "Questions fit the FAQ less well than when I was tuned"


def bot(config: Path, *arguments: str) -> None:
    """Carry out a command."""
    command = [sys.executable, "-m", "bot", *arguments, "--config", str(config)]
    subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True)


def tune(config: Path) -> None:
    """Tune it on what its FAQ answers well."""
    entries = load_faq(BAKERY, LINES).entries
    labels = [{"text": entry.question, "expected": entry.id, "count": 50} for entry in entries]
    labelled = config.parent / "labelled.jsonl"
    labelled.write_text("\n".join(map(json.dumps, labels)), "utf-8")
    bot(config, "tune", str(labelled), "--oos-share", "0", "--write", "--unproven")


def let_people_ask(config: Path) -> None:
    """Have the bot remember that 200 people asked what its FAQ does not answer."""
    store = SqlStore(
        f"sqlite:///{config.parent / 'bot.db'}",
        *(Pseudonyms.load(config.parent / "key"), KeepText.UNANSWERED, 90),
    )
    for number in range(200):
        hit = Hit("cake-order", 0.2, "x")
        decision = Decision(Action.FALLBACK, None, 0.2, (hit,), "low")
        who = f"person {number}"
        store.record(Record(f"{number:016x}", time.time(), "who was she", None, decision, who))
    store.close()


def set_digest(config: Path, at: datetime) -> None:
    """Have a digest come at a time, in UTC."""
    kept = config.read_text("utf-8").partition("authoring:")[0]
    moment = f"{at:%A %H:%M}".lower()
    config.write_text(f"{kept}authoring: {{digest: {moment}}}\n", "utf-8")


def test_each_admin_has_one_digest_when_its_minute_comes_and_drift_is_told_once(
    api: BotApi, make_config: MakeConfig
) -> None:
    lines = "thresholds:\n  answer: 0.75\n  follow_up: 0.60\n"
    config = make_config(f"{lines}telegram: {{admins: [{NEVER_STARTED}, {ADMIN}], {EASY}}}\n")
    memories = Memories(config)
    api.forbid(NEVER_STARTED, "Forbidden: bot can't initiate conversation with a user")
    tune(config)
    with serving(api, config):
        ask(api, "hello", chat_id=1)
    let_people_ask(config)
    memories.change("DELETE FROM notes WHERE name = 'drift'")  # the last look is a day ago
    set_digest(config, datetime.now(UTC) + timedelta(hours=1))
    with serving(api, config) as process:
        api.wait_for(lambda: memories.rows("SELECT * FROM notes WHERE name = 'digest'"))
        process.wait_for_log(DRIFT)
        assert DRIFT in ask(api, "/stats", chat_id=ADMIN).text
        set_digest(config, datetime.now(UTC) + timedelta(minutes=1))
        digest = texts(api, ADMIN, 2)[1]
        assert digest.startswith(EN.weekly)
        assert DRIFT in digest
        process.wait_for_log(f"admin {NEVER_STARTED} is not reached")
        process.stop(SIGKILL)
    with serving(api, config) as process:
        assert DRIFT in ask(api, "/stats", chat_id=ADMIN).text
        time.sleep(2 * TICK_S)
        assert not [line for line in process.log if DRIFT in line]
    assert [text for text in texts(api, ADMIN) if text.startswith(EN.weekly)] == [digest]
