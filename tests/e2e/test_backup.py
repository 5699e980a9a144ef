"""The commands by which what the bot remembers is copied while it runs, and put back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ask
from tests.e2e.memories import Memories
from tests.e2e.process import ROOT, environment, serving


def store(config: Path, action: str, copy: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "store", action, str(copy), "--config", str(config)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_backup_is_made_while_the_bot_runs_and_restored_while_it_does_not(config: Path) -> None:
    path, copy, memories = config.parent / "bot.db", config.parent / "copy.db", Memories(config)
    with BotApi() as api:
        with serving(api, config):
            ask(api, "how is the weather", chat_id=1)
            api.wait_for(lambda: memories.rows("SELECT 1 FROM decisions"))
            made = store(config, "backup", copy)
            assert (made.returncode, made.stdout.splitlines()[0]) == (
                *(0, f"{path} is copied to {copy}."),
            )
            ask(api, "how is the weather", chat_id=2)
            api.wait_for(lambda: len(memories.rows("SELECT 1 FROM decisions")) == 2)
            refused = store(config, "restore", copy)
            assert (refused.returncode, refused.stderr) == (
                *(2, f"{path} is open in another program: stop the bot first.\n"),
            )
        assert store(config, "restore", copy).returncode == 0
        assert memories.rows("SELECT count(*) FROM decisions") == [(1,)]
        with serving(api, config):
            ask(api, "how is the weather", chat_id=3)
        memories.change("UPDATE schema_version SET version = 999")
        older = subprocess.run(
            [sys.executable, "-m", "bot", "--config", str(config)],
            cwd=ROOT,
            env=environment(TELEGRAM_BOT_TOKEN=api.token, TELEGRAM_API_URL=api.url),
            capture_output=True,
            text=True,
            check=False,
        )
    assert older.returncode == 2
    (line,) = older.stderr.splitlines()
    assert line.startswith(f"{path} is of version 999, and this bot knows versions up to ")
    assert line.endswith("python -m bot store restore FILE")
