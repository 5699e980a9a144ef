"""The true process behind a webhook, over real sockets."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from bot.files.config.texts import shipped
from tests.e2e.bot_api import BotApi
from tests.e2e.bot_api_faults import garbage
from tests.e2e.chatting import ANSWERS, replies, texts
from tests.e2e.hooking import SECRET_HEADER, free_port, post, update
from tests.e2e.process import BotProcess, MakeConfig, serving

TEXTS = shipped()["en"]
SECRET = "a-secret-of-this-file_0123456789"
URL = "https://bot.example.com/telegram"
NEEDS_PROC = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
NUMBERS = count(1)


def webhook(port: int, more: str = "") -> str:
    """YAML that switches the webhook on."""
    return f"telegram:\n  webhook: {{url: '{URL}', port: {port}{more}}}\n"


class Watching(BotApi):
    """A stand-in that looks whether the bot listens when it registers its webhook."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._listens_on = port
        self.listened: list[bool] = []

    def answer(self, token: str, method: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if method == "setWebhook":
            with closing(socket.socket()) as client:
                self.listened.append(client.connect_ex(("127.0.0.1", self._listens_on)) == 0)
        return super().answer(token, method, params)


@dataclass(frozen=True)
class Hooked:
    """A running bot with a webhook, its secret in the environment."""

    api: Watching
    process: BotProcess
    port: int


@pytest.fixture(scope="module")
def hooked(make_config: MakeConfig) -> Iterator[Hooked]:
    """The first two tries to register fail."""
    port = free_port()
    config = make_config(webhook(port))
    secret = {"TELEGRAM_WEBHOOK_SECRET": SECRET}
    api = Watching(port)
    with api:
        api.faults.plan("setWebhook", garbage(b"", status=502, takes_effect=True), 2)
        with serving(api, config, "--verbose", **secret) as process:
            yield Hooked(api, process, port)


# --- the way in ----------------------------------------------------------------------------------


def test_the_webhook_is_registered_once_it_listens_and_retried(hooked: Hooked) -> None:
    hooked.api.wait_for(lambda: len(hooked.api.listened) == 3)  # two failed
    assert hooked.api.listened == [True, True, True]
    kinds = ["message", "edited_message", "callback_query"]
    params = {"url": URL, "secret_token": SECRET, "allowed_updates": kinds}
    hooks = [call.params for call in hooked.api.calls if call.method == "setWebhook"]
    assert hooks == [params] * 3
    assert "trying again" in hooked.process.wait_for_log("webhook could not be registered")


def test_an_update_delivered_100_times_is_deduplicated(hooked: Hooked, chat_id: int) -> None:
    body = update(next(NUMBERS), "what are your opening hours", chat_id)
    with ThreadPoolExecutor(10) as senders:
        statuses = list(senders.map(lambda _: post(hooked.port, body, SECRET), range(100)))
    assert statuses == [200] * 100
    post(hooked.port, update(next(NUMBERS), "how is the weather", chat_id), SECRET)
    told = texts(hooked.api, chat_id, 2)
    assert told == [ANSWERS["opening-hours"], TEXTS.fallback]


# --- what does not come in -----------------------------------------------------------------------


SIZE, PIECE, SENDERS = 99_000_000, b"x" * 65_536, 50


@NEEDS_PROC
@pytest.mark.parametrize(
    ("secret", "is_chunked"),
    [
        pytest.param("wrong", False, id="with its length and the wrong secret"),
        pytest.param(SECRET, True, id="chunked and with the right secret"),
    ],
)
def test_50_huge_bodies_at_once_take_no_memory(
    hooked: Hooked, chat_id: int, secret: str, is_chunked: bool
) -> None:
    post(hooked.port, b"x" * 500_000, SECRET)  # what a first large body needs, it needs once
    before = memory(hooked.process.pid, "VmRSS")
    Path(f"/proc/{hooked.process.pid}/clear_refs").write_text("5")  # VmHWM begins anew
    barrier = threading.Barrier(SENDERS)
    with ThreadPoolExecutor(SENDERS) as senders:
        sent = senders.map(
            lambda _: flood(hooked.port, secret, barrier, is_chunked=is_chunked), range(SENDERS)
        )
        refusals = [answer.partition(b"\r\n")[0] for answer in sent]
    wanted = b"403 Forbidden" if secret == "wrong" else b"413 Request Entity Too Large"
    assert refusals == [b"HTTP/1.1 " + wanted] * SENDERS
    assert memory(hooked.process.pid, "VmHWM") - before <= 20_000_000
    assert post(hooked.port, update(next(NUMBERS), "how is the weather", chat_id), SECRET) == 200
    assert replies(hooked.api, chat_id)[0].text == TEXTS.fallback


def flood(port: int, secret: str, barrier: threading.Barrier, *, is_chunked: bool) -> bytes:
    """Send a huge body, as far as the bot lets one, and return what it says to that."""
    length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {SIZE}"
    head = f"POST / HTTP/1.1\r\nHost: bot\r\n{SECRET_HEADER}: {secret}\r\n{length}\r\n\r\n"
    piece = f"{len(PIECE):x}\r\n".encode() + PIECE + b"\r\n" if is_chunked else PIECE
    heard = bytearray()
    with closing(socket.create_connection(("127.0.0.1", port), 60)) as client:
        barrier.wait(60)

        def listen() -> None:
            with suppress(OSError):
                while received := client.recv(4096):
                    heard.extend(received)

        listener = threading.Thread(target=listen)
        listener.start()
        with suppress(OSError):  # the bot has hung up
            client.sendall(head.encode())
            for _ in range(SIZE // len(PIECE)):
                client.sendall(piece)
        with suppress(OSError):
            client.shutdown(socket.SHUT_WR)
        listener.join()
    return bytes(heard)


def memory(pid: int, name: str) -> int:
    """A line of /proc/PID/status, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return 1024 * int(re.findall(rf"{name}:\s+(\d+) kB", status)[0])


def test_the_secret_stands_in_no_log(hooked: Hooked) -> None:
    assert post(hooked.port, b"{", SECRET) == 400
    assert post(hooked.port, b"{", f"{SECRET}x") == 403
    hooked.process.wait_for_log("serving Telegram")
    assert [line for line in hooked.process.log if SECRET in line] == []


# --- what a 200 promises -------------------------------------------------------------------------


def test_updates_answered_with_200_survive_a_kill(make_config: MakeConfig) -> None:
    port = free_port()
    config = make_config(webhook(port, f", secret: {SECRET}"))
    owed, chats = range(1, 11), range(1, 21)
    with BotApi() as api:
        for chat_id in owed:
            api.fail_next("sendMessage", 502, "Bad Gateway", times=3, chat_id=chat_id)
        with serving(api, config) as process:
            for chat_id in reversed(chats):
                body = update(chat_id, "what are your opening hours", chat_id)
                assert post(port, body, SECRET) == 200
            assert process.stop(SIGKILL) == -SIGKILL
        assert [chat_id for chat_id in owed if api.sent(chat_id)] == []
        with serving(api, config) as process:
            for chat_id in chats:
                replies(api, chat_id)
            assert process.stop() == 0  # what is under way has come to its end
        texts = {chat_id: [message.text for message in api.sent(chat_id)] for chat_id in chats}
    answer = ANSWERS["opening-hours"]
    assert [chat_id for chat_id in owed if texts[chat_id] != [answer]] == []
    assert [chat_id for chat_id in chats if texts[chat_id] not in ([answer], [answer] * 2)] == []


# --- starting ------------------------------------------------------------------------------------


def test_a_port_in_use_is_one_line_and_exit_status_2(make_config: MakeConfig) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        config = make_config(webhook(port, f", secret: {SECRET}"))
        with BotApi() as api, BotProcess(config, api.token, api.url) as process:
            assert process.wait() == 2
    assert not [line for line in process.log if "Traceback" in line]
    (line,) = [line for line in process.log if str(port) in line]
    assert line.endswith(
        f"127.0.0.1:{port} cannot be listened on (Address already in use). Stop the program that "
        "does, or choose another port in config.yaml."
    )


def test_polling_deletes_the_webhook(config: Path) -> None:
    with BotApi() as api:
        api.updates.webhook_url = URL
        api.say("what are your opening hours", chat_id=1)  # came in while nobody listened
        with serving(api, config):
            assert replies(api, 1)[0].text == ANSWERS["opening-hours"]
            assert api.updates.webhook_url == ""
