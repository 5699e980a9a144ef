"""The FAQ is read anew while the bot serves: when somebody asks for it, and by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from signal import SIGHUP

import pytest

from bot.files.config.texts import shipped
from bot.files.faq.load import load_project
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import ANSWERS, BAKERY, labels, press, sentence, texts
from tests.e2e.memories import ADMIN, EASY, ask
from tests.e2e.process import START_TIMEOUT_S, BotProcess, MakeConfig, serving

TEXTS = shipped()["en"]
TEAM = TEXTS.team
OTHER_ADMIN = 7002
ORDER = "How do I order a cake?"
PARKING = """
- id: parking
  question: Is there a car park?
  phrasings:
    - Where can I park my car?
  answer: Behind the house.
"""


@dataclass(frozen=True)
class Shop:
    """The running bot over an FAQ and settings of its own."""

    api: BotApi
    process: BotProcess
    config: Path
    settings: str

    @property
    def faq(self) -> Path:
        """The folder of FAQ files."""
        return self.config.parent / "faq"

    def said(self) -> list[str]:
        """What the log says of readings."""
        return [line for line in self.process.log if "read anew" in line]

    def reload(self) -> str:
        """What the admin is told; the log has said it too by then."""
        before = len(self.said())
        told = ask(self.api, "/reload", chat_id=ADMIN).text
        self.api.wait_for(lambda: self.said()[before:])
        return told

    def hang_up(self) -> str:
        """What the log says of SIGHUP."""
        before = len(self.said())
        self.process.signal(SIGHUP)
        return self.api.wait_for(lambda: self.said()[before:], START_TIMEOUT_S)[0]

    def restore(self) -> None:
        """Put the files back as they were at the start."""
        self.config.write_text(self.settings, "utf-8")
        for file in self.faq.glob("*.yaml"):
            if file.name != "bakery.yaml":
                file.unlink()
        (self.faq / "bakery.yaml").write_text(BAKERY.read_text("utf-8"), "utf-8")

    def done(self) -> str:
        """What the admin is to be told when all was read."""
        entries = load_project(str(self.config))[1].entries
        told = TEAM.reloaded.replace("{entries}", str(len(entries)))
        return told.replace("{wordings}", str(sum(len(entry.wordings) for entry in entries)))


def changeable(make_config: MakeConfig) -> Path:
    """A configuration over an FAQ that can be changed."""
    more = f"faq: faq/\nhot_reload: off\ntelegram:\n  admins: [{ADMIN}, {OTHER_ADMIN}]\n  {EASY}\n"
    config = make_config(more)
    (config.parent / "faq").mkdir()
    (config.parent / "faq" / "bakery.yaml").write_text(BAKERY.read_text("utf-8"), "utf-8")
    return config


@pytest.fixture(scope="module")
def whole_shop(make_config: MakeConfig) -> Iterator[Shop]:
    config = changeable(make_config)
    with BotApi() as api, serving(api, config) as process:
        yield Shop(api, process, config, config.read_text("utf-8"))


@pytest.fixture
def shop(whole_shop: Shop) -> Iterator[Shop]:
    """The bot, serving the bakery's FAQ before and after each test."""
    yield whole_shop
    whole_shop.restore()
    assert whole_shop.reload() == "Done: I'm now answering from 4 entries with 9 wordings."


def many(entries: int, each: int) -> str:
    """An FAQ of wordings that were never encoded before."""
    mark = time.monotonic_ns()
    lines = []
    for number in range(entries):
        lines += [f"- id: many-{mark}-{number}", "  answer: Yes."]
        lines += [f"  question: May I rent the oven {mark} {number}?", "  phrasings:"]
        lines += [
            f"    - Who repairs mixer {mark} {number} on day {day} of the month?"
            for day in range(each - 1)
        ]
    return "\n".join(lines) + "\n"


# --- what is served ------------------------------------------------------------------------------


def test_reload_and_sighup_serve_the_changed_faq_at_once(shop: Shop) -> None:
    assert ask(shop.api, "where can i park my car", chat_id=601).text == TEXTS.fallback
    (shop.faq / "parking.yaml").write_text(PARKING, "utf-8")
    assert shop.reload() == "Done: I'm now answering from 5 entries with 11 wordings."
    assert ask(shop.api, "where can i park my car", chat_id=601).text == "Behind the house."
    (shop.faq / "parking.yaml").write_text(PARKING.replace("house", "shop"), "utf-8")
    assert shop.hang_up().endswith("the FAQ was read anew: 5 entries, 11 wordings")
    assert ask(shop.api, "/start parking", chat_id=601).text == "Behind the shop."


def test_reload_serves_changed_answers_and_drops_removed_entries(shop: Shop) -> None:
    before = ask(shop.api, "are you open on sunday", chat_id=603)
    assert before.text == ANSWERS["opening-hours"]
    assert labels(before) == [ORDER, "👍", "👎"]
    (shop.faq / "bakery.yaml").write_text(
        "- {id: opening-hours, question: Are you open on Sunday?, answer: Never on Sundays.}\n"
    )
    assert shop.reload() == "Done: I'm now answering from 1 entries with 1 wordings."
    assert ask(shop.api, "are you open on sunday", chat_id=603).text == "Never on Sundays."
    press(shop.api, before, ORDER)
    shop.api.wait_for(lambda: len(shop.api.sent(603)) == 3)
    assert shop.api.sent(603)[-1].text == TEXTS.gone


# --- settings ------------------------------------------------------------------------------------


def test_reload_applies_changed_texts_and_thresholds(shop: Shop) -> None:
    more = "texts: {en: {fallback: We do not know.}}\nthresholds: {answer: 0.55, follow_up: 0.55}\n"
    shop.config.write_text(shop.settings + more, "utf-8")
    assert shop.reload() == shop.done()
    assert ask(shop.api, "how is the weather", chat_id=606).text == "We do not know."
    assert ask(shop.api, "cake", chat_id=606).text != TEXTS.follow_up


def test_reload_names_the_settings_that_need_a_restart(shop: Shop) -> None:
    settings = shop.settings.replace(f"[{ADMIN}, {OTHER_ADMIN}]", f"[{ADMIN}, 607]")
    settings = settings.replace("bot.db", "another.db") + "model: no/such-model\n"
    shop.config.write_text(settings, "utf-8")
    named = "These take effect only after a restart: model, store, telegram"
    assert shop.reload() == f"{shop.done()}\n{named}"
    shop.process.wait_for_log("changes of model, store, telegram take effect after a restart")
    assert sentence(ask(shop.api, "/stats", chat_id=607).text) == TEXTS.help
    assert ask(shop.api, "/stats", chat_id=OTHER_ADMIN).text.startswith("The last 7 days")
    assert not (shop.config.parent / "another.db").exists()


# --- mistakes ------------------------------------------------------------------------------------


def test_reload_with_problems_serves_the_old_faq_and_tells_every_problem(shop: Shop) -> None:
    (shop.faq / "a.yaml").write_text("- id: one\n  question: One?\n", "utf-8")
    (shop.faq / "b.yaml").write_text(PARKING.replace("answer:", "anwser:"), "utf-8")
    shop.config.write_text(f"{shop.settings}langauge: zh\n", "utf-8")
    config, a, b = shop.config, shop.faq / "a.yaml", shop.faq / "b.yaml"
    line = len(config.read_text("utf-8").splitlines())
    told = shop.reload().splitlines()
    assert told[:2] == [TEAM.reload_refused.replace("{count}", "4"), ""]
    assert [one[: one.index(": ")] for one in told[2:]] == [
        f"{config}:{line}",
        f"{a}:1",
        f"{b}:2",
        f"{b}:6",
    ]
    assert "langauge" in told[2]
    assert "answer" in told[3]
    assert "anwser" in told[5]
    refused = "the FAQ is not read anew, the old one is still served: "
    assert shop.hang_up().endswith(refused + " ".join(told[2:]))
    assert ask(shop.api, "are you open on sunday", chat_id=608).text == ANSWERS["opening-hours"]


# --- while it is read ----------------------------------------------------------------------------


def test_sigterm_during_a_reload_stops_the_bot(make_config: MakeConfig, api: BotApi) -> None:
    config = changeable(make_config)
    with serving(api, config) as process:
        (config.parent / "faq" / "many.yaml").write_text(many(300, 5), "utf-8")
        process.signal(SIGHUP)
        assert ask(api, "/stats", chat_id=ADMIN).text.startswith("The last 7 days")
    assert not [line for line in process.log if "read anew" in line or "ERROR" in line]
    assert "stopped" in process.log[-1]


def test_sighup_during_the_start_reloads(make_config: MakeConfig, api: BotApi) -> None:
    api.delay("getMe", 1.0)
    config = changeable(make_config)
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("connecting to Telegram")
        (config.parent / "faq" / "parking.yaml").write_text(PARKING, "utf-8")
        process.signal(SIGHUP)
        process.wait_for_log("read anew: 5 entries")
        assert ask(api, "where can i park my car", chat_id=1).text == "Behind the house."
        assert process.stop() == 0


# --- without anybody who asks ---------------------------------------------------------------------


def test_a_saved_file_is_served_and_admins_are_told_of_mistakes_and_restarts(
    make_config: MakeConfig, api: BotApi
) -> None:
    config = changeable(make_config)
    settings = config.read_text("utf-8").replace("hot_reload: off", "hot_reload: on")
    config.write_text(settings, "utf-8")
    with serving(api, config) as process:
        parking = config.parent / "faq" / "parking.yaml"
        parking.write_text(PARKING, "utf-8")
        process.wait_for_log("read anew: 5 entries")
        assert ask(api, "where can i park my car", chat_id=1).text == "Behind the house."
        parking.write_text(PARKING.replace("answer", "anwser"), "utf-8")
        (begun,) = texts(api, ADMIN)
        assert begun.startswith(TEAM.notice_faq.partition("{")[0])
        assert f"{parking}:6: anwser is not a key this bot knows" in begun
        assert ask(api, "/start parking", chat_id=1).text == "Behind the house."
        parking.write_text(PARKING.replace("house", "shop"), "utf-8")
        assert texts(api, ADMIN, 2)[1] == TEAM.notice_faq_over
        assert ask(api, "/start parking", chat_id=1).text == "Behind the shop."
        config.write_text(f"{settings}monitoring: {{port: 9464}}\n", "utf-8")
        told = TEAM.notice_restart.replace("{reason}", "monitoring")
        assert texts(api, ADMIN, 3)[2] == told
        assert texts(api, OTHER_ADMIN, 3) == texts(api, ADMIN, 3)
