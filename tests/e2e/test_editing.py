"""The FAQ, changed by taps in the handoff chat: by the true process, in true files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from signal import SIGKILL

import pytest

from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import ANSWERS, BAKERY, ask, press, pressed, replies
from tests.e2e.handing import EN, TEAM_CHAT, Team, helped_by_team, isolated, with_team
from tests.e2e.memories import ADMIN, EASY, Memories
from tests.e2e.process import START_TIMEOUT_S, BotProcess, MakeConfig

TOM, UMA = 9_000_001, 9_000_002
NAMES = {TOM: "Tom", UMA: "Uma"}
CANCEL = "How do I cancel a cake order?"
ADD = EN.team.edit_add.replace("{question}", CANCEL)
MISSED = "who painted the mona lisa"
_PEOPLE = count(1)


@dataclass(frozen=True)
class Shop:
    """The running bot over an FAQ of its own, and the team that may change it."""

    api: BotApi
    faq: Path

    def missed(self, words: str = MISSED) -> tuple[int, SentMessage]:
        """Somebody asks what the bot does not know; returns who, and the post."""
        team, person = Team(self.api), next(_PEOPLE)
        ask(self.api, words, chat_id=person, user_name="Mia")
        return person, team.posts()[-1]

    def press(self, post: SentMessage, label: str, user_id: int = TOM) -> SentMessage:
        """Somebody of the team presses; returns the post once it is another."""
        return pressed(self.api, post, label, user_id=user_id, user_name=NAMES[user_id])

    def now(self, post: SentMessage) -> SentMessage:
        """A message as it stands now."""
        sent = self.api.sent(post.chat_id)
        return next(each for each in sent if each.message_id == post.message_id)

    def knows(self) -> str:
        """What the bot says to somebody else who asks the same."""
        return ask(self.api, MISSED, chat_id=next(_PEOPLE)).text


def made(make_config: MakeConfig, folder: Path) -> tuple[Path, Path]:
    """A configuration over an FAQ that the team may change, and the FAQ's file."""
    faq = folder / "bakery.yaml"
    faq.write_bytes(BAKERY.read_bytes())
    telegram = with_team(f"team_may_edit: true, {EASY}, admins: [{ADMIN}]")
    return make_config(f"faq: {folder}\n{telegram}"), faq


@pytest.fixture(scope="module")
def served(make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    config, faq = made(make_config, tmp_path_factory.mktemp("faq"))
    with helped_by_team(config) as api:
        yield Shop(api, faq)


@pytest.fixture
def shop(served: Shop) -> Iterator[Shop]:
    """Whatever a test does to the FAQ it takes back, to the byte."""
    yield served
    left = served.faq.read_bytes()
    served.faq.write_bytes(BAKERY.read_bytes())  # where one test fails, the next need not
    assert left == BAKERY.read_bytes()


def told(sentence: str, **words: str) -> str:
    """A sentence of the bot with names and words of people in it."""
    for mark, word in words.items():
        sentence = sentence.replace(f"{{{mark}}}", isolated(word))
    return sentence


def test_two_taps_teach_the_bot_what_it_missed_and_a_third_takes_that_back(shop: Shop) -> None:
    person, post = shop.missed(f"hello! {MISSED}")
    shown = shop.press(post, ADD)
    card = shown.text.removeprefix(post.text)
    assert told(EN.team.edit_phrasing, phrasing=MISSED, question=CANCEL) in card
    assert shop.faq.read_bytes() == BAKERY.read_bytes()

    done = shop.press(shown, EN.team.edit_write)
    added, answered = EN.team.edit_added, EN.team.edit_answered
    words = {"phrasing": MISSED, "question": CANCEL}
    card = f"{told(added, helper='Tom', **words)}\n{told(answered, name='Mia')}"
    assert done.text == f"{post.text}\n\n{card}"
    assert ANSWERS["cake-cancel"] in replies(shop.api, person, 2)[1].text
    assert "hello" not in shop.faq.read_text("utf-8")
    assert ANSWERS["cake-cancel"] in shop.knows()

    undone = shop.press(done, EN.team.edit_undo, UMA)
    card = told(EN.team.edit_undone, helper="Uma", phrasing=words["phrasing"])
    assert undone.text == f"{post.text}\n\n{card}"
    assert shop.knows() == EN.passed_on


def test_a_new_entry_is_asked_for_shown_and_written(shop: Shop) -> None:
    person, post = shop.missed()
    team, question = Team(shop.api), "Who painted the Mona Lisa?"
    press(shop.api, post, EN.team.edit_new, user_id=TOM, user_name="Tom")
    asks_question = team.posts()[-1]
    assert asks_question.reply_to == post.message_id
    team.say(question, asks_question)
    asks_answer = team.posts(2)[-1]
    assert EN.team.edit_ask_answer.replace("{question}", question) in asks_answer.text
    team.say("Leonardo *did*.", asks_answer)
    preview = team.posts(3)[-1]
    assert f"{question}\nLeonardo *did*.\n" in preview.text
    done = shop.press(preview, EN.team.edit_write)
    assert told(EN.team.edit_added_entry, helper="Tom", question=question) in done.text
    assert "Leonardo did." in replies(shop.api, person, 2)[1].text
    assert shop.knows() == "Leonardo did."
    shop.press(done, EN.team.edit_undo)

    post = shop.press(shop.now(post), EN.team.edit_open)  # the others went
    press(shop.api, post, EN.team.edit_new, user_id=TOM, user_name="Tom")
    asks_question = team.posts(4)[-1]
    press(shop.api, asks_question, EN.team.edit_cancel, user_id=TOM)
    shop.api.wait_for(lambda: asks_question not in shop.api.sent(TEAM_CHAT))


def test_an_admin_does_the_same_with_what_several_people_asked(shop: Shop) -> None:
    api, words = shop.api, "do you also repair old bicycles"
    for _ in range(2):
        shop.missed(words)
    listed = ask(api, "/unanswered", chat_id=ADMIN, user_name="Ann")
    place = next(line for line in listed.text.splitlines() if words in line).partition(".")[0]
    group = pressed(api, listed, f"✎ {place}", user_name="Ann")
    picking = pressed(api, group, EN.team.edit_pick, user_name="Ann")
    shown = pressed(api, picking, f"＋ {CANCEL}", user_name="Ann")
    done = pressed(api, shown, EN.team.edit_write, user_name="Ann")
    assert words in shop.faq.read_text("utf-8")
    assert words not in ask(api, "/unanswered", chat_id=ADMIN, user_name="Ann").text
    pressed(api, done, EN.team.edit_undo, user_name="Ann")


def test_a_kill_between_tap_and_write_loses_nothing_and_writes_once(
    api: BotApi, make_config: MakeConfig, tmp_path: Path
) -> None:
    """Before it is written, and after, when nobody was told of it yet."""
    config, faq = made(make_config, tmp_path)
    shop, memories = Shop(api, faq), Memories(config)
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        person, post = shop.missed()
        shown = shop.press(post, ADD)
        process.stop(SIGKILL)
    press(api, shown, EN.team.edit_write, user_id=TOM, user_name="Tom")
    with BotProcess(config, api.token, api.url) as process:
        api.delay("editMessageText", 600)  # it takes effect, and the bot is not told
        api.wait_for(lambda: shop.now(post).text != shown.text, START_TIMEOUT_S)
        assert MISSED in faq.read_text("utf-8")
        process.stop(SIGKILL)
    api.delay("editMessageText", 0)
    with BotProcess(config, api.token, api.url) as process:
        process.wait_for_log("serving Telegram")
        api.wait_for(lambda: memories.rows("SELECT 1 FROM received WHERE state = 'open'") == [])
        done = shop.now(post)
        assert told(EN.team.edit_added, helper="Tom", phrasing=MISSED, question=CANCEL) in done.text
        assert faq.read_text("utf-8").count(MISSED) == 1
        assert 2 <= len(api.sent(person)) <= 3  # that it was answered may not have been written
        shop.press(done, EN.team.edit_undo)
        assert faq.read_bytes() == BAKERY.read_bytes()
        assert process.stop() == 0
