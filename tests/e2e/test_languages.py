"""People of several languages and the true process, over a real socket."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from bot.files.config.texts import shipped
from bot.texts import Texts
from tests.e2e.bot_api import BotApi
from tests.e2e.chatting import BAKERY, ask, labels, replies
from tests.e2e.process import START_TIMEOUT_S, MakeConfig, serving

EN, ZH = shipped()["en"], shipped()["zh"]
ADMIN = 801
PAYPAL = """
- id: paypal-de
  lang: de
  question: Kann ich mit PayPal bezahlen?
  phrasings: [PayPal geht]
  answer: Ja, mit PayPal.
- id: paypal-en
  lang: en
  question: Can I pay with PayPal?
  phrasings: [PayPal accepted]
  answer: Yes, with PayPal.
"""


@pytest.fixture(scope="module")
def served(make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotApi]:
    """A bot over the bakery and answers in two languages, with an admin."""
    folder = tmp_path_factory.mktemp("faq")
    shutil.copy(BAKERY, folder)
    (folder / "paypal.yaml").write_text(PAYPAL, "utf-8")
    config = make_config(f"faq: '{folder}'\ntelegram: {{admins: [{ADMIN}]}}\n")
    with BotApi() as api, serving(api, config):
        yield api


@pytest.mark.parametrize(
    ("language_code", "texts"),
    [
        pytest.param("en", EN, id="English"),
        pytest.param("en-GB", EN, id="a country's English"),
        pytest.param("zh-hans", ZH, id="Chinese"),
        pytest.param("fr", EN, id="a language the bot does not speak"),
        pytest.param(None, EN, id="a language Telegram does not tell"),
    ],
)
def test_the_bot_speaks_the_language_of_the_persons_telegram(
    served: BotApi, chat_id: int, language_code: str | None, texts: Texts
) -> None:
    for text in ("/help", "cake", "how is the weather", "how is the weather today"):
        served.say(text, chat_id=chat_id, language_code=language_code)
    (help_text, _), *told = [
        (message.text, labels(message)) for message in replies(served, chat_id, 4)
    ]
    assert help_text.startswith(texts.help.partition("{example}")[0])
    assert f"/topics – {texts.command_topics}" in help_text
    assert ("Je réponds dans ces langues : Deutsch, English" in help_text) is (
        language_code == "fr"
    )
    choices = ["How do I cancel a cake order?", "How do I order a cake?", texts.none_of_these]
    assert told == [
        (texts.follow_up, choices),
        (texts.fallback, ["shop", "cakes"]),
        (texts.fallback_again, []),
    ]


@pytest.mark.parametrize(
    ("language_code", "answer"),
    [
        pytest.param("de", "Ja, mit PayPal.", id="German"),
        pytest.param("de-AT", "Ja, mit PayPal.", id="Austrian"),
        pytest.param("en", "Yes, with PayPal.", id="English"),
    ],
)
def test_of_two_matching_entries_the_one_in_the_persons_language_is_answered(
    served: BotApi, chat_id: int, language_code: str, answer: str
) -> None:
    assert ask(served, "PayPal", chat_id=chat_id, language_code=language_code).text == answer


def commands(texts: Texts) -> dict[str, str]:
    return {
        "topics": texts.command_topics,
        "ask": texts.command_ask,
        "help": texts.command_help,
        "privacy": texts.command_privacy,
        "mydata": texts.command_mydata,
        "forget": texts.command_forget,
        "start": texts.command_start,
    }


def test_the_command_menu_is_set_for_every_language_and_for_admins_alone(served: BotApi) -> None:
    of_admin = {"type": "chat", "chat_id": ADMIN}
    served.wait_for(lambda: served.commands(of_admin), START_TIMEOUT_S)
    assert served.commands() == commands(EN)
    assert served.commands(language_code="en") == commands(EN)
    assert served.commands(language_code="zh") == commands(ZH)
    assert served.commands(of_admin) == {
        **commands(EN),
        "why": EN.team.command_why,
        "stats": EN.team.command_stats,
        "unanswered": EN.team.command_unanswered,
        "block": EN.team.command_block,
        "unblock": EN.team.command_unblock,
        "reload": EN.team.command_reload,
    }
