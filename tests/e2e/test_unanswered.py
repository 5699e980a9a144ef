"""What people ask in vain becomes an answer, beside the bot that serves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import BAKERY
from tests.e2e.memories import ADMIN, EASY, ask
from tests.e2e.process import ROOT, START_TIMEOUT_S, MakeConfig, environment, serving

FALLBACK = shipped()["en"].fallback
ASKED = ("do you repair bicycles", "can you repair my bicycle")
ANSWER = "No, we only bake."


def unanswered(config: Path, *arguments: str) -> str:
    """What the command says."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "unanswered", "--config", str(config), *arguments],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_what_two_people_asked_is_listed_added_answered_and_taken_back(
    make_config: MakeConfig,
) -> None:
    config = make_config(f"faq: faq/\ntelegram:\n  admins: [{ADMIN}]\n  {EASY}\n")
    file = config.parent / "faq" / "bakery.yaml"
    file.parent.mkdir()
    file.write_bytes(BAKERY.read_bytes())
    with BotApi() as api, serving(api, config):

        def answered(text: str) -> None:
            api.wait_for(
                lambda: ask(api, ASKED[0], chat_id=703).text.startswith(text), START_TIMEOUT_S
            )

        for person, text in enumerate(ASKED, start=701):
            assert ask(api, text, chat_id=person).text == FALLBACK
        ask(api, "/stats", chat_id=ADMIN)  # until then all is written
        (group,) = json.loads(unanswered(config, "--json"))["listed"]
        assert (group["people"], {*group["wordings"]}) == (2, {*ASKED})
        told = unanswered(config, "--apply", "1", "--answer", ANSWER)
        assert told.startswith(f"{file}: added “{group['name']}” as ")
        answered(ANSWER)
        unanswered(config, "--undo")
        assert file.read_bytes() == BAKERY.read_bytes()
        answered(FALLBACK)
