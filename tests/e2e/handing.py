"""What tests say about the chat of the people who help."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Unpack

from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi, SentMessage
from tests.e2e.bot_api_types import MediaKind, Writing
from tests.e2e.chatting import replies
from tests.e2e.process import START_TIMEOUT_S, serving

TEAM_CHAT = -1_009_000_000_001
HELPER, HELPER_NAME = 9_000_001, "Tom"
EN = shipped()["en"]
GONE_AFTER_HELP = f"{EN.person_gone}\n\n{EN.did_it_help}"
UNKNOWN = "who painted the mona lisa"  # nothing in the bakery's FAQ comes near it
_SCORE = re.compile(r"^[01]\.\d\d(?= )", re.MULTILINE)


def with_team(more: str = "", chat_id: int = TEAM_CHAT) -> str:
    """The section of a configuration that names the handoff chat.

    Args:
        more: other keys of it, such as "handoff_on: asked".
    """
    keys = ", ".join(filter(None, [f"handoff_chat: {chat_id}", more]))
    return f"telegram: {{{keys}}}\n"


class Team:
    """The handoff chat as one test sees it: what was posted before is none of its business."""

    def __init__(self, api: BotApi, chat_id: int = TEAM_CHAT) -> None:
        self._api = api
        self.chat_id = chat_id
        self._before = {message.message_id for message in api.sent(chat_id)}

    def posts(self, count: int = 1) -> list[SentMessage]:
        """The bot's messages there, once there are so many."""
        self._api.wait_for(lambda: len(self._posts()) >= count, timeout_s=START_TIMEOUT_S)
        return self._posts()

    def texts(self, count: int = 1) -> list[str]:
        """What these messages say."""
        return [post.text for post in self.posts(count)]

    def say(self, text: str, to: SentMessage | int | None = None, **how: Unpack[Writing]) -> int:
        """Somebody who helps writes, perhaps in reply to a message."""
        return self._api.say(text, **self._how(to, how))

    def show(
        self,
        kind: MediaKind,
        to: SentMessage | int | None,
        caption: str | None = None,
        **how: Unpack[Writing],
    ) -> int:
        """Somebody who helps replies with a file, or sends one."""
        return self._api.send_media(kind, caption, **self._how(to, how))

    def help(self) -> SentMessage:
        """A message of the bot there that speaks of nobody, and is not among the posts."""
        self.say("/help")

        def find() -> SentMessage | None:
            return next((post for post in self._posts() if EN.team.help in post.text), None)

        found = self._api.wait_for(find)
        assert found is not None
        self._before.add(found.message_id)
        return found

    def _posts(self) -> list[SentMessage]:
        every = self._api.sent(self.chat_id)
        return [message for message in every if message.message_id not in self._before]

    def message(self, update_id: int) -> int:
        """The message that somebody of the team has written."""
        return self._api.said(update_id)[1]

    def _how(self, to: SentMessage | int | None, how: Writing) -> Writing:
        place: Writing = {"chat_id": self.chat_id, "user_id": HELPER, "user_name": HELPER_NAME}
        if to is not None:
            place["reply_to"] = to if isinstance(to, int) else to.message_id
        return {**place, **how}


@contextmanager
def helped_by_team(config: Path) -> Iterator[BotApi]:
    """A running bot for tests that share it, and post no more than it may within a minute.

    What is more would come in a digest, and later than they expect.
    """
    with BotApi() as api, serving(api, config) as process:
        yield api
        assert process.stop() == 0
        of_digest = EN.team.digest.partition("{count}")[2]
        late = [post.text for post in api.sent(TEAM_CHAT) if of_digest in post.text]
        assert late == [], "these tests post too much for one minute; move some to another file"


def isolated(words: str) -> str:
    """A person's words in a post, whose direction changes nothing around them."""
    return f"\u2068{words}\u2069"


def asks(name: str, words: str, nearest: Sequence[str] = ()) -> str:
    """The post of a question of somebody who speaks English, without scores.

    Args:
        nearest: "question (entry id)" of each.
    """
    return _filled(EN.team.question, f"{name} · en", words) + _below(nearest)


def wants_person(name: str, words: str | None = None, nearest: Sequence[str] = ()) -> str:
    """The post of somebody who asked for a person, perhaps after a question."""
    sentence = EN.team.wants_person if words is None else EN.team.wants_person_about
    return _filled(sentence, f"{name} · en", words or "") + _below(nearest)


def says(name: str, words: str) -> str:
    """What a person writes next."""
    return _filled(EN.team.says, name, words)


def told(sentence: str, name: str) -> str:
    """Something that the bot tells the team of a person."""
    return _filled(sentence, name)


def first_sent(name: str, helper: str = HELPER_NAME) -> str:
    """What the team is told of the first reply to a person, which takes the conversation."""
    taken = EN.team.taken.replace("{helper}", isolated(helper))
    return _filled(f"{EN.team.first_sent} {taken}", name)


def unscored(text: str) -> str:
    """A post without the scores, which hang on the model."""
    return _SCORE.sub("0.…", text)


def delivered(words: str) -> str:
    """What the person reads of a conversation's first reply."""
    return f"{EN.person_says_first}\n{words}"


def delivered_next(words: str) -> str:
    """What the person reads of the replies after it."""
    return f"{EN.person_says}\n{words}"


def asked(api: BotApi, chat_id: int, team: Team, user_name: str | None = None) -> SentMessage:
    """A person asks what the bot does not know; returns the post."""
    api.say(UNKNOWN, chat_id=chat_id, user_name=user_name)
    replies(api, chat_id)
    return team.posts()[-1]


def settle(api: BotApi, chat_id: int = 8_000_000) -> None:
    """Wait until the bot has heard that its posts were sent, and remembers all that happened.

    People take longer than that to reply; a test does not.
    """
    for _ in range(2):  # the second is answered only once the first is known to be sent
        before = len(api.sent(chat_id))
        api.say("/forget", chat_id=chat_id)  # the memory keeps the order
        assert replies(api, chat_id, before + 1)[before].text == EN.forgotten


def _filled(sentence: str, name: str, words: str = "") -> str:
    return sentence.replace("{name}", isolated(name)).replace("{text}", isolated(words))


def _below(nearest: Sequence[str]) -> str:
    lines = ["", EN.team.nearest, *(f"0.… {entry}" for entry in nearest)] if nearest else []
    return "\n" + "\n".join([*lines, "", EN.team.how_to_reply])
