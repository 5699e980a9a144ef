"""docs/transcript.md is a true conversation: what the bot says today about the shop's FAQ."""

from __future__ import annotations

import html
import os
import re
from difflib import unified_diff
from pathlib import Path
from shutil import copytree

from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.chatting import press, toasts
from tests.e2e.handing import EN, HELPER, TEAM_CHAT, settle, unscored, with_team
from tests.e2e.process import ROOT, START_TIMEOUT_S, MakeConfig, serving

TRANSCRIPT = ROOT / "docs" / "transcript.md"
UPDATE = "UPDATE_TRANSCRIPT"
MIA = 41

_MARKS = {"b": "**", "i": "*", "code": "`"}
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>')
_TAG = re.compile(r"</?(b|i|code)>")
_ITEM = re.compile(r"(-|[0-9]+\.) ")
_ISOLATES = str.maketrans("", "", "\u2068\u2069")

INTRO = """\
# A conversation with the bot

This is what the bot says about the example shop in `faq/`, word for word: a test plays this \
conversation with the true bot and compares. Mia is a customer and writes to the bot in a chat of \
her own. Tom works for the shop and reads the handoff chat, which config.yaml names as \
`telegram.handoff_chat`. Buttons stand in `[brackets]`, and `0.…` is a score."""


class Play:
    """Plays a conversation and writes down what everybody sees."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._seen: dict[int, dict[int, SentMessage]] = {MIA: {}, TEAM_CHAT: {}}
        self._lines = [INTRO]
        self._said = 0  # the update of Mia's last message

    @property
    def text(self) -> str:
        """The conversation so far, as Markdown."""
        return "\n\n".join(self._lines) + "\n"

    def scene(self, title: str, intro: str) -> None:
        """Begin another part."""
        self._lines += [f"## {title}", intro]

    def mia(self, words: str, *, bot: int = 1, team: int = 0) -> None:
        """Mia writes.

        Args:
            bot: how many messages of her chat appear, change or go.
            team: the same of the handoff chat.
        """
        self._lines += ["**Mia**:", _quoted(html.escape(words, quote=False))]
        self._said = self._api.say(words, chat_id=MIA, user_name="Mia")
        self._see(bot, team)

    def mia_edits(self, words: str, *, bot: int = 1) -> None:
        """Mia changes what she wrote last."""
        self._lines += ["**Mia** changes that:", _quoted(html.escape(words, quote=False))]
        self._said = self._api.edit(self._said, words)
        self._see(bot, 0)

    def mia_presses(self, label: str, *, bot: int = 1, team: int = 0) -> None:
        """Mia presses a button of the last message that has it."""
        having = [m for m in self._seen[MIA].values() if label in [text for text, *_ in m.buttons]]
        assert having, f"there is no button {label!r} in\n\n{self.text}"
        self._lines.append(f"*Mia presses* `[{label}]`")
        before = len(self._api.answered_presses)
        press(self._api, having[-1], label)
        toast = toasts(self._api, MIA, before + 1)[before]
        if toast:
            self._lines.append(f"*For a moment she reads:* {toast}")
        self._see(bot, team)

    def tom(self, words: str, to: str, *, bot: int = 1, team: int = 0) -> None:
        """Tom replies to the last post that holds these words."""
        post = [post for post in self._seen[TEAM_CHAT].values() if to in post.text][-1]
        about = html.escape(to, quote=False)
        self._lines += [
            f"**Tom** in the handoff chat, in reply to “{about}”:",
            _quoted(html.escape(words, quote=False)),
        ]
        settle(self._api)
        to_post = post.message_id
        self._api.say(words, chat_id=TEAM_CHAT, user_id=HELPER, user_name="Tom", reply_to=to_post)
        self._see(bot, team)

    def tom_presses(self, label: str, *, bot: int = 1, team: int = 1) -> None:
        """Tom presses a button of the last post that has it."""
        settle(self._api)
        posts = self._seen[TEAM_CHAT].values()
        having = [post for post in posts if label in [text for text, *_ in post.buttons]]
        self._lines.append(f"*Tom presses* `[{label}]`")
        press(self._api, having[-1], label, user_id=HELPER, user_name="Tom")
        self._see(bot, team)

    def _see(self, bot: int, team: int) -> None:
        for chat_id, count in ((MIA, bot), (TEAM_CHAT, team)):
            try:
                self._api.wait_for(
                    lambda chat_id=chat_id, count=count: self._changes(chat_id) >= count,  # type: ignore[misc]
                    START_TIMEOUT_S / 4,
                )
            except AssertionError:
                raise AssertionError(f"the bot did not go on after\n\n{self.text}") from None
            where = "" if chat_id == MIA else " in the handoff chat"
            now = {message.message_id: message for message in self._api.sent(chat_id)}
            self._tell(where, self._seen[chat_id], now)
            self._seen[chat_id] = now

    def _changes(self, chat_id: int) -> int:
        old = self._seen[chat_id]
        new = {message.message_id: message for message in self._api.sent(chat_id)}
        return sum(old.get(number) != new.get(number) for number in old.keys() | new.keys())

    def _tell(self, where: str, old: dict[int, SentMessage], now: dict[int, SentMessage]) -> None:
        gone = len(old.keys() - now.keys())
        if gone:
            posts = "message is" if gone == 1 else "messages are"
            self._lines.append(f"*{gone} {posts} deleted{where}.*")
        for number, message in now.items():
            before = old.get(number)
            if before is None:
                self._lines += [f"**The bot**{where}:", _shown(message)]
            elif before.text != message.text:
                self._lines += [f"*The message turns into*{where}:", _shown(message)]
            elif before.buttons != message.buttons:
                left = {text for text, *_ in message.buttons}
                lost = [text for text, *_ in before.buttons if text not in left]
                self._lines.append(f"*Gone from under the message:* {_row(lost)}")


def _shown(message: SentMessage) -> str:
    """A message as Markdown, its buttons beneath."""
    text = unscored(message.text if message.raw_text == message.text else message.raw_text)
    if message.raw_text == message.text:
        text = html.escape(text, quote=False)
    text = _TAG.sub(lambda tag: _MARKS[tag[1]], _LINK.sub(r"[\2](\1)", text)).translate(_ISOLATES)
    buttons = [f"{text} ↗" if url else text for text, _, url in message.buttons]
    return _quoted(text + (f"\n\n{_row(buttons)}" if buttons else ""))


def _row(labels: list[str]) -> str:
    return " ".join(f"`[{label}]`" for label in labels)


def _quoted(text: str) -> str:
    """A blockquote that keeps the lines: where Markdown would join two, the first ends in "\\"."""
    lines = text.splitlines()
    told = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        joins = line != "" and following != "" and not _ITEM.match(following)
        told.append(f"> {line}\\" if joins else f"> {line}".rstrip())
    return "\n".join(told)


def played(api: BotApi) -> str:
    """The conversation."""
    play = Play(api)
    play.scene("An answer", "Mia asks, and what she asks is in the FAQ.")
    play.mia("hello")
    play.mia("Where is my order?")
    play.mia_presses("👍")
    play.mia_presses("Why is my parcel late?")

    play.scene(
        "Small talk",
        "What asks nothing is returned, and the team sees nothing of it. What the FAQ has an "
        "answer to is answered all the same.",
    )
    play.mia("great, thanks a lot!!")
    play.mia("so you're a bot?")
    play.mia("what can you do?")

    play.scene(
        "A question back",
        "Where several answers may be meant, the bot asks. Mia may press a button, or type its "
        "number or its words.",
    )
    play.mia("I need help with my account")
    play.mia("both")
    play.mia("the last one")

    play.scene(
        "Going on",
        "What leans on the question before is read with it. A question that Mia changes is "
        "answered anew, and one that she asks again and again is pointed to its answer.",
    )
    play.mia("How long does delivery take?")
    play.mia("and the cost?")
    play.mia("Can I vist you?")
    play.mia_edits("Do you have a shop or showroom I can visit?")
    play.mia("Which payment methods do you accept?")
    play.mia("Which payment methods do you accept?")
    play.mia("Which payment methods do you accept?")

    play.scene(
        "Probably this",
        "Where one answer is probably meant, the bot shows it and says so. Mia meant another.",
    )
    play.mia("my parcel should have been here yesterday")
    play.mia_presses(EN.not_this)
    play.mia_presses("Where is my order?")

    play.scene(
        "None of these",
        "Where none fits, the question goes to the people behind the bot, who see what came "
        "nearest. Mia wants more: to talk to them.",
    )
    play.mia("I have a problem with my order")
    play.mia_presses(EN.none_of_these, team=1)
    play.mia_presses(EN.ask_person, bot=2, team=1)

    play.scene(
        "People talk",
        "Whoever replies to a post talks to Mia, and what she writes goes to them, until one of "
        "the two sends /close.",
    )
    play.tom(
        "Hello Mia, Tom here. What is the matter with it?", "would like to talk to a person", team=1
    )
    play.mia("The box was open, but everything is in it.", bot=0, team=1)
    play.tom(
        "Good that nothing is missing! Should you find a scratch, just write again.",
        "The box was open",
    )
    play.mia("/close", team=1)
    play.mia_presses("👍")

    play.scene(
        "Not in the FAQ",
        "Mia asks something that the bot does not know. It says so, and passes it on.",
    )
    play.mia("Can you sharpen my old scissors?", team=1)

    play.scene(
        "One tap",
        "Tom thinks that one of the nearest entries helps, and sends its answer as it stands.",
    )
    play.tom_presses("➤ Where can I get spare parts or accessories?")

    play.scene(
        "Two taps",
        "Mia asks in words that the FAQ lacks. Tom sees that the right entry came near. The first "
        "tap shows what would be written, and what that changes; the second writes it, and Mia has "
        "her answer.",
    )
    play.mia("I was at work when they came", team=1)
    play.tom_presses("＋ Add to “What if I am not at home for the delivery?”", bot=0)
    play.tom_presses(EN.team.edit_write)

    play.scene("What is remembered", "Mia asks what the bot knows about her, and has it erased.")
    play.mia("/privacy")
    play.mia("/forget", team=1)
    return play.text


def test_the_transcript_in_the_docs_is_what_the_bot_says(
    api: BotApi, make_config: MakeConfig, tmp_path: Path
) -> None:
    faq = tmp_path / "faq"  # which Tom changes
    copytree(ROOT / "faq", faq)
    config = make_config(f"faq: {faq}\n{with_team('team_may_edit: true')}")
    with serving(api, config):
        present = played(api)
    if os.environ.get(UPDATE):
        TRANSCRIPT.parent.mkdir(exist_ok=True)
        TRANSCRIPT.write_text(present, "utf-8")
    kept = TRANSCRIPT.read_text("utf-8")
    changed = "\n".join(unified_diff(kept.splitlines(), present.splitlines(), lineterm="", n=1))
    assert kept == present, (
        "docs/transcript.md is not what the bot says now. If the change is meant, run "
        f"{UPDATE}=1 pytest {Path(__file__).relative_to(ROOT)}, read the file, and keep it.\n"
        f"{changed}"
    )
