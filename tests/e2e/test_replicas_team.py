"""Two replicas on one PostgreSQL: a person is answered by one of them, the team by the other, and
what one has begun the other goes on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest

from tests.e2e.bot_api import SentMessage
from tests.e2e.chatting import ANSWERS, ask, pressed, replies, texts
from tests.e2e.handing import (
    EN,
    TEAM_CHAT,
    UNKNOWN,
    Team,
    delivered,
    delivered_next,
    first_sent,
    isolated,
    says,
    told,
)
from tests.e2e.hooking import Courier, HookedApi, free_port
from tests.e2e.process import START_TIMEOUT_S, BotProcess, MakeConfig
from tests.postgres import PostgresServer

SECRET = "a-secret-of-this-file_0123456789"
HOURS, CANCEL = "what are your opening hours", "How do I cancel a cake order?"
ZOE, ADA, BEN = 31, 32, 33
BURST = 12
LIMITS = f"limits: {{person: {{burst: {BURST}, per_minute: 0.1}}, chat: {{burst: 99}}}}"


class Pair(HookedApi):
    """A stand-in for Telegram before two replicas.

    Args:
        couriers: one to the webhook of each.
        configs: of each.
        server, url: where their database is.
    Attributes:
        processes: the replicas, by their numbers, once they are started.
    """

    def __init__(
        self, couriers: list[Courier], configs: list[Path], server: PostgresServer, url: str
    ) -> None:
        super().__init__(couriers[0])
        self._couriers, self._configs = couriers, configs
        self._postgres, self._url = server, url
        self.processes: dict[int, BotProcess] = {}

    def start(self, number: int) -> None:
        """Start one of them."""
        self.processes[number] = BotProcess(
            *(self._configs[number], self.token, self.url),
            STORE_PASSWORD=self._postgres.password,
            TELEGRAM_WEBHOOK_SECRET=SECRET,
        )

    def wait(self) -> None:
        """Wait until both serve."""
        for process in self.processes.values():
            process.wait_for_log("serving Telegram")

    def to(self, number: int) -> None:
        """Have updates brought to one of them from now on."""
        self._courier = self._couriers[number]

    @contextmanager
    def by(self, number: int) -> Iterator[None]:
        """Have one of them take what comes, while the other stands still.

        A chat stays with whom it was answered by, also when the other one goes on.
        """
        self.to(number)
        other = self.processes[1 - number]
        other.signal(SIGSTOP)
        try:
            yield
        finally:
            other.signal(SIGCONT)

    def settle(self, posts: int) -> None:
        """Wait until both may know of so many posts: people take longer to reply, tests do not."""
        self._until("SELECT count(*) FROM posts", posts)

    def finish(self) -> None:
        """Wait until nothing that they were brought is open."""
        self._until("SELECT count(*) FROM received WHERE state = 'open'", 0)

    def _until(self, query: str, count: int) -> None:
        self.wait_for(lambda: self._postgres.run(query, self._url) == [(count,)], START_TIMEOUT_S)


@pytest.fixture(scope="module")
def pair(make_config: MakeConfig, postgres: PostgresServer) -> Iterator[Pair]:
    url = postgres.database()
    with ExitStack() as stack:
        stack.callback(postgres.drop, url)
        ports = [free_port() for _ in range(2)]
        couriers = [stack.enter_context(Courier(port, SECRET)) for port in ports]
        key = make_config("").parent / "key"
        hooks = [f"{{url: 'https://bot.example.com/telegram', port: {port}}}" for port in ports]
        configs = [
            make_config(
                f"store: {{url: '{url}', key_file: '{key}'}}\n"
                f"telegram: {{handoff_chat: {TEAM_CHAT}, {LIMITS}, webhook: {hook}}}\n"
            )
            for hook in hooks
        ]
        api = stack.enter_context(Pair(couriers, configs, postgres, url))
        for number in range(2):
            api.start(number)
        try:
            api.wait()
            yield api
        finally:
            for process in api.processes.values():
                stack.enter_context(process)  # which ends it


def last(pair: Pair, chat_id: int, count: int) -> SentMessage:
    return replies(pair, chat_id, count)[-1]


def test_a_person_at_one_replica_and_the_team_at_the_other_talk_as_with_one_process(
    pair: Pair,
) -> None:
    team = Team(pair)
    with pair.by(0):
        pair.say(UNKNOWN, chat_id=ZOE, user_name="Zoe")
        (asked,) = team.posts()
        pair.settle(1)
    with pair.by(1):
        reply = team.say("Leonardo.", asked)
        assert texts(pair, ZOE, 2)[1] == delivered("Leonardo.")
        assert team.texts(2)[1] == first_sent("Zoe")
        pair.settle(2)

    which = pair.say("Witch year?", chat_id=ZOE)
    assert team.texts(3)[2] == says("Zoe", "Witch year?")
    pair.edit(which, "Which year?")
    edited = EN.team.edited.replace("{name}", isolated("Zoe"))
    pair.wait_for(lambda: edited.replace("{text}", isolated("Which year?")) in team.texts())
    pair.send_media("photo", "This one", chat_id=ZOE)
    photo = team.posts(5)[4]
    assert (photo.kind, photo.text) == ("photo", "This one")
    pair.settle(5)

    pair.edit(reply, "Leonardo da Vinci.")
    pair.wait_for(lambda: "Leonardo da Vinci." in replies(pair, ZOE)[1].text, START_TIMEOUT_S)
    team.say("1503.", photo)
    assert texts(pair, ZOE, 3)[2] == delivered_next("1503.")
    team.show("document", photo)
    assert last(pair, ZOE, 5).kind == "document"
    team.say("/close", photo)
    assert EN.person_gone in last(pair, ZOE, 6).text
    assert team.texts(6)[5] == EN.team.ended_by_team
    assert ask(pair, HOURS, chat_id=ZOE).text == ANSWERS["opening-hours"]

    pair.say("/person", chat_id=ZOE)
    wanted = team.posts(7)[6]
    pair.settle(6)
    pair.say("/close", chat_id=ZOE)
    assert team.texts(8)[7] == told(EN.team.ended_by_person, "Zoe")
    team.say("/close", wanted)
    assert team.texts(9)[8] == EN.team.nothing_to_close


def test_what_a_replica_has_begun_the_other_goes_on_with_once_it_has_ended(pair: Pair) -> None:
    with pair.by(0):
        follow_up = ask(pair, "cake", chat_id=ADA)
        for _ in range(BURST + 3):
            pair.say("/help", chat_id=BEN)
        slow_down = last(pair, BEN, BURST + 1)
        assert slow_down.text.startswith(EN.slow_down.partition("{seconds}")[0])
    pair.processes[0].stop()
    try:
        pair.to(1)
        assert pressed(pair, follow_up, CANCEL).text == ANSWERS["cake-cancel"]
        pair.say("/help", chat_id=BEN)
        assert ask(pair, HOURS, chat_id=ADA).text == ANSWERS["opening-hours"]
        pair.finish()
        assert len(pair.sent(BEN)) == BURST + 1  # one notice of all
    finally:
        pair.start(0)
        pair.wait()
